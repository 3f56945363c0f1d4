"""What every adapter is: the slots it expects, a delta, and the same delta as plain LoRA factors."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from zhyper.modulation import Modulation, Slots
from zhyper.sites import Site, Sites
from zhyper.spec import GeneratorSpec

kaiming = partial(nn.init.kaiming_uniform_, a=math.sqrt(5))
"""How LoRA's A starts."""


def key(kind: str) -> str:
    """A kind of projection as a parameter's name, which may not hold dots."""
    return kind.replace(".", "/")


class Frozen(nn.Module):
    """One tensor for each kind of projection, kept in the checkpoint and never trained."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        for kind, tensor in tensors.items():
            self.register_buffer(key(kind), tensor)

    def __getitem__(self, kind: str) -> Tensor:
        return self.get_buffer(key(kind))


class Adapter(nn.Module, ABC):
    """A low-rank update s · up(core(down(x))) of the linear layers at `sites`.

    Args:
        sites: where the adapter sits.
        spec: gives `rank`, the inner size r of the update, `scale`, the factor s, and what single adapters
            have besides.
    """

    def __init__(self, sites: Sites, spec: GeneratorSpec) -> None:
        super().__init__()
        self.sites, self.rank, self.scale = sites, spec.rank, spec.scale
        self._taken: dict[int, tuple[Tensor, tuple[Tensor, ...]]] | None = None

    @contextmanager
    def taking(self) -> Iterator[None]:
        """While the block runs, as around a forward pass, `layer` takes all layers out of a tensor at once.

        The gradients of layers that are taken out one by one are as many tensors of all layers, each zero but
        for one.
        """
        before, self._taken = self._taken, {}
        try:
            yield
        finally:
            self._taken = before

    def layer(self, stacked: Tensor, row: int, axis: int = 0) -> Tensor:
        """One layer of a tensor that has all adapted layers along an axis."""
        if self._taken is None or not (stacked.requires_grad and torch.is_grad_enabled()):
            return stacked.select(axis, row)
        if id(stacked) not in self._taken:
            self._taken[id(stacked)] = stacked, stacked.unbind(axis)
        return self._taken[id(stacked)][1][row]

    def start(self, weight_of: Callable[[Site], Tensor]) -> None:
        """Set what an untrained adapter takes from the base: `weight_of(site)` is W, [O, I]. Here nothing."""

    @abstractmethod
    def slots(self) -> Slots:
        """The tensors expected for each row and layer, by kind."""

    @abstractmethod
    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor:
        """The delta s · ΔW x, [B, T, O]; slots are of one row, [1, ...], or of B, [B, ...]."""

    @abstractmethod
    def factors(self, site: Site, **slots: Tensor) -> tuple[Tensor, Tensor]:
        """LoRA factors a: [R, I] and b: [O, R], s · ΔW = b a, of one row's slots without a batch axis."""

    def mix(self, modulation: Modulation, weights: Sequence[float]) -> Modulation:
        """One row whose update is the weighted sum of these rows' updates, exactly.

        Raises ValueError unless there is one weight for each row, and where no modulation has that
        update.
        """
        return modulation.mix(weights)

    def set_offset(self, site: Site, a_RI: Tensor, b_OR: Tensor) -> None:
        """Take a LoRA's factors, with ΔW = b a, as the offset of a site.

        Raises ValueError where the adapter has no offset.
        """
        raise ValueError(f"{type(self).__name__} adds to no other LoRA; an offset needs the adapter 't2l'")

    def take(self, site: Site, a_NRI: Tensor, b_NOR: Tensor) -> dict[str, Tensor]:
        """Take what N LoRAs (each ΔW = b a) have in common at a site as the adapter's own.

        Returns:
            The slots [N, ...] under which the adapter is each of these LoRAs, as far as it has slots.

        Raises:
            ValueError: such LoRAs are not among what this adapter can be.
        """
        raise ValueError(
            f"{type(self).__name__} cannot take the factors of LoRAs; choose the adapter 't2l', which emits "
            "both, or 'lora'"
        )

    def _check_rank(self, a_RI: Tensor) -> None:
        """ValueError unless factors a: [..., R, I] have the adapter's rank."""
        if a_RI.shape[-2] != self.rank:
            raise ValueError(
                f"the LoRA has rank {a_RI.shape[-2]}, but the adapter has rank {self.rank}; set "
                f"rank={a_RI.shape[-2]}"
            )
