"""The notebooks in `examples/notebooks` run as scripts, and show what they say that they show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PATIENCE, ROOT

FOLDER = ROOT / "examples" / "notebooks"
SHOWS = {
    "adapt_and_compare": (["the same: True"], ["pirate-adapter/adapter_model.safetensors"]),
    "mix_and_dial": (
        ["strength 0 is the base: True", "the weights add up to 2, not to 1"],
        ["mixed-adapter/adapter_config.json"],
    ),
    "train_your_own": (
        ["3 tasks to train on", "of 9 are right after 4 steps", "'gain':"],
        ["my-tasks/first-letter.json", "run/checkpoint/checkpoint.json"],
    ),
    "map_of_contexts": (["the half-way mixture is the mean of its ends: True"], ["map.png"]),
    "evaluate_a_checkpoint": (
        ["default on steering, steering: matching minus shuffled", "described  "],
        ["report/report.html", "report/scores.jsonl"],
    ),
}
"""What each prints, and the files that it writes."""
EXTRAS = {
    "map_of_contexts": ("matplotlib",),
    "evaluate_a_checkpoint": ("matplotlib", "pandas", "scipy", "scikit_posthocs"),
}
"""Packages of `zhyper[evaluate]` that some of them need."""
FEW = {"train_your_own": {"ZHYPER_STEPS": "4"}}
"""What makes long ones short."""


def test_every_notebook_is_tried():
    assert {file.stem for file in FOLDER.glob("*.py")} == set(SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_a_notebook_is_in_cells(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert re.match(r"# %% \[markdown\]\n# # \w", text)
    cells = re.split(r"^# %%.*\n", text, flags=re.MULTILINE)[1:]
    assert len(cells) > 6 and all(cell.strip() for cell in cells)


@pytest.mark.parametrize("name", SHOWS)
def test_a_notebook_runs_as_a_script(name, tmp_path):
    for package in EXTRAS.get(name, ()):
        pytest.importorskip(package, reason=f"{package} of zhyper[evaluate] is not installed")
    paths = os.pathsep.join(path for path in sys.path if path)
    ran = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths, "MPLBACKEND": "Agg", "PYTHONUTF8": "1", **FEW.get(name, {})},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    says, files = SHOWS[name]
    assert [sentence for sentence in says if sentence not in ran.stdout] == [], ran.stdout
    assert [file for file in files if not (Path(tmp_path) / file).is_file()] == []
