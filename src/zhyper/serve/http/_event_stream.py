"""Answers under way: gathered for one body, or streamed as server-sent events. What nobody waits for any more is cancelled."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from zhyper.serve.decoding._request import Piece, Request, Token
from zhyper.serve.http._errors import ApiError, asking, error_body
from zhyper.serve.http._response_schemas import Finish
from zhyper.serve.http._services import Served

LOG = logging.getLogger("zhyper.serve")
PING_SECONDS = 10.0
"""Silence after which a stream sends a comment, so that nothing between here and the client takes it for dead."""
DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"


def event(chunk: BaseModel) -> bytes:
    """A server-sent event of what is set in a chunk."""
    return b"data: " + chunk.model_dump_json(exclude_unset=True).encode() + b"\n\n"


class Answers:
    """Requests that the engine has taken. Leaving the block cancels what is left of them.

    Args:
        served: whose engine takes all of them, or none.
        http: the request they come from; its state gets the numbers of tokens, for the log.
        requests: at least one.

    Raises:
        ApiError: 400 for a request that cannot be answered, such as one too long.
        Busy: the queue is full, or the engine is shutting down.
    """

    def __init__(self, served: Served, http: HttpRequest, requests: Sequence[Request]) -> None:
        self._loop, self._pieces = asyncio.get_running_loop(), asyncio.Queue[tuple[int, Piece]]()
        self._left, self._count = len(requests), 0
        self._begun, self._metrics, self._state = time.monotonic(), served.metrics, http.state
        with asking():
            self._cancel = served.engine.submit(requests, self._deliver)
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
        self._state.tokens = self._count

    async def next(self, seconds: float | None = None) -> tuple[int, Piece] | None:
        """The next piece and which request it belongs to; None after so many seconds without one.

        Raises ApiError for one that failed.
        """
        try:
            index, piece = (
                self._pieces.get_nowait()
                if not self._pieces.empty()
                else await asyncio.wait_for(self._pieces.get(), seconds)
            )
        except TimeoutError:
            return None
        if piece.overflow:
            raise ApiError(400, str(piece.error), param="context_strength", code="context_out_of_bounds")
        if piece.finish == "error":
            raise ApiError(500, str(piece.error), code="generation_failed")
        if piece.finish == "cancelled":
            raise ApiError(
                503,
                "the server is shutting down, and cancelled this request; send it again",
                code="cancelled",
                retry_after=5,
            )
        if self._count == 0 < piece.count:
            self._metrics.first_token(time.monotonic() - self._begun)
        self._count += piece.count
        self._left -= piece.finish is not None
        return index, piece

    @property
    def done(self) -> bool:
        """Whether every request has ended."""
        return self._left == 0


def finish_of(piece: Piece) -> Finish | None:
    """Why an answer ended with this piece; None if it did not."""
    assert piece.finish in ("stop", "length", None), piece.finish  # `Answers.next` raises for the others
    return piece.finish  # type: ignore[return-value]


class Gathered:
    """One answer as a whole."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.tokens: list[Token] = []
        self.count = 0
        self.finish: Finish = "length"

    def add(self, piece: Piece) -> None:
        """Put a piece behind those before it."""
        self.texts.append(piece.text)
        self.tokens += piece.tokens
        self.count += piece.count
        self.finish = finish_of(piece) or self.finish

    @property
    def text(self) -> str:
        """What was answered."""
        return "".join(self.texts)


async def gather(served: Served, http: HttpRequest, requests: Sequence[Request]) -> list[Gathered]:
    """The whole answers to requests, in their order.

    Raises:
        ApiError: one failed (500, 503), or the client has gone (499, which nobody sees); the others are cancelled.
        Busy: as `Answers`.
    """
    with Answers(served, http, requests) as answers:
        work = asyncio.ensure_future(_gather(answers, len(requests)))
        gone = asyncio.ensure_future(_gone(http.receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ApiError(499, "the client has gone")
            return work.result()
        finally:
            await _stop(work, gone)


async def _gather(answers: Answers, count: int) -> list[Gathered]:
    whole = [Gathered() for _ in range(count)]
    while not answers.done:
        found = await answers.next()
        assert found is not None
        whole[found[0]].add(found[1])
    return whole


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until they have ended, whatever they raise."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Narrator = Callable[[Answers], AsyncIterator[bytes]]
"""Makes events of the answers under way, and a ping where `Answers.next` gives nothing."""


class EventStream(Response):
    """Answers as server-sent events.

    The engine takes the requests before the first byte, so that a refusal still has its own status. When the client goes, takes
    nothing for `served.limits.stall` seconds, or the response is cancelled, the requests are cancelled too.

    Args:
        served: whose engine answers.
        http: the request.
        requests: what to answer.
        narrate: makes events of the pieces.
    """

    media_type = "text/event-stream"

    def __init__(
        self, served: Served, http: HttpRequest, requests: Sequence[Request], narrate: Narrator
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._served, self._http, self._requests, self._narrate = served, http, requests, narrate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events, unless the client goes before."""
        with Answers(self._served, self._http, self._requests) as answers:
            work = asyncio.ensure_future(self._send(answers, send))
            gone = asyncio.ensure_future(_gone(receive))
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            except (OSError, TimeoutError):  # the client has gone, or takes nothing
                LOG.info("a stream was dropped: its reader is gone or takes nothing")
            finally:
                await _stop(work, gone)

    async def _send(self, answers: Answers, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._told(answers):
            async with asyncio.timeout(self._served.limits.stall):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        async with asyncio.timeout(self._served.limits.stall):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _told(self, answers: Answers) -> AsyncIterator[bytes]:
        """The events; an error in the middle is one too."""
        try:
            async for chunk in self._narrate(answers):
                yield chunk
        except ApiError as error:
            body = error_body(error.status_code, str(error.detail), error.param, error.code)
            yield f"data: {json.dumps(body)}\n\n".encode()
        yield DONE
