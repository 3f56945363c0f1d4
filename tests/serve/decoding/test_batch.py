"""How many rows fit into a batch."""

from conftest import tiny_machine
from engines import request
from zhyper.serve.decoding._batch import Batch, Row


def test_buffers_keep_within_the_positions():
    machine = tiny_machine()
    batch = Batch(machine, rows=8, positions=100)
    rows = [
        Row(request(machine, "x" * 8, max_tokens=tokens), machine.tokenizer, lambda piece: None)
        for tokens in (9, 30)
    ]
    longest = rows[1].longest
    assert batch.fits(rows) and batch._height(rows) == 100 // longest < 8
    assert not batch.fits(rows * 2)
