"""Sources of tasks by their formats."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from zhyper import arguments
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
    tasks = read_collection(folder)
    more = read_descriptions(descriptions, reading, [task.name for task in tasks])
    for task in tasks:
        texts = dict.fromkeys([*task.descriptions, *more.get(task.name, ())])
        reading.tasks.append(replace(task, descriptions=tuple(texts)))
    reading.rows = {task.name: len(task.pairs) for task in reading.tasks}
    blank = sum(not (pair.input.strip() and pair.output.strip()) for task in tasks for pair in task.pairs)
    if blank:
        reading.notes.append(f"pairs whose input or answer is blank, used as they are: {blank:,}")
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


PATHS = ("descriptions", "cultures")
"""Options that name a file or folder."""


@dataclass(frozen=True)
class Source:
    """The parts of what names a source."""

    kind: str
    """Its format."""
    place: str
    """Its file, folder or data set; empty where none is named."""
    options: tuple[tuple[str, str], ...]
    """Names and values in their order; a name may come several times."""

    @property
    def title(self) -> str:
        """Format and place, without options."""
        return f"{self.kind}:{self.place}" if self.place else self.kind

    @property
    def portable(self) -> str:
        """The source as it is named where it travels: files and folders by their last names."""
        place = Path(self.place).resolve().name if self.place else ""
        options = "&".join(f"{name}={_escape(value)}" for name, value in self.portable_options)
        return f"{self.kind}{':' if self.place else ''}{place}{'?' if options else ''}{options}"

    @property
    def portable_options(self) -> tuple[tuple[str, str], ...]:
        """The options with files and folders by their last names."""
        return tuple((name, Path(value).name if name in PATHS else value) for name, value in self.options)


def _escape(value: str) -> str:
    """A value of an option as `parse_source` reads it again: an & that would begin another is written %26."""
    return re.sub(r"&(?=[a-z_]+(=|&|$))", "%26", value.replace("%", "%25"))


def parse_source(source: str) -> Source:
    """The parts of `FORMAT:PLACE?OPTION=VALUE&OPTION=VALUE`.

    An & begins an option where a name in small letters and = follow, or the name of an option alone; any
    other is part of the value before it. `%26` is an & wherever it stands.

    Raises:
        ValueError: no such format, or an option that it does not have, or that comes twice.
    """
    where, _, query = arguments.text("source", source).partition("?")
    kind, _, place = where.partition(":")
    if kind not in READERS or not (place or kind in SHIPPED):
        raise ValueError(
            f"'{source}' is not a source of tasks; write FORMAT:FOLDER with a format of: "
            f"{', '.join(READERS)}. "
            'A source with a comma in it stands in a list: --set \'data=["SOURCE", "SOURCE"]\''
        )
    names = options_of(kind)
    pieces: list[str] = []
    for piece in query.split("&") if query else ():
        if not pieces or re.match(r"[a-z_]+=", piece) or piece in names:
            pieces.append(piece)
        else:
            pieces[-1] += f"&{piece}"
    options = list[tuple[str, str]]()
    for piece in pieces:
        name, _, value = piece.partition("=")
        if name not in names:
            raise ValueError(
                f"'{name}' is no option of '{kind}'; its options are: {', '.join(names) or 'none'}. An & "
                "that belongs to a text is written %26"
            )
        if not value:
            raise ValueError(f"the option {name} of source '{source}' has no value; write {name}=VALUE")
        if name in (other for other, _ in options) and names[name] != ():
            raise ValueError(
                f"the option {name} of source '{source}' is given twice; give it once"
                + (" (description may be given several times)" if "description" in names else "")
            )
        try:
            options.append((name, unquote(value, errors="strict")))
        except UnicodeDecodeError as error:
            raise ValueError(
                f"the option {name} of source '{source}' holds a % sign that is no letter in UTF-8; write "
                "%25 for %"
            ) from error
    return Source(kind, place, tuple(options))


def options_of(kind: str) -> dict[str, Any]:
    """The options of a format with their defaults; one whose default is a tuple may come several times."""
    _, *parameters = inspect.signature(READERS[kind]).parameters.values()
    return {one.name: one.default for one in parameters if one.name != "count_bytes"}


def check_source(source: str) -> Source:
    """A source's parts; ValueError for a format that is not known, or a place where nothing is."""
    parts = parse_source(source)
    kind, place = parts.kind, parts.place
    if kind == "table" and Path(place).is_dir():
        raise ValueError(
            f"{place} of source '{source}' is a folder; 'table' expects a file, and 'hub' a folder in the "
            "form of a data set"
        )
    if kind != "hub" and place and not Path(place).exists():
        raise ValueError(
            f"the {'file' if kind == 'table' else 'folder'} {place} of source '{source}' does not exist"
        )
    return parts


def read_source(source: str, count_bytes: Callable[[int], Any] = lambda size: None) -> Reading:
    """The tasks of one source, as `parse_source` takes it, with an account of its rows.

    What ships with zhyper (`steering`, `procedural`) needs no place.

    `count_bytes` is called with the bytes of each line of a source that takes long (`askx`).

    Raises ValueError for a format, option or row that is wrong, and RuntimeError for what could not be
    fetched.
    """
    parts = check_source(source)
    kind, place = parts.kind, parts.place
    usual, values = options_of(kind), dict[str, Any](parts.options)
    values |= {
        name: tuple(value for other, value in parts.options if other == name)
        for name in values
        if usual[name] == ()
    }
    counted = "count_bytes" in inspect.signature(READERS[kind]).parameters
    return READERS[kind](
        Path(place) if place else None, **values, **({"count_bytes": count_bytes} if counted else {})
    )


def without_paths(source: str) -> str:
    """A source as it is named where it travels: files and folders by their last names."""
    return parse_source(source).portable


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
    readings = [read_source(source) for source in sources]
    notes = [
        f"{parse_source(source).title}: {sentence}"
        for source, reading in zip(sources, readings, strict=True)
        for sentence in reading.account()
    ]
    by_source = [reading.tasks for reading in readings]
    for i, share in enumerate(shares):
        total = sum(task.weight for task in by_source[i] if task.split == "train") or 1.0
        by_source[i] = [replace(task, weight=task.weight * share / total) for task in by_source[i]]
    return Collection((task for tasks in by_source for task in tasks), notes)
