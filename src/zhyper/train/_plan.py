"""What a run reads: which tasks, which rows in which order, and the embeddings of their cues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from accelerate import PartialState
from torch import Tensor

from zhyper.data import Collection, Example, Rows, bucket, cued, plan_examples
from zhyper.distance import TrainingEmbeddings
from zhyper.encoders import LAST_TOKEN, ONE_HOT, Encoder
from zhyper.hypernets import Hypernet
from zhyper.spec import GeneratorSpec, TrainingSpec
from zhyper.text_to_adapter import TextToAdapter, make_encoder
from zhyper.train._processes import encode_together
from zhyper.train._samples import Sample, pick

Say = Callable[[str], None]
MOST_ROWS = 2**31
"""How many rows a run may draw; a plan holds all of them."""


def fingerprint(collection: Collection, training: TrainingSpec) -> str:
    """What identifies the data; ValueError if the recipe wants other data."""
    found = collection.fingerprint()
    if training.data_sha256 not in (None, found):
        raise ValueError(
            f"the data has the fingerprint {found}, but the recipe wants {training.data_sha256}; use the same data"
        )
    return found


def trainable(collection: Collection, training: TrainingSpec) -> list[Rows]:
    """The train tasks of the run with the descriptions and inputs for training; ValueError if there are none, or too many rows."""
    drawn = training.steps * training.batch_size * training.accumulation
    if drawn > MOST_ROWS:
        raise ValueError(
            f"steps × batch_size × accumulation came as {drawn:,} rows, but wants at most {MOST_ROWS:,}; lower one of them"
        )
    found = {rows.task.name: rows for rows in collection.rows("train", "train", "train")}
    if not found:
        raise ValueError("no task of the data is for training; at least one task needs the split 'train'")
    if "" in training.tasks:
        raise ValueError(
            f"tasks holds an empty name; leave it out for all, or name some of the data's train tasks: {', '.join(found)}"
        )
    if twice := [name for name in found if training.tasks.count(name) > 1]:
        raise ValueError(f"tasks names {', '.join(twice)} more than once; name each task once")
    if unknown := set(training.tasks) - set(found):
        raise ValueError(
            f"tasks names {', '.join(sorted(unknown))}, but the data's train tasks are: {', '.join(found)}"
        )
    return [found[name] for name in training.tasks or found]


def selection(collection: Collection, spec: GeneratorSpec, trained: Sequence[Rows]) -> list[Rows]:
    """What a checkpoint is chosen on: unseen inputs and descriptions of the tasks trained on; and the selection tasks.

    The selection tasks serve where they may be known: not if one task alone is trained, nor if contexts are the names of tasks.
    """
    names = {rows.task.name for rows in trained}
    seen = collection.rows("train", "selection" if spec.context == "description" else "train", "selection")
    unseen = (
        []
        if spec.context == "task" or len(names) == 1
        else collection.rows("selection", "selection", "selection")
    )
    return [rows for rows in seen if rows.task.name in names] + unseen


class Plan(NamedTuple):
    """What a run reads."""

    rows: list[Example]
    """All rows in the order they are trained on, a function of the seed alone."""
    chosen: list[Example]
    """The rows a checkpoint is chosen on."""
    embeddings: dict[str, Tensor]
    """The embedding [C] of each cue."""
    samples: list[Sample]
    """Some of the chosen rows, which are answered at every evaluation."""


def plan(
    machine: TextToAdapter,
    trainable: Sequence[Rows],
    chosen_on: Sequence[Rows],
    settings: TrainingSpec,
    say: Say,
    progress: Callable[..., Any],
    state: PartialState,
) -> Plan:
    """Rows of all processes: of the same number of rows in a step, one process or several train on the same ones."""
    spec = machine.spec
    shown = {rows.task.name: rows.pairs for rows in trainable}
    trainable, chosen_on = (
        cued(rows, spec.context, spec.shots, settings.seed, shown) for rows in (trainable, chosen_on)
    )
    together = settings.batch_size * state.num_processes
    count = settings.steps * together * settings.accumulation
    rows, left_out = plan_examples(
        machine.tokenizer, trainable, count, settings.seed, settings.max_tokens, spec.chat_template
    )
    why = "too long, or among their own demonstrations" if spec.context == "demonstrations" else "too long"
    say(f"{len(trainable)} tasks to train on, {left_out} of {count + left_out} drawn rows left out as {why}")
    chosen = plan_selection(machine, chosen_on, settings)
    if chosen:
        say(
            f"{len(chosen)} different rows choose the checkpoint, drawn from {len(chosen_on)} task{'s'[: len(chosen_on) - 1]}"
        )
    else:
        say(
            f"no row is left to choose a checkpoint on, so the last weights are kept: {_missing(trainable, spec.context)}"
        )
    cues = [example.cue for example in [*rows, *chosen]]
    if settings.contrast:
        compared = dict.fromkeys(row.alike for row in rows if len(row.alike) > 1)
        if not compared or not machine.hypernet.reads_embeddings:
            why = (
                "no task has two to train on"
                if machine.hypernet.reads_embeddings
                else "this generator reads none"
            )
            raise ValueError(f"contrast compares descriptions that mean the same, but {why}; leave it at 0")
        cues += [text for alike in compared for text in alike]
    embeddings = context_vectors(machine.encoder, spec, cues, progress, state)
    return Plan(
        bucket(rows, together, settings.seed),
        chosen,
        embeddings,
        pick(machine, chosen, chosen_on, settings.samples),
    )


def plan_selection(machine: TextToAdapter, rows: Sequence[Rows], settings: TrainingSpec) -> list[Example]:
    """Rows whose loss chooses the checkpoint, each once: half drawn of train tasks, half of selection tasks, if there are both."""
    groups = [
        group for split in ("train", "selection") if (group := [r for r in rows if r.task.split == split])
    ]
    found: dict[tuple[str, tuple[int, ...], tuple[int, ...]], Example] = {}
    for i, group in enumerate(groups):
        count = (settings.selection_rows + len(groups) - 1 - i) // len(groups)
        drawn, _ = plan_examples(
            machine.tokenizer,
            group,
            count,
            settings.seed + 1,
            settings.max_tokens,
            machine.spec.chat_template,
        )
        found |= {(row.cue, tuple(row.prompt), tuple(row.answer)): row for row in drawn}
    return sorted(found.values(), key=lambda example: example.tokens)


def _missing(trained: Sequence[Rows], context: str) -> str:
    """What the tasks trained on lack to choose a checkpoint on."""
    tasks = [rows.task for rows in trained]
    collection = Collection(tasks)
    parts = [collection.part(task, "selection") for task in tasks]
    lacking = (
        []
        if context != "description" or any(part.texts for part in parts)
        else ["descriptions (10 % of them are)"]
    )
    if not any(part.pairs for part in parts):
        shares = sorted({f"{100 * task.selection:g}" for task in tasks})
        lacking.append(f"inputs ({' or '.join(shares)} % of them are)")
    if not lacking:
        return (
            "no train task has both inputs and descriptions that are kept for that; add more of what it lacks"
        )
    return f"the train tasks have no {' and no '.join(lacking)} that are kept for that; add more"


def training_embeddings(
    spec: GeneratorSpec, hypernet: Hypernet, embeddings: Sequence[Tensor]
) -> TrainingEmbeddings | None:
    """What the distances of later embeddings are measured from; None where there is nothing to be near to."""
    return (
        TrainingEmbeddings.of(torch.stack(list(embeddings)))
        if hypernet.reads_embeddings and spec.encoder != ONE_HOT
        else None
    )


def context_vectors(
    encoder: Encoder,
    spec: GeneratorSpec,
    texts: Sequence[str],
    progress: Callable[..., Any],
    state: PartialState,
) -> dict[str, Tensor]:
    """The embedding [C] of each text; ValueError if the recipe wants another length."""
    texts = list(dict.fromkeys(texts))
    vectors = encode_together(encoder, texts, progress, state)
    check_width(spec, vectors.shape[1])
    return dict(zip(texts, vectors, strict=True))


def check_width(spec: GeneratorSpec, width: int) -> None:
    """Raise ValueError unless the encoder's vectors have the length that the recipe wants."""
    if spec.context_width not in (None, width):
        raise ValueError(
            f"encoder '{spec.encoder}' gives vectors of length {width}, but context_width is {spec.context_width}"
        )


def encoder_width(spec: GeneratorSpec, config: Any) -> int:
    """Length of the encoder's vectors, from the base's configuration where the base itself is the encoder."""
    return (
        int(config.get_text_config().hidden_size) if spec.encoder == LAST_TOKEN else make_encoder(spec).width
    )
