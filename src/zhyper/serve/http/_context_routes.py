"""`/v1/contexts`: contexts kept under an id and a name, listed, searched, mapped, and given as adapters."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath
from pydantic import BeforeValidator
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from zhyper.bank import Entry, NameTaken
from zhyper.serve.contexts._names import ADDRESS, check_name
from zhyper.serve.contexts._store import Wanted
from zhyper.serve.http._errors import ApiError, asking, documented
from zhyper.serve.http._request_schemas import ContextRequest, IdWeight, SearchRequest, TextWeight
from zhyper.serve.http._response_schemas import (
    ContextAnswer,
    ContextList,
    Map,
    NearContext,
    Point,
    SearchAnswer,
)
from zhyper.serve.http._response_schemas import Query as Searched
from zhyper.serve.http._services import Here, Reader, Served, Writer, check, wanted
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["Contexts"])
ERRORS = (400, 401, 403, 404, 408, 413, 415, 429, 500, 503)


def _boolean(value: Any) -> Any:
    if value not in ("true", "false", True, False, None):
        raise ValueError("this wants true or false")
    return value


Id = Annotated[str, InPath(pattern=ADDRESS.pattern.join("^$"), description="Of a context: 64 hex digits.")]
Factor = Annotated[float, Query(allow_inf_nan=False, description="On the strength it was kept with.")]


def _no_context(id: str) -> ApiError:
    return ApiError(
        404, f"there is no context {id[:12]}..., or it is not yours to see", code="context_not_found"
    )


async def _told(served: Served, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries as answers show them."""
    distances = await served.contexts.distances(entries)
    far_above = served.far_above
    return [
        {
            "id": entry.id,
            "description": entry.description,
            "mix": [_part(ref, weight) for ref, weight in entry.mixture] or None,
            "strength": entry.strength,
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
    return IdWeight(id=ref, weight=weight) if ADDRESS.fullmatch(ref) else TextWeight(text=ref, weight=weight)


@router.post(
    "/v1/contexts",
    response_model=ContextAnswer,
    status_code=201,
    responses={
        200: {"model": ContextAnswer, "description": "It was kept already"},
        **documented(*ERRORS, 409, 507),
    },
)
async def create(body: ContextRequest, response: Response, served: Here, key: Writer) -> Any:
    """Keep a context. The same again gives it the name, the tags and `public` that are given; others stay as they are."""
    asked = wanted(body.description, body.mix, body.strength)
    check(served.limits, asked)
    with asking("name"):
        if body.name is not None:
            check_name(body.name)
    with asking("tags"):
        served.limits.check_tags(body.tags)
    with asking():
        try:
            told = {
                name: getattr(body, name)
                for name in ("name", "tags", "public")
                if name in body.model_fields_set
            }
            entry, new = await served.contexts.create(asked, key.name, **told)
        except NameTaken as error:
            raise ApiError(409, str(error), param="name", code="name_taken") from error
    response.status_code = 201 if new else 200
    return (await _told(served, [entry]))[0]


@router.get("/v1/contexts", response_model=ContextList, responses=documented(*ERRORS))
async def list_contexts(
    served: Here,
    key: Reader,
    limit: Annotated[
        int, Query(ge=1, description="At most so many; the server has a limit of its own.")
    ] = 20,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    tag: Annotated[str | None, Query(max_length=200)] = None,
    contains: Annotated[
        str | None, Query(max_length=200, description="A part of the description or name.")
    ] = None,
    mine: Annotated[
        bool, BeforeValidator(_boolean), Query(description="Only those of the key that asks.")
    ] = False,
) -> Any:
    """The contexts that the key may see, the newest first."""
    most = min(limit, served.limits.page)
    with asking():
        found = await served.contexts.list(
            key.name, limit=most + 1, after=after, tag=tag, contains=contains, mine=mine
        )
    more = len(found) > most
    found = found[:most]
    return {
        "object": "list",
        "data": await _told(served, found),
        "has_more": more,
        "next": found[-1].cursor if more else None,
    }


@router.post("/v1/contexts/search", response_model=SearchAnswer, responses=documented(*ERRORS))
async def search(body: SearchRequest, served: Here, key: Reader) -> Any:
    """The kept contexts nearest to a description, and how far that is from what the generator was trained on."""
    check(served.limits, Wanted(text=body.description))
    with asking("description"):
        held, found = await served.contexts.search(
            body.description, key.name, min(body.limit, served.limits.page)
        )
    rows = await _told(served, [entry for entry, _ in found])
    near = [NearContext(**row, similarity=cosine) for row, (_, cosine) in zip(rows, found, strict=True)]
    query = Searched(context=held.id, distance=held.distance, far=held.far, far_above=served.far_above)
    return SearchAnswer(query=query, data=near)


@router.get("/v1/contexts/map", response_model=Map, responses=documented(*ERRORS))
async def map_of_contexts(served: Here, key: Reader, limit: Annotated[int, Query(ge=1)] = 500) -> Any:
    """The contexts that the key may see, projected on a plane."""
    found = await served.contexts.map(key.name, min(limit, served.limits.map_points))
    return Map(
        data=[
            Point(
                id=entry.id, name=entry.name, description=entry.description, tags=list(entry.tags), x=x, y=y
            )
            for entry, x, y in found
        ]
    )


@router.get("/v1/contexts/{id}", response_model=ContextAnswer, responses=documented(*ERRORS))
async def get(id: Id, served: Here, key: Reader) -> Any:
    """A kept context."""
    entry = await served.contexts.get(id, key.name)
    if entry is None:
        raise _no_context(id)
    return (await _told(served, [entry]))[0]


@router.delete("/v1/contexts/{id}", status_code=204, responses=documented(*ERRORS))
async def delete(id: Id, served: Here, key: Writer) -> None:
    """Forget a context of one's own."""
    if not await served.contexts.delete(id, key.name):
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


@router.get(
    "/v1/contexts/{id}/adapter",
    response_class=FileResponse,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "A PEFT LoRA folder",
        },
        **documented(*ERRORS, 507),
    },
)
async def adapter(
    id: Id,
    served: Here,
    key: Reader,
    strength: Annotated[
        float, Query(allow_inf_nan=False, description="Factor on the strength it was kept with.")
    ] = 1.0,
) -> Any:
    """A kept context as a LoRA adapter that PEFT and other engines load: a zip of a folder with its card."""
    asked = Wanted(id=id, strength=strength)
    check(served.limits, asked)
    folder = Path(tempfile.mkdtemp(prefix="zhyper-"))
    try:
        with asking():
            file = await served.contexts.adapter_zip(asked, key.name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _Zip(file, media_type="application/zip", filename=f"zhyper-{id}.zip")
