"""Where adapters sit: linear layers of a causal language model by name, in any of its decoder layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from zhyper.spec import layer_indices


@dataclass(frozen=True)
class Site:
    """One linear layer y = W x that an adapter may change."""

    name: str
    """Path of the module inside the model, such as `model.layers.3.self_attn.q_proj`."""
    kind: str
    """The projection's name as asked for, such as `q_proj`."""
    layer: int
    """Decoder layer, counted from 0 over the whole model."""
    d_in: int
    d_out: int
    transposed: bool
    """True for GPT-2's Conv1D, whose weight is stored as [d_in, d_out]."""


@dataclass(frozen=True)
class Sites:
    """The sites of one adapter: for each kind, one site for each adapted layer, in the order of `layers`."""

    kinds: tuple[str, ...]
    layers: tuple[int, ...]
    depth: int
    """Number of decoder layers of the whole model."""
    of: dict[str, tuple[Site, ...]]

    def __iter__(self) -> Iterator[Site]:
        """Every site, kind by kind."""
        return (site for kind in self.kinds for site in self.of[kind])

    def shape(self, kind: str) -> tuple[int, int]:
        """(d_in, d_out) of a kind, equal in all of its layers."""
        return self.of[kind][0].d_in, self.of[kind][0].d_out

    def row(self, site: Site) -> int:
        """The position of a site's layer among the adapted ones."""
        return self.layers.index(site.layer)


def decoder_path(model: nn.Module) -> tuple[str, int]:
    """Path and length of the stack of decoder layers: the longest of the outermost lists of blocks.

    Of a model that also sees or hears it is the decoder's of text.
    """
    decoder = model.get_decoder() if hasattr(model, "get_decoder") else model  # type: ignore[operator]
    within = next(name for name, module in model.named_modules() if module is decoder)
    stacks = [
        (f"{within}.{name}".strip("."), len(module))
        for name, module in decoder.named_modules()
        if isinstance(module, nn.ModuleList) and len(module)
    ]
    if not stacks:
        raise ValueError(
            f"{type(model).__name__} has no list of decoder layers; zhyper adapts stacked causal language "
            "models"
        )
    return max(stacks, key=lambda stack: (-stack[0].count("."), stack[1]))


def linear_shape(module: nn.Module) -> tuple[int, int, bool] | None:
    """(d_in, d_out, transposed) of a linear layer, or None for any other module."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features, False
    if type(module).__name__ == "Conv1D" and hasattr(module, "nf"):
        weight: Any = module.weight
        return weight.shape[0], weight.shape[1], True
    return None


def find_sites(model: nn.Module, projections: Sequence[str], layers: str = ":") -> Sites:
    """The linear layers called `projections` in the decoder layers that the slice `layers` selects.

    A projection is the last part of a module's path (`q_proj`), or several parts where that is ambiguous
    (`attn.c_proj`). Raises ValueError for a name that is no linear layer of every selected decoder layer, is
    ambiguous, or changes its size.
    """
    stack, depth = decoder_path(model)
    selected = layer_indices(layers, depth)
    of: dict[str, tuple[Site, ...]] = {}
    for kind in projections:
        of[kind] = tuple(_site(model, f"{stack}.{layer}", kind, layer) for layer in selected)
        if len({(site.d_in, site.d_out) for site in of[kind]}) > 1:
            raise ValueError(
                f"{kind} has not the same size in layers {selected}; select layers in which it has, as "
                "start:stop:step"
            )
    return Sites(tuple(projections), selected, depth, of)


def _site(model: nn.Module, block: str, kind: str, layer: int) -> Site:
    linears = {
        name: shape
        for name, module in model.get_submodule(block).named_modules()
        if (shape := linear_shape(module))
    }
    matches = [name for name in linears if name == kind or name.endswith(f".{kind}")]
    if len(matches) != 1:
        problem = (
            f"is ambiguous in layer {layer} ({', '.join(matches)})"
            if matches
            else f"is not a linear layer of layer {layer}"
        )
        raise ValueError(f"projection '{kind}' {problem}; its linear layers are: {', '.join(linears)}")
    d_in, d_out, transposed = linears[matches[0]]
    return Site(f"{block}.{matches[0]}", kind, layer, d_in, d_out, transposed)
