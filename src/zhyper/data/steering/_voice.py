"""Programs of personas and manners: words replaced, an opening and an ending drawn, sayings counted."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from zhyper.data.steering._behaviour import Ask, Behaviour, Check, Write
from zhyper.data.steering._text import lines, parts, plain, swap


def draw(ask: Ask, options: tuple[str, ...], step: int = 1) -> str:
    """One of the options, by the prompt's hash; draws of other steps are independent."""
    return options[zlib.crc32(ask.prompt.encode("utf-8", "replace")) // step % len(options)]


def counted(text: str, marks: tuple[str, ...]) -> int:
    """How many of the marks, each given as `plain` writes it, are in a text."""
    words = plain(text)
    return sum(mark in words for mark in marks)


def says(marks: str, need: int = 2) -> Check:
    """A check that at least so many different ones of the sayings (`one | two`) are in the answer."""
    sayings = tuple(plain(mark) for mark in parts(marks))
    return lambda answer, ask: counted(answer, sayings) >= need


def framed(text: str, opening: str, ending: str) -> str:
    """A text between an opening and an ending, on lines of their own where the text has lines."""
    text = text.strip()
    if ending and text and text[-1].isalnum() and "\n" not in text:
        text += "."
    return ("\n" if "\n" in text else " ").join(part for part in (opening, text, ending) if part)


def framing(words: Mapping[str, str], opens: str, ends: str) -> Write:
    """A program that replaces words and puts the answer between an opening and an ending."""
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
