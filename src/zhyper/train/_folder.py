"""A run's folder and its trainer: what is there already, how training goes on, and what is shown of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from torch.utils.data import SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed

from zhyper.data import without_paths
from zhyper.files import replace_file
from zhyper.spec import Recipe, TrainingSpec, load_recipe
from zhyper.train._survival import SurvivingTrainer

LOCK = ".lock"
FREE = ("keep", "report_to", "samples")
"""Settings that change nothing of what is learned, so that a resumed run may have others."""


def earlier(out: Path, resume: bool) -> Recipe | None:
    """The recipe of the run that is resumed in this folder; ValueError if a new run would find another one there."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder for the run")
    if resume and (out / "recipe.json").is_file():
        return load_recipe(out / "recipe.json")
    if out.exists() and any(file.name not in (".recipe.json", LOCK, "logs") for file in out.iterdir()):
        if not (out / "recipe.json").is_file():
            raise ValueError(
                f"{out} is not empty and holds no recipe.json, so it is no run; name another folder"
            )
        raise ValueError(f"{out} holds a run; go on with it by --resume, or name another folder")
    return None


@contextmanager
def alone(out: Path, main: bool) -> Iterator[None]:
    """Make a run's folder, and keep other runs out of it while the block runs; what a killed one left half written is taken away.

    Raises:
        ValueError: the folder cannot be made or written, or another run is at work in it.
    """
    if not main:
        yield
        return
    lock = FileLock(out / LOCK, timeout=0)
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ValueError(f"another run is at work in {out}; wait for it, or name another folder") from None
    except OSError as error:
        raise ValueError(
            f"nothing can be written to {out} ({error.strerror or error}); name another folder"
        ) from error
    try:
        for rest in out.glob(".checkpoint.*"):
            shutil.rmtree(rest, ignore_errors=True)
        yield
    finally:
        lock.release()


def settled(recipe: Recipe, before: Recipe | None) -> Recipe:
    """The recipe of the run; ValueError if it was started with other settings, but for those that are free."""
    if before:
        before = before.with_changes({name: getattr(recipe.training, name) for name in FREE})
    if before and before != recipe:
        old, new = ({**r.to_dict()["generator"], **r.to_dict()["training"]} for r in (before, recipe))
        changed = ", ".join(
            f"{key} was {old[key]!r} and is {new[key]!r}" for key in old if old[key] != new[key]
        )
        raise ValueError(
            f"the run was started with other settings: {changed}. Resume with the same ones, or start a new run elsewhere"
        )
    return recipe


def announce(recipe: Recipe, counts: dict[str, Any], say: Callable[[str], None]) -> None:
    """Say the recipe and the parameter counts."""
    say(json.dumps(recipe.to_dict(), indent=2))
    say(
        f"trainable parameters: {counts['trainable']:,} ({', '.join(f'{k} {v:,}' for k, v in counts['parts'].items())})"
    )


def save_recipe(recipe: Recipe, out: Path) -> None:
    """Write `out/recipe.json`, by which a folder is known as a run."""
    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "recipe.json", json.dumps(recipe.to_dict(), indent=2) + "\n")


def about_run(recipe: Recipe, counts: dict[str, Any], trainer: Trainer, tasks: list[str]) -> dict[str, Any]:
    """What a checkpoint's card says of its training; a card travels, so folders of data are named without their paths."""
    changes = {
        "data": [without_paths(source) for source in recipe.training.data],
        "offset": [Path(folder).resolve().name for folder in recipe.training.offset],
    }
    library, start = recipe.training.library, recipe.training.start
    kinds = ("loss", "exact_match")
    selection = [
        {"step": e["step"], **{k: e[f"eval_{k}"] for k in kinds}}
        for e in trainer.state.log_history
        if "eval_loss" in e
    ]
    best = next((e for e in selection if e[recipe.training.choose_by] == trainer.state.best_metric), None)
    return {
        "recipe": recipe.with_changes(
            {
                **changes,
                "library": library and Path(library).resolve().name,
                "start": start and Path(start).name,
            }
        ).to_dict(),
        "parameters": counts,
        "steps": trainer.state.global_step,
        "processes": trainer.args.world_size,
        "chosen": best,
        "selection": selection,
        "tasks": tasks,
        "versions": {
            name: version(name) for name in ("zhyper", "torch", "transformers", "sentence-transformers")
        },
    }


def arguments(settings: TrainingSpec, out: Path, choose: bool, cpu: bool) -> TrainingArguments:
    """The settings in the trainer's words."""
    found = TrainingArguments(
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
        logging_steps=min(10, settings.steps),
        logging_nan_inf_filter=False,
        report_to=[],
        run_name=f"{'/'.join(out.resolve().parts[-2:])} {datetime.now():%Y-%m-%d %H:%M:%S}",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        seed=settings.seed,
        use_cpu=cpu,
        ddp_find_unused_parameters=False,
    )
    found._n_gpu = min(found.n_gpu, 1)  # the base lives on one device
    return found


class PlannedTrainer(SurvivingTrainer):
    """The Transformers trainer over rows that come in the order they were planned; its news go to standard error alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remove_callback(PrinterCallback)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows: Any = train_dataset or self.train_dataset
        return SequentialSampler(rows)


class OwnDraws(TrainerCallback):
    """Dropout and noise of each process are its own; a resumed run's generators are restored after this."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if args.process_index:
            set_seed(args.seed + args.process_index)
