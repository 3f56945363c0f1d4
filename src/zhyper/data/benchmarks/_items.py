"""Items: a prompt, and the right answer to it, whose kind says how a written answer is read and scored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, TypeVar

Row = Mapping[str, Any]
"""The fields of a row, as in the benchmark's file."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One option is right; an answer names it by its label or its text."""

    options: tuple[str, ...]
    """In the order they are asked in."""
    right: int
    """Place of the right option, from 0."""
    labels: str = ascii_uppercase
    """A character for each option."""
    source_right: int
    """Place of the right option in the order of the source."""


@dataclass(frozen=True)
class Truth:
    """The answer is true or false."""

    right: bool


@dataclass(frozen=True)
class Number:
    """The answer ends with the number that a solution of GSM8K gives after `####`; ValueError without one."""

    solution: str

    def __post_init__(self) -> None:
        if not re.search(r"####.*\d", self.solution):
            raise ValueError(
                f"a solution of GSM8K ends with #### and a number, not with {self.solution[-40:]!r}"
            )


@dataclass(frozen=True, kw_only=True)
class Program:
    """The answer is a Python program that runs through its tests."""

    tests: str
    """Python that follows the program."""
    prompt: str = ""
    """Python that the program completes."""


@dataclass(frozen=True, kw_only=True)
class Shares:
    """No option is right: each has the share of people who chose it."""

    options: tuple[str, ...]
    right: tuple[float, ...]


@dataclass(frozen=True)
class Phrase:
    """The answer contains one of several short right ones."""

    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A prompt, and what decides whether an answer to it is right."""

    prompt: str
    answer: Any
    """One of the kinds above, or of those that `zhyper.evaluate` adds."""


def shuffled(options: Sequence[T], right: int, seed: int | None, key: str) -> tuple[tuple[T, ...], int]:
    """Options in an order drawn from the SHA-256 of seed and key, and the new place of the right one.

    Args:
        options: texts.
        right: the place of the right one, from 0.
        seed: of the order; None keeps the order.
        key: what tells the question from others.

    Raises:
        ValueError: there is no option at that place.
    """
    if not 0 <= right < len(options):
        raise ValueError(
            f"the right option is number {right}, counted from 0, of {len(options)}; look at the row of "
            f"{key!r}"
        )
    if seed is None:
        return tuple(options), right
    order = sorted(range(len(options)), key=lambda i: hashlib.sha256(f"{seed}\n{i}\n{key}".encode()).digest())
    return tuple(options[i] for i in order), order.index(right)
