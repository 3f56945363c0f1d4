"""Readers of public task sets as they lie in their repositories, with the descriptions that ship with zhyper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zhyper.data._collection import Collection, Pair, Split, Task, assign, read_collection

_SHIPPED = Path(__file__).parent / "descriptions"


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is not readable as JSON: {error}") from error
    except FileNotFoundError as error:
        raise ValueError(f"{file} is missing; the folder is not complete") from error


def _splits(source: str) -> dict[Split, list[str]]:
    splits: dict[Split, list[str]] = _json(_SHIPPED / "splits.json")[source]
    return splits


def read_function_vectors(folder: Path) -> list[Task]:
    """The tasks of "Function Vectors in Large Language Models" (Todd et al. 2024), with zhyper's own descriptions.

    Args:
        folder: holds `abstractive/` and `extractive/`, as `dataset_files` in the source repository.
    """
    descriptions = _json(_SHIPPED / "function_vectors.json")
    tasks = []
    for file in sorted([*folder.glob("abstractive/*.json"), *folder.glob("extractive/*.json")]):
        if file.stem in descriptions:
            unique = {str(row["input"]).strip(): str(row["output"]).strip() for row in _json(file)}
            pairs = tuple(Pair(source, target) for source, target in unique.items() if source and target)
            tasks.append(_task("function_vectors", file.stem, pairs, descriptions[file.stem], "MIT"))
    if not tasks:
        raise ValueError(f"no function-vector task in {folder}; it wants the folders abstractive/ and extractive/")
    return assign(tasks, _splits("function_vectors"))


def read_instruction_induction(folder: Path) -> list[Task]:
    """The tasks of "Instruction Induction" (Honovich et al. 2022), with its human descriptions and zhyper's own.

    Rows of `execute/`, the set's test part, are kept for the report split.

    Args:
        folder: holds `induce/`, `execute/` and `annotations/`.
    """
    shipped = _json(_SHIPPED / "instruction_induction.json")
    tasks = []
    for file in sorted(folder.glob("induce/*.json")):
        rows = [(row, False) for row in _json(file)["examples"].values()]
        rows += [(row, True) for row in _json(folder / "execute" / file.name)["examples"].values()]
        unique = {pair.input: pair for row, test in rows for pair in _induction_pairs(file.stem, row, test)}
        human = [" ".join(text.split()) for text in _json(folder / "annotations" / file.name)["annotations"]]
        texts = [*human, *shipped.get(file.stem, ())]
        unordered = file.stem in ("taxonomy_animal", "orthography_starts_with")
        tasks.append(_task("instruction_induction", file.stem, tuple(unique.values()), texts, "Apache-2.0", unordered))
    if not tasks:
        raise ValueError(f"no instruction-induction task in {folder}; it wants the folders induce/, execute/ and annotations/")
    return assign(tasks, _splits("instruction_induction"))


def _task(source: str, name: str, pairs: tuple[Pair, ...], texts: list[str], licence: str, unordered: bool = False) -> Task:
    unique = tuple({"".join(c for c in text.lower() if c.isalnum()): text for text in reversed(texts)}.values())[::-1]
    return Task(name=f"{source}/{name}", pairs=pairs, descriptions=unique, licence=licence, source=source, unordered=unordered)


def _induction_pairs(task: str, row: dict[str, Any], test: bool) -> list[Pair]:
    """A row of instruction induction as pairs; two tasks name their fields otherwise, some list further answers."""
    if task == "common_concept":
        return [Pair(", ".join(row["items"]), row["concept"], tuple(row["all_common_concepts"]), test)]
    if task == "cause_and_effect":
        sentences = [row["cause"], row["effect"]]
        if hashlib.sha256(row["cause"].encode()).digest()[0] % 2:
            sentences.reverse()
        return [Pair(f"Sentence 1: {sentences[0]} Sentence 2: {sentences[1]}", row["cause"], (), test)]
    source, target = str(row["input"]).strip(), str(row["output"]).strip()
    also = [*row.get("possible_outputs", ()), *row.get("possible_translations", ()), *row.get("other_rhymes", ())]
    return [Pair(source, target, tuple(a for a in also if a not in (target, source)), test)] if source and target else []


READERS: dict[str, Callable[[Path], list[Task]]] = {
    "collection": read_collection,
    "function-vectors": read_function_vectors,
    "instruction-induction": read_instruction_induction,
}
"""Readers by the format that stands before a source's folder."""


def load_collection(*sources: str) -> Collection:
    """The tasks of several sources, each `FORMAT:FOLDER` with a format of `READERS`; ValueError says what is wrong."""
    if not sources:
        raise ValueError("the recipe names no data; give it sources as FORMAT:FOLDER, with --set data=collection:FOLDER")
    tasks: list[Task] = []
    for source in sources:
        kind, colon, folder = source.partition(":")
        if not colon or kind not in READERS:
            raise ValueError(f"'{source}' is not a source of tasks; write FORMAT:FOLDER with a format of: {', '.join(READERS)}")
        if not Path(folder).is_dir():
            raise ValueError(f"the folder {folder} of source '{source}' does not exist")
        tasks += READERS[kind](Path(folder))
    return Collection(tasks)
