"""The study's page: verdicts, what was not run, and that it is what the results give."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from zhyper.evaluate import Estimate

ROOT = Path(__file__).parents[1]


def script(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "dev")
    spec = importlib.util.spec_from_file_location(f"{name}_script", ROOT / "dev" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def page(monkeypatch):
    return script("generate_study", monkeypatch)


def result(name, marks, **more):
    parts = ("seen, matched", "seen, shuffled", "unseen, matched", "unseen, shuffled")
    scores = {part: {"a": [int(m) for m in marks], "b": [1, 0]} for part in parts}
    return {"run": name, "parameters": {"trainable": 10, "per_context": 3}, "scores": scores} | more


@pytest.fixture
def out(page, tmp_path, monkeypatch):
    """A folder of results, and the files of the page in a place of their own."""
    monkeypatch.setattr(page, "FILE", tmp_path / "study.jsonl")
    monkeypatch.setattr(page, "PAGE", tmp_path / "study.md")
    monkeypatch.setattr(page, "ELSEWHERE", tmp_path / "elsewhere.jsonl")
    (tmp_path / "elsewhere.jsonl").write_text(json.dumps(result("t2l-l", "1111")) + "\n")
    monkeypatch.setattr(page, "IMAGES", tmp_path / "images")
    (tmp_path / "study.md").write_text((ROOT / "docs" / "study.md").read_text())
    (tmp_path / "results").mkdir()

    def add(one):
        (tmp_path / "results" / f"{one['run']}.json").write_text(json.dumps(one))

    add(result("zhyper-diag", "1110"))
    rows = [{"step": step, "loss": 2 / step, "exact_match": 0.25} for step in (1, 2)]
    (tmp_path / "zhyper-diag" / "checkpoint").mkdir(parents=True)
    (tmp_path / "zhyper-diag" / "checkpoint" / "checkpoint.json").write_text(json.dumps({"selection": rows}))
    add(result("zhyper-diag-seed-1", "1100"))
    add(result("lora-library", "1111", parameters={"trainable": 0, "per_context": 10}))
    add(result("t2l-l", "0000"))
    add(result("multitask-lora", "1111"))
    add(result("zhyper-diag-80k", "1111", device="fast card"))
    (tmp_path / "zhyper-diag-80k" / "checkpoint").mkdir(parents=True)
    rows = [
        {"step": 1, "loss": 1.0, "exact_match": 0.25},
        {"step": 2, "loss": 1.5, "exact_match": 0.5},
    ]
    (tmp_path / "zhyper-diag-80k" / "checkpoint" / "checkpoint.json").write_text(
        json.dumps({"selection": rows})
    )
    return tmp_path


def write(page, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["generate_study.py", *map(str, words)])
    return page.main()


def test_the_page_is_what_the_results_give(page, monkeypatch):
    assert write(page, monkeypatch, "--check") == 0


def test_every_run_of_the_page_is_one_of_the_study(page, monkeypatch):
    study = script("study", monkeypatch)
    named = {
        page.BEYOND,
        *page.RANKED,
        *page.PLACES.values(),
        *page.STARTS.values(),
        *dict(page.MAIN.values()),
        *(name for pair in page.LARGE.values() for name in pair),
    }
    named |= {name for c in page.CLAIMS.values() for d in c.differences for name in (d.left, d.right)}
    assert named <= set(study.RUNS)
    second = {name for name in study.RUNS if name.endswith("-seed-1")}
    assert set(study.RUNS) - second - named <= {"task-loras"}


def test_results_are_collected_and_written(page, out, monkeypatch):
    assert write(page, monkeypatch, out) == 0
    text = page.PAGE.read_text()
    # The first seed's rows a: 1, 1, 1, 0 and b: 1, 0.
    assert "| Zhyper-diag | 10 | 3 | 62.5 [" in text
    assert f"| T2L-M | {page.NOT_RUN} |" in text
    assert "| a LoRA for each task (oracle) | 2 × 10 | 10 | 75.0 [" in text
    assert "| the papers' trunk, equal contexts | 2.00, 25 % | 1.00, 25 % |" in text
    assert "| q and v of all layers | 10 | 3 | 62.5 [" in text
    assert f"| all seven projections | {page.NOT_RUN} |" in text
    assert "| `zhyper-diag` | -12.5 [" in text  # the second seed against the first
    large = next(line for line in text.splitlines() if line.startswith("| Zhyper-diag | 62.5 ["))
    assert large.endswith("| 25.0, step 1 | 50.0, step 2 |")
    assert "Made on one fast card: `zhyper-diag-80k`." in text
    assert "| `t2l-l` | 75.0 [50.0, 100.0] | 25.0 [" in text
    assert "| `t2l-l` | 0 of 6 | 0 of 6 |" in text
    assert (out / "images" / "study-ranks.svg").exists() and (out / "images" / "study-pareto.svg").exists()
    assert write(page, monkeypatch, "--check") == 0
    (out / "results" / "t2l-m.json").write_text(json.dumps(result("t2l-m", "0110")))
    (out / "results" / "t2l-l.json").unlink()
    (out / "zhyper-diag-80k" / "checkpoint" / "checkpoint.json").unlink()
    write(page, monkeypatch, out)
    assert "| T2L-M | 10 | 3 | 50.0 [" in page.PAGE.read_text()
    assert "| T2L-L | 10 | 3 | 25.0 [" in page.PAGE.read_text(), "results that are no longer there stay"
    assert "| 25.0, step 1 | 50.0, step 2 |" in page.PAGE.read_text(), (
        "and so does what was seen while it learnt"
    )
    page.PAGE.write_text(page.PAGE.read_text().replace("50.0 [", "51.0 ["))
    assert write(page, monkeypatch, "--check") == 1


@pytest.mark.parametrize(
    ("bounds", "interval", "verdict"),
    [
        ({}, (0.001, 0.2), "holds"),
        ({}, (0.0, 0.2), "cannot tell"),
        ({}, (-0.2, 0.0), "cannot tell"),
        ({}, (-0.2, -0.001), "does not hold"),
        ({"low": -0.5}, (-0.004, 0.1), "holds"),
        ({"low": -0.5}, (-0.02, -0.006), "does not hold"),
        ({"low": -3.0, "high": 3.0}, (-0.02, 0.02), "holds"),
        ({"low": -3.0, "high": 3.0}, (-0.02, 0.04), "cannot tell"),
        ({"low": -3.0, "high": 3.0}, (0.031, 0.04), "does not hold"),
    ],
)
def test_verdicts(page, bounds, interval, verdict):
    low, high = interval
    one = page.Difference("x", "y", **bounds)
    estimate = Estimate((low + high) / 2, low, high, 9)
    assert one.verdict(estimate) == verdict
    assert one.verdict(estimate, noise=100) == "cannot tell"


SECOND = "-seed-1"


def test_differences_are_those_of_the_same_seeds(page):
    runs = [result("t2l-l", "1111"), result("t2l-m", "1110"), result(f"t2l-m{SECOND}", "0000")]
    study = page.Study([json.dumps(one) for one in runs])
    one = page.Difference("t2l-l", "t2l-m")
    assert study.difference(one).value == pytest.approx(0.125)
    study = page.Study(list(map(json.dumps, [*runs, result(f"t2l-l{SECOND}", "1111")])))
    assert study.difference(one).value == pytest.approx((0.125 + 0.5) / 2)
    study = page.Study([json.dumps(runs[0]), json.dumps(runs[2])])
    assert study.difference(one) is None, "the two have no seed in common"


def test_by_how_much_differences_change_from_seed_to_seed_is_noise(page):
    runs = [result("zhyper-diag", "1110"), result(f"zhyper-diag{SECOND}", "1100"), result("t2l-l", "1111")]
    runs[1]["scores"]["seen, shuffled"]["a"] = [1, 0, 0, 0]
    across = page.Difference("zhyper-diag", "t2l-l")
    within = page.Difference("t2l-l", "t2l-l", right_part="seen, shuffled")
    unasked = page.Difference("t2l-l", "t2l-l", right_part="seen, random")
    study = page.Study([json.dumps(one) for one in runs])
    assert study.noise(across) == 0  # one system alone
    assert study.noise(within) == 12.5  # alike with the first seed, a quarter of a task apart with the second
    assert study.noise(unasked) == 0
    study = page.Study([json.dumps(one) for one in [*runs, result(f"t2l-l{SECOND}", "1000")]])
    assert study.noise(across) == 25  # one lost a quarter of a task, the other three


def test_runs_on_more_rows_have_their_own_noise(page):
    runs = [result("zhyper-diag", "1110"), result(f"zhyper-diag{SECOND}", "1100")]
    runs += [result("t2l-l", "1111"), result(f"t2l-l{SECOND}", "1000")]
    runs += [
        result(f"{name}-80k{seed}", "1110") for name in ("zhyper-diag", "t2l-l") for seed in ("", SECOND)
    ]
    study = page.Study(list(map(json.dumps, runs)))
    assert study.noise(page.Difference("zhyper-diag", "t2l-l")) == 25
    assert study.noise(page.Difference("zhyper-diag-80k", "t2l-l-80k")) == 0


def test_a_run_on_few_tasks_has_more_unseen_ones(page):
    (seen,) = page.drawn_tasks(["a", "b"], 1)
    (other,) = {"a", "b"} - {seen}
    ones = [result(name, "1111") for name in ("zhyper-square", "zhyper-diag")]
    for one in ones:
        one["scores"]["unseen, matched"] = {"c": [1, 1]}
    ones[1]["scores"]["seen, matched"] = {seen: [0, 0, 0, 0], other: [1, 0]}
    ones[0]["scores"]["seen, matched"] = {seen: [1, 1, 1, 1], other: [1, 1]}
    study = page.Study(list(map(json.dumps, ones)))
    alone = page.Difference("zhyper-square", "zhyper-diag", page.UNSEEN)
    assert study.difference(alone).value == 0
    assert study.difference(replace(alone, beyond=1)).value == 0.25  # half of one of two tasks


def test_verdicts_are_counted(page):
    kinds = [
        ("holds", page.SEEN),
        ("holds", page.UNSEEN),
        ("cannot tell", page.SEEN),
        (page.NOT_RUN, page.SEEN),
    ]
    assert page.verdict_counts(kinds) == (
        "Verdicts: holds 2, does not hold 0, cannot tell 1. "
        "Of these on unseen tasks: holds 1, does not hold 0, cannot tell 0.\n"
    )


def test_answers_that_hang_on_the_description_are_counted(page):
    one = result("t2l-l", "1110")
    one["scores"]["seen, shuffled"]["a"] = [1, 0, 0, 1]
    one["scores"]["unseen, shuffled"] = one["scores"]["unseen, matched"]
    table = page.listening_table(page.Study([json.dumps(one)]))
    assert "| `t2l-l` | 3 of 6 | 0 of 6 |\n" in table
    assert f"| `zhyper-diag` | {page.NOT_RUN} | – |\n" in table
