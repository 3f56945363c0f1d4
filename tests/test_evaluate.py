"""Exact match, its controls and its intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import tiny_machine
from zhyper.data import Collection, Pair, Task
from zhyper.evaluate import (
    CONDITIONS,
    Estimate,
    Question,
    answer_questions,
    bootstrap,
    draw_questions,
    is_right,
)


def question(output="Paris", also=(), unordered=False):
    task = Task(
        name="t", pairs=(Pair("France", output, also),), descriptions=("capital",), unordered=unordered
    )
    return Question(task, task.pairs[0], "capital", (Pair("Spain", "Madrid"),), "capital", "currency")


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
    asked = question()
    prompts = {
        name: (prompt(asked), description(asked)) for name, (prompt, description) in CONDITIONS.items()
    }
    assert prompts["matched"] == ("France", "capital")
    assert prompts["shuffled"] == ("France", "currency")
    assert prompts["empty"] == ("France", "")
    assert prompts["base"] == ("France", None)
    assert prompts["base, description in the prompt"] == ("capital\n\nFrance", None)
    turns = [("user", "Spain"), ("assistant", "Madrid"), ("user", "France")]
    assert prompts["base, solved examples"] == (
        [{"role": role, "content": text} for role, text in turns],
        None,
    )
    noise, bare = prompts["random"]
    assert noise == "France"
    assert bare == CONDITIONS["random"][1](asked) != "capital"


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
    for asked in questions:
        assert asked.description.startswith(asked.task.name)
        assert asked.cue == asked.description
        assert not asked.foreign.startswith(asked.task.name)
        assert len(asked.shots) == 3
        assert asked.pair.input not in {shot.input for shot in asked.shots}


def test_answers_are_scored_in_order(monkeypatch):
    """Questions are asked in groups of equal length; each score comes back to its own question."""
    machine = tiny_machine()
    said = {"a": "yes", "b": "a far longer answer than the others", "c": "maybe", "d": "no"}
    monkeypatch.setattr(machine, "generate", lambda prompts, *rest, **named: [said[p] for p in prompts])

    def asked(prompt, output):
        task = Task(name="t", pairs=(Pair(prompt, output),), descriptions=("d",))
        return Question(task, task.pairs[0], "d", (), "d", "x")

    questions = [
        asked("a", "yes"),
        asked("b", said["b"]),
        asked("c", "yes"),
        asked("d", "no"),
        asked("b", "b"),
    ]
    assert answer_questions(machine, questions, "matched") == [True, True, False, True, False]


def test_an_answer_that_goes_on_is_wrong():
    """The cut lies beyond the longest right answer, so a right beginning is no right answer."""
    machine = tiny_machine()
    (whole,) = machine.generate(["ab"], ["one"], max_new_tokens=40)
    task = Task(name="t", pairs=(Pair("ab", whole[:2]),), descriptions=("one",))
    assert len(whole) > 12
    assert answer_questions(machine, [Question(task, task.pairs[0], "one", (), "one", "x")], "matched") == [
        False
    ]


@given(st.lists(st.lists(st.integers(0, 1).map(float), min_size=1, max_size=9), min_size=1, max_size=5))
def test_bootstrap_holds_the_mean_over_tasks(groups):
    estimate = bootstrap(groups, samples=200)
    assert estimate.value == pytest.approx(np.mean([np.mean(g) for g in groups]))
    assert 0 <= estimate.low <= estimate.high <= 1
    assert estimate.n == sum(map(len, groups))


def test_resampling_tasks_widens_the_interval_where_tasks_differ():
    groups = [[1.0] * 20, [0.0] * 20, [1.0] * 20]
    assert (bootstrap(groups).low, bootstrap(groups).high) == pytest.approx((2 / 3, 2 / 3))
    wide = bootstrap(groups, over_groups=True)
    assert wide.low < 0.4
    assert wide.high == 1


def test_bootstrap_covers_what_it_should():
    rng = np.random.default_rng(0)
    estimates = [bootstrap([rng.random(40) < 0.3, rng.random(60) < 0.7], samples=400) for _ in range(300)]
    covered = np.mean([e.low <= 0.5 <= e.high for e in estimates])
    assert 0.90 < covered < 0.99
    assert str(Estimate(0.5, 0.25, 0.75, 4)) == "50.0 [25.0, 75.0]"
    with pytest.raises(ValueError, match="at least one row"):
        bootstrap([[1.0], []])
