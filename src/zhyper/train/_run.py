"""A training run from a recipe to a checkpoint: plan, train, choose, save; a killed run resumes bit for bit."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter
from transformers import PrinterCallback, ProgressCallback, TrainingArguments
from transformers.integrations.integration_utils import TensorBoardCallback

from zhyper import weights
from zhyper.checkpoint import read_card
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
    if not recipe.training.data:
        raise ValueError("the recipe names no data; give it sources as FORMAT:FOLDER, with --set data=collection:FOLDER")
    collection = load_collection(*recipe.training.data)
    trainable = collection.rows("train", "train", "train")
    if not trainable:
        raise ValueError("no task of the data is for training; at least one task needs the split 'train'")
    recipe = _resolve(recipe, collection, _earlier(out, resume))
    settings = recipe.training
    if (out / "checkpoint").exists():
        say(f"{out} is finished; nothing is left to resume")
        return read_card(out / "checkpoint")
    machine = TextToAdapter.untrained(recipe.generator, seed=settings.seed)
    recipe = replace(recipe, generator=machine.spec)
    counts = parameter_counts(machine.spec, machine.model.base.config)
    say(json.dumps(recipe.to_dict(), indent=2))
    say(f"trainable parameters: {counts['trainable']:,} ({', '.join(f'{k} {v:,}' for k, v in counts['parts'].items())})")
    plan = _plan(machine, trainable, _selection(collection), settings, say, progress)
    _cast(machine, getattr(torch, settings.precision))
    trainer = _trainer(machine, settings, out, plan)
    _write(out / "recipe.json", recipe)
    trainer.train(resume_from_checkpoint=_last_whole_checkpoint(out / "state") if resume else None)
    about = _about(recipe, counts, trainer, [rows.task.name for rows in trainable])
    machine.save(out / "checkpoint", about)
    return about


def _earlier(out: Path, resume: bool) -> Recipe | None:
    """The recipe of the run that is resumed in this folder; ValueError if a new run would find another one there."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder for the run")
    if resume and (out / "recipe.json").is_file():
        return load_recipe(out / "recipe.json")
    if out.exists() and any(file.name not in (".recipe.json", "logs") for file in out.iterdir()):
        said = (
            "holds no recipe.json, so it is no run that --resume could go on with"
            if resume
            else "is not empty; resume its run with --resume"
        )
        raise ValueError(f"{out} {said}; name another folder")
    return None


def _resolve(recipe: Recipe, collection: Collection, earlier: Recipe | None) -> Recipe:
    """The recipe with everything decided that was left open; a resumed run decides as it did before, and may not differ."""
    generator, training = recipe.generator, recipe.training
    found = collection.fingerprint()
    if training.data_sha256 not in (None, found):
        raise ValueError(f"the data has the fingerprint {found}, but the recipe wants {training.data_sha256}; use the same data")
    decided: dict[str, Any] = {"data_sha256": found, "base_revision": generator.base_revision or weights.commit(generator.base)}
    if training.precision == "auto":
        decided["precision"] = earlier.training.precision if earlier else _fast_precision()
    if generator.context_width is None and earlier:
        decided["context_width"] = earlier.generator.context_width
    resolved = recipe.with_changes(decided)
    if earlier and earlier != resolved:
        old, new = ({**r.to_dict()["generator"], **r.to_dict()["training"]} for r in (earlier, resolved))
        changed = ", ".join(f"{key} was {old[key]!r} and is {new[key]!r}" for key in old if old[key] != new[key])
        raise ValueError(f"the run was started with other settings: {changed}. Resume with the same ones, or start a new run elsewhere")
    return resolved


def _write(file: Path, recipe: Recipe) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}")
    scratch.write_text(json.dumps(recipe.to_dict(), indent=2) + "\n", encoding="utf-8")
    scratch.replace(file)


def _fast_precision() -> str:
    """bfloat16 where the machine has instructions for it."""
    fast = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if fast else "float32"


def _cast(machine: TextToAdapter, dtype: torch.dtype) -> None:
    """Give the base its type for training; descriptions are encoded before, in float32, as they are at generation."""
    base = machine.model.base.to(dtype)
    if dtype == torch.bfloat16 and base.device.type == "cpu":
        base.set_attn_implementation("eager")  # the fused backward pass is several times slower there


def _contexts(machine: TextToAdapter, texts: Sequence[str], progress: Callable[..., Any]) -> dict[str, Tensor]:
    vectors = machine.encoder.encode(texts, progress)
    if vectors.shape[1] != machine.spec.context_width:
        width = machine.spec.context_width
        raise ValueError(f"encoder '{machine.spec.encoder}' gives vectors of length {vectors.shape[1]}, but context_width is {width}")
    return dict(zip(texts, vectors, strict=True))


def _selection(collection: Collection) -> list[Rows]:
    """What a checkpoint is chosen on: unseen descriptions and inputs of train tasks, and the selection tasks."""
    return collection.rows("train", "selection", "selection") + collection.rows("selection", "selection", "selection")


class _Plan(NamedTuple):
    """What a run reads."""

    rows: list[Example]
    """All rows in the order they are trained on, a function of the seed alone."""
    chosen: list[Example]
    """The rows a checkpoint is chosen on."""
    contexts: dict[str, Tensor]
    """The context vector [C] of each description."""


def _plan(
    machine: TextToAdapter,
    trainable: Sequence[Rows],
    chosen_on: Sequence[Rows],
    settings: TrainingSpec,
    say: Say,
    progress: Callable[..., Any],
) -> _Plan:
    contexts = _contexts(machine, [text for rows in [*trainable, *chosen_on] for text in rows.descriptions], progress)
    count = settings.steps * settings.batch_size * settings.accumulation
    template = machine.spec.chat_template
    rows, left_out = plan_examples(machine.tokenizer, trainable, count, settings.seed, settings.max_tokens, template)
    say(f"{len(trainable)} tasks to train on, {left_out} of {count + left_out} drawn rows left out as too long")
    chosen = _plan_selection(machine, chosen_on, settings)
    if not chosen:
        say("no row is left to choose a checkpoint on: the last weights are kept (a selection task or more descriptions would do)")
    return _Plan(bucket(rows, settings.batch_size, settings.seed), chosen, contexts)


def _plan_selection(machine: TextToAdapter, rows: Sequence[Rows], settings: TrainingSpec) -> list[Example]:
    """Rows whose loss chooses the checkpoint: half of them of train tasks, half of selection tasks, where there are both."""
    groups = [group for split in ("train", "selection") if (group := [r for r in rows if r.task.split == split])]
    count = -(-settings.selection_rows // max(1, len(groups)))
    tokenizer, template = machine.tokenizer, machine.spec.chat_template
    parts = [plan_examples(tokenizer, group, count, settings.seed + 1, settings.max_tokens, template)[0] for group in groups]
    return sorted((example for part in parts for example in part), key=lambda example: example.tokens)


def _trainer(machine: TextToAdapter, settings: TrainingSpec, out: Path, plan: _Plan) -> SftTrainer:
    if settings.gradient_checkpointing:
        machine.model.checkpoint_gradients()
    arguments = _arguments(settings, out, bool(plan.chosen), machine.model.base.device.type == "cpu")
    if arguments.world_size > 1:
        raise ValueError("several processes came, but a run is of one process; start it without torchrun or accelerate launch")
    arguments._n_gpu = min(arguments.n_gpu, 1)  # the base lives on one device
    trainer = SftTrainer(
        model=SftModule(machine, settings.label_smoothing),
        args=arguments,
        data_collator=Collator(machine.tokenizer.pad_token_id, plan.contexts),
        train_dataset=plan.rows,
        eval_dataset=plan.chosen,
        callbacks=[TensorBoardCallback(SummaryWriter(str(out / "logs"))), News()],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(settings: TrainingSpec, out: Path, choose: bool, cpu: bool) -> TrainingArguments:
    """The settings in the trainer's words."""
    return TrainingArguments(
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
        eval_strategy="steps" if choose else "no",
        eval_steps=settings.evaluate_every,
        save_strategy="steps",
        save_steps=settings.evaluate_every,
        save_total_limit=settings.keep + choose,
        load_best_model_at_end=choose,
        metric_for_best_model=f"eval_{settings.choose_by}",
        greater_is_better=settings.choose_by == "exact_match",
        logging_steps=10,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        seed=settings.seed,
        use_cpu=cpu,
    )


class News(ProgressCallback):
    """A progress bar with losses as they come, on standard error."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        news = {name: logs[name] for name in ("loss", "eval_loss", "eval_exact_match") if logs and name in logs}
        if self.training_bar is not None and news:
            self.training_bar.write(
                f"step {state.global_step}: {', '.join(f'{k} {float(v):.4f}' for k, v in news.items())}", file=sys.stderr
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
    """What a checkpoint's card says of its training; a card travels, so folders of data are named without their paths."""
    named = [f"{form}:{Path(folder).resolve().name}" for form, _, folder in (source.partition(":") for source in recipe.training.data)]
    recipe = recipe.with_changes({"data": named})
    kinds = ("loss", "exact_match")
    selection = [{"step": e["step"], **{k: e[f"eval_{k}"] for k in kinds}} for e in trainer.state.log_history if "eval_loss" in e]
    best = next((e for e in selection if e[recipe.training.choose_by] == trainer.state.best_metric), None)
    return {
        "recipe": recipe.to_dict(),
        "parameters": counts,
        "steps": trainer.state.global_step,
        "chosen": best,
        "selection": selection,
        "tasks": tasks,
        "versions": {name: version(name) for name in ("zhyper", "torch", "transformers", "sentence-transformers")},
    }
