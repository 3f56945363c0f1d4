"""Supervised fine-tuning of adapter and hypernetwork through the frozen base (Zhyper equation 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from zhyper import identity, weights
from zhyper.checkpoint import find_checkpoint, read_card, read_weights
from zhyper.data import Collator, load_collection
from zhyper.encoders import LAST_TOKEN, ONE_HOT, encoder_facts, make_encoder
from zhyper.hypernets import HYPERNETS
from zhyper.library import average, read_lora
from zhyper.spec import GeneratorSpec, Recipe
from zhyper.text_to_adapter import TextToAdapter, encoder_width, parameter_counts
from zhyper.train._objective import Objective, Outcome, settled
from zhyper.train._processes import shard
from zhyper.train._run_folder import check_unchanged
from zhyper.train._sft_trainer import SftModule, SftTrainer
from zhyper.train._trainer import trainer_arguments
from zhyper.train._training_rows import (
    Say,
    check_width,
    fingerprint,
    plan_rows,
    selection_tasks,
    training_tasks,
)

START_FREE = ("base", "base_revision", "encoder_code_revision", "start_deviation", "dropout", "chat_template")
"""Settings that a checkpoint to start from may have otherwise; its base is compared by its weights."""


class FineTuning(Objective):
    """The objective `sft`; see `Objective`."""

    loads_base = True

    def __init__(self, recipe: Recipe, before: Recipe | None) -> None:
        recipe = settled(recipe, before)
        generator, training = recipe.generator, recipe.training
        self.collection = load_collection(*training.data, shares=training.shares)
        self.notes = self.collection.notes
        self.train_tasks = training_tasks(self.collection, training)
        self.tasks = [rows.task.name for rows in self.train_tasks]
        decided: dict[str, Any] = {"data_sha256": fingerprint(self.collection, training)}
        if generator.encoder == ONE_HOT and not generator.known_tasks:
            decided["known_tasks"] = sorted(self.tasks)
        if training.precision == "auto":
            fast = _fast_precision(training.base_bits)
            decided["precision"] = before.training.precision if before else fast
        if generator.context_width is None and before:
            decided["context_width"] = before.generator.context_width
        self.recipe = recipe.with_changes(decided)
        check_unchanged(self.recipe, before)
        self._start_sha256: str | None = None

    def check(self) -> dict[str, Any]:
        spec, training = self.recipe.generator, self.recipe.training
        if not HYPERNETS[spec.hypernet].learns:
            raise ValueError(
                f"hypernet '{spec.hypernet}' holds a library and learns nothing; set "
                "objective=reconstruction and library"
            )
        config = weights.load_config(spec.base, spec.base_revision)
        width = encoder_width(spec, config)
        check_width(spec, width)
        if training.base_bits is not None and spec.encoder == LAST_TOKEN:
            raise ValueError(
                "encoder 'last-token' reads the base as it is at generation, but base_bits is "
                f"{training.base_bits}; choose another encoder, or leave base_bits out"
            )
        weights.check_bits(training.base_bits)
        if training.offset and training.start is not None:
            raise ValueError(
                "offset and start are both set, but a checkpoint brings its own offset; leave one of them out"
            )
        for folder in training.offset:
            if not (Path(folder) / "adapter_config.json").is_file():
                raise ValueError(
                    f"offset names {folder}, where no adapter_config.json is; name folders of PEFT LoRAs"
                )
        spec = replace(spec, context_width=width)
        self.recipe = replace(self.recipe, generator=spec)
        if training.start is not None:
            self._start_sha256 = _check_start(training.start, spec)
        return parameter_counts(spec, config)

    def prepare(self, out: Path, state: PartialState, say: Say, progress: Callable[..., Any]) -> SftTrainer:
        training = self.recipe.training
        # 1. The generator, with its first weights.
        self.machine = machine = self._untrained(state)
        # 2. The rows and the embeddings of their cues, by the base in float32, as it is at generation.
        selection = selection_tasks(self.collection, machine.spec, self.train_tasks)
        self.plan = plan = plan_rows(machine, self.train_tasks, selection, training, say, progress, state)
        # 3. The base as training needs it: in its type, in pieces, with activations computed twice.
        _cast(machine.model.base, getattr(torch, training.precision), state.device)
        if training.shard_base:
            shard(machine.model.base, state)
        if training.gradient_checkpointing:
            machine.model.checkpoint_gradients()
        twins = plan.rows if training.contrast else ()
        return SftTrainer(
            model=SftModule(machine, training.label_smoothing, training.logits_at_once),
            args=trainer_arguments(training, out, bool(plan.selection), state.device.type == "cpu"),
            data_collator=Collator(machine.tokenizer.pad_token_id, plan.embeddings, twins),
            train_dataset=plan.rows,
            eval_dataset=plan.selection,
            swapped_dataset=plan.swapped,
            hypernet_rate=training.hypernet_rate,
            contrast=training.contrast,
        )

    def _untrained(self, state: PartialState) -> TextToAdapter:
        training = self.recipe.training
        device = "cpu" if training.shard_base else str(state.device)  # sharded, it need not fit on one device
        # an encoder reads the base before it gets its type for training; one of few bits has it at once
        dtype = getattr(torch, training.precision) if training.base_bits else torch.float32
        machine = TextToAdapter.untrained(
            self.recipe.generator, device, dtype, training.seed, training.base_bits
        )
        if training.offset:
            sites = machine.adapter_weights.sites
            offset = average([read_lora(Path(folder), sites) for folder in training.offset])
            for site, (a_RI, b_OR) in offset.items():
                machine.adapter_weights.set_offset(site, a_RI, b_OR)
        if training.start is not None:
            _load_start(machine, training.start)
        return machine

    def outcome(self) -> Outcome:
        assert self.machine is not None and self.plan is not None, "prepare comes first"
        cues = dict.fromkeys(row.cue for row in self.plan.rows)
        facts = {"start_sha256": self._start_sha256} if self._start_sha256 else {}
        facts |= encoder_facts(self.machine.spec, self.machine.encoder)
        return Outcome(self.machine.parts(), [self.plan.embeddings[cue] for cue in cues], facts)


def _fast_precision(bits: int | None) -> str:
    """bfloat16 where the machine has instructions for it, and the layers of `bits` too."""
    if bits is not None and not torch.cuda.is_available():
        return "float32"
    on_gpu = torch.cuda.is_available()
    fast = torch.cuda.is_bf16_supported() if on_gpu else torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if fast else "float32"


def _cast(base: Any, dtype: torch.dtype, device: torch.device) -> None:
    """Give the base its type for training."""
    if base.dtype != dtype:
        base.to(dtype)
    if dtype == torch.bfloat16 and device.type == "cpu":
        base.set_attn_implementation("eager")  # the fused backward pass is several times slower there


def _check_start(ref: str, spec: GeneratorSpec) -> str:
    """A checkpoint's SHA-256; ValueError unless it is of a generator like `spec`, on the same base."""
    card = read_card(find_checkpoint(ref))
    old, new = card["spec"].to_dict(), spec.to_dict()
    if "encoder_identity" in card and spec.encoder not in (LAST_TOKEN, ONE_HOT):
        old["encoder"], new["encoder"] = card["encoder_identity"], make_encoder(spec).identity
    differing = [
        f"{key} is {old[key]!r} there and {new[key]!r} here"
        for key in old
        if key not in START_FREE and old[key] != new[key]
    ]
    if differing:
        raise ValueError(
            f"start names a checkpoint of another generator: {', '.join(differing)}; set the same, "
            "or another checkpoint"
        )
    if not identity.has_weights(spec.base, spec.base_revision, card):
        base = identity.base_hash(spec.base, spec.base_revision)
        raise ValueError(
            f"start names a checkpoint that was trained on another base ({card['base_sha256']}) than "
            f"{spec.base} ({base}); its adapter means nothing there"
        )
    return str(card["weights_sha256"])


def _load_start(machine: TextToAdapter, ref: str) -> None:
    """Fill a generator with the weights of a checkpoint that `_check_start` accepted."""
    folder = find_checkpoint(ref)
    read_weights(folder, machine.parts(), read_card(folder)["weights_sha256"])
