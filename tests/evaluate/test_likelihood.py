"""Likelihoods of continuations: rows that share a prompt, own contexts, and a plain forward pass."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CONFIGS, tiny_machine
from zhyper.evaluate._likelihood import Choices, Likelihood

ASKED = [
    Choices((7, 8, 9, 10, 11), ((20, 21, 22), (30,), (40, 41)), "one"),
    Choices((100, 101), ((50, 51, 52, 53), (60, 61)), None),
    Choices((12,), ((13,),), "two"),
    Choices((7, 8, 9, 10, 11), ((20, 21, 22), (30,), (40, 41)), "two"),
]


def plainly(machine, choices):
    """Each continuation by itself, in a batch of one, by the naive formula."""
    for option in choices.options:
        ids = torch.tensor([[*choices.prompt, *option]])
        held = None if choices.description is None else machine.modulation([choices.description])
        with torch.no_grad():
            logits = machine.logits(ids, torch.ones_like(ids), held)[0].log_softmax(-1)
        places = range(len(choices.prompt) - 1, ids.shape[1] - 1)
        yield (
            sum(logits[i, ids[0, i + 1]].item() for i in places),
            all(logits[i].argmax() == ids[0, i + 1] for i in places),
        )


def check(machine, asked, found):
    for choices, scores in zip(asked, found, strict=True):
        for scored, (logprob, greedy) in zip(scores, plainly(machine, choices), strict=True):
            assert scored.logprob == pytest.approx(logprob, abs=1e-4)
            assert scored.greedy == greedy


@pytest.mark.parametrize("base", CONFIGS)
def test_every_architecture_as_a_plain_forward_pass(base):
    machine = tiny_machine(base=base)
    likelihood = Likelihood(machine, batch_size=3)
    assert likelihood.shares_rows
    found = likelihood(ASKED)
    check(machine, ASKED, found)
    assert found[0] != found[3]  # another description, other scores
    likelihood.shares_rows = False
    check(machine, ASKED, likelihood(ASKED))


def test_a_greedy_continuation():
    machine = tiny_machine()
    prompt, option = [7, 8, 9], []
    for _ in range(3):
        ids = torch.tensor([prompt + option])
        option.append(
            int(machine.logits(ids, torch.ones_like(ids), machine.modulation(["one"]))[0, -1].argmax())
        )
    wrong = [*option[:-1], (option[-1] + 1) % 263]
    ((right, other),) = Likelihood(machine)([Choices(tuple(prompt), (tuple(option), tuple(wrong)), "one")])
    assert right.greedy
    assert not other.greedy
    assert right.logprob > other.logprob


token = st.integers(5, 260)
texts = st.lists(token, min_size=1, max_size=5).map(tuple)
questions = st.builds(
    Choices, texts, st.lists(texts, min_size=1, max_size=4).map(tuple), st.sampled_from([None, "one", "two"])
)
MACHINE = tiny_machine()


@settings(deadline=None, max_examples=25)
@given(st.lists(questions, min_size=1, max_size=6), st.integers(1, 4))
def test_a_score_does_not_depend_on_what_else_is_asked(asked, size):
    found = Likelihood(MACHINE, size)(asked)
    check(MACHINE, asked, found)


def test_a_window_of_attention_is_kept():
    """Where a row would be longer than the window, continuations do not share it."""
    machine = tiny_machine(base="mistral")
    machine.model.base.config.sliding_window = 8
    asked = [Choices(tuple(range(10, 16)), ((20, 21, 22), (30, 31)), "one")]
    check(machine, asked, Likelihood(machine)(asked))


def test_a_model_that_takes_no_mask_of_its_own(monkeypatch):
    machine = tiny_machine()
    forward = machine.model.base.forward

    def picky(*args, attention_mask=None, **named):
        if attention_mask.dim() != 2:
            raise ValueError("only two dimensions")
        return forward(*args, attention_mask=attention_mask, **named)

    monkeypatch.setattr(machine.model.base, "forward", picky)
    likelihood = Likelihood(machine)
    assert not likelihood.shares_rows
    check(machine, ASKED, likelihood(ASKED))


def test_a_model_that_passes_over_a_mask(monkeypatch):
    """It would let continuations see each other, which is noticed."""
    machine = tiny_machine()
    forward = machine.model.base.forward

    def blind(*args, attention_mask=None, **named):
        return forward(*args, attention_mask=attention_mask if attention_mask.dim() == 2 else None, **named)

    monkeypatch.setattr(machine.model.base, "forward", blind)
    assert not Likelihood(machine).shares_rows


def test_what_cannot_be_scored():
    for prompt, options in (((), ((1,),)), ((1,), ()), ((1,), ((),))):
        with pytest.raises(ValueError, match="give at least one token of each"):
            Choices(prompt, options, None)
