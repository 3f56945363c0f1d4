"""Rows that are decoded together, each under its own context: a group is read in, joins the others, and leaves row by row.

Shapes: B rows, T tokens of one forward pass, S columns of the cache, V vocabulary.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from zhyper.data import pad_left
from zhyper.model import only_at
from zhyper.modulation import Modulation
from zhyper.serve.decoding._request import Piece, Request
from zhyper.serve.decoding._row_cache import RowCache
from zhyper.serve.decoding._row_modulations import is_off, together
from zhyper.serve.decoding._sampling import Chooser
from zhyper.serve.decoding._text_stream import TextStream
from zhyper.text_to_adapter import TextToAdapter


@dataclass(eq=False)
class Row:
    """One request under way."""

    request: Request
    deliver: Callable[[Piece], None]
    chooser: Chooser
    text: TextStream
    held: Modulation | None
    length: int = 0
    """Tokens in the cache."""
    chosen: list[int] = field(default_factory=list)
    unsaid: int = 0
    """Chosen tokens that no piece has counted yet."""

    @property
    def most(self) -> int:
        """Tokens it may come to have."""
        return len(self.request.tokens) + self.request.sampling.max_tokens

    @classmethod
    def of(cls, request: Request, tokenizer: Any, deliver: Callable[[Piece], None]) -> Row:
        """A row for a request, whose pieces go to `deliver`."""
        sampling, held = request.sampling, request.held
        chooser = Chooser(sampling, request.tokens, tokenizer)
        return cls(
            request,
            deliver,
            chooser,
            TextStream(tokenizer, sampling.stop),
            None if held is None or is_off(held) else held,
        )


class Group:
    """Rows whose prompts are read together, some columns at a time."""

    def __init__(self, machine: TextToAdapter, rows: Sequence[Row]) -> None:
        self.machine, self.rows = machine, list(rows)
        prompts = [list(row.request.tokens) for row in rows]
        self._ids_BT = pad_left(prompts, machine.tokenizer.pad_token_id)
        self._mask_BT = pad_left([[1] * len(prompt) for prompt in prompts], 0).bool()
        self.cache = RowCache(machine.model.base.config, len(rows), self._ids_BT.shape[1])
        self._held = _held(machine, rows)

    @property
    def unread(self) -> int:
        """Columns that are left to read."""
        return self._ids_BT.shape[1] - self.cache.length

    def read(self, columns: int) -> Tensor | None:
        """Read on; the logits [B, V] after the prompts when they are at their end."""
        start = self.cache.length
        end = min(start + columns, self._ids_BT.shape[1])
        mask_BS = self._mask_BT[:, :end]
        positions_BT = (mask_BS.long().cumsum(-1) - 1).clamp(min=0)[:, start:]
        logits_BV = forward(
            self.machine, self._ids_BT[:, start:end], mask_BS, positions_BT, self._held, self.cache
        )
        if self.unread:
            return None
        for row in self.rows:
            row.length = len(row.request.tokens)
        return logits_BV


class Batch:
    """The rows that decode.

    Args:
        machine: the model and its adapter.
        rows: most rows at a time.
        positions: most tokens in the cache, padding included.
    """

    def __init__(self, machine: TextToAdapter, rows: int, positions: int) -> None:
        self.machine, self.most, self.positions = machine, rows, positions
        self.rows: list[Row] = []
        self._cache = self._empty()
        self._held: Modulation | None = None

    def _empty(self) -> RowCache:
        return RowCache(self.machine.model.base.config, 0, 0)

    def fits(self, rows: Sequence[Row]) -> bool:
        """Whether these rows may come in besides."""
        count = len(self.rows) + len(rows)
        return count <= self.most and count * max(row.most for row in [*self.rows, *rows]) <= self.positions

    def join(self, group: Group) -> None:
        """Take in the rows of a group that has been read."""
        rows = self.rows + group.rows
        self._cache.join(group.cache, self._height(rows))
        self.rows = rows
        self._held = _held(self.machine, rows)

    def leave(self, gone: Sequence[Row]) -> None:
        """Let rows go."""
        for row in gone:
            place = self.rows.index(row)
            last = self.rows.pop()
            if place < len(self.rows):
                self.rows[place] = last
            self._cache.leave(place, max((other.length for other in self.rows), default=0))
        if gone:
            self._cache = self._cache if self.rows else self._empty()
            self._held = _held(self.machine, self.rows)

    def step(self) -> Tensor:
        """One token more in each row: the logits [B, V] after the last chosen ones."""
        self._cache.room(len(self.rows), self._cache.length, self._height(self.rows))
        lengths_B = torch.tensor([row.length for row in self.rows])
        columns = self._cache.length + 1
        mask_BS = torch.arange(columns) >= columns - 1 - lengths_B[:, None]
        ids_B1 = torch.tensor([[row.chosen[-1]] for row in self.rows])
        logits_BV = forward(self.machine, ids_B1, mask_BS, lengths_B[:, None], self._held, self._cache)
        for row in self.rows:
            row.length += 1
        return logits_BV

    def _height(self, rows: Sequence[Row]) -> int:
        return min(self.most, self.positions // max(row.most for row in rows))


def _held(machine: TextToAdapter, rows: Sequence[Row]) -> Modulation | None:
    """What rows are under, where the model is."""
    held = together(machine.adapter_weights, [row.held for row in rows])
    return None if held is None else held.to(machine.model.base.device)


def _cache_name(base: Any) -> str:
    """What a model calls its cache: Transformers 5 renames it."""
    return "cache" if "cache" in inspect.signature(base.forward).parameters else "past_key_values"


@torch.inference_mode()
def forward(
    machine: TextToAdapter,
    ids_BT: Tensor,
    mask_BS: Tensor,
    positions_BT: Tensor,
    held: Modulation | None,
    rows: RowCache,
) -> Tensor:
    """Logits [B, V] after the last token, in float32; the cache `rows` grows by T columns."""
    device = machine.model.base.device
    last_BT = torch.zeros_like(ids_BT, dtype=torch.bool)
    last_BT[:, -1] = True
    with machine.model.under(held) as base, only_at(base.get_output_embeddings(), last_BT.to(device)):
        out = base(
            input_ids=ids_BT.to(device),
            attention_mask=None if bool(mask_BS.all()) else mask_BS.to(device),
            position_ids=positions_BT.to(device),
            use_cache=True,
            **{_cache_name(base): rows},
        )
    rows.grown(ids_BT.shape[1])
    logits_BV: Tensor = out.logits[0].float()
    return logits_BV
