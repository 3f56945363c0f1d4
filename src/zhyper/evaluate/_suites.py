"""Suites: which benchmarks stand in one table, and how their rows become questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
from zhyper.evaluate._questions import Group, Protocol, Question, Wanted
from zhyper.evaluate._steering import read_chat, read_steering_groups
from zhyper.evaluate._templates import ask

SUBJECTS = {
    "arc_challenge": "science",
    "arc_easy": "science",
    "openbookqa": "science",
    "humaneval": "programming",
    "mbpp": "programming",
}
"""Benchmarks whose descriptions would fit each other; another's is no mismatch."""
WITHIN = {"Assam": "India", "West Java": "Indonesia", "Northern Nigeria": "Nigeria"}
"""Parts of countries."""


def _folder(wanted: Wanted) -> Path:
    assert wanted.folder is not None, "read_suite looks that a suite has a folder where it needs one"
    return wanted.folder


def read_benchmarks(wanted: Wanted) -> list[Group]:
    """The ten benchmarks of Text-to-LoRA and Zhyper, a group each."""
    texts = BENCHMARKS | read_descriptions(wanted.descriptions)
    groups = []
    for name, (file, *more) in benchmark_files(_folder(wanted)).items():
        if wanted.only and name not in wanted.only:
            continue
        if more:
            raise ValueError(
                f"{name} has several files to report on, {file.name} and {more[0].name}; keep one"
            )
        rows = {f"{file.stem}/{i}": (i, row) for i, (_, row) in enumerate(table_rows(file))}
        chosen = [(key, *rows[key]) for key in wanted.drawn(name, rows)]
        questions = tuple(
            Question(key, number, (ask(name, row, wanted.seed),)) for key, number, row in chosen
        )
        subject = SUBJECTS.get(name, name)
        group = Group(
            benchmark=name,
            name=name,
            subject=subject,
            questions=questions,
            descriptions=texts[name],
            seen=False,
            file=file,
        )
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
    seen = {
        COMMUNITIES[name]["place"]
        for task in wanted.trained
        if (name := task.removeprefix("askx/")) in COMMUNITIES
    }
    regions = {place: region for region, places in reversed(REGIONS.items()) for place in places}
    seen |= {place for region, places in REGIONS.items() if region in seen for place in places}
    found: dict[tuple[str, str], dict[str, list[tuple[int, Mapping[str, Any]]]]] = {}
    for name, files in culture_files(_folder(wanted)).items():
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
        questions = [
            Question(key, rows[key][0][0], tuple(ask(name, row, wanted.seed) for _, row in rows[key]))
            for key in chosen
        ]
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
    return str(
        row["question_idx"]
        if name == "culturalbench_hard"
        else row.get("data_idx") or row.get("id") or number
    )


def read_sni(wanted: Wanted) -> list[Group]:
    """Super-NaturalInstructions, a group for each task: tasks not trained on, and the test parts of those that were."""
    option = f"?descriptions={wanted.descriptions}" if wanted.descriptions else ""
    groups = []
    for task in read_source(f"sni:{_folder(wanted)}{option}").tasks:
        pairs = {
            f"{i}": (i, pair) for i, pair in enumerate(task.pairs) if task.split == "report" or pair.reported
        }
        if not pairs or (wanted.only and task.name not in wanted.only):
            continue
        chosen = [(key, *pairs[key]) for key in wanted.drawn(task.name, pairs)]
        questions = tuple(
            Question(key, number, (ask("sni", {"pair": pair}),)) for key, number, pair in chosen
        )
        seen = task.name in wanted.trained
        groups.append(
            Group(
                benchmark="sni",
                name=task.name,
                subject=task.name,
                questions=questions,
                descriptions=task.descriptions,
                seen=seen,
            )
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
    kinds: bool = False
    """Whether what stands before the slash in a group's name is a kind of group, with a mean of its own."""
    shipped: bool = False
    """Whether the rows come with zhyper."""
    rows: int | None = None
    """Questions of a group, unless more or fewer are wanted; None for all."""
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
    "opinions": Suite(
        protocol="loglikelihood",
        read=lambda wanted: read_cultures(wanted, ("globalopinionqa",)),
        texts=12,
        sampled=True,
    ),
    "sni": Suite(protocol="generate", read=read_sni, texts=3, sampled=True),
    "chat": Suite(protocol="loglikelihood", read=read_chat, texts=3, shipped=True, rows=100),
    "steering": Suite(
        protocol="generate",
        read=read_steering_groups,
        texts=2,
        sampled=True,
        kinds=True,
        shipped=True,
        rows=2,
    ),
}
"""What can be evaluated, by name; each has one protocol."""


def _texts_in(file: str) -> set[str]:
    return {text for texts in read_descriptions(file).values() for text in texts}


def read_suite(name: str, wanted: Wanted) -> list[Group]:
    """The groups of a suite with as many descriptions as are wanted; ValueError for a name, folder or row that is wrong."""
    if name not in SUITES:
        raise ValueError(f"'{name}' is no suite; the suites are: {', '.join(SUITES)}")
    suite = SUITES[name]
    if wanted.folder is None and not suite.shipped:
        raise ValueError(
            f"the suite '{name}' does not come with zhyper; name the folder of its rows (--data)"
        )
    if suite.shipped and wanted.descriptions:
        raise ValueError(
            f"the suite '{name}' has descriptions of its own, and takes no others (--descriptions)"
        )
    wanted = replace(wanted, rows=wanted.rows or suite.rows)
    groups = suite.read(wanted)
    place = f" in {wanted.folder}" if wanted.folder else ""
    known = {
        one
        for group in groups
        for one in (group.benchmark, group.name, group.subject, group.name.partition("/")[0])
    }
    if groups and (missing := [one for one in wanted.only if one not in known]):
        has = ", ".join(sorted(known))
        raise ValueError(f"the suite '{name}' has no '{missing[0]}'{place}; of those asked for it has {has}")
    if (
        wanted.descriptions
        and groups
        and not {text for group in groups for text in group.descriptions} & _texts_in(wanted.descriptions)
    ):
        raise ValueError(
            f"{wanted.descriptions} holds descriptions of none of what is asked ({groups[0].name} and so on)"
        )
    if not groups:
        raise ValueError(
            f"the suite '{name}' finds nothing to ask{place} ({', '.join(wanted.only) or 'all benchmarks'})"
        )
    count = wanted.texts or suite.texts
    return [Group(**{**vars(group), "descriptions": group.descriptions[:count]}) for group in groups]
