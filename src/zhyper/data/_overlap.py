"""Contamination: rows of training tasks that share a run of words with a benchmark's (Text-to-LoRA and Zhyper remove such tasks)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from zhyper.data._collection import Task
from zhyper.data._reading import json_lines, read_json

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
    """How many inputs of a task share a run of words with each benchmark, and which they are."""

    task: str
    rows: int
    shared: dict[str, int]
    inputs: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the task's rows that share a run with any benchmark."""
        return len(self.inputs) / self.rows


def contaminations(tasks: Iterable[Task], benchmarks: Benchmarks) -> Iterator[Contamination]:
    """What each task shares with the benchmarks, in its inputs."""
    for task in tasks:
        shared: dict[str, int] = {}
        inputs = []
        for pair in task.pairs:
            found = benchmarks.sharing(pair.input)
            if found:
                inputs.append(pair.input)
            for name in found:
                shared[name] = shared.get(name, 0) + 1
        yield Contamination(task.name, len(task.pairs), dict(sorted(shared.items())), tuple(dict.fromkeys(inputs)))


def benchmark_texts(place: Path) -> Iterator[tuple[str, list[str]]]:
    """The texts of each benchmark in a file or folder of JSON Lines or JSON: of every row all its texts, each by itself.

    A benchmark has the name of the file's folder, or of the file where it lies in `place` itself.
    """
    files = [place] if place.is_file() else sorted(f for kind in ("*.jsonl", "*.json") for f in place.rglob(kind))
    if not files:
        raise ValueError(f"{place} holds no .jsonl or .json file with the rows of a benchmark")
    for file in files:
        if file.suffix not in (".jsonl", ".json"):
            raise ValueError(f"{file} is neither .jsonl nor .json, which is what benchmarks' rows are read from")
        rows = [row for _, row in json_lines(file)] if file.suffix == ".jsonl" else read_json(file)
        yield file.stem if file.parent == place or file == place else file.parent.name, list(_texts(rows))


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
    """The tasks less what a file of `exclusions` lists; ValueError if it is none."""
    listed = read_json(file)
    try:
        whole, inputs = set(listed["whole"]), {name: set(found) for name, found in listed["inputs"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} is not a list of what to leave out, as 'zhyper data decontaminate' writes it") from error
    kept = []
    for task in tasks:
        pairs = tuple(pair for pair in task.pairs if pair.input not in inputs.get(task.name, ()))
        if pairs and task.name not in whole:
            kept.append(replace(task, pairs=pairs))
    return kept
