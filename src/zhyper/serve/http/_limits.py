"""What one request, one client and one context may be at most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from zhyper.spec import Settings


@dataclass(frozen=True, kw_only=True)
class Limits(Settings):
    """The limits of a server. A key may have narrower ones of its own; it never has wider ones."""

    body_bytes: int = 1 << 20
    """Of a request's body, counted as it arrives."""
    body_seconds: float = 30.0
    """How long a request's body may take to arrive."""
    description_characters: int = 4_000
    """Of each description: alone, in a mixture, or searched for."""
    max_tokens: int = 2_048
    """Generated for each answer."""
    default_tokens: int = 256
    """Generated for each answer where a request does not say."""
    messages: int = 256
    """Of one conversation."""
    mixture: int = 8
    """Contexts in one mixture."""
    strength: float = 16.0
    """The largest strength of a context and weight in a mixture, of either sign."""
    columns: int = 8
    """Compared at once, besides the base."""
    choices: int = 8
    """OpenAI's `n`."""
    prompts: int = 32
    """In one request to `/v1/completions`."""
    stop_sequences: int = 4
    stop_characters: int = 256
    """Of each stop sequence."""
    tags: int = 16
    """Of one context."""
    tag_characters: int = 64
    """Of each tag."""
    page: int = 100
    """Contexts in one page of a list or one search."""
    map_points: int = 2_000
    """Contexts on one map."""
    models: int = 1_000
    """Named contexts that `/v1/models` lists."""
    streams: int = 32
    """Answers that one client may have under way: one for each prompt, choice and column of its requests."""
    stall: float = 60.0
    """How many seconds the reader of a stream may take nothing."""
    requests_per_minute: int = 600
    """HTTP requests of one client, however many answers each asks for."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"the limit {field.name} is {value}, but must be a number above 0")
        if self.default_tokens > self.max_tokens:
            raise ValueError(
                f"default_tokens is {self.default_tokens}, above max_tokens, which is {self.max_tokens}"
            )

    def check_description(self, text: str) -> None:
        """Raise ValueError unless the text can be a description: not empty, not too long, text."""
        if not text.strip():
            raise ValueError("the description is empty; say in words what the model shall be or do")
        size, most = len(text), self.description_characters
        if size > most:
            raise ValueError(f"the description has {size:,} characters, but may have {most:,}; shorten it")
        check_characters("the description", text)

    def check_mixture(self, weights: Sequence[float]) -> None:
        """Raise ValueError unless a mixture has one to `mixture` parts, each with a usable weight."""
        if not 1 <= len(weights) <= self.mixture:
            raise ValueError(f"the mixture has {len(weights)} parts, but must have 1 to {self.mixture}")
        for weight in weights:
            self.check_strength(weight, "a weight of the mixture")

    def check_strength(self, strength: float, what: str = "the strength") -> None:
        """Raise ValueError unless the strength, or `what`, is a finite number within the limit."""
        if not (math.isfinite(strength) and abs(strength) <= self.strength):
            raise ValueError(
                f"{what} is {strength}, but must be a number from {-self.strength:g} to {self.strength:g}"
            )

    def check_tags(self, tags: Sequence[str]) -> None:
        """Raise ValueError unless tags are few, and each is short, not empty, and printable."""
        if len(tags) > self.tags:
            raise ValueError(f"{len(tags)} tags came, but a context has at most {self.tags}")
        for tag in tags:
            if not 1 <= len(tag) <= self.tag_characters or not tag.isprintable():
                raise ValueError(f"a tag must have 1 to {self.tag_characters} printable characters")
            check_characters("a tag", tag)


def check_characters(what: str, text: str) -> None:
    """Raise ValueError if the text has characters that cannot be stored: NUL, or half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(
            f"{what} has a character that no text has (NUL, or half of a surrogate pair); send text in UTF-8"
        )
