"""Hypernetworks by what a head emits at once: all slots of a kind, one slot, one row, or a residual.

Shapes: B embeddings, C embedding width, L adapted layers, K kinds, N slots of a kind, R rows of one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zhyper.hypernets._hypernet import (
    TrunkHypernet,
    diversify,
    head,
    named,
    random_embeddings,
    size_of,
    split,
)
from zhyper.modulation import Modulation, Slots
from zhyper.spec import GeneratorSpec


class MlpHypernet(TrunkHypernet):
    """One linear head for each kind, shared by all layers, emits all of the kind's slots (T2L-L, Zhyper).

    Heads start with zero weights and the slots' start values as bias (without biases the start values are
    added, untrained), so an untrained hypernetwork emits the same start for every embedding, unless the spec
    gives a `start_deviation`.
    """

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        super().__init__(slots, layers, depth, width, spec)
        self.heads = nn.ModuleList(
            head(spec.head_width, size_of(group), spec.head_bias) for group in slots.values()
        )
        if spec.head_bias:
            for layer, group in zip(self.heads, slots.values(), strict=True):
                starts = [slot.start(torch.empty(slot.shape)).flatten() for slot in group]
                layer.bias = nn.Parameter(torch.cat(starts))
        else:
            self.keep_starts()
        self._bias = spec.head_bias
        if spec.start_deviation:
            self.eval()
            features_BLKH = self.trunk(self.coordinates(random_embeddings(width))).detach()
            self.train()
            for index, (layer, group) in enumerate(zip(self.heads, slots.values(), strict=True)):
                diversify(layer, features_BLKH[:, :, index], group, spec.start_deviation)

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        features_BLKH = self.trunk(self.coordinates(embeddings_BC))
        values = {}
        for index, (kind, group) in enumerate(self.slots.items()):
            parts = split(self.heads[index](features_BLKH[:, :, index]), group)
            values[kind] = named(parts, group) if self._bias else self.started(index, parts)
        return Modulation(values, len(embeddings_BC))


class SharedHeadHypernet(TrunkHypernet):
    """One head for each kind of projection emits one slot at a time; an embedding says which (T2L-M).

    Slots are matrices with the same number of rows; the head is as wide as the widest, and the rest is cut
    off.
    """

    by_row = False
    """Whether the head emits one row of a slot at a time."""

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        super().__init__(slots, layers, depth, width, spec)
        shapes = [slot.shape for group in slots.values() for slot in group]
        if any(len(shape) != 2 or shape[0] != shapes[0][0] for shape in shapes):
            raise ValueError(
                f"hypernet '{spec.hypernet}' emits matrices with one row for each rank, but the adapter "
                f"'{spec.adapter}' has slots of the shapes {', '.join(map(str, dict.fromkeys(shapes)))}; "
                'choose hypernet = "mlp"'
            )
        self.rows, count = shapes[0][0], len(shapes) // len(slots)
        inner = spec.trunk_width
        self.slot = nn.Sequential(nn.Embedding(len(shapes), inner), nn.LayerNorm(inner))
        self.row = nn.Sequential(nn.Embedding(self.rows, inner), nn.LayerNorm(inner)) if self.by_row else None
        widest = [max(slot.shape[1] for slot in group) for group in slots.values()]
        self.heads = nn.ModuleList(
            head(spec.head_width, wide if self.by_row else self.rows * wide, spec.head_bias)
            for wide in widest
        )
        self.register_buffer("which", torch.arange(len(shapes)).view(len(slots), count), persistent=False)
        self.keep_starts()

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        first, second, last = self.stages
        x = second(
            first(self.coordinates(embeddings_BC))[:, :, :, None] + self.slot(self.which)
        )  # [B, L, K, N, D]
        if self.row is not None:
            # the published code sends the rows' embeddings through the block too, and adds them behind it
            x = x[..., None, :] + second(self.row[1](self.row[0].weight))  # [B, L, K, N, R, D]
        features = last(x)
        values = {}
        for index, (kind, group) in enumerate(self.slots.items()):
            rows = self.heads[index](features[:, :, index]).unflatten(
                -1, (-1, max(slot.shape[1] for slot in group))
            )
            rows = rows.flatten(3, -2)  # [B, L, N, R, widest]
            values[kind] = self.started(
                index, [rows[:, :, i, :, : slot.shape[1]] for i, slot in enumerate(group)]
            )
        return Modulation(values, len(embeddings_BC))


class RowHypernet(SharedHeadHypernet):
    """One head for each kind emits one row of one slot at a time; two embeddings say which (T2L-S)."""

    by_row = True


class IterativeHypernet(TrunkHypernet):
    """Sums of residuals: each pass reads the estimate so far and an embedding of the module (layer and kind).

    Iterative refinement with weight sharing, as in "Hypernetworks for Specialised Instructions" (lightweight
    LoRA; after HyperDreamBooth, Ruiz et al. 2023): `refinements` passes of the same network, from the slots'
    start values.
    """

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        super().__init__(slots, layers, depth, width, spec)
        del self.depth, self.kind
        inner = spec.trunk_width
        self.module = nn.Sequential(nn.Embedding(depth * len(slots), inner // 2), nn.LayerNorm(inner // 2))
        self.estimate = nn.ModuleList(nn.Linear(size_of(group), inner) for group in slots.values())
        self.heads = nn.ModuleList(
            head(spec.head_width, size_of(group), spec.head_bias) for group in slots.values()
        )
        self.refinements = spec.refinements
        self.keep_starts()

    def coordinates(self, embeddings_BC: Tensor) -> Tensor:
        modules = self.layers[:, None] * len(self.slots) + torch.arange(
            len(self.slots), device=self.layers.device
        )
        size = (len(embeddings_BC), *modules.shape, -1)
        return torch.cat(
            [self.context(embeddings_BC)[:, None, None].expand(size), self.module(modules).expand(size)],
            dim=-1,
        )

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        x_BLKD = self.coordinates(embeddings_BC)
        sizes = [size_of(group) for group in self.slots.values()]
        flat = [x_BLKD.new_zeros(*x_BLKD.shape[:2], size) for size in sizes]
        for _ in range(self.refinements):
            now = [
                torch.cat([v.flatten(2) for v in slots.values()], dim=-1)
                for slots in self._values(flat).values()
            ]
            estimates = torch.stack(
                [read(estimate) for read, estimate in zip(self.estimate, now, strict=True)], dim=2
            )
            features_BLKH = self.trunk(x_BLKD + estimates)
            flat = [
                so_far + emit(features_BLKH[:, :, i])
                for i, (so_far, emit) in enumerate(zip(flat, self.heads, strict=True))
            ]
        return Modulation(self._values(flat), len(embeddings_BC))

    def _values(self, flat: Sequence[Tensor]) -> dict[str, dict[str, Tensor]]:
        """The slots of each kind from what was added up so far, [B, L, S] for each kind."""
        kinds = enumerate(self.slots.items())
        return {kind: self.started(i, split(flat[i], group)) for i, (kind, group) in kinds}
