"""A training run from a recipe to a checkpoint: plan, train, choose, save; a killed run resumes bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import TrainerCallback

from zhyper import weights
from zhyper.adapters import Adapter
from zhyper.checkpoint import read_card
from zhyper.data import Collator, Collection, load_collection
from zhyper.encoders import LAST_TOKEN, ONE_HOT
from zhyper.hypernets import HYPERNETS
from zhyper.library import average, read_lora
from zhyper.spec import Recipe, TrainingSpec
from zhyper.text_to_adapter import TextToAdapter, check_names, parameter_counts
from zhyper.train._folder import (
    OwnDraws,
    about_run,
    alone,
    announce,
    arguments,
    earlier,
    save_recipe,
    settled,
)
from zhyper.train._plan import (
    Plan,
    Say,
    check_width,
    encoder_width,
    fingerprint,
    plan,
    selection,
    trainable,
    training_embeddings,
)
from zhyper.train._processes import check_launcher, check_processes, joined
from zhyper.train._reconstruction import reconstruct
from zhyper.train._reporters import check_reporters
from zhyper.train._sft import SftModule, SftTrainer
from zhyper.train._shard import asked_by_accelerate, shard
from zhyper.train._start import begin_with, check_start
from zhyper.train._survival import run_to_end
from zhyper.train._watch import watchers as watching


def train(
    recipe: Recipe,
    out: Path,
    resume: bool = False,
    say: Say = lambda text: None,
    progress: Callable[..., Any] = iter,
    watchers: Sequence[TrainerCallback] = (),
) -> dict[str, Any]:
    """Train a generator and write `out/checkpoint`; training state lives in `out/state`, TensorBoard logs in `out/logs`.

    Answers to a few selection rows at every evaluation are in `out/samples.jsonl`.

    Under `torchrun` or `accelerate launch` all processes train one generator together: each calls this with the same arguments, reads
    and computes for itself, and the main one writes.

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
        RuntimeError: a loss that is not finite.
    """
    check_reporters(recipe.training)
    check_launcher()
    run = reconstruct if recipe.training.objective == "reconstruction" else _fine_tune
    if asked_by_accelerate() and run is _fine_tune:
        recipe = recipe.with_changes({"shard_base": True})
    with joined() as state:
        if recipe.training.shard_base and state.num_processes == 1:
            raise ValueError(
                "shard_base came in a run of one process; start several with torchrun or accelerate launch, or leave it out"
            )
        heard = say if state.is_main_process else lambda text: None
        return run(recipe, out, resume, heard, progress, watchers, state)


def _fine_tune(
    recipe: Recipe,
    out: Path,
    resume: bool,
    say: Say,
    progress: Callable[..., Any],
    watchers: Sequence[TrainerCallback],
    state: PartialState,
) -> dict[str, Any]:
    check_names(recipe.generator)
    collection = load_collection(*recipe.training.data, shares=recipe.training.shares)
    tasks = trainable(collection, recipe.training)
    recipe = resolve(recipe, collection, earlier(out, resume))
    settings = recipe.training
    if (out / "checkpoint").exists():
        say(f"{out} is finished; nothing is left to resume")
        return read_card(out / "checkpoint")
    recipe, counts = _fitted(recipe)
    check_processes(out, state)
    start = None if settings.start is None else check_start(settings.start, recipe.generator)
    announce(recipe, counts, say)
    with alone(out, state.is_main_process):
        machine = _untrained(recipe, state)
        rows = plan(
            machine, tasks, selection(collection, machine.spec, tasks), settings, say, progress, state
        )
        _cast(machine, getattr(torch, settings.precision), state.device)
        if settings.shard_base:
            shard(machine.model.base, state)
        trainer = _trainer(machine, settings, out, rows, state)
        for watcher in [*watching(recipe, out, state.is_main_process, say, machine, rows), *watchers]:
            trainer.add_callback(watcher)
        if state.is_main_process:
            save_recipe(recipe, out)
        run_to_end(trainer, resume, say)
        about = about_run(recipe, counts, trainer, [task.task.name for task in tasks]) | (
            {"start_sha256": start} if start else {}
        )
        cues = dict.fromkeys(row.cue for row in rows.rows)
        machine.training_embeddings = training_embeddings(
            machine.spec, machine.hypernet, [rows.embeddings[cue] for cue in cues]
        )
        if state.is_main_process:
            machine.save(out / "checkpoint", about)
        state.wait_for_everyone()
        return about


def _fitted(recipe: Recipe) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with its context width, and its parameter counts; ValueError if its parts do not fit, before any weight is loaded."""
    spec = recipe.generator
    if not HYPERNETS[spec.hypernet].learns:
        raise ValueError(
            f"hypernet '{spec.hypernet}' holds a library and learns nothing; set objective=reconstruction and library"
        )
    config = weights.load_config(spec.base, spec.base_revision)
    width = encoder_width(spec, config)
    check_width(spec, width)
    if recipe.training.base_bits is not None and spec.encoder == LAST_TOKEN:
        raise ValueError(
            f"encoder 'last-token' reads the base as it is at generation, but base_bits is {recipe.training.base_bits}; "
            "choose another encoder, or leave base_bits out"
        )
    weights.check_bits(recipe.training.base_bits)
    if recipe.training.offset and recipe.training.start is not None:
        raise ValueError(
            "offset and start came together, but a checkpoint brings its own offset; leave out one of them"
        )
    for folder in recipe.training.offset:
        if not (Path(folder) / "adapter_config.json").is_file():
            raise ValueError(
                f"offset names {folder}, where no adapter_config.json is; name folders of PEFT LoRAs"
            )
    spec = replace(spec, context_width=width)
    return replace(recipe, generator=spec), parameter_counts(spec, config)


def _untrained(recipe: Recipe, state: PartialState) -> TextToAdapter:
    settings = recipe.training
    whole = (
        "cpu" if settings.shard_base else str(state.device)
    )  # a base that is sharded need not fit on one device
    # the encoder may read the base before it gets its type for training; one of few bits has it from the start
    dtype = getattr(torch, settings.precision) if settings.base_bits else torch.float32
    machine = TextToAdapter.untrained(recipe.generator, whole, dtype, settings.seed, settings.base_bits)
    _set_offset(machine.adapter_weights, settings.offset)
    if settings.start is not None:
        begin_with(machine, settings.start)
    return machine


def _set_offset(adapter: Adapter, folders: Sequence[str]) -> None:
    if folders:
        for site, (a_RI, b_OR) in average(
            [read_lora(Path(folder), adapter.sites) for folder in folders]
        ).items():
            adapter.set_offset(site, a_RI, b_OR)


def resolve(recipe: Recipe, collection: Collection, before: Recipe | None) -> Recipe:
    """The recipe with everything decided that was left open; a resumed run decides as it did before, and may not differ."""
    generator, training = recipe.generator, recipe.training
    decided: dict[str, Any] = {
        "data_sha256": fingerprint(collection, training),
        "base_revision": generator.base_revision
        or (before and before.generator.base_revision)
        or weights.commit(generator.base),
    }
    if generator.encoder == ONE_HOT and not generator.known_tasks:
        decided["known_tasks"] = sorted(rows.task.name for rows in trainable(collection, training))
    if training.precision == "auto":
        decided["precision"] = before.training.precision if before else _fast_precision(training.base_bits)
    if generator.context_width is None and before:
        decided["context_width"] = before.generator.context_width
    return settled(recipe.with_changes(decided), before)


def _fast_precision(bits: int | None) -> str:
    """bfloat16 where the machine has instructions for it, and the layers of `bits` too."""
    if bits is not None and not torch.cuda.is_available():
        return "float32"
    fast = (
        torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
    )
    return "bfloat16" if fast else "float32"


def _cast(machine: TextToAdapter, dtype: torch.dtype, device: torch.device) -> None:
    """Give the base its type for training; descriptions are encoded before, in float32, as they are at generation."""
    base = machine.model.base
    if base.dtype != dtype:
        base.to(dtype)
    if dtype == torch.bfloat16 and device.type == "cpu":
        base.set_attn_implementation("eager")  # the fused backward pass is several times slower there


def _trainer(
    machine: TextToAdapter, settings: TrainingSpec, out: Path, plan: Plan, state: PartialState
) -> SftTrainer:
    if settings.gradient_checkpointing:
        machine.model.checkpoint_gradients()
    return SftTrainer(
        model=SftModule(machine, settings.label_smoothing, settings.logits_at_once),
        args=arguments(settings, out, bool(plan.chosen), state.device.type == "cpu"),
        data_collator=Collator(
            machine.tokenizer.pad_token_id, plan.embeddings, plan.rows if settings.contrast else ()
        ),
        train_dataset=plan.rows,
        eval_dataset=plan.chosen,
        callbacks=[OwnDraws()],
        hypernet_rate=settings.hypernet_rate,
        contrast=settings.contrast,
    )
