"""The quality benchmark keeps scores apart that do not belong together."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from conftest import save_loras
from zhyper.data import load_collection
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

SOURCE = Path(__file__).parents[1] / "benchmarks" / "quality.py"


@pytest.fixture(scope="module")
def quality():
    spec = importlib.util.spec_from_file_location("quality", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scores_are_kept_and_found_again(quality, tmp_path):
    file, scores = tmp_path / "k.json", {"seen": {"t": [1.0, 0.0]}}
    one, two = quality.ScoreFile(file, {"seed": 0}), quality.ScoreFile(file, {"seed": 0})
    one.add("matched", scores, "abc", "the generator's")
    two.add("empty", scores, "abc", "the generator's")  # as another process does, at the same time
    again = quality.ScoreFile(file, {"seed": 0})
    assert again.scores == {"matched": scores, "empty": scores}
    assert again.has("matched", "abc")
    assert not again.has("shuffled", "abc")


def test_scores_of_another_run_are_refused(quality, tmp_path):
    kept = quality.ScoreFile(tmp_path / "k.json", {"split": "selection"})
    kept.add("multi-task LoRA", {}, "abc", "")
    with pytest.raises(SystemExit, match="holds scores of another multi-task LoRA"):
        kept.has("multi-task LoRA", "def")
    with pytest.raises(
        SystemExit, match="holds scores of {'split': 'selection'}, not of {'split': 'report'}"
    ):
        quality.ScoreFile(tmp_path / "k.json", {"split": "report"})
    (tmp_path / "old.json").write_text('{"results": {}}')
    with pytest.raises(SystemExit, match="name another file"):
        quality.ScoreFile(tmp_path / "old.json", {"split": "report"})


def test_estimates_and_gains(quality):
    near, far = "function_vectors/choose_first_of_3", "function_vectors/country-currency"
    scores = {"seen": {"a": [1.0, 1.0]}, "unseen": {near: [1.0], far: [0.0]}}
    found = quality.estimates(scores)
    assert {name: e.value for name, e in found.items()} == {
        "seen": 1.0, "unseen": 0.5, "unseen, sibling trained": 1.0, "unseen, no sibling": 0.0,
    }  # fmt: skip
    other = {"seen": {"a": [0.0, 1.0]}, "unseen": {near: [1.0], far: [1.0]}}
    assert quality.estimates(scores, other)["seen"].value == 0.5
    assert quality.estimates(scores, other)["unseen, no sibling"].value == -1.0


@pytest.mark.parametrize("context", ["description", "instance", "demonstrations"])
def test_the_whole_evaluation_of_a_small_run(quality, recipe, tmp_path, monkeypatch, capsys, context):
    train(recipe.with_changes({"context": context}), tmp_path / "run")
    train(recipe.with_changes({"adapter": "lora", "hypernet": "none"}), tmp_path / "multitask")
    (source,) = recipe.training.data
    words = [
        "--checkpoint",
        str(tmp_path / "run"),
        "--against",
        f"multi-task LoRA={tmp_path / 'multitask'}",
        "--data",
        source,
        "--per-task",
        "2",
    ]
    words += [
        "--split",
        "selection",
        "--only",
        "matched",
        "--only",
        "shuffled",
        "--only",
        "base, solved examples",
    ]
    monkeypatch.setattr(sys, "argv", ["quality.py", *words])
    quality.main()
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(summary["results"]) == {"matched", "shuffled", "base, solved examples", "multi-task LoRA"}
    assert set(summary["gains"]) == {"shuffled", "base, solved examples", "multi-task LoRA"}
    assert set(summary["far"]) == {"seen", "random"}
    assert summary["data_sha256"] == load_collection(source).fingerprint()
    assert summary["checkpoint_sha256"] == TextToAdapter.load(tmp_path / "run").weights_sha256
    assert all(
        0 <= e["low"] <= e["value"] <= e["high"] <= 1
        for groups in summary["results"].values()
        for e in groups.values()
    )


def test_names_of_tasks_and_arrow_routing(quality, recipe, tmp_path, monkeypatch, capsys):
    config = Path(recipe.generator.base, "config.json")  # prompts with examples are longer than others
    config.write_text(json.dumps({**json.loads(config.read_text()), "max_position_embeddings": 512}))
    named = recipe.with_changes(
        {"context": "task", "encoder": "one-hot", "tasks": ["last"], "known_tasks": ["last"], "steps": 4}
    )
    train(named, tmp_path / "run")
    save_loras(tmp_path / "library")
    (source,) = recipe.training.data
    words = [
        "--checkpoint",
        str(tmp_path / "run"),
        "--data",
        source,
        "--per-task",
        "2",
        "--split",
        "report",
        "--arrow",
        str(tmp_path / "library"),
    ]
    monkeypatch.setattr(sys, "argv", ["quality.py", *words])
    quality.main()
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"matched", "base", "Arrow routing"} <= set(summary["results"])
    assert not {"random", "empty", "shuffled"} & set(summary["results"])  # no names of tasks
    assert summary["results"]["matched"]["seen"]["n"] == 2  # of the one task it knows
    assert summary["results"]["Arrow routing"]["seen"]["n"] == 4
    assert summary["gains"]["Arrow routing"]["seen"]["n"] == 2
    assert summary["far"] is None
