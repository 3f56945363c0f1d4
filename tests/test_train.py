"""Training: what is minimised, what is equal to what, and what survives a kill."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from conftest import byte_tokenizer, fill, tiny_base, tiny_machine, tokens
from zhyper.data import IGNORED, Pair, Task, save_collection
from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftModule, train

SETTINGS = {
    "encoder": "last-token", "rank": 4, "projections": "q_proj,v_proj", "steps": 12, "batch_size": 4, "evaluate_every": 4,
    "selection_rows": 16, "precision": "float32", "learning_rate": 0.01, "neftune": 5.0, "label_smoothing": 0.1, "seed": 3,
}  # fmt: skip


@pytest.fixture
def base(tmp_path):
    """A tiny base model in a folder, with its tokenizer."""
    model = tiny_base()
    model.lm_head.weight.data *= 4  # a random head bounds how sure the model can be; this one lets it be sure
    model.save_pretrained(tmp_path / "base")
    byte_tokenizer().save_pretrained(tmp_path / "base")
    return str(tmp_path / "base")


@pytest.fixture
def recipe(base, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    save_collection([letters("first", 0), letters("last", -1)], tmp_path / "tasks")
    return Recipe().with_changes({**SETTINGS, "base": base, "data": f"collection:{tmp_path / 'tasks'}"})


def letters(name, position):
    """Say one letter of a word: the word alone does not tell which."""
    pairs = [a + b for a in "abcdefgh" for b in "ijklmnop"]
    texts = [f"{name} letter, please, as number {i} of the requests" for i in range(9)]
    return Task(name=name, pairs=tuple(Pair(p, p[position]) for p in pairs), descriptions=tuple(texts))


def weights(folder):
    return load_file(folder / "checkpoint" / "weights.safetensors")


def test_a_run_from_recipe_to_checkpoint(recipe, tmp_path):
    said = []
    about = train(recipe, tmp_path / "run", say=said.append)
    assert json.loads((tmp_path / "run" / "recipe.json").read_text()) == recipe.to_dict()
    assert json.loads(said[0]) == recipe.to_dict()
    assert "trainable parameters: " in said[1]
    assert list((tmp_path / "run" / "logs").glob("events*"))
    assert about["steps"] == 12
    assert about["selection_loss"] == min(about["selection_losses"].values())
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.spec.context_width == 24
    assert machine.about["tasks"] == ["first", "last"]
    assert machine.generate(["ab"], ["first letter, please"], max_new_tokens=2)


def test_the_same_seed_gives_the_same_weights(recipe, tmp_path):
    train(recipe, tmp_path / "a")
    train(recipe, tmp_path / "b")
    train(recipe.with_changes({"seed": 4}), tmp_path / "c")
    a, b, c = (weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert any(not torch.equal(a[name], c[name]) for name in a)


def test_the_description_is_learned(recipe, tmp_path):
    """The answer depends on the description alone: the loss falls below what any blind model can reach."""
    words = [a + b for a in "abcdefgh" for b in "ijklmnop"]
    for letter, about in (("x", "sailing ships across the sea"), ("y", "counting money in a bank")):
        texts = tuple(
            f"{verb} {about}" for verb in ("write of", "sing of", "think of", "ask about", "tell me about", "dream of", "explain")
        )
        save_collection([Task(name=letter, pairs=tuple(Pair(w, letter) for w in words), descriptions=texts)], tmp_path / "constant")
    settings = {
        "data": f"collection:{tmp_path / 'constant'}",
        "rank": 8,
        "projections": "v_proj,o_proj,down_proj",
        "encoder": "all-MiniLM-L6-v2",
        "learning_rate": 0.01,
    }
    longer = recipe.with_changes(settings | {"steps": 150, "batch_size": 16, "evaluate_every": 50, "neftune": 0.0, "label_smoothing": 0.0})
    about = train(longer, tmp_path / "run")
    blind = 0.5 * math.log(2.0)  # one of two letters, then the certain end of the turn
    assert about["selection_loss"] < blind / 2


@pytest.mark.parametrize(("batch", "accumulation"), [(4, 3), (2, 6), (1, 12)])
def test_accumulated_gradients_equal_one_large_batch(recipe, tmp_path, monkeypatch, batch, accumulation):
    monkeypatch.setattr("zhyper.train._run.bucket", lambda examples, batch, seed: examples)  # the same rows in every step
    plain = recipe.with_changes({"neftune": 0.0, "dropout": 0.0, "steps": 3, "evaluate_every": 3})
    train(plain.with_changes({"batch_size": 12}), tmp_path / "large")
    train(plain.with_changes({"batch_size": batch, "accumulation": accumulation}), tmp_path / "small")
    large, small = weights(tmp_path / "large"), weights(tmp_path / "small")
    for name in large:
        torch.testing.assert_close(small[name], large[name], atol=2e-4, rtol=0)


RUN = """
import sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[4])
torch.set_num_threads(1)
from zhyper.spec import load_recipe
from zhyper.train import train
train(load_recipe(sys.argv[1]), Path(sys.argv[2]), resume=sys.argv[3] == "resume")
"""


def test_a_killed_run_resumes_bit_for_bit(recipe, tmp_path):
    recipe = recipe.with_changes({"steps": 30, "evaluate_every": 5})
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()))

    def start(out, mode):
        command = [sys.executable, "-c", RUN, str(tmp_path / "recipe.json"), str(tmp_path / out), mode, str(Path(__file__).parent)]
        return subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)

    whole = start("whole", "new")
    assert whole.wait() == 0
    kills = 0
    process = start("killed", "new")
    for step in (5, 15):
        while process.poll() is None and not (tmp_path / "killed" / "state" / f"checkpoint-{step}" / "trainer_state.json").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process = start("killed", "resume")
    assert process.wait() == 0
    assert kills == 2
    a, b = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_checkpoint_cut_off_by_a_kill_is_passed_over(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    expected = weights(tmp_path / "run")
    state = tmp_path / "run" / "state"
    newest = max(state.glob("checkpoint-*"), key=lambda folder: int(folder.name.split("-")[1]))
    (newest / "trainer_state.json").write_text('{"half')
    (tmp_path / "run" / "checkpoint").rename(tmp_path / "away")
    train(recipe, tmp_path / "run", resume=True)
    again = weights(tmp_path / "run")
    assert all(torch.equal(again[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": ""}, "names no data|not a source"),
        ({"data": "collection:/no/such/folder"}, "does not exist"),
        ({"max_tokens": 3}, "longer than max_tokens = 3"),
        ({"projections": "nonsense"}, "'nonsense' is not a linear layer"),
        ({"adapter": "nonsense"}, "adapter 'nonsense' is not known; the known ones are: lora, "),
        ({"hypernet": "none"}, "the adapter wants slots"),
        ({"context_width": 7}, "vectors of length 24, but context_width is 7"),
    ],
)
def test_bad_settings(recipe, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(recipe.with_changes(changes), tmp_path / "run")


def test_a_folder_that_holds_another_run(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="is not empty; resume"):
        train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="differs from the recipe"):
        train(recipe.with_changes({"rank": 5}), tmp_path / "run", resume=True)


def test_only_adapter_and_hypernetwork_are_trained():
    machine = tiny_machine()
    module = SftModule(machine)
    assert {name.split(".")[0] for name, _ in module.named_parameters()} == {"adapter", "hypernet"}
    assert not any(p.requires_grad for p in machine.model.base.parameters())
    ids, mask = tokens(machine)
    losses, _ = module(ids, mask, ids.masked_fill(mask == 0, IGNORED), machine.encoder.encode(["a", "b", "c", "d"]))
    losses.sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
    assert all(p.grad is None for p in machine.model.base.parameters())


def test_noise_is_added_while_training_only():
    module = SftModule(tiny_machine())
    assert module.train().get_input_embeddings().training
    assert not module.eval().get_input_embeddings().training


def test_rows_under_their_own_context_get_their_own_gradient():
    """A row's loss does not reach another row's context."""
    machine = tiny_machine("zhyper-square")
    ids, mask = tokens(machine)
    contexts = machine.encoder.encode(["a", "b", "c", "d"]).requires_grad_()
    losses, rows = SftModule(machine).eval()(ids, mask, ids.masked_fill(mask == 0, IGNORED), contexts)
    losses[rows == 2].sum().backward()
    assert contexts.grad.abs().sum(1).gt(0).tolist() == [False, False, True, False]


def test_checkpoints_round_trip_and_refuse_broken_weights(tmp_path, base, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    spec = tiny_machine().spec
    machine = TextToAdapter.untrained(
        Recipe(generator=spec).with_changes({"base": base, "encoder": "last-token", "context_width": None}).generator
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
