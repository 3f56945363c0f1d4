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
from zhyper.train._run_folder import FREE

Value = bool | int | float | str
MOST_COMBINATIONS = 10_000
"""Of a grid; each is checked before the first is trained."""
FIXED = (
    *("base", "base_revision", "chat_template", "context", "known_tasks", "objective", "data", "shares"),
    *(
        "base_sha256",
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
_NUMBER = r"-?[\d_]+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\.\.({_NUMBER})\s*")
_ALMOST_A_RANGE = re.compile(r"\s*-?\.?\d[\d_.eE+-]*\s*\.\.")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One setting that a sweep varies."""

    key: str
    values: tuple[Value, ...]
    """All values of a list, or the two ends of a range."""
    is_range: bool = False
    """Whether every number from the first value to the second may be tried."""

    @property
    def log(self) -> bool:
        """Whether a range is sampled by its logarithm: it is positive, and spans a factor of 10 or more."""
        low, high = (float(value) for value in self.values) if self.is_range else (0.0, 0.0)
        return low > 0 and high >= 10 * low

    def to_dict(self) -> dict[str, Any]:
        """The axis as plain JSON values."""
        low, high = self.values[0], self.values[-1]
        return {"low": low, "high": high, "log": self.log} if self.is_range else {"values": list(self.values)}


def parse_axes(recipe: Recipe, grid: Sequence[str]) -> tuple[Axis, ...]:
    """The settings that `key=a,b,c` (a list) and `key=low..high` (a range) vary.

    Values are TOML; a list of names is written in brackets, as in `projections=[q_proj],[q_proj,v_proj]`.

    Raises:
        ValueError: a setting that cannot be swept over, or a value that it cannot have.
    """
    if not grid:
        raise ValueError("no grid was given; give at least one, such as --grid rank=4,8")
    axes = tuple(_parse_axis(recipe, text) for text in grid)
    keys = [axis.key for axis in axes]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"the grid names {min(twice)} twice; give all its values in one --grid")
    return axes


def _parse_axis(recipe: Recipe, text: str) -> Axis:
    key, equals, raw = (part.strip() for part in text.partition("="))
    if not equals or not key:
        raise ValueError(f"'{text}' is no grid; write it as key=a,b,c or key=low..high")
    leaf = key.rpartition(".")[2]
    if leaf in FIXED:
        raise ValueError(
            f"{leaf} cannot be swept over: it decides what trials are judged by, which must be the same "
            "in all; use --set"
        )
    if leaf in FREE:
        raise ValueError(
            f"{leaf} cannot be swept over: it changes nothing of what is learned; set it for all by --set"
        )
    ends = _RANGE.fullmatch(raw)
    if not ends and _ALMOST_A_RANGE.match(raw):
        raise ValueError(
            f"the range of {leaf} is '{raw}', but a range is LOW..HIGH; write two numbers and two dots, "
            "such as 1e-4..1e-2"
        )
    texts = [parse_assignment(f"end={end}")[1] for end in ends.groups()] if ends else _parse_list(key, raw)
    values = tuple(_checked(recipe, key, value) for value in texts)
    if ends:
        low, high = values
        if isinstance(low, str) or isinstance(high, str) or low >= high:
            raise ValueError(f"the range of {leaf} is {raw}, but needs two numbers, the smaller one first")
    elif len(set(values)) < len(values):
        raise ValueError(f"the grid gives a value of {leaf} twice in {raw}; give each once")
    return Axis(key=leaf, values=values, is_range=bool(ends))


def _parse_list(key: str, raw: str) -> list[Any]:
    """The values of a list; lists of names become names with commas, as a recipe takes them."""
    try:
        values = tomllib.loads(f"values = [{raw}]")["values"]
    except tomllib.TOMLDecodeError:
        parts = map(str.strip, re.split(r",(?![^\[]*\])", raw))  # at commas outside brackets
        values = [
            part.strip("[]") if part.startswith("[") else parse_assignment(f"{key}={part}")[1]
            for part in parts
        ]
    values = [",".join(map(str, value)) if isinstance(value, list) else value for value in values]
    if not values or "" in values:
        raise ValueError(f"the grid of {key} is '{raw}', in which a value is empty; write it as {key}=a,b,c")
    return values


def _checked(recipe: Recipe, key: str, value: Any) -> Value:
    """The value as the setting has it; ValueError if the setting is unknown or cannot have it."""
    changed, leaf = recipe.with_changes({key: value}), key.rpartition(".")[2]
    part = changed.generator if leaf in {f.name for f in fields(GeneratorSpec)} else changed.training
    setting: Value | tuple[str, ...] = getattr(part, leaf)
    return ",".join(setting) if isinstance(setting, tuple) else setting


def number_of_trials(axes: Sequence[Axis], trials: int | None) -> int:
    """How many trials a sweep has: `trials`, or all combinations of lists; ValueError if that is unclear."""
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_COMBINATIONS:
        raise ValueError(
            f"the grid has {count:,} combinations, but {MOST_COMBINATIONS:,} are the most; "
            "give fewer values, or a range and --trials"
        )
    ranges = [axis.key for axis in axes if axis.is_range]
    if trials is None and ranges:
        raise ValueError(
            f"{ranges[0]} is a range, of which any number of values may be tried; say how many with --trials"
        )
    if trials is not None and trials < 1:
        raise ValueError(f"trials is {trials}, but a sweep has at least 1")
    if trials is not None and not ranges and trials > count:
        raise ValueError(
            f"trials is {trials}, but the grid has {count} combinations; leave --trials out to try all"
        )
    return trials or count


def check_combinations(recipe: Recipe, axes: Sequence[Axis]) -> None:
    """Build a recipe and count a generator's parameters for every combination, of a range with its ends.

    Raises:
        ValueError: a combination that cannot work.
    """
    keys = [axis.key for axis in axes]
    specs = [
        recipe.with_changes(dict(zip(keys, values, strict=True))).generator
        for values in product(*(axis.values for axis in axes))
    ]
    config = weights.load_config(recipe.generator.base, recipe.generator.base_revision)
    for spec in dict.fromkeys(replace(spec, context_width=spec.context_width or 8) for spec in specs):
        parameter_counts(spec, config)
        if not HYPERNETS[spec.hypernet].learns:
            raise ValueError(
                f"hypernet '{spec.hypernet}' holds a library and learns nothing; choose one that is trained"
            )
