"""Vectors on disk, in one SQLite file for each encoder; a text keeps its first vector."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

READ_TOGETHER = 500
"""How many vectors are asked of the disk together; some builds of SQLite take at most 999."""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def open_store(file: Path) -> sqlite3.Connection:
    """The file of an encoder, made if it does not exist."""
    file.parent.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(file, timeout=60)
    with store:
        store.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")
    return store


def read(store: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Tensor]:
    """The vectors of those texts that have one on disk."""
    vectors, names = {}, {_digest(text): text for text in texts}
    digests = list(names)
    for some in (digests[i : i + READ_TOGETHER] for i in range(0, len(digests), READ_TOGETHER)):
        marks = ", ".join("?" * len(some))
        rows = store.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", some)
        for digest, vector in rows:
            vectors[names[digest]] = torch.from_numpy(np.frombuffer(vector, dtype=np.float32).copy())
    return vectors


def keep(store: sqlite3.Connection, vectors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Put vectors onto the disk, and give what lies there then: of two processes, the first one's."""
    with store:
        rows = ((_digest(text), vector.numpy().tobytes()) for text, vector in vectors.items())
        store.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
    return read(store, list(vectors))
