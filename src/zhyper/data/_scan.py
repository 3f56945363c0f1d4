"""The state of reading a dump: ranks in memory, texts in a SQLite file from which a killed scan goes on."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

TABLES = {
    "scan": "(of_what TEXT, file INTEGER, line INTEGER, first INTEGER, second INTEGER, bad INTEGER)",
    "text": "(id TEXT PRIMARY KEY, question TEXT, score INTEGER, line INTEGER, why TEXT, text TEXT)",
}
Rank = tuple[int, int]
"""Score, and minus the number of the row's line: of equal scores the first counts."""
Read = Callable[[], tuple[str | None, str]]
"""Gives why a text is left out, or None, and the text."""


class Scan:
    """How far two files have been read, and the best rows of each.

    Args:
        file: where it is kept. One of other files or settings, or one that is damaged, is begun again.
        of: what is scanned: names and sizes of both files, and the settings.

    Raises:
        sqlite3.OperationalError: another process has the file, or the disk is full.
    """

    def __init__(self, file: Path, of: str) -> None:
        try:
            self._open(file, of)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # damaged
            self._store.close()
            file.unlink()
            self._open(file, of)

    def _open(self, file: Path, of: str) -> None:
        self._store = sqlite3.connect(file, isolation_level=None, timeout=1.0)
        for setting in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = TRUNCATE",
            "cache_size = -16384",
        ):  # 16 MiB
            self._store.execute(f"PRAGMA {setting}")
        self._store.execute("BEGIN EXCLUSIVE")
        if not self._goes_on(of):
            for table in TABLES:
                self._store.execute(f"DROP TABLE IF EXISTS {table}")
                self._store.execute(f"CREATE TABLE {table} {TABLES[table]}")
            self._store.execute("INSERT INTO scan VALUES (?, 0, 0, 0, 0, 0)", (of,))
        self.file, self.line, first, second, self.bad = self._store.execute(
            "SELECT file, line, first, second, bad FROM scan"
        ).fetchone()
        self.lines = [first, second]
        self._best: dict[str, list[tuple[int, int, str]]] = {}
        self._held: set[str] = set()
        for id, question, score, line in self._store.execute("SELECT id, question, score, line FROM text"):
            heapq.heappush(self._best.setdefault(question, []), (score, -line, id))
            self._held.add(id)

    def _goes_on(self, of: str) -> bool:
        tables = {
            name for (name,) in self._store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        return tables == set(TABLES) and self._store.execute("SELECT of_what FROM scan").fetchall() == [(of,)]

    def offer(self, question: str, count: int, rank: Rank, id: str, read: Read) -> None:
        """Keep a row if it is among the `count` best of its question ('' for questions).

        Only then its text is read.

        A row whose id is held already is passed over: dumps may have the same row twice.
        """
        best = self._best.setdefault(question, [])
        if id in self._held or (len(best) == count and rank <= best[0][:2]):
            return
        if len(best) == count:
            worst = heapq.heappop(best)[2]
            self._held.remove(worst)
            self._store.execute("DELETE FROM text WHERE id = ?", (worst,))
        heapq.heappush(best, (*rank, id))
        self._held.add(id)
        self._store.execute(
            "INSERT INTO text VALUES (?, ?, ?, ?, ?, ?)", (id, question, rank[0], -rank[1], *read())
        )

    def rows(self, of_questions: bool) -> Iterator[tuple[str, str, int, int, str | None, str]]:
        """Id, question, score, line, reason to leave it out, and text of every question or answer."""
        sign = "=" if of_questions else "<>"
        yield from self._store.execute(f"SELECT * FROM text WHERE question {sign} ''")

    def leave_out(self, reasons: dict[str, str]) -> None:
        """Note why rows are left out, by their id, and let go of their texts."""
        self._store.executemany(
            "UPDATE text SET why = ?, text = '' WHERE id = ?", [(why, id) for id, why in reasons.items()]
        )

    @property
    def answers(self) -> int:
        """How many answers are held, those that are left out included."""
        return int(self._store.execute("SELECT count(*) FROM text WHERE question <> ''").fetchone()[0])

    def text(self, id: str) -> str:
        """The text of a row that is held."""
        return str(self._store.execute("SELECT text FROM text WHERE id = ?", (id,)).fetchone()[0])

    def save(self, file: int, line: int) -> None:
        """Write everything up to this line for good."""
        self.file, self.line = file, line
        values = (file, line, *self.lines, self.bad)
        self._store.execute("UPDATE scan SET file = ?, line = ?, first = ?, second = ?, bad = ?", values)
        self._store.execute("COMMIT")
        self._store.execute("BEGIN EXCLUSIVE")

    def close(self) -> None:
        """Let go of the file; what was not saved is lost."""
        self._store.close()
