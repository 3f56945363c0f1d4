"""Greedy answers: the same whoever gives them, whatever the base brings in its `generation_config.json`."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model
from starlette.testclient import TestClient

from conftest import CONFIGS, byte_tokenizer, fill, save_loras, tiny_machine
from seeing import SEEING, around, seeing_base
from serving import ask, said, server
from zhyper.answers import answer, bare_generation, stops
from zhyper.data import prompt_tokens
from zhyper.evaluate import ArrowRouting
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._samples import LENGTH, Sample, answer_samples

PROMPTS, CUES = ["say it again", "ab", "a b a b a b"], ["one", None, "two"]
OWN = {
    "do_sample": True,
    "temperature": 0.3,
    "top_k": 2,
    "num_beams": 2,
    "repetition_penalty": 3.0,
    "no_repeat_ngram_size": 2,
    "min_new_tokens": 3,
    "suppress_tokens": list(range(30, 120)),
    "begin_suppress_tokens": list(range(120, 200)),
    "forced_eos_token_id": 9,
    "eos_token_id": [1],
    "pad_token_id": 0,
}
"""What a base's file may say, and what would change greedy answers."""


@pytest.fixture
def machine(base, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    Path(base, "generation_config.json").write_text(json.dumps(OWN))
    machine = TextToAdapter.untrained(GeneratorSpec(base=base, encoder="last-token", rank=4))
    fill(machine)
    assert machine.model.base.generation_config.repetition_penalty == 3
    return machine


def by_argmax(machine, prompt, cue, count):
    """The greedy answer, from a plain forward pass for each token."""
    ids = prompt_tokens(machine.tokenizer, prompt)
    start, ends = len(ids), stops(machine.model.base, machine.tokenizer, None)
    while len(ids) < start + count:
        row = torch.tensor([ids])
        with torch.no_grad():
            ids.append(int(machine.logits(row, torch.ones_like(row), machine.rows([cue]))[0, -1].argmax()))
        if ids[-1] in ends:
            break
    return machine.tokenizer.decode(ids[start:], skip_special_tokens=True).strip()


def test_every_answer_is_greedy_on_the_models_own_logits(machine, tmp_path):
    own = machine.model.base.generation_config
    expected = [by_argmax(machine, p, c, LENGTH) for p, c in zip(PROMPTS, CUES, strict=True)]
    with torch.no_grad():  # what the file says would give other answers
        ids = torch.tensor([prompt_tokens(machine.tokenizer, PROMPTS[1])])
        as_it_says = machine.model.base.generate(ids, max_new_tokens=LENGTH, do_sample=False)[
            0, ids.shape[1] :
        ]
    assert machine.tokenizer.decode(as_it_says, skip_special_tokens=True).strip() != expected[1]

    assert machine.generate(PROMPTS, CUES, max_new_tokens=LENGTH) == expected
    assert machine.model.base.generation_config is own

    samples = [
        Sample("t", c or "", p, "", prompt_tokens(machine.tokenizer, p), None)
        for p, c in zip(PROMPTS, CUES, strict=True)
    ]
    embeddings = {cue: machine.embeddings([cue])[0] for cue in CUES if cue}
    adapted = [place for place, cue in enumerate(CUES) if cue]
    answers = answer_samples(machine, [samples[i] for i in adapted], embeddings, processes=1)
    assert answers == [(expected[i], None) for i in adapted]

    (tmp_path / "server").mkdir()
    with server(tmp_path / "server", machine) as parts, TestClient(parts.app) as client:
        for prompt, cue, answer in zip(PROMPTS, CUES, expected, strict=True):
            messages = [{"role": "user", "content": prompt}]
            assert said(ask(client, messages=messages, context=cue, max_tokens=LENGTH)).strip() == answer


def test_routed_answers_are_too(machine, base, tmp_path):
    routed = ArrowRouting(save_loras(tmp_path / "library"), GeneratorSpec(base=base))
    answers = routed.generate(PROMPTS, max_new_tokens=9)
    Path(base, "generation_config.json").write_text(json.dumps({"eos_token_id": [1], "pad_token_id": 0}))
    assert (
        ArrowRouting(tmp_path / "library", GeneratorSpec(base=base)).generate(PROMPTS, max_new_tokens=9)
        == answers
    )


def test_settings_of_the_base_come_back_after_an_error(machine):
    own = machine.model.base.generation_config
    with pytest.raises(RuntimeError), bare_generation(machine.model.base):
        inside = machine.model.base.generation_config
        assert (inside.eos_token_id, inside.repetition_penalty, inside.suppress_tokens) == ([1], None, None)
        raise RuntimeError
    assert machine.model.base.generation_config is own


def test_a_model_inside_pefts_has_its_settings_back(machine):
    own = machine.model.base.generation_config
    wrapped = get_peft_model(machine.model.base, LoraConfig(target_modules=["q_proj"]))
    with bare_generation(wrapped):
        wrapped.generate(input_ids=torch.tensor([[5, 6]]), max_new_tokens=2)
    assert machine.model.base.generation_config is own


@pytest.mark.parametrize("name", [*CONFIGS, *SEEING])
def test_rows_leave_the_batch_when_half_of_it_has_ended(name, monkeypatch):
    machine = around(seeing_base(name)) if name in SEEING else tiny_machine("zhyper-diag", name)
    counted = []
    machine.model.base.get_decoder().register_forward_hook(
        lambda module, args, output: counted.append(len(output.last_hidden_state))
    )
    prompts = [f"{i} and {'a' * i}" for i in range(7)]
    cues = ["one", None, "two", "one", "three", None, "four"]
    rows = set()
    for apart in (9, 5, 3):  # among many ends some row meets one at each of many steps
        monkeypatch.setattr("zhyper.answers.stops", lambda *_, apart=apart: list(range(0, 263, apart)))
        alone = [machine.generate([p], [c], max_new_tokens=24)[0] for p, c in zip(prompts, cues, strict=True)]
        counted.clear()
        assert machine.generate(prompts, cues, max_new_tokens=24) == alone
        assert counted[0] == 7 and counted == sorted(counted, reverse=True)
        rows |= set(counted)
    assert len(rows) > 1 or name in SEEING  # these keep more of each row than their cache


def test_nothing_is_said_beside_the_answers(machine, caplog):
    transformers.logging.get_logger().addHandler(caplog.handler)
    transformers.logging.get_logger().warning_once.cache_clear()
    try:
        machine.generate(PROMPTS, CUES, max_new_tokens=4)
    finally:
        transformers.logging.get_logger().removeHandler(caplog.handler)
    assert not caplog.records


def test_a_base_whose_state_has_no_rows_answers_in_one_go(monkeypatch):
    torch.manual_seed(0)
    config = transformers.MambaConfig(vocab_size=263, hidden_size=24, num_hidden_layers=2, state_size=4)
    base = transformers.MambaForCausalLM(config).eval()
    base.generation_config.pad_token_id = 0
    tokenizer, rows = byte_tokenizer(), []

    def under(batch):
        rows.append(batch)
        return nullcontext(base)

    monkeypatch.setattr("zhyper.answers.stops", lambda *_: list(range(0, 263, 9)))
    said = answer(base, tokenizer, ["ab", "cd"], under, chat_template=None, max_new_tokens=6, batch_size=2)
    assert len(said) == 2 and rows == [[0, 1]]
