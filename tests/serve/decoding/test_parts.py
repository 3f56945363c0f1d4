"""The small parts of the engine, each by itself."""

import asyncio
import random
import time
from collections import Counter

import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models

import serving
from conftest import byte_tokenizer, tiny_machine
from engines import Asked, engine_of, many, request
from zhyper.bank import Catalogue
from zhyper.serve import Contexts, Policy, Request, Sampling, Wanted
from zhyper.serve.contexts._store import NotFound
from zhyper.serve.decoding._batch import Batch, Row
from zhyper.serve.decoding._decoder import Decoder
from zhyper.serve.decoding._fair_queue import FairQueue
from zhyper.serve.decoding._request import Token
from zhyper.serve.decoding._row_cache import RowCache
from zhyper.serve.decoding._sampling import Sampler
from zhyper.serve.decoding._text_stream import TextStream, TokenBytes
from zhyper.serve.http._completions import _logprobs_of


def chooser(prompt=(), **settings):
    return Sampler(Sampling(max_tokens=9, **{"temperature": 0.0, **settings}), prompt, byte_tokenizer())


def test_penalties_count_what_was_chosen():
    one = chooser(presence_penalty=0.5, frequency_penalty=0.25)
    for token in (3, 3, 7):
        one.choose(torch.nn.functional.one_hot(torch.tensor(token), 9).float() * 100)
    weighed = one.processed(torch.zeros(9))
    assert weighed.tolist() == [0, 0, 0, -1.0, 0, 0, 0, -0.75, 0]


def seconds(one, wide):
    """The least that a choice takes."""
    taken = []
    for _ in range(9):
        logits, began = torch.zeros(wide), time.perf_counter()
        one.processed(logits)
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_bias_and_penalties_cost_the_same_for_any_number_of_tokens():
    wide = 50_000
    assert seconds(chooser(logit_bias=dict.fromkeys(range(wide), 1.0)), wide) < 50 * seconds(
        chooser(logit_bias={3: 1.0}), wide
    )
    few, many = (chooser(presence_penalty=1.0, frequency_penalty=1.0) for _ in range(2))
    few.processed(torch.zeros(wide))
    for token in range(2_000):
        logits = torch.zeros(wide)
        logits[token] = 1e4
        assert many.choose(logits) == token
    assert seconds(many, wide) < 50 * seconds(few, wide)


def test_the_repetition_penalty_counts_the_prompt_and_what_was_chosen():
    one = chooser(prompt=(1, 2), repetition_penalty=2.0)
    assert one.choose(torch.tensor([0.0, 5.0, 1.0, 3.0, 0.5])) == 3
    assert one.choose(torch.tensor([0.0, 1.5, 1.0, 3.1, 1.54])) == 3
    assert one.processed(torch.ones(5)).tolist() == [1, 0.5, 0.5, 0.5, 1]


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


def test_each_token_is_told_where_it_begins():
    tokenizer, rng = byte_tokenizer(), random.Random(0)
    spelt = TokenBytes(tokenizer)
    tokens = {spelt(token): token for token in range(5, 261)}
    for _ in range(200):
        parts = [
            rng.choice([*"aé€😀", ""]).encode() or rng.randbytes(1) for _ in range(9)
        ]  # whole characters and loose bytes
        raw, stream = b"".join(parts), TextStream(tokenizer)
        for i in range(len(raw)):
            stream.push(tokens[raw[i : i + 1]])
            assert stream.offset == len(raw[: i + 1].decode(errors="replace")) - 1, raw
    stream = TextStream(tokenizer)
    for token, at in ((tokens[b"a"], 0), (tokenizer.eos_token_id, 1), (tokens[b"b"], 1)):
        stream.push(token)
        assert stream.offset == at


def sentencepiece():
    """A tokenizer of SentencePiece's kind."""
    vocabulary = {
        "<unk>": 0,
        "</s>": 1,
        "\u2581so": 2,
        "A": 3,
        **{f"<0x{byte:02X}>": 4 + byte for byte in range(256)},
    }
    tokenizer = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, unk_token="<unk>"))
    steps = [
        decoders.Replace("\u2581", " "),
        decoders.ByteFallback(),
        decoders.Fuse(),
        decoders.Strip(" ", 1, 0),
    ]
    tokenizer.decoder = decoders.Sequence(steps)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>"
    )


def test_the_bytes_of_a_token_are_its_own():
    spelt = TokenBytes(sentencepiece())
    assert [spelt(token) for token in (2, 3, 4 + 0xF0, 1, 999)] == [b" so", b"A", b"\xf0", b"</s>", b""]
    letters = byte_tokenizer()
    spelt = TokenBytes(letters)
    assert b"".join(map(spelt, letters("a é😀", add_special_tokens=False)["input_ids"])) == "a é😀".encode()
    assert spelt(letters.eos_token_id) == b"<|end|>"


def test_two_tokens_are_never_told_as_one():
    top = ((7, b"\xf0", -1.0), (8, b"\x9f", -2.0), (9, b"A", -3.0), (4 + 0x41, b"A", -4.0))
    told = _logprobs_of([Token(7, b"\xf0", -1.0, 0, top)], 4)
    assert told.tokens == [r"bytes:\xf0"]
    assert told.top_logprobs == [{r"bytes:\xf0": -1.0, r"bytes:\x9f": -2.0, "A": -3.0, r"bytes:\x41": -4.0}]


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
        row = Row(
            Request(tokens=[5], modulation=None, sampling=Sampling(max_tokens=1), client=client),
            lambda piece: None,
            None,
            None,
            None,
        )
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
    assert queue.remove(rows[1:2]) == [rows[1]] and queue.count("b") == 1 and len(queue) == 2


def test_a_group_takes_clients_in_turn():
    machine = tiny_machine()
    decoder, queue = Decoder(machine, 4, 4096, lambda row, piece: None), FairQueue()
    for client in ("a", "a", "a", "a", "b", "b"):
        asked = request(machine, "hello", client=client)
        queue.put([Row.of(asked, machine.tokenizer, lambda piece: None)])
    decoder._batch.rows.append(
        Row.of(request(machine, "hello", client="b"), machine.tokenizer, lambda piece: None)
    )  # under way
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


def test_buffers_keep_within_the_positions():
    machine = tiny_machine()
    batch = Batch(machine, rows=8, positions=100)
    rows = [
        Row.of(request(machine, "x" * 8, max_tokens=tokens), machine.tokenizer, lambda piece: None)
        for tokens in (9, 30)
    ]
    longest = rows[1].longest
    assert batch.fits(rows) and batch._height(rows) == 100 // longest < 8
    assert not batch.fits(rows * 2)


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
