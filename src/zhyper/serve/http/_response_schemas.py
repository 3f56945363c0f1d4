"""What answers look like: OpenAI's shapes, and this server's own."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from zhyper.serve.http._request_schemas import IdWeight, TextWeight

Finish = Literal["stop", "length"]


class Chunk(BaseModel):
    """One event of a stream, which has only the fields that were set, and `object`."""

    def model_post_init(self, context: Any) -> None:
        self.model_fields_set.add("object")


class Under(BaseModel):
    """The context that an answer was given under."""

    context: str | None
    """Its id; None is the bare base, or a mixture that was not kept."""
    strength: float
    distance: float | None
    """Cosine distance to the nearest training description, where that says something."""
    far: bool | None
    """Whether that is farther than what the generator was trained on, so that the answer may be anything."""
    note: str | None
    """What to know of the weights of a mixture, where they do not add up to 1."""


class Usage(BaseModel):
    """Tokens of the prompts and of all answers."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class TopLogprob(BaseModel):
    """One token that could have come, its natural log-probability and its UTF-8 bytes."""

    token: str
    logprob: float
    bytes: list[int] | None


class TokenLogprob(TopLogprob):
    """One token that came, and those that could have."""

    top_logprobs: list[TopLogprob]


class ChatLogprobs(BaseModel):
    """Log-probabilities of an answer's tokens."""

    content: list[TokenLogprob] | None
    refusal: None = None


class ChatMessage(BaseModel):
    """An answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class ChatChoice(BaseModel):
    """One of the `n` answers."""

    index: int
    message: ChatMessage
    logprobs: ChatLogprobs | None
    finish_reason: Finish


class Head(BaseModel):
    """What answers and events of OpenAI's API begin with."""

    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str


class ChatCompletion(Head):
    """The answers to a conversation."""

    object: Literal["chat.completion"] = "chat.completion"
    choices: list[ChatChoice]
    usage: Usage
    zhyper: Under


class Delta(BaseModel):
    """What an answer grows by."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChatChunkChoice(BaseModel):
    """What one of the `n` answers grows by."""

    index: int
    delta: Delta
    logprobs: ChatLogprobs | None = None
    finish_reason: Finish | None


class ChatChunk(Chunk, Head):
    """One event of a streamed chat completion; `zhyper` stands in the first, `usage` in the last if asked for."""  # noqa: E501 - in the OpenAPI document

    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    choices: list[ChatChunkChoice]
    usage: Usage | None = None
    zhyper: Under | None = None


class TextLogprobs(BaseModel):
    """Log-probabilities of a completion's tokens, and where in the text each begins.

    Those of an echoed prompt stand in front; its first token, which nothing foretells, has null.
    """

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None] | None
    text_offset: list[int]


class TextChoice(BaseModel):
    """One completion, or what it grows by."""

    index: int
    text: str
    logprobs: TextLogprobs | None = None
    finish_reason: Finish | None


class Completion(Chunk, Head):
    """What follows a text, or one event of that as a stream."""

    object: Literal["text_completion"] = "text_completion"
    choices: list[TextChoice]
    usage: Usage | None = None
    zhyper: Under | None = None


class ComparedColumn(BaseModel):
    """The answer of one column."""

    zhyper: Under
    message: ChatMessage
    finish_reason: Finish
    usage: Usage


class Comparison(BaseModel):
    """The same asked of several contexts."""

    object: Literal["comparison"] = "comparison"
    columns: list[ComparedColumn]


class ComparisonChunk(Chunk):
    """What one column grows by; its first event has `zhyper`, its last `finish_reason` and `usage`."""

    object: Literal["comparison.chunk"] = "comparison.chunk"
    column: int
    delta: Delta
    finish_reason: Finish | None
    zhyper: Under | None = None
    usage: Usage | None = None


class ContextAnswer(BaseModel):
    """A kept context."""

    object: Literal["context"] = "context"
    id: str
    description: str
    mix: list[TextWeight | IdWeight] | None
    strength: float
    note: str | None
    name: str | None
    public: bool
    tags: list[str]
    owner: str
    created: str
    """ISO 8601, in UTC."""
    distance: float | None
    far: bool | None
    provenance: dict[str, str]


class ContextList(BaseModel):
    """A page of kept contexts, the newest first; `next` is the `after` of the following page."""

    object: Literal["list"] = "list"
    data: list[ContextAnswer]
    has_more: bool
    next: str | None


class NearContext(ContextAnswer):
    """A kept context and the cosine of its vector with that of the query."""

    similarity: float


class Query(BaseModel):
    """The description that was searched for; `far` is above `far_above`."""

    context: str | None
    distance: float | None
    far: bool | None
    far_above: float | None


class SearchAnswer(BaseModel):
    """The kept contexts nearest to a description, the nearest first."""

    query: Query
    data: list[NearContext]


class Point(BaseModel):
    """A context on the map, each coordinate from -1 to 1."""

    id: str
    name: str | None
    description: str
    tags: list[str]
    x: float
    y: float


class Map(BaseModel):
    """The contexts projected on a plane."""

    data: list[Point]


class ModelAnswer(BaseModel):
    """A name that `model` may have."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The names that `model` may have."""

    object: Literal["list"] = "list"
    data: list[ModelAnswer]


class Health(BaseModel):
    """Whether the server lives, or is ready; where it is not, why."""

    status: Literal["ok", "not ready"]
    reasons: list[str] = []
