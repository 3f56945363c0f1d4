"""Contexts in words of 16 bits."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from conftest import METHODS, tiny_machine, tokens
from zhyper.modulation import Modulation, Slot, words

SLOTS = {"v": (Slot("z", (5,)),), "q": (Slot("b", (2, 3)), Slot("a", (7,)))}
FINITE = st.floats(-(2.0**99), 2.0**99, width=32)


def modulation(numbers_BN, layers):
    rows, values, start = len(numbers_BN), {}, 0
    for kind, group in SLOTS.items():
        for slot in group:
            part = torch.from_numpy(numbers_BN[:, start : start + layers * slot.size])
            values.setdefault(kind, {})[slot.name] = part.reshape(rows, layers, *slot.shape)
            start += layers * slot.size
    return Modulation(values, rows)


@example(np.full((1, 3 * 18), 3.9e-40, dtype="float32"))  # all of it rounds to nothing
@given(arrays.arrays("float32", st.tuples(st.integers(1, 3), st.just(3 * 18)), elements=FINITE))
def test_packing_is_near_and_settles_at_once(numbers_BN):
    held = modulation(numbers_BN, 3)
    packed = held.pack()
    assert packed.dtype == torch.int16 and packed.shape == (len(numbers_BN), words(SLOTS, 3)) == (
        len(numbers_BN),
        3 * (18 + 3),
    )
    back = Modulation.unpack(SLOTS, 3, packed)
    assert torch.equal(back.pack(), packed)
    for kind, group in held.values.items():
        for name, value in group.items():
            largest = value.flatten(2).abs().amax(-1).reshape(*value.shape[:2], *[1] * (value.dim() - 2))
            assert bool(((back.values[kind][name] - value).abs() <= 3.1e-5 * largest + 1e-38).all())


@pytest.mark.parametrize("method", METHODS)
def test_every_method_packs_to_itself_and_hardly_moves_the_logits(method):
    machine = tiny_machine(method)
    ids, mask = tokens(machine)
    held = machine.modulation(["one", "two", "three", "four"]).scale(torch.tensor([1.0, -2.0, 0.5, 0.0]))
    adapter = machine.adapter_weights
    slots, layers = adapter.slots(), len(adapter.sites.layers)
    back = Modulation.unpack(slots, layers, held.pack(), held.strength)
    assert back.count == 4 and torch.equal(back.strength, held.strength)
    exact, rounded = machine.logits(ids, mask, held), machine.logits(ids, mask, back)
    assert (rounded - exact).abs().max() <= 5e-3 * exact.std()
    assert torch.equal(exact[3], rounded[3])


def test_what_does_not_fit_is_a_sentence():
    machine = tiny_machine()
    adapter = machine.adapter_weights
    with pytest.raises(ValueError, match="the contexts have 3 words, but this adapter's have"):
        Modulation.unpack(adapter.slots(), len(adapter.sites.layers), torch.zeros(2, 3, dtype=torch.int16))
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not finite"):
            Modulation({"q": {"z": torch.full((1, 2, 3), number)}}, 1).pack()
