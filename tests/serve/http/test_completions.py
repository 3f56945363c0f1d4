"""Answers of the HTTP API: their shapes, streams, choices and contexts; its numbers and its document."""

import json

import pytest
import torch
from starlette.testclient import TestClient

from conftest import tiny_machine
from serving import ASKED, ask, events, said, server
from zhyper.serve.decoding import Token
from zhyper.serve.http._completions import logprobs_of
from zhyper.serve.http._response_schemas import ChatChunk, ComparisonChunk, Completion


def test_a_chat_answers_as_the_machine_does(client, parts):
    answer = ask(client, context="be a pirate")
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["system_fingerprint"] == f"zhyper-{parts.machine.weights_sha256[:12]}"
    assert answer["zhyper"] == {
        "context": parts.machine.address("be a pirate"),
        "strength": 1.0,
        "distance": None,
        "far": None,
        "note": None,
    }
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] <= 7
    expected = parts.engine.run(
        lambda: parts.machine.generate(["say it"] * 2, ["be a pirate", None], max_new_tokens=7)
    ).result()
    assert [said(answer).strip(), said(ask(client)).strip()] == expected
    assert expected[0] != expected[1], "the context makes a difference"


@pytest.mark.engine("zhyper", "strength")
def test_strength(client):
    bare = said(ask(client))
    assert said(ask(client, context="be a pirate", context_strength=0)) == bare
    assert said(ask(client, context="be a pirate", context_strength=-3)) != said(
        ask(client, context="be a pirate")
    )
    assert ask(client, context="be a pirate", context_strength=-3)["zhyper"]["strength"] == -3


def test_a_stream_says_what_the_whole_answer_says(client):
    whole = ask(client, n=2, temperature=1, seed=5, context="x")
    chunks = events(
        client,
        "/v1/chat/completions",
        n=2,
        temperature=1,
        seed=5,
        context="x",
        stream_options={"include_usage": True},
    )
    for chunk in chunks:
        ChatChunk.model_validate(chunk)
    assert [chunk["choices"][0]["delta"] for chunk in chunks[:2]] == [
        {"role": "assistant", "content": ""}
    ] * 2
    assert chunks[0]["zhyper"] == whole["zhyper"]
    assert not any("zhyper" in chunk for chunk in chunks[1:])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == whole["usage"]
    for i, choice in enumerate(whole["choices"]):
        mine = [chunk["choices"][0] for chunk in chunks[:-1] if chunk["choices"][0]["index"] == i]
        assert "".join(part["delta"].get("content", "") for part in mine) == choice["message"]["content"]
        assert [part["finish_reason"] for part in mine if part["finish_reason"]] == [choice["finish_reason"]]
        assert mine[-1]["delta"] == {}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_choice_i_has_the_seed_plus_i(client):
    both = ask(client, n=2, temperature=1.5, seed=11)["choices"]
    alone = [ask(client, temperature=1.5, seed=seed)["choices"][0] for seed in (11, 12)]
    assert [choice["message"] for choice in both] == [choice["message"] for choice in alone]
    assert both[0]["message"] != both[1]["message"]
    ask(client, n=2, seed=2**63 - 1)


def test_logprobs_of_a_chat(client):
    content = ask(client, logprobs=True, top_logprobs=3, ignore_eos=True)["choices"][0]["logprobs"]["content"]
    assert len(content) == 7
    for token in content:
        assert len(token["top_logprobs"]) == 3
        assert token["logprob"] <= 0
        assert token["top_logprobs"][0]["logprob"] == token["logprob"], "greedy takes the likeliest"
        assert len(token["bytes"]) == 1
        assert token["token"] == bytes(token["bytes"]).decode(errors="backslashreplace")
    assert ask(client, logprobs=True)["choices"][0]["logprobs"]["content"][0]["top_logprobs"] == []
    assert ask(client)["choices"][0]["logprobs"] is None


def test_prompts_of_completions(client):
    text, listed = (ask(client, "/v1/completions", prompt=prompt) for prompt in ("abc", ["abc"]))
    assert text["choices"] == listed["choices"]
    assert text["object"] == "text_completion"
    assert text["id"].startswith("cmpl-")
    tokens = [client_token + 5 for client_token in (1, 2, 3)]
    one, two = (ask(client, "/v1/completions", prompt=prompt) for prompt in (tokens, [tokens, tokens]))
    assert [choice["text"] for choice in two["choices"]] == [one["choices"][0]["text"]] * 2
    assert [choice["index"] for choice in two["choices"]] == [0, 1]
    assert two["usage"]["prompt_tokens"] == 6
    assert ask(client, "/v1/completions", prompt="")["usage"]["prompt_tokens"] == 1
    assert (
        ask(client, "/v1/completions", prompt="abc", max_tokens=None, ignore_eos=True)["usage"][
            "completion_tokens"
        ]
        == 16
    )
    many = ask(client, "/v1/completions", prompt=["a", "b"], n=2, temperature=1, seed=3)["choices"]
    assert [choice["index"] for choice in many] == [0, 1, 2, 3]
    assert (
        many[1]["text"]
        == ask(client, "/v1/completions", prompt="a", temperature=1, seed=4)["choices"][0]["text"]
    )


def test_completions_echo_and_logprobs(client):
    plain, echoed = (
        ask(client, "/v1/completions", prompt="abc", echo=echo)["choices"][0]["text"]
        for echo in (False, True)
    )
    assert echoed == f"abc{plain}"
    choice = ask(client, "/v1/completions", prompt="abc", logprobs=2, ignore_eos=True)["choices"][0]
    found = choice["logprobs"]
    assert (
        len(found["tokens"])
        == len(found["token_logprobs"])
        == len(found["top_logprobs"])
        == len(found["text_offset"])
        == 7
    )
    assert len({len(top) for top in found["top_logprobs"]}) == 1
    chunks = events(
        client,
        "/v1/completions",
        prompt="abc",
        logprobs=2,
        ignore_eos=True,
        stream_options={"include_usage": True},
    )
    for chunk in chunks:
        Completion.model_validate(chunk)
    streamed = [chunk["choices"][0]["logprobs"] for chunk in chunks[1:-1]]
    assert sum((part["text_offset"] for part in streamed if part), []) == found["text_offset"]
    assert chunks[-1]["usage"]["completion_tokens"] == 7
    assert events(client, "/v1/completions", prompt="abc", echo=True)[0]["choices"][0]["text"] == "abc"


@pytest.mark.parametrize("context", [None, "be a pirate"])
def test_prompts_are_scored_as_evaluation_harnesses_ask(client, parts, context):
    """The body of lm-eval's `local-completions` for multiple choice, whole and in batches."""
    machine, texts = parts.machine, ["say what is it", "abc", "Ünï ✓ code"]
    prompts = [machine.tokenizer(text)["input_ids"] for text in texts]
    body = {"temperature": 0, "max_tokens": 1, "logprobs": 1, "seed": 1234, "echo": True, "context": context}
    together = ask(client, "/v1/completions", prompt=prompts, ignore_eos=True, **body)
    assert together["usage"]["completion_tokens"] == 3
    for text, ids, choice in zip(texts, prompts, together["choices"], strict=True):
        alone = ask(client, "/v1/completions", prompt=ids, ignore_eos=True, **body)["choices"][0]
        as_text = ask(client, "/v1/completions", prompt=text, ignore_eos=True, **body)["choices"][0]
        assert alone["text"] == as_text["text"] == choice["text"] and choice["text"].startswith(text)
        told = choice["logprobs"]
        assert len(told["tokens"]) == len(ids) + 1
        assert told["token_logprobs"][0] is None and told["top_logprobs"][0] is None
        row = torch.tensor([ids])
        logits = parts.engine.run(
            lambda row=row: machine.logits(row, torch.ones_like(row), machine.rows([context]))
        ).result()
        logprobs = logits[0].detach().log_softmax(-1)
        expected = [float(logprobs[i, token]) for i, token in enumerate(ids[1:])]
        assert told["token_logprobs"][1:-1] == pytest.approx(expected, abs=1e-4)
        best = [float(row.max()) for row in logprobs]
        assert [max(top.values()) for top in told["top_logprobs"][1:]] == pytest.approx(best, abs=1e-4)
        assert told["text_offset"][-1] == len(text) and told["text_offset"][0] == 0
        assert told["text_offset"] == sorted(told["text_offset"])
        # without an answer behind it, and as a stream
        for most, behind in ((0, 0), (1, 1)):
            asked = {**body, "max_tokens": most, "ignore_eos": True, "prompt": ids}
            whole = ask(client, "/v1/completions", **asked)
            (only,) = whole["choices"]
            assert len(only["logprobs"]["tokens"]) == len(ids) + behind
            assert whole["usage"]["completion_tokens"] == behind and only["finish_reason"] == "length"
            chunks = [
                Completion.model_validate(chunk) for chunk in events(client, "/v1/completions", **asked)
            ]
            parts_of = [chunk.choices[0] for chunk in chunks]
            assert "".join(part.text for part in parts_of) == only["text"]
            streamed = [part.logprobs for part in parts_of if part.logprobs]
            assert sum((each.tokens for each in streamed), []) == only["logprobs"]["tokens"]
            assert sum((each.text_offset for each in streamed), []) == only["logprobs"]["text_offset"]


def test_no_answer_but_the_prompt(client):
    answer = ask(client, "/v1/completions", prompt="abc", echo=True, max_tokens=0)
    assert (answer["choices"][0]["text"], answer["usage"]["completion_tokens"]) == ("abc", 0)
    assert answer["choices"][0]["logprobs"] is None
    assert ask(client, max_tokens=0, status=400)


def test_logprobs_of_characters_that_several_tokens_make(client, parts):
    first, *rest = parts.machine.tokenizer("é😀", add_special_tokens=False)["input_ids"]
    asked = {"prompt": "abc", "logprobs": 3, "logit_bias": {str(first): 100}, "max_tokens": 3}
    found = ask(client, "/v1/completions", **asked)["choices"][0]
    assert found["text"] == "\ufffd" * 3
    assert found["logprobs"]["tokens"] == [r"bytes:\xc3"] * 3
    assert found["logprobs"]["text_offset"] == [0, 1, 2]
    assert [len(top) for top in found["logprobs"]["top_logprobs"]] == [3] * 3
    bias = {str(token): 100 - 8 * i for i, token in enumerate((first, *rest))}
    chosen = ask(client, logprobs=True, logit_bias=bias, repetition_penalty=2, max_tokens=6)["choices"][0]
    assert chosen["message"]["content"] == "é😀"
    content = chosen["logprobs"]["content"]
    assert bytes(byte for token in content for byte in token["bytes"]) == "é😀".encode()
    assert [token["token"] for token in content][:2] == [r"\xc3", r"\xa9"]
    completed = ask(
        client,
        "/v1/completions",
        prompt="abc",
        logprobs=0,
        logit_bias=bias,
        repetition_penalty=2,
        max_tokens=6,
    )["choices"][0]
    assert completed["text"] == "é😀" and completed["logprobs"]["text_offset"] == [0, 0, 1, 1, 1, 1]


def test_the_default_length_fits_behind_a_long_prompt(client, parts):
    most = parts.engine.window
    answer = ask(client, "/v1/completions", prompt=[7] * (most - 3), max_tokens=None, ignore_eos=True)
    assert answer["usage"]["completion_tokens"] == 3


def test_stop(client):
    whole = said(ask(client, max_tokens=20))
    stop = whole[3:5]
    cut = ask(client, max_tokens=20, stop=[stop])
    assert said(cut) == whole[: whole.index(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"


def test_compare_answers_as_each_column_alone(client, parts):
    columns = [
        {"context": "x"},
        {
            "context_mix": [{"text": "x", "weight": 0.5}, {"text": "y", "weight": 1.0}],
            "context_strength": 2.0,
        },
    ]
    whole = ask(client, "/v1/compare", messages=ASKED, columns=columns)
    alone = [said(ask(client)), said(ask(client, context="x")), said(ask(client, **columns[1]))]
    assert [column["message"]["content"] for column in whole["columns"]] == alone
    assert len(set(alone)) == 3
    assert whole["columns"][0]["zhyper"]["context"] is None
    chunks = events(client, "/v1/compare", columns=columns)
    for chunk in chunks:
        ComparisonChunk.model_validate(chunk)
    assert [chunk["zhyper"] for chunk in chunks[:3]] == [column["zhyper"] for column in whole["columns"]]
    for i in range(3):
        mine = [chunk for chunk in chunks if chunk["column"] == i]
        assert "".join(chunk["delta"].get("content", "") for chunk in mine) == alone[i]
        assert mine[-1]["usage"] == whole["columns"][i]["usage"]
    only = ask(client, "/v1/compare", messages=ASKED, columns=columns, base=False)
    assert [column["message"]["content"] for column in only["columns"]] == alone[1:]
    drawn = ask(
        client,
        "/v1/compare",
        messages=ASKED,
        columns=[{"context": "x", "context_strength": 0}],
        temperature=1,
        seed=3,
    )
    assert drawn["columns"][0]["message"] == drawn["columns"][1]["message"], (
        "the seed is the same in every column"
    )


def test_parts_of_messages_and_roles(client):
    parts = [{"role": "user", "content": [{"type": "text", "text": "say "}, {"type": "text", "text": "it"}]}]
    assert said(ask(client, messages=parts)) == said(ask(client))
    developer, system = ([{"role": role, "content": "be kind"}, *ASKED] for role in ("developer", "system"))
    assert said(ask(client, messages=developer)) == said(ask(client, messages=system))


def test_numbers_are_what_json_says_they_are(client):
    body = (
        b'{"model": "zhyper", "messages": [{"role": "user", "content": "say it"}], '
        b'"max_tokens": 7.0, "temperature": 0.0, "n": 1e0}'
    )
    response = client.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert said(response.json()) == said(ask(client))


def test_what_clients_send_besides_is_read_over(client):
    extra = {
        "user": "me",
        "store": False,
        "metadata": {"a": 1},
        "tools": None,
        "tool_choice": "auto",
        "modalities": ["text"],
    }
    assert said(
        ask(client, **extra, response_format={"type": "text"}, logit_bias=None, stream=None, n=None)
    ) == said(ask(client))


def test_each_prompt_is_its_own_context_for_a_hyperdecoder(tmp_path):
    machine = tiny_machine(context="instance")
    with server(tmp_path, machine) as parts, TestClient(parts.app) as client:
        own = ask(client)
        assert own["zhyper"]["context"] == machine.address("say it")
        assert (
            said(own)
            == said(ask(client, context="say it"))
            != said(ask(client, context="say it", context_strength=0))
        )
        texts = ask(client, "/v1/completions", prompt=["abc", "say it"])["choices"]
        assert (
            texts[1]["text"]
            == ask(client, "/v1/completions", prompt="say it", context="say it")["choices"][0]["text"]
        )


def test_a_generator_that_reads_no_contexts_answers_under_any(tmp_path):
    with server(tmp_path, tiny_machine("lora")) as parts, TestClient(parts.app) as client:
        bare, one, other = said(ask(client)), said(ask(client, context="a")), said(ask(client, context="b"))
        assert bare != one == other


def test_health_metrics_and_document(client, parts):
    assert client.get("/health").json() == {"status": "ok", "reasons": []}
    ask(client)
    numbers = client.get("/metrics").text
    assert f"zhyper_contexts {float(len(parts.bank))}" in numbers
    assert 'zhyper_requests_total{method="POST",route="/v1/chat/completions",status="200"}' in numbers
    assert "zhyper_first_token_seconds_count" in numbers
    document = client.get("/openapi.json").json()
    assert "422" not in json.dumps(document)
    assert "ChatChunk" in document["components"]["schemas"]
    assert client.get("/").headers["content-type"].startswith("text/html")


def test_two_tokens_are_never_told_as_one():
    top = ((7, b"\xf0", -1.0), (8, b"\x9f", -2.0), (9, b"A", -3.0), (4 + 0x41, b"A", -4.0))
    told = logprobs_of([Token(7, b"\xf0", -1.0, 0, top)], 4)
    assert told.tokens == [r"bytes:\xf0"]
    assert told.top_logprobs == [{r"bytes:\xf0": -1.0, r"bytes:\x9f": -2.0, "A": -3.0, r"bytes:\x41": -4.0}]
