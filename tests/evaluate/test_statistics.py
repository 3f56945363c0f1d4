"""Ranks and tests over data sets, against published numbers and against other implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from papers import BENCHMARKS, METHODS
from zhyper.evaluate import bootstrap
from zhyper.evaluate._statistics import (
    critical_difference,
    friedman,
    holm,
    mean_ranks,
    nemenyi,
    paired_bootstrap,
)

TABLES = hnp.arrays(
    float, st.tuples(st.integers(2, 11), st.integers(3, 7)), elements=st.integers(0, 4).map(float)
)
"""Score tables with many ties."""


def test_the_papers_table():
    test = friedman(BENCHMARKS)
    ranks = dict(zip(METHODS, test.mean_ranks, strict=True))
    assert (test.methods, test.data_sets) == (6, 10)
    assert test.p == pytest.approx(7.7e-8, rel=0.01)
    assert ranks["T2L"] == pytest.approx(1.65)
    assert ranks["multi-task LoRA"] == pytest.approx(2.10)
    assert ranks["Zhyper"] == pytest.approx(2.25)
    assert ranks["3-shot"] == pytest.approx(4.55)
    of = {name: nemenyi(BENCHMARKS)[METHODS.index("Zhyper"), i] for i, name in enumerate(METHODS)}
    assert of["T2L"] == pytest.approx(0.98, abs=0.005)
    assert of["multi-task LoRA"] == pytest.approx(1.00, abs=0.005)
    assert of["3-shot"] == pytest.approx(0.066, abs=0.0005)
    assert critical_difference(6, 10) == pytest.approx(2.384, abs=0.0005)


def test_critical_values_of_demsar():
    """Table 5 (a) of Demšar (2006): q for 2 to 10 methods, two levels."""
    for alpha, q in [
        (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
        (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
    ]:
        for k, value in enumerate(q, start=2):
            assert critical_difference(k, 13, alpha) / np.sqrt(k * (k + 1) / 78) == pytest.approx(
                value, abs=0.0011
            )


def test_iman_davenport_of_demsar():
    """Demšar (2006), section 3.2.3: 4 methods, 14 data sets, χ² 9.28, F 3.69."""
    table = [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931], [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875], [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970],
    ]  # fmt: skip
    test = friedman(table)
    assert test.mean_ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=0.0005)
    uncorrected = 12 * 14 / 20 * (np.sum(np.square(test.mean_ranks)) - 4 * 25 / 4)
    assert uncorrected == pytest.approx(9.28, abs=0.005)
    assert 13 * uncorrected / (14 * 3 - uncorrected) == pytest.approx(3.69, abs=0.005)
    assert test.statistic > uncorrected  # the paper's is without the correction for ties
    assert test.iman_davenport == pytest.approx(13 * test.statistic / (14 * 3 - test.statistic))
    assert test.iman_davenport_p == pytest.approx(stats.f.sf(test.iman_davenport, 3, 39))


def test_ranks_by_hand():
    assert mean_ranks([[3, 1, 2]]).tolist() == [1, 3, 2]
    assert mean_ranks([[5, 5, 1, 0], [1, 7, 7, 7]]).tolist() == [
        (1.5 + 4) / 2,
        (1.5 + 2) / 2,
        (3 + 2) / 2,
        (4 + 2) / 2,
    ]


@given(TABLES)
def test_friedman_is_scipys(table):
    test = friedman(table)
    n, k = table.shape
    assert sum(test.mean_ranks) == pytest.approx(k * (k + 1) / 2)
    if (table == table[:, :1]).all():
        assert (test.statistic, test.p, test.iman_davenport, test.iman_davenport_p) == (0, 1, 0, 1)
        return
    expected = stats.friedmanchisquare(*table.T)
    assert (test.statistic, test.p) == pytest.approx((expected.statistic, expected.pvalue))
    ranks = stats.rankdata(-table, axis=1)  # F as the two-way analysis of variance of the ranks
    between = n * np.square(ranks.mean(axis=0) - (k + 1) / 2).sum()
    error = np.square(ranks - (k + 1) / 2).sum() - between
    if error > 1e-6:
        assert test.iman_davenport == pytest.approx(
            between / (k - 1) / (error / (k - 1) / (n - 1)), rel=1e-6, abs=1e-9
        )
    else:
        assert (test.iman_davenport, test.iman_davenport_p) == (np.inf, 0)


@settings(deadline=None, max_examples=40)
@given(TABLES)
def test_nemenyi_is_demsars_formula(table):
    n, k = table.shape
    ranks = mean_ranks(table)
    q = np.abs(ranks[:, None] - ranks[None]) / np.sqrt(k * (k + 1) / (6 * n)) * np.sqrt(2)
    expected = np.clip(stats.studentized_range.sf(q, k, np.inf), 0.0, 1.0)
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(nemenyi(table), expected, rtol=0, atol=1e-9)


@settings(deadline=None)
@given(TABLES, st.sampled_from([0.01, 0.05, 0.3]))
def test_nemenyi_and_its_critical_difference_agree(table, alpha):
    ranks, p_values = mean_ranks(table), nemenyi(table)
    apart = np.abs(ranks[:, None] - ranks[None]) - critical_difference(table.shape[1], table.shape[0], alpha)
    np.testing.assert_array_equal(p_values, p_values.T)
    np.testing.assert_array_equal((p_values < alpha)[np.abs(apart) > 1e-6], (apart > 0)[np.abs(apart) > 1e-6])


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.6, 0.7]), [1, 1])
    assert holm([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.floats(0.001, 0.999))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values, alpha):
    rejected, left = set(), sorted(range(len(p_values)), key=lambda i: p_values[i])
    while left and p_values[left[0]] * len(left) <= alpha:
        rejected.add(left.pop(0))
    adjusted = holm(p_values)
    assert {i for i, p in enumerate(adjusted) if p <= alpha} == rejected
    assert all(adjusted >= p_values) and all(adjusted <= 1)


def test_paired_differences_are_those_of_rows():
    rng = np.random.default_rng(0)
    theirs = [(rng.random(n) < 0.5).tolist() for n in (17, 29, 41)]
    ours = [[min(1.0, row + 0.5) for row in group] for group in theirs]
    found = paired_bootstrap(ours, theirs, seed=3, samples=500)
    assert found == bootstrap(
        [np.subtract(a, b, dtype=float).tolist() for a, b in zip(ours, theirs, strict=True)],
        seed=3,
        samples=500,
    )
    assert found.low > 0
    back = paired_bootstrap(theirs, ours, seed=3, samples=500)
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low))
    # the same scores as two samples that know nothing of each other are far less certain
    apart = [bootstrap(groups, samples=500) for groups in (ours, theirs)]
    assert found.high - found.low < max(estimate.high - estimate.low for estimate in apart)


def test_paired_differences_over_groups_and_of_booleans():
    ours, theirs = (
        [[True, True, True], [False, False], [True]],
        [[False, False, False], [False, False], [True]],
    )
    alone, groups = (paired_bootstrap(ours, theirs, over_groups=over, samples=300) for over in (False, True))
    assert (alone.value, alone.low, alone.high, alone.n) == pytest.approx((1 / 3, 1 / 3, 1 / 3, 6))
    assert groups.low == 0 and groups.high > 0.6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_ranks([1.0, 2.0]), r"shape \[2\]; expected is \[data sets, methods\]"),
        (lambda: mean_ranks(np.ones((0, 3))), "at least 1 data set"),
        (lambda: friedman(np.ones((5, 2))), r"shape \[5, 2\].* 3 method"),
        (lambda: friedman(np.ones((1, 4))), "at least 2 data set"),
        (lambda: friedman([[1, 2, 3], [1, 2, np.nan]]), "method 2 on data set 1 is NaN"),
        (lambda: nemenyi(np.ones((4, 1))), "2 method"),
        (lambda: critical_difference(1, 10), "there are 1 methods and 10 data sets"),
        (lambda: critical_difference(3, 10, 5), "alpha is 5"),
        (lambda: holm([0.1, 1.1]), "between 0 and 1"),
        (lambda: holm([0.1, np.nan]), "between 0 and 1"),
        (lambda: holm([[0.1]]), "a row of numbers"),
        (lambda: paired_bootstrap([[1.0, 0.0]], [[1.0]]), r"groups of \[2\] and of \[1\] rows"),
        (lambda: paired_bootstrap([[1.0], [0.0]], [[1.0]]),
         "paired differences need two scores of each"),
        (lambda: paired_bootstrap([[np.nan]], [[1.0]]), "not a number"),
        (lambda: paired_bootstrap([], []), "at least one group"),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
