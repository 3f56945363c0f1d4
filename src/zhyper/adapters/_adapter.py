"""What every adapter is: slots wanted, a delta to add, and the same delta as plain LoRA factors."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from zhyper.modulation import Slots
from zhyper.sites import Site, Sites


class Adapter(nn.Module, ABC):
    """A low-rank update s · up(core(down(x))) of the linear layers at `sites`.

    Args:
        sites: where the adapter sits.
        rank: inner size r of the update, the same everywhere.
        scale: the factor s.
    """

    def __init__(self, sites: Sites, rank: int, scale: float) -> None:
        super().__init__()
        self.sites, self.rank, self.scale = sites, rank, scale

    @abstractmethod
    def slots(self) -> Slots:
        """The tensors wanted per context and layer, for each kind of projection."""

    @abstractmethod
    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        """S · ΔW x as [B, T, O], for slots with one context for all rows ([1, ...]) or one for each ([B, ...])."""

    @abstractmethod
    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        """One context's s · ΔW as plain LoRA factors (a: [R, I], b: [O, R]) with s · ΔW = b a; slots without a batch axis."""
