"""Word tasks: the whole answer must be right, and each question is asked under one text of its own."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
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
    # Two: every kind of cue gets the same questions.
    rng, cue_rng = random.Random(seed), random.Random(f"{seed} strange")
    known = spec.known_tasks
    pairs_of = {r.task.name: r.pairs for r in examples}
    texts = [(r, text) for r in rows for text in r.texts]

    def solve(r: Rows, pair: Pair, rng: random.Random, count: int) -> tuple[Pair, ...]:
        pool = [p for p in pairs_of.get(r.task.name, r.pairs) if p.input != pair.input]
        return tuple(rng.sample(pool, min(count, len(pool))))

    def cue(r: Rows, pair: Pair, description: str) -> str:
        shown = demonstrate(solve(r, pair, cue_rng, spec.shots))
        cues = {"description": description, "task": r.task.name, "instance": pair.input}
        return (cues | {"demonstrations": shown})[spec.context]

    def foreign_cue(r: Rows) -> dict[str, str]:
        foreign = [(other, text) for other, text in texts if other.task.name != r.task.name]
        drawn = rng.choice(foreign) if foreign else None
        if drawn and known and drawn[0].task.name not in known:
            others = [(other, text) for other, text in foreign if other.task.name in known]
            drawn = cue_rng.choice(others) if others else None
        return {"shuffled": cue(drawn[0], cue_rng.choice(drawn[0].pairs), drawn[1])} if drawn else {}

    def question(r: Rows, number: int, i: int) -> Question:
        pair = r.pairs[number]
        description, solved = r.cues(pair)[i % len(r.cues(pair))], solve(r, pair, rng, shots)
        cues = {"matched": cue(r, pair, description), **foreign_cue(r), "base": ""}
        cues |= {} if known else {"random": noise(pair.input), "empty": ""}
        return Question(
            key=str(number),
            number=number,
            items=(Item(pair.input, Exact((pair.output, *pair.also), unordered=r.task.unordered)),),
            cues=cues | dict.fromkeys(PROMPTED, description),
            examples=solved,
        )

    def group(r: Rows) -> Group:
        numbers = range(len(r.pairs))
        drawn = rng.sample(numbers, min(per_task or len(numbers), len(numbers)))
        return Group(
            benchmark="words",
            name=r.task.name,
            subject=r.task.name,
            questions=tuple(question(r, number, i) for i, number in enumerate(drawn)),
            descriptions=r.texts,
            seen=r.task.name in trained,
        )

    return [one for one in map(group, rows) if not known or one.name in known]


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
