"""Word tasks: the whole answer counts, and each question has a text of its own in every condition."""

import json

import pytest

from conftest import tiny_machine
from evaluations import asks, run
from zhyper.data import Collection, Pair, Task
from zhyper.data.benchmarks import Item
from zhyper.evaluate import CONDITIONS, Group, Question, Scope, evaluate, word_groups
from zhyper.evaluate._conditions import asked_as, texts_under
from zhyper.evaluate._marking import Exact, marks
from zhyper.evaluate._suites import read_suite
from zhyper.evaluate._words import EXPERT
from zhyper.spec import GeneratorSpec

pytest.importorskip("matplotlib")


def is_right(text, output="Paris", also=(), unordered=False):
    return marks([Exact((output, *also), unordered)], [text], {}) == ({"acc": 1.0}, 0)


def group(*questions):
    return Group(benchmark="words", name="t", subject="t", questions=questions, descriptions=("d",))


def asked(prompt, *right, key="0", text="d"):
    return Question(key=key, items=(Item(prompt, Exact(right)),), cues={"matched": text})


@pytest.fixture
def collection():
    return Collection(
        Task(
            name=n,
            pairs=tuple(Pair(f"{i}", f"{n}{i}") for i in range(30)),
            descriptions=tuple(f"{n}{j}" for j in range(10)),
        )
        for n in "ab"
    )


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Paris", True),
        (" Paris\n", True),
        ("paris", False),
        ("Paris.", False),
        ("Paris, France", False),
        ("", False),
    ],
)
def test_the_whole_answer_counts(answer, right):
    assert is_right(answer) is right


def test_further_right_answers_and_lists_without_order():
    assert is_right("lab", "cab", ("lab",))
    assert not is_right("grab", "cab", ("lab",))
    assert is_right("cat, dog", "dog, cat", unordered=True)
    assert not is_right("cat", "dog, cat", unordered=True)
    assert not is_right("cat, dog, dog", "dog, cat", unordered=True)
    assert not is_right("cat, dog", "dog, cat")


def test_conditions(collection):
    rows = collection.rows("train", "report", "train")
    groups = word_groups(rows, rows, 3, 0, GeneratorSpec())
    for one in groups:
        texts = {name: texts_under(name, one, groups, 0) for name in CONDITIONS}
        for i, question in enumerate(one.questions):
            prompt, own = question.items[0].prompt, texts["described"][i]
            prompts = {
                name: asked_as(name, prompt, texts[name][i], EXPERT, question.examples) for name in CONDITIONS
            }
            assert own in one.descriptions
            assert prompts["matched"] == (prompt, own)
            assert prompts["shuffled"][0] == prompt
            assert prompts["shuffled"][1][0] == {"a": "b", "b": "a"}[one.name]
            assert prompts["empty"] == (prompt, "")
            assert prompts["base"] == (prompt, None)
            assert prompts["described"] == (f"{own}\n\n{prompt}", None)
            role = f"You are an expert at one task, and answer with its result alone. The task: {own}"
            assert prompts["role"] == (
                [{"role": "system", "content": role}, {"role": "user", "content": prompt}],
                None,
            )
            turns = [t for p in question.examples for t in (("user", p.input), ("assistant", p.output))]
            shown = [{"role": role, "content": text} for role, text in [*turns, ("user", prompt)]]
            assert prompts["shots"] == (shown, None)
            random, text = prompts["random"]
            assert random == prompt
            assert text == texts_under("random", one, groups, 7)[i] != own
    assert len(set(texts_under("random", groups[0], groups, 0))) == 3
    (alone,) = word_groups(rows[:1], rows, 3, 0, GeneratorSpec())
    assert texts_under("shuffled", alone, [alone], 0) == ()  # there is no other task


def test_questions_are_drawn_alike_and_never_show_their_own_answer(collection):
    rows, shots = collection.rows("train", "report", "train"), collection.rows("train", "train", "train")
    groups = word_groups(rows, shots, 7, 5, GeneratorSpec(), trained=("b",))
    assert groups == word_groups(rows, shots, 7, 5, GeneratorSpec(), trained=("b",))
    assert [(one.name, len(one.questions), one.seen) for one in groups] == [("a", 7, False), ("b", 7, True)]
    for one in groups:
        assert len({question.key for question in one.questions}) == 7
        for question in one.questions:
            assert question.cues["described"].startswith(one.name)
            assert question.cues["matched"] == question.cues["described"]
            assert not question.cues["shuffled"].startswith(one.name)
            assert len(question.examples) == 3
            assert question.items[0].prompt not in {shot.input for shot in question.examples}


def test_a_generator_that_knows_tasks_by_name_is_asked_no_other_text(collection):
    rows = collection.rows("train", "report", "train")
    spec = GeneratorSpec(encoder="one-hot", context="task", known_tasks=("b",))
    (one,) = word_groups(rows, rows, 2, 0, spec)
    assert one.name == "b"
    assert {name for question in one.questions for name in question.cues} == {
        "matched", "base", "described", "role", "shots"
    }  # fmt: skip


def test_answers_are_scored_in_order(monkeypatch):
    """Questions are asked in groups of equal length; each score comes back to its own question."""
    machine = tiny_machine()
    said = {"a": "yes", "b": "a far longer answer than the others", "c": "maybe", "d": "no"}
    monkeypatch.setattr(machine, "generate", lambda prompts, *rest, **named: [said[p] for p in prompts])
    words = [("a", "yes"), ("b", said["b"]), ("c", "yes"), ("d", "no"), ("b", "b")]
    questions = [asked(prompt, right, key=str(i)) for i, (prompt, right) in enumerate(words)]
    (scores,) = asks(machine, "words", [group(*questions)])(["matched"])
    assert list(scores.rows.values()) == [(1.0,), (1.0,), (0.0,), (1.0,), (0.0,)]


def test_an_answer_that_goes_on_is_wrong():
    """The cut lies beyond the longest right answer, so a right beginning is no right answer."""
    machine = tiny_machine()
    (whole,) = machine.generate(["ab"], ["one"], max_new_tokens=40)
    assert len(whole) > 12
    for right, score in ((whole[:2], 0.0), (whole, 1.0)):
        (scores,) = asks(machine, "words", [group(asked("ab", right, text="one"))])(["matched"])
        assert scores.rows == {"0": (score,)}


@pytest.fixture
def words(tmp_path):
    """A folder with a few function vectors, of two trained tasks and one that is not."""
    place = tmp_path / "data" / "function_vectors" / "abstractive"
    place.mkdir(parents=True)
    for name in ("antonym", "capitalize", "country-currency"):
        rows = [{"input": f"{name} {i}", "output": f"{i}"} for i in range(60)]
        (place / f"{name}.json").write_text(json.dumps(rows))
    return tmp_path / "data"


def test_the_suite(words, tmp_path):
    machine = tiny_machine()
    machine.about = {"tasks": ["function_vectors/antonym"]}
    results = evaluate(
        {"m": "tiny"}, "words", Scope(folder=words, rows=2), tmp_path / "out", load=lambda ref: machine
    )
    assert {result.condition for result in results} == set(CONDITIONS)
    matched = {r.part: r for r in results if r.condition == "matched" and not r.against}
    assert matched["all"].groups >= 2 and matched["all"].n == 2 * matched["all"].groups
    assert {"seen", "unseen"} <= set(matched)
    tables = (tmp_path / "out" / "tables.md").read_text()
    assert "| base, description as a role |" in tables
    assert "| base, solved examples |" in tables
    assert "expert" not in tables


def test_what_the_suite_reads(words):
    both = read_suite("words", Scope(folder=words, rows=2))
    inside = read_suite("words", Scope(folder=words / "function_vectors", rows=2))
    assert both == inside
    few = read_suite("words", Scope(folder=words, rows=2, only=(both[0].name,)))
    assert few == both[:1]  # the same questions, whatever else is asked
    with pytest.raises(ValueError, match=r"has no 'zebra' in .*; it has: words, function_vectors, "):
        read_suite("words", Scope(folder=words, only=("zebra",)))


def test_solved_examples_need_some(folder, tmp_path):
    with pytest.raises(ValueError, match="has no text to ask under the condition shots; ask for another"):
        run(
            "evaluate", "default", "--suite", "benchmarks", "--data", folder, "--condition", "shots",
            "--out", tmp_path / "out",
        )  # fmt: skip
