"""Generators of the published programs, imported on the command line and used as any checkpoint."""

import asyncio
import json

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from typer.testing import CliRunner

import serving
from conftest import SHARED
from official.published import DIAG_ARGUMENTS, write
from official.test_official import base_like, bert
from zhyper import TextToAdapter
from zhyper.cli import app
from zhyper.serve import ContextQuery
from zhyper.weights import load_base

GOLDEN = SHARED / "official_checkpoints"
FOLDERS = {
    "t2l-s": "text-to-lora",
    "t2l-l-reconstruction": "text-to-lora",
    "zhyper-square": "zhyper-official",
}


def run(*words):
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "300"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))


def update(folder):
    """ΔW of every site of a PEFT folder, one after the other."""
    state = load_file(folder / "adapter_model.safetensors")
    names = sorted(name.removesuffix("A.weight") for name in state if name.endswith("lora_A.weight"))
    return torch.cat([(state[f"{name}B.weight"] @ state[f"{name}A.weight"]).flatten() for name in names])


@pytest.mark.skipif(not GOLDEN.is_dir(), reason=f"needs the golden files in {GOLDEN}")
@pytest.mark.parametrize("name", FOLDERS)
def test_a_golden_folder_from_import_to_bank(name, tmp_path):
    base = base_like(tmp_path / "base", GOLDEN / name / "base_config.json")
    bert(tmp_path / "encoder", 48)
    ours = tmp_path / "ours"
    places = ("--base", base, "--encoder", tmp_path / "encoder")
    assert f"wrote {ours}" in run("import", FOLDERS[name], GOLDEN / name, "--out", ours, *places)
    shown, card = run("info", ours), json.loads(run("info", ours, "--json"))
    assert "imported: from" in shown and FOLDERS[name] in shown and "(rsLoRA)" in shown
    assert len(card["base_sha256"]) == 64 and card["imported"]["files"]["hypermod.pt"] in shown

    texts = ("Count the words", "Sort them")
    for text in texts:
        run("adapt", text, "--out", tmp_path / text, "--checkpoint", ours)
    answers = json.loads(run("ask", "abc", "--as", texts[0], "--checkpoint", ours, "-n", 4, "--json"))
    assert answers["answers"][0]["description"] == texts[0]
    mixed = [
        word
        for text, weight in zip(texts, (0.75, 0.25), strict=True)
        for word in ("--as", text, "-w", weight)
    ]
    run("adapt", *mixed, "--out", tmp_path / "mixed", "--checkpoint", ours)
    one, other, mixture = (update(tmp_path / folder) for folder in (*texts, "mixed"))
    assert (one - other).abs().max() > 0.01 * one.abs().max()
    expected = 0.75 * one + 0.25 * other
    assert (mixture - expected).abs().max() < 1e-5 * expected.abs().max()

    machine = TextToAdapter.load(ours, device="cpu")
    tokens = torch.tensor([[9, 20, 31, 42]])
    under = machine.logits(tokens, torch.ones_like(tokens), machine.modulation([texts[0]]))
    plain = PeftModel.from_pretrained(load_base(base)[0], tmp_path / texts[0])
    torch.testing.assert_close(plain(input_ids=tokens).logits, under, atol=1e-4, rtol=1e-4)
    with serving.server(tmp_path, machine, url=f"sqlite:///{tmp_path / 'bank' / 'contexts.db'}") as parts:
        parts.engine.start()
        for text in texts:
            asyncio.run(parts.contexts.create(ContextQuery(text=text), "ann", name=text.split()[0].lower()))
    said = json.loads(run("bank", "info", tmp_path / "bank", "--json"))
    assert said["contexts"] == said["kept by somebody"] == 2 and said["checkpoint"] == card["weights_sha256"]
    assert "2 contexts, 0 of them damaged" in run("bank", "verify", tmp_path / "bank")


def test_what_the_command_says(base, tmp_path):
    folder = write(tmp_path / "theirs", **DIAG_ARGUMENTS)
    words = ("import", "zhyper-official", folder, "--out", tmp_path / "ours", "--base", base)
    exported = json.loads(run(*words, "--json"))
    trained = json.loads(run(*words, "--json", "--as-trained"))
    assert exported["out"] == str(tmp_path / "ours") and exported["spec"]["adapter"] == "zhyper-diag"
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "300"})
    for note in exported["imported"]["notes"]:
        assert f"note: {note}" in result.stderr
    assert "zhyper-diag with the hypernetwork mlp, rank 3" in result.stdout
    said = [card["imported"]["notes"][-1] for card in (exported, trained)]
    assert "the update is W + s B z A" in said[0] and "the update is W + s B (I + z) A" in said[1]


def test_a_base_that_cannot_be_found_is_a_sentence_about_where_to_say_it(tmp_path):
    folder = write(tmp_path / "theirs")
    result = CliRunner().invoke(app, ["import", "text-to-lora", str(folder), "--out", str(tmp_path / "ours")])
    assert "the base 'models/tiny' is needed" in str(result.exception) and "by --base" in str(
        result.exception
    )
    assert result.exit_code == 1 and not (tmp_path / "ours").exists()
