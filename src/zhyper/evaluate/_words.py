"""Word tasks: the whole answer must be right, and each question is asked under one text of its own."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from zhyper.data import Pair, Rows, demonstrate, load_collection, read_descriptions
from zhyper.data.benchmarks import Item
from zhyper.evaluate._conditions import PROMPTED, noise
from zhyper.evaluate._marking import Exact
from zhyper.evaluate._questions import Group, Question, Scope
from zhyper.spec import GeneratorSpec

EXPERT = "You are an expert at one task, and answer with its result alone. The task: {}"
"""What a system message says of a word task, besides its description: a whole sentence is no right answer."""
SOURCES = {
    "abstractive": "function-vectors",
    "extractive": "function-vectors",
    "induce": "instruction-induction",
}
"""The source of tasks whose folder holds a folder of that name."""


def word_groups(
    rows: Sequence[Rows],
    examples: Sequence[Rows],
    per_task: int | None,
    seed: int,
    spec: GeneratorSpec,
    *,
    shots: int = 3,
    trained: Collection[str] = (),
) -> list[Group]:
    """A group for each task, of up to `per_task` questions with its texts in turn, alike for the same seed.

    Args:
        rows: what is asked.
        examples: where solved examples of the same tasks come from; an input is never its own example.
        per_task: questions of a task at most; None for all.
        seed: of all draws.
        spec: says what the generator's cues are made from. One that knows tasks by name is asked those alone,
            and under no other text.
        shots: solved examples of a question, for prompts.
        trained: names of the tasks that the generator was trained on.
    """
    draws, known = _Draws(rows, examples, seed, spec), spec.known_tasks
    groups = [
        Group(
            benchmark="words",
            name=r.task.name,
            subject=r.task.name,
            questions=tuple(draws.questions(r, per_task or len(r.pairs), shots)),
            descriptions=r.texts,
            seen=r.task.name in trained,
        )
        for r in rows
    ]
    return [group for group in groups if not known or group.name in known]


class _Draws:
    """Draws of questions, task by task; every kind of cue gets the same questions, for it is drawn apart."""

    def __init__(
        self, rows: Sequence[Rows], examples: Sequence[Rows], seed: int, spec: GeneratorSpec
    ) -> None:
        self.rng, self.cue_rng = random.Random(seed), random.Random(f"{seed} strange")
        self.pairs_of = {r.task.name: r.pairs for r in examples}
        self.texts = [(r, text) for r in rows for text in r.texts]
        self.spec = spec

    def questions(self, r: Rows, count: int, shots: int) -> Iterator[Question]:
        for i, number in enumerate(self.rng.sample(range(len(r.pairs)), min(count, len(r.pairs)))):
            pair = r.pairs[number]
            description = r.cues(pair)[i % len(r.cues(pair))]
            solved = self._solve(r, pair, self.rng, shots)
            cues = {"matched": self._cue(r, pair, description), **self._foreign(r), "base": ""}
            cues |= {} if self.spec.known_tasks else {"random": noise(pair.input), "empty": ""}
            yield Question(
                key=str(number),
                number=number,
                items=(Item(pair.input, Exact((pair.output, *pair.also), unordered=r.task.unordered)),),
                cues=cues | dict.fromkeys(PROMPTED, description),
                examples=solved,
            )

    def _solve(self, r: Rows, pair: Pair, rng: random.Random, count: int) -> tuple[Pair, ...]:
        pool = [p for p in self.pairs_of.get(r.task.name, r.pairs) if p.input != pair.input]
        return tuple(rng.sample(pool, min(count, len(pool))))

    def _cue(self, r: Rows, pair: Pair, description: str) -> str:
        shown = demonstrate(self._solve(r, pair, self.cue_rng, self.spec.shots))
        cues = {"description": description, "task": r.task.name, "instance": pair.input}
        return (cues | {"demonstrations": shown})[self.spec.context]

    def _foreign(self, r: Rows) -> dict[str, str]:
        """The cue of another task, one that the generator knows; none where there is no such."""
        known = self.spec.known_tasks
        foreign = [(other, text) for other, text in self.texts if other.task.name != r.task.name]
        drawn = self.rng.choice(foreign) if foreign else None
        if drawn and known and drawn[0].task.name not in known:
            others = [(other, text) for other, text in foreign if other.task.name in known]
            drawn = self.cue_rng.choice(others) if others else None
        if drawn is None:
            return {}
        other, text = drawn
        return {"shuffled": self._cue(other, self.cue_rng.choice(other.pairs), text)}


def read_words(scope: Scope) -> list[Group]:
    """Tasks of a folder, those to train on with the inputs and descriptions that no training reads."""
    assert scope.folder is not None, "read_suite looks that a suite has a folder where it needs one"
    collection = load_collection(*_sources(scope.folder))
    split, texts = scope.split, read_descriptions(scope.descriptions)
    rows = [*collection.rows("train", split, split), *collection.rows(split, split, split)]
    cut = [replace(r, descriptions=texts.get(r.task.name, r.descriptions)[: scope.texts]) for r in rows]
    shown = collection.rows("train", "train", "train")
    return word_groups(cut, shown, scope.rows, scope.seed, scope.spec, trained=scope.trained)


def _sources(folder: Path) -> list[str]:
    """The sources in a folder: those it holds, the one that it is, or a collection as zhyper writes it."""
    places = [folder, *sorted(folder.glob("*/"))]
    held = [f"{kind}:{at}" for at in places for part, kind in SOURCES.items() if (at / part).is_dir()]
    return list(dict.fromkeys(held)) or [f"collection:{folder}"]
