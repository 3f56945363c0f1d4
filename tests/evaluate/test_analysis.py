"""Maps and similarities of descriptions, checked against what is formed the long way."""

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity

from conftest import CONFIGS, tiny_machine
from zhyper.evaluate._analysis import adapter_similarity, embeddings, mapped, trunk_activations
from zhyper.export import factors

TEXTS = ["one", "two", "three", "four", "five"]


@pytest.mark.parametrize("method", ["zhyper-diag", "zhyper-square", "t2l-l", "zhyper-diag-vera"])
def test_similarity_is_that_of_the_updates_themselves(method):
    machine = tiny_machine(method)
    found = adapter_similarity(machine, TEXTS)
    long = []
    for text in TEXTS:
        updates = [
            (b @ a).flatten() for _, a, b in factors(machine.adapter_weights, machine.modulation([text]))
        ]
        long.append(torch.cat(updates).detach().double().numpy())
    np.testing.assert_allclose(found, cosine_similarity(long), atol=1e-5)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-9)
    assert (np.abs(found - 1) > 1e-6).sum() == 20


def test_an_update_that_is_nothing():
    assert np.allclose(adapter_similarity(tiny_machine(trained=False), TEXTS[:2]), 0)


@pytest.mark.parametrize("hypernet", ["zhyper-diag", "t2l-m", "t2l-s", "light-iterative"])
def test_activations_are_of_each_text_alone(hypernet):
    machine = tiny_machine(hypernet)
    found = trunk_activations(machine, TEXTS)
    assert found.shape == (5, 512)
    np.testing.assert_allclose(found[2], trunk_activations(machine, [TEXTS[2]])[0], atol=1e-9)
    assert len({row.tobytes() for row in found}) == 5


def test_no_trunk():
    with pytest.raises(ValueError, match="has no trunk"):
        trunk_activations(tiny_machine("lora"), TEXTS)


def test_embeddings_are_the_encoders():
    machine = tiny_machine()
    np.testing.assert_array_equal(embeddings(machine, TEXTS), machine.encoder.encode(TEXTS).double().numpy())


def test_maps_keep_neighbours():
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(3, 17)) * 9, 11, axis=0)
    points = centres + rng.normal(size=centres.shape)
    for method in ("t-SNE", "PCA"):
        plane = mapped(points, method)
        assert plane.shape == (33, 2)
        distance = np.linalg.norm(plane[:, None] - plane[None], axis=-1) + np.eye(33) * 1e9
        assert (distance.argmin(1) // 11 == np.arange(33) // 11).all()
        np.testing.assert_array_equal(plane, mapped(points, method))
    with pytest.raises(ValueError, match="the method is .UMAP., but must be one of: t-SNE, PCA"):
        mapped(points, "UMAP")
    with pytest.raises(ValueError, match="3 vectors were given, but t-SNE needs at least 4"):
        mapped(points[:3])


def test_every_architecture():
    for base in CONFIGS:
        assert adapter_similarity(tiny_machine(base=base), TEXTS[:3]).shape == (3, 3)
