"""The parts that tasks are composed of, each with its phrases: selectors, transformations and forms.

Longer than other files because it is tables of phrases.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from zhyper.data.procedural._categories import CATEGORY_OF, NEAR, UNTRAINED, article, category_plural, plural
from zhyper.data.procedural._pools import Input


@dataclass(frozen=True)
class Selector:
    """Takes items from an input; `phrases` are noun phrases for them, None is for an input that it does not fit."""

    name: str
    take: Callable[[Input], tuple[str, ...] | None]
    phrases: tuple[str, ...]
    many: bool = False


@dataclass(frozen=True)
class Transformation:
    """Changes an item; `phrases` make the noun phrase of the item, at {}, one of the changed item."""

    name: str
    change: Callable[[str], str | None]
    phrases: tuple[str, ...]
    plain: bool = False
    """Whether it reads well with several items at once."""


@dataclass(frozen=True)
class Form:
    """How the answer is written: around a text at {}, with adverbials, and imperatives that say so."""

    name: str
    pattern: str
    adverbials: tuple[str, ...] = ()
    imperatives: tuple[str, ...] = ()

    def write(self, answer: str) -> str:
        return json.dumps({"answer": answer}, ensure_ascii=False) if self.name == "json" else self.pattern.replace("{}", answer)


NOUNS = {
    "word": ("word", "input"), "list": ("word", "list"), "numbers": ("number", "list"), "pair": ("word", "pair"),
    "sentence": ("word", "sentence"), "date": ("part", "date"), "name": ("word", "name"),
}  # fmt: skip
"""What an item of each kind of input is called, and the whole."""


def _at(index: int) -> Callable[[Input], tuple[str, ...] | None]:
    return lambda given: (given.items[index],) if len(given.items) >= abs(index) + (index > 0) else None


def _most(key: Callable[[str], object], high: bool) -> Callable[[Input], tuple[str, ...] | None]:
    """The item that stands out alone by a key."""

    def take(given: Input) -> tuple[str, ...] | None:
        keys = [key(item) for item in given.items]
        best = sorted(keys, reverse=high)[0]  # type: ignore[type-var]
        return (given.items[keys.index(best)],) if keys.count(best) == 1 and len(keys) > 1 else None

    return take


_POSITIONS: dict[str, tuple[int, str]] = {
    "first": (0, "the first {w}|the first {w} of {l}|the {w} that comes first in {l}|the {w} at the start of {l}|"
              "the opening {w} of {l}|the {w} that {l} begins with|the very first {w}"),
    "second": (1, "the second {w}|the second {w} of {l}|the {w} that comes second in {l}|the {w} right after the first one|"
               "the {w} in second place|{w} number two of {l}|the {w} in position two"),
    "third": (2, "the third {w}|the third {w} of {l}|the {w} that comes third in {l}|the {w} right after the second one|"
              "the {w} in third place|{w} number three of {l}|the {w} in position three"),
    "last": (-1, "the last {w}|the last {w} of {l}|the {w} that comes last in {l}|the {w} at the end of {l}|"
             "the final {w} of {l}|the {w} that {l} ends with|the very last {w}"),
    "second-to-last": (-2, "the second to last {w}|the next to last {w} of {l}|the {w} just before the last one|"
                       "the last {w} but one|the penultimate {w} of {l}|the second {w} from the end of {l}"),
}  # fmt: skip
_EXTREMES: dict[str, tuple[Callable[[str], object], bool, str]] = {
    "longest": (len, True, "the longest {w}|the longest {w} of {l}|the {w} with the most letters|the {w} that has more letters than the "
                "others|the {w} in {l} that is the longest|whichever {w} has the most letters|the {w} of the greatest length"),
    "shortest": (len, False, "the shortest {w}|the shortest {w} of {l}|the {w} with the fewest letters|the {w} that has fewer letters "
                 "than the others|the {w} in {l} that is the shortest|whichever {w} has the fewest letters|the {w} of the least length"),
    "alphabetically-first": (str.lower, False,
        "the alphabetically first {w}|the {w} of {l} that comes first in the alphabet|the {w} that would be first in a "
        "dictionary|the {w} that comes first in alphabetical order|the {w} that stands first when {l} is sorted from A to Z|the "
        "{w} nearest to the start of the alphabet"),
    "alphabetically-last": (str.lower, True, "the alphabetically last {w}|the {w} of {l} that comes last in the alphabet|the {w} that "
                            "would be last in a dictionary|the {w} that comes last in alphabetical order|the {w} that stands last "
                            "when {l} is sorted from A to Z|the {w} nearest to the end of the alphabet"),
    "largest": (int, True, "the largest {w}|the largest {w} of {l}|the biggest {w}|the highest {w} in {l}|the maximum of {l}|"
                "the {w} that is greater than all the others|the greatest {w}"),
    "smallest": (int, False, "the smallest {w}|the smallest {w} of {l}|the lowest {w}|the lowest {w} in {l}|the minimum of {l}|"
                 "the {w} that is less than all the others|the least {w}"),
}  # fmt: skip
_SEVERAL: dict[str, tuple[Callable[[tuple[str, ...]], tuple[str, ...]], str]] = {
    "every": (lambda items: items,
        "every {w}|each {w} of {l}|every single {w} of {l}|each and every {w}|each of the {w}s|each {w} in turn"),
    "first-and-last": (lambda items: (items[0], items[-1]),
        "the first and the last {w}|the first {w} and the last {w} of {l}|the {w}s at both ends of {l}|the two outermost {w}s|"
        "the opening {w} and the final {w}|the two {w}s at the start and the end"),
    "all-but-first": (lambda items: items[1:],
        "all {w}s but the first|the {w}s of {l} except the first one|the {w}s after the first one|all the {w}s without the "
        "first one|the {w}s that {l} has without its first one|the {w}s left when the first one is taken away"),
    "all-but-last": (lambda items: items[:-1],
        "all {w}s but the last|the {w}s of {l} except the last one|the {w}s before the last one|all the {w}s without the last "
        "one|the {w}s that {l} has without its last one|the {w}s left when the last one is taken away"),
    "first-two": (lambda items: items[:2],
        "the first two {w}s|the first two {w}s of {l}|the two {w}s that come first|the {w}s in positions one and two|the two "
        "opening {w}s of {l}|the first {w} together with the second one"),
    "last-two": (lambda items: items[-2:],
        "the last two {w}s|the last two {w}s of {l}|the two {w}s that come last|the two {w}s at the end|the two final {w}s of "
        "{l}|the second to last {w} together with the last one"),
}  # fmt: skip


def _phrases(kind: str, text: str) -> tuple[str, ...]:
    noun, whole = NOUNS[kind]
    return tuple(text.replace("{w}", noun).replace("{l}", f"the {whole}").split("|"))


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
    return Selector(name, lambda given: several(given.items) if len(given.items) > 2 else None, _phrases(kind, text), many)


def members(given: Input, category: str) -> list[str] | None:
    """The items of a category; none at all if of some item one may doubt it."""
    if not NEAR[category].isdisjoint(given.kinds):
        return None
    return [item for item, kind in zip(given.items, given.kinds, strict=True) if kind == category]


def the_category(kind: str, category: str) -> Selector:
    """The one item of a category."""

    def take(given: Input) -> tuple[str, ...] | None:
        found = members(given, category) if given.kinds.count(category) == 1 else None
        return tuple(found) if found else None

    c, a, cs = category, article(category), category_plural(category)
    return Selector(f"the-{category.replace(' ', '-')}", take, _phrases(kind,
        f"the {c}|the {c} in {{l}}|the {{w}} that names {a}|the one {{w}} in {{l}} that is {a}|the {{w}} that belongs with {cs}|"
        f"whichever {{w}} is {a}|the only {c} among the {{w}}s|the {{w}} for {a}"))  # fmt: skip


def not_category(category: str) -> Selector:
    """The items that are not of a category, where there are some."""

    def take(given: Input) -> tuple[str, ...] | None:
        found = members(given, category)
        return tuple(item for item in given.items if item not in found) or None if found else None

    a, cs = article(category), category_plural(category)
    return Selector(f"not-{category.replace(' ', '-')}", take, _phrases("list",
        f"the {{w}}s that are not {cs}|all {{w}}s of {{l}} except the {cs}|the {{w}}s that remain without the {cs}|"
        f"all {{w}}s that do not name {a}|the {{w}}s that do not belong with {cs}|only the {{w}}s in {{l}} that are no {cs}|"
        f"the {{w}}s left when every {category} is taken out"), True)  # fmt: skip


def all_category(category: str) -> Selector:
    """All items of a category, where there are two or more among others."""

    def take(given: Input) -> tuple[str, ...] | None:
        found = members(given, category)
        return tuple(found) if found and 1 < len(found) < len(given.items) else None

    cs = category_plural(category)
    return Selector(f"all-{category.replace(' ', '-')}", take, _phrases("list",
        f"all the {cs}|all {cs} in {{l}}|the {{w}}s that name {cs}|the {{w}}s of {{l}} that are {cs}|only the {cs}|"
        f"the {{w}}s that count as {cs}|the {cs} among the {{w}}s, all of them"), True)  # fmt: skip


def role(kind: str, name: str, *phrases: str) -> Selector:
    """The one item of a role."""

    def take(given: Input) -> tuple[str, ...] | None:
        found = given.only(name)
        return None if found is None else (found,)

    return Selector(name.replace(" ", "-"), take, phrases)


def _vowelless(word: str) -> str | None:
    return "".join(c for c in word if c.lower() not in "aeiou") or None


def _category(word: str) -> str | None:
    found = CATEGORY_OF.get(word)
    return None if found is None or found in UNTRAINED else found


def _with_category(word: str) -> str | None:
    return f"{word} ({found})" if (found := _category(word)) else None


AS_IS = Transformation("as-is", lambda word: word, ("{}",), True)
TRANSFORMATIONS = {t.name: t for t in (
    Transformation("upper", str.upper, (
        "{} in capital letters", "{} in upper case", "{} written all in capitals", "{} with every letter capitalised",
        "{} in block capitals", "{}, in all caps", "{} in uppercase letters"), True),
    Transformation("capitalised", lambda word: word[:1].upper() + word[1:], (
        "{} with a capital first letter", "{} capitalised", "{} with its first letter in upper case", "{} starting with a capital",
        "{} with the initial letter capitalised", "{} with an uppercase initial")),
    Transformation("reversed", lambda word: word[::-1], (
        "{} spelled backwards", "{} with its letters reversed", "{} written back to front", "{} with the letters in reverse order",
        "the letters of {} from the last to the first", "the reversed spelling of {}", "{} read from right to left")),
    Transformation("first-letter", lambda word: word[0], (
        "the first letter of {}", "the initial letter of {}", "the letter that {} begins with", "the opening letter of {}",
        "only the first letter of {}", "the starting letter of {}")),
    Transformation("last-letter", lambda word: word[-1], (
        "the last letter of {}", "the final letter of {}", "the letter that {} ends with", "the closing letter of {}",
        "only the last letter of {}", "the letter at the end of {}")),
    Transformation("first-two-letters", lambda word: word[:2] if len(word) > 2 else None, (
        "the first two letters of {}", "the two letters that {} begins with", "the first 2 characters of {}",
        "only the two opening letters of {}", "{} cut down to its first two letters", "the two-letter beginning of {}")),
    Transformation("last-two-letters", lambda word: word[-2:] if len(word) > 2 else None, (
        "the last two letters of {}", "the two letters that {} ends with", "the last 2 characters of {}",
        "only the two final letters of {}", "{} cut down to its last two letters", "the two-letter ending of {}")),
    Transformation("without-first-letter", lambda word: word[1:] if len(word) > 2 else None, (
        "{} without its first letter", "{} with the first letter removed", "{} minus its initial letter",
        "all but the first letter of {}", "{} with its opening letter cut off", "the rest of {} after its first letter")),
    Transformation("without-vowels", _vowelless, (
        "{} without its vowels", "{} with a, e, i, o and u removed", "{} with all the vowels left out", "only the consonants of {}",
        "{} stripped of its vowels", "{} minus the vowels")),
    Transformation("doubled", lambda word: f"{word} {word}", (
        "{} written twice", "{} two times, with a space between", "{} repeated once", "{} doubled, as two words",
        "{} said twice in a row", "{} followed by itself")),
    Transformation("plural", plural, (
        "the plural of {}", "{} in the plural", "{} in its plural form", "{} put into the plural", "the plural form of {}",
        "{} as if there were several of it")),
    Transformation("hyphens", lambda word: "-".join(word) if len(word) > 2 else None, (
        "{} spelled out with hyphens between the letters", "the letters of {} joined by hyphens", "{} with a hyphen between all letters",
        "{} letter by letter, with hyphens", "{} spelled with a dash after each letter but the last", "{} hyphenated letter by letter")),
    Transformation("spaces", lambda word: " ".join(word) if len(word) > 2 else None, (
        "{} spelled out with spaces between the letters",
            "the letters of {} with a space between them", "{} letter by letter, with spaces",
        "{} with its letters spaced out", "{} with a blank after each letter but the last", "the letters of {}, separated by spaces")),
    Transformation("length", lambda word: str(len(word)), (
        "the number of letters in {}", "the total of letters in {}", "the length of {} in letters",
        "the letter count of {}", "the count of letters in {}", "a number that tells the length of {}")),
    Transformation("with-length", lambda word: f"{word} {len(word)}", (
        "{} followed by its number of letters", "{} and then its length, as in 'sun 3'", "{} with its letter count after it",
        "{}, a space and the number of its letters",
            "{} with its length in letters behind it", "{} plus, after a space, its letter count")),
    Transformation("category", _category, (
        "the category of {}", "the kind of thing that {} names", "the group that {} belongs to", "the sort of thing that {} is",
        "the general class that {} falls into", "the type of thing that {} stands for")),
    Transformation("with-category", _with_category, (
        "{} followed by its category in brackets", "{} and then, in brackets, what kind of thing it is",
        "{} with the category it belongs to after it in brackets", "{} with its kind behind it in parentheses",
        "{} plus its general class in brackets", "{} and, in parentheses, the group it falls into")),
)}  # fmt: skip

_DIGITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def in_words(number: str) -> str:
    """A whole number below 100 in words."""
    n = int(number)
    if n < 20:
        return _DIGITS.split()[n]
    return _TENS.split()[n // 10 - 2] + (f"-{_DIGITS.split()[n % 10]}" if n % 10 else "")


NUMBER_TRANSFORMATIONS = {t.name: t for t in (
    Transformation("plus-one", lambda n: str(int(n) + 1), (
        "{} plus one", "{} increased by 1", "one more than {}", "{} with 1 added to it", "the result of adding one to {}",
        "the number that follows {} when one counts")),
    Transformation("minus-one", lambda n: str(int(n) - 1), (
        "{} minus one", "{} decreased by 1", "one less than {}", "{} with 1 taken from it", "the result of subtracting one from {}",
        "the number that comes before {} when one counts")),
    Transformation("plus-ten", lambda n: str(int(n) + 10), (
        "{} plus ten", "{} increased by 10", "ten more than {}", "{} with 10 added to it", "the result of adding ten to {}",
        "the sum of 10 and {}")),
    Transformation("times-two", lambda n: str(int(n) * 2), (
        "twice {}", "{} multiplied by 2", "two times {}", "double {}", "the result of doubling {}", "{} times two")),
    Transformation("in-words", in_words, (
        "{} in words", "{} spelled out as an English word", "{} written with letters, not digits", "{} written out in words",
        "the English name of {}", "{} as a word, the way one reads it aloud")),
    Transformation("zero-after", lambda n: n + "0", (
        "{} with a zero behind it", "{} with 0 written after it", "{} times ten", "{} followed directly by the digit 0",
        "{} multiplied by 10", "{} with one more digit at its end, a zero")),
    Transformation("hash", lambda n: f"#{n}", (
        "{} with a hash sign before it", "{} preceded by #", "{} with # in front", "{} written like #7", "{} after a # sign",
        "{} marked with a leading #")),
)}  # fmt: skip

BARE = Form("bare", "{}")


def _form(name: str, pattern: str, how: str) -> Form:
    adverbials = [*how.split("|"), f"in the form {pattern.replace('{}', 'X')} where X stands for it"]
    imperatives = [f"{verb} {text}" for text in how.split("|") for verb in ("write the answer", "write the result", "give your answer")]
    shown = pattern.replace("{}", "X")
    imperatives += [f"write the answer X as {shown}", f"the format is {shown}, with X for the answer", f"answer like this: {shown}"]
    return Form(name, pattern, tuple(adverbials), tuple(imperatives))


FORMS = {form.name: form for form in (
    _form("brackets", "({})", "in round brackets|inside parentheses|between ( and )|enclosed in parentheses|within round brackets"),
    _form("square", "[{}]", "in square brackets|inside square brackets|between [ and ]|enclosed in square brackets|within [ ]"),
    _form("json", '{"answer": "{}"}', 'as JSON with the key "answer"|as a JSON object whose only key is "answer"|'
          'in JSON, under the key "answer"|as a JSON object with one string called "answer"|as JSON, with "answer" for a key'),
    _form("exclamation", "{}!", "with an exclamation mark after it|with an exclamation mark at the end|followed by an exclamation mark|"
          "followed by !|with a ! at the end"),
    _form("question", "{}?", "with a question mark after it|with a question mark at the end|followed by a question mark|followed by ?|"
          "with a ? at the end"),
    _form("quotes", '"{}"', "in double quotes|in quotation marks|between double quotation marks|enclosed in double quotes|"
          "inside quotation marks"),
    _form("stars", "*{}*",
        "between asterisks|with an asterisk on both sides|with a star before and after it|enclosed in single asterisks|"
        "surrounded by one * on each side"),
    _form("dots", "{}...", "with three dots after it|followed by three dots|with ... at the end|followed by an ellipsis of three dots|"
          "with three full stops behind it"),
    _form("full-stop", "{}.", "with a full stop after it|followed by a full stop|with a period at the end|followed by a period|"
          "with a dot behind it"),
    _form("arrow", "-> {}",
        "after the arrow ->|with an arrow -> before it|behind a -> and a space|with -> in front|preceded by the arrow ->"),
)}  # fmt: skip


def carrier(name: str, pattern: str) -> Form:
    """A form that is a sentence around the answer."""
    shown = pattern.replace("{}", "X")
    return Form(name, pattern, (
        f'in the sentence "{shown}"', f'as "{shown}" with it for X', f'in the words "{shown}" where X stands for it',
        f'put in place of X in "{shown}"', f'within the phrase "{shown}"', f'said like this: "{shown}"'), (
        f'say it as "{shown}", where X is the answer', f'answer with the sentence "{shown}"', f'use the words "{shown}" for the answer X',
        f'write "{shown}" with the answer in place of X', f'phrase the answer X like this: "{shown}"',
        f'fill the answer in for X in "{shown}"', f'the reply has the shape "{shown}", with the answer for X'))  # fmt: skip


_CARRIERS = {
    "the-answer-is": "The answer is {}.", "it-must-be": "It must be {}.", "i-pick": "I pick {}.", "here-it-is": "Here it is: {}",
    "result": "Result = {}", "we-found": "We found {}.", "i-think": "I think {}.", "answer": "Answer: {}", "surely": "Surely {}!",
    "you-want": "You want {}.", "done": "{} - done", "my-choice": "My choice: {}", "of-course": "{}, of course.",
}  # fmt: skip
CARRIERS = {name: carrier(name, pattern) for name, pattern in _CARRIERS.items()}
