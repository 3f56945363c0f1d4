"""What cannot work is said in one sentence before any weight of the base is loaded."""

import json

import pytest

from zhyper import weights
from zhyper.train import train


@pytest.fixture
def no_weights(monkeypatch):
    def refuse(*args, **named):
        raise AssertionError("the base's weights were loaded")

    monkeypatch.setattr(weights, "load_base", refuse)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": []}, "no data|no source"),
        ({"data": "collection:/no/such/folder"}, "does not exist"),
        ({"tasks": "first,third"}, "tasks names third, but the data's train tasks are: first, last"),
        ({"tasks": "first,first"}, "tasks names first more than once"),
        (
            {"tasks": ""},
            "tasks holds an empty name; leave it out for all, or name some of the data's train tasks: "
            "first, last",
        ),
        (
            {"batch_size": 99999999, "steps": 1000},
            "came as 99,999,999,000 rows, but wants at most 2,147,483,648",
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
        ({"adapter": "nonsense"}, "adapter 'nonsense' is not known"),
        ({"hypernet": "none"}, "emits nothing"),
        ({"hypernet": "lookup"}, "learns nothing"),
        ({"shard_base": True}, "shard_base came in a run of one process"),
        ({"objective": "reconstruction", "library": "/none", "shard_base": True}, "shard_base came"),
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
