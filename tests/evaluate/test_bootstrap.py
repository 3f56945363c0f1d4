"""Intervals by resampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhyper.evaluate import (
    Estimate,
    bootstrap,
)


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
