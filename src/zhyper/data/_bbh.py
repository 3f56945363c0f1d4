"""BIG-Bench-Hard (Suzgun et al. 2022): a set to report on, never to train on."""

from __future__ import annotations

from pathlib import Path

from zhyper.data._collection import Task
from zhyper.data._reading import Reading, pair_of, read_json


def read_bbh(folder: Path) -> Reading:
    """Its tasks, all for the report split.

    Args:
        folder: one JSON file for each task, and `task_descriptions.json` with a line about each.
    """
    descriptions, reading = read_json(folder / "task_descriptions.json"), Reading()
    if not isinstance(descriptions, dict):
        raise ValueError(f"{folder / 'task_descriptions.json'} is no object with a description of each task")
    for file in sorted(folder.glob("*.json")):
        if file.stem == "task_descriptions":
            continue
        content = read_json(file)
        rows = content.get("examples") if isinstance(content, dict) else None
        if not isinstance(rows, list) or not rows or not isinstance(descriptions.get(file.stem), str):
            raise ValueError(f"{file} has no examples, or no line in task_descriptions.json")
        reading.rows[file.name] = len(rows)
        pairs = reading.unique(
            pair_of(f"{file}, example {i}", row, "input", "target") for i, row in enumerate(rows, 1)
        )
        name, texts = f"bbh/{file.stem}", (descriptions[file.stem],)
        reading.tasks.append(
            Task(
                name=name,
                pairs=pairs,
                descriptions=texts,
                split="report",
                licence="MIT",
                source="BIG-Bench-Hard",
            )
        )
    if not reading.tasks:
        raise ValueError(f"no task of BIG-Bench-Hard in {folder}")
    return reading
