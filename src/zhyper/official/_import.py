"""A folder of another program in, a checkpoint of ours out."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from zhyper.checkpoint import write_checkpoint
from zhyper.encoders import LAST_TOKEN, ONE_HOT, encoder_facts, make_encoder
from zhyper.identity import base_facts
from zhyper.official._files import Files, read_files
from zhyper.official._settings import Choices, base_of, settings_of, tasks_of
from zhyper.official._weights import generated_state, hypernet_state, shared_state
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import build
from zhyper.weights import load_config, resolve, weight_files


def import_official(
    program: str, folder: str | Path, out: str | Path, choices: Choices | None = None
) -> dict[str, Any]:
    """Write the generator in a folder as a checkpoint that emits the same numbers.

    Args:
        program: which wrote the folder, one of `PROGRAMS`.
        folder: with `hypermod.pt`, `args.yaml`, `adapter_config.json` and, of Zhyper,
            `adapter_model.safetensors`.
        out: the checkpoint; replaced as a whole, if it is one or does not exist.
        choices: what the folder does not say.

    Returns:
        What the checkpoint's card says, with its `spec` as plain values.

    Raises:
        ValueError: the files are damaged, hold more than data, or a generator that ours cannot be; or its
            base's configuration is not at hand.
    """
    choices = choices or Choices()
    files = read_files(Path(folder))
    config = _base_config(files, choices)
    spec, notes = settings_of(files, program, choices, config.get_text_config().num_hidden_layers)
    facts = _base_facts(spec, choices, notes) | _encoder_facts(spec)
    with torch.device("meta"):
        adapter, hypernet = build(spec, AutoModelForCausalLM.from_config(config), spec.context_width or 1)
    shared = (generated_state if spec.adapter == "t2l" else shared_state)(files, adapter)
    emitted = hypernet_state(files, spec, hypernet, choices.as_trained)
    files.hypernet.check_empty()
    for module, state in ((adapter, shared), (hypernet, emitted)):
        module.load_state_dict(state, strict=True, assign=True)
    card = {
        "spec": spec.to_dict(),
        "imported": {
            "from": program,
            "of": Path(folder).absolute().name,
            "notes": notes,
            "files": files.hashes,
        },
        "tasks": list(tasks_of(files)),
        "versions": {name: version(name) for name in ("zhyper", "torch", "transformers")},
        **facts,
    }
    write_checkpoint(Path(out), {"adapter": adapter, "hypernet": hypernet}, card, torch.float32, None)
    return card


def _base_config(files: Files, choices: Choices) -> Any:
    """The configuration of the base, of which no weight is read."""
    base = base_of(files, choices)
    try:
        return load_config(str(choices.base_config or base), choices.base_revision)
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"the configuration of the base '{choices.base_config or base}' is needed to know the sizes of "
            f"its layers, but: {error}. Say where the base lies by --base (a folder or a Hugging Face id; no "
            "weights are needed), or give its config.json by --base-config"
        ) from error


def _base_facts(spec: GeneratorSpec, choices: Choices, notes: list[str]) -> dict[str, Any]:
    """What the card says of the base's weights: their identity, or that nobody knows it."""
    if choices.base_config is None:
        folder = Path(resolve(spec.base))
        if not folder.is_dir() or weight_files(folder):
            return base_facts(spec.base, spec.base_revision)
    notes.append(
        "the base's weights were not at hand, so the checkpoint says nothing of them, and loads with any "
        "base whose layers have these sizes: see to it that it is the right one"
    )
    return {"base_sha256": None}


def _encoder_facts(spec: GeneratorSpec) -> dict[str, Any]:
    """What the card says of the encoder's weights, where something pins them."""
    if spec.encoder in (LAST_TOKEN, ONE_HOT):
        return {}
    encoder = make_encoder(spec)
    if Path(spec.encoder).is_dir() and encoder.width != spec.context_width:
        raise ValueError(
            f"the encoder {spec.encoder} makes embeddings of {encoder.width} numbers, but the generator "
            f"reads {spec.context_width}; name the one it was trained with by --encoder"
        )
    return encoder_facts(spec, encoder) if encoder.lasting else {}
