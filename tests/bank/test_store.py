"""The bank's file: what a crash, a full disk, a flipped byte, or another process does to it."""

import contextlib
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

from banks import addresses, assert_same, drawn, fill, opened, vectors
from conftest import ROOT
from zhyper.bank import CorruptContext


@pytest.fixture
def bank(tmp_path):
    made = opened(tmp_path / "bank")
    yield made
    made.close()


def test_a_log_cut_anywhere_leaves_whole_appends(bank, tmp_path):
    """A crash leaves any part of SQLite's log: of each append all contexts are there, or none."""
    sizes, known, log = [0], [], tmp_path / "bank" / "bank.db-wal"
    for seed in range(3):
        known += fill(bank, seed + 1, seed)
        sizes.append(log.stat().st_size)
    for cut in (*range(sizes[1] - 24, sizes[-1], 499), *sizes[1:]):
        copy = tmp_path / str(cut)
        shutil.copytree(tmp_path / "bank", copy, ignore=shutil.ignore_patterns("*-shm"))
        os.truncate(copy / log.name, cut)
        whole = sum(size <= cut for size in sizes[1:])
        torn = opened(copy)
        assert len(torn) == sum(range(whole + 1))
        assert torn.verify() == []
        for seed in range(whole):
            rows = [torn.row(address) for address in addresses(*((seed, i) for i in range(seed + 1)))]
            assert_same(torn.gather(rows), drawn(seed + 1, seed))
        for seed in range(3):
            fill(torn, seed + 1, seed)
        assert [torn.row(address) for address in known] == [0, 1, 2, 3, 4, 5]
        torn.close()
        shutil.rmtree(copy)


def flip(file, byte):
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def three(folder):
    """A bank of three contexts, closed: its file's content, and what lies in row 1."""
    bank = opened(folder)
    for seed in range(3):
        fill(bank, 1, seed)
    (record,) = bank._store.records(1, 2)
    bank.close()
    return (folder / "bank.db").read_bytes(), record


def test_damage_of_a_row_is_found_and_never_hidden(tmp_path):
    content, record = three(tmp_path / "bank")
    file = tmp_path / "bank" / "bank.db"
    for part, raw in record._asdict().items():
        start = content.index(raw)
        for byte in range(start, start + len(raw), 5 if part == "numbers" else 1):
            flip(file, byte)
            bank = opened(tmp_path / "bank")
            assert len(bank) == 3
            assert bank.verify() == [1]
            with pytest.raises(CorruptContext, match="row 1 .*checksum"):
                (bank.embeddings if part == "embedding" else bank.gather)([0, 1])
            assert bank.gather([0, 2]).count == len(bank.embeddings([0, 2])) == 2
            bank.close()
            file.write_bytes(content)


def test_a_damaged_page_loses_only_what_was_on_it(tmp_path):
    folder = tmp_path / "bank"
    bank = opened(folder)
    fill(bank, 60)
    bank.close()
    file, rng = folder / "bank.db", random.Random(0)
    content, compacted = file.read_bytes(), []
    size = int.from_bytes(content[16:18])
    for start in range(0, len(content), size):
        for noise in (bytes(64), b"\xff" * 64, rng.randbytes(64)):
            file.write_bytes(content[:start] + noise + content[start + 64 :])
            try:
                bank = opened(folder)
            except ValueError:
                continue
            count, damaged = len(bank), bank.verify()
            for row, _ in bank.nearest(vectors(1)[0], 60):
                bank.address(row)
            moved = bank.compact(lambda address: True)
            assert sorted([*moved, *damaged]) == list(range(count))
            assert_same(bank.gather(list(moved.values())), drawn(60).at(list(moved)))
            assert bank.verify() == []
            fill(bank, 60)
            assert len(bank) == 60
            bank.close()
            compacted.append(len(moved))
    assert max(compacted) > 50


def test_a_context_whose_address_is_damaged_can_be_stored_again(tmp_path):
    content, record = three(tmp_path / "bank")
    file, address = tmp_path / "bank" / "bank.db", record.address.hex()
    places = [i for i in range(len(content)) if content.startswith(record.address, i)]
    table = next(i for i in places if content.startswith(record.numbers, i + len(record.address)))
    flip(file, table + 3)
    bank = opened(tmp_path / "bank")
    assert bank.row(address) is None
    assert bank.append([address], drawn(1, 1), vectors(1, 1)) == [3]
    assert bank.row(address) == 3
    assert bank.verify() == [1]
    assert_same(bank.gather([3]), drawn(1, 1))
    assert bank.compact(lambda address: True) == {0: 0, 2: 1, 3: 2}
    bank.close()


def test_a_damaged_index_of_addresses_names_no_other_row(tmp_path):
    content, record = three(tmp_path / "bank")
    file, address = tmp_path / "bank" / "bank.db", record.address.hex()
    start = content.index(record.address, content.index(record.address) + 1)
    for byte in range(start - 4, start + len(record.address) + 2):
        flip(file, byte)
        bank = opened(tmp_path / "bank")
        with contextlib.suppress(CorruptContext):
            assert bank.row(address) in (None, 1)
        assert bank.verify() == []
        bank.close()
        file.write_bytes(content)


def test_no_flipped_byte_gives_wrong_numbers(tmp_path):
    content, _ = three(tmp_path / "bank")
    file, right = tmp_path / "bank" / "bank.db", [drawn(1, seed) for seed in range(3)]
    used = [byte for byte in range(len(content)) if content[byte] or byte % 101 == 0]
    for byte in used[::11]:
        flip(file, byte)
        try:
            bank = opened(tmp_path / "bank")
        except (ValueError, OSError):
            file.write_bytes(content)
            continue
        for row, modulation in enumerate(right):
            with contextlib.suppress(CorruptContext, IndexError):
                assert_same(bank.gather([row]), modulation)
        bank.close()
        file.write_bytes(content)


def test_a_file_that_was_cut_is_an_error(tmp_path):
    content, _ = three(tmp_path / "bank")
    for size in (100, 4095, 4096, len(content) - 4096):
        (tmp_path / "bank" / "bank.db").write_bytes(content[:size])
        with pytest.raises(ValueError, match="bank.db is damaged.*Restore it from a copy"):
            opened(tmp_path / "bank")
    (tmp_path / "bank" / "bank.db").write_bytes(content[:-1])
    bank = opened(tmp_path / "bank")
    assert bank.verify() == [0]  # its embedding stands at the end of the last page
    bank.close()
    (tmp_path / "bank" / "bank.db").write_bytes(b"something else, and long enough to be a page" * 99)
    with pytest.raises(ValueError, match="bank.db is damaged"):
        opened(tmp_path / "bank")


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
for room in range((folder / "bank.db-wal").stat().st_size, 10**6, 509):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        bank.append(addresses(*range(40)), drawn(40, 1), vectors(40, 1))
    except OSError as error:
        assert error.errno == errno.EIO, error
    else:
        break
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
opened(Path(sys.argv[1])).close()
bank = opened(Path(sys.argv[1]))
known = fill(bank, 300)
bank.close()  # nothing is left in the log
bank = opened(Path(sys.argv[1]))
file = Path(sys.argv[1]) / "bank.db"
os.truncate(file, file.stat().st_size // 2)
for read, rows in ((bank.gather, [299]), (bank.gather, range(300)), (bank.embeddings, range(300))):
    try:
        print("read", read(rows))
    except CorruptContext:
        print("damaged")
"""


def test_a_file_that_is_cut_while_it_is_open_kills_nobody(tmp_path):
    assert run(CUT, tmp_path / "bank") == "damaged\ndamaged\ndamaged\n"


def test_a_full_disk_has_its_own_error_number(bank):
    fill(bank, 2)
    with bank._store._connection() as connection:
        connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(OSError, match="full") as caught:
        fill(bank, 300, 1)
    assert caught.value.errno == errno.ENOSPC
    assert len(bank) == 2
    assert_same(bank.gather([0, 1]), drawn(2))
    with bank._store._connection() as connection:
        connection.execute("PRAGMA max_page_count = 1073741823")
    fill(bank, 300, 1)
    assert len(bank) == 302


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


MANY = """
import json, sys, time
sys.path[:0] = sys.argv[2:]
from pathlib import Path
import numpy as np, psutil, torch
from banks import addresses, opened, vectors, drawn
from zhyper.modulation import Slot
torch.set_num_threads(1)
slots, folder, count, step = {"q": (Slot("z", (32,)),)}, Path(sys.argv[1]), 30_000, 3000
def bank(): return opened(folder, slots, 90, 384)
made, given = bank(), drawn(step, 0, slots, 90)
for first in range(0, count, step):
    made.append(addresses(*range(first, first + step)), given, vectors(step, 0, 384))
made.close()
del given
process = psutil.Process()
before = process.memory_info().rss
start = time.perf_counter()
opening = bank()
seconds = time.perf_counter() - start
opened_rss = process.memory_info().rss
rows = np.random.default_rng(1).integers(0, count, 64).tolist()
assert opening.gather(rows).count == 64 and opening.gather([0]).values["q"]["z"].abs().sum() > 0
size, gathering = (folder / "bank.db").stat().st_size, process.memory_info().rss - opened_rss
print(json.dumps([size, seconds, opened_rss - before, gathering, len(opening)]))
"""


def test_only_what_is_asked_for_is_read(tmp_path):
    size, seconds, opening, gathering, count = json.loads(run(MANY, tmp_path / "bank"))
    assert size > 1.9e8
    assert count == 30_000
    assert seconds < 1
    assert opening < 10e6
    assert gathering < 20e6


def test_compacting_keeps_what_is_kept_and_drops_what_is_damaged(tmp_path):
    folder = tmp_path / "bank"
    bank = opened(folder)
    known, given = fill(bank, 9), drawn(9)
    bank.close()
    bank = opened(folder)
    (record,) = bank._store.records(4, 5)
    bank.close()
    flip(folder / "bank.db", (folder / "bank.db").read_bytes().index(record.numbers) + 3)
    bank = opened(folder)
    moved = bank.compact(lambda address: address not in known[:2])
    assert moved == {2: 0, 3: 1, 5: 2, 6: 3, 7: 4, 8: 5}
    assert_same(bank.gather(list(moved.values())), given.at(list(moved)))
    assert bank.row(known[0]) is None
    assert bank.append([known[4]], given.at([4]), vectors(9)[4:5]) == [6]
    bank.close()
    assert sorted(file.name for file in folder.iterdir() if "lock" not in file.name) == [
        "bank.db",
        "bank.json",
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


def test_an_append_waits_for_a_compaction(bank):
    known, threads = fill(bank, 2), []

    def keep(address):
        if not threads:
            arguments = (addresses("x"), drawn(1, 1), vectors(1, 1))
            threads.append(threading.Thread(target=bank.append, args=arguments))
            threads[0].start()
            threads[0].join(0.5)
        return address == known[1]

    assert bank.compact(keep) == {1: 0}
    threads[0].join()
    assert bank.row(addresses("x")[0]) == 1
    assert_same(bank.gather([1]), drawn(1, 1))


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
    (folder / "bank.db.new").write_bytes(b"of a compaction that was killed")
    bank = opened(folder)
    assert not (folder / "bank.db.new").exists()
    assert [bank.row(address) for address in known] == [0, 1, 2, 3, 4]
    bank.close()
