"""The next token of one row: Transformers' own logits processors, and a random generator of the row's own.

Shapes: V vocabulary, T tokens so far.
"""

from __future__ import annotations

import random
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

from zhyper.serve.decoding._request import Sampling, Token
from zhyper.serve.decoding._text_stream import TokenBytes

COLD = 1e-5
"""Temperatures below are greedy."""


class Sampler:
    """Chooses the tokens of one answer.

    Args:
        sampling: how.
        prompt: its tokens, which the repetition penalty counts too.
        tokenizer: for the texts beside log-probabilities.
    """

    def __init__(self, sampling: Sampling, prompt: Sequence[int], tokenizer: Any) -> None:
        s = self.sampling = sampling
        self._prompt = prompt
        self._bytes = TokenBytes(tokenizer) if s.top_logprobs is not None else None
        self._generated: set[int] = set()
        self._additions_V: Tensor | None = None
        self._repeated_1T: Tensor | None = None
        self._processors = _processors(s)
        seed = random.SystemRandom().getrandbits(63) if s.seed is None else s.seed
        self._generator = torch.Generator().manual_seed(seed)
        self._adds = bool(s.presence_penalty or s.frequency_penalty or s.logit_bias)
        self.greedy = s.temperature < COLD and not self._processors and not self._adds
        """Whether the likeliest token is always taken, as it comes out of the model."""

    def choose(self, logits_V: Tensor) -> int:
        """The next token out of float32 logits on the CPU."""
        token = int(logits_V.argmax()) if self.greedy else self._draw(self.processed(logits_V.clone()))
        self._count(token)
        return token

    def describe(self, logits_V: Tensor, token: int, offset: int) -> Token:
        """A token with its log-probability and alternatives; it begins at character `offset` of the text."""
        logprobs_V = logits_V.log_softmax(-1)
        best = logprobs_V.topk(min(self.sampling.top_logprobs or 0, len(logprobs_V)))
        top = list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        return self.tell(token, float(logprobs_V[token]), top, offset)

    def tell(
        self, token: int, logprob: float | None, top: Sequence[tuple[int, float]] = (), offset: int = 0
    ) -> Token:
        """A token with these log-probabilities; of the alternatives, as many as were asked for."""
        assert self._bytes is not None, "log-probabilities were not asked for"
        chosen = top[: self.sampling.top_logprobs]
        return Token(
            token, self._bytes(token), logprob, offset, tuple((i, self._bytes(i), p) for i, p in chosen)
        )

    def processed(self, logits_V: Tensor) -> Tensor:
        """The logits after bias, penalties and temperature, where the next token is drawn from."""
        if self._adds:
            logits_V += self._additions(logits_V)
        if self._processors:
            logits_V = self._processors(self._repeated(), logits_V[None])[0]  # type: ignore[arg-type]
        return logits_V

    def _additions(self, like_V: Tensor) -> Tensor:
        """What bias and penalties add to the logits [V]; `_count` keeps it up: a step costs one addition."""
        if self._additions_V is None:
            bias = self.sampling.logit_bias
            tokens = torch.tensor([*bias], dtype=torch.long)
            values = torch.tensor([*bias.values()], dtype=like_V.dtype)
            self._additions_V = torch.zeros_like(like_V).index_add_(0, tokens, values)
        return self._additions_V

    def _repeated(self) -> Tensor:
        """The tokens [1, T] that the repetition penalty counts."""
        if self._repeated_1T is None:
            counts = self.sampling.repetition_penalty != 1
            self._repeated_1T = torch.tensor([[*self._prompt]] if counts else [[0]])
        return self._repeated_1T

    def _count(self, token: int) -> None:
        """Count a chosen token for the penalties of those that follow."""
        s = self.sampling
        if self._additions_V is not None:
            presence = 0 if token in self._generated else s.presence_penalty
            self._additions_V[token] -= s.frequency_penalty + presence
            self._generated.add(token)
        if self._repeated_1T is not None and s.repetition_penalty != 1:
            self._repeated_1T = torch.cat((self._repeated_1T, torch.tensor([[token]])), dim=1)

    def _draw(self, logits_V: Tensor) -> int:
        if self.sampling.temperature < COLD:
            return int(logits_V.argmax())
        return int(torch.multinomial(logits_V.softmax(-1), 1, generator=self._generator))


def _processors(s: Sampling) -> LogitsProcessorList:
    warm = s.temperature >= COLD
    table = (
        (s.repetition_penalty != 1, lambda: RepetitionPenaltyLogitsProcessor(s.repetition_penalty)),
        (warm and s.temperature != 1, lambda: TemperatureLogitsWarper(s.temperature)),
        (warm and s.top_k > 0, lambda: TopKLogitsWarper(s.top_k)),
        (warm and s.top_p < 1, lambda: TopPLogitsWarper(s.top_p)),
        (warm and s.min_p > 0, lambda: MinPLogitsWarper(s.min_p)),
    )
    return LogitsProcessorList([make() for applies, make in table if applies])
