"""Banks of format 1: three files of fixed-size rows, read once, when such a bank is opened.

`rows.G.bin` holds `Fields`, `z.G.bin` the words of `Modulation.pack`, `vectors.G.bin` embeddings in 16-bit
floats; G is a number on the card. All is little-endian, and every CRC-32 begins with the checkpoint.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from zhyper.bank._card import Card
from zhyper.bank._store import CHUNK, HALF, Record

RECORD = struct.Struct("<32s4sIIII")
LOG = logging.getLogger(__name__)


class Fields(NamedTuple):
    """A row of `rows.G.bin`."""

    address: bytes
    strength: bytes
    """A 32-bit float."""
    first: int
    """The first row of the append that wrote it."""
    z: int
    """Checksum of the words."""
    vectors: int
    """Checksum of the embedding."""
    record: int
    """Checksum of the row's number and all fields before."""


def chunks(folder: Path, card: Card, generation: int) -> Iterator[list[Record]]:
    """All contexts whose checksums are right, in chunks, without what a crash left of the last append.

    Raises ValueError where another process has the bank open, or a file was cut.
    """
    files = {name: folder / f"{name}.{generation}.bin" for name in ("rows", "z", "vectors")}
    missing = [file.name for file in files.values() if not file.is_file()]
    if missing:
        if len(missing) == len(files):  # nothing was ever appended
            return
        raise ValueError(f"{missing[0]} is missing from the bank {folder}; restore it from a copy")
    with contextlib.ExitStack() as stack:
        columns = {name: stack.enter_context(file.open("rb")) for name, file in files.items()}
        try:
            fcntl.flock(columns["rows"], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"the bank {folder} is open in an older zhyper; stop what uses it, then open it again"
            ) from error
        yield from _read(folder, card, columns)


def remove(folder: Path) -> None:
    """Remove what this format's files were, and its indices."""
    for pattern in ("rows.*.bin", "z.*.bin", "vectors.*.bin", "nearest.*.faiss", "nearest.*.json"):
        for file in folder.glob(pattern):
            file.unlink()


def _read(folder: Path, card: Card, files: Mapping[str, BinaryIO]) -> Iterator[list[Record]]:
    seed = zlib.crc32(card.checkpoint.encode())
    sizes = {"rows": RECORD.size, "z": 2 * card.words, "vectors": HALF.itemsize * card.width}
    content = files["rows"].read()
    counts = [os.fstat(files[name].fileno()).st_size // size for name, size in sizes.items() if size]

    def is_whole(row: int) -> bool:
        record = content[row * RECORD.size : (row + 1) * RECORD.size]
        return zlib.crc32(record[:-4], zlib.crc32(row.to_bytes(8, "little"), seed)) == _fields(record).record

    # 1. Of the last append any part may be missing, of those before it nothing.
    rows = [row for row in range(counts[0]) if is_whole(row)]
    first = _fields(content, rows[-1]).first if rows else 0
    if min(counts) < first:
        raise ValueError(
            f"a file of the bank {folder} holds {min(counts)} contexts, but {rows[-1] + 1} were written: it "
            "was cut. Restore it from a copy, or remove the bank's folder and let the contexts be computed "
            "again"
        )
    # 2. What is damaged is left out, as compaction leaves it out.
    intact = 0
    for start in range(0, len(rows), CHUNK):
        records = []
        for row in rows[start : start + CHUNK]:
            fields = _fields(content, row)
            z, vector = (
                os.pread(files[name].fileno(), sizes[name], row * sizes[name]) for name in ("z", "vectors")
            )
            if zlib.crc32(z, seed) == fields.z and zlib.crc32(vector, seed) == fields.vectors:
                records.append(Record(fields.address, fields.strength + z, vector))
                intact += row < first
        yield records
    if intact < first:
        LOG.warning("%d contexts of the bank %s were damaged and are left out", first - intact, folder)


def _fields(content: bytes, row: int = 0) -> Fields:
    return Fields(*RECORD.unpack_from(content, row * RECORD.size))
