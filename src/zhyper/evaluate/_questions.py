"""Questions: what a suite asks, in groups that share their descriptions, and how much of it is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zhyper.data import Split
from zhyper.evaluate._templates import Asked

Protocol = Literal["generate", "loglikelihood"]
"""How a model is asked: it writes an answer that is read, or the likelihood of each answer is compared. Never both in one table."""


@dataclass(frozen=True)
class Question:
    """What one point is given for: its key within the group, where its row is, and what is asked; all of it must be right."""

    key: str
    number: int
    """The row's number in its file, from 0."""
    asked: tuple[Asked, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Questions that are asked under the same descriptions: a benchmark, a country of one, or a task."""

    benchmark: str
    name: str
    subject: str
    """What the descriptions are of; another subject's are mismatched."""
    questions: tuple[Question, ...]
    descriptions: tuple[str, ...]
    seen: bool
    """Whether the generator was trained on this subject."""
    region: str = ""
    file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How much is evaluated, and of what.

    Raises:
        ValueError: a number below 1.
    """

    folder: Path | None = None
    """Where the rows lie; None for a suite whose rows come with zhyper."""
    rows: int | None = None
    """Questions of a group; None for all."""
    texts: int | None = None
    """Descriptions of a group; None for all that there are."""
    descriptions: str = ""
    """JSON Lines of `task` and `descriptions` that stand in for the usual ones."""
    only: tuple[str, ...] = ()
    """Benchmarks; none named stands for all of the suite."""
    seed: int = 0
    split: Split = "report"
    """Of a suite that comes with zhyper: `report`, or `selection`, by which checkpoints are chosen."""
    trained: tuple[str, ...] = ()
    """Names of the tasks that the generator was trained on."""

    def __post_init__(self) -> None:
        for name in ("rows", "texts"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} came as {value}, but wants at least 1")

    def drawn(self, group: str, keys: Collection[str]) -> list[str]:
        """Which keys of a group are asked: drawn by the hash of seed and key, so they do not depend on the others."""
        order = sorted(keys, key=lambda key: hashlib.sha256(f"{self.seed}\n{group}\n{key}".encode()).digest())
        return order[: self.rows]
