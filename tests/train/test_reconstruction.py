"""A library of LoRAs, learned without the base's weights."""

import shutil

import pytest
import torch

from conftest import tiny_machine, tokens
from zhyper import export, weights
from zhyper.data import Pair, Task, save_collection
from zhyper.library import read_lora
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.train._reconstruction import ReconstructionModule

NAMES = ("first", "last", "middle")


@pytest.fixture
def library(base, tmp_path):
    """Three LoRAs of a tiny model, called as tasks are."""
    for seed, name in enumerate(NAMES):
        machine = tiny_machine("lora", projections=("q_proj", "v_proj"), layers=":", rank=4, trained=False)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in machine.adapter_weights.parameters():
                parameter.copy_(0.05 * torch.randn(parameter.shape, generator=generator))
        machine.adapter("").save(tmp_path / "library" / name)
    return tmp_path / "library"


def reconstruction(recipe, library, **changes):
    settings = {
        "adapter": "t2l", "objective": "reconstruction", "library": str(library), "steps": 300,
        "batch_size": 3, "evaluate_every": 100,
        "encoder": "one-hot", "context": "task", "learning_rate": 0.003, "neftune": 0.0,
        "label_smoothing": 0.0, "dropout": 0.0,
        "data": [], "precision": "auto",
    }  # fmt: skip
    return recipe.with_changes({**settings, **changes})


@pytest.mark.parametrize("hypernet", ["mlp", "mlp-m", "mlp-s"])
def test_a_library_is_reconstructed_without_the_base(recipe, library, tmp_path, monkeypatch, hypernet):
    def refuse(*args, **named):
        raise AssertionError("the base's weights were loaded")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "load_base", refuse)
        about = train(reconstruction(recipe, library, hypernet=hypernet), tmp_path / "run")
    kept = about["library"]
    assert kept["l1"] < kept["l1_of_mean"] / 5
    assert kept["loras"] == 3
    machine = TextToAdapter.load(tmp_path / "run")
    assert about["parameters"]["trainable"] == sum(p.numel() for p in machine.hypernet.parameters())
    for name in NAMES:
        wanted = read_lora(library / name, machine.adapter_weights.sites)
        for site, a, b in export.factors(machine.adapter_weights, machine.modulation([name])):
            truth = wanted[site][1] @ wanted[site][0]
            assert (b @ a - truth).norm() < 0.35 * truth.norm()


def test_a_library_under_descriptions(recipe, library, tmp_path):
    tasks = [
        Task(
            name=n,
            pairs=(Pair("a", "b"),),
            descriptions=(f"the {n} letter", f"give the {n} one"),
            split="train",
        )
        for n in NAMES
    ]
    save_collection(tasks, tmp_path / "described")
    changes = {
        "context": "description",
        "encoder": "all-MiniLM-L6-v2",
        "data": f"collection:{tmp_path / 'described'}",
    }
    about = train(reconstruction(recipe, library, **changes), tmp_path / "run")
    assert about["library"]["l1"] < about["library"]["l1_of_mean"] / 3
    assert about["recipe"]["training"]["library"] == "library"
    machine = TextToAdapter.load(tmp_path / "run")
    ids, mask = tokens(machine)
    one, other = (machine.logits(ids, mask, machine.modulation([f"the {n} letter"])) for n in NAMES[:2])
    assert (one - other).abs().max() > 1e-4


def test_a_run_on_an_offset_keeps_the_average_of_its_loras(recipe, library, tmp_path):
    folders = [str(library / name) for name in NAMES[:2]]
    about = train(recipe.with_changes({"adapter": "t2l", "offset": folders}), tmp_path / "run")
    assert about["recipe"]["training"]["offset"] == list(NAMES[:2])
    adapter = TextToAdapter.load(tmp_path / "run").adapter_weights
    loras = [read_lora(library / name, adapter.sites) for name in NAMES[:2]]
    for site in adapter.sites:
        row, (a, b) = adapter.sites.row(site), (sum(lora[site][i] for lora in loras) / 2 for i in (0, 1))
        torch.testing.assert_close(adapter.a_LRI[site.kind][row], a)
        torch.testing.assert_close(adapter.b_LRO[site.kind][row].T * adapter.scale, b)
    with pytest.raises(ValueError, match="an offset needs the adapter 't2l'"):
        train(recipe.with_changes({"offset": folders}), tmp_path / "other")


def test_a_lookup_is_every_lora_of_the_library(recipe, library, tmp_path):
    described = [
        Task(name=n, pairs=(Pair("a", "b"),), descriptions=(f"the {n} letter",), split="train") for n in NAMES
    ]
    save_collection(described, tmp_path / "described")
    changes = {"hypernet": "lookup", "data": f"collection:{tmp_path / 'described'}"}
    about = train(reconstruction(recipe, library, **changes), tmp_path / "run")
    assert about["library"]["l1"] < 1e-8 < about["library"]["l1_of_mean"]
    assert about["parameters"]["trainable"] == 0
    assert about["tasks"] == list(NAMES)
    machine = TextToAdapter.load(tmp_path / "run")
    for name in NAMES:
        machine.adapter(name).save(tmp_path / "again" / name)
        before, after = (
            read_lora(folder / name, machine.adapter_weights.sites)
            for folder in (library, tmp_path / "again")
        )
        for site in before:
            for one, other in zip(before[site], after[site], strict=True):
                torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-8)
    with pytest.raises(ValueError, match="cannot generalise"):
        machine.adapter("another")


def test_the_average_lora(recipe, library, tmp_path):
    changes = {"adapter": "lora", "hypernet": "none", "context": "description", "encoder": "all-MiniLM-L6-v2"}
    about = train(reconstruction(recipe, library, **changes), tmp_path / "run")
    assert about["library"]["l1"] == about["library"]["l1_of_mean"] > 0
    machine = TextToAdapter.load(tmp_path / "run")
    machine.adapter("").save(tmp_path / "average")
    sites = machine.adapter_weights.sites
    average, loras = (
        read_lora(tmp_path / "average", sites),
        [read_lora(library / name, sites) for name in NAMES],
    )
    for site in sites:
        for i in (0, 1):
            torch.testing.assert_close(average[site][i], sum(lora[site][i] for lora in loras) / 3)


def test_a_resumed_reconstruction_is_the_same(recipe, library, tmp_path, monkeypatch):
    short = reconstruction(recipe, library, steps=20, evaluate_every=10)
    train(short, tmp_path / "whole")
    train(short, tmp_path / "cut")
    shutil.rmtree(tmp_path / "cut" / "checkpoint")
    (tmp_path / "cut" / "state" / "checkpoint-20" / "trainer_state.json").unlink()
    steps, forward = [], ReconstructionModule.forward
    monkeypatch.setattr(
        ReconstructionModule,
        "forward",
        lambda self, embeddings, which: steps.append(which) or forward(self, embeddings, which),
    )
    train(short, tmp_path / "cut", resume=True)
    assert len(steps) == 10  # from the checkpoint at step 10 on
    one, two = (
        (tmp_path / run / "checkpoint" / "weights.safetensors").read_bytes() for run in ("whole", "cut")
    )
    assert one == two


def test_every_round_has_every_lora_once(recipe, library, tmp_path, monkeypatch):
    batches, forward = [], ReconstructionModule.forward
    monkeypatch.setattr(
        ReconstructionModule,
        "forward",
        lambda self, embeddings, which: batches.append(which.tolist()) or forward(self, embeddings, which),
    )
    train(reconstruction(recipe, library, steps=12), tmp_path / "run")
    assert [sorted(batch) for batch in batches] == [[0, 1, 2]] * 12
    assert len({tuple(batch) for batch in batches}) > 1


def test_another_library_is_not_resumed(recipe, library, tmp_path):
    short = reconstruction(recipe, library, steps=4, evaluate_every=2)
    train(short, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoint")
    shutil.copytree(library / "first", library / "again")
    with pytest.raises(ValueError, match="started with other settings: known_tasks was"):
        train(short, tmp_path / "run", resume=True)
    shutil.rmtree(library / "again")
    (library / "first" / "adapter_model.safetensors").write_bytes(
        (library / "last" / "adapter_model.safetensors").read_bytes()
    )
    with pytest.raises(ValueError, match="started with other settings: library_sha256 was"):
        train(short, tmp_path / "run", resume=True)


def test_news_stay_off_standard_output(recipe, library, tmp_path, capsys):
    train(reconstruction(recipe, library, steps=20), tmp_path / "run")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"adapter": "zhyper-diag"}, "ZhyperDiag cannot take the factors of LoRAs; choose the adapter 't2l'"),
        (
            {"context": "instance", "encoder": "all-MiniLM-L6-v2"},
            "LoRAs of a library are asked for by 'description' or 'task'",
        ),
        (
            {"hypernet": "lookup", "encoder": "all-MiniLM-L6-v2"},
            "hypernet 'lookup' needs names of known tasks",
        ),
        ({"rank": 3}, "the LoRA in .* has rank 4, but the adapter has rank 3; set rank=4"),
        ({"encoder": "last-token", "context": "description"}, "is the base model itself"),
        ({"projections": "q_proj"}, "also changes"),
        ({"hypernet": "nonsense"}, "hypernet 'nonsense' is not known"),
        ({"tasks": ["first"]}, "tasks is .* but reconstruction does not use it"),
        ({"neftune": 5.0}, "neftune is 5.0, but reconstruction does not use it"),
        ({"precision": "bfloat16"}, "reconstruction computes in float32"),
        ({"library_sha256": "0"}, "but the recipe expects 0"),
    ],
)
def test_what_cannot_be_reconstructed(recipe, library, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(reconstruction(recipe, library, **changes), tmp_path / "run")


def test_objective_and_library_come_together(recipe, tmp_path):
    with pytest.raises(ValueError, match="learns a library of LoRAs, but none was given"):
        train(recipe.with_changes({"objective": "reconstruction"}), tmp_path / "run")
    with pytest.raises(ValueError, match="set that too"):
        recipe.with_changes({"library": "loras"})
    with pytest.raises(ValueError, match="objective is 'guess'"):
        recipe.with_changes({"objective": "guess"})


def test_a_folder_without_loras(recipe, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no folder with an adapter_config.json"):
        train(reconstruction(recipe, tmp_path / "empty"), tmp_path / "run")
