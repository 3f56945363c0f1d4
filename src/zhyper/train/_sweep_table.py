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
    from zhyper.train._study import Tried

FILE = "sweep.json"
STATES = ("complete", "pruned", "failed")


def report(recipe: Recipe, out: Path, tried: Sequence[Tried], about: dict[str, Any]) -> dict[str, Any]:
    """Write the table, as it stands, to `sweep.json` and `sweep.md`."""
    metric = recipe.training.choose_by
    sign = -1 if metric == "exact_match" else 1

    def order(trial: Tried) -> tuple[Any, ...]:
        """Complete ones by metric; of equal ones that of fewer parameters is first, then the earlier one."""
        value = math.inf if trial.metric is None else sign * trial.metric
        return STATES.index(trial.state), value, trial.facts.get("parameters", 0), trial.number

    rows = [
        {
            "trial": t.number,
            "state": t.state,
            "settings": t.settings,
            "metric": t.metric,
            **dict(sorted(t.facts.items())),
        }
        for t in sorted(tried, key=order)
    ]
    best = rows[0] if rows and rows[0]["state"] == "complete" else None
    found = {
        **about,
        "metric": metric,
        "best": best,
        "tied": [
            row["trial"]
            for row in rows[1:]
            if best and row["state"] == "complete" and row["metric"] == best["metric"]
        ],
        "trials": rows,
        "versions": {
            name: version(name)
            for name in ("zhyper", "torch", "transformers", "sentence-transformers", "optuna")
        },
    }
    replace_file(out / "sweep.md", _page(found))
    replace_file(out / FILE, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return found


def sweep_table(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of a sweep's table, as text; `found` is what `sweep` returns."""
    keys = list(found["grid"])
    rows = [
        [str(row["trial"]), *(_shown(row["settings"][key]) for key in keys), *_outcome(row)]
        for row in found["trials"]
    ]
    return ["trial", *keys, found["metric"], "chosen at", "steps", "parameters", "seconds", "state"], rows


def _outcome(row: dict[str, Any]) -> list[str]:
    metric = "" if row["metric"] is None else f"{row['metric']:.4f}"
    step = str(row["chosen"]["step"]) if "chosen" in row else ""
    counts = [f"{row[name]:,}" if name in row else "" for name in ("steps", "parameters")]
    why = {"error": ": {}", "same_as": " as trial {}"}
    state = row["state"] + "".join(text.format(row[name]) for name, text in why.items() if name in row)
    return [metric, step, *counts, f"{row.get('seconds', 0):.1f}", state]


def _shown(value: bool | int | float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _page(found: dict[str, Any]) -> str:
    """The table as Markdown, with where it comes from."""
    heads, rows = sweep_table(found)
    cells = [heads, ["---"] * len(heads), *rows]
    lines = [
        "# Sweep",
        "",
        *("| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in line) + " |" for line in cells),
        "",
    ]
    better = "higher is better" if found["metric"] == "exact_match" else "lower is better"
    lines += [
        f"Judged by {found['metric']} ({better}) of the chosen checkpoint on the selection split; the report split was not read."
    ]
    if best := found["best"]:
        lines += [
            "",
            f"Best: trial {best['trial']}, `{best['checkpoint']}`, spec {best['spec_sha256']}, weights {best['weights_sha256']}.",
        ]
    if found["tied"]:
        tied = ", ".join(f"trial {number}" for number in found["tied"])
        lines += ["", f"As good as the best: {tied}; fewer parameters, then the earlier trial, decided."]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    training = found["recipe"]["training"]
    lines += [
        "",
        f"Data {training['data_sha256']}, seed of the runs {training['seed']}, seed of the sweep {found['seed']}; {versions}.",
    ]
    return "\n".join(lines) + "\n"
