"""Whether the server lives and is ready, its numbers, and the names that `model` may have."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, PlainTextResponse, Response

from zhyper.serve.http._errors import documented
from zhyper.serve.http._keys import Gate
from zhyper.serve.http._metrics import CONTENT_TYPE
from zhyper.serve.http._response_schemas import Health, ModelAnswer, ModelList
from zhyper.serve.http._services import MODEL, Asker, Here, Served, context_of_model, no_model
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute)
_NOT: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "Not now"}}


def _answer(reasons: list[str]) -> Response:
    body = Health(status="not ready" if reasons else "ok", reasons=reasons)
    return JSONResponse(body.model_dump(), 503 if reasons else 200, {"Retry-After": "5"} if reasons else None)


@router.get("/health", response_model=Health, responses=_NOT, tags=["Operations"])
async def health(served: Here) -> Response:
    """Whether the server lives: start it again if not."""
    state = served.engine.state
    return _answer(
        [] if state.alive or state.draining else ["the engine has stopped; start the server again"]
    )


@router.get("/ready", response_model=Health, responses=_NOT, tags=["Operations"])
async def ready(served: Here) -> Response:
    """Whether the server takes requests now: it does not while it shuts down, or its engine or database is away."""
    state = served.engine.state
    reasons = ["the server is shutting down"] if state.draining else []
    reasons += [] if state.alive or state.draining else ["the engine has stopped"]
    reasons += [] if await served.contexts.reachable() else ["the database of contexts is away"]
    return _answer(reasons)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=documented(401, 403, 429),
    dependencies=[Depends(Gate("metrics"))],
    tags=["Operations"],
)
async def metrics(served: Here) -> Response:
    """Numbers for Prometheus."""
    return Response(served.metrics.render(), media_type=CONTENT_TYPE)


def _model(
    served: Served, name: str | None = None, owner: str = MODEL, created: int | None = None
) -> ModelAnswer:
    return ModelAnswer(
        id=MODEL if name is None else f"{MODEL}/{name}", created=created or served.started, owned_by=owner
    )


@router.get(
    "/v1/models", response_model=ModelList, responses=documented(401, 403, 429, 500, 503), tags=["OpenAI"]
)
async def models(served: Here, key: Asker) -> Any:
    """`zhyper`, the bare base, and `zhyper/<name>` of each named context that the key may see."""
    found = await served.contexts.named(key.name, served.limits.models)
    named = [_model(served, entry.name, entry.owner, int(entry.created.timestamp())) for entry in found]
    return ModelList(data=[_model(served), *named])


@router.get(
    "/v1/models/{model:path}",
    response_model=ModelAnswer,
    responses=documented(400, 401, 403, 404, 429, 500, 503),
    tags=["OpenAI"],
)
async def model(model: str, served: Here, key: Asker) -> Any:
    """One of the names that `model` may have; besides those of the list, `zhyper/<id>`."""
    asked = context_of_model(model, 1.0)
    if asked is None:
        return _model(served)
    entry = await served.contexts.find(asked, key.name)
    if entry is None:
        raise no_model(model)
    return _model(served, model.partition("/")[2], entry.owner, int(entry.created.timestamp()))
