"""Two sets of small tasks on words and sentences: function vectors and instruction induction."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from zhyper.data._collection import Pair, Task, assign
from zhyper.data._reading import Reading, fields, pair_of, read_json
from zhyper.data._shipped import descriptions_of, shipped
from zhyper.data._values import text_of


def read_function_vectors(folder: Path) -> Reading:
    """The tasks of "Function Vectors in Large Language Models" (Todd et al. 2024), with our descriptions.

    Args:
        folder: holds `abstractive/` and `extractive/`, as `dataset_files` in the source repository.
    """
    reading = Reading()
    for file in sorted([*folder.glob("abstractive/*.json"), *folder.glob("extractive/*.json")]):
        rows = read_json(file)
        if not isinstance(rows, list):
            raise ValueError(f"{file} is not a file of function vectors: it must hold a list of rows")
        reading.rows[str(file.relative_to(folder))] = len(rows)
        if not (descriptions := descriptions_of(f"function_vectors/{file.stem}")):
            reading.left_out["of a task without descriptions"] += len(rows)
            continue
        pairs = reading.unique(
            pair_of(f"{file}, row {i}", row, "input", "output") for i, row in enumerate(rows, 1)
        )
        reading.tasks.append(_task("function_vectors", file.stem, pairs, descriptions, "MIT"))
    if not reading.tasks:
        raise ValueError(
            f"no function-vector task in {folder}; it must hold the folders abstractive/ and extractive/"
        )
    reading.tasks = assign(reading.tasks, shipped("splits.json")["function_vectors"])
    return reading


def read_instruction_induction(folder: Path) -> Reading:
    """The tasks of "Instruction Induction" (Honovich et al. 2022), with its human descriptions and our own.

    Rows of `execute/`, the set's test part, are kept for the report split.

    Args:
        folder: holds `induce/`, `execute/` and `annotations/`.
    """
    reading = Reading()
    for file in sorted(folder.glob("induce/*.json")):
        pairs = []
        for part in ("induce", "execute"):
            rows = _named(folder / part / file.name, "examples", dict)
            reading.rows[f"{part}/{file.name}"] = len(rows)
            for number, row in rows.items():
                row_pairs = _induction_pairs(
                    f"{folder / part / file.name}, example {number}", file.stem, row, part == "execute"
                )
                reading.left_out["empty"] += not row_pairs
                pairs += row_pairs
        human = [
            " ".join(text_of(str(folder / "annotations" / file.name), "annotations", text).split())
            for text in _named(folder / "annotations" / file.name, "annotations", list)
        ]
        reading.texts[f"annotations/{file.name}"] = len(human)
        unordered = file.stem in ("taxonomy_animal", "orthography_starts_with")
        texts = [*human, *descriptions_of(f"instruction_induction/{file.stem}")]
        reading.tasks.append(
            _task("instruction_induction", file.stem, reading.unique(pairs), texts, "Apache-2.0", unordered)
        )
    if not reading.tasks:
        raise ValueError(
            f"no instruction-induction task in {folder}; it must hold the folders induce/, execute/ and "
            "annotations/"
        )
    reading.tasks = assign(reading.tasks, shipped("splits.json")["instruction_induction"])
    return reading


def _task(
    source: str, name: str, pairs: tuple[Pair, ...], texts: list[str], licence: str, unordered: bool = False
) -> Task:
    unique = tuple(
        {"".join(c for c in text.lower() if c.isalnum()): text for text in reversed(texts)}.values()
    )[::-1]
    return Task(
        name=f"{source}/{name}",
        pairs=pairs,
        descriptions=unique,
        licence=licence,
        source=source,
        unordered=unordered,
    )


def _named(file: Path, name: str, kind: type) -> Any:
    content = read_json(file)
    if not isinstance(content, dict) or not isinstance(content.get(name), kind):
        raise ValueError(
            f"{file} is not a file of instruction induction: it must hold "
            f"{'an object' if kind is dict else 'a list'} called {name}"
        )
    return content[name]


def _induction_pairs(where: str, task: str, row: dict[str, Any], test: bool) -> list[Pair]:
    """A row of instruction induction as pairs; two tasks have other fields, some list more answers."""
    if task == "common_concept":
        (concept,) = fields(where, row, "concept")
        listed = ", ".join(_listed(where, row, "items"))
        return [Pair(listed, concept, tuple(_listed(where, row, "all_common_concepts")), test)]
    if task == "cause_and_effect":
        cause, effect = fields(where, row, "cause", "effect")
        sentences = [cause, effect]
        if hashlib.sha256(cause.encode()).digest()[0] % 2:
            sentences.reverse()
        return [Pair(f"Sentence 1: {sentences[0]} Sentence 2: {sentences[1]}", cause, (), test)]
    source, target = fields(where, row, "input", "output")
    also = [
        text
        for name in ("possible_outputs", "possible_translations", "other_rhymes")
        for text in _listed(where, row, name)
    ]
    return (
        [Pair(source, target, tuple(a for a in also if a not in (target, source)), test)]
        if source and target
        else []
    )


def _listed(where: str, row: dict[str, Any], name: str) -> list[str]:
    """A list of texts in a row; none where it is missing."""
    values = row.get(name, [])
    if not isinstance(values, list):
        raise ValueError(
            f"{where} has a {type(values).__name__} as '{name}', but a list of texts is expected"
        )
    return [text_of(where, name, value) for value in values]
