"""The tensors of a generator by the names that ours have, with every difference in units and order.

Shapes: C embedding width, D trunk width, H head width, K kinds, L adapted layers, R rank,
I inputs, O outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from zhyper.adapters import Adapter
from zhyper.encoders import ONE_HOT
from zhyper.hypernets import Hypernet
from zhyper.official._files import Files, Tensors
from zhyper.spec import GeneratorSpec

State = dict[str, Tensor]

_PREFIXES = {
    "context.": "task_encoder.mlp.",
    "depth.": "layer_depth_encoder.",
    "kind.": "layer_type_encoder.",
    "trunk.0.": "mixer.1.",
    "trunk.2.": "mixer.4.",
    **{
        f"trunk.{4 + block}.block.{ours}.": f"mlp{block}.mlp.{theirs}."
        for block in (1, 2)
        for ours, theirs in ((0, 0), (1, 1), (3, 4))
    },
    "trunk.7.": "mlp3.0.",
    "trunk.8.": "mlp3.1.",
    "trunk.10.": "mlp3.4.",
    "slot.1.": "out_emb_norm.",
    "row.": "pos_emb.",
}
"""Where tensors stand whose numbers are the same."""
_OFFSETS = ("AB_offset", "output_offset")
"""What the programs call the LoRA that is added: Text-to-LoRA, and its fork."""


def hypernet_state(files: Files, spec: GeneratorSpec, hypernet: Hypernet, as_trained: bool) -> State:
    """The state of `hypernet` (of which names and shapes matter); it takes its tensors out of the files.

    Raises ValueError for a tensor that is missing or has another shape.
    """
    tensors, state = files.hypernet, State()
    heads = {f"heads.{index}.": f"heads.{kind}." for index, kind in enumerate(spec.projections)}
    for name, tensor in hypernet.state_dict().items():
        if name.startswith("start_"):
            state[name] = torch.zeros(tensor.shape)
        elif name == "slot.0.weight":
            rows = [f"out_emb.{kind}.{factor}" for kind in spec.projections for factor in "AB"]
            state[name] = torch.stack([tensors.take(row, tensor.shape[1:]) for row in rows])
        else:
            ours, theirs = next(pair for pair in (_PREFIXES | heads).items() if name.startswith(pair[0]))
            state[name] = tensors.take(theirs + name.removeprefix(ours), tensor.shape)
    if spec.encoder == ONE_HOT:  # whose vectors have the length √N here, and 1 there
        state["context.0.weight"] /= math.sqrt(len(spec.known_tasks))
    if as_trained:
        one = torch.ones(spec.rank) if spec.adapter == "zhyper-diag" else torch.eye(spec.rank)
        for name, tensor in state.items():
            if name.startswith("start_") or name.endswith(".bias") and name.startswith("heads."):
                tensor += one.view_as(tensor)
    return state


def shared_state(files: Files, adapter: Adapter) -> State:
    """The A and B of Zhyper, and what of `hypermod.pt` belongs to them; ValueError as of `hypernet_state`."""
    tensors, state, sites = files.shared(), State(), adapter.sites
    for kind in sites.kinds:
        d_in, d_out = sites.shape(kind)
        names = [f"base_model.model.{site.name}" for site in sites.of[kind]]
        for name, factor, shape in (
            ("a_LRI", "A", (adapter.rank, d_in)),
            ("b_LOR", "B", (d_out, adapter.rank)),
        ):
            state[f"{name}.{kind}"] = torch.stack(
                [tensors.take(f"{site}.lora_{factor}.weight", shape) for site in names]
            )
    tensors.check_empty()
    for kind in sites.kinds:
        if bool(files.hypernet.take(f"{_offset(files.hypernet)}.Z.{kind}").any()):
            raise ValueError(
                f"the offset of {kind}'s z in hypermod.pt is not zero, but Zhyper's own forward pass does "
                "not add it; what was meant cannot be known, so it is not read"
            )
        for statistic in ("mean_recon_target", "std_recon_target"):  # of a reconstruction, which it is not
            files.hypernet.take(f"{statistic}.Z.{kind}")
    return state


def generated_state(files: Files, adapter: Adapter) -> State:
    """The offsets and units of a Text-to-LoRA: ΔW = (b₀ + σ_b b)ᵀ (a₀ + σ_a a).

    Raises ValueError as `hypernet_state` does.
    """
    state, understood = State(), _units(files)
    for factor, ours in (("A", "a_LRI"), ("B", "b_LRO")):
        for kind in adapter.sites.kinds:
            names = (_offset(files.hypernet), "mean_recon_target", "std_recon_target")
            offset, mean, deviation = (
                _layers(files.hypernet, f"{name}.{factor}.{kind}", adapter, kind, factor) for name in names
            )
            state[f"{ours}.{kind}"], state[f"unit_{ours}.{kind}"] = understood(offset, mean, deviation)
    return state


def _units(files: Files) -> Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """How a0 and σ follow from an offset, a library's mean and its deviation, by the kind of training."""
    arguments = files.arguments
    if arguments.get("training_task", "sft") == "sft":  # which ignores pred_z_score
        return lambda offset, mean, deviation: (offset, torch.ones_like(offset))
    z_score = arguments.get("pred_z_score", True)
    if arguments.get("factorized", False):
        if z_score:
            return lambda offset, mean, deviation: (mean + offset, deviation + 1e-10)
        return lambda offset, mean, deviation: (offset, torch.ones_like(offset))
    if z_score:
        raise ValueError(
            "it predicts the z-scores of whole ΔW (pred_z_score without factorized), which its own program "
            "cannot export either; nothing is defined that it would emit"
        )
    scaling = arguments.get("delta_w_scaling", 10000)
    if not isinstance(scaling, int | float) or scaling <= 0:
        raise ValueError(f"delta_w_scaling is {scaling!r}, but must be a number above 0")
    unit = 1 / math.sqrt(scaling)
    return lambda offset, mean, deviation: (torch.zeros_like(offset), torch.full_like(offset, unit))


def _offset(tensors: Tensors) -> str:
    """What this program calls the LoRA that is added."""
    return next((name for name in _OFFSETS if tensors.names(f"{name}.")), _OFFSETS[0])


def _layers(tensors: Tensors, name: str, adapter: Adapter, kind: str, factor: str) -> Tensor:
    """A LoRA's factor [L, R, I] or [L, R, O] at the adapted layers."""
    (d_in, d_out), sites = adapter.sites.shape(kind), adapter.sites
    one = (adapter.rank, d_in) if factor == "A" else (d_out, adapter.rank)
    tensor = tensors.take(name, (sites.depth, *one))[list(sites.layers)]
    return tensor if factor == "A" else tensor.mT.contiguous()
