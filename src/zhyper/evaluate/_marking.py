"""Marks answers: each kind of right answer has a parser of what was written, and what that gives if right."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhyper.data.benchmarks import Choice, Number, Phrase, Program, Shares, Truth
from zhyper.evaluate._extra import extra
from zhyper.evaluate.parsing import (
    gold_number,
    matches_any,
    parse_choice,
    parse_code,
    parse_number,
    parse_truth,
)


@dataclass(frozen=True)
class Texts:
    """The answer is like one of several right texts."""

    right: tuple[str, ...]


@dataclass(frozen=True)
class Exact:
    """The whole answer is one of several texts; case counts, and the order of a list unless it has none."""

    right: tuple[str, ...]
    unordered: bool = False


@dataclass(frozen=True)
class Check:
    """A program decides."""

    check: Callable[[str], bool]


@dataclass(frozen=True)
class Likely:
    """A text that should be a likely answer."""

    right: str


def _is_exact(answer: Exact, text: str) -> bool:
    if answer.unordered:
        return _listed(text) in [_listed(right) for right in answer.right]
    return text.strip() in {right.strip() for right in answer.right}


def _listed(text: str) -> list[str]:
    return sorted(text.replace(",", " ").split())


_PARSERS: dict[type, tuple[Callable[[Any, str], Any], Callable[[Any], Any]]] = {
    Choice: (lambda answer, text: parse_choice(text, answer.options, answer.labels), lambda a: a.right),
    Shares: (lambda answer, text: parse_choice(text, answer.options), lambda a: a.right),
    Truth: (lambda answer, text: parse_truth(text), lambda a: a.right),
    Number: (lambda answer, text: parse_number(text), lambda a: gold_number(a.solution)),
    Program: (lambda answer, text: parse_code(text, answer.prompt), lambda a: a.tests),
    Phrase: (lambda answer, text: matches_any(text, answer.spellings), lambda a: True),
    Exact: (_is_exact, lambda a: True),
    Check: (lambda answer, text: answer.check(text), lambda a: True),
    Texts: (lambda answer, text: text.strip(), lambda a: a.right),
    Likely: (lambda answer, text: text, lambda a: a.right),
}
"""By the kind of a right answer: reads a text, and gives what is read where it is right."""


def parse(answer: Any, text: str) -> Any:
    """What a text says, by the parser of a kind of answer; None where it could not be read."""
    return _PARSERS[type(answer)][0](answer, text)


def right(answer: Any) -> Any:
    """What `parse` gives for a right answer, or what that is held against: tests, shares or texts."""
    return _PARSERS[type(answer)][1](answer)


def program(answer: Program, text: str) -> str:
    """The program in a text with its tests."""
    return f"{parse(answer, text)}\n\n{answer.tests}"


def marks(
    answers: Sequence[Any], texts: Sequence[str], passed: Mapping[str, bool]
) -> tuple[dict[str, float], int]:
    """What the texts that answer a question's items score by each metric, and how many could not be read.

    Args:
        answers: the right answers, all of one kind.
        texts: what was written, one for each.
        passed: whether each `program` passes its tests.
    """
    if isinstance(answers[0], Texts):
        return text_scores(answers[0].right, texts[0]), 0
    if isinstance(answers[0], Program):
        return {"pass@1": float(passed[program(answers[0], texts[0])])}, 0
    said = [parse(answer, text) for answer, text in zip(answers, texts, strict=True)]
    correct = [s is not None and s == right(answer) for answer, s in zip(answers, said, strict=True)]
    return {"acc": float(all(correct))}, said.count(None)


def text_scores(right: Sequence[str], answer: str) -> dict[str, float]:
    """ROUGE-L and exact match against the best of several texts, as in Super-NaturalInstructions."""
    scorer = extra("rouge_score.rouge_scorer").RougeScorer(["rougeL"], use_stemmer=True)
    said = _plain(answer)
    rouge = max(scorer.score(text, answer)["rougeL"].fmeasure for text in right)
    return {"ROUGE-L": rouge, "exact match": float(any(_plain(text) == said for text in right))}


def _plain(text: str) -> str:
    """A text in small letters, without punctuation and needless spaces."""
    return " ".join("".join(c for c in text.lower() if c not in string.punctuation).split())
