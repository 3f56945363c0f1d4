"""Phrases that ask for a task: of what to give, or of what to do."""

from __future__ import annotations

from dataclasses import dataclass


def alternatives(text: str) -> tuple[str, ...]:
    """Phrases for the same thing, written with a bar between them."""
    return tuple(text.split("|"))


@dataclass(frozen=True)
class Phrases:
    """What a task asks for, in several phrases.

    They are noun phrases for an answer (`the first word`), in the plural if `many`, or, if `imperative`,
    sentences that say what to do (`sort the list`).
    """

    texts: tuple[str, ...]
    imperative: bool = False
    many: bool = False


def judging(clauses: tuple[str, ...], yes: str, no: str) -> Phrases:
    """Imperatives to answer with one of two words, by whether a clause is true."""
    texts = []
    for c in clauses:
        texts += [
            f"answer {yes} if {c} and {no} if not",
            f"say {yes} when {c}, otherwise {no}",
            f"write {yes} if it is true that {c}, and {no} if it is not",
            f"decide whether {c}: {yes} if so, {no} if not",
            f"reply {yes} in case {c}, else {no}",
            f"find out if {c}, and answer {yes} if that holds and {no} if it does not",
        ]
    return Phrases(tuple(texts), imperative=True)
