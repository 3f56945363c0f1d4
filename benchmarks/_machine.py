"""What a benchmark needs around it: a quiet table, one JSON line, and what the machine was doing."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import torch
from filelock import FileLock, Timeout


def in_turn(
    runs: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds of each run; each of `rounds` makes all runs in a new order, after one round of warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    rng = random.Random(0)
    for index in range(rounds + 1):
        for name in rng.sample(list(runs), len(runs)):
            start = clock()
            runs[name]()
            if index:
                seconds[name].append(clock() - start)
    return seconds


def ratio(seconds: dict[str, list[float]], of: str, to: str) -> float:
    """Median over rounds of one run's time divided by another's in the same round."""
    return statistics.median(a / b for a, b in zip(seconds[of], seconds[to], strict=True))


def report(name: str, rows: list[tuple[str, ...]], results: dict[str, Any]) -> None:
    """Print a table for people, and one JSON line."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    machine = {
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "cpu": platform.processor() or platform.machine(),
        "load": round(psutil.getloadavg()[0], 2),
        "busy_elsewhere": _busy_elsewhere(),
    }
    versions = {package: version(package) for package in ("zhyper", "torch", "transformers", "peft")}
    print(json.dumps({"benchmark": name, **results, "machine": machine, "versions": versions}))


def share(jobs: Iterable[tuple[Path, Callable[[], object]]]) -> None:
    """Do the jobs whose folder or file is not there yet, beside other processes that do the same."""
    waiting = list(jobs)
    for patience in (0, -1):  # first what nobody is at, then wait for the others
        for done, job in waiting:
            try:
                done.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(f"{done}.lock", timeout=patience):
                    if not done.exists():
                        job()
            except Timeout:
                continue


def _busy_elsewhere() -> list[str]:
    """Names of other processes that keep a core busy now."""
    others = [p for p in psutil.process_iter(["name"]) if p.pid != os.getpid()]
    names = []
    for measure in (False, True):  # the first call only starts the clock
        for process in others:
            with contextlib.suppress(psutil.Error):
                if process.cpu_percent() > 50 and measure:
                    names.append(process.info["name"])
        time.sleep(0 if measure else 0.5)
    return names
