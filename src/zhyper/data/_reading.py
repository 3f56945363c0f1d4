"""What every reader of a source gives: tasks, and an account of every row that it read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from zhyper.data._collection import Pair, Task


@dataclass
class Reading:
    """The tasks of a source, the rows of each of its files, and why some of them are in no task."""

    tasks: list[Task] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """Rows read, by the file's path within the source."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows that are in no task, by reason."""

    def unique(self, pairs: list[Pair]) -> tuple[Pair, ...]:
        """The pairs with an input and an output, one for each input: the last that came; the others are counted."""
        whole = [pair for pair in pairs if pair.input and pair.output]
        found = {pair.input: pair for pair in whole}
        self.left_out["empty"] += len(pairs) - len(whole)
        self.left_out["input came twice"] += len(whole) - len(found)
        return tuple(found.values())


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """A text file in UTF-8, unpacked if its name ends in .gz; ValueError for another encoding or a broken archive."""
    unpack: Any = gzip.open if file.suffix == ".gz" else open
    try:
        with unpack(file, "rt", encoding="utf-8-sig", newline="") as handle:
            yield handle
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text in UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file} cannot be unpacked: {error}; fetch it again") from error
    except FileNotFoundError as error:
        raise ValueError(f"{file} is missing; the folder is not complete") from error


def read_json(file: Path) -> Any:
    """A JSON file; ValueError says where it is wrong."""
    with open_text(file) as handle:
        try:
            return json.load(handle)
        except json.JSONDecodeError as error:
            raise ValueError(f"{file}, line {error.lineno} is not readable as JSON: {error.msg}") from error


def json_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each line that is not empty, as they are read; ValueError names the line that is none."""
    with open_text(file) as handle:
        for number, line in enumerate(handle, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{file}, line {number} is not readable as JSON: {error.msg}") from error
            if not isinstance(row, dict):
                raise ValueError(f"{file}, line {number} holds a {type(row).__name__}, but wants an object with named values")
            yield number, row


def count_option(name: str, value: str) -> int:
    """An option of a source as a number; ValueError unless it is a whole one of at least 1."""
    if not str(value).isdecimal() or int(value) < 1:
        raise ValueError(f"the option {name} came as '{value}', but wants a whole number of at least 1")
    return int(value)


def read_descriptions(file: str) -> dict[str, tuple[str, ...]]:
    """Descriptions by task, from JSON Lines of `task` and `descriptions`; none for no file. ValueError names the line that is wrong."""
    found = {}
    for number, row in json_lines(Path(file)) if file else ():
        task, texts = row.get("task"), row.get("descriptions")
        if not isinstance(task, str) or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{file}, line {number} wants a task (a text) and descriptions (a list of texts)")
        found[task] = tuple(texts)
    return found
