"""What is evaluated: rows of benchmarks as questions, in groups that share their descriptions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from zhyper.data import (
    BENCHMARKS,
    COMMUNITIES,
    REGIONS,
    benchmark_files,
    country_of,
    culture_files,
    culture_texts,
    place_of,
    read_descriptions,
    read_source,
    table_rows,
)
from zhyper.evaluate._templates import Asked, ask

Protocol = Literal["generate", "loglikelihood"]
"""How a model is asked: it writes an answer that is read, or the likelihood of each answer is compared. Never both in one table."""


@dataclass(frozen=True)
class Question:
    """What one point is given for: its key within the group, where its row is, and what is asked; all of it must be right."""

    key: str
    number: int
    """The row's number in its file, from 0."""
    asked: tuple[Asked, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Questions that are asked under the same descriptions: a benchmark, a country of one, or a task."""

    benchmark: str
    name: str
    subject: str
    """What the descriptions are of; another subject's are mismatched."""
    questions: tuple[Question, ...]
    descriptions: tuple[str, ...]
    seen: bool
    """Whether the generator was trained on this subject."""
    region: str = ""
    file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How much is evaluated, and of what.

    Raises:
        ValueError: a number below 1.
    """

    folder: Path
    rows: int | None = None
    """Questions of a group; None for all."""
    texts: int | None = None
    """Descriptions of a group; None for all that there are."""
    descriptions: str = ""
    """JSON Lines of `task` and `descriptions` that stand in for the usual ones."""
    only: tuple[str, ...] = ()
    """Benchmarks; none named stands for all of the suite."""
    seed: int = 0
    trained: tuple[str, ...] = ()
    """Names of the tasks that the generator was trained on."""

    def __post_init__(self) -> None:
        for name in ("rows", "texts"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} came as {value}, but wants at least 1")

    def drawn(self, group: str, keys: Collection[str]) -> list[str]:
        """Which keys of a group are asked: drawn by the hash of seed and key, so they do not depend on the others."""
        order = sorted(keys, key=lambda key: hashlib.sha256(f"{self.seed}\n{group}\n{key}".encode()).digest())
        return order[: self.rows]


SUBJECTS = {"arc_challenge": "science", "arc_easy": "science", "openbookqa": "science", "humaneval": "programming", "mbpp": "programming"}
"""Benchmarks whose descriptions would fit each other; another's is no mismatch."""
WITHIN = {"Assam": "India", "West Java": "Indonesia", "Northern Nigeria": "Nigeria"}
"""Parts of countries."""


def read_benchmarks(wanted: Wanted) -> list[Group]:
    """The ten benchmarks of Text-to-LoRA and Zhyper, a group each."""
    texts = BENCHMARKS | read_descriptions(wanted.descriptions)
    groups = []
    for name, (file, *more) in benchmark_files(wanted.folder).items():
        if wanted.only and name not in wanted.only:
            continue
        if more:
            raise ValueError(f"{name} has several files to report on, {file.name} and {more[0].name}; keep one")
        rows = {f"{file.stem}/{i}": (i, row) for i, (_, row) in enumerate(table_rows(file))}
        chosen = [(key, *rows[key]) for key in wanted.drawn(name, rows)]
        questions = tuple(Question(key, number, (ask(name, row, wanted.seed),)) for key, number, row in chosen)
        subject = SUBJECTS.get(name, name)
        group = Group(benchmark=name, name=name, subject=subject, questions=questions, descriptions=texts[name], seen=False, file=file)
        groups.append(group)
    return groups


LIKELIHOOD = ("arc_challenge", "arc_easy", "boolq", "hellaswag", "openbookqa", "piqa", "winogrande")
"""Benchmarks whose answers are choices."""


def read_choices(wanted: Wanted) -> list[Group]:
    """Those benchmarks whose answers are choices, to be asked by log-likelihood."""
    return [group for group in read_benchmarks(wanted) if group.benchmark in LIKELIHOOD]


def read_cultures(wanted: Wanted, names: Sequence[str]) -> list[Group]:
    """Benchmarks of cultures, a group for each country of each."""
    texts = {place_of(name): found for name, found in read_descriptions(wanted.descriptions).items()}
    seen = {COMMUNITIES[name]["place"] for task in wanted.trained if (name := task.removeprefix("askx/")) in COMMUNITIES}
    regions = {place: region for region, places in reversed(REGIONS.items()) for place in places}
    seen |= {place for region, places in REGIONS.items() if region in seen for place in places}
    found: dict[tuple[str, str], dict[str, list[tuple[int, Mapping[str, Any]]]]] = {}
    for name, files in culture_files(wanted.folder).items():
        if name not in names or (wanted.only and name not in wanted.only):
            continue
        for file in files:
            for number, (_, row) in enumerate(table_rows(file)):
                if name == "blend" and not row.get("answers"):
                    continue  # nobody there gave an answer, so none is right
                of = found.setdefault((name, country_of(file, row)), {})
                of.setdefault(_key(name, row, number), []).append((number, row))
    groups = []
    for (name, country), rows in sorted(found.items()):
        place = place_of(country)
        chosen = wanted.drawn(f"{name}/{country}", rows)
        questions = [Question(key, rows[key][0][0], tuple(ask(name, row, wanted.seed) for _, row in rows[key])) for key in chosen]
        groups.append(
            Group(
                benchmark=name,
                name=f"{name}/{country}",
                subject=WITHIN.get(place, place),
                questions=tuple(questions),
                descriptions=texts.get(place) or culture_texts(country),
                seen=place in seen or WITHIN.get(place) in seen,
                region=regions.get(place, ""),
            )
        )
    return groups


def _key(name: str, row: Mapping[str, Any], number: int) -> str:
    """What a point is given for: a row, but of CulturalBench-Hard the four statements of a question."""
    return str(row["question_idx"] if name == "culturalbench_hard" else row.get("data_idx") or row.get("id") or number)


def read_sni(wanted: Wanted) -> list[Group]:
    """Super-NaturalInstructions, a group for each task: tasks not trained on, and the test parts of those that were."""
    option = f"?descriptions={wanted.descriptions}" if wanted.descriptions else ""
    groups = []
    for task in read_source(f"sni:{wanted.folder}{option}").tasks:
        pairs = {f"{i}": (i, pair) for i, pair in enumerate(task.pairs) if task.split == "report" or pair.reported}
        if not pairs or (wanted.only and task.name not in wanted.only):
            continue
        chosen = [(key, *pairs[key]) for key in wanted.drawn(task.name, pairs)]
        questions = tuple(Question(key, number, (ask("sni", {"pair": pair}),)) for key, number, pair in chosen)
        seen = task.name in wanted.trained
        groups.append(
            Group(benchmark="sni", name=task.name, subject=task.name, questions=questions, descriptions=task.descriptions, seen=seen)
        )
    return groups


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Benchmarks that stand in one table."""

    protocol: Protocol
    read: Callable[[Wanted], list[Group]]
    texts: int
    """Descriptions of a group, unless more or fewer are wanted."""
    average: bool = False
    """Whether a mean over the benchmarks says something."""
    sampled: bool = False
    """Whether countries or tasks stand for others like them, so that intervals draw these too, and not rows within them alone."""
    pooled: bool = False
    """Whether the rows of all groups of a benchmark count alike, as the questions of CulturalBench do; else groups count alike."""


SUITES: dict[str, Suite] = {
    "benchmarks": Suite(protocol="generate", read=read_benchmarks, texts=3, average=True),
    "choices": Suite(protocol="loglikelihood", read=read_choices, texts=3, average=True),
    "culture": Suite(
        protocol="generate",
        read=lambda wanted: read_cultures(wanted, ("culturalbench_easy", "culturalbench_hard", "blend")),
        texts=12,
        pooled=True,
    ),
    "opinions": Suite(protocol="loglikelihood", read=lambda wanted: read_cultures(wanted, ("globalopinionqa",)), texts=12, sampled=True),
    "sni": Suite(protocol="generate", read=read_sni, texts=3, sampled=True),
}
"""What can be evaluated, by name; each has one protocol."""


def _texts_in(file: str) -> set[str]:
    return {text for texts in read_descriptions(file).values() for text in texts}


def read_suite(name: str, wanted: Wanted) -> list[Group]:
    """The groups of a suite with as many descriptions as are wanted; ValueError for a name, folder or row that is wrong."""
    if name not in SUITES:
        raise ValueError(f"'{name}' is no suite; the suites are: {', '.join(SUITES)}")
    suite = SUITES[name]
    groups = suite.read(wanted)
    known = {group.benchmark for group in groups} | {group.name for group in groups}
    if groups and (missing := [one for one in wanted.only if one not in known]):
        has = ", ".join(sorted(known))
        raise ValueError(f"the suite '{name}' has no '{missing[0]}' in {wanted.folder}; of those asked for it has {has}")
    if wanted.descriptions and groups and not {text for group in groups for text in group.descriptions} & _texts_in(wanted.descriptions):
        raise ValueError(f"{wanted.descriptions} holds descriptions of none of what is asked ({groups[0].name} and so on)")
    if not groups:
        raise ValueError(f"the suite '{name}' finds nothing to ask in {wanted.folder} ({', '.join(wanted.only) or 'all benchmarks'})")
    count = wanted.texts or suite.texts
    return [Group(**{**vars(group), "descriptions": group.descriptions[:count]}) for group in groups]
