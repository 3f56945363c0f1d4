"""Rows are admitted in turn, and each of their tokens is counted."""

from conftest import tiny_machine
from engines import Asked, engine_of, request
from zhyper.serve.decoding._batch import Row
from zhyper.serve.decoding._decoder import Decoder
from zhyper.serve.decoding._fair_queue import FairQueue


def test_a_group_takes_clients_in_turn():
    machine = tiny_machine()
    decoder, queue = Decoder(machine, 4, 4096, lambda row, piece: None), FairQueue()
    for client in ("a", "a", "a", "a", "b", "b"):
        asked = request(machine, "hello", client=client)
        queue.put([Row(asked, machine.tokenizer, lambda piece: None)])
    decoder._batch.rows.append(
        Row(request(machine, "hello", client="b"), machine.tokenizer, lambda piece: None)
    )  # under way
    decoder.admit(queue)
    assert [row.request.client for row in decoder.rows] == ["a", "b", "a", "b"]


def test_every_token_is_counted_once():
    machine = tiny_machine()
    with engine_of(machine) as engine:
        asked = Asked(
            engine,
            [
                request(machine, "hello", max_tokens=40, ignore_end=True, temperature=1.5, seed=seed)
                for seed in range(6)
            ],
        )
        asked.wait()
        assert [sum(piece.count for piece in pieces) for pieces in asked.pieces] == [40] * 6
        assert any(
            piece.count > 1 for pieces in asked.pieces for piece in pieces
        )  # bytes of one character come together
        assert engine.state.tokens == 240
