"""Exact match of a checkpoint on the report split, beside the base, prompts, a multi-task LoRA and controls.

    python benchmarks/quality.py --data function-vectors:FOLDER --data instruction-induction:FOLDER \
        [--against "multi-task LoRA=RUN"] [--arrow LIBRARY]

Greedy generation, whole answer, mean over tasks, 95 % bootstrap intervals: over rows for `seen` (train tasks
under unseen descriptions and unseen inputs), over tasks and rows for `unseen` (tasks never trained on). Each
prompt of the bare base is asked with the generator's chat template and with the tokenizer's own, and reported
with the one that does better on the selection split. With --split selection all is done on the selection
split, for choosing; the report split is read once. Scores are written to --out as they come, and a second run
goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import transformers
from filelock import FileLock
from rich.progress import Progress

from zhyper.data import Collection, Split, load_collection
from zhyper.evaluate import (
    CONDITIONS,
    Answerer,
    ArrowRouting,
    Estimate,
    Evaluation,
    Group,
    Store,
    bootstrap,
    word_groups,
)
from zhyper.files import replace_file, sha256
from zhyper.library import lora_folders
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

NEAR = {
    "function_vectors/choose_first_of_3",
    "function_vectors/choose_last_of_5",
    "function_vectors/alphabetically_last_3",
    "function_vectors/verb_v_adjective_5",
    "function_vectors/lowercase_last_letter",
}
"""Report tasks whose longer or shorter form, or other letter case, is a train task; others have none."""

NAMES = {c.title.format("") if c.prompt else name: name for name, c in CONDITIONS.items()}
"""Conditions by what the table calls them."""
Scores = dict[str, list[float]]
"""The scores of each task's rows."""


def questions_of(
    collection: Collection, spec: GeneratorSpec, args: argparse.Namespace, split: Split, per_task: int
) -> dict[str, list[Group]]:
    """The questions of seen and unseen tasks, the same for every generator.

    One that knows tasks by name gets those of its own tasks alone.
    """
    shots = collection.rows("train", "train", "train")
    seen, unseen = collection.rows("train", split, split), collection.rows(split, split, split)
    parts = {"seen": seen} if spec.context == "task" else {"seen": seen, "unseen": unseen}
    return {
        part: word_groups(rows, shots, per_task, args.seed, spec, shots=args.shots)
        for part, rows in parts.items()
    }


def ask(machine: Answerer, parts: dict[str, list[Group]], condition: str, name: str) -> dict[str, Scores]:
    """The scores of each part's tasks under a condition; no part where it says nothing."""

    def bar(label: str, steps: int) -> Callable[[int], None]:
        task = progress.add_task(name, total=steps)
        return lambda done: progress.update(task, advance=done)

    scores: dict[str, Scores] = {}
    with Progress(transient=True) as progress:
        for part, groups in parts.items():
            asks = Evaluation(
                machine=machine, method=name, suite="words", groups=groups, store=Store(), progress=bar
            )
            own = {one.group: [row for (row,) in one.rows.values()] for one in asks([condition])}
            scores |= {part: own} if own else {}
    return scores


def better_template(machine: TextToAdapter, groups: dict[str, list[Group]], condition: str) -> TextToAdapter:
    """The machine, or its twin with the tokenizer's chat template if that does better on selection."""
    own = TextToAdapter(
        replace(machine.spec, chat_template=None), machine.model.base, machine.tokenizer, machine.encoder
    )
    right = {
        id(m): sum(sum(s) for g in ask(m, groups, condition, "choosing").values() for s in g.values())
        for m in (machine, own)
    }
    return machine if right[id(machine)] >= right[id(own)] else own


def estimates(scores: dict[str, Scores], minus: dict[str, Scores] | None = None) -> dict[str, Estimate]:
    """Means of all groups, or of the paired differences to another method's scores on common tasks."""
    groups = scores
    if minus is not None:
        groups = {
            g: {t: paired(r, minus[g][t]) for t, r in s.items() if t in minus[g]}
            for g, s in scores.items()
            if g in minus
        }
    unseen = groups.get("unseen", {})
    near = {"unseen, sibling trained": {t: r for t, r in unseen.items() if t in NEAR}}
    near["unseen, no sibling"] = {t: r for t, r in unseen.items() if t not in NEAR}
    return {
        g: bootstrap(list(tasks.values()), over_groups=g != "seen")
        for g, tasks in {**groups, **near}.items()
        if tasks
    }


def paired(ours: list[float], theirs: list[float]) -> list[float]:
    """Differences row by row."""
    return [x - y for x, y in zip(ours, theirs, strict=True)]


def load(ref: str, collection: Collection) -> TextToAdapter:
    """A checkpoint; ValueError if it was trained on what is reported.

    Rows are split by their text alone, whatever else was trained.
    """
    machine = TextToAdapter.load(ref)
    expected, trained = (
        {task.name for task in collection.tasks if task.split == "train"},
        set(machine.about["tasks"]),
    )
    if wrong := [task.name for task in collection.tasks if task.split != "train" and task.name in trained]:
        raise SystemExit(f"{ref} was trained on {wrong[0]}, which these data report")
    if missing := sorted(expected - trained):
        print(
            f"{ref} was trained without {len(missing)} of the {len(expected)} train tasks "
            f"({missing[0]} and so on)",
            file=sys.stderr,
        )
    return machine


def template(spec: GeneratorSpec) -> str:
    """Whose chat template makes the prompts."""
    return "the generator's" if spec.chat_template else "the tokenizer's"


def ask_conditions(
    machine: TextToAdapter, collection: Collection, args: argparse.Namespace, score_file: ScoreFile
) -> None:
    """The checkpoint under its own and other contexts, and its base under prompts."""
    groups = questions_of(collection, machine.spec, args, args.split, args.per_task)
    choosing = questions_of(collection, machine.spec, args, "selection", max(1, args.per_task // 5))
    possible = {
        name for part in groups.values() for one in part for q in one.questions for name in q.cues or ()
    }
    for name in args.only or [name for name, condition in NAMES.items() if condition in possible]:
        condition = NAMES[name]
        if not score_file.has(name, machine.weights_sha256):
            bare = not CONDITIONS[condition].adapter and machine.spec.chat_template is not None
            chosen = better_template(machine, choosing, condition) if bare else machine
            score_file.add(
                name, ask(chosen, groups, condition, name), machine.weights_sha256, template(chosen.spec)
            )
        print_row(name, estimates(score_file.scores[name]))


def texts_of_cues(groups: list[Group], condition: str) -> set[str]:
    """The different texts that questions are asked under in a condition."""
    return {q.cues[condition] for group in groups for q in group.questions if q.cues and condition in q.cues}


def far_shares(
    machine: TextToAdapter, collection: Collection, args: argparse.Namespace
) -> dict[str, float] | None:
    """The share of different texts that are far from the training descriptions; None where unknown."""
    groups = questions_of(collection, machine.spec, args, args.split, args.per_task)
    if machine.training_embeddings is None:
        return None
    texts_of = {part: texts_of_cues(own, "matched") for part, own in groups.items()}
    texts_of["random"] = texts_of_cues(groups["seen"], "random")
    far = machine.training_embeddings.far
    return {
        name: sum(d > far for d in machine.distances(sorted(texts))) / len(texts)
        for name, texts in texts_of.items()
        if texts
    }


def ask_others(
    spec: GeneratorSpec, collection: Collection, args: argparse.Namespace, score_file: ScoreFile
) -> None:
    """Other systems, each under its own contexts."""
    for name, _, ref in (other.partition("=") for other in args.against):
        other = load(ref, collection)
        if not score_file.has(name, other.weights_sha256):
            groups = questions_of(collection, other.spec, args, args.split, args.per_task)
            score_file.add(
                name, ask(other, groups, "matched", name), other.weights_sha256, template(other.spec)
            )
        print_row(name, estimates(score_file.scores[name]))
    if args.arrow:
        name, plain = (
            "Arrow routing",
            replace(spec, context="description", known_tasks=(), encoder=GeneratorSpec().encoder),
        )
        digest = hashlib.sha256(
            "".join(sha256(f / "adapter_model.safetensors") for f in lora_folders(args.arrow)).encode()
        ).hexdigest()
        if not score_file.has(name, digest):
            groups = questions_of(collection, plain, args, args.split, args.per_task)
            score_file.add(
                name, ask(ArrowRouting(args.arrow, plain), groups, "base", name), digest, template(plain)
            )
        print_row(name, estimates(score_file.scores[name]))


def main() -> None:
    """Run the evaluation."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--checkpoint", default="default")
    options.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="NAME=CHECKPOINT",
        help="another system; may be repeated",
    )
    options.add_argument(
        "--arrow", type=Path, metavar="LIBRARY", help="Arrow routing over this folder of task LoRAs"
    )
    options.add_argument("--data", action="append", required=True)
    options.add_argument("--split", default="report", choices=["selection", "report"])
    options.add_argument("--per-task", type=int, default=20)
    options.add_argument("--shots", type=int, default=3, help="solved examples of a prompt with examples")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", action="append", choices=list(NAMES), help="only these conditions")
    options.add_argument("--out", type=Path, help="JSON file that keeps all scores")
    args = options.parse_args()
    if wrong := [other for other in args.against if "=" not in other]:
        raise SystemExit(f"--against is '{wrong[0]}', but NAME=CHECKPOINT is expected")
    transformers.logging.set_verbosity_error()

    collection = load_collection(*args.data)
    machine = load(args.checkpoint, collection)
    origin = {
        "split": args.split,
        "seed": args.seed,
        "per_task": args.per_task,
        "shots": args.shots,
        "checkpoint_sha256": machine.weights_sha256,
        "data_sha256": collection.fingerprint(),
    }
    score_file = ScoreFile(args.out, origin)
    ask_conditions(machine, collection, args, score_file)
    ask_others(machine.spec, collection, args, score_file)
    far = far_shares(machine, collection, args)
    if far is not None:
        print(
            f"{'far from the training descriptions':48}"
            + "".join(f"  {g} {100 * share:.1f} % of texts" for g, share in far.items())
        )
    matched = score_file.scores.get("matched")
    gains = {
        name: estimates(matched, scores)
        for name, scores in score_file.scores.items()
        if matched and name != "matched"
    }
    for name, gain in gains.items():
        print_row(f"matched minus {name}", gain)
    summary = {
        "benchmark": "quality",
        **origin,
        "versions": {package: version(package) for package in ("zhyper", "torch", "transformers")},
        "chat_templates": {name: method["chat_template"] for name, method in score_file.methods.items()},
        "far": far,
        "results": {n: {g: asdict(e) for g, e in estimates(s).items()} for n, s in score_file.scores.items()},
        "gains": {n: {g: asdict(e) for g, e in es.items()} for n, es in gains.items()},
    }
    print(json.dumps(summary))


class ScoreFile:
    """Scores by method, written to a file as they come; what the file already holds is not computed again.

    Args:
        file: where they are written; None for nowhere.
        origin: the settings behind all of them; a file of another origin is refused.
    """

    def __init__(self, file: Path | None, origin: dict[str, Any]) -> None:
        self.file, self.origin = file, origin
        self.methods: dict[str, dict[str, Any]] = {}
        self._read()

    def _read(self) -> None:
        if self.file and self.file.exists():
            content = json.loads(self.file.read_text())
            if content.get("origin") != self.origin:
                raise SystemExit(
                    f"{self.file} holds scores of {content.get('origin')}, not of {self.origin}; "
                    "name another file"
                )
            self.methods |= content["methods"]

    def has(self, name: str, weights: str) -> bool:
        """Whether the scores of a method with these weights are there; those of other weights are refused."""
        if name in self.methods and self.methods[name]["weights"] != weights:
            raise SystemExit(
                f"{self.file} holds scores of another {name} ({self.methods[name]['weights']}); name another "
                "file"
            )
        return name in self.methods

    def add(self, name: str, scores: dict[str, Scores], weights: str, template: str) -> None:
        """Add a method's scores to those that this and other processes have written."""
        method = {"weights": weights, "chat_template": template, "scores": scores}
        if self.file is None:
            self.methods[name] = method
            return
        with FileLock(f"{self.file}.lock"):
            self._read()
            self.methods[name] = method
            content = {"origin": self.origin, "methods": self.methods}
            replace_file(self.file, json.dumps(content, indent=1) + "\n")

    @property
    def scores(self) -> dict[str, dict[str, Scores]]:
        """The scores of every method."""
        return {name: method["scores"] for name, method in self.methods.items()}


def print_row(name: str, groups: dict[str, Estimate]) -> None:
    """One line of the table, as soon as it is there."""
    print(
        f"{name:48}"
        + "".join(f"  {group} {estimate!s:20} n={estimate.n:<5}" for group, estimate in groups.items()),
        flush=True,
    )


if __name__ == "__main__":
    main()
