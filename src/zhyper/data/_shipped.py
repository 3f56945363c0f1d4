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
