"""The modulations of rows that decode together, as one; and weighted sums of modulations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from zhyper.adapters import Adapter
from zhyper.modulation import Modulation


def stack_rows(adapter: Adapter, rows: Sequence[Modulation | None]) -> Modulation | None:
    """One modulation with a row for each of these; None in it stands for the bare base, a strength of 0.

    None if all rows are the bare base's.
    """
    modulations = [row for row in rows if row is not None]
    if not modulations:
        return None
    level = _at_one_rank(adapter, modulations)
    zeros = {
        kind: {name: torch.zeros_like(value) for name, value in slots.items()}
        for kind, slots in level[0].values.items()
    }
    off, rest = Modulation(zeros, 1, torch.zeros(1, device=level[0].device)), iter(level)
    stacked = Modulation.stack([off if row is None else next(rest) for row in rows])
    if stacked.strength is not None and bool((stacked.strength == 1).all()):
        return Modulation(stacked.values, stacked.count)
    return stacked


def mix(adapter: Adapter, parts: Sequence[Modulation], weights: Sequence[float]) -> Modulation:
    """The modulation whose update is the weighted sum of the parts'; ValueError where there is none."""
    return adapter.mix(Modulation.stack(_at_one_rank(adapter, parts)), weights)


def is_off(modulation: Modulation) -> bool:
    """Whether a modulation has a strength of 0, which is the bare base."""
    return modulation.strength is not None and not bool(modulation.strength.any())


def _at_one_rank(adapter: Adapter, parts: Sequence[Modulation]) -> list[Modulation]:
    """The same modulations at one rank.

    A mixture may have a larger rank than its parts (`Adapter.mix`); a modulation mixed with itself at a
    weight of 0 has a larger one too, and the same update.
    """
    size = math.lcm(*{part.per_context for part in parts} - {0})
    times = [size // part.per_context if part.per_context else 1 for part in parts]
    return [
        part if n == 1 else adapter.mix(Modulation.stack([part] * n), [1.0] + [0.0] * (n - 1))
        for part, n in zip(parts, times, strict=True)
    ]
