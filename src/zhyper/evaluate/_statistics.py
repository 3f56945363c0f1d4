"""Tests of methods over data sets: Friedman, Nemenyi, Holm (Demšar 2006), bootstrap, sign flips.

The only file that imports SciPy, which comes with `pip install 'zhyper[evaluate]'`.

Shapes: N data sets, K methods, M hypotheses. Tables of scores are [N, K], a row for each data set and a
column for each method, higher is better; a ValueError says what is missing or NaN in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhyper.evaluate._bootstrap import Estimate, bootstrap
from zhyper.evaluate._extra import extra

Floats = npt.NDArray[np.float64]


def _stats() -> Any:
    return extra("scipy.stats")


@dataclass(frozen=True, kw_only=True)
class FriedmanTest:
    """What `friedman` says on whether K methods rank alike over N data sets."""

    statistic: float
    """Friedman's chi-square with K - 1 degrees of freedom, corrected for ties."""
    p: float
    """From the chi-square distribution, which is an approximation for few data sets."""
    iman_davenport: float
    """F = (N - 1) χ² / (N (K - 1) - χ²) with K - 1 and (K - 1)(N - 1) degrees of freedom; may be infinite."""
    iman_davenport_p: float
    """Less conservative than that of the chi-square."""
    mean_ranks: tuple[float, ...]
    data_sets: int

    @property
    def methods(self) -> int:
        """K."""
        return len(self.mean_ranks)


def mean_ranks(scores: npt.ArrayLike) -> Floats:
    """Mean rank [K] of each method over the data sets: 1 is best, and ties share the mean of their ranks."""
    ranks: Floats = _stats().rankdata(-_table(scores, data_sets=1, methods=1), axis=1).mean(axis=0)
    return ranks


def friedman(scores: npt.ArrayLike) -> FriedmanTest:
    """Friedman's test that K methods rank alike over N data sets, and Iman and Davenport's F for it.

    Source: Demšar 2006, section 3.2.2.

    There are at least two data sets and three methods. Where all methods tie on every data set the statistic
    is 0 / 0; nothing differs then, so it is called 0, with p = 1.
    """
    table = _table(scores, data_sets=2, methods=3)
    n, k = table.shape
    ranks = tuple(float(rank) for rank in mean_ranks(table))
    statistic, p = 0.0, 1.0
    if not bool((table == table[:, :1]).all()):
        statistic, p = map(float, _stats().friedmanchisquare(*table.T))
    rest = n * (k - 1) - statistic  # 0 up to rounding where all data sets agree
    f = (n - 1) * statistic / rest if rest > 1e-9 * n * k else float("inf")
    f_p = float(_stats().f.sf(f, k - 1, (k - 1) * (n - 1)))
    return FriedmanTest(
        statistic=statistic, p=p, iman_davenport=f, iman_davenport_p=f_p, mean_ranks=ranks, data_sets=n
    )


def nemenyi(scores: npt.ArrayLike) -> Floats:
    """The p values [K, K] of Nemenyi's test of all pairs of methods, to follow a Friedman test that rejects.

    The difference of two mean ranks, divided by sqrt(K (K + 1) / (6 N)) and times sqrt(2), is held against
    the studentized range of K means with infinite degrees of freedom (Demšar 2006, section 3.2.2). The matrix
    is symmetric, with 1 on its diagonal; the test corrects for the number of pairs itself, and not for ties.
    """
    table = _table(scores, data_sets=2, methods=2)
    return np.asarray(extra("scikit_posthocs").posthoc_nemenyi_friedman(table), dtype=np.float64)


def critical_difference(methods: int, data_sets: int, alpha: float = 0.05) -> float:
    """How far apart two mean ranks are at least if Nemenyi's test calls them different.

    CD = q_α sqrt(K (K + 1) / (6 N)); ValueError for fewer than two methods or data sets, and for an alpha
    (the probability of finding any difference where there is none) that is not between 0 and 1.
    """
    if methods < 2 or data_sets < 2:
        raise ValueError(
            f"there are {methods} methods and {data_sets} data sets; a critical difference needs 2 of each"
        )
    check_alpha(alpha)
    q = _stats().studentized_range.ppf(1 - alpha, methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(methods * (methods + 1) / (6 * data_sets)))


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p values [M] of Holm's step-down procedure (1979), of any tests, dependent ones too."""
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError(
            f"the p values are {p_values!r}; Holm's procedure needs a row of numbers between 0 and 1"
        )
    # By hand: that of statsmodels collects garbage at every call, which is slow beside a loaded model.
    order, adjusted = np.argsort(p, kind="stable"), np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def paired_bootstrap(
    ours: Sequence[Sequence[float]],
    theirs: Sequence[Sequence[float]],
    over_groups: bool = False,
    seed: int = 0,
    samples: int = 10_000,
) -> Estimate:
    """Ours minus theirs on the same rows, with a 95 % interval by `bootstrap` of the differences.

    Args:
        ours: scores of one system, the rows of each group (a task, a benchmark).
        theirs: scores of another system on the same rows in the same order.
        over_groups: as in `bootstrap`.
        seed: as in `bootstrap`.
        samples: as in `bootstrap`.

    Raises:
        ValueError: the groups or their numbers of rows differ, a group is empty, or a score is NaN.
    """
    first, second = [len(group) for group in ours], [len(group) for group in theirs]
    if first != second:
        raise ValueError(
            f"groups of {first} and of {second} rows were given; paired differences need two scores of each"
        )
    differences = [np.subtract(a, b, dtype=np.float64).tolist() for a, b in zip(ours, theirs, strict=True)]
    if any(np.isnan(group).any() for group in differences):
        raise ValueError("a difference is not a number; leave rows without a score out of both systems")
    return bootstrap(differences, over_groups=over_groups, seed=seed, samples=samples)


def sign_flips(differences: Floats, seed: int) -> float:
    """The two-sided p value of a sum of differences whose signs are as likely + as -; 1 for fewer than two.

    The differences are weighted as they count in the sum; the seed draws signs where not all can be tried.
    """
    if len(differences) < 2 or not differences.any():
        return 1.0
    test = _stats().permutation_test(
        (differences,),
        lambda x, axis=-1: x.sum(axis),
        permutation_type="samples",
        vectorized=True,
        batch=500,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def divergence(logprobs: Sequence[float], shares: npt.ArrayLike) -> float:
    """The Jensen-Shannon divergence (base 2, from 0 to 1) of a softmax of log-probabilities from shares."""
    likelihoods = np.exp(np.asarray(logprobs) - max(logprobs))
    distance = extra("scipy.spatial.distance").jensenshannon(
        likelihoods / likelihoods.sum(), np.asarray(shares, dtype=float), base=2
    )
    return float(np.nan_to_num(distance) ** 2)


def trend(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Slope and intercept of the least-squares line through points, and Spearman's correlation."""
    line = _stats().linregress(x, y)
    return float(line.slope), float(line.intercept), float(_stats().spearmanr(x, y).statistic)


def check_alpha(alpha: float) -> None:
    """Raise ValueError unless alpha is a level of significance."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}, but a level of significance lies between 0 and 1, such as 0.05")


def _table(scores: npt.ArrayLike, data_sets: int, methods: int) -> Floats:
    """Scores [N, K] as numbers, with at least so many rows and columns."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < data_sets or table.shape[1] < methods:
        raise ValueError(
            f"the scores have the shape {list(table.shape)}; expected is [data sets, methods] with at least "
            f"{data_sets} data set(s) and {methods} method(s)"
        )
    for row, column in np.argwhere(np.isnan(table))[:1]:
        raise ValueError(
            f"the score of method {column} on data set {row} is NaN; leave out the data set or the method"
        )
    return table
