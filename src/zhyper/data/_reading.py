"""What every reader of a source gives: tasks, and an account of every row that it read."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from zhyper.data._collection import Pair, Task
from zhyper.data._values import text_of

LONGEST = 1 << 24
"""The longest line of JSON Lines, in characters."""
LARGEST = 1 << 28
"""The largest JSON file, in characters."""
FEW = 3
"""Answers that an input of a task with one right answer may have; with more it has no one right answer."""
TWICE = "input came twice"
"""Why a row is no pair whose answer is one more right answer of another pair."""
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""How text in other encodings than UTF-8 begins; UTF-32's mark begins as UTF-16's."""


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

    notes: list[str] = field(default_factory=list)
    """Sentences on what was decided for the user."""

    def account(self) -> list[str]:
        """Sentences on rows that are in no task, and on what was decided; none where there is nothing."""
        left = {why: count for why, count in sorted(self.left_out.items()) if count}
        if not left:
            return list(self.notes)
        reasons = "; ".join(f"{why}: {count:,}" for why, count in left.items())
        meaning = " (such an answer counts as right, but is not trained on)" if TWICE in left else ""
        total = sum(self.rows.values())
        return [f"{total:,} rows read, and left out: {reasons}{meaning}", *self.notes]

    def unique(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """The pairs with input and output; of equal inputs the last, with the others' answers too.

        Inputs that have descriptions of their own are equal if these are too.
        """
        by_input: dict[tuple[str, tuple[str, ...]], Pair] = {}
        for pair in self._filled(pairs):
            key = pair.input, pair.descriptions
            before = by_input.get(key)
            if before is not None:
                self.left_out[TWICE] += 1
                also = dict.fromkeys((*pair.also, before.output, *before.also))
                pair = replace(
                    pair,
                    also=tuple(a for a in also if a != pair.output),
                    reported=pair.reported or before.reported,
                )
            by_input[key] = pair
        return tuple(by_input.values())

    def distinct(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Pairs of a set in which an input may have several answers, without repeated ones."""
        distinct: dict[Pair, None] = {}
        for pair in self._filled(pairs):
            self.left_out["pair came twice"] += pair in distinct
            distinct[pair] = None
        return tuple(distinct)

    def by_answers(self, task: str, pairs: Iterable[Pair], answers: str) -> tuple[Pair, ...]:
        """The pairs of a task by the number of its right answers: `one` (`unique`) or `many` (`distinct`).

        If `answers` is empty, a task has many where one of its inputs has more than `FEW` different answers.
        """
        pairs, outputs = list(pairs), defaultdict[tuple[str, tuple[str, ...]], set[str]](set)
        for pair in pairs:
            if pair.input and pair.output:
                outputs[pair.input, pair.descriptions].add(pair.output)
        most = max(map(len, outputs.values()), default=0)
        if not answers and most > FEW:
            self.notes.append(
                f"task {task}: an input has {most:,} different answers, so each is a pair to train on "
                "(answers=one: the last of them alone, and the others count as right)"
            )
        many = answers == "many" or (not answers and most > FEW)
        return self.distinct(pairs) if many else self.unique(pairs)

    def _filled(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        for pair in pairs:
            if pair.input and pair.output:
                yield pair
            else:
                self.left_out["empty"] += 1


@contextmanager
def open_text(file: Path, encoding: str = "") -> Iterator[TextIO]:
    """A text file, unpacked if its name ends in .gz.

    Args:
        file: is UTF-8, or UTF-16 or UTF-32 that begins with its mark, unless there is an encoding.
        encoding: a name that Python knows.

    Raises ValueError for another encoding or a broken archive.
    """
    unpack: Any = gzip.open if file.suffix.lower() == ".gz" else open
    try:
        if not encoding:
            with unpack(file, "rb") as handle:
                encoding = _encoding_of(handle.read(4))
        with unpack(file, "rt", encoding=encoding, newline="") as handle:
            yield handle
    except UnicodeError as error:
        name = "UTF-8" if encoding == "utf-8-sig" else encoding
        raise ValueError(f"{file} is not text in {name} ({error}); save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file} cannot be unpacked: {error}; fetch it again") from error
    except FileNotFoundError as error:
        raise ValueError(
            f"{file} does not exist; name another, or complete the folder it should be in"
        ) from error


def _encoding_of(start: bytes) -> str:
    """The encoding of a text by its first four bytes; UTF-16 may come without a mark."""
    if name := next((name for mark, name in MARKS if start.startswith(mark)), ""):
        return name
    zeros = [byte == 0 for byte in start[:2]]
    return "utf-16-le" if zeros == [False, True] else "utf-16-be" if zeros == [True, False] else "utf-8-sig"


def read_json(file: Path, encoding: str = "") -> Any:
    """A JSON file of at most `LARGEST` characters, read whole; ValueError says where it is wrong."""
    with open_text(file, encoding) as handle:
        text = handle.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(
            f"{file} has more than {LARGEST:,} characters, but a JSON file is read whole; make it JSON Lines"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}, line {error.lineno} is not readable as JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not readable as JSON: {_why(error)}") from error


def _why(error: Exception) -> str:
    """What is wrong with JSON; Python reads no number of more than some thousand digits."""
    if isinstance(error, RecursionError):
        return "its values lie too deep in each other"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error).partition(";")[0]


def json_lines(file: Path, encoding: str = "") -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each line that is not empty, one at a time; ValueError names a wrong line."""
    with open_text(file, encoding) as handle:
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
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{file}, line {number} is not readable as JSON: {_why(error)}") from error
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
    """Texts of a row by their names, as `text_of` reads them; ValueError says where one is missing."""
    if not isinstance(row, dict):
        raise ValueError(f"{where} is a {type(row).__name__}, but must have the values: {', '.join(names)}")
    if missing := [name for name in names if row.get(name) is None]:
        raise ValueError(f"{where} has no text called '{missing[0]}'; it has: {', '.join(map(str, row))}")
    return [text_of(where, name, row[name]) for name in names]


def pair_of(where: str, row: Any, source: str, target: str) -> Pair:
    """The pair in two fields of a row; ValueError says where one is missing."""
    values = fields(where, row, source, target)
    return Pair(values[0], values[1])


def read_descriptions(
    file: str, reading: Reading | None = None, tasks: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Descriptions by task, from JSON Lines of `task` and `descriptions`; none for no file.

    A task may stand in several lines. ValueError names the line that is wrong; of `tasks`, if any are given,
    at least one has to be described.

    They are no rows of a task, so a reading counts the file's lines apart, in `texts`.
    """
    descriptions: dict[str, tuple[str, ...]] = {}
    for number, row in json_lines(Path(file)) if file else ():
        task, texts = row.get("task"), row.get("descriptions")
        if (
            not isinstance(task, str)
            or not isinstance(texts, list)
            or not all(isinstance(text, str) and text.strip() for text in texts)
        ):
            raise ValueError(
                f"{file}, line {number} must hold a task (a text) and descriptions (a list of texts), none "
                "of them blank"
            )
        descriptions[task] = tuple(dict.fromkeys((*descriptions.get(task, ()), *texts)))
        if reading is not None:
            reading.texts[Path(file).name] = reading.texts.get(Path(file).name, 0) + 1
    if file and (names := sorted(tasks)) and not descriptions.keys() & set(names):
        raise ValueError(
            f"{file} describes none of the tasks {', '.join(names[:5])}; its tasks are: "
            f"{', '.join(sorted(descriptions)[:5]) or 'none'}"
        )
    return descriptions
