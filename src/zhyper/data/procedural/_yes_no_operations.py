"""Operations with two answers, and those that count a category."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zhyper.data.procedural._categories import NEAR, article, category_plural
from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._operation import Operation
from zhyper.data.procedural._phrases import Phrases, alternatives, judging
from zhyper.data.procedural._selectors import members


def _question(
    kind: str,
    name: str,
    test: Callable[[Input], bool | None],
    labels: tuple[str, str],
    clauses: str,
    parts: tuple[str, ...],
) -> Operation:
    yes, no = labels

    def act(sample: Input) -> str | None:
        truth = test(sample)
        return None if truth is None else yes if truth else no

    named = f"{name}/{yes}-{no}"
    return Operation(kind, named, act, judging(alternatives(clauses), yes, no), (*parts, f"labels:{yes}"))


def _letter(test: Callable[[str, str], bool], letter: str) -> Callable[[Input], bool | None]:
    return lambda sample: test(sample.text.lower(), letter)


def _longer(letters: int) -> Callable[[Input], bool | None]:
    return lambda sample: len(sample.text) > letters


LABELS = (("yes", "no"), ("true", "false"), ("right", "wrong"), ("1", "0"), ("correct", "incorrect"))


def yes_no_operations() -> Iterator[Operation]:
    """Questions with two answers about words, pairs, lists, numbers and sentences."""
    number = 0

    def labels() -> tuple[str, str]:
        nonlocal number
        number += 1
        return LABELS[number % len(LABELS)]

    for c in "abcdeghiklmnoprstu":
        yield _question(
            "word",
            f"has-{c}",
            _letter(lambda word, c: c in word, c),
            labels(),
            f"the word has the letter {c}|there is {'an' if c in 'aefhilmnorsx' else 'a'} {c} in the word|"
            f"the word contains the letter {c}|the letter {c} occurs in the word",
            ("has-letter", f"letter:{c}"),
        )
    for c in "bcpst":
        yield _question(
            "word",
            f"begins-with-{c}",
            _letter(str.startswith, c),
            labels(),
            f"the word begins with {c}|the first letter of the word is {c}|the word starts with the letter "
            f"{c}|{c} is the initial of the word",
            ("begins-with", f"letter:{c}"),
        )
    for c in "aenrty":
        yield _question(
            "word",
            f"ends-with-{c}",
            _letter(str.endswith, c),
            labels(),
            f"the word ends with {c}|the last letter of the word is {c}|the word ends in the letter {c}|{c} "
            "is the final letter of the word",
            ("ends-with", f"letter:{c}"),
        )
    for k in (5, 6, 7, 8):
        yield _question(
            "word",
            f"longer-than-{k}",
            _longer(k),
            labels(),
            f"the word has more than {k} letters|the word is longer than {k} letters|there are more than "
            f"{k} letters in the word|the letters of the word are more than {k}",
            ("longer-than",),
        )
    for two in (LABELS[0], LABELS[1], ("ok", "bad")):
        yield _question(
            "word",
            "begins-with-vowel",
            lambda g: g.text[0].lower() in "aeiou",
            two,
            "the word begins with a vowel|the first letter of the word is a vowel|the word starts with a, "
            "e, i, o or u|a vowel opens the word",
            ("begins-with-vowel",),
        )
    for two in (LABELS[0], LABELS[1], ("same", "different")):
        yield _question(
            "pair",
            "same-category",
            _same,
            two,
            "both words belong to the same category|the two words name the same kind of thing|the words are "
            "of one category|the first word is the same sort of thing as the second",
            ("same-category",),
        )
    for two in (LABELS[0], LABELS[2], ("first", "second")):
        yield _question(
            "pair",
            "first-is-longer",
            _first_longer,
            two,
            "the first word is longer than the second|the first word has more letters than the second|the "
            "second word is the shorter one|the second word has fewer letters than the first",
            ("first-is-longer",),
        )
    for two in LABELS[:3]:
        yield _question(
            "sentence",
            "has-colour",
            lambda g: "colour" in g.roles,
            two,
            "the sentence names a colour|there is a colour in the sentence|a colour word occurs in the "
            "sentence|the sentence has a word for a colour",
            ("has-colour",),
        )
        yield _question(
            "sentence",
            "has-city",
            lambda g: "city" in g.roles,
            two,
            "the sentence names a city|there is a city in the sentence|a city is mentioned in the sentence|"
            "the sentence has the name of a city",
            ("has-city",),
        )
        yield _question(
            "sentence",
            "has-job",
            lambda g: "job" in g.roles,
            two,
            "the sentence names a job|there is a job in the sentence|somebody's job is mentioned in the "
            "sentence|the sentence has a word for a job",
            ("has-job",),
        )
        yield _question(
            "numbers",
            "first-is-even",
            lambda g: int(g.items[0]) % 2 == 0,
            two,
            "the first number is even|the first number can be divided by two|the list begins with an even "
            "number|the number at the start is even",
            ("first-is-even",),
        )
        yield _question(
            "numbers",
            "first-below-last",
            lambda g: int(g.items[0]) < int(g.items[-1]),
            two,
            "the first number is smaller than the last|the last number is greater than the first|the list "
            "begins with a lower number than it ends with|the number at the end is the larger of the two at "
            "the ends",
            ("first-below-last",),
        )


def _same(sample: Input) -> bool | None:
    first, second = sample.kinds
    return None if first in NEAR[second] else first == second


def _first_longer(sample: Input) -> bool | None:
    first, second = map(len, sample.items)
    return None if first == second else first > second


def category_question(kind: str, category: str, labels: tuple[str, str]) -> Operation:
    """Whether a list holds a word of a category, or the first or second of two words is one."""
    a, cs, slug = article(category), category_plural(category), category.replace(" ", "-")
    if kind == "list":
        clauses = (
            f"there is {a} in the list|the list names {a}|one of the words or more names {a}|the list holds "
            f"any {cs}"
        )
        return _question(
            "list",
            f"holds-{slug}",
            lambda g: None if (m := members(g, category)) is None else bool(m),
            labels,
            clauses,
            ("holds", f"category:{category}"),
        )
    clauses = (
        f"the first word is {a}|the first of the words names {a}|the word at the start is {a}|the opening "
        f"word belongs with {cs}"
    )

    def test(sample: Input) -> bool | None:
        return None if sample.kinds[0] in NEAR[category] else sample.kinds[0] == category

    return _question("pair", f"first-is-{slug}", test, labels, clauses, ("first-is", f"category:{category}"))


def category_count(category: str) -> Operation:
    """How many words of a list are of a category."""
    cs, slug = category_plural(category), category.replace(" ", "-")
    text = (
        f"the number of {cs} in the list|the count of the {cs}|the total of {cs} among the words|the number "
        f"of words that are {cs}|the amount of {cs} in the list, as a number|the count of the words that "
        f"name {cs}"
    )
    act = lambda g: None if (m := members(g, category)) is None else str(len(m))  # noqa: E731
    return Operation(
        "list", f"count-{slug}", act, Phrases(alternatives(text)), ("count-category", f"category:{category}")
    )
