"""The table of tasks: what is composed with what, and which tasks are kept from training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

from zhyper.data._collection import Split
from zhyper.data.procedural._categories import CATEGORIES, REPORT_CATEGORIES, SELECTION_CATEGORIES, UNTRAINED
from zhyper.data.procedural._constants import CONSTANTS, NAMES, OPENINGS, PHRASES, constant_deeds
from zhyper.data.procedural._deeds import LIST_DEEDS, NUMBER_DEEDS, PAIR_DEEDS, Deed
from zhyper.data.procedural._parts import (
    AS_IS,
    BARE,
    CARRIERS,
    FORMS,
    NUMBER_TRANSFORMATIONS,
    TRANSFORMATIONS,
    Form,
    Selector,
    Transformation,
    all_category,
    not_category,
    role,
    selector,
    the_category,
)
from zhyper.data.procedural._pools import THINGS, Input
from zhyper.data.procedural._sentence_deeds import DATE_DEEDS, NAME_DEEDS, SENTENCE_DEEDS
from zhyper.data.procedural._verdicts import LABELS, category_count, category_verdict, verdicts
from zhyper.data.procedural._wordings import Phrases


@dataclass(frozen=True)
class Spec:
    """A row of the table: a task without its pairs and wordings; `parts` name what it is composed of."""

    name: str
    kind: str
    act: Callable[[Input], str | None]
    phrases: Phrases
    form: Form
    parts: tuple[str, ...]
    split: Split = "train"
    novelty: str = ""
    """What is new in a task kept from training: a category, a constant or a combination."""
    needs: str = ""
    """The category without which no input fits the task."""


def _selected(kind: str, chosen: Selector, change: Transformation, form: Form, *more: str) -> Spec:
    def act(given: Input) -> str | None:
        found = chosen.take(given)
        changed = [change.change(item) for item in found or ()]
        return form.write(", ".join(text for text in changed if text)) if changed and all(changed) else None

    texts = tuple(phrase.replace("{}", what) for phrase in change.phrases for what in chosen.phrases)
    needs = more[0].removeprefix("category:") if more else ""
    extra = [part.name for part in (change, form) if part not in (AS_IS, BARE)]
    parts = (*((f"{kind}:{chosen.name}",) if not more else ("the-category",)), *extra, *more)
    name, phrases = "/".join(("procedural", kind, chosen.name, *extra)), Phrases(texts, many=chosen.many and change.plain)
    return Spec(name, kind, act, phrases, form, parts, needs=needs)


def _done(deed: Deed, form: Form = BARE) -> Spec:
    def act(given: Input) -> str | None:
        found = deed.act(given)
        return None if found is None else form.write(found)

    extra = [form.name] if form is not BARE else []
    parts = (*(deed.parts or (f"{deed.kind}:{deed.name}",)), *extra)
    return Spec("/".join(("procedural", deed.kind, deed.name, *extra)), deed.kind, act, deed.phrases, form, parts)


_POSITIONS = ("first", "second", "third", "last", "second-to-last")
_WORD_EXTREMES = ("longest", "shortest", "alphabetically-first", "alphabetically-last")
_ALL_FORMS = (*FORMS.values(), *CARRIERS.values())
_WORD_CHANGES = tuple(TRANSFORMATIONS.values())
_LETTER_CHANGES = tuple(t for t in _WORD_CHANGES if t.name not in ("plural", "category", "with-category", "capitalised"))


def _grid(
    random: Random, kind: str, chosen: Iterable[Selector], changes: tuple[Transformation, ...], sizes: tuple[int, int, int]
) -> Iterator[Spec]:
    """Selectors as they are, and drawn numbers of combinations with a transformation, with a form, and with both."""
    selectors = tuple(chosen)
    yield from (_selected(kind, s, AS_IS, BARE) for s in selectors)
    with_change, with_form, with_both = sizes
    yield from (_selected(kind, s, t, BARE) for s, t in _draw(random, product(selectors, changes), with_change))
    yield from (_selected(kind, s, AS_IS, f) for s, f in _draw(random, product(selectors, _ALL_FORMS), with_form))
    yield from (_selected(kind, s, t, f) for s, t, f in _draw(random, product(selectors, changes, _ALL_FORMS), with_both))


def _draw(random: Random, values: Iterable[Any], count: int) -> list[Any]:
    found = list(values)
    return random.sample(found, min(count, len(found)))


def _several(random: Random) -> Iterator[Spec]:
    """Several items of a list: with a form, or with a change that goes with several."""
    for name in ("first-and-last", "all-but-first", "all-but-last", "first-two", "last-two"):
        chosen = selector("list", name)
        yield _selected("list", chosen, AS_IS, BARE)
        yield _selected("list", chosen, TRANSFORMATIONS["upper"], BARE)
        yield from (_selected("list", chosen, AS_IS, form) for form in _draw(random, _ALL_FORMS, 4))


def _by_category(random: Random) -> Iterator[Spec]:
    """What is asked about each category: the one of a list or pair, those that are not, all, how many, whether any."""
    changes = tuple(t for t in _LETTER_CHANGES)
    for number, name in enumerate(CATEGORIES):
        part = f"category:{name}"
        chosen = the_category("list", name)
        yield _selected("list", chosen, AS_IS, BARE, part)
        yield _selected("list", chosen, random.choice(changes), BARE, part)
        yield _selected("list", chosen, AS_IS, random.choice(_ALL_FORMS), part)
        if number % 2 or name in UNTRAINED:
            yield _selected("list", chosen, random.choice(changes), random.choice(_ALL_FORMS), part)
        labels = LABELS[number % len(LABELS)]
        if number % 2 or name in UNTRAINED:
            yield replace(_selected("list", not_category(name), AS_IS, BARE, part), parts=("not-category", part))
            yield _done(category_verdict("list", name, labels))
            yield _selected("pair", the_category("pair", name), AS_IS, BARE, part)
        if number % 2 == 0 or name in UNTRAINED:
            yield replace(_selected("list", all_category(name), AS_IS, BARE, part), parts=("all-category", part))
            yield _done(category_count(name))
            yield _done(category_verdict("pair", name, labels))


def _sentence_selectors() -> Iterator[Selector]:
    yield from (selector("sentence", name) for name in ("first", "second", "third", "last", "second-to-last", "longest"))
    yield role("sentence", "name", "the name in the sentence", "the person's name",
        "the first name that occurs in the sentence", "who is named in the sentence",
               "the name of the person in the sentence", "the one personal name in it")  # fmt: skip
    yield role("sentence", "colour", "the colour in the sentence", "the colour word",
        "the word for a colour in the sentence", "the colour that is mentioned",
               "the one colour named in the sentence", "the name of the colour in it")  # fmt: skip
    yield role("sentence", "city", "the city in the sentence", "the name of the city", "the town where it happened",
               "the city that is mentioned",
               "the one city named in the sentence", "the place name in the sentence")  # fmt: skip
    yield role("sentence", "verb", "the verb of the sentence", "the verb",
        "the word that says what was done", "the verb in the sentence as it stands",
               "the action word", "the one verb form in the sentence")  # fmt: skip
    yield role("sentence", "job", "the job in the sentence",
        "the occupation that is mentioned", "the word for a job", "the profession named in the sentence",
               "the trade of the person in the sentence", "the one job named in it")  # fmt: skip
    yield role("sentence", "building",
        "the building in the sentence", "the building that is mentioned", "the word for a building", "the kind of building named "
               "in the sentence", "the building near which it happened", "the one building named in it")  # fmt: skip
    yield role("sentence", "day of the week",
        "the day of the week in the sentence", "the weekday", "the day on which it happened", "the day that is mentioned",
               "the one weekday named in the sentence", "the name of the day in it")  # fmt: skip


def _sentence_things(random: Random) -> Iterator[Spec]:
    for name in THINGS:
        chosen = the_category("sentence", name)
        part = f"category:{name}"
        yield _selected("sentence", chosen, AS_IS, BARE, part)
        yield _selected("sentence", chosen, random.choice(_LETTER_CHANGES), BARE, part)
        yield _selected("sentence", chosen, AS_IS, random.choice(_ALL_FORMS), part)
        yield _selected("sentence", chosen, random.choice(_LETTER_CHANGES), random.choice(_ALL_FORMS), part)


def _part_of(kind: str, index: int, *phrases: str) -> Selector:
    name = {"date": ("day", "month", "year"), "name": ("first", "last")}[kind][index]
    return role(kind, name, *phrases)


_DATE_SELECTORS = (
    _part_of("date", 0, "the day of the month", "the day in the date", "the number of the day", "the day given in the date",
        "the first part of the date, the day",
             "the day's number in the month"),
    _part_of("date", 1, "the month", "the name of the month", "the month in the date", "the month given in the date",
        "the middle part of the date, the month",
             "the month word of the date"),
    _part_of("date", 2, "the year", "the year in the date", "the number of the year", "the year given in the date",
        "the last part of the date, the year",
             "the four digits of the year"),
)  # fmt: skip
_NAME_SELECTORS = (
    _part_of("name", 0, "the first name", "the given name", "the person's first name", "the forename", "the first of the two names",
        "the first name of the person"),
    _part_of("name", 1, "the last name", "the surname", "the person's last name", "the family name",
             "the second of the two names", "the surname of the person"),
)  # fmt: skip
_THE_WORD = Selector("the-word", lambda given: given.items, (
    "the word", "the given word", "the input word", "the word you see", "the word in the input", "this word",
    "the word that is sent"))  # fmt: skip


def _deeds(random: Random, deeds: Iterable[Deed], formed: int) -> Iterator[Spec]:
    """Deeds as they are, and a number of them with a form."""
    found = tuple(deeds)
    yield from map(_done, found)
    yield from (_done(deed, form) for deed, form in _draw(random, product(found, _ALL_FORMS), formed))


def _rows() -> Iterator[Spec]:
    random = Random("procedural")
    words = (*_POSITIONS, *_WORD_EXTREMES)
    yield from _grid(random, "list", (selector("list", name) for name in (*words, "every")), _WORD_CHANGES, (72, 36, 38))
    yield from _several(random)
    yield from _by_category(random)
    yield from _deeds(random, LIST_DEEDS, 24)
    yield from _grid(random, "pair", (selector("pair", name) for name in ("first", "last", *_WORD_EXTREMES)), _WORD_CHANGES, (30, 14, 16))
    yield from _deeds(random, PAIR_DEEDS, 12)
    yield from _grid(random, "word", [_THE_WORD], _WORD_CHANGES, (len(_WORD_CHANGES), len(_ALL_FORMS), 38))
    numbers = (selector("numbers", name) for name in (*_POSITIONS, "largest", "smallest"))
    yield from _grid(random, "numbers", numbers, tuple(NUMBER_TRANSFORMATIONS.values()), (30, 16, 18))
    yield from _deeds(random, NUMBER_DEEDS, 16)
    yield from _grid(random, "sentence", _sentence_selectors(), _LETTER_CHANGES, (36, 20, 20))
    yield from _sentence_things(random)
    yield from _deeds(random, SENTENCE_DEEDS, 0)
    yield from _grid(random, "date", _DATE_SELECTORS[1:2], _LETTER_CHANGES, (6, 4, 6))
    yield from _grid(random, "date", _DATE_SELECTORS[0::2], (), (0, 6, 0))
    yield from _deeds(random, DATE_DEEDS, 6)
    yield from _grid(random, "name", _NAME_SELECTORS, _LETTER_CHANGES, (12, 8, 10))
    yield from _deeds(random, NAME_DEEDS, 6)
    yield from map(_done, verdicts())
    yield from map(_done, constant_deeds())


def _kept(values: Iterable[str]) -> dict[str, Split]:
    """Of each sixteen constants two are for reporting and one is for selection."""
    return {f"constant:{c}": "selection" if i % 16 == 7 else "report" for i, c in enumerate(values) if i % 8 == 3 or i % 16 == 7}


_FLAT = ({"the-dinosaur", "last-letter"}, {"day-of-the-week", "last-letter"}, {"day-of-the-week", "last-two-letters"})
"""What would have the same answer nearly always."""
_KEPT: dict[str, Split] = {
    **{f"category:{name}": "report" for name in REPORT_CATEGORIES},
    **{f"category:{name}": "selection" for name in SELECTION_CATEGORIES},
    **_kept(CONSTANTS), **_kept(NAMES), **_kept(PHRASES), **_kept(OPENINGS),
}  # fmt: skip
_SHARES: tuple[tuple[Split, float], ...] = (("report", 0.105), ("selection", 0.052))


@lru_cache(maxsize=1)
def table() -> tuple[Spec, ...]:
    """All tasks with their splits, the same for every seed.

    Kept from training are all tasks of some categories and constants, and besides them combinations of parts
    each of which is in at least three tasks to train on.
    """
    rows: dict[str, Spec] = {}
    for spec in _rows():
        if any(flat <= set(spec.name.split("/")) for flat in _FLAT):
            continue
        kept = next((part for part in spec.parts if part in _KEPT), None)
        if kept is not None:
            spec = replace(spec, split=_KEPT[kept], novelty=kept.partition(":")[0])
        rows.setdefault(spec.name, spec)
    trained = Counter(part for spec in rows.values() if spec.split == "train" for part in spec.parts)
    names = sorted(name for name, spec in rows.items() if spec.split == "train" and len(spec.parts) > 1)
    Random("kept").shuffle(names)
    for split, share in _SHARES:
        missing = round(share * len(rows)) - sum(spec.split == split for spec in rows.values())
        while missing > 0 and names:
            spec = rows[names.pop()]
            if all(trained[part] > 3 for part in spec.parts):
                trained.subtract(spec.parts)
                rows[spec.name] = replace(spec, split=split, novelty="combination")
                missing -= 1
    return tuple(rows.values())


def kind_of_novelty(name: str) -> str:
    """What is new in the task of a name: `category`, `constant` or `combination`; nothing in one to train on."""
    found = {spec.name: spec.novelty for spec in table()}
    if name not in found:
        raise ValueError(f"there is no procedural task {name}")
    return found[name]
