r"""What a model's name says of the context: `zhyper/` and a description, an id, a name, or weighted parts.

    zhyper/Answer in French.
    zhyper/plural
    zhyper/0.5 × "Answer in French."
    zhyper/0.7 × "Answer in French." + 0.3 × "Answer briefly."

A description needs no quotation marks; parts do (JSON's: `\"` and `\\` stand for a mark and a backslash).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from zhyper.modulation import shares
from zhyper.serve import Limits

PREFIX = "zhyper/"
Parts = tuple[tuple[str, float], ...]
"""What is named, and its weight; of a single part the strength."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PART = re.compile(rf"\s*(?:({_NUMBER})\s*[×*]\s*)?({_QUOTED})\s*")
_WEIGHTED = re.compile(rf'\s*(?:{_NUMBER}\s*[×*]\s*"|{_QUOTED}\s*\+)')
"""How a name with weighted parts begins; a description that begins so stands in quotation marks itself."""


def parts_of(name: str, limits: Limits) -> Parts:
    """What the name of a model, without its prefix, says of the context.

    Raises:
        ValueError: it is too long, is empty, has weights that cannot be read, or is beyond the limits.
    """
    most = limits.mixture * (2 * limits.description_characters + 32)  # each character may have a backslash
    if len(name) > most:
        raise ValueError(
            f"the model's name has {len(name):,} characters, but may have {most:,}; shorten its descriptions"
        )
    parts = tuple(_weighted(name)) if _WEIGHTED.match(name) else ((name, 1.0),)
    for text, _ in parts:
        limits.check_description(text)
    if len(parts) == 1:
        limits.check_strength(parts[0][1])
    else:
        limits.check_mixture([weight for _, weight in parts])
    return parts


def _weighted(name: str) -> Iterator[tuple[str, float]]:
    """The weighted parts of a name; without any weight equal ones that add up to 1."""
    found, place = list[tuple[str, float | None]](), 0
    while True:
        part = _PART.match(name, place)
        if part is None:
            raise _unreadable(name[place:])
        try:
            text = json.loads(part[2], strict=False)
        except ValueError as error:
            raise _unreadable(part[2]) from error
        found.append((text, None if part[1] is None else float(part[1])))
        place = part.end()
        if place == len(name):
            break
        if name[place] != "+":
            raise _unreadable(name[place:])
        place += 1
    weights = shares([weight for _, weight in found])
    texts: dict[str, float] = {}
    for (text, _), weight in zip(found, weights, strict=True):
        if text in texts:
            raise ValueError(
                f'"{text[:80]}" stands twice in the name; give it once, with the sum of its weights'
            )
        texts[text] = weight
    yield from texts.items()


def _unreadable(rest: str) -> ValueError:
    return ValueError(
        f"the model's name begins with a weight, but goes on with '{rest[:80]}'; write "
        '0.7 × "one description" + 0.3 × "another", or, where it is one description, put it into quotation '
        'marks: 1 × "..."'
    )
