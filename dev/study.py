"""The study's runs: every system on the same rows, one after the other, each resumable.

`python dev/study.py OUT --data function-vectors:FOLDER --data instruction-induction:FOLDER [--only RUN]`
trains what is not trained yet and then asks it: exact match on the report split, seen tasks under unseen
descriptions and inputs, and tasks never trained on. A run ends with `OUT/RUN/result.json`. Several processes
may share OUT: each takes a run that nobody has.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from zhyper.data import Collection, load_collection
from zhyper.evaluate import Evaluation, Store, word_groups
from zhyper.files import replace_file
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

COMMON: dict[str, Any] = {
    "chat_template": load_recipe("default").generator.chat_template,
    "rank": 8,
    "steps": 500,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "evaluate_every": 100,
    "selection_rows": 320,
    "samples": 0,
    "report_to": [],
    "choose_by": "loss",
}
FEW = {"learning_rate": 5e-3}
"""For systems that train few numbers between frozen factors."""
UPPER, LOWER, FOURTH = ({"layers": part} for part in ("15:", ":15", "::4"))
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "multitask-lora": ("multitask-lora", {}),
    "zhyper-diag": ("zhyper-diag", {}),
    "t2l-l": ("t2l-l", {}),
    "zhyper-direct": ("zhyper-direct", {}),
    "zhyper-square": ("zhyper-square", {}),
    "t2l-m": ("t2l-m", {}),
    "t2l-s": ("t2l-s", {}),
    "zhyper-diag-vera": ("zhyper-diag-vera", FEW),
    "zhyper-square-vera": ("zhyper-square-vera", FEW),
    "zhyper-square-lora-xs": ("zhyper-square-lora-xs", FEW),
    "t2l-vera": ("t2l-vera", FEW),
    "hyperdecoder": ("hyperdecoder", {}),
    "hyperlora-fewshot": ("hyperlora-fewshot", {}),
    "light-iterative": ("light-iterative", {}),
    "zhyper-diag-r16": ("zhyper-diag", {"rank": 16}),
    "zhyper-diag-r32": ("zhyper-diag", {"rank": 32}),
    "zhyper-square-r16": ("zhyper-square", {"rank": 16}),
    "zhyper-square-r32": ("zhyper-square", {"rank": 32}),
    "zhyper-diag-upper": ("zhyper-diag", UPPER),
    "zhyper-diag-lower": ("zhyper-diag", LOWER),
    "zhyper-diag-fourth": ("zhyper-diag", FOURTH),
    "zhyper-diag-diverse": ("zhyper-diag", {"start_deviation": 0.5}),
    "zhyper-direct-zero": ("zhyper-direct", {"start_deviation": 0.0}),
    **{
        f"{name}-seed-1": (name, {"seed": 1})
        for name in ("multitask-lora", "zhyper-diag", "t2l-l", "zhyper-direct", "zhyper-square")
    },
}
PER_TASK = 6


def recipe_of(name: str, data: list[str]) -> Recipe:
    """What a run trains."""
    recipe, changes = RUNS[name]
    return load_recipe(recipe).with_changes({**COMMON, "data": data, **changes})


def ask(machine: TextToAdapter, collection: Collection, name: str) -> dict[str, dict[str, list[float]]]:
    """The scores of each task's rows, of seen and unseen tasks, under its own and another's description."""
    shots = collection.rows("train", "train", "train")
    parts = {
        "seen": collection.rows("train", "report", "report"),
        "unseen": collection.rows("report", "report", "report"),
    }
    scores = {}
    for part, rows in parts.items():
        groups = word_groups(rows, shots, PER_TASK, 0, machine.spec)
        asks = Evaluation(machine=machine, method=name, suite="words", groups=groups, store=Store())
        for condition in ("matched", "shuffled"):
            scores[f"{part}, {condition}"] = {
                one.group: [score for (score,) in one.rows.values()] for one in asks([condition])
            }
    return scores


def main() -> None:
    """Train and ask, in the order of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", action="append", required=True)
    parser.add_argument("--only", action="append", choices=list(RUNS))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    collection = load_collection(*options.data)
    for name in options.only or RUNS:
        run, result = options.out / name, options.out / name / "result.json"
        try:
            with FileLock(options.out / f"{name}.lock", timeout=0):
                if result.exists():
                    continue
                about = train(recipe_of(name, options.data), run, resume=(run / "recipe.json").exists())
                machine = TextToAdapter.load(run)
                facts = {"parameters": about["parameters"], "chosen": about["chosen"]}
                scores = ask(machine, collection, name)
                replace_file(result, json.dumps({"run": name, **facts, "scores": scores}, indent=1) + "\n")
        except Timeout:
            print(f"{name} is being trained by another process", flush=True)


if __name__ == "__main__":
    main()
