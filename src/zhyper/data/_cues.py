"""Cues: what a hypernetwork is told of a task, as text for the encoder."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from zhyper.data._collection import Pair, Rows

SETS = 64
"""How many sets of demonstrations a task gets."""


def demonstrate(pairs: Sequence[Pair]) -> str:
    """Solved examples as one text."""
    return "\n\n".join(f"Input: {pair.input}\nOutput: {pair.output}" for pair in pairs)


def shows(cue: str, pair: Pair) -> bool:
    """Whether a cue is a demonstration of this pair itself."""
    return demonstrate([pair]) in cue


def cued(
    rows: Sequence[Rows], context: str, shots: int, seed: int, examples: Mapping[str, Sequence[Pair]]
) -> list[Rows]:
    """Rows whose descriptions are the cues of a kind of context.

    Args:
        rows: of tasks.
        context: one of `zhyper.spec.CONTEXTS`; for `instance` there are no descriptions, for each input is
            its own cue.
        shots: pairs in a set of demonstrations.
        seed: of the sets.
        examples: the pairs that demonstrations of a task are drawn from; a task without any shows its own
            pairs.
    """
    if context == "description":
        return list(rows)
    rows = [
        replace(
            r, pairs=tuple(replace(pair, descriptions=()) if pair.descriptions else pair for pair in r.pairs)
        )
        for r in rows
    ]
    if context == "task":
        return [replace(r, descriptions=(r.task.name,)) for r in rows]
    if context == "instance":
        return [replace(r, descriptions=()) for r in rows]
    result = []
    for r in rows:
        rng, pairs = random.Random(f"{seed} {r.task.name}"), list(examples.get(r.task.name, r.pairs))
        sets = {demonstrate(rng.sample(pairs, min(shots, len(pairs)))): None for _ in range(SETS)}
        result.append(replace(r, descriptions=tuple(sets)))
    return result
