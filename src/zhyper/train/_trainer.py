"""The Transformers trainer of a run: planned rows, whole checkpoints, errors that say why it ended."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.utils.data import SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer import TRAINER_STATE_NAME, TRAINING_ARGS_NAME

from zhyper.spec import TrainingSpec
from zhyper.train._errors import NotFinite, NotWritten, Stopped
from zhyper.train._signals import Signals
from zhyper.train._state_checkpoints import (
    REMOVAL,
    WRITING,
    checkpoint,
    checkpoint_steps,
    newest_usable,
    publish,
    rotate,
)

FULL = 2**20
"""A disk with fewer free bytes is full."""


def trainer_arguments(settings: TrainingSpec, out: Path, choose: bool, cpu: bool) -> TrainingArguments:
    """The settings in the trainer's words; `choose` says whether there are rows to choose a checkpoint on."""
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
    arguments._n_gpu = min(arguments.n_gpu, 1)  # the base lives on one device
    return arguments


class ClosingCallback(TrainerCallback):
    """A callback that holds something, such as a line of the terminal, until its run ends in whatever way."""

    def close(self, well: bool) -> None:
        """Let go of it; `well` is whether the training ended, or stopped at a signal."""
        raise NotImplementedError


class SeedPerProcess(TrainerCallback):
    """Gives each process dropout and noise of its own; a resumed run's generators are restored after this."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if args.process_index:
            set_seed(args.seed + args.process_index)


class RunTrainer(Trainer):
    """The Transformers trainer with a run's own order of rows, way of writing checkpoints, and ends.

    Rows come in the order in which they were planned. A checkpoint is whole or absent. A number that is not
    finite ends the run before anything of its step is saved. News go to standard error alone.
    """

    _writing: Path | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remove_callback(PrinterCallback)
        self.add_callback(SeedPerProcess())

    @property
    def state_folder(self) -> Path:
        """Where the checkpoints lie."""
        return Path(str(self.args.output_dir))

    def train_to_end(self, resume: bool, say: Callable[[str], None]) -> None:
        """Train until the last step, from the newest usable checkpoint on if the run is resumed.

        Raises:
            Stopped: a signal came.
            NotWritten: a checkpoint could not be written.
            NotFinite: a loss or gradient is not finite.
        """
        start = self._resumed_checkpoint(say) if resume else None
        if start is not None:
            say(f"going on from {start}")
        signals = Signals()
        self.add_callback(signals)
        well = False
        try:
            with signals.deferred():
                self.train(resume_from_checkpoint=start)
            well = True
        except OSError as error:
            raise NotWritten(
                f"the run stopped after step {self.state.global_step}: {self._disk_report(error)}"
            ) from error
        finally:
            for callback in self.callback_handler.callbacks:
                if isinstance(callback, ClosingCallback):
                    callback.close(well)
        if signals.received:
            step = self.state.global_step
            raise Stopped(signals.received, step, checkpoint(self.state_folder, step))

    def _resumed_checkpoint(self, say: Callable[[str], None]) -> str | None:
        """The newest usable checkpoint, which the main process looks for and tells the others."""
        folder = [newest_usable(self.state_folder, say)] if self.is_world_process_zero() else [None]
        if self.args.world_size > 1:
            torch.distributed.broadcast_object_list(folder)
        return None if folder[0] is None else str(folder[0])

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows: Any = train_dataset or self.train_dataset
        return SequentialSampler(rows)

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        loss = super().training_step(*args, **kwargs)
        self._check_finite(float(loss), "the loss", self.state.global_step + 1)
        return loss

    def _clip_grad_norm(self, model: nn.Module) -> Any:
        norm = super()._clip_grad_norm(model)
        if norm is not None:
            self._check_finite(float(norm), "the gradient's norm", self.state.global_step + 1)
        return norm

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        loss = metrics.get("eval_loss", 0.0)
        self._check_finite(loss, "the loss of the selection rows", self.state.global_step)
        return metrics

    def _check_finite(self, number: float, what: str, step: int) -> None:
        if not math.isfinite(number):
            raise NotFinite(
                f"{what} is {number} at step {step}, so the run stops and nothing of this step is saved; "
                f"{self._newest_checkpoint()}. Going on from it would lead there again: start a new run with "
                "a lower learning_rate, or another precision"
            )

    def _newest_checkpoint(self) -> str:
        """A clause that names it."""
        steps = checkpoint_steps(self.state_folder)
        return (
            f"the last checkpoint is {checkpoint(self.state_folder, steps[-1])}"
            if steps
            else "there is no checkpoint yet"
        )

    def _disk_report(self, error: Exception) -> str:
        """What went wrong on the disk, how full it was, and what is left."""
        free = shutil.disk_usage(self.state_folder.parent).free
        cause = " ".join(str(error).split())[:200] if free >= FULL else "the disk is full"
        return (
            f"{cause} ({free:,} bytes were free there); {self._newest_checkpoint()}. "
            "Make room, then go on with --resume"
        )

    def _get_output_dir(self, trial: Any) -> str:
        return str(self._writing or super()._get_output_dir(trial))

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """The trainer's own, into a temporary folder, which gets its name once all of it is on the disk."""
        step = self.state.global_step
        parameters = self.model.named_parameters() if self.model is not None else ()
        if broken := [name for name, p in parameters if not bool(torch.isfinite(p).all())]:
            self._check_finite(math.nan, broken[0], step)
        self._writing = self.state_folder / WRITING
        try:
            # 1. The main process makes the folder. 2. All write into it. 3. The main one publishes it.
            if self.args.should_save:
                shutil.rmtree(self._writing, ignore_errors=True)
                self._writing.mkdir(parents=True)
            self.accelerator.wait_for_everyone()
            super()._save_checkpoint(model, trial)
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                self._publish(checkpoint(self._writing, step), step)
            self.accelerator.wait_for_everyone()
        except (OSError, RuntimeError, SafetensorError) as error:
            report = self._disk_report(error)
            for rest in (WRITING, REMOVAL):
                shutil.rmtree(self.state_folder / rest, ignore_errors=True)
            raise NotWritten(f"the checkpoint of step {step} could not be written: {report}") from error
        finally:
            self._writing = None
        self._locate_best()

    def _publish(self, written: Path, step: int) -> None:
        (written / TRAINING_ARGS_NAME).unlink(
            missing_ok=True
        )  # a pickle that nothing reads; recipe.json says it all
        self.state.best_model_checkpoint = None
        self.state.save_to_json(str(written / TRAINER_STATE_NAME))
        publish(written, checkpoint(self.state_folder, step))
        written.parent.rmdir()
        if limit := self.args.save_total_limit:
            count = limit - bool(self.args.load_best_model_at_end)
            rotate(self.state_folder, count, self.state.best_global_step)

    def _init_training_state(self, *args: Any, **kwargs: Any) -> Any:
        result = super()._init_training_state(*args, **kwargs)
        self._locate_best()
        return result

    def _locate_best(self) -> None:
        """The best checkpoint lies where this run lies; a path in a file would not move with the run."""
        if best := self.state.best_global_step:
            self.state.best_model_checkpoint = str(checkpoint(self.state_folder, best))
