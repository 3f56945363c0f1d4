"""A bank's card, `bank.json`: what all its contexts have in common.

Shapes: L adapted layers, W words of a packed context, C embedding width.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhyper.files import replace_file
from zhyper.modulation import Modulation, Slot, Slots
from zhyper.modulation import words as packed_words

CARD, FORMAT = "bank.json", 2
Shapes = dict[str, dict[str, list[int]]]
"""Of each slot's values of one context, by kind and name: L, and the slot's own shape."""


def shapes_of_slots(slots: Slots, layers: int) -> Shapes:
    """The shapes that contexts of these slots have."""
    return {
        kind: {slot.name: [layers, *slot.shape] for slot in group} for kind, group in slots.items() if group
    }


def shapes_of(contexts: Modulation) -> Shapes:
    """The shapes that these contexts have."""
    return {
        kind: {name: list(value.shape[1:]) for name, value in group.items()}
        for kind, group in contexts.values.items()
        if group
    }


@dataclass(frozen=True, kw_only=True)
class Card:
    """What all contexts of a bank have in common."""

    checkpoint: str
    shapes: Shapes
    width: int
    """C, the length of embeddings."""

    @property
    def slots(self) -> Slots:
        """The slots that the values are of."""
        return {
            kind: tuple(Slot(name, tuple(shape[1:])) for name, shape in group.items())
            for kind, group in self.shapes.items()
        }

    @property
    def layers(self) -> int:
        """L; 0 where contexts have no numbers."""
        return next((shape[0] for group in self.shapes.values() for shape in group.values()), 0)

    @property
    def words(self) -> int:
        """W, the 16-bit words of a packed context."""
        return packed_words(self.slots, self.layers)


def read_card(folder: Path) -> tuple[Card, dict[str, Any]] | None:
    """A bank's card, and its JSON object as it is in the file; None where the folder is absent or empty.

    Raises ValueError for a folder that is no bank, or one that a newer version wrote.
    """
    file = folder / CARD
    if not file.is_file():
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file, but a bank is a folder; name another one")
        if folder.is_dir() and any(not path.name.startswith(CARD) for path in folder.iterdir()):
            raise ValueError(
                f"{folder} holds files but no {CARD}, so it is no bank of contexts; name another folder"
            )
        return None
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        if facts["format"] not in range(1, FORMAT + 1):
            raise ValueError(
                f"{file} has format {facts['format']}, but this version reads formats up to {FORMAT}; use "
                "the version of zhyper that wrote it"
            )
        if facts["format"] == 1 and not isinstance(facts["generation"], int):
            raise TypeError("generation is no number")
        return Card(checkpoint=facts["checkpoint"], shapes=facts["shapes"], width=facts["width"]), facts
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{file} is not a bank's card ({error!r}); restore it from a copy, or name another folder"
        ) from error


def check_same(folder: Path, stored: Card, expected: Card) -> None:
    """Raise ValueError, which names what differs, unless a bank's card is the one that is expected."""
    for name, value in vars(stored).items():
        if value != vars(expected)[name]:
            raise ValueError(
                f"the bank {folder} holds contexts whose {name} is {value}, but {vars(expected)[name]} is "
                "expected; name another folder for this checkpoint"
            )


def write_card(folder: Path, card: Card) -> None:
    """Write a bank's card so that it is there whole or not at all, also after a power cut."""
    facts = {"format": FORMAT, "words": card.words, **vars(card)}
    replace_file(folder / CARD, json.dumps(facts, indent=2) + "\n")
