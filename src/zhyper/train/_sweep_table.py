"""The table of a sweep: as JSON and Markdown in its folder, and as text for whoever shows it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhyper.files import replace_file
from zhyper.spec import Recipe

if TYPE_CHECKING:
    from zhyper.train._study import TrialResult

REPORT = "sweep.json"
STATES = ("complete", "pruned", "failed")
PACKAGES = ("zhyper", "torch", "transformers", "sentence-transformers", "optuna")


def write_report(
    recipe: Recipe, out: Path, results: Sequence[TrialResult], about: dict[str, Any]
) -> dict[str, Any]:
    """Write the table, as it stands, to `sweep.json` and `sweep.md`; what the first holds."""
    metric = recipe.training.choose_by
    sign = -1 if metric == "exact_match" else 1

    def order(trial: TrialResult) -> tuple[Any, ...]:
        """Complete ones by metric; of equal ones that of fewer parameters is first, then the earlier one."""
        value = math.inf if trial.metric is None else sign * trial.metric
        return STATES.index(trial.state), value, trial.facts.get("parameters", 0), trial.number

    rows = [
        {
            "trial": trial.number,
            "state": trial.state,
            "settings": trial.settings,
            "metric": trial.metric,
            **dict(sorted(trial.facts.items())),
        }
        for trial in sorted(results, key=order)
    ]
    complete = [row for row in rows if row["state"] == "complete"]
    report = {
        **about,
        "metric": metric,
        "best": complete[0] if complete else None,
        "tied": [row["trial"] for row in complete[1:] if row["metric"] == complete[0]["metric"]],
        "trials": rows,
        "versions": {name: version(name) for name in PACKAGES},
    }
    replace_file(out / "sweep.md", _page(report))
    replace_file(out / REPORT, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return report


def sweep_table(report: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of a sweep's table, as text; `report` is what `sweep` returns."""
    keys = list(report["grid"])
    rows = [
        [str(row["trial"]), *(_shown(row["settings"][key]) for key in keys), *_outcome(row)]
        for row in report["trials"]
    ]
    return ["trial", *keys, report["metric"], "chosen at", "steps", "parameters", "seconds", "state"], rows


def _outcome(row: dict[str, Any]) -> list[str]:
    metric = "" if row["metric"] is None else f"{row['metric']:.4f}"
    step = str(row["chosen"]["step"]) if "chosen" in row else ""
    counts = [f"{row[name]:,}" if name in row else "" for name in ("steps", "parameters")]
    state = row["state"]
    if "error" in row:
        state += f": {row['error']}"
    if "same_as" in row:
        state += f" as trial {row['same_as']}"
    return [metric, step, *counts, f"{row.get('seconds', 0):.1f}", state]


def _shown(value: bool | int | float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _page(report: dict[str, Any]) -> str:
    """The table as Markdown, with where it comes from."""
    heads, rows = sweep_table(report)
    table = [heads, ["---"] * len(heads), *rows]
    lines = ["# Sweep", ""]
    for cells in table:
        lines.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    metric, training = report["metric"], report["recipe"]["training"]
    better = "higher is better" if metric == "exact_match" else "lower is better"
    paragraphs = [
        f"Judged by {metric} ({better}) of the chosen checkpoint on the selection split; "
        "the report split was not read."
    ]
    if best := report["best"]:
        paragraphs.append(
            f"Best: trial {best['trial']}, `{best['checkpoint']}`, spec {best['spec_sha256']}, "
            f"weights {best['weights_sha256']}."
        )
    if report["tied"]:
        tied = ", ".join(f"trial {number}" for number in report["tied"])
        paragraphs.append(f"As good as the best: {tied}; fewer parameters, then the earlier trial, decided.")
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    paragraphs.append(
        f"Data {training['data_sha256']}, seed of the runs {training['seed']}, "
        f"seed of the sweep {report['seed']}; {versions}."
    )
    for paragraph in paragraphs:
        lines += ["", paragraph]
    return "\n".join(lines) + "\n"
