"""Where the logs of a run go: TensorBoard, Weights & Biases, MLflow and trackio, by Transformers' callbacks.

Each start of a run is a run of its own at the last three; a resumed one begins at its checkpoint's step.
Reports are no part of the training: once it has begun, a reporter that fails is warned of and left out, and
the run goes on.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter
from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK, TensorBoardCallback

from zhyper.spec import Recipe, TrainingSpec
from zhyper.train._trainer import ClosingCallback

PROJECT = "zhyper"
"""The project (of MLflow: the experiment) where no environment variable names another."""


def check_reporters(settings: TrainingSpec) -> None:
    """Raise ValueError unless the package of every reporter can be imported; to be called before any work."""
    for name in settings.report_to:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                if (
                    importlib.import_module(name).__file__ is None
                ):  # a mere folder of that name, such as wandb makes
                    raise ModuleNotFoundError(name=name)
        except ImportError as error:
            reason = "is not installed" if error.name == name else f"cannot be imported ({_line(error)})"
            raise ValueError(
                f"report_to names {name}, but its package {reason}; run: pip install {name}"
            ) from error


class Board(TensorBoardCallback, ClosingCallback):
    """TensorBoard logs in a folder; a resumed run takes back what was logged after its checkpoint."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        super().__init__()
        self._folder, self._recipe = folder, recipe

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.tb_writer = SummaryWriter(str(self._folder), purge_step=state.global_step + 1)
        text = textwrap.indent(json.dumps(self._recipe.to_dict(), indent=2) + "\n", "    ")
        self.tb_writer.add_text("recipe", text, state.global_step)

    def add_samples(self, text: str, step: int) -> None:
        """Show the samples of a step, a table in Markdown."""
        if self.tb_writer is not None:
            self.tb_writer.add_text("samples", text, step)
            self.tb_writer.flush()

    def close(self, well: bool) -> None:
        if self.tb_writer is not None:
            self.tb_writer.close()
            self.tb_writer = None


class Reporter(ClosingCallback):
    """One of the trainer's own callbacks, in a run named after the folder, which gets the recipe and an end.

    A run that the caller began before is written to, and not ended.

    Args:
        out: the training's folder.
        recipe: becomes the run's settings.
    """

    package: str

    def __init__(self, out: Path, recipe: Recipe) -> None:
        self._out, self._module = out, importlib.import_module(self.package)
        self._inner = INTEGRATION_TO_CALLBACK[self.package]()
        parts = recipe.to_dict().items()
        self._settings = {f"{part}.{key}": value for part, values in parts for key, value in values.items()}
        self._ours = self._broken = False

    def begin(self, args: Any) -> bool:
        """Begin a run, or prepare for the trainer's callback to do so; whether `end` shall end it."""
        raise NotImplementedError

    def describe(self) -> None:
        """Give the run the recipe as its settings."""
        self._module.config.update(self._settings)

    def end(self, well: bool) -> None:
        """End the run, unless the trainer's callback did."""
        raise NotImplementedError

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin a run; RuntimeError if that fails."""
        try:
            with contextlib.redirect_stdout(sys.stderr):
                self._ours = self.begin(args)
                self._inner.on_train_begin(args, state, control, **kwargs)
                self.describe()
        except Exception as error:
            raise RuntimeError(
                f"{self.package} could not begin a run: {_line(error)}; repair it, "
                "or leave it out of report_to"
            ) from error

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._report(self._inner.on_log, args, state, control, **kwargs)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._report(self._inner.on_save, args, state, control, **kwargs)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._report(self._inner.on_train_end, args, state, control, **kwargs)

    def close(self, well: bool) -> None:
        if self._ours:
            self._ours = False
            self._report(self.end, well)

    def _report(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call a method, with its output on standard error; after the first failure none is called."""
        if self._broken:
            return
        try:
            with contextlib.redirect_stdout(sys.stderr):
                method(*args, **kwargs)
        except Exception as error:
            self._broken = True
            warnings.warn(
                f"{self.package} failed, and gets nothing more of this run: {_line(error)}", stacklevel=2
            )


class Wandb(Reporter):
    """Weights & Biases; its files lie in the training's folder."""

    package = "wandb"

    def begin(self, args: Any) -> bool:
        if self._module.run is not None:
            return False
        project = os.environ.get("WANDB_PROJECT", PROJECT)
        folder = os.environ.get("WANDB_DIR", str(self._out))
        self._module.init(project=project, name=args.run_name, dir=folder)
        return True

    def end(self, well: bool) -> None:
        self._module.finish(exit_code=0 if well else 1)


class Mlflow(Reporter):
    """MLflow."""

    package = "mlflow"

    def begin(self, args: Any) -> bool:
        if self._module.active_run() is not None:
            return False
        if not {"MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID"} & set(os.environ):
            self._module.set_experiment(PROJECT)
        return True

    def describe(self) -> None:
        longest = self._module.utils.validation.MAX_PARAM_VAL_LENGTH
        settings = {key: str(value)[:longest] for key, value in self._settings.items()}
        # of a run that goes on by MLFLOW_RUN_ID, what changed is refused, and logged
        self._module.log_params(settings, synchronous=False)

    def end(self, well: bool) -> None:
        if self._module.active_run() is not None:
            self._module.end_run("FINISHED" if well else "FAILED")


class Trackio(Reporter):
    """Trackio."""

    package = "trackio"

    def begin(self, args: Any) -> bool:
        args.project = os.environ.get("TRACKIO_PROJECT", PROJECT)
        return True

    def end(self, well: bool) -> None:
        if self._inner._initialized:
            self._module.finish()


REPORTERS: dict[str, type[Reporter]] = {"wandb": Wandb, "mlflow": Mlflow, "trackio": Trackio}


def _line(error: Exception) -> str:
    """An error's message in one line that is not too long."""
    return " ".join(f"{error or type(error).__name__}".split())[:300]
