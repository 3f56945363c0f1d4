"""The contract between hypernetworks and adapters: the values of slots, and the algebra on them.

Shapes: B rows, L adapted layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Slot:
    """One tensor that an adapter expects for each row and site: name, trailing shape, start value."""

    name: str
    shape: tuple[int, ...]
    start: Callable[[Tensor], Tensor] = nn.init.zeros_
    free: bool = False
    """Whether any start value leaves the base as it is, since another factor of the update is zero."""

    @property
    def size(self) -> int:
        """How many numbers the slot holds."""
        return torch.Size(self.shape).numel()


Slots = dict[str, tuple[Slot, ...]]
"""The slots that an adapter expects, for each kind of projection."""


_WHOLE = 32_767


def shares(weights: Sequence[float | None]) -> list[float]:
    """The weights of a mixture's parts: those that are given, or where none is, equal ones that add up to 1.

    Raises ValueError where some parts have a weight and others have none.
    """
    given = [weight for weight in weights if weight is not None]
    if given and len(given) < len(weights):
        raise ValueError(
            f"{len(given)} of the {len(weights)} parts of the mixture have a weight; "
            "give each of them one, or none, which mixes them equally"
        )
    return given or [1 / len(weights)] * len(weights)


def note_on_weights(weights: Sequence[float], strength: float = 1.0) -> str | None:
    """What to know of a mixture whose weights do not add up to 1, nor do so times its strength; or None."""
    total = sum(weights)
    if any(math.isclose(each, 1, abs_tol=0.005) for each in (total, total * strength)):
        return None
    return (
        f"the weights add up to {total:g}, not to 1, so the update is not of the size of one description's, "
        "and answers may be anything; without weights the parts are mixed equally"
    )


def words(slots: Slots, layers: int) -> int:
    """Words of 16 bits of a packed row: its numbers, and one unit for each slot and layer."""
    return sum(layers * (1 + slot.size) for group in slots.values() for slot in group)


@dataclass(frozen=True)
class Modulation:
    """values[kind][slot]: [B, L, *slot.shape]; what hypernetworks emit and adapters consume.

    An adapter without slots (a plain LoRA) has a modulation without values: a number of rows and their
    strengths.
    """

    values: dict[str, dict[str, Tensor]]
    count: int
    strength: Tensor | None = None
    """[B], one factor on each row's delta; None stands for 1."""

    def scale(self, strength: float | Tensor) -> Modulation:
        """The modulation with `strength` (a number, or [B]) times the delta; 0 is exactly the bare base."""
        factor = torch.as_tensor(strength, dtype=torch.float32, device=self.device).expand(self.count)
        return Modulation(
            self.values, self.count, factor if self.strength is None else self.strength * factor
        )

    def factors(self, weights: Sequence[float]) -> Tensor:
        """The weights [B] times the strengths; ValueError unless there is one weight for each row."""
        if len(weights) != self.count:
            raise ValueError(
                f"{len(weights)} weights were given for {self.count} contexts; give one for each"
            )
        factor = torch.tensor(weights, dtype=torch.float32, device=self.device)
        return factor if self.strength is None else factor * self.strength

    def mix(self, weights: Sequence[float]) -> Modulation:
        """One row whose delta is the weighted sum of these rows' deltas, exactly.

        Raises ValueError unless there is one weight for each row, and one slot for each kind (a delta
        linear in it).
        """
        factor = self.factors(weights)
        if not self.values:
            return Modulation({}, 1, factor.sum()[None])
        if any(len(slots) != 1 for slots in self.values.values()):
            raise ValueError(
                "these contexts do not add up: their update is not linear in what the hypernetwork emits"
            )
        values = {
            k: {n: torch.tensordot(factor.to(v), v, dims=1)[None] for n, v in s.items()}
            for k, s in self.values.items()
        }
        return Modulation(values, 1)

    @property
    def device(self) -> torch.device:
        """Where the values are; the CPU if there are none."""
        return next((v.device for slots in self.values.values() for v in slots.values()), torch.device("cpu"))

    def to(self, device: torch.device) -> Modulation:
        """The same rows on a device."""
        values = {
            kind: {name: v.to(device) for name, v in slots.items()} for kind, slots in self.values.items()
        }
        return Modulation(values, self.count, None if self.strength is None else self.strength.to(device))

    def at(self, rows: list[int] | Tensor) -> Modulation:
        """Those at `rows`, in that order and as often as named: one for each row of a batch."""
        index = torch.as_tensor(rows, dtype=torch.long)
        values = {
            k: {n: v.index_select(0, index.to(v.device)) for n, v in s.items()}
            for k, s in self.values.items()
        }
        strength = (
            None if self.strength is None else self.strength.index_select(0, index.to(self.strength.device))
        )
        return Modulation(values, len(index), strength)

    @property
    def per_context(self) -> int:
        """How many numbers one row consists of."""
        return sum(v[0].numel() for slots in self.values.values() for v in slots.values())

    def pack(self) -> Tensor:
        """The values in words of 16 bits, [B, W] int16 on the CPU; `unpack` turns them back.

        Each layer's slot is whole numbers up to 32,767 times a unit, a power of two, so that no number is off
        by more than 3.1e-5 of the largest of its slot and layer, and what was packed once packs to the same
        words again. Kinds and slots follow each other in alphabetical order, and each unit (bfloat16) stands
        before its numbers.

        Raises ValueError for values that are not finite.
        """
        words_BW = [torch.empty(self.count, 0, dtype=torch.int16)]
        for value in (
            self.values[kind][name] for kind in sorted(self.values) for name in sorted(self.values[kind])
        ):
            value_BLN = value.detach().float().cpu().flatten(2)
            if not bool(value_BLN.isfinite().all()):
                raise ValueError(
                    "a context holds numbers that are not finite; its generator was not trained well"
                )
            largest_BL1, exponent_BL1 = torch.frexp(value_BLN.abs().amax(-1, keepdim=True) / _WHOLE)
            exponent_BL1 = (
                exponent_BL1 - (largest_BL1 == 0.5).int()
            )  # one that is rounded to 32,767 units keeps its unit
            unit_BL1 = torch.ldexp(torch.ones_like(largest_BL1), exponent_BL1.clamp(min=-126))
            whole_BLN = (value_BLN / unit_BL1).round().short()
            # what rounds to nothing has the unit of zeros, so that it packs to the same words again
            unit_BL1 = torch.where(whole_BLN.any(-1, keepdim=True), unit_BL1, 1.0)
            words_BW.append(torch.cat([unit_BL1.bfloat16().view(torch.int16), whole_BLN], dim=-1).flatten(1))
        return torch.cat(words_BW, dim=1)

    @classmethod
    def unpack(
        cls, slots: Slots, layers: int, words_BW: Tensor, strength: Tensor | None = None
    ) -> Modulation:
        """The rows that `pack` packed, in 32 bits, of an adapter with these slots at L = `layers` layers.

        Raises ValueError for rows of another size.
        """
        sizes = {
            (kind, slot): layers * (1 + slot.size)
            for kind in sorted(slots)
            for slot in sorted(slots[kind], key=lambda s: s.name)
        }
        if words_BW.shape[1] != sum(sizes.values()):
            raise ValueError(
                f"the contexts have {words_BW.shape[1]} words, but this adapter's have "
                f"{sum(sizes.values())}; use their own checkpoint"
            )
        values: dict[str, dict[str, Tensor]] = {}
        for (kind, slot), part_BW in zip(
            sizes, words_BW.split(list(sizes.values()), dim=1) if sizes else (), strict=True
        ):
            part_BLW = part_BW.unflatten(1, (layers, 1 + slot.size))
            unit_BL1 = part_BLW[..., :1].contiguous().view(torch.bfloat16).float()
            values.setdefault(kind, {})[slot.name] = (part_BLW[..., 1:] * unit_BL1).unflatten(-1, slot.shape)
        return cls(values, len(words_BW), strength)

    @classmethod
    def stack(cls, parts: Sequence[Modulation]) -> Modulation:
        """The rows of several modulations of the same adapter, one after the other."""
        first = parts[0]
        values = {
            k: {n: torch.cat([p.values[k][n] for p in parts]) for n in slots}
            for k, slots in first.values.items()
        }
        strengths = [
            torch.ones(p.count, device=p.device) if p.strength is None else p.strength for p in parts
        ]
        return cls(
            values,
            sum(p.count for p in parts),
            None if all(p.strength is None for p in parts) else torch.cat(strengths),
        )
