"""The HTTP API as one app: its routes, what stands around them, and how it starts and ends."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from zhyper.bank import CatalogueUnavailable
from zhyper.serve.contexts import Contexts, NotFound, Refused
from zhyper.serve.decoding import Busy, Draining, Engine
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
from zhyper.serve.http._services import ContextServices, Services
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
SILENT: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry could send errors, which quote what users wrote, where the environment says."""
METHODS = ("GET", "POST", "DELETE")
EXPOSED = ("Retry-After", "X-Request-Id")
"""Of requests that pages of other origins may send, and the headers of answers that they may read."""
GUARDED = (400, 403, 408, 413, 500)
"""What any path may answer: the guard looks at all requests, and bugs are everywhere."""
REFERENCE = "#/components/schemas/{model}"
BEARER = "An API key, where the server wants one."
DESCRIPTION = """A language model that answers under a context: a description of what it shall be or do, \
given in the request.
Without a context it is the bare base. OpenAI's clients work as they are; errors have OpenAI's shape."""


def create_app(
    machine: TextToAdapter,
    engine: Engine,
    contexts: Contexts,
    *,
    keys: Keys,
    limits: Limits,
    hosts: Collection[str] = LOOPBACK,
    origins: Collection[str] = (),
    drain: float = 30.0,
) -> FastAPI:
    """The HTTP API around an engine and its contexts, ready for an ASGI server.

    Args:
        machine: the generator that is served.
        engine: answers; started with the app, drained and closed with it.
        contexts: finds and stores contexts; its bank and catalogue stay open, as the app did not open them.
        keys: who may do what; `Keys.none()` lets everybody in.
        limits: of requests and clients.
        hosts: the names a Host header may have.
        origins: of pages, besides its own, that may ask it from a browser.
        drain: seconds that answers under way get when the app ends.
    """
    app = FastAPI(
        title="zhyper", description=DESCRIPTION, version=version("zhyper"), docs_url=None, redoc_url=None,
        redirect_slashes=False, lifespan=_lifespan(engine, drain), telemetry=SILENT,
    )  # fmt: skip
    checkpoint = machine.weights_sha256[:12]
    metrics = Metrics({"version": app.version, "checkpoint": checkpoint, "base": machine.spec.base})
    metrics.watch(lambda: engine.state, lambda: len(contexts.bank))
    app.state.admission = Admission(keys, limits, metrics.refuse)
    prompts = Prompts(machine.tokenizer, machine.spec.chat_template, engine.window)
    app.state.services = Services(
        machine=machine, engine=engine, contexts=contexts, limits=limits, metrics=metrics, prompts=prompts,
        fingerprint=f"zhyper-{checkpoint}",
    )  # fmt: skip
    _routes(app)
    _refusals(app, metrics.refuse)
    identify = app.state.admission.identify
    app.add_middleware(
        Guard, limits=limits, hosts=hosts, origins=origins, identify=identify, on_refuse=metrics.refuse
    )
    if origins:  # around the guard, so that these pages can read what it refuses
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=METHODS, allow_headers=["*"],
            allow_private_network=True, expose_headers=EXPOSED,
        )  # fmt: skip
    app.add_middleware(RequestLog, observe=metrics.observe)
    return app


def _lifespan(engine: Engine, drain: float) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Starts the engine with the app, and ends it in good order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine.start()
        gc.collect()
        gc.freeze()  # large bodies make many objects; collections need not look through those of libraries
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
    parts = (_chat, _completions, _compare, _context_routes, _operations)
    for router in (*(part.router for part in parts), page_router()):
        _include(app, router)


def _include(app: FastAPI, router: APIRouter) -> None:
    app.include_router(router)
    for route in router.routes:
        assert isinstance(route, APIRoute)
        app.state.methods[route.path] |= route.methods


def contexts_app(machine: TextToAdapter, contexts: Contexts, limits: Limits, owner: str) -> FastAPI:
    """The routes of contexts alone, for an app of another engine, which lets in whom it will.

    Args:
        machine: the generator.
        contexts: as of `create_app`.
        limits: of requests.
        owner: whose contexts all are that are made.
    """
    app = FastAPI(
        title="zhyper", version=version("zhyper"), docs_url=None, redoc_url=None, redirect_slashes=False,
        telemetry=SILENT,
    )  # fmt: skip
    app.state.admission = Admission(Keys.none(), limits, local=owner)
    app.state.services = ContextServices(machine=machine, contexts=contexts, limits=limits)
    app.state.methods = defaultdict(set)
    _include(app, _context_routes.router)
    _refusals(app)
    return app


def _refusals(app: FastAPI, on_refuse: Callable[[str], None] = lambda reason: None) -> None:
    """What the parts below refuse or cannot do, as answers."""
    install(app)
    away = "the database of contexts cannot be reached, so only texts can be contexts now; try again later"
    rows: dict[type[Exception], tuple[int, str, str | None]] = {
        NotFound: (404, "context_not_found", None),
        Refused: (403, "refused_by_policy", "policy"),
        CatalogueUnavailable: (503, "database_away", None),
        Draining: (503, "shutting_down", "busy"),
        Busy: (429, "server_busy", "busy"),
    }
    """Status, code, and the reason that the metrics count."""

    async def answer(request: Request, error: Exception) -> Response:
        status, code, reason = next(rows[kind] for kind in type(error).__mro__ if kind in rows)
        sentence, retry = str(error), getattr(error, "retry_after", None)
        if reason is not None:
            on_refuse(reason)
        if isinstance(error, CatalogueUnavailable):
            LOG.warning("%s", error)
            sentence, retry = away, RETRY_SECONDS
        return error_response(ApiError(status, sentence, code=code, retry_after=retry))

    for kind in rows:
        app.add_exception_handler(kind, answer)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what FastAPI makes, without its shape of a 422, which this server never sends."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for operation in (each for path in document["paths"].values() for each in path.values()):
            operation["responses"].pop("422", None)
            for status in GUARDED:
                operation["responses"].setdefault(str(status), refusal(status))
            operation["security"] = [{}, {"bearer": []}]
        parts = document.setdefault("components", {})
        for name in ("HTTPValidationError", "ValidationError"):
            parts.get("schemas", {}).pop(name, None)
        chunks: Any = [(ChatChunk, "serialization"), (ComparisonChunk, "serialization")]
        _, definitions = models_json_schema(chunks, ref_template=REFERENCE)
        parts["schemas"] |= definitions["$defs"]  # what streams are of; no route refers to them
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "description": BEARER}}
        app.openapi_schema = document
    return app.openapi_schema
