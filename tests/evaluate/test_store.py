"""Answers that are kept."""

import pytest

from conftest import tiny_machine
from zhyper.evaluate._store import Store, identity, key


def test_a_store_keeps_what_was_put(tmp_path):
    with Store(tmp_path / "s") as store:
        store.put({"a": [1, "é"]})
        made = []
        assert store.fill(
            {"a": 1, "b": 2, "c": 3}, lambda rows: made.append(list(rows)) or [10 * r for r in rows], 1
        ) == {
            "a": [1, "é"],
            "b": 20,
            "c": 30,
        }
    assert made == [[2], [3]]
    with Store(tmp_path / "s") as store:
        assert store.get(["a", "b", "z"]) == {"a": [1, "é"], "b": 20}
    (tmp_path / "t").write_bytes(b"no database at all, but text" * 99)
    with pytest.raises(ValueError, match="is not a store of answers"):
        Store(tmp_path / "t")
    machine = tiny_machine()
    assert len({identity(machine, text) for text in (None, "a", "b", "")}) == 4
    assert identity(machine, None) == identity(tiny_machine(trained=False), None)
    assert key("a", [1]) != key("a", 1)
