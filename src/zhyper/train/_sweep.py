"""A sweep: many short runs of one recipe, judged on the selection split alone; a killed one goes on, and one table says it all."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from transformers import TrainerCallback

from zhyper import weights
from zhyper.checkpoint import read_card
from zhyper.data import load_collection
from zhyper.files import replace_file
from zhyper.spec import Recipe
from zhyper.train._grid import axes, check, number_of_trials
from zhyper.train._plan import Say, selection, trainable
from zhyper.train._processes import check_launcher
from zhyper.train._reporters import check_reporters
from zhyper.train._run import resolve, train
from zhyper.train._survival import NotFinite, NotWritten
from zhyper.train._sweep_table import FILE, report

if TYPE_CHECKING:
    from zhyper.train._study import Study, Trial


class Pruned(Exception):
    """A trial fell behind the median of those before it."""


class Watch(TrainerCallback):
    """Notes every evaluation of a trial's run; raises Pruned where the trial should end, ValueError at a loss that is not finite.

    Args:
        trial: which trial.
        metric: what it is judged by.
    """

    def __init__(self, trial: Trial, metric: str) -> None:
        self._trial, self._metric = trial, metric

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        metrics: dict[str, float] = kwargs["metrics"]
        if not math.isfinite(metrics["eval_loss"]):
            raise ValueError(
                f"the loss on the selection split is {metrics['eval_loss']} at step {state.global_step}"
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
    """Train a recipe under varied settings, and choose by the metric of each run's chosen checkpoint (`choose_by`).

    The same call goes on with a sweep that was killed: what is over is not run again, and what was under way goes on where its
    own run stopped. A trial that fails is noted as failed; the next call tries it anew, unless its settings are to blame: a
    ValueError, or a loss that is not finite. The report split is never read.

    Args:
        recipe: what all trials have in common.
        out: folder of the sweep: `trial-000` and so on, each a run; `sweep.db`, Optuna's; `sweep.json` and `sweep.md`, the table.
        grid: `key=a,b,c` for values, `key=low..high` for a range. Lists alone are tried in all combinations; with a range among
            them TPE chooses, and `trials` says how often.
        trials: how many; of lists alone at most as many as there are combinations, and those are all tried where none is given.
        seed: of the order of combinations, or of TPE; the runs have the recipe's.
        prune: end trials whose evaluations fall behind the median of at least five before them.
        say: receives one line of news at a time.
        progress: wraps what takes long before a run's first step, to show a progress bar.

    Returns:
        What `sweep.json` holds: `trials`, best first; `best` or None; `tied`, others as good as the best; and where it comes from.

    Raises:
        ValueError: a setting or value that cannot work, or a folder that holds something else; before anything is trained.
        RuntimeError: Optuna is missing, or what all trials need failed: a disk that is full, or a signal. The same call goes on.
    """
    if (processes := os.environ.get("WORLD_SIZE", "1")) not in ("", "0", "1"):
        raise ValueError(
            f"a sweep came in {processes} processes, but runs in one; start it without torchrun or accelerate launch"
        )
    try:
        from zhyper.train._study import Study
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"{error.name} is missing; pip install 'zhyper[sweep]' brings what a sweep needs"
        ) from error
    check_launcher()
    check_reporters(recipe.training)
    varied = axes(recipe, grid)
    count = number_of_trials(varied, trials)
    before = _earlier(out)
    recipe = _resolve(recipe, Recipe.from_dict(before["recipe"]) if before else None)
    about = {
        "recipe": recipe.to_dict(),
        "grid": {axis.key: axis.to_dict() for axis in varied},
        "seed": seed,
        "prune": prune,
    }
    _same(before, about)
    check(recipe, varied)
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".lock", timeout=0):
            replace_file(out / FILE, json.dumps(before or {**about, "trials": []}, indent=1) + "\n")
            study = Study(out / "sweep.db", varied, recipe.training.choose_by == "exact_match", seed, prune)
            try:
                return _work(recipe, out, study, count, about, say, progress)
            finally:
                study.close()
    except Timeout as error:
        raise ValueError(f"another sweep is at work in {out}; wait for it, or name another folder") from error


def _earlier(out: Path) -> dict[str, Any] | None:
    """What a sweep in this folder wrote down; ValueError if the folder holds something else."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder for the sweep")
    if (out / FILE).is_file():
        found: dict[str, Any] = json.loads((out / FILE).read_text(encoding="utf-8"))
        return found
    if out.exists() and any(file.name not in (".lock", f".{FILE}") for file in out.iterdir()):
        raise ValueError(
            f"{out} is not empty, and holds no {FILE} of a sweep that could go on; name another folder"
        )
    return None


def _same(before: dict[str, Any] | None, now: dict[str, Any]) -> None:
    for name in ("grid", "seed", "prune") if before else ():
        if before and before[name] != now[name]:
            raise ValueError(
                f"the sweep was started with another {name}: it was {json.dumps(before[name])} and is {json.dumps(now[name])}. "
                "Go on with the same one, or start a new sweep elsewhere"
            )


def _resolve(recipe: Recipe, before: Recipe | None) -> Recipe:
    """The recipe with what was left open decided for all trials alike; ValueError where trials could not be judged."""
    if recipe.training.objective != "sft":
        raise ValueError(
            "a sweep is judged on the selection split, which reconstruction does not read; set objective=sft"
        )
    collection = load_collection(*recipe.training.data, shares=recipe.training.shares)
    tasks = trainable(collection, recipe.training)
    recipe = resolve(recipe, collection, before)
    if not any(rows.pairs for rows in selection(collection, recipe.generator, tasks)):
        raise ValueError(
            "the data has no row to choose on, so trials cannot be judged; "
            "add inputs and descriptions, some of both of which are kept to choose on, or a task with the split 'selection'"
        )
    return recipe


def _work(
    recipe: Recipe,
    out: Path,
    study: Study,
    count: int,
    about: dict[str, Any],
    say: Say,
    progress: Callable[..., Any],
) -> dict[str, Any]:
    """Run what is left of `count` trials; the table is written after each."""
    while len(tried := study.tried()) < count:
        trial = study.next()
        if trial.failed:
            shutil.rmtree(out / _folder(trial), ignore_errors=True)
            trial.begin_again()
        named = ", ".join(f"{key}={value}" for key, value in trial.settings.items())
        say(f"trial {len(tried) + 1} of {count}: {named}")
        twin = next(
            (old for old in tried if old.state == "complete" and old.settings == trial.settings), None
        )
        if twin:
            trial.note(**{**twin.facts, "seconds": 0.0, "same_as": twin.number})
            study.tell(trial, "complete", twin.metric)
        else:
            _run(recipe, out, study, trial, say, progress)
        report(recipe, out, study.tried(), about)
        gc.collect()  # the trainer and its model refer to each other
    return report(recipe, out, study.tried(), about)


def _folder(trial: Trial) -> str:
    return f"trial-{trial.number:03}"


def _run(
    recipe: Recipe, out: Path, study: Study, trial: Trial, say: Say, progress: Callable[..., Any]
) -> None:
    metric = recipe.training.choose_by
    folder = _folder(trial)
    try:
        train(
            recipe.with_changes(trial.settings),
            out / folder,
            resume=True,
            progress=progress,
            watchers=[Watch(trial, metric)],
        )
        card = read_card(out / folder / "checkpoint")
        if card["chosen"] is None:
            raise ValueError("no checkpoint could be chosen; are all rows of the selection split too long?")
    except Pruned:
        study.tell(trial, "pruned")
        say(f"{folder} is pruned")
    except Exception as error:  # whatever else ends a trial, the others go on
        if _from_outside(error):
            say(f"{folder} stays under way; start the same sweep again, and it goes on")
            raise
        final = _its_own(error, recipe)
        reason = (
            str(error) if isinstance(error, ValueError | RuntimeError) else f"{type(error).__name__}: {error}"
        )
        trial.note(error=reason, seconds=trial.seconds())
        if final:
            study.tell(trial, "failed")
        else:
            study.put_off(trial)
        say(
            f"{folder} failed{'' if final else ', and is tried again when the sweep is started again'}: {reason}"
        )
    else:
        trial.note(**_facts(card), checkpoint=f"{folder}/checkpoint", seconds=trial.seconds())
        study.tell(trial, "complete", card["chosen"][metric])
        say(f"{folder}: {metric} {card['chosen'][metric]:.4f}")


def _from_outside(error: BaseException | None) -> bool:
    """Whether a disk that is full or fails, or a signal, ended a trial: neither says anything of its settings, and it goes on later."""
    disk = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)
    known = (
        isinstance(error, NotWritten)
        or hasattr(error, "exit_code")
        or (isinstance(error, OSError) and error.errno in disk)
    )
    return error is not None and (known or _from_outside(error.__cause__))


def _its_own(error: Exception, recipe: Recipe) -> bool:
    """Whether a trial's own settings made it fail, so that it would fail again; raises where what all trials read went away."""
    if isinstance(error, ValueError):
        _resolve(recipe, recipe)
        weights.load_config(recipe.generator.base, recipe.generator.base_revision)
        return not isinstance(
            error.__context__, OSError
        )  # a folder that cannot be written, or that another run has
    return isinstance(error, NotFinite)


def _facts(card: dict[str, Any]) -> dict[str, Any]:
    spec = json.dumps(card["spec"].to_dict(), sort_keys=True)
    return {
        "chosen": card["chosen"],
        "steps": card["steps"],
        "parameters": card["parameters"]["trainable"],
        "spec_sha256": hashlib.sha256(spec.encode()).hexdigest(),
        "weights_sha256": card["weights_sha256"],
    }
