"""Tasks, splits that never share rows, prompts and batches."""

import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED, byte_tokenizer, needs_shared
from zhyper.data import (
    IGNORED,
    Collator,
    Collection,
    Pair,
    Task,
    answer_tokens,
    bucket,
    load_collection,
    plan_examples,
    prompt_tokens,
    read_collection,
    save_collection,
)
from zhyper.data._words import _task

words = st.text("abcdefgh ", min_size=1, max_size=8)


OWN = tuple(Pair(letter, str(i), descriptions=(f"say {i}", f"{i}, please")) for i, letter in enumerate("abc"))


def task(name="t", pairs=40, descriptions=10, **changes):
    rows = tuple(Pair(f"in {i}", f"out {i}") for i in range(pairs))
    return Task(
        name=name, pairs=rows, descriptions=tuple(f"{name} says {i}" for i in range(descriptions)), **changes
    )


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
        (lambda: task(split="test"), "has the split 'test', but wants one of: train, selection, report"),
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
            "the task has the unknown key 'colour', where the known ones are name, pairs, descriptions, split,",
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


def test_prompts_stop_where_the_answer_begins():
    tokenizer = byte_tokenizer()
    prompt, answer = prompt_tokens(tokenizer, "hi"), answer_tokens(tokenizer, "hi", "yo")
    assert tokenizer.decode(prompt) == "<|user|>hi<|end|>\n<|assistant|>"
    assert tokenizer.decode(answer) == "yo<|end|>"
    own = "{% for m in messages %}[{{ m['content'] }}]{% endfor %}"
    assert tokenizer.decode(prompt_tokens(tokenizer, "hi", own)) == "[hi]"
    assert tokenizer.decode(prompt_tokens(byte_tokenizer(chat=False), "hi", own)) == "[hi]"
    whole = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}], tokenize=False
    )
    assert tokenizer.decode(prompt + answer) == whole.rstrip()


def test_a_conversation_is_a_prompt_too():
    tokenizer = byte_tokenizer()
    talk = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "yo"},
        {"role": "user", "content": "and"},
    ]
    assert tokenizer.decode(prompt_tokens(tokenizer, talk)) == (
        "<|user|>hi<|end|>\n<|assistant|>yo<|end|>\n<|user|>and<|end|>\n<|assistant|>"
    )
    assert prompt_tokens(tokenizer, talk[:1]) == prompt_tokens(tokenizer, "hi")
    for broken in ([], talk[:2]):
        with pytest.raises(ValueError, match="does not end with a message of the role 'user'"):
            prompt_tokens(tokenizer, broken)
    for broken in (
        [{"content": "hi"}],
        {"role": "user", "content": "hi"},
        ["hi"],
        [{"role": "user", "content": None}],
        None,
        7,
    ):
        with pytest.raises(ValueError, match="is no prompt: it wants a text, or a conversation"):
            prompt_tokens(tokenizer, broken)


def test_a_template_without_an_end_of_turn_gets_the_end_of_text():
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    assert tokenizer.decode(answer_tokens(tokenizer, "hi", "yo")) == "yo<|end|>"


def test_a_template_that_refuses_a_message():
    with pytest.raises(
        ValueError, match="cannot make a prompt of the messages: no, thanks; set another chat_template"
    ):
        prompt_tokens(byte_tokenizer(), "hi", "{{ raise_exception('no, thanks') }}")


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


def test_prompts_without_a_template():
    tokenizer = byte_tokenizer(chat=False)
    assert tokenizer.decode(prompt_tokens(tokenizer, "hi")) == "hi\n"
    assert (
        tokenizer.decode(prompt_tokens(tokenizer, [{"role": "user", "content": c} for c in ("a", "b")]))
        == "a\nb\n"
    )
    assert tokenizer.decode(answer_tokens(tokenizer, "hi", "yo")) == "yo<|end|>"


@given(st.integers(1, 50), st.integers(1, 7), st.integers(0, 9))
def test_buckets_keep_every_example(count, batch, seed):
    examples, _ = plan_examples(
        byte_tokenizer(), Collection([task()]).rows("train", "train", "train"), count, seed, 99, None
    )
    ordered = bucket(examples, batch, seed, window=3)
    assert sorted(map(repr, ordered)) == sorted(map(repr, examples))
    assert ordered == bucket(examples, batch, seed, window=3)


def test_buckets_save_padding():
    rows = Collection(
        [Task(name="t", pairs=tuple(Pair("x" * i, "y") for i in range(1, 60)), descriptions=("d",))]
    ).rows("train", "train", "train")
    examples, _ = plan_examples(byte_tokenizer(), rows, 256, 0, 99, None)

    def padded(order):
        return sum(8 * max(e.tokens for e in order[i : i + 8]) for i in range(0, 256, 8))

    assert padded(bucket(examples, 8, 0)) < 0.75 * padded(examples)


def test_a_plan_depends_on_the_seed_alone_and_leaves_long_rows_out():
    rows = Collection(
        [task(), Task(name="long", pairs=(Pair("x" * 200, "y"),), descriptions=("d",) * 2)]
    ).rows("train", "train", "train")
    first, left_out = plan_examples(byte_tokenizer(), rows, 50, 3, 60, None)
    assert (first, left_out) == plan_examples(byte_tokenizer(), rows, 50, 3, 60, None)
    assert first != plan_examples(byte_tokenizer(), rows, 50, 4, 60, None)[0]
    assert left_out > 0
    assert max(e.tokens for e in first) <= 60
    with pytest.raises(ValueError, match="longer than max_tokens = 5"):
        plan_examples(byte_tokenizer(), rows, 50, 3, 5, None)


def test_batches_are_padded_on_the_right_and_prompts_are_masked():
    import torch

    tokenizer = byte_tokenizer()
    rows = Collection([task()]).rows("train", "train", "train")
    examples, _ = plan_examples(tokenizer, rows, 5, 0, 99, None)
    contexts = {d: torch.full((3,), float(i)) for i, d in enumerate(rows[0].descriptions)}
    batch = Collator(0, contexts)(examples)
    for i, example in enumerate(examples):
        pad = batch["input_ids"].shape[1] - example.tokens
        assert batch["input_ids"][i].tolist() == example.prompt + example.answer + [0] * pad
        assert batch["attention_mask"][i].tolist() == [1] * example.tokens + [0] * pad
        assert (
            batch["labels"][i].tolist() == [IGNORED] * len(example.prompt) + example.answer + [IGNORED] * pad
        )
        assert torch.equal(batch["contexts"][i], contexts[example.cue])


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
        r'{"descriptions": ["one", "two"], "licence": "unknown", "name": "a", "pairs": [{"also": [], "input": "x", "output": "y", '
        r'"reported": false}, {"also": [], "input": "\u00e9", "output": "z", "reported": true}], "selection": 0.2, "source": "", '
        r'"split": "report", "unordered": false}{"descriptions": ["d"], "licence": "MIT", "name": "b", "pairs": [{"also": ["3"], '
        r'"input": "1", "output": "2", "reported": false}], "source": "", "split": "train", "unordered": true}'
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
    """All descriptions of this task are for training, so that only pairs with their own are chosen and reported on."""
    pairs = tuple(Pair(f"in {i}", "x", descriptions=("own",) if i % 2 else ()) for i in range(120))
    collection = Collection([Task(name="t", pairs=pairs, descriptions=("d",))])
    for split, own in (("train", {True, False}), ("selection", {True}), ("report", {True})):
        (rows,) = collection.rows("train", split, split)
        assert {bool(pair.descriptions) for pair in rows.pairs} == own


def test_tasks_are_drawn_by_their_weights():
    made = [task(name, weight=weight) for name, weight in (("a", 6.0), ("b", 3.0), ("c", 1.0))]
    examples, _ = plan_examples(
        byte_tokenizer(), Collection(made).rows("train", "train", "train"), 2000, 5, 99, None
    )
    drawn = Counter(example.cue[0] for example in examples)
    for name, share in (("a", 0.6), ("b", 0.3), ("c", 0.1)):
        assert (
            abs(drawn[name] / 2000 - share) < 4 * (share * (1 - share) / 2000) ** 0.5
        )  # four standard errors


def test_a_pair_is_put_under_its_own_descriptions():
    tokenizer = byte_tokenizer()
    rows = Collection(
        [Task(name="t", pairs=(*OWN, Pair("d", "4")), descriptions=("d of all", "other"), split="report")]
    ).rows("report", "train", "train")
    examples, _ = plan_examples(tokenizer, rows, 200, 0, 99, None)
    found = {tokenizer.decode(example.answer).removesuffix("<|end|>"): set() for example in examples}
    for example in examples:
        found[tokenizer.decode(example.answer).removesuffix("<|end|>")].add(example.cue)
    assert found == {**{pair.output: set(pair.descriptions) for pair in OWN}, "4": {"d of all", "other"}}


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
    with pytest.raises(ValueError, match="1 shares came for 2 sources of data; give one for each, or none"):
        load_collection(*sources, shares=(1,))
