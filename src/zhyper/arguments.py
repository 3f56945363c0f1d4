"""What callers give: a sentence for what is not of the kind that is expected. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from numbers import Integral, Real
from typing import Any


def items(name: str, value: Any, of: str) -> list[Any]:
    """What a list, tuple or other iterable holds, in order.

    Raises ValueError for one text, whose letters were meant by nobody, and for what has no order.
    """
    if isinstance(value, str | bytes | bytearray | Mapping | Set) or not isinstance(value, Iterable):
        raise ValueError(f"{name} is {described(value)}, but must be a list of {of}")
    return list(value)


def texts(name: str, value: Any) -> list[str]:
    """A list of texts; ValueError for anything else."""
    given = items(name, value, "texts")
    for i, item in enumerate(given):
        text(f"{name}[{i}]", item)
    return given


def text(name: str, value: Any) -> str:
    """One text; ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {described(value)}, but must be a text")
    return value


def number(name: str, value: Any) -> float:
    """A finite number; ValueError for anything else."""
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{name} is {described(value)}, but must be a finite number")
    return value  # type: ignore[return-value]


def count(name: str, value: Any) -> int:
    """A whole number of at least 1; ValueError for anything else."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {described(value)}, but must be a whole number of at least 1")
    return int(value)


def described(value: Any) -> str:
    """A value as part of a sentence, with its type."""
    shown = repr(value)
    kind = "" if value is None else f" ({type(value).__name__})"
    return f"{shown if len(shown) <= 60 else f'{shown[:59]}…'}{kind}"
