"""The bank of contexts: the same bits come back, by address and by the nearest vector."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banks import SLOTS, addresses, assert_same, drawn, fill, opened, vectors
from conftest import METHODS, tiny_machine
from zhyper.modulation import Modulation, Slot


@pytest.fixture
def bank(tmp_path):
    made = opened(tmp_path / "bank")
    yield made
    made.close()


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_same_bits_come_back(tmp_path_factory, data):
    shapes = st.lists(st.integers(1, 4), min_size=1, max_size=2)
    kinds = data.draw(st.dictionaries(st.sampled_from("qvd"), st.dictionaries(st.sampled_from("ab"), shapes)))
    slots = {
        kind: tuple(Slot(name, tuple(shape)) for name, shape in group.items())
        for kind, group in kinds.items()
        if group
    }
    layers, count = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 5))
    numbers = st.floats(-(2.0**20), 2.0**20, width=32)
    values = {
        kind: {
            slot.name: torch.tensor(
                data.draw(st.lists(numbers, min_size=(n := count * layers * slot.size), max_size=n))
            ).reshape(count, layers, *slot.shape)
            for slot in group
        }
        for kind, group in slots.items()
    }
    strength = torch.tensor(data.draw(st.lists(st.floats(-9, 9, width=32), min_size=count, max_size=count)))
    given = Modulation.unpack(slots, layers, Modulation(values, count).pack(), strength)
    folder = tmp_path_factory.mktemp("bank")
    bank = opened(folder, slots, layers)
    order = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=7))
    rows = bank.append(addresses(*range(count)), given, vectors(count))
    bank.close()
    bank = opened(folder, slots, layers)
    assert_same(bank.gather([rows[i] for i in order]), given.at(order))
    bank.close()


@pytest.mark.parametrize("method", METHODS)
def test_contexts_of_every_method(tmp_path, method):
    machine = tiny_machine(method)
    layers = len(machine.adapter_weights.sites.layers)
    texts = ["one", "two", "three"]
    slots, emitted = machine.adapter_weights.slots(), machine.modulation(texts)
    given = Modulation.unpack(slots, layers, emitted.pack(), emitted.strength)
    bank = opened(tmp_path / "bank", slots, layers, checkpoint=machine.weights_sha256)
    rows = bank.append([machine.address(text) for text in texts], given, machine.encoder.encode(texts))
    assert rows == [0, 1, 2]
    assert_same(bank.gather([2, 0, 2]), given.at([2, 0, 2]))
    bank.close()


def test_strengths_come_back(bank):
    given = drawn(3)
    bank.append(addresses(*"abc"), given, vectors(3))
    assert torch.equal(bank.gather([1, 0]).strength, given.strength[[1, 0]])
    bank.append(addresses("d"), Modulation(given.at([0]).values, 1), vectors(1))
    assert torch.equal(bank.gather([3]).strength, torch.ones(1))


def test_an_address_that_is_there_keeps_its_row_and_numbers(bank):
    first, second = drawn(3), drawn(4, 1)
    assert bank.append(addresses(*"abc"), first, vectors(3)) == [0, 1, 2]
    assert bank.append(addresses(*"bdda"), second, vectors(4, 1)) == [1, 3, 3, 0]
    assert_same(bank.gather([0, 1, 2, 3]), Modulation.stack([first, second.at([1])]))
    assert [bank.row(a) for a in addresses(*"abcde")] == [0, 1, 2, 3, None]
    assert [bank.address(row) for row in range(4)] == addresses(*"abcd")
    assert len(bank) == 4


def test_vectors_come_back_at_unit_length(bank):
    given = vectors(5) * torch.tensor([1e-3, 1, 1e3, 1, 1])[:, None]
    bank.append(addresses(*"abcde"), drawn(5), given)
    torch.testing.assert_close(
        bank.embeddings([4, 0, 2]), torch.nn.functional.normalize(given[[4, 0, 2]]), atol=3e-4, rtol=0
    )


def test_nearest_is_the_order_of_cosines(bank):
    for seed in range(3):
        fill(bank, 40, seed)
    query = vectors(1, 9)[0] * 17
    found = bank.nearest(query, 11)
    cosines = torch.nn.functional.cosine_similarity(bank.embeddings(range(120)), query[None])
    assert [row for row, _ in found] == cosines.argsort(descending=True)[:11].tolist()
    torch.testing.assert_close(
        torch.tensor([c for _, c in found]), cosines.sort(descending=True).values[:11], atol=3e-4, rtol=0
    )
    assert len(bank.nearest(query, 500)) == 120


def test_nearest_in_an_empty_bank(bank):
    assert bank.nearest(vectors(1)[0], 3) == []
    assert bank.verify() == []
    assert bank.gather([]).count == 0


def test_what_does_not_fit_is_refused(bank, tmp_path):
    fill(bank, 2)
    for wrong in ("ab", "g" * 64, addresses(1)[0] + " ", " " * 64):
        with pytest.raises(ValueError, match="no SHA-256"):
            bank.append([wrong], drawn(1), vectors(1))
        with pytest.raises(ValueError, match="no SHA-256"):
            bank.row(wrong)
    for contexts, rows in ((drawn(2), vectors(1)), (drawn(1), vectors(1)[:, :-1]), (drawn(1), vectors(2))):
        with pytest.raises(ValueError, match="one context and one embedding of 13"):
            bank.append(addresses("x"), contexts, rows)
    with pytest.raises(ValueError, match="slots"):
        bank.append(addresses("x"), drawn(1, slots={"q_proj": SLOTS["q_proj"]}), vectors(1))
    for broken in (vectors(1) * float("nan"), vectors(1) * float("inf")):
        with pytest.raises(ValueError, match="finite"):
            bank.append(addresses("x"), drawn(1), broken)
    with pytest.raises(ValueError, match="finite"):
        bank.append(addresses("x"), drawn(1).scale(float("inf")), vectors(1))
    for row in (-1, 2):
        with pytest.raises(IndexError, match=f"row {row} was asked for.*has 2"):
            bank.gather([0, row])
    assert len(bank) == 2


def test_a_folder_of_something_else_is_refused(tmp_path):
    opened(tmp_path / "bank").close()
    for changes in (
        {"checkpoint": "other"},
        {"layers": 2},
        {"width": 5},
        {"slots": {"q_proj": SLOTS["q_proj"]}},
    ):
        with pytest.raises(ValueError, match="is expected; name another folder"):
            opened(tmp_path / "bank", **changes)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("…")
    with pytest.raises(ValueError, match=r"no bank\.json"):
        opened(tmp_path / "letters")
    assert [file.name for file in (tmp_path / "letters").iterdir()] == ["dear.txt"]
    with pytest.raises(ValueError, match="is a file"):
        opened(tmp_path / "letters" / "dear.txt")
    for content in ("{", "[]", '{"format": 1}', '{"format": 2}'):
        (tmp_path / "bank" / "bank.json").write_text(content)
        with pytest.raises(ValueError, match="not a bank's card"):
            opened(tmp_path / "bank")
    (tmp_path / "bank" / "bank.json").write_text('{"format": 3}')
    with pytest.raises(ValueError, match="has format 3"):
        opened(tmp_path / "bank")


def test_a_closed_bank_says_so(tmp_path):
    bank = opened(tmp_path / "bank")
    bank.close()
    with pytest.raises(ValueError, match="is closed"):
        len(bank)
