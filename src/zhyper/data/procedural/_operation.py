"""Operations: what is made of a whole input, and the phrases that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._phrases import Phrases, alternatives


@dataclass(frozen=True)
class Operation:
    """What is made of an input, None where it does not apply; `parts` name what its wordings speak of."""

    kind: str
    name: str
    act: Callable[[Input], str | None]
    phrases: Phrases
    parts: tuple[str, ...] = ()


def do(kind: str, name: str, act: Callable[[Input], str | None], text: str) -> Operation:
    """An operation by its phrases, with a bar between them."""
    return Operation(kind, name, act, Phrases(alternatives(text), imperative=True))


def get(kind: str, name: str, act: Callable[[Input], str | None], text: str, many: bool = False) -> Operation:
    """Something to give, by its phrases, with a bar between them."""
    return Operation(kind, name, act, Phrases(alternatives(text), many=many))
