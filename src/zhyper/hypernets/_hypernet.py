"""What every hypernetwork is, the trunk they share, and the one that emits nothing.

Shapes: B embeddings, C embedding width, L adapted layers, K kinds of projections, D trunk width,
H head width.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from zhyper.modulation import Modulation, Slot, Slots
from zhyper.spec import GeneratorSpec


class Hypernet(nn.Module, ABC):
    """A network from embeddings [B, C] to a `Modulation` of B rows.

    Args:
        slots: what it emits.
        layers: the adapted layers.
        depth: number of decoder layers of the whole model.
        width: length C of an embedding.
        spec: gives `dropout` and `head_bias`, and what single hypernetworks have besides.
    """

    reads_embeddings = True
    """Whether the vectors matter; where they do not, their length is of no interest."""
    learns = True
    """Whether it may be trained; what does not only holds a library."""

    @abstractmethod
    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None: ...

    @abstractmethod
    def forward(self, embeddings_BC: Tensor) -> Modulation:
        """The modulation of B embeddings."""

    def hold(self, values: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Store the values to emit for N tasks, values[kind][slot]: [N, L, ...], instead of learning them."""
        raise ValueError(f"{type(self).__name__} learns what it emits, and holds nothing")


class Constant(Hypernet):
    """No hypernetwork: for adapters without slots, which every embedding leaves as they are."""

    reads_embeddings = False

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        nn.Module.__init__(self)
        if any(slots.values()):
            raise ValueError(
                f"hypernet 'none' emits nothing, but the adapter '{spec.adapter}' has slots to fill; choose "
                'hypernet = "mlp"'
            )

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        return Modulation({}, len(embeddings_BC))

    def hold(self, values: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Nothing is emitted, so nothing is held."""


def check_slots(slots: Slots, spec: GeneratorSpec) -> None:
    """Raise ValueError unless there are slots to fill."""
    if not all(slots.values()):
        raise ValueError(
            f"the adapter '{spec.adapter}' has no slots for hypernet '{spec.hypernet}' to fill; choose "
            'hypernet = "none"'
        )


class Lookup(Hypernet):
    """No network but a table of values for N known tasks, read by one-hot embeddings (a library)."""

    learns = False

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        nn.Module.__init__(self)
        check_slots(slots, spec)
        if spec.encoder != "one-hot":
            raise ValueError(
                f"hypernet 'lookup' needs names of known tasks, but the encoder is '{spec.encoder}'; set "
                'encoder = "one-hot"'
            )
        self._keys = {
            (kind, slot.name): f"{i}_{slot.name}"
            for i, (kind, group) in enumerate(slots.items())
            for slot in group
        }
        shapes = {(kind, slot.name): slot.shape for kind, group in slots.items() for slot in group}
        for name, key in self._keys.items():
            self.register_buffer(key, torch.zeros(width, len(layers), *shapes[name]))

    def forward(self, embeddings_BC: Tensor) -> Modulation:
        rows, values = embeddings_BC.argmax(1), dict[str, dict[str, Tensor]]()
        for (kind, slot), key in self._keys.items():
            values.setdefault(kind, {})[slot] = self.get_buffer(key)[rows]
        return Modulation(values, len(embeddings_BC))

    def hold(self, values: Mapping[str, Mapping[str, Tensor]]) -> None:
        for (kind, slot), key in self._keys.items():
            self.get_buffer(key).copy_(values[kind][slot])


def _mlp(width: int, width_out: int, dropout: float) -> list[nn.Module]:
    return [
        nn.Linear(width, 4 * width),
        nn.Sequential(nn.SiLU(), nn.Dropout(dropout)),
        nn.Linear(4 * width, width_out),
        nn.SiLU(),
    ]


class _Residual(nn.Module):
    """x + MLP(LayerNorm(x)), D → 4 D → D."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.LayerNorm(width), *_mlp(width, width, dropout), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)  # type: ignore[no-any-return]


class TrunkHypernet(Hypernet):
    """The trunk of Text-to-LoRA (appendix C, figure 8): (embedding ‖ layer ‖ kind) in, features out.

    Its widths are the spec's `trunk_width` D, 128 in the papers, and `head_width` H, 512 there.

    The depth embedding counts all layers of the model, whichever are adapted. Where the paper is silent
    (dropout on the trunk's input, the place of T2L-S's row embedding) this follows its published code.
    """

    layers: Tensor

    def __init__(
        self, slots: Slots, layers: Sequence[int], depth: int, width: int, spec: GeneratorSpec
    ) -> None:
        nn.Module.__init__(self)
        check_slots(slots, spec)
        self.slots, inner = slots, spec.trunk_width
        half, quarter = inner // 2, inner // 4
        self.context = nn.Sequential(nn.Linear(width, half), nn.LayerNorm(half))
        self.depth = nn.Sequential(nn.Embedding(depth, quarter), nn.LayerNorm(quarter))
        self.kind = nn.Sequential(nn.Embedding(len(slots), quarter), nn.LayerNorm(quarter))
        self.dropout = nn.Dropout(spec.dropout)
        mixer = [*_mlp(inner, inner, spec.dropout), nn.Dropout(spec.dropout)]
        blocks = [_Residual(inner, spec.dropout), _Residual(inner, spec.dropout)]
        last = [nn.LayerNorm(inner), *_mlp(inner, spec.head_width, spec.dropout)]
        self.trunk = nn.Sequential(*mixer, *blocks, *last)
        self.register_buffer("layers", torch.tensor(layers), persistent=False)

    @property
    def stages(self) -> tuple[nn.Module, nn.Module, nn.Module]:
        """The trunk cut behind each residual block, where further embeddings join the residual stream."""
        return self.trunk[:6], self.trunk[6:7], self.trunk[7:]

    def coordinates(self, embeddings_BC: Tensor) -> Tensor:
        """What the trunk reads, for every embedding, layer and kind: [B, L, K, D]."""
        size = (len(embeddings_BC), len(self.layers), len(self.slots), -1)
        context = self.context(embeddings_BC)[:, None, None].expand(size)
        depth = self.depth(self.layers)[None, :, None].expand(size)
        kind = self.kind(torch.arange(len(self.slots), device=embeddings_BC.device))[None, None].expand(size)
        return self.dropout(torch.cat([context, depth, kind], dim=-1))  # type: ignore[no-any-return]

    def keep_starts(self) -> None:
        """Keep the slots' start values, untrained, for `started` to add."""
        for index, group in enumerate(self.slots.values()):
            for slot in group:
                self.register_buffer(f"start_{index}_{slot.name}", slot.start(torch.empty(slot.shape)))

    def started(self, index: int, values: Sequence[Tensor]) -> dict[str, Tensor]:
        """The slots of the kind with this index: `values` plus the start values that were kept."""
        by_name = named(values, list(self.slots.values())[index])
        return {name: value + self.get_buffer(f"start_{index}_{name}") for name, value in by_name.items()}


def head(width_in: int, width_out: int, bias: bool) -> nn.Linear:
    """A linear layer from the trunk's output, all zero."""
    layer = nn.Linear(width_in, width_out, bias)
    nn.init.zeros_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


@torch.no_grad()
def diversify(layer: Any, features: Tensor, group: Sequence[Slot], deviation: float) -> None:
    """Draw the weights of a head so that its values of free slots differ between embeddings before training.

    A zero B and zero heads are two zero factors between a description and its update: A and B then learn the
    mean of all tasks first, and descriptions come in late. Of heads that differ, B gets a gradient for each
    description.

    Args:
        layer: the head, a linear layer, all zero but for its bias; its outputs are the slots' numbers, once
            or for each of several layers.
        features: what it reads under N random embeddings, [N, ..., H].
        group: the slots of its kind.
        deviation: between embeddings, of a vector's numbers, and of a matrix's rows in all.
    """
    if not deviation or layer.weight.is_meta:
        return
    free = torch.cat(
        [
            torch.full((slot.size,), float(slot.free) / max(1, slot.size // slot.shape[0]) ** 0.5)
            for slot in group
        ]
    )
    free = free.repeat(layer.out_features // len(free))
    nn.init.normal_(layer.weight)
    emitted = nn.functional.linear(features, layer.weight).flatten(1)
    layer.weight.mul_((deviation / emitted.std(0).square().mean().sqrt() * free)[:, None])
    if layer.bias is not None:  # the mean over embeddings stays the start
        layer.bias.sub_(nn.functional.linear(features.flatten(0, -2).mean(0), layer.weight))


def random_embeddings(width: int) -> Tensor:
    """Embeddings [256, C] of the length that an encoder gives them, in random directions."""
    return nn.functional.layer_norm(torch.randn(256, width), (width,))


def size_of(group: Sequence[Slot]) -> int:
    """How many numbers several slots hold."""
    return sum(slot.size for slot in group)


def split(flat: Tensor, group: Sequence[Slot]) -> list[Tensor]:
    """Several slots' values from their concatenation [..., S]."""
    parts = flat.split([slot.size for slot in group], dim=-1)
    return [part.unflatten(-1, slot.shape) for slot, part in zip(group, parts, strict=True)]


def named(values: Sequence[Tensor], group: Sequence[Slot]) -> dict[str, Tensor]:
    """Values by the names of their slots."""
    return {slot.name: value for slot, value in zip(group, values, strict=True)}
