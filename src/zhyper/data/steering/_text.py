"""Helpers of programs that write and check texts: lines, parts between bars, plain words, words replaced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text that are not blank, without spaces at their ends."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def parts(text: str) -> tuple[str, ...]:
    """What stands between the bars of `one | two | three`; an empty text is one empty part."""
    return tuple(part.strip() for part in text.split("|"))


def capitalised(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """The words of a text in lower case, with a space before and after each, without accents and apostrophes.

    Escapes of JSON are read, and three or more of a letter count as two (`arrrr` is `arr`).
    """
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    text = re.sub(r"\\[nrt]", " ", text)
    text = text.lower()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub(r"['’‘`]", "", text)
    text = re.sub(r"(\w)\1{2,}", r"\1\1", text)
    words = re.sub(r"[\W_]+", " ", text).strip()
    return f" {words} "


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word).replace("'", "['’]") for word in longest_first)
    return re.compile(rf"(?<!\w)(?<!\w['’])(?:{either})(?!['’]?\w)", re.IGNORECASE)


def swap(text: str, words: Mapping[str, str]) -> str:
    """The text with whole words replaced; a capital at the start of a word or of a sentence stays."""
    if not words:
        return text

    def put(match: re.Match[str]) -> str:
        word = match[0]
        new = words[word.lower().replace("’", "'")]
        if len(word) > 1 and word.isupper():
            return new.upper()
        before = text[: match.start()].rstrip(" \"“'(*")
        starts = not before or before[-1] in ".!?:\n"
        if word[0].isupper() and (starts or word[0] != "I"):
            return capitalised(new)
        return new

    return _pattern(tuple(words)).sub(put, text)
