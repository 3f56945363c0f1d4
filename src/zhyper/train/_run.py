"""A training run from a recipe to a checkpoint: plan, train, choose, save; a killed run resumes bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from zhyper import weights
from zhyper.checkpoint import read_card
from zhyper.data import Collator, Collection, load_collection
from zhyper.encoders import ONE_HOT
from zhyper.hypernets import HYPERNETS
from zhyper.library import average, read_lora
from zhyper.spec import Recipe, TrainingSpec
from zhyper.text_to_adapter import TextToAdapter, check_names, parameter_counts
from zhyper.train._folder import about_run, announce, arguments, callbacks, earlier, last_whole_checkpoint, save_recipe, settled
from zhyper.train._plan import Plan, Say, fingerprint, plan, selection, trainable, trained_contexts
from zhyper.train._reconstruction import reconstruct
from zhyper.train._sft import SftModule, SftTrainer


def train(
    recipe: Recipe,
    out: Path,
    resume: bool = False,
    say: Say = lambda text: None,
    progress: Callable[..., Any] = iter,
    watchers: Sequence[TrainerCallback] = (),
) -> dict[str, Any]:
    """Train a generator and write `out/checkpoint`; training state lives in `out/state`, TensorBoard logs in `out/logs`.

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
    """
    if recipe.training.objective == "reconstruction":
        return reconstruct(recipe, out, resume, say, progress, watchers)
    check_names(recipe.generator)
    collection = load_collection(*recipe.training.data)
    tasks = trainable(collection, recipe.training)
    recipe = resolve(recipe, collection, earlier(out, resume))
    settings = recipe.training
    if (out / "checkpoint").exists():
        say(f"{out} is finished; nothing is left to resume")
        return read_card(out / "checkpoint")
    if not HYPERNETS[recipe.generator.hypernet].learns:
        raise ValueError(
            f"hypernet '{recipe.generator.hypernet}' holds a library and learns nothing; set objective=reconstruction and library"
        )
    machine = TextToAdapter.untrained(recipe.generator, seed=settings.seed)
    _set_offset(machine, settings.offset)
    recipe = replace(recipe, generator=machine.spec)
    counts = parameter_counts(machine.spec, machine.model.base.config)
    announce(recipe, counts, say)
    rows = plan(machine, tasks, selection(collection, machine.spec, tasks), settings, say, progress)
    _cast(machine, getattr(torch, settings.precision))
    trainer = _trainer(machine, settings, out, rows)
    for watcher in watchers:
        trainer.add_callback(watcher)
    save_recipe(recipe, out)
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(out / "state") if resume else None)
    about = about_run(recipe, counts, trainer, [task.task.name for task in tasks])
    cues = dict.fromkeys(row.cue for row in rows.rows)
    machine.training_contexts = trained_contexts(machine.spec, machine.hypernet, [rows.contexts[cue] for cue in cues])
    machine.save(out / "checkpoint", about)
    return about


def _set_offset(machine: TextToAdapter, folders: Sequence[str]) -> None:
    adapter = machine.adapter_weights
    if folders:
        for site, (a_RI, b_OR) in average([read_lora(Path(folder), adapter.sites) for folder in folders]).items():
            adapter.set_offset(site, a_RI, b_OR)


def resolve(recipe: Recipe, collection: Collection, before: Recipe | None) -> Recipe:
    """The recipe with everything decided that was left open; a resumed run decides as it did before, and may not differ."""
    generator, training = recipe.generator, recipe.training
    decided: dict[str, Any] = {
        "data_sha256": fingerprint(collection, training),
        "base_revision": generator.base_revision or weights.commit(generator.base),
    }
    if generator.encoder == ONE_HOT and not generator.known_tasks:
        decided["known_tasks"] = sorted(rows.task.name for rows in trainable(collection, training))
    if training.precision == "auto":
        decided["precision"] = before.training.precision if before else _fast_precision()
    if generator.context_width is None and before:
        decided["context_width"] = before.generator.context_width
    return settled(recipe.with_changes(decided), before)


def _fast_precision() -> str:
    """bfloat16 where the machine has instructions for it."""
    fast = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if fast else "float32"


def _cast(machine: TextToAdapter, dtype: torch.dtype) -> None:
    """Give the base its type for training; descriptions are encoded before, in float32, as they are at generation."""
    base = machine.model.base.to(dtype)
    if dtype == torch.bfloat16 and base.device.type == "cpu":
        base.set_attn_implementation("eager")  # the fused backward pass is several times slower there


def _trainer(machine: TextToAdapter, settings: TrainingSpec, out: Path, plan: Plan) -> SftTrainer:
    if settings.gradient_checkpointing:
        machine.model.checkpoint_gradients()
    return SftTrainer(
        model=SftModule(machine, settings.label_smoothing),
        args=arguments(settings, out, bool(plan.chosen), machine.model.base.device.type == "cpu"),
        data_collator=Collator(machine.tokenizer.pad_token_id, plan.contexts),
        train_dataset=plan.rows,
        eval_dataset=plan.chosen,
        callbacks=callbacks(out),
    )
