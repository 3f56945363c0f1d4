"""Tasks and collections of tasks: what is trained, what is chosen on, what is reported, never mixed.

A collection is a folder with one JSON file per task:

    {"name": str, "pairs": [{"input": str, "output": str, "also": [str, ...], "descriptions": [str, ...]}],
    "descriptions": [str, ...], "licence": str, "split": "train" | "selection" | "report", "source": str,
    "unordered": bool, "selection": float, "report": float, "weight": float}

`also` lists further right answers; a pair's `descriptions` stand in for the task's; `unordered` says that an
answer is a list whose order does not count; `selection` and `report` are the shares of a train task's inputs
that are kept for these splits; `weight` says how often rows of the task are drawn, against those of others.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from zhyper import arguments
from zhyper.files import replacing

Split = Literal["train", "selection", "report"]
"""What tasks, descriptions and inputs are for: training, choosing between trained models, reporting once."""


@dataclass(frozen=True)
class Pair:
    """One input and its answer.

    `also` are further right answers; `reported` keeps the input for the report split.
    """

    input: str
    output: str
    also: tuple[str, ...] = ()
    reported: bool = False
    descriptions: tuple[str, ...] = ()
    """Of this pair alone, in place of the task's; they go where its input goes."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task: pairs, descriptions of it, and what it may be used for."""

    name: str
    pairs: tuple[Pair, ...]
    descriptions: tuple[str, ...]
    split: Split = "train"
    licence: str = "unknown"
    source: str = ""
    unordered: bool = False
    selection: float = 0.05
    """Share of the inputs that a task to train on keeps for selection."""
    report: float = 0.10
    """Share of the inputs that a task to train on keeps for reporting."""
    weight: float = 1.0
    """How often rows of the task are drawn, against those of others."""

    def __post_init__(self) -> None:
        if fault := fault_of_name(self.name):
            raise ValueError(fault)
        arguments.texts(f"descriptions of task {self.name}", self.descriptions)
        if not self.pairs:
            raise ValueError(f"task {self.name} has no pairs; give it at least one input with its output")
        if not self.descriptions and not all(pair.descriptions for pair in self.pairs):
            raise ValueError(
                f"task {self.name} has no descriptions; give it at least one, or one to each of its pairs"
            )
        texts = [*self.descriptions, *(text for pair in self.pairs for text in pair.descriptions)]
        if not all(text.strip() for text in texts):
            raise ValueError(f"task {self.name} has a description that is blank; leave it out")
        if not 0 < self.weight < float("inf"):
            raise ValueError(f"task {self.name} has the weight {self.weight}, but expects a number above 0")
        if self.split not in get_args(Split):
            raise ValueError(
                f"task {self.name} has the split '{self.split}', but the splits are: "
                f"{', '.join(get_args(Split))}"
            )
        if not (0 <= self.selection and 0 <= self.report and self.selection + self.report < 1):
            raise ValueError(
                f"task {self.name} keeps the shares {self.selection} and {self.report}, but together they "
                "must be below 1"
            )


def fault_of_name(task: str) -> str:
    """What is wrong with a task's name; empty where nothing is."""
    if not task.strip():
        return "a task has no name; give it one"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in task):
        return (
            f"the task's name {task[:40]!r} makes no file name; give it one without line breaks, tabs and "
            "other control characters"
        )
    return ""


def share(kind: str, text: str) -> float:
    """A number from 0 to 1 that depends on the text alone, whatever its case and outer spaces."""
    digest = hashlib.sha256(f"{kind}\n{' '.join(text.split()).lower()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(frozen=True)
class Rows:
    """The part of a task that one split may read."""

    task: Task
    pairs: tuple[Pair, ...]
    descriptions: tuple[str, ...]

    def cues(self, pair: Pair) -> tuple[str, ...]:
        """The texts that one of the pairs is asked under: its own, the task's, or, without any, its input."""
        return pair.descriptions or self.descriptions or (pair.input,)

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that the pairs are asked under, each once."""
        own = [text for pair in self.pairs for text in pair.descriptions]
        return tuple(dict.fromkeys([*self.descriptions, *own]))


class Collection:
    """Tasks under one rule of splitting.

    A task of the report or selection split serves that split alone. Of a train task, each description and
    each input is for one split, by a hash of its text alone: 20 % of the descriptions are for reporting and
    10 % for selection (never all of a task's), 10 % and 5 % of the inputs, unless the task says otherwise. So
    an input kept from one task is not trained in a sibling, and a description added later moves no other (but
    the one that a task had left to train on). Inputs that a source marks as its test part are always
    reported. The kept inputs of a task are asked under its kept descriptions: without any, as of a single
    one, nobody does.

    Args:
        tasks: with pairwise different names.
        notes: sentences on their sources that a user is to see: rows that are in no task, what was decided.
    """

    def __init__(self, tasks: Iterable[Task], notes: Iterable[str] = ()) -> None:
        self.tasks, self.notes = tuple(tasks), tuple(notes)
        names = [task.name for task in self.tasks]
        if not names:
            raise ValueError("the collection holds no task; name at least one source of tasks")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the collection holds two tasks called {', '.join(twice)}; names must differ")
        self._reported = {share("input", p.input) for task in self.tasks for p in task.pairs if p.reported}

    def rows(self, tasks: Split, descriptions: Split, inputs: Split) -> list[Rows]:
        """The tasks of one split with their descriptions and inputs of (for train tasks) further splits.

        Tasks that are not for training show all of their inputs and descriptions. Tasks left empty are passed
        over.
        """
        rows = []
        for task in self.tasks:
            if task.split != tasks:
                continue
            pairs, texts = task.pairs, task.descriptions
            if tasks == "train":
                pairs, texts = self._pairs(task, inputs), self._descriptions(task, descriptions)
            if not texts:
                pairs = tuple(pair for pair in pairs if pair.descriptions)
            if pairs:
                rows.append(Rows(task, pairs, texts))
        return rows

    def part(self, task: Task, split: Split) -> Rows:
        """What of a task one split holds, pairs and descriptions each by itself; either may be empty."""
        if task.split != "train":
            return Rows(task, task.pairs, task.descriptions) if task.split == split else Rows(task, (), ())
        return Rows(task, self._pairs(task, split), self._descriptions(task, split))

    def _pairs(self, task: Task, split: Split) -> tuple[Pair, ...]:
        return tuple(pair for pair in task.pairs if self._input_split(task, pair.input) == split)

    def _descriptions(self, task: Task, split: Split) -> tuple[str, ...]:
        return descriptions_of(tuple(task.descriptions), split)

    def fingerprint(self) -> str:
        """SHA-256 over every task: pairs, descriptions, split, and shares and weight if not the defaults."""
        total = hashlib.sha256()
        usual = {
            field.name: field.default
            for field in fields(Task)
            if field.name in ("selection", "report", "weight")
        }
        for task in sorted(self.tasks, key=lambda t: t.name):
            values = {
                name: value
                for name, value in asdict(task).items()
                if name not in usual or value != usual[name]
            }
            for pair in values["pairs"]:
                if not pair["descriptions"]:
                    del pair["descriptions"]
            for piece in json.JSONEncoder(sort_keys=True).iterencode(
                values
            ):  # piece by piece: a task may be large
                total.update(piece.encode())
        return total.hexdigest()

    def _input_split(self, task: Task, text: str) -> Split:
        part = share("input", text)
        if part in self._reported or part < task.report:
            return "report"
        return "selection" if part < task.report + task.selection else "train"


@lru_cache(4096)
def descriptions_of(descriptions: tuple[str, ...], split: Split) -> tuple[str, ...]:
    """Those of a train task's descriptions that are for a split; at least one is to train on."""
    shares = [share("description", text) for text in descriptions]
    highest = max(shares, default=0.0)

    def split_of(part: float) -> Split:
        if part >= 0.3 or part == highest:
            return "train"
        return "report" if part < 0.2 else "selection"

    return tuple(text for text, part in zip(descriptions, shares, strict=True) if split_of(part) == split)


def training_pairs(collection: Collection) -> list[Task]:
    """The tasks with the pairs that a writer of descriptions may see: of a train task its training pairs."""
    tasks = []
    for task in collection.tasks:
        pairs = task.pairs if task.split != "train" else collection.part(task, "train").pairs
        tasks.append(replace(task, pairs=pairs or task.pairs[:1]))
    return tasks


def file_name(task: str) -> str:
    """A task's name as that of a file or folder: with a dot for a slash."""
    name = task.replace("/", ".")
    if len(name.encode()) > 200 or "\0" in name:
        raise ValueError(
            f"the task's name '{name[:40]}…' makes no file name; give it one of at most 200 bytes, without "
            "null bytes"
        )
    return name


CARD = "README.md"


def save_collection(tasks: Sequence[Task], folder: Path, card: str = "# Collection of tasks\n") -> None:
    """Write each task as a JSON file of `folder`, with a card; replaces a collection, and nothing else."""
    names = Counter(file_name(task.name) for task in tasks)
    if twice := [task.name for task in tasks if names[file_name(task.name)] > 1]:
        raise ValueError(f"the tasks {' and '.join(twice)} would share a file; rename one")
    with replacing(folder, _is_ours) as scratch:
        for task in tasks:
            with (scratch / f"{file_name(task.name)}.json").open("w", encoding="utf-8") as handle:
                handle.writelines(json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(asdict(task)))
                handle.write("\n")
        (scratch / CARD).write_text(card, encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    """Whether a folder is a collection, and nothing else."""
    card = folder / CARD
    files = all(file.name == CARD or file.suffix == ".json" for file in folder.iterdir())
    return files and card.is_file() and card.read_text(encoding="utf-8").startswith("# Collection of tasks")


def read_collection(folder: Path) -> list[Task]:
    """The tasks of a collection folder; ValueError names the file that is not a task."""
    tasks = []
    for file in sorted(folder.glob("*.json")):
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            _check_keys(values, Task, "the task", ("name", "pairs", "descriptions"))
            pairs = tuple(_pair(pair, number) for number, pair in enumerate(values.pop("pairs"), 1))
            texts = _texts(values.pop("descriptions"), "descriptions")
            _texts(
                [values.get("name"), values.get("licence", ""), values.get("source", "")],
                "name, licence and source",
            )
            tasks.append(Task(**{**values, "pairs": pairs, "descriptions": texts}))
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RecursionError,
            UnicodeDecodeError,
            json.JSONDecodeError,
        ) as error:
            raise ValueError(
                f"{file} is not a task: {error}; a task has a name, pairs of input and output, and "
                "descriptions"
            ) from error
    if not tasks:
        raise ValueError(f"no task in {folder}: it holds no .json file")
    return tasks


def _check_keys(values: Any, kind: type[Task] | type[Pair], what: str, needed: Sequence[str]) -> None:
    """Raise an error that names a key which is unknown or missing."""
    if not isinstance(values, dict):
        raise TypeError(f"{what} is no JSON object")
    names = [field.name for field in fields(kind)]
    if unknown := [key for key in values if key not in names]:
        raise ValueError(
            f"{what} has the unknown key '{unknown[0]}', where the known ones are {', '.join(names)}"
        )
    if missing := [key for key in needed if key not in values]:
        raise ValueError(f"{what} lacks the key '{missing[0]}'")


def _texts(values: Any, what: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise TypeError(
            f"{what} must be a list of texts" if what in ("descriptions", "also") else f"{what} must be texts"
        )
    return tuple(values)


def _pair(values: Any, number: int) -> Pair:
    _check_keys(values, Pair, f"pair {number}", ("input", "output"))
    _texts([values.get("input"), values.get("output")], f"input and output of pair {number}")
    lists = {name: _texts(values.get(name, []), name) for name in ("also", "descriptions")}
    return Pair(**{**values, **lists})


def assign(tasks: Iterable[Task], splits: dict[Split, list[str]]) -> list[Task]:
    """The tasks with the split that lists their name; all others are for training."""
    of = {name: split for split, names in splits.items() for name in names}
    return [replace(task, split=of.get(task.name, "train")) for task in tasks]
