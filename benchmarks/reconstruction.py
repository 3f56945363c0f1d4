"""How much of a library of task LoRAs reconstruction keeps (Text-to-LoRA section 4.1, table 1 and figure 3).

    python benchmarks/reconstruction.py --data function-vectors:DIR --data instruction-induction:DIR --out DIR

Trains a LoRA for each of 32 tasks, then hypernetworks of each size (L, M, S) to emit the LoRAs of the first
8, 16 and 32 tasks under one-hot contexts, and those of 8 under descriptions. Every hypernetwork gets the
unseen inputs of the first 8 tasks, under unseen descriptions where it reads any. Reported is exact match
relative to the LoRAs themselves, beside the mean absolute error of a reconstructed number. All is written to
--out: a second run goes on, and several runs at once share the work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
from dataclasses import asdict
from functools import partial
from pathlib import Path

import transformers
from _machine import report, share

from zhyper.data import Collection, file_name, load_collection
from zhyper.evaluate import Evaluation, Store, bootstrap, word_groups
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

ASKED = 8
SIZES = (8, 16, 32)


def draw_tasks(collection: Collection, count: int) -> list[str]:
    """Names of train tasks with enough rows to learn from and to ask, in an order drawn once."""
    report_rows = {rows.task.name: len(rows.pairs) for rows in collection.rows("train", "report", "report")}
    names = [
        r.task.name
        for r in collection.rows("train", "train", "train")
        if len(r.pairs) >= 100 and report_rows.get(r.task.name, 0) >= 20
    ]
    return random.Random(0).sample(sorted(names), count)


def task_lora(task: str, args: argparse.Namespace) -> Recipe:
    """A LoRA of rank 4 for one task."""
    changes = {
        "adapter": "lora",
        "hypernet": "none",
        "rank": 4,
        "projections": ["q_proj", "v_proj"],
        "tasks": [task],
        "data": args.data,
        "steps": args.lora_steps,
        "learning_rate": 0.002,
        "evaluate_every": args.lora_steps,
        "selection_rows": 32,
    }
    return load_recipe("default").with_changes(changes)


def train_task(task: str, args: argparse.Namespace) -> None:
    """One task's LoRA, as a PEFT folder of the library."""
    run = args.out / "runs" / file_name(task)
    train(task_lora(task, args), run, resume=run.exists())
    TextToAdapter.load(run).adapter("").save(args.out / "library" / file_name(task))


def sub_library(tasks: list[str], out: Path) -> Path:
    """A library of these tasks' LoRAs alone, as links."""
    folder = out / f"library-{len(tasks)}"
    folder.mkdir(exist_ok=True)
    for task in tasks:
        with contextlib.suppress(FileExistsError):
            (folder / file_name(task)).symlink_to(out / "library" / file_name(task))
    return folder


def systems(tasks: list[str], args: argparse.Namespace) -> dict[str, Recipe]:
    """The recipe of every system, by its name."""
    shape = {
        "rank": 4,
        "projections": ["q_proj", "v_proj"],
        "chat_template": load_recipe("default").generator.chat_template,
    }
    common = {
        **shape,
        "objective": "reconstruction",
        "data": args.data,
        "dropout": 0.0,
        "evaluate_every": max(1, args.steps // 4),
    }
    few = {"library": str(sub_library(tasks[:ASKED], args.out)), "batch_size": ASKED}
    recipes = {
        "task LoRA": load_recipe("lora-library").with_changes({**common, **few}),
        "average LoRA": load_recipe("average-lora").with_changes({**common, **few}),
    }
    for size in "lms":
        recipe = load_recipe(f"t2l-{size}").with_changes({**common, "steps": args.steps})
        for count in SIZES:
            library = {"library": str(sub_library(tasks[:count], args.out)), "batch_size": count}
            recipes[f"{size.upper()} one-hot {count}"] = recipe.with_changes(
                {**library, "encoder": "one-hot", "context": "task"}
            )
        recipes[f"{size.upper()} described {ASKED}"] = recipe.with_changes(few)
    return recipes


def ask(run: Path, collection: Collection, tasks: list[str], args: argparse.Namespace) -> None:
    """Write how a trained system answers the questions of these tasks, and how exact its LoRAs are."""
    machine = TextToAdapter.load(run)
    rows = [r for r in collection.rows("train", "report", "report") if r.task.name in tasks]
    groups = word_groups(rows, rows, args.per_task, 0, machine.spec)
    asks = Evaluation(machine=machine, method=run.name, suite="words", groups=groups, store=Store())
    by_task = {one.group: [row for (row,) in one.rows.values()] for one in asks(["matched"])}
    result = {
        "scores": {task: by_task[task] for task in tasks},
        "library": {k: v for k, v in machine.about["library"].items() if k != "loras_sha256"},
    }
    result["trainable"] = machine.about["parameters"]["trainable"]
    scores = scores_of(run)
    scratch = scores.with_name(f".{scores.name}")
    scratch.write_text(json.dumps(result))
    scratch.replace(scores)


def learn_and_ask(
    recipe: Recipe, run: Path, collection: Collection, tasks: list[str], args: argparse.Namespace
) -> None:
    """Train one system, unless it is trained already, and ask it."""
    train(recipe, run, resume=run.exists())
    ask(run, collection, tasks, args)


def summary(names: list[str], out: Path) -> None:
    """The table and the JSON line."""
    contents = {name: json.loads(scores_of(out / "systems" / slug(name)).read_text()) for name in names}
    oracle = bootstrap(list(contents["task LoRA"]["scores"].values()))
    rows = [
        (
            "system",
            "exact match",
            "relative",
            "L1 error",
            "of the mean alone",
            "LoRA numbers per stored number",
        )
    ]
    results = {}
    for name, content in contents.items():
        score, library = bootstrap(list(content["scores"].values())), content["library"]
        relative = score.value / oracle.value
        compression = f"{library['compression']:.2f}"
        rows.append(
            (
                name,
                str(score),
                f"{100 * relative:.0f} %",
                f"{library['l1']:.2e}",
                f"{library['l1_of_mean']:.2e}",
                compression,
            )
        )
        results[name] = {**asdict(score), "relative": relative, **library}
    report("reconstruction", rows, {"results": results})


def scores_of(run: Path) -> Path:
    """The file with the answers' scores of a run."""
    return run.parent.parent / "scores" / f"{run.name}.json"


def slug(name: str) -> str:
    """A system's name as that of a folder."""
    return name.lower().replace(" ", "-")


def main() -> None:
    """Train, reconstruct, ask."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", action="append", required=True)
    options.add_argument(
        "--out", type=Path, required=True, help="folder that keeps all LoRAs, runs and scores"
    )
    options.add_argument("--lora-steps", type=int, default=80, help="steps of each task's LoRA")
    options.add_argument("--steps", type=int, default=2000, help="steps of each hypernetwork")
    options.add_argument("--per-task", type=int, default=25, help="questions of a task")
    args = options.parse_args()
    args.out = args.out.resolve()
    transformers.logging.set_verbosity_error()
    collection = load_collection(*args.data)
    tasks = draw_tasks(collection, max(SIZES))
    share((args.out / "library" / file_name(task), partial(train_task, task, args)) for task in tasks)
    recipes = systems(tasks, args)
    runs = {name: args.out / "systems" / slug(name) for name in recipes}
    share(
        (scores_of(runs[name]), partial(learn_and_ask, recipe, runs[name], collection, tasks[:ASKED], args))
        for name, recipe in recipes.items()
    )
    summary(list(recipes), args.out)


if __name__ == "__main__":
    main()
