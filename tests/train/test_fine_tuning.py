"""Runs that begin with the weights of a checkpoint."""

import pytest
import torch

from conftest import letters, tiny_base, tiny_machine
from training import (
    interrupted,
    same,
    weights,
)
from zhyper.checkpoint import read_card
from zhyper.data import save_collection
from zhyper.spec import load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train


@pytest.fixture
def before(recipe, tmp_path):
    """A trained checkpoint to start from; the run's folder."""
    train(recipe.with_changes({"learning_rate": 0.05}), tmp_path / "before")
    return tmp_path / "before"


ONE_STEP = {"steps": 1, "evaluate_every": 1, "learning_rate": 1e-9, "weight_decay": 0.0}


def test_a_run_begins_where_the_checkpoint_ended(recipe, before, tmp_path):
    old = read_card(before / "checkpoint")
    fresh = train(recipe.with_changes(ONE_STEP), tmp_path / "fresh")
    about = train(recipe.with_changes({**ONE_STEP, "start": str(before)}), tmp_path / "after")
    assert about["selection"][0]["loss"] == pytest.approx(old["chosen"]["loss"], abs=1e-5)
    assert abs(fresh["selection"][0]["loss"] - old["chosen"]["loss"]) > 0.01
    first, second, third = (weights(tmp_path / name) for name in ("before", "after", "fresh"))
    for name in first:
        torch.testing.assert_close(second[name], first[name], atol=1e-7, rtol=0)
    assert any((third[name] - first[name]).abs().max() > 0.01 for name in first)


def test_the_card_says_where_a_run_began(recipe, before, tmp_path):
    train(recipe.with_changes({**ONE_STEP, "start": str(before / "checkpoint")}), tmp_path / "after")
    card = read_card(tmp_path / "after" / "checkpoint")
    assert card["start_sha256"] == read_card(before / "checkpoint")["weights_sha256"]
    assert card["recipe"]["training"]["start"] == "checkpoint"  # a card names no path of this machine
    assert load_recipe(tmp_path / "after" / "recipe.json").training.start == str(before / "checkpoint")
    old = read_card(before / "checkpoint")
    assert "start_sha256" not in old
    assert old["recipe"]["training"]["start"] is None


def test_other_data_steps_and_settings_go_on_from_it(recipe, before, tmp_path):
    save_collection([letters("middle", 0), letters("end", -1)], tmp_path / "others")
    changes = {
        "data": f"collection:{tmp_path / 'others'}",
        "steps": 5,
        "batch_size": 3,
        "dropout": 0.3,
        "seed": 8,
    }
    about = train(recipe.with_changes({**changes, "start": str(before)}), tmp_path / "after")
    assert (about["steps"], about["tasks"]) == (5, ["end", "middle"])
    assert TextToAdapter.load(tmp_path / "after").generate(["ab"], ["the end"], max_new_tokens=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rank": 5}, "rank is 4 there and 5 here"),
        ({"adapter": "zhyper-square"}, "adapter is 'zhyper-diag' there and 'zhyper-square' here"),
        ({"hypernet": "direct"}, "hypernet is 'mlp' there and 'direct' here"),
        ({"projections": "q_proj"}, r"projections is .* there and .* here"),
        ({"scale": 3.0}, "scale is 2.0 there and 3.0 here"),
        ({"base": "OTHER"}, "was trained on another base .* than .*other"),
        ({"start": "NOWHERE"}, "is neither a folder with checkpoint.json"),
    ],
)
def test_another_generator_is_refused_before_weights_are_loaded(
    recipe, before, tmp_path, monkeypatch, changes, message
):
    tiny_base(seed=5).save_pretrained(tmp_path / "other")
    tiny_machine().tokenizer.save_pretrained(tmp_path / "other")
    places = {"OTHER": str(tmp_path / "other"), "NOWHERE": str(tmp_path / "nowhere")}
    changes = {"start": str(before), **{key: places.get(value, value) for key, value in changes.items()}}
    monkeypatch.setattr(
        "zhyper.text_to_adapter.weights.load_base", lambda *args, **named: pytest.fail("weights were loaded")
    )
    with pytest.raises(ValueError, match=message):
        train(recipe.with_changes(changes), tmp_path / "after")
    assert not (tmp_path / "after").exists()


def test_a_run_that_began_with_a_checkpoint_resumes_bit_for_bit(recipe, before, tmp_path):
    again = recipe.with_changes({"start": str(before), "hypernet_rate": 0.3, "evaluate_every": 2})
    train(again, tmp_path / "whole")
    interrupted(again, tmp_path / "cut", 6)
    assert (tmp_path / "cut" / "state" / "checkpoint-4").is_dir()
    train(again, tmp_path / "cut", resume=True)
    a, b = (tmp_path / name / "state" / "checkpoint-12" for name in ("whole", "cut"))
    for file in ("optimizer.pt", "scheduler.pt"):
        assert same(torch.load(a / file, weights_only=True), torch.load(b / file, weights_only=True))
    assert (a / "model.safetensors").read_bytes() == (b / "model.safetensors").read_bytes()
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    with pytest.raises(ValueError, match="start was .* and is None"):
        train(recipe.with_changes({"hypernet_rate": 0.3, "evaluate_every": 2}), tmp_path / "cut", resume=True)


def test_a_rate_of_its_own_moves_the_hypernetwork_more_or_less(recipe, before, tmp_path):
    moved = {}
    for rate in (0.01, 1.0):
        changes = {
            "steps": 1,
            "evaluate_every": 1,
            "warmup": 0.0,
            "schedule": "constant",
            "hypernet_rate": rate,
            "weight_decay": 0.0,
        }
        changes |= {
            "start": str(before)
        }  # where no factor of the update is zero, so that all weights have a gradient
        train(recipe.with_changes(changes), tmp_path / f"{rate}")
        train(recipe.with_changes({**changes, "learning_rate": 1e-12}), tmp_path / f"{rate} still")
        a, b = weights(tmp_path / f"{rate}"), weights(tmp_path / f"{rate} still")
        moved[rate] = {
            part: max(float((a[n] - b[n]).abs().max()) for n in a if n.startswith(part))
            for part in ("adapter", "hypernet")
        }
    assert min(moved[1.0].values()) > 1e-3
    assert moved[0.01]["adapter"] == pytest.approx(moved[1.0]["adapter"], rel=0.01)
    assert moved[0.01]["hypernet"] == pytest.approx(0.01 * moved[1.0]["hypernet"], rel=0.05)
