"""One context's adapter as a PEFT LoRA folder, or merged into the base; either brings the tokenizer."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from zhyper.adapters import Adapter
from zhyper.export._base import Base, save_tokenizer
from zhyper.export._card import is_export, write_card
from zhyper.files import replacing
from zhyper.modulation import Modulation
from zhyper.sites import Site


def factors(adapter: Adapter, modulation: Modulation) -> Iterator[tuple[Site, Tensor, Tensor]]:
    """Each site with one context's LoRA factors a: [R, I] and b: [O, R]; scale and strength are baked into b.

    Raises ValueError for a modulation of more than one context.
    """
    if modulation.count != 1:
        raise ValueError(
            f"an export is of one context, but the modulation holds {modulation.count}; pick one with "
            "Modulation.at([i])"
        )
    for site in adapter.sites:
        row = adapter.sites.row(site)
        slots = {name: value[0, row] for name, value in modulation.values.get(site.kind, {}).items()}
        a_RI, b_OR = adapter.factors(site, **slots)
        if modulation.strength is not None:
            b_OR = b_OR * modulation.strength.to(b_OR)[0]
        yield site, a_RI, b_OR


def peft_config(adapter: Adapter, base: Base, rank: int) -> dict[str, Any]:
    """`adapter_config.json` of a LoRA with scale 1 (lora_alpha = r), which every engine applies alike.

    Its `target_modules` match the adapter's sites in the base, and no other module.
    """
    sites = adapter.sites
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base.place,
        "revision": base.revision,
        "r": rank,
        "lora_alpha": rank,
        "use_rslora": False,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": any(site.transposed for site in sites),
        "inference_mode": True,
    }
    layers = None if len(sites.layers) == sites.depth else list(sites.layers)
    kinds = {"target_modules": list(sites.kinds), "layers_to_transform": layers}
    if _targets(config | kinds, base.model) == {site.name for site in sites}:
        return config | kinds  # what every engine knows
    # Another part of the model, such as a tower that sees, has layers of these names as well.
    return config | {"target_modules": [site.name for site in sites], "layers_to_transform": None}


def _targets(config: dict[str, Any], model: Any) -> set[str]:
    """The modules of a model that PEFT would put a LoRA at."""
    from peft import LoraConfig
    from peft.tuners.tuners_utils import check_target_module_exists

    read = LoraConfig(**config)
    return {name for name, _ in model.named_modules() if check_target_module_exists(read, name)}


def save_peft(
    folder: Path, adapter: Adapter, modulation: Modulation, base: Base, card: Mapping[str, Any]
) -> None:
    """Write one context as a folder that PEFT and Transformers load: LoRA, tokenizer, a README card.

    Args:
        folder: replaced as a whole, if it is an export or does not exist.
        adapter: the shared weights.
        modulation: one context.
        base: what the adapter is for.
        card: facts for the card, in order.
    """
    with torch.no_grad():
        state, rank = {}, adapter.rank
        for site, a_RI, b_OR in factors(adapter, modulation):
            rank = len(a_RI)  # of a mixture it may be larger
            state[f"base_model.model.{site.name}.lora_A.weight"] = a_RI.detach().cpu().contiguous().clone()
            state[f"base_model.model.{site.name}.lora_B.weight"] = b_OR.detach().cpu().contiguous().clone()
    with replacing(Path(folder), is_export) as scratch:
        save_file(state, scratch / "adapter_model.safetensors", metadata={"format": "pt"})
        (scratch / "adapter_config.json").write_text(
            json.dumps(peft_config(adapter, base, rank), indent=2) + "\n", encoding="utf-8"
        )
        save_tokenizer(scratch, base)
        write_card(scratch, base, card, "peft")


def save_merged(
    folder: Path, adapter: Adapter, modulation: Modulation, base: Base, card: Mapping[str, Any]
) -> None:
    """Write the base with one context merged into its weights: a whole model, tokenizer and card.

    Arguments as of `save_peft`; the base itself stays as it is.
    """
    model = copy.deepcopy(base.model)
    merge_into(model, adapter, modulation)
    model.generation_config = type(model.generation_config)()  # it is written as zhyper answers
    with replacing(Path(folder), is_export) as scratch:
        model.save_pretrained(scratch)
        save_tokenizer(scratch, base)
        write_card(scratch, base, card, "merged")


def merge_into(base: Any, adapter: Adapter, modulation: Modulation) -> None:
    """Add one context's update to the base's own weights, for good."""
    with torch.no_grad():
        for site, a_RI, b_OR in factors(adapter, modulation):
            weight = base.get_submodule(site.name).weight
            update = (b_OR @ a_RI).to(weight)
            weight.add_(update.T if site.transposed else update)
