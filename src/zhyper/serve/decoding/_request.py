"""What the engine is asked and what it answers: one request is one answer, under one modulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zhyper.modulation import Modulation


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the tokens of an answer are chosen, in the terms of OpenAI's API."""

    max_tokens: int
    """Length at which the answer is cut; 0 reads the prompt alone."""
    temperature: float = 1.0
    """0 takes the most likely token (greedy)."""
    top_p: float = 1.0
    top_k: int = 0
    """0 for no limit."""
    min_p: float = 0.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    seed: int | None = None
    """The same seed gives the same tokens; None draws one."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer and are not part of it."""
    top_logprobs: int | None = None
    """How many alternatives come with each token's log-probability; None gives no log-probabilities."""
    score_prompt: bool = False
    """Tell the log-probability of each token of the prompt too, with as many alternatives."""
    ignore_end: bool = False
    """Go on past tokens that end an answer."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A prompt that expects one answer."""

    tokens: Sequence[int]
    """The prompt."""
    modulation: Modulation | None
    """Of one row, with its strength; None is the bare base."""
    sampling: Sampling
    client: str = ""
    """Who asks; clients take turns."""


@dataclass(frozen=True)
class Token:
    """A token, its log-probability before penalties and temperature, and alternatives."""

    id: int
    raw: bytes
    """Its bytes, which may be a part of a character."""
    logprob: float | None
    """None of the first token of a prompt, which nothing foretells."""
    offset: int = 0
    """Character of the answer's text in which it begins; 0 of a prompt's tokens."""
    top: tuple[tuple[int, bytes, float], ...] = ()
    """Id, bytes and log-probability of each alternative, the likeliest first."""


@dataclass(frozen=True)
class Piece:
    """The next piece of an answer."""

    text: str = ""
    tokens: tuple[Token, ...] = ()
    """If log-probabilities were asked for."""
    prompt: tuple[Token, ...] = ()
    """The whole prompt, in the first piece, if its log-probabilities were asked for."""
    count: int = 0
    """Tokens generated since the last piece."""
    finish: str | None = None
    """Of the last piece: `stop`, `length`, `cancelled` or `error`."""
    error: str | None = None
    """What went wrong, as a sentence."""
    overflow: bool = False
    """Whether it went wrong because the modulation is too strong for the model's numbers."""


class Busy(Exception):
    """The queue is full; come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Draining(Busy):
    """The server is shutting down and takes nothing more."""
