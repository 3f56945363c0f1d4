"""Whether a base is the one that adapters are for, and a copy of one without hooks."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from zhyper import arguments, hub, identity
from zhyper.model import ConditionedModel
from zhyper.sites import Sites, find_sites
from zhyper.spec import GeneratorSpec


def check_model(base: Any) -> None:
    """Raise ValueError unless something is a causal language model of Transformers, with its weights."""
    model: Any = base if isinstance(base, nn.Module) and hasattr(base, "get_decoder") else None
    if model is None:
        raise ValueError(
            f"the base is {arguments.described(type(base).__name__)}, but must be a causal language model of "
            "Transformers, or None for the one that the checkpoint was trained on"
        )
    if model.device.type == "meta":
        raise ValueError("the base has no weights (it is on the device 'meta'); give one that has")


def check_weights(base: Any, spec: GeneratorSpec, facts: dict[str, Any]) -> None:
    """ValueError where a model was loaded from other weights than these; a warning where nobody knows."""
    if facts["base_sha256"] is None:
        return
    place, same = base.name_or_path, None
    if place and (Path(place).is_dir() or hub.is_id(place)):
        try:
            same = identity.has_weights(place, getattr(base.config, "_commit_hash", None), facts)
        except RuntimeError:  # the hub does not say
            same = None
    if same is False:
        raise ValueError(
            f"the adapters are for other weights of {identity.public_name(spec.base)} "
            f"({facts['base_sha256']}) than those at {place}; give the base that they were made for, "
            "or None, which loads it"
        )
    if same is None:
        warnings.warn(
            f"nobody knows whether this base has the weights of {identity.public_name(spec.base)} that the "
            "adapters are for, as it does not say where it was loaded from; only its layers were compared",
            stacklevel=3,
        )


def sites_like(expected: Sites, base: Any, spec: GeneratorSpec) -> Sites:
    """A model's own sites; ValueError unless they are as those of another, but for their names."""
    sites = find_sites(base, spec.projections, spec.layers)
    here, there = ([replace(site, name="") for site in each] for each in (sites, expected))
    if here != there or sites.depth != expected.depth:
        raise ValueError(
            f"this {type(base).__name__} has other layers than the base that the checkpoint was trained on "
            f"({identity.public_name(spec.base)}); give that one, or None, which loads it"
        )
    return sites


def plain_copy(base: Any, sites: Sites) -> Any:
    """A copy of a base without the hooks of machines and models that are around it."""
    copied = copy.deepcopy(base)
    for site in sites:
        hooks = copied.get_submodule(site.name)._forward_hooks
        ours = [k for k, h in hooks.items() if getattr(h, "__module__", None) == ConditionedModel.__module__]
        for key in ours:
            del hooks[key]
    return copied
