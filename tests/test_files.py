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
    assert done == [".sweep.json", "replaced", tmp_path.name]
