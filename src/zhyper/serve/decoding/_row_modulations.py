"""The contexts of rows that decode together, as one modulation; and mixtures of contexts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from zhyper.adapters import Adapter
from zhyper.modulation import Modulation


def together(adapter: Adapter, held: Sequence[Modulation | None]) -> Modulation | None:
    """One context for each row; None stands for the bare base, a strength of 0. None if all rows are the bare base's."""
    named = [one for one in held if one is not None]
    if not named:
        return None
    level = _level(adapter, named)
    nothing = {
        kind: {name: torch.zeros_like(v) for name, v in slots.items()}
        for kind, slots in level[0].values.items()
    }
    off, rest = Modulation(nothing, 1, torch.zeros(1, device=level[0].device)), iter(level)
    rows = Modulation.stack([off if one is None else next(rest) for one in held])
    return (
        Modulation(rows.values, rows.count)
        if rows.strength is not None and bool((rows.strength == 1).all())
        else rows
    )


def mixed(adapter: Adapter, parts: Sequence[Modulation], weights: Sequence[float]) -> Modulation:
    """One context whose update is the weighted sum of the parts'; ValueError where no context has that update."""
    return adapter.mix(Modulation.stack(_level(adapter, parts)), weights)


def is_off(held: Modulation) -> bool:
    """Whether a context has a strength of 0, which is the bare base."""
    return held.strength is not None and not bool(held.strength.any())


def _level(adapter: Adapter, parts: Sequence[Modulation]) -> list[Modulation]:
    """The same contexts at one rank.

    A mixture may have a larger rank than other contexts (`Adapter.mix`); a context mixed with itself at a weight of 0 has a
    larger one too, and the same update.
    """
    size = math.lcm(*{one.per_context for one in parts} - {0})
    times = [size // one.per_context if one.per_context else 1 for one in parts]
    return [
        one if n == 1 else adapter.mix(Modulation.stack([one] * n), [1.0] + [0.0] * (n - 1))
        for one, n in zip(parts, times, strict=True)
    ]
