"""Rows of tables, whatever kind of file they lie in, each with the place where it stands."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhyper.data._reading import LONGEST, json_lines, open_text, read_json

_PLAIN = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
TABLES = (*_PLAIN, *(f"{kind}.gz" for kind in _PLAIN), ".parquet")
"""How the names of tables end, in small or capital letters."""
SEPARATORS = (",", ";", "\t", "|")
"""What may separate the fields of a line."""
Row = tuple[str, dict[str, Any]]
"""Where a row stands, for messages, and its values by column."""


def kind_of(file: Path) -> str:
    """How a table's name ends, without `.gz`, in small letters."""
    kinds = [suffix for suffix in map(str.lower, file.suffixes) if suffix != ".gz"]
    return kinds[-1] if kinds else ""


def table_rows(file: Path, separator: str = "", encoding: str = "") -> Iterator[Row]:
    """The rows of a file, one at a time.

    Args:
        file: its name ends as one of `TABLES`. A `.json` file is a list of objects, or JSON Lines.
        separator: of the fields of a line; without it, of `SEPARATORS`, a comma (in `.tsv` a tab) if the
            first line has one, else what it has most of.
        encoding: of a text file; without it UTF-8, or UTF-16 with its mark.

    Raises:
        ValueError: another kind of file, or a row without fields.
    """
    kind = kind_of(file)
    if kind in (".jsonl", ".ndjson"):
        return ((f"{file}, line {number}", row) for number, row in json_lines(file, encoding))
    if kind == ".json":
        return _json_rows(file, encoding)
    if kind in (".csv", ".tsv"):
        return _csv_rows(file, "\t" if kind == ".tsv" else ",", separator, encoding)
    if kind == ".parquet":
        return _parquet_rows(file)
    raise ValueError(
        f"{file} is no table that is read here; it may end in {', '.join(TABLES)} (save a spreadsheet as CSV)"
    )


def _json_rows(file: Path, encoding: str) -> Iterator[Row]:
    with open_text(file, encoding) as handle:
        start = next((character for line in handle for character in line.strip()[:1]), "")
    if start != "[":
        try:
            yield from ((f"{file}, line {number}", row) for number, row in json_lines(file, encoding))
        except ValueError as error:
            raise ValueError(f"{error}; a .json file holds a list of objects, or one in each line") from error
        return
    for number, row in enumerate(read_json(file, encoding), 1):
        if not isinstance(row, dict):
            raise ValueError(
                f"{file}, row {number} holds a {type(row).__name__}, but must hold an object with named "
                "values"
            )
        yield f"{file}, row {number}", row


def _csv_rows(file: Path, usual: str, separator: str, encoding: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)
    with open_text(file, encoding) as handle:
        above, first = _first_line(handle)
        if stated := re.fullmatch(
            r"sep=(.)", first.rstrip("\r\n"), re.I
        ):  # what Excel writes above the names
            separator = separator or stated[1]
            more, first = _first_line(handle)
            above += 1 + more
        separator = separator or _separator(first, usual)
        blanks = any(name.startswith(" ") for name in next(csv.reader([first], delimiter=separator), [])[1:])
        reader = csv.reader(
            itertools.chain([first], handle), delimiter=separator, strict=True, skipinitialspace=blanks
        )
        line = above
        try:
            names = [name.strip() for name in next(reader, [])]
            line = above + reader.line_num
            named = [name for name in names if name]
            if len(set(named)) < len(named):
                raise ValueError(f"{file} names a column twice in its first line: {', '.join(named)}")
            for row in reader:
                line = above + reader.line_num
                where = f"{file}, line {line}"
                if row and len(row) != len(names):
                    raise ValueError(f"{where} has more or fewer fields than the first line names")
                if row:
                    yield where, {name: value for name, value in zip(names, row, strict=True) if name}
        except csv.Error as error:
            raise ValueError(f"{file}, after line {line}, is not readable as CSV: {error}") from error


def _first_line(handle: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the line after them."""
    for number, line in enumerate(handle):
        if line.strip():
            return number, line
    return 0, ""


def _separator(line: str, usual: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line)
    if usual in outside or not any(one in outside for one in SEPARATORS):
        return usual
    return max(SEPARATORS, key=outside.count)


def _parquet_rows(file: Path) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise RuntimeError("Parquet files need the package pyarrow: pip install 'zhyper[data]'") from error
    try:
        number = 0
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches():
            for row in _shortest_numbers(batch).to_pylist():
                number += 1
                yield f"{file}, row {number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{file} is not readable as Parquet: {error}") from error


def _shortest_numbers(batch: Any) -> Any:
    """A batch whose numbers of 32 bits have the digits they were written with: 0.1, not 0.10000000149."""
    import pyarrow

    for i, column in enumerate(batch.schema):
        if pyarrow.types.is_float32(column.type):
            numbers = batch.column(i).cast(pyarrow.string()).cast(pyarrow.float64())
            batch = batch.set_column(i, column.name, numbers)
    return batch


def hub_rows(ref: str, part: str, config: str, revision: str) -> Iterator[Row]:
    """The rows of a data set on the Hugging Face hub, or of a folder in its form, streamed.

    Labels, which the data set keeps as numbers, are their names; a missing one (-1) is None.
    """
    try:
        from datasets import ClassLabel, load_dataset
    except ImportError as error:
        raise RuntimeError(
            "data sets of the hub need the package datasets: pip install 'zhyper[data]'"
        ) from error
    try:
        rows = load_dataset(ref, config or None, split=part, revision=revision or None, streaming=True)
        labels = {k: kind for k, kind in (rows.features or {}).items() if isinstance(kind, ClassLabel)}
        for number, row in enumerate(rows, 1):
            names = {
                column: None if row[column] in (None, -1) else kind.int2str(row[column])
                for column, kind in labels.items()
            }
            yield f"{ref}, row {number} of {part}", {**row, **names}
    except (OSError, ValueError, json.JSONDecodeError) as error:
        raise RuntimeError(f"data set '{ref}' could not be read: {str(error).splitlines()[0]}") from error
