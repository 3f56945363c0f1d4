"""What suites read."""

import json

import pytest

from evaluations import COUNTRIES
from zhyper.data._shipped import shipped
from zhyper.evaluate import SUITES, Scope
from zhyper.evaluate._suites import read_suite


def test_what_a_suite_reads(folder):
    groups = {group.name: group for group in read_suite("culture", Scope(folder=folder, rows=2, texts=5))}
    assert set(groups) == {
        f"culturalbench_{kind}/{country}" for kind in ("easy", "hard") for country in COUNTRIES
    }
    hard = groups["culturalbench_hard/Peru"]
    assert [len(question.items) for question in hard.questions] == [4, 4]  # right only together
    assert [item.answer.right for item in hard.questions[0].items] == [True, False, False, False]
    assert (hard.subject, hard.region, len(hard.descriptions)) == ("Peru", "Latin America", 5)
    assert all("Peru" in text for text in hard.descriptions)
    assert not any(group.seen for group in groups.values())
    trained = Scope(folder=folder, trained=("askx/asklatinamerica", "askx/AskFrance"))
    assert {group.subject for group in read_suite("opinions", trained) if group.seen} == {
        "Peru"
    }  # by its region
    assert len(read_suite("opinions", trained)[0].descriptions) == 12
    choices = read_suite("choices", Scope(folder=folder))
    assert {group.benchmark for group in choices} == {"arc_easy", "boolq"}
    assert {len(group.descriptions) for group in choices} == {3}


def test_rows_are_drawn_by_what_they_are(folder):
    few, more = (
        read_suite("benchmarks", Scope(folder=folder, rows=n, only=("arc_easy",)))[0].questions
        for n in (2, 4)
    )
    assert {q.key for q in few} < {q.key for q in more}
    other = read_suite("benchmarks", Scope(folder=folder, rows=2, only=("arc_easy",), seed=5))[0].questions
    assert [q.key for q in few] != [q.key for q in other] or few[0].items[0].answer.options != other[0].items[
        0
    ].answer.options


def test_a_limit_of_training_does_not_cut_an_evaluation(tmp_path):
    rows = [{"input": f"{i} + 1", "output": [str(i + 1)]} for i in range(600)]
    numbers = shipped("splits.json")["sni"]["report"]
    task = {"Definition": ["Add one."], "Instances": rows}
    (tmp_path / f"task{numbers[0]:03d}_adding.json").write_text(json.dumps(task))
    (group,) = read_suite("sni", Scope(folder=tmp_path))
    assert len(group.questions) == 600
    assert len(read_suite("sni", Scope(folder=tmp_path, rows=7))[0].questions) == 7


def test_bad_suites(folder, tmp_path):
    for suite, scope, message in (
        ("soup", Scope(folder=folder), "'soup' is no suite; the suites are: benchmarks, choices"),
        ("sni", Scope(folder=folder), "no task of Super-NaturalInstructions"),
        (
            "benchmarks",
            Scope(folder=folder, only=("zebra",)),
            r"has no 'zebra' in .*; it has: arc_easy, boolq, gsm8k, mbpp, science, programs?|code",
        ),
        ("benchmarks", Scope(folder=tmp_path / "data" / "arc_easy"), "no benchmark in"),
    ):
        with pytest.raises(ValueError, match=message):
            read_suite(suite, scope)
    with pytest.raises(ValueError, match="rows is 0, but must be at least 1"):
        Scope(folder=folder, rows=0)


def test_one_protocol_for_each_suite():
    assert {name: suite.protocol for name, suite in SUITES.items()} == {
        "benchmarks": "generate", "choices": "loglikelihood", "culture": "generate",
        "opinions": "loglikelihood", "sni": "generate",
        "words": "generate", "steering": "generate", "chat": "loglikelihood",
    }  # fmt: skip
