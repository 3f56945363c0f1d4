"""What watches a run: throughput and memory in its logs, reporters, samples, a line of progress."""

from __future__ import annotations

import importlib.util
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.control import Control
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.segment import ControlType
from transformers import TrainerCallback

from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._reporters import REPORTERS, Board
from zhyper.train._samples import Samples
from zhyper.train._selection_report import selection_numbers
from zhyper.train._trainer import ClosingCallback
from zhyper.train._training_rows import Plan, Say

LOGS, SAMPLES = "logs", "samples.jsonl"
"""What lies in a run's folder for those who watch."""


def run_watchers(
    recipe: Recipe, out: Path, main: bool, say: Say, machine: TextToAdapter | None, plan: Plan | None
) -> list[TrainerCallback]:
    """What watches a run, in the order of the calls: what adds to the logs comes first.

    Args:
        recipe: of the run.
        out: the run's folder.
        main: whether this is the main process, which alone writes and shows.
        say: is told the answers to the samples.
        machine: what is trained; None where nothing could answer.
        plan: what it reads, the samples among it.
    """
    names = recipe.training.report_to if main else ()
    line = ProgressLine()
    board = Board(out / LOGS, recipe) if "tensorboard" in names else None
    watchers: list[TrainerCallback] = [Throughput(), *([board] if board else [])] if main else []
    watchers += [REPORTERS[name](out, recipe) for name in names if name in REPORTERS]
    if machine and plan and plan.samples:
        say_above, show = partial(line.say_above, say), board.add_samples if board else _ignore
        watchers.append(Samples(machine, plan.samples, plan.embeddings, out / SAMPLES, say_above, show))
    return [*watchers, line] if main else watchers


def _ignore(text: str, step: int) -> None:
    """No board shows the samples."""


class Throughput(TrainerCallback):
    """Adds to the logs that hold a loss: rows and tokens per second, and the peak of memory.

    The first two are of all processes, without the time for evaluations, checkpoints and logs. The memory is
    that of the main process in MiB: on a GPU what tensors took there, otherwise what the system counts as
    resident.
    """

    def __init__(self) -> None:
        self._step, self._spent, self._since = 0, 0.0, 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._step, self._spent, self._since = state.global_step, 0.0, 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._since = self._since or time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        now = time.perf_counter()
        self._spent, self._since = self._spent + now - self._since, now

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._since = 0.0

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self._since = 0.0  # the next step begins with its batch at hand
        if not logs or "loss" not in logs:
            return
        rows_per_step = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        first, last = (step * rows_per_step for step in (self._step, state.global_step))
        rows = kwargs["train_dataloader"].dataset[first:last]
        logs["rows_per_second"] = round(len(rows) / self._spent, 2)
        if tokens := sum(getattr(row, "tokens", 0) for row in rows):
            logs["tokens_per_second"] = round(tokens / self._spent, 1)
        if peak := peak_memory():
            logs["peak_memory_mib"] = round(peak)
        self._step, self._spent = state.global_step, 0.0


def peak_memory() -> float | None:
    """The most memory this process has held, in MiB; None where the system does not say."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    if importlib.util.find_spec("resource") is None:
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


class ProgressLine(ClosingCallback):
    """One line on standard error: step, loss, learning rate, rows per second, and the time that is left.

    Evaluations get lines of their own above it. Where standard error is no terminal, so does every log.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._begun, self._first, self._shown = 0.0, 0, 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._begun, self._first = time.perf_counter(), state.global_step
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            texts = (TextColumn("{task.description}"), TextColumn("{task.fields[left]}"))
            self._bar = Progress(
                BarColumn(12),
                MofNCompleteColumn(),
                *texts,
                console=self._console,
                auto_refresh=False,
                redirect_stdout=sys.stdout.isatty(),
            )
            self._bar.add_task("", total=state.max_steps, completed=state.global_step, left="")
            self._bar.start()
            self._console.show_cursor(True)  # a killed run could not show it again

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._bar is not None and time.perf_counter() > self._shown + 0.1:
            self._show(state)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        if logs and "eval_loss" in logs:
            numbers = selection_numbers({key.removeprefix("eval_"): value for key, value in logs.items()})
            self._print(f"step {state.global_step}: selection {numbers}")
        elif logs and "loss" in logs:
            speed = f"{logs['rows_per_second']:,.1f} rows/s"
            numbers = f"loss {logs['loss']:.4f}, lr {logs['learning_rate']:.1e}, {speed}"
            if self._bar is not None:
                self._show(state, description=numbers)
            else:
                self._print(f"step {state.global_step} of {state.max_steps}: {numbers}, {self._left(state)}")

    def say_above(self, say: Say, text: str) -> None:
        """Say a text while the line is away."""
        if self._bar is not None:
            self._console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
        say(text)
        if self._bar is not None:
            self._bar.refresh()

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _show(self, state: Any, **changes: str) -> None:
        if self._bar is not None:
            fields: dict[str, Any] = {**changes, "left": self._left(state)}
            self._bar.update(self._bar.task_ids[0], completed=state.global_step, refresh=True, **fields)
            self._shown = time.perf_counter()

    def _left(self, state: Any) -> str:
        """The time that is left if what is to come takes as long as what was done, evaluations among it."""
        pace = (time.perf_counter() - self._begun) / max(1, state.global_step - self._first)
        seconds = round(pace * (state.max_steps - state.global_step))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"

    def close(self, well: bool) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
