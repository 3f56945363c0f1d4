"""Tensors of the contexts of texts, in 16 bits as the bank stores them; the latest stay in memory.

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
class ContextTensors:
    """The modulation of one context, and the embedding that it was made from."""

    modulation: Modulation
    embedding_C: Tensor


class ContextCache:
    """Makes the contexts of texts, and remembers the latest.

    It uses the model's own encoder and hypernetwork: only the thread that owns the model may call it.
    """

    def __init__(self, machine: TextToAdapter) -> None:
        self._machine, self._tensors = machine, OrderedDict[bytes, ContextTensors]()

    def get(self, text: str) -> ContextTensors:
        """The context of a text; ValueError where the generator takes no such text."""
        key = hashlib.sha256(text.encode()).digest()  # a text may be long: a prompt can be its own context
        tensors = self._tensors.pop(key, None) or self._make(text)
        self._tensors[key] = tensors
        size = OBJECTS + 4 * tensors.modulation.per_context + 4 * len(tensors.embedding_C)
        while len(self._tensors) > max(1, MEMORY // size):
            self._tensors.popitem(last=False)
        return tensors

    def _make(self, text: str) -> ContextTensors:
        machine, adapter = self._machine, self._machine.adapter_weights
        emitted = machine.modulation([text])
        layers = len(adapter.sites.layers)
        rounded = Modulation.unpack(adapter.slots(), layers, emitted.pack(), emitted.strength)
        return ContextTensors(rounded, machine.embeddings([text])[0])
