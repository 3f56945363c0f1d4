"""`/v1/chat/completions`: the next message of a conversation, under a context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest

from zhyper.serve.decoding import Piece, Request, Token, readable
from zhyper.serve.http import _request_reading as reading
from zhyper.serve.http import _response_schemas as shapes
from zhyper.serve.http._errors import documented
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._reply import ChoicesReply, head, respond, streamed, under
from zhyper.serve.http._request_schemas import ChatRequest
from zhyper.serve.http._running_answers import Answer, finish_of
from zhyper.serve.http._services import AppServices, AskKey
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["OpenAI"])


@router.post(
    "/v1/chat/completions",
    response_model=shapes.ChatCompletion,
    responses={**streamed(shapes.ChatChunk), **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503)},
)
async def chat_completions(body: ChatRequest, http: HttpRequest, services: AppServices, key: AskKey) -> Any:
    """The next message of a conversation."""
    count = reading.choices(services, body.n)
    count_answers(http, count)
    prompt = await reading.conversation(services, body.messages)
    context = await reading.context_of(
        services, body, lambda: reading.plain_messages(body.messages), key.name
    )
    asked = body.max_completion_tokens if body.max_completion_tokens is not None else body.max_tokens
    most = reading.answer_tokens(services, key, asked, len(prompt))
    top = (body.top_logprobs or 0) if body.logprobs else None
    requests = [
        Request(
            tokens=prompt,
            modulation=context.modulation,
            sampling=reading.sampling(services, body, max_tokens=most, choice=choice, top_logprobs=top),
            client=http.state.client,
        )
        for choice in range(count)
    ]
    reply = _ChatReply(body, head(services, body.model, "chatcmpl"), under(context), len(prompt))
    return await respond(services, http, requests, reply, stream=body.stream)


class _ChatReply(ChoicesReply):
    chunk = shapes.ChatChunk
    body: ChatRequest

    def whole(self, answers: Sequence[Answer]) -> BaseModel:
        choices = [
            shapes.ChatChoice(
                index=i,
                message=shapes.ChatMessage(content=answer.text),
                logprobs=_logprobs(answer.tokens) if self.body.logprobs else None,
                finish_reason=answer.finish,
            )
            for i, answer in enumerate(answers)
        ]
        return shapes.ChatCompletion(
            **self.head, choices=choices, usage=self.total(answers), zhyper=self.under
        )

    def opening(self) -> Iterator[BaseModel]:
        delta = shapes.Delta(role="assistant", content="")
        for i in range(self.body.n or 1):
            choice = shapes.ChatChunkChoice(index=i, delta=delta, finish_reason=None)
            yield self.event(choice, first=i == 0)

    def growth(self, index: int, piece: Piece, count: int) -> Iterator[BaseModel]:
        if piece.text or piece.tokens:
            delta = shapes.Delta(content=piece.text)
            choice = shapes.ChatChunkChoice(index=index, delta=delta, finish_reason=None)
            if self.body.logprobs:
                choice.logprobs = _logprobs(piece.tokens)
            yield self.event(choice)
        if piece.finish is not None:
            finish = finish_of(piece)
            yield self.event(shapes.ChatChunkChoice(index=index, delta=shapes.Delta(), finish_reason=finish))


def _logprobs(tokens: Sequence[Token]) -> shapes.ChatLogprobs:
    """Log-probabilities in the shape of chats."""
    return shapes.ChatLogprobs(
        content=[
            shapes.TokenLogprob(
                **_top(token.raw, token.logprob),
                top_logprobs=[shapes.TopLogprob(**_top(raw, logprob)) for _, raw, logprob in token.top],
            )
            for token in tokens
        ]
    )


def _top(raw: bytes, logprob: float | None) -> dict[str, Any]:
    return {"token": readable(raw), "logprob": logprob, "bytes": list(raw)}
