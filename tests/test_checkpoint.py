"""Checkpoints on disk: what is written is read again, and what differs is refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from conftest import fill, tiny_base, tiny_machine, tokens
from zhyper.checkpoint import read_card, read_weights
from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train


def test_checkpoints_round_trip_and_refuse_broken_weights(tmp_path, base, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    spec = tiny_machine().spec
    machine = TextToAdapter.untrained(
        Recipe(generator=spec)
        .with_changes({"base": base, "encoder": "last-token", "context_width": None})
        .generator
    )
    fill(machine)
    machine.save(tmp_path / "checkpoint")
    loaded = TextToAdapter.load(tmp_path / "checkpoint")
    ids, mask = tokens(machine)
    with torch.no_grad():
        ours, theirs = (m.logits(ids, mask, m.modulation(["a"])) for m in (machine, loaded))
    assert torch.equal(ours, theirs)
    data = bytearray((tmp_path / "checkpoint" / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "checkpoint" / "weights.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match="but its card says"):
        TextToAdapter.load(tmp_path / "checkpoint")
    with pytest.raises(ValueError, match="neither a folder with"):
        TextToAdapter.load(tmp_path / "nowhere")


def test_a_checkpoint_of_another_shape_is_one_sentence(tmp_path, monkeypatch):
    machine = tiny_machine()
    machine.base_sha256 = "x"
    machine.save(tmp_path / "c")
    with pytest.raises(ValueError, match="does not hold what this version's adapter has"):
        read_weights(
            tmp_path / "c", tiny_machine("t2l-l").parts(), read_card(tmp_path / "c")["weights_sha256"]
        )


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    machine = tiny_machine()
    with torch.no_grad():
        next(machine.hypernet.parameters()).fill_(float("nan"))
    with pytest.raises(ValueError, match="hold numbers that are not finite"):
        machine.save(tmp_path / "c")
    assert not (tmp_path / "c").exists()
    for strength in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            tiny_machine().adapter("a", strength)
        with pytest.raises(ValueError, match="finite"):
            tiny_machine().generate(["a"], ["b"], strength=strength)


def test_a_base_that_changed_is_refused(recipe, base, tmp_path):
    train(recipe, tmp_path / "run")
    tiny_base(seed=5).save_pretrained(base)
    with pytest.raises(ValueError, match="trained on other weights"):
        TextToAdapter.load(tmp_path / "run")


FORMAT1 = Path(__file__).parent / "checkpoint1"
"""A checkpoint of format 1 with its base, and what it emitted for two descriptions when it was written."""


@pytest.fixture
def format1(tmp_path, monkeypatch):
    """A copy of it, in the folder where its base is found."""
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    shutil.copytree(FORMAT1, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy" / "checkpoint"


def test_a_checkpoint_of_format_1_is_read_and_emits_what_it_did(format1):
    machine = TextToAdapter.load(format1)
    emitted = machine.modulation(["be brief", "count the words"])
    expected = load_file(FORMAT1 / "modulation.safetensors")
    values = {f"{kind}.{slot}": v for kind, slots in emitted.values.items() for slot, v in slots.items()}
    assert values.keys() == expected.keys()
    for name, value in values.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)
    assert machine.training_embeddings.far == 0.25
    assert max(machine.distances(["be brief", "count the words", "answer in capitals"])) < 1e-3


@pytest.mark.parametrize("number", [0, 2, 99, None, "1"])
def test_a_format_that_is_not_known_is_refused(format1, number):
    file = format1 / "checkpoint.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": number}))
    with pytest.raises(
        ValueError, match=f"has format {number}, but this version reads 1; fetch the .* again"
    ):
        TextToAdapter.load(format1)


def test_a_setting_of_a_newer_version_is_refused(format1):
    """It would change what is emitted, so it is not passed over."""
    file = format1 / "checkpoint.json"
    card = json.loads(file.read_text())
    card["spec"]["adapter_of_tomorrow"] = 3
    file.write_text(json.dumps(card))
    with pytest.raises(ValueError, match="adapter_of_tomorrow"):
        TextToAdapter.load(format1)
