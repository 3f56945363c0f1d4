"""Time until zhyper is imported, and until `zhyper --help` is shown, against an import of Typer alone.

All in one run, in turn, each in a process of its own; prints medians and round-by-round ratios of processor
time, which other processes disturb less than the time on the clock. Targets: `import zhyper` at most 1.5x,
`zhyper --help` at most 2.5x of `import typer`; the help of an app with two verbs shows what Typer and Rich
take of that.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable

from _machine import in_turn, ratio, report

TWO_VERBS = """
import typer
app = typer.Typer()
@app.command()
def one(times: int = 1) -> None: "Say it."
@app.command()
def two(times: int = 1) -> None: "Say it twice."
app()
"""
RUNS = {
    "import typer": ("-c", "import typer"),
    "import zhyper": ("-c", "import zhyper"),
    "two verbs --help": ("-c", TWO_VERBS, "--help"),
    "zhyper --help": ("-m", "zhyper.cli", "--help"),
    "zhyper ask --help": ("-m", "zhyper.cli", "ask", "--help"),
}


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    args = options.parse_args()
    seconds = in_turn({name: _process(words) for name, words in RUNS.items()}, args.rounds, _of_children)
    first = next(iter(RUNS))
    ratios = {name: ratio(seconds, name, first) for name in RUNS}
    medians = {name: statistics.median(seconds[name]) for name in RUNS}
    rows = [("", "seconds", f"to {first}")]
    rows += [(name, f"{medians[name]:.3f}", f"{ratios[name]:.2f}") for name in RUNS]
    report("startup", rows, {"rounds": args.rounds, "seconds": medians, "ratios": ratios})


def _process(words: tuple[str, ...]) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def _of_children() -> float:
    """Processor seconds of the processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
