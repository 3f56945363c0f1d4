"""The HTTP API in process: its shapes, its contexts, what it refuses, and what it does when clients go."""

import asyncio
import errno
import io
import json
import time
import zipfile

import pytest
from starlette.testclient import TestClient

from conftest import tiny_machine
from serving import server
from zhyper.serve._answers import ChatChunk, ComparisonChunk, Completion
from zhyper.serve._limits import Limits

ASKED = [{"role": "user", "content": "say it"}]
NOBODY = "0" * 64


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    with server(tmp_path_factory.mktemp("serving"), limits=Limits(requests_per_minute=100_000)) as made:
        yield made


@pytest.fixture(scope="module")
def client(parts):
    with TestClient(parts.app) as made:
        yield made


def ask(client, path="/v1/chat/completions", status=200, **body):
    if path == "/v1/chat/completions":
        body = {"messages": ASKED, **body}
    if path.endswith("completions"):
        body = {"model": "zhyper", **body}
    response = client.post(path, json={"max_tokens": 7, "temperature": 0, **body} if path != "/v1/contexts" else body)
    assert response.status_code == status, response.text
    assert response.headers["x-request-id"]
    return response.json()


def said(answer):
    return answer["choices"][0]["message"]["content"]


def events(client, path, **body):
    defaults = {"max_tokens": 7, "temperature": 0, "stream": True}
    defaults |= {"messages": ASKED} if path != "/v1/completions" else {}
    defaults |= {"model": "zhyper"} if path.endswith("completions") else {}
    with client.stream("POST", path, json={**defaults, **body}) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def keep(client, **body):
    response = client.post("/v1/contexts", json=body)
    assert response.status_code in (200, 201), response.text
    return response.json()


# Answers.


def test_a_chat_answers_as_the_machine_does(client, parts):
    answer = ask(client, context="be a pirate")
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["system_fingerprint"] == f"zhyper-{parts.machine.weights_sha256[:12]}"
    assert answer["zhyper"] == {"context": parts.machine.address("be a pirate"), "strength": 1.0, "distance": None, "far": None}
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] <= 7
    expected = parts.engine.run(lambda: parts.machine.generate(["say it"] * 2, ["be a pirate", None], max_new_tokens=7)).result()
    assert [said(answer).strip(), said(ask(client)).strip()] == expected
    assert expected[0] != expected[1], "the context makes a difference"


def test_strength(client):
    bare = said(ask(client))
    assert said(ask(client, context="be a pirate", context_strength=0)) == bare
    assert said(ask(client, context="be a pirate", context_strength=-3)) != said(ask(client, context="be a pirate"))
    assert ask(client, context="be a pirate", context_strength=-3)["zhyper"]["strength"] == -3


def test_a_stream_says_what_the_whole_answer_says(client):
    whole = ask(client, n=2, temperature=1, seed=5, context="x")
    chunks = events(client, "/v1/chat/completions", n=2, temperature=1, seed=5, context="x", stream_options={"include_usage": True})
    for chunk in chunks:
        ChatChunk.model_validate(chunk)
    assert [chunk["choices"][0]["delta"] for chunk in chunks[:2]] == [{"role": "assistant", "content": ""}] * 2
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
        assert token["bytes"] == list(token["token"].encode())
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
    assert ask(client, "/v1/completions", prompt="abc", max_tokens=None, ignore_eos=True)["usage"]["completion_tokens"] == 16
    many = ask(client, "/v1/completions", prompt=["a", "b"], n=2, temperature=1, seed=3)["choices"]
    assert [choice["index"] for choice in many] == [0, 1, 2, 3]
    assert many[1]["text"] == ask(client, "/v1/completions", prompt="a", temperature=1, seed=4)["choices"][0]["text"]


def test_completions_echo_and_logprobs(client):
    plain, echoed = (ask(client, "/v1/completions", prompt="abc", echo=echo)["choices"][0]["text"] for echo in (False, True))
    assert echoed == f"abc{plain}"
    choice = ask(client, "/v1/completions", prompt="abc", logprobs=2, ignore_eos=True)["choices"][0]
    found = choice["logprobs"]
    assert len(found["tokens"]) == len(found["token_logprobs"]) == len(found["top_logprobs"]) == len(found["text_offset"]) == 7
    assert found["text_offset"][1] == len(found["tokens"][0])
    chunks = events(client, "/v1/completions", prompt="abc", logprobs=2, ignore_eos=True, stream_options={"include_usage": True})
    for chunk in chunks:
        Completion.model_validate(chunk)
    streamed = [chunk["choices"][0]["logprobs"] for chunk in chunks[1:-1]]
    assert sum((part["text_offset"] for part in streamed if part), []) == found["text_offset"]
    assert chunks[-1]["usage"]["completion_tokens"] == 7
    assert events(client, "/v1/completions", prompt="abc", echo=True)[0]["choices"][0]["text"] == "abc"


def test_stop(client):
    whole = said(ask(client, max_tokens=20))
    stop = whole[3:5]
    cut = ask(client, max_tokens=20, stop=[stop])
    assert said(cut) == whole[: whole.index(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"


def test_compare_answers_as_each_column_alone(client, parts):
    columns = [{"context": "x"}, {"context_mix": [{"text": "x", "weight": 0.5}, {"text": "y"}], "context_strength": 2.0}]
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
    drawn = ask(client, "/v1/compare", messages=ASKED, columns=[{"context": "x", "context_strength": 0}], temperature=1, seed=3)
    assert drawn["columns"][0]["message"] == drawn["columns"][1]["message"], "the seed is the same in every column"


def test_parts_of_messages_and_roles(client):
    parts = [{"role": "user", "content": [{"type": "text", "text": "say "}, {"type": "text", "text": "it"}]}]
    assert said(ask(client, messages=parts)) == said(ask(client))
    developer, system = ([{"role": role, "content": "be kind"}, *ASKED] for role in ("developer", "system"))
    assert said(ask(client, messages=developer)) == said(ask(client, messages=system))


def test_numbers_are_what_json_says_they_are(client):
    body = b'{"model": "zhyper", "messages": [{"role": "user", "content": "say it"}], "max_tokens": 7.0, "temperature": 0.0, "n": 1e0}'
    response = client.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert said(response.json()) == said(ask(client))


def test_what_clients_send_besides_is_read_over(client):
    extra = {"user": "me", "store": False, "metadata": {"a": 1}, "tools": None, "tool_choice": "auto", "modalities": ["text"]}
    assert said(ask(client, **extra, response_format={"type": "text"}, logit_bias=None, stream=None, n=None)) == said(ask(client))


def test_each_prompt_is_its_own_context_for_a_hyperdecoder(tmp_path):
    machine = tiny_machine(context="instance")
    with server(tmp_path, machine) as parts, TestClient(parts.app) as client:
        own = ask(client)
        assert own["zhyper"]["context"] == machine.address("say it")
        assert said(own) == said(ask(client, context="say it")) != said(ask(client, context="say it", context_strength=0))
        texts = ask(client, "/v1/completions", prompt=["abc", "say it"])["choices"]
        assert texts[1]["text"] == ask(client, "/v1/completions", prompt="say it", context="say it")["choices"][0]["text"]


def test_a_generator_that_reads_no_contexts_answers_under_any(tmp_path):
    with server(tmp_path, tiny_machine("lora")) as parts, TestClient(parts.app) as client:
        bare, one, other = said(ask(client)), said(ask(client, context="a")), said(ask(client, context="b"))
        assert bare != one == other


# Contexts.


def test_a_context_is_kept_found_and_forgotten(client, parts):
    response = client.post("/v1/contexts", json={"description": "be a poet", "name": "poet", "tags": ["art", "old"], "public": True})
    assert response.status_code == 201
    entry = response.json()
    assert entry["object"] == "context"
    assert entry["id"] == parts.machine.address("be a poet")
    assert (entry["name"], entry["tags"], entry["public"], entry["owner"]) == ("poet", ["art", "old"], True, "local")
    again = client.post("/v1/contexts", json={"description": "be a poet", "name": "poet", "tags": ["art", "old"], "public": True})
    assert again.status_code == 200
    assert again.json() == entry
    assert client.get(f"/v1/contexts/{entry['id']}").json() == entry
    expected = said(ask(client, context="be a poet"))
    for model in ("zhyper/poet", f"zhyper/{entry['id']}"):
        assert said(ask(client, model=model)) == expected
    assert said(ask(client, context=entry["id"])) == expected
    assert ask(client, "/v1/compare", messages=ASKED, columns=[{"name": "poet"}])["columns"][1]["message"]["content"] == expected
    models = client.get("/v1/models").json()["data"]
    assert [model["id"] for model in models][:2] == ["zhyper", "zhyper/poet"]
    assert client.get("/v1/models/zhyper/poet").json()["owned_by"] == "local"
    assert client.delete(f"/v1/contexts/{entry['id']}").status_code == 204
    assert client.delete(f"/v1/contexts/{entry['id']}").status_code == 404
    assert client.get(f"/v1/contexts/{entry['id']}").status_code == 404
    assert ask(client, model="zhyper/poet", status=404)["error"]["code"] == "model_not_found"
    assert client.get("/v1/models/zhyper/poet").status_code == 404


def test_mixtures_are_kept_too(client):
    parts = [{"text": "hot", "weight": 0.7}, {"text": "cold", "weight": 0.3}]
    entry = keep(client, mix=parts, strength=1.5)
    assert (entry["mix"], entry["strength"]) == (parts, 1.5)
    assert "hot" in entry["description"]
    assert said(ask(client, context=entry["id"])) == said(ask(client, context_mix=parts, context_strength=1.5))


def test_lists_have_pages(client):
    for i in range(5):
        keep(client, description=f"page number {i}", tags=["paged"] if i % 2 else [])
    seen, after = [], None
    while True:
        query = {"limit": 2, "contains": "page number"} | ({"after": after} if after else {})
        page = client.get("/v1/contexts", params=query).json()
        seen += [entry["description"] for entry in page["data"]]
        assert page["has_more"] == (page["next"] is not None)
        if not page["has_more"]:
            break
        after = page["next"]
    assert seen == [f"page number {i}" for i in (4, 3, 2, 1, 0)]
    tagged = client.get("/v1/contexts", params={"tag": "paged", "mine": "true"}).json()["data"]
    assert [entry["description"] for entry in tagged] == ["page number 3", "page number 1"]


def test_search_and_map(client, parts):
    for text in ("near one", "near two"):
        keep(client, description=text)
    found = ask_plain(client, "/v1/contexts/search", description="near one", limit=2)
    assert found["query"]["context"] == parts.machine.address("near one")
    assert found["data"][0]["description"] == "near one"
    assert found["data"][0]["similarity"] == pytest.approx(1, abs=2e-3)
    assert len(found["data"]) == 2
    points = client.get("/v1/contexts/map", params={"limit": 50}).json()["data"]
    assert {"near one", "near two"} <= {point["description"] for point in points}
    assert all(-1 <= point[axis] <= 1 for point in points for axis in "xy")


def ask_plain(client, path, **body):
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_adapter_is_a_zip_and_leaves_nothing_behind(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    entry = keep(client, description="be a baker", name="baker")
    response = client.get(f"/v1/contexts/{entry['id']}/adapter", params={"strength": 2}, headers={"Range": "bytes=0-3"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == f'attachment; filename="zhyper-{entry["id"]}.zip"'
    names = {name.rpartition("/")[2] for name in zipfile.ZipFile(io.BytesIO(response.content)).namelist()}
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md"} <= names
    assert client.get(f"/v1/contexts/{NOBODY}/adapter").status_code == 404
    assert not list(tmp_path.iterdir())


# What is refused.


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"messages": []}, "messages", "at least 1 item"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "messages", "end it with one"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].role", "'system', 'developer', 'user' or 'assistant'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].type", "'text'"),
        ({"messages": ASKED * 257}, "messages", "at most 256"),
        ({"tools": [{"type": "function"}]}, "tools", "without tools"),
        ({"functions": [{}]}, "functions", "without tools"),
        ({"audio": {"voice": "a"}}, "audio", "does not have that"),
        ({"response_format": {"type": "json_object"}}, "response_format", "text only"),
        ({"contexts": ["a"]}, None, "'contexts' is not known"),
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
        ("/v1/completions", {"prompt": "a", "echo": True, "logprobs": 1}, "leave one of them out"),
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


def test_models_that_are_not_there(client):
    for model in ("gpt-4", "zhyper/", "zhyper/nobody", f"zhyper/{NOBODY}", "zhyper/../x", "ZHYPER"):
        error = ask(client, model=model, status=404)["error"]
        assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert ask(client, context=NOBODY, status=404)["error"]["code"] == "context_not_found"
    assert client.get("/v1/models/zhyper").json()["id"] == "zhyper"
    assert client.get("/v1/models/gpt-4").status_code == 404


def test_paths_and_methods_that_are_not_there(client):
    assert client.get("/v1/nothing").json()["error"]["code"] == "unknown_url"
    assert client.get("/docs").status_code == client.get("/redoc").status_code == client.get("/v1/models/").status_code == 404
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
        for stream in (False, True):
            response = client.post("/v1/chat/completions", json={"model": "zhyper", "messages": ASKED, "n": 8, "stream": stream})
            assert response.status_code == 429
            assert int(response.headers["retry-after"]) >= 1
            assert response.json()["error"]["code"] == "server_busy"
        assert client.get("/ready").json() == {"status": "ok", "reasons": []}
        assert parts.engine.drain(1)
        response = client.post("/v1/chat/completions", json={"model": "zhyper", "messages": ASKED, "stream": True})
        assert (response.status_code, response.json()["error"]["code"]) == (503, "shutting_down")
        assert int(response.headers["retry-after"]) >= 1
        assert client.get("/ready").status_code == 503
        assert client.get("/health").status_code == 200
        parts.engine.close()
        assert client.get("/ready").status_code == 503


def test_a_full_disk(client, parts, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
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
        assert ask(client, "/v1/compare", messages=ASKED, columns=[{"context": "be a poet"}])["columns"][1]["message"]["content"] == before
        assert ask(client, model="zhyper/poet", status=503)["error"]["code"] == "database_away"
        for path in (f"/v1/contexts/{kept['id']}", "/v1/contexts", "/v1/models"):
            response = client.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (503, "database_away")
            assert int(response.headers["retry-after"]) >= 1
            assert str(tmp_path) not in response.text
        assert ask(client, "/v1/contexts", description="one more", status=503)["error"]["code"] == "database_away"
        assert client.get("/ready").json() == {"status": "not ready", "reasons": ["the database of contexts is away"]}
        assert client.get("/health").status_code == 200
        database.rmdir()
        (tmp_path / "away.db").rename(database)
        assert said(ask(client, model="zhyper/poet")) == before
        assert client.get("/ready").status_code == 200


# Clients that go.


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
            "type": "http", "method": "POST", "path": self.path, "raw_path": self.path.encode(), "query_string": b"", "headers": headers,
            "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 9), "server": ("testserver", 80), "asgi": {"version": "3.0"},
        }  # fmt: skip
        await self.app(scope, self.receive, self.send)


LONG = {"max_tokens": 110, "ignore_eos": True}


def idle(engine, seconds=5.0):
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
    with server(tmp_path, machine, stall=0.3, rows=3) as made:
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
        await asyncio.wait_for(running, 5)

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
        await asyncio.wait_for(running, 5)
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
        stuck, other = Client(slow.app, {**LONG, "stream": True}), Client(slow.app, {"max_tokens": 5, "ignore_eos": True})
        stuck.blocked = 3
        begun = time.monotonic()
        await asyncio.wait_for(asyncio.gather(stuck.run(), other.run()), 10)
        assert time.monotonic() - begun < 2
        assert other.sent[0]["status"] == 200

    asyncio.run(block())
    assert idle(slow.engine)
    assert slow.engine.state.tokens < 100


def test_a_waiting_stream_says_that_it_lives(slow, monkeypatch):
    for name in ("_chat", "_completions", "_compare"):
        monkeypatch.setattr(f"zhyper.serve.{name}.PING_SECONDS", 0.005)

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
        await asyncio.wait_for(running, 5)
        return b"".join(message.get("body", b"") for message in client.sent).decode()

    told = [line.removeprefix("data: ") for line in asyncio.run(close()).split("\n\n") if line]
    assert told[-1] == "[DONE]"
    assert json.loads(told[-2])["error"]["type"] == "server_error"


# Operations.


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
