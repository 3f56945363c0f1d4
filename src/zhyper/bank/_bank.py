"""Contexts of one checkpoint in a folder: appended to, found by address or by the nearest description.

A little longer than other files, because appending, reading and compaction share the same locks and state.

Shapes: B contexts, K rows of the bank, W words of a context, C embedding width.
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

from zhyper.bank._addresses import Addresses, address_bytes
from zhyper.bank._columns import CHUNK, Columns, Rows
from zhyper.bank._format import (
    CARD,
    HALF,
    WORD,
    Array,
    Card,
    CorruptContext,
    check_same,
    read_card,
    shapes,
    shapes_of,
    write_card,
)
from zhyper.bank._search import Search, floats, unit
from zhyper.modulation import Modulation, Slots


class Bank:
    """Contexts of one checkpoint, packed in a folder; `Bank.open` makes or opens one.

    Any number of threads and processes of one machine may read and append at once: appends wait for each other, and every process
    sees what the others appended. Only what is asked for is read from disk.
    """

    def __init__(self, folder: Path, card: Card, generation: int) -> None:
        self._folder, self._card, self._generation = folder, card, generation
        self._writing, self._growing = threading.RLock(), threading.Lock()
        self._load()

    def _load(self) -> None:
        self._columns = Columns(self._folder, self._card, self._generation)
        try:
            count = self._columns.committed()
            self._count = count
            self._addresses = Addresses(self._columns.records(0, count))
            self._search = Search(self._folder, self._generation)
        except BaseException:
            self._columns.close()
            raise

    @classmethod
    def open(cls, folder: Path, *, slots: Slots, layers: int, width: int, checkpoint: str) -> Self:
        """The bank in a folder, made where there is none.

        Args:
            folder: where it lies.
            slots: what the checkpoint's adapter wants.
            layers: L, how many layers are adapted.
            width: C, the length of embeddings.
            checkpoint: what identifies the trained weights.

        Raises:
            ValueError: the folder holds something else, or contexts of another checkpoint.
            OSError: the folder or a file in it cannot be read or written.
        """
        folder = Path(folder)
        card = Card(checkpoint=checkpoint, shapes=shapes(slots, layers), width=width)
        read_card(folder)  # nothing is written into a folder that is no bank
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{CARD}.lock"):
            found, generation = read_card(folder) or (card, 0)
            if not generation:
                generation = 1
                write_card(folder, card, generation)
            check_same(folder, found, card)
            bank = cls(folder, card, generation)
            bank._sweep()
        return bank

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """The bank that is in a folder, of whatever checkpoint it is; ValueError where there is none."""
        found = read_card(Path(folder))
        if found is None:
            raise ValueError(f"{folder} holds no bank of contexts; 'zhyper serve --bank {folder}' makes one")
        card, _ = found
        return cls.open(
            folder, slots=card.slots, layers=card.layers, width=card.width, checkpoint=card.checkpoint
        )

    @property
    def checkpoint(self) -> str:
        """What identifies the checkpoint whose contexts these are."""
        return self._card.checkpoint

    def append(self, addresses: Sequence[str], contexts: Modulation, vectors_BC: Tensor) -> list[int]:
        """Add contexts; they are on disk when this returns, and a crash before loses at most them.

        Args:
            addresses: the SHA-256 of each; one that is there keeps its row and what lies in it.
            contexts: B of them, of this bank's checkpoint; packed in 16 bits, see `Modulation.pack`.
            vectors_BC: their embeddings, of any length.

        Returns:
            The row of each.

        Raises:
            ValueError: numbers that do not fit together, or are not finite.
            OSError: the disk is full or broken; the bank is as it was, and works.
        """
        raw = [address_bytes(address) for address in addresses]
        incoming = self._packed(raw, contexts, vectors_BC)
        with self._alone():
            self.refresh()
            first, rows, fresh = self._count, dict[bytes, int](), list[int]()
            for i, address in enumerate(raw):
                if address not in rows:
                    found = self._find(address)
                    rows[address] = first + len(fresh) if found is None else found
                    fresh += [i] if found is None else []
            if fresh:
                self._columns.append(first, incoming.only(fresh))
                self.refresh()
        return [rows[address] for address in raw]

    def row(self, address: str) -> int | None:
        """The row of an address, or None; ValueError for what is no address."""
        raw = address_bytes(address)
        found = self._find(raw)
        if found is None and self.refresh():
            found = self._find(raw)
        return found

    def address(self, row: int) -> str:
        """The address of the context in a row; IndexError where there is no such row."""
        return _address(self._records_of([row])[0]).hex()

    def gather(self, rows: Sequence[int]) -> Modulation:
        """The contexts in these rows, in that order and as often as named, each with its strength.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        records_B, z_BW = self._taken(rows, "z")
        strength_B = torch.from_numpy(records_B["strength"].astype(np.float32))
        return Modulation.unpack(
            self._card.slots, self._card.layers, torch.from_numpy(z_BW.astype(np.int16)), strength_B
        )

    def vectors(self, rows: Sequence[int]) -> Tensor:
        """The embeddings [B, C] in these rows, at unit length.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        return floats(self._taken(rows, "vectors")[1])

    def nearest(self, vector_C: Tensor, count: int) -> list[tuple[int, float]]:
        """The rows whose embeddings are the nearest to one, with the cosines, best first; of equal ones the older first."""
        self.refresh()
        return self._search.nearest(self._columns, self._count, vector_C, count)

    def index(self) -> bool:
        """Make searches faster: build the index of the rows that are there, unless it holds most of them or they are few.

        At a million rows of 384 numbers it takes a minute of one core, some 350 MB of memory, and 202 bytes of disk for each row;
        meanwhile the bank can be used. `nearest` then takes 11 ms instead of 1.2 s, and may miss a row (see `benchmarks/bank.py`).

        Returns:
            Whether it was built.

        Raises:
            RuntimeError: faiss is not installed.
            OSError: the disk is full; the old index, if any, is still there.
        """
        self.refresh()
        return self._search.build(self._columns, self._count)

    def __len__(self) -> int:
        self.refresh()
        return self._count

    def verify(self) -> list[int]:
        """The rows whose checksum is wrong; reads the whole bank."""
        self.refresh()
        count = self._count
        return [
            row
            for start in range(0, count, CHUNK)
            for row in self._wrong(start, min(start + CHUNK, count))[0]
        ]

    def refresh(self) -> bool:
        """See what other processes appended; whether there was something."""
        if self._columns.sizes()["rows"] == self._count:
            return False
        with self._growing:
            known = self._count
            count = self._columns.new(known)
            if count > known:
                self._count = count
                for first, records in self._columns.records(known, count):
                    self._addresses.add(first, records)
            return count > known

    def compact(self, keep: Callable[[str], bool]) -> dict[int, int]:
        """Write the bank anew without the contexts that are not to be kept, and without those whose checksum is wrong.

        A crash leaves the old bank or the new one. Row numbers change, so nothing else may use the bank meanwhile.

        Args:
            keep: says of each address whether it stays.

        Returns:
            The new row of each old one that stays.

        Raises:
            ValueError: another process, or another `Bank`, has it open.
            OSError: the disk is full or broken; the bank is as it was.
        """
        with self._alone():
            if not self._columns.is_alone():
                raise ValueError(
                    f"the bank {self._folder} is open elsewhere; stop what uses it, then compact it again"
                )
            self.refresh()
            moved = self._rewritten(keep)
            write_card(self._folder, self._card, self._generation + 1)
            self._columns.close()
            self._generation += 1
            self._load()
            self._sweep()
        return moved

    def _rewritten(self, keep: Callable[[str], bool]) -> dict[int, int]:
        count, moved = self._count, dict[int, int]()
        self._sweep()
        fresh = Columns(self._folder, self._card, self._generation + 1)
        try:
            for start in range(0, count, CHUNK):
                wrong, columns = self._wrong(start, min(start + CHUNK, count))
                addresses = [_address(record) for record in columns["rows"]]
                kept = [
                    i for i, address in enumerate(addresses) if start + i not in wrong and keep(address.hex())
                ]
                rows = Rows(addresses, columns["rows"]["strength"], columns["z"], columns["vectors"])
                if kept:
                    fresh.append(len(moved), rows.only(kept))
                moved |= {start + row: len(moved) + i for i, row in enumerate(kept)}
        finally:
            fresh.close()
        return moved

    def close(self) -> None:
        """Close the files; the bank cannot be used afterwards."""
        self._columns.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from appending."""
        with self._writing, FileLock(self._folder / f"{CARD}.lock"):
            yield

    def _packed(self, addresses: list[bytes], contexts: Modulation, vectors_BC: Tensor) -> Rows:
        wanted = (len(addresses), self._card.width)
        if contexts.count != wanted[0] or tuple(vectors_BC.shape) != wanted:
            raise ValueError(
                f"{wanted[0]} addresses came with {contexts.count} contexts and vectors of shape {list(vectors_BC.shape)}, but this "
                f"bank wants one context and one vector of {wanted[1]} numbers for each"
            )
        if (came := shapes_of(contexts)) != self._card.shapes:
            raise ValueError(
                f"contexts with the slots {came} came, but this bank's have {self._card.shapes}; use their own checkpoint"
            )
        strength_B = (
            torch.ones(wanted[0]) if contexts.strength is None else contexts.strength.detach().float().cpu()
        )
        if not bool(strength_B.isfinite().all() and vectors_BC.isfinite().all()):
            raise ValueError("strengths or embeddings came that are not finite; give finite numbers")
        unit_BC = unit(vectors_BC).half()
        return Rows(
            addresses,
            strength_B.numpy(),
            contexts.pack().numpy().astype(WORD, copy=False),
            unit_BC.numpy().astype(HALF),
        )

    def _find(self, address: bytes) -> int | None:
        for row in self._addresses.rows(address):
            if _address(self._columns.taken([row])[0]) == address:
                return row
        return None

    def _records_of(self, rows: Sequence[int]) -> Array:
        """The records of these rows."""
        if any(not 0 <= row < self._count for row in rows):
            self.refresh()
        for row in rows:
            if not 0 <= row < self._count:
                raise IndexError(f"row {row} was asked for, but the bank {self._folder} has {self._count}")
        return self._columns.taken(rows)

    def _taken(self, rows: Sequence[int], column: str) -> tuple[Array, Array]:
        """The records of these rows and what a column holds there; CorruptContext where a checksum is wrong."""
        records_B, values = self._records_of(rows), self._columns.take(column, rows)
        if wrong := self._card.wrong(rows, records_B, {column: values}):
            raise CorruptContext(
                f"the context in row {wrong[0]} of the bank {self._folder} is damaged: its checksum is wrong. Compute it from its "
                "description, and compact the bank, which leaves it out"
            )
        return records_B, values

    def _wrong(self, start: int, end: int) -> tuple[set[int], dict[str, Array]]:
        """Which rows from `start` to `end` have a wrong checksum, and what all columns hold there."""
        columns = {name: self._columns.chunk(name, start, end) for name in ("z", "vectors")}
        records = self._columns.chunk("rows", start, end)[:, 0]
        return set(self._card.wrong(range(start, end), records, columns)), {**columns, "rows": records}

    def _sweep(self) -> None:
        """Remove what a compaction that was killed left."""
        for file in self._folder.iterdir():
            name, _, rest = file.name.partition(".")
            if name in ("rows", "z", "vectors", "nearest") and rest.partition(".")[0] != str(
                self._generation
            ):
                file.unlink()


def _address(record: Array) -> bytes:
    return record.tobytes()[:32]
