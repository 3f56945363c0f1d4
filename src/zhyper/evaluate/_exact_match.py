"""Exact match of greedy answers: the description's own work, beside prompts and honesty controls."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from zhyper.data import Pair, Prompt, Rows, demonstrate
from zhyper.data.benchmarks import Item
from zhyper.distance import FarContextWarning
from zhyper.evaluate._conditions import asked_as, in_a_role, noise
from zhyper.evaluate._marking import Exact, is_correct
from zhyper.evaluate._questions import Cues, Question


def draw_questions(
    rows: Sequence[Rows],
    examples: Sequence[Rows],
    per_task: int,
    seed: int,
    context: str = "description",
    shots: int = 3,
    cue_shots: int = 3,
    known: Collection[str] = (),
) -> list[Question]:
    """Up to `per_task` questions of each task, with descriptions in turn, the same for the same seed.

    Args:
        rows: what is asked.
        examples: where solved examples of the same tasks come from; an input is never its own example.
        per_task: questions of a task at most.
        seed: of all draws.
        context: what the generator is told, one of `zhyper.spec.CONTEXTS`.
        shots: solved examples of a question, for prompts.
        cue_shots: solved examples that a generator whose context they are is told.
        known: names of the only tasks that may be a wrong context; none named stands for all.
    """
    rng, cue_rng = (
        random.Random(seed),
        random.Random(f"{seed} strange"),
    )  # two: every kind of cue, the same questions
    pairs_of = {r.task.name: r.pairs for r in examples}

    def cue(r: Rows, pair: Pair, description: str) -> str:
        solved = demonstrate(solve(r, pair, cue_rng, cue_shots))
        cues = {"description": description, "task": r.task.name, "instance": pair.input}
        return (cues | {"demonstrations": solved})[context]

    def solve(r: Rows, pair: Pair, rng: random.Random, count: int) -> tuple[Pair, ...]:
        pool = [p for p in pairs_of.get(r.task.name, r.pairs) if p.input != pair.input]
        return tuple(rng.sample(pool, min(count, len(pool))))

    questions = []
    texts = [(r, text) for r in rows for text in r.texts]
    for r in rows:
        foreign = [(other, text) for other, text in texts if other.task.name != r.task.name]
        for i, pair in enumerate(rng.sample(r.pairs, min(per_task, len(r.pairs)))):
            cues = r.cues(pair)
            description, solved = cues[i % len(cues)], solve(r, pair, rng, shots)
            own, wrong = cue(r, pair, description), ""
            if foreign:
                other, text = rng.choice(foreign)
                if known and other.task.name not in known:
                    others = [(o, d) for o, d in foreign if o.task.name in known]
                    other, text = cue_rng.choice(others) if others else (other, text)
                wrong = cue(other, cue_rng.choice(other.pairs), text)
            answer = Exact((pair.output, *pair.also), unordered=r.task.unordered)
            question = Question(
                key=pair.input,
                group=r.task.name,
                items=(Item(pair.input, answer),),
                cues=Cues(description, own, wrong, solved),
            )
            questions.append(question)
    return questions


def is_right(question: Question, answer: str) -> bool:
    """Whether the whole answer equals a right one; case counts, and the order of a list if it has one."""
    return is_correct(question.items[0].answer, answer)


def _cues(question: Question) -> Cues:
    assert question.cues is not None, "draw_questions gives each question cues of its own"
    return question.cues


def _prompt(question: Question) -> str:
    return question.items[0].prompt


def _with_description(question: Question) -> Prompt:
    return asked_as("described", _prompt(question), _cues(question).description)[0]


def _in_an_experts_role(question: Question) -> Prompt:
    """Unlike the condition `role` of suites, it says as well that the result alone is asked for."""
    task = _cues(question).description
    expert = f"You are an expert at one task, and answer with its result alone. The task: {task}"
    return in_a_role(expert, _prompt(question))


def _with_shots(question: Question) -> Prompt:
    """Each solved example as a turn of the conversation before the question."""
    turns: list[dict[str, str]] = []
    for pair in _cues(question).shots:
        turns += [{"role": "user", "content": pair.input}, {"role": "assistant", "content": pair.output}]
    return [*turns, {"role": "user", "content": _prompt(question)}]


CONDITIONS: dict[str, tuple[Callable[[Question], Prompt], Callable[[Question], str | None]]] = {
    "matched": (_prompt, lambda q: _cues(q).own),
    "shuffled": (_prompt, lambda q: _cues(q).foreign),
    "random": (_prompt, lambda q: noise(_prompt(q))),
    "empty": (_prompt, lambda q: ""),
    "base": (_prompt, lambda q: None),
    "base, description in the prompt": (_with_description, lambda q: None),
    "base, description as an expert's role": (_in_an_experts_role, lambda q: None),
    "base, solved examples": (_with_shots, lambda q: None),
}
"""For each condition, the prompt and the description a question is asked with."""


class Answerer(Protocol):
    """What is evaluated: a `TextToAdapter`, or any system that answers prompts as it does."""

    tokenizer: Any

    def generate(
        self,
        prompts: Sequence[Prompt],
        descriptions: Sequence[str | None],
        max_new_tokens: int,
        *,
        progress: Callable[..., Any],
    ) -> list[str]: ...


def answer_questions(
    machine: Answerer, questions: Sequence[Question], condition: str, progress: Callable[..., Any] = iter
) -> list[bool]:
    """Whether each question is answered right under a condition of `CONDITIONS`.

    An answer may be a few tokens longer than the longest right one: long enough to be wrong, and no longer.
    """
    prompt, description = CONDITIONS[condition]
    by_length: dict[int, list[int]] = {}
    for i, question in enumerate(questions):
        texts = question.items[0].answer.right
        longest = max(len(machine.tokenizer(t, add_special_tokens=False)["input_ids"]) for t in texts)
        by_length.setdefault(1 << (longest + 3).bit_length(), []).append(
            i
        )  # few lengths, so batches are full
    scores = [False] * len(questions)
    for length, places in sorted(by_length.items()):
        batch = [questions[i] for i in places]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FarContextWarning)  # controls are far on purpose
            answers = machine.generate(
                [prompt(q) for q in batch], [description(q) for q in batch], length, progress=progress
            )
        for i, answer in zip(places, answers, strict=True):
            scores[i] = is_right(questions[i], answer)
    return scores
