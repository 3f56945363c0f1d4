"""What comes back: read as far as it goes, and held against what the prompts forbid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

COUNT = r"(one|single|two|three|four|five|six|seven|eight|nine|ten|a few|few|\d+)"
FORBIDDEN = {
    "speaks of the answer's form": re.compile(
        r"multiple.choice|\b(correct|right|best|following|given) (option|choice|letter)s?\b|\boptions? \W?[a-e]\b|\bthe letters? (of|for)\b"
        rf"|\b{COUNT} (or (fewer|less|more) )?words?\b|\b{COUNT} (options|choices|alternatives)\b"
        r"|\b(?-i:A, B(, C(, D)?)?,? (or|and) [B-E])\b|\b(?-i:A or B)\b"
        r"|\byes\b\W* or \W*no\b|\btrue\b\W* or \W*false\b|\bas (a|valid) json\b",
        re.I,
    ),
    "speaks of the examples": re.compile(
        r"\b(these|the (above|given|following|provided)) (examples?|pairs?|question.answer)", re.I
    ),
    "begins with they": re.compile(r"^\W*they\b", re.I),
    "is marked up": re.compile(r"[`*#{}]|^\W*description \d+|^\d+[.)]|\[[^\]]*\]\(", re.I),
}
"""What a description may not hold, by the reason that is counted."""
MARKED = re.compile(r"\s*(?:description *\d+ *[.:)]|\d+ *[.:)]|[-*•])\s*(\S.*)", re.I)
"""A line of a list."""
SHORTEST, LONGEST = 3, 80
"""Words of a description."""


def checked(
    found: Iterable[Any], before: Iterable[str], names: Sequence[str] = ()
) -> tuple[tuple[str, ...], dict[str, int]]:
    """The descriptions that may stay, and how many may not for which reason; those that repeat an earlier one may not.

    Args:
        found: what came, texts or objects of one text.
        before: descriptions that are there already.
        names: of a culture and its people; a description without any of them is refused, where some are given.
    """
    named = re.compile("|".join(re.escape(name.removeprefix("the ")) for name in names), re.I)
    seen, kept, refused = {_plain(text) for text in before}, [], Counter[str]()
    for item in found:
        text = _said(item)
        words = len(text.split())
        why = (
            "is no text"
            if not text
            else "is too short"
            if words < SHORTEST
            else "is too long"
            if words > LONGEST
            else None
        )
        why = why or next((name for name, pattern in FORBIDDEN.items() if pattern.search(text)), None)
        why = why or ("names neither place nor people" if names and not named.search(text) else None)
        why = why or ("came before" if _plain(text) in seen else None)
        if why:
            refused[why] += 1
        else:
            seen.add(_plain(text))
            kept.append(text)
    return tuple(kept), dict(refused)


def _said(item: Any) -> str:
    """The text of an item: itself, or of an object what is called a description, or else its longest text."""
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = item.get("description") or max(texts, key=len, default="")
    return " ".join(item.encode("utf-8", "replace").decode().split()) if isinstance(item, str) else ""


def parsed(answer: str) -> list[Any]:
    """The array that an answer holds, whatever is around it or missing at its end; else its lines, without their numbers."""
    from json_repair import loads

    answer = re.sub(r"<think(ing)?>.*?(</think(ing)?>|\Z)", "", answer, flags=re.S)
    start = min((place for place in (answer.find("["), answer.find("{")) if place >= 0), default=-1)
    if start >= 0:
        found = loads(answer[start:])
        if isinstance(found, dict):  # numbered, or with the list inside
            values = list(found.values())
            found = next((value for value in values if isinstance(value, list)), values)
        if isinstance(found, list) and any(isinstance(item, str | dict) for item in found):
            return [item for item in found if isinstance(item, str | dict)]
    marked = [match.group(1) for line in answer.splitlines() if (match := MARKED.match(line))]
    return marked or [
        line for line in answer.splitlines() if line.strip() and not line.rstrip().endswith(":")
    ]


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
