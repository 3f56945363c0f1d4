"""Where numbers come from: what was asked, by which weights, with which packages, and what to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from zhyper import identity
from zhyper.data import BENCHMARKS
from zhyper.data.benchmarks import Program
from zhyper.evaluate._marking import right
from zhyper.evaluate._questions import Group
from zhyper.evaluate._store import key
from zhyper.text_to_adapter import TextToAdapter

PACKAGES = ("zhyper", "torch", "transformers", "lm-eval", "rouge-score")


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
        "base": f"{identity.public_name(machine.spec.base)} ({machine.base_sha256})",
        "encoder": f"{identity.public_name(machine.spec.encoder)} ({machine.encoder.identity})",
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
