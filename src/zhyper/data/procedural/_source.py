"""The source `procedural`: tasks made by composition.

Many of them have the same inputs, so that only the description tells the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import gcd
from pathlib import Path
from random import Random

from zhyper.data._collection import Pair, Task
from zhyper.data._reading import Reading, count_option
from zhyper.data.procedural._inputs import Input, make_pools
from zhyper.data.procedural._task_table import Spec, table
from zhyper.data.procedural._wordings import normal, wordings

WORDINGS = 24
"""Wordings of each task."""


def _pairs(random: Random, spec: Spec, pool: Sequence[Input], count: int) -> tuple[Pair, ...]:
    """Pairs on inputs of the pool, in a drawn order; no answer has more than half of them."""
    start, step = random.randrange(len(pool)), random.randrange(1, len(pool))
    while gcd(step, len(pool)) > 1:
        step += 1
    pairs: list[Pair] = []
    times: Counter[str] = Counter()
    for i in range(start, start + step * len(pool), step):
        sample = pool[i % len(pool)]
        answer = spec.act(sample)
        if answer is not None and 2 * times[answer] < count:
            times[answer] += 1
            pairs.append(Pair(sample.text, answer))
            if len(pairs) == count:
                break
    return tuple(pairs)


def _wordings(random: Random, spec: Spec, others: set[str]) -> tuple[str, ...]:
    """Wordings of a task that no other task has."""
    texts: list[str] = []
    for tried, text in enumerate(wordings(random, spec.kind, spec.phrases, spec.form)):
        if normal(text) not in others:
            others.add(normal(text))
            texts.append(text)
        if len(texts) == WORDINGS or tried > 50 * WORDINGS:
            return tuple(texts)
    raise AssertionError("wordings have no end")


def read_procedural(folder: Path | None = None, seed: str = "0", pairs: str = "80") -> Reading:
    """Tasks made by composition on shared inputs.

    The inputs are words, lists, numbers, pairs of words, sentences, dates and names.

    Args:
        folder: not read; the tasks are made here.
        seed: draws the inputs of each task, and its wordings; the tasks and their splits are the same for
            every seed.
        pairs: how many pairs each task has, where as many inputs fit it.
    """
    count, reading = count_option("pairs", pairs), Reading()
    reading.notes.append(f"at most {count} pairs of each task are made (option pairs)")
    pools, others = make_pools(seed), set[str]()
    holding: dict[tuple[str, str], list[Input]] = {}
    for kind, pool in pools.items():
        for sample in pool:
            for name in dict.fromkeys(sample.kinds):
                holding.setdefault((kind, name), []).append(sample)
    for spec in table():
        random = Random(f"{seed}/{spec.name}")
        pairs_of_task = _pairs(
            random, spec, holding[spec.kind, spec.needs] if spec.needs else pools[spec.kind], count
        )
        texts = _wordings(random, spec, others)
        if pairs_of_task:
            task = Task(
                name=spec.name,
                pairs=pairs_of_task,
                descriptions=texts,
                split=spec.split,
                licence="Apache-2.0",
                source="procedural",
            )
            reading.tasks.append(task)
        reading.rows[spec.kind] = reading.rows.get(spec.kind, 0) + len(pairs_of_task)
    return reading
