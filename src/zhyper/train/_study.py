"""What a sweep tries next and what it has tried, in a SQLite file of Optuna's.

The only file that imports Optuna, which comes with `pip install 'zhyper[sweep]'`. SQLite, as a transaction that a kill cuts off
leaves nothing behind; a line of Optuna's journal that is cut off spoils those after it.
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

from zhyper.train._grid import Axis, Value
from zhyper.train._survival import NotWritten

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


class Tried(NamedTuple):
    """A trial that is over."""

    number: int
    state: str
    """complete, pruned or failed."""
    settings: dict[str, Value]
    metric: float | None
    facts: dict[str, Any]


@contextlib.contextmanager
def _noting() -> Iterator[None]:
    """What the block notes cannot be written where the disk is full: that says nothing of a trial."""
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise NotWritten(
            f"the notes of the sweep could not be written: {cause}. Make room, then start the same sweep again"
        ) from error


class Grid(optuna.samplers.GridSampler):
    """All combinations in an order drawn from the seed; a trial's number says which. Who asks knows when to stop."""

    def after_trial(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: Optuna's own would stop a loop that is not there."""


class Trial:
    """A trial under way.

    Args:
        trial: Optuna's.
        settings: what it tries.
        seen: the steps whose evaluations are noted already.
    """

    def __init__(self, trial: optuna.Trial, settings: dict[str, Value], seen: Iterable[int] = ()) -> None:
        self.number, self.settings, self._seen = trial.number, settings, frozenset(seen)
        self._trial, self._started = trial, monotonic()
        self._spent = float(trial.user_attrs.get("seconds", 0.0))
        self.failed = trial.user_attrs.get("error") is not None
        """Whether it failed when the sweep was started before."""

    def evaluated(self, step: int, metric: float) -> bool:
        """Note an evaluation and the seconds up to it; whether the trial should end here."""
        self.note(seconds=self.seconds())
        if step not in self._seen:  # a resumed run evaluates again what came after its newest checkpoint
            with _noting():
                self._trial.report(metric, step)
        return self._trial.should_prune()

    def seconds(self) -> float:
        """Seconds of work, those before kills among them, up to the last evaluation before each."""
        return self._spent + monotonic() - self._started

    def note(self, **facts: Any) -> None:
        """Keep facts of the trial; None takes one away."""
        with _noting():
            for name, fact in facts.items():
                self._trial.set_user_attr(name, fact)

    def begin_again(self) -> None:
        """Forget how it failed, and the seconds that took."""
        self.note(error=None, seconds=0.0)
        self._spent = 0.0


class Study:
    """The trials of one sweep.

    Args:
        file: where they are kept; made where absent.
        axes: what is varied; lists alone are tried in all combinations, with a range among them all is sampled by TPE.
        maximise: whether a higher metric is better.
        seed: of the order of combinations, or of the sampler.
        prune: whether trials that fall behind the median of those before them end early.
    """

    def __init__(self, file: Path, axes: Sequence[Axis], maximise: bool, seed: int, prune: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._put_off: set[int] = set()
        self._axes, self._seed = axes, seed
        with _noting():
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
        """The trial that a kill cut off, or that was put off when the sweep was started before, or else a new one."""
        under_way = [
            t for t in self._study.get_trials(states=(TrialState.RUNNING,)) if t.number not in self._put_off
        ]
        settings: dict[str, Value] = {}
        with _noting():
            trial = optuna.Trial(self._study, under_way[0]._trial_id) if under_way else self._study.ask()
            for axis in self._axes:
                self._study.sampler = self._sampler(trial.number, axis.key)
                settings[axis.key] = _choose(trial, axis)
        return Trial(trial, settings, under_way[0].intermediate_values if under_way else ())

    def _sampler(self, number: int, key: str) -> optuna.samplers.BaseSampler:
        """A sampler whose choices are a function of the seed, the trial's number, the setting and the trials before."""
        if not any(axis.between for axis in self._axes):
            return Grid({axis.key: axis.values for axis in self._axes}, seed=self._seed)
        digest = hashlib.sha256(f"{self._seed}:{number}:{key}".encode()).digest()
        return optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"))

    def tell(self, trial: Trial, state: str, metric: float | None = None) -> None:
        """A trial is over."""
        states = {name: state for state, name in STATES.items()}
        with _noting():
            self._study.tell(trial.number, metric if state == "complete" else None, state=states[state])

    def put_off(self, trial: Trial) -> None:
        """A trial failed, and is tried again when the sweep is started again; to Optuna it stays under way."""
        self._put_off.add(trial.number)

    def tried(self) -> list[Tried]:
        """The trials that are over, or put off, in the order they were begun."""
        return [
            Tried(
                t.number,
                STATES.get(t.state, "failed"),
                dict(t.params),
                _finite(t.value),
                {k: v for k, v in t.user_attrs.items() if v is not None},
            )
            for t in self._study.get_trials()
            if t.state in STATES or t.number in self._put_off
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._storage.engine.dispose()


def _choose(trial: optuna.Trial, axis: Axis) -> Value:
    """The value that the study's sampler chooses, or chose before a kill."""
    low, high = axis.values[0], axis.values[-1]
    if not axis.between:
        value: Value = trial.suggest_categorical(axis.key, axis.values)  # type: ignore[assignment]  # None is not among them
        return value
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(axis.key, low, high, log=axis.log)
    return trial.suggest_float(axis.key, float(low), float(high), log=axis.log)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
