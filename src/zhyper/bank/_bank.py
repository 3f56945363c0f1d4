"""Contexts of one checkpoint in a folder: appended to, found by address or by the nearest description.

A little longer than other files, because every public method says its shapes and errors.

Shapes: B contexts, W words of a context, C embedding width.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from zhyper.bank import _format1
from zhyper.bank._card import (
    CARD,
    Card,
    check_same,
    read_card,
    shapes_of,
    shapes_of_slots,
    write_card,
)
from zhyper.bank._search import Search, to_float, unit
from zhyper.bank._store import CHUNK, DATA, HALF, CorruptContext, Record, Store, numbers_type
from zhyper.files import sync
from zhyper.modulation import Modulation, Slots

REWRITE = f"{DATA}.new"
"""A file that takes the place of `DATA` once it is whole; what a process that was killed left is removed."""


def address_bytes(address: str) -> bytes:
    """An address's 32 bytes; ValueError unless it is 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(address)
    except ValueError:
        raw = b""
    if len(raw) != 32 or len(address) != 64:
        raise ValueError(f"the address '{address}' is no SHA-256; give its 64 hexadecimal digits")
    return raw


class Bank:
    """Contexts of one checkpoint, packed in a folder; `Bank.open` makes or opens one.

    Any number of threads and processes of one machine may read and append at once: appends wait for each
    other, and every process sees what the others appended. Only what is asked for is read from disk.
    """

    def __init__(self, folder: Path, card: Card) -> None:
        self._folder, self._card = folder, card
        self._store = Store(folder / DATA, card)
        self._search = Search(folder)
        self._writing = threading.RLock()

    @classmethod
    def open(cls, folder: Path, *, slots: Slots, layers: int, width: int, checkpoint: str) -> Self:
        """The bank in a folder, made where there is none, and brought to today's format.

        Args:
            folder: where it lies.
            slots: those of the checkpoint's adapter.
            layers: L, how many layers are adapted.
            width: C, the length of embeddings.
            checkpoint: what identifies the trained weights.

        Raises:
            ValueError: the folder holds something else, contexts of another checkpoint, or a file that is
                damaged.
            OSError: the folder or a file in it cannot be read or written.
        """
        folder = Path(folder)
        card = Card(checkpoint=checkpoint, shapes=shapes_of_slots(slots, layers), width=width)
        read_card(folder)  # nothing is written into a folder that is no bank
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{CARD}.lock"):
            stored = read_card(folder)
            if stored is None:
                write_card(folder, card)
            else:
                check_same(folder, stored[0], card)
            (folder / REWRITE).unlink(missing_ok=True)
            if stored is not None and stored[1]["format"] == 1:
                with _rewriting(folder, card) as new:
                    for records in _format1.chunks(folder, card, stored[1]["generation"]):
                        new.append(records)
                write_card(folder, card)
            _format1.remove(folder)
            try:
                return cls(folder, card)
            except CorruptContext as error:
                raise ValueError(str(error)) from error

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """The bank that is in a folder, of whatever checkpoint it is; ValueError where there is none."""
        stored = read_card(Path(folder))
        if stored is None:
            raise ValueError(f"{folder} holds no bank of contexts; 'zhyper serve --bank {folder}' makes one")
        card, _ = stored
        return cls.open(
            folder, slots=card.slots, layers=card.layers, width=card.width, checkpoint=card.checkpoint
        )

    @property
    def checkpoint(self) -> str:
        """What identifies the checkpoint whose contexts these are."""
        return self._card.checkpoint

    def append(self, addresses: Sequence[str], contexts: Modulation, embeddings_BC: Tensor) -> list[int]:
        """Add contexts; they are on disk when this returns, and a crash before loses at most them.

        Args:
            addresses: the SHA-256 of each; one that is there keeps its row and what lies in it.
            contexts: B of them, of this bank's checkpoint; packed in 16 bits, see `Modulation.pack`.
            embeddings_BC: of any length.

        Returns:
            The row of each.

        Raises:
            ValueError: numbers that do not fit together, or are not finite.
            OSError: the disk is full or broken; the bank is as it was, and works.
        """
        records = self._packed(addresses, contexts, embeddings_BC)
        with self._writing:  # `compact` makes another store
            return self._store.append(records)

    def row(self, address: str) -> int | None:
        """The row of an address, or None; ValueError for what is no address."""
        return self._store.row(address_bytes(address))

    def address(self, row: int) -> str:
        """The address of a row, also of a damaged one; zeros where it cannot be read.

        Raises IndexError where there is no such row.
        """
        self._check_rows([row])
        return self._store.address(row).hex()

    def gather(self, rows: Sequence[int]) -> Modulation:
        """The contexts in these rows, in that order and as often as named, each with its strength.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        contents = self._read("context", rows)
        numbers_B = np.frombuffer(b"".join(numbers for _, numbers in contents), numbers_type(self._card))
        return Modulation.unpack(
            self._card.slots,
            self._card.layers,
            torch.from_numpy(numbers_B["words"].astype(np.int16)),
            torch.from_numpy(numbers_B["strength"].astype(np.float32)),
        )

    def embeddings(self, rows: Sequence[int]) -> Tensor:
        """The embeddings [B, C] in these rows, at unit length.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        contents = self._read("embedding", rows)
        raw = b"".join(embedding for (embedding,) in contents)
        return to_float(np.frombuffer(raw, HALF).reshape(len(rows), self._card.width))

    def nearest(self, embedding_C: Tensor, count: int) -> list[tuple[int, float]]:
        """The rows of the nearest embeddings with their cosines, best first; of equals the older first."""
        return self._search.nearest(self._store, embedding_C, count)

    def index(self) -> bool:
        """Build the index that makes searches faster, unless there is one of most rows, or rows are few.

        At a million rows of 384 numbers it takes half a minute of one core, some 350 MB of memory, and 202
        bytes of disk for each row; meanwhile the bank can be used. `nearest` then takes 18 ms instead of
        2.5 s, and may miss a row (see `benchmarks/bank.py`).

        Returns:
            Whether it was built.

        Raises:
            RuntimeError: faiss is not installed.
            OSError: the disk is full; the old index, if any, is still there.
        """
        return self._search.build(self._store)

    def __len__(self) -> int:
        return self._store.count()

    def verify(self) -> list[int]:
        """The rows whose checksum is wrong; reads the whole bank."""
        return [
            row
            for start, records in self._chunks()
            for row, record in enumerate(records, start)
            if record is None
        ]

    def compact(self, keep: Callable[[str], bool]) -> dict[int, int]:
        """Write the bank anew with the contexts that are to be kept and whose checksums are right.

        A crash leaves the old bank or the new one. Appends of other threads wait. Row numbers change, so
        nothing else may use the bank meanwhile.

        Args:
            keep: says of each address whether it stays.

        Returns:
            The new row of each old one that stays.

        Raises:
            ValueError: another process, or another `Bank`, has it open.
            OSError: the disk is full or broken; the bank is as it was.
        """
        moved: dict[int, int] = {}
        with self._writing, FileLock(self._folder / f"{CARD}.lock"):
            if not self._store.is_alone():
                raise ValueError(
                    f"the bank {self._folder} is open elsewhere; stop what uses it, then compact it again"
                )
            try:
                with _rewriting(self._folder, self._card) as new:
                    for start, records in self._chunks():
                        remaining = {
                            row: record
                            for row, record in enumerate(records, start)
                            if record is not None and keep(record.address.hex())
                        }
                        moved |= zip(remaining, new.append(list(remaining.values())), strict=True)
                    self._store.close()
            finally:
                self._store.close()
                self._store = Store(self._folder / DATA, self._card)
        return moved

    def close(self) -> None:
        """Close the files; the bank cannot be used afterwards."""
        self._store.close()

    def _packed(self, addresses: Sequence[str], contexts: Modulation, embeddings_BC: Tensor) -> list[Record]:
        expected = (len(addresses), self._card.width)
        if contexts.count != expected[0] or tuple(embeddings_BC.shape) != expected:
            raise ValueError(
                f"{expected[0]} addresses came with {contexts.count} contexts and embeddings of shape "
                f"{list(embeddings_BC.shape)}, but this bank expects one context and one embedding of "
                f"{expected[1]} numbers for each"
            )
        if (shapes := shapes_of(contexts)) != self._card.shapes:
            raise ValueError(
                f"contexts with the slots {shapes} came, but this bank's have {self._card.shapes}; use their "
                "own checkpoint"
            )
        strength_B = (
            torch.ones(expected[0]) if contexts.strength is None else contexts.strength.detach().float()
        )
        if not bool(strength_B.isfinite().all() and embeddings_BC.isfinite().all()):
            raise ValueError("strengths or embeddings are not finite; give finite numbers")
        numbers_B = np.zeros(expected[0], numbers_type(self._card))
        numbers_B["strength"], numbers_B["words"] = strength_B.cpu().numpy(), contexts.pack().numpy()
        unit_BC = unit(embeddings_BC).half().numpy().astype(HALF)
        return [
            Record(address_bytes(address), numbers.tobytes(), unit_C.tobytes())
            for address, numbers, unit_C in zip(addresses, numbers_B, unit_BC, strict=True)
        ]

    def _check_rows(self, rows: Sequence[int]) -> None:
        count = len(self) if len(rows) else 0
        for row in rows:
            if not 0 <= row < count:
                raise IndexError(f"row {row} was asked for, but the bank {self._folder} has {count}")

    def _read(self, table: str, rows: Sequence[int]) -> list[tuple[bytes, ...]]:
        """What a table holds in these rows; IndexError or CorruptContext where that is nothing."""
        self._check_rows(rows)
        contents = self._store.read(table, rows)
        for row, content in zip(rows, contents, strict=True):
            if content is None:
                raise CorruptContext(
                    f"the context in row {row} of the bank {self._folder} is damaged: its checksum is wrong. "
                    "Compute it from its description, and compact the bank, which leaves it out"
                )
        return [content for content in contents if content is not None]

    def _chunks(self) -> Iterator[tuple[int, list[Record | None]]]:
        """All that is stored, in chunks, each with its first row; None where a checksum is wrong."""
        count = len(self)
        for start in range(0, count, CHUNK):
            yield start, self._store.records(start, min(start + CHUNK, count))


@contextlib.contextmanager
def _rewriting(folder: Path, card: Card) -> Iterator[Store]:
    """A new store that takes the place of a bank's when the block ends well.

    A crash leaves the old one or the new one.
    """
    path = folder / REWRITE
    path.unlink(missing_ok=True)
    new = Store(path, card, journal="OFF")
    try:
        yield new
    finally:
        new.close()
    sync(path, deep=False)
    Search(folder).remove()  # before the rows that it names become others
    path.replace(folder / DATA)
    sync(folder, deep=False)
