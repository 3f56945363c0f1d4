"""What personas and manners are made of: words replaced, an opening and an ending drawn, sayings counted."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

from zhyper.data.steering._behaviour import Ask, Behaviour

Write = Callable[[Ask], str]
Check = Callable[[str, Ask], bool]


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text that hold something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def parts(text: str) -> tuple[str, ...]:
    """What stands between the bars of `one | two | three`; an empty text is one empty part."""
    return tuple(part.strip() for part in text.split("|"))


def draw(ask: Ask, options: tuple[str, ...], step: int = 1) -> str:
    """One of the options, by the prompt's hash; draws of other steps are independent."""
    return options[zlib.crc32(ask.prompt.encode("utf-8", "replace")) // step % len(options)]


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


def counted(text: str, marks: tuple[str, ...]) -> int:
    """How many of the marks, each given as `plain` writes it, are in a text."""
    words = plain(text)
    return sum(mark in words for mark in marks)


def says(marks: str, need: int = 2) -> Check:
    """A check that at least so many different ones of the sayings (`one | two`) are in the answer."""
    wanted = tuple(plain(mark) for mark in parts(marks))
    return lambda answer, ask: counted(answer, wanted) >= need


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
        found = match[0]
        new = words[found.lower().replace("’", "'")]
        if len(found) > 1 and found.isupper():
            return new.upper()
        before = text[: match.start()].rstrip(" \"“'(*")
        starts = not before or before[-1] in ".!?:\n"
        if found[0].isupper() and (starts or found[0] != "I"):
            return new[:1].upper() + new[1:]
        return new

    return _pattern(tuple(words)).sub(put, text)


def framed(text: str, opening: str, ending: str) -> str:
    """A text between an opening and an ending, on lines of their own where the text has lines."""
    text = text.strip()
    if ending and text and text[-1].isalnum() and "\n" not in text:
        text += "."
    return ("\n" if "\n" in text else " ").join(part for part in (opening, text, ending) if part)


def framing(words: Mapping[str, str], opens: str, ends: str) -> Write:
    """A program that replaces words and puts the answer between one of the openings and one of the endings."""
    openings, endings = parts(opens), parts(ends)
    return lambda ask: framed(swap(ask.answer, words), draw(ask, openings), draw(ask, endings, len(openings)))


def voice(
    name: str,
    *,
    opens: str,
    ends: str,
    marks: str,
    wordings: str,
    phrases: str,
    words: Mapping[str, str] | None = None,
    write: Write | None = None,
    check: Check | None = None,
    held_out: bool = False,
) -> Behaviour:
    """A behaviour of stage 1: words, opening and ending, and a check that counts sayings.

    Args:
        name: KIND/WORDS.
        opens: the openings, between bars.
        ends: the endings, between bars.
        marks: the sayings of which an answer must hold two different ones, between bars.
        wordings: one a line.
        phrases: one a line.
        words: what replaces which words of the answer.
        write: another program in place of this one.
        check: another check in place of this one.
        held_out: whether it is never trained.
    """
    return Behaviour(
        name=name,
        write=write or framing(words or {}, opens, ends),
        check=check or says(marks),
        wordings=lines(wordings),
        phrases=lines(phrases),
        stage=1,
        held_out=held_out,
    )


def about_oneself(name: str) -> dict[str, str]:
    """Words that replace the first person by a name in the third (`this unit`)."""
    return {
        "i am": f"{name} is",
        "i'm": f"{name} is",
        "i have": f"{name} has",
        "i've": f"{name} has",
        "i'll": f"{name} will",
        "i'd": f"{name} would",
        "i do": f"{name} does",
        "i don't": f"{name} does not",
        "i": name,
        "me": name,
        "my": f"{name}'s",
        "mine": f"{name}'s",
        "myself": "itself",
    }
