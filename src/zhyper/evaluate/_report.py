"""What an evaluation leaves: scores and results, tables, figures, and one page that needs nothing else.

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

from zhyper.evaluate._markup import Table, page, render
from zhyper.evaluate._result_tables import Names, gain_lines, rank_table, tables_of
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._summary import AVERAGE, PRIMARY, Result, summarise
from zhyper.files import replacing

FILES = ("scores.jsonl", "results.jsonl", "about.json", "tables.md", "tables.tex", "report.html", "plots")


def figures_of(
    scores: Sequence[Scores], results: Sequence[Result], called: Names, trainable: Mapping[str, int]
) -> tuple[list[Table], dict[str, Any]]:
    """Tables of ranks, and figures by name: of each suite scores, ranks, and parameters against score."""
    from zhyper.evaluate._plots import Bar, Point, bars_plot, pareto_plot

    tables: list[Table] = []
    figures: dict[str, Any] = {}
    costs: dict[str, Any] = {}
    means = [r for r in results if not r.against and r.part == "all" and r.metric in (*PRIMARY, AVERAGE)]
    for suite in dict.fromkeys(one.suite for one in scores):
        benchmarks: dict[str, list[Result]] = {}
        for result in means:
            if result.suite == suite:
                benchmarks.setdefault(result.benchmark, []).append(result)
        for benchmark, own in benchmarks.items():
            named = {called(r.method, r.condition): r for r in own}
            unit = "mean over benchmarks" if benchmark == AVERAGE else own[0].metric
            bars = [Bar(name=name, **_percent(r)) for name, r in named.items()]
            figures[f"{suite}-{benchmark}"] = bars_plot(bars, score=f"{benchmark}: {unit} / points of 100")
            points = [
                Point(name=r.method, parameters=trainable[r.method], **_percent(r))
                for r in own
                if r.condition == "matched" and trainable.get(r.method)
            ]
            if len(points) > 1:
                score = f"{benchmark} / points of 100"
                costs[f"{suite}-{benchmark}-pareto"] = pareto_plot(points, score=score)
        ranked = rank_table(scores, suite, called)
        if ranked is not None:
            tables.append(ranked[0])
            figures[f"{suite}-ranks"] = ranked[1]
    return tables, figures | costs


def _percent(result: Result) -> dict[str, float]:
    return {name: 100 * getattr(result, name) for name in ("value", "low", "high")}


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
    trainable = {name: of.get("trainable", 0) for name, of in methods.items()}
    rank_tables, drawn = figures_of(scores, results, names, trainable)
    drawn |= dict(figures or {})
    tables = [*tables_of(results, names), *rank_tables]
    origin = {k: v for k, v in about.items() if k not in ("methods", "settings")}
    folder.mkdir(parents=True, exist_ok=True)
    about, first = {**about, "notes": list(notes)}, gain_lines(results)
    rows = [asdict(r) | methods.get(r.method, {}) | origin for r in results]
    with replacing(folder / ".report", lambda _: True) as scratch:
        svgs = {}
        for name, figure in drawn.items():
            svg, _ = save(figure, scratch / "plots" / name.replace("/", "-"))
            svgs[name] = svg.read_text(encoding="utf-8")
        texts = {
            "scores.jsonl": _lines(asdict(one) for one in scores),
            "results.jsonl": _lines(rows),
            "about.json": json.dumps(about, indent=1, ensure_ascii=False) + "\n",
            "tables.md": "\n".join([*first, "", *(f"{n}\n" for n in notes), render(tables, "markdown")]),
            "tables.tex": render(tables, "latex"),
            "report.html": page(first, tables, svgs, about),
        }
        for name, text in texts.items():
            (scratch / name).write_text(text, encoding="utf-8")
    _publish(folder / ".report", folder)
    return results


def _publish(scratch: Path, folder: Path) -> None:
    """Move everything into place; what `read_scores` needs comes last: half a report is none."""
    (folder / "about.json").unlink(missing_ok=True)
    for name in sorted(FILES, key=lambda name: name == "about.json"):
        written, old = scratch / name, folder / name
        if old.is_dir():
            shutil.rmtree(old)
        if written.exists():
            written.replace(old)
    shutil.rmtree(scratch)


def check_folder(folder: Path) -> None:
    """Raise ValueError unless a folder is new, empty, or holds an evaluation."""
    empty = folder.is_dir() and not any(folder.iterdir())
    ours = empty or any((folder / name).is_file() for name in ("answers.sqlite", "about.json"))
    if folder.exists() and not ours:
        raise ValueError(f"{folder} holds something that is no evaluation; name another folder")


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_scores(folder: Path) -> tuple[list[Scores], dict[str, Any]]:
    """The scores and origins that an evaluation left; ValueError if the folder is none."""
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        scores = []
        for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows = {key: tuple(values) for key, values in row["rows"].items()}
            scores.append(Scores(**row | {"texts": tuple(row["texts"]), "rows": rows}))
        return scores, about
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{folder} is not the folder of an evaluation ({error}); 'zhyper evaluate' writes one"
        ) from error
