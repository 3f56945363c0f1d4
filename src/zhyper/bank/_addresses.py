"""Which row an address has: sorted prefixes of those that were there, a table of those that came since.

Shapes: K rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from zhyper.bank._format import RECORD, Array

RECENT = 1 << 16
"""How many rows the table takes before they are sorted in; of a row that is, 12 bytes stay in memory."""


def address_bytes(address: str) -> bytes:
    """An address's 32 bytes; ValueError unless it is 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(address)
    except ValueError:
        raw = b""
    if len(raw) != 32 or len(address) != 64:
        raise ValueError(f"the address '{address}' is no SHA-256; give its 64 hexadecimal digits")
    return raw


class Addresses:
    """Rows by address: one thread at a time adds, any number may ask meanwhile."""

    def __init__(self, chunks: Iterable[tuple[int, Array]]) -> None:
        """Take in the records that are there, in chunks that each come with their first row."""
        self._recent: dict[bytes, int] = {}
        self._sorted = (np.zeros(0, np.uint64), np.zeros(0, np.uint32))
        parts = [
            (records["prefix"].astype(np.uint64), _rows(first, len(records))) for first, records in chunks
        ]
        self._sort(parts)

    def add(self, first: int, records: Array) -> None:
        """Take in records that came, the first of them at row `first`."""
        raw, size = records.tobytes(), RECORD.itemsize
        for i in range(len(records)):
            self._recent[raw[i * size : i * size + 32]] = first + i
        if len(self._recent) > RECENT:
            prefix_K = np.array([int.from_bytes(address[:8], "big") for address in self._recent], np.uint64)
            self._sort([(prefix_K, np.fromiter(self._recent.values(), np.uint32))])
            self._recent = {}  # after they were sorted in: who does not find a row here finds it there

    def rows(self, address: bytes) -> list[int]:
        """The rows that may have an address: those of the same first 8 bytes."""
        recent = self._recent.get(address)
        if recent is not None:
            return [recent]
        prefix_K, rows_K = self._sorted
        prefix = np.uint64(int.from_bytes(address[:8], "big"))
        begin, end = (int(np.searchsorted(prefix_K, prefix, side=side)) for side in ("left", "right"))
        return [int(row) for row in rows_K[begin:end]]

    def _sort(self, parts: list[tuple[Array, Array]]) -> None:
        prefix_K = np.concatenate([self._sorted[0], *(part[0] for part in parts)])
        order_K = np.argsort(prefix_K)
        rows_K = np.concatenate([self._sorted[1], *(part[1] for part in parts)])
        self._sorted = (prefix_K[order_K], rows_K[order_K])


def _rows(first: int, count: int) -> Array:
    return np.arange(first, first + count, dtype=np.uint32)
