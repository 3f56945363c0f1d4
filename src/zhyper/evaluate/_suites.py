"""Suites: which benchmarks stand in one table, and how their rows become questions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from zhyper.data import (
    BENCHMARKS,
    COMMUNITIES,
    REGIONS,
    benchmark_files,
    country_of,
    culture_texts,
    place_of,
    read_descriptions,
    read_source,
    table_rows,
)
from zhyper.data.benchmarks import Benchmark, Item
from zhyper.evaluate._marking import Texts
from zhyper.evaluate._questions import Group, Protocol, Question, Scope
from zhyper.evaluate._steering import read_chat, read_steering_groups
from zhyper.evaluate._words import EXPERT, read_words

WITHIN = {"Assam": "India", "West Java": "Indonesia", "Northern Nigeria": "Nigeria"}
"""Parts of countries."""
NAMES = 40
"""Names of groups that an error lists at most."""
InSuite = Callable[[Benchmark], bool]
"""Whether a suite asks a benchmark."""
_Rows = dict[str, list[tuple[int, Mapping[str, Any]]]]
"""By what a point is given for: its rows with their numbers in the file."""


def _folder(scope: Scope) -> Path:
    assert scope.folder is not None, "read_suite looks that a suite has a folder where it needs one"
    return scope.folder


def _files(scope: Scope, in_suite: InSuite, by_country: bool) -> list[tuple[Benchmark, list[Path]]]:
    """The files of a suite's benchmarks; where all that is asked for are benchmarks, of these alone."""
    named = benchmark_files(_folder(scope), by_country)
    files = [(BENCHMARKS[name], paths) for name, paths in named.items() if in_suite(BENCHMARKS[name])]
    few = [(b, paths) for b, paths in files if b.name in scope.only]
    return few if len(few) == len(set(scope.only)) > 0 else files


def _questions(benchmark: Benchmark, name: str, rows: _Rows, scope: Scope) -> tuple[Question, ...]:
    """Questions drawn of the rows of a group."""

    def items(key: str) -> tuple[Item, ...]:
        return tuple(benchmark.read_item(row, scope.seed) for _, row in rows[key])

    drawn = scope.draw(name, rows)
    return tuple(Question(key=key, number=rows[key][0][0], items=items(key)) for key in drawn)


def read_benchmarks(scope: Scope, in_suite: InSuite) -> list[Group]:
    """Benchmarks of language models, a group each."""
    texts = read_descriptions(scope.descriptions)
    groups = []
    for benchmark, (file, *more) in _files(scope, in_suite, by_country=False):
        name = benchmark.name
        if more:
            raise ValueError(
                f"{name} has several files to report on, {file.name} and {more[0].name}; keep one"
            )
        rows: _Rows = {f"{file.stem}/{i}": [(i, row)] for i, (_, row) in enumerate(table_rows(file))}
        groups.append(
            Group(
                benchmark=name,
                name=name,
                subject=benchmark.subject or name,
                questions=_questions(benchmark, name, rows, scope),
                descriptions=texts.get(name, benchmark.descriptions),
                file=file,
                tokens=benchmark.tokens,
            )
        )
    return groups


def _rows_by_country(scope: Scope, in_suite: InSuite) -> dict[tuple[str, str], _Rows]:
    """The rows that somebody answered, by benchmark and country."""
    rows: dict[tuple[str, str], _Rows] = {}
    for benchmark, files in _files(scope, in_suite, by_country=True):
        for file in files:
            for number, (_, row) in enumerate(table_rows(file)):
                if benchmark.is_answered(row):
                    of_country = rows.setdefault((benchmark.name, country_of(file, row)), {})
                    of_country.setdefault(benchmark.key(row, number), []).append((number, row))
    return rows


def read_cultures(scope: Scope, in_suite: InSuite) -> list[Group]:
    """Benchmarks of cultures, a group for each country of each."""
    texts = {place_of(name): own for name, own in read_descriptions(scope.descriptions).items()}
    regions = {place: region for region, places in reversed(REGIONS.items()) for place in places}
    seen = _trained_places(scope.trained)
    groups = []
    for (name, country), rows in sorted(_rows_by_country(scope, in_suite).items()):
        place, benchmark = place_of(country), BENCHMARKS[name]
        groups.append(
            Group(
                benchmark=name,
                name=f"{name}/{country}",
                subject=WITHIN.get(place, place),
                questions=_questions(benchmark, f"{name}/{country}", rows, scope),
                descriptions=texts.get(place) or culture_texts(country),
                seen=place in seen or WITHIN.get(place) in seen,
                region=regions.get(place, ""),
                tokens=benchmark.tokens,
            )
        )
    return groups


def _trained_places(tasks: Sequence[str]) -> set[str]:
    """The places whose community, or that of whose region, is among the tasks."""
    names = [name for task in tasks if (name := task.removeprefix("askx/")) in COMMUNITIES]
    places = {COMMUNITIES[name]["place"] for name in names}
    return places | {place for region, of in REGIONS.items() if region in places for place in of}


def read_sni(scope: Scope) -> list[Group]:
    """Super-NaturalInstructions, a group for each task not trained on, or the test part of one that was.

    The first 500 rows of a task are a limit of training: here `scope.rows` alone limits.
    """
    option = f"&descriptions={scope.descriptions}" if scope.descriptions else ""
    groups = []
    for task in read_source(f"sni:{_folder(scope)}?max_rows={sys.maxsize}{option}").tasks:
        of_task = enumerate(task.pairs)
        pairs = {str(i): pair for i, pair in of_task if task.split == "report" or pair.reported}
        if not pairs:
            continue
        # What to do with an input the description says.
        items = {key: Item(pair.input, Texts((pair.output, *pair.also))) for key, pair in pairs.items()}
        drawn = scope.draw(task.name, pairs)
        groups.append(
            Group(
                benchmark="sni",
                name=task.name,
                subject=task.name,
                questions=tuple(Question(key=key, number=int(key), items=(items[key],)) for key in drawn),
                descriptions=task.descriptions,
                seen=task.name in scope.trained,
                tokens=64,
            )
        )
    return groups


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Benchmarks that stand in one table."""

    protocol: Protocol
    read: Callable[[Scope], list[Group]]
    texts: int
    """Descriptions of a group, unless more or fewer are asked for."""
    average: bool = False
    """Whether a mean over the benchmarks says something."""
    sampled: bool = False
    """Whether countries or tasks stand for others like them, so that intervals draw these too."""
    kinds: bool = False
    """Whether what stands before the slash in a group's name is a kind of group, with a mean of its own."""
    shipped: bool = False
    """Whether the rows come with zhyper."""
    rows: int | None = None
    """Questions of a group, unless more or fewer are asked for; None for all."""
    pooled: bool = False
    """Whether the rows of all groups of a benchmark count alike; else groups do."""
    role: str = "{}"
    """What the system message of the condition `role` says, with a place for the description."""


def _of(name: str) -> InSuite:
    return lambda benchmark: benchmark.suite == name


_every = partial(read_benchmarks, in_suite=lambda benchmark: True)
_chosen = partial(read_benchmarks, in_suite=lambda benchmark: benchmark.harness is not None)
_culture, _opinions = (partial(read_cultures, in_suite=_of(name)) for name in ("culture", "opinions"))

SUITES: dict[str, Suite] = {
    "benchmarks": Suite(protocol="generate", read=_every, texts=3, average=True),
    "choices": Suite(protocol="loglikelihood", read=_chosen, texts=3, average=True),
    "culture": Suite(protocol="generate", read=_culture, texts=12, pooled=True),
    "opinions": Suite(protocol="loglikelihood", read=_opinions, texts=12, sampled=True),
    "sni": Suite(protocol="generate", read=read_sni, texts=3, sampled=True),
    "words": Suite(protocol="generate", read=read_words, texts=3, sampled=True, rows=20, role=EXPERT),
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


def read_suite(name: str, scope: Scope) -> list[Group]:
    """The groups of a suite in a scope; ValueError for a name, folder or row that is wrong."""
    if name not in SUITES:
        raise ValueError(f"'{name}' is no suite; the suites are: {', '.join(SUITES)}")
    suite = SUITES[name]
    if scope.folder is None and not suite.shipped:
        raise ValueError(
            f"the suite '{name}' does not come with zhyper; name the folder of its rows (--data)"
        )
    if suite.shipped and scope.descriptions:
        raise ValueError(
            f"the suite '{name}' has descriptions of its own, and takes no others (--descriptions)"
        )
    groups = suite.read(replace(scope, rows=scope.rows or suite.rows))
    chosen = _asked_for(name, scope, groups)
    texts = {text for own in read_descriptions(scope.descriptions).values() for text in own}
    if scope.descriptions and not texts & {text for group in chosen for text in group.descriptions}:
        raise ValueError(
            f"{scope.descriptions} holds descriptions of none of what is asked ({chosen[0].name} and so on)"
        )
    count = scope.texts or suite.texts
    return [replace(group, descriptions=group.descriptions[:count]) for group in chosen]


def _kind(name: str) -> str:
    return "combination" if "+" in name else name.partition("/")[0]


def _asked_for(suite: str, scope: Scope, groups: Sequence[Group]) -> list[Group]:
    """The groups that a scope names; ValueError, with names that there are, where it names none of them."""
    place = f" in {scope.folder}" if scope.folder else ""
    if not groups:
        raise ValueError(f"the suite '{suite}' finds nothing to ask{place}")
    names_of = [(g.benchmark, _kind(g.name), g.subject, g.name) for g in groups]
    names = list(dict.fromkeys(name for column in zip(*names_of, strict=True) for name in column))
    if wrong := [one for one in scope.only if one not in names]:
        listed = list(dict.fromkeys([*get_close_matches(wrong[0], names, 5), *names]))[:NAMES]
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        raise ValueError(f"the suite '{suite}' has no '{wrong[0]}'{place}; it has: {', '.join(listed)}{more}")
    asked = set(scope.only)
    return [g for g, own in zip(groups, names_of, strict=True) if not asked or asked & set(own)]
