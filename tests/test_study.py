"""The table of the study's runs, and what each is asked."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from conftest import tiny_machine
from zhyper.data import Collection, Pair, Task
from zhyper.spec import RECIPES

FILE = Path(__file__).parents[1] / "dev" / "study.py"


@pytest.fixture
def study():
    spec = importlib.util.spec_from_file_location("study_of_systems", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def collection():
    def task(name, split):
        pairs = tuple(Pair(f"{name} {i}", str(i)) for i in range(60))
        return Task(
            name=name, pairs=pairs, descriptions=tuple(f"{name} in way {i}" for i in range(20)), split=split
        )

    return Collection(
        [task("seen", "train"), task("other", "train"), task("new", "report"), task("newer", "report")]
    )


def test_every_run_is_a_recipe_with_the_same_rows(study):
    recipes = {name: study.recipe_of(name, ["function-vectors:x"]) for name in study.RUNS}
    rows = {(r.training.steps, r.training.batch_size, r.training.data) for r in recipes.values()}
    assert len(rows) == 1
    seeds = {r.training.seed for name, r in recipes.items() if not name.endswith("-seed-1")}
    assert seeds == {0} and all(recipes[n].training.seed == 1 for n in recipes if n.endswith("-seed-1"))
    assert len({json.dumps(r.to_dict(), sort_keys=True) for r in recipes.values()}) == len(recipes)
    shipped = {file.stem for file in RECIPES.glob("*.toml")}
    assert {recipe for recipe, _ in study.RUNS.values()} <= shipped


def test_reported_rows_are_asked_under_own_and_other_descriptions(study, collection):
    scores = study.ask(tiny_machine(), collection, "tiny")
    assert {part: sorted(tasks) for part, tasks in scores.items()} == {
        "seen, matched": ["other", "seen"],
        "seen, shuffled": ["other", "seen"],
        "unseen, matched": ["new", "newer"],
        "unseen, shuffled": ["new", "newer"],
    }
    counts = {part: [len(rows) for rows in tasks.values()] for part, tasks in scores.items()}
    assert counts["unseen, matched"] == counts["unseen, shuffled"] == [study.PER_TASK] * 2
    reported = [len(rows.pairs) for rows in collection.rows("train", "report", "report")]
    expected = sorted(min(study.PER_TASK, count) for count in reported)
    assert sorted(counts["seen, matched"]) == sorted(counts["seen, shuffled"]) == expected


def test_what_is_done_is_passed_over(study, collection, tmp_path, monkeypatch):
    trained = []

    def train(recipe, run, resume):
        trained.append((run.name, resume))
        return {"parameters": {}, "chosen": None}

    monkeypatch.setattr(study, "train", train)
    monkeypatch.setattr(study, "load_collection", lambda *data: collection)
    monkeypatch.setattr(study.TextToAdapter, "load", lambda run: tiny_machine())
    for name in ("t2l-l", "zhyper-diag"):
        (tmp_path / name).mkdir()
    (tmp_path / "t2l-l" / "result.json").write_text("{}")
    (tmp_path / "zhyper-diag" / "recipe.json").write_text("{}")
    call = ["study.py", str(tmp_path), "--data", "x", "--only", "t2l-l", "--only", "zhyper-diag"]
    monkeypatch.setattr(sys, "argv", call)
    study.main()
    assert trained == [("zhyper-diag", True)]
    assert set(json.loads((tmp_path / "zhyper-diag" / "result.json").read_text())["scores"]) == {
        f"{part}, {condition}" for part in ("seen", "unseen") for condition in ("matched", "shuffled")
    }
