"""What an evaluation leaves: scores and results as JSON Lines, tables, figures, and one page that needs nothing else.

scores.jsonl   what every question scored under every description
results.jsonl  means and gains with intervals, and what each is of
tables.md      tables.tex      report.html      plots/*.svg, *.png
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from zhyper.evaluate._controls import PROMPTED
from zhyper.evaluate._page import page
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._statistics import critical_difference, friedman, nemenyi
from zhyper.evaluate._suites import SUITES
from zhyper.evaluate._summary import AVERAGE, PRIMARY, Result, conditional_gains, summarise
from zhyper.evaluate._tables import Cell, Table, all_of, latex, markdown
from zhyper.files import replacing

FILES = ("scores.jsonl", "results.jsonl", "about.json", "tables.md", "tables.tex", "report.html", "plots")
NAMES = {"matched": "{}", "shuffled": "{}, shuffled", "random": "{}, random letters", "empty": "{}, empty"}
BASES = {
    "base": "base{}",
    "described": "base{}, description in the prompt",
    "role": "base{}, description as a role",
}
"""How a method in a condition is called in tables, and its base without an adapter."""
ENOUGH = 30
"""Questions below which nothing is said of a gain."""


class Names:
    """What methods in conditions are called; methods around the same base, trained on the same subjects, share its rows.

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
        return (
            NAMES[condition].format(method)
            if condition in NAMES
            else BASES[condition].format(self._of[method])
        )


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
            f"{one.method} on {of}: matching minus shuffled descriptions {one} points (n = {one.n}, {one.texts} texts{p}): {says}"
        )
    return lines or [
        "No gain of matching descriptions is shown: there was no other subject whose descriptions could stand against them"
    ]


def tables_of(results: Sequence[Result], names: Names) -> list[Table]:
    """All tables: of each suite the means, the parts, and the gains; protocols never share one."""
    tables: list[Table] = []
    for suite in dict.fromkeys(r.suite for r in results):
        own = [r for r in results if r.suite == suite]
        protocol = f"{suite} ({SUITES[suite].protocol})"
        tables.append(_means(own, protocol, "all", PRIMARY, names))
        further = dict.fromkeys(r.metric for r in own if r.metric not in (*PRIMARY, AVERAGE))
        tables += [_means(own, f"{protocol}: {metric}", "all", (metric,), names) for metric in further]
        if {r.part for r in own} - {"all"}:
            tables.append(_parts(own, protocol, names))
        if any(r.against for r in own):
            tables.append(_gains(own, protocol, names))
    return tables


def _means(results: Sequence[Result], title: str, part: str, metrics: Sequence[str], called: Names) -> Table:
    own = [
        r
        for r in results
        if not r.against
        and r.part == part
        and (r.metric in metrics or (r.metric == AVERAGE and metrics is PRIMARY))
    ]
    columns = list(dict.fromkeys((r.benchmark, r.metric) for r in own))
    columns.sort(key=lambda column: column[0] == AVERAGE)
    found = {(called(r.method, r.condition), r.benchmark, r.metric): r for r in own}
    names = list(dict.fromkeys(name for name, _, _ in found))
    rows = tuple((name, tuple(_cell(found.get((name, *column))) for column in columns)) for name in names)
    n = ", ".join(
        f"{b} {next(r.n for r in own if (r.benchmark, r.metric) == (b, m))}"
        for b, m in columns
        if b != AVERAGE
    )
    unread = sum(r.unread for (_, benchmark, _), r in found.items() if benchmark != AVERAGE)
    note = f"Points of 100 with 95 % bootstrap intervals; questions: {n}." + (
        f" {unread} answers could not be read and count 0." if unread else ""
    )
    heads = tuple(b if b == AVERAGE or m == "acc" else f"{b} ({m})" for b, m in columns)
    return Table(title=title, columns=heads, rows=rows, note=note)


def _cell(result: Result | None) -> Cell | None:
    return None if result is None else Cell(str(result), result.value)


def _parts(results: Sequence[Result], protocol: str, called: Names) -> Table:
    """Seen and unseen subjects, and regions, of the primary metrics."""
    own = [r for r in results if not r.against and r.part != "all" and r.metric in PRIMARY]
    columns = list(dict.fromkeys((r.benchmark, r.part) for r in own))
    found = {(called(r.method, r.condition), r.benchmark, r.part): r for r in own}
    names = list(dict.fromkeys(name for name, _, _ in found))
    rows = tuple((name, tuple(_cell(found.get((name, *column))) for column in columns)) for name in names)
    return Table(title=f"{protocol}: parts", columns=tuple(f"{b}, {part}" for b, part in columns), rows=rows)


def _gains(results: Sequence[Result], protocol: str, called: Names) -> Table:
    own = [r for r in results if r.against and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)]
    benchmarks = sorted(dict.fromkeys(r.benchmark for r in own), key=lambda b: b == AVERAGE)
    found = {(r.method, r.against, r.benchmark): r for r in own}
    names = dict.fromkeys((r.method, r.against) for r in own)

    def cell(result: Result | None) -> Cell | None:
        if result is None:
            return None
        p = "" if result.p_holm is None else f", p = {result.p_holm:.3f}"
        return Cell(f"{result}{p}", result.value)

    rows = tuple(
        (
            f"{method} minus {called(method, against)}",
            tuple(cell(found.get((method, against, b))) for b in benchmarks),
        )
        for method, against in names
    )
    note = (
        "Paired differences, row by row, with 95 % bootstrap intervals; p of a sign-flip test, corrected (Holm) over the benchmarks of a "
        "line."
    )
    return Table(
        title=f"{protocol}: gains of matching descriptions",
        columns=tuple(benchmarks),
        rows=rows,
        note=note,
        ranked=False,
    )


def systems(scores: Sequence[Scores], suite: str, called: Names) -> tuple[list[str], list[str], np.ndarray]:
    """What is ranked: the methods under matching descriptions, and the base under prompts, on data sets that all of them were asked.

    Returns:
        The systems' names (K), the data sets' (N), and the mean scores [N, K].
    """
    found: dict[str, dict[str, float]] = {}
    for one in scores:
        if one.suite == suite and one.metric in PRIMARY and one.condition in ("matched", "base", *PROMPTED):
            found.setdefault(called(one.method, one.condition), {})[one.group] = float(
                np.mean([np.mean(v) for v in one.rows.values()])
            )
    shared = sorted(set.intersection(*map(set, found.values()))) if found else []
    return list(found), shared, np.array([[found[name][group] for name in found] for group in shared])


def rank_table(scores: Sequence[Scores], suite: str, called: Names) -> tuple[Table, Any] | None:
    """Mean ranks with Friedman's and Nemenyi's tests as a table, and their diagram; None for fewer than three systems or two data sets."""
    from zhyper.evaluate._plots import critical_difference_diagram

    names, data_sets, values = systems(scores, suite, called)
    if len(names) < 3 or len(data_sets) < 2:
        return None
    test, p = friedman(values), nemenyi(values)
    difference = critical_difference(len(names), len(data_sets))
    rows = tuple(
        (
            name,
            (
                Cell(f"{test.mean_ranks[i]:.2f}", -test.mean_ranks[i]),
                *(Cell(f"{p[i, j]:.3f}") if i != j else None for j in range(len(names))),
            ),
        )
        for i, name in enumerate(names)
    )
    note = (
        f"Rank 1 is best. Friedman over {len(data_sets)} data sets: chi-square {test.statistic:.2f}, p = {test.p:.2g}; Nemenyi's p values "
        f"beside; critical difference {difference:.3f} at 0.05."
    )
    table = Table(
        title=f"{suite}: mean ranks", columns=("mean rank", *names), rows=rows, note=note, ranked=False
    )
    return table, critical_difference_diagram(
        names, test.mean_ranks, p_values=p, critical_difference=difference
    )


def figures_of(
    scores: Sequence[Scores], results: Sequence[Result], called: Names
) -> tuple[list[Table], dict[str, Any]]:
    """Tables of ranks, and the figures of scores and ranks, by name."""
    from zhyper.evaluate._plots import Bar, bars_plot

    tables, figures = [], {}
    for suite in dict.fromkeys(one.suite for one in scores):
        means = [
            r
            for r in results
            if r.suite == suite and not r.against and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)
        ]
        for benchmark in dict.fromkeys(r.benchmark for r in means):
            bars = [
                Bar(
                    name=called(r.method, r.condition),
                    value=100 * r.value,
                    low=100 * r.low,
                    high=100 * r.high,
                )
                for r in {
                    called(r.method, r.condition): r for r in means if r.benchmark == benchmark
                }.values()
            ]
            metric = next(r.metric for r in means if r.benchmark == benchmark)
            unit = "mean over benchmarks" if benchmark == AVERAGE else metric
            figures[f"{suite}-{benchmark}"] = bars_plot(bars, score=f"{benchmark}: {unit} / points of 100")
        ranked = rank_table(scores, suite, called)
        if ranked is not None:
            tables.append(ranked[0])
            figures[f"{suite}-ranks"] = ranked[1]
    return tables, figures


def write_report(
    folder: Path,
    scores: Sequence[Scores],
    about: Mapping[str, Any],
    notes: Sequence[str] = (),
    figures: Mapping[str, Any] | None = None,
) -> list[Result]:
    """Write scores, results, tables, figures and the page into a folder, whole; what is in it besides stays.

    Args:
        folder: of the evaluation.
        scores: of all methods.
        about: where they come from: by method its hashes, and seed, versions and rows for all.
        notes: what a reader has to know besides.
        figures: further Matplotlib figures by name.

    Returns:
        The results.
    """
    from zhyper.evaluate._plots import save

    if not scores:
        raise ValueError("there is nothing to report: no question was asked in any condition")
    methods = about.get("methods", {})
    results = summarise(scores, int(about.get("seed", 0)))
    names = Names(scores, {name: of.get("base", "") for name, of in methods.items()})
    rank_tables, drawn = figures_of(scores, results, names)
    drawn |= pareto(results, {name: of.get("trainable", 0) for name, of in methods.items()}) | dict(
        figures or {}
    )
    tables = [*tables_of(results, names), *rank_tables]
    origin = {k: v for k, v in about.items() if k not in ("methods", "settings")}
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / ".report", lambda _: True) as scratch:
        for name, figure in drawn.items():
            save(figure, scratch / "plots" / name.replace("/", "-"))
        (scratch / "scores.jsonl").write_text(_lines(asdict(one) for one in scores), encoding="utf-8")
        (scratch / "results.jsonl").write_text(
            _lines(asdict(r) | methods.get(r.method, {}) | origin for r in results), encoding="utf-8"
        )
        (scratch / "about.json").write_text(
            json.dumps({**about, "notes": list(notes)}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        first = gain_lines(results)
        (scratch / "tables.md").write_text(
            "\n".join([*first, "", *(f"{note}\n" for note in notes), all_of(tables, markdown)]),
            encoding="utf-8",
        )
        (scratch / "tables.tex").write_text(all_of(tables, latex), encoding="utf-8")
        svgs = {
            name: (scratch / "plots" / f"{name.replace('/', '-')}.svg").read_text(encoding="utf-8")
            for name in drawn
        }
        (scratch / "report.html").write_text(
            page(first, tables, svgs, {**about, "notes": list(notes)}), encoding="utf-8"
        )
    _publish(folder / ".report", folder)
    return results


def _publish(scratch: Path, folder: Path) -> None:
    """Move everything that was written into place; what `read_scores` wants first goes first and comes last, so half a report is none."""
    (folder / "about.json").unlink(missing_ok=True)
    for name in sorted(FILES, key=lambda name: name == "about.json"):
        written, old = scratch / name, folder / name
        if old.is_dir():
            shutil.rmtree(old)
        if written.exists():
            written.replace(old)
    shutil.rmtree(scratch)


def check_folder(folder: Path) -> None:
    """Raise ValueError unless a report may be written there: a new or empty folder, or one that holds an evaluation."""
    ours = folder.is_dir() and (
        not any(folder.iterdir())
        or (folder / "answers.sqlite").is_file()
        or (folder / "about.json").is_file()
    )
    if folder.exists() and not ours:
        raise ValueError(f"{folder} holds something that is no evaluation; name another folder")


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_scores(folder: Path) -> tuple[list[Scores], dict[str, Any]]:
    """The scores and origins that an evaluation left; ValueError if the folder is none."""
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        rows = [
            json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        found = [
            {**row, "texts": tuple(row["texts"]), "rows": {k: tuple(v) for k, v in row["rows"].items()}}
            for row in rows
        ]
        return [Scores(**row) for row in found], about
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{folder} is not the folder of an evaluation ({error}); 'zhyper evaluate' writes one"
        ) from error


def pareto(results: Sequence[Result], trainable: Mapping[str, int]) -> dict[str, Any]:
    """Trainable parameters against score, for each suite with several methods that were trained."""
    from zhyper.evaluate._plots import Point, pareto_plot

    figures = {}
    means = [
        r
        for r in results
        if r.condition == "matched" and not r.against and r.part == "all" and trainable.get(r.method)
    ]
    for suite, benchmark in dict.fromkeys(
        (r.suite, r.benchmark) for r in means if r.metric in (*PRIMARY, AVERAGE)
    ):
        of = [r for r in means if (r.suite, r.benchmark) == (suite, benchmark)]
        points = [
            Point(
                name=r.method,
                value=100 * r.value,
                low=100 * r.low,
                high=100 * r.high,
                parameters=trainable[r.method],
            )
            for r in of
            if r.metric in (*PRIMARY, AVERAGE)
        ]
        if len(points) > 1:
            figures[f"{suite}-{benchmark}-pareto"] = pareto_plot(points, score=f"{benchmark} / points of 100")
    return figures
