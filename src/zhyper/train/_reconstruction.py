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
from transformers import AutoModelForCausalLM

from zhyper import weights
from zhyper.adapters import Adapter
from zhyper.data import Collection, file_name, load_collection
from zhyper.encoders import LAST_TOKEN, ONE_HOT, encoder_facts, make_encoder
from zhyper.files import sha256
from zhyper.hypernets import HYPERNETS, Hypernet
from zhyper.library import Factors, lora_folders, read_lora
from zhyper.modulation import Modulation
from zhyper.spec import GeneratorSpec, Recipe, TrainingSpec
from zhyper.text_to_adapter import build, parameter_counts
from zhyper.train._objective import Objective, Outcome, settled
from zhyper.train._run_folder import check_unchanged
from zhyper.train._trainer import RunTrainer, trainer_arguments
from zhyper.train._training_rows import Say, embed, fingerprint

UNUSED = (
    *("shares", "start", "tasks", "offset", "neftune", "label_smoothing", "contrast"),
    *("gradient_checkpointing", "base_bits", "shard_base"),
)
"""Settings of training on rows or through the base, of which reconstruction has neither."""


class LibraryLora(NamedTuple):
    """One LoRA of the library: where it lies, its task, and the cues that it is asked for by."""

    folder: Path
    task: str
    cues: tuple[str, ...]


class Reconstruction(Objective):
    """The objective `reconstruction`: a hypernetwork learns to emit the LoRAs of `recipe.training.library`.

    A hypernetwork without trained parameters needs no training: `lookup` holds the LoRAs as they are, and
    under `none` the adapter becomes their average. See `Objective`.
    """

    loads_base = False

    def __init__(self, recipe: Recipe, before: Recipe | None) -> None:
        recipe = settled(recipe, before)
        generator, training = recipe.generator, recipe.training
        if training.library is None:
            raise ValueError(
                "reconstruction learns a library of LoRAs, but none was given; add --set library=FOLDER"
            )
        _check_settings(generator, training)
        by_name = generator.context == "task" or not HYPERNETS[generator.hypernet].reads_embeddings
        decided: dict[str, Any] = {"precision": "float32"}
        collection = None
        if training.data or not by_name:
            collection = load_collection(*training.data, shares=training.shares)
            self.notes = collection.notes
            decided["data_sha256"] = fingerprint(collection, training)
        self.loras = _library(recipe, collection)
        self.tasks = [lora.task for lora in self.loras]
        files = {lora.task: sha256(lora.folder / "adapter_model.safetensors") for lora in self.loras}
        library_sha256 = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
        if training.library_sha256 not in (None, library_sha256):
            raise ValueError(
                f"the library's fingerprint is {library_sha256}, but the recipe expects "
                f"{training.library_sha256}; use the same library"
            )
        decided["library_sha256"] = library_sha256
        if generator.encoder == ONE_HOT:
            decided["known_tasks"] = list(generator.known_tasks) or self.tasks
        if generator.context_width is None:
            spec = recipe.with_changes(decided).generator
            decided["context_width"] = before.generator.context_width if before else make_encoder(spec).width
        self.recipe = recipe.with_changes(decided)
        check_unchanged(self.recipe, before)

    def check(self) -> dict[str, Any]:
        spec = self.recipe.generator
        self.encoder, config = make_encoder(spec), weights.load_config(spec.base, spec.base_revision)
        with torch.device("meta"):
            sketch = AutoModelForCausalLM.from_config(config)
        with torch.random.fork_rng():
            torch.manual_seed(self.recipe.training.seed)
            width = spec.context_width or self.encoder.width
            self.adapter, self.hypernet = build(spec, sketch, width)
        trained = sum(p.numel() for p in self.hypernet.parameters())
        return {**parameter_counts(spec, config), "trainable": trained}

    def prepare(self, out: Path, state: PartialState, say: Say, progress: Callable[..., Any]) -> RunTrainer:
        spec, training = self.recipe.generator, self.recipe.training
        # 1. What should be emitted for each LoRA, after the adapter took what all have in common.
        self.factors = [_read(lora.folder, self.adapter, spec.rank) for lora in self.loras]
        targets = _targets(self.adapter, self.factors)
        if not list(self.hypernet.parameters()):
            self.hypernet.hold(targets)
        # 2. The cues under which it should be.
        cues = [cue for lora in self.loras for cue in lora.cues]
        self.embeddings = embed(self.encoder, spec, cues, say, progress, state)
        return RunTrainer(
            model=ReconstructionModule(self.hypernet, targets),
            args=trainer_arguments(training, out, choose=False, cpu=state.device.type == "cpu"),
            data_collator=lambda rows: {
                "embeddings": torch.stack([self.embeddings[row.cue] for row in rows]),
                "which": torch.tensor([row.which for row in rows]),
            },
            train_dataset=_rows([lora.cues for lora in self.loras], training, state.num_processes),
        )

    def outcome(self) -> Outcome:
        first = torch.stack([self.embeddings[lora.cues[0]] for lora in self.loras])
        facts = {
            "library": _fidelity(self.adapter, self.hypernet.cpu(), first, self.factors),
            **encoder_facts(self.recipe.generator, self.encoder),
        }
        parts: dict[str, nn.Module] = {"adapter": self.adapter, "hypernet": self.hypernet}
        return Outcome(parts, list(self.embeddings.values()), facts)


def _check_settings(generator: GeneratorSpec, training: TrainingSpec) -> None:
    """Raise ValueError for settings that reconstruction, which computes in float32, would not heed."""
    for name in UNUSED:
        if value := getattr(training, name):
            raise ValueError(f"{name} is {value!r}, but reconstruction does not use it; leave it out")
    if training.precision == "bfloat16":
        raise ValueError("precision is 'bfloat16', but reconstruction computes in float32; leave it out")
    if generator.encoder == LAST_TOKEN:
        raise ValueError(
            "encoder 'last-token' is the base model itself, which reconstruction does not load; "
            "choose another encoder"
        )
    if generator.context not in ("description", "task"):
        raise ValueError(
            f"context is '{generator.context}', but LoRAs of a library are asked for by 'description' "
            "or 'task'; set one of them"
        )


def _library(recipe: Recipe, collection: Collection | None) -> list[LibraryLora]:
    """The library's LoRAs; ValueError if there are none, or one of a task that the data does not describe."""
    folders = lora_folders(Path(str(recipe.training.library)))
    if collection is None:
        return [LibraryLora(folder, folder.name, (folder.name,)) for folder in folders]
    rows = {file_name(r.task.name): r for r in collection.rows("train", "train", "train")}
    if missing := [folder.name for folder in folders if folder.name not in rows]:
        raise ValueError(
            f"the data has no train task for the LoRA of {missing[0]}; its train tasks are: {', '.join(rows)}"
        )
    loras = []
    for folder in folders:
        task = rows[folder.name]
        by_name = recipe.generator.context == "task"
        loras.append(LibraryLora(folder, task.task.name, (task.task.name,) if by_name else task.texts))
    return loras


def _read(folder: Path, adapter: Adapter, rank: int) -> Factors:
    """A LoRA's factors at the adapter's sites; ValueError if they have another rank."""
    lora = read_lora(folder, adapter.sites)
    if others := {len(a_RI) for a_RI, _ in lora.values()} - {rank}:
        other = min(others)
        raise ValueError(
            f"the LoRA in {folder} has rank {other}, but the adapter has rank {rank}; set rank={other}"
        )
    return lora


@torch.no_grad()
def _fidelity(
    adapter: Adapter, hypernet: Hypernet, embeddings_NC: Tensor, loras: Sequence[Factors]
) -> dict[str, float]:
    """How well and how small N LoRAs are stored, each under its embedding.

    Returns:
        `l1`, the mean absolute error of a number; `l1_of_mean`, what the library's mean alone would give;
        `compression`, the library's numbers for each that the checkpoint stores (the mean and deviation of
        the library among them).
    """
    emitted = hypernet.eval()(embeddings_NC)
    error, error_of_mean, count = 0.0, 0.0, 0
    for site in adapter.sites:
        row = adapter.sites.row(site)
        for i, lora in enumerate(loras):
            slots = {name: value[i, row] for name, value in emitted.values.get(site.kind, {}).items()}
            zeros = {name: torch.zeros_like(value) for name, value in slots.items()}
            ours, means = adapter.factors(site, **slots), adapter.factors(site, **zeros)
            for factor, mean, target in zip(ours, means, lora[site], strict=True):
                error += float((factor - target).abs().sum())
                error_of_mean += float((mean - target).abs().sum())
                count += target.numel()
    stored = sum(tensor.numel() for part in (adapter, hypernet) for tensor in part.state_dict().values())
    l1, l1_of_mean = error / count, error_of_mean / count
    return {"loras": len(loras), "l1": l1, "l1_of_mean": l1_of_mean, "compression": count / stored}


class ReconstructionModule(nn.Module):
    """The hypernetwork beside what it should emit, which is neither trained nor saved.

    Args:
        hypernet: what is trained.
        targets: [N, L, ...] for each kind of projection and slot.
    """

    def __init__(self, hypernet: Hypernet, targets: dict[str, dict[str, Tensor]]) -> None:
        super().__init__()
        self.hypernet = hypernet
        self._targets = [targets]  # in a list, so that they stay off the device until a batch needs them

    def forward(self, embeddings: Tensor, which: Tensor) -> dict[str, Tensor]:
        """The mean absolute error of what is emitted, in standard deviations of the library's numbers.

        Args:
            embeddings: [B, C], of one cue of each LoRA.
            which: [B], the number of each LoRA.
        """
        emitted: Modulation = self.hypernet(embeddings)
        index, total, count = which.cpu(), embeddings.new_zeros(()), 0
        for kind, slots in self._targets[0].items():
            for name, target in slots.items():
                error = emitted.values[kind][name] - target[index].to(embeddings.device)
                total = total + error.abs().sum()
                count += error.numel()
        return {"loss": total / count}


def _targets(adapter: Adapter, loras: Sequence[Factors]) -> dict[str, dict[str, Tensor]]:
    """What should be emitted for each LoRA, [N, L, ...]; the adapter takes what the LoRAs have in common."""
    layers: dict[str, dict[str, list[Tensor]]] = {}
    for site in adapter.sites:
        a_NRI, b_NOR = (torch.stack([lora[site][i] for lora in loras]) for i in (0, 1))
        for name, value in adapter.take(site, a_NRI, b_NOR).items():
            layers.setdefault(site.kind, {}).setdefault(name, []).append(value)
    return {
        kind: {name: torch.stack(values, dim=1) for name, values in slots.items()}
        for kind, slots in layers.items()
    }


class Row(NamedTuple):
    """One LoRA to emit under one of its cues."""

    which: int
    cue: str


def _rows(cues: Sequence[Sequence[str]], settings: TrainingSpec, processes: int) -> list[Row]:
    """Every LoRA once in each round, in random order, under a cue drawn at random."""
    rng = random.Random(settings.seed)
    count = settings.steps * settings.batch_size * settings.accumulation * processes
    rows: list[Row] = []
    while len(rows) < count:
        rows += [Row(i, rng.choice(cues[i])) for i in rng.sample(range(len(cues)), len(cues))]
    return rows[:count]
