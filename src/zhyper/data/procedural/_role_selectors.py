"""Selectors of what the parts of a sentence, date or name are, such as its verb, its month or its surname."""

from __future__ import annotations

from collections.abc import Iterator

from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._phrases import alternatives
from zhyper.data.procedural._selectors import Selector, selector


def _role(kind: str, name: str, phrases: str) -> Selector:
    """The one item of a role."""

    def take(sample: Input) -> tuple[str, ...] | None:
        item = sample.only(name)
        return None if item is None else (item,)

    return Selector(name.replace(" ", "-"), take, alternatives(phrases))


def sentence_selectors() -> Iterator[Selector]:
    """Words of a sentence by their place, and by what they are."""
    yield from (
        selector("sentence", name)
        for name in ("first", "second", "third", "last", "second-to-last", "longest")
    )
    yield _role(
        "sentence",
        "name",
        "the name in the sentence|the person's name|the first name that occurs in the sentence|who is named "
        "in the sentence|the name of the person in the sentence|the one personal name in it",
    )
    yield _role(
        "sentence",
        "colour",
        "the colour in the sentence|the colour word|the word for a colour in the sentence|the colour that "
        "is mentioned|the one colour named in the sentence|the name of the colour in it",
    )
    yield _role(
        "sentence",
        "city",
        "the city in the sentence|the name of the city|the town where it happened|the city that is "
        "mentioned|the one city named in the sentence|the place name in the sentence",
    )
    yield _role(
        "sentence",
        "verb",
        "the verb of the sentence|the verb|the word that says what was done|the verb in the sentence as it "
        "stands|the action word|the one verb form in the sentence",
    )
    yield _role(
        "sentence",
        "job",
        "the job in the sentence|the occupation that is mentioned|the word for a job|the profession named "
        "in the sentence|the trade of the person in the sentence|the one job named in it",
    )
    yield _role(
        "sentence",
        "building",
        "the building in the sentence|the building that is mentioned|the word for a building|the kind of "
        "building named in the sentence|the building near which it happened|the one building named in it",
    )
    yield _role(
        "sentence",
        "day of the week",
        "the day of the week in the sentence|the weekday|the day on which it happened|the day that is "
        "mentioned|the one weekday named in the sentence|the name of the day in it",
    )


def _part_of(kind: str, index: int, phrases: str) -> Selector:
    name = {"date": ("day", "month", "year"), "name": ("first", "last")}[kind][index]
    return _role(kind, name, phrases)


DATE_SELECTORS = (
    _part_of(
        "date",
        0,
        "the day of the month|the day in the date|the number of the day|the day given in the date|the first "
        "part of the date, the day|the day's number in the month",
    ),
    _part_of(
        "date",
        1,
        "the month|the name of the month|the month in the date|the month given in the date|the middle part "
        "of the date, the month|the month word of the date",
    ),
    _part_of(
        "date",
        2,
        "the year|the year in the date|the number of the year|the year given in the date|the last part of "
        "the date, the year|the four digits of the year",
    ),
)
NAME_SELECTORS = (
    _part_of(
        "name",
        0,
        "the first name|the given name|the person's first name|the forename|the first of the two names|the "
        "first name of the person",
    ),
    _part_of(
        "name",
        1,
        "the last name|the surname|the person's last name|the family name|the second of the two names|the "
        "surname of the person",
    ),
)
THE_WORD = Selector(
    "the-word",
    lambda sample: sample.items,
    alternatives(
        "the word|the given word|the input word|the word you see|the word in the input|this word|the word "
        "that is sent"
    ),
)
