"""Whether the server lives and is ready, its numbers, and the names that `model` may have."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, PlainTextResponse, Response

from zhyper.bank import Entry
from zhyper.serve.http._errors import RETRY_SECONDS, documented
from zhyper.serve.http._keys import Gate
from zhyper.serve.http._metrics import CONTENT_TYPE
from zhyper.serve.http._request_reading import MODEL, model_query, no_model
from zhyper.serve.http._response_schemas import Health, ModelAnswer, ModelList
from zhyper.serve.http._services import AppServices, AskKey, Services
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute)
_NOT_NOW: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "Not now"}}


def _health(reasons: list[str]) -> Response:
    body = Health(status="not ready" if reasons else "ok", reasons=reasons).model_dump()
    return JSONResponse(body, 503, {"Retry-After": str(RETRY_SECONDS)}) if reasons else JSONResponse(body)


@router.get("/health", response_model=Health, responses=_NOT_NOW, tags=["Operations"])
async def health(services: AppServices) -> Response:
    """Whether the server lives: start it again if not."""
    state = services.engine.state
    lives = state.alive or state.draining
    return _health([] if lives else ["the engine has stopped; start the server again"])


@router.get("/ready", response_model=Health, responses=_NOT_NOW, tags=["Operations"])
async def ready(services: AppServices) -> Response:
    """Whether the server takes requests now: it does not while it shuts down, or its engine or database is away."""  # noqa: E501 - in the OpenAPI document
    state = services.engine.state
    reasons = {
        "the server is shutting down": state.draining,
        "the engine has stopped": not (state.alive or state.draining),
        "the database of contexts is away": not await services.contexts.is_reachable(),
    }
    return _health([reason for reason, applies in reasons.items() if applies])


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=documented(401, 403, 429),
    dependencies=[Depends(Gate("metrics"))],
    tags=["Operations"],
)
async def metrics(services: AppServices) -> Response:
    """Numbers for Prometheus."""
    return Response(services.metrics.render(), media_type=CONTENT_TYPE)


def _named(entry: Entry, ref: str | None) -> ModelAnswer:
    created = int(entry.created.timestamp())
    return ModelAnswer(id=f"{MODEL}/{ref}", created=created, owned_by=entry.owner)


def _base(services: Services) -> ModelAnswer:
    return ModelAnswer(id=MODEL, created=services.started, owned_by=MODEL)


@router.get(
    "/v1/models", response_model=ModelList, responses=documented(401, 403, 429, 500, 503), tags=["OpenAI"]
)
async def models(services: AppServices, key: AskKey) -> Any:
    """`zhyper`, the bare base, and `zhyper/<name>` of each named context that the key may see."""
    catalogue, most = services.contexts.catalogue, services.limits.models
    entries = await asyncio.to_thread(catalogue.list, key.name, limit=most, named=True)
    return ModelList(data=[_base(services), *(_named(entry, entry.name) for entry in entries)])


@router.get(
    "/v1/models/{model:path}",
    response_model=ModelAnswer,
    responses=documented(400, 401, 403, 404, 429, 500, 503),
    tags=["OpenAI"],
)
async def model(model: str, services: AppServices, key: AskKey) -> Any:
    """One of the names that `model` may have; besides those of the list, `zhyper/<id>`."""
    query = model_query(model, 1.0)
    if query is None:
        return _base(services)
    entry = await services.contexts.resolver.find(query, key.name)
    if entry is None:
        raise no_model(model)
    return _named(entry, model.partition("/")[2])
