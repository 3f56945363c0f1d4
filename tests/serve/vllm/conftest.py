"""A tiny checkpoint around a base in a folder, as the plugin loads it."""

import pytest

from conftest import fill
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter


@pytest.fixture
def checkpoint(base, tmp_path, monkeypatch):
    """A trained generator whose encoder is its base."""
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    spec = GeneratorSpec(
        base=base,
        encoder="last-token",
        adapter="zhyper-diag",
        hypernet="mlp",
        projections=("q_proj", "v_proj"),
        rank=4,
    )
    machine = TextToAdapter.untrained(spec, device="cpu")
    fill(machine)
    return str(machine.save(tmp_path / "checkpoint"))
