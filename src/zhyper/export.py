"""One context's adapter in plain formats: a PEFT LoRA folder with a card, or merged into the base."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from zhyper.adapters import Adapter
from zhyper.files import replacing
from zhyper.modulation import Modulation
from zhyper.sites import Site

_FILES = ("adapter_model.safetensors", "adapter_config.json", "README.md")
_TAGS = "tags: [lora, zhyper]"


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


def peft_config(adapter: Adapter, base: str, rank: int) -> dict[str, Any]:
    """`adapter_config.json` of a LoRA with scale 1 (lora_alpha = r), which every engine applies alike."""
    sites = adapter.sites
    whole = len(sites.layers) == sites.depth
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": rank,
        "lora_alpha": rank,
        "use_rslora": False,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": any(site.transposed for site in sites),
        "target_modules": list(sites.kinds),
        "layers_to_transform": None if whole else list(sites.layers),
        "inference_mode": True,
    }


def save_peft(
    folder: Path, adapter: Adapter, modulation: Modulation, base: str, card: Mapping[str, Any]
) -> None:
    """Write one context as a folder that `PeftModel.from_pretrained` loads, with a README card of its origin.

    Args:
        folder: replaced as a whole, if it is an adapter folder or does not exist.
        adapter: the shared weights.
        modulation: one context.
        base: name of the base model, for the configuration.
        card: facts for the card, in order.
    """
    with torch.no_grad():
        state, rank = {}, adapter.rank
        for site, a_RI, b_OR in factors(adapter, modulation):
            rank = len(a_RI)  # of a mixture it may be larger
            state[f"base_model.model.{site.name}.lora_A.weight"] = a_RI.detach().cpu().contiguous().clone()
            state[f"base_model.model.{site.name}.lora_B.weight"] = b_OR.detach().cpu().contiguous().clone()
    with replacing(Path(folder), _is_ours) as scratch:
        save_file(state, scratch / "adapter_model.safetensors", metadata={"format": "pt"})
        (scratch / "adapter_config.json").write_text(
            json.dumps(peft_config(adapter, base, rank), indent=2) + "\n", encoding="utf-8"
        )
        (scratch / "README.md").write_text(_card(base, card), encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    """Whether a folder is an adapter that zhyper wrote, and nothing else."""
    names = {file.name for file in folder.iterdir()}
    return (
        names <= set(_FILES)
        and "README.md" in names
        and _TAGS in (folder / "README.md").read_text(encoding="utf-8").splitlines()
    )


def _card(base: str, facts: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {_cell(value)} |" for name, value in facts.items()]
    return "\n".join(
        [
            "---",
            "library_name: peft",
            f"base_model: {json.dumps(base)}",
            _TAGS,
            "---",
            "",
            "# Adapter generated from a description",
            "",
            "A plain LoRA that zhyper wrote in one forward pass of a hypernetwork.",
            "",
            "| fact | value |",
            "|---|---|",
            *rows,
            "",
            "Load it:",
            "",
            "```python",
            "from peft import PeftModel",
            "from zhyper.weights import load_base  # or load the same base model by other means",
            "",
            f"base_model, tokenizer = load_base({json.dumps(base)})",
            'model = PeftModel.from_pretrained(base_model, "THIS_FOLDER")',
            "```",
            "",
        ]
    )


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def merge_into(base: Any, adapter: Adapter, modulation: Modulation) -> None:
    """Add one context's update to the base's own weights, for good."""
    with torch.no_grad():
        for site, a_RI, b_OR in factors(adapter, modulation):
            weight = base.get_submodule(site.name).weight
            update = (b_OR @ a_RI).to(weight)
            weight.add_(update.T if site.transposed else update)
