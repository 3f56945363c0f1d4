"""Answers under way, and whole ones. What nobody waits for any more is cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.types import Receive

from zhyper.serve.decoding import Piece, Request, Token
from zhyper.serve.http._errors import ApiError, blamed
from zhyper.serve.http._response_schemas import Finish
from zhyper.serve.http._services import Services

T = TypeVar("T")


class RunningAnswers:
    """Requests that the engine has taken. Leaving the block cancels what is left of them.

    Args:
        services: whose engine takes all of them, or none.
        http: the request they come from; its state gets the numbers of tokens, for the log.
        requests: at least one.

    Raises:
        ApiError: 400 for a request that cannot be answered, such as one too long.
        Busy: the queue is full, or the engine is shutting down.
    """

    def __init__(self, services: Services, http: HttpRequest, requests: Sequence[Request]) -> None:
        self._loop, self._pieces = asyncio.get_running_loop(), asyncio.Queue[tuple[int, Piece]]()
        self._left = len(requests)
        self.counts = [0] * len(requests)
        """Tokens of each answer so far."""
        self._begun, self._metrics, self._state = time.monotonic(), services.metrics, http.state
        with blamed():
            self._cancel = services.engine.submit(requests, self._deliver)
        http.state.prompt_tokens = sum(len(request.tokens) for request in requests)

    def _deliver(self, index: int, piece: Piece) -> None:
        """Runs in the engine's thread."""
        with suppress(RuntimeError):  # the loop is closed: the server is shutting down
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, (index, piece))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for cancel in self._cancel:
            cancel()
        self._state.tokens = sum(self.counts)

    async def next(self, seconds: float | None = None) -> tuple[int, Piece] | None:
        """The next piece and which request it belongs to; None after so many seconds without one.

        Raises ApiError for one that failed.
        """
        try:
            waits = self._pieces.empty()
            async with asyncio.timeout(seconds if waits else None):
                index, piece = await self._pieces.get()
        except TimeoutError:
            return None
        if piece.overflow:
            raise ApiError(400, str(piece.error), param="context_strength", code="context_out_of_bounds")
        if piece.finish == "error":
            raise ApiError(500, str(piece.error), code="generation_failed")
        if piece.finish == "cancelled":
            sentence = "the server is shutting down, and cancelled this request; send it again"
            raise ApiError(503, sentence, code="cancelled", retry_after=5)
        if not any(self.counts) and piece.count:
            self._metrics.first_token(time.monotonic() - self._begun)
        self.counts[index] += piece.count
        self._left -= piece.finish is not None
        return index, piece

    @property
    def done(self) -> bool:
        """Whether every request has ended."""
        return self._left == 0


def finish_of(piece: Piece) -> Finish | None:
    """Why an answer ended with this piece; None if it did not."""
    assert piece.finish in ("stop", "length", None), piece.finish  # `RunningAnswers.next` raises for others
    return piece.finish  # type: ignore[return-value]


@dataclass
class Answer:
    """One answer as a whole."""

    text: str = ""
    tokens: list[Token] = field(default_factory=list)
    prompt: Sequence[Token] = ()
    count: int = 0
    finish: Finish = "length"


async def gather(services: Services, http: HttpRequest, requests: Sequence[Request]) -> list[Answer]:
    """The whole answers to requests, in their order.

    Raises:
        ApiError: one failed (500, 503), or the client has gone (499, which nobody sees); the others are
            cancelled.
        Busy: as `RunningAnswers`.
    """
    with RunningAnswers(services, http, requests) as running:
        answers = await unless_gone(_gather(running), http.receive)
    if answers is None:
        raise ApiError(499, "the client has gone")
    return answers


async def _gather(running: RunningAnswers) -> list[Answer]:
    answers = [Answer() for _ in running.counts]
    texts: list[list[str]] = [[] for _ in answers]
    while not running.done:
        step = await running.next()
        assert step is not None, "only a limit of seconds gives None"
        index, piece = step
        texts[index].append(piece.text)
        answers[index].tokens += piece.tokens
        answers[index].prompt = piece.prompt or answers[index].prompt
        answers[index].finish = finish_of(piece) or answers[index].finish
    for answer, parts, count in zip(answers, texts, running.counts, strict=True):
        answer.text, answer.count = "".join(parts), count
    return answers


async def unless_gone(work: Coroutine[Any, Any, T], receive: Receive) -> T | None:
    """The result of some work; None if the client goes before, which cancels it."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
