"""A sweep: many short runs of one recipe, judged on the selection split alone; a killed one goes on.

Not Optuna's `optimize` or the trainer's `hyperparameter_search`: a trial that a kill cut off would begin anew
there, and a disk that is full would fail it.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from zhyper import weights
from zhyper.checkpoint import read_card
from zhyper.files import replace_file
from zhyper.spec import Recipe
from zhyper.train._driver import train
from zhyper.train._errors import FolderUnavailable, NotFinite, NotWritten, Stopped
from zhyper.train._fine_tuning import FineTuning
from zhyper.train._grid import check_combinations, number_of_trials, parse_axes
from zhyper.train._processes import check_launcher
from zhyper.train._reporters import check_reporters
from zhyper.train._run_folder import exclusive_folder
from zhyper.train._sweep_table import REPORT, write_report
from zhyper.train._training_rows import Say, selection_tasks

if TYPE_CHECKING:
    from zhyper.train._study import Study, Trial


DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)


class Pruned(Exception):
    """A trial fell behind the median of those before it."""


class TrialWatcher(TrainerCallback):
    """Stores every evaluation of a trial's run.

    Args:
        trial: which trial.
        metric: what it is judged by.

    Raises:
        Pruned: where the trial should end.
    """

    def __init__(self, trial: Trial, metric: str) -> None:
        self._trial, self._metric = trial, metric

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        metrics: dict[str, float] = kwargs["metrics"]
        if not math.isfinite(metrics["eval_loss"]):
            raise NotFinite(
                f"the loss of the selection rows is {metrics['eval_loss']} at step {state.global_step}"
            )
        if self._trial.evaluated(state.global_step, metrics[f"eval_{self._metric}"]):
            raise Pruned


def sweep(
    recipe: Recipe,
    out: Path,
    grid: Sequence[str],
    trials: int | None = None,
    seed: int = 0,
    prune: bool = False,
    say: Say = lambda text: None,
    progress: Callable[..., Any] = iter,
) -> dict[str, Any]:
    """Train a recipe under varied settings, and choose by `choose_by` of each run's chosen checkpoint.

    The same call goes on with a sweep that was killed: what is over is not run again, and what was under way
    goes on where its own run stopped. A trial that fails is noted as failed; the next call tries it anew,
    unless its settings are to blame: a ValueError, or a loss that is not finite. The report split is never
    read.

    Args:
        recipe: what all trials have in common.
        out: folder of the sweep: `trial-000` and so on, each a run; `sweep.db`, Optuna's; `sweep.json` and
            `sweep.md`, the table.
        grid: `key=a,b,c` for values, `key=low..high` for a range. Lists alone are tried in all combinations;
            with a range among them TPE chooses, and `trials` says how often.
        trials: how many; None tries all combinations of lists, which are the most that there can be of lists
            alone.
        seed: of the order of combinations, or of TPE; the runs have the recipe's.
        prune: end trials whose evaluations fall behind the median of at least five before them.
        say: receives one line of news at a time.
        progress: wraps what takes long before a run's first step, to show a progress bar.

    Returns:
        What `sweep.json` holds: `trials`, best first; `best` or None; `tied`, others as good as the best; and
        its origin.

    Raises:
        ValueError: a setting or value that cannot work, or a folder that holds something else; before any
            training.
        RuntimeError: Optuna is missing.
        NotWritten: the disk is full; the same call goes on.
        Stopped: a signal came; the same call goes on.
    """
    if (processes := os.environ.get("WORLD_SIZE", "1")) not in ("", "0", "1"):
        raise ValueError(
            f"a sweep was started in {processes} processes, but runs in one; start it without torchrun or "
            "accelerate launch"
        )
    try:
        from zhyper.train._study import Study
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"{error.name} is missing; pip install 'zhyper[sweep]' brings what a sweep needs"
        ) from error
    # 1. Refuse what cannot work, before anything is trained or written.
    check_launcher()
    check_reporters(recipe.training)
    axes = parse_axes(recipe, grid)
    count = number_of_trials(axes, trials)
    before = _earlier_report(out)
    recipe = _decided(recipe, Recipe.from_dict(before["recipe"]) if before else None)
    grid_facts = {axis.key: axis.to_dict() for axis in axes}
    about = {"recipe": recipe.to_dict(), "grid": grid_facts, "seed": seed, "prune": prune}
    _check_same(before, about)
    check_combinations(recipe, axes)
    # 2. Take the folder, and write down what the sweep is.
    with exclusive_folder(out, work="sweep"):
        replace_file(out / REPORT, json.dumps(before or {**about, "trials": []}, indent=1) + "\n")
        study = Study(out / "sweep.db", axes, recipe.training.choose_by == "exact_match", seed, prune)
        # 3. Run what is left.
        with contextlib.closing(study):
            return Sweep(recipe, out, study, about, say, progress).run(count)


def _earlier_report(out: Path) -> dict[str, Any] | None:
    """What a sweep in this folder wrote down; ValueError if the folder holds something else."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder for the sweep")
    if (out / REPORT).is_file():
        report: dict[str, Any] = json.loads((out / REPORT).read_text(encoding="utf-8"))
        return report
    if out.exists() and any(file.name not in (".lock", f".{REPORT}") for file in out.iterdir()):
        raise ValueError(
            f"{out} is not empty, and holds no {REPORT} of a sweep that could go on; name another folder"
        )
    return None


def _check_same(before: dict[str, Any] | None, now: dict[str, Any]) -> None:
    for name in ("grid", "seed", "prune") if before else ():
        if before and before[name] != now[name]:
            raise ValueError(
                f"the sweep was started with another {name}: it was {json.dumps(before[name])} and is "
                f"{json.dumps(now[name])}. Go on with the same one, or start a new sweep elsewhere"
            )


def _decided(recipe: Recipe, before: Recipe | None) -> Recipe:
    """The recipe with everything decided for all trials alike; ValueError where these could not be judged."""
    if recipe.training.objective != "sft":
        raise ValueError(
            "a sweep is judged on the selection split, which reconstruction does not read; set objective=sft"
        )
    run = FineTuning(recipe, before)
    selection = selection_tasks(run.collection, run.recipe.generator, run.train_tasks)
    if not any(rows.pairs for rows in selection):
        raise ValueError(
            "the data has no row to choose on, so trials cannot be judged; add inputs and descriptions, "
            "some of both of which are kept to choose on, or a task with the split 'selection'"
        )
    return run.recipe


@dataclass(frozen=True)
class Sweep:
    """A sweep at work in its folder."""

    recipe: Recipe
    out: Path
    study: Study
    about: dict[str, Any]
    """What the report says of the sweep as a whole."""
    say: Say
    progress: Callable[..., Any]

    def run(self, count: int) -> dict[str, Any]:
        """Run what is left of `count` trials; the report is written after each."""
        while len(results := self.study.results()) < count:
            trial = self.study.next()
            if trial.failed:
                shutil.rmtree(self.out / _folder(trial), ignore_errors=True)
                trial.begin_again()
            settings = ", ".join(f"{key}={value}" for key, value in trial.settings.items())
            self.say(f"trial {len(results) + 1} of {count}: {settings}")
            complete = (old for old in results if old.state == "complete")
            twin = next((old for old in complete if old.settings == trial.settings), None)
            if twin:
                trial.note(**{**twin.facts, "seconds": 0.0, "same_as": twin.number})
                self.study.tell(trial, "complete", twin.metric)
            else:
                self._run_trial(trial)
            write_report(self.recipe, self.out, self.study.results(), self.about)
            gc.collect()  # the trainer and its model refer to each other
        return write_report(self.recipe, self.out, self.study.results(), self.about)

    def _run_trial(self, trial: Trial) -> None:
        metric, folder = self.recipe.training.choose_by, _folder(trial)
        try:
            train(
                self.recipe.with_changes(trial.settings),
                self.out / folder,
                resume=True,
                progress=self.progress,
                watchers=[TrialWatcher(trial, metric)],
            )
            card = read_card(self.out / folder / "checkpoint")
            if card["chosen"] is None:
                raise ValueError(
                    "no checkpoint could be chosen; are all rows of the selection split too long?"
                )
        except Pruned:
            self.study.tell(trial, "pruned")
            self.say(f"{folder} is pruned")
        except Exception as error:  # whatever else ends a trial, the others go on
            if _from_outside(error):
                self.say(f"{folder} stays under way; start the same sweep again, and it goes on")
                raise
            self._fail(trial, error)
        else:
            trial.note(**_facts(card), checkpoint=f"{folder}/checkpoint", seconds=trial.seconds())
            self.study.tell(trial, "complete", card["chosen"][metric])
            self.say(f"{folder}: {metric} {card['chosen'][metric]:.4f}")

    def _fail(self, trial: Trial, error: Exception) -> None:
        final = self._is_to_blame(error)
        is_sentence = isinstance(error, ValueError | RuntimeError)
        reason = str(error) if is_sentence else f"{type(error).__name__}: {error}"
        trial.note(error=reason, seconds=trial.seconds())
        if final:
            self.study.tell(trial, "failed")
        else:
            self.study.put_off(trial)
        later = "" if final else ", and is tried again when the sweep is started again"
        self.say(f"{_folder(trial)} failed{later}: {reason}")

    def _is_to_blame(self, error: Exception) -> bool:
        """Whether a trial's own settings would fail again; raises where what all trials read went away."""
        if not isinstance(error, ValueError):
            return isinstance(error, NotFinite)
        _decided(self.recipe, self.recipe)
        weights.load_config(self.recipe.generator.base, self.recipe.generator.base_revision)
        return not (isinstance(error, FolderUnavailable) or isinstance(error.__cause__, OSError))


def _from_outside(error: BaseException | None) -> bool:
    """Whether the disk or a signal ended a trial, and not its settings: it goes on later."""
    if error is None:
        return False
    of_disk = isinstance(error, OSError) and error.errno in DISK_ERRORS
    return of_disk or isinstance(error, NotWritten | Stopped) or _from_outside(error.__cause__)


def _folder(trial: Trial) -> str:
    return f"trial-{trial.number:03}"


def _facts(card: dict[str, Any]) -> dict[str, Any]:
    spec = json.dumps(card["spec"].to_dict(), sort_keys=True)
    return {
        "chosen": card["chosen"],
        "steps": card["steps"],
        "parameters": card["parameters"]["trainable"],
        "spec_sha256": hashlib.sha256(spec.encode()).hexdigest(),
        "weights_sha256": card["weights_sha256"],
    }
