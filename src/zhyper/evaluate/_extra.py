"""Packages that come with `pip install 'zhyper[evaluate]'` alone."""

from __future__ import annotations

from importlib import import_module
from typing import Any

NEEDED = ("matplotlib", "scikit_posthocs", "scipy.stats", "sklearn")
"""What every report needs; lm-eval and ROUGE are needed by some suites."""


def extra(module: str) -> Any:
    """A module of one of them; RuntimeError, with what to run, where it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise RuntimeError(
            f"an evaluation needs {error.name}, which is not installed; run: pip install 'zhyper[evaluate]'"
        ) from error
