"""The benchmark of engines asks all of them the same, and tells right answers from wrong ones."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import _engines
import pytest
from transformers import AutoModelForCausalLM

from seeing import around


@pytest.fixture
def engines():
    """The program; as a module its name is that of a file of the tests."""
    file = Path(_engines.__file__).with_name("engines.py")
    spec = importlib.util.spec_from_file_location("engines_benchmark", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def work(base, tmp_path):
    machine = around(AutoModelForCausalLM.from_pretrained(base).eval(), base=base)
    machine.place = base
    return _engines.Work(
        machine=machine,
        checkpoint="none",
        descriptions=["say it in French", "be brief"],
        prompts=["why?", "hello there", "go"],
        tokens=5,
        clients=2,
        threads=1,
        python=None,
        scratch=tmp_path,
    )


def test_engines_in_process_answer_the_same_and_a_wrong_token_is_seen(engines, work):
    runs = {name: _engines.CANDIDATES[name].run(work) for name in ("zhyper", "peft", "merged")}
    wrong = dict(runs["peft"].replies)
    pair = work.pairs[3]
    first, *others = wrong[pair].answer_ids
    wrong[pair] = replace(wrong[pair], answer_ids=[first - 1, *others])
    other = work.pairs[4]
    wrong[other] = replace(wrong[other], prompt_ids=[7, *wrong[other].prompt_ids])
    runs["wrong"] = replace(runs["peft"], replies=wrong)
    results = engines._judge(work, runs)
    assert set(runs["zhyper"].replies) == set(runs["merged"].replies) == set(work.pairs)
    assert {name: result["different"] for name, result in results.items()} == {
        "zhyper": 0,
        "peft": 0,
        "merged": 0,
        "wrong": 2,
    }
    for result in results.values():
        assert result["answers"] == result["same"] + result["tied"] + result["different"] == 6
    rate = {name: result["tokens per second"] for name, result in results.items()}
    assert results["peft"]["ratio"] == pytest.approx(rate["peft"] / rate["zhyper"])


def test_an_answer_that_ended_too_early_is_different(engines, work):
    run = _engines.peft(work)
    ended = {
        pair: replace(reply, answer_ids=list(reply.answer_ids)[:2], ended=True)
        for pair, reply in run.replies.items()
    }
    assert all(len(reply.answer_ids) == 5 for reply in run.replies.values())
    results = engines._judge(work, {"peft": replace(run, replies=ended)})
    assert results["peft"]["different"] == 6 and results["peft"]["ratio"] is None


def test_engines_that_are_not_here_are_left_out_and_said_or_refused_where_they_are_named(engines, capsys):
    names, left_out = engines._chosen(None, None)
    assert "vllm" not in names and "llama.cpp-quantised" not in names
    assert names[:3] == ["zhyper", "peft", "merged"]
    assert "ZHYPER_VLLM_PYTHON" in left_out["vllm"]
    assert "vllm is left out: " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="vllm does not run here: name the Python"):
        engines._chosen(["vllm"], None)
