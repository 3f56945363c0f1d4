"""The checkpoints of a run's state: whole or absent, and which of them stay."""

import json
import os
from pathlib import Path

from zhyper.train._state_checkpoints import SUMS, WRITING, checkpoint, checkpoint_steps, publish, rotate


def test_rotation_keeps_the_newest_the_best_and_the_best_of_the_newest(tmp_path):
    for step, best in ((2, 2), (4, 2), (6, 2), (8, 2), (10, 10), (12, 10)):
        checkpoint(tmp_path, step).mkdir()
        (checkpoint(tmp_path, step) / "trainer_state.json").write_text(json.dumps({"best_global_step": best}))
    rotate(tmp_path, 2, 10)
    assert checkpoint_steps(tmp_path) == [2, 8, 10, 12]
    rotate(tmp_path, 1, 10)
    assert checkpoint_steps(tmp_path) == [10, 12]
    rotate(tmp_path, 1, None)
    assert checkpoint_steps(tmp_path) == [10, 12]  # step 12 names step 10


def test_a_damaged_older_checkpoint_is_no_matter_for_the_next(tmp_path):
    for step in (2, 4):
        checkpoint(tmp_path, step).mkdir()
    (checkpoint(tmp_path, 2) / "trainer_state.json").write_text("")
    (checkpoint(tmp_path, 4) / "trainer_state.json").write_text('{"best_global_step": 4}')
    rotate(tmp_path, 2, 4)
    assert checkpoint_steps(tmp_path) == [2, 4]


def test_a_checkpoint_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    synced, place = [], checkpoint(tmp_path, 7)
    monkeypatch.setattr(
        os,
        "fsync",
        lambda handle: synced.append((Path(os.readlink(f"/proc/self/fd/{handle}")), place.exists())),
    )
    written = tmp_path / WRITING
    written.mkdir()
    (written / "weights").write_text("1")
    publish(written, place)
    assert {(written / "weights", False), (written / SUMS, False), (written, False), (tmp_path, True)} == set(
        synced
    )
