"""Contamination: rows of training tasks that share a run of words with a benchmark's (Text-to-LoRA and Zhyper remove such tasks)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from zhyper.data._collection import Task
from zhyper.data._reading import read_json
from zhyper.data._tables import TABLES, table_rows

WORD = re.compile(r"\w+")


def runs(text: str, length: int) -> Iterator[bytes]:
    """A digest of every run of `length` words, whatever their case and what stands between them."""
    words = WORD.findall(text.lower())
    for start in range(len(words) - length + 1):
        yield blake2b(" ".join(words[start : start + length]).encode(), digest_size=8).digest()


@dataclass
class Benchmarks:
    """The runs of words in benchmarks' rows, and which benchmarks have each."""

    length: int = 10
    """Words of a run."""
    names: dict[bytes, set[str]] = field(default_factory=dict)

    def add(self, name: str, texts: Iterable[str]) -> None:
        """Take the rows of a benchmark."""
        for text in texts:
            for run in runs(text, self.length):
                self.names.setdefault(run, set()).add(name)

    def sharing(self, text: str) -> set[str]:
        """The benchmarks that a text shares a run of words with."""
        return set().union(*(self.names.get(run, ()) for run in runs(text, self.length)))


@dataclass(frozen=True)
class Contamination:
    """How many rows of a task share a run of words with each benchmark, and the inputs of these rows."""

    task: str
    rows: int
    shared: dict[str, int]
    inputs: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the task's rows that share a run with any benchmark."""
        return len(self.inputs) / self.rows


def contaminations(tasks: Iterable[Task], benchmarks: Benchmarks) -> Iterator[Contamination]:
    """What each task shares with the benchmarks, in an input or its answer."""
    for task in tasks:
        shared: dict[str, int] = {}
        inputs = []
        for pair in task.pairs:
            found = benchmarks.sharing(pair.input) | benchmarks.sharing(pair.output)
            if found:
                inputs.append(pair.input)
            for name in found:
                shared[name] = shared.get(name, 0) + 1
        yield Contamination(task.name, len(task.pairs), dict(sorted(shared.items())), tuple(dict.fromkeys(inputs)))


def benchmark_texts(place: Path) -> Iterator[tuple[str, list[str]]]:
    """The texts of each benchmark in a file or folder of tables or JSON: of every row all its texts, each by itself.

    A benchmark has the name of the file's folder, or of the file where it lies in `place` itself.
    """
    files = [place] if place.is_file() else sorted(f for f in place.rglob("*") if any(f.name.endswith(kind) for kind in (".json", *TABLES)))
    if not files:
        raise ValueError(f"{place} holds no file with the rows of a benchmark; it may end in .json, {', '.join(TABLES)}")
    for file in files:
        rows = read_json(file) if file.suffix == ".json" else [row for _, row in table_rows(file)]
        yield file.name.partition(".")[0] if file.parent == place or file == place else file.parent.name, list(_texts(rows))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def exclusions(found: Iterable[Contamination], words: int, whole: float) -> dict[str, Any]:
    """What to leave out, as plain values: inputs by task, and whole tasks with a greater share of such inputs than `whole`."""
    found = [c for c in found if c.shared]
    return {
        "words": words,
        "tasks": {c.task: {"rows": c.rows, "sharing": len(c.inputs), "with": c.shared} for c in found},
        "whole": [c.task for c in found if c.share > whole],
        "inputs": {c.task: list(c.inputs) for c in found},
    }


def without(tasks: Iterable[Task], file: Path) -> list[Task]:
    """The tasks less what a file lists, as `exclusions` or `leaking` gives it; ValueError if it is none. Tasks left empty are left out."""
    listed = read_json(file)
    try:
        whole, inputs = set(listed["whole"]), {name: set(found) for name, found in listed["inputs"].items()}
        texts = {name: set(found) for name, found in listed.get("descriptions", {}).items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} is not a list of what to leave out, as 'zhyper data decontaminate' or 'check' writes it") from error
    kept = []
    for task in tasks:
        pairs = tuple(pair for pair in task.pairs if pair.input not in inputs.get(task.name, ()))
        descriptions = tuple(text for text in task.descriptions if text not in texts.get(task.name, ()))
        if pairs and descriptions and task.name not in whole:
            kept.append(replace(task, pairs=pairs, descriptions=descriptions))
    return kept
