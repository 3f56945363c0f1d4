"""Settings are closed: they round-trip, and what they do not know is an error that names it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhyper.spec import (
    RECIPES,
    GeneratorSpec,
    Recipe,
    TrainingSpec,
    layer_indices,
    load_recipe,
    parse_assignment,
)

specs = st.builds(
    GeneratorSpec,
    base=st.text(min_size=1),
    context_width=st.none() | st.integers(1, 9999),
    projections=st.lists(st.text("abc_", min_size=1), min_size=1, unique=True).map(tuple),
    rank=st.integers(1, 512),
    scale=st.floats(allow_nan=False, allow_infinity=False).filter(bool),
    chat_template=st.none() | st.text(),
)


@given(specs)
def test_round_trip_through_json(spec):
    assert GeneratorSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_recipes_load_and_round_trip(tmp_path):
    for file in RECIPES.glob("*.toml"):
        recipe = load_recipe(file.stem)
        (tmp_path / "r.json").write_text(json.dumps(recipe.to_dict()))
        assert load_recipe(tmp_path / "r.json") == recipe


def test_changes():
    recipe = load_recipe("zhyper-diag").with_changes(
        {"rank": 16, "training.steps": 7, "projections": "q_proj, o_proj", "layers": "0:32:4"}
    )
    assert (recipe.generator.rank, recipe.training.steps, recipe.generator.projections) == (
        16,
        7,
        ("q_proj", "o_proj"),
    )
    assert recipe.generator.layers == "0:32:4"


@pytest.mark.parametrize(
    ("value", "shares"),
    [
        ([0.5, 2], (0.5, 2.0)),
        ("0.5, 2,1e-1", (0.5, 2.0, 0.1)),
        ("3", (3.0,)),
        (3, (3.0,)),
        ([], ()),
        ((1, 1), (1.0, 1.0)),
    ],
)
def test_shares(value, shares):
    recipe = Recipe().with_changes({"shares": value})
    assert recipe.training.shares == shares
    assert all(type(share) is float for share in recipe.training.shares)
    assert TrainingSpec.from_dict(json.loads(json.dumps(recipe.training.to_dict()))) == recipe.training


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("rank=16", ("rank", 16)),
        ("layers=0:32:4", ("layers", "0:32:4")),
        ("learning_rate=2e-3", ("learning_rate", 0.002)),
        ("gradient_checkpointing=true", ("gradient_checkpointing", True)),
        ("base=a/b=c", ("base", "a/b=c")),
        ("encoder=", ("encoder", "")),
        ('projections=["q_proj"]', ("projections", ["q_proj"])),
    ],
)
def test_assignments(text, parsed):
    assert parse_assignment(text) == parsed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rang": 3}, "unknown setting 'rang'; the settings are: .*rank"),
        ({"generator.rang": 3}, "unknown setting"),
        ({"rank": 0}, "rank is 0"),
        ({"rank": "eight"}, "setting 'rank' is 'eight', but must be a whole number"),
        ({"shard_base": "yes"}, "setting 'shard_base' is 'yes', but must be true or false"),
        ({"learning_rate": "fast"}, "setting 'learning_rate' is 'fast', but must be a number"),
        ({"base": 3}, "setting 'base' is 3, but must be a text"),
        ({"library": 3}, "setting 'library' is 3, but must be a text"),
        ({"tasks": [3]}, r"setting 'tasks' is \[3\], but must be a list of texts"),
        ({"seed": -1}, "seed is -1, but must be at least 0"),
        ({"seed": 2**32}, "seed is 4294967296, but must be at most 4294967295"),
        ({"rank": True}, "setting 'rank' is True"),
        ({"projections": ""}, "projections is empty"),
        ({"projections": "q_proj,q_proj"}, "twice"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"learning_rate": -1}, "learning_rate is"),
        ({"warmup": 1}, "warmup is"),
        ({"precision": "int4"}, "precision is 'int4'"),
        ({"choose_by": "luck"}, "choose_by is 'luck'"),
        ({"context_width": 0}, "context_width is 0"),
        ({"shares": "many"}, "setting 'shares' is 'many', but must be a list of numbers"),
        ({"shares": "1,,2"}, "setting 'shares' is '1,,2', but must be a list of numbers"),
        ({"shares": [1, "b"]}, r"setting 'shares' is \[1, 'b'\], but must be a list of numbers"),
        ({"shares": [1, None]}, "shares"),
        ({"shares": [True]}, "shares"),
        ({"shares": [1, 0]}, r"shares is \[1.0, 0.0\], but each must be a number above 0"),
        ({"shares": "nan"}, "setting 'shares' is 'nan'"),
        ({"hypernet_rate": 0}, "hypernet_rate is 0"),
        ({"contrast": -0.1}, "contrast is -0.1, but must be at least 0"),
        ({"hypernet_width": 0}, "hypernet_width is 0, but must be at least 1"),
        (
            {"hypernet_bottleneck": 0},
            "hypernet_bottleneck is 0, but must be at least 1 .None for none",
        ),
        ({"trunk_width": 130}, "trunk_width is 130, but must be a multiple of 4"),
        ({"head_width": 0}, "head_width is 0, but must be at least 1"),
        ({"encoder_pooling": "max"}, "encoder_pooling is 'max', but must be one of: cls, mean"),
        ({"encoder_pooling": "cls", "encoder": "last-token"}, "'last-token' has nothing to pool"),
        ({"full_stop": True, "encoder": "one-hot", "context": "task"}, "'one-hot' reads names as they are"),
        ({"start_deviation": -0.5}, "start_deviation is -0.5, but must be a number of at least 0"),
    ],
)
def test_bad_settings(changes, message):
    with pytest.raises(ValueError, match=message):
        Recipe().with_changes(changes)


def test_bad_recipes(tmp_path):
    with pytest.raises(ValueError, match="no recipe 'nonsense'.*zhyper-diag"):
        load_recipe("nonsense")
    (tmp_path / "a.toml").write_text("[generator\n")
    with pytest.raises(ValueError, match=r"a\.toml is no valid TOML: .*line 1"):
        load_recipe(tmp_path / "a.toml")
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(ValueError, match=r"c\.json is no valid JSON"):
        load_recipe(tmp_path / "c.json")
    (tmp_path / "d.json").write_text('{"generator": 3}')
    with pytest.raises(ValueError, match="setting 'generator' is 3, but must be a table of settings"):
        load_recipe(tmp_path / "d.json")
    (tmp_path / "b.json").write_text('{"generator": {"rnk": 1}}')
    with pytest.raises(ValueError, match="unknown setting 'rnk' in GeneratorSpec"):
        load_recipe(tmp_path / "b.json")
    with pytest.raises(ValueError, match="write it as key=value"):
        parse_assignment("rank")


@given(
    st.integers(1, 40),
    st.none() | st.integers(-40, 40),
    st.none() | st.integers(-40, 40),
    st.none() | st.integers(1, 9),
)
def test_layers_are_a_python_slice_inside_the_model(depth, start, stop, step):
    text = ":".join("" if n is None else str(n) for n in (start, stop, step))
    expected = tuple(range(depth)[start:stop:step])
    inside = all(n is None or -depth <= n <= depth for n in (start, stop))
    if expected and inside:
        assert layer_indices(text, depth) == expected
    else:
        with pytest.raises(ValueError, match="layers is"):
            layer_indices(text, depth)


@pytest.mark.parametrize("text", ["", "3", "a:b", "0:4:0", "1:2:3:4", "33:"])
def test_layers_that_are_no_slice(text):
    with pytest.raises(ValueError, match="layers is"):
        layer_indices(text, 32)


def test_frozen():
    with pytest.raises(AttributeError):
        TrainingSpec().steps = 3
