"""A training run from a recipe to a checkpoint: plan, train, choose, save; a killed run resumes bit for bit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter
from transformers import TrainingArguments
from transformers.integrations.integration_utils import TensorBoardCallback

from zhyper.data import Collator, Collection, Example, Rows, bucket, load_collection, plan_examples
from zhyper.spec import Recipe, TrainingSpec, load_recipe
from zhyper.text_to_adapter import TextToAdapter, parameter_counts
from zhyper.train._sft import SftModule, SftTrainer

Say = Callable[[str], None]


def train(
    recipe: Recipe, out: Path, resume: bool = False, say: Say = lambda text: None, progress: Callable[..., Any] = iter
) -> dict[str, Any]:
    """Train a generator and write `out/checkpoint`; training state lives in `out/state`, TensorBoard logs in `out/logs`.

    Args:
        recipe: saved as `out/recipe.json` before the first step.
        out: the run's folder.
        resume: go on from the newest whole checkpoint of `out/state`, bit for bit as if nothing had happened.
        say: receives one line of news at a time.
        progress: wraps what takes long before the first step, to show a progress bar.

    Returns:
        What the checkpoint's card says of the training.

    Raises:
        ValueError: a setting that cannot work, or a folder that holds another run.
    """
    settings = recipe.training
    if not settings.data:
        raise ValueError("the recipe names no data; give it sources as FORMAT:FOLDER, with --set data=collection:FOLDER")
    collection = load_collection(*settings.data)
    trainable = collection.rows("train", "train", "train")
    if not trainable:
        raise ValueError("no task of the data is for training; at least one task needs the split 'train'")
    _claim(recipe, out, resume)
    if (out / "checkpoint").exists() and resume:
        say(f"{out} is finished; nothing is left to resume")
        return dict(json.loads((out / "checkpoint" / "checkpoint.json").read_text(encoding="utf-8")))
    machine = TextToAdapter.untrained(recipe.generator, dtype=_precision(settings.precision), seed=settings.seed)
    if machine.model.base.dtype == torch.bfloat16 and machine.model.base.device.type == "cpu":
        machine.model.base.set_attn_implementation("eager")  # the fused backward pass is 4x slower there
    counts = parameter_counts(machine.spec, machine.model.base.config)
    say(json.dumps(recipe.to_dict(), indent=2))
    say(f"trainable parameters: {counts['trainable']:,} ({', '.join(f'{k} {v:,}' for k, v in counts['parts'].items())})")
    chosen_on = _selection(collection)
    texts = [text for rows in [*trainable, *chosen_on] for text in rows.descriptions]
    vectors = machine.encoder.encode(texts, progress)
    if vectors.shape[1] != machine.spec.context_width:
        width = machine.spec.context_width
        raise ValueError(f"encoder '{machine.spec.encoder}' gives vectors of length {vectors.shape[1]}, but context_width is {width}")
    contexts = dict(zip(texts, vectors, strict=True))
    trainer = _trainer(machine, settings, out, Collator(machine.tokenizer.pad_token_id, contexts))
    trainer.train_dataset, left_out = _plan(machine, trainable, settings)
    trainer.eval_dataset, _ = _plan_selection(machine, chosen_on, settings)
    say(f"{len(trainable)} tasks to train on, {left_out} of {len(trainer.train_dataset) + left_out} drawn rows left out as too long")
    trainer.train(resume_from_checkpoint=_last_whole_checkpoint(out / "state") if resume else None)
    about = _about(recipe, counts, trainer, [rows.task.name for rows in trainable])
    machine.save(out / "checkpoint", about)
    return about


def _claim(recipe: Recipe, out: Path, resume: bool) -> None:
    """Make the run's folder ours: a new one for a new run, the same recipe for a resumed one."""
    file = out / "recipe.json"
    if resume:
        if file.is_file() and load_recipe(file) != recipe:
            raise ValueError(f"{file} differs from the recipe given; resume with the same settings, or start a new run in another folder")
    elif out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty; resume the run in it with --resume, or name another folder")
    out.mkdir(parents=True, exist_ok=True)
    scratch = out / ".recipe.json"
    scratch.write_text(json.dumps(recipe.to_dict(), indent=2) + "\n", encoding="utf-8")
    scratch.replace(file)


def _precision(name: str) -> torch.dtype:
    """The base's type while training: bfloat16 on request, or where the machine has instructions for it."""
    fast = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if name == "bfloat16" or (name == "auto" and fast) else torch.float32


def _selection(collection: Collection) -> list[Rows]:
    """What a checkpoint is chosen on: unseen descriptions and inputs of train tasks, and the selection tasks."""
    return collection.rows("train", "selection", "selection") + collection.rows("selection", "selection", "selection")


def _plan(machine: TextToAdapter, rows: Sequence[Rows], settings: TrainingSpec) -> tuple[list[Example], int]:
    """All rows of the run in the order they are trained on, a function of the seed alone; and how many were too long."""
    count = settings.steps * settings.batch_size * settings.accumulation
    examples, left_out = plan_examples(machine.tokenizer, rows, count, settings.seed, settings.max_tokens, machine.spec.system)
    return bucket(examples, settings.batch_size, settings.seed), left_out


def _plan_selection(machine: TextToAdapter, rows: Sequence[Rows], settings: TrainingSpec) -> tuple[list[Example], int]:
    """Rows whose loss chooses the checkpoint: half of them of train tasks, half of selection tasks, where there are both."""
    examples: list[Example] = []
    left_out = 0
    groups = [group for split in ("train", "selection") if (group := [r for r in rows if r.task.split == split])]
    for group in groups:
        part, long = plan_examples(
            machine.tokenizer, group, settings.selection_rows // len(groups), settings.seed + 1, settings.max_tokens, machine.spec.system
        )
        examples, left_out = examples + part, left_out + long
    return sorted(examples, key=lambda example: example.tokens), left_out


def _trainer(machine: TextToAdapter, settings: TrainingSpec, out: Path, collator: Collator) -> SftTrainer:
    if settings.gradient_checkpointing:
        machine.model.checkpoint_gradients()
    arguments = TrainingArguments(
        output_dir=str(out / "state"),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        warmup_steps=round(settings.warmup * settings.steps),
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        neftune_noise_alpha=settings.neftune or None,
        eval_strategy="steps",
        eval_steps=settings.evaluate_every,
        save_strategy="steps",
        save_steps=settings.evaluate_every,
        save_total_limit=settings.keep,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=10,
        report_to=[],
        remove_unused_columns=False,
        label_names=["labels"],
        seed=settings.seed,
        use_cpu=machine.model.base.device.type == "cpu",
    )
    return SftTrainer(
        model=SftModule(machine, settings.label_smoothing),
        args=arguments,
        data_collator=collator,
        train_dataset=[],
        eval_dataset=[],
        callbacks=[TensorBoardCallback(SummaryWriter(str(out / "logs")))],
    )


def _last_whole_checkpoint(state: Path) -> str | None:
    """The newest checkpoint of the trainer that was written to its end; those cut off by a kill are removed."""
    found = sorted(state.glob("checkpoint-*"), key=lambda folder: int(folder.name.rpartition("-")[2]), reverse=True)
    for folder in found:
        try:
            json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
            return str(folder)
        except (OSError, ValueError):
            shutil.rmtree(folder)
    return None


def _about(recipe: Recipe, counts: dict[str, Any], trainer: SftTrainer, tasks: list[str]) -> dict[str, Any]:
    """What a checkpoint's card says of its training."""
    losses = {entry["step"]: entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry}
    return {
        "recipe": recipe.to_dict(),
        "parameters": counts,
        "steps": trainer.state.global_step,
        "selection_loss": trainer.state.best_metric,
        "selection_losses": losses,
        "tasks": tasks,
        "versions": {name: version(name) for name in ("zhyper", "torch", "transformers", "sentence-transformers")},
    }
