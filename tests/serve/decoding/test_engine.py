"""Continuous batching: the same answers alone or among others, under any contexts, in any order."""

import threading

import pytest
import torch

from conftest import CONFIGS, METHODS, PATIENCE, tiny_machine
from engines import Asked, assert_same, engine_of, many, request, tokens_of, told
from zhyper.modulation import Modulation
from zhyper.serve.decoding import Busy, Draining, Engine, Request, Sampling, _decoder
from zhyper.serve.decoding._decoder import FAILED


@pytest.mark.engine("zhyper", "answers")
@pytest.mark.engine("zhyper", "batch")
@pytest.mark.parametrize("base", CONFIGS)
def test_tokens_are_those_of_the_plain_forward_pass_whoever_else_is_there(base):
    machine = tiny_machine(base=base)
    requests = told(many(machine, 23))
    expected = tiny_machine(base=base)
    with engine_of(machine, rows=7) as engine:
        asked = Asked(engine, requests)
        asked.wait()
    for one, pieces in zip(requests, asked.pieces, strict=True):
        assert_same(expected, one, pieces)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_row_by_row(method):
    machine = tiny_machine(method)
    requests = told(many(machine, 9))
    with engine_of(machine) as engine:
        asked = Asked(engine, requests)
        asked.wait()
    for one, pieces in zip(requests, asked.pieces, strict=True):
        assert_same(machine, one, pieces)


@pytest.mark.engine("zhyper", "batch")
def test_a_request_has_the_same_tokens_alone_and_among_63_others():
    machine = tiny_machine()
    requests = told(many(machine, 64))
    with engine_of(machine, rows=64) as engine:
        together = Asked(engine, requests)
        together.wait()
        for place in range(0, 64, 9):
            alone = Asked(engine, [requests[place]])
            alone.wait()
            assert_same(machine, requests[place], alone.pieces[0])
            assert_same(machine, requests[place], together.pieces[place])


def test_mixtures_of_a_larger_rank_share_a_batch_with_plain_contexts():
    machine = tiny_machine("t2l-l")
    contexts = machine.modulation(["one", "two", "three"])
    modulations = [
        contexts.at([0]),
        machine.adapter_weights.mix(contexts.at([0, 1]), [0.3, 0.7]),
        machine.adapter_weights.mix(contexts, [1.0, -1.0, 0.5]),
        None,
    ]
    requests = told([request(machine, "hello", one) for one in modulations])
    with engine_of(machine) as engine:
        asked = Asked(engine, requests)
        asked.wait()
    for one, pieces in zip(requests, asked.pieces, strict=True):
        assert_same(machine, one, pieces)


def test_long_prompts_are_read_in_pieces(monkeypatch):
    monkeypatch.setattr("zhyper.serve.decoding._decoder.READ", 10)
    machine = tiny_machine()
    requests = told(many(machine, 12))
    with engine_of(machine) as engine:
        asked = Asked(engine, requests)
        asked.wait()
    for one, pieces in zip(requests, asked.pieces, strict=True):
        assert_same(machine, one, pieces)


def test_rows_outlive_the_spare_columns(monkeypatch):
    monkeypatch.setattr("zhyper.serve.decoding._row_cache.SPARE", 3)
    machine = tiny_machine()
    requests = told(many(machine, 20))
    with engine_of(machine, rows=5) as engine:
        asked = Asked(engine, requests)
        asked.wait()
    for one, pieces in zip(requests, asked.pieces, strict=True):
        assert_same(machine, one, pieces)


def test_numbers_out_of_bounds_harm_nobody_else():
    machine = tiny_machine()
    values = machine.modulation(["wild"]).values
    wild = Modulation(
        {kind: {name: v * torch.inf for name, v in slots.items()} for kind, slots in values.items()}, 1
    )
    requests = told([request(machine, "hello", wild), *many(machine, 6)])
    with engine_of(machine) as engine:
        asked = Asked(engine, requests)
        last = [piece for _, piece in asked.wait()]
        assert last[0].finish == "error" and "strength" in last[0].error
        again = Asked(engine, requests[1:])
        again.wait()
    for one, pieces in zip(requests[1:], asked.pieces[1:], strict=True):
        assert_same(machine, one, pieces)
    for one, pieces in zip(requests[1:], again.pieces, strict=True):
        assert_same(machine, one, pieces)


def test_answers_are_those_of_generate():
    machine = tiny_machine()
    prompts = ["", "a", "hello there", "x" * 30]
    descriptions = ["one", None, "two", "one"]
    expected = machine.generate(prompts, descriptions, max_new_tokens=9)
    with engine_of(machine) as engine:
        held = [None if d is None else machine.modulation([d]) for d in descriptions]
        got = Asked(engine, [request(machine, p, h) for p, h in zip(prompts, held, strict=True)]).texts()
    assert [text.strip() for text in got] == expected


def test_a_seed_gives_the_same_tokens_and_others_give_others():
    machine = tiny_machine()
    with engine_of(machine) as engine:

        def sampled(seed, among):
            asked = Asked(
                engine,
                [
                    request(machine, "hello", temperature=1.5, seed=seed, max_tokens=12),
                    *(many(machine, among) if among else []),
                ],
            )
            return asked.texts()[0]

        assert sampled(3, 0) == sampled(3, 5)
        assert len({sampled(seed, 0) for seed in (1, 2, 3, None, None)}) == 5


def test_sampling_settings_change_what_is_chosen():
    machine = tiny_machine()
    with engine_of(machine) as engine:

        def chosen(**settings):
            one = request(machine, "hello", max_tokens=12, ignore_end=True, top_logprobs=3, **settings)
            asked = Asked(engine, [one])
            asked.wait()
            return [token for piece in asked.pieces[0] for token in piece.tokens]

        greedy = [token.id for token in chosen()]
        assert [token.id for token in chosen(temperature=2.0, top_k=1, seed=1)] == greedy
        assert [token.id for token in chosen(temperature=2.0, top_p=1e-6, seed=1)] == greedy
        assert [token.id for token in chosen(temperature=2.0, min_p=1.0, seed=1)] == greedy
        assert [token.id for token in chosen(temperature=2.0, seed=1)] != greedy
        assert {token.id for token in chosen(logit_bias={77: 1000.0})} == {77}
        assert len({token.id for token in chosen(presence_penalty=1000.0)}) == 12
        assert len({token.id for token in chosen(frequency_penalty=1000.0)}) == 12
        assert [token.id for token in chosen(repetition_penalty=3.0)] != greedy
        for token in chosen():
            assert token.top[0][0] == token.id and token.top[0][2] == token.logprob
            assert len(token.top) == 3 and token.top[0][2] >= token.top[1][2] >= token.top[2][2]


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it():
    machine = tiny_machine()
    whole, _ = tokens_of(machine, request(machine, "hello", max_tokens=30))
    with engine_of(machine) as engine:
        full = Asked(engine, [request(machine, "hello", max_tokens=30)]).texts()[0]
        assert len(full) > 6, full
        stop = full[4:6]
        text, last = Asked(
            engine, [request(machine, "hello", max_tokens=30, stop=(stop, "never there"))]
        ).wait()[0]
    assert text == full[: full.index(stop)]
    assert last.finish == "stop"
    assert whole


def test_a_stop_text_that_the_cut_answer_completes_stops_it():
    machine = tiny_machine()
    half = machine.tokenizer("😀", add_special_tokens=False)["input_ids"][0]
    for stop, finish in (("\ufffd", "stop"), ("\ufffdy", "length")):
        asked = request(machine, "hello", max_tokens=1, stop=(stop,), logit_bias={half: 1e6})
        with engine_of(machine) as engine:
            text, last = Asked(engine, [asked]).wait()[0]
        assert (text, last.finish) == ("" if finish == "stop" else "\ufffd", finish)


def test_what_cannot_be_answered_is_refused_before_it_waits():
    machine = tiny_machine()
    with engine_of(machine, positions=100) as engine:
        for wrong, said in (
            (request(machine, "x" * 90, max_tokens=50), "together may have 100"),
            (request(machine, "x", max_tokens=-1), "max_tokens is at least 0"),
            (Request(tokens=[], modulation=None, sampling=Sampling(max_tokens=1)), "at least 1"),
            (Request(tokens=[263], modulation=None, sampling=Sampling(max_tokens=1)), "vocabulary has 263"),
            (request(machine, "x", logit_bias={-1: 1.0}), "token -1"),
        ):
            with pytest.raises(ValueError, match=said):
                engine.submit([wrong], lambda place, piece: None)
        assert engine.state.waiting == 0


def test_a_full_queue_refuses_all_or_takes_all():
    machine = tiny_machine()
    engine = Engine(machine, rows=2, queue=5)
    asked = Asked(engine, many(machine, 3))  # not started yet, so that they wait
    with pytest.raises(Busy, match="3 requests wait already") as raised:
        Asked(engine, many(machine, 3))
    assert 1 <= raised.value.retry_after <= 60
    assert engine.state.waiting == 3
    engine.start()
    assert len(asked.wait()) == 3
    engine.close()


def test_one_client_cannot_fill_the_queue():
    machine = tiny_machine()
    engine = Engine(machine, rows=2, queue=16)
    for _ in range(14):
        Asked(engine, [request(machine, "hello", client="greedy")])
    with pytest.raises(Busy):
        Asked(engine, [request(machine, "hello", client="greedy")])
    Asked(engine, [request(machine, "hello", client="modest")])
    Asked(engine, [request(machine, "hello", client="other")])
    with pytest.raises(Busy):
        Asked(engine, [request(machine, "hello", client="third")])


def test_one_request_cannot_fill_the_queue():
    machine = tiny_machine()
    engine = Engine(machine, rows=2, queue=16)
    lots = [request(machine, "hello", client="greedy")] * 15
    with pytest.raises(ValueError, match="15 answers were asked for at once, but at most 14 may wait"):
        Asked(engine, lots)
    Asked(engine, lots[:14])
    with pytest.raises(Busy):
        Asked(engine, [request(machine, "hello", client="other")] * 3)
    Asked(engine, [request(machine, "hello", client="modest")] * 2)
    assert engine.state.waiting == 16


def test_clients_take_turns():
    machine = tiny_machine()
    engine = Engine(machine, rows=2, queue=100)
    order = []
    lots = [request(machine, "hello", client="greedy", max_tokens=6, ignore_end=True) for _ in range(12)]
    one = [request(machine, "hello", client="modest", max_tokens=6, ignore_end=True)]
    ended = threading.Semaphore(0)

    def take(name):
        def note(place, piece):
            if piece.finish:
                order.append(name)
                ended.release()

        return note

    engine.submit(lots, take("greedy"))
    engine.submit(one, take("modest"))
    engine.start()
    for _ in range(13):
        assert ended.acquire(timeout=PATIENCE)
    engine.close()
    assert "modest" in order[:2]


def test_a_cancelled_request_ends_and_makes_room():
    machine = tiny_machine()
    with engine_of(machine, rows=1) as engine:
        long = Asked(engine, [request(machine, "hello", max_tokens=100, ignore_end=True)])
        waiting = Asked(engine, [request(machine, "hello"), request(machine, "there")])
        waiting.cancel[0]()
        long.cancel[0]()
        assert long.wait()[0][1].finish == "cancelled"
        first, second = waiting.wait()
        assert first[1].finish == "cancelled" and second[1].finish in ("stop", "length")
        assert engine.state.running == engine.state.waiting == 0
        long.cancel[0]()  # a second time: nothing happens


def test_a_model_that_fails_fails_its_rows_alone_and_the_log_says_why(caplog):
    machine = tiny_machine()
    bad = Modulation({"q_proj": {}}, 1)
    with engine_of(machine) as engine:
        text, last = Asked(engine, [request(machine, "hello", bad)]).wait()[0]
        assert last.finish == "error" and last.error == FAILED
        assert caplog.records[-1].exc_info[2] is not None and caplog.records[-1].message == "the model failed"
        assert Asked(engine, [request(machine, "hello")]).wait()[0][1].finish in ("stop", "length")


def test_a_row_that_fails_to_choose_fails_alone(caplog):
    machine = tiny_machine()
    bad = request(machine, "hello", temperature=1.0, logit_bias={9: torch.nan})
    requests = told(many(machine, 7))
    with engine_of(machine) as engine:
        asked = Asked(engine, [requests[0], bad, *requests[1:]])
        last = [piece for _, piece in asked.wait()]
        assert (last[1].finish, last[1].error) == ("error", FAILED)
        assert engine.state.running == 0
    assert len(caplog.records) == 1
    for one, pieces in zip(requests, asked.pieces[:1] + asked.pieces[2:], strict=True):
        assert_same(machine, one, pieces)


def test_jobs_are_done_between_steps_and_their_errors_come_back():
    machine = tiny_machine()
    with engine_of(machine) as engine:
        asked = Asked(engine, many(machine, 10))
        assert engine.run(lambda: threading.current_thread().name).result(PATIENCE) == "zhyper-engine"
        with pytest.raises(ZeroDivisionError):
            engine.run(lambda: 1 // 0).result(PATIENCE)
        asked.wait()


def test_draining_ends_what_is_under_way_and_takes_nothing_more():
    machine = tiny_machine()
    with engine_of(machine) as engine:
        asked = Asked(engine, many(machine, 10))
        assert engine.drain(PATIENCE)
        assert all(piece.finish in ("stop", "length") for _, piece in asked.wait())
        with pytest.raises(Draining, match="shutting down"):
            Asked(engine, many(machine, 1))
        with pytest.raises(Draining):
            engine.run(lambda: 1)


def test_closing_cancels_what_is_under_way():
    machine = tiny_machine()
    engine = Engine(machine, rows=1)
    asked = Asked(engine, many(machine, 3))
    engine.start()
    engine.close()
    last = [piece for _, piece in asked.wait()]
    assert all(piece.finish for piece in last) and last[-1].finish == "cancelled"
    assert not engine.state.alive


def test_a_model_with_a_state_that_is_no_cache_is_refused():
    import transformers

    machine = tiny_machine()
    config = transformers.Qwen3NextConfig(num_hidden_layers=4)
    machine.model.base.config = config
    with pytest.raises(ValueError, match="keys and values in every layer"):
        Engine(machine)


def test_the_prompt_has_the_log_probabilities_of_a_plain_forward_pass(monkeypatch):
    """Under contexts, in a batch with others, in pieces, beside rows that decode."""
    monkeypatch.setattr(_decoder, "SCORED", 37)
    machine = tiny_machine()
    plain = many(machine, 9)
    scored = [
        Request(
            tokens=one.tokens,
            modulation=one.modulation,
            sampling=Sampling(max_tokens=i % 3, temperature=0, top_logprobs=i % 4, score_prompt=True),
        )
        for i, one in enumerate(many(machine, 11, seed=1))
    ]
    alternating = [each for pair in zip(scored, plain, strict=False) for each in pair] + scored[len(plain) :]
    with engine_of(machine) as engine:
        alone = Asked(engine, plain).texts()
        asked = Asked(engine, alternating)
        texts = asked.texts()
        tokens = engine.state.tokens
    assert [texts[alternating.index(one)] for one in plain] == alone
    assert tokens <= 2 * sum(one.sampling.max_tokens for one in plain) + sum(i % 3 for i in range(11))
    for one in scored:
        pieces, count = asked.pieces[alternating.index(one)], one.sampling.top_logprobs
        told = pieces[0].prompt
        assert not any(piece.prompt for piece in pieces[1:]) and pieces[-1].finish in ("stop", "length")
        assert sum(piece.count for piece in pieces) <= one.sampling.max_tokens
        row = torch.tensor([one.tokens])
        with torch.no_grad():
            logprobs = machine.logits(row, torch.ones_like(row), one.modulation)[0].log_softmax(-1)
        assert [token.id for token in told] == list(one.tokens)
        assert told[0].logprob is None and told[0].top == ()
        for place, token in enumerate(told[1:]):
            assert token.logprob == pytest.approx(float(logprobs[place, token.id]), abs=1e-4)
            best = logprobs[place].topk(count)
            assert [p for _, _, p in token.top] == pytest.approx(best.values.tolist(), abs=1e-4)


def test_a_prompt_without_numbers_is_an_error_that_is_told():
    machine = tiny_machine()
    wild = machine.modulation(["x"]).scale(torch.inf)
    one = request(machine, "hello", wild, max_tokens=0, top_logprobs=0, score_prompt=True)
    with engine_of(machine) as engine:
        ((text, last),) = Asked(engine, [one]).wait()
    assert (text, last.finish, last.overflow) == ("", "error", True)
