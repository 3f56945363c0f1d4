"""What a bank's files hold, byte by byte.

`bank.json` says what the contexts are of. Beside it lie three columns, one fixed-size row for each context, little-endian:

- `rows.G.bin`: `RECORD`, 52 bytes: the address, the strength, the first row of the append it came with, three checksums;
- `z.G.bin`: W words of 16 bits, as `Modulation.pack` makes them;
- `vectors.G.bin`: C 16-bit floats, the embedding at unit length.

G is the generation, one more after each compaction. A row is there when its record is: the other two columns are written before.
All checksums are CRC-32 that begin with the checkpoint, so that no row passes for one of another checkpoint; the record's own
covers its row number too.

Shapes: W words of a context, C embedding width.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zhyper.files import replace_file
from zhyper.modulation import Modulation, Slot, Slots

CARD, FORMAT = "bank.json", 1
RECORD = np.dtype(
    [
        ("prefix", ">u8"),  # the first 8 bytes of the address, by which rows are sorted
        ("rest", "V24"),
        ("strength", "<f4"),
        ("first", "<u4"),
        ("z", "<u4"),
        ("vectors", "<u4"),
        ("record", "<u4"),
    ]
)
WORD, HALF = np.dtype("<i2"), np.dtype("<f2")
_SUMMED = RECORD.itemsize - 4
Array = NDArray[Any]


class CorruptContext(RuntimeError):
    """A context's bytes on disk are not those that were written."""


def shapes(slots: Slots, layers: int) -> dict[str, dict[str, list[int]]]:
    """The shape of each slot's values of one context, by kind and name."""
    return {
        kind: {slot.name: [layers, *slot.shape] for slot in group} for kind, group in slots.items() if group
    }


def shapes_of(contexts: Modulation) -> dict[str, dict[str, list[int]]]:
    """The same of contexts that came."""
    return {
        kind: {name: list(v.shape[1:]) for name, v in group.items()}
        for kind, group in contexts.values.items()
        if group
    }


@dataclass(frozen=True, kw_only=True)
class Card:
    """What all contexts of a bank have in common."""

    checkpoint: str
    shapes: dict[str, dict[str, list[int]]]
    """Of each slot's values, by kind and name: the layers, and the slot's own shape."""
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
        """L, how many layers are adapted; 0 where contexts have no numbers."""
        return next((shape[0] for group in self.shapes.values() for shape in group.values()), 0)

    def words(self) -> int:
        """W, how many words a context takes."""
        nothing = {
            kind: {name: torch.zeros(1, *shape) for name, shape in group.items()}
            for kind, group in self.shapes.items()
        }
        return Modulation(nothing, 1).pack().shape[1]

    @property
    def seed(self) -> int:
        """What all checksums begin with."""
        return zlib.crc32(self.checkpoint.encode())

    def record_sum(self, record: bytes, row: int) -> int:
        """The checksum of a record, without its last field, at a row."""
        return zlib.crc32(record[:_SUMMED], zlib.crc32(row.to_bytes(8, "little"), self.seed))

    def wrong(self, rows: Sequence[int], records_B: Array, columns: Mapping[str, Array]) -> list[int]:
        """Which of these rows have a wrong checksum, in their records or in these columns."""
        sums = {
            name: [zlib.crc32(value.tobytes(), self.seed) for value in values]
            for name, values in columns.items()
        }
        sums["record"] = [
            self.record_sum(record.tobytes(), row) for row, record in zip(rows, records_B, strict=True)
        ]
        right_B = np.all(
            [records_B[name] == np.array(found, np.uint32) for name, found in sums.items()], axis=0
        )
        return [row for row, right in zip(rows, right_B, strict=True) if not right]

    def whole(self, records: Array, start: int) -> int:
        """How many of these records, the first of them at row `start`, are whole before the first that is not."""
        sums = records["record"].tolist()
        raw, size = records.tobytes(), RECORD.itemsize
        for i, said in enumerate(sums):
            if self.record_sum(raw[i * size : (i + 1) * size], start + i) != said:
                return i
        return len(sums)


def read_card(folder: Path) -> tuple[Card, int] | None:
    """A bank's card and its generation; None where the folder is absent or empty.

    Raises ValueError for a folder that is no bank, or one of another format.
    """
    file = folder / CARD
    if not file.is_file():
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file, but a bank is a folder; name another one")
        if folder.is_dir() and any(not name.name.startswith(CARD) for name in folder.iterdir()):
            raise ValueError(
                f"{folder} holds files but no {CARD}, so it is no bank of contexts; name another folder"
            )
        return None
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(
                f"{file} has format {said['format']}, but this version reads {FORMAT}; use the version of zhyper that wrote it"
            )
        return Card(checkpoint=said["checkpoint"], shapes=said["shapes"], width=said["width"]), int(
            said["generation"]
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{file} is not a bank's card ({error!r}); restore it from a copy, or name another folder"
        ) from error


def check_same(folder: Path, found: Card, wanted: Card) -> None:
    """Raise ValueError, which names what differs, unless a bank is of the contexts that are wanted."""
    for name, was in vars(found).items():
        if was != vars(wanted)[name]:
            raise ValueError(
                f"the bank {folder} holds contexts whose {name} is {was}, but {vars(wanted)[name]} is wanted; "
                "name another folder for this checkpoint"
            )


def write_card(folder: Path, card: Card, generation: int) -> None:
    """Write a bank's card so that it is there whole or not at all, also after a power cut."""
    said = {"format": FORMAT, "generation": generation, "words": card.words(), **vars(card)}
    replace_file(folder / CARD, json.dumps(said, indent=2) + "\n")
