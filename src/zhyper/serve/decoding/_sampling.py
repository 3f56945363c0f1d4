"""The next token of one row: Transformers' own logits processors, and a random generator of the row's own.

Shapes: V vocabulary.
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


class Chooser:
    """Chooses the tokens of one answer.

    Args:
        sampling: how.
        prompt: its tokens, which the repetition penalty counts too.
        tokenizer: for the texts beside log-probabilities.
    """

    def __init__(self, sampling: Sampling, prompt: Sequence[int], tokenizer: Any) -> None:
        self.sampling, self._prompt = sampling, prompt
        self._bytes = TokenBytes(tokenizer) if sampling.top_logprobs is not None else None
        self._chosen: set[int] = set()
        self._added_V: Tensor | None = None
        self._seen_1T: Tensor | None = None
        self._processors = _processors(sampling)
        self._generator = torch.Generator().manual_seed(
            random.SystemRandom().getrandbits(63) if sampling.seed is None else sampling.seed
        )
        s = sampling
        self._adds = bool(s.presence_penalty or s.frequency_penalty or s.logit_bias)
        self.plain = s.temperature < COLD and not self._processors and not self._adds
        """Whether the likeliest token is always taken, as it comes out of the model."""

    def choose(self, logits_V: Tensor) -> int:
        """The next token out of float32 logits on the CPU."""
        token = int(logits_V.argmax()) if self.plain else self._draw(self._weighed(logits_V.clone()))
        self._remember(token)
        return token

    def told(self, logits_V: Tensor, token: int, at: int) -> Token:
        """A token with its log-probability and as many alternatives as are wanted; it begins at the character `at` of the text."""
        assert self._bytes is not None, "no log-probabilities are wanted"
        logprobs_V = logits_V.log_softmax(-1)
        best = logprobs_V.topk(min(self.sampling.top_logprobs or 0, len(logprobs_V)))
        top = tuple(
            (int(i), self._bytes(int(i)), float(p)) for i, p in zip(best.indices, best.values, strict=True)
        )
        return Token(token, self._bytes(token), float(logprobs_V[token]), at, top)

    def _weighed(self, logits_V: Tensor) -> Tensor:
        if self._adds:
            logits_V += self._added(logits_V)
        if self._processors:
            logits_V = self._processors(self._seen(), logits_V[None])[0]  # type: ignore[arg-type]
        return logits_V

    def _added(self, like_V: Tensor) -> Tensor:
        """What bias and penalties add to the logits [V]; `_remember` keeps it up, so that a step costs one addition."""
        if self._added_V is None:
            bias = self.sampling.logit_bias
            self._added_V = torch.zeros_like(like_V)
            self._added_V.index_add_(
                0, torch.tensor([*bias], dtype=torch.long), torch.tensor([*bias.values()], dtype=like_V.dtype)
            )
        return self._added_V

    def _seen(self) -> Tensor:
        """The tokens [1, T] that the repetition penalty counts."""
        if self._seen_1T is None:
            self._seen_1T = torch.tensor(
                [[*self._prompt]] if self.sampling.repetition_penalty != 1 else [[0]]
            )
        return self._seen_1T

    def _remember(self, token: int) -> None:
        s = self.sampling
        if self._added_V is not None:
            self._added_V[token] -= s.frequency_penalty + (0 if token in self._chosen else s.presence_penalty)
            self._chosen.add(token)
        if self._seen_1T is not None and s.repetition_penalty != 1:
            self._seen_1T = torch.cat((self._seen_1T, torch.tensor([[token]])), dim=1)

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
