"""Contexts made of texts, in 16 bits as the bank keeps them; the latest stay in memory.

Shapes: C embedding width.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from torch import Tensor

from zhyper.modulation import Modulation
from zhyper.text_to_adapter import TextToAdapter

MEMORY = 256 * 2**20
"""Bytes that contexts in memory may take."""
OBJECTS = 4096
"""Bytes that one takes besides its numbers: its key, and what holds its tensors."""


@dataclass(frozen=True)
class Made:
    """One context, and the embedding it is of."""

    held: Modulation
    vector_C: Tensor


class Maker:
    """Makes contexts of texts. It uses the model's own encoder and hypernetwork, so only the thread that owns the model may call it.

    Args:
        machine: the generator.
    """

    def __init__(self, machine: TextToAdapter) -> None:
        self._machine, self._kept = machine, OrderedDict[bytes, Made]()

    def make(self, text: str) -> Made:
        """The context of a text; ValueError where the generator takes no such text."""
        key = hashlib.sha256(text.encode()).digest()  # a text may be long: a prompt can be its own context
        made = self._kept.pop(key, None) or self._made(text)
        self._kept[key] = made
        while len(self._kept) > max(
            1, MEMORY // (OBJECTS + 4 * made.held.per_context + 4 * len(made.vector_C))
        ):
            self._kept.popitem(last=False)
        return made

    def _made(self, text: str) -> Made:
        machine = self._machine
        adapter = machine.adapter_weights
        emitted = machine.modulation([text])
        rounded = Modulation.unpack(
            adapter.slots(), len(adapter.sites.layers), emitted.pack(), emitted.strength
        )
        return Made(rounded, machine.embeddings([text])[0])
