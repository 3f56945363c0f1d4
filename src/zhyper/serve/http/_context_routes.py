"""`/v1/contexts`: contexts stored under an id and a name, listed, searched, mapped, and given as adapters."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath
from pydantic import BeforeValidator
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from zhyper.bank import Entry, NameTaken
from zhyper.modulation import note_on_weights
from zhyper.serve.contexts import ADDRESS, ContextQuery, check_name, is_address
from zhyper.serve.http import _response_schemas as shapes
from zhyper.serve.http._errors import ApiError, blamed, documented
from zhyper.serve.http._keys import Key
from zhyper.serve.http._request_reading import check, context_query
from zhyper.serve.http._request_schemas import (
    AdapterRequest,
    ContextRequest,
    IdWeight,
    SearchRequest,
    TextWeight,
)
from zhyper.serve.http._services import AppContexts, ContextServices, ReadKey, WriteKey
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["Contexts"])
PART = "A part of the description or name."
ERRORS = (400, 401, 403, 404, 408, 413, 415, 429, 500, 503)


def _boolean(value: Any) -> Any:
    if value not in ("true", "false", True, False, None):
        raise ValueError("expected true or false")
    return value


Id = Annotated[str, InPath(pattern=ADDRESS.pattern.join("^$"), description="Of a context: 64 hex digits.")]
Limit = Annotated[int, Query(ge=1, description="At most so many; the server has a limit of its own.")]
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Factor = Annotated[float, Query(allow_inf_nan=False, description="Factor on the strength it was kept with.")]


def _no_context(id: str) -> ApiError:
    sentence = f"there is no context {id[:12]}..., or it is not yours to see"
    return ApiError(404, sentence, code="context_not_found")


async def _answers(services: ContextServices, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries as answers show them."""
    distances = await services.contexts.distances(entries)
    far_above = services.far_above
    return [
        {
            "id": entry.id,
            "description": entry.description,
            "mix": [_part(ref, weight) for ref, weight in entry.mixture] or None,
            "strength": entry.strength,
            "note": note_on_weights([w for _, w in entry.mixture], entry.strength) if entry.mixture else None,
            "name": entry.name,
            "public": entry.public,
            "tags": list(entry.tags),
            "owner": entry.owner,
            "created": entry.created.isoformat(),
            "distance": distance,
            "far": None if distance is None or far_above is None else distance > far_above,
            "provenance": dict(entry.provenance),
        }
        for entry, distance in zip(entries, distances, strict=True)
    ]


def _part(ref: str, weight: float) -> TextWeight | IdWeight:
    return IdWeight(id=ref, weight=weight) if is_address(ref) else TextWeight(text=ref, weight=weight)


@router.post(
    "/v1/contexts",
    response_model=shapes.ContextAnswer,
    status_code=201,
    responses={
        200: {"model": shapes.ContextAnswer, "description": "It was kept already"},
        **documented(*ERRORS, 409, 507),
    },
)
async def create(body: ContextRequest, response: Response, services: AppContexts, key: WriteKey) -> Any:
    """Keep a context. The same again gives it the name, the tags and `public` that are given; others stay as they are."""  # noqa: E501 - in the OpenAPI document
    query = context_query(body.description, body.mix, body.strength)
    check(services.limits, query)
    with blamed("name"):
        if body.name is not None:
            check_name(body.name)
    with blamed("tags"):
        services.limits.check_tags(body.tags)
    marks = {
        name: getattr(body, name) for name in ("name", "tags", "public") if name in body.model_fields_set
    }
    with blamed():
        try:
            entry, new = await services.contexts.create(query, key.name, **marks)
        except NameTaken as error:
            raise ApiError(409, str(error), param="name", code="name_taken") from error
    response.status_code = 201 if new else 200
    return (await _answers(services, [entry]))[0]


@router.get("/v1/contexts", response_model=shapes.ContextList, responses=documented(*ERRORS))
async def list_contexts(
    services: AppContexts,
    key: ReadKey,
    limit: Limit = 20,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    tag: Annotated[str | None, Query(max_length=200)] = None,
    contains: Annotated[str | None, Query(max_length=200, description=PART)] = None,
    mine: Annotated[Boolean, Query(description="Only those of the key that asks.")] = False,
) -> Any:
    """The contexts that the key may see, the newest first."""
    most = min(limit, services.limits.page)
    page = partial(services.contexts.catalogue.list, key.name, limit=most + 1, after=after)
    with blamed():
        entries = await asyncio.to_thread(page, tag=tag, contains=contains, mine=mine)
    more, entries = len(entries) > most, entries[:most]
    return {
        "object": "list",
        "data": await _answers(services, entries),
        "has_more": more,
        "next": entries[-1].cursor if more else None,
    }


@router.post("/v1/contexts/search", response_model=shapes.SearchAnswer, responses=documented(*ERRORS))
async def search(body: SearchRequest, services: AppContexts, key: ReadKey) -> Any:
    """The kept contexts nearest to a description, and how far that is from what the generator was trained on."""  # noqa: E501 - in the OpenAPI document
    check(services.limits, ContextQuery(text=body.description))
    most = min(body.limit, services.limits.page)
    with blamed("description"):
        own, near = await services.contexts.search(body.description, key.name, most)
    rows = await _answers(services, [entry for entry, _ in near])
    data = [shapes.NearContext(**row, similarity=cosine) for row, (_, cosine) in zip(rows, near, strict=True)]
    query = shapes.Query(context=own.id, distance=own.distance, far=own.far, far_above=services.far_above)
    return shapes.SearchAnswer(query=query, data=data)


@router.get("/v1/contexts/map", response_model=shapes.Map, responses=documented(*ERRORS))
async def map_of_contexts(
    services: AppContexts, key: ReadKey, limit: Annotated[int, Query(ge=1)] = 500
) -> Any:
    """The contexts that the key may see, projected on a plane."""
    places = await services.contexts.map(key.name, min(limit, services.limits.map_points))
    return shapes.Map(
        data=[
            shapes.Point(id=e.id, name=e.name, description=e.description, tags=list(e.tags), x=x, y=y)
            for e, x, y in places
        ]
    )


@router.get("/v1/contexts/{id}", response_model=shapes.ContextAnswer, responses=documented(*ERRORS))
async def get(id: Id, services: AppContexts, key: ReadKey) -> Any:
    """A kept context."""
    entry = await asyncio.to_thread(services.contexts.catalogue.get, id, key.name)
    if entry is None:
        raise _no_context(id)
    return (await _answers(services, [entry]))[0]


@router.delete("/v1/contexts/{id}", status_code=204, responses=documented(*ERRORS))
async def delete(id: Id, services: AppContexts, key: WriteKey) -> None:
    """Forget a context of one's own."""
    if not await asyncio.to_thread(services.contexts.catalogue.delete, id, key.name):
        raise _no_context(id)


class _Zip(FileResponse):
    """A file in a temporary folder that goes when it has been sent, or nobody waits for it any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole file; ranges are not served."""
        headers = [(name, value) for name, value in scope["headers"] if name not in (b"range", b"if-range")]
        try:
            await super().__call__({**scope, "headers": headers}, receive, send)
        finally:
            shutil.rmtree(Path(self.path).parent, ignore_errors=True)


_ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/v1/contexts/{id}/adapter",
    response_class=FileResponse,
    responses={200: {"content": _ZIP, "description": "A PEFT LoRA folder"}, **documented(*ERRORS, 507)},
)
async def adapter(id: Id, services: AppContexts, key: ReadKey, strength: Factor = 1.0) -> Any:
    """A kept context as a LoRA adapter that PEFT and other engines load: a zip of a folder with its card."""
    return await _zip(services, ContextQuery(id=id, strength=strength), key, f"zhyper-{id}.zip")


@router.post(
    "/v1/contexts/adapter",
    response_class=FileResponse,
    responses={200: {"content": _ZIP, "description": "A PEFT LoRA folder"}, **documented(*ERRORS, 507)},
)
async def adapter_of(body: AdapterRequest, services: AppContexts, key: ReadKey) -> Any:
    """The same of a description or mixture, which is not kept."""
    return await _zip(services, context_query(body.description, body.mix, body.strength), key)


async def _zip(services: ContextServices, query: ContextQuery, key: Key, filename: str | None = None) -> _Zip:
    """The adapter of a context, in a file that goes with the answer."""
    check(services.limits, query)
    folder = Path(tempfile.mkdtemp(prefix="zhyper-"))
    try:
        with blamed():
            file = await services.contexts.adapter_zip(query, key.name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _Zip(file, media_type="application/zip", filename=filename or file.name)
