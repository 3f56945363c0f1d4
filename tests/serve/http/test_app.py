"""What the HTTP API refuses, what it does without its database or disk, and when clients go."""

import asyncio
import errno
import json
import threading
import time

import pytest
from starlette.testclient import TestClient

from conftest import PATIENCE, tiny_machine
from serving import ASKED, NOBODY, ask, keep, said, server
from zhyper.serve.decoding import Request, Sampling
from zhyper.serve.http._limits import Limits


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"messages": []}, "messages", "at least 1 item"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "messages", "end it with one"),
        (
            {"messages": [{"role": "tool", "content": "a", "tool_call_id": "x"}]},
            "messages[0].role",
            "reads and answers text, without tools",
        ),
        (
            {"messages": [*ASKED, {"role": "function", "name": "f", "content": "a"}]},
            "messages[1].role",
            "reads and answers text, without tools",
        ),
        (
            {"messages": [{"role": "clerk", "content": "a"}]},
            "messages[0].role",
            "'system', 'developer', 'user' or 'assistant'",
        ),
        (
            {"messages": [{"role": "assistant", "content": None, "tool_calls": [{"id": "x"}]}, *ASKED]},
            "messages[0].tool_calls",
            "without tools",
        ),
        (
            {"messages": [{"role": "assistant", "function_call": {"name": "f"}}, *ASKED]},
            "messages[0].function_call",
            "without tools",
        ),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0]", "has no content"),
        ({"messages": [{"role": "system"}, *ASKED]}, "messages[0]", "has no content"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "input_audio"}]}
                ]
            },
            "messages[0].content[1].type",
            "'input_audio' came, but this server reads text only",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content[0].type",
            "'image_url' came, but this server reads text only",
        ),
        ({"messages": ASKED * 257}, "messages", "at most 256"),
        ({"tools": [{"type": "function"}]}, "tools", "without tools"),
        ({"functions": [{}]}, "functions", "without tools"),
        ({"audio": {"voice": "a"}}, "audio", "does not have that"),
        ({"response_format": {"type": "json_object"}}, "response_format", "text only"),
        ({"contexts": ["a"]}, "contexts", "'contexts' is not known here: the right name is 'context'"),
        ({"context": "a", "context_mix": [{"text": "a"}]}, None, "give one of them"),
        ({"model": "zhyper/poet", "context": "a"}, None, "the model names a context"),
        ({"context_mix": [{"text": "a", "id": NOBODY}]}, "context_mix[0].id", "leave it out"),
        ({"context_mix": []}, "context_mix", "at least 1 item"),
        ({"context_mix": [{"text": "a"}] * 9}, "context", "1 to 8"),
        ({"context": " "}, "context", "empty"),
        ({"context": "a" * 4001}, "context", "4,000"),
        ({"context": "a", "context_strength": 17}, "context", "from -16 to 16"),
        ({"top_logprobs": 2}, None, "set logprobs"),
        ({"max_tokens": 2049}, "max_tokens", "1 to 2048"),
        ({"max_tokens": 128}, None, "shorten the prompt"),
        ({"n": 9}, "n", "at most 8"),
        ({"temperature": 2.5}, "temperature", "less than or equal to 2"),
        ({"temperature": "1"}, "temperature", "number"),
        ({"stop": ["a"] * 5}, "stop", "at most 4"),
        ({"stop": ""}, "stop", "1 to 256"),
        ({"logit_bias": {"263": 1}}, None, "vocabulary"),
        ({"logit_bias": {"a": 1}}, "logit_bias.a", "pattern"),
        ({"seed": 2**63}, "seed", "less than"),
    ],
)
def test_requests_that_cannot_be_answered_are_told_why(client, body, param, words):
    for stream in (False, True):
        error = ask(client, status=400, **body, stream=stream)["error"]
        assert words in error["message"], error
        assert error["type"] == "invalid_request_error"
        assert error["param"] is not None or param is None, error
        assert param is None or error["param"].startswith(param), error


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/completions", {"prompt": []}, "1 to 32"),
        ("/v1/completions", {"prompt": [[]]}, "no tokens"),
        ("/v1/completions", {"prompt": [2**40]}, "send tokens from 0"),
        ("/v1/completions", {"prompt": ["a"] * 33}, "1 to 32"),
        ("/v1/completions", {"prompt": "a", "best_of": 3}, "set n"),
        ("/v1/completions", {"prompt": "a", "suffix": "b"}, "does not have that"),
        ("/v1/completions", {"prompt": "a", "max_tokens": -1}, "greater than or equal to 0"),
        ("/v1/compare", {"messages": ASKED, "base": False}, "nothing to compare"),
        ("/v1/compare", {"messages": ASKED, "columns": [{}]}, "exactly one"),
        ("/v1/compare", {"messages": ASKED, "columns": [{"context": "a"}] * 9}, "at most 8"),
        ("/v1/contexts", {}, "exactly one"),
        ("/v1/contexts", {"description": "a", "name": "../x"}, "choose another name"),
        ("/v1/contexts", {"description": "a", "tags": ["t"] * 17}, "at most 16"),
    ],
)
def test_other_requests_too(client, path, body, words):
    assert words in ask(client, path, status=400, **body)["error"]["message"]


CONTEXT, MIX, STRENGTH = (
    f"right name is '{name}'" for name in ("context", "context_mix", "context_strength")
)
CHAT, COMPLETIONS, COMPARE = "/v1/chat/completions", "/v1/completions", "/v1/compare"
GRAMMAR, OTHER, BESIDE = "free text, without a grammar", "answer would be another", "stands beside 'model'"


@pytest.mark.parametrize(
    ("path", "body", "param", "words"),
    [
        *(
            (path, {**rest, name: value}, name, words)
            for path, rest in ((CHAT, {}), (COMPLETIONS, {"prompt": "a"}))
            for name, value, words in [
                ("extra_body", {"context": "x"}, BESIDE),
                ("custom", {"context_mix": []}, BESIDE),
                ("contex", "x", CONTEXT),
                ("Context", "x", CONTEXT),
                ("contextMix", [], MIX),
                ("context_strenght", 2, STRENGTH),
                ("description", "x", CONTEXT),
                ("persona", "x", CONTEXT),
                ("adapter_id", "x/y", CONTEXT),
                ("lora_request", {"name": "x"}, CONTEXT),
                ("lora", "x", CONTEXT),
                ("peft_model", "x", CONTEXT),
                ("context_name", "x", "contexts are given by context, context_mix and context_strength"),
                ("skip_special_tokens", False, OTHER),
                ("do_sample", False, OTHER),
                ("num_return_sequences", 2, "right name is 'n'"),
                ("mix", [{"text": "x"}], MIX),
                ("strength", 0.5, STRENGTH),
                ("guided_json", {"type": "object"}, GRAMMAR),
                ("structured_outputs", {"choice": ["a"]}, GRAMMAR),
                ("max_new_tokens", 3, "right name is 'max_tokens'"),
                ("maxTokens", 3, "right name is 'max_tokens'"),
                ("temprature", 0.5, "right name is 'temperature'"),
                ("repeat_penalty", 1.1, "right name is 'repetition_penalty'"),
                ("use_beam_search", True, OTHER),
                ("num_beams", 4, OTHER),
                ("min_tokens", 5, OTHER),
                ("tools", [{"type": "function"}], "without tools"),
                ("response_format", {"type": "json_object"}, "text only"),
            ]
        ),
        (CHAT, {"system_prompt": "x"}, "system_prompt", "role 'system' in 'messages'"),
        (COMPLETIONS, {"prompt": "a", "system_prompt": "x"}, "system_prompt", OTHER),
        (COMPLETIONS, {"prompt": "a", "max_completion_tokens": 3}, "max_completion_tokens", "'max_tokens'"),
        (
            CHAT,
            {"stream_options": {"include_usages": True}},
            "stream_options.include_usages",
            "'include_usage'",
        ),
        (
            CHAT,
            {"messages": [{**ASKED[0], "context": "x"}]},
            "messages[0].context",
            "belongs beside 'messages'",
        ),
        (
            CHAT,
            {"messages": [{"role": "user", "text": "x"}]},
            "messages[0].text",
            "right name is 'content'",
        ),
        (
            CHAT,
            {"messages": [{**ASKED[0], "persona": "x"}]},
            "messages[0].persona",
            "belongs beside 'messages'",
        ),
        (
            CHAT,
            {"messages": [{"role": "assistant", "contnet": "x"}, *ASKED]},
            "messages[0].contnet",
            "'content'",
        ),
        (CHAT, {"context_mix": [{"description": "x"}]}, "context_mix[0].description", "right name is 'text'"),
        (CHAT, {"context_mix": [{"text": "x", "weigth": 2}]}, "context_mix[0].weigth", "'weight'"),
        (CHAT, {"context_mix": [{"text": "x", "strength": 2}]}, "context_mix[0].strength", "'weight'"),
        (COMPARE, {"messages": ASKED, "context": "x"}, "context", "right name is 'columns'"),
        (COMPARE, {"messages": ASKED, "columns": [{"description": "x"}]}, "columns[0].description", CONTEXT),
        (
            COMPARE,
            {"messages": ASKED, "columns": [{"context": "x", "strength": 2}]},
            "columns[0].strength",
            STRENGTH,
        ),
        (COMPARE, {"messages": ASKED, "user": "ann"}, "user", "leave it out"),
        ("/v1/contexts", {"context": "x"}, "context", "right name is 'description'"),
        ("/v1/contexts", {"description": "x", "context_strength": 2}, "context_strength", "'strength'"),
        ("/v1/contexts", {"context_mix": [{"text": "x"}]}, "context_mix", "right name is 'mix'"),
        ("/v1/contexts/search", {"query": "x"}, "query", "right name is 'description'"),
    ],
)
def test_names_that_would_change_the_answer_are_refused(client, path, body, param, words):
    body = {"messages": ASKED, **body} if path == CHAT else body
    body = {"model": "zhyper", **body} if path in (CHAT, COMPLETIONS) else body
    response = client.post(path, json=body)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert (error["param"], words in error["message"]) == (param, True), error


HARMLESS = {
    "user": "ann", "metadata": {"context": "of a log"}, "store": True, "service_tier": "auto",
    "parallel_tool_calls": True, "prompt_cache_key": "a", "safety_identifier": "b", "reasoning_effort": "low",
    "verbosity": "low", "session_id": "c", "chat_id": "d", "keep_alive": 5, "timeout": 9, "cache_salt": "e",
    "priority": 1, "request_id": "f", "add_generation_prompt": True, "skip_special_tokens": True,
    "guided_json": None, "extra_body": {}, "lora_request": None, "contex": None, "num_beams": 1,
    "use_beam_search": False, "stop_token_ids": [], "tools": [], "tool_choice": "auto",
}  # fmt: skip
"""What clients send besides, or other servers' fields as they are when nobody has set them."""


def test_names_that_change_nothing_are_read_over(client):
    assert said(ask(client, **HARMLESS)) == said(ask(client))
    texts = [ask(client, COMPLETIONS, prompt="a", **more)["choices"][0]["text"] for more in (HARMLESS, {})]
    assert texts[0] == texts[1]
    named = {**ASKED[0], "name": "ann", "id": 3}
    streams = {"stream_options": {"include_obfuscation": False}}
    assert said(ask(client, messages=[named], **streams)) == said(ask(client))


def test_names_in_the_url_are_looked_at_too(client):
    body = {"model": "zhyper", "messages": ASKED, "max_tokens": 2}
    for path, words in (
        ("/v1/chat/completions?context=x", "'context' came in the URL; send it in the body"),
        ("/v1/chat/completions?contex=x", "'contex' came in the URL; send it in the body"),
        ("/v1/contexts?tags=x", "the right name is 'tag'"),
    ):
        response = client.get(path) if path.startswith("/v1/contexts") else client.post(path, json=body)
        assert response.status_code == 400 and words in response.json()["error"]["message"], response.text
    assert client.post("/v1/chat/completions?api-version=2024-06-01", json=body).status_code == 200
    assert client.get("/v1/contexts?tag=x&cursor=1").status_code == 200


def test_what_an_assistant_has_not_said_is_an_empty_text(client):
    def after(**assistant):
        turns = [*ASKED, {"role": "assistant", **assistant}, *ASKED]
        return said(ask(client, messages=turns, max_tokens=20, ignore_eos=True))

    empty = after(content="")
    assert after() == after(content=None, tool_calls=None, refusal=None) == empty != after(content="so")
    columns = {"messages": [{"role": "assistant"}, *ASKED], "columns": []}
    assert ask(client, "/v1/compare", **columns)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'{"temperature": NaN}',
        b'{"temperature": -Infinity}',
        b'{"temperature": 1e999}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"model": "\\ud800"}',
        b'{"\\udfff": 1}',
    ],
)
def test_bodies_that_are_no_json(client, body):
    for path in ("/v1/chat/completions", "/v1/contexts"):
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400
        assert response.json()["error"]["message"]


@pytest.mark.parametrize(("text", "status"), [("\\ud800", 400), ("a\\udfffb", 400), ("\\ud83e\\udd9c", 200)])
def test_half_a_surrogate_pair_is_no_text(client, text, status):
    for body in (
        f'"messages": [{{"role": "user", "content": "{text}"}}]',
        f'"messages": [{{"role": "user", "content": "a"}}], "stop": "{text}"',
    ):
        whole = f'{{"model": "zhyper", "max_tokens": 2, {body}}}'
        response = client.post(
            "/v1/chat/completions", content=whole.encode(), headers={"Content-Type": "application/json"}
        )
        assert response.status_code == status
        assert status == 200 or response.json()["error"]["code"] == "invalid_json"


def test_models_that_are_not_there(client):
    for model in ("gpt-4", "zhyper/", "zhyper/nobody", f"zhyper/{NOBODY}", "zhyper/../x", "ZHYPER"):
        error = ask(client, model=model, status=404)["error"]
        assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert ask(client, context=NOBODY, status=404)["error"]["code"] == "context_not_found"
    assert client.get("/v1/models/zhyper").json()["id"] == "zhyper"
    assert client.get("/v1/models/gpt-4").status_code == 404


def test_paths_and_methods_that_are_not_there(client):
    assert client.get("/v1/nothing").json()["error"]["code"] == "unknown_url"
    assert (
        client.get("/docs").status_code
        == client.get("/redoc").status_code
        == client.get("/v1/models/").status_code
        == 404
    )
    response = client.put(f"/v1/contexts/{NOBODY}", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "DELETE, GET")
    assert response.json()["error"]["code"] == "wrong_method"
    assert client.get("/v1/contexts/xyz").status_code == 400


def test_a_name_is_taken_once(client):
    keep(client, description="first of the name", name="taken")
    error = ask(client, "/v1/contexts", status=409, description="second of the name", name="taken")["error"]
    assert (error["code"], error["param"]) == ("name_taken", "name")


def test_a_full_queue_and_a_server_that_shuts_down(tmp_path):
    with server(tmp_path, queue=3) as parts, TestClient(parts.app) as client:
        error = ask(client, n=8, status=400)["error"]  # more than can ever wait
        assert "ask for fewer" in error["message"]
        blocked = threading.Event()
        parts.engine.run(blocked.wait)
        waiting = [
            Request(tokens=[5], modulation=None, sampling=Sampling(max_tokens=1), client="other")
            for _ in range(3)
        ]
        parts.engine.submit(waiting, lambda index, piece: None)
        for stream in (False, True):
            response = client.post(
                "/v1/chat/completions", json={"model": "zhyper", "messages": ASKED, "stream": stream}
            )
            assert response.status_code == 429
            assert int(response.headers["retry-after"]) >= 1
            assert response.json()["error"]["code"] == "server_busy"
        blocked.set()
        assert client.get("/ready").json() == {"status": "ok", "reasons": []}
        assert parts.engine.drain(1)
        response = client.post(
            "/v1/chat/completions", json={"model": "zhyper", "messages": ASKED, "stream": True}
        )
        assert (response.status_code, response.json()["error"]["code"]) == (503, "shutting_down")
        assert int(response.headers["retry-after"]) >= 1
        assert client.get("/ready").status_code == 503
        assert client.get("/health").status_code == 200
        parts.engine.close()
        assert client.get("/ready").status_code == 503


def test_a_full_disk(client, parts, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(parts.bank, "append", full)  # as the bank says it; test_server fills a real disk
    error = ask(client, "/v1/contexts", status=507, description="one too many")["error"]
    assert error["code"] == "disk_full"
    assert "disk is full" in error["message"]
    monkeypatch.undo()
    keep(client, description="one too many")


def test_while_the_database_is_away_texts_are_answered(tmp_path):
    with server(tmp_path) as parts, TestClient(parts.app) as client:
        kept = keep(client, description="be a poet", name="poet")
        before = said(ask(client, context="be a poet"))
        parts.catalogue.close()
        database = tmp_path / "contexts.db"
        database.rename(tmp_path / "away.db")
        database.mkdir()
        assert said(ask(client, context="be a poet")) == before
        assert (
            ask(client, "/v1/compare", messages=ASKED, columns=[{"context": "be a poet"}])["columns"][1][
                "message"
            ]["content"]
            == before
        )
        assert ask(client, model="zhyper/poet", status=503)["error"]["code"] == "database_away"
        for path in (f"/v1/contexts/{kept['id']}", "/v1/contexts", "/v1/models"):
            response = client.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (503, "database_away")
            assert int(response.headers["retry-after"]) >= 1
            assert str(tmp_path) not in response.text
        assert (
            ask(client, "/v1/contexts", description="one more", status=503)["error"]["code"]
            == "database_away"
        )
        assert client.get("/ready").json() == {
            "status": "not ready",
            "reasons": ["the database of contexts is away"],
        }
        assert client.get("/health").status_code == 200
        database.rmdir()
        (tmp_path / "away.db").rename(database)
        assert said(ask(client, model="zhyper/poet")) == before
        assert client.get("/ready").status_code == 200


class Client:
    """An ASGI client that leaves, or stops reading, when it is told to."""

    def __init__(self, app, body, path="/v1/chat/completions"):
        self.body = json.dumps({"model": "zhyper", "messages": ASKED, **body}).encode()
        self.app, self.path = app, path
        self.gone, self.sent, self.blocked = asyncio.Event(), [], None
        self._given = False

    async def receive(self):
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        if self.blocked is not None and len(self.sent) > self.blocked:
            await asyncio.Event().wait()

    async def run(self):
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        scope = {
            "type": "http", "method": "POST", "path": self.path, "raw_path": self.path.encode(),
            "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http",
            "client": ("127.0.0.1", 9), "server": ("testserver", 80), "asgi": {"version": "3.0"},
        }  # fmt: skip
        await self.app(scope, self.receive, self.send)


LONG = {"max_tokens": 110, "ignore_eos": True}


def idle(engine, seconds=PATIENCE):
    until = time.monotonic() + seconds
    while engine.state.running or engine.state.waiting:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def slow(tmp_path):
    """A server whose steps take a while, so that there is time to leave in the middle."""
    machine = tiny_machine()
    machine.model.base.register_forward_pre_hook(lambda *args: time.sleep(0.02))
    with server(tmp_path, machine, limits=Limits(stall=0.3), rows=3) as made:
        made.engine.start()
        yield made


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_cancels_its_requests(slow, stream):
    async def leave():
        client = Client(slow.app, {**LONG, "stream": stream, "n": 2})
        running = asyncio.ensure_future(client.run())
        while slow.engine.state.tokens < 6:
            await asyncio.sleep(0.01)
        client.gone.set()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(leave())
    assert idle(slow.engine)
    assert 6 <= slow.engine.state.tokens < 100


def test_a_client_that_goes_while_it_waits(slow):
    async def leave():
        first = [Client(slow.app, {**LONG, "stream": True}) for _ in range(3)]
        busy = [asyncio.ensure_future(one.run()) for one in first]
        while slow.engine.state.running < 3:
            await asyncio.sleep(0.01)
        late = Client(slow.app, {**LONG, "stream": True})
        running = asyncio.ensure_future(late.run())
        while slow.engine.state.waiting < 1:
            await asyncio.sleep(0.01)
        late.gone.set()
        await asyncio.wait_for(running, PATIENCE)
        while slow.engine.state.waiting:
            await asyncio.sleep(0.01)
        assert slow.engine.state.running == 3, "the others go on"
        for one in first:
            one.gone.set()
        await asyncio.gather(*busy)

    asyncio.run(leave())
    assert idle(slow.engine)


def test_a_cancelled_response_cancels_its_requests(slow):
    async def cancel():
        client = Client(slow.app, {**LONG, "stream": True})
        running = asyncio.ensure_future(client.run())
        while slow.engine.state.running < 1:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(cancel())
    assert idle(slow.engine)
    assert slow.engine.state.tokens < 100


def test_a_reader_that_takes_nothing_is_dropped_and_holds_nobody_up(slow):
    async def block():
        stuck, other = (
            Client(slow.app, {**LONG, "stream": True}),
            Client(slow.app, {"max_tokens": 5, "ignore_eos": True}),
        )
        stuck.blocked = 3
        await asyncio.wait_for(asyncio.gather(stuck.run(), other.run()), PATIENCE)
        assert other.sent[0]["status"] == 200

    asyncio.run(block())
    assert idle(slow.engine)
    assert slow.engine.state.tokens < 100


def test_a_waiting_stream_says_that_it_lives(slow, monkeypatch):
    monkeypatch.setattr("zhyper.serve.http._reply.PING_SECONDS", 0.005)

    async def wait():
        client = Client(slow.app, {"max_tokens": 3, "stream": True})
        running = asyncio.ensure_future(client.run())
        await asyncio.sleep(0.3)
        client.gone.set()
        await running
        return b"".join(message.get("body", b"") for message in client.sent)

    assert b": ping\n\n" in asyncio.run(wait())


def test_an_error_in_the_middle_is_an_event(slow):
    async def close():
        client = Client(slow.app, {**LONG, "stream": True})
        running = asyncio.ensure_future(client.run())
        while slow.engine.state.tokens < 3:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(slow.engine.close)
        await asyncio.wait_for(running, PATIENCE)
        return b"".join(message.get("body", b"") for message in client.sent).decode()

    told = [line.removeprefix("data: ") for line in asyncio.run(close()).split("\n\n") if line]
    assert told[-1] == "[DONE]"
    assert json.loads(told[-2])["error"]["type"] == "server_error"


def test_many_names_are_not_looked_at(client):
    error = ask(client, status=400, **{f"name{i}": i for i in range(33)})["error"]
    assert error["message"].startswith("33 fields came that are not known here; send at most 32")
