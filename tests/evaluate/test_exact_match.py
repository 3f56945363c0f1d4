"""Exact match and its controls."""

import pytest

from conftest import tiny_machine
from zhyper.data import Collection, Pair, Task
from zhyper.data.benchmarks import Item
from zhyper.evaluate import (
    CONDITIONS,
    Question,
    answer_questions,
    draw_questions,
    is_right,
)
from zhyper.evaluate._marking import Exact
from zhyper.evaluate._questions import Cues


def question(output="Paris", also=(), unordered=False):
    return asked(
        "France",
        Exact((output, *also), unordered),
        Cues("capital", "capital", "currency", (Pair("Spain", "Madrid"),)),
    )


CUES = Cues("d", "d", "x")


def asked(prompt, answer, cues=CUES):
    return Question(key=prompt, group="t", items=(Item(prompt, answer),), cues=cues)


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
    assert is_right(question(), answer) is right


def test_further_right_answers_and_lists_without_order():
    assert is_right(question("cab", ("lab",)), "lab")
    assert not is_right(question("cab", ("lab",)), "grab")
    assert is_right(question("dog, cat", unordered=True), "cat, dog")
    assert not is_right(question("dog, cat", unordered=True), "cat")
    assert not is_right(question("dog, cat", unordered=True), "cat, dog, dog")
    assert not is_right(question("dog, cat"), "cat, dog")


def test_conditions():
    france = question()
    prompts = {
        name: (prompt(france), description(france)) for name, (prompt, description) in CONDITIONS.items()
    }
    assert prompts["matched"] == ("France", "capital")
    assert prompts["shuffled"] == ("France", "currency")
    assert prompts["empty"] == ("France", "")
    assert prompts["base"] == ("France", None)
    assert prompts["base, description in the prompt"] == ("capital\n\nFrance", None)
    turns = [("user", "Spain"), ("assistant", "Madrid"), ("user", "France")]
    expert = "You are an expert at one task, and answer with its result alone. The task: capital"
    assert prompts["base, description as an expert's role"][0][0] == {"role": "system", "content": expert}
    assert prompts["base, solved examples"] == (
        [{"role": role, "content": text} for role, text in turns],
        None,
    )
    noise, bare = prompts["random"]
    assert noise == "France"
    assert bare == CONDITIONS["random"][1](france) != "capital"


def test_questions_are_drawn_alike_and_never_show_their_own_answer():
    tasks = [
        Task(
            name=n,
            pairs=tuple(Pair(f"{i}", f"{n}{i}") for i in range(30)),
            descriptions=tuple(f"{n}{j}" for j in range(10)),
        )
        for n in "ab"
    ]
    collection = Collection(tasks)
    rows, shots = collection.rows("train", "report", "train"), collection.rows("train", "train", "train")
    questions = draw_questions(rows, shots, 7, seed=5)
    assert questions == draw_questions(rows, shots, 7, seed=5)
    assert len(questions) == 14
    for drawn in questions:
        assert drawn.cues.description.startswith(drawn.group)
        assert drawn.cues.own == drawn.cues.description
        assert not drawn.cues.foreign.startswith(drawn.group)
        assert len(drawn.cues.shots) == 3
        assert drawn.items[0].prompt not in {shot.input for shot in drawn.cues.shots}


def test_answers_are_scored_in_order(monkeypatch):
    """Questions are asked in groups of equal length; each score comes back to its own question."""
    machine = tiny_machine()
    said = {"a": "yes", "b": "a far longer answer than the others", "c": "maybe", "d": "no"}
    monkeypatch.setattr(machine, "generate", lambda prompts, *rest, **named: [said[p] for p in prompts])

    questions = [
        asked("a", Exact(("yes",))),
        asked("b", Exact((said["b"],))),
        asked("c", Exact(("yes",))),
        asked("d", Exact(("no",))),
        asked("b", Exact(("b",))),
    ]
    assert answer_questions(machine, questions, "matched") == [True, True, False, True, False]


def test_an_answer_that_goes_on_is_wrong():
    """The cut lies beyond the longest right answer, so a right beginning is no right answer."""
    machine = tiny_machine()
    (whole,) = machine.generate(["ab"], ["one"], max_new_tokens=40)
    assert len(whole) > 12
    assert answer_questions(
        machine, [asked("ab", Exact((whole[:2],)), Cues("one", "one", "x"))], "matched"
    ) == [False]
