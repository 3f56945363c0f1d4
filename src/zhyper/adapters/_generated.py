"""Adapters whose factors are emitted for each description: Text-to-LoRA, also on VeRA, and lightweight LoRA.

Shapes: B rows, T tokens, I inputs, O outputs, R rank, L adapted layers, J and K inner sizes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from zhyper.adapters._adapter import Adapter, Frozen, kaiming
from zhyper.adapters._factored import vera_factors
from zhyper.modulation import Modulation, Slot, Slots
from zhyper.sites import Site, Sites
from zhyper.spec import GeneratorSpec


class Generated(Adapter):
    """Both factors are emitted, with one row for each rank: ΔW = bᵀ a."""

    @abstractmethod
    def whole(self, site: Site, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """The factors a [..., R, I] and b [..., R, O] of a site from its slots, without the scale."""

    def frozen_b(self, kind: str) -> Tensor | None:
        """What `whole` adds to the slot b of a kind, [L, R, O]; None for nothing."""
        return None

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        a_BRI, b_BRO = self.whole(site, slots["a"], slots["b"])
        return x_BTI @ a_BRI.to(x_BTI.dtype).transpose(1, 2) @ (b_BRO * self.scale).to(x_BTI.dtype)

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_RO = self.whole(site, slots["a"], slots["b"])
        return a_RI, (b_RO * self.scale).T

    def mix(self, modulation: Modulation, weights: Sequence[float]) -> Modulation:
        """The exact sum, of rank n · R: the factors of n rows one below the other, weights in b."""
        factor = modulation.factors(weights)[:, None, None, None]
        values = {}
        for kind, slots in modulation.values.items():
            a, b, frozen = slots["a"], slots["b"], self.frozen_b(kind)
            if frozen is None:
                b = factor.to(b) * b
            else:
                added = frozen.repeat(1, b.shape[-2] // self.rank, 1)
                b = factor.to(b) * (b + added) - added
            values[kind] = {"a": torch.cat(list(a), dim=-2)[None], "b": torch.cat(list(b), dim=-2)[None]}
        return Modulation(values, 1)


class GeneratedLora(Generated):
    """Text-to-LoRA: emitted are a: [R, I] and b: [R, O] as changes of an offset.

    ΔW = (b₀ + σ_b b)ᵀ (a₀ + σ_a a).

    The offset (Text-to-LoRA equation 6) is frozen: LoRA's own start, where b₀ is zero, or a trained LoRA
    (`set_offset`). The units σ are 1, but for a generator that reconstructs a library: mean and standard
    deviation of its LoRAs (appendix D).
    """

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        count, shapes = len(sites.layers), {kind: sites.shape(kind) for kind in sites.kinds}
        self.a_LRI = Frozen({k: torch.empty(count, self.rank, d_in) for k, (d_in, _) in shapes.items()})
        self.b_LRO = Frozen({k: torch.zeros(count, self.rank, d_out) for k, (_, d_out) in shapes.items()})
        for a_LRI in self.a_LRI.buffers():
            for a_RI in a_LRI:
                kaiming(a_RI)
        self.unit_a_LRI = Frozen({k: torch.ones_like(self.a_LRI[k]) for k in sites.kinds})
        self.unit_b_LRO = Frozen({k: torch.ones_like(self.b_LRO[k]) for k in sites.kinds})

    def set_offset(self, site: Site, a_RI: Tensor, b_OR: Tensor) -> None:
        """Take a LoRA's factors, with ΔW = b a, as a site's offset."""
        self._check_rank(a_RI)
        row, kind = self.sites.row(site), site.kind
        self.a_LRI[kind][row] = a_RI.to(self.a_LRI[kind])
        self.b_LRO[kind][row] = b_OR.mT.to(self.b_LRO[kind]) / self.scale

    def take(self, site: Site, a_NRI: Tensor, b_NOR: Tensor) -> dict[str, Tensor]:
        """Means become the offset, standard deviations the units, slots are z-scores (appendix D)."""
        self.set_offset(site, a_NRI.mean(0), b_NOR.mean(0))
        row, slots = self.sites.row(site), {}
        b_NRO = b_NOR.mT / self.scale
        for name, lora_NRI, offset, unit in (
            ("a", a_NRI, self.a_LRI, self.unit_a_LRI),
            ("b", b_NRO, self.b_LRO, self.unit_b_LRO),
        ):
            lora_NRI = lora_NRI.to(offset[site.kind])
            # As in the published code, but for the least unit: in float32 a mean of equal numbers is off by
            # more than its 1e-10, which would blow up rounding errors. A single LoRA has no deviation.
            spread = lora_NRI.std(0, correction=min(1, len(lora_NRI) - 1))
            unit[site.kind][row] = spread.clamp(min=1e-7)
            slots[name] = (lora_NRI - offset[site.kind][row]) / unit[site.kind][row]
        return slots

    def slots(self) -> Slots:
        shapes = {kind: self.sites.shape(kind) for kind in self.sites.kinds}
        return {
            k: (Slot("a", (self.rank, d_in)), Slot("b", (self.rank, d_out)))
            for k, (d_in, d_out) in shapes.items()
        }

    def whole(self, site: Site, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        row, times = self.sites.row(site), a.shape[-2] // self.rank  # a mixture of n has n · R rows
        offset_a, offset_b = (
            self.a_LRI[site.kind][row].repeat(times, 1),
            self.b_LRO[site.kind][row].repeat(times, 1),
        )
        unit_a, unit_b = (
            self.unit_a_LRI[site.kind][row].repeat(times, 1),
            self.unit_b_LRO[site.kind][row].repeat(times, 1),
        )
        return offset_a + unit_a * a, offset_b + unit_b * b

    def frozen_b(self, kind: str) -> Tensor | None:
        return self.b_LRO[kind] / self.unit_b_LRO[kind]


class LightLora(Generated):
    """Lightweight LoRA: the outer factors are random and frozen, the small inner ones are emitted.

    ΔW = P bᵀ a Q with Q: [J, I] of orthonormal rows and P: [O, K] of orthonormal columns, shared by the
    layers, and
    a: [R, J], b: [R, K] are emitted (HyperDreamBooth, Ruiz et al. 2023: J = 100, K = 50; `inner_in`,
        `inner_out`).
    """

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        self.inner_in, self.inner_out = spec.inner_in, spec.inner_out
        for kind in sites.kinds:
            d_in, d_out = sites.shape(kind)
            for name, inner, outer in (
                ("inner_in", self.inner_in, d_in),
                ("inner_out", self.inner_out, d_out),
            ):
                if inner > outer:
                    raise ValueError(
                        f"{name} is {inner}, but {kind} has only {outer} {name.removeprefix('inner_')}puts; "
                        "lower it"
                    )
        shapes = {kind: sites.shape(kind) for kind in sites.kinds}
        self.q_JI = Frozen(
            {k: nn.init.orthogonal_(torch.empty(self.inner_in, d_in)) for k, (d_in, _) in shapes.items()}
        )
        self.p_KO = Frozen(
            {k: nn.init.orthogonal_(torch.empty(self.inner_out, d_out)) for k, (_, d_out) in shapes.items()}
        )

    def slots(self) -> Slots:
        inner = Slot("a", (self.rank, self.inner_in), kaiming), Slot("b", (self.rank, self.inner_out))
        return {kind: inner for kind in self.sites.kinds}

    def whole(self, site: Site, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return a @ self.q_JI[site.kind], b @ self.p_KO[site.kind]


class GeneratedVera(Adapter):
    """Text-to-LoRA on VeRA: emitted are the scaling vectors d: [R] and b: [O].

    ΔW = Λ_b B Λ_d A, with A and B frozen.
    """

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        self.a_RI, self.b_OR = vera_factors(sites, self.rank)

    def slots(self) -> Slots:
        small = partial(nn.init.constant_, val=0.1)
        return {
            k: (Slot("d", (self.rank,), small), Slot("b", (self.sites.shape(k)[1],)))
            for k in self.sites.kinds
        }

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        a_RI, b_OR = self.a_RI[site.kind].to(x_BTI.dtype), self.b_OR[site.kind].to(x_BTI.dtype)
        d_BR, b_BO = slots["d"].to(x_BTI.dtype), (slots["b"] * self.scale).to(x_BTI.dtype)
        return (x_BTI @ a_RI.T * d_BR[:, None]) @ b_OR.T * b_BO[:, None]

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        return self.a_RI[site.kind], self.b_OR[site.kind] * slots["d"] * (slots["b"] * self.scale)[:, None]
