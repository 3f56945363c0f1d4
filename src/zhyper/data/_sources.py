"""Sources of tasks by their formats."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from zhyper.data._bbh import read_bbh
from zhyper.data._collection import Collection, read_collection
from zhyper.data._communities import read_askx, read_communities
from zhyper.data._reading import Reading, read_descriptions
from zhyper.data._sni import read_sni
from zhyper.data._tables import read_table
from zhyper.data._words import read_function_vectors, read_instruction_induction
from zhyper.data.benchmarks import read_benchmarks, read_culture_benchmarks
from zhyper.data.procedural import read_procedural
from zhyper.data.steering import read_steering


def read_folder(folder: Path, descriptions: str = "") -> Reading:
    """A collection as zhyper writes it.

    Args:
        folder: holds a JSON file for each task.
        descriptions: JSON Lines of `task` and `descriptions` (as `zhyper data describe` writes them), which
            its tasks get as well.
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
    "steering": read_steering,
    "procedural": read_procedural,
    "benchmarks": read_benchmarks,
    "culture-benchmarks": read_culture_benchmarks,
    "communities": read_communities,
    "askx": read_askx,
    "table": read_table,
    "hub": read_table,
}
"""Readers by the format that stands before a source's place."""
SHIPPED = ("steering", "procedural")
"""Formats whose data come with zhyper, so that a place may be left out."""


def read_source(source: str, count_bytes: Callable[[int], Any] = lambda size: None) -> Reading:
    """The tasks of one source, `FORMAT:PLACE` or `FORMAT:PLACE?OPTION=VALUE&…`, with an account of its rows.

    What ships with zhyper (`steering`, `procedural`) needs no place.

    `count_bytes` is called with the bytes of each line of a source that takes long (`askx`).

    Raises ValueError for a format, option or row that is wrong, and RuntimeError for what could not be
    fetched.
    """
    where, _, query = source.partition("?")
    kind, _, place = where.partition(":")
    if kind not in READERS or not (place or kind in SHIPPED):
        raise ValueError(
            f"'{source}' is not a source of tasks; write FORMAT:FOLDER with a format of: {', '.join(READERS)}"
        )
    options = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))  # a plus is a plus
    _, *parameters = inspect.signature(READERS[kind]).parameters
    names = [name for name in parameters if name != "count_bytes"]
    if unknown := [name for name in options if name not in names]:
        raise ValueError(
            f"'{unknown[0]}' is no option of '{kind}'; its options are: {', '.join(names) or 'none'}"
        )
    if kind == "table" and Path(place).is_dir():
        raise ValueError(
            f"{place} of source '{source}' is a folder; 'table' expects a file, and 'hub' a folder in the "
            "form of a data set"
        )
    if kind != "hub" and place and not Path(place).exists():
        raise ValueError(
            f"the {'file' if kind == 'table' else 'folder'} {place} of source '{source}' does not exist"
        )
    return READERS[kind](
        Path(place) if place else None,
        **options,
        **({"count_bytes": count_bytes} if "count_bytes" in parameters else {}),
    )


def without_paths(source: str) -> str:
    """A source as it is named where it travels: files and folders by their last names."""
    where, mark, query = source.partition("?")
    kind, colon, place = where.partition(":")
    options = [option.partition("=") for option in query.split("&")]
    named = "&".join(
        f"{name}{equals}{Path(value).name if '/' in value else value}" for name, equals, value in options
    )
    return f"{kind}{colon}{Path(place).resolve().name if place else ''}{mark}{named}"


def load_collection(*sources: str, shares: Sequence[float] = ()) -> Collection:
    """The tasks of several sources, each as `read_source` takes it; ValueError says what is wrong.

    Args:
        sources: at least one.
        shares: of the rows drawn to train on, one for each source, whatever they sum to; within a source
            tasks keep their weights against each other. Empty: all tasks by their weights alone.
    """
    if not sources:
        raise ValueError(
            "the recipe names no data; give it sources as FORMAT:FOLDER, with --set data=collection:FOLDER"
        )
    if shares and len(shares) != len(sources):
        raise ValueError(
            f"{len(shares)} shares were given for {len(sources)} sources of data; give one for each, or none"
        )
    by_source = [read_source(source).tasks for source in sources]
    for i, share in enumerate(shares):
        total = sum(task.weight for task in by_source[i] if task.split == "train") or 1.0
        by_source[i] = [replace(task, weight=task.weight * share / total) for task in by_source[i]]
    return Collection(task for tasks in by_source for task in tasks)
