"""Types of fields that requests have in common, and what they refuse."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from zhyper.serve.http._field_names import check_names

Address = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
INT64 = 2**63
MANY = 4096
"""Entries of any list but tokens; a server's own limits, which say it better, are far below."""
ENTRIES = 1024
"""Of `logit_bias`, and of any object whose fields are all known."""


def _only(values: list[Any], sentence: str) -> BeforeValidator:
    """Of a field that this server leaves no choice in: what stands for its default passes."""

    def check(value: Any) -> None:
        if value not in values:
            raise ValueError(sentence)

    return BeforeValidator(check)


def few(value: Any) -> Any:
    """Says that there are too many entries before each of them is looked at."""
    if isinstance(value, dict) and len(value) > ENTRIES:
        raise ValueError(f"{len(value):,} entries came, but at most {ENTRIES:,} are taken; send fewer")
    return value


_NOTHING: list[Any] = [None, [], {}, "", "none", "auto", False]
_TEXT: list[Any] = [None, ["text"], {"type": "text"}]
_NO_TOOLS = "this server does not have that: it reads and answers text, without tools; leave the field out"
_NO_FORMATS = 'this server answers in text only; leave the field out, or ask for "text"'
Nothing = Annotated[Any, _only(_NOTHING, _NO_TOOLS), WithJsonSchema({"enum": _NOTHING})]
OnlyText = Annotated[Any, _only(_TEXT, _NO_FORMATS), WithJsonSchema({"enum": _TEXT})]
_TOOL_ROLES = ("tool", "function")


def _role(value: Any) -> Any:
    if value in _TOOL_ROLES:
        raise ValueError(
            f"a message of the role '{value}' came, but this server reads and answers text, without tools; "
            "leave it out"
        )
    return value


def _part_type(value: Any) -> Any:
    if isinstance(value, str) and value != "text":
        raise ValueError(
            f"a part of the type '{value[:64]}' came, but this server reads text only; leave it out"
        )
    return value


Role = Annotated[Literal["system", "developer", "user", "assistant"], BeforeValidator(_role)]
PartType = Annotated[Literal["text"], BeforeValidator(_part_type)]
_TOKEN = r"^[0-9]{1,9}$"
Bias = Annotated[
    dict[Annotated[str, StringConstraints(pattern=_TOKEN)], Annotated[float, Field(ge=-100, le=100)]],
    BeforeValidator(few),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": ENTRIES,
            "propertyNames": {"pattern": _TOKEN},
            "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100},
        }
    ),
]


def one_of(**types: str) -> ConfigDict:
    """Says in the document that exactly one of these fields is given, and not null."""
    rules = [{"required": [name], "properties": {name: {"type": kind}}} for name, kind in types.items()]
    return ConfigDict(json_schema_extra={"oneOf": rules})  # type: ignore[dict-item]


class Fields(BaseModel):
    """Types as they stand, and numbers that are finite; of other fields see `_field_names`."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, value: Any) -> Any:
        if isinstance(value, dict):
            check_names(few(value), cls._names())
        return value

    @classmethod
    @cache
    def _names(cls) -> frozenset[str]:
        return frozenset(cls.model_fields)


class Strict(Fields):
    """Has no other fields."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
