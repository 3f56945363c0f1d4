"""Rows that decode together, each under its own modulation.

A group is read in, joins the others, and leaves row by row.

Shapes: B rows, T tokens of one forward pass, S columns of the cache, V vocabulary, N places of a batch, M
those of them which a token of a prompt follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from zhyper.answers import cache_argument
from zhyper.data import pad_left
from zhyper.model import only_at
from zhyper.modulation import Modulation
from zhyper.serve.decoding._request import Piece, Request
from zhyper.serve.decoding._row_cache import RowCache
from zhyper.serve.decoding._row_modulations import is_off, stack_rows
from zhyper.serve.decoding._sampling import Sampler
from zhyper.serve.decoding._text_stream import TextStream
from zhyper.text_to_adapter import TextToAdapter


class Row:
    """One request under way, whose pieces go to `deliver`."""

    def __init__(self, request: Request, tokenizer: Any, deliver: Callable[[Piece], object]) -> None:
        self.request, self.deliver = request, deliver
        self.sampler = Sampler(request.sampling, request.tokens, tokenizer)
        self.text = TextStream(tokenizer, request.sampling.stop)
        modulation = request.modulation
        self.modulation = None if modulation is None or is_off(modulation) else modulation
        self.longest = len(request.tokens) + request.sampling.max_tokens
        """Tokens that prompt and answer may come to have."""
        self.length = 0
        """Tokens in the cache."""
        self.generated: list[int] = []
        self.uncounted = 0
        """Generated tokens that no piece has counted yet."""
        self.scored = request.sampling.score_prompt
        """Whether the prompt's tokens are told with their log-probabilities."""
        self.prompt = [self.sampler.tell(request.tokens[0], None)] if self.scored else []
        """Those that have been read."""
        self.overflow = False
        """Whether one of them has no log-probability, for the model's numbers ran out of bounds."""


class Group:
    """Rows whose prompts are read together, some columns at a time; all of them are scored, or none is."""

    def __init__(self, machine: TextToAdapter, rows: Sequence[Row]) -> None:
        self.machine, self.rows, self.scored = machine, list(rows), rows[0].scored
        prompts = [list(row.request.tokens) for row in rows]
        self._ids_BT = pad_left(prompts, machine.tokenizer.pad_token_id)
        self._mask_BT = pad_left([[1] * len(prompt) for prompt in prompts], 0).bool()
        self.cache = RowCache(machine.model.base.config, len(rows), self._ids_BT.shape[1])
        self._modulation = _modulation_of(machine, rows)

    def read(self, columns: int) -> Tensor | None:
        """Read on; the logits [B, V] after the prompts when they are at their end."""
        start, whole = self.cache.length, self._ids_BT.shape[1]
        end = min(start + columns, whole)
        mask_BS = self._mask_BT[:, :end]
        positions_BT = (mask_BS.long().cumsum(-1) - 1).clamp(min=0)[:, start:]
        ids_BT = self._ids_BT[:, start:end]
        shown_BT = self._mask_BT[:, start:end] if self.scored else _last(ids_BT)
        logits_NV = forward(
            self.machine, ids_BT, mask_BS, positions_BT, self._modulation, self.cache, shown_BT
        )
        if self.scored:
            self._score(logits_NV, shown_BT, start)
            logits_NV = logits_NV[_last(ids_BT)[shown_BT].to(logits_NV.device)]
        if end < whole:
            return None
        for row in self.rows:
            row.length = len(row.request.tokens)
        return logits_NV

    @torch.inference_mode()
    def _score(self, logits_NV: Tensor, shown_BT: Tensor, start: int) -> None:
        """Give each row the log-probabilities of the tokens that follow the N ones which are shown."""
        rows_N, columns_N = shown_BT.nonzero(as_tuple=True)
        next_N = columns_N + start + 1
        inside_N = next_N < self._ids_BT.shape[1]  # what follows a prompt's last token is no part of it
        rows_M, next_M = rows_N[inside_N], next_N[inside_N]
        ids_M = self._ids_BT[rows_M, next_M]
        logprobs_MV = logits_NV[inside_N.to(logits_NV.device)].log_softmax(-1)
        picked_M = logprobs_MV.gather(-1, ids_M[:, None].to(logits_NV.device))[:, 0].tolist()
        most = max(row.request.sampling.top_logprobs or 0 for row in self.rows)
        best = logprobs_MV.topk(min(most, logprobs_MV.shape[-1]))
        tops = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        for i, token, logprob, (ids, values) in zip(
            rows_M.tolist(), ids_M.tolist(), picked_M, tops, strict=True
        ):
            row = self.rows[i]
            row.overflow |= math.isnan(logprob)
            row.prompt.append(row.sampler.tell(token, logprob, list(zip(ids, values, strict=True))))


class Batch:
    """The rows that decode.

    Args:
        machine: the model and its adapter.
        rows: most rows at a time.
        positions: most tokens in the cache, padding included.
    """

    def __init__(self, machine: TextToAdapter, rows: int, positions: int) -> None:
        self.machine, self.most_rows, self.positions = machine, rows, positions
        self.rows: list[Row] = []
        self._cache = self._empty()
        self._modulation: Modulation | None = None

    def _empty(self) -> RowCache:
        return RowCache(self.machine.model.base.config, 0, 0)

    def fits(self, rows: Sequence[Row]) -> bool:
        """Whether these rows may come in besides."""
        together = [*self.rows, *rows]
        return (
            len(together) <= self.most_rows
            and len(together) * max(row.longest for row in together) <= self.positions
        )

    def join(self, group: Group) -> None:
        """Take in the rows of a group that has been read."""
        rows = self.rows + group.rows
        self._cache.join(group.cache, self._height(rows))
        self.rows = rows
        self._modulation = _modulation_of(self.machine, rows)

    def leave(self, gone: Sequence[Row]) -> None:
        """Let rows go."""
        for row in gone:
            place, last = self.rows.index(row), self.rows.pop()
            if place < len(self.rows):  # as in the cache, the last row takes its place
                self.rows[place] = last
            self._cache.leave(place, max((other.length for other in self.rows), default=0))
        if gone:
            self._cache = self._cache if self.rows else self._empty()
            self._modulation = _modulation_of(self.machine, self.rows)

    def step(self) -> Tensor:
        """One token more in each row: the logits [B, V] after the last generated ones."""
        self._cache.reserve(len(self.rows), self._cache.length, self._height(self.rows))
        lengths_B = torch.tensor([row.length for row in self.rows])
        columns = self._cache.length + 1
        mask_BS = torch.arange(columns) >= columns - 1 - lengths_B[:, None]
        ids_B1 = torch.tensor([[row.generated[-1]] for row in self.rows])
        logits_BV = forward(
            self.machine, ids_B1, mask_BS, lengths_B[:, None], self._modulation, self._cache, _last(ids_B1)
        )
        for row in self.rows:
            row.length += 1
        return logits_BV

    def _height(self, rows: Sequence[Row]) -> int:
        """Rows that new buffers are made for."""
        return min(self.most_rows, self.positions // max(row.longest for row in rows))


def _modulation_of(machine: TextToAdapter, rows: Sequence[Row]) -> Modulation | None:
    """The rows' modulations as one, on the model's device."""
    modulation = stack_rows(machine.adapter_weights, [row.modulation for row in rows])
    return None if modulation is None else modulation.to(machine.model.base.device)


def _last(ids_BT: Tensor) -> Tensor:
    """The last position of each row, [B, T]."""
    last_BT = torch.zeros_like(ids_BT, dtype=torch.bool)
    last_BT[:, -1] = True
    return last_BT


@torch.inference_mode()
def forward(
    machine: TextToAdapter,
    ids_BT: Tensor,
    mask_BS: Tensor,
    positions_BT: Tensor,
    modulation: Modulation | None,
    cache: RowCache,
    shown_BT: Tensor,
) -> Tensor:
    """Logits [N, V] after the N shown tokens, row by row, in float32; the cache grows by T columns."""
    device = machine.model.base.device
    with machine.model.under(modulation) as base, only_at(base.get_output_embeddings(), shown_BT.to(device)):
        output = base(
            input_ids=ids_BT.to(device),
            attention_mask=None if bool(mask_BS.all()) else mask_BS.to(device),
            position_ids=positions_BT.to(device),
            use_cache=True,
            **{cache_argument(base): cache},
        )
    cache.advance(ids_BT.shape[1])
    logits_NV: Tensor = output.logits[0].float()
    return logits_NV
