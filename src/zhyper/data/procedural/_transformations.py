"""Transformations: how a task changes an item, and the phrases that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhyper.data.procedural._categories import CATEGORY_OF, UNTRAINED, plural
from zhyper.data.procedural._phrases import alternatives


@dataclass(frozen=True)
class Transformation:
    """Changes an item; `phrases` make the noun phrase of the item, at {}, one of the changed item."""

    name: str
    change: Callable[[str], str | None]
    phrases: tuple[str, ...]
    plain: bool = False
    """Whether it reads well with several items at once."""


def _vowelless(word: str) -> str | None:
    return "".join(c for c in word if c.lower() not in "aeiou") or None


def _category(word: str) -> str | None:
    category = CATEGORY_OF.get(word)
    return None if category is None or category in UNTRAINED else category


def _with_category(word: str) -> str | None:
    return f"{word} ({category})" if (category := _category(word)) else None


AS_IS = Transformation("as-is", lambda word: word, ("{}",), True)
TRANSFORMATIONS = {
    t.name: t
    for t in (
        Transformation(
            "upper",
            str.upper,
            alternatives(
                "{} in capital letters|{} in upper case|{} written all in capitals|{} with every letter "
                "capitalised|{} in block capitals|{}, in all caps|{} in uppercase letters"
            ),
            True,
        ),
        Transformation(
            "capitalised",
            lambda word: word[:1].upper() + word[1:],
            alternatives(
                "{} with a capital first letter|{} capitalised|{} with its first letter in upper case|{} "
                "starting with a capital|{} with the initial letter capitalised|{} with an uppercase initial"
            ),
        ),
        Transformation(
            "reversed",
            lambda word: word[::-1],
            alternatives(
                "{} spelled backwards|{} with its letters reversed|{} written back to front|{} with the "
                "letters in reverse order|the letters of {} from the last to the first|the reversed "
                "spelling of {}|{} read from right to left"
            ),
        ),
        Transformation(
            "first-letter",
            lambda word: word[0],
            alternatives(
                "the first letter of {}|the initial letter of {}|the letter that {} begins with|the opening "
                "letter of {}|only the first letter of {}|the starting letter of {}"
            ),
        ),
        Transformation(
            "last-letter",
            lambda word: word[-1],
            alternatives(
                "the last letter of {}|the final letter of {}|the letter that {} ends with|the closing "
                "letter of {}|only the last letter of {}|the letter at the end of {}"
            ),
        ),
        Transformation(
            "first-two-letters",
            lambda word: word[:2] if len(word) > 2 else None,
            alternatives(
                "the first two letters of {}|the two letters that {} begins with|the first 2 characters of "
                "{}|only the two opening letters of {}|{} cut down to its first two letters|the two-letter "
                "beginning of {}"
            ),
        ),
        Transformation(
            "last-two-letters",
            lambda word: word[-2:] if len(word) > 2 else None,
            alternatives(
                "the last two letters of {}|the two letters that {} ends with|the last 2 characters of {}|"
                "only the two final letters of {}|{} cut down to its last two letters|the two-letter ending "
                "of {}"
            ),
        ),
        Transformation(
            "without-first-letter",
            lambda word: word[1:] if len(word) > 2 else None,
            alternatives(
                "{} without its first letter|{} with the first letter removed|{} minus its initial letter|"
                "all but the first letter of {}|{} with its opening letter cut off|the rest of {} after its "
                "first letter"
            ),
        ),
        Transformation(
            "without-vowels",
            _vowelless,
            alternatives(
                "{} without its vowels|{} with a, e, i, o and u removed|{} with all the vowels left out|"
                "only the consonants of {}|{} stripped of its vowels|{} minus the vowels"
            ),
        ),
        Transformation(
            "doubled",
            lambda word: f"{word} {word}",
            alternatives(
                "{} written twice|{} two times, with a space between|{} repeated once|{} doubled, as two "
                "words|{} said twice in a row|{} followed by itself"
            ),
        ),
        Transformation(
            "plural",
            plural,
            alternatives(
                "the plural of {}|{} in the plural|{} in its plural form|{} put into the plural|the plural "
                "form of {}|{} as if there were several of it"
            ),
        ),
        Transformation(
            "hyphens",
            lambda word: "-".join(word) if len(word) > 2 else None,
            alternatives(
                "{} spelled out with hyphens between the letters|the letters of {} joined by hyphens|{} "
                "with a hyphen between all letters|{} letter by letter, with hyphens|{} spelled with a dash "
                "after each letter but the last|{} hyphenated letter by letter"
            ),
        ),
        Transformation(
            "spaces",
            lambda word: " ".join(word) if len(word) > 2 else None,
            alternatives(
                "{} spelled out with spaces between the letters|the letters of {} with a space between them|"
                "{} letter by letter, with spaces|{} with its letters spaced out|{} with a blank after each "
                "letter but the last|the letters of {}, separated by spaces"
            ),
        ),
        Transformation(
            "length",
            lambda word: str(len(word)),
            alternatives(
                "the number of letters in {}|the total of letters in {}|the length of {} in letters|the "
                "letter count of {}|the count of letters in {}|a number that tells the length of {}"
            ),
        ),
        Transformation(
            "with-length",
            lambda word: f"{word} {len(word)}",
            alternatives(
                "{} followed by its number of letters|{} and then its length, as in 'sun 3'|{} with its "
                "letter count after it|{}, a space and the number of its letters|{} with its length in "
                "letters behind it|{} plus, after a space, its letter count"
            ),
        ),
        Transformation(
            "category",
            _category,
            alternatives(
                "the category of {}|the kind of thing that {} names|the group that {} belongs to|the sort "
                "of thing that {} is|the general class that {} falls into|the type of thing that {} stands "
                "for"
            ),
        ),
        Transformation(
            "with-category",
            _with_category,
            alternatives(
                "{} followed by its category in brackets|{} and then, in brackets, what kind of thing it is|"
                "{} with the category it belongs to after it in brackets|{} with its kind behind it in "
                "parentheses|{} plus its general class in brackets|{} and, in parentheses, the group it "
                "falls into"
            ),
        ),
    )
}

_DIGITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def in_words(number: str) -> str:
    """A whole number below 100 in words."""
    n = int(number)
    if n < 20:
        return _DIGITS.split()[n]
    return _TENS.split()[n // 10 - 2] + (f"-{_DIGITS.split()[n % 10]}" if n % 10 else "")


NUMBER_TRANSFORMATIONS = {
    t.name: t
    for t in (
        Transformation(
            "plus-one",
            lambda n: str(int(n) + 1),
            alternatives(
                "{} plus one|{} increased by 1|one more than {}|{} with 1 added to it|the result of adding "
                "one to {}|the number that follows {} when one counts"
            ),
        ),
        Transformation(
            "minus-one",
            lambda n: str(int(n) - 1),
            alternatives(
                "{} minus one|{} decreased by 1|one less than {}|{} with 1 taken from it|the result of "
                "subtracting one from {}|the number that comes before {} when one counts"
            ),
        ),
        Transformation(
            "plus-ten",
            lambda n: str(int(n) + 10),
            alternatives(
                "{} plus ten|{} increased by 10|ten more than {}|{} with 10 added to it|the result of "
                "adding ten to {}|the sum of 10 and {}"
            ),
        ),
        Transformation(
            "times-two",
            lambda n: str(int(n) * 2),
            alternatives(
                "twice {}|{} multiplied by 2|two times {}|double {}|the result of doubling {}|{} times two"
            ),
        ),
        Transformation(
            "in-words",
            in_words,
            alternatives(
                "{} in words|{} spelled out as an English word|{} written with letters, not digits|{} "
                "written out in words|the English name of {}|{} as a word, the way one reads it aloud"
            ),
        ),
        Transformation(
            "zero-after",
            lambda n: n + "0",
            alternatives(
                "{} with a zero behind it|{} with 0 written after it|{} times ten|{} followed directly by "
                "the digit 0|{} multiplied by 10|{} with one more digit at its end, a zero"
            ),
        ),
        Transformation(
            "hash",
            lambda n: f"#{n}",
            alternatives(
                "{} with a hash sign before it|{} preceded by #|{} with # in front|{} written like #7|{} "
                "after a # sign|{} marked with a leading #"
            ),
        ),
    )
}
