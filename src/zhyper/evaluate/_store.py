"""Answers and scores by what they are of: what a model has been asked once is not asked again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import torch

from zhyper.data import Prompt
from zhyper.spec import GeneratorSpec


class Answerer(Protocol):
    """What is asked: a `TextToAdapter`, or any system that answers prompts as it does."""

    spec: GeneratorSpec
    tokenizer: Any

    @property
    def base_sha256(self) -> str: ...

    @property
    def dtype(self) -> torch.dtype: ...

    def address(self, text: str) -> str: ...

    def check_prompts(self, prompts: Sequence[Prompt], max_new_tokens: int) -> None: ...

    def generate(
        self,
        prompts: Sequence[Prompt],
        descriptions: Sequence[str | None],
        max_new_tokens: int,
        *,
        batch_size: int,
    ) -> list[str]: ...


def key(*parts: Any) -> str:
    """A SHA-256 over plain values."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def identity(machine: Answerer, description: str | None) -> str:
    """What answers: the base with its template and number format, and the context's address if any."""
    bare = key(machine.base_sha256, machine.spec.chat_template, str(machine.dtype))
    return bare if description is None else key(bare, machine.address(description))


class Store:
    """Values by key in a SQLite file, or in memory; what was put is there after a kill.

    Args:
        file: where they lie; None for this process alone.

    Raises:
        ValueError: the file is no such store.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        try:
            self._connection = sqlite3.connect(file or ":memory:", isolation_level=None, timeout=60.0)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS found (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
            )
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"{file} is not a store of answers: {error}; delete it or name another folder"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values that are there."""
        values = {}
        for one in keys:
            row = self._connection.execute("SELECT value FROM found WHERE key = ?", (one,)).fetchone()
            if row is not None:
                values[one] = json.loads(row[0])
        return values

    def put(self, values: Mapping[str, Any]) -> None:
        """Add values, all of them or none."""
        rows = [(one, json.dumps(value, ensure_ascii=False)) for one, value in values.items()]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO found VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")

    def fill(
        self,
        sources: Mapping[str, Any],
        make: Callable[[Sequence[Any]], Sequence[Any]],
        step: int,
        found: Callable[[int], Any] = lambda count: None,
    ) -> dict[str, Any]:
        """The values of all keys; those that are not there are made, `step` at a time, and kept.

        Args:
            sources: what each key's value is made of.
            make: gives a value for each of several such things, in order.
            step: how many are made before they are kept.
            found: is called with the number of those that are there.
        """
        values = self.get(sources)
        found(len(values))
        missing = [one for one in sources if one not in values]
        for start in range(0, len(missing), step):
            part = missing[start : start + step]
            new = dict(zip(part, make([sources[one] for one in part]), strict=True))
            self.put(new)
            values |= new
        return values
