"""How far a context is from those a generator was trained on, and what is done with one that is far.

Shapes: N training embeddings, B embeddings, C embedding width.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

CAP = 2048
"""How many training embeddings are kept at most."""
FAR = 0.99
"""Which quantile of the training embeddings' distances from each other is far."""


class FarContextWarning(UserWarning):
    """A context is far from all that the generator was trained on."""


@dataclass(frozen=True)
class TrainingEmbeddings:
    """The contexts a generator was trained on, and how far from the nearest of them is far.

    Distances are cosine distances, from 0 (the same direction) to 2. Far is what 99 % of the training
    embeddings are not: each of these is nearer than that to its own nearest neighbour.
    """

    vectors_NC: Tensor
    """Of unit length."""
    far: float

    @classmethod
    def of(cls, embeddings_NC: Tensor) -> Self | None:
        """Those of a run, at most `CAP`, drawn evenly; None if too few are distinct to say what is far."""
        vectors_NC = normalize(embeddings_NC.float(), dim=1).unique(dim=0)
        if len(vectors_NC) > CAP:
            vectors_NC = vectors_NC[
                torch.randperm(len(vectors_NC), generator=torch.Generator().manual_seed(0))[:CAP]
            ]
        if len(vectors_NC) < 2:
            return None
        near_NN = vectors_NC @ vectors_NC.T
        near_NN.fill_diagonal_(-1)
        return cls(vectors_NC, float((1 - near_NN.amax(1)).clamp(min=0).quantile(FAR)))

    @property
    def identity(self) -> str:
        """SHA-256 over what says which contexts are far."""
        return hashlib.sha256(self.vectors_NC.half().numpy().tobytes() + str(self.far).encode()).hexdigest()

    def distances(self, embeddings_BC: Tensor) -> Tensor:
        """The cosine distance [B] of each context to the nearest training context."""
        vectors_NC = self.vectors_NC.float()
        near_B = [
            (vectors_NC @ embedding_C).amax() for embedding_C in normalize(embeddings_BC.float().cpu(), dim=1)
        ]  # row by row: the same bits
        return (1 - torch.stack(near_B)).clamp(min=0)

    def strengths(self, embeddings_BC: Tensor, texts: Sequence[str], policy: str) -> Tensor | None:
        """Apply a policy to far embeddings: a warning, a factor [B] on the updates, or a ValueError.

        `warn` leaves the updates as they are (None), `damp` multiplies a far one's by far / distance,
        `refuse` raises.
        """
        distances = self.distances(embeddings_BC)
        beyond = [(text, float(d)) for text, d in zip(texts, distances, strict=True) if d > self.far]
        if beyond and policy == "refuse":
            raise ValueError(
                f"{self._sentence(*beyond[0])}. Write it more like those, or choose another policy for far "
                "descriptions"
            )
        if beyond and policy == "damp":
            return (self.far / distances).clamp(max=1)
        for text, distance in beyond:
            warnings.warn(
                f"{self._sentence(text, distance)}, so its adapter may do anything",
                FarContextWarning,
                stacklevel=4,
            )
        return None

    def _sentence(self, text: str, distance: float) -> str:
        short = text if len(text) <= 60 else f"{text[:57]}..."
        return (
            f"'{short}' is far from all training descriptions (cosine distance {distance:.2f}; far is above "
            f"{self.far:.2f})"
        )
