"""Embeddings on the map."""

import pytest
import torch

from zhyper.serve.contexts._projection import projected


def test_the_map_is_the_plane_of_most_variance():
    generator = torch.Generator().manual_seed(0)
    plane = torch.randn(40, 2, generator=generator) * torch.tensor([5.0, 2.0])
    axes = torch.linalg.qr(torch.randn(7, 2, generator=generator))[0]
    places = torch.tensor(projected(plane @ axes.T + 0.01 * torch.randn(40, 7, generator=generator)))
    assert places.abs().max() == pytest.approx(1)
    wanted, got = torch.cdist(plane, plane), torch.cdist(places, places)
    assert torch.corrcoef(torch.stack([wanted.flatten(), got.flatten()]))[0, 1] > 0.999
    for few in (1, 2):
        assert len(projected(torch.randn(few, 7, generator=generator))) == few
