"""Structured logs: a JSON object on a line, with the request's id, never a secret, prompt or description."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
import traceback
import uuid
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhyper.serve.http._errors import RETRY_SECONDS, ApiError, error_response

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is being answered."""
HEADER = "X-Request-Id"
Observer = Callable[[str, str, int, float], None]
"""Is told the method, route, status and seconds of each request."""

logger = logging.getLogger(__name__)

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_LENGTH = 2_000
_QUIET = frozenset(("/health", "/ready", "/metrics"))


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: `time` (UTC), `level`, `event`, `request`, and the record's `fields`.

    Of an exception there are its type and where it came from; its words may hold what a user wrote, so they
    are left out. JSON escapes control characters, so nothing that is logged can begin a line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage()[:_LENGTH],
            "logger": record.name,
            "request": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["trace"] = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=True, default=str)


def log_json(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs and warnings of this process to `stream` (standard error), as JSON.

    `level` is that of our own lines. Other libraries may warn, no more, as they know of no secrets; uvicorn
    may also say that it starts and stops, but its access log is silenced, as `RequestLog` has one without
    queries. Of a Python warning only its kind and place are logged: those of far descriptions quote the
    description.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    least_levels = {"zhyper": level, "uvicorn": "INFO", "uvicorn.error": "INFO", "uvicorn.access": "CRITICAL"}
    for name, least in least_levels.items():
        log = logging.getLogger(name)
        log.handlers.clear()
        log.propagate = True
        log.setLevel(least)
    warnings.showwarning = _log_warning


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    fields = {"category": category.__name__, "place": f"{filename}:{lineno}"}
    logger.warning("warning", extra={"fields": fields})


class RequestLog:
    """ASGI middleware, the outermost one: an id for each request, a line in the log, numbers for the metrics.

    The id is that of a well-formed `X-Request-Id`, or a new one; it is in `request.state.request_id`, in
    each line that is logged meanwhile, and in the answer. Routes put numbers of tokens into
    `request.state.tokens` and `.prompt_tokens`. A request that fails without an answer gets a 500 in
    OpenAI's shape, and its error stays here; one that the ASGI server cancels, as it ends, a 503.

    Args:
        app: what answers.
        observe: is told of each request.
    """

    def __init__(self, app: ASGIApp, *, observe: Observer = lambda *request: None) -> None:
        self.app, self.observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(HEADER, "")
        own = sent if _ID.fullmatch(sent) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = own
        token = request_id.set(own)
        answer = _Answer(send, own)
        try:
            await self._answer(scope, receive, answer)
        finally:
            self._log(scope, answer)
            request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self.app(scope, receive, answer)
        except asyncio.CancelledError:  # by the ASGI server, which has waited long enough and ends
            logger.warning("request cancelled, as the server ends")
            sentence = "the server is shutting down; ask again later"
            error = ApiError(503, sentence, code="shutting_down", retry_after=RETRY_SECONDS)
        except Exception:
            logger.exception("request failed")
            sentence = "the server failed at this request; its log says why"
            error = ApiError(500, sentence, code="internal_error")
        else:
            return
        if answer.status is None:
            await error_response(error)(scope, receive, answer)

    def _log(self, scope: Scope, answer: _Answer) -> None:
        seconds, status = time.perf_counter() - answer.began, answer.status or 499
        self.observe(scope["method"], route_of(scope), status, seconds)
        state = scope["state"]
        fields = {
            "method": scope["method"][:16],
            "path": scope["path"][:200],
            "status": status,
            "milliseconds": round(1000 * seconds, 1),
            "client": key.name if (key := state.get("key")) else None,
            "prompt_tokens": state.get("prompt_tokens"),
            "tokens": state.get("tokens"),
            "complete": answer.complete,
        }
        quiet = scope["path"] in _QUIET and status < 400
        logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"fields": fields})


class _Answer:
    """A `send` that puts the id into the answer, and remembers what went out."""

    def __init__(self, send: Send, own: str) -> None:
        self.send, self.own, self.began = send, own, time.perf_counter()
        self.status: int | None = None
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.own
        await self.send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.complete = True


def route_of(scope: Scope) -> str:
    """The template of a request's route, such as `/v1/contexts/{id}`; `unmatched` where there is none."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
