"""Means, gains and p values, and how methods are called."""

import tracemalloc

import pytest

from zhyper.evaluate import summarise
from zhyper.evaluate._result_tables import Names, gain_lines, tables_of
from zhyper.evaluate._scores import Scores


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
        "No gain of matching descriptions is shown: there was no other subject whose descriptions could "
        "stand against them"
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
