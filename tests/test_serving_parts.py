"""The small parts of the engine, each by itself."""

import asyncio
from collections import Counter

import pytest
import torch

import serving
from conftest import byte_tokenizer, tiny_machine
from test_engine import Asked, engine_of, many, request
from zhyper.bank import Catalogue
from zhyper.serve import Contexts, Policy, Request, Sampling, Wanted
from zhyper.serve._batch import Batch, Row
from zhyper.serve._cache import RowCache
from zhyper.serve._contexts import NotFound
from zhyper.serve._decoder import Decoder
from zhyper.serve._queue import FairQueue
from zhyper.serve._sampling import Chooser
from zhyper.serve._text import TextStream


def chooser(prompt=(), **settings):
    return Chooser(Sampling(max_tokens=9, **{"temperature": 0.0, **settings}), prompt, byte_tokenizer())


def test_penalties_count_what_was_chosen():
    one = chooser(presence_penalty=0.5, frequency_penalty=0.25)
    for token in (3, 3, 7):
        one.choose(torch.nn.functional.one_hot(torch.tensor(token), 9).float() * 100)
    weighed = one._weighed(torch.zeros(9))
    assert weighed.tolist() == [0, 0, 0, -1.0, 0, 0, 0, -0.75, 0]


def test_a_bias_has_a_sign():
    assert chooser(logit_bias={4: -2.0}).choose(torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0])) == 3
    assert chooser(logit_bias={1: 5.0}).choose(torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0])) == 1


def pushed(text, stops=()):
    """What comes out for each byte of a text, and at the end."""
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer, stops)
    parts = []
    for token in tokenizer(text, add_special_tokens=False)["input_ids"]:
        parts.append(stream.push(token))
        if stream.stopped:
            return parts, stream
    return [*parts, stream.finish()], stream


def test_half_a_character_waits_for_its_other_half():
    parts, _ = pushed("aé€😀b")
    assert parts == ["a", "", "é", "", "", "€", "", "", "", "😀", "b", ""]


def test_an_answer_cut_in_a_character_shows_that_it_was():
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer)
    for token in tokenizer("a😀", add_special_tokens=False)["input_ids"][:3]:
        stream.push(token)
    assert stream.finish().startswith("\ufffd")


def test_what_may_begin_a_stop_text_is_held_back_and_given_in_the_end():
    parts, stream = pushed("xab", ("abc",))
    assert parts == ["x", "", "", "ab"] and not stream.stopped
    parts, stream = pushed("xababcd", ("abc", "zz"))
    assert "".join(parts) == "xab" and stream.stopped and stream.finish() == ""
    parts, stream = pushed("x\n\nuser: hi", ("\n\nuser:",))
    assert "".join(parts) == "x" and stream.stopped


def waiting(*clients):
    queue, rows = FairQueue(), []
    for client in clients:
        row = Row(Request(tokens=[5], held=None, sampling=Sampling(max_tokens=1), client=client), lambda piece: None, None, None, None)
        rows.append(row)
        queue.put([row])
    return queue, rows


def test_of_clients_with_as_many_rows_the_one_whose_turn_is_longest_ago_comes_next():
    queue, rows = waiting("a", "a", "a", "b", "b", "c")
    order = []
    while row := queue.peek({}):
        queue.pop(row)
        order.append(row.request.client)
    assert order == ["a", "b", "c", "a", "b", "a"]
    assert len(queue) == 0


def test_a_client_with_rows_under_way_waits_for_those_without():
    queue, rows = waiting("a", "b", "b")
    assert queue.peek(Counter(a=1)) is rows[1]
    assert queue.peek(Counter(a=1, b=2)) is rows[0]
    assert queue.take_if(rows[1:2]) == [rows[1]] and queue.of("b") == 1 and len(queue) == 2


def test_a_group_takes_clients_in_turn():
    machine = tiny_machine()
    decoder, queue = Decoder(machine, 4, 4096, lambda row, piece: None), FairQueue()
    for client in ("a", "a", "a", "a", "b", "b"):
        asked = request(machine, "hello", client=client)
        queue.put([Row.of(asked, machine.tokenizer, lambda piece: None)])
    decoder._batch.rows.append(Row.of(request(machine, "hello", client="b"), machine.tokenizer, lambda piece: None))  # under way
    decoder.admit(queue)
    assert [row.request.client for row in decoder.rows] == ["a", "b", "a", "b"]


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
    cache.grown(max(lengths))
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
        w = cache.window
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


def test_buffers_keep_within_the_positions():
    machine = tiny_machine()
    batch = Batch(machine, rows=8, positions=100)
    rows = [Row.of(request(machine, "x" * 8, max_tokens=tokens), machine.tokenizer, lambda piece: None) for tokens in (9, 30)]
    longest = rows[1].most
    assert batch.fits(rows) and batch._height(rows) == 100 // longest < 8
    assert not batch.fits(rows * 2)


def test_every_token_is_counted_once():
    machine = tiny_machine()
    with engine_of(machine) as engine:
        asked = Asked(engine, [request(machine, "hello", max_tokens=40, ignore_end=True, temperature=1.5, seed=seed) for seed in range(6)])
        asked.wait()
        assert [sum(piece.count for piece in pieces) for pieces in asked.pieces] == [40] * 6
        assert any(piece.count > 1 for pieces in asked.pieces for piece in pieces)  # bytes of one character come together
        assert engine.state.tokens == 240


def test_a_public_mixture_of_private_parts_can_be_used_where_its_numbers_are_not(tmp_path):
    with serving.server(tmp_path) as parts:
        parts.engine.start()
        run = asyncio.run
        part, _ = run(parts.contexts.create(Wanted(text="a secret"), "ann"))
        both, _ = run(parts.contexts.create(Wanted(mix=((part.id, 0.5), ("open", 0.5))), "ann", public=True))
        (tmp_path / "other").mkdir()
        bank = serving.open_bank(tmp_path / "other", parts.machine)
        catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'contexts.db'}", bank)
        replica = Contexts(parts.machine, parts.engine, bank, catalogue, Policy())
        assert run(replica.resolve(Wanted(id=both.id), "bob")).id == both.id
        for known in (parts.contexts, replica):  # though its numbers lie in the replica's bank now
            with pytest.raises(NotFound):
                run(known.resolve(Wanted(id=part.id), "bob"))
        catalogue.close()
        bank.close()
