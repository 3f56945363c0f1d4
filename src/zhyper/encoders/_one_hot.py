"""Names of known tasks as embeddings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import torch
from torch import Tensor

from zhyper.encoders._encoder import Encoder

ONE_HOT = "one-hot"


class OneHotEncoder(Encoder):
    """The position of a task's name among the names trained on (Zhyper-OHE); vectors are not kept on disk.

    Args:
        names: in an order that never changes.
    """

    lasting = False

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = {name: row for row, name in enumerate(names)}
        self.identity = f"{ONE_HOT}:{hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()}"

    @property
    def width(self) -> int:
        return len(self.names)

    def embed(self, text: str) -> Tensor:
        if text not in self.names:
            raise ValueError(
                f"'{text}' is none of the {len(self.names)} tasks this generator was trained on "
                f"({', '.join(self.names)}). A one-hot context has one input for each of them and cannot "
                "generalise to others; use a generator that reads descriptions"
            )
        vector = torch.zeros(len(self.names))
        vector[self.names[text]] = 1
        return vector
