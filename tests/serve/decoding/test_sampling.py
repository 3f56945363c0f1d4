"""How tokens are chosen."""

import time

import torch

from conftest import byte_tokenizer
from zhyper.serve import Sampling
from zhyper.serve.decoding._sampling import Sampler


def chooser(prompt=(), **settings):
    return Sampler(Sampling(max_tokens=9, **{"temperature": 0.0, **settings}), prompt, byte_tokenizer())


def seconds(one, wide):
    """The least that a choice takes."""
    taken = []
    for _ in range(9):
        logits, began = torch.zeros(wide), time.perf_counter()
        one.processed(logits)
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_penalties_count_what_was_chosen():
    one = chooser(presence_penalty=0.5, frequency_penalty=0.25)
    for token in (3, 3, 7):
        one.choose(torch.nn.functional.one_hot(torch.tensor(token), 9).float() * 100)
    weighed = one.processed(torch.zeros(9))
    assert weighed.tolist() == [0, 0, 0, -1.0, 0, 0, 0, -0.75, 0]


def test_bias_and_penalties_cost_the_same_for_any_number_of_tokens():
    wide = 50_000
    assert seconds(chooser(logit_bias=dict.fromkeys(range(wide), 1.0)), wide) < 50 * seconds(
        chooser(logit_bias={3: 1.0}), wide
    )
    few, many = (chooser(presence_penalty=1.0, frequency_penalty=1.0) for _ in range(2))
    few.processed(torch.zeros(wide))
    for token in range(2_000):
        logits = torch.zeros(wide)
        logits[token] = 1e4
        assert many.choose(logits) == token
    assert seconds(many, wide) < 50 * seconds(few, wide)


def test_the_repetition_penalty_counts_the_prompt_and_what_was_chosen():
    one = chooser(prompt=(1, 2), repetition_penalty=2.0)
    assert one.choose(torch.tensor([0.0, 5.0, 1.0, 3.0, 0.5])) == 3
    assert one.choose(torch.tensor([0.0, 1.5, 1.0, 3.1, 1.54])) == 3
    assert one.processed(torch.ones(5)).tolist() == [1, 0.5, 0.5, 0.5, 1]


def test_a_bias_has_a_sign():
    assert chooser(logit_bias={4: -2.0}).choose(torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0])) == 3
    assert chooser(logit_bias={1: 5.0}).choose(torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0])) == 1
