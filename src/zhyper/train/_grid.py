"""What a sweep varies: lists of values and ranges, checked before anything is trained."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

from zhyper import weights
from zhyper.hypernets import HYPERNETS
from zhyper.spec import GeneratorSpec, Recipe, parse_assignment
from zhyper.text_to_adapter import parameter_counts
from zhyper.train._folder import FREE

Value = bool | int | float | str
MOST = 10_000
"""Combinations of a grid at most; each is checked before the first is trained."""
_JUDGED_BY = (
    *("base", "base_revision", "chat_template", "context", "known_tasks"),
    *(
        "objective",
        "data",
        "shares",
        "data_sha256",
        "tasks",
        "library",
        "library_sha256",
        "seed",
        "max_tokens",
        "selection_rows",
        "choose_by",
    ),
)
"""Settings that decide on which rows, or in what unit, a trial is judged."""
_NEARLY = re.compile(r"\s*-?\.?\d[\d_.eE+-]*\s*\.\.")
"""How a text begins that was meant to be a range."""
_RANGE = re.compile(r"\s*(-?[\d_]+(?:\.\d+)?(?:[eE][+-]?\d+)?)\.\.(-?[\d_]+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One setting that a sweep varies."""

    key: str
    values: tuple[Value, ...]
    """All values of a list, or the two ends of a range."""
    between: bool = False
    """Whether every number from the first value to the second may be tried."""

    @property
    def log(self) -> bool:
        """Whether a range is sampled by its logarithm: it is positive, and spans a factor of 10 or more."""
        low, high = (float(value) for value in self.values) if self.between else (0.0, 0.0)
        return low > 0 and high >= 10 * low

    def to_dict(self) -> dict[str, Any]:
        """The axis as plain JSON values."""
        low, high = self.values[0], self.values[-1]
        return {"low": low, "high": high, "log": self.log} if self.between else {"values": list(self.values)}


def axes(recipe: Recipe, grid: Sequence[str]) -> tuple[Axis, ...]:
    """The settings that `key=a,b,c` (a list) and `key=low..high` (a range) vary; ValueError for what cannot be swept over.

    Values are TOML; a list of names is written in brackets, as in `projections=[q_proj],[q_proj,v_proj]`.
    """
    if not grid:
        raise ValueError("no grid came; give at least one, such as --grid rank=4,8")
    found = tuple(_axis(recipe, text) for text in grid)
    keys = [axis.key for axis in found]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"the grid names {min(twice)} twice; give all its values in one --grid")
    return found


def _axis(recipe: Recipe, text: str) -> Axis:
    key, equals, raw = (part.strip() for part in text.partition("="))
    if not equals or not key:
        raise ValueError(f"'{text}' is no grid; write it as key=a,b,c or key=low..high")
    leaf = key.rpartition(".")[2]
    if leaf in _JUDGED_BY:
        raise ValueError(
            f"{leaf} cannot be swept over: it decides what trials are judged by, which must be the same in all; use --set"
        )
    if leaf in FREE:
        raise ValueError(
            f"{leaf} cannot be swept over: it changes nothing of what is learned; use --set to have it for all trials"
        )
    ends = _RANGE.fullmatch(raw)
    if not ends and _NEARLY.match(raw):
        raise ValueError(
            f"the range of {leaf} came as '{raw}', but a range is LOW..HIGH; write two numbers and two dots, such as 1e-4..1e-2"
        )
    values = tuple(_settled(recipe, key, value) for value in (_number(ends) if ends else _listed(key, raw)))
    if ends:
        low, high = values
        if isinstance(low, str) or isinstance(high, str) or low >= high:
            raise ValueError(
                f"the range of {leaf} came as {raw}, but wants two numbers, the smaller one first"
            )
    elif len(set(values)) < len(values):
        raise ValueError(f"the grid gives a value of {leaf} twice in {raw}; give each once")
    return Axis(key=leaf, values=values, between=bool(ends))


def _number(ends: re.Match[str]) -> list[Any]:
    return [parse_assignment(f"end={end}")[1] for end in ends.groups()]


def _listed(key: str, raw: str) -> list[Any]:
    """The values of a list; lists of names become names with commas, as a recipe takes them."""
    try:
        values = tomllib.loads(f"values = [{raw}]")["values"]
    except tomllib.TOMLDecodeError:
        parts = re.split(r",(?![^\[]*\])", raw)  # commas outside brackets
        values = [
            part.strip("[]") if part.startswith("[") else parse_assignment(f"{key}={part}")[1]
            for part in map(str.strip, parts)
        ]
    values = [",".join(map(str, value)) if isinstance(value, list) else value for value in values]
    if not values or "" in values:
        raise ValueError(
            f"the grid of {key} came as '{raw}', in which a value is empty; write it as {key}=a,b,c"
        )
    return values


def _settled(recipe: Recipe, key: str, value: Any) -> Value:
    """The value as the setting has it; ValueError if the setting is unknown or cannot have it."""
    changed, leaf = recipe.with_changes({key: value}), key.rpartition(".")[2]
    part = changed.generator if leaf in {f.name for f in fields(GeneratorSpec)} else changed.training
    settled: Value | tuple[str, ...] = getattr(part, leaf)
    return ",".join(settled) if isinstance(settled, tuple) else settled


def number_of_trials(axes: Sequence[Axis], trials: int | None) -> int:
    """How many trials a sweep has: all combinations of lists, or as many as are asked for; ValueError if that is unclear."""
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST:
        raise ValueError(
            f"the grid has {count:,} combinations, but {MOST:,} are the most; give fewer values, or a range and --trials"
        )
    ranged = [axis.key for axis in axes if axis.between]
    if trials is None and ranged:
        raise ValueError(
            f"{ranged[0]} came as a range, of which any number of values may be tried; say how many with --trials"
        )
    if trials is not None and trials < 1:
        raise ValueError(f"trials came as {trials}, but a sweep has at least 1")
    if trials is not None and not ranged and trials > count:
        raise ValueError(
            f"trials came as {trials}, but the grid has {count} combinations; leave --trials out to try all"
        )
    return trials or count


def check(recipe: Recipe, axes: Sequence[Axis]) -> None:
    """Build a recipe, and count the parameters of a generator, for every combination (of a range: its ends); ValueError for a bad one."""
    keys = [axis.key for axis in axes]
    recipes = [
        recipe.with_changes(dict(zip(keys, values, strict=True)))
        for values in product(*(axis.values for axis in axes))
    ]
    config = weights.load_config(recipe.generator.base, recipe.generator.base_revision)
    for spec in dict.fromkeys(
        replace(r.generator, context_width=r.generator.context_width or 8) for r in recipes
    ):
        parameter_counts(spec, config)
        if not HYPERNETS[spec.hypernet].learns:
            raise ValueError(
                f"hypernet '{spec.hypernet}' holds a library and learns nothing; a sweep wants one that is trained"
            )
