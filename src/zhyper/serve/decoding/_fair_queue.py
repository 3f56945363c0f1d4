"""Who comes next: clients take turns, so that one with many requests does not keep the others waiting."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping

from zhyper.serve.decoding._batch import Row


class FairQueue:
    """Rows that wait.

    The next row is of the client with the fewest rows under way; of several such clients, of the one whose
    last turn is longest ago, which is the order of `_waiting`.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Row]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def count(self, client: str) -> int:
        """How many rows of a client wait."""
        return len(self._waiting.get(client, ()))

    def put(self, rows: Iterable[Row]) -> None:
        """Let rows wait, behind those of the same client."""
        for row in rows:
            self._waiting.setdefault(row.request.client, deque()).append(row)

    def peek(self, running: Mapping[str, int]) -> Row | None:
        """The next row, where clients have this many under way; it stays. None if nothing waits."""
        client = min(self._waiting, key=lambda name: running.get(name, 0), default=None)
        return None if client is None else self._waiting[client][0]

    def pop(self, row: Row) -> None:
        """Take out the row that `peek` gave; it was its client's turn."""
        self._waiting.move_to_end(row.request.client)
        self.remove([row])

    def remove(self, rows: Iterable[Row]) -> list[Row]:
        """Take out those of these rows that wait, and return them."""
        waiting = [row for row in rows if row in self._waiting.get(row.request.client, ())]
        for row in waiting:
            self._waiting[row.request.client].remove(row)
            if not self._waiting[row.request.client]:
                del self._waiting[row.request.client]
        return waiting
