"""What requests may say, with OpenAI's names where it has them; the server's limits are checked later."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zhyper.serve.http._field_types import (
    INT64,
    MANY,
    Address,
    Bias,
    Fields,
    Nothing,
    OnlyText,
    PartType,
    Role,
    Strict,
    one_of,
)


class TextWeight(Strict):
    """A description in a mixture, and the weight of its update."""

    text: str
    weight: float | None = None


class IdWeight(Strict):
    """A kept context in a mixture, and the weight of its update."""

    id: Address
    weight: float | None = None


Mix = Annotated[list[TextWeight | IdWeight], Field(min_length=1, max_length=MANY, fail_fast=True)]


class Part(BaseModel):
    """A part of a message; only text is known here."""

    model_config = ConfigDict(strict=True)
    type: PartType
    text: str


class Message(Fields):
    """One message of a conversation. A conversation ends with one of the role `user`."""

    role: Role
    content: str | Annotated[list[Part], Field(min_length=1, max_length=MANY, fail_fast=True)] | None = Field(
        None, description="An assistant's may be null or missing: an empty text."
    )
    tool_calls: Nothing = None
    tool_call_id: Nothing = None
    function_call: Nothing = None
    audio: Nothing = None

    @model_validator(mode="after")
    def _only_an_assistant_says_nothing(self) -> Self:
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of the role '{self.role}' has no content; send a text")
        return self

    @property
    def text(self) -> str:
        """The content as one text."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content or ())


Messages = Annotated[list[Message], Field(min_length=1, max_length=MANY, fail_fast=True)]
Texts = Annotated[list[str], Field(max_length=MANY, fail_fast=True)]
Tokens = Annotated[list[int], Field(max_length=1 << 20, fail_fast=True)]


class StreamOptions(Fields):
    """What a stream tells besides the answer."""

    include_usage: bool = False


class SamplingFields(Fields):
    """How answers are drawn: OpenAI's names and defaults, and some fields of vLLM's."""

    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1, le=1_000_000)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    repetition_penalty: Annotated[float, Field(ge=0.01, le=100)] | None = None
    logit_bias: Bias | None = None
    seed: Annotated[int, Field(ge=-INT64, lt=INT64)] | None = None
    stop: str | Texts | None = None
    ignore_eos: bool = False

    @property
    def stops(self) -> list[str]:
        """The stop sequences."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []


class ContextFields(Fields):
    """Which context the model answers under; none of them is the bare base."""

    context: str | None = Field(
        None, description="A description, or the id of a kept context (64 hex digits)."
    )
    context_mix: Mix | None = Field(
        None,
        description="A weighted sum of contexts. Weights stand with all parts or with none, which mixes them "
        "equally.",
    )
    context_strength: float = Field(
        1.0, description="Factor on the update; 0 is the bare base, a negative one turns it round."
    )

    @model_validator(mode="after")
    def _one_context(self) -> Self:
        if self.context is not None and self.context_mix is not None:
            raise ValueError("both context and context_mix came; give one of them")
        return self


class AskFields(SamplingFields, ContextFields):
    """What chat completions and completions have in common; fields that change nothing are read over."""

    model: str = Field(description="`zhyper`, or `zhyper/` and the name or id of a kept context.")
    n: Annotated[int, Field(ge=1)] | None = Field(None, description="Choice i is drawn with seed + i.")
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: Nothing = None
    tool_choice: Nothing = None
    functions: Nothing = None
    function_call: Nothing = None
    audio: Nothing = None
    response_format: OnlyText = None
    modalities: OnlyText = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if "/" in self.model and (self.context is not None or self.context_mix is not None):
            raise ValueError(
                "the model names a context, and another one came in context or context_mix; give one of them"
            )
        return self

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return self.stream_options is not None and self.stream_options.include_usage


class ChatRequest(AskFields):
    """Asks for the next message of a conversation."""

    messages: Messages
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    prediction: Nothing = None
    web_search_options: Nothing = None

    @model_validator(mode="after")
    def _logprobs_first(self) -> Self:
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs came without logprobs; set logprobs to true")
        return self


class CompletionRequest(AskFields):
    """Asks for what follows a text."""

    prompt: Annotated[
        str | Texts | Tokens | Annotated[list[Tokens], Field(max_length=MANY, fail_fast=True)],
        Field(description="A text, texts, tokens, or lists of tokens; each is answered."),
    ]
    max_tokens: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="0 gives no answer, but the prompt and its log-probabilities where they are asked for.",
    )
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    echo: bool | None = Field(
        None,
        description="Give the prompt back in front of the answer; with logprobs, its log-probabilities too.",
    )
    suffix: Nothing = None
    best_of: int | None = Field(None, description="Not above n: this server gives all that it draws.")

    @property
    def scores_prompt(self) -> bool:
        """Whether the log-probabilities of the prompt are asked for too."""
        return bool(self.echo) and self.logprobs is not None

    @model_validator(mode="after")
    def _what_is_given(self) -> Self:
        if self.best_of is not None and self.best_of != (self.n or 1):
            raise ValueError(
                f"best_of is {self.best_of}, but this server gives all that it draws; leave it out and set n"
            )
        return self


class Column(Strict):
    """One of the contexts to compare: exactly one of `context`, `context_mix` and `name`."""

    model_config = one_of(context="string", context_mix="array", name="string")
    context: str | None = None
    context_mix: Mix | None = None
    name: str | None = None
    context_strength: float = 1.0

    @model_validator(mode="after")
    def _one_context(self) -> Self:
        if sum(given is not None for given in (self.context, self.context_mix, self.name)) != 1:
            raise ValueError("a column needs exactly one of context, context_mix and name")
        return self


class CompareRequest(SamplingFields, Strict):
    """Asks the same of the base and of several contexts, in one batch; a seed is the same for all of them."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    messages: Messages
    columns: Annotated[list[Column], Field(max_length=MANY, fail_fast=True)] = []
    base: bool = Field(True, description="Let the bare base answer too, in the first column.")
    stream: bool = False

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if not (self.base or self.columns):
            raise ValueError("nothing to compare came; give columns, or set base to true")
        return self


class AdapterRequest(Strict):
    """Asks for the adapter of a context: exactly one of `description` and `mix`."""

    model_config = one_of(description="string", mix="array")
    description: str | None = None
    mix: Mix | None = None
    strength: float = 1.0

    @model_validator(mode="after")
    def _one_context(self) -> Self:
        if (self.description is None) == (self.mix is None):
            raise ValueError("a context needs exactly one of description and mix")
        return self


class ContextRequest(AdapterRequest):
    """Asks to keep a context: exactly one of `description` and `mix`."""

    name: str | None = Field(None, description="Its name in `zhyper/<name>`; unique for each owner.")
    tags: Texts = []
    public: bool = Field(False, description="Let other keys see and use it.")


class SearchRequest(Strict):
    """Asks for the kept contexts that are nearest to a description."""

    description: str
    limit: Annotated[int, Field(ge=1)] = 5
