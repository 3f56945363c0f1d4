"""The HTTP API as one app: its routes, what stands around them, and how it starts and ends."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from zhyper.bank import CatalogueAway
from zhyper.serve.contexts._policy import Refused
from zhyper.serve.contexts._store import Contexts, NotFound
from zhyper.serve.decoding._engine import Engine
from zhyper.serve.decoding._request import Busy, Draining
from zhyper.serve.http import _chat, _compare, _completions, _context_routes, _operations
from zhyper.serve.http._errors import RETRY_SECONDS, ApiError, error_response, install, refusal
from zhyper.serve.http._guard import LOOPBACK, Guard
from zhyper.serve.http._keys import Admission, Keys
from zhyper.serve.http._limits import Limits
from zhyper.serve.http._logs import RequestLog
from zhyper.serve.http._metrics import Metrics
from zhyper.serve.http._page import page_router
from zhyper.serve.http._prompts import Prompts
from zhyper.serve.http._response_schemas import ChatChunk, ComparisonChunk
from zhyper.serve.http._services import Served
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
Handler = Callable[[Request, Exception], Awaitable[Response]]
SILENT: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry could be told by the environment to send errors, which quote what users wrote, elsewhere."""
GUARDED = (400, 403, 408, 413, 500)
"""What any path may answer: the guard looks at all requests, and bugs are everywhere."""
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = """A language model that answers under a context: a description of what it shall be or do, given in the request.
Without a context it is the bare base. OpenAI's clients work as they are; errors have OpenAI's shape."""


def create_app(
    machine: TextToAdapter,
    engine: Engine,
    contexts: Contexts,
    *,
    keys: Keys,
    limits: Limits,
    hosts: Collection[str] = LOOPBACK,
    drain: float = 30.0,
) -> FastAPI:
    """The HTTP API around an engine and its contexts, ready for an ASGI server.

    Args:
        machine: the generator that is served.
        engine: answers; started with the app, drained and closed with it.
        contexts: finds and keeps contexts; its bank and catalogue stay open, as the app did not open them.
        keys: who may do what; `Keys.none()` lets everybody in.
        limits: of requests and clients.
        hosts: the names a Host header may have.
        drain: seconds that answers under way get when the app ends.
    """
    app = FastAPI(
        title="zhyper", description=DESCRIPTION, version=version("zhyper"), docs_url=None, redoc_url=None, redirect_slashes=False,
        lifespan=_lifespan(engine, drain), telemetry=SILENT,
    )  # fmt: skip
    checkpoint = machine.weights_sha256[:12]
    metrics = Metrics({"version": app.version, "checkpoint": checkpoint, "base": machine.spec.base})
    metrics.watch(lambda: engine.state, lambda: len(contexts.bank))
    app.state.admission = Admission(keys, limits, metrics.refuse)
    prompts = Prompts(machine.tokenizer, machine.spec.chat_template, engine.window)
    app.state.served = Served(
        machine=machine, engine=engine, contexts=contexts, limits=limits, metrics=metrics, prompts=prompts,
        fingerprint=f"zhyper-{checkpoint}",
    )  # fmt: skip
    _routes(app)
    _refusals(app, metrics)
    app.add_middleware(
        Guard, limits=limits, hosts=hosts, identify=app.state.admission.identify, on_refuse=metrics.refuse
    )
    app.add_middleware(RequestLog, observe=metrics.observe)
    return app


def _lifespan(engine: Engine, drain: float) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Starts the engine with the app, and ends it in good order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine.start()
        gc.collect()
        gc.freeze()  # a large body makes many objects, and each collection would look through those of the model's libraries again
        try:
            yield
        finally:
            gc.unfreeze()
            await asyncio.to_thread(engine.drain, drain)
            await asyncio.to_thread(engine.close)

    return lifespan


def _routes(app: FastAPI) -> None:
    """Put the routes and their document into the app, and remember the methods of each path."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    app.state.methods = defaultdict(set)
    for router in (
        _chat.router,
        _completions.router,
        _compare.router,
        _context_routes.router,
        _operations.router,
        page_router(),
    ):
        app.include_router(router)
        for route in router.routes:
            assert isinstance(route, APIRoute)
            app.state.methods[route.path] |= route.methods


def _refusals(app: FastAPI, metrics: Metrics) -> None:
    """What the parts below refuse or cannot do, as answers."""
    install(app)

    def answer(kind: type[Exception], told: Callable[[Any], ApiError], reason: str | None = None) -> None:
        async def on_error(request: Request, error: Exception) -> Response:
            if reason is not None:
                metrics.refuse(reason)
            if isinstance(error, CatalogueAway):
                LOG.warning("%s", error)
            return error_response(told(error))

        app.add_exception_handler(kind, on_error)

    answer(NotFound, lambda error: ApiError(404, _sentence(error), code="context_not_found"))
    answer(Refused, lambda error: ApiError(403, str(error), code="refused_by_policy"), "policy")
    away = "the database of contexts cannot be reached, so only texts can be contexts now; try again later"
    answer(CatalogueAway, lambda error: ApiError(503, away, code="database_away", retry_after=RETRY_SECONDS))
    answer(
        Draining,
        lambda error: ApiError(503, str(error), code="shutting_down", retry_after=error.retry_after),
        "busy",
    )
    answer(
        Busy,
        lambda error: ApiError(429, str(error), code="server_busy", retry_after=error.retry_after),
        "busy",
    )


def _sentence(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)  # a KeyError's text has quotation marks


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what FastAPI makes, without its own shape of a 422, which this server never sends."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for path in found["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                for status in GUARDED:
                    operation["responses"].setdefault(str(status), refusal(status))
                operation["security"] = [{}, {"bearer": []}]
        parts = found.setdefault("components", {})
        for name in ("HTTPValidationError", "ValidationError"):
            parts.get("schemas", {}).pop(name, None)
        _, chunks = models_json_schema(
            [(ChatChunk, "serialization"), (ComparisonChunk, "serialization")], ref_template=REFERENCE
        )
        parts["schemas"] |= chunks["$defs"]  # what streams are of; no route refers to them
        parts["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, where the server wants one.",
            }
        }
        app.openapi_schema = found
    return app.openapi_schema
