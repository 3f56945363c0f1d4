"""The loss of answer tokens without all their logits in memory at once.

The logits of N tokens are N x vocabulary numbers, and their gradients as many again: with a large vocabulary
more than the rest of a step holds. A token's loss depends on its own hidden state alone, so a few tokens at a
time are carried through the head, and at once back to the gradient of their hidden states. That is all that
is kept, and nothing is computed twice, as in Liger's fused linear cross-entropy
(https://arxiv.org/abs/2410.10989). The head is frozen.

Shapes: N answer tokens, n of them at a time, H hidden width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import cross_entropy


def answer_losses(
    logits_of: Callable[[Tensor], Tensor],
    hidden_NH: Tensor,
    targets_N: Tensor,
    chunk: int,
    smoothing: float = 0.0,
) -> tuple[Tensor, Tensor | None]:
    """The cross-entropy [N] of each token in float32, and whether it is the model's first choice [N].

    The second is None where the hidden states need a gradient: no one reads it then, and it costs 1 % of a
    step of long answers.

    Args:
        logits_of: logits [n, V] of hidden states [n, H], each row by itself; its weights get no gradient.
        hidden_NH: of the positions that predict an answer token.
        targets_N: the answer tokens.
        chunk: how many tokens' logits exist at a time.
        smoothing: as in `torch.nn.functional.cross_entropy`.
    """
    result: tuple[Tensor, Tensor | None] = _AnswerLosses.apply(
        hidden_NH, targets_N, logits_of, chunk, smoothing
    )
    return result


class _AnswerLosses(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden_NH: Tensor,
        targets_N: Tensor,
        logits_of: Callable[[Tensor], Tensor],
        chunk: int,
        smoothing: float,
    ) -> tuple[Tensor, Tensor | None]:
        training = ctx.needs_input_grad[0]
        losses_N = hidden_NH.new_empty(len(targets_N), dtype=torch.float32)
        right_N = None if training else torch.empty_like(targets_N, dtype=torch.bool)
        gradient_NH = torch.empty_like(hidden_NH) if training else None
        for start in range(0, len(targets_N), chunk):
            part = slice(start, start + chunk)
            # 1. Logits and losses of a few tokens.
            with torch.set_grad_enabled(training):
                hidden_nH = hidden_NH[part].detach().requires_grad_(training)
                logits_nV = logits_of(hidden_nH).float()
                losses_n = cross_entropy(
                    logits_nV, targets_N[part], reduction="none", label_smoothing=smoothing
                )
            losses_N[part] = losses_n.detach()
            # 2. What else is read of the logits, before the next ones take their place.
            if right_N is not None:
                right_N[part] = logits_nV.argmax(-1) == targets_N[part]
            if gradient_NH is not None:
                gradient_NH[part] = torch.autograd.grad(losses_n, hidden_nH, torch.ones_like(losses_n))[0]
        ctx.save_for_backward(gradient_NH)
        return losses_N, right_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient_N: Tensor, _: Tensor) -> tuple[Tensor, None, None, None, None]:
        # 3. Each token's gradient was taken for a loss of weight 1; here its real weight arrives.
        (gradient_NH,) = ctx.saved_tensors
        return (gradient_NH * gradient_N[:, None]).to(gradient_NH.dtype), None, None, None, None
