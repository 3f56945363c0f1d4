"""Values of rows as texts: one rule for every reader, whatever kind of file a row comes from."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_WHOLE = 2**53
"""Up to this a floating-point number is as exact as a whole one."""


def text_of(where: str, name: str, value: Any) -> str:
    """A value of a row as text; what stands for no value (null, NaN) is empty.

    Texts lose the blanks around them. True, false and numbers are written as in JSON, whole numbers without a
    fraction (3.0 is 3: a column of whole numbers with gaps comes so out of a spreadsheet), dates and times as
    in ISO 8601.

    Args:
        where: the row's place, for the message.
        name: of the value.
        value: of the row.

    Raises:
        ValueError: objects, lists, bytes, infinite numbers, and whatever else is no text.
    """
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().strip()  # half of a surrogate pair is no letter
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isnan(value):
            return ""
        case float() if math.isfinite(value):
            whole = value.is_integer() and abs(value) <= LARGEST_WHOLE
            return str(int(value)) if whole else repr(float(value))
        case decimal.Decimal() if value.is_finite():
            return format(value, "f")
        case datetime.date() | datetime.time():
            return value.isoformat()
    raise ValueError(
        f"{where} has {_kind(value)} as '{name}' ({str(value)[:40]}), where a text is expected; write what "
        "is to be read into a field of its own"
    )


def texts_of(where: str, name: str, value: Any) -> list[str]:
    """The texts of a value that is one or a list of them, each once, without empty ones; see `text_of`."""
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(text for one in values if (text := text_of(where, name, one))))


def _kind(value: Any) -> str:
    match value:
        case Mapping():
            return "an object"
        case bytes() | bytearray():
            return "bytes"
        case float() | decimal.Decimal():
            return "an infinite number"
        case Sequence():
            return "a list"
    return f"a value of the kind {type(value).__name__}"
