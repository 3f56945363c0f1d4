"""Continuous batching: requests come and go at any time.

All that are under way take their next token in one forward pass. One thread owns the model; whatever else
touches the model or the encoder is handed to it (`Engine.run`).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from zhyper.base_config import vocabulary, window
from zhyper.serve.decoding._batch import Row
from zhyper.serve.decoding._decoder import FAILED, Decoder
from zhyper.serve.decoding._fair_queue import FairQueue
from zhyper.serve.decoding._request import Busy, Draining, Piece, Request
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
T = TypeVar("T")
Deliver = Callable[[int, Piece], object]


@dataclass(frozen=True)
class EngineState:
    """What the engine is doing."""

    running: int
    waiting: int
    tokens: int
    """Generated since the start."""
    prompt_tokens: int
    """Read since the start."""
    alive: bool
    draining: bool


class Engine:
    """Answers requests, each under its own modulation.

    Args:
        machine: the model, its adapter and tokenizer. While the engine runs, others may use them by `run`
            only.
        rows: most requests under way at a time.
        queue: most requests that wait.
        positions: most tokens that the rows under way may come to hold, padding included; None stands for
            1,024 for each row.

    Raises:
        ValueError: the model cannot decode rows that come and go.
    """

    def __init__(
        self, machine: TextToAdapter, *, rows: int = 32, queue: int = 256, positions: int | None = None
    ) -> None:
        if min(rows, queue) < 1:
            raise ValueError(f"rows is {rows} and queue is {queue}, but both must be at least 1")
        positions = positions or rows * 1024
        config = machine.model.base.config
        self.machine, self._most_waiting = machine, queue
        self.window = min(window(config) or positions, positions)
        """Most tokens of a prompt and its answer together."""
        self.vocabulary = vocabulary(config)
        self._decoder = Decoder(machine, rows, positions, self._end)
        self._queue, self._jobs = FairQueue(), deque[Callable[[], None]]()
        self._rows, self._cancelled = set[Row](), set[Row]()
        self._ended = deque[float](maxlen=32)
        """When rows ended of late."""
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._loop, name="zhyper-engine", daemon=True)
        self._closed = self._draining = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def state(self) -> EngineState:
        """What the engine is doing now."""
        with self._wake:
            waiting, counts = len(self._queue), self._decoder.counts
            return EngineState(
                running=len(self._rows) - waiting,
                waiting=waiting,
                tokens=counts.generated,
                prompt_tokens=counts.read,
                alive=self._thread.is_alive() and not self._closed,
                draining=self._draining,
            )

    def submit(self, requests: Sequence[Request], deliver: Deliver) -> list[Callable[[], None]]:
        """Take in requests, all of them or none.

        Args:
            requests: which may be under different modulations.
            deliver: gets the place of a request among these and its next piece. It is called in the engine's
                thread, and must be quick and raise nothing.

        Returns:
            For each request, a function that cancels it if it has not ended; its last piece is then
            `cancelled`.

        Raises:
            ValueError: a request that can never be answered.
            Busy: too many wait, or (`Draining`) nothing is taken any more.
        """
        for request in requests:
            self._check(request)
        rows = [
            Row(request, self.machine.tokenizer, partial(deliver, place))
            for place, request in enumerate(requests)
        ]
        with self._wake:
            self._refuse_late()
            self._refuse_full(rows)
            self._rows.update(rows)
            self._queue.put(rows)
            self._wake.notify_all()
        return [partial(self._cancel, row) for row in rows]

    def run(self, job: Callable[[], T]) -> Future[T]:
        """Have something done between two steps, in the thread that owns the model."""
        future: Future[T] = Future()

        def do() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    self._refuse_late()
                    future.set_result(job())
                except BaseException as error:
                    future.set_exception(error)

        with self._wake:
            self._refuse_late()
            self._jobs.append(do)
            self._wake.notify_all()
        return future

    def drain(self, seconds: float) -> bool:
        """Take no more requests, and wait for those under way; False if they did not end in this time."""
        with self._wake:
            self._draining = True
            self._wake.wait_for(lambda: not self._rows or not self._thread.is_alive(), seconds)
            return not self._rows

    def close(self) -> None:
        """Stop the thread; what is under way is cancelled."""
        with self._wake:
            self._closed = self._draining = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _refuse_late(self) -> None:
        if self._draining or self._closed:
            raise Draining("the server is shutting down; ask again later", 10.0)

    def _refuse_full(self, rows: Sequence[Row]) -> None:
        """Raise where the queue cannot take these rows.

        An eighth of the queue is for clients of which no more than that waits: one alone cannot fill it.
        """
        share = self._most_waiting // 8
        counts = Counter(row.request.client for row in rows)
        heavy = any(self._queue.count(client) + count > share for client, count in counts.items())
        most = self._most_waiting - (share if heavy else 0)
        if len(rows) > most:
            raise ValueError(
                f"{len(rows)} answers were asked for at once, but at most {most} may wait; "
                "ask for fewer, or in parts"
            )
        if len(self._queue) + len(rows) > most:
            wait, waiting = self._wait(), len(self._queue)
            raise Busy(f"{waiting} requests wait already; come back in {math.ceil(wait)} seconds", wait)

    def _check(self, request: Request) -> None:
        """Raise ValueError unless a request can be answered."""
        prompt, most = len(request.tokens), request.sampling.max_tokens
        if not prompt or most < 0:
            raise ValueError(
                f"{prompt} prompt tokens and max_tokens = {most} came; a prompt has at least 1, and "
                "max_tokens is at least 0"
            )
        if prompt + most > self.window:
            raise ValueError(
                f"{prompt:,} prompt tokens and max_tokens = {most:,} came, but prompt and answer together "
                f"may have {self.window:,}; shorten the prompt or lower max_tokens"
            )
        for token in (*request.sampling.logit_bias, *request.tokens):
            if not 0 <= token < self.vocabulary:
                raise ValueError(
                    f"token {token} came, but the vocabulary has {self.vocabulary:,}, counted from 0"
                )

    def _wait(self) -> float:
        """Seconds until a place in the queue may be free: how often rows ended of late."""
        if len(self._ended) < 2:
            return 2.0
        return min(60.0, max(1.0, (self._ended[-1] - self._ended[0]) / (len(self._ended) - 1)))

    def _cancel(self, row: Row) -> None:
        with self._wake:
            if row in self._rows:
                self._cancelled.add(row)
                self._wake.notify_all()

    # What follows runs in the engine's thread.

    def _loop(self) -> None:
        seconds = 0.0
        try:
            while self._ready():
                # 1. Jobs that were handed over.
                self._do_jobs(seconds)
                # 2. Rows that were cancelled go, and rows that wait come in.
                self._drop()
                with self._wake:
                    self._decoder.admit(self._queue)
                # 3. One forward pass for those that are read, one for those that decode.
                began = time.monotonic()
                self._decoder.turn()
                seconds = time.monotonic() - began
        except Exception:
            LOG.exception("the engine failed")
        finally:
            # Whoever still waits is told: `closed` makes jobs raise `Draining`.
            with self._wake:
                last = Piece(finish="cancelled") if self._closed else Piece(finish="error", error=FAILED)
                self._closed = True
                jobs, rows = list(self._jobs), list(self._rows)
                self._jobs.clear()
            for job in jobs:
                job()
            for row in rows:
                self._end(row, last)

    def _ready(self) -> bool:
        """Wait for something to do; False when there will be nothing more."""
        with self._wake:
            self._wake.wait_for(lambda: self._closed or self._jobs or self._rows)
            return not self._closed

    def _do_jobs(self, seconds: float) -> None:
        """Do jobs for as long as the last step took: new contexts and answers get equal shares."""
        until = time.monotonic() + seconds
        while self._jobs:
            self._jobs.popleft()()
            if time.monotonic() > until:
                return

    def _drop(self) -> None:
        """Let go of what was cancelled; rows whose prompts are being read go when they have been."""
        with self._wake:
            cancelled = set(self._cancelled)
            waiting = self._queue.remove(cancelled)
        for row in waiting:
            self._end(row, Piece(finish="cancelled"))
        self._decoder.drop(cancelled)

    def _end(self, row: Row, piece: Piece) -> None:
        with self._wake:
            self._rows.discard(row)
            self._cancelled.discard(row)
            self._ended.append(time.monotonic())
            self._wake.notify_all()
        row.deliver(piece)
