"""Write the table of docs/engines.md, engine × feature, from the tests that prove what it says.

Runs the tests with a mark `engine(ENGINE, FEATURE)`: a cell is `yes` where all of its tests passed, and
`not run: REASON` where one was skipped; if one fails, nothing is written and the exit code is 1. `--check`
runs none: it compares the marks with the cells that are said to have tests, and the page's table with both.
Real engines are asked where `ZHYPER_VLLM_PYTHON` and `ZHYPER_LLAMACPP_PYTHON` name their Pythons.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "engines.md"
BEGIN, END = "<!-- dev/generate_engines.py writes this table -->\n", "<!-- end of the table -->\n"
ENGINES = {
    "zhyper": "`zhyper serve`",
    "vllm": "vLLM with the plugin",
    "sglang": "SGLang",
    "lorax": "LoRAX",
    "llama.cpp": "llama.cpp",
    "peft": "PEFT",
}
FEATURES = {
    "answers": "answers are those that zhyper computes",
    "description": "a description in the request",
    "contexts": "kept contexts by id and name, `/v1/contexts`",
    "strength": "strength per request",
    "mixture": "mixture per request",
    "streams": "streams",
    "loads": "loads adapters while it runs",
    "batch": "different contexts in a batch",
}
FIRST, EACH, UNTRIED = "adapter made first", "an adapter for each", "not tried"
TESTED = {
    ("zhyper", "answers"): "",
    ("zhyper", "description"): "`context`",
    ("zhyper", "contexts"): "",
    ("zhyper", "strength"): "any, without a new adapter",
    ("zhyper", "mixture"): "`context_mix`",
    ("zhyper", "streams"): "",
    ("zhyper", "batch"): "no limit",
    ("vllm", "answers"): "",
    ("vllm", "description"): '`model: "zhyper/…"`',
    ("vllm", "contexts"): "",
    ("vllm", "strength"): f"in the name, {EACH}",
    ("vllm", "mixture"): f"in the name, {EACH}",
    ("vllm", "streams"): "",
    ("vllm", "loads"): "by itself",
    ("vllm", "batch"): "`--max-loras`",
    ("sglang", "loads"): "`/load_lora_adapter`",
    ("lorax", "loads"): "by `adapter_id`",
    ("llama.cpp", "answers"): "",
    ("llama.cpp", "strength"): "`lora: [{id, scale}]`",
    ("peft", "answers"): "",
    ("peft", "strength"): EACH,
    ("peft", "mixture"): EACH,
    ("peft", "loads"): "`load_adapter`",
    ("peft", "batch"): "`adapter_names`",
}
"""How an engine does what tests prove."""
UNTESTED = {
    ("zhyper", "loads"): "nothing to load",
    ("sglang", "answers"): UNTRIED,
    ("sglang", "description"): FIRST,
    ("sglang", "contexts"): "no",
    ("sglang", "strength"): EACH,
    ("sglang", "mixture"): EACH,
    ("sglang", "streams"): UNTRIED,
    ("sglang", "batch"): f"`--max-loras-per-batch`, {UNTRIED}",
    ("lorax", "answers"): UNTRIED,
    ("lorax", "description"): FIRST,
    ("lorax", "contexts"): "no",
    ("lorax", "strength"): EACH,
    ("lorax", "mixture"): EACH,
    ("lorax", "streams"): UNTRIED,
    ("lorax", "batch"): UNTRIED,
    ("llama.cpp", "description"): FIRST,
    ("llama.cpp", "contexts"): "no",
    ("llama.cpp", "mixture"): EACH,
    ("llama.cpp", "streams"): UNTRIED,
    ("llama.cpp", "loads"): "at its start alone",
    ("llama.cpp", "batch"): UNTRIED,
    ("peft", "description"): FIRST,
    ("peft", "contexts"): "no",
    ("peft", "streams"): UNTRIED,
}
"""What an engine cannot do, or nobody tried."""
SCHEMA = "none: what is sent is checked against its schema"
VERSIONS = "versions tried"
Cell = tuple[str, str]


class Outcomes:
    """A plugin of pytest: what became of the tests of each cell."""

    def __init__(self) -> None:
        self.tests = defaultdict[Cell, list[str]](list)
        self.failed: list[str] = []
        self.skipped: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("engine"):
                self.tests[mark.args].append(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.skipped:
            self.skipped[report.nodeid] = str(report.longrepr[2]).removeprefix("Skipped: ")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def cell(self, cell: Cell) -> str:
        """What the page says of it."""
        if cell in UNTESTED:
            return UNTESTED[cell]
        if reason := next((self.skipped[test] for test in self.tests[cell] if test in self.skipped), None):
            return f"not run: {' '.join(reason.split())}".replace("|", "\\|")
        return f"yes: {how}" if (how := TESTED[cell]) else "yes"


def outcomes_of(*options: str) -> Outcomes:
    """Run the marked tests; SystemExit with 1 if one fails, or if a cell lacks tests or has some unasked."""
    outcomes = Outcomes()
    files = [
        str(file)
        for file in (ROOT / "tests").rglob("test_*.py")
        if "mark.engine(" in file.read_text(encoding="utf-8")
    ]
    status = pytest.main(["-m", "engine", *options, *sorted(files)], plugins=[outcomes])
    if outcomes.failed or status:
        sys.exit(f"error: nothing is written, as tests failed: {', '.join(outcomes.failed) or status}")
    if wrong := set(outcomes.tests) ^ set(TESTED):
        sys.exit(f"error: these have a test or a text in TESTED, but not both: {sorted(wrong)}")
    return outcomes


def versions() -> dict[str, str]:
    """Of each engine, those that were tried."""
    return {
        "zhyper": "this one",
        "vllm": _version("vllm", "ZHYPER_VLLM_PYTHON"),
        "sglang": SCHEMA,
        "lorax": SCHEMA,
        "llama.cpp": _version("xllamacpp", "ZHYPER_LLAMACPP_PYTHON"),
        "peft": f"{version('peft')}, Transformers {version('transformers')}",
    }


def _version(package: str, variable: str) -> str:
    """Of a package in the Python that a variable names, or else in this one."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    python = os.environ.get(variable) or sys.executable
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return f"{package} {done.stdout.strip()}" if done.returncode == 0 else f"none: {variable} names no Python"


def table(outcomes: Outcomes) -> list[list[str]]:
    """Rows and cells."""
    rows = [["", *ENGINES.values()], ["---"] * (1 + len(ENGINES))]
    for feature, said in FEATURES.items():
        rows.append([said, *(outcomes.cell((engine, feature)) for engine in ENGINES)])
    return [*rows, [VERSIONS, *(versions()[engine] for engine in ENGINES)]]


def on_page() -> tuple[str, list[list[str]], str]:
    """What stands before the page's table, the table, and what stands after it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    written, _, after = rest.partition(END)
    if not after:
        sys.exit(f"error: {PAGE} has no table between {BEGIN.strip()} and {END.strip()}")
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in written.splitlines()
    ]
    return before, rows, after


def check() -> None:
    """Compare marks, cells and page; runs no test."""
    outcomes = outcomes_of("--collect-only", "-qq")
    if wrong := {(e, f) for e in ENGINES for f in FEATURES} ^ (set(TESTED) | set(UNTESTED)):
        sys.exit(f"error: cells without a text, or texts without a cell: {sorted(wrong)}")
    if both := set(TESTED) & set(UNTESTED):
        sys.exit(f"error: cells that are both tested and untested: {sorted(both)}")
    _, written, _ = on_page()
    if not written:
        sys.exit("error: the page has no table; run python dev/generate_engines.py")
    head, _, *rows, last = written
    if [head[1:], [row[0] for row in [*rows, last]]] != [[*ENGINES.values()], [*FEATURES.values(), VERSIONS]]:
        sys.exit("error: the page's table has other engines or features; run python dev/generate_engines.py")
    for feature, row in zip(FEATURES, rows, strict=True):
        for engine, written in zip(ENGINES, row[1:], strict=True):
            if written != outcomes.cell((engine, feature)) and not written.startswith("not run: "):
                sys.exit(f"error: the page says '{written}' of {engine} and {feature}")


def main() -> None:
    """Check, or run the tests and write the table."""
    if sys.argv[1:] == ["--check"]:
        check()
        return
    on_page()  # a page without a place for the table is said before the tests run
    lines = ("| " + " | ".join(row) + " |\n" for row in table(outcomes_of("-p", "no:cacheprovider")))
    before, _, after = on_page()
    PAGE.write_text(f"{before}{BEGIN}{''.join(lines)}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
