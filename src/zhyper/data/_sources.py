"""Sources of tasks by their formats."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from zhyper.data._bbh import read_bbh
from zhyper.data._benchmarks import read_benchmarks, read_culture_benchmarks
from zhyper.data._collection import Collection, read_collection
from zhyper.data._communities import read_askx, read_communities
from zhyper.data._reading import Reading, read_descriptions
from zhyper.data._sni import read_sni
from zhyper.data._tables import read_table
from zhyper.data._words import read_function_vectors, read_instruction_induction


def read_folder(folder: Path, descriptions: str = "") -> Reading:
    """A collection as zhyper writes it.

    Args:
        folder: holds a JSON file for each task.
        descriptions: JSON Lines of `task` and `descriptions` (as `zhyper data describe` writes them), which its tasks get as well.
    """
    reading = Reading()
    more = read_descriptions(descriptions, reading)
    for task in read_collection(folder):
        texts = dict.fromkeys([*task.descriptions, *more.get(task.name, ())])
        reading.tasks.append(replace(task, descriptions=tuple(texts)))
    reading.rows = {task.name: len(task.pairs) for task in reading.tasks}
    return reading


READERS: dict[str, Callable[..., Reading]] = {
    "collection": read_folder,
    "function-vectors": read_function_vectors,
    "instruction-induction": read_instruction_induction,
    "sni": read_sni,
    "bbh": read_bbh,
    "benchmarks": read_benchmarks,
    "culture-benchmarks": read_culture_benchmarks,
    "communities": read_communities,
    "askx": read_askx,
    "table": read_table,
    "hub": read_table,
}
"""Readers by the format that stands before a source's place."""


def read_source(source: str, seen: Callable[[int], Any] = lambda size: None) -> Reading:
    """The tasks of one source, `FORMAT:PLACE` or `FORMAT:PLACE?OPTION=VALUE&OPTION=VALUE`, with an account of its rows.

    `seen` is told the bytes of each line of a source that takes long (`askx`), as it is read.

    Raises ValueError for a format, option or row that is wrong, and RuntimeError for what could not be fetched.
    """
    kind, colon, rest = source.partition(":")
    if not colon or kind not in READERS:
        raise ValueError(f"'{source}' is not a source of tasks; write FORMAT:FOLDER with a format of: {', '.join(READERS)}")
    place, _, query = rest.partition("?")
    given = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))  # a plus is a plus
    _, *wanted = inspect.signature(READERS[kind]).parameters
    known = [name for name in wanted if name != "seen"]
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"'{unknown[0]}' is no option of '{kind}'; its options are: {', '.join(known) or 'none'}")
    if kind == "table" and Path(place).is_dir():
        raise ValueError(f"{place} of source '{source}' is a folder; 'table' wants a file, and 'hub' a folder in the form of a data set")
    if kind != "hub" and not Path(place).exists():
        raise ValueError(f"the {'file' if kind == 'table' else 'folder'} {place} of source '{source}' does not exist")
    return READERS[kind](Path(place), **given, **({"seen": seen} if "seen" in wanted else {}))


def load_collection(*sources: str) -> Collection:
    """The tasks of several sources, each as `read_source` takes it; ValueError says what is wrong."""
    if not sources:
        raise ValueError("the recipe names no data; give it sources as FORMAT:FOLDER, with --set data=collection:FOLDER")
    return Collection(task for source in sources for task in read_source(source).tasks)
