"""What a sweep tries next, and the results so far, in a SQLite file of Optuna's.

The only file that imports Optuna, which comes with `pip install 'zhyper[sweep]'`. SQLite, as a transaction
that a kill cuts off leaves nothing behind; a line of Optuna's journal that is cut off spoils those after it.
Optuna's own retries (`RetryFailedTrialCallback`) start a new trial from nothing; here a trial goes on where
its run stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import optuna
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from zhyper.train._errors import NotWritten
from zhyper.train._grid import Axis, Value

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


class TrialResult(NamedTuple):
    """A trial that is over."""

    number: int
    state: str
    """complete, pruned or failed."""
    settings: dict[str, Value]
    metric: float | None
    facts: dict[str, Any]


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """The block writes to the file; NotWritten where the disk is full, which says nothing of a trial."""
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise NotWritten(
            f"the notes of the sweep could not be written: {cause}. Make room, and start it again"
        ) from error


class AllCombinations(optuna.samplers.GridSampler):
    """All combinations in an order drawn from the seed, by a trial's number; the caller stops it."""

    def after_trial(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: Optuna's own would stop a loop that is not there."""


class Trial:
    """A trial under way.

    Args:
        trial: Optuna's.
        settings: what it tries.
        evaluated_steps: the steps whose evaluations are stored already.
    """

    def __init__(
        self, trial: optuna.Trial, settings: dict[str, Value], evaluated_steps: Iterable[int] = ()
    ) -> None:
        self.number, self.settings, self._evaluated = trial.number, settings, frozenset(evaluated_steps)
        self._trial, self._started = trial, monotonic()
        self._spent = float(trial.user_attrs.get("seconds", 0.0))
        self.failed = trial.user_attrs.get("error") is not None
        """Whether it failed when the sweep was started before."""

    def evaluated(self, step: int, metric: float) -> bool:
        """Store an evaluation and the seconds up to it; whether the trial should end here."""
        self.note(seconds=self.seconds())
        if step not in self._evaluated:  # a resumed run evaluates again what came after its newest checkpoint
            with _writing():
                self._trial.report(metric, step)
        return self._trial.should_prune()

    def seconds(self) -> float:
        """Seconds of work, with those before kills, up to the last evaluation before each."""
        return self._spent + monotonic() - self._started

    def note(self, **facts: Any) -> None:
        """Store facts of the trial; None removes one."""
        with _writing():
            for name, fact in facts.items():
                self._trial.set_user_attr(name, fact)

    def begin_again(self) -> None:
        """Forget how it failed, and the seconds that took."""
        self.note(error=None, seconds=0.0)
        self._spent = 0.0


class Study:
    """The trials of one sweep.

    Args:
        file: where they are stored; made where absent.
        axes: what is varied; lists alone are tried in all combinations, with a range among them all is
            sampled by TPE.
        maximise: whether a higher metric is better.
        seed: of the order of combinations, or of the sampler.
        prune: whether trials that fall behind the median of those before them end early.
    """

    def __init__(self, file: Path, axes: Sequence[Axis], maximise: bool, seed: int, prune: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._put_off: set[int] = set()
        self._axes, self._seed = axes, seed
        with _writing():
            self._storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
            self._study = optuna.create_study(
                study_name="sweep",
                storage=self._storage,
                sampler=self._sampler(0, ""),
                pruner=optuna.pruners.MedianPruner() if prune else optuna.pruners.NopPruner(),
                direction="maximize" if maximise else "minimize",
                load_if_exists=True,
            )

    def next(self) -> Trial:
        """The trial that a kill cut off, or that an earlier start put off, or else a new one."""
        running = self._study.get_trials(states=(TrialState.RUNNING,))
        old = next((trial for trial in running if trial.number not in self._put_off), None)
        settings: dict[str, Value] = {}
        with _writing():
            trial = optuna.Trial(self._study, old._trial_id) if old else self._study.ask()
            for axis in self._axes:
                self._study.sampler = self._sampler(trial.number, axis.key)
                settings[axis.key] = _choose(trial, axis)
        return Trial(trial, settings, old.intermediate_values if old else ())

    def _sampler(self, number: int, key: str) -> optuna.samplers.BaseSampler:
        """A sampler that depends on the seed, the trial's number, the setting and the trials before."""
        if not any(axis.is_range for axis in self._axes):
            return AllCombinations({axis.key: axis.values for axis in self._axes}, seed=self._seed)
        digest = hashlib.sha256(f"{self._seed}:{number}:{key}".encode()).digest()
        return optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"))

    def tell(self, trial: Trial, state: str, metric: float | None = None) -> None:
        """A trial is over."""
        states = {name: state for state, name in STATES.items()}
        with _writing():
            self._study.tell(trial.number, metric if state == "complete" else None, state=states[state])

    def put_off(self, trial: Trial) -> None:
        """A trial failed, and is tried again at the next start; to Optuna it stays under way."""
        self._put_off.add(trial.number)

    def results(self) -> list[TrialResult]:
        """The trials that are over, or put off, in the order they were begun."""
        return [
            TrialResult(
                trial.number,
                STATES.get(trial.state, "failed"),
                dict(trial.params),
                trial.value if trial.value is not None and math.isfinite(trial.value) else None,
                {name: fact for name, fact in trial.user_attrs.items() if fact is not None},
            )
            for trial in self._study.get_trials()
            if trial.state in STATES or trial.number in self._put_off
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._storage.engine.dispose()


def _choose(trial: optuna.Trial, axis: Axis) -> Value:
    """The value that the study's sampler chooses, or chose before a kill."""
    low, high = axis.values[0], axis.values[-1]
    if not axis.is_range:
        value: Value = trial.suggest_categorical(axis.key, axis.values)  # type: ignore[assignment]  # never None
        return value
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(axis.key, low, high, log=axis.log)
    return trial.suggest_float(axis.key, float(low), float(high), log=axis.log)
