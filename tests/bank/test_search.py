"""The index of a bank: it finds what looking at all rows finds, and is not needed for it."""

import json
import subprocess
import sys

import pytest
import torch

from banks import addresses, opened, vectors
from conftest import ROOT
from zhyper.bank import _search as search
from zhyper.modulation import Modulation, Slot

WIDTH = 24
SLOTS = {"q": (Slot("z", (2,)),)}
pytest.importorskip("faiss", reason="needs faiss, of zhyper[serve]")


@pytest.fixture
def few(monkeypatch):
    """An index is built from a hundred rows on."""
    monkeypatch.setattr(search, "FEW", 100)


def bank_of(folder, count, seed=0):
    """A bank of clustered vectors: a hundred centres, and their neighbours."""
    bank = opened(folder, SLOTS, 1, WIDTH)
    append(bank, count, seed)
    return bank


def append(bank, count, seed):
    near = vectors(100, 99, WIDTH)[torch.arange(count) % 100] + 0.5 * vectors(count, seed, WIDTH)
    contexts = Modulation({"q": {"z": torch.ones(count, 1, 2)}}, count)
    bank.append(addresses(*((seed, i) for i in range(count))), contexts, near)


def exact(bank, query, count):
    cosines = bank.embeddings(range(len(bank))) @ torch.nn.functional.normalize(query, dim=0)
    return cosines.argsort(descending=True, stable=True)[:count].tolist()


def recall(bank, queries=20):
    hits = 0
    for query in vectors(100, 99, WIDTH)[:queries] + 0.5 * vectors(queries, 5, WIDTH):
        hits += len({row for row, _ in bank.nearest(query, 10)} & set(exact(bank, query, 10)))
    return hits / (10 * queries)


def test_an_index_finds_what_looking_at_all_finds(tmp_path, few):
    bank = bank_of(tmp_path / "bank", 5000)
    query = vectors(1, 7, WIDTH)[0]
    before = bank.nearest(query, 10)
    assert bank.index()
    assert recall(bank) > 0.98
    found = bank.nearest(query, 10)
    cosines = torch.nn.functional.cosine_similarity(bank.embeddings([row for row, _ in found]), query[None])
    torch.testing.assert_close(torch.tensor([c for _, c in found]), cosines, atol=3e-4, rtol=0)
    assert {row for row, _ in before} & {row for row, _ in found}
    bank.close()


def test_the_index_is_what_is_looked_into(tmp_path, few, monkeypatch):
    bank = bank_of(tmp_path / "bank", 5000)
    bank.index()
    monkeypatch.setattr(
        bank._store,
        "embeddings",
        lambda start, count: pytest.fail("all were looked at") if start < count else iter(()),
    )
    assert len(bank.nearest(vectors(1, 7, WIDTH)[0], 10)) == 10
    bank.close()


def test_rows_after_the_index_are_found_too(tmp_path, few):
    bank = bank_of(tmp_path / "bank", 2000)
    bank.index()
    append(bank, 50, 3)
    query = bank.embeddings([2044])[0]
    assert bank.nearest(query, 1)[0][0] == 2044
    other = opened(tmp_path / "bank", SLOTS, 1, WIDTH)
    assert other.nearest(query, 1)[0][0] == 2044
    assert other.nearest(bank.embeddings([7])[0], 1)[0][0] == 7
    for one in (bank, other):
        one.close()


def test_an_index_is_built_when_it_is_worth_it(tmp_path, few):
    bank = bank_of(tmp_path / "bank", 90)
    assert not bank.index()
    append(bank, 2000, 1)
    assert bank.index()
    assert not bank.index()
    append(bank, 400, 2)
    assert not bank.index()
    append(bank, 200, 3)
    assert bank.index()
    bank.close()


@pytest.mark.parametrize("broken", ["cut", "flipped", "missing", "no card", "wrong card", "of more rows"])
def test_an_index_that_is_broken_is_not_used(tmp_path, few, broken):
    folder = tmp_path / "bank"
    bank = bank_of(folder, 2000)
    bank.index()
    bank.close()
    file, card = folder / "nearest.faiss", folder / "nearest.json"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    change = {
        "cut": lambda: file.write_bytes(content[:1000]),
        "flipped": lambda: file.write_bytes(content),
        "missing": file.unlink,
        "no card": card.unlink,
        "wrong card": lambda: card.write_text("[1]"),
        "of more rows": lambda: card.write_text(json.dumps({**json.loads(card.read_text()), "rows": 10**7})),
    }
    change[broken]()
    bank = opened(folder, SLOTS, 1, WIDTH)
    assert recall(bank, 5) == 1
    assert bank.index()
    assert recall(bank, 5) > 0.97
    bank.close()


def test_compacting_drops_the_index(tmp_path, few):
    folder = tmp_path / "bank"
    bank = bank_of(folder, 2000)
    bank.index()
    gone = set(addresses(*((0, i) for i in range(0, 2000, 2))))
    bank.compact(lambda address: address not in gone)
    assert not list(folder.glob("nearest.*"))
    assert recall(bank, 5) == 1
    bank.close()


WITHOUT = """
import sys
import pytest
sys.modules["faiss"], pytest.importorskip = None, lambda *_, **__: None
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_search import *
bank = opened(Path(sys.argv[1]), SLOTS, 1, WIDTH)
assert recall(bank, 3) == 1
append(bank, 60_000, 4)
try:
    bank.index()
except RuntimeError as error:
    print(error)
"""


def test_without_faiss_all_rows_are_looked_at(tmp_path, few):
    bank = bank_of(tmp_path / "bank", 2000)
    bank.index()
    bank.close()
    folders = [str(ROOT / "tests"), str(ROOT / "tests" / "bank")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path / "bank"), *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pip install 'zhyper[serve]'" in done.stdout
