"""A run from a recipe to a checkpoint: what it leaves, what it refuses, and how it is resumed."""

import json
import math

import pytest
import torch

from conftest import letters
from training import newest, weights
from zhyper.data import (
    Pair,
    Task,
    save_collection,
)
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train


def test_a_run_from_recipe_to_checkpoint(recipe, tmp_path):
    said = []
    about = train(recipe, tmp_path / "run", say=said.append)
    saved = load_recipe(tmp_path / "run" / "recipe.json")
    assert str(tmp_path / "run" / "recipe.json") in said[0]
    assert (
        about["recipe"] == saved.with_changes({"data": ["collection:tasks"]}).to_dict()
    )  # a card names no path of this machine
    assert (saved.generator.context_width, saved.training.precision, len(saved.training.data_sha256)) == (
        24,
        "float32",
        64,
    )
    train(saved, tmp_path / "again")  # a saved recipe is a recipe
    assert all(
        torch.equal(a, b)
        for a, b in zip(weights(tmp_path / "run").values(), weights(tmp_path / "again").values(), strict=True)
    )
    assert "trainable parameters: " in said[1]
    work = [line for line in said if line.startswith(("loading", "encoding", "training begins"))]
    assert [line.split()[0] for line in work] == ["loading", "encoding", "training"]
    assert max(line.count("\n") for line in said[:-1] if not line.startswith("answers")) == 0
    assert list((tmp_path / "run" / "logs").glob("events*"))
    assert about["steps"] == 12
    assert about["chosen"]["loss"] == min(entry["loss"] for entry in about["selection"])
    assert [entry["step"] for entry in about["selection"]] == [4, 8, 12]
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.spec.context_width == 24
    assert machine.about["tasks"] == ["first", "last"]
    assert machine.generate(["ab"], ["first letter, please"], max_new_tokens=2)


def test_a_folder_that_is_no_run_is_neither_resumed_nor_touched(recipe, tmp_path):
    (tmp_path / "mine" / "state" / "checkpoint-7").mkdir(parents=True)
    (tmp_path / "mine" / "state" / "checkpoint-7" / "precious.txt").write_text("x")
    with pytest.raises(ValueError, match="holds no recipe.json, so it is no run; name another folder"):
        train(recipe, tmp_path / "mine", resume=True)
    assert (tmp_path / "mine" / "state" / "checkpoint-7" / "precious.txt").read_text() == "x"
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="is a file; name a folder"):
        train(recipe, tmp_path / "file")


def test_a_run_that_cannot_start_leaves_no_recipe_behind(recipe, tmp_path):
    with pytest.raises(ValueError, match="longer than max_tokens"):
        train(recipe.with_changes({"max_tokens": 2}), tmp_path / "run")
    assert train(recipe, tmp_path / "run")["steps"] == 12
    with pytest.raises(ValueError, match="schedule is 'foo'"):
        recipe.with_changes({"schedule": "foo"})


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
            f"{verb} {about}"
            for verb in (
                "write of",
                "sing of",
                "think of",
                "ask about",
                "tell me about",
                "dream of",
                "explain",
            )
        )
        save_collection(
            [Task(name=letter, pairs=tuple(Pair(w, letter) for w in words), descriptions=texts)],
            tmp_path / "constant",
        )
    settings = {
        "data": f"collection:{tmp_path / 'constant'}",
        "rank": 8,
        "projections": "v_proj,o_proj,down_proj",
        "encoder": "all-MiniLM-L6-v2",
        "learning_rate": 0.01,
    }
    longer = recipe.with_changes(
        settings
        | {
            "steps": 150,
            "batch_size": 16,
            "evaluate_every": 50,
            "neftune": 0.0,
            "label_smoothing": 0.0,
            "choose_by": "exact_match",
        }
    )
    about = train(longer, tmp_path / "run")
    blind = 0.5 * math.log(2.0)  # one of two letters, then the certain end of the turn
    assert about["chosen"]["loss"] < blind / 2
    assert about["chosen"]["exact_match"] == 1


def test_a_checkpoint_cut_off_by_a_kill_is_passed_over(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    expected = weights(tmp_path / "run")
    (newest(tmp_path / "run") / "trainer_state.json").write_text('{"half')
    (tmp_path / "run" / "checkpoint").rename(tmp_path / "away")
    train(recipe, tmp_path / "run", resume=True)
    again = weights(tmp_path / "run")
    assert all(torch.equal(again[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": ""}, "names no data|not a source"),
        ({"max_tokens": 3}, "longer than max_tokens = 3"),
    ],
)
def test_bad_settings(recipe, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(recipe.with_changes(changes), tmp_path / "run")


def test_a_folder_that_holds_another_run(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="holds a run; go on with it by --resume"):
        train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="rank was 4 and is 5"):
        train(recipe.with_changes({"rank": 5}), tmp_path / "run", resume=True)


def test_data_that_changed_is_refused(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    save_collection([letters("third", 1)], tmp_path / "tasks")
    with pytest.raises(ValueError, match="data_sha256 was"):
        train(recipe, tmp_path / "run", resume=True)
    with pytest.raises(ValueError, match="the data has the fingerprint"):
        train(load_recipe(tmp_path / "run" / "recipe.json"), tmp_path / "other")


WORDS = [f"word {i}" for i in range(200)]


def test_what_only_holds_a_library_is_not_trained(recipe, tmp_path):
    with pytest.raises(ValueError, match="hypernet 'lookup' holds a library and learns nothing"):
        train(
            recipe.with_changes({"hypernet": "lookup", "encoder": "one-hot", "context": "task"}),
            tmp_path / "run",
        )


def test_a_generator_without_contexts_wants_none(recipe, tmp_path):
    train(recipe.with_changes({"adapter": "lora", "hypernet": "none", "steps": 2}), tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.generate(["ai"], max_new_tokens=2) == machine.generate(
        ["ai"], ["anything"], max_new_tokens=2
    )


@pytest.mark.parametrize("name", ["neftune", "clip", "weight_decay", "seed"])
def test_negative_settings(name):
    with pytest.raises(ValueError, match=f"{name} is -1"):
        Recipe().with_changes({name: -1})
    if name != "seed":
        with pytest.raises(ValueError, match="must be a finite number"):
            Recipe().with_changes({name: float("nan")})


@pytest.fixture
def no_weights(monkeypatch):
    def refuse(*args, **named):
        raise AssertionError("the base's weights were loaded")

    monkeypatch.setattr("zhyper.weights.load_base", refuse)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": []}, "no data|no source"),
        ({"data": "collection:/no/such/folder"}, "does not exist"),
        ({"tasks": "first,third"}, "tasks names third, but the data's train tasks are: first, last"),
        ({"tasks": "first,first"}, "tasks names first more than once"),
        (
            {"tasks": ""},
            "tasks holds an empty name; leave it out for all, "
            "or name some of the data's train tasks: first, last",
        ),
        (
            {"batch_size": 99999999, "steps": 1000},
            "is 99,999,999,000 rows, but at most 2,147,483,648 are possible",
        ),
        ({"batch_size": 0}, "batch_size is 0, but must be at least 1"),
        ({"context_width": 7}, "encoder 'last-token' gives vectors of length 24, but context_width is 7"),
        (
            {"encoder": "all-MiniLM-L6-v2", "context_width": 385},
            "gives vectors of length 384, but context_width is 385",
        ),
        (
            {"encoder": "one-hot", "context": "task", "context_width": 3},
            "encoder 'one-hot' gives vectors of length 2, but context_width is 3",
        ),
        ({"projections": "nonsense"}, "'nonsense' is not a linear layer"),
        ({"layers": "0:9"}, "reaches outside a model of 3 layers"),
        ({"adapter": "nonsense"}, "adapter 'nonsense' is not known; the known ones are: lora, "),
        ({"hypernet": "nonsense"}, "hypernet 'nonsense' is not known"),
        ({"hypernet": "none"}, "emits nothing, but the adapter 'zhyper-diag' has slots to fill"),
        ({"hypernet": "lookup"}, "learns nothing"),
        ({"shard_base": True}, "shard_base is set in a run of one process"),
        ({"objective": "reconstruction", "library": "/none", "shard_base": True}, "shard_base is set"),
    ],
)
def test_bad_settings_are_one_sentence_before_any_weight_is_loaded(
    recipe, tmp_path, no_weights, changes, message
):
    with pytest.raises(ValueError, match=message) as caught:
        train(recipe.with_changes(changes), tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("empty", ["descriptions", "pairs"])
def test_a_task_with_nothing_in_it_is_named_before_any_weight_is_loaded(recipe, tmp_path, no_weights, empty):
    file = next((tmp_path / "tasks").glob("first*.json"))
    file.write_text(json.dumps({**json.loads(file.read_text()), empty: []}))
    with pytest.raises(ValueError, match=f"task first has no {empty}"):
        train(recipe, tmp_path / "run")


def test_good_settings_come_as_far_as_the_weights(recipe, tmp_path, no_weights):
    with pytest.raises(AssertionError, match="were loaded"):
        train(recipe.with_changes({"context_width": 24}), tmp_path / "run")


def test_a_run_says_which_rows_are_in_no_task(recipe, tmp_path):
    """Of a recipe file whose source has commas and an & in its description."""
    words = [f"{a}{b}" for a in "abcdefgh" for b in "abcd"]
    (tmp_path / "t.csv").write_text(
        "input,output\n" + "".join(f"{word},{word[0]}\n" for word in [*words, "x"])
    )
    source = (
        f"table:{tmp_path / 't.csv'}?description=First letter, please & alone.&description=First.&max_rows=32"
    )
    settings = recipe.with_changes({"data": [source]}).to_dict()["training"]
    written = "".join(f"{name} = {json.dumps(settings[name])}\n" for name in ("data", "steps", "batch_size"))
    (tmp_path / "mine.toml").write_text(f"[training]\n{written}")
    assert load_recipe(tmp_path / "mine.toml").training.data == (source,)
    said = []
    train(recipe.with_changes({"data": [source]}), tmp_path / "run", say=said.append)
    assert f"table:{tmp_path / 't.csv'}: 33 rows read, and left out: beyond max_rows: 1" in said
