"""Selectors: which items of an input a task is about, and the phrases that name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhyper.data.procedural._categories import NEAR, article, category_plural
from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._phrases import alternatives


@dataclass(frozen=True)
class Selector:
    """Takes items from an input, None if it does not fit the input; `phrases` are nouns for the items."""

    name: str
    take: Callable[[Input], tuple[str, ...] | None]
    phrases: tuple[str, ...]
    many: bool = False


NOUNS = {
    "word": ("word", "input"),
    "list": ("word", "list"),
    "numbers": ("number", "list"),
    "pair": ("word", "pair"),
    "sentence": ("word", "sentence"),
    "date": ("part", "date"),
    "name": ("word", "name"),
}
"""What an item of each kind of input is called, and the whole."""


def _at(index: int) -> Callable[[Input], tuple[str, ...] | None]:
    return lambda sample: (sample.items[index],) if len(sample.items) >= abs(index) + (index > 0) else None


def _most(key: Callable[[str], object], high: bool) -> Callable[[Input], tuple[str, ...] | None]:
    """The item that stands out alone by a key."""

    def take(sample: Input) -> tuple[str, ...] | None:
        keys = [key(item) for item in sample.items]
        best = sorted(keys, reverse=high)[0]  # type: ignore[type-var]
        return (sample.items[keys.index(best)],) if keys.count(best) == 1 and len(keys) > 1 else None

    return take


_POSITIONS: dict[str, tuple[int, str]] = {
    "first": (
        0,
        "the first {w}|the first {w} of {l}|the {w} that comes first in {l}|the {w} at the start of {l}|the "
        "opening {w} of {l}|the {w} that {l} begins with|the very first {w}",
    ),
    "second": (
        1,
        "the second {w}|the second {w} of {l}|the {w} that comes second in {l}|the {w} right after the "
        "first one|the {w} in second place|{w} number two of {l}|the {w} in position two",
    ),
    "third": (
        2,
        "the third {w}|the third {w} of {l}|the {w} that comes third in {l}|the {w} right after the second "
        "one|the {w} in third place|{w} number three of {l}|the {w} in position three",
    ),
    "last": (
        -1,
        "the last {w}|the last {w} of {l}|the {w} that comes last in {l}|the {w} at the end of {l}|the "
        "final {w} of {l}|the {w} that {l} ends with|the very last {w}",
    ),
    "second-to-last": (
        -2,
        "the second to last {w}|the next to last {w} of {l}|the {w} just before the last one|the last {w} "
        "but one|the penultimate {w} of {l}|the second {w} from the end of {l}",
    ),
}
_EXTREMES: dict[str, tuple[Callable[[str], object], bool, str]] = {
    "longest": (
        len,
        True,
        "the longest {w}|the longest {w} of {l}|the {w} with the most letters|the {w} that has more letters "
        "than the others|the {w} in {l} that is the longest|whichever {w} has the most letters|the {w} of "
        "the greatest length",
    ),
    "shortest": (
        len,
        False,
        "the shortest {w}|the shortest {w} of {l}|the {w} with the fewest letters|the {w} that has fewer "
        "letters than the others|the {w} in {l} that is the shortest|whichever {w} has the fewest letters|"
        "the {w} of the least length",
    ),
    "alphabetically-first": (
        str.lower,
        False,
        "the alphabetically first {w}|the {w} of {l} that comes first in the alphabet|the {w} that would be "
        "first in a dictionary|the {w} that comes first in alphabetical order|the {w} that stands first "
        "when {l} is sorted from A to Z|the {w} nearest to the start of the alphabet",
    ),
    "alphabetically-last": (
        str.lower,
        True,
        "the alphabetically last {w}|the {w} of {l} that comes last in the alphabet|the {w} that would be "
        "last in a dictionary|the {w} that comes last in alphabetical order|the {w} that stands last when "
        "{l} is sorted from A to Z|the {w} nearest to the end of the alphabet",
    ),
    "largest": (
        int,
        True,
        "the largest {w}|the largest {w} of {l}|the biggest {w}|the highest {w} in {l}|the maximum of {l}|"
        "the {w} that is greater than all the others|the greatest {w}",
    ),
    "smallest": (
        int,
        False,
        "the smallest {w}|the smallest {w} of {l}|the lowest {w}|the lowest {w} in {l}|the minimum of {l}|"
        "the {w} that is less than all the others|the least {w}",
    ),
}
_SEVERAL: dict[str, tuple[Callable[[tuple[str, ...]], tuple[str, ...]], str]] = {
    "every": (
        lambda items: items,
        "every {w}|each {w} of {l}|every single {w} of {l}|each and every {w}|each of the {w}s|each {w} in "
        "turn",
    ),
    "first-and-last": (
        lambda items: (items[0], items[-1]),
        "the first and the last {w}|the first {w} and the last {w} of {l}|the {w}s at both ends of {l}|the "
        "two outermost {w}s|the opening {w} and the final {w}|the two {w}s at the start and the end",
    ),
    "all-but-first": (
        lambda items: items[1:],
        "all {w}s but the first|the {w}s of {l} except the first one|the {w}s after the first one|all the "
        "{w}s without the first one|the {w}s that {l} has without its first one|the {w}s left when the "
        "first one is taken away",
    ),
    "all-but-last": (
        lambda items: items[:-1],
        "all {w}s but the last|the {w}s of {l} except the last one|the {w}s before the last one|all the "
        "{w}s without the last one|the {w}s that {l} has without its last one|the {w}s left when the last "
        "one is taken away",
    ),
    "first-two": (
        lambda items: items[:2],
        "the first two {w}s|the first two {w}s of {l}|the two {w}s that come first|the {w}s in positions "
        "one and two|the two opening {w}s of {l}|the first {w} together with the second one",
    ),
    "last-two": (
        lambda items: items[-2:],
        "the last two {w}s|the last two {w}s of {l}|the two {w}s that come last|the two {w}s at the end|the "
        "two final {w}s of {l}|the second to last {w} together with the last one",
    ),
}


def _phrases(kind: str, text: str) -> tuple[str, ...]:
    noun, whole = NOUNS[kind]
    return alternatives(text.replace("{w}", noun).replace("{l}", f"the {whole}"))


def selector(kind: str, name: str) -> Selector:
    """A selector by place or by comparison."""
    if name in _POSITIONS:
        index, text = _POSITIONS[name]
        return Selector(name, _at(index), _phrases(kind, text))
    if name in _EXTREMES:
        key, high, text = _EXTREMES[name]
        return Selector(name, _most(key, high), _phrases(kind, text))
    several, text = _SEVERAL[name]
    many = name not in ("every",)
    return Selector(
        name,
        lambda sample: several(sample.items) if len(sample.items) > 2 else None,
        _phrases(kind, text),
        many,
    )


def members(sample: Input, category: str) -> list[str] | None:
    """The items of a category; none at all if of some item one may doubt it."""
    if not NEAR[category].isdisjoint(sample.kinds):
        return None
    return [item for item, kind in zip(sample.items, sample.kinds, strict=True) if kind == category]


def the_category(kind: str, category: str) -> Selector:
    """The one item of a category."""

    def take(sample: Input) -> tuple[str, ...] | None:
        items = members(sample, category) if sample.kinds.count(category) == 1 else None
        return tuple(items) if items else None

    c, a, cs = category, article(category), category_plural(category)
    return Selector(
        f"the-{category.replace(' ', '-')}",
        take,
        _phrases(
            kind,
            f"the {c}|the {c} in {{l}}|the {{w}} that names {a}|the one {{w}} in {{l}} that is {a}|the "
            f"{{w}} that belongs with {cs}|whichever {{w}} is {a}|the only {c} among the {{w}}s|the {{w}} "
            f"for {a}",
        ),
    )


def not_category(category: str) -> Selector:
    """The items that are not of a category, where there are some."""

    def take(sample: Input) -> tuple[str, ...] | None:
        items = members(sample, category)
        return tuple(item for item in sample.items if item not in items) or None if items else None

    a, cs = article(category), category_plural(category)
    return Selector(
        f"not-{category.replace(' ', '-')}",
        take,
        _phrases(
            "list",
            f"the {{w}}s that are not {cs}|all {{w}}s of {{l}} except the {cs}|the {{w}}s that remain "
            f"without the {cs}|all {{w}}s that do not name {a}|the {{w}}s that do not belong with {cs}|only "
            f"the {{w}}s in {{l}} that are no {cs}|the {{w}}s left when every {category} is taken out",
        ),
        True,
    )


def all_category(category: str) -> Selector:
    """All items of a category, where there are two or more among others."""

    def take(sample: Input) -> tuple[str, ...] | None:
        items = members(sample, category)
        return tuple(items) if items and 1 < len(items) < len(sample.items) else None

    cs = category_plural(category)
    return Selector(
        f"all-{category.replace(' ', '-')}",
        take,
        _phrases(
            "list",
            f"all the {cs}|all {cs} in {{l}}|the {{w}}s that name {cs}|the {{w}}s of {{l}} that are {cs}|"
            f"only the {cs}|the {{w}}s that count as {cs}|the {cs} among the {{w}}s, all of them",
        ),
        True,
    )
