"""What the objectives of training have in common: the steps between a recipe and a checkpoint."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from accelerate import PartialState
from torch import Tensor, nn

from zhyper import identity
from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._run_folder import absolute_folders
from zhyper.train._trainer import RunTrainer
from zhyper.train._training_rows import Plan, Say


class Outcome(NamedTuple):
    """What a run has learned."""

    parts: dict[str, nn.Module]
    """Adapter and hypernetwork, by the name that their weights have in a checkpoint."""
    embeddings: Sequence[Tensor]
    """What the hypernetwork was trained on, each [C]; distances are measured from them later."""
    facts: dict[str, Any]
    """What the checkpoint's card says besides what it says of every run."""


class Objective(ABC):
    """One run's work. The driver calls the methods once each, in the order in which they stand here.

    Args:
        recipe: as it was given.
        before: the recipe of the run that is resumed.

    Raises:
        ValueError: settings, data or a library that cannot work.
    """

    loads_base: ClassVar[bool]
    """Whether the base's weights are loaded, which several processes can share."""
    recipe: Recipe
    """The recipe with everything decided that was left open; `check` may still add `context_width`."""
    tasks: list[str]
    """What is learned, by name."""
    machine: TextToAdapter | None = None
    """What is trained, where it can answer; set by `prepare`."""
    notes: Sequence[str] = ()
    """Sentences on the data that are said before training: rows that are in no task, what was decided."""
    plan: Plan | None = None
    """The rows it is trained on; set by `prepare`."""

    @abstractmethod
    def __init__(self, recipe: Recipe, before: Recipe | None) -> None: ...

    @abstractmethod
    def check(self) -> dict[str, Any]:
        """The parameter counts; ValueError if the parts do not fit together. No weight is loaded yet."""

    @abstractmethod
    def prepare(self, out: Path, state: PartialState, say: Say, progress: Callable[..., Any]) -> RunTrainer:
        """Load weights, embed cues, and plan the rows; the trainer of the run."""

    @abstractmethod
    def outcome(self) -> Outcome:
        """What was learned, after training."""


def settled(recipe: Recipe, before: Recipe | None) -> Recipe:
    """The recipe with its folders as absolute paths, and with the base's revision and fingerprint.

    The revision is the recipe's, the resumed run's (a branch may have moved), or the hub's now. Raises
    ValueError if the recipe names another fingerprint.
    """
    recipe = absolute_folders(recipe)
    generator, expected = recipe.generator, recipe.training.base_sha256
    earlier = before.generator.base_revision if before else None
    revision = generator.base_revision or earlier or identity.commit(generator.base)
    sha256 = identity.base_hash(generator.base, revision)
    if expected not in (None, sha256):
        raise ValueError(
            f"the base {generator.base} has the fingerprint {sha256}, but the recipe expects {expected}; "
            "use the same base"
        )
    # a folder whose weights are away has no fingerprint that a later try could be held to
    known = sha256 if sha256 != hashlib.sha256().hexdigest() else None
    return recipe.with_changes({"base_revision": revision, "base_sha256": known})
