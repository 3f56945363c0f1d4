"""Which option a model chose, in free text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from string import ascii_uppercase

from zhyper.evaluate.parsing._short import normalised
from zhyper.evaluate.parsing._text import MARKS, parts_of, plain, visible

_AMBIGUOUS = -1  # in place of an option: more than one is named, or a label with another option's text
_EDGE = r"0-9A-Za-z_\u00c0-\u024f"
"""Beside one of these a letter is part of a word; beside a Chinese character it is not."""
_NO_LABEL_BEFORE = rf"(?![{_EDGE}]|'\w|[-+#&]\w|\+|\.\w\b|[.,/]\d)"
_WORD = re.compile(
    r"(?<!\w)[+-]?\d+(?:[.,/:]\d+)*%?(?!\w)"
    r"|[^\s!-/:-@\[-`{-~\u00a1-\u00bf\u0589\u060c\u061b\u061f\u06d4\u0964\u0965\u1360-\u1368"
    r"\u2000-\u206f\u2190-\u2bff\u3000-\u303f]+"
)
_FILLERS = frozenset({"a", "an", "the", "and"})
_ENDED = re.compile(
    r"[^\w\n]*(?:$|\n)|[\"')\]}>]*(?:\s?[.!;:](?!\w)|\s*[(\[]|\s+-|,?\s+(?:because|since|as|which)\b)",
    re.IGNORECASE,
)
_VERB = re.compile(r"\s+(?:is|are|was|would|can|could|may|might|does|has)\b")
_REASON = re.compile(r"\s+(?:because|since|as)\b", re.IGNORECASE)
_SURELY = (
    r"(?:(?:most\s+likely|probably|clearly|definitely|certainly|obviously|likely|simply|indeed|therefore|thus"
    r"|actually|also),?\s+)*"
)
_RIGHT = re.compile(
    rf"(?:\s*[(\"'][^)\"'\n]*[)\"'])?\s+(?:is|would be|seems|must be)\s+{_SURELY}(?:(?:the"
    rf"|my)\s+)?{_SURELY}(?:(?:most|final)\s+)?"
    r"(?:correct|right|best|true|answer|appropriate|likely|accurate)\b",
    re.IGNORECASE,
)
_OFFERED = rf"\s*(?P<offered>{_SURELY}(?:(?:that|the|option|choice|letter|number|alternative)\b\s*)*)"
_EXPLICITLY = re.compile(
    r"(?:\b(?:answer|ans|option|choice|response|letter|selection|solution|one|pick|guess|conclusion"
    r"|verdict)s?\b\.?[\"')\]]*"
    r"|réponse|respuesta|resposta|risposta|antwort|ответ|答案|答え|回答|정답)"
    r"(?:\s+(?:to|for|of|among|from|given|number|here|in)\b[^.\n:?]{0,80}?)?"
    r"(?:\s*(?::|=|->|→|-|是|は|(?:is|was|would be|should be|must be|will be|has to be|to be|es|est|ist|è"
    r"|é)\b))+"
    rf"{_OFFERED}",
    re.IGNORECASE,
)
_IN_PASSING = re.compile(
    r"\b(?:choos(?:e|ing)|chose|select(?:ed|ing)?|pick(?:ed|ing)?|go(?:ing)? (?:with|for)|went with|opt for"
    r"|vote for|say|guess|think|"
    r"believe|prefer|conclude|is|are|it's|that's|(?:would|must|should|will) be|so|therefore|thus|hence"
    r"|probably|perhaps|maybe|but|rather|"
    rf"answer|option|choice|letter|number|ending)\b[,\"')\]]*\s*(?:(?:it|is|it's|be)\s+)*{_OFFERED}",
    re.IGNORECASE,
)
_CALLS = re.compile(r"(?:[:=]|option|choice|letter|number|ending|answer)\s*$", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot|wrong|incorrect|false|worst)|n't)\s*(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|correction|sorry|second thought|mistake|scratch that|instead|final(?:ly)?)\b",
    re.IGNORECASE,
)


def _words(text: str) -> list[str]:
    plain_text = unicodedata.normalize("NFKC", visible(text)).translate(MARKS)
    return [word[0].casefold() for word in _WORD.finditer(plain_text)]


@lru_cache(maxsize=64)
def _label_patterns(labels: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A label with what encloses it, and a further label joined to one: `, B`, ` and (B)`, `/B`, ` B`."""
    letter = f"([{re.escape(labels + labels.lower())}]){_NO_LABEL_BEFORE}"
    opened = rf"[(\[{{<\"']*{letter}[)\]}}>\"']*"
    listed = (
        rf"\s*(?:[,/&|;.]|\b(?:and|or|und|oder)\b)+\s*(?:(?:and|or|option)\s+)*{opened}"
        r"(?=\s*(?:$|[\n.,;:/&|]|(?:and|or|are|both)\b))"
    )
    return (
        re.compile(rf"[(\[{{<\"'\s]*(?<![{_EDGE}]){letter}([)\]}}>\"'.:]*)"),
        re.compile(rf"{listed}|\s+{opened}(?=\s*$|\s*\n|\s+{letter})"),
    )


@dataclass(frozen=True)
class _Options:
    """The options of one question, and the letters or digits they are labelled with."""

    texts: tuple[str, ...]
    labels: str

    @cached_property
    def words(self) -> list[list[str]]:
        return [[word.casefold() for word in _telling(text)] for text in self.texts]

    def labelled(self, text: str, at: int, called: bool) -> int | None:
        """The option whose label stands at a place of a text; `called` if something announces a label."""
        label, joined = _label_patterns(self.labels)
        match = label.match(text, at)
        if match is None:
            return None
        letter, rest, index = match[1], text[match.end() :], self.labels.lower().index(match[1].lower())
        further, whole = joined.match(rest), self.saying(text, match.start(1))
        if rest.startswith("?"):
            return None
        if further and (further[1] or further[2]).lower() != letter.lower():
            return None if whole else _AMBIGUOUS
        if not match[2] and any(self.begins(i, letter) for i in whole):
            return None  # the article, letter or number that an option's text begins with
        line = rest.partition("\n")[0]
        saying = self.saying(line, 0)
        if saying:
            return index if index in saying else _AMBIGUOUS
        if match[2] or _RIGHT.match(rest) or _REASON.match(rest):
            return index
        if re.match(r"\s*\w", line):  # a word follows: an article, a pronoun or a count, not a label
            ordinary = letter in "AaIi" or letter.isdigit() or _VERB.match(line)
            return index if called and not ordinary else None
        return None if letter in "Ii" and line.lstrip().startswith(",") else index

    def begins(self, i: int, letter: str) -> bool:
        """Whether the text of an option begins with a letter as a word before others."""
        first, *others = _words(self.texts[i])
        return first == letter.lower() and bool(others)

    def saying(self, text: str, at: int) -> list[int]:
        """The options whose whole text stands at a place, before an end or a reason; of two the longer."""
        words_there = (word for word in _WORD.finditer(text, at) if word[0].lower() not in _FILLERS)
        there = list(islice(words_there, max(map(len, self.words))))
        places, length = list[int](), 1
        for i, words in enumerate(self.words):
            n = len(words)
            same = n >= length and [word[0].casefold() for word in there[:n]] == words
            if same and (_ENDED.match(text, there[n - 1].end()) or _RIGHT.match(text, there[n - 1].end())):
                places, length = [*(places if n == length else ()), i], n
        exact = [i for i in places if [word[0] for word in there[:length]] == _telling(self.texts[i])]
        return exact or places

    def named(self, text: str, at: int, called: bool = True) -> int | None:
        """The option whose label, or else whose text, stands at a place of a text."""
        index = self.labelled(text, at, called)
        return self.told(text, at) if index is None else index

    def told(self, text: str, at: int) -> int | None:
        """The option whose text stands at a place of a text."""
        saying = self.saying(text, at)
        return (saying[0] if len(saying) == 1 else _AMBIGUOUS) if saying else None


def _telling(text: str) -> list[str]:
    """The words of a cleaned text that tell it from others."""
    return [word[0] for word in _WORD.finditer(text) if word[0].lower() not in _FILLERS]


def _items(text: str, labels: str) -> list[re.Match[str]]:
    """The labels of a list, in their order, as far as they come one after another."""
    items: list[re.Match[str]] = []
    for label in labels:
        inside = "" if label.isdigit() else r"|(?<=[\s(\[])"
        item = re.compile(rf"(?:^{inside})[(\[]?{re.escape(label)}[.):\]]+(?=\s|$)", re.MULTILINE)
        one = item.search(text, items[-1].end() if items else 0)
        if one is None:
            break
        items.append(one)
    return items


def _without_list(text: str, options: _Options) -> str:
    """A text without a list of the options, all or some one after another, told again."""
    for first in range(len(options.labels) - 1):
        items = _items(text, options.labels[first:])
        between = text[items[0].end() : items[1].start()] if len(items) > 1 else ""
        begun = len(items) > 1 and list(map(str.casefold, _telling(between))) == options.words[first]
        if begun or len(items) == len(options.labels):
            break
    else:
        return text
    own, start = options.words[first + len(items) - 1], items[-1].end()
    last = [word for word in _WORD.finditer(text, start) if word[0].lower() not in _FILLERS][: len(own)]
    if last and [word[0].casefold() for word in last] == own:
        end = last[-1].end()
        line = text[end:].partition("\n")[0]
        end += 0 if _telling(line) else len(line)
    else:
        end = next((m.end() for m in re.finditer(r"\.\s|\n", text) if m.end() > start), len(text))
    return f"{text[: items[0].start()]}\n{text[end:]}"


def _denied(text: str, at: int) -> bool:
    """Whether what stands at a place is denied by the words before it."""
    return bool(_DENIED.search(text[max(0, at - 60) : at]))


def _places(text: str, prefix: re.Pattern[str], options: _Options) -> Iterator[tuple[int, int]]:
    """Where an option is named after a prefix that is not denied, and which."""
    for match in prefix.finditer(text):
        index = options.named(text, match.end())
        index = options.told(text, match.start("offered")) if index is None else index
        contrast = match[0].lower().startswith(("but", "rather"))
        # "the answer is a"
        cut_short = text[match.end() :].strip() in {"a", "i"} and not _CALLS.search(match[0])
        if index is not None and not cut_short and (contrast or not _denied(text, match.start())):
            yield match.end(), index


def _asides(text: str, options: _Options) -> Iterator[tuple[int, int]]:
    """Labels in brackets, and labels that are said to be right."""
    for match in _label_patterns(options.labels)[0].finditer(text):
        index = options.labelled(text, match.start(), called=False)
        enclosed = "(" in match[0] and ")" in match[2] or "[" in match[0] and "]" in match[2]
        said = enclosed or _RIGHT.match(text, match.end())
        if index is not None and said and not _denied(text, match.start()):
            yield match.end(), index


def _settled(text: str, places: Sequence[tuple[int, int]]) -> int:
    """The first option named, or a later one where the model takes back what it said."""
    (at, chosen), *rest = places
    for further, index in rest:
        if _TAKEN_BACK.search(text[at:further]):
            at, chosen = further, index
    return chosen


def _chosen(text: str, options: _Options) -> int | None:
    """What one part of an answer commits itself to."""
    text = re.sub(r"^(?:[\s:>=→•.#~,;!?]|-\s)+", "", _without_list(text, options))
    start = options.named(text, 0, called=False)
    places = sorted(_places(text, _EXPLICITLY, options))
    if start is not None and len(_words(text.partition("\n")[0])) == 1:
        places.insert(0, (0, start))
    if not places:
        places = sorted([*_places(text, _IN_PASSING, options), *_asides(text, options)])
        if start is not None and start != _AMBIGUOUS:
            places.insert(0, (0, start))
        elif len({index for _, index in places}) != 1:
            return None
    chosen = _settled(text, places)
    return None if chosen == _AMBIGUOUS else chosen


def parse_choice(answer: str, options: Sequence[str], letters: str = ascii_uppercase) -> int | None:
    """The place of the option that an answer commits itself to; None for none, several or a refusal.

    In this order: what stands after "the answer is", "Answer:" or in a box, or alone in the first line; what
    the answer starts with; what the rest of it agrees on ("I would choose C", "C is correct", "not A but C").
    An option is named by its label, in any decoration, or by its whole text, where case, punctuation and
    articles do not count; a label goes before a text. The first one counts, unless it is taken back ("wait,
    ..."), and nothing after a new question. The article A and the pronoun I are no labels; neither is a list
    of all options told again. A label with another option's text, and two labels together, are None.

    Args:
        answer: free text.
        options: texts of the options.
        letters: labels of the options in their order, one character each: letters, or digits as "0123".

    Raises:
        ValueError: there are no options, or more than letters.
    """
    if not 0 < len(options) <= len(letters):
        raise ValueError(
            f"{len(options)} options have the labels {letters!r}; pass at least one option, one label each"
        )
    question = _Options(tuple(map(plain, options)), letters[: len(options)])
    parts = parts_of(plain(answer))
    telling = [all(normalised(option) in normalised(part) for option in question.texts) for part in parts]
    # Up to where the question that was asked is told again.
    heard = parts[: telling.index(True) + 1 if True in telling else 1]
    choices = (_chosen(part, question) for part in heard)
    return next((chosen for chosen in choices if chosen is not None), None)
