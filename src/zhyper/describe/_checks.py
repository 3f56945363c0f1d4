"""Reads descriptions out of an answer, and checks them against what the prompts forbid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

COUNT = r"(one|single|two|three|four|five|six|seven|eight|nine|ten|a few|few|\d+)"
FORBIDDEN = {
    "speaks of the answer's form": re.compile(
        r"multiple.choice|\b(correct|right|best|following|given) (option|choice|letter)s?\b|\boptions? "
        r"\W?[a-e]\b|\bthe letters? (of|for)\b"
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


def check(
    items: Iterable[Any], before: Iterable[str], names: Sequence[str] = ()
) -> tuple[tuple[str, ...], dict[str, int]]:
    """The descriptions that pass, and how many were refused for which reason.

    Args:
        items: of an answer, texts or objects of one text.
        before: earlier descriptions, which none may repeat.
        names: of a culture and its people; a description without any of them is refused, where some are
            given.
    """
    any_name = re.compile("|".join(re.escape(name.removeprefix("the ")) for name in names), re.I)
    earlier, passed, refused = {_plain(text) for text in before}, list[str](), Counter[str]()
    for item in items:
        text = _text_of(item)
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
        why = why or ("names neither place nor people" if names and not any_name.search(text) else None)
        why = why or ("came before" if _plain(text) in earlier else None)
        if why:
            refused[why] += 1
        else:
            earlier.add(_plain(text))
            passed.append(text)
    return tuple(passed), dict(refused)


def _text_of(item: Any) -> str:
    """The text of an item: itself, or of an object what is called a description, or else its longest text."""
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = item.get("description") or max(texts, key=len, default="")
    return " ".join(item.encode("utf-8", "replace").decode().split()) if isinstance(item, str) else ""


def parse(answer: str) -> list[Any]:
    """The array in an answer, whatever is around it or missing at its end; else its lines."""
    from json_repair import loads

    answer = re.sub(r"<think(ing)?>.*?(</think(ing)?>|\Z)", "", answer, flags=re.S)
    start = min((place for place in (answer.find("["), answer.find("{")) if place >= 0), default=-1)
    if start >= 0:
        content = loads(answer[start:])
        if isinstance(content, dict):  # numbered, or with the list inside
            values = list(content.values())
            content = next((value for value in values if isinstance(value, list)), values)
        items = (
            [item for item in content if isinstance(item, str | dict)] if isinstance(content, list) else []
        )
        if items:
            return items
    list_items = [match.group(1) for line in answer.splitlines() if (match := MARKED.match(line))]
    return list_items or [
        line for line in answer.splitlines() if line.strip() and not line.rstrip().endswith(":")
    ]


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
