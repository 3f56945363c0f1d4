"""Tasks, collections of them, and splits that never share rows."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED, byte_tokenizer, needs_shared
from tasks import OWN, task
from zhyper.data import (
    Collection,
    Pair,
    Task,
    load_collection,
    plan_examples,
    read_collection,
    save_collection,
)
from zhyper.data._words import _task


@given(st.integers(3, 30), st.integers(1, 60))
def test_splits_of_a_train_task_are_disjoint_and_whole(descriptions, pairs):
    collection = Collection([task(pairs=pairs, descriptions=descriptions)])
    parts = {s: collection.rows("train", s, "train") for s in ("train", "selection", "report")}
    texts = [d for rows in parts.values() for r in rows for d in r.descriptions]
    assert len(texts) == len(set(texts)) <= descriptions
    inputs = [p.input for s in parts for r in collection.rows("train", "train", s) for p in r.pairs]
    assert sorted(inputs) == sorted(p.input for p in collection.tasks[0].pairs)


def test_an_input_has_the_same_split_in_every_task():
    collection = Collection([task("a", pairs=200), task("b", pairs=200)])
    for split in ("train", "selection", "report"):
        a, b = collection.rows("train", "train", split)
        assert [p.input for p in a.pairs] == [p.input for p in b.pairs]


def test_a_test_row_of_one_task_is_not_trained_in_a_sibling():
    pairs = (*task().pairs, Pair("Secret  Word", "x"))
    marked = (Pair("secret word", "y", reported=True),)
    collection = Collection(
        [
            task("b"),
            Task(name="a", pairs=pairs, descriptions=("d",) * 3),
            Task(name="c", pairs=marked, descriptions=("e",)),
        ]
    )
    for split in ("train", "selection"):
        for rows in collection.rows("train", "train", split):
            assert not {p.input.lower() for p in rows.pairs} & {"secret  word", "secret word"}


def test_report_tasks_are_never_trained_on():
    collection = Collection([task("a"), task("b", split="report"), task("c", split="selection")])
    assert [r.task.name for r in collection.rows("train", "train", "train")] == ["a"]
    (report,) = collection.rows("report", "report", "report")
    assert len(report.pairs) == 40
    assert len(report.descriptions) == 10


def test_collections_round_trip(tmp_path):
    tasks = [
        task("a", licence="MIT"),
        Task(name="x/b", pairs=(Pair("1", "2", ("3",)),), descriptions=("d",), unordered=True),
    ]
    tasks += [
        Task(name="y", pairs=OWN, descriptions=(), weight=0.25),
        Task(name="z", pairs=(*OWN, Pair("d", "4")), descriptions=("d",)),
    ]
    save_collection(tasks, tmp_path)
    assert read_collection(tmp_path) == tasks


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: task(pairs=0), "has no pairs"),
        (lambda: task(descriptions=0), "has no descriptions"),
        (
            lambda: task(descriptions=0, weight=2),
            "has no descriptions; give it at least one, or one to each of its pairs",
        ),
        (lambda: Task(name="t", pairs=(*OWN, Pair("d", "4")), descriptions=()), "has no descriptions"),
        (lambda: task(weight=0), "task t has the weight 0, but expects a number above 0"),
        (lambda: task(weight=float("nan")), "has the weight nan"),
        (lambda: task(weight=float("inf")), "has the weight inf"),
        (lambda: task(split="test"), "has the split 'test', but the splits are: train, selection, report"),
        (lambda: Collection([]), "holds no task"),
        (lambda: Collection([task(), task()]), "two tasks called t"),
        (lambda: load_collection("nonsense:/tmp"), "'nonsense:/tmp' is not a source"),
        (lambda: load_collection("collection:/no/such"), "does not exist"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_file_that_is_no_task_is_named(tmp_path):
    (tmp_path / "good.json").write_text(
        json.dumps({"name": "a", "pairs": [{"input": "1", "output": "2"}], "descriptions": ["d"]})
    )
    assert read_collection(tmp_path)[0].pairs[0].output == "2"
    for text in ("{", "[]", '{"name": "a"}', '{"name": "a", "pairs": [{"in": "1"}], "descriptions": ["d"]}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match=r"bad\.json is not a task"):
            read_collection(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"name": "a", "colour": 1}',
            "the task has the unknown key 'colour', where the known ones are name, pairs, descriptions, "
            "split,",
        ),
        ('{"name": "a", "pairs": []}', "the task lacks the key 'descriptions'"),
        ("[]", "the task is no JSON object"),
        (
            '{"name": "a", "pairs": [{"in": "1"}], "descriptions": ["d"]}',
            "pair 1 has the unknown key 'in', where the known ones are input,",
        ),
        ('{"name": "a", "pairs": [{"input": "1"}], "descriptions": ["d"]}', "pair 1 lacks the key 'output'"),
        ('{"name": "a", "pairs": ["1"], "descriptions": ["d"]}', "pair 1 is no JSON object"),
    ],
)
def test_a_key_of_a_task_that_is_unknown_or_missing_is_named(text, message, tmp_path):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_collection(tmp_path)


@needs_shared
def test_the_public_sets():
    sources = [
        f"{kind}:{SHARED / 'data' / kind.replace('-', '_')}"
        for kind in ("function-vectors", "instruction-induction")
    ]
    collection = load_collection(*sources)
    by = {t.name: t for t in collection.tasks}
    assert len(by) == 68
    assert {s: sum(t.split == s for t in by.values()) for s in ("train", "selection", "report")} == {
        "train": 53,
        "selection": 5,
        "report": 10,
    }
    assert min(len(t.descriptions) for t in by.values() if t.source == "function_vectors") >= 12
    assert by["function_vectors/country-capital"].licence == "MIT"
    assert by["instruction_induction/taxonomy_animal"].unordered
    train = {p.input.lower() for r in collection.rows("train", "train", "train") for p in r.pairs}
    report = {p.input.lower() for r in collection.rows("train", "report", "report") for p in r.pairs}
    assert not train & report
    execute = json.loads((SHARED / "data/instruction_induction/execute/antonyms.json").read_text())[
        "examples"
    ]
    assert not {row["input"].lower() for row in execute.values()} & train
    shown = {d for r in collection.rows("train", "train", "train") for d in r.descriptions}
    kept = {d for t in by.values() for d in t.descriptions if t.split != "train"}
    kept |= {d for r in collection.rows("train", "report", "report") for d in r.descriptions}
    assert not shown & kept


def test_descriptions_that_differ_in_punctuation_only_are_one():
    texts = _task("s", "t", (Pair("a", "b"),), ["Do it.", "do it", "Do that."], "MIT").descriptions
    assert texts == ("Do it.", "Do that.")


@given(st.lists(st.text("abc", min_size=1), min_size=2, max_size=20, unique=True))
def test_a_description_added_later_moves_no_other(texts):
    def splits(count):
        collection = Collection(
            [Task(name="t", pairs=(Pair("a", "b"),), descriptions=("anchor of all texts", *texts[:count]))]
        )
        return {
            d: s
            for s in ("train", "selection", "report")
            for r in collection.rows("train", s, "train")
            for d in r.descriptions
        }

    before, after = splits(len(texts) - 1), splits(len(texts))
    assert (
        sum(after[d] != s for d, s in before.items()) <= 1
    )  # only the one that was kept for training against its hash


def test_the_fingerprint_of_tasks_without_weights_and_own_descriptions_is_the_old_one():
    """Runs name the fingerprint of their data, so a new field may not move it."""
    tasks = [
        Task(name="b", pairs=(Pair("1", "2", ("3",)),), descriptions=("d",), unordered=True, licence="MIT"),
        Task(
            name="a",
            pairs=(Pair("x", "y"), Pair("é", "z", reported=True)),
            descriptions=("one", "two"),
            split="report",
            selection=0.2,
        ),
    ]
    written = (
        r'{"descriptions": ["one", "two"], "licence": "unknown", "name": "a", "pairs": [{"also": [], '
        r'"input": "x", "output": "y", "reported": false}, {"also": [], "input": "\u00e9", "output": "z", '
        r'"reported": true}], "selection": 0.2, "source": "", "split": "report", "unordered": '
        r'false}{"descriptions": ["d"], "licence": "MIT", "name": "b", "pairs": [{"also": ["3"], "input": '
        r'"1", "output": "2", "reported": false}], "source": "", "split": "train", "unordered": true}'
    )
    found = Collection(tasks).fingerprint()
    assert found == hashlib.sha256(written.encode()).hexdigest()
    assert (
        found == "986f0077efb41da3c130d6a32a141994b5ddabcf33e182307f24be1ca8955801"
    )  # of a version without these fields


def test_the_fingerprint_sees_weights_and_own_descriptions():
    made = [
        Task(name="t", pairs=(Pair("a", "b", descriptions=own),), descriptions=("d",), weight=weight)
        for own, weight in (((), 1.0), ((), 2.0), (("e",), 1.0), (("f",), 1.0))
    ]
    assert len({Collection([one]).fingerprint() for one in made}) == 4
    assert (
        Collection(made[:1]).fingerprint()
        == Collection([Task(name="t", pairs=(Pair("a", "b"),), descriptions=("d",))]).fingerprint()
    )


def test_a_pairs_own_descriptions_go_where_its_input_goes():
    pairs = tuple(Pair(f"in {i}", f"out {i}", descriptions=(f"of {i}",)) for i in range(60))
    collection = Collection([Task(name="t", pairs=pairs, descriptions=())])
    parts = {split: collection.rows("train", split, split) for split in ("train", "selection", "report")}
    assert sorted(pair.input for (rows,) in parts.values() for pair in rows.pairs) == sorted(
        pair.input for pair in pairs
    )
    for (rows,) in parts.values():
        assert rows.pairs and rows.texts == tuple(text for pair in rows.pairs for text in pair.descriptions)
    (both,) = Collection(
        [Task(name="t", pairs=(*OWN, Pair("q", "4")), descriptions=("d",), split="report")]
    ).rows("report", "train", "train")
    assert [both.cues(pair) for pair in both.pairs] == [
        ("say 0", "0, please"),
        ("say 1", "1, please"),
        ("say 2", "2, please"),
        ("d",),
    ]
    assert both.texts == ("d", "say 0", "0, please", "say 1", "1, please", "say 2", "2, please")


def test_rows_without_a_description_of_a_split_are_left_out_of_it():
    """Only pairs with their own are chosen and reported on.

    All descriptions of this task are for training.
    """
    pairs = tuple(Pair(f"in {i}", "x", descriptions=("own",) if i % 2 else ()) for i in range(120))
    collection = Collection([Task(name="t", pairs=pairs, descriptions=("d",))])
    for split, own in (("train", {True, False}), ("selection", {True}), ("report", {True})):
        (rows,) = collection.rows("train", split, split)
        assert {bool(pair.descriptions) for pair in rows.pairs} == own


def test_shares_of_sources(tmp_path):
    save_collection([task("a", weight=3.0), task("b"), task("r", split="report")], tmp_path / "one")
    save_collection([task("c")], tmp_path / "two")
    sources = [f"collection:{tmp_path / name}" for name in ("one", "two")]
    assert {t.name: t.weight for t in load_collection(*sources).tasks} == {"a": 3, "b": 1, "r": 1, "c": 1}
    found = {t.name: t.weight for t in load_collection(*sources, shares=(2, 6)).tasks}
    assert (found["a"] + found["b"], found["c"]) == pytest.approx(
        (2, 6)
    )  # tasks that are not trained on take nothing of a share
    assert found["a"] / found["b"] == pytest.approx(3)
    examples, _ = plan_examples(
        byte_tokenizer(),
        load_collection(*sources, shares=(0.1, 0.3)).rows("train", "train", "train"),
        1000,
        0,
        99,
        None,
    )
    assert (
        abs(sum(example.cue[0] == "c" for example in examples) / 1000 - 0.75)
        < 4 * (0.75 * 0.25 / 1000) ** 0.5
    )
    with pytest.raises(
        ValueError, match="1 shares were given for 2 sources of data; give one for each, or none"
    ):
        load_collection(*sources, shares=(1,))
