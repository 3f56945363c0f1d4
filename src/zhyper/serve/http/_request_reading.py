"""What a request asks for, within the limits: its context, its prompt, and how its answers are sampled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from zhyper.data import Prompt
from zhyper.modulation import shares
from zhyper.serve.contexts import AppliedContext, ContextQuery, NotFound, check_name, is_address
from zhyper.serve.decoding import Sampling
from zhyper.serve.http._errors import ApiError, blamed
from zhyper.serve.http._keys import Key
from zhyper.serve.http._limits import Limits
from zhyper.serve.http._request_schemas import AskFields, IdWeight, Message, SamplingFields, TextWeight
from zhyper.serve.http._services import Services

MODEL = "zhyper"
SHORT = 20_000
"""Characters that are tokenized at once; more are, in a thread."""
_SAME = ("temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty")
"""Fields that `Sampling` takes as they are."""


def context_query(
    context: str | None,
    mix: Sequence[TextWeight | IdWeight] | None = None,
    strength: float = 1.0,
    name: str | None = None,
) -> ContextQuery:
    """The context of a request: a text or an id, a mixture, or a name; none of them is the bare base."""
    if context is not None and is_address(context):
        return ContextQuery(id=context, strength=strength)
    refs = [part.text if isinstance(part, TextWeight) else part.id for part in mix or ()]
    with blamed("context"):
        weights = shares([part.weight for part in mix]) if mix else []
    parts = tuple(zip(refs, weights, strict=True))
    return ContextQuery(text=context, mix=parts, name=name, strength=strength)


def model_query(model: str, strength: float) -> ContextQuery | None:
    """The context that `zhyper/<id or name>` names; None for `zhyper`; ApiError (404) for other models."""
    base, _, ref = model.partition("/")
    if base != MODEL or model.endswith("/"):
        raise no_model(model)
    if not ref:
        return None
    if is_address(ref):
        return ContextQuery(id=ref, strength=strength)
    try:
        check_name(ref)
    except ValueError as error:
        raise no_model(model) from error
    return ContextQuery(name=ref, strength=strength)


def no_model(model: str) -> ApiError:
    """The 404 for a model that is not there."""
    short = model if len(model) <= 100 else f"{model[:100]}..."
    sentence = (
        f"the model '{short}' does not exist, or is not yours to see; GET /v1/models lists those that do"
    )
    return ApiError(404, sentence, param="model", code="model_not_found")


def check(limits: Limits, query: ContextQuery) -> None:
    """Raise ApiError (400) unless what a request says of its context is within the limits."""
    with blamed("context"):
        limits.check_strength(query.strength)
        if query.mix:
            limits.check_mixture([weight for _, weight in query.mix])
        for text in [query.text, *(ref for ref, _ in query.mix)]:
            if text is not None:
                limits.check_description(text)


async def resolve(services: Services, query: ContextQuery, viewer: str) -> AppliedContext:
    """The context of a query; ApiError (400) beyond the limits, or where the generator cannot make it."""
    check(services.limits, query)
    with blamed("context"):
        return await services.contexts.resolve(query, viewer)


async def context_of(
    services: Services, body: AskFields, prompt: Callable[[], Prompt], viewer: str
) -> AppliedContext:
    """The context that a request asks for by its model or its context fields.

    Where it asks for none, and each prompt is its own context, that is its context, of any length.
    """
    query = model_query(body.model, body.context_strength)
    if query is not None:
        try:
            return await resolve(services, query, viewer)
        except NotFound as error:
            raise no_model(body.model) from error
    query = context_query(body.context, body.context_mix, body.context_strength)
    if body.context is not None or body.context_mix is not None or not services.prompts_are_contexts:
        return await resolve(services, query, viewer)
    check(services.limits, query)
    with blamed("messages"):
        own = replace(query, text=services.machine.own_cue(prompt()))
        return await services.contexts.resolve(own, viewer)


def plain_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as roles and texts."""
    return [{"role": message.role, "content": message.text} for message in messages]


async def conversation(services: Services, messages: Sequence[Message]) -> list[int]:
    """The tokens of a conversation up to where the answer begins."""
    most = services.limits.messages
    if len(messages) > most:
        sentence = f"{len(messages)} messages came, but a conversation has at most {most}"
        raise ApiError(400, sentence, param="messages")
    plain = plain_messages(messages)
    with blamed("messages"):
        if sum(len(message["content"]) for message in plain) > SHORT:
            return await asyncio.to_thread(services.prompts.chat, plain)
        return services.prompts.chat(plain)


def choices(services: Services, n: int | None) -> int:
    """How many choices are drawn for each prompt; ApiError (400) for more than the server draws."""
    most = services.limits.choices
    if n is not None and n > most:
        raise ApiError(400, f"n is {n}, but this server draws at most {most} choices", param="n")
    return n or 1


def answer_tokens(services: Services, key: Key, asked: int | None, prompt: int) -> int:
    """How many tokens an answer to a prompt of `prompt` tokens may have.

    Those asked for, or the default, as far as the window goes.
    """
    with blamed("max_tokens"):
        most = key.tokens(asked, services.limits.default_tokens)
    return most if asked is not None else max(1, min(most, services.engine.window - prompt))


def sampling(
    services: Services,
    body: SamplingFields,
    *,
    max_tokens: int,
    choice: int = 0,
    top_logprobs: int | None = None,
    score_prompt: bool = False,
) -> Sampling:
    """How one choice is drawn; choice i has the seed of the request + i.

    Raises ApiError (400) for what is beyond the limits of the server or the key.
    """
    limits, stops = services.limits, body.stops
    if len(stops) > limits.stop_sequences or not all(1 <= len(s) <= limits.stop_characters for s in stops):
        sentence = (
            f"stop takes at most {limits.stop_sequences} texts of 1 to {limits.stop_characters} characters"
        )
        raise ApiError(400, sentence, param="stop")
    same: dict[str, Any] = {name: getattr(body, name) for name in _SAME if getattr(body, name) is not None}
    return Sampling(
        max_tokens=max_tokens,
        logit_bias={int(token): value for token, value in (body.logit_bias or {}).items()},
        seed=None if body.seed is None else (body.seed + choice + 2**63) % 2**64 - 2**63,
        stop=tuple(stops),
        top_logprobs=top_logprobs,
        score_prompt=score_prompt,
        ignore_end=body.ignore_eos,
        top_k=max(0, body.top_k or 0),
        **same,
    )
