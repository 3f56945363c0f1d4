"""Banks of the first format, which opening brings to today's.

`format1` was written by the last version that wrote this format: it is `fill(bank, 2, 0)` and
`fill(bank, 3, 1)` of `banks.py`.
"""

import fcntl
import json
import os
import random
import shutil
from pathlib import Path

import pytest
import torch

from banks import addresses, assert_same, fill, opened, vectors
from banks import drawn as drawn_contexts
from zhyper.modulation import Modulation

FORMAT1 = Path(__file__).parent / "format1"
FILES = ("rows.1.bin", "z.1.bin", "vectors.1.bin")
RECORD = 52
KNOWN = addresses((0, 0), (0, 1), (1, 0), (1, 1), (1, 2))
CONTEXTS = Modulation.stack([drawn_contexts(2, 0), drawn_contexts(3, 1)])
EMBEDDINGS = torch.nn.functional.normalize(torch.cat([vectors(2, 0), vectors(3, 1)]))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FORMAT1, tmp_path / "bank"))


def check(folder, remaining):
    """These contexts are in the bank, and the others can be appended again."""
    for _ in range(2):
        bank = opened(folder)
        assert len(bank) == len(remaining)
        assert bank.verify() == []
        rows = [bank.row(KNOWN[i]) for i in remaining]
        assert sorted(rows) == list(range(len(remaining)))
        assert_same(bank.gather(rows), CONTEXTS.at(remaining))
        torch.testing.assert_close(bank.embeddings(rows), EMBEDDINGS[remaining], atol=3e-4, rtol=0)
        bank.close()
    bank = opened(folder)
    fill(bank, 2, 0)
    fill(bank, 3, 1)
    assert_same(bank.gather([bank.row(address) for address in KNOWN]), CONTEXTS)
    bank.close()


def flip(file, byte):
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def test_all_of_it_is_there(folder):
    check(folder, [0, 1, 2, 3, 4])
    assert sorted(file.name for file in folder.iterdir() if "lock" not in file.name) == [
        "bank.db",
        "bank.json",
    ]


def test_one_without_contexts(folder):
    for name in FILES:
        (folder / name).unlink()
    check(folder, [])


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_in_the_last_append(folder, tmp_path, name):
    size = (folder / name).stat().st_size // 5
    for cut in (*range(1, size + 2, 3), *range(size + 2, 3 * size, 17)):
        copy = shutil.copytree(folder, tmp_path / str(cut))
        os.truncate(copy / name, 5 * size - cut)
        check(copy, list(range(5 - -(-cut // size))))


def test_a_flipped_byte_in_the_last_records(folder, tmp_path):
    for byte in range(0, 3 * RECORD, 5):
        copy = shutil.copytree(folder, tmp_path / str(byte))
        flip(copy / "rows.1.bin", 2 * RECORD + byte)
        check(copy, [i for i in range(5) if i != 2 + byte // RECORD])


def test_rows_that_never_got_their_record(folder):
    for name in FILES:
        with (folder / name).open("ab") as file:
            file.write(random.Random(0).randbytes(1000))
    check(folder, [0, 1, 2, 3, 4])


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_is_left_out_and_said(folder, tmp_path, caplog, name):
    size = (folder / name).stat().st_size // 5
    for byte in range(size, 2 * size, 7):
        copy = shutil.copytree(folder, tmp_path / str(byte))
        flip(copy / name, byte)
        caplog.clear()
        check(copy, [0, 2, 3, 4])
        assert f"1 contexts of the bank {copy} were damaged" in caplog.text


def test_a_file_that_was_cut_more_than_a_crash_can_is_left_alone(folder):
    for name in FILES[1:]:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 5])
        with pytest.raises(ValueError, match="holds 1 contexts, but 5 were written"):
            opened(folder)
        (folder / name).unlink()
        with pytest.raises(ValueError, match=f"{name} is missing"):
            opened(folder)
        (folder / name).write_bytes(content)
    check(folder, [0, 1, 2, 3, 4])


@pytest.mark.parametrize("generation", [{}, {"generation": "1"}])
def test_a_card_without_its_generation_is_an_error(folder, generation):
    facts = json.loads((folder / "bank.json").read_text())
    del facts["generation"]
    (folder / "bank.json").write_text(json.dumps(facts | generation))
    with pytest.raises(ValueError, match="bank.json is not a bank's card .*generation"):
        opened(folder)


def test_one_that_an_older_version_has_open_is_left_alone(folder):
    with (folder / "rows.1.bin").open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        with pytest.raises(ValueError, match="open in an older zhyper"):
            opened(folder)
        assert {file.name for file in FORMAT1.iterdir()} <= {file.name for file in folder.iterdir()}
    check(folder, [0, 1, 2, 3, 4])


def test_a_migration_that_was_killed_begins_anew(folder):
    """The new file has its name, but the card still says the old format."""
    card = (folder / "bank.json").read_bytes()
    files = {name: (folder / name).read_bytes() for name in FILES}
    bank = opened(folder)
    fill(bank, 3, 7)
    bank.close()
    (folder / "bank.json").write_bytes(card)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    check(folder, [0, 1, 2, 3, 4])
