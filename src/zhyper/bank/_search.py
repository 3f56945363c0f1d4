"""The rows whose vectors are nearest to one: all looked at while they are few, an index and its exact second look above.

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
from zhyper.bank._columns import Columns
from zhyper.bank._format import CARD, Array
from zhyper.files import replace_file, sync

FEW = 50_000
"""Up to so many rows outside an index are all looked at."""
CANDIDATES = 20
"""Of an index so many times the wanted rows are looked at exactly, and `AT_LEAST`."""
AT_LEAST = 200


class Search:
    """Searches in one generation of a bank. The index is derived: wrong, old or absent, it is not used."""

    def __init__(self, folder: Path, generation: int) -> None:
        self._card, self._file = folder / f"nearest.{generation}.json", folder / f"nearest.{generation}.faiss"
        self._seen: str | None = None
        self._index: Any = None
        self._rows = 0

    def nearest(self, columns: Columns, rows: int, vector_C: Tensor, count: int) -> list[tuple[int, float]]:
        """See `Bank.nearest`."""
        query_C = unit(vector_C[None])[0]
        index, known = self._loaded(rows)
        found = [] if index is None else self._looked_up(index, columns, known, query_C, count)
        for first, vectors_KC in columns.vectors(known, rows):
            cosine_K = floats(vectors_KC) @ query_C
            top = cosine_K.topk(min(count, len(cosine_K)))
            found = _best(
                [*found, *zip((first + top.indices).tolist(), top.values.tolist(), strict=True)], count
            )
        return found

    def build(self, columns: Columns, rows: int) -> bool:
        """See `Bank.index`."""
        with FileLock(self._file.parent / f"{CARD}.index.lock"):
            _, known = self._loaded(rows)
            if rows - known <= max(FEW, known // 4):
                return False
            scratch = self._file.with_name(f"{self._file.name}.tmp")
            try:
                _index.build(scratch, columns.vectors, rows, columns.card.width)
                said = {"rows": rows, "crc32": _sum(scratch)}
                scratch.replace(self._file)
            finally:
                scratch.unlink(missing_ok=True)
            sync(self._file.parent, deep=False)
            replace_file(self._card, json.dumps(said))
            return True

    def _looked_up(
        self, index: Any, columns: Columns, known: int, query_C: Tensor, count: int
    ) -> list[tuple[int, float]]:
        rows_K = np.sort(_index.candidates(index, query_C.numpy(), max(AT_LEAST, CANDIDATES * count)))
        rows_K = rows_K[(rows_K >= 0) & (rows_K < known)]
        cosine_K = floats(columns.take("vectors", rows_K.tolist())) @ query_C
        return _best(list(zip(rows_K.tolist(), cosine_K.tolist(), strict=True)), count)

    def _loaded(self, count: int) -> tuple[Any, int]:
        """The index that lies in the folder now, and how many rows it holds; None and 0 where none can be used."""
        try:
            said = self._card.read_text(encoding="utf-8")
            if said != self._seen:
                self._index, self._rows, self._seen = *self._read(said), said
        except OSError:
            return None, 0
        return (self._index, self._rows) if self._rows <= count else (None, 0)

    def _read(self, said: str) -> tuple[Any, int]:
        try:
            facts = json.loads(said)
            if facts["crc32"] == _sum(self._file):
                return _index.load(self._file), int(facts["rows"])
        except (ValueError, KeyError, TypeError, RuntimeError):
            pass
        return None, 0


def unit(vectors_BC: Tensor) -> Tensor:
    """Vectors at unit length, in 32 bits on the CPU."""
    return normalize(vectors_BC.detach().float().cpu(), dim=1)


def floats(vectors_KC: Array) -> Tensor:
    """Vectors of a bank in 32 bits."""
    return torch.from_numpy(vectors_KC.astype(np.float16, copy=True)).float()


def _best(found: list[tuple[int, float]], count: int) -> list[tuple[int, float]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))[:count]


def _sum(file: Path) -> int:
    total = 0
    with file.open("rb") as handle:
        while piece := handle.read(1 << 20):
            total = zlib.crc32(piece, total)
    return total
