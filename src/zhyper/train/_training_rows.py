"""What a run reads: which tasks, which rows in which order, and the embeddings of their cues."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, NamedTuple

import torch
from accelerate import PartialState
from torch import Tensor

from zhyper.base_config import check_tokens, window
from zhyper.data import Collection, Example, Rows, bucket, cued, plan_examples
from zhyper.distance import TrainingEmbeddings
from zhyper.encoders import ONE_HOT, Encoder
from zhyper.hypernets import HYPERNETS
from zhyper.spec import GeneratorSpec, TrainingSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._processes import encode_together
from zhyper.train._samples import Sample, pick_samples

Say = Callable[[str], None]
MOST_ROWS = 2**31
"""How many rows a run may draw; a plan holds all of them."""


def fingerprint(collection: Collection, training: TrainingSpec) -> str:
    """The data's SHA-256; ValueError if the recipe names another one."""
    sha256 = collection.fingerprint()
    if training.data_sha256 not in (None, sha256):
        raise ValueError(
            f"the data has the fingerprint {sha256}, but the recipe expects {training.data_sha256}; "
            "use the same data"
        )
    return sha256


def training_tasks(collection: Collection, training: TrainingSpec) -> list[Rows]:
    """The train tasks of the run with the descriptions and inputs for training.

    Raises:
        ValueError: there are none, or `tasks` names others, or the run would draw too many rows.
    """
    count = training.steps * training.batch_size * training.accumulation
    if count > MOST_ROWS:
        raise ValueError(
            f"steps × batch_size × accumulation is {count:,} rows, but at most {MOST_ROWS:,} are possible; "
            "lower one of them"
        )
    tasks = {rows.task.name: rows for rows in collection.rows("train", "train", "train")}
    names = ", ".join(tasks)
    if not tasks:
        raise ValueError("no task of the data is for training; at least one task needs the split 'train'")
    if "" in training.tasks:
        raise ValueError(
            "tasks holds an empty name; leave it out for all, or name some of the data's train tasks: "
            f"{names}"
        )
    if twice := [name for name in tasks if training.tasks.count(name) > 1]:
        raise ValueError(f"tasks names {', '.join(twice)} more than once; name each task once")
    if unknown := set(training.tasks) - set(tasks):
        raise ValueError(f"tasks names {', '.join(sorted(unknown))}, but the data's train tasks are: {names}")
    return [tasks[name] for name in training.tasks or tasks]


def selection_tasks(collection: Collection, spec: GeneratorSpec, trained: Sequence[Rows]) -> list[Rows]:
    """What a checkpoint is chosen on: the selection split of the trained tasks, and more tasks.

    Those are the selection tasks, where they may be known: not if one task alone is trained, nor if cues are
    the names of tasks.
    """
    names = {rows.task.name for rows in trained}
    own = collection.rows("train", "selection" if spec.context == "description" else "train", "selection")
    others = (
        []
        if spec.context == "task" or len(names) == 1
        else collection.rows("selection", "selection", "selection")
    )
    return [rows for rows in own if rows.task.name in names] + others


class Plan(NamedTuple):
    """What a run reads."""

    rows: list[Example]
    """All rows in the order they are trained on, a function of the seed alone."""
    selection: list[Example]
    """The rows a checkpoint is chosen on."""
    swapped: list[Example]
    """The same rows, each under a cue that means something else; empty where there is none."""
    embeddings: dict[str, Tensor]
    """The embedding [C] of each cue."""
    samples: list[Sample]
    """Some of the selection rows, which are answered at every evaluation."""


def plan_rows(
    machine: TextToAdapter,
    train_tasks: Sequence[Rows],
    selection_tasks: Sequence[Rows],
    settings: TrainingSpec,
    say: Say,
    progress: Callable[..., Any],
    state: PartialState,
) -> Plan:
    """Rows of all processes: with as many rows in a step, one process or several train on the same ones."""
    spec = machine.spec
    # 1. Draw rows to train on.
    demonstrations = {rows.task.name: rows.pairs for rows in train_tasks}
    train_tasks, selection_tasks = (
        cued(tasks, spec.context, spec.shots, settings.seed, demonstrations)
        for tasks in (train_tasks, selection_tasks)
    )
    rows_per_pass = settings.batch_size * state.num_processes
    count = settings.steps * rows_per_pass * settings.accumulation
    most = longest_row(machine, settings)
    if most < settings.max_tokens:
        say(f"the base reads {most} tokens at once, fewer than max_tokens = {settings.max_tokens}")
    rows, left_out = plan_examples(
        machine.tokenizer, train_tasks, count, settings.seed, most, spec.chat_template
    )
    reason = "too long, or among their own demonstrations" if spec.context == "demonstrations" else "too long"
    say(
        f"{len(train_tasks)} tasks to train on, {left_out} of {count + left_out} drawn rows left out "
        f"as {reason}"
    )
    # 2. Draw rows to choose the checkpoint on.
    selection = plan_selection(machine, selection_tasks, settings)
    say(_selection_news(selection, selection_tasks, train_tasks, spec.context))
    known = {token for row in [*rows, *selection] for token in (*row.prompt, *row.answer)}
    check_tokens(machine.model.base.config, machine.tokenizer, known)
    # 3. Embed their cues, and what these are compared with.
    cues = [example.cue for example in [*rows, *selection]]
    if settings.contrast:
        cues += _compared_texts(rows, machine.hypernet.reads_embeddings)
    embeddings = embed(machine.encoder, spec, cues, say, progress, state)
    # 4. Put rows of similar length into one batch.
    swapped = swap_cues(selection, rows, settings.seed) if machine.hypernet.reads_embeddings else []
    samples = pick_samples(machine, selection, swapped, selection_tasks, settings.samples)
    return Plan(bucket(rows, rows_per_pass, settings.seed), selection, swapped, embeddings, samples)


def longest_row(machine: TextToAdapter, settings: TrainingSpec) -> int:
    """Most tokens of a row's prompt and answer: as set, as far as the base's window goes."""
    return min(settings.max_tokens, window(machine.model.base.config) or settings.max_tokens)


def _compared_texts(rows: Sequence[Example], reads_embeddings: bool) -> list[str]:
    """The texts that the contrastive loss compares; ValueError where there are none."""
    compared = dict.fromkeys(row.alike for row in rows if len(row.alike) > 1)
    if not compared or not reads_embeddings:
        reason = "no task has two to train on" if reads_embeddings else "this generator reads none"
        raise ValueError(f"contrast compares descriptions that mean the same, but {reason}; leave it at 0")
    return [text for alike in compared for text in alike]


def plan_selection(machine: TextToAdapter, tasks: Sequence[Rows], settings: TrainingSpec) -> list[Example]:
    """Rows whose loss chooses the checkpoint, each once, shortest first.

    Half are drawn of train tasks and half of selection tasks, if there are both.
    """
    template = machine.spec.chat_template
    groups = [[rows for rows in tasks if rows.task.split == split] for split in ("train", "selection")]
    groups = [group for group in groups if group]
    selection: dict[tuple[str, tuple[int, ...], tuple[int, ...]], Example] = {}
    for i, group in enumerate(groups):
        count = (settings.selection_rows + len(groups) - 1 - i) // len(groups)
        drawn, _ = plan_examples(
            machine.tokenizer, group, count, settings.seed + 1, longest_row(machine, settings), template
        )
        selection |= {(row.cue, tuple(row.prompt), tuple(row.answer)): row for row in drawn}
    return sorted(selection.values(), key=lambda example: example.tokens)


def swap_cues(rows: Sequence[Example], trained: Sequence[Example], seed: int) -> list[Example]:
    """Each row under the cue of another one, which means something else.

    Args:
        rows: whose cues are swapped.
        trained: further rows, whose cues are taken where all of `rows` are of one task. If those are of the
            same task too, another row's own description or input is taken.
        seed: of the choice.

    Returns:
        As many rows in the same order; none if a row has no other.
    """
    pool = rows if len({row.task for row in rows}) > 1 else [*rows, *trained]
    rng, several = random.Random(seed), len({row.task for row in pool}) > 1
    swapped = []
    for row in rows:
        start = rng.randrange(len(pool))
        others = (
            other.cue
            for other in chain(islice(pool, start, None), islice(pool, start))
            if other.cue not in row.alike and not (several and other.task == row.task)
        )
        if (cue := next(others, None)) is None:
            return []
        swapped.append(replace(row, cue=cue))
    return swapped


def _selection_news(
    selection: Sequence[Example], tasks: Sequence[Rows], train_tasks: Sequence[Rows], context: str
) -> str:
    """How many rows of these tasks choose the checkpoint, or why none does."""
    if not selection:
        reason = _why_no_selection(train_tasks, context)
        return f"no row is left to choose a checkpoint on, so the last weights are kept: {reason}"
    count = f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}"
    return f"{len(selection)} different rows choose the checkpoint, drawn from {count}"


def _why_no_selection(trained: Sequence[Rows], context: str) -> str:
    """What the tasks trained on lack to choose a checkpoint on."""
    tasks = [rows.task for rows in trained]
    collection = Collection(tasks)
    parts = [collection.part(task, "selection") for task in tasks]
    lacking = []
    if context == "description" and not any(part.texts for part in parts):
        lacking.append("descriptions (10 % of them are)")
    if not any(part.pairs for part in parts):
        shares = sorted({f"{100 * task.selection:g}" for task in tasks})
        lacking.append(f"inputs ({' or '.join(shares)} % of them are)")
    if not lacking:
        return (
            "no train task has both inputs and descriptions that are kept for that; add more of what it lacks"
        )
    return f"the train tasks have no {' and no '.join(lacking)} that are kept for that; add more"


def training_embeddings(spec: GeneratorSpec, embeddings: Sequence[Tensor]) -> TrainingEmbeddings | None:
    """What later distances are measured from; None where there is nothing to be near to."""
    if not HYPERNETS[spec.hypernet].reads_embeddings or spec.encoder == ONE_HOT:
        return None
    return TrainingEmbeddings.of(torch.stack(list(embeddings)))


def embed(
    encoder: Encoder,
    spec: GeneratorSpec,
    texts: Sequence[str],
    say: Say,
    progress: Callable[..., Any],
    state: PartialState,
) -> dict[str, Tensor]:
    """The embedding [C] of each text; ValueError if the recipe names another length."""
    texts = list(dict.fromkeys(texts))
    say(f"encoding {len(texts):,} descriptions")
    embeddings_BC = encode_together(encoder, texts, progress, state)
    check_width(spec, embeddings_BC.shape[1])
    return dict(zip(texts, embeddings_BC, strict=True))


def check_width(spec: GeneratorSpec, width: int) -> None:
    """Raise ValueError unless the encoder's embeddings have the length that the recipe names."""
    if spec.context_width not in (None, width):
        raise ValueError(
            f"encoder '{spec.encoder}' gives vectors of length {width}, but context_width is "
            f"{spec.context_width}"
        )
