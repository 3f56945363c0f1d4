"""Reconstruction of a library of trained LoRAs (Text-to-LoRA section 3.2, equation 5; appendix D).

The base's weights are never loaded: its configuration says where the LoRAs sit.

Shapes: N LoRAs, B rows, C context width, L adapted layers, R rank, I inputs, O outputs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, Trainer

from zhyper import weights
from zhyper.adapters import GeneratedLora
from zhyper.checkpoint import read_card, write_checkpoint
from zhyper.data import load_collection
from zhyper.encoders import LAST_TOKEN
from zhyper.hypernets import Hypernet
from zhyper.library import Factors, read_lora
from zhyper.modulation import Modulation
from zhyper.spec import Recipe, TrainingSpec
from zhyper.text_to_adapter import build, make_encoder, parameter_counts
from zhyper.train._folder import about_run, announce, arguments, callbacks, earlier, last_whole_checkpoint, save_recipe, settled
from zhyper.train._plan import Say, context_vectors


def reconstruct(recipe: Recipe, out: Path, resume: bool, say: Say, progress: Callable[..., Any]) -> dict[str, Any]:
    """Train a hypernetwork to emit the LoRAs of `recipe.training.library`; see `zhyper.train.train`."""
    folders = _library(Path(str(recipe.training.library)))
    recipe, cues = _resolve(recipe, list(folders), earlier(out, resume))
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
    if not isinstance(adapter, GeneratedLora):
        raise ValueError(f"reconstruction wants the adapter 't2l', which emits whole LoRAs, but the adapter is '{spec.adapter}'")
    counts = parameter_counts(spec, config)
    announce(recipe, counts, say)
    loras = [read_lora(folders[name], adapter.sites) for name in cues]
    targets = _targets(adapter, loras)
    vectors = context_vectors(encoder, spec, [text for texts in cues.values() for text in texts], progress)
    trainer = Trainer(
        model=Reconstruction(hypernet, targets),
        args=arguments(settings, out, choose=False, cpu=not torch.cuda.is_available()),
        data_collator=lambda rows: {
            "contexts": torch.stack([vectors[row.cue] for row in rows]),
            "which": torch.tensor([row.which for row in rows]),
        },
        train_dataset=_plan(list(cues.values()), settings),
        callbacks=callbacks(out),
    )
    save_recipe(recipe, out)
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(out / "state") if resume else None)
    first = torch.stack([vectors[texts[0]] for texts in cues.values()])
    library = {**_kept(adapter, hypernet.cpu(), first, loras), "folders": {name: _digest(folders[name]) for name in cues}}
    about = {**about_run(recipe, counts, trainer, list(cues)), "library": library}
    card = {"spec": spec.to_dict(), **about, "base_sha256": weights.base_hash(spec.base, spec.base_revision)}
    write_checkpoint(out / "checkpoint", {"adapter": adapter, "hypernet": hypernet}, card, torch.float32)
    return about


def _library(folder: Path) -> dict[str, Path]:
    """The LoRAs of a library by the name of their task; ValueError if there are none."""
    found = {path.name: path for path in sorted(folder.iterdir()) if (path / "adapter_config.json").is_file()} if folder.is_dir() else {}
    if not found:
        raise ValueError(f"library {folder} holds no folder with an adapter_config.json; it wants one PEFT LoRA for each task")
    return found


def _resolve(recipe: Recipe, names: list[str], before: Recipe | None) -> tuple[Recipe, dict[str, tuple[str, ...]]]:
    """The recipe with everything decided that was left open, and the texts that ask for each LoRA."""
    decided: dict[str, Any] = {"base_revision": recipe.generator.base_revision or weights.commit(recipe.generator.base)}
    if recipe.generator.encoder == LAST_TOKEN:
        raise ValueError("encoder 'last-token' is the base model itself, which reconstruction does not load; choose another encoder")
    if recipe.generator.context == "task":
        cues: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
        decided["known_tasks"] = list(recipe.generator.known_tasks) or names
    else:
        collection = load_collection(*recipe.training.data)
        texts = {rows.task.name.replace("/", "."): rows.descriptions for rows in collection.rows("train", "train", "train")}
        if missing := [name for name in names if name not in texts]:
            raise ValueError(f"the data has no train task for the LoRA of {missing[0]}; its train tasks are: {', '.join(texts)}")
        cues, decided["data_sha256"] = {name: texts[name] for name in names}, collection.fingerprint()
    if recipe.generator.context_width is None:
        spec = recipe.with_changes(decided).generator
        decided["context_width"] = before.generator.context_width if before else make_encoder(spec).width
    decided["precision"] = "float32"
    return settled(recipe.with_changes(decided), before), cues


@torch.no_grad()
def _kept(adapter: GeneratedLora, hypernet: Hypernet, contexts: Tensor, loras: Sequence[Factors]) -> dict[str, float]:
    """How well and how small N LoRAs are kept, each under its context of [N, C].

    Returns:
        `l1`, the mean absolute error of a number; `l1_of_mean`, what the library's mean alone would give; `compression`, the
        library's numbers for each trained parameter.
    """
    emitted = hypernet.eval()(contexts)
    wrong, mean_wrong, count = 0.0, 0.0, 0
    for site in adapter.sites:
        row = adapter.sites.row(site)
        for i, lora in enumerate(loras):
            slots = {name: value[i, row] for name, value in emitted.values[site.kind].items()}
            zeros = {name: torch.zeros_like(value) for name, value in slots.items()}
            for got, mean, wanted in zip(adapter.factors(site, **slots), adapter.factors(site, **zeros), lora[site], strict=True):
                wrong += float((got - wanted).abs().sum())
                mean_wrong += float((mean - wanted).abs().sum())
                count += wanted.numel()
    trained = sum(p.numel() for p in hypernet.parameters())
    return {"loras": len(loras), "l1": wrong / count, "l1_of_mean": mean_wrong / count, "compression": count / trained}


def _digest(folder: Path) -> str:
    return weights.sha256(folder / "adapter_model.safetensors")


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
        self._targets = [targets]  # in a list, so that they stay off the optimiser's device until a batch wants them

    def forward(self, contexts: Tensor, which: Tensor) -> dict[str, Tensor]:
        """The mean absolute error of what is emitted, in standard deviations of the library's numbers."""
        emitted: Modulation = self.hypernet(contexts)
        index, total, count = which.cpu(), contexts.new_zeros(()), 0
        for kind, slots in self._targets[0].items():
            for name, target in slots.items():
                total = total + (emitted.values[kind][name] - target[index].to(contexts.device)).abs().sum()
                count += len(index) * target[0].numel()
        return {"loss": total / count}


def _targets(adapter: GeneratedLora, loras: Sequence[Factors]) -> dict[str, dict[str, Tensor]]:
    """What the hypernetwork should emit for each LoRA, [N, L, ...], after the library's mean and deviation became offset and unit."""
    found: dict[str, dict[str, list[Tensor]]] = {kind: {"a": [], "b": []} for kind in adapter.sites.kinds}
    for site in adapter.sites:
        a_NRI, b_NOR = (torch.stack([lora[site][i] for lora in loras]) for i in (0, 1))
        units = [t.std(0, correction=0).clamp(min=1e-7) for t in (a_NRI, b_NOR)]
        adapter.set_offset(site, a_NRI.mean(0), b_NOR.mean(0), *units)
        for name, value in zip("ab", adapter.emitted(site, a_NRI, b_NOR), strict=True):
            found[site.kind][name].append(value)
    return {kind: {name: torch.stack(values, dim=1) for name, values in slots.items()} for kind, slots in found.items()}


def _plan(cues: Sequence[Sequence[str]], settings: TrainingSpec) -> list[Row]:
    """Every LoRA once in each round, in random order, under a cue drawn at random."""
    rng = random.Random(settings.seed)
    wanted = settings.steps * settings.batch_size * settings.accumulation
    rows: list[Row] = []
    while len(rows) < wanted:
        rows += [Row(i, rng.choice(cues[i])) for i in rng.sample(range(len(cues)), len(cues))]
    return rows[:wanted]
