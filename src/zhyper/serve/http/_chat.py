"""`/v1/chat/completions`: the next message of a conversation, under a context."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest

from zhyper.serve.decoding._request import Request, Token
from zhyper.serve.decoding._text_stream import readable
from zhyper.serve.http._errors import ErrorAnswer, documented
from zhyper.serve.http._event_stream import (
    PING,
    PING_SECONDS,
    Answers,
    EventStream,
    Gathered,
    event,
    finish_of,
    gather,
)
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._request_schemas import ChatRequest
from zhyper.serve.http._response_schemas import (
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
from zhyper.serve.http._services import (
    Asker,
    Here,
    Served,
    choices,
    context_for,
    conversation,
    sampling,
    tokens_for,
    told,
    told_messages,
)
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["OpenAI"])


def streamed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The document of a route that streams these chunks when asked to: JSON in each event's data, and `[DONE]` in the last."""
    chunks = [{"$ref": f"#/components/schemas/{name}"} for name in (model.__name__, ErrorAnswer.__name__)]
    data = [
        {"const": "[DONE]"},
        {"type": "string", "contentMediaType": "application/json", "contentSchema": {"anyOf": chunks}},
    ]
    shape = {"type": "object", "properties": {"data": {"anyOf": data}}, "required": ["data"]}
    return {
        200: {
            "content": {"text/event-stream": {"itemSchema": shape}},
            "description": "Whole, or as events where `stream` is true.",
        }
    }


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
        return cls(
            id=f"{kind}-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=model,
            system_fingerprint=served.fingerprint,
        )


def usage_of(prompt: int, answer: int) -> Usage:
    """The usage of a number of tokens."""
    return Usage(prompt_tokens=prompt, completion_tokens=answer, total_tokens=prompt + answer)


def logprobs_of(tokens: Sequence[Token]) -> ChatLogprobs:
    """Log-probabilities in the shape of chats."""
    return ChatLogprobs(
        content=[
            TokenLogprob(
                token=readable(token.raw),
                logprob=token.logprob,
                bytes=list(token.raw),
                top_logprobs=[
                    TopLogprob(token=readable(raw), logprob=value, bytes=list(raw))
                    for _, raw, value in token.top
                ],
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
    count = choices(served, body.n)
    count_answers(http, count)
    prompt = await conversation(served, body.messages)
    held = await context_for(served, body, lambda: told_messages(body.messages), key.name)
    asked = body.max_completion_tokens if body.max_completion_tokens is not None else body.max_tokens
    most = tokens_for(served, key, asked, len(prompt))
    top = (body.top_logprobs or 0) if body.logprobs else None
    client: str = http.state.client
    requests = [
        Request(
            tokens=prompt,
            modulation=held.modulation,
            sampling=sampling(served, body, max_tokens=most, choice=choice, top_logprobs=top),
            client=client,
        )
        for choice in range(count)
    ]
    answer = _Asked(
        body=body, head=Head.of(served, body.model, "chatcmpl"), under=told(held), prompt_tokens=len(prompt)
    )
    if body.stream:
        return EventStream(served, http, requests, answer.narrate)
    return answer.whole(await gather(served, http, requests))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the answers of one request have in common."""

    body: ChatRequest
    head: Head
    under: Under
    prompt_tokens: int

    @property
    def common(self) -> dict[str, Any]:
        """What each event says."""
        return vars(self.head)

    def whole(self, found: Sequence[Gathered]) -> ChatCompletion:
        """All choices at once."""
        choices = [
            ChatChoice(
                index=i,
                message=ChatMessage(content=answer.text),
                logprobs=logprobs_of(answer.tokens) if self.body.logprobs else None,
                finish_reason=answer.finish,
            )
            for i, answer in enumerate(found)
        ]
        usage = usage_of(self.prompt_tokens, sum(answer.count for answer in found))
        return ChatCompletion(**self.common, choices=choices, usage=usage, zhyper=self.under)

    async def narrate(self, answers: Answers) -> AsyncIterator[bytes]:
        """The choices as events."""
        for i in range(self.body.n or 1):
            opening = ChatChunkChoice(index=i, delta=Delta(role="assistant", content=""), finish_reason=None)
            yield self._event(opening, self.under if i == 0 else None)
        count = 0
        while not answers.done:
            found = await answers.next(PING_SECONDS)
            if found is None:
                yield PING
                continue
            index, piece = found
            count += piece.count
            if piece.text or piece.tokens:
                grown = ChatChunkChoice(index=index, delta=Delta(content=piece.text), finish_reason=None)
                if self.body.logprobs:
                    grown.logprobs = logprobs_of(piece.tokens)
                yield self._event(grown)
            if piece.finish is not None:
                yield self._event(ChatChunkChoice(index=index, delta=Delta(), finish_reason=finish_of(piece)))
        if self.body.include_usage:
            yield event(ChatChunk(**self.common, choices=[], usage=usage_of(self.prompt_tokens, count)))

    def _event(self, choice: ChatChunkChoice, first: Under | None = None) -> bytes:
        chunk = ChatChunk(**self.common, choices=[choice])
        if first is not None:
            chunk.zhyper = first
        return event(chunk)
