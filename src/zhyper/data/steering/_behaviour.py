"""What a behaviour is: a name, wordings, a program that writes answers, and a program that checks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Ask(NamedTuple):
    """A prompt, the base's own answer to it, and the content that the behaviour is about, if any."""

    prompt: str
    answer: str
    content: str = ""


Write = Callable[[Ask], str]
"""Writes the answer that shows a behaviour."""
Check = Callable[[str, Ask], bool]
"""Whether an answer shows a behaviour."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A way to answer that only a description can ask for.

    In wordings and phrases `{}` stands for the content.
    """

    name: str
    """Unique, KIND/WORDS, such as `case/upper`."""
    write: Write
    """The answer that shows the behaviour, made of the base's own; the same for the same Ask."""
    check: Check
    """Whether an answer, by whomever, shows the behaviour."""
    wordings: tuple[str, ...]
    """Whole descriptions as people type them: short, long, indirect."""
    phrases: tuple[str, ...] = ()
    """Imperatives without capital and full stop (`use only capital letters`), which describe combinations."""
    stage: int = 0
    """Where it acts in a combination; each acts on the answer of the one before.

    0. what is said (a constant, a refusal)
    1. manner (a pirate's)
    2. openings, endings and signatures
    3. format (JSON, a list)
    4. letters and punctuation
    """
    contents: str = ""
    """The name of the list of contents that `{}` is drawn from; empty for none."""
    held_out: bool = False
    """Whether it is never trained, and reported as an unseen behaviour."""

    @property
    def kind(self) -> str:
        """What stands before the slash of the name."""
        return self.name.partition("/")[0]
