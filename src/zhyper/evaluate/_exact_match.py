"""Exact match of greedy answers: the description's own work, beside prompts and honesty controls."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from zhyper.data import Pair, Prompt, Rows, Task, demonstrate
from zhyper.distance import FarContextWarning
from zhyper.evaluate._controls import noise


@dataclass(frozen=True)
class Question:
    """One row to be answered: its task, pair, true description, solved examples, and the cues of its own and a foreign task."""

    task: Task
    pair: Pair
    description: str
    shots: tuple[Pair, ...]
    cue: str
    foreign: str


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
    rng, strange_rng = (
        random.Random(seed),
        random.Random(f"{seed} strange"),
    )  # two, so that every context has the same questions
    pairs_of = {r.task.name: r.pairs for r in examples}

    def cue(r: Rows, pair: Pair, description: str, solved: Sequence[Pair]) -> str:
        return {
            "description": description,
            "task": r.task.name,
            "instance": pair.input,
            "demonstrations": demonstrate(solved),
        }[context]

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
            own = cue(r, pair, description, solve(r, pair, strange_rng, cue_shots))
            wrong = ""
            if foreign:
                other, text = rng.choice(foreign)
                if known and other.task.name not in known:
                    others = [(o, d) for o, d in foreign if o.task.name in known]
                    other, text = strange_rng.choice(others) if others else (other, text)
                strange = strange_rng.choice(other.pairs)
                wrong = cue(other, strange, text, solve(other, strange, strange_rng, cue_shots))
            questions.append(Question(r.task, pair, description, solved, own, wrong))
    return questions


def is_right(question: Question, answer: str) -> bool:
    """Whether the whole answer equals a right one; case counts, and the order of a list only where the task says so."""
    right = (question.pair.output, *question.pair.also)
    if question.task.unordered:
        return sorted(_items(answer)) in [sorted(_items(r)) for r in right]
    return answer.strip() in {r.strip() for r in right}


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.replace(",", " ").split()]


def _with_description(question: Question) -> str:
    return f"{question.description}\n\n{question.pair.input}"


def _in_a_role(question: Question) -> Prompt:
    """The description as the role the system message gives the model."""
    role = (
        f"You are an expert at one task, and answer with its result alone. The task: {question.description}"
    )
    return [{"role": "system", "content": role}, {"role": "user", "content": question.pair.input}]


def _with_shots(question: Question) -> Prompt:
    """Each solved example as a turn of the conversation before the question."""
    turns: list[dict[str, str]] = []
    for pair in question.shots:
        turns += [{"role": "user", "content": pair.input}, {"role": "assistant", "content": pair.output}]
    return [*turns, {"role": "user", "content": question.pair.input}]


CONDITIONS: dict[str, tuple[Callable[[Question], Prompt], Callable[[Question], str | None]]] = {
    "matched": (lambda q: q.pair.input, lambda q: q.cue),
    "shuffled": (lambda q: q.pair.input, lambda q: q.foreign),
    "random": (lambda q: q.pair.input, lambda q: noise(q.pair.input)),
    "empty": (lambda q: q.pair.input, lambda q: ""),
    "base": (lambda q: q.pair.input, lambda q: None),
    "base, description in the prompt": (_with_description, lambda q: None),
    "base, description as a role": (_in_a_role, lambda q: None),
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
    groups: dict[int, list[int]] = {}
    for i, question in enumerate(questions):
        right = (question.pair.output, *question.pair.also)
        longest = max(len(machine.tokenizer(r, add_special_tokens=False)["input_ids"]) for r in right)
        groups.setdefault(1 << (longest + 3).bit_length(), []).append(
            i
        )  # few different lengths, so that batches are full
    scores = [False] * len(questions)
    for length, group in sorted(groups.items()):
        asked = [questions[i] for i in group]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FarContextWarning)  # controls are far on purpose
            answers = machine.generate(
                [prompt(q) for q in asked], [description(q) for q in asked], length, progress=progress
            )
        for i, answer in zip(group, answers, strict=True):
            scores[i] = is_right(questions[i], answer)
    return scores
