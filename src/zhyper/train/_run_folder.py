"""A run's folder: the run that is in it already, the lock that keeps others out, and its recipe."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from transformers import Trainer

from zhyper.data import without_paths
from zhyper.encoders import NAMES
from zhyper.files import replace_file
from zhyper.identity import absolute
from zhyper.spec import Recipe, load_recipe
from zhyper.train._errors import FolderUnavailable
from zhyper.train._selection_report import METRICS
from zhyper.weights import WHEELS

RECIPE, LOCK = "recipe.json", ".lock"
FREE = ("keep", "report_to", "samples")
"""Settings that change nothing of what is learned, so that a resumed run may have others."""


def resumed_recipe(out: Path, resume: bool) -> Recipe | None:
    """The recipe of the run that is resumed in this folder; ValueError if the folder holds anything else."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder for the run")
    is_run = (out / RECIPE).is_file()
    if resume and is_run:
        return absolute_folders(load_recipe(out / RECIPE))
    if out.exists() and any(file.name not in (f".{RECIPE}", LOCK, "logs") for file in out.iterdir()):
        if not is_run:
            raise ValueError(
                f"{out} is not empty and holds no {RECIPE}, so it is no run; name another folder"
            )
        raise ValueError(f"{out} holds a run; go on with it by --resume, or name another folder")
    return None


def absolute_folders(recipe: Recipe) -> Recipe:
    """The recipe with absolute paths of its folders, which stay the same wherever it is used from."""
    generator, training = recipe.generator, recipe.training
    changes = {
        "base": generator.base if generator.base in WHEELS else absolute(generator.base),
        "encoder": generator.encoder if generator.encoder in NAMES else absolute(generator.encoder),
        "library": training.library and absolute(training.library),
        "offset": [absolute(folder) for folder in training.offset],
        "start": training.start and absolute(training.start),
    }
    return recipe.with_changes(changes)


@contextmanager
def exclusive_folder(out: Path, main: bool = True, work: str = "run") -> Iterator[None]:
    """Make a folder, keep others' work out of it while the block runs, and remove a killed run's scratch.

    Only the main process needs to do it.

    Raises:
        FolderUnavailable: the folder cannot be made or written, or another run is at work in it.
    """
    if not main:
        yield
        return
    lock = FileLock(out / LOCK, timeout=0)
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise FolderUnavailable(
            f"another {work} is at work in {out}; wait for it, or name another folder"
        ) from error
    except OSError as error:
        raise FolderUnavailable(
            f"nothing can be written to {out} ({error.strerror or error}); name another folder"
        ) from error
    try:
        for rest in out.glob(".checkpoint.*"):
            shutil.rmtree(rest, ignore_errors=True)
        yield
    finally:
        lock.release()


def check_unchanged(recipe: Recipe, before: Recipe | None) -> None:
    """Raise ValueError if the run was started with other settings, but for those that are free.

    The base is the same wherever it lies, if its fingerprint is.
    """
    if before is None:
        return
    if before.training.base_sha256 is None:
        before = before.with_changes({"base_sha256": recipe.training.base_sha256})
    elif before.training.base_sha256 == recipe.training.base_sha256:
        before = before.with_changes({"base": recipe.generator.base})
    before = before.with_changes({name: getattr(recipe.training, name) for name in FREE})
    old, new = ({**r.to_dict()["generator"], **r.to_dict()["training"]} for r in (before, recipe))
    changed = [f"{key} was {old[key]!r} and is {new[key]!r}" for key in old if old[key] != new[key]]
    if changed:
        raise ValueError(
            f"the run was started with other settings: {', '.join(changed)}. Resume with the same ones, "
            "or start a new run elsewhere"
        )


def announce(
    recipe: Recipe, counts: dict[str, Any], notes: Sequence[str], out: Path, say: Callable[[str], None]
) -> None:
    """Say what is trained, where its settings stand, its parameter counts, and what to know of the data."""
    spec, training = recipe.generator, recipe.training
    say(
        f"training {spec.adapter} with the hypernetwork {spec.hypernet} for {Path(spec.base).name}, "
        f"{training.steps} steps; all settings are in {out / RECIPE}"
    )
    parts = ", ".join(f"{name} {count:,}" for name, count in counts["parts"].items())
    say(f"trainable parameters: {counts['trainable']:,} ({parts})")
    for note in notes:
        say(note)


def save_recipe(recipe: Recipe, out: Path) -> None:
    """Write `out/recipe.json`, which makes a folder a run."""
    replace_file(out / RECIPE, json.dumps(recipe.to_dict(), indent=2) + "\n")


def training_facts(
    recipe: Recipe, counts: dict[str, Any], trainer: Trainer, tasks: list[str]
) -> dict[str, Any]:
    """What a checkpoint's card says of its training.

    It travels, so folders of data, LoRAs and checkpoints are named without their paths; base and encoder keep
    theirs, for there they are looked for.
    """
    training = recipe.training
    names = {
        "data": [without_paths(source) for source in training.data],
        "offset": [Path(folder).resolve().name for folder in training.offset],
        "library": training.library and Path(training.library).resolve().name,
        "start": training.start and Path(training.start).name,
    }
    evaluations = [
        {
            "step": entry["step"],
            **{name: entry[f"eval_{name}"] for name in METRICS if f"eval_{name}" in entry},
        }
        for entry in trainer.state.log_history
        if "eval_loss" in entry
    ]
    best = trainer.state.best_metric
    packages = ("zhyper", "torch", "transformers", "sentence-transformers")
    return {
        "recipe": recipe.with_changes(names).to_dict(),
        "parameters": counts,
        "steps": trainer.state.global_step,
        "processes": trainer.args.world_size,
        "chosen": next((e for e in evaluations if e[training.choose_by] == best), None),
        "selection": evaluations,
        "tasks": tasks,
        "versions": {name: version(name) for name in packages},
    }
