"""The contract between hypernetworks and adapters: which tensors a context consists of, and the algebra on them.

Shapes: B contexts, L adapted layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Slot:
    """One tensor an adapter wants per context and layer: its name, trailing shape and value before training."""

    name: str
    shape: tuple[int, ...]
    start: Callable[[Tensor], Tensor] = nn.init.zeros_

    @property
    def size(self) -> int:
        """How many numbers the slot holds."""
        return torch.Size(self.shape).numel()


Slots = dict[str, tuple[Slot, ...]]
"""The slots an adapter wants, for each kind of projection."""


@dataclass(frozen=True)
class Modulation:
    """values[kind][slot]: [B, L, *slot.shape]; what hypernetworks emit and adapters consume.

    An adapter without slots (a plain LoRA) has a modulation without values: a number of contexts and their strengths.
    """

    values: dict[str, dict[str, Tensor]]
    contexts: int
    strength: Tensor | None = None
    """[B], one factor on each context's delta; None stands for 1."""

    def scale(self, strength: float | Tensor) -> Modulation:
        """The modulation whose delta is `strength` (a number, or [B]) times this one's; 0 is the bare base, exactly."""
        factor = torch.as_tensor(strength, dtype=torch.float32, device=self.device).expand(self.contexts)
        return Modulation(self.values, self.contexts, factor if self.strength is None else self.strength * factor)

    def factors(self, weights: Sequence[float]) -> Tensor:
        """The weights [B] times the strengths; ValueError unless there is one weight for each context."""
        if len(weights) != self.contexts:
            raise ValueError(f"{len(weights)} weights came for {self.contexts} contexts; give one for each")
        factor = torch.tensor(weights, dtype=torch.float32, device=self.device)
        return factor if self.strength is None else factor * self.strength

    def mix(self, weights: Sequence[float]) -> Modulation:
        """One context whose delta is the weighted sum of these contexts' deltas, exactly.

        Raises ValueError unless there is one weight for each context, and one slot for each kind (a delta linear in it).
        """
        factor = self.factors(weights)
        if not self.values:
            return Modulation({}, 1, factor.sum()[None])
        if any(len(slots) != 1 for slots in self.values.values()):
            raise ValueError("these contexts do not add up: their update is not linear in what the hypernetwork emits")
        values = {k: {n: torch.tensordot(factor.to(v), v, dims=1)[None] for n, v in s.items()} for k, s in self.values.items()}
        return Modulation(values, 1)

    @property
    def device(self) -> torch.device:
        """Where the values are; the CPU if there are none."""
        return next((v.device for slots in self.values.values() for v in slots.values()), torch.device("cpu"))

    def at(self, rows: list[int] | Tensor) -> Modulation:
        """The contexts at `rows`, in that order and as often as named: one for each row of a batch."""
        index = torch.as_tensor(rows, dtype=torch.long)
        values = {k: {n: v.index_select(0, index.to(v.device)) for n, v in s.items()} for k, s in self.values.items()}
        strength = None if self.strength is None else self.strength.index_select(0, index.to(self.strength.device))
        return Modulation(values, len(index), strength)

    @property
    def per_context(self) -> int:
        """How many numbers one context consists of."""
        return sum(v[0].numel() for slots in self.values.values() for v in slots.values())

    @classmethod
    def stack(cls, parts: Sequence[Modulation]) -> Modulation:
        """The contexts of several modulations of the same adapter, one after the other."""
        first = parts[0]
        values = {k: {n: torch.cat([p.values[k][n] for p in parts]) for n in slots} for k, slots in first.values.items()}
        strengths = [torch.ones(p.contexts, device=p.device) if p.strength is None else p.strength for p in parts]
        return cls(values, sum(p.contexts for p in parts), None if all(p.strength is None for p in parts) else torch.cat(strengths))
