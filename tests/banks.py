"""Banks of small contexts for tests, without a model: child processes import this file too."""

import contextlib
import hashlib
import sqlite3

import torch

from zhyper.bank import Bank
from zhyper.modulation import Modulation, Slot

WIDTH, LAYERS = 13, 3
SLOTS = {"q_proj": (Slot("b", (2, 3)), Slot("a", (5,))), "down_proj": (Slot("a", (7,)),)}


def opened(folder, slots=SLOTS, layers=LAYERS, width=WIDTH, checkpoint="tiny"):
    return Bank.open(folder, slots=slots, layers=layers, width=width, checkpoint=checkpoint)


def addresses(*words):
    return [hashlib.sha256(str(word).encode()).hexdigest() for word in words]


def drawn(count, seed=0, slots=SLOTS, layers=LAYERS):
    """Contexts as a machine gives them: numbers that were packed once."""
    generator = torch.Generator().manual_seed(seed)
    values = {
        k: {s.name: torch.randn(count, layers, *s.shape, generator=generator) for s in group}
        for k, group in slots.items()
    }
    return Modulation.unpack(
        slots, layers, Modulation(values, count).pack(), torch.rand(count, generator=generator) * 3 - 1
    )


def vectors(count, seed=0, width=WIDTH):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def fill(bank, count, seed=0):
    bank.append(addresses(*((seed, i) for i in range(count))), drawn(count, seed), vectors(count, seed))
    return addresses(*((seed, i) for i in range(count)))


def damage(folder, table, row):
    """Change what a table of a bank holds in a row, as a disk might."""
    column = {"context": "numbers", "embedding": "vector"}[table]
    with contextlib.closing(sqlite3.connect(folder / "bank.db")) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = zeroblob(length({column})) WHERE row = ?", (row,))


def assert_same(one, other):
    assert one.count == other.count
    assert one.values.keys() == other.values.keys()
    for kind, slots in one.values.items():
        assert slots.keys() == other.values[kind].keys()
        for name, value in slots.items():
            assert value.dtype == other.values[kind][name].dtype
            assert torch.equal(value, other.values[kind][name])
    strengths = [torch.ones(m.count) if m.strength is None else m.strength for m in (one, other)]
    assert torch.equal(*strengths)
