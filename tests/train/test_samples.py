"""Samples of a run: which rows are answered, by what, and that it changes no bit of the run."""

from dataclasses import replace

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from conftest import tiny_machine
from training import samples, weight_bytes
from zhyper.data import Example, Pair, Rows, Task, answer_tokens, prompt_tokens
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.train._samples import COLUMNS, LENGTH, Sample, answer_samples, pick_samples


@pytest.mark.parametrize(
    "changes",
    [
        {"dropout": 0.3},
        {"dropout": 0.3, "gradient_checkpointing": True, "precision": "bfloat16"},
        {"base_bits": 4, "encoder": "all-MiniLM-L6-v2"},
    ],
)
def test_watching_changes_no_bit(recipe, tmp_path, changes):
    train(recipe.with_changes({**changes, "samples": 0, "report_to": []}), tmp_path / "alone")
    train(recipe.with_changes({**changes, "samples": 7}), tmp_path / "watched")
    assert weight_bytes(tmp_path / "alone") == weight_bytes(tmp_path / "watched")
    found = {name: {path.name for path in (tmp_path / name).iterdir()} for name in ("alone", "watched")}
    assert found["alone"] == {".lock", "recipe.json", "state", "checkpoint"}
    assert found["watched"] == found["alone"] | {"logs", "samples.jsonl"}


@pytest.mark.parametrize("checkpointing", [False, True])
def test_answers_are_those_of_evaluation_and_all_is_left_as_it_was(checkpointing):
    machine = tiny_machine(dropout=0.5)
    texts, cues = ["ab", "a longer one"], ["first", "second"]
    expected = machine.generate(texts, cues, max_new_tokens=LENGTH)
    (swapped,) = machine.generate(texts[1:], cues[:1], max_new_tokens=LENGTH)
    assert expected != machine.generate(texts, [None, None], max_new_tokens=LENGTH)
    if checkpointing:
        machine.model.checkpoint_gradients()
    for part in machine.parts().values():
        part.train()
    found = [
        Sample("t", cue, text, "", prompt_tokens(machine.tokenizer, text), other)
        for text, cue, other in zip(texts, cues, (None, "first"), strict=True)
    ]
    contexts = dict(zip(cues, machine.encoder.encode(cues), strict=True))
    models = [machine.model.base, *machine.parts().values()]
    modes = [module.training for model in models for module in model.modules()]
    before = torch.random.get_rng_state()
    assert answer_samples(machine, found, contexts, processes=1) == [
        (expected[0], None),
        (expected[1], swapped),
    ]
    assert torch.equal(before, torch.random.get_rng_state())
    assert [module.training for model in models for module in model.modules()] == modes
    assert any(modes[: len(list(machine.model.base.modules()))]) is checkpointing


def test_samples_are_of_tasks_far_apart_and_fit_into_the_model():
    machine = tiny_machine()
    names, chosen = "abcde", []
    rows = [
        Rows(
            Task(name=n, pairs=(Pair(n, n),), descriptions=(n,)),
            tuple(Pair(n * k, n) for k in (1, 2, 3, 90)),
            (f"say {n}", f"call {n}"),
        )
        for n in names
    ]
    for r in rows[:2] + rows[3:]:
        for pair in (*r.pairs, r.pairs[0]):
            ids = (
                prompt_tokens(machine.tokenizer, pair.input),
                answer_tokens(machine.tokenizer, pair.input, pair.output),
            )
            chosen.append(Example(*ids, r.descriptions[len(pair.input) % 2], task=r.task.name))
    chosen.sort(key=lambda example: example.tokens)
    swapped = [replace(example, cue=f"not {example.task}") for example in chosen]
    few = pick_samples(machine, chosen, swapped, rows, 3)
    assert [(s.task, s.prompt, s.target, s.cue) for s in few] == [(n, n, n, f"call {n}") for n in "abd"]
    assert [s.swapped_cue for s in few] == ["not a", "not b", "not d"]
    more = pick_samples(machine, chosen, [], rows, 6)
    assert {s.swapped_cue for s in more} == {None}
    assert [s.prompt for s in more] == ["a", "b", "d", "e", "aa", "bb"]
    assert (
        len(pick_samples(machine, chosen, swapped, rows, 99)) == 12
    )  # neither twice, nor what leaves no room for an answer
    assert pick_samples(machine, chosen, swapped, rows, 0) == pick_samples(machine, [], [], rows, 3) == []


def test_the_last_samples_are_what_the_checkpoint_answers(recipe, tmp_path):
    said = []
    about = train(recipe, tmp_path / "run", say=said.append)
    found = samples(tmp_path / "run")
    assert [row["step"] for row in found] == [4] * 4 + [8] * 4 + [12] * 4
    assert [tuple(row) for row in found] == [("step", *COLUMNS)] * 12
    machine = TextToAdapter.load(tmp_path / "run")
    chosen = [row for row in found if row["step"] == about["chosen"]["step"]]
    answers = machine.generate(
        [row["prompt"] for row in chosen], [row["context"] for row in chosen], max_new_tokens=LENGTH
    )
    assert [row["answer"] for row in chosen] == answers
    others = machine.generate(
        [row["prompt"] for row in chosen], [row["swapped_context"] for row in chosen], max_new_tokens=LENGTH
    )
    assert [row["swapped_answer"] for row in chosen] == others
    of_task = {row["context"]: row["task"] for row in found}
    assert all(of_task.get(row["swapped_context"], "other") != row["task"] for row in found)
    assert all(row["wanted"] == row["prompt"][{"first": 0, "last": -1}[row["task"]]] for row in found)
    shown = next(text for text in said if text.startswith("answers at step 12:"))
    assert all(row["prompt"] in shown and row["context"][:50] in shown for row in found)
    events = EventAccumulator(str(tmp_path / "run" / "logs")).Reload()
    (text,) = {
        e.tensor_proto.string_val[0].decode() for e in events.Tensors("samples/text_summary") if e.step == 12
    }
    assert text.splitlines()[0] == "|".join(COLUMNS)
    assert len(text.splitlines()) == 6
