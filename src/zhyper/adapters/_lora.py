"""Adapters on trained LoRA factors (Zhyper equations 1 to 3) and on generated ones (Text-to-LoRA).

Shapes: B rows, T tokens, I inputs, O outputs, R rank, L adapted layers.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from zhyper.adapters._adapter import Adapter
from zhyper.modulation import Slot, Slots
from zhyper.sites import Site, Sites

_kaiming = partial(nn.init.kaiming_uniform_, a=math.sqrt(5))


class Lora(Adapter):
    """Plain LoRA, one for all contexts: ΔW = B A; no slots (multi-task LoRA)."""

    def __init__(self, sites: Sites, rank: int, scale: float) -> None:
        super().__init__(sites, rank, scale)
        count, shapes = len(sites.layers), {kind: sites.shape(kind) for kind in sites.kinds}
        self.a_LRI = nn.ParameterDict({_key(k): torch.empty(count, rank, d_in) for k, (d_in, _) in shapes.items()})
        self.b_LOR = nn.ParameterDict({_key(k): torch.zeros(count, d_out, rank) for k, (_, d_out) in shapes.items()})
        for a_LRI in self.a_LRI.values():
            for a_RI in a_LRI:
                _kaiming(a_RI)

    def shared(self, site: Site) -> tuple[Tensor, Tensor]:
        """The trained factors of a site: a [R, I], b [O, R]."""
        row, key = self.sites.row(site), _key(site.kind)
        return self.a_LRI[key][row], self.b_LOR[key][row]

    def slots(self) -> Slots:
        return {kind: () for kind in self.sites.kinds}

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        a_RI, b_OR = self.shared(site)
        h_BTR = self.core(linear(x_BTI, a_RI.to(x_BTI.dtype)), **slots)
        return linear(h_BTR, b_OR.to(x_BTI.dtype))

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        """What a context does between A and B, with the scale: here nothing."""
        return h_BTR * self.scale

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR * self.scale


class DiagonalLora(Lora):
    """Zhyper-diag: ΔW = B diag(z) A with z: [R] per context; z starts at 1 (Zhyper equation 2)."""

    def slots(self) -> Slots:
        return {kind: (Slot("z", (self.rank,), nn.init.ones_),) for kind in self.sites.kinds}

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        return h_BTR * (slots["z"] * self.scale).to(h_BTR.dtype)[:, None, :]

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR * (slots["z"] * self.scale)


class SquareLora(Lora):
    """Zhyper-square: ΔW = B z A with z: [R, R] per context; z starts at the identity."""

    def slots(self) -> Slots:
        return {kind: (Slot("z", (self.rank, self.rank), nn.init.eye_),) for kind in self.sites.kinds}

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        z_BRR = (slots["z"] * self.scale).to(h_BTR.dtype)
        return h_BTR @ z_BRR.transpose(1, 2)

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR @ (slots["z"] * self.scale)


class GeneratedLora(Adapter):
    """T2L-L: both factors are emitted per context, a: [R, I] and b: [O, R]; nothing is shared (Text-to-LoRA section 3)."""

    def slots(self) -> Slots:
        shapes = {kind: self.sites.shape(kind) for kind in self.sites.kinds}
        return {k: (Slot("a", (self.rank, d_in), _kaiming), Slot("b", (d_out, self.rank))) for k, (d_in, d_out) in shapes.items()}

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        a_BRI, b_BOR = slots["a"].to(x_BTI.dtype), (slots["b"] * self.scale).to(x_BTI.dtype)
        return x_BTI @ a_BRI.transpose(1, 2) @ b_BOR.transpose(1, 2)

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        return slots["a"], slots["b"] * self.scale


def _key(kind: str) -> str:
    """A kind as a parameter's name, which may not hold dots."""
    return kind.replace(".", "/")
