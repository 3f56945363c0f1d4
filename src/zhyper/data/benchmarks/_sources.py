"""Benchmarks as sources of tasks, to report on and never to train on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhyper.data._collection import Pair, Task
from zhyper.data._communities import COMMANDS, COMMUNITIES, EVALUATION_COMMANDS, place_of
from zhyper.data._reading import Reading, read_descriptions
from zhyper.data._shipped import shipped
from zhyper.data._table_files import table_rows
from zhyper.data._values import text_of
from zhyper.data.benchmarks._table import BENCHMARKS

REGIONS: dict[str, list[str]] = shipped("cultures.json")["regions"]
"""The places of each region: those of CulturalBench as Zhyper groups them (table 19), and those of other
benchmarks of cultures."""


def read_benchmarks(folder: Path, descriptions: str = "") -> Reading:
    """The benchmarks of language models, from JSON Lines in a folder for each: ARC, BoolQ, GSM8K and so on.

    A question with choices is asked with letters, and answered by one. Files whose name says `train` or
    `rest` are for solved examples in prompts and are passed over.

    Args:
        folder: holds `arc_easy/`, `boolq/` and so on.
        descriptions: JSON Lines of `task` and `descriptions`; without it each has three of its own.
    """
    reading = Reading()
    texts = read_descriptions(descriptions, reading)
    for name, files in benchmark_files(folder).items():
        pairs = []
        for file in sorted(folder.glob(BENCHMARKS[name].files)):
            rows = list(table_rows(file))
            reading.rows[str(file.relative_to(folder))] = len(rows)
            if file in files:
                pairs += [BENCHMARKS[name].read_pair(where, row) for where, row in rows]
            else:
                reading.left_out["of a file for solved examples"] += len(rows)
        task = Task(
            name=f"benchmarks/{name}",
            pairs=reading.unique(pairs),
            descriptions=texts.get(name, BENCHMARKS[name].descriptions),
            split="report",
            source="benchmarks",
        )
        reading.tasks.append(task)
    return reading


def read_culture_benchmarks(folder: Path, descriptions: str = "") -> Reading:
    """The benchmarks of cultures, with a task for each country and zhyper's commands as descriptions.

    An opinion question is answered by what most people chose there who gave an answer, an open one by what
    most said; further answers are right too.

    Args:
        folder: holds `CulturalBench-Easy.csv`, `culturalbench_hard_derived.jsonl`, `globalopinionqa.jsonl`
            and `blend_en/`.
        descriptions: JSON Lines of `task` (a country) and `descriptions`, which replace the usual ones.
    """
    reading, pairs = Reading(), defaultdict[tuple[str, str], list[Pair]](list)
    texts = {place_of(name): own for name, own in read_descriptions(descriptions, reading).items()}
    for name, files in benchmark_files(folder, by_country=True).items():
        for file in files:
            for number, (where, row) in enumerate(table_rows(file), 1):
                reading.rows[str(file.relative_to(folder))] = number
                pairs[name, country_of(file, row)].append(BENCHMARKS[name].read_pair(where, row))
    for (name, country), of_country in sorted(pairs.items()):
        own = texts.get(place_of(country)) or culture_texts(country)
        if unique := reading.unique(of_country):
            reading.tasks.append(
                Task(name=f"{name}/{country}", pairs=unique, descriptions=own, split="report", source=name)
            )
    return reading


def benchmark_files(folder: Path, by_country: bool = False) -> dict[str, list[Path]]:
    """The files with rows to report on of each benchmark in a folder: of language models, or of cultures.

    Raises:
        ValueError: there is none.
    """
    benchmarks = [benchmark for benchmark in BENCHMARKS.values() if benchmark.by_country == by_country]
    files = {benchmark.name: paths for benchmark in benchmarks if (paths := benchmark.paths(folder))}
    if not files:
        kind = "culture benchmark" if by_country else "benchmark"
        patterns = ", ".join(benchmark.files for benchmark in benchmarks)
        raise ValueError(f"no {kind} in {folder}; the folder is expected to hold one of: {patterns}")
    return files


def country_of(file: Path, row: Mapping[str, Any]) -> str:
    """The country that a row of a benchmark of cultures is about, as its source names it.

    ValueError for a blank one; a file without a column of countries is of the one in its name.
    """
    if "country" not in row:
        return file.stem
    country = text_of(str(file), "country", row["country"])
    if not country:
        raise ValueError(f"{file} has a row whose country is blank; name one, or leave the row out")
    return country


def culture_texts(country: str) -> tuple[str, ...]:
    """Twelve commands to answer as in a country: eight that communities are trained under, four new ones."""
    trained = [text for text in COMMANDS if "{people}" not in text][:8]
    return tuple(text.format(place=place_of(country)) for text in (*trained, *EVALUATION_COMMANDS))


def culture_of(task: Task) -> dict[str, str] | None:
    """Place, people and so on of the culture that a task is of; None for other tasks.

    A benchmark's country stands for its people too.
    """
    source, _, name = task.name.rpartition("/")
    if source == "askx" and name in COMMUNITIES:
        return {"community": name, **COMMUNITIES[name]}
    if source in BENCHMARKS and BENCHMARKS[source].by_country:
        return {"place": place_of(name), "people": place_of(name), "culture": name}
    return None
