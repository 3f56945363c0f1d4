"""What the routes of one app share, and how they read requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import Depends, Request

from zhyper.data import Prompt
from zhyper.serve.contexts._names import ADDRESS, check_name
from zhyper.serve.contexts._store import Contexts, Held, NotFound, Wanted
from zhyper.serve.decoding._engine import Engine
from zhyper.serve.decoding._request import Sampling
from zhyper.serve.http._errors import ApiError, asking
from zhyper.serve.http._keys import Gate, Key
from zhyper.serve.http._limits import Limits
from zhyper.serve.http._metrics import Metrics
from zhyper.serve.http._prompts import Prompts
from zhyper.serve.http._request_schemas import AskFields, IdWeight, Message, SamplingFields, TextWeight
from zhyper.serve.http._response_schemas import Under
from zhyper.text_to_adapter import TextToAdapter

MODEL = "zhyper"
SHORT = 20_000
"""Characters that are tokenized at once; more are, in a thread."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """The parts of one app."""

    machine: TextToAdapter
    engine: Engine
    contexts: Contexts
    limits: Limits
    metrics: Metrics
    prompts: Prompts
    fingerprint: str
    """Of the checkpoint: OpenAI's `system_fingerprint`."""
    started: int = field(default_factory=lambda: int(time.time()))

    @property
    def far_above(self) -> float | None:
        """The distance above which a context is far."""
        trained = self.machine.training_embeddings
        return None if trained is None else trained.far

    @property
    def brings_its_own(self) -> bool:
        """Whether each prompt is its own context."""
        return self.machine.spec.context == "instance" and self.machine.hypernet.reads_embeddings


def _served(request: Request) -> Served:
    served: Served = request.app.state.served
    return served


Here = Annotated[Served, Depends(_served)]
Asker = Annotated[Key, Depends(Gate("ask"))]
Reader = Annotated[Key, Depends(Gate("read"))]
Writer = Annotated[Key, Depends(Gate("write"))]


def mix_of(parts: Sequence[TextWeight | IdWeight] | None) -> tuple[tuple[str, float], ...]:
    """The parts of a mixture, each a text or an id, and its weight."""
    return tuple(
        (part.text if isinstance(part, TextWeight) else part.id, part.weight) for part in parts or ()
    )


def wanted(
    context: str | None,
    mix: Sequence[TextWeight | IdWeight] | None = None,
    strength: float = 1.0,
    name: str | None = None,
) -> Wanted:
    """The context that a request asks for: a text or an id, a mixture, or a name; None of them is the bare base."""
    if context is not None and ADDRESS.fullmatch(context):
        return Wanted(id=context, strength=strength)
    return Wanted(text=context, mix=mix_of(mix), name=name, strength=strength)


def context_of_model(model: str, strength: float) -> Wanted | None:
    """The context that `zhyper/<id or name>` names; None for `zhyper`. Raises ApiError (404) for other models."""
    base, _, ref = model.partition("/")
    if base != MODEL or model.endswith("/"):
        raise no_model(model)
    if not ref:
        return None
    if ADDRESS.fullmatch(ref):
        return Wanted(id=ref, strength=strength)
    try:
        check_name(ref)
    except ValueError as error:
        raise no_model(model) from error
    return Wanted(name=ref, strength=strength)


def no_model(model: str) -> ApiError:
    """The 404 for a model that is not there."""
    short = model if len(model) <= 100 else f"{model[:100]}..."
    return ApiError(
        404,
        f"the model '{short}' does not exist, or is not yours to see; GET /v1/models lists those that do",
        param="model",
        code="model_not_found",
    )


def check(limits: Limits, asked: Wanted) -> None:
    """Raise ApiError (400) unless what a request says of its context is within the limits."""
    with asking("context"):
        limits.check_strength(asked.strength)
        if asked.mix:
            limits.check_mixture([weight for _, weight in asked.mix])
        for text in [asked.text, *(ref for ref, _ in asked.mix)]:
            if text is not None:
                limits.check_description(text)


async def resolve(served: Served, asked: Wanted, viewer: str) -> Held:
    """The context asked for. Raises ApiError (400) for one that is beyond the limits, or that the generator cannot make."""
    check(served.limits, asked)
    with asking("context"):
        return await served.contexts.resolve(asked, viewer)


async def context_for(served: Served, body: AskFields, prompt: Callable[[], Prompt], viewer: str) -> Held:
    """The context that a request asks for by its model or its context fields.

    Where it asks for none, and each prompt is its own context (a Hyperdecoder), that is its context, of any length.
    """
    named = context_of_model(body.model, body.context_strength)
    if named is not None:
        try:
            return await resolve(served, named, viewer)
        except NotFound as error:
            raise no_model(body.model) from error
    if body.context is not None or body.context_mix is not None or not served.brings_its_own:
        return await resolve(served, wanted(body.context, body.context_mix, body.context_strength), viewer)
    own = Wanted(strength=body.context_strength)
    check(served.limits, own)
    with asking("messages"):
        return await served.contexts.resolve(replace(own, text=served.machine.own_cue(prompt())), viewer)


def told(held: Held) -> Under:
    """What an answer says of its context."""
    return Under(context=held.id, strength=held.strength, distance=held.distance, far=held.far)


def told_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as roles and texts."""
    return [{"role": message.role, "content": message.text} for message in messages]


async def conversation(served: Served, messages: Sequence[Message]) -> list[int]:
    """The tokens of a conversation up to where the answer begins."""
    if len(messages) > served.limits.messages:
        raise ApiError(
            400,
            f"{len(messages)} messages came, but a conversation has at most {served.limits.messages}",
            param="messages",
        )
    plain = told_messages(messages)
    with asking("messages"):
        if sum(len(message["content"]) for message in plain) > SHORT:
            return await asyncio.to_thread(served.prompts.chat, plain)
        return served.prompts.chat(plain)


def choices(served: Served, n: int | None) -> int:
    """How many choices are drawn for each prompt; ApiError (400) for more than the server draws."""
    if n is not None and n > served.limits.choices:
        raise ApiError(
            400, f"n came as {n}, but this server draws at most {served.limits.choices} choices", param="n"
        )
    return n or 1


def tokens_for(served: Served, key: Key, asked: int | None, prompt: int) -> int:
    """How many tokens an answer may have: those asked for, or the default, as far as the model goes behind a prompt of `prompt` tokens."""
    with asking("max_tokens"):
        most = key.tokens(asked, served.limits.default_tokens)
    return most if asked is not None else max(1, min(most, served.engine.window - prompt))


def sampling(
    served: Served, body: SamplingFields, *, max_tokens: int, choice: int = 0, top_logprobs: int | None = None
) -> Sampling:
    """How one choice is drawn; choice i has the seed of the request + i.

    Raises ApiError (400) for what is beyond the limits of the server or the key.
    """
    limits, stops = served.limits, body.stops
    if len(stops) > limits.stop_sequences or not all(
        1 <= len(stop) <= limits.stop_characters for stop in stops
    ):
        raise ApiError(
            400,
            f"stop wants at most {limits.stop_sequences} texts of 1 to {limits.stop_characters} characters",
            param="stop",
        )
    asked: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    return Sampling(
        max_tokens=max_tokens,
        logit_bias={int(token): value for token, value in (body.logit_bias or {}).items()},
        seed=None if body.seed is None else (body.seed + choice + 2**63) % 2**64 - 2**63,
        stop=tuple(stops),
        top_logprobs=top_logprobs,
        ignore_end=body.ignore_eos,
        top_k=max(0, body.top_k or 0),
        **{name: value for name, value in asked.items() if value is not None},
    )


_PLAIN = ("temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty")
