"""Tables as task sets: JSON Lines, CSV and Parquet files, and streamed data sets of the Hugging Face hub."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from zhyper.data._collection import Pair, Split, Task
from zhyper.data._reading import LONGEST, Reading, count_option, json_lines, open_text, read_descriptions

TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".jsonl.gz", ".ndjson.gz", ".csv.gz", ".tsv.gz", ".parquet")
"""How the names of tables end."""
Row = tuple[str, dict[str, Any]]
"""Where a row stands, for messages, and its values by column."""


def read_table(
    place: Path,
    input: str = "input",
    output: str = "output",
    task: str = "",
    name: str = "",
    description: str = "",
    descriptions: str = "",
    split: Split | Literal[""] = "",
    licence: str = "unknown",
    max_rows: str = "10000",
    part: str = "train",
    config: str = "",
    revision: str = "",
) -> Reading:
    """One task, or the tasks that a column names, of a table.

    At most `max_rows` rows of each are held, however long the table is.

    Args:
        place: a file `.jsonl`, `.ndjson`, `.csv` or `.tsv` (each also with `.gz`) or `.parquet`; or a data
            set on the Hugging Face hub, as `Lots-of-LoRAs/task022_cosmosqa_passage_inappropriate_binary`, or
            a folder in its form.
        input: the column of inputs.
        output: the column of answers; of a list the first is the answer, the others are right too.
        task: the column with the task's name; without it the whole table is one task.
        name: of that one task; without it the place's name.
        description: a description of every task.
        descriptions: JSON Lines of `task` and `descriptions`.
        split: what the tasks are for; without it `report` for a part called test, `selection` for validation,
            else `train`.
        licence: of the rows.
        max_rows: rows held of each task, from the first on.
        part: of a data set, its split.
        config: of a data set, its configuration.
        revision: of a data set on the hub, a commit or branch.
    """
    rows = table_rows(place) if place.is_file() else _hub_rows(str(place), part, config, revision)
    return _collect(rows, place.name.partition(".")[0], {**locals(), "of_hub": not place.is_file()})


def _collect(rows: Iterable[Row], default: str, options: dict[str, Any]) -> Reading:
    limit, reading = count_option("max_rows", options["max_rows"]), Reading()
    texts = read_descriptions(options["descriptions"], reading)
    pairs_of: dict[str, list[Pair]] = {}
    count = 0
    for where, row in rows:
        count += 1
        columns = [column for column in (options["input"], options["output"], options["task"]) if column]
        if missing := [column for column in columns if column not in row]:
            raise ValueError(
                f"{where} has no column '{missing[0]}'; its columns are: {', '.join(map(str, row))}"
            )
        of = pairs_of.setdefault(
            str(row[options["task"]]) if options["task"] else options["name"] or default, []
        )
        if len(of) < limit:
            of.append(_pair(row[options["input"]], row[options["output"]]))
        else:
            reading.left_out["beyond max_rows"] += 1
    reading.rows[default] = count
    for name, pairs in pairs_of.items():
        own = texts.get(name, ()) or ((options["description"],) if options["description"] else ())
        unique = reading.unique(pairs)
        if not unique:
            raise ValueError(f"task {name} of {default} has no row with an input and an output")
        usual: dict[str, Split] = {"test": "report", "validation": "selection"} if options["of_hub"] else {}
        split: Split = options["split"] or usual.get(options["part"], "train")
        licence = options["licence"]
        reading.tasks.append(
            Task(name=name, pairs=unique, descriptions=own, split=split, licence=licence, source=default)
        )
    if not reading.tasks:
        raise ValueError(f"{default} has no rows")
    return reading


def _pair(source: Any, target: Any) -> Pair:
    texts = [_text(one) for one in target] if isinstance(target, list) else [_text(target)]
    first, *others = dict.fromkeys(text for text in texts if text) or ("",)
    return Pair(_text(source), first, tuple(others))


def _text(value: Any) -> str:
    """A value as text; what stands for no value is empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).encode("utf-8", "replace").decode().strip()  # half of a surrogate pair is no letter


def table_rows(file: Path) -> Iterator[Row]:
    """The rows of a file, one at a time; ValueError for another kind of file, or a row without fields."""
    kinds = [suffix for suffix in file.suffixes if suffix != ".gz"]
    kind = kinds[-1] if kinds else ""
    if kind in (".jsonl", ".ndjson"):
        return ((f"{file}, line {number}", row) for number, row in json_lines(file))
    if kind in (".csv", ".tsv"):
        return _csv_rows(file, "\t" if kind == ".tsv" else ",")
    if kind == ".parquet":
        return _parquet_rows(file)
    raise ValueError(f"{file} is no table that is read here; it may end in {', '.join(TABLES)}")


def _csv_rows(file: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)
    with open_text(file) as handle:
        reader = csv.DictReader(handle, delimiter=delimiter, strict=True)
        try:
            if len(set(names := reader.fieldnames or ())) < len(names):
                raise ValueError(f"{file} names a column twice in its first line: {', '.join(names)}")
            for row in reader:
                if None in row or None in row.values():
                    raise ValueError(
                        f"{file}, line {reader.line_num} has more or fewer fields than the first line names"
                    )
                yield f"{file}, line {reader.line_num}", row
        except csv.Error as error:
            raise ValueError(
                f"{file}, after line {reader.line_num}, is not readable as CSV: {error}"
            ) from error


def _parquet_rows(file: Path) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise RuntimeError("Parquet files need the package pyarrow: pip install 'zhyper[data]'") from error
    try:
        number = 0
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"{file}, row {number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{file} is not readable as Parquet: {error}") from error


def _hub_rows(ref: str, part: str, config: str, revision: str) -> Iterator[Row]:
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise RuntimeError(
            "data sets of the hub need the package datasets: pip install 'zhyper[data]'"
        ) from error
    try:
        rows = load_dataset(ref, config or None, split=part, revision=revision or None, streaming=True)
        for number, row in enumerate(rows, 1):
            yield f"{ref}, row {number} of {part}", dict(row)
    except (OSError, ValueError, json.JSONDecodeError) as error:
        raise RuntimeError(f"data set '{ref}' could not be read: {str(error).splitlines()[0]}") from error
