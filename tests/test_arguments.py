"""What callers give: lists for lists, texts for texts, or a sentence that names what came."""

import numpy as np
import pytest

from conftest import HashEncoder, tiny_machine
from zhyper.arguments import count, described, items, number, texts
from zhyper.checkpoint import find_checkpoint
from zhyper.data import Pair, Task, load_collection
from zhyper.train import train

NO_LISTS = ["house", b"house", {"house": 1}, {"house"}, None, 5, 5.0, True]


@pytest.fixture(scope="module")
def machine():
    return tiny_machine()


@pytest.mark.parametrize("value", NO_LISTS)
def test_what_is_no_list(value, machine):
    calls = {
        "prompts": lambda: machine.generate(value, ["a"]),
        "descriptions": lambda: machine.modulation(value),
        "descriptions ": lambda: machine.rows(value),
        "descriptions  ": lambda: machine.embeddings(value),
        "texts": lambda: HashEncoder().encode(value),
        "it": lambda: items("it", value, "things"),
    }
    if value is not None:  # None stands for no descriptions
        calls["descriptions   "] = lambda: machine.generate(["a"], value)
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"^{name.strip()} is ") as error:
            call()
        assert described(value) in str(error.value)
        assert "but must be a list of" in str(error.value)


@pytest.mark.parametrize("item", [5, None, b"a", ["a"], {"a": 1}, float("nan")])
def test_what_is_no_text(item, machine):
    calls = [
        lambda: machine.modulation(["a", item]),
        lambda: machine.embeddings(("a", item)),
        lambda: texts("descriptions", iter(["a", item])),
    ]
    if item is not None:  # the bare base
        calls += [lambda: machine.generate(["a", "b"], ["a", item]), lambda: machine.rows(["a", item])]
    for call in calls:
        with pytest.raises(ValueError, match=r"^descriptions\[1\] is .*, but must be a text$"):
            call()
    with pytest.raises(ValueError, match="^text is .*, but must be a text$"):
        machine.address(item)
    with pytest.raises(ValueError, match="is no prompt"):
        machine.generate([item], ["a"])


def test_any_sequence_of_texts_will_do(machine):
    expected = machine.generate(["a", "b"], ["x", None], max_new_tokens=3)
    for kind in (tuple, iter, lambda values: (value for value in values), lambda v: np.array(v, object)):
        assert machine.generate(kind(["a", "b"]), kind(["x", None]), max_new_tokens=3) == expected
    assert machine.embeddings(iter(["x", "y"])).equal(machine.embeddings(["x", "y"]))
    assert machine.modulation(text for text in ["x", "y"]).count == 2
    assert machine.rows(iter([None, "y"])).count == 2


@pytest.mark.parametrize("value", [None, 5, b"a", {"a"}])
def test_an_adapter_of_no_description(value, machine):
    with pytest.raises(
        ValueError, match="^text is .*, but must be a list of descriptions, one of them, or a"
    ):
        machine.adapter(value)


def test_an_adapter_of_no_numbers(machine):
    for value in ({"b": 1.0, 5: 1.0}, ["b", 5], ("b", 1.0)):
        with pytest.raises(ValueError, match=r"^text\[1\] is .*, but must be a text"):
            machine.adapter(value)
    for weight in ("1", float("nan"), float("inf"), True, None):
        if weight is not None:  # without weights all are equal
            with pytest.raises(ValueError, match="^the weight of 'a' is .*, but must be a finite number"):
                machine.adapter({"a": weight})
        for call in (
            lambda w=weight: machine.adapter("a", w),
            lambda w=weight: machine.generate(["a"], ["a"], strength=w),
            lambda w=weight: machine.rows(["a"], w),
        ):
            with pytest.raises(ValueError, match="^strength is .*, but must be a finite number"):
                call()


@pytest.mark.parametrize("value", [0, -1, 2.5, "5", None, True])
def test_a_count_that_is_none(value, machine):
    for name in ("max_new_tokens", "batch_size"):
        with pytest.raises(ValueError, match=f"^{name} is .*, but must be a whole number of at least 1"):
            machine.generate(["a"], ["a"], **{name: value})
    with pytest.raises(ValueError, match="^n is "):
        count("n", value)


def test_numbers_of_other_libraries(machine):
    assert (count("n", np.int64(3)), number("x", np.float32(0.5))) == (3, 0.5)
    assert machine.generate(["a"], ["a"], max_new_tokens=np.int64(2), strength=np.float64(0.5))


def test_a_long_value_is_shown_in_short():
    assert described(None) == "None"
    assert described("x" * 100) == f"'{'x' * 58}… (str)"


def test_other_things_that_are_no_texts(recipe, tmp_path):
    with pytest.raises(
        ValueError, match=r"descriptions of task t is 'one' \(str\), but must be a list of texts"
    ):
        Task(name="t", pairs=(Pair("a", "b"),), descriptions="one")
    with pytest.raises(ValueError, match=r"source is \['a'\] \(list\), but must be a text"):
        load_collection(["a"])
    with pytest.raises(ValueError, match=r"checkpoint is 5 \(int\), but must be a folder or a name"):
        find_checkpoint(5)
    with pytest.raises(ValueError, match=r"recipe is 'zhyper-diag' \(str\), but must be a Recipe"):
        train("zhyper-diag", tmp_path)
