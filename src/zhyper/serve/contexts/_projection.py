"""Embeddings on a plane, for the map.

Shapes: N contexts, C embedding width, K = 2 axes.
"""

from __future__ import annotations

import torch
from torch import Tensor


def projected(embeddings_NC: Tensor) -> list[tuple[float, float]]:
    """Embeddings on the plane of their first two principal components, the furthest coordinate at 1 or -1."""
    centred_NC = embeddings_NC - embeddings_NC.mean(0)
    _, _, axes_KC = torch.linalg.svd(centred_NC, full_matrices=False)
    axes_KC = axes_KC[:2] * axes_KC[:2].sum(1, keepdim=True).sign()  # an axis has no direction of its own
    places_NK = torch.zeros(len(embeddings_NC), 2)
    places_NK[:, : len(axes_KC)] = centred_NC @ axes_KC.T
    places_NK /= places_NK.abs().amax().clamp(min=1e-9)
    return [(float(x), float(y)) for x, y in places_NK]
