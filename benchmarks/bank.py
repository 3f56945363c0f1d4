"""A bank of a million contexts of the default checkpoint: its size, and the time to open, read and search.

Everything is counted: numbers, embeddings, addresses, checksums, the index, and a SQLite catalogue with a
description, an owner, a time and a provenance for each. Targets: at most 1.3x the raw size of the numbers in
16 bits, open in under a second, 64 random contexts gathered in under 5 ms, memory bounded by what is touched.
The numbers are random; the embeddings are those of the default checkpoint's training descriptions, each
moved along the difference of two others and by a little noise; descriptions have the lengths of the shipped
ones.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import torch
from _machine import report
from safetensors.torch import load_file
from sqlalchemy import insert
from torch import Tensor
from torch.nn.functional import normalize

from zhyper import bank as room
from zhyper.bank import Bank, Catalogue
from zhyper.bank._catalogue_tables import ContextRow, Provenance
from zhyper.bank._database import connect
from zhyper.checkpoint import CONTEXTS, SHIPPED
from zhyper.modulation import Modulation, Slot

LAYERS, RANK, WIDTH = 30, 32, 384
SLOTS = {kind: (Slot("z", (RANK,)),) for kind in ("q_proj", "v_proj", "down_proj")}
RAW = 2 * LAYERS * RANK * len(SLOTS)
BATCH = 10_000


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--contexts", type=int, default=1_000_000)
    options.add_argument(
        "--within", type=Path, help="folder for the temporary files; 8 GB for a million contexts"
    )
    options.add_argument("--measure", choices=("open", "search"), help=argparse.SUPPRESS)
    args = options.parse_args()
    torch.set_num_threads(1)
    if args.measure:
        {"open": measure_opening, "search": measure_searches}[args.measure](args.within, args.contexts)
        return
    with tempfile.TemporaryDirectory(dir=args.within) as scratch:
        seconds = build(Path(scratch), args.contexts)
        openings = [measured("open", scratch, args.contexts) for _ in range(5)]
        searches = measured("search", scratch, args.contexts)
        sizes = {file.name: file.stat().st_size for file in Path(scratch).rglob("*") if file.is_file()}
    show(args.contexts, seconds, openings, searches, sizes)


def opened_bank(folder: Path) -> Bank:
    """The bank in a folder."""
    return Bank.open(folder / "bank", slots=SLOTS, layers=LAYERS, width=WIDTH, checkpoint="0" * 64)


def build(folder: Path, count: int) -> dict[str, float]:
    """Write the bank and its catalogue; the seconds that took."""
    bank, seconds = opened_bank(folder), {"append": 0.0, "index": 0.0}
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        generator = torch.Generator().manual_seed(start)
        values = {
            kind: {"z": 1 + 0.3 * torch.randn(size, LAYERS, RANK, generator=generator)} for kind in SLOTS
        }
        vectors_BC = vectors(size, start)
        begin = time.perf_counter()
        bank.append([address(i) for i in range(start, start + size)], Modulation(values, size), vectors_BC)
        seconds["append"] += time.perf_counter() - begin
    begin = time.perf_counter()
    bank.index()
    seconds["index"] = time.perf_counter() - begin
    bank.close()
    fill_catalogue(folder, count)
    return seconds


def address(i: int) -> str:
    """The address of a context."""
    return hashlib.sha256(str(i).encode()).hexdigest()


def vectors(count: int, seed: int) -> Tensor:
    """Embeddings [B, C] of real texts, each moved by 0.4 of the difference of two others and noise of 0.1."""
    generator = torch.Generator().manual_seed(seed + 1)
    known_NC = load_file(SHIPPED / "default" / CONTEXTS)["vectors"].float()
    one_B, other_B, third_B = torch.randint(len(known_NC), (3, count), generator=generator)
    noise_BC = normalize(torch.randn(count, WIDTH, generator=generator), dim=1)
    return known_NC[one_B] + 0.4 * (known_NC[other_B] - known_NC[third_B]) + 0.1 * noise_BC


def fill_catalogue(folder: Path, count: int) -> None:
    """An entry for each context, as `Catalogue.add` writes them, but many at once."""
    url = f"sqlite:///{folder}/catalogue.db"
    Catalogue.open(url).close()
    shipped = Path(room.__file__).parents[1] / "data" / "descriptions" / "function_vectors.json"
    texts = [text for group in json.loads(shipped.read_text(encoding="utf-8")).values() for text in group]
    rng, engine = random.Random(0), connect(url)
    with engine.begin() as connection:
        facts = json.dumps({"base": "x" * 80, "encoder": "x" * 90, "checkpoint weights (SHA-256)": "0" * 64})
        connection.execute(insert(Provenance), [{"sha256": b"0" * 32, "facts": facts}])
        for start in range(0, count, BATCH):
            rows = [
                {
                    "id": bytes.fromhex(address(i)), "owner": rng.choice(("ann", "bob", "local")),
                    "description": rng.choice(texts), "mixture": None, "strength": 1.0, "name": None,
                    "public": i % 10 == 0, "created": 1_700_000_000_000_000 + i, "provenance": 1,
                }
                for i in range(start, min(start + BATCH, count))
            ]  # fmt: skip
            connection.execute(insert(ContextRow), rows)
    engine.dispose()


def measured(what: str, folder: str, count: int) -> dict[str, Any]:
    """What a fresh process measures."""
    command = [sys.executable, __file__, "--measure", what, "--within", folder, "--contexts", str(count)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    return dict(json.loads(done.stdout))


def measure_opening(folder: Path, count: int) -> None:
    """Open and gather, and print what that took."""
    process, rng = psutil.Process(), random.Random(0)
    before = process.memory_info().rss
    begin = time.perf_counter()
    bank = opened_bank(folder)
    opening = time.perf_counter() - begin
    opened = process.memory_info().rss
    begin = time.perf_counter()
    catalogue = Catalogue.open(f"sqlite:///{folder}/catalogue.db", bank)
    catalogue_opening = time.perf_counter() - begin
    bank.gather(rng.sample(range(count), min(64, count)))
    first = process.memory_info().rss
    gathering, getting = [], []
    for _ in range(300):
        rows = rng.sample(range(count), min(64, count))
        begin = time.perf_counter()
        bank.gather(rows)
        gathering.append(1000 * (time.perf_counter() - begin))
    after = process.memory_info().rss
    for _ in range(300):
        id = address(rng.randrange(count))
        begin = time.perf_counter()
        entry = catalogue.get(id, "nobody") or catalogue.get(id, "local")
        getting.append(1000 * (time.perf_counter() - begin))
        assert entry is None or bank.address(entry.row or 0) == id
    begin = time.perf_counter()
    page = catalogue.list("ann", limit=50)
    listing = 1000 * (time.perf_counter() - begin)
    assert len(page) == min(50, count)
    rss = {"opened": opened - before, "one_gather": first - opened, "gathers": after - opened}
    print(
        json.dumps(
            {
                "open_seconds": opening, "catalogue_open_seconds": catalogue_opening,
                "gather_ms": gathering, "get_ms": getting, "list_ms": listing, "rss_bytes": rss,
            }
        )
    )  # fmt: skip


def measure_searches(folder: Path, count: int) -> None:
    """Search with the index and without, and print how long that took and the recall."""
    bank, queries_QC = opened_bank(folder), normalize(vectors(200, count + 7), dim=1)
    top = min(10, count)
    begin = time.perf_counter()
    bank.nearest(queries_QC[0], top)
    loading = time.perf_counter() - begin
    before = psutil.Process().memory_info().rss
    approximate, milliseconds = [], []
    for query_C in queries_QC:
        begin = time.perf_counter()
        approximate.append({row for row, _ in bank.nearest(query_C, top)})
        milliseconds.append(1000 * (time.perf_counter() - begin))
    growth = psutil.Process().memory_info().rss - before
    card = folder / "bank" / "nearest.json"
    if card.exists():
        card.rename(card.with_suffix(".away"))
    exact, slow = [], []
    for query_C in queries_QC[:50]:
        begin = time.perf_counter()
        exact.append({row for row, _ in bank.nearest(query_C, top)})
        slow.append(1000 * (time.perf_counter() - begin))
    if card.with_suffix(".away").exists():
        card.with_suffix(".away").rename(card)
    recall = statistics.mean(len(ours & truth) / top for ours, truth in zip(approximate, exact, strict=False))
    results = {
        "recall_at_10": recall,
        "nearest_ms": milliseconds,
        "exact_ms": slow,
        "load_seconds": loading,
        "rss_growth": growth,
    }
    print(json.dumps(results))


def show(
    count: int,
    seconds: dict[str, float],
    openings: list[dict[str, Any]],
    searches: dict[str, Any],
    sizes: dict[str, int],
) -> None:
    """Print the table and the JSON line."""
    gathers = sorted(ms for run in openings for ms in run["gather_ms"])
    per = {name: size / count for name, size in sizes.items()}
    total = sum(per.values())
    results = {
        "contexts": count, "raw_bytes": RAW, "bytes": total, "ratio": total / RAW, "parts": per,
        "open_seconds": statistics.median(run["open_seconds"] for run in openings),
        "catalogue_open_seconds": statistics.median(run["catalogue_open_seconds"] for run in openings),
        "gather_64_ms": statistics.median(gathers), "gather_64_p99_ms": gathers[int(0.99 * len(gathers))],
        "get_ms": statistics.median(ms for run in openings for ms in run["get_ms"]),
        "list_50_ms": statistics.median(run["list_ms"] for run in openings),
        "rss_mb": {
            name: statistics.median(run["rss_bytes"][name] for run in openings) / 1e6
            for name in openings[0]["rss_bytes"]
        },
        "recall_at_10": searches["recall_at_10"], "nearest_ms": statistics.median(searches["nearest_ms"]),
        "nearest_p99_ms": sorted(searches["nearest_ms"])[int(0.99 * len(searches["nearest_ms"]))],
        "exact_ms": statistics.median(searches["exact_ms"]), "index_load_seconds": searches["load_seconds"],
        "nearest_rss_mb": searches["rss_growth"] / 1e6,
        "append_seconds": seconds["append"], "index_seconds": seconds["index"],
    }  # fmt: skip
    rows = [(f"{count:,} contexts", "", "")]
    rows += [
        (f"bytes per context, {name}", f"{size:.0f}", "")
        for name, size in sorted(per.items(), key=lambda part: -part[1])
        if size >= 1
    ]
    rows += [
        (
            "bytes per context, all",
            f"{total:.0f}",
            f"{results['ratio']:.3f}x of the numbers alone ({RAW}), at most 1.3x",
        ),
        ("open, fresh process", f"{results['open_seconds']:.3f} s", "at most 1 s"),
        (
            "gather 64 random rows",
            f"{results['gather_64_ms']:.2f} ms",
            f"99 %: {results['gather_64_p99_ms']:.2f} ms; at most 5 ms",
        ),
        ("memory after opening", f"{results['rss_mb']['opened']:.0f} MB", "more than before"),
        ("memory after one gather", f"{results['rss_mb']['one_gather']:.1f} MB", "more than after opening"),
        (
            "memory after 300 gathers",
            f"{results['rss_mb']['gathers']:.0f} MB",
            "more than after opening, what was touched",
        ),
        ("entry of an id", f"{results['get_ms']:.2f} ms", "in the catalogue"),
        ("page of 50 entries", f"{results['list_50_ms']:.1f} ms", "in the catalogue"),
        (
            "nearest 10",
            f"{results['nearest_ms']:.1f} ms",
            f"recall {searches['recall_at_10']:.3f}; all rows: {results['exact_ms']:.0f} ms",
        ),
        ("appends", f"{seconds['append']:.0f} s", f"in batches of {BATCH:,}, each on disk"),
        ("index", f"{seconds['index']:.0f} s", "built once"),
    ]
    report("bank", rows, results)


if __name__ == "__main__":
    main()
