"""Whether a model says true or false, in free text."""

from __future__ import annotations

import re

from zhyper.evaluate.parsing._text import first_part, plain

_TRUE, _FALSE = (
    r"true|correct|right(?!,\s+(?:so|let|now|then)\b)|accurate|valid",
    r"false|incorrect|wrong|inaccurate|invalid|untrue",
)
_BOTH = re.compile(
    rf"\b(?:(?P<first>{_TRUE}|yes)|{_FALSE}|no)\b[\"')]*\s*(?:[/|]|\b(?:or|and|nor)\b)\s*[\"'(]*"
    rf"(?(first)(?:{_FALSE}|no)|(?:{_TRUE}|yes))\b|\b(?:{_TRUE})\s+or\s+not\b",
    re.IGNORECASE,
)
_JUDGED = (
    r"(?:(?:an?|the|actually|indeed|definitely|clearly|therefore|also|generally|mostly|really|in fact"
    r"|simply)\s+)*"
    rf"(?P<negated>(?:not\s+(?:an?\s+|the\s+)?)*)(?:(?P<true>{_TRUE}|yes)|{_FALSE}"
    r"|no(?!\.\s*\d|\s+(?:statement|answer|claim|option|in|on|at|as)\b))\b"
    r"(?=\s*(?:$|[\n.,;!)\]}\"'(]|[-:]\s|\s(?:because|since|for|that|as|in|to|about|and|but|when|if|at|by|on"
    r"|only|here|it|this|according|"
    r"statement|answer|claim|option|assertion)\b))"
)
_HEADED = (
    rf"(?!\W*(?:(?:the|my|an?)\s+)*(?:{_TRUE}|{_FALSE})\s+(?:answer|option|choice|response|statement|claim)\b"
    r"|\W*(?:correct|right)\s*:)"
)
_BEGUN = re.compile(rf"{_HEADED}\W*{_JUDGED}", re.IGNORECASE)  # not "the correct answer is ..."
_ANSWERED = re.compile(
    rf"\b(?:answer|ans|verdict|output|response|conclusion|judge?ment)\b[^.\n?]{{0,60}}?(?:\bis\b|\bbe\b|:"
    rf"|=)\s*{_JUDGED}",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"(?:\b(?P<denied>not)\s+)?(?:\b(?:is|are|was|were|be|seems?|sounds?|looks?|appears?|as|considered"
    r"|deemed|say|think|choose|select|"
    r"go with|but|yet|though|rather)\b|'s\b"
    rf"|^{_HEADED}[^\w\n]*)\s?{_JUDGED}",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(r"\b(?:is|are|was|whether|does|do)\b", re.IGNORECASE)
_DOUBTED = re.compile(
    r"\bnot\s+(?:think|believe|say|the case)\b([^.!?\n]{0,60}?)\b(is|are|be)\b", re.IGNORECASE
)
_CONCLUDED = re.compile(
    r"\b(?:so|therefore|thus|hence|overall|conclusion|final(?:ly)?)\b[^.!?\n]*$", re.IGNORECASE
)


def _holds(match: re.Match[str]) -> bool:
    negations = len(re.findall("not", match["negated"], re.IGNORECASE)) + bool(
        match.groupdict().get("denied")
    )
    return bool(match["true"]) != (negations % 2 == 1)


def parse_truth(answer: str) -> bool | None:
    """Whether an answer holds something to be true; None where it says neither, both, or "partly true".

    In this order: the first word ("True, as noted", "No, ..."), unless its opposite follows at once; the
    verdict after "the answer is" or "Answer:"; the verdicts of the sentences ("the statement is not true").
    Where these differ ("it is true that ..., but false that ..."), the last one counts if it is drawn as a
    conclusion ("so", "therefore"), and else none. "Not" turns a verdict over; "True / False", the format told
    again, is no verdict, nor is a question ("is it true?"), the adjective of another noun ("a true story") or
    the determiner no ("no country").
    """
    text = re.sub(r"n't\b|\bcannot\b", " not", _BOTH.sub(" ", first_part(plain(answer))), flags=re.IGNORECASE)
    sentences = re.findall(r"[^.!?\n]*[.!?\n]?", text)
    told = [part for part in sentences if not (part.endswith("?") and _ASKED.search(part))]
    text = _DOUBTED.sub(r"\1 \2 not", "".join(told).strip())
    letter = re.fullmatch(r"\W*(?:answer\b)?\W*([tf])\W*", text, re.IGNORECASE)
    if letter:
        return letter[1].lower() == "t"
    begun, answered = _BEGUN.match(text), _ANSWERED.search(text)
    if begun:
        verdict, rest = _holds(begun), text[begun.end() :]
        again, sentence = _BEGUN.match(rest), re.split(r"[.!?\n]", rest, maxsplit=1)[0]
        others = {_holds(match) for match in _STATED.finditer(sentence)}
        # "Yes, this is false."
        denied = begun[0].lower().endswith(("yes", "no")) and others and verdict not in others
        return None if denied or (again and _holds(again) != verdict) else verdict
    if answered:
        return _holds(answered)
    stated = [(match.start(), _holds(match)) for match in _STATED.finditer(text)]
    if len({said for _, said in stated}) > 1 and not _CONCLUDED.search(text[: stated[-1][0]]):
        return None
    return stated[-1][1] if stated else None
