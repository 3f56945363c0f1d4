"""Tables as task sets: CSV, JSON and Parquet files, and streamed data sets of the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from zhyper.data._chats import COLUMNS, first_exchange
from zhyper.data._collection import Pair, Split, Task, fault_of_name
from zhyper.data._reading import Reading, count_option, open_text, read_descriptions
from zhyper.data._table_files import Row, hub_rows, kind_of, table_rows
from zhyper.data._values import text_of, texts_of

WESTERN = "cp1252"
"""What spreadsheets in the west of Europe and America write where they do not write UTF-8; holds Latin-1."""
Pairs = dict[str, list[Pair]]
"""Pairs by the name of their task."""


def read_table(
    place: Path,
    input: str = "input",
    output: str = "output",
    task: str = "",
    name: str = "",
    description: tuple[str, ...] = (),
    description_column: str = "",
    descriptions: str = "",
    answers: str = "",
    split: Split | Literal[""] = "",
    licence: str = "unknown",
    max_rows: str = "",
    delimiter: str = "",
    encoding: str = "",
    part: str = "",
    config: str = "",
    revision: str = "",
) -> Reading:
    """One task, or the tasks that a column names, of a table.

    A table without these columns, but with one of `COLUMNS`, holds chats. The first question and answer of a
    chat are a pair, and what the system is told before is the pair's own description; later answers, which
    depend on what was said before, are left out and counted.

    Args:
        place: a file with one of the endings `TABLES`; or a data set on the Hugging Face hub, as
            `Lots-of-LoRAs/task022_cosmosqa_passage_inappropriate_binary`, or a folder in its form.
        input: the column of inputs.
        output: the column of answers; of a list the first is the answer, the others are right too.
        task: the column with the task's name; without it the whole table is one task.
        name: of that one task; without it the place's name.
        description: texts that describe every task, for rows without a description of their own.
        description_column: the column of descriptions, each a text or a list of texts. What all rows of a
            task have is the task's; else each is of its own row alone.
        descriptions: JSON Lines of `task` and `descriptions`, for the tasks that it names; or a `.txt` file
            with a description in each line, for all.
        answers: `one`: of equal inputs one pair is trained on, and the others' answers count as right;
            `many`: each different answer is a pair; without it as `Reading.by_answers` decides.
        split: what the tasks are for; without it `report` for a part called test, `selection` for validation,
            else `train`.
        licence: of the rows.
        max_rows: rows taken of each task, from the first on; without it all.
        delimiter: of a `.csv` or `.tsv` file: one character, or `tab`; without it as `table_rows` decides.
        encoding: of a text file; without it UTF-8 or UTF-16, or, of `.csv` and `.tsv`, Windows-1252.
        part: of a data set, its split; without it `train`.
        config: of a data set, its configuration.
        revision: of a data set on the hub, a commit or branch.
    """
    if answers not in ("", "one", "many"):
        raise ValueError(f"the option answers is '{answers}', but must be one or many")
    reading, default = Reading(), place.name.partition(".")[0]
    table = _Table(
        columns=_Columns(input, output, task, description_column),
        name=name or default,
        texts=description,
        limit=count_option("max_rows", max_rows) if max_rows else None,
        reading=reading,
    )
    if place.is_file():
        _refuse("a data set of the hub", part=part, config=config, revision=revision)
        table.collect(_file_rows(place, delimiter, encoding, reading))
    else:
        _refuse("a file", delimiter=delimiter, encoding=encoding)
        table.collect(hub_rows(str(place), part or "train", config, revision))
    reading.rows[default] = table.count
    if not table.pairs:
        raise ValueError(f"{default} has no rows{' that name a task' if table.count else ''}")
    usual: dict[str, Split] = {"test": "report", "validation": "selection"}
    for task_name, pairs, texts in table.tasks(descriptions, answers):
        reading.tasks.append(
            Task(
                name=task_name,
                pairs=pairs,
                descriptions=texts,
                split=split or usual.get(part, "train"),
                licence=licence,
                source=default,
            )
        )
    return reading


def _refuse(owner: str, **options: str) -> None:
    """Raise ValueError for an option that is given, but belongs to another kind of place."""
    if given := [name for name, value in options.items() if value]:
        raise ValueError(f"the option {given[0]} is of {owner}, so leave it out here")


def _file_rows(file: Path, delimiter: str, encoding: str, reading: Reading) -> Iterable[Row]:
    separator = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if separator and (len(separator) > 1 or separator in '\r\n"' or kind_of(file) not in (".csv", ".tsv")):
        raise ValueError(
            f"the option delimiter is '{delimiter}', but must be one character of a .csv file, or tab"
        )
    if encoding and kind_of(file) == ".parquet":
        raise ValueError("the option encoding is of text files, so leave it out for .parquet")
    try:
        "".encode(encoding or "utf-8")
    except LookupError as error:
        raise ValueError(f"'{encoding}' is no encoding of text; write utf-8, latin-1 or cp1252") from error
    if not encoding and kind_of(file) in (".csv", ".tsv") and not _is_unicode(file):
        encoding = WESTERN
        reading.notes.append(
            f"{file.name} is not in UTF-8, and is read as Windows-1252; if its letters come out wrong, name "
            "its encoding with encoding="
        )
    return table_rows(file, separator, encoding)


def _is_unicode(file: Path) -> bool:
    try:
        with open_text(file) as handle:
            return all(True for _ in handle)
    except ValueError as error:
        if isinstance(error.__cause__, UnicodeError):
            return False
        raise


@dataclass(frozen=True)
class _Columns:
    """Names of the columns that are read; empty where there is none."""

    input: str
    output: str
    task: str
    description: str

    def chat(self, row: dict[str, Any]) -> str:
        """The column with chats, if the row has one and no pair."""
        if (self.input, self.output) != ("input", "output") or "input" in row or "output" in row:
            return ""
        return next((column for column in COLUMNS if column in row), "")


@dataclass
class _Table:
    """Rows of a table on their way into tasks."""

    columns: _Columns
    name: str
    """Of the task, where no column names it."""
    texts: tuple[str, ...]
    """Descriptions of every task."""
    limit: int | None
    """Rows taken of each task."""
    reading: Reading
    pairs: Pairs = field(default_factory=dict)
    count: int = 0
    """Rows read; of a chat each answer is one."""
    chats: bool = False
    """Whether any row was a chat."""

    def collect(self, rows: Iterable[Row]) -> None:
        """Sort the rows' pairs by tasks; those in no task are counted."""
        for where, row in rows:
            chat = self.columns.chat(row)
            self._check(where, row, chat)
            self.count += 1
            name = (
                text_of(where, self.columns.task, row[self.columns.task]) if self.columns.task else self.name
            )
            if not name:
                self.reading.left_out["no name of a task"] += 1
                continue
            if name not in self.pairs and (fault := fault_of_name(name)):
                raise ValueError(f"{where}: {fault}")
            of = self.pairs.setdefault(name, [])
            if self.limit is not None and len(of) >= self.limit:
                self.reading.left_out["beyond max_rows"] += 1
            elif pair := self._chat(where, chat, row) if chat else self._pair(where, row):
                of.append(pair)

    def tasks(self, file: str, answers: str) -> Iterator[tuple[str, tuple[Pair, ...], tuple[str, ...]]]:
        """Name, pairs and descriptions of each task.

        Args:
            file: with descriptions, or empty.
            answers: as `Reading.by_answers` takes it; chats have many.
        """
        of_task = _descriptions(file, self.pairs, self.reading)
        for name, pairs in self.pairs.items():
            described, texts = _described(pairs, of_task.get(name) or self.texts, self.reading)
            unique = self.reading.by_answers(name, described, answers or ("many" if self.chats else ""))
            if not unique:
                left = ", ".join(f"{why}: {count:,}" for why, count in (+self.reading.left_out).items())
                raise ValueError(
                    f"task {name} of {next(iter(self.reading.rows))} has no row with an input and an output; "
                    f"left out: {left}"
                )
            yield name, unique, texts

    def _check(self, where: str, row: dict[str, Any], chat: str) -> None:
        """Raise ValueError for a row without the columns; say of the first which others it has."""
        columns = [chat] if chat else [self.columns.input, self.columns.output]
        columns += filter(None, (self.columns.task, self.columns.description))
        if missing := [column for column in columns if column not in row]:
            names = ", ".join(map(str, row))
            several = len(row) == 1 and any(mark in names for mark in ",;:|\t")
            hint = "; name what separates several with delimiter=" if several else ""
            raise ValueError(f"{where} has no column '{missing[0]}'; its columns are: {names}{hint}")
        if self.count:
            return
        if named := [text for text in self.texts if text in row]:
            raise ValueError(
                f"the description '{named[0]}' is the name of a column; write description_column={named[0]} "
                "for the texts in it"
            )
        if others := [str(column) for column in row if column not in columns]:
            self.reading.notes.append(f"columns that are not read: {', '.join(others)}")

    def _own(self, where: str, row: dict[str, Any]) -> tuple[str, ...]:
        column = self.columns.description
        return tuple(texts_of(where, column, row[column])) if column else ()

    def _pair(self, where: str, row: dict[str, Any]) -> Pair:
        first, *others = texts_of(where, self.columns.output, row[self.columns.output]) or [""]
        source = text_of(where, self.columns.input, row[self.columns.input])
        return Pair(source, first, tuple(others), descriptions=self._own(where, row))

    def _chat(self, where: str, column: str, row: dict[str, Any]) -> Pair | None:
        self.chats = True
        exchange = first_exchange(where, column, row[column])
        if exchange.why:
            self.reading.left_out[exchange.why] += 1
            return None
        self.count += exchange.later
        self.reading.left_out["later answer of a chat"] += exchange.later
        told = (exchange.system,) if exchange.system else ()
        return Pair(exchange.question, exchange.answer, descriptions=self._own(where, row) or told)


def _described(
    pairs: list[Pair], texts: tuple[str, ...], reading: Reading
) -> tuple[list[Pair], tuple[str, ...]]:
    """The pairs that have a description, and those of their task; what all pairs have is the task's."""
    own = {pair.descriptions for pair in pairs}
    if own in ({()}, set()):
        return pairs, texts
    if len(own) == 1:
        return [replace(pair, descriptions=()) for pair in pairs], own.pop()
    described = pairs if texts else [pair for pair in pairs if pair.descriptions]
    reading.left_out["no description"] += len(pairs) - len(described)
    return described, texts


def _descriptions(file: str, tasks: Iterable[str], reading: Reading) -> dict[str, tuple[str, ...]]:
    """The descriptions in a file by task; ValueError if it names none of the tasks."""
    if file.lower().endswith(".txt"):
        with open_text(Path(file)) as handle:
            texts = tuple(dict.fromkeys(text for line in handle if (text := line.strip())))
        if not texts:
            raise ValueError(f"{file} is empty; write a description into each line")
        reading.texts[Path(file).name] = len(texts)
        return dict.fromkeys(tasks, texts)
    return read_descriptions(file, reading, tasks)
