"""Contamination: rows of training tasks that share a run of words with a benchmark's.

Text-to-LoRA and Zhyper remove such tasks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zhyper.data._collection import Task
from zhyper.data._reading import read_json
from zhyper.data._table_files import TABLES, table_rows

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""A word; of scripts that put no space between words a letter."""


def words_of(text: str) -> list[str]:
    """The words of a text, whatever their case, their accents' encoding, and what stands between them."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def runs(text: str, length: int) -> Iterator[int]:
    """A hash of every run of `length` words."""
    words = words_of(text)
    for start in range(len(words) - length + 1):
        yield hash(" ".join(words[start : start + length]))


@dataclass
class Benchmarks:
    """The runs of words in benchmarks' rows, and which benchmarks have each."""

    length: int = 10
    """Words of a run."""
    names: dict[int, set[str]] = field(default_factory=dict)

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
    """What each task but those to report on shares with the benchmarks, in an input or its answer."""
    for task in tasks:
        if task.split == "report":
            continue
        shared: dict[str, int] = {}
        inputs = []
        for pair in task.pairs:
            names = benchmarks.sharing(pair.input) | benchmarks.sharing(pair.output)
            if names:
                inputs.append(pair.input)
            for name in names:
                shared[name] = shared.get(name, 0) + 1
        yield Contamination(
            task.name, len(task.pairs), dict(sorted(shared.items())), tuple(dict.fromkeys(inputs))
        )


def benchmark_texts(place: Path) -> Iterator[tuple[str, list[str]]]:
    """The texts of each benchmark in a file or folder of tables or JSON: each text of each row.

    A benchmark has the name of the file's folder, or of the file where it lies in `place` itself.
    """
    files = (
        [place] if place.is_file() else sorted(f for f in place.rglob("*") if f.name.lower().endswith(TABLES))
    )
    if not files:
        raise ValueError(
            f"{place} holds no file with the rows of a benchmark; it may end in {', '.join(TABLES)}"
        )
    for file in files:
        rows = read_json(file) if file.suffix.lower() == ".json" else [row for _, row in table_rows(file)]
        yield (
            file.name.partition(".")[0] if file.parent == place or file == place else file.parent.name,
            list(_texts(rows)),
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def exclusions(contaminations: Iterable[Contamination], words: int, whole: float) -> dict[str, Any]:
    """What to leave out: inputs by task, and tasks with a greater share of such inputs than `whole`."""
    sharing = [c for c in contaminations if c.shared]
    return {
        "words": words,
        "tasks": {c.task: {"rows": c.rows, "sharing": len(c.inputs), "with": c.shared} for c in sharing},
        "whole": [c.task for c in sharing if c.share > whole],
        "inputs": {c.task: list(c.inputs) for c in sharing},
    }


def read_exclusions(file: Path) -> dict[str, Any]:
    """What a file lists to leave out, as `exclusions` or `leaking` gives it; ValueError if it is none."""
    listed = read_json(file)
    named = [listed.get(name, {}) for name in ("inputs", "descriptions")] if isinstance(listed, dict) else []
    lists = (
        [listed.get("whole"), *(texts for of in named if isinstance(of, dict) for texts in of.values())]
        if named
        else [None]
    )
    if not all(isinstance(of, dict) for of in named) or not all(isinstance(one, list) for one in lists):
        raise ValueError(
            f"{file} is not a list of what to leave out, as 'zhyper data decontaminate' or 'check' writes it"
        )
    return {"inputs": {}, "descriptions": {}, **listed}


def without(tasks: Sequence[Task], listed: Mapping[str, Any]) -> list[Task]:
    """The tasks less what is listed, as `exclusions` or `leaking` gives it; tasks left empty are left out.

    Raises:
        ValueError: something is listed, but of none of these tasks.
    """
    whole, inputs, texts = (
        set(listed["whole"]),
        *({t: set(of) for t, of in listed[name].items()} for name in ("inputs", "descriptions")),
    )
    named = {*whole, *inputs, *texts}
    if named and not named & {task.name for task in tasks}:
        raise ValueError(
            f"what is to be left out is of other tasks ({min(named)} and so on) than those that came"
        )
    rest = []
    for task in tasks:
        left = texts.get(task.name, set())
        descriptions = tuple(text for text in task.descriptions if text not in left)
        pairs = tuple(pair for pair in task.pairs if pair.input not in inputs.get(task.name, ()))
        pairs = tuple(
            replace(pair, descriptions=tuple(text for text in pair.descriptions if text not in left))
            for pair in pairs
        )
        if not descriptions:
            pairs = tuple(pair for pair in pairs if pair.descriptions)
        if pairs and task.name not in whole:
            rest.append(replace(task, pairs=pairs, descriptions=descriptions))
    return rest
