"""Files and folders that are whole or absent."""

import os
from pathlib import Path

from zhyper.files import replace_file


def test_the_table_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    done = []
    replace = Path.replace
    monkeypatch.setattr(
        os, "fsync", lambda handle: done.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
    )
    monkeypatch.setattr(
        Path, "replace", lambda file, target: (done.append("replaced"), replace(file, target))
    )
    replace_file(tmp_path / "sweep.json", "{}")
    assert done == [".sweep.json.zhyper-new", "replaced", tmp_path.name]


def test_a_hidden_file_of_the_same_name_is_left_alone(tmp_path):
    neighbour = tmp_path / ".env"
    neighbour.write_text("mine")
    replace_file(tmp_path / "env", "ours")
    assert neighbour.read_text() == "mine" and (tmp_path / "env").read_text() == "ours"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "env"]
