"""Super-NaturalInstructions (Wang et al. 2022), whole or in part, with Text-to-LoRA's and Zhyper's split."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from zhyper.data._collection import Pair, Task
from zhyper.data._reading import Reading, count_option, json_lines, read_descriptions, read_json
from zhyper.data._shipped import shipped
from zhyper.data._values import text_of


def read_sni(folder: Path, tasks: str = "t2l", descriptions: str = "", max_rows: str = "500") -> Reading:
    """Tasks in the JSON of Super-NaturalInstructions.

    Args:
        folder: holds the tasks' files, or a folder `tasks` of them (a checkout of the source repository). An
            `index.jsonl` beside it may say how many of a task's first rows are its test part (`n_test`),
            which is kept for the report split.
        tasks: `t2l`: the 479 tasks to train on and 11 to report of Text-to-LoRA and Zhyper, by their numbers;
            `all`: every task, to train on.
        descriptions: JSON Lines of `task` (lol_NUMBER) and `descriptions`; a task that is not in it has its
            definition alone.
        max_rows: rows taken of each task, from its first on (Text-to-LoRA takes 500).
    """
    if tasks not in ("t2l", "all"):
        raise ValueError(f"the option tasks is '{tasks}', but must be t2l or all")
    limit, reading = count_option("max_rows", max_rows), Reading()
    texts = read_descriptions(descriptions, reading)
    index = folder / "index.jsonl"
    tests = (
        {row.get("task"): int(row.get("n_test") or 0) for _, row in json_lines(index)}
        if index.is_file()
        else {}
    )
    roles = {number: role for role, numbers in shipped("splits.json")["sni"].items() for number in numbers}
    where = folder / "tasks" if (folder / "tasks").is_dir() else folder
    for file in sorted(where.glob("task*.json")):
        match = re.match(r"task(\d+)", file.stem)
        role: Any = "train" if tasks == "all" else roles.get(int(match.group(1))) if match else None
        content = read_json(file)
        rows = content.get("Instances") if isinstance(content, dict) else None
        if not isinstance(rows, list) or not content.get("Definition"):
            raise ValueError(
                f"{file} is not a task of Super-NaturalInstructions: it must have a Definition and Instances"
            )
        reading.rows[str(file.relative_to(folder))] = len(rows)
        if match is None or role not in ("train", "report"):
            reading.left_out[
                "of a task that is not in the split" if role is None else "of a task removed as contaminated"
            ] += len(rows)
            continue
        reading.left_out["beyond max_rows"] += max(0, len(rows) - limit)
        pairs = reading.unique(
            _pair(f"{file}, instance {i}", row, i <= tests.get(file.stem, 0))
            for i, row in enumerate(rows[:limit], 1)
        )
        own = texts.get(f"lol_{int(match.group(1)):03d}") or (
            " ".join(_first(file, content, "Definition").split()),
        )
        licence = (
            _first(file, content, "Instance License") or "not stated (upstream Apache-2.0, instances vary)"
        )
        reading.tasks.append(
            Task(
                name=f"sni/{file.stem}",
                pairs=pairs,
                descriptions=own,
                split=role,
                licence=licence,
                source="Super-NaturalInstructions",
            )
        )
    if not reading.rows:
        raise ValueError(
            f"no task of Super-NaturalInstructions in {folder}; it must hold files task….json, or a folder "
            "tasks of them"
        )
    return reading


def _first(file: Path, content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    return text_of(str(file), name, value[0] if isinstance(value, list) and value else value or "")


def _pair(where: str, row: Any, reported: bool) -> Pair:
    if not isinstance(row, dict) or "input" not in row or "output" not in row:
        raise ValueError(f"{where} has no input or output: {str(row)[:80]}")
    outputs = row["output"] if isinstance(row["output"], list) else [row["output"]]
    first, *others = [text_of(where, "output", one) for one in outputs] or [""]
    also = dict.fromkeys(one for one in others if one and one != first)
    return Pair(text_of(where, "input", row["input"]), first, tuple(also), reported)
