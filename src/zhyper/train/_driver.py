"""The driver of a run from a recipe to a checkpoint, whatever its objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from zhyper import identity
from zhyper.arguments import described
from zhyper.checkpoint import read_card, write_checkpoint
from zhyper.spec import Recipe
from zhyper.train._fine_tuning import FineTuning
from zhyper.train._objective import Objective
from zhyper.train._processes import (
    check_launcher,
    check_processes,
    check_shares,
    joined_processes,
    sharding_requested,
)
from zhyper.train._reconstruction import Reconstruction
from zhyper.train._reporters import check_reporters
from zhyper.train._run_folder import announce, exclusive_folder, resumed_recipe, save_recipe, training_facts
from zhyper.train._selection_report import gain_report
from zhyper.train._trainer import RunTrainer
from zhyper.train._training_rows import training_embeddings
from zhyper.train._watchers import run_watchers

OBJECTIVES: dict[str, type[Objective]] = {"sft": FineTuning, "reconstruction": Reconstruction}


def train(
    recipe: Recipe,
    out: str | Path,
    resume: bool = False,
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[..., Any] = iter,
    watchers: Sequence[TrainerCallback] = (),
) -> dict[str, Any]:
    """Train a generator and write `out/checkpoint`.

    Training state lies in `out/state`, TensorBoard logs in `out/logs`, and answers to a few selection rows at
    every evaluation in `out/samples.jsonl`. Under `torchrun` or `accelerate launch` all processes train one
    generator
    together: each calls this with the same arguments, reads and computes for itself, and the main one writes.

    Args:
        recipe: saved as `out/recipe.json` before the first step.
        out: the run's folder.
        resume: go on from the newest whole checkpoint of `out/state`, bit for bit as if nothing had happened.
        say: receives one line of news at a time.
        progress: wraps what takes long before the first step, to show a progress bar.
        watchers: further callbacks of the trainer; what they raise ends the run.

    Returns:
        What the checkpoint's card says of the training.

    Raises:
        ValueError: a setting that cannot work, or a folder that holds another run.
        Stopped: SIGTERM or SIGINT came; the run stopped after its step, and can be resumed.
        NotWritten: a checkpoint could not be written.
        NotFinite: a loss or gradient is not finite.
    """
    if not isinstance(recipe, Recipe):
        raise ValueError(
            f"recipe is {described(recipe)}, but must be a Recipe; load_recipe makes one of a name"
        )
    out = Path(out)
    check_reporters(recipe.training)
    check_launcher()
    objective = OBJECTIVES[recipe.training.objective]
    if sharding_requested() and objective.loads_base:
        recipe = recipe.with_changes({"shard_base": True})
    with joined_processes() as state:
        check_shares(recipe.training.shard_base, state)
        main = state.is_main_process
        tell = say if main else lambda text: None
        # 1. Decide what the recipe leaves open, and refuse what cannot work before any weight is loaded.
        run = objective(recipe, resumed_recipe(out, resume))
        if (out / "checkpoint").exists():
            tell(f"{out} is finished; nothing is left to resume")
            return read_card(out / "checkpoint")
        counts = run.check()
        check_processes(out, state)
        announce(run.recipe, counts, run.notes, out, tell)
        with exclusive_folder(out, main):
            # 2. Load models and data; only a run that can start leaves its recipe in the folder.
            tell("loading the base" if objective.loads_base else "reading the library")
            trainer = run.prepare(out, state, tell, progress)
            for watcher in [*run_watchers(run.recipe, out, main, tell, run.machine, run.plan), *watchers]:
                trainer.add_callback(watcher)
            if main:
                save_recipe(run.recipe, out)
            # 3. Train; a lookup table, and an average of LoRAs, are whole by now.
            if trainer.get_num_trainable_parameters():
                tell("training begins")
                trainer.train_to_end(resume, tell)
            # 4. Write the checkpoint; no process is done before it lies there.
            about = _write_result(run, counts, trainer, out / "checkpoint", main)
            state.wait_for_everyone()
            if report := gain_report(about["chosen"]):
                tell(report)
            return about


def _write_result(
    run: Objective, counts: dict[str, Any], trainer: RunTrainer, folder: Path, main: bool
) -> dict[str, Any]:
    """Have the main process write what was learned; what its card says of the training."""
    outcome, spec = run.outcome(), run.recipe.generator
    about = {**training_facts(run.recipe, counts, trainer, run.tasks), **outcome.facts}
    if main:
        card = {"spec": spec.to_dict(), **about, **identity.base_facts(spec.base, spec.base_revision)}
        embeddings = training_embeddings(spec, outcome.embeddings)
        write_checkpoint(folder, outcome.parts, card, torch.float32, embeddings)
    return about
