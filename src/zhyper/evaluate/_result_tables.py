"""Tables of results: means, parts, gains and ranks of each suite, and the first lines of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from zhyper.evaluate._conditions import CONDITIONS, PROMPTED
from zhyper.evaluate._markup import Cell, Table
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._statistics import critical_difference, friedman, nemenyi
from zhyper.evaluate._suites import SUITES
from zhyper.evaluate._summary import AVERAGE, PRIMARY, Result, conditional_gains

ENOUGH = 30
"""Questions below which nothing is said of a gain."""
Column = tuple[str, str]
"""A benchmark, and what of it: a metric, a part, or the condition that a gain is over."""


class Names:
    """What methods in conditions are called; those around one base, trained on the same, share its rows.

    Args:
        scores: of all methods.
        bases: what identifies the base of each method.
    """

    def __init__(self, scores: Sequence[Scores], bases: Mapping[str, str]) -> None:
        seen: dict[str, set[str]] = {}
        for one in scores:
            seen.setdefault(one.method, set()).update([one.group] if one.seen else [])
        kinds = {method: (bases.get(method, ""), frozenset(groups)) for method, groups in seen.items()}
        first: dict[Any, str] = {}
        for method, kind in kinds.items():
            first.setdefault(kind, method)
        self._of = {method: "" if len(first) == 1 else f" of {first[kind]}" for method, kind in kinds.items()}

    def __call__(self, method: str, condition: str) -> str:
        named = CONDITIONS[condition]
        return named.title.format(method if named.adapter else self._of[method])


def gain_lines(results: Sequence[Result]) -> list[str]:
    """The first lines of every report: what matching descriptions gain over those of another subject."""
    lines = []
    for one in conditional_gains(results):
        of = one.suite if one.benchmark == AVERAGE else f"{one.suite}, {one.benchmark}"
        sure = one.p is not None and one.p < 0.05 and one.n >= ENOUGH
        says = "too few to say more" if one.n < ENOUGH else "no difference is shown"
        if sure and one.low > 0:
            says = "the description matters"
        elif sure and one.high < 0:
            says = "the description does harm"
        p = "" if one.p is None else f", p = {one.p:.3f}"
        lines.append(
            f"{one.method} on {of}: matching minus shuffled descriptions {one} points (n = {one.n}, "
            f"{one.texts} texts{p}): {says}"
        )
    return lines or [
        "No gain of matching descriptions is shown: there was no other subject whose descriptions could "
        "stand against them"
    ]


def tables_of(results: Sequence[Result], names: Names) -> list[Table]:
    """All tables: of each suite the means, the parts, and the gains; protocols never share one."""
    tables: list[Table] = []
    for suite in dict.fromkeys(r.suite for r in results):
        own = [r for r in results if r.suite == suite]
        protocol = f"{suite} ({SUITES[suite].protocol})"
        tables.append(_means(own, protocol, PRIMARY, names))
        further = dict.fromkeys(r.metric for r in own if r.metric not in (*PRIMARY, AVERAGE))
        tables += [_means(own, f"{protocol}: {metric}", (metric,), names) for metric in further]
        if {r.part for r in own} - {"all"}:
            tables.append(_parts(own, protocol, names))
        if any(r.against for r in own):
            tables.append(_gains(own, protocol, names))
    return tables


def _pivot(
    results: Sequence[Result],
    title: str,
    row_of: Callable[[Result], str],
    column_of: Callable[[Result], Column],
    head_of: Callable[[Column], str],
    show: Callable[[Result], str] = str,
    note: str = "",
    ranked: bool = True,
) -> Table:
    """A table with a cell for each result, rows and columns in the order they come, averages last."""
    columns = sorted(dict.fromkeys(map(column_of, results)), key=lambda column: column[0] == AVERAGE)
    cells = {(row_of(r), column_of(r)): Cell(show(r), r.value) for r in results}
    rows = tuple(
        (name, tuple(cells.get((name, column)) for column in columns))
        for name in dict.fromkeys(map(row_of, results))
    )
    return Table(title=title, columns=tuple(map(head_of, columns)), rows=rows, note=note, ranked=ranked)


def _means(results: Sequence[Result], title: str, metrics: Sequence[str], called: Names) -> Table:
    """The means of a suite by some metrics; with the primary ones stands their average."""
    wide = {*metrics, AVERAGE} if metrics is PRIMARY else set(metrics)
    own = [r for r in results if not r.against and r.part == "all" and r.metric in wide]
    questions = {(r.benchmark, r.metric): r.n for r in reversed(own) if r.benchmark != AVERAGE}
    rows = {(called(r.method, r.condition), r.benchmark, r.metric): r for r in own if r.benchmark != AVERAGE}
    unread = sum(r.unread for r in rows.values())
    columns = dict.fromkeys((r.benchmark, r.metric) for r in own if r.benchmark != AVERAGE)
    n = ", ".join(f"{column[0]} {questions[column]}" for column in columns)
    note = f"Points of 100 with 95 % bootstrap intervals; questions: {n}." + (
        f" {unread} answers could not be read and count 0." if unread else ""
    )
    return _pivot(
        own,
        title,
        row_of=lambda r: called(r.method, r.condition),
        column_of=lambda r: (r.benchmark, r.metric),
        head_of=lambda c: c[0] if c[0] == AVERAGE or c[1] == "acc" else f"{c[0]} ({c[1]})",
        note=note,
    )


def _parts(results: Sequence[Result], protocol: str, called: Names) -> Table:
    """Seen and unseen subjects, and regions, of the primary metrics."""
    return _pivot(
        [r for r in results if not r.against and r.part != "all" and r.metric in PRIMARY],
        f"{protocol}: parts",
        row_of=lambda r: called(r.method, r.condition),
        column_of=lambda r: (r.benchmark, r.part),
        head_of=", ".join,
    )


def _gains(results: Sequence[Result], protocol: str, called: Names) -> Table:
    return _pivot(
        [r for r in results if r.against and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)],
        f"{protocol}: gains of matching descriptions",
        row_of=lambda r: f"{r.method} minus {called(r.method, r.against)}",
        column_of=lambda r: (r.benchmark, ""),
        head_of=lambda column: column[0],
        show=lambda r: str(r) if r.p_holm is None else f"{r}, p = {r.p_holm:.3f}",
        note="Paired differences, row by row, with 95 % bootstrap intervals; p of a sign-flip test, "
        "corrected (Holm) over the benchmarks of a line.",
        ranked=False,
    )


def systems(scores: Sequence[Scores], suite: str, called: Names) -> tuple[list[str], list[str], np.ndarray]:
    """What is ranked: methods under matching descriptions, and the base under prompts, on shared data sets.

    Returns:
        The systems' names (K), the data sets' (N), and the mean scores [N, K].
    """
    means: dict[str, dict[str, float]] = {}
    for one in scores:
        if one.suite == suite and one.metric in PRIMARY and one.condition in ("matched", "base", *PROMPTED):
            mean = float(np.mean([np.mean(values) for values in one.rows.values()]))
            means.setdefault(called(one.method, one.condition), {})[one.group] = mean
    shared = sorted(set.intersection(*map(set, means.values()))) if means else []
    return list(means), shared, np.array([[means[name][group] for name in means] for group in shared])


def rank_table(scores: Sequence[Scores], suite: str, called: Names) -> tuple[Table, Any] | None:
    """Mean ranks with their tests as a table and a diagram; None below three systems or two data sets."""
    from zhyper.evaluate._plots import critical_difference_diagram

    names, data_sets, values = systems(scores, suite, called)
    if len(names) < 3 or len(data_sets) < 2:
        return None
    test, p = friedman(values), nemenyi(values)
    difference = critical_difference(len(names), len(data_sets))
    ranks = [Cell(f"{rank:.2f}", -rank) for rank in test.mean_ranks]
    apart = [
        [Cell(f"{value:.3f}") if i != j else None for j, value in enumerate(of)] for i, of in enumerate(p)
    ]
    rows = tuple((name, (ranks[i], *apart[i])) for i, name in enumerate(names))
    note = (
        f"Rank 1 is best. Friedman over {len(data_sets)} data sets: chi-square {test.statistic:.2f}, p = "
        f"{test.p:.2g}; Nemenyi's p values beside; critical difference {difference:.3f} at 0.05."
    )
    columns = ("mean rank", *names)
    table = Table(title=f"{suite}: mean ranks", columns=columns, rows=rows, note=note, ranked=False)
    return table, critical_difference_diagram(
        names, test.mean_ranks, p_values=p, critical_difference=difference
    )
