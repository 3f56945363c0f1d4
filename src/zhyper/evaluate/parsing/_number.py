"""The number that a model ends with, in free text."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import partial

from zhyper.evaluate.parsing._text import BOXED, MARKS, first_part, visible

_GAP = "[,'\u00a0\u2009\u202f]"  # between groups of digits
_NUMBER = re.compile(
    r"(?<![\w.])(?P<minus>(?<![)\]%])(?<![\d)\]%]\s)-)?(?:US)?[$£€¥₹]?(?P<inner>-(?=\d))?(?<![\d.])"
    r"(?:(?:(?P<whole>\d+)\s+)?(?P<above>\d+)/(?P<below>\d*[1-9]\d*)(?![\d/]|\.\d)"
    r"|(?P<european>\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}))(?!\d)"
    rf"|(?P<plain>\d{{1,3}}(?:{_GAP}\d{{2,3}})*{_GAP}\d{{3}}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+))"
    r"(?:[eE](?P<exponent>[+-]?\d{1,3})(?!\w)|\s*[×x*·]\s*10\s*(?:\^"
    r"|\*\*)\s*\{?(?P<power>[+-]?\d{1,3})(?!\d)\}?)?"
    r"(?:\s*(?P<scale>thousand|million|billion)\b)?"
)
_SCALES = {None: 0, "thousand": 3, "million": 6, "billion": 9}
_RESULT_IS = re.compile(
    r"\b(?:answer|solution|result)\b[^.\n\d=:$]{0,60}?(?P<link>\b(?:is|are|be)\b\s*:?|:|=)\s*", re.IGNORECASE
)
_CALCULATED = re.compile(r"[^\d.\n=]{0,3}[-+*/×÷=][^\d.\n]{0,3}\d")
_STOPS_AFTER = re.compile(r"[^\d.\n]{0,25}?(?:$|[.\n(,;]|\b(?:because|since|as)\b)")


def _value(match: re.Match[str]) -> Decimal:
    if match["above"]:
        value = Decimal(match["whole"] or 0) + Decimal(match["above"]) / Decimal(match["below"])
    elif match["european"]:
        value = Decimal(match["european"].replace(".", "").replace(",", "."))
    else:
        value = Decimal(re.sub(_GAP, "", match["plain"]))
    power = int(match["exponent"] or match["power"] or 0) + _SCALES[match["scale"]]
    value = value.scaleb(power) if power else value
    return value.copy_negate() if match["minus"] or match["inner"] else value


def _outcome(text: str) -> Decimal | None:
    """The number after the last equals sign, or the last number."""
    numbers = list(_NUMBER.finditer(text))
    after = [match for match in numbers if match.start() > text.rfind("=") >= 0]
    if after and not _CALCULATED.match(text, after[0].end()):
        return _value(after[0])
    return _value(numbers[-1]) if numbers else None


def _numeric(text: str) -> str:
    """The first part, with LaTeX, fractions and powers written as `1 3/4` and `10^2`."""
    plain = partial(unicodedata.normalize, "NFKC")
    text = re.sub("[¼-¾⅐-⅞]", lambda m: " " + plain(m[0]).replace("\u2044", "/"), visible(text))
    text = re.sub("[⁰¹²³⁴-⁹]+", lambda m: "^" + plain(m[0]), text.translate(MARKS))
    text = text.replace("{,}", ",").replace(r"\times", "×")
    text = re.sub(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}", r" \1/\2", text)
    text = re.sub(r"(?<!\d)\*\*|\*\*(?!\d)|[`~]|\\[,!;$()\[\]]", "", text)
    text = re.sub(r"\b(?:minus|negative)\s+(?=[$£€]?\d)", "-", text, flags=re.IGNORECASE)
    return first_part(text)


def _announced(text: str) -> Decimal | None:
    """The number after the last "the answer is" or "Answer:" that a number follows."""
    for cue in reversed(list(_RESULT_IS.finditer(text))):
        line = text[cue.end() :].partition("\n")[0]
        first = _NUMBER.search(line)
        if first is None:
            continue
        calculated = _CALCULATED.match(line, first.end())
        if cue["link"] != ":":
            return _outcome(re.split(r"[.!?]\s", line, maxsplit=1)[0]) if calculated else _value(first)
        # Else the colon begins a whole solution.
        alone = not re.search(r"\w", line[: first.start()]) and _STOPS_AFTER.match(line, first.end())
        if alone and not calculated:
            return _value(first)
    return None


def parse_number(answer: str) -> Decimal | None:
    """The final number of an answer to a word problem (GSM8K); None without one before a new question.

    In this order: what stands after `####`; in the last LaTeX box; after the last "the answer is"; after the
    last equals sign of the last sentence with a number; the last number. It may have a currency, commas,
    points or thin spaces between groups of digits, an exponent ("1.5e3", "1.5 × 10^3"), "million", a fraction
    ("3/4", "1 3/4"); a percentage is the number before its sign. Compare it as a number: `Decimal("18") ==
    Decimal("18.0")`.
    """
    text = _numeric(answer)
    for match in re.finditer(r"####\s*(?:answer\s*:?\s*)?", text, re.IGNORECASE):
        number = _NUMBER.match(text, match.end())
        # Else it is a numbered heading.
        if number and not re.match(r"[.):]\s*[A-Za-z]", text[number.end() : number.end() + 9]):
            return _value(number)
    boxes = [_outcome(box[1]) for box in BOXED.finditer(text)]
    if boxes and boxes[-1] is not None:
        return boxes[-1]
    announced = _announced(text)
    if announced is not None:
        return announced
    bare = re.sub(r"^\s*\d+[.)]\s+(?=[A-Za-z])", "", text, flags=re.MULTILINE)  # without the numbers of steps
    aside = re.sub(r"\([^()]*\)", "", bare)
    wholes = [re.split(r"(?<=[.!?])\s+|\n", whole) for whole in (aside, bare, text)]
    sentences = [part for parts in wholes for part in reversed(parts)]
    return next((number for number in map(_outcome, sentences) if number is not None), None)


def gold_number(text: str) -> Decimal:
    """The number after `####`, as in the solutions of GSM8K.

    Raises:
        ValueError: there is none.
    """
    _, marked, gold = text.rpartition("####")
    match = _NUMBER.search(_numeric(gold)) if marked else None
    if match is None:
        raise ValueError(
            f"a solution of GSM8K ends with #### and a number, but this one ends with {text[-40:]!r}"
        )
    return _value(match)
