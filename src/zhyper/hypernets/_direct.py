"""A short, wide hypernetwork: two layers, with outputs of its own for every layer and projection.

Shapes: B embeddings, C embedding width, L adapted layers, H numbers that the heads get.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zhyper.hypernets._hypernet import (
    Hypernet,
    check_slots,
    diversify,
    head,
    named,
    random_embeddings,
    size_of,
    split,
)
from zhyper.modulation import Modulation, Slots
from zhyper.spec import GeneratorSpec


class DirectHypernet(Hypernet):
    """Linear, LayerNorm, SiLU, dropout, and for each kind a head that emits its slots of all layers at once.

    The trunk of Text-to-LoRA squeezes a description into 64 numbers beside layer and kind, and shares a head
    among all layers. Where slots are small, as z is, a head of its own for every layer costs less than that
    trunk: at Mistral-7B, q and v, rank 8, 0.39 million parameters instead of 0.80.

    With `hypernet_bottleneck` all heads read that many numbers, a linear map of the hidden ones: what is
    emitted lies in few dimensions (128 hold 99 % of the default checkpoint's variance), and the parameters
    that this saves make more hidden numbers.
    """

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        nn.Module.__init__(self)
        check_slots(slots, spec)
        self.slots, self._layers, hidden = slots, len(layers), spec.hypernet_width
        self.trunk = nn.Sequential(
            nn.Linear(width, hidden), nn.LayerNorm(hidden), nn.SiLU(), nn.Dropout(spec.dropout)
        )
        if spec.hypernet_bottleneck is not None:
            self.trunk.append(nn.Linear(hidden, spec.hypernet_bottleneck, bias=False))
            hidden = spec.hypernet_bottleneck
        sizes = [size_of(group) for group in slots.values()]
        self.heads = nn.ModuleList(head(hidden, len(layers) * size, True) for size in sizes)
        features_BH = self.trunk.eval()(random_embeddings(width)).detach()
        self.trunk.train()
        for layer, group in zip(self.heads, slots.values(), strict=True):
            start_LS = torch.stack(
                [torch.cat([slot.start(torch.empty(slot.shape)).flatten() for slot in group]) for _ in layers]
            )
            layer.bias = nn.Parameter(start_LS.flatten())
            diversify(layer, features_BH, group, spec.start_deviation)

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        features_BH = self.trunk(embeddings_BC)
        values = {}
        for layer, (kind, group) in zip(self.heads, self.slots.items(), strict=True):
            values[kind] = named(split(layer(features_BH).unflatten(1, (self._layers, -1)), group), group)
        return Modulation(values, len(embeddings_BC))
