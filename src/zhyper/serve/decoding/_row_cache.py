"""Keys and values of rows that come and go: right-aligned, each row its own, with spare columns to grow into.

A row of n tokens fills the last n of the columns in use; what lies before it is masked, and zero. So a batch of rows of any lengths
is a left-padded batch, as every Transformers model takes it, and no column is copied when a token is added.

Shapes: B rows in use, R rows of the buffers, H heads, S columns of the buffers, D head size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

SPARE = 128
"""Columns to grow into, after which the rows are moved to the front again."""


@dataclass
class _Window:
    """Which part of the buffers is in use, the same in every layer."""

    rows: int = 0
    start: int = 0
    end: int = 0
    height: int = 0
    width: int = 0


class _Layer(DynamicLayer):
    """One layer's buffers of keys and values, [R, H, S, D] each; the window says which rows and columns are in use."""

    def __init__(self, window: _Window) -> None:
        super().__init__()
        self.window = window
        self.buffers: list[Tensor] = []

    def allocate(self, *like: Tensor) -> None:
        """Make buffers for keys and values of such heads, if there are none."""
        w = self.window
        self.buffers = self.buffers or [s.new_empty(w.height, s.shape[1], w.width, s.shape[3]) for s in like]

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        self.allocate(key_states, value_states)
        w, end = self.window, self.window.end + key_states.shape[2]
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[: w.rows, :, w.end : end] = states
        keys, values = (buffer[: w.rows, :, w.start : end] for buffer in self.buffers)
        return keys, values

    def get_seq_length(self) -> int:
        return self.window.end - self.window.start

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.get_seq_length() + query_length, 0


class RowCache(Cache):
    """The keys and values of B rows, which may join and leave between two forward passes.

    Args:
        config: of the model, whose layers must all be attention.
        rows: rows that the buffers are made for, at first.
        columns: tokens that they are made for, at first.

    Raises:
        ValueError: a layer keeps a state that is no keys and values.
    """

    def __init__(self, config: Any, rows: int, columns: int) -> None:
        kinds = {type(layer) for layer in DynamicCache(config=config).layers}
        if kinds - {DynamicLayer, DynamicSlidingWindowLayer}:
            names = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise ValueError(
                f"this model keeps {names}, but rows that come and go want keys and values in every layer; choose another base"
            )
        self.window = _Window(rows=rows, height=rows, width=columns)
        self.attention = [_Layer(self.window) for _ in range(config.get_text_config().num_hidden_layers)]
        super().__init__(layers=list(self.attention))

    @property
    def length(self) -> int:
        """Columns in use: the tokens of the longest row."""
        return self.window.end - self.window.start

    def grown(self, tokens: int) -> None:
        """Say that a forward pass wrote this many columns."""
        self.window.end += tokens

    def room(self, rows: int, columns: int, height: int) -> None:
        """Have room for this many rows and columns in use; buffers that must be made anew get `height` rows and spare columns."""
        w = self.window
        if rows <= w.height and columns <= w.end < w.width:
            return
        length, width, high = self.length, columns + SPARE, max(rows, height)
        for layer in self.attention:
            layer.buffers = [_moved(old, w, high, width, length) for old in layer.buffers]
        w.start, w.end, w.height, w.width = columns - length, columns, high, width

    def join(self, other: RowCache, height: int) -> None:
        """Take over all rows of another cache; `height` as in `room`."""
        longest = max(self.length, other.length)
        self.room(self.window.rows + other.window.rows, longest, height)
        w, o = self.window, other.window
        start, first, last = w.end - longest, w.rows, w.rows + o.rows
        for mine, theirs in zip(self.attention, other.attention, strict=True):
            mine.allocate(*theirs.buffers)
            for buffer, new in zip(mine.buffers, theirs.buffers, strict=True):
                buffer[:first, :, start : w.start] = 0
                buffer[first:last, :, start : w.end - other.length] = 0
                buffer[first:last, :, w.end - other.length : w.end] = new[: o.rows, :, o.start : o.end]
        w.start, w.rows = start, last

    def leave(self, row: int, longest: int) -> None:
        """Let a row go; the last one takes its place. `longest` is the length of the longest row that stays."""
        w = self.window
        w.rows -= 1
        for layer in self.attention if row != w.rows else ():
            for buffer in layer.buffers:
                buffer[row, :, w.start : w.end] = buffer[w.rows, :, w.start : w.end]
        w.start = w.end - longest


def _moved(old: Tensor, w: _Window, rows: int, columns: int, length: int) -> Tensor:
    """The part in use of a buffer, at the end of the first `columns - SPARE` columns of a new one."""
    end = columns - SPARE
    new = old.new_empty(rows, old.shape[1], columns, old.shape[3])
    new[: w.rows, :, end - length : end] = old[: w.rows, :, w.start : w.end]
    return new
