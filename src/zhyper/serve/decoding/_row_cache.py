"""Keys and values of rows that come and go: right-aligned, with spare columns to grow into.

A row of n tokens fills the last n of the columns in use; what lies before it is masked, and zero. So rows of
any lengths are a left-padded batch, as every Transformers model takes it, and adding a token copies no
column.

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
class _Extent:
    """Which part of the buffers is in use, in every layer: rows 0 to `rows`, columns `start` to `end`."""

    rows: int = 0
    start: int = 0
    end: int = 0
    height: int = 0
    """R."""
    width: int = 0
    """S."""


class _Layer(DynamicLayer):
    """One layer's buffers of keys and values, [R, H, S, D] each."""

    def __init__(self, extent: _Extent) -> None:
        super().__init__()
        self.extent = extent
        self.buffers: list[Tensor] = []

    def allocate(self, *like: Tensor) -> None:
        """Make buffers for keys and values of such heads, if there are none."""
        e = self.extent
        self.buffers = self.buffers or [s.new_empty(e.height, s.shape[1], e.width, s.shape[3]) for s in like]

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        self.allocate(key_states, value_states)
        e, end = self.extent, self.extent.end + key_states.shape[2]
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[: e.rows, :, e.end : end] = states
        keys, values = (buffer[: e.rows, :, e.start : end] for buffer in self.buffers)
        return keys, values

    def get_seq_length(self) -> int:
        return self.extent.end - self.extent.start

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.get_seq_length() + query_length, 0


class RowCache(Cache):
    """The keys and values of B rows, which may join and leave between two forward passes.

    One step of decoding:
        1. `reserve` sees to it that a column is free behind the last one;
        2. the model writes keys and values there, layer by layer (`_Layer.update`);
        3. `advance` counts the column as in use.

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
                f"this model keeps {names}, but rows that come and go need keys and values in every layer; "
                "choose another base"
            )
        self.extent = _Extent(rows=rows, height=rows, width=columns)
        self.attention = [_Layer(self.extent) for _ in range(config.get_text_config().num_hidden_layers)]
        super().__init__(layers=list(self.attention))

    @property
    def length(self) -> int:
        """Columns in use: the tokens of the longest row."""
        return self.extent.end - self.extent.start

    def advance(self, tokens: int) -> None:
        """Count this many columns, which a forward pass wrote, as in use."""
        self.extent.end += tokens

    def reserve(self, rows: int, columns: int, height: int) -> None:
        """Have room for this many rows and columns in use, and a free column behind them.

        Where the buffers are too small, new ones get `height` rows and `SPARE` columns more.
        """
        e = self.extent
        if rows <= e.height and columns <= e.end < e.width:
            return
        length, width, high = self.length, columns + SPARE, max(rows, height)
        # The columns in use go to the end of the first `columns` of the new buffers.
        for layer in self.attention:
            layer.buffers = [_moved(old, e, high, width, columns) for old in layer.buffers]
        e.start, e.end, e.height, e.width = columns - length, columns, high, width

    def join(self, other: RowCache, height: int) -> None:
        """Take over all rows of another cache; `height` as in `reserve`."""
        # 1. Room for the rows of both, as long as the longest.
        longest = max(self.length, other.length)
        self.reserve(self.extent.rows + other.extent.rows, longest, height)
        mine, theirs = self.extent, other.extent
        start, first, last = mine.end - longest, mine.rows, mine.rows + theirs.rows
        own = mine.end - other.length  # where the columns of the new rows begin
        for layer, new_layer in zip(self.attention, other.attention, strict=True):
            layer.allocate(*new_layer.buffers)
            for buffer, new in zip(layer.buffers, new_layer.buffers, strict=True):
                # 2. Zeros before the old rows, if the new ones are longer.
                buffer[:first, :, start : mine.start] = 0
                # 3. The new rows below the old ones, zeros before them.
                buffer[first:last, :, start:own] = 0
                buffer[first:last, :, own : mine.end] = new[: theirs.rows, :, theirs.start : theirs.end]
        # 4. All of that is in use.
        mine.start, mine.rows = start, last

    def leave(self, row: int, longest: int) -> None:
        """Let a row go; the last one takes its place. `longest`: tokens of the longest row that stays."""
        e = self.extent
        e.rows -= 1
        for layer in self.attention if row != e.rows else ():
            for buffer in layer.buffers:
                buffer[row, :, e.start : e.end] = buffer[e.rows, :, e.start : e.end]
        e.start = e.end - longest


def _moved(old: Tensor, extent: _Extent, rows: int, columns: int, end: int) -> Tensor:
    """A new buffer, in which the part in use of an old one ends before column `end`."""
    new = old.new_empty(rows, old.shape[1], columns, old.shape[3])
    start = end - (extent.end - extent.start)
    new[: extent.rows, :, start:end] = old[: extent.rows, :, extent.start : extent.end]
    return new
