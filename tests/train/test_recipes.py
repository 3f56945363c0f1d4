"""Every shipped recipe, from training to an exported adapter, on a tiny model."""

import json

import pytest
import torch

from conftest import SETTINGS, tokens
from zhyper import export
from zhyper.data import Pair, demonstrate
from zhyper.modulation import Modulation
from zhyper.spec import RECIPES, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

NAMES = sorted(path.stem for path in RECIPES.glob("*.toml"))
CUES = {
    "description": (
        "first letter, please, as number 3 of the requests",
        "last letter, please, as number 3 of the requests",
    ),
    "task": ("first", "last"),
    "demonstrations": (
        demonstrate([Pair("bj", "b"), Pair("ck", "c")]),
        demonstrate([Pair("bj", "j"), Pair("ck", "k")]),
    ),
    "instance": ("bj", "ck"),
}


def on_tiny(name, recipe, **changes):
    """A shipped recipe with the tiny base and data of a test's recipe."""
    shipped, tiny = load_recipe(name), recipe.to_dict()
    small = {k: v for k, v in SETTINGS.items() if k not in ("encoder", "neftune", "label_smoothing")}
    small |= {"steps": 40, "evaluate_every": 40, "batch_size": 8, "learning_rate": 0.003}
    encoder = "one-hot" if shipped.generator.encoder == "one-hot" else "last-token"
    named = {
        "base": tiny["generator"]["base"],
        "data": tiny["training"]["data"],
        "encoder": encoder,
        "context_width": None,
        "inner_in": 7,
        "inner_out": 6,
    }
    return shipped.with_changes({**small, **named, "chat_template": None, **changes})


@pytest.fixture
def library(recipe, tmp_path):
    for task in ("first", "last"):
        train(on_tiny("task-lora", recipe, tasks=[task], steps=5, evaluate_every=5), tmp_path / "runs" / task)
        TextToAdapter.load(tmp_path / "runs" / task).adapter("").save(tmp_path / "library" / task)
    return str(tmp_path / "library")


def in_double(held):
    """In double precision, in which a trained tiny model's rounding is no matter."""
    return Modulation(
        {k: {n: v.double() for n, v in slots.items()} for k, slots in held.values.items()}, held.count
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_is_saved_loaded_and_asked(name, recipe, tmp_path, request):
    settings = on_tiny(name, recipe)
    if settings.training.objective == "reconstruction":
        settings = settings.with_changes({"library": request.getfixturevalue("library")})
        if settings.generator.encoder == "last-token":
            settings = settings.with_changes({"encoder": "all-MiniLM-L6-v2"})
    train(settings, tmp_path / "run")
    if settings.training.objective == "sft":
        state = json.loads((tmp_path / "run" / "state" / "checkpoint-40" / "trainer_state.json").read_text())
        losses = [entry["loss"] for entry in state["log_history"] if "loss" in entry]
        assert losses[-1] < losses[0], losses
    machine = TextToAdapter.load(tmp_path / "run")
    (ids, mask), cues = tokens(machine, rows=2), CUES[machine.spec.context]
    held = in_double(machine.modulation(cues))
    machine.model.base.double(), machine.adapter_weights.double()
    one, other = (machine.logits(ids, mask, held.at([i])) for i in (0, 1))
    reads = machine.hypernet.reads_embeddings
    assert reads == ((one - other).abs().max() > 0)
    bare = machine.logits(ids, mask, None)
    assert (one - bare).abs().max() > 1e-5
    export.merge_into(machine.model.base, machine.adapter_weights, held.at([0]))
    torch.testing.assert_close(
        machine.logits(ids, mask, None)[mask.bool()], one[mask.bool()], atol=1e-9, rtol=0
    )


def test_every_system_of_the_papers_has_a_recipe():
    wanted = """zhyper-diag zhyper-square zhyper-ohe t2l-l t2l-m t2l-s zhyper-diag-vera zhyper-square-vera
        t2l-vera zhyper-square-lora-xs t2l-lora-xs light-iterative hyperdecoder hyperlora-fewshot
        multitask-lora task-lora"""
    assert set(wanted.split()) <= set(NAMES)
