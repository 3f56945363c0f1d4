"""What every reader of a source gives: tasks, and an account of every row that it read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from zhyper.data._collection import Pair, Task

LONGEST = 1 << 24
"""The longest line of JSON Lines, in characters."""
LARGEST = 1 << 28
"""The largest JSON file, in characters."""


@dataclass
class Reading:
    """The tasks of a source, the rows of each of its files, and why some of them are in no task."""

    tasks: list[Task] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """Rows read, by the file's path within the source."""
    texts: dict[str, int] = field(default_factory=dict)
    """Descriptions read, or lines of them, by the file's path within the source: no rows of a task."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows that are in no task, by reason."""

    def unique(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """The pairs with input and output; of equal inputs the last, with the others' answers too."""
        by_input: dict[str, Pair] = {}
        for pair in pairs:
            if not pair.input or not pair.output:
                self.left_out["empty"] += 1
                continue
            before = by_input.get(pair.input)
            if before is not None:
                self.left_out["input came twice"] += 1
                also = dict.fromkeys((*pair.also, before.output, *before.also))
                pair = replace(
                    pair,
                    also=tuple(a for a in also if a != pair.output),
                    reported=pair.reported or before.reported,
                )
            by_input[pair.input] = pair
        return tuple(by_input.values())

    def distinct(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Pairs of a set in which an input may have several answers, without repeated ones."""
        distinct: dict[Pair, None] = {}
        for pair in pairs:
            self.left_out["pair came twice"] += pair in distinct
            distinct[pair] = None
        return tuple(distinct)


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """A text file in UTF-8, unpacked if its name ends in .gz.

    Raises ValueError for another encoding or a broken archive.
    """
    unpack: Any = gzip.open if file.suffix == ".gz" else open
    try:
        with unpack(file, "rt", encoding="utf-8-sig", newline="") as handle:
            yield handle
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text in UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file} cannot be unpacked: {error}; fetch it again") from error
    except FileNotFoundError as error:
        raise ValueError(
            f"{file} does not exist; name another, or complete the folder it should be in"
        ) from error


def read_json(file: Path) -> Any:
    """A JSON file of at most `LARGEST` characters, read whole; ValueError says where it is wrong."""
    with open_text(file) as handle:
        text = handle.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(
            f"{file} has more than {LARGEST:,} characters, but a JSON file is read whole; make it JSON Lines"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}, line {error.lineno} is not readable as JSON: {error.msg}") from error
    except RecursionError as error:
        raise ValueError(f"{file} is not readable as JSON: its values lie too deep in each other") from error


def json_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each line that is not empty, one at a time; ValueError names a wrong line."""
    with open_text(file) as handle:
        for number, line in enumerate(iter(lambda: handle.readline(LONGEST), ""), 1):
            if len(line) == LONGEST:
                raise ValueError(
                    f"{file}, line {number} is longer than {LONGEST:,} characters; each row needs a line of "
                    "its own"
                )
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{file}, line {number} is not readable as JSON: {error.msg}") from error
            except RecursionError as error:
                raise ValueError(
                    f"{file}, line {number} is not readable as JSON: its values lie too deep in each other"
                ) from error
            if not isinstance(row, dict):
                raise ValueError(
                    f"{file}, line {number} holds a {type(row).__name__}, but must hold an object with "
                    "named values"
                )
            yield number, row


def count_option(name: str, value: str) -> int:
    """An option of a source as a number; ValueError unless it is a whole one of at least 1."""
    if not str(value).isdecimal() or int(value) < 1:
        raise ValueError(f"the option {name} is '{value}', but must be a whole number of at least 1")
    return int(value)


def fields(where: str, row: Any, *names: str) -> list[str]:
    """Texts of a row by their names, stripped; ValueError says where one is missing."""
    if not isinstance(row, dict):
        raise ValueError(f"{where} is a {type(row).__name__}, but must have the values: {', '.join(names)}")
    if missing := [name for name in names if not isinstance(row.get(name), str | int | float)]:
        raise ValueError(f"{where} has no text called '{missing[0]}'; it has: {', '.join(map(str, row))}")
    return [str(row[name]).strip() for name in names]


def pair_of(where: str, row: Any, source: str, target: str) -> Pair:
    """The pair in two fields of a row; ValueError says where one is missing."""
    values = fields(where, row, source, target)
    return Pair(values[0], values[1])


def read_descriptions(file: str, reading: Reading | None = None) -> dict[str, tuple[str, ...]]:
    """Descriptions by task, from JSON Lines of `task` and `descriptions`; none for no file.

    ValueError names the line that is wrong.

    They are no rows of a task, so a reading counts the file's lines apart, in `texts`.
    """
    descriptions: dict[str, tuple[str, ...]] = {}
    for number, row in json_lines(Path(file)) if file else ():
        task, texts = row.get("task"), row.get("descriptions")
        if (
            not isinstance(task, str)
            or not isinstance(texts, list)
            or not all(isinstance(text, str) for text in texts)
        ):
            raise ValueError(
                f"{file}, line {number} must hold a task (a text) and descriptions (a list of texts)"
            )
        descriptions[task] = tuple(texts)
        if reading is not None:
            reading.texts[Path(file).name] = reading.texts.get(Path(file).name, 0) + 1
    return descriptions
