"""Whole evaluations on a tiny model: what is asked, how it is scored, what a second run costs, and what the report says."""

import json
import math
import stat
import tracemalloc
from html.parser import HTMLParser

import pytest
import torch
from typer.testing import CliRunner

from conftest import byte_tokenizer, fill, tiny_base, tiny_machine
from zhyper.answers import answer
from zhyper.cli import app
from zhyper.evaluate import CONTROLS, SUITES, Wanted, compare, evaluate, summarise
from zhyper.evaluate._controls import asked_as, noise, texts_under
from zhyper.evaluate._report import Names, gain_lines, tables_of
from zhyper.evaluate._run import Evaluation
from zhyper.evaluate._scores import Scores, divergence, text_scores
from zhyper.evaluate._store import Store, identity, key
from zhyper.evaluate._suites import read_suite
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

pytest.importorskip("matplotlib")
COUNTRIES = ("Spain", "Peru", "Chad")


@pytest.fixture
def folder(tmp_path):
    """A few rows of every kind of benchmark."""
    place = tmp_path / "data"
    for name, rows in {
        "arc_easy": [
            {"query": f"Why {i}?", "choices": ["one", "two", "three"], "gold": i % 3} for i in range(5)
        ],
        "boolq": [
            {"query": f"Passage: It is {i}.\nQuestion: is it {i}", "choices": ["no", "yes"], "gold": i % 2}
            for i in range(4)
        ],
        "gsm8k": [{"question": f"How many is {i}?", "answer": f"It is\n#### {i}"} for i in range(3)],
        "mbpp": [
            {
                "prompt": "Write f.",
                "code": "def f(): return 1",
                "test_imports": [],
                "test_list": ["assert f() == 1"],
                "task_id": 1,
            }
        ],
    }.items():
        (place / name).mkdir(parents=True)
        (place / name / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    opinions = [
        {"country": c, "question": f"Is {i} good?", "options": ["Yes", "No", "Perhaps"], "distribution": [0.5, 0.3, 0.2]}
        for c in COUNTRIES for i in range(3)
    ]  # fmt: skip
    (place / "globalopinionqa.jsonl").write_text("\n".join(map(json.dumps, opinions)))
    easy = [
        "data_idx,question_idx,prompt_question,prompt_option_a,prompt_option_b,prompt_option_c,prompt_option_d,answer,country"
    ]
    easy += [f"{i},{i},Eat {i}?,rice,bread,corn,fish,A,{COUNTRIES[i % 3]}" for i in range(9)]
    (place / "CulturalBench-Easy.csv").write_text("\n".join(easy))
    hard = [
        {"data_idx": 4 * i + j, "question_idx": i, "prompt_question": f"Eat {i}?", "prompt_option": option, "answer": j == 0,
         "country": COUNTRIES[i % 3]}
        for i in range(6) for j, option in enumerate(("rice", "bread", "corn", "fish"))
    ]  # fmt: skip
    (place / "culturalbench_hard_derived.jsonl").write_text("\n".join(map(json.dumps, hard)))
    return place


def asks(machine, suite, groups, **settings):
    return Evaluation(machine=machine, method="m", suite=suite, groups=groups, store=Store(), **settings)


def test_what_a_suite_reads(folder):
    groups = {group.name: group for group in read_suite("culture", Wanted(folder=folder, rows=2, texts=5))}
    assert set(groups) == {
        f"culturalbench_{kind}/{country}" for kind in ("easy", "hard") for country in COUNTRIES
    }
    hard = groups["culturalbench_hard/Peru"]
    assert [len(question.asked) for question in hard.questions] == [4, 4]  # right only together
    assert [asked.gold for asked in hard.questions[0].asked] == [True, False, False, False]
    assert (hard.subject, hard.region, len(hard.descriptions)) == ("Peru", "Latin America", 5)
    assert all("Peru" in text for text in hard.descriptions)
    assert not any(group.seen for group in groups.values())
    trained = Wanted(folder=folder, trained=("askx/asklatinamerica", "askx/AskFrance"))
    assert {group.subject for group in read_suite("opinions", trained) if group.seen} == {
        "Peru"
    }  # by its region
    assert len(read_suite("opinions", trained)[0].descriptions) == 12
    choices = read_suite("choices", Wanted(folder=folder))
    assert {group.benchmark for group in choices} == {"arc_easy", "boolq"}
    assert {len(group.descriptions) for group in choices} == {3}


def test_rows_are_drawn_by_what_they_are(folder):
    few, more = (
        read_suite("benchmarks", Wanted(folder=folder, rows=n, only=("arc_easy",)))[0].questions
        for n in (2, 4)
    )
    assert {q.key for q in few} < {q.key for q in more}
    other = read_suite("benchmarks", Wanted(folder=folder, rows=2, only=("arc_easy",), seed=5))[0].questions
    assert [q.key for q in few] != [q.key for q in other] or few[0].asked[0].options != other[0].asked[
        0
    ].options


def test_bad_suites(folder, tmp_path):
    for suite, wanted, message in (
        ("soup", Wanted(folder=folder), "'soup' is no suite; the suites are: benchmarks, choices"),
        ("sni", Wanted(folder=folder), "no task of Super-NaturalInstructions"),
        ("benchmarks", Wanted(folder=folder, only=("zebra",)), "finds nothing to ask"),
        ("benchmarks", Wanted(folder=tmp_path / "data" / "arc_easy"), "no benchmark in"),
    ):
        with pytest.raises(ValueError, match=message):
            read_suite(suite, wanted)
    with pytest.raises(ValueError, match="rows came as 0"):
        Wanted(folder=folder, rows=0)


def test_controls(folder):
    groups = read_suite("culture", Wanted(folder=folder, texts=3))
    peru = next(group for group in groups if group.name == "culturalbench_easy/Peru")
    wrong = texts_under("shuffled", peru, groups, 0)
    assert len(wrong) == 3
    assert not any("Peru" in text for text in wrong)
    assert wrong == texts_under("shuffled", peru, groups, 0) != texts_under("shuffled", peru, groups, 1)
    assert texts_under("shuffled", peru, [peru], 0) == ()
    assert len(set(texts_under("random", peru, groups, 0))) == 3
    assert texts_under("empty", peru, groups, 0) == ("",)
    assert noise("a") == noise("a") != noise("b")
    assert asked_as("matched", "p", "t") == ("p", "t")
    assert asked_as("base", "p", "") == ("p", None)
    assert asked_as("described", "p", "t") == ("t\n\np", None)
    assert asked_as("role", "p", "t")[0][0] == {"role": "system", "content": "t"}
    with pytest.raises(ValueError, match="'wild' is no condition"):
        texts_under("wild", peru, groups, 0)


def test_answers_are_those_of_the_machine_and_scored_by_their_parser(folder):
    machine = tiny_machine()
    (group,) = read_suite("benchmarks", Wanted(folder=folder, only=("arc_easy",), texts=2))
    found = {
        one.condition: one
        for one in asks(machine, "benchmarks", [group], batch_size=3)(["matched", "base", "described"])
    }
    for condition, one in found.items():
        texts = group.descriptions if condition != "base" else ("",)
        for question in group.questions:
            asked = question.asked[0]
            for t, text in enumerate(texts):
                prompt, description = asked_as(condition, asked.prompt, text)
                (said,) = machine.generate([prompt], [description], 32)
                assert one.rows[question.key][t] == float(asked.parse(said) == asked.gold)
    assert set(found) == {"matched", "base", "described"}


def test_four_statements_are_right_together(folder, monkeypatch):
    groups = read_suite("culture", Wanted(folder=folder, only=("culturalbench_hard",), texts=1))
    says = {"rice": "True", "bread": "False", "corn": "False", "fish": "True, as noted"}

    def said(self, prompts, descriptions, *args, **named):
        return [next(v for k, v in says.items() if f"Answer: {k}" in prompt) for prompt in prompts]

    monkeypatch.setattr(TextToAdapter, "generate", said)
    wrong = asks(tiny_machine(), "culture", groups)(["matched"])
    assert all(values == (0.0,) for one in wrong for values in one.rows.values())
    says["fish"] = "False."
    right = asks(tiny_machine(), "culture", groups)(["matched"])
    assert all(values == (1.0,) for one in right for values in one.rows.values())


def test_opinions_by_hand(folder):
    machine = tiny_machine()
    groups = read_suite("opinions", Wanted(folder=folder, texts=1, rows=1))
    found = asks(machine, "opinions", groups)(["matched", "empty", "described"])
    assert {one.condition for one in found} == {"matched", "empty"}  # prompts are no condition of likelihoods
    one = next(s for s in found if s.group == groups[0].name and s.condition == "matched")
    question = groups[0].questions[0]
    ids = torch.tensor([machine.tokenizer.apply_chat_template(
        [{"role": "user", "content": question.asked[0].prompt}], add_generation_prompt=True, return_dict=False)])  # fmt: skip
    with torch.no_grad():
        logits = machine.logits(ids, torch.ones_like(ids), machine.modulation(list(groups[0].descriptions)))[
            0, -1
        ]
    letters = [machine.tokenizer(letter)["input_ids"][0] for letter in "ABC"]
    shares = logits.log_softmax(-1)[letters].softmax(-1).double()
    people = torch.tensor([0.5, 0.3, 0.2]).double()
    middle = (shares + people) / 2
    jsd = sum((p * (p / middle).log2()).sum() / 2 for p in (shares, people))
    assert one.rows[question.key][0] == pytest.approx(1 - float(jsd), abs=1e-5)


def test_measures():
    assert divergence([0.0, -math.inf], [1.0, 0.0]) == 0
    assert divergence([0.0, -800.0], [0.0, 1.0]) == pytest.approx(1)
    assert divergence([math.log(0.5), math.log(0.5)], [0.5, 0.5]) == pytest.approx(0, abs=1e-9)
    assert text_scores(("The cat sat.", "A dog"), "the CAT sat") == {"ROUGE-L": 1.0, "exact match": 1.0}
    found = text_scores(("the cat sat on the mat",), "the cat")
    assert found["exact match"] == 0
    assert found["ROUGE-L"] == pytest.approx(2 * (2 / 2) * (2 / 6) / (2 / 2 + 2 / 6))


def test_a_store_keeps_what_was_put(tmp_path):
    with Store(tmp_path / "s") as store:
        store.put({"a": [1, "é"]})
        made = []
        assert store.fill(
            {"a": 1, "b": 2, "c": 3}, lambda rows: made.append(list(rows)) or [10 * r for r in rows], 1
        ) == {
            "a": [1, "é"],
            "b": 20,
            "c": 30,
        }
    assert made == [[2], [3]]
    with Store(tmp_path / "s") as store:
        assert store.get(["a", "b", "z"]) == {"a": [1, "é"], "b": 20}
    (tmp_path / "t").write_bytes(b"no database at all, but text" * 99)
    with pytest.raises(ValueError, match="is not a store of answers"):
        Store(tmp_path / "t")
    machine = tiny_machine()
    assert len({identity(machine, text) for text in (None, "a", "b", "")}) == 4
    assert identity(machine, None) == identity(tiny_machine(trained=False), None)
    assert key("a", [1]) != key("a", 1)


def checkpoint(tmp_path, name, method="zhyper-diag"):
    """A checkpoint around a base in a folder."""
    if not (tmp_path / "base").is_dir():
        tiny_base().save_pretrained(tmp_path / "base")
        byte_tokenizer().save_pretrained(tmp_path / "base")
    spec = GeneratorSpec(
        base=str(tmp_path / "base"),
        encoder="last-token",
        projections=("q_proj", "v_proj"),
        rank=4,
        adapter=method,
    )
    machine = TextToAdapter.untrained(spec)
    fill(machine)
    machine.save(
        tmp_path / name,
        {
            "tasks": ["askx/asklatinamerica"],
            "selection": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}],
        },
    )
    return f"{name}={tmp_path / name}"


def run(*words, code=0):
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))


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
    machine, wanted, asked = tiny_machine(), Wanted(folder=folder, only=("arc_easy",), texts=3), []
    original = TextToAdapter.generate

    def generate(self, prompts, *args, **named):
        if limit and len(asked) >= limit:
            raise KeyboardInterrupt
        asked.extend(prompts)
        return original(self, prompts, *args, **named)

    monkeypatch.setattr(TextToAdapter, "generate", generate)
    limit = None
    settings = {"conditions": ("matched", "base", "empty"), "load": lambda ref: machine, "batch_size": 4}
    whole = evaluate({"m": "x"}, "benchmarks", wanted, tmp_path / "whole", **settings)
    total, limit = len(asked), 12
    asked.clear()
    with pytest.raises(KeyboardInterrupt):
        evaluate({"m": "x"}, "benchmarks", wanted, tmp_path / "killed", **settings)
    assert not (tmp_path / "killed" / "report.html").exists()
    kept, limit = len(asked), None
    assert 0 < kept < total
    assert evaluate({"m": "x"}, "benchmarks", wanted, tmp_path / "killed", **settings) == whole
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
        Wanted(folder=folder, rows=2, texts=2),
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
    wanted = Wanted(folder=folder, only=("mbpp", "gsm8k"), texts=1)
    results = evaluate(
        {"m": "x"},
        "benchmarks",
        wanted,
        tmp_path / "out",
        conditions=("matched", "base"),
        load=lambda r: machine,
        say=told.append,
    )
    assert {result.benchmark for result in results} == {"gsm8k", "average"}
    assert "mbpp are left out" in told[0]


def test_programs_are_run_in_the_sandbox(folder, monkeypatch):
    monkeypatch.setattr(
        TextToAdapter,
        "generate",
        lambda self, prompts, *args, **named: ["```python\ndef f(): return 1\n```"] * len(prompts),
    )
    groups = read_suite("benchmarks", Wanted(folder=folder, only=("mbpp",), texts=1))
    try:
        (found,) = asks(tiny_machine(), "benchmarks", groups, allow_code=True)(["matched"])
    except RuntimeError as error:
        assert "isolate" in str(error)  # a machine that cannot: it says so, and runs nothing
    else:
        assert (found.metric, list(found.rows.values())) == ("pass@1", [(1.0,)])


def test_bad_evaluations(folder, tmp_path):
    machine, wanted = tiny_machine(), Wanted(folder=folder, rows=1, only=("gsm8k",))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (folder / "d.jsonl").write_text(json.dumps({"task": "zebra", "descriptions": ["Be striped."]}))
    for checkpoints, out, settings, message in (
        ({}, "a", {}, "no checkpoint came"),
        ({"m": "x"}, "a", {"conditions": ("wild",)}, "'wild' is no condition"),
        ({"m": "x"}, "mine", {}, "holds something that is no evaluation"),
        (
            {"m": "x"},
            "a",
            {"suite": "choices", "wanted": Wanted(folder=folder), "conditions": ("role",)},
            "a changed prompt is no condition",
        ),
        (
            {"m": "x"},
            "a",
            {"wanted": Wanted(folder=folder, only=("mbpp",))},
            "all that is to be asked are programs",
        ),
        ({"m": "x"}, "a", {"wanted": Wanted(folder=folder, only=("gsm8k", "zebra"))}, "has no 'zebra'"),
        (
            {"m": "x"},
            "a",
            {"wanted": Wanted(folder=folder, descriptions=str(folder / "d.jsonl"))},
            "descriptions of none of what is asked",
        ),
    ):
        named = {"suite": "benchmarks", "wanted": wanted, **settings}
        with pytest.raises(ValueError, match=message):
            evaluate(checkpoints, out=tmp_path / out, load=lambda ref: machine, **named)
        assert not (tmp_path / "a").exists()
    assert [f.name for f in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    with pytest.raises(ValueError, match="wants at least two"):
        compare([tmp_path], tmp_path / "c")
    with pytest.raises(ValueError, match="is not the folder of an evaluation"):
        compare([tmp_path, tmp_path], tmp_path / "c")
    for out, rows in (("a", 1), ("b", 2)):
        evaluate(
            {out: "x"},
            "benchmarks",
            Wanted(folder=folder, rows=rows, only=("gsm8k",), texts=1),
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


def test_one_protocol_for_each_suite():
    assert {name: suite.protocol for name, suite in SUITES.items()} == {
        "benchmarks": "generate", "choices": "loglikelihood", "culture": "generate", "opinions": "loglikelihood", "sni": "generate",
        "steering": "generate", "chat": "loglikelihood",
    }  # fmt: skip


def made(method="m", condition="matched", values=(1.0,), **more):
    rows = {str(i): (value,) for i, value in enumerate(values)}
    settings = {
        "suite": "choices",
        "protocol": "loglikelihood",
        "benchmark": "boolq",
        "group": "boolq",
        "seen": False,
        "region": "",
    }
    return Scores(method=method, condition=condition, metric="acc", rows=rows, **settings | more)


def test_means_gains_and_p_values():
    scores = [made(values=[1.0] * 12), made(condition="shuffled", values=[0.0] * 6 + [1.0] * 6)]
    scores += [
        made(benchmark="piqa", group="piqa", values=[1.0, 0.0]),
        made(benchmark="piqa", group="piqa", condition="shuffled", values=[1.0, 0.0]),
    ]
    results = {(r.benchmark, r.condition, r.against): r for r in summarise(scores)}
    assert results["boolq", "matched", ""].value == 1
    gain = results["boolq", "matched", "shuffled"]
    assert (gain.value, gain.n) == (0.5, 12)
    assert gain.p == pytest.approx(2 / 2**6)  # six differences of one sign
    assert gain.p_holm == pytest.approx(4 / 2**6)
    assert results["piqa", "matched", "shuffled"].p == 1
    assert results["average", "matched", "shuffled"].value == pytest.approx(0.25)  # benchmarks count alike
    assert gain_lines(summarise(scores))[0].endswith("too few to say more")
    many = [made(values=[1.0] * 40), made(condition="shuffled", values=[0.0] * 40)]
    assert gain_lines(summarise(many))[0].endswith("the description matters")
    assert gain_lines(summarise(many[:1])) == [
        "No gain of matching descriptions is shown: there was no other subject whose descriptions could stand against them"
    ]


def test_different_bases_have_rows_of_their_own():
    scores = [
        made(m, c, [v])
        for m, v in (("small", 0.0), ("large", 1.0), ("other", 1.0))
        for c in ("matched", "base")
    ]
    names = Names(scores, {"small": "a", "large": "b", "other": "b"})
    assert [names(m, "base") for m in ("small", "large", "other")] == [
        "base of small",
        "base of large",
        "base of large",
    ]
    (table, *_) = tables_of(summarise(scores), names)
    assert [name for name, _ in table.rows] == ["small", "base of small", "large", "base of large", "other"]
    assert (
        Names(scores, dict.fromkeys(("small", "large", "other"), "a"))("large", "described")
        == "base, description in the prompt"
    )


def test_unread_answers_are_counted_once():
    scores = [
        made(m, c, [0.0, 1.0], unread=3, suite="benchmarks", protocol="generate")
        for m in ("a", "b")
        for c in ("matched", "base")
    ]
    (table, *_) = tables_of(summarise(scores), Names(scores, {}))
    assert "9 answers could not be read" in table.note  # two methods and one base


def test_many_rows_take_little_memory():
    scores = [
        made(
            condition=c, values=[float(i % 3 == 0) for i in range(5000)], suite="culture", protocol="generate"
        )
        for c in ("matched", "base")
    ]
    tracemalloc.start()
    summarise(scores)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e8


def test_a_report_can_be_read_by_its_owner(folder, tmp_path):
    evaluate(
        {"m": "x"},
        "benchmarks",
        Wanted(folder=folder, rows=1, only=("gsm8k",), texts=1),
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


def test_wrong_subjects_are_others(folder):
    groups = read_suite("culture", Wanted(folder=folder, texts=6))
    peru = next(group for group in groups if group.name == "culturalbench_easy/Peru")
    wrong = texts_under("shuffled", peru, groups, 0)
    assert len(set(wrong)) == 6
    for own, other in zip(peru.descriptions, wrong, strict=True):
        assert own in [
            other.replace(country, "Peru") for country in COUNTRIES
        ]  # the same wording of another place
    science = [group for group in read_suite("choices", Wanted(folder=folder)) if group.name == "arc_easy"]
    assert science[0].subject == "science"
