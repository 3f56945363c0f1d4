"""The rows of the nearest embeddings: all are compared while they are few, and an index's candidates above.

Shapes: K rows of the bank, C embedding width.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor
from torch.nn.functional import normalize

from zhyper.bank import _index
from zhyper.bank._card import CARD
from zhyper.bank._store import HALF, Array, Store
from zhyper.files import replace_file, replacing_file

FEW = 50_000
"""Up to so many rows outside an index are all looked at."""
CANDIDATES = 20
"""So many rows of an index are compared exactly for each row of the answer, but at least `AT_LEAST`."""
AT_LEAST = 200


class Search:
    """Searches in a bank. The index is derived: wrong, old or absent, it is not used."""

    def __init__(self, folder: Path) -> None:
        self._lock = folder / f"{CARD}.index.lock"
        self._card, self._file = folder / "nearest.json", folder / "nearest.faiss"
        self._card_text: str | None = None
        self._index: Any = None
        self._rows = 0

    def nearest(self, store: Store, query_C: Tensor, count: int) -> list[tuple[int, float]]:
        """See `Bank.nearest`."""
        rows, unit_C = store.count(), unit(query_C[None])[0]
        index, indexed = self._loaded(rows)
        best = [] if index is None else self._of_index(index, store, indexed, unit_C, count)
        for first, embeddings_KC in store.embeddings(indexed, rows):
            cosine_K = to_float(embeddings_KC) @ unit_C
            top = cosine_K.topk(min(count, len(cosine_K)))
            best += zip((first + top.indices).tolist(), top.values.tolist(), strict=True)
            best = _first(best, count)
        return best

    def build(self, store: Store) -> bool:
        """See `Bank.index`."""
        with FileLock(self._lock):
            rows = store.count()
            _, indexed = self._loaded(rows)
            if rows - indexed <= max(FEW, indexed // 4):
                return False
            with replacing_file(self._file) as scratch:
                _index.build(scratch, store.embeddings, rows, store.card.width)
                facts = {"rows": rows, "crc32": _checksum(scratch)}
            replace_file(self._card, json.dumps(facts))
            return True

    def remove(self) -> None:
        """Remove the index."""
        self._card.unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)

    def _of_index(
        self, index: Any, store: Store, indexed: int, unit_C: Tensor, count: int
    ) -> list[tuple[int, float]]:
        """The best of the index's candidates, which are compared exactly."""
        rows_K = np.sort(_index.candidates(index, unit_C.numpy(), max(AT_LEAST, CANDIDATES * count)))
        rows = rows_K[(rows_K >= 0) & (rows_K < indexed)].tolist()
        whole = {
            row: content[0]
            for row, content in zip(rows, store.read("embedding", rows), strict=True)
            if content
        }
        embeddings_KC = np.frombuffer(b"".join(whole.values()), HALF).reshape(len(whole), len(unit_C))
        cosine_K = to_float(embeddings_KC) @ unit_C
        return _first(list(zip(whole, cosine_K.tolist(), strict=True)), count)

    def _loaded(self, count: int) -> tuple[Any, int]:
        """The folder's index and how many rows it holds; None and 0 where none can be used."""
        try:
            text = self._card.read_text(encoding="utf-8")
            if text != self._card_text:
                self._index, self._rows, self._card_text = *self._read(text), text
        except OSError:
            return None, 0
        return (self._index, self._rows) if self._rows <= count else (None, 0)

    def _read(self, text: str) -> tuple[Any, int]:
        try:
            facts = json.loads(text)
            if facts["crc32"] == _checksum(self._file):
                return _index.load(self._file), int(facts["rows"])
        except (ValueError, KeyError, TypeError, RuntimeError):
            pass
        return None, 0


def unit(embeddings_BC: Tensor) -> Tensor:
    """Embeddings at unit length, in 32 bits on the CPU."""
    return normalize(embeddings_BC.detach().float().cpu(), dim=1)


def to_float(embeddings_KC: Array) -> Tensor:
    """Embeddings of a bank in 32 bits."""
    return torch.from_numpy(embeddings_KC.astype(np.float16, copy=True)).float()


def _first(matches: list[tuple[int, float]], count: int) -> list[tuple[int, float]]:
    return sorted(matches, key=lambda match: (-match[1], match[0]))[:count]


def _checksum(file: Path) -> int:
    checksum = 0
    with file.open("rb") as handle:
        while piece := handle.read(1 << 20):
            checksum = zlib.crc32(piece, checksum)
    return checksum
