"""What ends a run before its time: a signal, a full disk, numbers that are not finite; each leaves a checkpoint to go on from."""

from __future__ import annotations

import contextlib
import math
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import Trainer, TrainerCallback
from transformers.trainer import TRAINER_STATE_NAME, TRAINING_ARGS_NAME

from zhyper.train._keeping import LEAVING, WRITING, checkpoint, keep, newest_whole, rotate, steps

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ECHO = 2.0
"""Seconds within which the same signal is the first one again: a launcher that got it too hands it on."""
FULL = 2**20
"""A disk with fewer free bytes is full."""


class Stopped(RuntimeError):
    """A signal ended the run after a step and its checkpoint; `exit_code` is what a shell wants then, 128 and the signal's number."""

    def __init__(self, number: int, step: int, state: Path) -> None:
        name, self.exit_code = signal.Signals(number).name, 128 + number
        super().__init__(
            f"{name} came, so the run stopped after step {step} and wrote {checkpoint(state, step)}; go on with --resume"
        )


class NotWritten(RuntimeError):
    """The disk did not take what should be kept; with room on it, the run can go on."""


class NotFinite(RuntimeError):
    """A loss or gradient is no number any more; going on with the same settings would come to the same."""


class SurvivingTrainer(Trainer):
    """The Transformers trainer, whose checkpoints are whole or absent, and which stops at numbers that are not finite."""

    _writing: Path | None = None

    @property
    def state_folder(self) -> Path:
        """Where the checkpoints lie."""
        return Path(str(self.args.output_dir))

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        loss = super().training_step(*args, **kwargs)
        self._check(float(loss), "the loss", self.state.global_step + 1)
        return loss

    def _clip_grad_norm(self, model: nn.Module) -> Any:
        norm = super()._clip_grad_norm(model)
        if norm is not None:
            self._check(float(norm), "the gradient's norm", self.state.global_step + 1)
        return norm

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        self._check(metrics.get("eval_loss", 0.0), "the loss of the selection rows", self.state.global_step)
        return metrics

    def _check(self, number: float, what: str, step: int) -> None:
        """Raise NotFinite unless a number of this step is finite."""
        if not math.isfinite(number):
            raise NotFinite(
                f"{what} is {number} at step {step}, so the run stops and nothing of this step is saved; {self.last_said()}. "
                "Going on from it would come to the same: start a new run with a lower learning_rate, or another precision"
            )

    def last_said(self) -> str:
        """A clause on the newest checkpoint."""
        found = steps(self.state_folder)
        return (
            f"the last checkpoint is {checkpoint(self.state_folder, found[-1])}"
            if found
            else "there is no checkpoint yet"
        )

    def _get_output_dir(self, trial: Any) -> str:
        return str(self._writing or super()._get_output_dir(trial))

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """The trainer's own, into a temporary folder; only what was written to its end gets its name."""
        step = self.state.global_step
        parameters = self.model.named_parameters() if self.model is not None else ()
        if broken := [name for name, p in parameters if not bool(torch.isfinite(p).all())]:
            self._check(math.nan, broken[0], step)
        self._writing = self.state_folder / WRITING
        try:
            if self.args.should_save:
                shutil.rmtree(self._writing, ignore_errors=True)
                self._writing.mkdir(parents=True)
            self.accelerator.wait_for_everyone()
            super()._save_checkpoint(model, trial)
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                self._finish(checkpoint(self._writing, step), step)
            self.accelerator.wait_for_everyone()
        except (OSError, RuntimeError, SafetensorError) as error:
            self._give_up(error, step)
        finally:
            self._writing = None
        self._point_to_best()

    def _init_training_state(self, *args: Any, **kwargs: Any) -> Any:
        found = super()._init_training_state(*args, **kwargs)
        self._point_to_best()
        return found

    def _point_to_best(self) -> None:
        """The best checkpoint lies where this run lies; a path in a file would not move with the run."""
        if best := self.state.best_global_step:
            self.state.best_model_checkpoint = str(checkpoint(self.state_folder, best))

    def _finish(self, written: Path, step: int) -> None:
        (written / TRAINING_ARGS_NAME).unlink(
            missing_ok=True
        )  # a pickle that nothing reads; recipe.json says it all
        self.state.best_model_checkpoint = None
        self.state.save_to_json(str(written / TRAINER_STATE_NAME))
        keep(written, checkpoint(self.state_folder, step))
        written.parent.rmdir()
        if limit := self.args.save_total_limit:
            rotate(
                self.state_folder, limit - bool(self.args.load_best_model_at_end), self.state.best_global_step
            )

    def _give_up(self, error: Exception, step: int) -> None:
        """Leave nothing half written, and say what happened."""
        said = f"the checkpoint of step {step} could not be written: {self.disk_said(error)}"
        for rest in (WRITING, LEAVING):
            shutil.rmtree(self.state_folder / rest, ignore_errors=True)
        raise NotWritten(said) from error

    def disk_said(self, error: Exception) -> str:
        """What went wrong on the disk, how full it was, and what is left."""
        free = shutil.disk_usage(self.state_folder.parent).free
        cause = " ".join(str(error).split())[:200] if free >= FULL else "the disk is full"
        return f"{cause} ({free:,} bytes were free there); {self.last_said()}. Make room, then go on with --resume"


class Closing(TrainerCallback):
    """A callback that holds something, such as a line of the terminal, until its run ends in whatever way."""

    def close(self, well: bool) -> None:
        """Let go of it; `well` is whether the training came to its end, or to a stop that a signal asked for."""
        raise NotImplementedError


class Signals(TrainerCallback):
    """Lets a signal end the run after the step, with a checkpoint; a later second one ends it at once, as if this were not there."""

    def __init__(self) -> None:
        self.received, self._since = 0, 0.0
        self._before: dict[int, Any] = {}

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """While the block runs, signals are waited for; only the main thread can, and signals that are ignored stay so."""
        if threading.current_thread() is threading.main_thread():
            self._before = {
                n: before for n in SIGNALS if (before := signal.getsignal(n)) not in (signal.SIG_IGN, None)
            }
        try:
            for number in self._before:
                signal.signal(number, self._note)
            yield
        finally:
            self._restore()

    def _note(self, number: int, frame: Any) -> None:
        if not self.received:
            self.received, self._since = number, time.monotonic()
        elif number != self.received or time.monotonic() > self._since + ECHO:
            self._restore()
            signal.raise_signal(number)

    def _restore(self) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """All processes stop after the same step, whichever got the signal."""
        if args.world_size > 1:
            told = torch.tensor(self.received, device=args.device)
            torch.distributed.all_reduce(told, op=torch.distributed.ReduceOp.MAX)
            self.received = int(told)
        if self.received:
            control.should_save = control.should_training_stop = True


def run_to_end(trainer: SurvivingTrainer, resume: bool, say: Callable[[str], None]) -> None:
    """Train until the last step, from the newest whole checkpoint on if the run is resumed.

    Raises:
        Stopped: a signal came.
        NotWritten: a checkpoint could not be written.
        NotFinite: a loss or gradient is not finite.
    """
    start = _start(trainer, say) if resume else None
    if start is not None:
        say(f"going on from {start}")
    signals = Signals()
    trainer.add_callback(signals)
    well = False
    try:
        with signals.heard():
            trainer.train(resume_from_checkpoint=start)
        well = True
    except OSError as error:
        raise NotWritten(
            f"the run stopped after step {trainer.state.global_step}: {trainer.disk_said(error)}"
        ) from error
    finally:
        for callback in trainer.callback_handler.callbacks:
            if isinstance(callback, Closing):
                callback.close(well)
    if signals.received:
        raise Stopped(signals.received, trainer.state.global_step, trainer.state_folder)


def _start(trainer: SurvivingTrainer, say: Callable[[str], None]) -> str | None:
    """The newest whole checkpoint, which the main process looks for and tells the others."""
    found = [newest_whole(trainer.state_folder, say)] if trainer.is_world_process_zero() else [None]
    if trainer.args.world_size > 1:
        torch.distributed.broadcast_object_list(found)
    return None if found[0] is None else str(found[0])
