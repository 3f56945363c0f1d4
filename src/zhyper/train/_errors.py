"""What ends a run before its last step, as types that a sweep can tell apart."""

from __future__ import annotations

import signal
from pathlib import Path


class Stopped(RuntimeError):
    """A signal ended the run after a step and its checkpoint; `exit_code` is 128 and the signal's number."""

    def __init__(self, number: int, step: int, checkpoint: Path) -> None:
        name, self.exit_code = signal.Signals(number).name, 128 + number
        super().__init__(
            f"{name} came, so the run stopped after step {step} and wrote {checkpoint}; go on with --resume"
        )


class NotWritten(RuntimeError):
    """The disk refused what should be stored; with room on it, the run can go on."""


class NotFinite(RuntimeError):
    """A loss or gradient is not a finite number; the same settings would lead there again."""


class FolderUnavailable(ValueError):
    """A run's folder cannot be written to, or another run is at work in it."""
