"""Recipes: a generator and its training, in one file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from zhyper.spec._generator import GeneratorSpec
from zhyper.spec._settings import Settings, did_you_mean
from zhyper.spec._training import TrainingSpec

RECIPES = Path(__file__).parents[1] / "recipes"


@dataclass(frozen=True, kw_only=True)
class Recipe(Settings):
    """A generator and its training, in one file."""

    generator: GeneratorSpec = field(default_factory=GeneratorSpec)
    training: TrainingSpec = field(default_factory=TrainingSpec)


def load_recipe(ref: str | Path) -> Recipe:
    """A recipe from a TOML or JSON file, or by the name of a shipped one; ValueError if there is none."""
    path = Path(ref)
    if not path.is_file():
        path = RECIPES / f"{ref}.toml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise ValueError(
            f"no recipe '{ref}': it is neither a file nor one of the shipped recipes ({names})"
            f"{did_you_mean(str(ref), names.split(', '))}"
        )
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(
            f"recipe {path} is no valid {'JSON' if path.suffix == '.json' else 'TOML'}: {error}"
        ) from error
    if not isinstance(values, dict):
        raise ValueError(
            f"recipe {path} holds a {type(values).__name__}, but must hold the tables [generator] and "
            "[training]"
        )
    return Recipe.from_dict(values)
