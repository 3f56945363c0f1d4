"""`/v1/completions`: what follows a text, under a context."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest

from zhyper.serve.decoding import Piece, Request, Token, escaped, offsets, readable
from zhyper.serve.http._errors import ApiError, blamed, documented
from zhyper.serve.http._keys import count_answers
from zhyper.serve.http._reply import ChoicesReply, head, respond, streamed, under
from zhyper.serve.http._request_reading import SHORT, answer_tokens, choices, context_of, sampling
from zhyper.serve.http._request_schemas import CompletionRequest
from zhyper.serve.http._response_schemas import Completion, TextChoice, TextLogprobs
from zhyper.serve.http._running_answers import Answer, finish_of
from zhyper.serve.http._services import AppServices, AskKey, Services
from zhyper.serve.http._strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["OpenAI"])
DEFAULT_TOKENS = 16
"""OpenAI's, for completions."""
FEW = 256
"""Tokens of prompts whose places in the text are found at once; those of more are, in a thread."""
_BYTES = "bytes:"
"""In front of a token that is a part of a character, as OpenAI writes it."""


@router.post(
    "/v1/completions",
    response_model=Completion,
    responses={**streamed(Completion), **documented(400, 401, 403, 404, 408, 413, 415, 429, 500, 503)},
)
async def completions(body: CompletionRequest, http: HttpRequest, services: AppServices, key: AskKey) -> Any:
    """What follows a text."""
    prompts, decode = await _prompts(services, body), services.prompts.decode
    count = choices(services, body.n)
    count_answers(http, count * len(prompts))
    own = prompts if services.prompts_are_contexts else prompts[:1]
    contexts = [await context_of(services, body, partial(decode, prompt), key.name) for prompt in own]
    requests = []
    for i, prompt in enumerate(prompts):
        default = max(1, min(DEFAULT_TOKENS, key.max_tokens, services.engine.window - len(prompt)))
        asked = default if body.max_tokens is None else body.max_tokens
        most = answer_tokens(services, key, asked, len(prompt)) if asked else 0
        requests += [
            Request(
                tokens=prompt,
                modulation=contexts[i % len(contexts)].modulation,
                sampling=sampling(
                    services,
                    body,
                    max_tokens=most,
                    choice=choice,
                    top_logprobs=body.logprobs,
                    score_prompt=body.scores_prompt,
                ),
                client=http.state.client,
            )
            for choice in range(count)
        ]
    echoes = [echo for echo in await _echoes(services, body, prompts) for _ in range(count)]
    first, tokens = under(contexts[0]), sum(map(len, prompts))
    reply = _CompletionReply(body, head(services, body.model, "cmpl"), first, tokens, echoes)
    return await respond(services, http, requests, reply, stream=body.stream)


async def _prompts(services: Services, body: CompletionRequest) -> list[list[int]]:
    """The prompts as tokens; ApiError (400) for none, too many, or ones that the vocabulary does not have."""
    one = isinstance(body.prompt, str) or (body.prompt and all(isinstance(part, int) for part in body.prompt))
    prompts: list[Any] = [body.prompt] if one else list(body.prompt)
    most = services.limits.prompts
    if not 1 <= len(prompts) <= most:
        raise ApiError(400, f"{len(prompts)} prompts came, but a request has 1 to {most}", param="prompt")
    with blamed("prompt"):
        if sum(map(len, prompts)) > SHORT:
            return await asyncio.to_thread(_tokens, services, prompts)
        return _tokens(services, prompts)


def _tokens(services: Services, prompts: Sequence[str | list[int]]) -> list[list[int]]:
    text, check = services.prompts.text, services.prompts.check
    return [text(prompt) if isinstance(prompt, str) else check(prompt) for prompt in prompts]


@dataclass(frozen=True)
class _Echo:
    """What is given back in front of a choice."""

    text: str = ""
    offsets: Sequence[int] = ()
    """Where each token of the prompt begins, if its log-probabilities are given back too."""


async def _echoes(
    services: Services, body: CompletionRequest, prompts: Sequence[Sequence[int]]
) -> list[_Echo]:
    """What is given back of each prompt."""

    def make() -> list[_Echo]:
        tokenizer, decode = services.machine.tokenizer, services.prompts.decode
        return [_Echo(decode(p), offsets(tokenizer, p) if body.scores_prompt else ()) for p in prompts]

    if not body.echo:
        return [_Echo()] * len(prompts)
    many = body.scores_prompt and sum(map(len, prompts)) > FEW
    return await asyncio.to_thread(make) if many else make()


@dataclass(frozen=True)
class _CompletionReply(ChoicesReply):
    chunk = Completion
    body: CompletionRequest
    echoes: Sequence[_Echo]
    """Of each choice."""

    def whole(self, answers: Sequence[Answer]) -> BaseModel:
        choices = [
            TextChoice(
                index=i,
                text=self.echoes[i].text + answer.text,
                logprobs=self._logprobs(i, answer.prompt, answer.tokens),
                finish_reason=answer.finish,
            )
            for i, answer in enumerate(answers)
        ]
        return Completion(**self.head, choices=choices, usage=self.total(answers), zhyper=self.under)

    def opening(self) -> Iterator[BaseModel]:
        for i, echo in enumerate(self.echoes):
            text = "" if echo.offsets else echo.text  # which comes with its log-probabilities
            if i == 0 or text:
                yield self.event(TextChoice(index=i, text=text, finish_reason=None), first=i == 0)

    def growth(self, index: int, piece: Piece, count: int) -> Iterator[BaseModel]:
        if piece.text or piece.tokens or piece.prompt or piece.finish is not None:
            text = self.echoes[index].text if piece.prompt else piece.text
            logprobs, finish = self._logprobs(index, piece.prompt, piece.tokens), finish_of(piece)
            yield self.event(TextChoice(index=index, text=text, logprobs=logprobs, finish_reason=finish))

    def _logprobs(self, index: int, prompt: Sequence[Token], answer: Sequence[Token]) -> TextLogprobs | None:
        """Those of the prompt and of the answer behind it, each token at its place in the whole text."""
        echo = self.echoes[index]
        before = zip(prompt, echo.offsets if prompt else (), strict=True)
        places = [*before, *((token, len(echo.text) + token.offset) for token in answer)]
        return logprobs_of([replace(token, offset=place) for token, place in places], self.body.logprobs)


def logprobs_of(tokens: Sequence[Token], top: int | None) -> TextLogprobs | None:
    """Log-probabilities in the shape of completions, if they were asked for."""
    if top is None:
        return None
    return TextLogprobs(
        tokens=[readable(token.raw, _BYTES) for token in tokens],
        token_logprobs=[token.logprob for token in tokens],
        top_logprobs=[_alternatives(token) for token in tokens] if top else None,
        text_offset=[token.offset for token in tokens],
    )


def _alternatives(token: Token) -> dict[str, float] | None:
    """The alternatives by their texts; of two with one text, the second stands under its bytes."""
    if token.logprob is None:
        return None
    logprobs: dict[str, float] = {}
    for _, raw, logprob in token.top:
        text = readable(raw, _BYTES)
        logprobs.setdefault(_BYTES + escaped(raw) if text in logprobs else text, logprob)
    return logprobs
