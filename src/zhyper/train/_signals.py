"""Signals that end a run after its step, with a checkpoint.

Not Transformers' `enable_jit_checkpoint`, which hears SIGTERM alone, on one process, and knows no second
signal.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import torch
from transformers import TrainerCallback

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ECHO = 2.0
"""Seconds within which the same signal is the first one again: a launcher that got it too hands it on."""


class Signals(TrainerCallback):
    """Lets a signal end the run after the step, with a checkpoint; a later second one ends it at once."""

    def __init__(self) -> None:
        self.received, self._since = 0, 0.0
        self._handlers: dict[int, Any] = {}

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """While the block runs, signals wait for the end of a step. Only the main thread can do this.

        Signals that are ignored stay so.
        """
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.getsignal(number) for number in SIGNALS}
            self._handlers = {n: h for n, h in handlers.items() if h not in (signal.SIG_IGN, None)}
        try:
            for number in self._handlers:
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
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """All processes stop after the same step, whichever got the signal."""
        if args.world_size > 1:
            number = torch.tensor(self.received, device=args.device)
            torch.distributed.all_reduce(number, op=torch.distributed.ReduceOp.MAX)
            self.received = int(number)
        if self.received:
            control.should_save = control.should_training_stop = True
