"""The contexts of a bank in one SQLite file, `bank.db`.

Two tables hold a row's numbers and its embedding apart, so that a search reads embeddings only, and a page of
4 kB holds two contexts of the default checkpoint but for their overflow:

- `context`: the address; the strength and the words of `Modulation.pack` (`numbers_type`);
- `embedding`: the embedding at unit length, in 16-bit floats.

Each ends with a CRC-32 of its columns that begins with the checkpoint and the row, as SQLite has no checksums
of its own: damage, or a row that belongs elsewhere, does not pass for a context.

Shapes: B rows, K rows of a chunk, W words of a context, C embedding width.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhyper.bank._card import Card

DATA = "bank.db"
CHUNK = 8192
"""Rows read at a time where all are read."""
SECONDS = 600
"""How long other processes' appends are waited for."""
HALF = np.dtype("<f2")
ADDRESS = 32
"""Bytes of an address."""
_TABLES = """
CREATE TABLE IF NOT EXISTS context (
    row INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE, numbers BLOB NOT NULL, crc32 INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS embedding (row INTEGER PRIMARY KEY, vector BLOB NOT NULL, crc32 INTEGER NOT NULL);
"""
_SELECT = {
    "context": "SELECT address, numbers, crc32 FROM context WHERE row = ?",
    "embedding": "SELECT vector, crc32 FROM embedding WHERE row = ?",
}
_FIND = """
SELECT entry.row FROM context AS entry JOIN context AS stored USING (row)
WHERE entry.address = ?1 AND stored.address = ?1
"""
"""The index says where an address is, and the row has to agree, as an index has no checksums."""
Array = NDArray[Any]


class CorruptContext(RuntimeError):
    """A context's bytes on disk are not those that were written."""


class Record(NamedTuple):
    """What is stored of one context."""

    address: bytes
    numbers: bytes
    embedding: bytes


def numbers_type(card: Card) -> np.dtype[Any]:
    """What `Record.numbers` consists of."""
    return np.dtype([("strength", "<f4"), ("words", "<i2", (card.words,))])


class Store:
    """A bank's file, made where there is none; any number of threads and processes may read and append.

    A process that is killed leaves all of its last append or nothing of it, which is SQLite's write-ahead
    log. Every method raises OSError where the disk is full or broken, and CorruptContext where the file's
    structure is damaged.
    """

    def __init__(self, file: Path, card: Card, journal: str = "WAL") -> None:
        self.card, self._file, self._journal = card, file, journal
        self._seed = zlib.crc32(card.checkpoint.encode())
        self._idle: list[sqlite3.Connection] | None = []
        try:
            with self._connection() as connection:
                connection.executescript(_TABLES).close()
                self._count(connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        idle, self._idle = self._idle, None
        for connection in idle or []:
            connection.close()

    def is_alone(self) -> bool:
        """Whether no other process, `Store` or thread has the file open.

        If so, the file has no write-ahead log until it is opened again.
        """
        while self._idle:
            self._idle.pop().close()
        with self._connection() as connection:
            try:
                connection.execute("PRAGMA journal_mode = DELETE").close()
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY:
                    raise
                return False
        return True

    def count(self) -> int:
        """How many rows there are."""
        with self._connection() as connection:
            return self._count(connection)

    def row(self, address: bytes) -> int | None:
        """The row of an address, or None."""
        with self._connection() as connection:
            return self._row(connection, address)

    def address(self, row: int) -> bytes:
        """The address in a row, whose checksum is not looked at; zeros where none can be read."""
        content: Any = None
        with contextlib.suppress(CorruptContext), self._connection() as connection:
            content = connection.execute("SELECT address FROM context WHERE row = ?", (row,)).fetchone()
        is_address = content is not None and isinstance(content[0], bytes) and len(content[0]) == ADDRESS
        return content[0] if is_address else bytes(ADDRESS)

    def read(self, table: str, rows: Sequence[int]) -> list[tuple[bytes, ...] | None]:
        """What a table holds in these rows; None where the checksum is wrong, or nothing can be read."""
        with self._reading() as connection:
            return [self._read(connection, table, row) for row in rows]

    def records(self, start: int, end: int) -> list[Record | None]:
        """All that is stored in the rows from `start` to `end`; None where a checksum is wrong."""
        rows = range(start, end)
        pairs = zip(self.read("context", rows), self.read("embedding", rows), strict=True)
        return [None if one is None or other is None else Record(*one, *other) for one, other in pairs]

    def embeddings(self, start: int, end: int) -> Iterator[tuple[int, Array]]:
        """The embeddings [K, C] from row `start` to `end`, in chunks, each with its first row.

        Checksums are not looked at. What cannot be read is zeros.
        """
        blank = bytes(self.card.width * HALF.itemsize)
        query = "SELECT row, vector FROM embedding WHERE row >= ? AND row < ?"
        for first in range(start, end, CHUNK):
            rows = range(first, min(first + CHUNK, end))
            try:
                with self._connection() as connection:
                    vectors = connection.execute(query, (rows.start, rows.stop)).fetchall()
            except CorruptContext:
                contents = zip(rows, self.read("embedding", rows), strict=True)
                vectors = [(row, content[0]) for row, content in contents if content is not None]
            stored = {row: v for row, v in vectors if isinstance(v, bytes) and len(v) == len(blank)}
            raw = b"".join(stored.get(row, blank) for row in rows)
            yield first, np.frombuffer(raw, HALF).reshape(len(rows), self.card.width)

    def append(self, records: Sequence[Record]) -> list[int]:
        """Write contexts whose address is not there yet, all of them or none, and return the row of each.

        They are on disk when this returns. One whose row has a damaged address gets a new row.
        """
        with self._writing() as connection:
            count, rows = self._count(connection), []
            for record in records:
                row = self._row(connection, record.address)
                if row is None:
                    row, count = count, count + 1
                    context = (row, *record[:2], self._checksum(row, *record[:2]))
                    vector = (row, record.embedding, self._checksum(row, record.embedding))
                    self._insert(connection, context)
                    connection.execute("INSERT INTO embedding VALUES (?, ?, ?)", vector)
                rows.append(row)
            return rows

    def _insert(self, connection: sqlite3.Connection, context: tuple[int | bytes, ...]) -> None:
        """Insert a row whose address no row has, though the index may name one whose address is damaged."""
        insert = "INSERT INTO context VALUES (?, ?, ?, ?)"
        try:
            connection.execute(insert, context)
        except sqlite3.IntegrityError:
            connection.execute("REINDEX context")  # of the addresses that are stored, damaged ones as well
            connection.execute(insert, context)

    def _checksum(self, row: int, *columns: bytes) -> int:
        checksum = zlib.crc32(row.to_bytes(8, "little"), self._seed)
        for column in columns:
            checksum = zlib.crc32(column, checksum)
        return checksum

    def _count(self, connection: sqlite3.Connection) -> int:
        (last,) = connection.execute("SELECT max(row) FROM context").fetchone()
        count = 0 if last is None else int(last) + 1
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        if not 0 <= count <= pages * size // ADDRESS:  # rows have no gaps, so a damaged number says this
            raise CorruptContext(self._damage(f"its last row is said to be {last}"))
        return count

    def _row(self, connection: sqlite3.Connection, address: bytes) -> int | None:
        match = connection.execute(_FIND, (address,)).fetchone()
        return None if match is None else int(match[0])

    def _read(self, connection: sqlite3.Connection, table: str, row: int) -> tuple[bytes, ...] | None:
        try:
            content = connection.execute(_SELECT[table], (row,)).fetchone()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            return None
        if content is None or not all(isinstance(column, bytes) for column in content[:-1]):
            return None
        return content[:-1] if self._checksum(row, *content[:-1]) == content[-1] else None

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file.

        It ends by ROLLBACK: after damage was found, COMMIT would fail, though nothing was written.
        """
        with self._connection() as connection:
            connection.execute("BEGIN DEFERRED")
            try:
                yield connection
            finally:
                try:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                except sqlite3.DatabaseError as error:
                    if not _is_damage(error):
                        raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction, which is committed unless the block raises."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that no other thread uses; SQLite's errors become OSError or CorruptContext."""
        if self._idle is None:
            raise ValueError(f"the bank {self._file.parent} is closed; open it again")
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            finally:
                if self._idle is None or connection.in_transaction:
                    connection.close()
                else:
                    self._idle.append(connection)
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                raise CorruptContext(self._damage(error)) from error
            is_full = _code(error) == sqlite3.SQLITE_FULL
            raise OSError(
                errno.ENOSPC if is_full else errno.EIO, f"{error}, of the bank", str(self._file)
            ) from error

    def _damage(self, reason: object) -> str:
        return (
            f"{self._file} is damaged ({reason}). Restore it from a copy, or remove the bank's folder "
            "and let the contexts be computed again"
        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.text_factory = bytes  # a column whose type is damaged is not decoded
            for pragma in (f"journal_mode = {self._journal}", "synchronous = FULL"):
                connection.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            connection.close()
            raise
        return connection


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether a file's content is wrong: its pages, its schema, or an index that lacks a row."""
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)
    return _code(error) in damage


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary result code; 0 of an error that is Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
