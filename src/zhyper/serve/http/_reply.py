"""One way to answer for chats, completions and comparisons: whole, or as server-sent events.

Starlette has no such response that cancels the work behind it when its reader goes or stalls; this one does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from zhyper.serve.contexts import AppliedContext
from zhyper.serve.decoding import Piece, Request
from zhyper.serve.http._errors import ApiError, ErrorAnswer, error_body
from zhyper.serve.http._request_schemas import AskFields
from zhyper.serve.http._response_schemas import Under, Usage
from zhyper.serve.http._running_answers import Answer, RunningAnswers, gather, unless_gone
from zhyper.serve.http._services import Services

LOG = logging.getLogger("zhyper.serve")
PING_SECONDS = 10.0
"""Silence after which a stream sends a comment, so that no proxy takes it for dead."""
DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"


class Reply(ABC):
    """The shapes of the answers to one HTTP request; answers are counted from 0."""

    @abstractmethod
    def whole(self, answers: Sequence[Answer]) -> BaseModel:
        """All answers at once."""

    @abstractmethod
    def opening(self) -> Iterator[BaseModel]:
        """The events before the first piece."""

    @abstractmethod
    def growth(self, index: int, piece: Piece, count: int) -> Iterator[BaseModel]:
        """The events of a piece of an answer, which now has `count` tokens."""

    def closing(self, count: int) -> Iterator[BaseModel]:
        """The events after the last piece, where all answers have `count` tokens."""
        yield from ()


@dataclass(frozen=True)
class ChoicesReply(Reply):
    """What chats and completions have in common; `under` is in the first event, the usage in the last."""

    chunk: ClassVar[type[BaseModel]]
    body: AskFields
    head: dict[str, Any]
    under: Under
    prompt_tokens: int

    def event(self, choice: BaseModel, *, first: bool = False) -> BaseModel:
        """An event of one choice."""
        context = {"zhyper": self.under} if first else {}
        return self.chunk(**self.head, choices=[choice], **context)

    def closing(self, count: int) -> Iterator[BaseModel]:
        if self.body.include_usage:
            yield self.chunk(**self.head, choices=[], usage=usage(self.prompt_tokens, count))

    def total(self, answers: Sequence[Answer]) -> Usage:
        """The usage of all answers."""
        return usage(self.prompt_tokens, sum(answer.count for answer in answers))


async def respond(
    services: Services, http: HttpRequest, requests: Sequence[Request], reply: Reply, *, stream: bool | None
) -> Any:
    """The answers to requests in the shape of a reply."""
    if stream:
        return EventStream(services, http, requests, reply)
    return reply.whole(await gather(services, http, requests))


class EventStream(Response):
    """Answers as server-sent events.

    The engine takes the requests before the first byte, so that a refusal still has its own status. When the
    client goes, takes nothing for `services.limits.stall` seconds, or the response is cancelled, the requests
    are cancelled too.

    Args:
        services: whose engine answers.
        http: the request.
        requests: what to answer.
        reply: makes events of the pieces.
    """

    media_type = "text/event-stream"

    def __init__(
        self, services: Services, http: HttpRequest, requests: Sequence[Request], reply: Reply
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._services, self._http, self._requests, self._reply = services, http, requests, reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events, unless the client goes before."""
        with RunningAnswers(self._services, self._http, self._requests) as running:
            try:
                await unless_gone(self._send(running, send), receive)
            except (OSError, TimeoutError):  # the client has gone, or takes nothing
                LOG.info("a stream was dropped: its reader is gone or takes nothing")

    async def _send(self, running: RunningAnswers, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks(running):
            async with asyncio.timeout(self._services.limits.stall):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        async with asyncio.timeout(self._services.limits.stall):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self, running: RunningAnswers) -> AsyncIterator[bytes]:
        """The events; an error in the middle is one too."""
        try:
            for model in self._reply.opening():
                yield _event(model)
            while not running.done:
                step = await running.next(PING_SECONDS)
                if step is None:
                    yield PING
                    continue
                index, piece = step
                for model in self._reply.growth(index, piece, running.counts[index]):
                    yield _event(model)
            for model in self._reply.closing(sum(running.counts)):
                yield _event(model)
        except ApiError as error:
            body = error_body(error.status_code, str(error.detail), error.param, error.code)
            yield f"data: {json.dumps(body)}\n\n".encode()
        yield DONE


def _event(model: BaseModel) -> bytes:
    """A server-sent event of the fields that are set."""
    return b"data: " + model.model_dump_json(exclude_unset=True).encode() + b"\n\n"


def head(services: Services, model: str, kind: str) -> dict[str, Any]:
    """What all events of one answer of OpenAI's API begin with: those of an answer that begins now."""
    return {
        "id": f"{kind}-{uuid.uuid4().hex}",
        "created": int(time.time()),
        "model": model,
        "system_fingerprint": services.fingerprint,
    }


def under(context: AppliedContext) -> Under:
    """What an answer says of its context."""
    return Under(
        context=context.id,
        strength=context.strength,
        distance=context.distance,
        far=context.far,
        note=context.note,
    )


def usage(prompt: int, answer: int) -> Usage:
    """The usage of a number of tokens."""
    return Usage(prompt_tokens=prompt, completion_tokens=answer, total_tokens=prompt + answer)


def streamed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The document of a route that can stream: a chunk as JSON in each event's data, `[DONE]` in the last."""
    chunks = [{"$ref": f"#/components/schemas/{name}"} for name in (model.__name__, ErrorAnswer.__name__)]
    data = [
        {"const": "[DONE]"},
        {"type": "string", "contentMediaType": "application/json", "contentSchema": {"anyOf": chunks}},
    ]
    shape = {"type": "object", "properties": {"data": {"anyOf": data}}, "required": ["data"]}
    description = "Whole, or as events where `stream` is true."
    return {200: {"content": {"text/event-stream": {"itemSchema": shape}}, "description": description}}
