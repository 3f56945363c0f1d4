"""The only file that imports faiss: an inverted file of 4-bit embeddings, mapped into memory for searches.

Shapes: K rows, C embedding width.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from zhyper.bank._store import Array

PROBES = 32
"""Lists looked into, of about as many as the square root of the rows."""
SAMPLE = 64
"""Rows for each list that the lists' centres are trained on."""


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise RuntimeError(
            "an index of contexts needs faiss; install it with: pip install 'zhyper[serve]'"
        ) from error
    return faiss


def build(
    file: Path, embeddings: Callable[[int, int], Iterator[tuple[int, Array]]], count: int, width: int
) -> None:
    """Write the index of the first `count` rows, given a function that reads embeddings in chunks.

    Raises RuntimeError where faiss is not installed, and OSError where the file cannot be written.
    """
    faiss = _faiss()
    lists = int(count**0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width),
        width,
        lists,
        faiss.ScalarQuantizer.QT_4bit,
        faiss.METRIC_INNER_PRODUCT,
        True,
    )
    step = max(1, count // (lists * SAMPLE))
    index.train(
        np.concatenate(
            [
                embeddings_KC[-first % step :: step].astype(np.float32)
                for first, embeddings_KC in embeddings(0, count)
            ]
        )
    )
    for _, embeddings_KC in embeddings(0, count):
        index.add(embeddings_KC.astype(np.float32))
    try:
        faiss.write_index(index, str(file))
    except RuntimeError as error:
        raise OSError(
            f"the index {file} could not be written ({str(error).splitlines()[0]}); is the disk full?"
        ) from error
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def load(file: Path) -> Any:
    """An index that `build` wrote; RuntimeError where it cannot be read or faiss is not installed."""
    faiss = _faiss()
    index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    index.nprobe = PROBES
    return index


def candidates(index: Any, query_C: Array, count: int) -> Array:
    """The rows [K] that are likely the nearest to an embedding; -1 where there are fewer."""
    rows_K: Array = index.search(query_C[None], count)[1][0]
    return rows_K
