"""`/v1/compare`: the same asked of the base and of several contexts, in one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest

from zhyper.serve.contexts import ContextQuery
from zhyper.serve.decoding import Piece, Request
from zhyper.serve.http import _response_schemas as shapes
from zhyper.serve.http._errors import ApiError, documented
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._reply import Reply, respond, streamed, under, usage
from zhyper.serve.http._request_reading import answer_tokens, context_query, conversation, resolve, sampling
from zhyper.serve.http._request_schemas import CompareRequest
from zhyper.serve.http._running_answers import Answer, finish_of
from zhyper.serve.http._services import AppServices, AskKey
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["Contexts"])


@router.post(
    "/v1/compare",
    response_model=shapes.Comparison,
    responses={
        **streamed(shapes.ComparisonChunk),
        **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503),
    },
)
async def compare(body: CompareRequest, http: HttpRequest, services: AppServices, key: AskKey) -> Any:
    """What the base and each context answer to the same conversation."""
    count, most = len(body.columns), services.limits.columns
    if count > most:
        sentence = f"{count} columns came, but this server compares at most {most}"
        raise ApiError(400, sentence, param="columns")
    count_answers(http, body.base + count)
    prompt = await conversation(services, body.messages)
    queries = [ContextQuery()] if body.base else []
    queries += [context_query(c.context, c.context_mix, c.context_strength, c.name) for c in body.columns]
    contexts = [await resolve(services, query, key.name) for query in queries]
    tokens = answer_tokens(services, key, body.max_tokens, len(prompt))
    same = sampling(services, body, max_tokens=tokens)
    requests = [
        Request(tokens=prompt, modulation=context.modulation, sampling=same, client=http.state.client)
        for context in contexts
    ]
    reply = _CompareReply([under(context) for context in contexts], len(prompt))
    return await respond(services, http, requests, reply, stream=body.stream)


@dataclass(frozen=True)
class _CompareReply(Reply):
    contexts: Sequence[shapes.Under]
    prompt_tokens: int

    def whole(self, answers: Sequence[Answer]) -> shapes.Comparison:
        return shapes.Comparison(
            columns=[
                shapes.ComparedColumn(
                    zhyper=context,
                    message=shapes.ChatMessage(content=answer.text),
                    finish_reason=answer.finish,
                    usage=usage(self.prompt_tokens, answer.count),
                )
                for context, answer in zip(self.contexts, answers, strict=True)
            ]
        )

    def opening(self) -> Iterator[shapes.ComparisonChunk]:
        for i, context in enumerate(self.contexts):
            delta = shapes.Delta(role="assistant", content="")
            yield shapes.ComparisonChunk(column=i, delta=delta, finish_reason=None, zhyper=context)

    def growth(self, index: int, piece: Piece, count: int) -> Iterator[shapes.ComparisonChunk]:
        if piece.text:
            yield shapes.ComparisonChunk(
                column=index, delta=shapes.Delta(content=piece.text), finish_reason=None
            )
        if piece.finish is not None:
            total, finish = usage(self.prompt_tokens, count), finish_of(piece)
            yield shapes.ComparisonChunk(
                column=index, delta=shapes.Delta(), finish_reason=finish, usage=total
            )
