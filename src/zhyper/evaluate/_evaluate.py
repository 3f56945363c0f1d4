"""Whole evaluations: checkpoints on a suite, and evaluations compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from zhyper.data.benchmarks import Program
from zhyper.evaluate._analysis import figures_of_generator
from zhyper.evaluate._conditions import CONDITIONS, PROMPTED, check_conditions, texts_under
from zhyper.evaluate._extra import NEEDED, extra
from zhyper.evaluate._origin import facts, notes_on, rows_hash, versions
from zhyper.evaluate._protocols import Evaluation, Progress
from zhyper.evaluate._questions import Group, Scope
from zhyper.evaluate._report import check_folder, read_scores, write_report
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._store import Store
from zhyper.evaluate._suites import SUITES, read_suite
from zhyper.evaluate._summary import Result
from zhyper.text_to_adapter import TextToAdapter


def evaluate(
    checkpoints: Mapping[str, str],
    suite: str,
    scope: Scope,
    out: Path,
    *,
    conditions: Sequence[str] = tuple(CONDITIONS),
    allow_code: bool = False,
    batch_size: int = 32,
    load: Callable[[str], TextToAdapter] = TextToAdapter.load,
    say: Callable[[str], Any] = lambda text: None,
    progress: Progress = lambda name, steps: lambda done: None,
) -> list[Result]:
    """Evaluate checkpoints on a suite and write a report; what `out` has an answer to is not asked again.

    Args:
        checkpoints: by their names in tables, as `TextToAdapter.load` takes them.
        suite: one of `SUITES`.
        scope: which rows of which folder; what each checkpoint was trained on is filled in.
        out: folder of the report, and of `answers.sqlite`, which keeps every answer and likelihood.
        conditions: some of `CONDITIONS`; those that say nothing in a suite are left out.
        allow_code: run programs that a model wrote, in a sandbox.
        batch_size: rows of one forward pass.
        load: loads a checkpoint.
        say: is told what a reader should know.
        progress: makes a progress bar of a name and a number of steps.

    Raises:
        ValueError: a name, folder, row or condition that is wrong, or a folder that holds something else.
        RuntimeError: a model or an extra package is missing, or programs cannot be isolated here.
    """
    # Whatever is wrong is said before a model is loaded or a file is written.
    groups = _checked(checkpoints, suite, scope, conditions, allow_code)
    check_folder(out)
    notes = notes_on(groups, suite, allow_code)
    for note in notes:
        say(note)
    how: dict[str, Any] = {"allow_code": allow_code, "batch_size": batch_size}
    asks = partial(Evaluation, suite=suite, seed=scope.seed, progress=progress, **how)
    scores: list[Scores] = []
    methods: dict[str, dict[str, Any]] = {}
    figures: dict[str, Any] = {}
    for name, ref in checkpoints.items():
        machine = load(ref)
        out.mkdir(parents=True, exist_ok=True)
        # Which subjects it has seen is known now.
        own = replace(scope, trained=tuple(machine.about.get("tasks", ())), spec=machine.spec)
        groups = read_suite(suite, own)
        with Store(out / "answers.sqlite") as store:
            scores += asks(machine=machine, method=name, groups=groups, store=store)(conditions)
        methods[name] = facts(machine, groups) | {"versions": versions()}
        figures |= figures_of_generator(machine, name, groups, scope.seed)
    asked = {one.condition for one in scores}
    how = {"conditions": [name for name in conditions if name in asked], **how}
    about = {
        "suite": suite,
        "seed": scope.seed,
        "rows_sha256": rows_hash(groups, suite, scope.seed),
        "methods": methods,
        "settings": {**_settings(scope), **how},
    }
    return write_report(out, scores, about, notes, figures)


def _settings(scope: Scope) -> dict[str, Any]:
    """A scope as plain values, without what is each checkpoint's own."""
    values = {name: value for name, value in asdict(scope).items() if name not in ("trained", "spec")}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def _checked(
    checkpoints: Mapping[str, str], suite: str, scope: Scope, conditions: Sequence[str], allow_code: bool
) -> list[Group]:
    """The groups of a suite; ValueError where nothing could come of asking them."""
    for module in NEEDED:
        extra(module)
    if not checkpoints:
        raise ValueError("no checkpoint was given; name at least one")
    check_conditions(conditions)
    groups = read_suite(suite, scope)
    if SUITES[suite].protocol == "loglikelihood" and not set(conditions) - set(PROMPTED):
        raise ValueError(
            f"the suite '{suite}' compares likelihoods, where a changed prompt is no condition; ask for one "
            "of the others"
        )
    if not allow_code and all(group.kind is Program for group in groups):
        raise ValueError(
            "all that is to be asked are programs, which are run only if that is allowed (--allow-code)"
        )
    if not any(texts_under(c, group, groups, scope.seed) for c in conditions for group in groups):
        raise ValueError(
            f"the suite '{suite}' has no text to ask under the condition {' or '.join(conditions)}; ask for "
            "another one"
        )
    return groups


def compare(folders: Sequence[Path], out: Path) -> list[Result]:
    """Put several evaluations into one report, their methods side by side.

    Raises:
        ValueError: fewer than two, no evaluation, different rows or suites, or methods of one name.
    """
    check_folder(out)
    if out.resolve() in [folder.resolve() for folder in folders]:
        raise ValueError(f"{out} is one of the evaluations; the comparison needs a folder of its own")
    if len(folders) < 2:
        raise ValueError(f"{len(folders)} evaluations were given; a comparison needs at least two")
    scores: list[Scores] = []
    methods: dict[str, dict[str, Any]] = {}
    abouts: list[dict[str, Any]] = []
    for folder in folders:
        own, about = read_scores(folder)
        if abouts and about["rows_sha256"] != abouts[0]["rows_sha256"]:
            raise ValueError(
                f"{folder} was asked other questions than {folders[0]}; evaluate both with the same rows, "
                "texts and seed"
            )
        if twice := set(methods) & set(about["methods"]):
            raise ValueError(
                f"{folder} and one before it have a method called {min(twice)}; evaluate it as "
                "NAME=CHECKPOINT"
            )
        scores += own
        methods |= about["methods"]
        abouts.append(about)
    notes = list(dict.fromkeys(note for about in abouts for note in about["notes"]))
    return write_report(out, scores, {**abouts[0], "methods": methods}, notes)
