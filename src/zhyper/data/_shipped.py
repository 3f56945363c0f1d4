"""What ships with zhyper beside its code: descriptions, splits, names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "descriptions"


@cache
def shipped(name: str) -> Any:
    """A shipped JSON file, by its name."""
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def further_wordings() -> dict[str, list[str]]:
    """Descriptions of word tasks by task, written later than the rest: older checkpoints do not know them."""
    sources = shipped("further_wordings.json")
    return {f"{source}/{task}": texts for source, tasks in sources.items() for task, texts in tasks.items()}


def descriptions_of(task: str) -> list[str]:
    """The shipped descriptions of a task such as `function_vectors/antonym`; none for an unknown task."""
    suite, _, name = task.partition("/")
    suites = {file.stem for file in _FOLDER.glob("*.json")}
    texts = shipped(f"{suite}.json").get(name, []) if suite in suites else []
    return [*map(str, texts), *further_wordings().get(task, ())]
