"""The bank's files: what a crash, a full disk, a flipped byte, or another process does to them."""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from banks import addresses, assert_same, drawn, fill, opened, vectors
from conftest import ROOT
from zhyper.bank import CorruptContext
from zhyper.bank._format import RECORD
from zhyper.modulation import Modulation

FILES = ("rows.1.bin", "z.1.bin", "vectors.1.bin")


@pytest.fixture
def bank(tmp_path):
    made = opened(tmp_path / "bank")
    yield made
    made.close()


KNOWN = addresses((0, 0), (0, 1), (1, 0), (1, 1))


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A bank of four contexts, appended as two and two."""
    folder = tmp_path_factory.mktemp("four") / "bank"
    bank = opened(folder)
    assert [*fill(bank, 2, 0), *fill(bank, 2, 1)] == KNOWN
    bank.close()
    return folder


def torn(four, folder, change):
    """What `change` leaves of a copy of the bank of four: how many contexts; the others can be appended again."""
    shutil.copytree(four, folder)
    known, given = KNOWN, Modulation.stack([drawn(2, 0), drawn(2, 1)])
    change(folder)
    bank = opened(folder)
    left = len(bank)
    assert bank.verify() == []
    assert_same(bank.gather(range(left)), given.at(list(range(left))))
    assert [bank.row(address) for address in known] == [*range(left), *[None] * (4 - left)]
    assert bank.append(
        known[::-1], given.at([3, 2, 1, 0]), torch.cat([vectors(2, 0), vectors(2, 1)]).flip(0)
    )[3 - left + 1 :] == [*range(left - 1, -1, -1)]
    assert len(bank) == 4
    bank.close()
    bank = opened(folder)
    assert_same(bank.gather([bank.row(address) for address in known]), given)
    bank.close()
    return left


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_in_the_last_append(four, tmp_path, name):
    size = (four / name).stat().st_size // 4
    for cut in (*range(1, size + 2), *range(size + 2, 2 * size, 17)):
        left = torn(four, tmp_path / str(cut), lambda bank, cut=cut: os.truncate(bank / name, 4 * size - cut))
        assert left == 4 - -(-cut // size)


def test_a_flipped_byte_in_the_last_records_is_a_torn_append(four, tmp_path):
    for byte in range(0, 2 * RECORD.itemsize, 3):
        left = torn(
            four,
            tmp_path / str(byte),
            lambda bank, byte=byte: flip(bank / "rows.1.bin", 2 * RECORD.itemsize + byte),
        )
        assert left == 2 + byte // RECORD.itemsize


def test_rows_that_never_got_their_record_are_overwritten(four, tmp_path):
    def change(bank):
        for name in FILES:
            with (bank / name).open("ab") as file:
                file.write(random.Random(0).randbytes(1000))

    assert torn(four, tmp_path / "bank", change) == 4


def flip(file, byte):
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def test_damage_of_older_rows_is_found_and_never_hidden(tmp_path):
    folder = tmp_path / "bank"
    bank = opened(folder)
    for seed in range(3):
        fill(bank, 1, seed)
    bank.close()
    sizes = {name: (folder / name).stat().st_size // 3 for name in FILES}
    whole = {name: (folder / name).read_bytes() for name in FILES}
    for name, size in sizes.items():
        for byte in range(size, 2 * size, 5):
            flip(folder / name, byte)
            bank = opened(folder)
            assert len(bank) == 3
            assert bank.verify() == [1]
            with pytest.raises(CorruptContext, match="row 1 .*checksum"):
                (bank.vectors if name.startswith("vectors") else bank.gather)([0, 1])
            assert bank.gather([0, 2]).count == len(bank.vectors([0, 2])) == 2
            bank.close()
            (folder / name).write_bytes(whole[name])


def test_a_file_that_was_cut_more_than_a_crash_can_is_an_error(tmp_path):
    for name in FILES[1:]:
        folder = tmp_path / name
        bank = opened(folder)
        for seed in range(3):
            fill(bank, 1, seed)
        bank.close()
        os.truncate(folder / name, (folder / name).stat().st_size // 3)
        with pytest.raises(ValueError, match=f"{name} holds 1 contexts, but 3 were written"):
            opened(folder)
        (folder / name).unlink()
        with pytest.raises(ValueError, match=f"{name} is missing"):
            opened(folder)


WRITERS = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import torch
from banks import addresses, drawn, opened, vectors
torch.set_num_threads(1)
def write(start):
    bank = opened(Path(sys.argv[1]))
    print("ready", os.getpid(), flush=True)
    for step in range(start, start + 10**6):
        count = step % 5 + 1
        bank.append(addresses(*((step, i) for i in range(count))), drawn(count, step), vectors(count, step))
        print(step, flush=True)
for line in sys.stdin:
    writer = os.fork()
    if not writer:
        write(int(line))
    os.waitpid(writer, 0)
    print("dead", flush=True)
"""


class Writers:
    """A process that is told a step, and starts another one that appends from there on until it is killed."""

    def __init__(self, folder):
        command = [sys.executable, "-c", WRITERS, str(folder), str(ROOT / "tests")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, step):
        self.process.stdin.write(f"{step}\n")
        self.process.stdin.flush()
        ready, writer = self.process.stdout.readline().split()
        assert ready == "ready"
        self.writer = int(writer)

    def seen(self, count):
        """The first steps it says it has appended."""
        return [int(self.process.stdout.readline()) for _ in range(count)]

    def kill(self):
        """Kill the writer; the further steps it said it had appended."""
        os.kill(self.writer, signal.SIGKILL)
        lines = iter(self.process.stdout.readline, "dead\n")
        return [int(line) for line in lines if line.strip().isdigit()]

    def close(self):
        self.process.communicate()


def test_a_process_killed_in_the_middle_loses_at_most_the_last_append(tmp_path):
    folder, rng, start, acknowledged = tmp_path / "bank", random.Random(0), 0, []
    writers = Writers(folder)
    for _ in range(25):
        writers.start(start)
        acknowledged += writers.seen(rng.randrange(5))
        time.sleep(rng.uniform(0, 0.02))
        acknowledged += writers.kill()
        bank = opened(folder)
        assert bank.verify() == []
        for step in acknowledged:
            count = step % 5 + 1
            rows = [bank.row(a) for a in addresses(*((step, i) for i in range(count)))]
            assert None not in rows
            assert_same(bank.gather(rows), drawn(count, step))
        known = sum(step % 5 + 1 for step in acknowledged)
        start = acknowledged[-1] + 1 if acknowledged else 0
        assert known <= len(bank) <= known + start % 5 + 1
        bank.close()
    writers.close()
    assert len(acknowledged) > 40


FULL = """
import errno, resource, sys, torch
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from banks import addresses, assert_same, drawn, opened, vectors
torch.set_num_threads(1)
folder = Path(sys.argv[1])
bank = opened(folder)
bank.append(addresses(*"ab"), drawn(2), vectors(2))
before = {file.name: file.read_bytes() for file in folder.glob("*.bin")}
sizes = sorted(len(content) for content in before.values())
for room in range(sizes[0], 40 * sizes[-1] // 2, 61):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        bank.append(addresses(*range(40)), drawn(40, 1), vectors(40, 1))
    except OSError as error:
        assert error.errno == errno.EFBIG, error
    else:
        break
    assert {file.name: file.read_bytes() for file in folder.glob("*.bin")} == before
    assert len(bank) == 2 and bank.verify() == []
    assert_same(bank.gather([1, 0]), drawn(2).at([1, 0]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    again = opened(folder)
    assert len(again) == 2
    again.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert bank.append(addresses(*range(40)), drawn(40, 1), vectors(40, 1)) == list(range(2, 42))
assert_same(bank.gather(range(2, 42)), drawn(40, 1))
assert bank.verify() == []
print(room, "done")
"""


def test_a_disk_that_is_full_at_any_byte_leaves_the_bank_as_it_was(tmp_path):
    done = run(FULL, tmp_path / "bank")
    assert done.endswith("done\n")


def run(code, *arguments):
    here = str(ROOT / "tests")
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments), here], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CUT = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[-1])
from banks import assert_same, drawn, fill, opened, vectors
from zhyper.bank import CorruptContext
bank = opened(Path(sys.argv[1]))
known = fill(bank, 300)
os.truncate(Path(sys.argv[1]) / sys.argv[2], os.stat(Path(sys.argv[1]) / sys.argv[2]).st_size // 300)
assert_same(bank.gather([0]), drawn(300).at([0]))
for work in (lambda: bank.gather([250]), lambda: bank.gather([0, 299, 1])):
    try:
        print("read", work())
    except CorruptContext:
        print("damaged")
bank.row(known[250]), len(bank), bank.nearest(vectors(300)[250], 3)
assert set(range(1, 300)) == set(bank.verify())
"""


@pytest.mark.parametrize("name", ["rows.1.bin", "z.1.bin"])
def test_a_file_that_is_cut_while_it_is_open_kills_nobody(tmp_path, name):
    assert run(CUT, tmp_path / "bank", name) == "damaged\ndamaged\n"


def test_a_disk_that_fails_once_does_not_stop_the_bank(bank, monkeypatch):
    known = fill(bank, 2)
    real, left = os.fsync, []

    def broken(descriptor):
        if left and left.pop() == "fail":
            raise OSError(errno.EIO, "the disk is broken")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    for calls in (["fail"], ["fail", "work"]):
        left[:] = calls
        with pytest.raises(OSError, match="broken"):
            fill(bank, 3, 7)
        assert len(bank) == 2
        assert_same(bank.gather([0, 1]), drawn(2))
    left[:] = ["fail", "work", "work"]  # the records are written, but perhaps not on disk
    with pytest.raises(OSError, match="broken"):
        fill(bank, 3, 7)
    assert bank.verify() == []
    fill(bank, 3, 7)
    assert [bank.row(a) for a in [*known, *addresses(*((7, i) for i in range(3)))]] == [0, 1, 2, 3, 4]
    assert_same(bank.gather([2, 3, 4]), drawn(3, 7))


def test_processes_and_threads_that_append_at_once(tmp_path):
    folder = tmp_path / "bank"
    others = [Writers(folder), Writers(folder)]
    for number, writers in enumerate(others):
        writers.start(number * 10**6)
    bank, errors = opened(folder), []

    def work(start):
        try:
            for step in range(start, start + 20):
                rows = bank.append(addresses((step, 0), "shared"), drawn(2, step), vectors(2, step))
                assert_same(bank.gather(rows[:1]), drawn(2, step).at([0]))
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=work, args=(start,)) for start in (2 * 10**6, 3 * 10**6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = len(bank)
    acknowledged = [step for writers in others for step in writers.kill()]
    for writers in others:
        writers.close()
    assert not errors
    assert bank.row(addresses("shared")[0]) is not None
    assert seen > 40
    assert bank.verify() == []
    for step in acknowledged:
        row = bank.row(addresses((step, 0))[0])
        assert_same(bank.gather([row]), drawn(step % 5 + 1, step).at([0]))
    with_all = [bank.address(row) for row in range(len(bank))]
    assert len(set(with_all)) == len(with_all)
    bank.close()


def test_what_another_process_appends_is_seen(tmp_path):
    here, there = opened(tmp_path / "bank"), opened(tmp_path / "bank")
    known = fill(there, 3)
    assert here.row(known[2]) == 2
    fill(there, 3, 1)
    assert_same(here.gather([5]), drawn(3, 1).at([2]))
    fill(there, 3, 2)
    assert len(here) == 9
    assert here.append(known[:1], drawn(1), vectors(1)) == [0]
    here.close()
    there.close()


SPARSE = """
import json, os, sys, time, zlib
sys.path[:0] = sys.argv[2:]
from pathlib import Path
import numpy as np, psutil, torch
from banks import opened, vectors, drawn
from zhyper.bank._format import RECORD
from zhyper.modulation import Modulation, Slot
torch.set_num_threads(1)
slots, folder = {"q": (Slot("z", (32,)),)}, Path(sys.argv[1])
def bank(): return opened(folder, slots, 90, 384)
made = bank()
made.append(["ab" * 32], drawn(1, 0, slots, 90), vectors(1, 0, 384))
seed, z = made._card.seed, (folder / "z.1.bin").stat().st_size
made.close()
count = 300_000
for name, size in (("z", z), ("vectors", 768)):
    os.truncate(folder / f"{name}.1.bin", count * size)
records = np.zeros(count, RECORD)
records["z"], records["vectors"] = zlib.crc32(bytes(z), seed), zlib.crc32(bytes(768), seed)
records["prefix"] = np.random.default_rng(0).integers(0, 2**63, count)
records["first"] = np.arange(count)
records[:1] = np.fromfile(folder / "rows.1.bin", RECORD)
card = made._card
records["record"][1:] = [card.record_sum(records[i].tobytes(), i) for i in range(1, count)]
records.tofile(folder / "rows.1.bin")
del records
process = psutil.Process()
before = process.memory_info().rss
start = time.perf_counter()
opening = bank()
seconds = time.perf_counter() - start
opened_rss = process.memory_info().rss
rows = np.random.default_rng(1).integers(0, count, 64).tolist()
assert opening.gather(rows).count == 64 and opening.gather([0]).values["q"]["z"].abs().sum() > 0
print(json.dumps([count * (z + 768), seconds, opened_rss - before, process.memory_info().rss - opened_rss, len(opening)]))
"""


def test_only_what_is_asked_for_is_read(tmp_path):
    size, seconds, opening, gathering, count = json.loads(run(SPARSE, tmp_path / "bank"))
    assert size > 1.5e9
    assert count == 300_000
    assert seconds < 1
    assert opening < 40e6
    assert gathering < 20e6


def test_compacting_keeps_what_is_kept_and_drops_what_is_damaged(tmp_path):
    folder = tmp_path / "bank"
    bank = opened(folder)
    known, given = fill(bank, 9), drawn(9)
    bank.close()
    flip(folder / "z.1.bin", (folder / "z.1.bin").stat().st_size // 9 * 4 + 3)
    bank = opened(folder)
    moved = bank.compact(lambda address: address not in known[:2])
    assert moved == {2: 0, 3: 1, 5: 2, 6: 3, 7: 4, 8: 5}
    assert_same(bank.gather(list(moved.values())), given.at(list(moved)))
    assert bank.row(known[0]) is None
    assert bank.append([known[4]], given.at([4]), vectors(9)[4:5]) == [6]
    bank.close()
    assert sorted(file.name for file in folder.iterdir() if "lock" not in file.name) == [
        "bank.json",
        "rows.2.bin",
        "vectors.2.bin",
        "z.2.bin",
    ]
    bank = opened(folder)
    assert [bank.row(address) for address in known] == [None, None, 0, 1, 6, 2, 3, 4, 5]
    assert bank.verify() == []
    assert bank.compact(lambda address: False) == {}
    assert len(bank) == 0
    bank.close()


def test_a_bank_in_use_is_not_compacted(tmp_path):
    bank, other = opened(tmp_path / "bank"), opened(tmp_path / "bank")
    fill(bank, 2)
    with pytest.raises(ValueError, match="open elsewhere"):
        bank.compact(lambda address: True)
    assert len(other) == 2
    other.close()
    assert bank.compact(lambda address: True) == {0: 0, 1: 1}
    bank.close()


def test_a_compaction_that_stops_leaves_the_old_bank(tmp_path):
    folder = tmp_path / "bank"
    bank = opened(folder)
    known = fill(bank, 5)

    def keep(address):
        if address == known[3]:
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        bank.compact(keep)
    assert_same(bank.gather(range(5)), drawn(5))
    assert bank.append(addresses("x"), drawn(1), vectors(1)) == [5]
    bank.close()
    (folder / "z.2.bin").write_bytes(b"of a compaction that was killed")
    bank = opened(folder)
    assert not (folder / "z.2.bin").exists()
    assert [bank.row(address) for address in known] == [0, 1, 2, 3, 4]
    bank.close()
