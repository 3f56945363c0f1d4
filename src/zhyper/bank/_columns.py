"""The three files of a bank's generation: opened, read and appended to; what a crash left half-written is not seen.

They are read row by row, not mapped into memory: a kernel with large folios maps two megabytes for each row that is looked at (measured
on Linux 6.18: 102 MB became resident for 64 rows of 6 kB), and a file that was cut or a disk that fails is an error, not SIGBUS.

Shapes: K rows of the bank, B rows of an append, W words of a context, C embedding width.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhyper.bank._format import HALF, RECORD, WORD, Array, Card
from zhyper.files import sync

CHUNK = 8192
"""Rows read at a time where all are read."""


@dataclass(frozen=True)
class Rows:
    """What is written of B contexts."""

    addresses: Sequence[bytes]
    strengths_B: Array
    z_BW: Array
    vectors_BC: Array

    def only(self, index: list[int]) -> Rows:
        """Those at `index`."""
        return Rows(
            [self.addresses[i] for i in index],
            self.strengths_B[index],
            self.z_BW[index],
            self.vectors_BC[index],
        )


def _check_none_is_missing(files: Iterable[Path]) -> None:
    missing = [file for file in files if not file.is_file()]
    if missing and any(file.is_file() and file.stat().st_size for file in files):
        raise ValueError(
            f"{missing[0]} is missing from the bank; restore it from a copy, or remove the bank's folder to begin anew"
        )


class Columns:
    """The files of one generation of a bank; opened once, by as many processes as like.

    Raises OSError where a file cannot be opened, made or written, and ValueError where one is missing.
    """

    def __init__(self, folder: Path, card: Card, generation: int) -> None:
        self.card = card
        self.files = {name: folder / f"{name}.{generation}.bin" for name in ("rows", "z", "vectors")}
        self._row_bytes = {
            "rows": RECORD.itemsize,
            "z": card.words() * WORD.itemsize,
            "vectors": card.width * HALF.itemsize,
        }
        self._types = {"rows": RECORD, "z": WORD, "vectors": HALF}
        self._open: dict[str, int] = {}
        _check_none_is_missing(self.files.values())
        try:
            for name, file in self.files.items():
                self._open[name] = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            sync(folder, deep=False)
            fcntl.flock(self._open["rows"], fcntl.LOCK_SH)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open = {}

    def is_alone(self) -> bool:
        """Whether no other process, and no other `Columns`, has these files open; nobody can open them from then on."""
        try:
            fcntl.flock(self._open["rows"], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._open["rows"], fcntl.LOCK_SH)
            return False
        return True

    def sizes(self) -> dict[str, int]:
        """How many whole rows each file holds; ValueError after `close`."""
        if not self._open:
            raise ValueError(f"the bank {self.files['rows'].parent} is closed; open it again")
        return {
            name: os.fstat(fd).st_size // self._row_bytes[name]
            for name, fd in self._open.items()
            if self._row_bytes[name]
        }

    def committed(self) -> int:
        """How many rows are there, after what the last append left.

        Raises ValueError where more is missing than the last append can have lost.
        """
        sizes = self.sizes()
        end = sizes["rows"]
        while end and not self.card.whole(self._records(end - 1, end), end - 1):
            end -= 1
        if not end:
            return 0
        first = int(self._records(end - 1, end)["first"][0])
        count = min(first + self.card.whole(self._records(first, end), first), *sizes.values())
        if count < first:
            short = min(sizes, key=lambda name: sizes[name])
            raise ValueError(
                f"{self.files[short]} holds {sizes[short]} contexts, but {end} were written: the file was cut. Restore it from a copy, "
                "or remove the bank's folder and let the contexts be computed again"
            )
        return count

    def new(self, known: int) -> int:
        """How many rows are there, of which the first `known` are known to be."""
        sizes = self.sizes()
        return known + self.card.whole(self._records(known, max(known, min(sizes.values()))), known)

    def taken(self, rows: Sequence[int]) -> Array:
        """The records of these rows; zeros, whose checksum is wrong, where the file was cut."""
        return self.take("rows", rows)[:, 0]

    def take(self, name: str, rows: Iterable[int]) -> Array:
        """What a column holds in these rows; zeros where the file was cut."""
        size = self._row_bytes[name]
        raw = [os.pread(self._open[name], size, row * size).ljust(size, b"\0") for row in rows]
        return np.frombuffer(b"".join(raw), self._types[name]).reshape(
            len(raw), size // self._types[name].itemsize
        )

    def records(self, start: int, count: int) -> Iterator[tuple[int, Array]]:
        """The records from row `start` to `count`, in chunks, each with its first row."""
        for begin in range(start, count, CHUNK):
            yield begin, self._records(begin, min(begin + CHUNK, count))

    def vectors(self, start: int, count: int) -> Iterator[tuple[int, Array]]:
        """The vectors from row `start` to `count`, in chunks, each with its first row."""
        for begin in range(start, count, CHUNK):
            yield begin, self.chunk("vectors", begin, min(begin + CHUNK, count))

    def chunk(self, name: str, start: int, end: int) -> Array:
        """What a column holds from row `start` to `end`; zeros where the file was cut."""
        size, raw = self._row_bytes[name], np.zeros((end - start) * self._row_bytes[name], np.uint8)
        there = self._read(name, start, end)
        raw[: len(there)] = there
        return raw.view(self._types[name]).reshape(end - start, size // self._types[name].itemsize)

    def append(self, count: int, rows: Rows) -> None:
        """Write rows after the first `count`; they are on disk when this returns.

        A failure before the records are written leaves nothing of them. Whole records that could be written stay, because another
        process may have seen them.

        Raises OSError.
        """
        records_B = self._sealed(count, rows)
        try:
            self._cut(count)
            for name, values in (("z", rows.z_BW), ("vectors", rows.vectors_BC)):
                self._write(name, count, values)
                os.fsync(self._open[name])
            self._write(
                "rows", count, np.zeros_like(records_B)
            )  # a full disk says so here, before any row is there
            self._write("rows", count, records_B)
            os.fsync(self._open["rows"])
        except OSError:
            with contextlib.suppress(OSError):
                self._cut(self.new(count))
            raise

    def _sealed(self, count: int, rows: Rows) -> Array:
        records_B = np.zeros(len(rows.addresses), RECORD)
        raw = np.frombuffer(b"".join(rows.addresses), np.dtype([("prefix", ">u8"), ("rest", "V24")]))
        records_B["prefix"], records_B["rest"] = raw["prefix"], raw["rest"]
        records_B["strength"], records_B["first"] = rows.strengths_B, count
        records_B["z"] = [zlib.crc32(z_W.tobytes(), self.card.seed) for z_W in rows.z_BW]
        records_B["vectors"] = [
            zlib.crc32(vector_C.tobytes(), self.card.seed) for vector_C in rows.vectors_BC
        ]
        records_B["record"] = [
            self.card.record_sum(record.tobytes(), count + i) for i, record in enumerate(records_B)
        ]
        return records_B

    def _cut(self, count: int) -> None:
        """Take off what lies after the first `count` rows, so that nothing of it comes back after a power cut."""
        for name, descriptor in self._open.items():
            if os.fstat(descriptor).st_size > count * self._row_bytes[name]:
                os.ftruncate(descriptor, count * self._row_bytes[name])
                os.fsync(descriptor)

    def _write(self, name: str, row: int, values: Array) -> None:
        left, offset = memoryview(values.tobytes()), row * self._row_bytes[name]
        while left:
            written = os.pwrite(self._open[name], left, offset)
            left, offset = left[written:], offset + written

    def _records(self, start: int, end: int) -> Array:
        return self._read("rows", start, end).view(RECORD)

    def _read(self, name: str, start: int, end: int) -> Array:
        """The bytes of these rows, or of those that are there: an append that failed elsewhere may take off what was never a row."""
        size = self._row_bytes[name]
        raw = bytearray()
        while piece := os.pread(self._open[name], (end - start) * size - len(raw), start * size + len(raw)):
            raw += piece
        return np.frombuffer(raw, np.uint8, len(raw) - len(raw) % max(size, 1))
