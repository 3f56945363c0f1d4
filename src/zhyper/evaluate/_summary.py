"""From the scores of questions to numbers with intervals: means by benchmark and part, and gains over the controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zhyper.evaluate._bootstrap import bootstrap
from zhyper.evaluate._controls import CONTROLS
from zhyper.evaluate._questions import Protocol
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._statistics import holm, paired_bootstrap
from zhyper.evaluate._suites import SUITES

AVERAGE = "average"
"""The mean over the benchmarks of a suite, where that says something."""
PRIMARY = ("acc", "pass@1", "1-JSD", "ROUGE-L", "likelihood")
"""The metric of each benchmark that means and ranks are taken of."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A number with its 95 % interval, and what it is of."""

    method: str
    suite: str
    protocol: Protocol
    benchmark: str
    part: str
    """`all`, `seen` or `unseen` subjects, or a region."""
    condition: str
    against: str = ""
    """Of a gain: the condition it is over, row by row."""
    metric: str
    value: float
    low: float
    high: float
    n: int
    """Questions."""
    groups: int
    """Countries or tasks; 1 where a benchmark has none."""
    texts: int
    """Descriptions that each question's score is a mean over."""
    unread: int = 0
    """Answers that no parser could read."""
    p: float | None = None
    """Of a gain: of a test that flips the signs of the rows' differences at random."""
    p_holm: float | None = None
    """The same, corrected (Holm) for all benchmarks of the suite in this part."""

    def __str__(self) -> str:
        sign = "+" if self.against else ""
        value, low, high = (
            round(100 * number, 1) + 0.0 for number in (self.value, self.low, self.high)
        )  # no minus zero
        return f"{value:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"


def summarise(scores: Sequence[Scores], seed: int = 0) -> list[Result]:
    """Every mean and every gain of matching descriptions, of one or several methods."""
    results: list[Result] = []
    by_case: dict[tuple[str, str, str, str], dict[str, list[Scores]]] = {}
    for one in scores:
        by_case.setdefault((one.method, one.suite, one.benchmark, one.metric), {}).setdefault(
            one.condition, []
        ).append(one)
        if SUITES[one.suite].average and one.metric in PRIMARY:
            mean = replace(one, benchmark=AVERAGE)
            by_case.setdefault((one.method, one.suite, AVERAGE, AVERAGE), {}).setdefault(
                one.condition, []
            ).append(mean)
    for (_, _, _, metric), conditions in by_case.items():
        for part, held in _parts(conditions):
            results += [_mean(part, metric, held[c], seed) for c in CONTROLS if c in held]
            others = [c for c in CONTROLS if c in held and c != "matched"] if "matched" in held else []
            results += [_gain(part, metric, held["matched"], held[other], seed) for other in others]
    return _corrected(results)


def _parts(conditions: dict[str, list[Scores]]) -> Iterable[tuple[str, dict[str, list[Scores]]]]:
    """All groups; and, where there are countries or tasks, those that were seen in training, those that were not, and each region."""
    yield "all", conditions
    groups = next(iter(conditions.values()))
    if len(groups) < 2 or groups[0].benchmark == AVERAGE:
        return
    tests: list[tuple[str, Callable[[Scores], bool]]] = [
        ("seen", lambda s: s.seen),
        ("unseen", lambda s: not s.seen),
    ]
    tests += [
        (region, lambda s, region=region: s.region == region)
        for region in sorted({g.region for g in groups} - {""})
    ]  # type: ignore[misc]
    if SUITES[groups[0].suite].kinds:
        tests += [
            (kind, lambda s, kind=kind: kind_of(s.group) == kind)
            for kind in sorted({kind_of(g.group) for g in groups})
        ]  # type: ignore[misc]
    for part, test in tests:
        held = {c: chosen for c, of in conditions.items() if (chosen := [s for s in of if test(s)])}
        if held:
            yield part, held


def kind_of(group: str) -> str:
    """What stands before the slash in a group's name; `several` of several names in one, whichever of them are new together."""
    return "several" if "+" in group else group.partition("/")[0]


def _rows(groups: Sequence[Scores]) -> list[list[float]]:
    """The mean score of each question over the descriptions, in lists that count alike."""
    rows = [[float(np.mean(values)) for _, values in sorted(group.rows.items())] for group in groups]
    return [[value for of in rows for value in of]] if SUITES[groups[0].suite].pooled else rows


def _sampled(groups: Sequence[Scores]) -> bool:
    return SUITES[groups[0].suite].sampled and len(groups) > 1


def _about(part: str, metric: str, groups: Sequence[Scores], condition: str) -> Result:
    first = groups[0]
    return Result(
        method=first.method,
        suite=first.suite,
        protocol=first.protocol,
        benchmark=first.benchmark,
        part=part,
        condition=condition,
        metric=metric,
        value=0.0,
        low=0.0,
        high=0.0,
        n=sum(len(group.rows) for group in groups),
        groups=len(groups),
        texts=max(len(values) for group in groups for values in group.rows.values()),
        unread=sum(group.unread for group in groups),
    )


def _mean(part: str, metric: str, groups: Sequence[Scores], seed: int) -> Result:
    found = bootstrap(_rows(groups), over_groups=_sampled(groups), seed=seed)
    return replace(
        _about(part, metric, groups, groups[0].condition), value=found.value, low=found.low, high=found.high
    )


def _gain(part: str, metric: str, ours: Sequence[Scores], theirs: Sequence[Scores], seed: int) -> Result:
    theirs_by = {(s.group, s.metric): s for s in theirs}
    ours = [s for s in ours if (s.group, s.metric) in theirs_by]
    pairs = _rows(ours), _rows([theirs_by[s.group, s.metric] for s in ours])
    found = paired_bootstrap(*pairs, over_groups=_sampled(ours), seed=seed)
    differences = [np.subtract(a, b) / (len(a) * len(pairs[0])) for a, b in zip(*pairs, strict=True)]
    about = replace(_about(part, metric, ours, "matched"), against=theirs[0].condition, unread=0)
    return replace(
        about,
        value=found.value,
        low=found.low,
        high=found.high,
        p=_sign_flips(np.concatenate(differences), seed),
    )


def _sign_flips(weighted: np.ndarray, seed: int) -> float:
    """The two-sided p value of a sum of differences whose signs are as likely + as -."""
    from scipy.stats import permutation_test

    if len(weighted) < 2 or not weighted.any():
        return 1.0
    found = permutation_test(
        (weighted,),
        lambda x, axis=-1: x.sum(axis),
        permutation_type="samples",
        vectorized=True,
        batch=500,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _corrected(results: list[Result]) -> list[Result]:
    """The results with p values corrected over the benchmarks of a suite."""
    families: dict[tuple[str, ...], list[int]] = {}
    for i, one in enumerate(results):
        if one.p is not None and one.benchmark != AVERAGE and one.metric in PRIMARY:
            families.setdefault((one.method, one.suite, one.part, one.against), []).append(i)
    for places in families.values():
        for i, p in zip(places, holm([results[i].p or 0.0 for i in places]), strict=True):
            results[i] = replace(results[i], p_holm=float(p))
    return results


def conditional_gains(results: Sequence[Result]) -> list[Result]:
    """What counts: of each method and suite the gain of matching descriptions over another subject's, over all it was asked."""
    found = [
        r for r in results if r.against == "shuffled" and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)
    ]
    averaged = {(r.method, r.suite) for r in found if r.benchmark == AVERAGE}
    return [r for r in found if r.benchmark == AVERAGE or (r.method, r.suite) not in averaged]
