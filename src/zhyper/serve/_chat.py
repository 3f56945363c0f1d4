"""`/v1/chat/completions`: the next message of a conversation, under a context."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from zhyper.serve._answers import (
    ChatChoice,
    ChatChunk,
    ChatChunkChoice,
    ChatCompletion,
    ChatLogprobs,
    ChatMessage,
    Delta,
    TokenLogprob,
    TopLogprob,
    Under,
    Usage,
)
from zhyper.serve._errors import documented
from zhyper.serve._json import StrictRoute
from zhyper.serve._requests import Request, Token
from zhyper.serve._schemas import ChatRequest
from zhyper.serve._served import Asker, Here, Served, choices, context_for, conversation, sampling, tokens_for, told, told_messages
from zhyper.serve._sse import PING, PING_SECONDS, Answers, EventStream, Gathered, event, gather

router = APIRouter(route_class=StrictRoute, tags=["OpenAI"])
STREAM = "Server-sent events, where `stream` is true: a `{}` in each `data:` line, and `data: [DONE]` in the end."


def streamed(model: type[Any]) -> dict[int | str, dict[str, Any]]:
    """The document of a route that streams chunks when asked to."""
    shape = {"type": "string", "description": STREAM.format(model.__name__)}
    return {200: {"content": {"text/event-stream": {"schema": shape}}, "description": "Answers"}}


@dataclass(frozen=True, kw_only=True)
class Head:
    """What all events of one answer have in common."""

    id: str
    created: int
    model: str
    system_fingerprint: str

    @classmethod
    def of(cls, served: Served, model: str, kind: str) -> Head:
        """A head of an answer that begins now."""
        return cls(id=f"{kind}-{uuid.uuid4().hex}", created=int(time.time()), model=model, system_fingerprint=served.fingerprint)


def usage_of(prompt: int, answer: int) -> Usage:
    """The usage of a number of tokens."""
    return Usage(prompt_tokens=prompt, completion_tokens=answer, total_tokens=prompt + answer)


def logprobs_of(tokens: Sequence[Token]) -> ChatLogprobs:
    """Log-probabilities in the shape of chats."""
    return ChatLogprobs(
        content=[
            TokenLogprob(
                token=token.text,
                logprob=token.logprob,
                bytes=list(token.text.encode()),
                top_logprobs=[TopLogprob(token=text, logprob=value, bytes=list(text.encode())) for _, text, value in token.top],
            )
            for token in tokens
        ]
    )


@router.post(
    "/v1/chat/completions",
    response_model=ChatCompletion,
    responses={**streamed(ChatChunk), **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503)},
)
async def chat_completions(body: ChatRequest, http: HttpRequest, served: Here, key: Asker) -> Any:
    """The next message of a conversation."""
    prompt = await conversation(served, body.messages)
    held = await context_for(served, body, lambda: told_messages(body.messages), key.name)
    asked = body.max_completion_tokens if body.max_completion_tokens is not None else body.max_tokens
    most = tokens_for(served, key, asked, len(prompt))
    top = (body.top_logprobs or 0) if body.logprobs else None
    client: str = http.state.client
    requests = [
        Request(
            tokens=prompt,
            held=held.modulation,
            sampling=sampling(served, body, max_tokens=most, choice=choice, top_logprobs=top),
            client=client,
        )
        for choice in range(choices(served, body.n))
    ]
    head = Head.of(served, body.model, "chatcmpl")
    if body.stream:
        return _stream(served, http, body, head, told(held), requests)
    found = await gather(served, http, requests)
    return _whole(body, head, told(held), len(prompt), found)


def _whole(body: ChatRequest, head: Head, under: Under, prompt: int, found: Sequence[Gathered]) -> ChatCompletion:
    return ChatCompletion(
        **vars(head),
        choices=[
            ChatChoice(
                index=i,
                message=ChatMessage(content=answer.text),
                logprobs=logprobs_of(answer.tokens) if body.logprobs else None,
                finish_reason=answer.finish,
            )
            for i, answer in enumerate(found)
        ],
        usage=usage_of(prompt, sum(answer.count for answer in found)),
        zhyper=under,
    )


def _stream(served: Served, http: HttpRequest, body: ChatRequest, head: Head, under: Under, requests: Sequence[Request]) -> Response:
    common = vars(head)

    def chunk(index: int, delta: Delta, finish: str | None = None, logprobs: ChatLogprobs | None = None, **first: Under) -> bytes:
        shown = {"logprobs": logprobs} if body.logprobs else {}
        return event(ChatChunk(**common, choices=[ChatChunkChoice(index=index, delta=delta, finish_reason=finish, **shown)], **first))

    async def narrate(answers: Answers) -> AsyncIterator[bytes]:
        for i in range(len(requests)):
            yield chunk(i, Delta(role="assistant", content=""), **({"zhyper": under} if i == 0 else {}))
        count = 0
        while not answers.done:
            found = await answers.next(PING_SECONDS)
            if found is None:
                yield PING
                continue
            index, piece = found
            count += piece.count
            if piece.text or piece.tokens:
                yield chunk(index, Delta(content=piece.text), logprobs=logprobs_of(piece.tokens))
            if piece.finish is not None:
                yield chunk(index, Delta(), piece.finish)
        if body.include_usage:
            yield event(ChatChunk(**common, choices=[], usage=usage_of(len(requests[0].tokens), count)))

    return EventStream(served, http, requests, narrate)
