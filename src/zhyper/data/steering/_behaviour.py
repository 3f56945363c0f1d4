"""What a behaviour is: a row with a name, wordings, a program that writes answers, and a program that checks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Ask(NamedTuple):
    """A prompt, the base's own answer to it, and the content that the behaviour is about (empty where it has none)."""

    prompt: str
    answer: str
    content: str = ""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A way to answer that only a description can ask for.

    In wordings and phrases `{}` stands for the content.
    """

    name: str
    """Unique, KIND/WORDS, such as `case/upper`."""
    write: Callable[[Ask], str]
    """The answer that shows the behaviour, made of the base's own; the same for the same Ask."""
    check: Callable[[str, Ask], bool]
    """Whether an answer, by whomever, shows the behaviour."""
    wordings: tuple[str, ...]
    """Whole descriptions as people type them: short, long, indirect."""
    phrases: tuple[str, ...] = ()
    """Imperative parts of a sentence without capital and stop (`use only capital letters`), of which combinations are described."""
    stage: int = 0
    """Where it acts in a combination, each on the answer of the one before: 0 what is said (a constant, a refusal), 1 manner (pirate),
    2 openings, endings and signatures, 3 form (JSON, a list), 4 letters and punctuation."""
    contents: str = ""
    """The name of the list of contents that `{}` is drawn from; empty for none."""
    held_out: bool = False
    """Whether it is never trained, and reported as an unseen behaviour."""

    @property
    def kind(self) -> str:
        """What stands before the slash of the name."""
        return self.name.partition("/")[0]
