"""`/v1/compare`: the same asked of the base and of several contexts, in one batch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from zhyper.serve.contexts._store import Wanted
from zhyper.serve.decoding._request import Request
from zhyper.serve.http._chat import streamed, usage_of
from zhyper.serve.http._errors import ApiError, documented
from zhyper.serve.http._event_stream import PING, PING_SECONDS, Answers, EventStream, event, finish_of, gather
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._request_schemas import CompareRequest
from zhyper.serve.http._response_schemas import (
    ChatMessage,
    ComparedColumn,
    Comparison,
    ComparisonChunk,
    Delta,
    Under,
)
from zhyper.serve.http._services import (
    Asker,
    Here,
    Served,
    conversation,
    resolve,
    sampling,
    tokens_for,
    told,
    wanted,
)
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["Contexts"])


@router.post(
    "/v1/compare",
    response_model=Comparison,
    responses={**streamed(ComparisonChunk), **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503)},
)
async def compare(body: CompareRequest, http: HttpRequest, served: Here, key: Asker) -> Any:
    """What the base and each context answer to the same conversation."""
    if len(body.columns) > served.limits.columns:
        raise ApiError(
            400,
            f"{len(body.columns)} columns came, but this server compares at most {served.limits.columns}",
            param="columns",
        )
    count_answers(http, body.base + len(body.columns))
    prompt = await conversation(served, body.messages)
    asked = [Wanted()] if body.base else []
    asked += [
        wanted(column.context, column.context_mix, column.context_strength, column.name)
        for column in body.columns
    ]
    held = [await resolve(served, one, key.name) for one in asked]
    drawn = sampling(served, body, max_tokens=tokens_for(served, key, body.max_tokens, len(prompt)))
    client: str = http.state.client
    requests = [Request(tokens=prompt, modulation=one.modulation, sampling=drawn, client=client) for one in held]
    unders = [told(one) for one in held]
    if body.stream:
        return _stream(served, http, unders, requests)
    found = await gather(served, http, requests)
    return Comparison(
        columns=[
            ComparedColumn(
                zhyper=under,
                message=ChatMessage(content=answer.text),
                finish_reason=answer.finish,
                usage=usage_of(len(prompt), answer.count),
            )
            for under, answer in zip(unders, found, strict=True)
        ]
    )


def _stream(
    served: Served, http: HttpRequest, unders: Sequence[Under], requests: Sequence[Request]
) -> Response:
    async def narrate(answers: Answers) -> AsyncIterator[bytes]:
        for i, under in enumerate(unders):
            yield event(
                ComparisonChunk(
                    column=i, delta=Delta(role="assistant", content=""), finish_reason=None, zhyper=under
                )
            )
        counts = [0] * len(unders)
        while not answers.done:
            found = await answers.next(PING_SECONDS)
            if found is None:
                yield PING
                continue
            column, piece = found
            counts[column] += piece.count
            if piece.text:
                yield event(
                    ComparisonChunk(column=column, delta=Delta(content=piece.text), finish_reason=None)
                )
            if piece.finish is not None:
                usage = usage_of(len(requests[column].tokens), counts[column])
                yield event(
                    ComparisonChunk(column=column, delta=Delta(), finish_reason=finish_of(piece), usage=usage)
                )

    return EventStream(served, http, requests, narrate)
