"""Reconstruction of a library of trained LoRAs (Text-to-LoRA section 3.2, equation 5; appendix D).

The base's weights are never loaded: its configuration says where the LoRAs sit.

Shapes: N LoRAs, B rows, C embedding width, L adapted layers, R rank, I inputs, O outputs.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from accelerate import PartialState
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, TrainerCallback

from zhyper import weights
from zhyper.adapters import Adapter
from zhyper.checkpoint import read_card, write_checkpoint
from zhyper.data import Collection, file_name, load_collection
from zhyper.encoders import LAST_TOKEN, ONE_HOT
from zhyper.files import sha256
from zhyper.hypernets import HYPERNETS, Hypernet
from zhyper.library import Factors, lora_folders, read_lora
from zhyper.modulation import Modulation
from zhyper.spec import Recipe, TrainingSpec
from zhyper.text_to_adapter import build, check_names, make_encoder, parameter_counts
from zhyper.train._folder import (
    OwnDraws,
    PlannedTrainer,
    about_run,
    alone,
    announce,
    arguments,
    earlier,
    save_recipe,
    settled,
)
from zhyper.train._plan import Say, context_vectors, fingerprint, training_embeddings
from zhyper.train._processes import check_processes
from zhyper.train._survival import run_to_end
from zhyper.train._watch import watchers as watching


def reconstruct(
    recipe: Recipe,
    out: Path,
    resume: bool,
    say: Say,
    progress: Callable[..., Any],
    watchers: Sequence[TrainerCallback],
    state: PartialState,
) -> dict[str, Any]:
    """Train a hypernetwork to emit the LoRAs of `recipe.training.library`; see `zhyper.train.train`.

    A hypernetwork without trained parameters needs no training: `lookup` holds the LoRAs as they are, and under `none` the
    adapter becomes their average.
    """
    if recipe.training.library is None:
        raise ValueError(
            "reconstruction learns a library of LoRAs, but none came; name its folder with --set library=FOLDER"
        )
    check_names(recipe.generator)
    _check_settings(recipe.training)
    recipe, wanted = _resolve(recipe, earlier(out, resume))
    spec, settings = recipe.generator, recipe.training
    if (out / "checkpoint").exists():
        say(f"{out} is finished; nothing is left to resume")
        return read_card(out / "checkpoint")
    encoder, config = make_encoder(spec), weights.load_config(spec.base, spec.base_revision)
    with torch.device("meta"):
        sketch = AutoModelForCausalLM.from_config(config)
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        adapter, hypernet = build(spec, sketch, spec.context_width or encoder.width)
    counts = {**parameter_counts(spec, config), "trainable": sum(p.numel() for p in hypernet.parameters())}
    check_processes(out, state)
    announce(recipe, counts, say)
    with alone(out, state.is_main_process):
        loras = [_of_rank(spec.rank, lora.folder, read_lora(lora.folder, adapter.sites)) for lora in wanted]
        targets = _targets(adapter, loras)
        vectors = context_vectors(
            encoder, spec, [text for lora in wanted for text in lora.cues], progress, state
        )
        trainer = _trainer(
            Reconstruction(hypernet, targets), vectors, [lora.cues for lora in wanted], settings, out, state
        )
        for watcher in [*watching(recipe, out, state.is_main_process, say), *watchers]:
            trainer.add_callback(watcher)
        if state.is_main_process:
            save_recipe(recipe, out)
        if list(hypernet.parameters()):
            run_to_end(trainer, resume, say)
        else:
            hypernet.hold(targets)
        first = torch.stack([vectors[lora.cues[0]] for lora in wanted])
        library = _kept(adapter, hypernet.cpu(), first, loras)
        about = {**about_run(recipe, counts, trainer, [lora.task for lora in wanted]), "library": library}
        card = {
            "spec": spec.to_dict(),
            **about,
            "base_sha256": weights.base_hash(spec.base, spec.base_revision),
        }
        embeddings = training_embeddings(spec, hypernet, list(vectors.values()))
        if state.is_main_process:
            write_checkpoint(
                out / "checkpoint",
                {"adapter": adapter, "hypernet": hypernet},
                card,
                torch.float32,
                embeddings,
            )
        state.wait_for_everyone()
        return about


def _trainer(
    model: Reconstruction,
    vectors: dict[str, Tensor],
    cues: Sequence[Sequence[str]],
    settings: TrainingSpec,
    out: Path,
    state: PartialState,
) -> PlannedTrainer:
    return PlannedTrainer(
        model=model,
        args=arguments(settings, out, choose=False, cpu=state.device.type == "cpu"),
        data_collator=lambda rows: {
            "embeddings": torch.stack([vectors[row.cue] for row in rows]),
            "which": torch.tensor([row.which for row in rows]),
        },
        train_dataset=_plan(cues, settings, state.num_processes),
        callbacks=[OwnDraws()],
    )


class Wanted(NamedTuple):
    """One LoRA of the library: where it lies, its task, and the texts that ask for it."""

    folder: Path
    task: str
    cues: tuple[str, ...]


def _library(recipe: Recipe, collection: Collection | None) -> list[Wanted]:
    """The LoRAs of the recipe's library; ValueError if there are none, or one of a task that the data does not describe."""
    found = lora_folders(Path(str(recipe.training.library)))
    if collection is None:
        return [Wanted(path, path.name, (path.name,)) for path in found]
    rows = {file_name(r.task.name): r for r in collection.rows("train", "train", "train")}
    if missing := [path.name for path in found if path.name not in rows]:
        raise ValueError(
            f"the data has no train task for the LoRA of {missing[0]}; its train tasks are: {', '.join(rows)}"
        )
    cued = [(path, rows[path.name]) for path in found]
    return [
        Wanted(path, r.task.name, (r.task.name,) if recipe.generator.context == "task" else r.texts)
        for path, r in cued
    ]


def _of_rank(rank: int, folder: Path, lora: Factors) -> Factors:
    if found := {len(a_RI) for a_RI, _ in lora.values()} - {rank}:
        raise ValueError(
            f"a LoRA of rank {min(found)} came in {folder}, but the adapter has rank {rank}; set rank={min(found)}"
        )
    return lora


def _check_settings(settings: TrainingSpec) -> None:
    """Raise ValueError for settings that reconstruction, which reads no rows and computes in float32, would not heed."""
    of_rows = ("shares", "start", "tasks", "offset", "neftune", "label_smoothing", "contrast")
    for name in (*of_rows, "gradient_checkpointing", "base_bits", "shard_base"):
        if value := getattr(settings, name):
            raise ValueError(f"{name} came as {value!r}, but reconstruction does not use it; leave it out")
    if settings.precision == "bfloat16":
        raise ValueError("precision came as 'bfloat16', but reconstruction computes in float32; leave it out")


def _resolve(recipe: Recipe, before: Recipe | None) -> tuple[Recipe, list[Wanted]]:
    """The recipe with everything decided that was left open, and the LoRAs that are wanted."""
    generator = recipe.generator
    if generator.encoder == LAST_TOKEN:
        raise ValueError(
            "encoder 'last-token' is the base model itself, which reconstruction does not load; choose another encoder"
        )
    if generator.context not in ("description", "task"):
        raise ValueError(
            f"context came as '{generator.context}', but LoRAs of a library are asked for by 'description' or 'task'"
        )
    by_name = generator.context == "task" or not HYPERNETS[generator.hypernet].reads_embeddings
    collection = (
        load_collection(*recipe.training.data, shares=recipe.training.shares)
        if recipe.training.data or not by_name
        else None
    )
    wanted = _library(recipe, collection)
    revision = (
        generator.base_revision
        or (before and before.generator.base_revision)
        or weights.commit(generator.base)
    )
    decided: dict[str, Any] = {"base_revision": revision, "precision": "float32"}
    if collection is not None:
        decided["data_sha256"] = fingerprint(collection, recipe.training)
    files = {lora.task: sha256(lora.folder / "adapter_model.safetensors") for lora in wanted}
    decided["library_sha256"] = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    if recipe.training.library_sha256 not in (None, decided["library_sha256"]):
        raise ValueError(
            f"the library's fingerprint is {decided['library_sha256']}, but the recipe wants {recipe.training.library_sha256}"
        )
    if generator.encoder == ONE_HOT:
        decided["known_tasks"] = list(generator.known_tasks) or [lora.task for lora in wanted]
    if generator.context_width is None:
        spec = recipe.with_changes(decided).generator
        decided["context_width"] = before.generator.context_width if before else make_encoder(spec).width
    return settled(recipe.with_changes(decided), before), wanted


@torch.no_grad()
def _kept(
    adapter: Adapter, hypernet: Hypernet, embeddings: Tensor, loras: Sequence[Factors]
) -> dict[str, float]:
    """How well and how small N LoRAs are kept, each under its context of [N, C].

    Returns:
        `l1`, the mean absolute error of a number; `l1_of_mean`, what the library's mean alone would give; `compression`, the
        library's numbers for each that the checkpoint stores (the mean and deviation of the library among them).
    """
    emitted = hypernet.eval()(embeddings)
    wrong, mean_wrong, count = 0.0, 0.0, 0
    for site in adapter.sites:
        row = adapter.sites.row(site)
        for i, lora in enumerate(loras):
            slots = {name: value[i, row] for name, value in emitted.values.get(site.kind, {}).items()}
            zeros = {name: torch.zeros_like(value) for name, value in slots.items()}
            for got, mean, wanted in zip(
                adapter.factors(site, **slots), adapter.factors(site, **zeros), lora[site], strict=True
            ):
                wrong += float((got - wanted).abs().sum())
                mean_wrong += float((mean - wanted).abs().sum())
                count += wanted.numel()
    stored = sum(tensor.numel() for part in (adapter, hypernet) for tensor in part.state_dict().values())
    return {
        "loras": len(loras),
        "l1": wrong / count,
        "l1_of_mean": mean_wrong / count,
        "compression": count / stored,
    }


class Row(NamedTuple):
    """One LoRA to emit under one of its cues."""

    which: int
    cue: str


class Reconstruction(nn.Module):
    """The hypernetwork beside what it should emit, which is neither trained nor saved.

    Args:
        hypernet: what is trained.
        targets: [N, L, ...] for each kind of projection and slot.
    """

    def __init__(self, hypernet: Hypernet, targets: dict[str, dict[str, Tensor]]) -> None:
        super().__init__()
        self.hypernet = hypernet
        self._targets = [
            targets
        ]  # in a list, so that they stay off the optimiser's device until a batch wants them

    def forward(self, embeddings: Tensor, which: Tensor) -> dict[str, Tensor]:
        """The mean absolute error of what is emitted, in standard deviations of the library's numbers."""
        emitted: Modulation = self.hypernet(embeddings)
        index, total, count = which.cpu(), embeddings.new_zeros(()), 0
        for kind, slots in self._targets[0].items():
            for name, target in slots.items():
                total = total + (emitted.values[kind][name] - target[index].to(embeddings.device)).abs().sum()
                count += len(index) * target[0].numel()
        return {"loss": total / count}


def _targets(adapter: Adapter, loras: Sequence[Factors]) -> dict[str, dict[str, Tensor]]:
    """What the hypernetwork should emit for each LoRA, [N, L, ...], after the adapter took what the LoRAs have in common."""
    found: dict[str, dict[str, list[Tensor]]] = {}
    for site in adapter.sites:
        a_NRI, b_NOR = (torch.stack([lora[site][i] for lora in loras]) for i in (0, 1))
        for name, value in adapter.take(site, a_NRI, b_NOR).items():
            found.setdefault(site.kind, {}).setdefault(name, []).append(value)
    return {
        kind: {name: torch.stack(values, dim=1) for name, values in slots.items()}
        for kind, slots in found.items()
    }


def _plan(cues: Sequence[Sequence[str]], settings: TrainingSpec, processes: int) -> list[Row]:
    """Every LoRA once in each round, in random order, under a cue drawn at random."""
    rng = random.Random(settings.seed)
    wanted = settings.steps * settings.batch_size * settings.accumulation * processes
    rows: list[Row] = []
    while len(rows) < wanted:
        rows += [Row(i, rng.choice(cues[i])) for i in rng.sample(range(len(cues)), len(cues))]
    return rows[:wanted]
