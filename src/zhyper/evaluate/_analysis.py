"""Where descriptions lie, and whether what is alike in words is alike as an adapter (Text-to-LoRA section 5).

Shapes: N descriptions, C embedding width, F trunk features, R rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zhyper.export import factors
from zhyper.text_to_adapter import TextToAdapter

Floats = npt.NDArray[np.float64]


def contexts(machine: TextToAdapter, texts: Sequence[str]) -> Floats:
    """The encoder's vector of each description, [N, C]."""
    with torch.no_grad(), machine.model.under(None):
        return machine.encoder.encode(texts).double().cpu().numpy()


def trunk_activations(machine: TextToAdapter, texts: Sequence[str]) -> Floats:
    """What the hypernetwork's trunk makes of each description, averaged over layers and projections, [N, F].

    Raises:
        ValueError: the hypernetwork has no trunk.
    """
    trunk = getattr(machine.hypernet, "trunk", None)
    if not isinstance(trunk, nn.Module):
        raise ValueError(
            f"the hypernetwork '{machine.spec.hypernet}' has no trunk, so there are no activations of it to "
            "look at"
        )
    outputs: list[Tensor] = []
    handle = list(trunk.children())[-1].register_forward_hook(
        lambda module, args, out: outputs.append(out.detach())
    )
    features = []
    try:
        for text in texts:
            machine.modulation([text])
            features.append(
                outputs[-1].flatten(0, -2).mean(0)
            )  # a hypernetwork that refines runs its trunk several times
    finally:
        handle.remove()
    return torch.stack(features).double().cpu().numpy()


def mapped(vectors: npt.ArrayLike, method: str = "t-SNE", seed: int = 0) -> Floats:
    """Vectors [N, F] as points of a plane, [N, 2].

    Args:
        vectors: at least 4 for t-SNE, at least 2 for PCA.
        method: `t-SNE` or `PCA`.
        seed: of t-SNE's start.

    Raises:
        ValueError: another method, or too few vectors.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    points = np.asarray(vectors, dtype=np.float64)
    needed = {"t-SNE": 4, "PCA": 2}
    if method not in needed:
        raise ValueError(f"the method came as '{method}', but is one of: {', '.join(needed)}")
    if len(points) < needed[method]:
        raise ValueError(f"{len(points)} vectors came, but {method} needs at least {needed[method]}")
    if method == "PCA":
        return np.asarray(PCA(2, random_state=seed).fit_transform(points), dtype=np.float64)
    perplexity = min(30.0, (len(points) - 1) / 3)
    return np.asarray(
        TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(points), dtype=np.float64
    )


def cosines(vectors: npt.ArrayLike) -> Floats:
    """The cosine of every two vectors [N, F], [N, N]."""
    points = np.asarray(vectors, dtype=np.float64)
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit.T)


@torch.no_grad()
def adapter_similarity(machine: TextToAdapter, texts: Sequence[str]) -> Floats:
    """The cosine of every two descriptions' updates of the base's weights, all layers as one vector, [N, N].

    The updates are never formed: the product of two low-rank ones is that of their factors, tr(AᵀBᵀB'A').
    """
    modulation = machine.modulation(texts)
    each = [list(factors(machine.adapter_weights, modulation.at([i]))) for i in range(len(texts))]
    products = torch.zeros(len(texts), len(texts), dtype=torch.float64)
    for place in range(len(each[0])):
        a_NRI = torch.stack([of[place][1] for of in each]).double().cpu()
        b_NOR = torch.stack([of[place][2] for of in each]).double().cpu()
        for i in range(len(texts)):
            products[i] += ((b_NOR[i].T @ b_NOR) * (a_NRI[i] @ a_NRI.transpose(1, 2))).sum((1, 2))
    size = products.diagonal().clamp(min=1e-24).sqrt()
    return (products / (size[:, None] * size)).numpy()


def training_curves(machine: TextToAdapter) -> dict[str, list[tuple[int, float]]]:
    """The selection loss by step, as the checkpoint's card keeps it; empty if it does not."""
    rows: Any = machine.about.get("selection") or []
    curve = [(int(row["step"]), float(row["loss"])) for row in rows]
    return {"selection loss": curve} if curve else {}
