"""Questions: what a suite asks, in groups that share their descriptions, and how much of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zhyper.data import Pair, Split
from zhyper.data.benchmarks import Item
from zhyper.spec import GeneratorSpec

Protocol = Literal["generate", "loglikelihood"]
"""How a model is asked: it writes an answer that is read, or the likelihood of each answer is compared. Never
both in one table."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one point is given for: all of its items must be answered right."""

    key: str
    """Names it within its group."""
    items: tuple[Item, ...]
    number: int = 0
    """The row's number in its file, from 0."""
    cues: Mapping[str, str] | None = None
    """By condition, the one text it is asked under in place of its group's descriptions."""
    examples: tuple[Pair, ...] = ()
    """Solved ones like it, for prompts."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Questions that are asked under the same descriptions: a benchmark, a country of one, or a task."""

    benchmark: str
    name: str
    subject: str
    """What the descriptions are of; another subject's are mismatched."""
    questions: tuple[Question, ...]
    descriptions: tuple[str, ...]
    seen: bool = False
    """Whether the generator was trained on this subject."""
    region: str = ""
    file: Path | None = None
    tokens: int = 32
    """That a written answer may have."""

    @property
    def kind(self) -> type:
        """Of what kind its answers are; one for all."""
        return type(self.questions[0].items[0].answer)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How much is evaluated, and of what.

    Raises:
        ValueError: a number below 1.
    """

    folder: Path | None = None
    """Where the rows are; None for a suite whose rows come with zhyper."""
    rows: int | None = None
    """Questions of a group; None for all."""
    texts: int | None = None
    """Descriptions of a group; None for all that there are."""
    descriptions: str = ""
    """JSON Lines of `task` and `descriptions` that replace the usual ones."""
    only: tuple[str, ...] = ()
    """Benchmarks; empty stands for all of the suite."""
    seed: int = 0
    split: Split = "report"
    """Of a suite that splits its rows: `report`, or `selection`, by which checkpoints are chosen."""
    trained: tuple[str, ...] = ()
    """Names of the tasks that the generator was trained on."""
    spec: GeneratorSpec = GeneratorSpec()
    """The generator's settings, which say what its cues are made from."""

    def __post_init__(self) -> None:
        for name in ("rows", "texts"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} is {value}, but must be at least 1, or left out for all")

    def draw(self, group: str, keys: Collection[str]) -> list[str]:
        """Which keys of a group are asked: drawn by the hash of seed and key, whatever others are."""
        order = sorted(keys, key=lambda key: hashlib.sha256(f"{self.seed}\n{group}\n{key}".encode()).digest())
        return order[: self.rows]
