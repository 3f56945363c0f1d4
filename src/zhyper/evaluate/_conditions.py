"""Conditions: matching descriptions, honesty controls, and prompts instead of an adapter."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

from zhyper.data import Prompt
from zhyper.evaluate._questions import Group

CONTROLS = ("matched", "shuffled", "random", "empty", "base", "described", "role")
"""Under the group's own descriptions; under another subject's; under random letters; under an empty text;
without an adapter; without an adapter, but with the description before the prompt, or as the role that a
system message gives."""
MISMATCHED = ("shuffled", "random", "empty")
"""Controls that a matching description has to beat."""
PROMPTED = ("described", "role")
"""Conditions that change the prompt."""


def noise(seed: str) -> str:
    """Ten words of random letters, the same for the same seed."""
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(10))


def texts_under(condition: str, group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    """The descriptions that a group is asked under in a condition.

    Args:
        condition: one of `CONTROLS`.
        group: what is asked.
        groups: all of the suite; other subjects' descriptions come from them. The first of a group's own
            stands against the first of another's, the second against the second of a third, so that kinds of
            wording are the same on both sides.
        seed: of what is drawn.

    Raises:
        ValueError: no such condition.
    """
    if condition in ("matched", *PROMPTED):
        return group.descriptions
    if condition == "shuffled":
        others = {g.subject: g for g in groups if g.subject != group.subject}
        return _mismatched(group, [others[subject] for subject in sorted(others)], seed)
    if condition == "random":
        return tuple(noise(f"{seed} {group.name} {i}") for i in range(len(group.descriptions)))
    if condition in ("empty", "base"):
        return ("",)
    raise ValueError(f"'{condition}' is no condition; the conditions are: {', '.join(CONTROLS)}")


def _mismatched(group: Group, others: Sequence[Group], seed: int) -> tuple[str, ...]:
    """As many descriptions as a group has, each of another subject until all had their turn."""
    rng, count = random.Random(f"{seed} {group.name}"), len(group.descriptions)
    rounds = count // max(1, len(others)) + 1
    drawn = [other for _ in range(rounds) for other in rng.sample(others, len(others))]
    return tuple(other.descriptions[i % len(other.descriptions)] for i, other in enumerate(drawn[:count]))


def asked_as(condition: str, prompt: str, text: str) -> tuple[Prompt, str | None]:
    """The prompt of a question in a condition, and the description it is answered under; None: no adapter."""
    if condition == "described":
        return f"{text}\n\n{prompt}", None
    if condition == "role":
        return in_a_role(text, prompt), None
    return prompt, None if condition == "base" else text


def in_a_role(role: str, prompt: str) -> Prompt:
    """A prompt after a system message."""
    return [{"role": "system", "content": role}, {"role": "user", "content": prompt}]
