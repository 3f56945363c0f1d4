"""What questions score."""

from __future__ import annotations

from dataclasses import dataclass

from zhyper.evaluate._questions import Protocol


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What the questions of a group score in one condition by one metric."""

    method: str
    suite: str
    protocol: Protocol
    benchmark: str
    group: str
    seen: bool
    region: str
    condition: str
    metric: str
    texts: tuple[str, ...] = ()
    """What it was asked under: in the order of the scores of a question, or, where each question has one text
    of its own, in the order of questions."""
    rows: dict[str, tuple[float, ...]]
    """From 0 to 1: by question, a score under each description."""
    unread: int = 0
    """Answers that no parser could read; they score 0."""
