"""Every shipped system on the real base: 50 steps with falling loss, saved, loaded, asked, exported to PEFT.

    python benchmarks/systems.py --data function-vectors:DIR --data instruction-induction:DIR --out DIR

Prints each system's parameters, its training loss over the first and the last ten steps, whether the loaded
checkpoint answers with the trained weights (largest difference of a logit between it and its own adapter
under PEFT), and an answer. The library that average LoRA, task LoRAs by name and Arrow routing want is of
three tasks' LoRAs. All is written to --out: a second run goes on, several share the work.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from _machine import report, share
from peft import PeftModel

from zhyper.data import Collection, Rows, demonstrate, file_name, load_collection
from zhyper.evaluate import ArrowRouting
from zhyper.files import replace_file
from zhyper.spec import RECIPES, Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.weights import load_base

TASKS = (
    "function_vectors/singular-plural",
    "function_vectors/antonym",
    "function_vectors/capitalize_first_letter",
)
ASKED = "house"


def recipes(args: argparse.Namespace) -> dict[str, Recipe]:
    """The recipe of every system, by its name; those that want a library come last."""
    template = load_recipe("default").generator.chat_template
    common = {
        "data": args.data,
        "chat_template": template,
        "steps": args.steps,
        "batch_size": 8,
        "evaluate_every": args.steps,
        "selection_rows": 16,
    }
    recipes = {
        path.stem: load_recipe(path.stem).with_changes(common)
        for path in sorted(RECIPES.glob("*.toml"))
        if path.stem != "default"
    }
    task_lora = recipes.pop("task-lora")
    libraries = {
        n: r.with_changes({"library": str(args.out / "library")})
        for n, r in recipes.items()
        if r.training.objective != "sft"
    }
    tasks = {
        f"task-lora-{task.rpartition('/')[2]}": task_lora.with_changes({"tasks": [task]}) for task in TASKS
    }
    return {**tasks, **{n: r for n, r in recipes.items() if n not in libraries}, **libraries}


def cue(machine: TextToAdapter, rows: Rows) -> str:
    """The cue of a task for this kind of system."""
    context = machine.spec.context
    cues = {"description": rows.descriptions[0], "task": rows.task.name, "instance": ASKED}
    return cues.get(context) or demonstrate(rows.pairs[: machine.spec.shots])


def losses(run: Path) -> list[float]:
    """The training losses of a run, each the mean of ten steps; none where nothing was trained."""
    files = sorted(
        (run / "state").glob("checkpoint-*/trainer_state.json"),
        key=lambda f: int(f.parent.name.rpartition("-")[2]),
    )
    return (
        [entry["loss"] for entry in json.loads(files[-1].read_text())["log_history"] if "loss" in entry]
        if files
        else []
    )


@torch.no_grad()
def peft_differs(machine: TextToAdapter, text: str) -> float:
    """The largest difference of a logit between a context and its PEFT folder on a fresh base."""
    ids = machine.tokenizer(
        ["The plural of house is", "My neighbour owns a boat."], return_tensors="pt", padding=True
    )
    ours = machine.logits(ids["input_ids"], ids["attention_mask"], machine.modulation([text]))
    with tempfile.TemporaryDirectory() as folder:
        machine.adapter(text).save(Path(folder) / "adapter")
        model = PeftModel.from_pretrained(load_base(machine.spec.base)[0], str(Path(folder) / "adapter"))
        positions = (ids["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        theirs = model(**ids, position_ids=positions).logits
    return float((ours - theirs)[ids["attention_mask"].bool()].abs().max())


def try_out(name: str, recipe: Recipe, collection: Collection, args: argparse.Namespace) -> None:
    """Train one system, load it, ask it, and write the result."""
    run = args.out / "runs" / name
    about = train(recipe, run, resume=run.exists())
    machine = TextToAdapter.load(run, device="cpu")  # where PEFT's copy is too
    rows = next(r for r in collection.rows("train", "train", "train") if r.task.name == TASKS[0])
    text = cue(machine, rows)
    (answer,) = machine.generate([ASKED], [text], max_new_tokens=8)
    if recipe.training.tasks:
        machine.adapter("").save(args.out / "library" / file_name(recipe.training.tasks[0]))
    facts = {
        "trainable": about["parameters"]["trainable"],
        "per_context": about["parameters"]["per_context"],
        "losses": losses(run),
        "peft_differs": peft_differs(machine, text),
        "answer": answer,
    }
    write(args.out / "results" / f"{name}.json", facts)


def route(args: argparse.Namespace) -> None:
    """Ask Arrow routing over the library."""
    spec = load_recipe("default").generator
    (answer,) = ArrowRouting(args.out / "library", spec).generate([ASKED], max_new_tokens=8)
    write(
        args.out / "results" / "arrow-routing.json",
        {"trainable": 0, "per_context": 0, "losses": [], "answer": answer},
    )


def write(file: Path, facts: dict[str, Any]) -> None:
    """Write a result in one go."""
    replace_file(file, json.dumps(facts))


def main() -> None:
    """Train and ask all systems, and print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", action="append", required=True)
    options.add_argument("--out", type=Path, required=True, help="folder that keeps runs and results")
    options.add_argument("--steps", type=int, default=50)
    args = options.parse_args()
    args.out = args.out.resolve()
    transformers.logging.set_verbosity_error()
    collection, systems = load_collection(*args.data), recipes(args)
    results = {name: args.out / "results" / f"{name}.json" for name in systems}
    trained = [name for name in systems if systems[name].training.objective == "sft"]
    share((results[name], partial(try_out, name, systems[name], collection, args)) for name in trained)
    share(
        (results[name], partial(try_out, name, systems[name], collection, args))
        for name in systems
        if name not in trained
    )
    share([(args.out / "results" / "arrow-routing.json", partial(route, args))])

    table = [
        (
            "system",
            "trainable",
            "per context",
            "first loss",
            "last loss",
            "falls",
            "PEFT differs by",
            f"answer to '{ASKED}'",
        )
    ]
    results = {
        name: json.loads((args.out / "results" / f"{name}.json").read_text())
        for name in [*systems, "arrow-routing"]
    }
    for name, facts in results.items():
        first, last = (f"{facts['losses'][i]:.3f}" if facts["losses"] else "-" for i in (0, -1))
        falls = "-" if not facts["losses"] else "yes" if facts["losses"][-1] < facts["losses"][0] else "NO"
        differs = f"{facts['peft_differs']:.1e}" if "peft_differs" in facts else "-"
        table.append(
            (
                name,
                f"{facts['trainable']:,}",
                f"{facts['per_context']:,}",
                first,
                last,
                falls,
                differs,
                facts["answer"][:30],
            )
        )
    report("systems", table, {"steps": args.steps, "results": results})


if __name__ == "__main__":
    main()
