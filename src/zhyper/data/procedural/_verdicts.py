"""Tasks with two answers, and those that count a category."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zhyper.data.procedural._categories import NEAR, article, category_plural
from zhyper.data.procedural._deeds import Deed
from zhyper.data.procedural._parts import members
from zhyper.data.procedural._pools import Input
from zhyper.data.procedural._wordings import Phrases, judging


def _verdict(
    kind: str, name: str, test: Callable[[Input], bool | None], labels: tuple[str, str], clauses: str, parts: tuple[str, ...]
) -> Deed:
    yes, no = labels

    def act(given: Input) -> str | None:
        found = test(given)
        return None if found is None else yes if found else no

    named = f"{name}/{yes}-{no}"
    return Deed(kind, named, act, judging(tuple(clauses.split("|")), yes, no), (*parts, f"labels:{yes}"))


def _letter(test: Callable[[str, str], bool], letter: str) -> Callable[[Input], bool | None]:
    return lambda given: test(given.text.lower(), letter)


def _longer(letters: int) -> Callable[[Input], bool | None]:
    return lambda given: len(given.text) > letters


LABELS = (("yes", "no"), ("true", "false"), ("right", "wrong"), ("1", "0"), ("correct", "incorrect"))


def verdicts() -> Iterator[Deed]:
    """Questions with two answers about words, pairs, lists, numbers and sentences."""
    number = 0

    def labels() -> tuple[str, str]:
        nonlocal number
        number += 1
        return LABELS[number % len(LABELS)]

    for c in "abcdeghiklmnoprstu":
        yield _verdict("word", f"has-{c}", _letter(lambda word, c: c in word, c), labels(),
            f"the word has the letter {c}|there is {'an' if c in 'aefhilmnorsx' else 'a'} {c} in the word|"
            f"the word contains the letter {c}|the letter {c} occurs in the word", ("has-letter", f"letter:{c}"))  # fmt: skip
    for c in "bcpst":
        yield _verdict("word", f"begins-with-{c}", _letter(str.startswith, c), labels(),
            f"the word begins with {c}|the first letter of the word is {c}|the word starts with the letter {c}|{c} is the "
            f"initial of the word", ("begins-with", f"letter:{c}"))  # fmt: skip
    for c in "aenrty":
        yield _verdict("word", f"ends-with-{c}", _letter(str.endswith, c), labels(),
            f"the word ends with {c}|the last letter of the word is {c}|the word ends in the letter {c}|{c} is the final letter "
            f"of the word", ("ends-with", f"letter:{c}"))  # fmt: skip
    for k in (5, 6, 7, 8):
        yield _verdict("word", f"longer-than-{k}", _longer(k), labels(),
            f"the word has more than {k} letters|the word is longer than {k} letters|there are more than {k} letters in the "
            f"word|the letters of the word are more than {k}", ("longer-than",))  # fmt: skip
    for two in (LABELS[0], LABELS[1], ("ok", "bad")):
        yield _verdict("word", "begins-with-vowel", lambda g: g.text[0].lower() in "aeiou", two,
            "the word begins with a vowel|the first letter of the word is a vowel|the word starts with a, e, i, o or u|a vowel "
            "opens the word", ("begins-with-vowel",))  # fmt: skip
    for two in (LABELS[0], LABELS[1], ("same", "different")):
        yield _verdict("pair", "same-category", _same, two,
            "both words belong to the same category|the two words name the same kind of thing|the words are of one category|the "
            "first word is the same sort of thing as the second", ("same-category",))  # fmt: skip
    for two in (LABELS[0], LABELS[2], ("first", "second")):
        yield _verdict("pair", "first-is-longer", _first_longer, two,
            "the first word is longer than the second|the first word has more letters than the second|the second word is the "
            "shorter one|the second word has fewer letters than the first", ("first-is-longer",))  # fmt: skip
    for two in LABELS[:3]:
        yield _verdict("sentence", "has-colour", lambda g: "colour" in g.roles, two,
            "the sentence names a colour|there is a colour in the sentence|a colour word occurs in the sentence|the sentence "
            "has a word for a colour", ("has-colour",))  # fmt: skip
        yield _verdict("sentence", "has-city", lambda g: "city" in g.roles, two,
            "the sentence names a city|there is a city in the sentence|a city is mentioned in the sentence|the sentence has the "
            "name of a city", ("has-city",))  # fmt: skip
        yield _verdict("sentence", "has-job", lambda g: "job" in g.roles, two,
            "the sentence names a job|there is a job in the sentence|somebody's job is mentioned in the sentence|the sentence "
            "has a word for a job", ("has-job",))  # fmt: skip
        yield _verdict("numbers", "first-is-even", lambda g: int(g.items[0]) % 2 == 0, two,
            "the first number is even|the first number can be divided by two|the list begins with an even number|the number at "
            "the start is even", ("first-is-even",))  # fmt: skip
        yield _verdict("numbers", "first-below-last", lambda g: int(g.items[0]) < int(g.items[-1]), two,
            "the first number is smaller than the last|the last number is greater than the first|the list begins with a lower "
            "number than it ends with|the number at the end is the larger of the two at the ends", ("first-below-last",))  # fmt: skip


def _same(given: Input) -> bool | None:
    first, second = given.kinds
    return None if first in NEAR[second] else first == second


def _first_longer(given: Input) -> bool | None:
    first, second = map(len, given.items)
    return None if first == second else first > second


def category_verdict(kind: str, category: str, labels: tuple[str, str]) -> Deed:
    """Whether a list holds a word of a category, or the first or second of two words is one."""
    a, cs, slug = article(category), category_plural(category), category.replace(" ", "-")
    if kind == "list":
        clauses = f"there is {a} in the list|the list names {a}|one of the words or more names {a}|the list holds any {cs}"
        return _verdict("list", f"holds-{slug}", lambda g: None if (m := members(g, category)) is None else bool(m), labels, clauses,
                        ("holds", f"category:{category}"))  # fmt: skip
    clauses = f"the first word is {a}|the first of the words names {a}|the word at the start is {a}|the opening word belongs with {cs}"

    def test(given: Input) -> bool | None:
        return None if given.kinds[0] in NEAR[category] else given.kinds[0] == category

    return _verdict("pair", f"first-is-{slug}", test, labels, clauses, ("first-is", f"category:{category}"))


def category_count(category: str) -> Deed:
    """How many words of a list are of a category."""
    cs, slug = category_plural(category), category.replace(" ", "-")
    text = (
        f"the number of {cs} in the list|the count of the {cs}|the total of {cs} among the words|the number of words that are "
        f"{cs}|the amount of {cs} in the list, as a number|the count of the words that name {cs}")  # fmt: skip
    act = lambda g: None if (m := members(g, category)) is None else str(len(m))  # noqa: E731
    return Deed("list", f"count-{slug}", act, Phrases(tuple(text.split("|"))), ("count-category", f"category:{category}"))
