"""Trained LoRAs read from PEFT folders: Text-to-LoRA's offset, and what is averaged or reconstructed."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from zhyper.sites import Site, Sites

Factors = dict[Site, tuple[Tensor, Tensor]]
"""Each site's a: [R, I] and b: [O, R], with ΔW = b a: PEFT's scale is in b."""

_REFUSED = ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "layer_replication")


def lora_folders(library: Path) -> list[Path]:
    """The PEFT LoRAs of a library, a folder with one folder for each, in order; ValueError if it has none."""
    paths = sorted(library.iterdir()) if library.is_dir() else []
    folders = [path for path in paths if (path / "adapter_config.json").is_file()]
    if not folders:
        raise ValueError(
            f"library {library} holds no folder with an adapter_config.json; one PEFT LoRA is expected for "
            "each task"
        )
    return folders


def read_lora(folder: Path, sites: Sites) -> Factors:
    """A PEFT LoRA's factors at these sites; ValueError if it is no plain LoRA, or sits at other places."""
    try:
        config: dict[str, Any] = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        state = load_file(folder / "adapter_model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise ValueError(
            f"{folder} is not a PEFT folder with adapter_config.json and adapter_model.safetensors: {error}"
        ) from error
    odd = [name for name in _REFUSED if config.get(name)]
    if config.get("peft_type") != "LORA" or odd or config.get("bias", "none") != "none":
        difference = (
            f"uses {', '.join(odd)}"
            if odd
            else f"is a {config.get('peft_type')} with bias = {config.get('bias')}"
        )
        raise ValueError(f"the adapter in {folder} {difference}, but only plain LoRA is read")
    scale = config["lora_alpha"] / (math.sqrt(config["r"]) if config.get("use_rslora") else config["r"])
    factors: Factors = {}
    for site in sites:
        names = [f"base_model.model.{site.name}.lora_{letter}.weight" for letter in "AB"]
        if not all(name in state for name in names):
            raise ValueError(
                f"the adapter in {folder} has nothing at {site.name}; choose projections and layers that it "
                "adapts"
            )
        a_RI, b_OR = (state.pop(name).float() for name in names)
        if a_RI.shape[1:] != (site.d_in,) or b_OR.shape != (site.d_out, len(a_RI)):
            shapes = f"{tuple(a_RI.shape)} and {tuple(b_OR.shape)}"
            raise ValueError(
                f"the adapter in {folder} has factors {shapes} at {site.name}, a layer of {site.d_out} × "
                f"{site.d_in}: another base's"
            )
        factors[site] = a_RI, b_OR * scale
    if state:
        raise ValueError(
            f"the adapter in {folder} also changes {next(iter(state))}; choose projections and layers as it "
            "has them"
        )
    return factors


def average(loras: Sequence[Factors]) -> Factors:
    """The element-wise mean of several LoRAs' factors (the average LoRA of Text-to-LoRA, table 2)."""
    try:
        return {
            site: (_mean([lora[site][0] for lora in loras]), _mean([lora[site][1] for lora in loras]))
            for site in loras[0]
        }
    except RuntimeError as error:
        raise ValueError(f"LoRAs of different ranks have no average: {error}") from error


def _mean(tensors: list[Tensor]) -> Tensor:
    return torch.stack(tensors).mean(0)
