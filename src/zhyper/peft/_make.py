"""Adapters of descriptions, made by a generator, around a base."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zhyper import arguments
from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.encoders import LAST_TOKEN
from zhyper.peft._base import check_model, check_weights, sites_like
from zhyper.peft._folder import Origin
from zhyper.peft._model import ZhyperModel
from zhyper.text_to_adapter import TextToAdapter, exported_template


def get_peft_model(
    base: Any, checkpoint: TextToAdapter | str | Path, descriptions: Mapping[str, str]
) -> ZhyperModel:
    """A base with one adapter for each description, made in one forward pass of the generator each.

    Args:
        base: the Transformers model to adapt, with the weights that the checkpoint was trained on; it is
            frozen. None stands for the checkpoint's own, which is loaded in float32 to the first GPU or the
            CPU.
        checkpoint: a generator, or what `TextToAdapter.load` takes: a folder, `default`, a Hugging Face id.
        descriptions: by the name of the adapter; the first is active.

    Returns:
        The model. A generator that was given, and its base, stay as they are.

    Raises:
        ValueError: no description was given, no such checkpoint, or a base that it was not trained on.
        RuntimeError: base or encoder could not be fetched.
    """
    if not isinstance(descriptions, Mapping) or not descriptions:
        raise ValueError(
            f"descriptions is {arguments.described(descriptions)}, but must be a dict with the description "
            "of at least one adapter by its name"
        )
    given = isinstance(checkpoint, TextToAdapter)
    machine: TextToAdapter = checkpoint if given else _machine(checkpoint, base)  # type: ignore[assignment, arg-type]
    own = machine.model.base
    base = own if base is None else base
    check_model(base)
    facts = {"base_sha256": machine.base_sha256}
    facts |= {k: v for k, v in machine.about.items() if k == "base_files_sha256"}
    adapter = copy.deepcopy(machine.adapter_weights).requires_grad_(False)
    if base is not own:
        check_weights(base, machine.spec, facts)
        adapter.sites = sites_like(adapter.sites, base, machine.spec)
    origin = Origin(
        spec=machine.spec,
        base=facts,
        chat_template=exported_template(machine.tokenizer, machine.spec.chat_template),
        provenance={
            **machine.provenance(),
            "versions": {name: version(name) for name in ("zhyper", "torch", "transformers")},
        },
    )
    model = ZhyperModel(base, adapter, origin, machine, given and base is own)
    try:
        for name, description in descriptions.items():
            model.add_adapter(name, description)
    except BaseException:
        model.unload()
        raise
    return model


def _machine(checkpoint: str | Path, base: Any) -> TextToAdapter:
    """The generator of a checkpoint; without its base's weights, where a base is given."""
    if base is None:
        return TextToAdapter.load(checkpoint)
    check_model(base)
    card = read_card(find_checkpoint(checkpoint))
    if card["spec"].encoder == LAST_TOKEN:
        raise ValueError(
            "the encoder of this generator is its base, whose bare weights it needs; give None as base, "
            "and it is loaded"
        )
    place = base.name_or_path
    known = place if place and Path(place).is_dir() else None
    return TextToAdapter.load(checkpoint, device="meta", base=known)
