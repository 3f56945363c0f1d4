"""Intervals by resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 1 << 20
"""Rows drawn at once."""


@dataclass(frozen=True)
class Estimate:
    """A mean over tasks with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    n: int
    """Rows behind the value."""

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def bootstrap(
    groups: Sequence[Sequence[float]], over_groups: bool = False, seed: int = 0, samples: int = 10_000
) -> Estimate:
    """Mean over groups of each group's mean, with a 95 % percentile interval of rows resampled in groups.

    Args:
        groups: scores of each task's rows, at least one row each (for a paired difference, the differences).
        over_groups: resample the groups too: the interval then speaks of other tasks like these.
        seed: of the resampling.
        samples: resamples.
    """
    if not groups or not all(map(len, groups)):
        raise ValueError("a bootstrap needs at least one group, and at least one row in each")
    rng = np.random.default_rng(seed)
    means = np.empty((samples, len(groups)))
    for i, group in enumerate(groups):
        scores = np.asarray(group, dtype=float)
        step = max(1, DRAWS // len(scores))
        for start in range(0, samples, step):  # a few at a time: rows may be many
            drawn = rng.integers(len(scores), size=(min(step, samples - start), len(scores)))
            means[start : start + step, i] = scores[drawn].mean(axis=1)
    if over_groups:
        means = np.take_along_axis(means, rng.integers(len(groups), size=means.shape), axis=1)
    low, high = np.quantile(means.mean(axis=1), [0.025, 0.975])
    value = float(np.mean([np.mean(group) for group in groups]))
    return Estimate(value, float(low), float(high), sum(len(group) for group in groups))
