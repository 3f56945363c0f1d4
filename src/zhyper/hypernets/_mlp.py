"""The residual MLP shared by Text-to-LoRA and Zhyper: (context ‖ layer ‖ kind) in, that site's slots out.

Shapes: B contexts, C context width, L adapted layers, K kinds of projections, H trunk output (512).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zhyper.modulation import Modulation, Slot, Slots


class Hypernet(nn.Module, ABC):
    """A network from context vectors [B, C] to a `Modulation` of B contexts."""

    reads_contexts = True
    """Whether the vectors matter; where they do not, their length is of no interest."""

    @abstractmethod
    def __init__(self, slots: Slots, layers: Sequence[int], depth: int, width: int, dropout: float) -> None:
        """Build it for `slots` in `layers` of a model with `depth` layers, from context vectors of length `width`."""

    @abstractmethod
    def forward(self, context_BC: Tensor) -> Modulation:
        """The modulation of B contexts."""


class Constant(Hypernet):
    """No hypernetwork: for adapters without slots, which every context leaves as they are."""

    reads_contexts = False

    def __init__(self, slots: Slots, layers: Sequence[int], depth: int, width: int, dropout: float) -> None:
        nn.Module.__init__(self)
        if any(slots.values()):
            raise ValueError("hypernet 'none' emits nothing, but the adapter wants slots; choose hypernet = \"mlp\"")

    def forward(self, context_BC: Tensor) -> Modulation:
        return Modulation({}, len(context_BC))


def _mlp(width_in: int, width_out: int) -> list[nn.Module]:
    return [nn.Linear(width_in, 512), nn.SiLU(), nn.Linear(512, width_out), nn.SiLU()]


@torch.no_grad()
def _head(wanted: Sequence[Slot]) -> nn.Linear:
    """The linear layer that emits a kind's slots, starting at their start values for any input."""
    head = nn.Linear(512, sum(slot.size for slot in wanted))
    head.weight.zero_()
    for part, slot in zip(head.bias.split([slot.size for slot in wanted]), wanted, strict=True):
        part.copy_(slot.start(torch.empty(slot.shape)).flatten())
    return head


class _Residual(nn.Module):
    """x + MLP(LayerNorm(x)), 128 → 512 → 128."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.LayerNorm(128), *_mlp(128, 128), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)  # type: ignore[no-any-return]


class MlpHypernet(Hypernet):
    """The trunk of Text-to-LoRA (appendix C) with one linear head per kind of projection, shared by all layers.

    Heads start with zero weights and the slots' start values as bias, so an untrained hypernetwork emits the same start for
    every context. The depth embedding counts all layers of the model, whichever are adapted.
    """

    layers: Tensor

    def __init__(self, slots: Slots, layers: Sequence[int], depth: int, width: int, dropout: float) -> None:
        nn.Module.__init__(self)
        self.slots = slots
        self.context = nn.Sequential(nn.Linear(width, 64), nn.LayerNorm(64))
        self.depth = nn.Sequential(nn.Embedding(depth, 32), nn.LayerNorm(32))
        self.kind = nn.Sequential(nn.Embedding(len(slots), 32), nn.LayerNorm(32))
        mixer = [*_mlp(128, 128), nn.Dropout(dropout)]
        blocks = [_Residual(dropout), _Residual(dropout)]
        self.trunk = nn.Sequential(*mixer, *blocks, nn.LayerNorm(128), *_mlp(128, 512))
        self.heads = nn.ModuleList(_head(wanted) for wanted in slots.values())
        self.register_buffer("layers", torch.tensor(layers), persistent=False)

    def features(self, context_BC: Tensor) -> Tensor:
        """The trunk's output for every context, layer and kind: [B, L, K, H]."""
        size = (len(context_BC), len(self.layers), len(self.slots), -1)
        context = self.context(context_BC)[:, None, None].expand(size)
        depth = self.depth(self.layers)[None, :, None].expand(size)
        kind = self.kind(torch.arange(len(self.slots), device=context_BC.device))[None, None].expand(size)
        return self.trunk(torch.cat([context, depth, kind], dim=-1))  # type: ignore[no-any-return]

    def forward(self, context_BC: Tensor) -> Modulation:
        features_BLKH = self.features(context_BC)
        values: dict[str, dict[str, Tensor]] = {}
        for index, (kind, wanted) in enumerate(self.slots.items()):
            flat_BLS = self.heads[index](features_BLKH[:, :, index])
            parts = flat_BLS.split([slot.size for slot in wanted], dim=-1)
            values[kind] = {slot.name: part.unflatten(-1, slot.shape) for slot, part in zip(wanted, parts, strict=True)}
        return Modulation(values, len(context_BC))
