"""Comparisons of methods over data sets: Friedman, Nemenyi and Holm (Demšar 2006), and paired differences by bootstrap.

Shapes: N data sets, K methods, M hypotheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from zhyper.evaluate._bootstrap import Estimate, bootstrap

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FriedmanTest:
    """What `friedman` says on whether K methods rank alike over N data sets."""

    statistic: float
    """Friedman's chi-square with K - 1 degrees of freedom, corrected for ties."""
    p: float
    """Its p value, from the chi-square distribution, which is an approximation for few data sets."""
    iman_davenport: float
    """F = (N - 1) χ² / (N (K - 1) - χ²) with K - 1 and (K - 1)(N - 1) degrees of freedom; infinite where all data sets agree."""
    iman_davenport_p: float
    """The p value of F, less conservative than that of the chi-square."""
    mean_ranks: tuple[float, ...]
    """Mean rank of each of the K methods; 1 is best."""
    data_sets: int
    """N."""

    @property
    def methods(self) -> int:
        """K."""
        return len(self.mean_ranks)


def mean_ranks(scores: npt.ArrayLike) -> Floats:
    """Mean rank [K] of each method over the data sets: 1 is best, and ties share the mean of the ranks they stand on.

    Args:
        scores: [N, K], a row for each data set and a column for each method; higher is better.

    Raises:
        ValueError: there is no score, one is NaN, or the table is not two-dimensional.
    """
    ranks: Floats = stats.rankdata(-_table(scores, data_sets=1, methods=1), axis=1).mean(axis=0)
    return ranks


def friedman(scores: npt.ArrayLike) -> FriedmanTest:
    """Friedman's test that K methods rank alike over N data sets, and Iman and Davenport's F for it (Demšar 2006, section 3.2.2).

    Where all methods tie on every data set the statistic is 0 / 0; nothing differs then, so it is called 0, with p = 1.

    Args:
        scores: [N, K], N >= 2 and K >= 3; higher is better.

    Raises:
        ValueError: there are too few data sets or methods, a score is NaN, or the table is not two-dimensional.
    """
    table = _table(scores, data_sets=2, methods=3)
    n, k = table.shape
    ranks = tuple(float(rank) for rank in mean_ranks(table))
    if bool((table == table[:, :1]).all()):
        return FriedmanTest(
            statistic=0.0, p=1.0, iman_davenport=0.0, iman_davenport_p=1.0, mean_ranks=ranks, data_sets=n
        )
    result = stats.friedmanchisquare(*table.T)
    statistic = float(result.statistic)
    rest = n * (k - 1) - statistic  # 0 up to rounding where all data sets agree
    f = (n - 1) * statistic / rest if rest > 1e-9 * n * k else float("inf")
    return FriedmanTest(
        statistic=statistic,
        p=float(result.pvalue),
        iman_davenport=f,
        iman_davenport_p=float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
        mean_ranks=ranks,
        data_sets=n,
    )


def nemenyi(scores: npt.ArrayLike) -> Floats:
    """The p values [K, K] of Nemenyi's test of all pairs of methods, to be read after a Friedman test that rejects.

    The difference of two mean ranks, divided by sqrt(K (K + 1) / (6 N)) and times sqrt(2), is held against the studentized range of K
    means with infinite degrees of freedom (Demšar 2006, section 3.2.2). The matrix is symmetric, with 1 on its diagonal; the test
    corrects for the number of pairs itself, and not for ties.

    Args:
        scores: [N, K], N >= 2 and K >= 2; higher is better.

    Raises:
        ValueError: there are too few data sets or methods, a score is NaN, or the table is not two-dimensional.
    """
    table = _table(scores, data_sets=2, methods=2)
    n, k = table.shape
    ranks = mean_ranks(table)
    q = np.abs(ranks[:, None] - ranks[None, :]) / _rank_error(k, n) * np.sqrt(2)
    p_values: Floats = np.clip(stats.studentized_range.sf(q, k, np.inf), 0.0, 1.0)
    np.fill_diagonal(p_values, 1.0)
    return p_values


def critical_difference(methods: int, data_sets: int, alpha: float = 0.05) -> float:
    """How far two mean ranks lie apart at least if Nemenyi's test calls them different: CD = q_α sqrt(K (K + 1) / (6 N)).

    Args:
        methods: K, 2 or more.
        data_sets: N, 2 or more.
        alpha: probability of finding any difference where there is none, between 0 and 1.

    Raises:
        ValueError: an argument lies outside its range.
    """
    if methods < 2 or data_sets < 2:
        raise ValueError(
            f"{methods} methods and {data_sets} data sets came; a critical difference wants at least 2 of each"
        )
    _check_alpha(alpha)
    return float(
        stats.studentized_range.ppf(1 - alpha, methods, np.inf) / np.sqrt(2) * _rank_error(methods, data_sets)
    )


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p values [M] of Holm's step-down procedure (1979), in the order given: each at most alpha is rejected at that level.

    The i-th smallest of M is multiplied by M - i + 1, made no smaller than those before it, and no larger than 1.

    Args:
        p_values: [M], each between 0 and 1, of any tests, dependent ones too.

    Raises:
        ValueError: a value is NaN or outside 0 to 1, or they do not stand in one row.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError(
            f"p values came as {p_values!r}; Holm's procedure wants a row of numbers between 0 and 1"
        )
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def cliques(p_values: npt.ArrayLike, alpha: float = 0.05) -> list[tuple[int, ...]]:
    """Maximal groups of two or more methods of which no two differ significantly: the bars of a critical difference diagram.

    Found by Bron and Kerbosch's algorithm (1973) with a pivot, so that they are right for any test of pairs, also one whose groups
    are no runs of neighbouring ranks. Two methods differ where p < alpha. A method that differs from all others is in no group.

    Args:
        p_values: [K, K], symmetric; the diagonal is passed over.
        alpha: level of significance, between 0 and 1.

    Returns:
        Column numbers of each group in ascending order, the groups in lexicographic order.

    Raises:
        ValueError: the matrix is not square and symmetric, a value is NaN, or alpha is out of range.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or not np.array_equal(p, p.T):
        raise ValueError(
            f"p values came with shape {list(p.shape)}; groups want a square symmetric matrix [K, K] without NaN"
        )
    _check_alpha(alpha)
    alike = [{int(j) for j in np.flatnonzero(row >= alpha)} - {i} for i, row in enumerate(p)]
    found: list[tuple[int, ...]] = []

    def grow(clique: set[int], candidates: set[int], seen: set[int]) -> None:
        if not candidates and not seen:
            found.append(tuple(sorted(clique)))
            return
        pivot = max(candidates | seen, key=lambda i: len(candidates & alike[i]))
        for i in sorted(candidates - alike[pivot]):
            grow(clique | {i}, candidates & alike[i], seen & alike[i])
            candidates = candidates - {i}
            seen = seen | {i}

    grow(set(), set(range(len(p))), set())
    return sorted(group for group in found if len(group) > 1)


def paired_bootstrap(
    ours: Sequence[Sequence[float]],
    theirs: Sequence[Sequence[float]],
    over_groups: bool = False,
    seed: int = 0,
    samples: int = 10_000,
) -> Estimate:
    """Ours minus theirs on the same rows, mean over groups of each group's mean, with a 95 % interval by `bootstrap` of the differences.

    There is no p value beside it: the interval excludes 0 or does not, and it says how large the difference may be.

    Args:
        ours: scores of one system, the rows of each group (a task, a benchmark).
        theirs: scores of another system on the same rows in the same order.
        over_groups: resample the groups too: the interval then speaks of other groups like these, not of these alone.
        seed: of the resampling.
        samples: resamples.

    Raises:
        ValueError: the two do not have the same groups with the same numbers of rows, a group is empty, or a score is NaN.
    """
    sizes = [len(group) for group in ours], [len(group) for group in theirs]
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"groups of {sizes[0]} and of {sizes[1]} rows came; paired differences want two scores of every row"
        )
    differences = [np.subtract(a, b, dtype=np.float64).tolist() for a, b in zip(ours, theirs, strict=True)]
    if any(np.isnan(group).any() for group in differences):
        raise ValueError(
            "a difference is not a number; leave the rows that have no score out of both systems"
        )
    return bootstrap(differences, over_groups=over_groups, seed=seed, samples=samples)


def _rank_error(methods: int, data_sets: int) -> float:
    """The standard error of a difference of two mean ranks, sqrt(K (K + 1) / (6 N))."""
    return float(np.sqrt(methods * (methods + 1) / (6 * data_sets)))


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha came as {alpha}; a level of significance lies between 0 and 1, such as 0.05")


def _table(scores: npt.ArrayLike, data_sets: int, methods: int) -> Floats:
    """Scores [N, K] as numbers, with at least so many rows and columns."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < data_sets or table.shape[1] < methods:
        raise ValueError(
            f"scores came with shape {list(table.shape)}; wanted is [data sets, methods] with at least {data_sets} data set(s) "
            f"and {methods} method(s)"
        )
    if np.isnan(table).any():
        row, column = np.argwhere(np.isnan(table))[0]
        raise ValueError(
            f"the score of method {column} on data set {row} is NaN; leave out the data set or the method"
        )
    return table
