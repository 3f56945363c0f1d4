"""Reads generated answers: what a model chose, judged, counted, wrote or named in free text, and None where it did not commit itself.

Longer than other files because all kinds of answers share one reading of free text, and what counts as committed is one matter.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import islice
from string import ascii_uppercase

_QUESTION = re.compile(
    r"^[ \t#>*]*(?:(?:question|problem|exercise|instruction|passage|user|human)\b[ \t]*\d*[ \t*]*[:.)]|q[ \t]*(?:\d+[ \t*]*[:.)]|[*]*:))"
    r"|^#+[ \t]*(?:question|problem|exercise)\b|(?<=[.!?])[ \t]+(?:Question|Q)[ \t]*\d*:|<\|[\w ]{1,30}\|>|\[/?INST\]",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = str.maketrans("【〔〖〘「『《〈⟨】〕〗〙」』》〉⟩“”„«»‘’‚−–—‐‑‒", "(" * 9 + ")" * 9 + '"' * 5 + "'" * 3 + "-" * 6)
_LATEX = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf)\s*\{([^{}]*)\}")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_TAGS = re.compile(r"</?(?:answer|strong|em|br|p|code)\s*/?>|<(?P<tag>[bi])>(?=[^<>]*</(?P=tag)>)|</[bi]>")


def _visible(text: str) -> str:
    """With line feeds alone between lines, and without characters that have no width."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\0", "")
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def _parts(text: str) -> list[str]:
    """The text before, between and after the questions that a model asks itself, where there is any."""
    return [part.strip() for part in _QUESTION.split(text) if part.strip()]


def _first_part(text: str) -> str:
    """The text before the first question that a model asks itself; a question it starts with is the old one, told again."""
    return next(iter(_parts(text)), "")


def _plain(text: str) -> str:
    """With one kind of letters (NFKC), brackets, quotes and dashes, and without the marks of Markdown, LaTeX and HTML."""
    text = unicodedata.normalize("NFKC", _visible(text)).translate(_MARKS)
    text = _BOXED.sub(r"\nAnswer: \1\n", _LATEX.sub(r"\1", _TAGS.sub(" ", text)))
    text = re.sub(r"[*`$]|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|\\[()\[\]]", "", text)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))


_AMBIGUOUS = -1  # in place of an option: more than one is named, or a label with another option's text
_EDGE = r"0-9A-Za-z_\u00c0-\u024f"  # beside one of these a letter is part of a word; beside a Chinese character it is not
_NO_LABEL_BEFORE = rf"(?![{_EDGE}]|'\w|[-+#&]\w|\+|\.\w\b|[.,/]\d)"
_WORD = re.compile(
    r"(?<!\w)[+-]?\d+(?:[.,/:]\d+)*%?(?!\w)|[^\s!-/:-@\[-`{-~\u00a1-\u00bf\u0589\u060c\u061b\u061f\u06d4\u0964\u0965\u1360-\u1368"
    r"\u2000-\u206f\u2190-\u2bff\u3000-\u303f]+"
)
_FILLERS = frozenset({"a", "an", "the", "and"})
_ENDED = re.compile(r"[^\w\n]*(?:$|\n)|[\"')\]}>]*(?:\s?[.!;:](?!\w)|\s*[(\[]|\s+-|,?\s+(?:because|since|as|which)\b)", re.IGNORECASE)
_REASON = re.compile(r"\s+(?:because|since|as)\b", re.IGNORECASE)
_SURELY = r"(?:(?:most\s+likely|probably|clearly|definitely|certainly|obviously|likely|simply|indeed|therefore|thus|actually|also),?\s+)*"
_RIGHT = re.compile(
    rf"(?:\s*[(\"'][^)\"'\n]*[)\"'])?\s+(?:is|would be|seems|must be)\s+{_SURELY}(?:(?:the|my)\s+)?{_SURELY}(?:(?:most|final)\s+)?"
    r"(?:correct|right|best|true|answer|appropriate|likely|accurate)\b",
    re.IGNORECASE,
)
_OFFERED = rf"\s*(?P<offered>{_SURELY}(?:(?:that|the|option|choice|letter|number|alternative)\b\s*)*)"
_EXPLICITLY = re.compile(
    r"(?:\b(?:answer|ans|option|choice|response|letter|selection|solution|one|pick|guess|conclusion|verdict)s?\b\.?[\"')\]]*"
    r"|réponse|respuesta|resposta|risposta|antwort|ответ|答案|答え|回答|정답)"
    r"(?:\s+(?:to|for|of|among|from|given|number|here|in)\b[^.\n:?]{0,80}?)?"
    r"(?:\s*(?::|=|->|→|-|是|は|(?:is|was|would be|should be|must be|will be|has to be|to be|es|est|ist|è|é)\b))+"
    rf"{_OFFERED}",
    re.IGNORECASE,
)
_IN_PASSING = re.compile(
    r"\b(?:choos(?:e|ing)|chose|select(?:ed|ing)?|pick(?:ed|ing)?|go(?:ing)? (?:with|for)|went with|opt for|vote for|say|guess|think|"
    r"believe|prefer|conclude|is|are|it's|that's|(?:would|must|should|will) be|so|therefore|thus|hence|probably|perhaps|maybe|but|rather|"
    rf"answer|option|choice|letter|number|ending)\b[,\"')\]]*\s*(?:(?:it|is|it's|be)\s+)*{_OFFERED}",
    re.IGNORECASE,
)
_CALLS = re.compile(r"(?:[:=]|option|choice|letter|number|ending|answer)\s*$", re.IGNORECASE)
_DENIED = re.compile(r"(?:\b(?:not|never|neither|nor|cannot|wrong|incorrect|false|worst)|n't)\s*(?:\w+\s+){0,2}$", re.IGNORECASE)
_TAKEN_BACK = re.compile(r"\b(?:wait|actually|correction|sorry|second thought|mistake|scratch that|instead|final(?:ly)?)\b", re.IGNORECASE)


@lru_cache(maxsize=64)
def _label_patterns(labels: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A label with what encloses it, and a further label joined to one: `, B`, ` and (B)`, `/B`, or a row of bare ones."""
    letter = f"([{re.escape(labels + labels.lower())}]){_NO_LABEL_BEFORE}"
    opened = rf"[(\[{{<\"']*{letter}[)\]}}>\"']*"
    listed = rf"\s*(?:[,/&|;.]|\b(?:and|or|und|oder)\b)+\s*(?:(?:and|or|option)\s+)*{opened}(?=\s*(?:$|[\n.,;:/&|]|(?:and|or|are|both)\b))"
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
        """The option whose label stands at a place of a text; `called` where something before it says that a label comes."""
        label, joined = _label_patterns(self.labels)
        found = label.match(text, at)
        if found is None:
            return None
        letter, rest, index = found[1], text[found.end() :], self.labels.lower().index(found[1].lower())
        further, whole = joined.match(rest), self.saying(text, found.start(1))
        if rest.startswith("?"):
            return None
        if further and (further[1] or further[2]).lower() != letter.lower():
            return None if whole else _AMBIGUOUS
        if not found[2] and any(self.begins(i, letter) for i in whole):
            return None  # the article, letter or number that an option's text begins with
        line = rest.partition("\n")[0]
        saying = self.saying(line, 0)
        if saying:
            return index if index in saying else _AMBIGUOUS
        if found[2] or _RIGHT.match(rest) or _REASON.match(rest):
            return index
        if re.match(r"\s*\w", line):  # a word follows: an article, a pronoun or a count, not a label
            ordinary = letter in "AaIi" or letter.isdigit() or re.match(r"\s+(?:is|are|was|would|can|could|may|might|does|has)\b", line)
            return index if called and not ordinary else None
        return None if letter in "Ii" and line.lstrip().startswith(",") else index

    def begins(self, i: int, letter: str) -> bool:
        """Whether the text of an option begins with a letter as a word before others."""
        first, *others = _words(self.texts[i])
        return first == letter.lower() and bool(others)

    def saying(self, text: str, at: int) -> list[int]:
        """The options whose whole text stands at a place, followed by an end or a reason; the longest, if one begins another."""
        words_there = (word for word in _WORD.finditer(text, at) if word[0].lower() not in _FILLERS)
        given = list(islice(words_there, max(map(len, self.words))))
        found, length = list[int](), 1
        for i, words in enumerate(self.words):
            n = len(words)
            same = n >= length and [word[0].casefold() for word in given[:n]] == words
            if same and (_ENDED.match(text, given[n - 1].end()) or _RIGHT.match(text, given[n - 1].end())):
                found, length = [*(found if n == length else ()), i], n
        exact = [i for i in found if [word[0] for word in given[:length]] == _telling(self.texts[i])]
        return exact or found

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
    found: list[re.Match[str]] = []
    for label in labels:
        inside = "" if label.isdigit() else r"|(?<=[\s(\[])"
        item = re.compile(rf"(?:^{inside})[(\[]?{re.escape(label)}[.):\]]+(?=\s|$)", re.MULTILINE)
        one = item.search(text, found[-1].end() if found else 0)
        if one is None:
            break
        found.append(one)
    return found


def _without_list(text: str, options: _Options) -> str:
    """A text without a list of the options, all or some one after another, told again."""
    for first in range(len(options.labels) - 1):
        items = _items(text, options.labels[first:])
        between = text[items[0].end() : items[1].start()] if len(items) > 1 else ""
        if len(items) == len(options.labels) or len(items) > 1 and list(map(str.casefold, _telling(between))) == options.words[first]:
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


def _places(text: str, prefix: re.Pattern[str], options: _Options) -> Iterator[tuple[int, int]]:
    """Where an option is named after a prefix that is not denied, and which."""
    for found in prefix.finditer(text):
        index, contrast = options.named(text, found.end()), found[0].lower().startswith(("but", "rather"))
        index = options.told(text, found.start("offered")) if index is None else index
        cut_short = text[found.end() :].strip() in {"a", "i"} and not _CALLS.search(found[0])  # "the answer is a"
        if index is not None and not cut_short and (contrast or not _DENIED.search(text[max(0, found.start() - 60) : found.start()])):
            yield found.end(), index


def _asides(text: str, options: _Options) -> Iterator[tuple[int, int]]:
    """Labels in brackets, and labels that are said to be right."""
    for found in _label_patterns(options.labels)[0].finditer(text):
        index = options.labelled(text, found.start(), called=False)
        enclosed = "(" in found[0] and ")" in found[2] or "[" in found[0] and "]" in found[2]
        denied = _DENIED.search(text[max(0, found.start() - 60) : found.start()])
        if index is not None and (enclosed or _RIGHT.match(text, found.end())) and not denied:
            yield found.end(), index


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
    """The place of the option that an answer commits itself to, or None: no option, several at once, a refusal.

    In this order: what stands after "the answer is", "Answer:" or in a box, or alone in the first line; what the answer starts with; what
    the rest of it agrees on ("I would choose C", "C is correct", "not A but C"). An option is named by its label, in any decoration, or by
    its whole text, where case, punctuation and articles do not count; a label goes before a text. The first one counts, unless it is
    taken back ("wait, ..."), and nothing after a new question. The article A and the pronoun I are no labels; neither is a list of all
    options told again. A label with another option's text, and two labels together, are None.

    Args:
        answer: free text.
        options: texts of the options.
        letters: labels of the options in their order, one character each: letters, or digits as "0123".

    Raises:
        ValueError: there are no options, or more than letters.
    """
    if not 0 < len(options) <= len(letters):
        raise ValueError(f"{len(options)} options came for the labels {letters!r}; pass at least one option and a label for each")
    known = _Options(tuple(map(_plain, options)), letters[: len(options)])
    parts = _parts(_plain(answer))
    again = (i for i, part in enumerate(parts) if all(normalised(option) in normalised(part) for option in known.texts))
    for part in parts[: next(again, 0) + 1]:  # up to where the question that was asked is told again
        chosen = _chosen(part, known)
        if chosen is not None:
            return chosen
    return None


_TRUE, _FALSE = r"true|correct|right(?!,\s+(?:so|let|now|then)\b)|accurate|valid", r"false|incorrect|wrong|inaccurate|invalid|untrue"
_BOTH = re.compile(
    rf"\b(?:(?P<first>{_TRUE}|yes)|{_FALSE}|no)\b[\"')]*\s*(?:[/|]|\b(?:or|and|nor)\b)\s*[\"'(]*"
    rf"(?(first)(?:{_FALSE}|no)|(?:{_TRUE}|yes))\b|\b(?:{_TRUE})\s+or\s+not\b",
    re.IGNORECASE,
)
_JUDGED = (
    r"(?:(?:an?|the|actually|indeed|definitely|clearly|therefore|also|generally|mostly|really|in fact|simply)\s+)*"
    rf"(?P<negated>(?:not\s+(?:an?\s+|the\s+)?)*)(?:(?P<true>{_TRUE}|yes)|{_FALSE}"
    r"|no(?!\.\s*\d|\s+(?:statement|answer|claim|option|in|on|at|as)\b))\b"
    r"(?=\s*(?:$|[\n.,;!)\]}\"'(]|[-:]\s|\s(?:because|since|for|that|as|in|to|about|and|but|when|if|at|by|on|only|here|it|this|according|"
    r"statement|answer|claim|option|assertion)\b))"
)
_HEADED = (
    rf"(?!\W*(?:(?:the|my|an?)\s+)*(?:{_TRUE}|{_FALSE})\s+(?:answer|option|choice|response|statement|claim)\b|\W*(?:correct|right)\s*:)"
)
_BEGUN = re.compile(rf"{_HEADED}\W*{_JUDGED}", re.IGNORECASE)  # not "the correct answer is ..."
_ANSWERED = re.compile(
    rf"\b(?:answer|ans|verdict|output|response|conclusion|judge?ment)\b[^.\n?]{{0,60}}?(?:\bis\b|\bbe\b|:|=)\s*{_JUDGED}", re.IGNORECASE
)
_STATED = re.compile(
    r"(?:\b(?P<denied>not)\s+)?(?:\b(?:is|are|was|were|be|seems?|sounds?|looks?|appears?|as|considered|deemed|say|think|choose|select|"
    r"go with|but|yet|though|rather)\b|'s\b"
    rf"|^{_HEADED}[^\w\n]*)\s?{_JUDGED}",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(r"\b(?:is|are|was|whether|does|do)\b", re.IGNORECASE)
_CONCLUDED = re.compile(r"\b(?:so|therefore|thus|hence|overall|conclusion|final(?:ly)?)\b[^.!?\n]*$", re.IGNORECASE)


def _holds(found: re.Match[str]) -> bool:
    negations = len(re.findall("not", found["negated"], re.IGNORECASE)) + bool(found.groupdict().get("denied"))
    return bool(found["true"]) != (negations % 2 == 1)


def parse_truth(answer: str) -> bool | None:
    """Whether an answer holds something to be true, or None: it does not say, says both, or hedges ("partly true").

    In this order: the first word ("True, as noted", "No, ..."), unless its opposite follows at once; the verdict after "the answer is" or
    "Answer:"; the verdicts of the sentences ("the statement is not true"). Where these differ ("it is true that ..., but false that ..."),
    the last one counts if it is drawn as a conclusion ("so", "therefore"), and else none. "Not" turns a verdict over; "True / False", the
    format told again, is no verdict, nor is a question ("is it true?"), the adjective of another noun ("a true story") or the determiner
    no ("no country").
    """
    text = re.sub(r"n't\b|\bcannot\b", " not", _BOTH.sub(" ", _first_part(_plain(answer))), flags=re.IGNORECASE)
    text = "".join(part for part in re.findall(r"[^.!?\n]*[.!?\n]?", text) if not (part.endswith("?") and _ASKED.search(part))).strip()
    text = re.sub(r"\bnot\s+(?:think|believe|say|the case)\b([^.!?\n]{0,60}?)\b(is|are|be)\b", r"\1 \2 not", text, flags=re.IGNORECASE)
    letter = re.fullmatch(r"\W*(?:answer\b)?\W*([tf])\W*", text, re.IGNORECASE)
    if letter:
        return letter[1].lower() == "t"
    begun, answered = _BEGUN.match(text), _ANSWERED.search(text)
    if begun:
        verdict, rest = _holds(begun), text[begun.end() :]
        again, sentence = _BEGUN.match(rest), re.split(r"[.!?\n]", rest, maxsplit=1)[0]
        others = {_holds(found) for found in _STATED.finditer(sentence)}
        denied = begun[0].lower().endswith(("yes", "no")) and others and verdict not in others  # "Yes, this is false."
        return None if denied or (again and _holds(again) != verdict) else verdict
    if answered:
        return _holds(answered)
    stated = [(found.start(), _holds(found)) for found in _STATED.finditer(text)]
    if len({said for _, said in stated}) > 1 and not _CONCLUDED.search(text[: stated[-1][0]]):
        return None
    return stated[-1][1] if stated else None


_GAP = "[,'\u00a0\u2009\u202f]"  # between groups of digits
_NUMBER = re.compile(
    r"(?<![\w.])(?P<minus>(?<![)\]%])(?<![\d)\]%]\s)-)?(?:US)?[$£€¥₹]?(?P<inner>-(?=\d))?(?<![\d.])"
    r"(?:(?:(?P<whole>\d+)\s+)?(?P<above>\d+)/(?P<below>\d*[1-9]\d*)(?![\d/]|\.\d)"
    r"|(?P<european>\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}))(?!\d)"
    rf"|(?P<plain>\d{{1,3}}(?:{_GAP}\d{{2,3}})*{_GAP}\d{{3}}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+))"
    r"(?:[eE](?P<exponent>[+-]?\d{1,3})(?!\w)|\s*[×x*·]\s*10\s*(?:\^|\*\*)\s*\{?(?P<power>[+-]?\d{1,3})(?!\d)\}?)?"
    r"(?:\s*(?P<scale>thousand|million|billion)\b)?"
)
_SCALES = {None: 0, "thousand": 3, "million": 6, "billion": 9}
_RESULT_IS = re.compile(r"\b(?:answer|solution|result)\b[^.\n\d=:$]{0,60}?(?P<link>\b(?:is|are|be)\b\s*:?|:|=)\s*", re.IGNORECASE)
_CALCULATED = re.compile(r"[^\d.\n=]{0,3}[-+*/×÷=][^\d.\n]{0,3}\d")
_STOPS_AFTER = re.compile(r"[^\d.\n]{0,25}?(?:$|[.\n(,;]|\b(?:because|since|as)\b)")


def _value(found: re.Match[str]) -> Decimal:
    if found["above"]:
        value = Decimal(found["whole"] or 0) + Decimal(found["above"]) / Decimal(found["below"])
    elif found["european"]:
        value = Decimal(found["european"].replace(".", "").replace(",", "."))
    else:
        value = Decimal(re.sub(_GAP, "", found["plain"]))
    power = int(found["exponent"] or found["power"] or 0) + _SCALES[found["scale"]]
    value = value.scaleb(power) if power else value
    return value.copy_negate() if found["minus"] or found["inner"] else value


def _outcome(text: str) -> Decimal | None:
    """The number after the last equals sign, or the last number."""
    numbers = list(_NUMBER.finditer(text))
    after = [found for found in numbers if found.start() > text.rfind("=") >= 0]
    if after and not _CALCULATED.match(text, after[0].end()):
        return _value(after[0])
    return _value(numbers[-1]) if numbers else None


def _numeric(text: str) -> str:
    """The first part, with LaTeX, fractions and powers written as `1 3/4` and `10^2`."""
    text = re.sub("[¼-¾⅐-⅞]", lambda m: " " + unicodedata.normalize("NFKC", m[0]).replace("\u2044", "/"), _visible(text))
    text = re.sub("[⁰¹²³⁴-⁹]+", lambda m: "^" + unicodedata.normalize("NFKC", m[0]), text.translate(_MARKS))
    text = re.sub(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}", r" \1/\2", text.replace("{,}", ",").replace(r"\times", "×"))
    text = re.sub(r"(?<!\d)\*\*|\*\*(?!\d)|[`~]|\\[,!;$()\[\]]", "", text)
    text = re.sub(r"\b(?:minus|negative)\s+(?=[$£€]?\d)", "-", text, flags=re.IGNORECASE)
    return _first_part(text)


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
        if not calculated and not re.search(r"\w", line[: first.start()]) and _STOPS_AFTER.match(line, first.end()):
            return _value(first)  # else the colon begins a whole solution
    return None


def parse_number(answer: str) -> Decimal | None:
    """The final number of an answer to a word problem (GSM8K), or None where there is no number before a new question.

    In this order: what stands after `####`; in the last LaTeX box; after the last "the answer is"; after the last equals sign of the last
    sentence with a number; the last number. It may have a currency, commas, points or thin spaces between groups of digits, an exponent
    ("1.5e3", "1.5 × 10^3"), "million", a fraction ("3/4", "1 3/4"); a percentage is the number before its sign. Compare it as a number:
    `Decimal("18") == Decimal("18.0")`.
    """
    text = _numeric(answer)
    for found in re.finditer(r"####\s*(?:answer\s*:?\s*)?", text, re.IGNORECASE):
        number = _NUMBER.match(text, found.end())
        if number and not re.match(r"[.):]\s*[A-Za-z]", text[number.end() : number.end() + 9]):  # else a numbered heading
            return _value(number)
    boxes = [_outcome(box[1]) for box in _BOXED.finditer(text)]
    if boxes and boxes[-1] is not None:
        return boxes[-1]
    announced = _announced(text)
    if announced is not None:
        return announced
    bare = re.sub(r"^\s*\d+[.)]\s+(?=[A-Za-z])", "", text, flags=re.MULTILINE)  # without the numbers of steps
    aside = re.sub(r"\([^()]*\)", "", bare)
    sentences = [part for whole in (aside, bare, text) for part in reversed(re.split(r"(?<=[.!?])\s+|\n", whole))]
    return next((number for number in map(_outcome, sentences) if number is not None), None)


def gold_number(text: str) -> Decimal:
    """The number after `####`, as in the solutions of GSM8K.

    Raises:
        ValueError: there is none.
    """
    _, marked, gold = text.rpartition("####")
    found = _NUMBER.search(_numeric(gold)) if marked else None
    if found is None:
        raise ValueError(f"a solution of GSM8K ends with #### and a number, but this one ends with {text[-40:]!r}")
    return _value(found)


_FENCE = re.compile(r"(?P<before>.*?)(?:```+|~~~+)[ \t]*(?P<language>[\w+#.-]*)[ \t]*")
_STATEMENT = re.compile(r"(?:from|import|def|async def|class)\s|@\w|[A-Za-z_][\w.\[\], ]*\s*=[^=]")
_RUNS = (ast.Expr, ast.Assert, ast.For, ast.While, ast.With, ast.Raise, ast.Delete)
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _fenced(text: str) -> tuple[str, list[str], bool]:
    """The text before the first fence, the blocks (Python's, where a language is named), and whether the last fence closes nothing."""
    before, blocks, block = "", list[tuple[str, str]](), None
    lines: list[str] = []
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line)
        lines.append(found["before"] if found else line)
        if found and block is None:
            before = before if blocks else "\n".join(lines)
            block, lines = found["language"].lower(), []
        elif found:
            blocks.append((str(block), "\n".join(lines)))
            block, lines = None, []
    if block is not None:
        blocks.append((block, "\n".join(lines)))
    python = [code for language, code in blocks if not language or language.startswith("py")]
    return before, python or [code for _, code in blocks], block is not None


def _broken_line(code: str) -> int | None:
    """The line at which code does not compile, counted from 1 (0 where Python does not say which), or None where it compiles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<answer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, OverflowError, RecursionError, MemoryError):
        return 0
    return None


def _tree(code: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code).body


def _compilable(code: str, keep: int = 0) -> str:
    """The longest beginning of code, in whole lines and at least `keep` of them, that compiles; empty where none does."""
    lines = code.split("\n")
    while len(lines) > keep:
        text = "\n".join(lines)
        broken = _broken_line(text)
        if broken is None:
            return text
        if "\t" in text and _broken_line(text.expandtabs(4)) is None:
            return text.expandtabs(4)
        lines = lines[: max(keep, min(broken or len(lines), len(lines)) - 1)]
    return ""


def _definitions(code: str) -> list[str]:
    return [node.name for node in _tree(code) if isinstance(node, _DEFINES)]


def _dedented(code: str) -> str:
    """Without the indentation that all lines share; lines of white space stay as they are, for they may be part of a text."""
    shared = min((re.match(r"[ \t]*", line) or [""])[0] for line in code.split("\n") if line.strip()) if code.strip() else ""
    return "\n".join(line.removeprefix(shared) for line in code.split("\n"))


def _whole(code: str) -> str:
    """The program in a text that may begin with prose: from the first line that a program with a definition can begin with."""
    lines, found = _dedented(code).split("\n"), ""
    starts = [i for i, line in enumerate(lines) if _STATEMENT.match(line)]
    for i in [*starts[:64], 0]:
        program = _compilable("\n".join(lines[i:]))
        if program.strip() and _definitions(program):
            return program
        found = found or program
    return found


def _is_example(node: ast.stmt, names: set[str], read: set[str]) -> bool:
    """Whether an assignment computes an example with what was defined, which no definition reads."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    called = {id(n.func) for n in ast.walk(node.value) if isinstance(n, ast.Call)}
    used = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in {*names, "input"}]
    targets = {
        n.id for t in (node.targets if isinstance(node, ast.Assign) else [node.target]) for n in ast.walk(t) if isinstance(n, ast.Name)
    }
    return bool(used) and all(id(n) in called for n in used) and not targets & (read | names)


def _without_runs(program: str, fenced: bool) -> str:
    """Without what runs after the definitions: from the first call, assertion, loop or `if __name__`, and examples before it."""
    body, kept, names = _tree(program), list[ast.stmt](), set[str]()
    for node in body:
        if isinstance(node, _DEFINES):
            if node.name in names and not fenced:
                break  # an answer to the next question, out of a model that rambles on
            names.add(node.name)
        elif names and (isinstance(node, _RUNS) or isinstance(node, ast.If) and "'__name__'" in ast.dump(node.test)):
            break
        elif names and isinstance(node, ast.AnnAssign) and node.value is None:
            break  # prose: "Note: important"
        kept.append(node)
    seen = [n for node in kept if isinstance(node, _DEFINES) for n in ast.walk(node) if isinstance(n, ast.Name)]
    read = {n.id for n in seen} - {n.id for n in seen if isinstance(n.ctx, ast.Store)}
    useful = [node for node in kept if not _is_example(node, names, read)]
    if useful != body[: len(useful)]:
        return _source(program, useful)
    return program if len(useful) == len(body) else "\n".join(program.split("\n")[: useful[-1].end_lineno]) + "\n"


def _source(program: str, nodes: Sequence[ast.stmt]) -> str:
    """The lines of some statements of a program."""
    lines, numbers = program.split("\n"), set[int]()
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        numbers.update(range(first, (node.end_lineno or node.lineno) + 1))
    return "\n".join(lines[i - 1] for i in sorted(numbers)) + "\n"


def _continued(code: str, prompt: str, fenced: bool) -> str:
    """The prompt with the rest of its last function, whose first line may have lost its indentation; empty where there is none."""
    head = prompt.rstrip() + "\n"
    keep, best, most = head.count("\n"), "", 0
    indented = re.search(r"^[ \t]+\S", code, re.MULTILINE)
    texts = [
        code,
        "    " + code.lstrip(),
        re.sub(r"^(?=.*\S)", "    ", _dedented(code), flags=re.MULTILINE),
        code[indented.start() :] if indented else "",
    ]
    for text in texts:
        program = _compilable(head + text, keep)
        body = _tree(program) if program else []
        of_prompt = [node for node in body if node.lineno <= keep]
        grown = of_prompt and any(not isinstance(node, ast.Expr) for node in getattr(of_prompt[-1], "body", ()) if node.lineno > keep)
        lines = sum(bool(line.strip()) for line in program.split("\n"))
        if grown and lines > most:
            best, most = program, lines
    return _without_runs(best, fenced) if best else ""


def _completed(program: str, prompt: str, entry: str) -> str:
    """A program that gives a prompt's function again, with the imports and helpers of the prompt that it leaves out."""
    own, names = {ast.dump(node) for node in _tree(program)}, set(_definitions(program))
    before = [node for node in _tree(prompt) if getattr(node, "name", "") != entry]
    missing = [node for node in before if ast.dump(node) not in own and getattr(node, "name", "") not in names]
    whole = f"{_source(prompt, missing)}\n{program}" if missing else program
    return whole if _broken_line(whole) is None else program


def _program(code: str, prompt: str, fenced: bool) -> str:
    """The program in one text, which goes on inside the prompt's last function, or gives it again."""
    if not prompt:
        return _without_runs(_whole(code), fenced)
    entry = _definitions(prompt)[-1]
    indent = re.match(r"\s*?(?P<indent>[ \t]*)\S", code)
    inside = indent and indent["indent"] and not re.search(rf"^{indent['indent']}(?:async )?def {entry}\b", code, re.MULTILINE)
    program = _continued(code, prompt, fenced) if inside else ""
    if program:
        return program
    program = _without_runs(_whole(code), fenced)
    if entry in _definitions(program):
        return _completed(program, prompt, entry)
    return _continued(code, prompt, fenced) or program


def parse_code(answer: str, prompt: str = "") -> str:
    """The program in an answer (HumanEval, MBPP), which compiles; empty where there is none. Nothing is run.

    Of fenced blocks (the last one may be unfinished) the first that defines the function of the prompt counts, else the first that defines
    any; without a fence the text does, from its first statement on, or up to a fence that a prompt opened. What does not compile is cut off
    from the end, line by line, so prose and half a statement go. After the definitions it is cut at the first call, assertion, loop or
    `if __name__`; helper functions before that stay. Outside a fence a function defined again belongs to another question and is cut.

    Args:
        answer: free text.
        prompt: Python that ends with the beginning of a function. An answer may go on inside that function, also where its first line has
            lost its indentation, or give the function again: then the imports and helpers it leaves out are put before it. Any other
            text is passed over.
    """
    text = answer.replace("\r\n", "\n").replace("\0", "").lstrip("\ufeff")
    prompt = prompt if prompt.strip() and _broken_line(prompt) is None and _definitions(prompt) else ""
    before, blocks, unfinished = _fenced(text)
    programs = [_program(code, prompt, fenced=True) for code in blocks]
    if not blocks or unfinished:
        programs.insert(0, _program(before if blocks else text, prompt, fenced=False))
    entry = _definitions(prompt)[-1:] if prompt else []
    asked_for = [program for program in programs if entry and entry[0] in _definitions(program)]
    defining = [program for program in programs if _definitions(program)]
    doing = [program for program in programs if any(not isinstance(node, ast.Expr) for node in _tree(program))]  # a word alone compiles
    return next(iter([*asked_for, *defining, *doing]), "")


# Thai and Lao, Burmese, Khmer, kana, Chinese
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_SPACED = r" \g<0> "


def _words(text: str) -> list[str]:
    return [word[0].casefold() for word in _WORD.finditer(unicodedata.normalize("NFKC", _visible(text)).translate(_MARKS))]


def normalised(text: str) -> str:
    """Lower case, without punctuation, English articles and further white space, as in SQuAD (Rajpurkar et al. 2016), for any script.

    Apostrophes and full stops between letters go ("don't" is "dont", "U.S." is "us"); all other punctuation and symbols part words.
    """
    text = re.sub(
        r"(?<=[^\W\d])['.](?=[^\W\d])|(?<=\.[^\W\d])\.", "", unicodedata.normalize("NFKC", _visible(text)).translate(_MARKS).casefold()
    )
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return " ".join(word for word in kept.split() if word not in {"a", "an", "the"})


def matches_any(answer: str, spellings: Iterable[str]) -> bool:
    """Whether one of the spellings stands in an answer, as whole words, before a new question (BLEnD, Myung et al. 2024).

    Both are `normalised`. In scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) any place in a text
    counts. Denials ("not rice") are not read, and a plural is another word.
    """

    def apart(text: str) -> str:
        """With a space on each side of every word, and of every letter of the scripts that have none."""
        return f" {' '.join(_SPACELESS.sub(_SPACED, normalised(text)).split())} "

    said = apart(_first_part(_visible(answer)))
    return any(apart(spelling).strip() and apart(spelling) in said for spelling in spellings)
