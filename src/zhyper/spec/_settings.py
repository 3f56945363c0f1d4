"""Settings on disk: strict conversion between frozen dataclasses and plain JSON values."""

from __future__ import annotations

import contextlib
import json
import math
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, fields, is_dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`; did you mean A or B?` where names are like one that is not known, or nothing."""
    alike = get_close_matches(name, sorted(set(names)), 3)
    return f"; did you mean {' or '.join(alike)}?" if alike else ""


class Settings:
    """Strict conversion between dataclasses of settings and plain JSON values."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the settings from plain values; raises ValueError for an unknown key or a wrong type."""
        hints = get_type_hints(cls)
        names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
        for key in values:
            if key not in names:
                raise ValueError(
                    f"unknown setting '{key}' in {cls.__name__}; the settings are: {', '.join(sorted(names))}"
                    f"{did_you_mean(key, names)}"
                )
        return cls(**{key: _convert(key, value, hints[key]) for key, value in values.items()})

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[call-overload,no-any-return]

    def with_changes(self, changes: dict[str, Any]) -> Self:
        """A copy with `changes`; a key is the name of a field, or of a field of exactly one part below."""
        merged = self.to_dict()
        for key, value in changes.items():
            _section(self, merged, key)[key.rpartition(".")[2]] = value
        return self.from_dict(merged)


def _section(settings: Settings, merged: dict[str, Any], key: str) -> dict[str, Any]:
    """The part of `merged` that a plain (`rank`) or dotted (`generator.rank`) key belongs to."""
    parts = {f.name: getattr(settings, f.name) for f in fields(settings)}  # type: ignore[arg-type]
    head, _, leaf = key.partition(".")
    if leaf and isinstance(parts.get(head), Settings):
        return _section(parts[head], merged[head], leaf)
    if key in parts and not is_dataclass(parts[key]):
        return merged
    below = {
        name: part
        for name, part in parts.items()
        if isinstance(part, Settings) and key in {f.name for f in fields(part)}  # type: ignore[arg-type]
    }
    if len(below) == 1:
        return merged[next(iter(below))]  # type: ignore[no-any-return]
    names = sorted(f.name for p in parts.values() if is_dataclass(p) for f in fields(p)) or sorted(parts)
    raise ValueError(
        f"unknown setting '{key}'; the settings are: {', '.join(names)}{did_you_mean(leaf or key, names)}"
    )


_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple[str, ...]: "a list of texts",
    tuple[float, ...]: "a list of numbers",
}


def _convert(key: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint` says, or ValueError."""
    if isinstance(hint, type) and issubclass(hint, Settings) and isinstance(value, dict):
        return hint.from_dict(value)
    if isinstance(hint, UnionType):
        return (
            None
            if value is None
            else _convert(key, value, next(h for h in get_args(hint) if h is not type(None)))
        )
    if hint == tuple[float, ...]:
        numbers = (
            value.split(",")
            if isinstance(value, str)
            else value
            if isinstance(value, list | tuple)
            else [value]
        )
        with contextlib.suppress(ValueError):
            return tuple(
                _convert(key, float(number) if isinstance(number, str) else number, float)
                for number in numbers
            )
    elif get_origin(hint) is tuple:
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError(f"setting '{key}' is {value}, but must be a finite number")
        return float(value)
    elif isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"setting '{key}' is {value!r}, but must be {_WORDS.get(hint, 'a table of settings')}")


def parse_assignment(text: str) -> tuple[str, Any]:
    """`key=value` with a TOML value; a value that is not TOML is taken as a string."""
    key, equals, raw = text.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"'{text}' is not an assignment; write it as key=value")
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    return key.strip(), value if isinstance(value, bool | int | float | str | list) else raw.strip()
