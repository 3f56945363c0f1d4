"""From scores of questions to numbers with intervals: means of benchmarks and parts, and gains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zhyper.evaluate._bootstrap import Estimate, bootstrap
from zhyper.evaluate._conditions import CONDITIONS
from zhyper.evaluate._questions import Protocol
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._statistics import holm, paired_bootstrap, sign_flips
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
        # Adding zero makes zero of minus zero.
        value, low, high = (round(100 * number, 1) + 0.0 for number in (self.value, self.low, self.high))
        return f"{value:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"


def summarise(scores: Sequence[Scores], seed: int = 0) -> list[Result]:
    """Every mean and every gain of matching descriptions, of one or several methods."""
    results: list[Result] = []
    cases: dict[tuple[str, ...], dict[str, list[Scores]]] = defaultdict(lambda: defaultdict(list))
    for one in scores:
        cases[one.method, one.suite, one.benchmark, one.metric][one.condition].append(one)
        if SUITES[one.suite].average and one.metric in PRIMARY:
            averaged = replace(one, benchmark=AVERAGE)
            cases[one.method, one.suite, AVERAGE, AVERAGE][one.condition].append(averaged)
    for (_, _, _, metric), conditions in cases.items():
        for part, own in _parts(conditions):
            results += [_mean(part, metric, own[c], seed) for c in CONDITIONS if c in own]
            others = [c for c in CONDITIONS if c in own and c != "matched"] if "matched" in own else []
            results += [_gain(part, metric, own["matched"], own[other], seed) for other in others]
    return _corrected(results)


def _parts(conditions: dict[str, list[Scores]]) -> Iterable[tuple[str, dict[str, list[Scores]]]]:
    """All groups; of countries or tasks also those seen in training, those not seen, and each region."""
    yield "all", conditions
    groups = next(iter(conditions.values()))
    if len(groups) < 2 or groups[0].benchmark == AVERAGE:
        return
    regions = sorted({group.region for group in groups} - {""})
    kinds = sorted({kind_of(group.group) for group in groups}) if SUITES[groups[0].suite].kinds else []
    for part in ("seen", "unseen", *regions, *kinds):
        own = {c: chosen for c, of in conditions.items() if (chosen := [s for s in of if _is_in(s, part)])}
        if own:
            yield part, own


def _is_in(one: Scores, part: str) -> bool:
    kind = kind_of(one.group) if SUITES[one.suite].kinds else ""
    return part in ("seen" if one.seen else "unseen", one.region, kind)


def kind_of(group: str) -> str:
    """What stands before the slash in a group's name; `several` where several names are one."""
    return "several" if "+" in group else group.partition("/")[0]


def _rows(groups: Sequence[Scores]) -> list[list[float]]:
    """The mean score of each question over the descriptions, in lists that count alike."""
    rows = [[float(np.mean(values)) for _, values in sorted(group.rows.items())] for group in groups]
    return [[value for of in rows for value in of]] if SUITES[groups[0].suite].pooled else rows


def _sampled(groups: Sequence[Scores]) -> bool:
    return SUITES[groups[0].suite].sampled and len(groups) > 1


def _result(
    part: str,
    metric: str,
    groups: Sequence[Scores],
    estimate: Estimate,
    against: str = "",
    p: float | None = None,
) -> Result:
    first = groups[0]
    return Result(
        method=first.method,
        suite=first.suite,
        protocol=first.protocol,
        benchmark=first.benchmark,
        part=part,
        condition=first.condition,
        against=against,
        metric=metric,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=sum(len(group.rows) for group in groups),
        groups=len(groups),
        texts=max(len(values) for group in groups for values in group.rows.values()),
        unread=0 if against else sum(group.unread for group in groups),
        p=p,
    )


def _mean(part: str, metric: str, groups: Sequence[Scores], seed: int) -> Result:
    return _result(part, metric, groups, bootstrap(_rows(groups), over_groups=_sampled(groups), seed=seed))


def _gain(part: str, metric: str, ours: Sequence[Scores], theirs: Sequence[Scores], seed: int) -> Result:
    theirs_by = {(s.group, s.metric): s for s in theirs}
    ours = [s for s in ours if (s.group, s.metric) in theirs_by]
    pairs = _rows(ours), _rows([theirs_by[s.group, s.metric] for s in ours])
    gain = paired_bootstrap(*pairs, over_groups=_sampled(ours), seed=seed)
    differences = [np.subtract(a, b) / (len(a) * len(pairs[0])) for a, b in zip(*pairs, strict=True)]
    p = sign_flips(np.concatenate(differences), seed)
    return _result(part, metric, ours, gain, theirs[0].condition, p)


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
    """What counts: each method's and suite's gain of matching descriptions over another subject's."""
    gains = [
        r for r in results if r.against == "shuffled" and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)
    ]
    averaged = {(r.method, r.suite) for r in gains if r.benchmark == AVERAGE}
    return [r for r in gains if r.benchmark == AVERAGE or (r.method, r.suite) not in averaged]
