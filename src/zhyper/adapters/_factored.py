"""Adapters whose outer factors are shared by all descriptions: ΔW = B core(z) A (Zhyper equations 1 to 3).

Two choices make such an adapter: where A and B come from (`Trained`, `Vera`, `LoraXs`), and what is
emitted between them (`Plain` nothing, `Diagonal` a vector, `Square` a matrix). Each pair is a class of two
bases.

Shapes: B rows, T tokens, I inputs, O outputs, R rank, L adapted layers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from zhyper.adapters._adapter import Adapter, Frozen, kaiming, key
from zhyper.modulation import Slot, Slots
from zhyper.sites import Site, Sites
from zhyper.spec import GeneratorSpec


class Factored(Adapter):
    """An update between shared factors."""

    starts_at_zero = True
    """Whether B is zero before training, so that any core leaves the base as it is."""

    @abstractmethod
    def shared(self, site: Site) -> tuple[Tensor, Tensor]:
        """The factors of a site that all descriptions share: a [R, I], b [O, R]."""

    @abstractmethod
    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        """What a modulation does between A and B, with the scale."""

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        a_RI, b_OR = self.shared(site)
        h_BTR = self.core(linear(x_BTI, a_RI.to(x_BTI.dtype)), **slots)
        return linear(h_BTR, b_OR.to(x_BTI.dtype))


class Trained(Factored):
    """A and B are trained, one pair for each site; A starts as LoRA's does, B at zero."""

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        count, shapes = len(sites.layers), {kind: sites.shape(kind) for kind in sites.kinds}
        self.a_LRI = nn.ParameterDict(
            {key(k): torch.empty(count, self.rank, d_in) for k, (d_in, _) in shapes.items()}
        )
        self.b_LOR = nn.ParameterDict(
            {key(k): torch.zeros(count, d_out, self.rank) for k, (_, d_out) in shapes.items()}
        )
        for a_LRI in self.a_LRI.values():
            for a_RI in a_LRI:
                kaiming(a_RI)

    def shared(self, site: Site) -> tuple[Tensor, Tensor]:
        row = self.sites.row(site)
        return self.layer(self.a_LRI[key(site.kind)], row), self.layer(self.b_LOR[key(site.kind)], row)


class Vera(Factored):
    """A and B are random, frozen and shared by the layers; trained vectors scale them.

    ΔW = Λ_b B Λ_d core(z) A.

    VeRA (Kopiczko et al. 2024; Zhyper section 2.1). λ_d starts at 0.1, λ_b at zero.
    """

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        self.a_RI, self.b_OR = vera_factors(sites, self.rank)
        count = len(sites.layers)
        self.d_LR = nn.ParameterDict({key(k): torch.full((count, self.rank), 0.1) for k in sites.kinds})
        self.b_LO = nn.ParameterDict({key(k): torch.zeros(count, sites.shape(k)[1]) for k in sites.kinds})

    def shared(self, site: Site) -> tuple[Tensor, Tensor]:
        row, name = self.sites.row(site), key(site.kind)
        b_OR = (
            self.b_OR[site.kind]
            * self.layer(self.d_LR[name], row)
            * self.layer(self.b_LO[name], row)[:, None]
        )
        return self.a_RI[site.kind], b_OR


def vera_factors(sites: Sites, rank: int) -> tuple[Frozen, Frozen]:
    """Random A [R, I] and B [O, R] for each kind of projection, shared by the layers."""

    def draw(rows: int, columns: int) -> Tensor:
        return nn.init.kaiming_uniform_(torch.empty(rows, columns), nonlinearity="relu")

    shapes = {kind: sites.shape(kind) for kind in sites.kinds}
    return Frozen({k: draw(rank, i) for k, (i, _) in shapes.items()}), Frozen(
        {k: draw(o, rank) for k, (_, o) in shapes.items()}
    )


class LoraXs(Factored):
    """A and B are frozen: the r largest singular directions of W = U Σ Vᵀ, with A = Vᵀ and B = U Σ.

    LoRA-XS (Bałazy et al. 2024; Zhyper section 2.1): all that is trained is what stands between them, which
    starts at zero.
    """

    starts_at_zero = False

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__(sites, spec)
        for kind in sites.kinds:
            if self.rank > min(sites.shape(kind)):
                raise ValueError(
                    f"rank is {self.rank}, but {kind} has only {min(sites.shape(kind))} singular values; "
                    "lower the rank"
                )
        count, shapes = len(sites.layers), {kind: sites.shape(kind) for kind in sites.kinds}
        self.a_LRI = Frozen({k: torch.zeros(count, self.rank, d_in) for k, (d_in, _) in shapes.items()})
        self.b_LOR = Frozen({k: torch.zeros(count, d_out, self.rank) for k, (_, d_out) in shapes.items()})

    def start(self, weight_of: Callable[[Site], Tensor]) -> None:
        """The exact truncated singular value decomposition of every site's weight."""
        for site in self.sites:
            u_OK, s_K, v_KI = torch.linalg.svd(weight_of(site).float(), full_matrices=False)
            row, rank = self.sites.row(site), self.rank
            self.a_LRI[site.kind][row] = v_KI[:rank].to(self.a_LRI[site.kind])
            self.b_LOR[site.kind][row] = (u_OK[:, :rank] * s_K[:rank]).to(self.b_LOR[site.kind])

    def shared(self, site: Site) -> tuple[Tensor, Tensor]:
        row = self.sites.row(site)
        return self.a_LRI[site.kind][row], self.b_LOR[site.kind][row]


class Plain(Factored):
    """Nothing is emitted: one LoRA for all (multi-task or task-specific LoRA)."""

    def slots(self) -> Slots:
        return {kind: () for kind in self.sites.kinds}

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        return h_BTR * self.scale

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR * self.scale


class Diagonal(Factored):
    """Emitted is the diagonal z: [R] of the core (Zhyper equation 2)."""

    def slots(self) -> Slots:
        start = nn.init.ones_ if self.starts_at_zero else nn.init.zeros_
        return {kind: (Slot("z", (self.rank,), start, self.starts_at_zero),) for kind in self.sites.kinds}

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        return h_BTR * (slots["z"] * self.scale).to(h_BTR.dtype)[:, None, :]

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR * (slots["z"] * self.scale)


class Square(Factored):
    """Emitted is the whole core z: [R, R] (Zhyper-square)."""

    def slots(self) -> Slots:
        start = nn.init.eye_ if self.starts_at_zero else nn.init.zeros_
        return {
            kind: (Slot("z", (self.rank, self.rank), start, self.starts_at_zero),)
            for kind in self.sites.kinds
        }

    def core(self, h_BTR: Tensor, **slots: Tensor) -> Tensor:
        z_BRR = (slots["z"] * self.scale).to(h_BTR.dtype)
        return h_BTR @ z_BRR.transpose(1, 2)

    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        a_RI, b_OR = self.shared(site)
        return a_RI, b_OR @ (slots["z"] * self.scale)


class Lora(Plain, Trained):
    """Plain LoRA."""

    @torch.no_grad()
    def take(self, site: Site, a_NRI: Tensor, b_NOR: Tensor) -> dict[str, Tensor]:
        """The element-wise mean of the factors becomes the adapter (Text-to-LoRA's average LoRA, table 2)."""
        self._check_rank(a_NRI)
        a_RI, b_OR = self.shared(site)
        a_RI.copy_(a_NRI.mean(0))
        b_OR.copy_(b_NOR.mean(0) / self.scale)
        return {}


class PlainVera(Plain, Vera):
    """Plain VeRA."""


class ZhyperDiag(Diagonal, Trained):
    """Zhyper-diag; z starts at 1."""


class ZhyperSquare(Square, Trained):
    """Zhyper-square; z starts at the identity."""


class ZhyperDiagVera(Diagonal, Vera):
    """Zhyper-diag on VeRA."""


class ZhyperSquareVera(Square, Vera):
    """Zhyper-square on VeRA, with a real r × r core."""


class ZhyperDiagLoraXs(Diagonal, LoraXs):
    """Zhyper-diag on LoRA-XS: the diagonal of R is emitted."""


class ZhyperSquareLoraXs(Square, LoraXs):
    """Zhyper-square on LoRA-XS, and T2L on LoRA-XS: R is emitted."""
