"""Whole evaluations: checkpoints on a suite, and evaluations compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from zhyper.data import BENCHMARKS
from zhyper.data.benchmarks import Program
from zhyper.distance import FarContextWarning
from zhyper.evaluate._analysis import (
    adapter_similarity,
    contexts,
    cosines,
    mapped,
    training_curves,
    trunk_activations,
)
from zhyper.evaluate._conditions import CONTROLS, PROMPTED
from zhyper.evaluate._extra import NEEDED, extra
from zhyper.evaluate._marking import right
from zhyper.evaluate._protocols import Evaluation
from zhyper.evaluate._questions import Group, Scope
from zhyper.evaluate._report import check_folder, read_scores, write_report
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._store import Store, key
from zhyper.evaluate._suites import SUITES, read_suite
from zhyper.evaluate._summary import Result
from zhyper.text_to_adapter import TextToAdapter

Say = Callable[[str], Any]
Progress = Callable[[str, int], Callable[[int], Any]]
PACKAGES = ("zhyper", "torch", "transformers", "lm-eval", "rouge-score")


def evaluate(
    checkpoints: Mapping[str, str],
    suite: str,
    scope: Scope,
    out: Path,
    *,
    conditions: Sequence[str] = CONTROLS,
    allow_code: bool = False,
    batch_size: int = 32,
    load: Callable[[str], TextToAdapter] = TextToAdapter.load,
    say: Say = lambda text: None,
    progress: Progress = lambda name, steps: lambda done: None,
) -> list[Result]:
    """Evaluate checkpoints on a suite and write a report; what `out` has an answer to is not asked again.

    Args:
        checkpoints: by their names in tables, as `TextToAdapter.load` takes them.
        suite: one of `SUITES`.
        scope: which rows of which folder; what each checkpoint was trained on is filled in.
        out: folder of the report, and of `answers.sqlite`, which keeps every answer and likelihood.
        conditions: some of `CONTROLS`.
        allow_code: run programs that a model wrote, in a sandbox.
        batch_size: rows of one forward pass.
        load: loads a checkpoint.
        say: is told what a reader should know.
        progress: makes a progress bar of a name and a number of steps.

    Raises:
        ValueError: a name, folder, row or condition that is wrong, or a folder that holds something else.
        RuntimeError: a model or an extra package is missing, or programs cannot be isolated here.
    """
    # 1. Whatever is wrong is said before a model is loaded or a file is written.
    groups = _checked(checkpoints, suite, scope, conditions, allow_code)
    check_folder(out)
    for module in NEEDED:
        extra(module)
    notes = notes_on(groups, suite, allow_code)
    for note in notes:
        say(note)
    scores: list[Scores] = []
    methods: dict[str, dict[str, Any]] = {}
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # Controls are far on purpose; how many descriptions are is a fact of its own.
        warnings.simplefilter("ignore", FarContextWarning)
        store: Store | None = None
        # 2. Each checkpoint is asked; which subjects it has seen is known when it is loaded.
        for name, ref in checkpoints.items():
            machine = load(ref)
            if store is None:
                out.mkdir(parents=True, exist_ok=True)
                store = stack.enter_context(Store(out / "answers.sqlite"))
            groups = read_suite(suite, replace(scope, trained=tuple(machine.about.get("tasks", ()))))
            evaluation = Evaluation(
                machine=machine,
                method=name,
                suite=suite,
                groups=groups,
                store=store,
                seed=scope.seed,
                batch_size=batch_size,
                allow_code=allow_code,
                progress=progress,
            )
            scores += evaluation(conditions)
            methods[name] = facts(machine, groups) | {"versions": versions()}
            figures |= analysis(machine, name, groups, scope.seed)
    # 3. The report, with where its numbers come from.
    settings = {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(scope).items()
    }
    del settings["trained"]  # each checkpoint's own
    settings |= {"conditions": list(conditions), "allow_code": allow_code, "batch_size": batch_size}
    about = {
        "suite": suite,
        "seed": scope.seed,
        "rows_sha256": rows_hash(groups, suite, scope.seed),
        "methods": methods,
        "settings": settings,
    }
    return write_report(out, scores, about, notes, figures)


def _checked(
    checkpoints: Mapping[str, str], suite: str, scope: Scope, conditions: Sequence[str], allow_code: bool
) -> list[Group]:
    """The groups of a suite; ValueError where nothing could come of asking them."""
    if not checkpoints:
        raise ValueError("no checkpoint was given; name at least one")
    if wrong := [condition for condition in conditions if condition not in CONTROLS]:
        raise ValueError(f"'{wrong[0]}' is no condition; the conditions are: {', '.join(CONTROLS)}")
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


def facts(machine: TextToAdapter, groups: Sequence[Group]) -> dict[str, Any]:
    """What a method is: hashes, trained parameters, share of descriptions that are far from training."""
    texts = sorted({text for group in groups for text in group.descriptions})
    distances = machine.distances(texts) if machine.spec.context == "description" else None
    far = machine.training_embeddings.far if machine.training_embeddings else 0.0
    return {
        "far_share": None
        if distances is None
        else sum(distance > far for distance in distances) / len(distances),
        "checkpoint": machine.weights_sha256,
        "base": f"{machine.spec.base} ({machine.base_sha256})",
        "encoder": f"{machine.spec.encoder} ({machine.encoder.identity})",
        "trainable": sum(p.numel() for part in machine.parts().values() for p in part.parameters()),
        "dtype": str(machine.model.base.dtype).removeprefix("torch."),
    }


def versions() -> dict[str, str]:
    """Versions of what an evaluation depends on, and is installed: not every suite needs all of it."""
    installed = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            installed[package] = version(package)
    return installed


def rows_hash(groups: Sequence[Group], suite: str, seed: int) -> str:
    """A SHA-256 over all that is asked: suite, questions, right answers, descriptions and seed."""
    questions = [
        [
            group.name,
            group.descriptions,
            [[q.key, *([i.prompt, str(right(i.answer))] for i in q.items)] for q in group.questions],
        ]
        for group in groups
    ]
    return key(suite, seed, questions)


def notes_on(groups: Sequence[Group], suite: str, allow_code: bool) -> list[str]:
    """What a reader has to know of a suite: what is left out, and what blind answers would score."""
    notes = []
    code = [group.benchmark for group in groups if group.kind is Program]
    if code and not allow_code and suite == "benchmarks":
        notes.append(
            f"{' and '.join(code)} are left out: their answers are programs, which are run only if that is "
            "allowed (--allow-code)"
        )
    for benchmark in BENCHMARKS.values():
        own = [group for group in groups if benchmark.mostly_first and group.benchmark == benchmark.name]
        answers = [question.items[0].answer for group in own for question in group.questions]
        if answers:
            here, source = (
                100 * places.count(0) / len(answers)
                for places in ([a.right for a in answers], [a.source_right for a in answers])
            )
            notes.append(
                f"{benchmark.mostly_first}: always answering A would score {here:.1f} with the options as "
                "they were shuffled here, "
                f"and {source:.1f} in the order of the source (n = {len(answers)})"
            )
    return notes


def analysis(machine: TextToAdapter, name: str, groups: Sequence[Group], seed: int) -> dict[str, Any]:
    """Figures of a generator: maps of descriptions, likeness of words and adapters, and its training."""
    from zhyper.evaluate._plots import loss_curves, map_plot, similarity_plot

    figures: dict[str, Any] = {}
    curves = training_curves(machine)
    if curves:
        figures[f"{name}-training"] = loss_curves(curves)
    subjects = {group.subject: group for group in groups}
    named = [(text, group) for group in list(subjects.values())[:60] for text in group.descriptions]
    texts, labels = [text for text, _ in named], [group.subject for _, group in named]
    regions = [group.region or group.subject for _, group in named]
    if not machine.hypernet.reads_embeddings or machine.spec.context != "description" or len(set(texts)) < 4:
        return figures
    vectors = {"descriptions": contexts(machine, texts)}
    if hasattr(machine.hypernet, "trunk"):
        vectors["trunk"] = trunk_activations(machine, texts)
    for what, points in vectors.items():
        figures[f"{name}-{what}"] = map_plot(
            mapped(points, seed=seed), labels, regions if any(g.region for _, g in named) else None
        )
    few = texts[:: max(1, len(texts) // 60)]
    figures[f"{name}-similarity"] = similarity_plot(
        cosines(contexts(machine, few)), adapter_similarity(machine, few)
    )
    return figures
