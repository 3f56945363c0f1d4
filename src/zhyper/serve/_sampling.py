"""The next token of one row: Transformers' own logits processors, and a random generator of the row's own.

Shapes: V vocabulary.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from zhyper.serve._requests import Sampling, Token

COLD = 1e-5
"""Temperatures below are greedy."""


class Chooser:
    """Chooses the tokens of one answer.

    Args:
        sampling: how.
        prompt: its tokens, which the repetition penalty counts too.
        tokenizer: for the texts beside log-probabilities.
    """

    def __init__(self, sampling: Sampling, prompt: Sequence[int], tokenizer: Any) -> None:
        self.sampling, self._prompt, self._tokenizer = sampling, list(prompt), tokenizer
        self._chosen: list[int] = []
        self._processors = _processors(sampling)
        self._generator = torch.Generator().manual_seed(random.SystemRandom().getrandbits(63) if sampling.seed is None else sampling.seed)
        s = sampling
        self.plain = s.temperature < COLD and not self._processors and not (s.presence_penalty or s.frequency_penalty or s.logit_bias)
        """Whether the likeliest token is always taken, as it comes out of the model."""

    def choose(self, logits_V: Tensor) -> int:
        """The next token out of float32 logits on the CPU."""
        token = int(logits_V.argmax()) if self.plain else self._draw(self._weighed(logits_V.clone()))
        self._chosen.append(token)
        return token

    def told(self, logits_V: Tensor, token: int) -> Token:
        """A token with its log-probability and as many alternatives as are wanted."""
        logprobs_V = logits_V.log_softmax(-1)
        best = logprobs_V.topk(min(self.sampling.top_logprobs or 0, len(logprobs_V)))
        top = tuple((int(i), self._text(int(i)), float(p)) for i, p in zip(best.indices, best.values, strict=True))
        return Token(token, self._text(token), float(logprobs_V[token]), top)

    def _text(self, token: int) -> str:
        text: str = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return text

    def _weighed(self, logits_V: Tensor) -> Tensor:
        s = self.sampling
        for token, count in Counter(self._chosen).items() if s.presence_penalty or s.frequency_penalty else ():
            logits_V[token] -= s.presence_penalty + count * s.frequency_penalty
        for token, bias in s.logit_bias.items():
            logits_V[token] += bias
        if self._processors:
            logits_V = self._processors(torch.tensor([self._prompt + self._chosen]), logits_V[None])[0]  # type: ignore[arg-type]
        return logits_V

    def _draw(self, logits_V: Tensor) -> int:
        if self.sampling.temperature < COLD:
            return int(logits_V.argmax())
        return int(torch.multinomial(logits_V.softmax(-1), 1, generator=self._generator))


def _processors(s: Sampling) -> LogitsProcessorList:
    warm = s.temperature >= COLD
    wanted = (
        (s.repetition_penalty != 1, lambda: RepetitionPenaltyLogitsProcessor(s.repetition_penalty)),
        (warm and s.temperature != 1, lambda: TemperatureLogitsWarper(s.temperature)),
        (warm and s.top_k > 0, lambda: TopKLogitsWarper(s.top_k)),
        (warm and s.top_p < 1, lambda: TopPLogitsWarper(s.top_p)),
        (warm and s.min_p > 0, lambda: MinPLogitsWarper(s.min_p)),
    )
    return LogitsProcessorList([make() for condition, make in wanted if condition])
