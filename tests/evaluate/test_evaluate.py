"""Whole evaluations on a tiny model: what a second run costs, what the report says, and what is refused."""

import json
import stat
from html.parser import HTMLParser

import pytest

from conftest import tiny_machine
from evaluations import checkpoint, run
from zhyper.answers import answer
from zhyper.evaluate import CONTROLS, Scope, compare, evaluate
from zhyper.text_to_adapter import TextToAdapter

pytest.importorskip("matplotlib")


@pytest.mark.usefixtures("cache")
def test_the_verbs_from_checkpoint_to_page(folder, tmp_path, monkeypatch):
    one, two = checkpoint(tmp_path, "one"), checkpoint(tmp_path, "two", "zhyper-square")
    words = [
        "--suite",
        "culture",
        "--data",
        folder,
        "--only",
        "culturalbench_easy",
        "--rows",
        "2",
        "--texts",
        "4",
        "--json",
    ]
    facts = json.loads(run("evaluate", one, *words, "--out", tmp_path / "a").stdout)
    assert facts["gains"][0].startswith(
        "one on culture, culturalbench_easy: matching minus shuffled descriptions "
    )
    lines = [json.loads(line) for line in (tmp_path / "a" / "results.jsonl").read_text().splitlines()]
    assert {line["condition"] for line in lines} == set(CONTROLS)
    assert {line["part"] for line in lines} >= {"all", "seen", "unseen", "Latin America"}
    assert {line["against"] for line in lines} >= {"", "shuffled", "random", "empty", "base"}
    for line in lines:
        assert line["protocol"] == "generate"
        assert line["low"] <= line["value"] <= line["high"]
        assert line["n"] in (6, 2, 4)
        assert {"checkpoint", "base", "rows_sha256", "seed", "versions", "unread"} <= set(line)
        assert line["p"] is None or 0 <= line["p"] <= 1
    first = (tmp_path / "a" / "tables.md").read_text().splitlines()
    assert first[0] == facts["gains"][0]
    assert "always answering A would score" in "\n".join(first)

    monkeypatch.setattr("zhyper.text_to_adapter.answer", lambda *args, **named: pytest.fail("asked again"))
    again = json.loads(run("evaluate", one, *words, "--out", tmp_path / "a").stdout)
    assert again == facts
    monkeypatch.setattr("zhyper.text_to_adapter.answer", answer)

    run("evaluate", two, *words, "--out", tmp_path / "b")
    both = json.loads(
        run("compare", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", "--json").stdout
    )
    assert {result["method"] for result in both["results"] if result["condition"] == "matched"} == {
        "one",
        "two",
    }
    assert {r["method"] for r in both["results"] if r["against"] == "base"} == {"one", "two"}
    tables = (tmp_path / "c" / "tables.md").read_text()
    assert (
        tables.split("###")[1].count("| base |") == 1
    )  # the same base, trained on the same: it stands there once
    assert not {"versions"} - set(json.loads((tmp_path / "c" / "about.json").read_text())["methods"]["two"])
    page = (tmp_path / "c" / "report.html").read_text()
    assert "mean ranks" in page
    assert page.count("<svg") >= 3
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    assert {f.suffix for f in (tmp_path / "c" / "plots").iterdir()} == {".svg", ".png"}
    assert r"\begin{tabular}" in (tmp_path / "c" / "tables.tex").read_text()

    class Balance(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "use", "path"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in ("meta", "use", "path"):
                assert self.open.pop() == tag

    parser = Balance()
    parser.feed(page)
    assert parser.open == []


def test_a_killed_run_goes_on(folder, tmp_path, monkeypatch):
    """What was answered before the kill is not asked again, and the report is the same."""
    machine, scope, asked = tiny_machine(), Scope(folder=folder, only=("arc_easy",), texts=3), []
    original = TextToAdapter.generate

    def generate(self, prompts, *args, **named):
        if limit and len(asked) >= limit:
            raise KeyboardInterrupt
        asked.extend(prompts)
        return original(self, prompts, *args, **named)

    monkeypatch.setattr(TextToAdapter, "generate", generate)
    limit = None
    settings = {"conditions": ("matched", "base", "empty"), "load": lambda ref: machine, "batch_size": 4}
    whole = evaluate({"m": "x"}, "benchmarks", scope, tmp_path / "whole", **settings)
    total, limit = len(asked), 12
    asked.clear()
    with pytest.raises(KeyboardInterrupt):
        evaluate({"m": "x"}, "benchmarks", scope, tmp_path / "killed", **settings)
    assert not (tmp_path / "killed" / "report.html").exists()
    kept, limit = len(asked), None
    assert 0 < kept < total
    assert evaluate({"m": "x"}, "benchmarks", scope, tmp_path / "killed", **settings) == whole
    assert len(asked) == total
    pages = [(tmp_path / name / "results.jsonl").read_text() for name in ("whole", "killed")]
    assert pages[0] == pages[1]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("suite", ["choices", "opinions"])
def test_suites_by_likelihood(suite, folder, tmp_path):
    machine = tiny_machine()
    results = evaluate(
        {"m": "tiny"},
        suite,
        Scope(folder=folder, rows=2, texts=2),
        tmp_path / "out",
        load=lambda ref: machine,
    )
    assert {result.protocol for result in results} == {"loglikelihood"}
    assert {result.condition for result in results} == {"matched", "shuffled", "random", "empty", "base"}
    assert {r.benchmark for r in results} == (
        {"globalopinionqa"} if suite == "opinions" else {"arc_easy", "boolq", "average"}
    )
    matched = next(r for r in results if r.condition == "matched" and not r.against)
    assert matched.texts == 2


def test_programs_want_to_be_allowed(folder, tmp_path):
    machine, told = tiny_machine(), []
    scope = Scope(folder=folder, only=("mbpp", "gsm8k"), texts=1)
    results = evaluate(
        {"m": "x"},
        "benchmarks",
        scope,
        tmp_path / "out",
        conditions=("matched", "base"),
        load=lambda r: machine,
        say=told.append,
    )
    assert {result.benchmark for result in results} == {"gsm8k", "average"}
    assert "mbpp are left out" in told[0]


def test_bad_evaluations(folder, tmp_path):
    machine, scope = tiny_machine(), Scope(folder=folder, rows=1, only=("gsm8k",))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (folder / "d.jsonl").write_text(json.dumps({"task": "zebra", "descriptions": ["Be striped."]}))
    for checkpoints, out, settings, message in (
        ({}, "a", {}, "no checkpoint was given; name at least one"),
        ({"m": "x"}, "a", {"conditions": ("wild",)}, "'wild' is no condition"),
        ({"m": "x"}, "mine", {}, "holds something that is no evaluation"),
        (
            {"m": "x"},
            "a",
            {"suite": "choices", "scope": Scope(folder=folder), "conditions": ("role",)},
            "a changed prompt is no condition",
        ),
        (
            {"m": "x"},
            "a",
            {"scope": Scope(folder=folder, only=("mbpp",))},
            "all that is to be asked are programs",
        ),
        ({"m": "x"}, "a", {"scope": Scope(folder=folder, only=("gsm8k", "zebra"))}, "has no 'zebra'"),
        (
            {"m": "x"},
            "a",
            {"scope": Scope(folder=folder, descriptions=str(folder / "d.jsonl"))},
            "descriptions of none of what is asked",
        ),
    ):
        named = {"suite": "benchmarks", "scope": scope, **settings}
        with pytest.raises(ValueError, match=message):
            evaluate(checkpoints, out=tmp_path / out, load=lambda ref: machine, **named)
        assert not (tmp_path / "a").exists()
    assert [f.name for f in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    with pytest.raises(ValueError, match="a comparison needs at least two"):
        compare([tmp_path], tmp_path / "c")
    with pytest.raises(ValueError, match="is not the folder of an evaluation"):
        compare([tmp_path, tmp_path], tmp_path / "c")
    for out, rows in (("a", 1), ("b", 2)):
        evaluate(
            {out: "x"},
            "benchmarks",
            Scope(folder=folder, rows=rows, only=("gsm8k",), texts=1),
            tmp_path / out,
            load=lambda ref: machine,
        )
    with pytest.raises(ValueError, match="was asked other questions"):
        compare([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    with pytest.raises(ValueError, match="have a method called a"):
        compare([tmp_path / "a", tmp_path / "a"], tmp_path / "c")
    with pytest.raises(ValueError, match="is one of the evaluations"):
        compare([tmp_path / "a", tmp_path / "b"], tmp_path / "a")
    with pytest.raises(ValueError, match="holds something that is no evaluation"):
        compare([tmp_path / "a", tmp_path / "b"], tmp_path / "mine")
    (tmp_path / "a" / "about.json").unlink()  # as after a kill while a report was put in place
    with pytest.raises(ValueError, match="is not the folder of an evaluation"):
        compare([tmp_path / "a", tmp_path / "b"], tmp_path / "c")


def test_a_report_can_be_read_by_its_owner(folder, tmp_path):
    evaluate(
        {"m": "x"},
        "benchmarks",
        Scope(folder=folder, rows=1, only=("gsm8k",), texts=1),
        tmp_path / "out",
        load=lambda ref: tiny_machine(),
    )
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "out").iterdir()
        if path.name != "answers.sqlite"
    }
    assert modes["plots"] == 0o755
    assert {mode for name, mode in modes.items() if name != "plots"} == {0o644}
