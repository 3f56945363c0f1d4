"""Contexts of one checkpoint in a folder: appended to, found by address or by the nearest description.

Shapes: B contexts, K rows of the bank, W words of a context, C context width.
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
from zhyper.bank._columns import CHUNK, Columns, Rows, View
from zhyper.bank._format import CARD, HALF, WORD, Card, CorruptContext, read_card, shapes, shapes_of, write_card
from zhyper.bank._search import Search, floats, unit
from zhyper.modulation import Modulation, Slots


class Bank:
    """Contexts of one checkpoint, packed in a folder and mapped into memory; `Bank.open` makes or opens one.

    Any number of threads and processes of one machine may read and append at once: appends wait for each other, and every process
    sees what the others appended. Only what is asked for is read from disk.
    """

    def __init__(self, folder: Path, card: Card, generation: int, slots: Slots, layers: int) -> None:
        self._folder, self._card, self._generation = folder, card, generation
        self._slots, self._layers = slots, layers
        self._writing, self._growing = threading.RLock(), threading.Lock()
        self._load()

    def _load(self) -> None:
        self._columns = Columns(self._folder, self._card, self._generation)
        try:
            count = self._columns.committed()
            self._view = self._columns.view(count)
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
            width: C, the length of context vectors.
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
            _check_same(folder, found, card)
            bank = cls(folder, card, generation, slots, layers)
            bank._sweep()
        return bank

    def append(self, addresses: Sequence[str], contexts: Modulation, vectors_BC: Tensor) -> list[int]:
        """Add contexts; they are on disk when this returns, and a crash before loses at most them.

        Args:
            addresses: the SHA-256 of each; one that is there keeps its row and what lies in it.
            contexts: B of them, of this bank's checkpoint; packed in 16 bits, see `Modulation.pack`.
            vectors_BC: their context vectors, of any length.

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
            fresh: dict[bytes, int] = {}
            for i, address in enumerate(raw):
                if self._find(address) is None:
                    fresh.setdefault(address, i)
            if fresh:
                self._columns.append(self._view.count, _only(incoming, list(fresh.values())))
                self.refresh()
        return [self._known(address) for address in raw]

    def row(self, address: str) -> int | None:
        """The row of an address, or None; ValueError for what is no address."""
        raw = address_bytes(address)
        found = self._find(raw)
        if found is None and self.refresh():
            found = self._find(raw)
        return found

    def address(self, row: int) -> str:
        """The address of the context in a row; IndexError where there is no such row."""
        return self._view_of([row]).address(row).hex()

    def gather(self, rows: Sequence[int]) -> Modulation:
        """The contexts in these rows, in that order and as often as named, each with its strength.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        view, index_B = self._checked(rows, "z"), np.asarray(rows, np.int64)
        strength_B = torch.from_numpy(view.records_K["strength"][index_B].astype(np.float32))
        z_BW = torch.from_numpy(view.z_KW[index_B].astype(np.int16, copy=False))
        return Modulation.unpack(self._slots, self._layers, z_BW, strength_B)

    def vectors(self, rows: Sequence[int]) -> Tensor:
        """The context vectors [B, C] in these rows, at unit length.

        Raises:
            IndexError: there is no such row.
            CorruptContext: a row's bytes are not those that were written.
        """
        return floats(self._checked(rows, "vector").vectors_KC[np.asarray(rows, np.int64)])

    def nearest(self, vector_C: Tensor, count: int) -> list[tuple[int, float]]:
        """The rows whose context vectors are the nearest to one, with the cosines, best first; of equal ones the older first."""
        self.refresh()
        return self._search.nearest(self._columns, self._view, vector_C, count)

    def index(self) -> bool:
        """Make searches faster: build the index of the rows that are there, unless it holds most of them or they are few.

        At a million rows of 384 numbers it takes some two minutes of two cores, 350 MB of memory and 210 bytes of disk for each row;
        meanwhile the bank can be used. `nearest` finds what it does without: less than one in a hundred rows may be missed.

        Returns:
            Whether it was built.

        Raises:
            RuntimeError: faiss is not installed.
            OSError: the disk is full; the old index, if any, is still there.
        """
        self.refresh()
        return self._search.build(self._columns, self._view)

    def __len__(self) -> int:
        self.refresh()
        return self._view.count

    def verify(self) -> list[int]:
        """The rows whose checksum is wrong; reads the whole bank."""
        self.refresh()
        view = self._view
        return view.wrong(range(view.count), "z", "vector")

    def refresh(self) -> bool:
        """See what other processes appended; whether there was something."""
        if self._columns.sizes()["rows"] == self._view.count:
            return False
        with self._growing:
            known = self._view.count
            count = self._columns.new(known)
            if count > known:
                self._view = self._columns.view(count)
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
                raise ValueError(f"the bank {self._folder} is open elsewhere; stop what uses it, then compact it again")
            self.refresh()
            moved = self._rewritten(keep)
            write_card(self._folder, self._card, self._generation + 1)
            self._columns.close()
            self._generation += 1
            self._load()
            self._sweep()
        return moved

    def _rewritten(self, keep: Callable[[str], bool]) -> dict[int, int]:
        view, moved = self._view, dict[int, int]()
        self._sweep()
        fresh = Columns(self._folder, self._card, self._generation + 1)
        try:
            for start in range(0, view.count, CHUNK):
                end = min(start + CHUNK, view.count)
                wrong = set(view.wrong(range(start, end), "z", "vector"))
                kept = [row for row in range(start, end) if row not in wrong and keep(view.address(row).hex())]
                rows = Rows([view.address(r) for r in kept], view.records_K["strength"][kept], view.z_KW[kept], view.vectors_KC[kept])
                if kept:
                    fresh.append(len(moved), rows)
                moved |= {row: len(moved) + i for i, row in enumerate(kept)}
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
        if contexts.contexts != wanted[0] or tuple(vectors_BC.shape) != wanted:
            raise ValueError(
                f"{wanted[0]} addresses came with {contexts.contexts} contexts and vectors of shape {list(vectors_BC.shape)}, but this "
                f"bank wants one context and one vector of {wanted[1]} numbers for each"
            )
        if (came := shapes_of(contexts)) != self._card.shapes:
            raise ValueError(f"contexts with the slots {came} came, but this bank's have {self._card.shapes}; use their own checkpoint")
        strength_B = torch.ones(wanted[0]) if contexts.strength is None else contexts.strength.detach().float().cpu()
        if not bool(strength_B.isfinite().all() and vectors_BC.isfinite().all()):
            raise ValueError("strengths or context vectors came that are not finite; give finite numbers")
        unit_BC = unit(vectors_BC).half()
        return Rows(addresses, strength_B.numpy(), contexts.pack().numpy().astype(WORD, copy=False), unit_BC.numpy().astype(HALF))

    def _find(self, address: bytes) -> int | None:
        for row in self._addresses.rows(address):
            if self._view.address(row) == address:
                return row
        return None

    def _known(self, address: bytes) -> int:
        found = self._find(address)
        assert found is not None
        return found

    def _view_of(self, rows: Sequence[int]) -> View:
        if any(not 0 <= row < self._view.count for row in rows):
            self.refresh()
        view = self._view
        for row in rows:
            if not 0 <= row < view.count:
                raise IndexError(f"row {row} was asked for, but the bank {self._folder} has {view.count}")
        return view

    def _checked(self, rows: Sequence[int], column: str) -> View:
        view = self._view_of(rows)
        if wrong := view.wrong(rows, column):
            raise CorruptContext(
                f"the context in row {wrong[0]} of the bank {self._folder} is damaged: its checksum is wrong. Compute it from its "
                "description, and compact the bank, which leaves it out"
            )
        return view

    def _sweep(self) -> None:
        """Remove what a compaction that was killed left."""
        for file in self._folder.iterdir():
            name, _, rest = file.name.partition(".")
            if name in ("rows", "z", "vectors", "nearest") and rest.partition(".")[0] != str(self._generation):
                file.unlink()


def _check_same(folder: Path, found: Card, wanted: Card) -> None:
    for name, was in vars(found).items():
        if was != vars(wanted)[name]:
            raise ValueError(
                f"the bank {folder} holds contexts whose {name} is {was}, but {vars(wanted)[name]} is wanted; "
                "name another folder for this checkpoint"
            )


def _only(rows: Rows, index: list[int]) -> Rows:
    return Rows([rows.addresses[i] for i in index], rows.strengths_B[index], rows.z_BW[index], rows.vectors_BC[index])
