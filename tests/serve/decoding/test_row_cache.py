"""What the buffers of keys and values hold while rows come and go."""

import torch

from conftest import tiny_machine
from engines import Asked, engine_of, many
from zhyper.serve.decoding._row_cache import RowCache


def test_nothing_of_the_memory_that_buffers_are_made_of_is_read(monkeypatch):
    empty = torch.Tensor.new_empty
    monkeypatch.setattr(torch.Tensor, "new_empty", lambda self, *shape: empty(self, *shape).fill_(torch.nan))
    machine = tiny_machine()
    with engine_of(machine, rows=5) as engine:
        asked = Asked(engine, many(machine, 25))
        assert {piece.finish for _, piece in asked.wait()} <= {"stop", "length"}


def read_in(config, lengths, value):
    """A cache whose rows have these lengths, all of one value, and nothing before them."""
    cache = RowCache(config, len(lengths), max(lengths))
    for layer in cache.attention:
        states = torch.full((len(lengths), 2, max(lengths), 4), value)
        for row, length in enumerate(lengths):
            states[row, :, : max(lengths) - length] = 0
        layer.update(states, states)
    cache.advance(max(lengths))
    return cache


def test_before_a_rows_own_columns_there_is_nothing(monkeypatch):
    empty = torch.Tensor.new_empty
    monkeypatch.setattr(torch.Tensor, "new_empty", lambda self, *shape: empty(self, *shape).fill_(torch.nan))
    config = tiny_machine().model.base.config
    cache = RowCache(config, 0, 0)
    lengths = []

    def join(*new):
        cache.join(read_in(config, new, float(len(lengths) + 1)), 9)
        lengths.extend(new)

    def leave(row):
        last = lengths.pop()
        if row < len(lengths):
            lengths[row] = last
        cache.leave(row, max(lengths))

    def check():
        w = cache.extent
        assert w.rows == len(lengths) and cache.length == max(lengths)
        for layer in cache.attention:
            for buffer in layer.buffers:
                for row, length in enumerate(lengths):
                    assert bool((buffer[row, :, w.start : w.end - length] == 0).all())
                    assert bool((buffer[row, :, w.end - length : w.end] > 0).all())

    for step in (
        lambda: join(3, 2),
        lambda: join(11),
        lambda: join(5, 7),
        lambda: leave(2),
        lambda: join(10),
        lambda: leave(0),
        lambda: join(13),
    ):
        step()
        check()
