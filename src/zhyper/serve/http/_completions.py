"""`/v1/completions`: what follows a text, under a context."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest

from zhyper.serve.decoding._request import Request, Token
from zhyper.serve.decoding._text_stream import escaped, readable
from zhyper.serve.http._chat import Head, streamed, usage_of
from zhyper.serve.http._errors import ApiError, asking, documented
from zhyper.serve.http._event_stream import (
    PING,
    PING_SECONDS,
    Answers,
    EventStream,
    Gathered,
    Narrator,
    event,
    finish_of,
    gather,
)
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._request_schemas import CompletionRequest
from zhyper.serve.http._response_schemas import Completion, TextChoice, TextLogprobs, Under
from zhyper.serve.http._services import (
    SHORT,
    Asker,
    Here,
    Served,
    choices,
    context_for,
    sampling,
    tokens_for,
    told,
)
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["OpenAI"])
DEFAULT_TOKENS = 16
"""OpenAI's, for completions."""
_BYTES = "bytes:"
"""In front of a token that is a part of a character, as OpenAI tells it."""


def _logprobs_of(tokens: Sequence[Token], top: int | None) -> TextLogprobs | None:
    """Log-probabilities in the shape of completions, if they are wanted."""
    if top is None:
        return None
    return TextLogprobs(
        tokens=[readable(token.raw, _BYTES) for token in tokens],
        token_logprobs=[token.logprob for token in tokens],
        top_logprobs=[_named(token) for token in tokens] if top else None,
        text_offset=[token.offset for token in tokens],
    )


def _named(token: Token) -> dict[str, float]:
    """The alternatives by their texts; of two with one text, the second is told by its bytes."""
    found: dict[str, float] = {}
    for _, raw, value in token.top:
        text = readable(raw, _BYTES)
        found.setdefault(_BYTES + escaped(raw) if text in found else text, value)
    return found


@router.post(
    "/v1/completions",
    response_model=Completion,
    responses={**streamed(Completion), **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503)},
)
async def completions(body: CompletionRequest, http: HttpRequest, served: Here, key: Asker) -> Any:
    """What follows a text."""
    prompts = await _prompts(served, body)
    count = choices(served, body.n)
    count_answers(http, count * len(prompts))
    own = prompts if served.brings_its_own else prompts[:1]
    held = [await context_for(served, body, partial(_text, served, one), key.name) for one in own]
    client: str = http.state.client
    requests = []
    for i, prompt in enumerate(prompts):
        room = max(1, min(DEFAULT_TOKENS, key.max_tokens, served.engine.window - len(prompt)))
        most = tokens_for(served, key, room if body.max_tokens is None else body.max_tokens, len(prompt))
        for choice in range(count):
            drawn = sampling(served, body, max_tokens=most, choice=choice, top_logprobs=body.logprobs)
            requests.append(
                Request(tokens=prompt, modulation=held[i % len(held)].modulation, sampling=drawn, client=client)
            )
    asked = _Asked(
        head=Head.of(served, body.model, "cmpl"),
        under=told(held[0]),
        logprobs=body.logprobs,
        texts=[text for prompt in prompts for text in [_text(served, prompt) if body.echo else ""] * count],
        prompt_tokens=sum(len(prompt) for prompt in prompts),
    )
    if body.stream:
        return EventStream(served, http, requests, asked.narrator(body.include_usage))
    return asked.whole(await gather(served, http, requests))


async def _prompts(served: Served, body: CompletionRequest) -> list[list[int]]:
    """The prompts as tokens. Raises ApiError (400) for none, too many, or ones that the vocabulary does not have."""
    asked = body.prompt
    prompts: list[Any] = (
        [asked]
        if isinstance(asked, str) or all(isinstance(part, int) for part in asked) and asked
        else list(asked)
    )
    if not 1 <= len(prompts) <= served.limits.prompts:
        raise ApiError(
            400,
            f"{len(prompts)} prompts came, but a request has 1 to {served.limits.prompts}",
            param="prompt",
        )
    with asking("prompt"):
        if sum(map(len, prompts)) > SHORT:
            return await asyncio.to_thread(_tokens, served, prompts)
        return _tokens(served, prompts)


def _tokens(served: Served, prompts: Sequence[str | list[int]]) -> list[list[int]]:
    return [
        served.prompts.text(prompt) if isinstance(prompt, str) else served.prompts.check(prompt)
        for prompt in prompts
    ]


def _text(served: Served, tokens: Sequence[int]) -> str:
    return served.prompts.decode(tokens)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the answers of one request have in common."""

    head: Head
    under: Under
    logprobs: int | None
    texts: Sequence[str]
    """What is given back in front of each choice."""
    prompt_tokens: int

    @property
    def common(self) -> dict[str, Any]:
        """What each event says."""
        return vars(self.head)

    def whole(self, found: Sequence[Gathered]) -> Completion:
        """All choices at once."""
        told = [
            TextChoice(
                index=i,
                text=self.texts[i] + answer.text,
                logprobs=_logprobs_of(answer.tokens, self.logprobs),
                finish_reason=answer.finish,
            )
            for i, answer in enumerate(found)
        ]
        usage = usage_of(self.prompt_tokens, sum(answer.count for answer in found))
        return Completion(**self.common, choices=told, usage=usage, zhyper=self.under)

    def narrator(self, include_usage: bool) -> Narrator:
        """The choices as events."""

        async def narrate(answers: Answers) -> AsyncIterator[bytes]:
            count = 0
            for i, text in enumerate(self.texts):
                if i == 0 or text:
                    opening = TextChoice(index=i, text=text, finish_reason=None)
                    yield self._event(opening, self.under if i == 0 else None)
            while not answers.done:
                found = await answers.next(PING_SECONDS)
                if found is None:
                    yield PING
                    continue
                index, piece = found
                count += piece.count
                logprobs = _logprobs_of(piece.tokens, self.logprobs)
                if piece.text or piece.tokens or piece.finish is not None:
                    yield self._event(
                        TextChoice(
                            index=index, text=piece.text, logprobs=logprobs, finish_reason=finish_of(piece)
                        )
                    )
            if include_usage:
                yield event(Completion(**self.common, choices=[], usage=usage_of(self.prompt_tokens, count)))

        return narrate

    def _event(self, choice: TextChoice, first: Under | None = None) -> bytes:
        made = Completion(**self.common, choices=[choice])
        if first is not None:
            made.zhyper = first
        return event(made)
