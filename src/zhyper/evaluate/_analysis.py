"""Where descriptions lie, and whether what is alike in words is alike as an adapter (Text-to-LoRA section 5).

Shapes: N descriptions, C embedding width, F trunk features, R rank.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zhyper.distance import FarContextWarning
from zhyper.evaluate._extra import extra
from zhyper.evaluate._questions import Group
from zhyper.export import factors
from zhyper.text_to_adapter import TextToAdapter

Floats = npt.NDArray[np.float64]


def embeddings(machine: TextToAdapter, texts: Sequence[str]) -> Floats:
    """The embedding of each description, [N, C]."""
    return machine.embeddings(texts).double().cpu().numpy()


def trunk_activations(machine: TextToAdapter, texts: Sequence[str]) -> Floats:
    """What the hypernetwork's trunk makes of each description, averaged over layers and projections, [N, F].

    Raises:
        ValueError: the hypernetwork has no trunk.
    """
    trunk = getattr(machine.hypernet, "trunk", None)
    if not isinstance(trunk, nn.Module):
        raise ValueError(f"the hypernetwork '{machine.spec.hypernet}' has no trunk to look at")
    outputs: list[Tensor] = []
    last = list(trunk.children())[-1]
    handle = last.register_forward_hook(lambda module, args, out: outputs.append(out.detach()))
    features = []
    try:
        for text in texts:
            machine.modulation([text])
            # A hypernetwork that refines runs its trunk several times: the last one counts.
            features.append(outputs[-1].flatten(0, -2).mean(0))
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
        raise ValueError(f"the method is '{method}', but must be one of: {', '.join(needed)}")
    if len(points) < needed[method]:
        raise ValueError(f"{len(points)} vectors were given, but {method} needs at least {needed[method]}")
    perplexity = min(30.0, (len(points) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    made = (PCA(2, random_state=seed) if method == "PCA" else tsne).fit_transform(points)
    return np.asarray(made, dtype=np.float64)


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


def figures_of_generator(
    machine: TextToAdapter, name: str, groups: Sequence[Group], seed: int
) -> dict[str, Any]:
    """Figures of a generator: maps of descriptions, likeness of words and adapters, and its training."""
    from zhyper.evaluate._plots import loss_curves, similarity_plot

    figures: dict[str, Any] = {}
    if rows := machine.about.get("selection"):
        curve = [(int(row["step"]), float(row["loss"])) for row in rows]
        figures[f"{name}-training"] = loss_curves({"selection loss": curve})
    some = list({group.subject: group for group in groups}.values())[:60]
    texts = [text for group in some for text in group.descriptions]
    if not machine.hypernet.reads_embeddings or machine.spec.context != "description" or len(set(texts)) < 4:
        return figures
    few = texts[:: max(1, len(texts) // 60)]
    with warnings.catch_warnings(action="ignore", category=FarContextWarning):
        figures |= _maps(machine, name, some, seed)
        likeness = adapter_similarity(machine, few)
    figures[f"{name}-similarity"] = similarity_plot(
        extra("sklearn.metrics.pairwise").cosine_similarity(embeddings(machine, few)), likeness
    )
    return figures


def _maps(machine: TextToAdapter, name: str, groups: Sequence[Group], seed: int) -> dict[str, Any]:
    """Maps of what the encoder, and the trunk if there is one, make of the groups' descriptions."""
    from zhyper.evaluate._plots import map_plot

    named = [(text, group) for group in groups for text in group.descriptions]
    texts, labels = [text for text, _ in named], [group.subject for _, group in named]
    has_regions = any(group.region for group in groups)
    regions = [group.region or group.subject for _, group in named] if has_regions else None
    vectors = {"descriptions": embeddings(machine, texts)}
    if hasattr(machine.hypernet, "trunk"):
        vectors["trunk"] = trunk_activations(machine, texts)
    return {
        f"{name}-{what}": map_plot(mapped(points, seed=seed), labels, regions)
        for what, points in vectors.items()
    }
