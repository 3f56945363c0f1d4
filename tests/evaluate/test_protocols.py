"""Written answers and likelihoods on a tiny model: what is asked, and how it is scored."""

import pytest
import torch

from conftest import tiny_machine
from evaluations import asks
from zhyper.evaluate import Scope
from zhyper.evaluate._conditions import asked_as
from zhyper.evaluate._marking import parse, right
from zhyper.evaluate._suites import read_suite
from zhyper.text_to_adapter import TextToAdapter


def test_answers_are_those_of_the_machine_and_scored_by_their_parser(folder):
    machine = tiny_machine()
    (group,) = read_suite("benchmarks", Scope(folder=folder, only=("arc_easy",), texts=2))
    found = {
        one.condition: one
        for one in asks(machine, "benchmarks", [group], batch_size=3)(["matched", "base", "described"])
    }
    for condition, one in found.items():
        texts = group.descriptions if condition != "base" else ("",)
        for question in group.questions:
            item = question.items[0]
            for t, text in enumerate(texts):
                prompt, description = asked_as(condition, item.prompt, text)
                (said,) = machine.generate([prompt], [description], 32)
                assert one.rows[question.key][t] == float(parse(item.answer, said) == right(item.answer))
    assert set(found) == {"matched", "base", "described"}


def test_a_prompt_beyond_the_window_is_refused_before_anything_is_answered(folder, monkeypatch):
    monkeypatch.setattr(TextToAdapter, "generate", lambda *args, **named: pytest.fail("something was asked"))
    machine = tiny_machine()
    groups = read_suite("benchmarks", Scope(folder=folder, only=("arc_easy", "boolq"), texts=1))
    machine.model.base.config.max_position_embeddings = 128
    with pytest.raises(ValueError, match="but the base reads at most 128 at once"):
        asks(machine, "benchmarks", groups)(["matched"])


def test_four_statements_are_right_together(folder, monkeypatch):
    groups = read_suite("culture", Scope(folder=folder, only=("culturalbench_hard",), texts=1))
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
    groups = read_suite("opinions", Scope(folder=folder, texts=1, rows=1))
    found = asks(machine, "opinions", groups)(["matched", "empty", "described"])
    assert {one.condition for one in found} == {"matched", "empty"}  # prompts are no condition of likelihoods
    one = next(s for s in found if s.group == groups[0].name and s.condition == "matched")
    question = groups[0].questions[0]
    ids = torch.tensor([machine.tokenizer.apply_chat_template(
        [{"role": "user", "content": question.items[0].prompt}], add_generation_prompt=True,
        return_dict=False)])  # fmt: skip
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


def test_programs_are_run_in_the_sandbox(folder, monkeypatch):
    monkeypatch.setattr(
        TextToAdapter,
        "generate",
        lambda self, prompts, *args, **named: ["```python\ndef f(): return 1\n```"] * len(prompts),
    )
    groups = read_suite("benchmarks", Scope(folder=folder, only=("mbpp",), texts=1))
    try:
        (found,) = asks(tiny_machine(), "benchmarks", groups, allow_code=True)(["matched"])
    except RuntimeError as error:
        assert "isolate" in str(error)  # a machine that cannot: it says so, and runs nothing
    else:
        assert (found.metric, list(found.rows.values())) == ("pass@1", [(1.0,)])
