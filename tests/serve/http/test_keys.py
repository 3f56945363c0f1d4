"""API keys: their file, and what a request with one may do."""

import asyncio
import json
import os
import re
import stat
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from typer.testing import CliRunner

from zhyper.cli._serving import keys as verbs
from zhyper.serve.http._errors import ApiError, install
from zhyper.serve.http._key_file import Key, add_key, digest, read_keys, revoke_key
from zhyper.serve.http._keys import CLIENTS, Admission, Gate, Keys
from zhyper.serve.http._limits import Limits


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.toml"


def run(*words):
    result = CliRunner().invoke(verbs, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def application(keys, limits=None, clock=None, refused=None):
    app = FastAPI()
    install(app)
    app.state.admission = Admission(
        keys, limits or Limits(), (refused if refused is not None else []).append, clock or Clock()
    )

    @app.get("/{scope}")
    async def name(scope: str, read: Annotated[Key, Depends(Gate("read"))]):
        return read.name

    @app.post("/ask")
    async def ask(key: Annotated[Key, Depends(Gate("ask"))]):
        async def count():
            for _ in range(3):
                yield f"{app.state.admission._streams[key.name]}\n"

        return StreamingResponse(count())

    return app


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def test_a_secret_is_random_and_only_its_hash_is_stored(file):
    secret, other = add_key(file, "ada"), add_key(file, "bob")
    assert re.fullmatch(r"zhyper-[A-Za-z0-9_-]{43}", secret) and secret != other
    text = file.read_text()
    assert digest(secret) in text and secret not in text and secret.removeprefix("zhyper-") not in text


def test_a_file_comes_back_as_it_was_written(file):
    add_key(
        file,
        "ada",
        scopes=frozenset({"ask", "metrics"}),
        requests_per_minute=7,
        max_tokens=11,
        streams=3,
        expires=date(2031, 2, 3),
    )
    add_key(file, "bob.b@example.org")
    ada, bob = read_keys(file)
    assert replace(ada, sha256="") == Key(
        name="ada",
        sha256="",
        scopes={"ask", "metrics"},
        requests_per_minute=7,
        max_tokens=11,
        streams=3,
        expires=date(2031, 2, 3),
    )
    assert bob == Key(name="bob.b@example.org", sha256=bob.sha256)


def test_a_new_file_is_its_owners_alone_and_a_changed_one_keeps_its_mode(file):
    add_key(file, "ada")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    revoke_key(file, "ada")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(path.name for path in file.parent.iterdir()) == [".keys.toml.lock", "keys.toml"]


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(file, mode):
    add_key(file, "ada")
    file.chmod(mode)
    with pytest.raises(ValueError, match="may be read or written by others.*chmod 600"):
        Keys.read(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[key]", "cannot be read"),
        ("\xff", "cannot be read"),
        ("answer = 42", "nothing but tables"),
        ("[key]\nname = 'ada'", "nothing but tables"),
        ("[[key]]\nname = 'ada'\nscopes = ['ask']", "needs a name, a sha256 and scopes"),
        ("[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = []", "needs a name, a sha256 and scopes"),
        ("[[key]]\nname = 'ada'\nsha256 = 'abc'\nscopes = ['ask']", "64 digits"),
        (
            "[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['root']",
            "the scope 'root'; the scopes are: ask, read, write, metrics",
        ),
        ("[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\nadmin = true", "the field 'admin'"),
        ("[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\nstreams = true", "streams is True"),
        ("[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\nstreams = 0", "at least 1"),
        (
            "[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\nexpires = '2030-01-01'",
            "expires is '2030-01-01'",
        ),
        (
            "[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\nexpires = 2030-01-01T00:00:00",
            "expires is",
        ),
        ("[[key]]\nname = 'a/b'\nsha256 = 'HASH'\nscopes = ['ask']", "the name of a key is 'a/b'"),
        (
            "[[key]]\nname = 'zhyper'\nsha256 = 'HASH'\nscopes = ['ask']",
            "the name 'zhyper' is the server's own",
        ),
        ('[[key]]\nname = "a\\nb"\nsha256 = "HASH"\nscopes = ["ask"]', "the name of a key is"),
        (2 * "[[key]]\nname = 'ada'\nsha256 = 'HASH'\nscopes = ['ask']\n", "the name 'ada' twice"),
    ],
)
def test_a_file_that_is_not_right_is_refused_in_a_sentence(file, text, message):
    file.touch(0o600)
    file.write_bytes(text.replace("HASH", "0" * 64).encode("latin-1"))
    with pytest.raises(ValueError, match=message):
        read_keys(file)


def test_two_keys_with_one_secret_are_refused(file):
    add_key(file, "ada")
    file.write_text(file.read_text() + file.read_text().partition("\n\n")[2].replace("ada", "bob"))
    with pytest.raises(ValueError, match="sha256 '[0-9a-f]{64}' twice"):
        read_keys(file)


def test_what_cannot_be_added_or_revoked_is_said(file):
    with pytest.raises(ValueError, match="there is no keys file"):
        read_keys(file)
    add_key(file, "ada")
    with pytest.raises(ValueError, match="there is a key 'ada' already"):
        add_key(file, "ada")
    with pytest.raises(ValueError, match="there is no key 'bob'; there are: ada"):
        revoke_key(file, "bob")


def test_keys_added_at_once_are_all_there(file):
    threads = [threading.Thread(target=add_key, args=(file, f"key{i}")) for i in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in read_keys(file)} == {f"key{i}" for i in range(7)}


def test_only_the_whole_secret_finds_its_key(file):
    secret = add_key(file, "ada")
    keys = Keys.read(file)
    assert keys.needed and keys.find(secret).name == "ada"
    for wrong in (secret[:-1], secret + " ", secret.upper(), digest(secret), "", "zhyper-", "é" * 3000):
        assert keys.find(wrong) is None


def test_an_expired_key_is_not_found(file):
    today = datetime.now(UTC).date()
    old = add_key(file, "old", expires=today)
    new = add_key(file, "new", expires=today + timedelta(days=2))
    keys = Keys.read(file)
    assert keys.find(old) is None and keys.find(new).name == "new"


def test_a_revoked_key_is_gone_from_a_running_server_within_a_second(file):
    clock = Clock()
    ada = add_key(file, "ada")
    keys = Keys.read(file, clock)
    revoke_key(file, "ada")
    bob = add_key(file, "bob")
    clock.now += 1
    assert keys.find(ada) is None and keys.find(bob).name == "bob"


@pytest.mark.parametrize(
    "spoil", [lambda file: file.write_text("[[key"), lambda file: file.chmod(0o644), os.unlink]
)
def test_a_broken_file_changes_no_keys_and_is_logged_once(file, spoil, caplog):
    clock = Clock()
    ada = add_key(file, "ada")
    keys = Keys.read(file, clock)
    spoil(file)
    for _ in range(3):
        clock.now += 1
        assert keys.find(ada).name == "ada"
    assert len(caplog.records) == 1 and "the keys before it stay" in caplog.text


def test_without_a_key_nobody_comes_in(file):
    secret, refused = add_key(file, "ada"), []
    client = TestClient(application(Keys.read(file), refused=refused))
    for headers in (
        {},
        bearer("zhyper-wrong"),
        bearer(""),
        {"Authorization": f"Basic {secret}"},
        {"X-API-Key": "wrong"},
    ):
        answer = client.get("/name", headers=headers)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (
            answer.json()["error"]["code"] == "invalid_api_key"
            and answer.json()["error"]["type"] == "authentication_error"
        )
    assert refused == ["key"] * 5


def test_an_empty_file_lets_nobody_in(file):
    secret = add_key(file, "ada")
    revoke_key(file, "ada")
    assert TestClient(application(Keys.read(file))).get("/name", headers=bearer(secret)).status_code == 401


def test_both_headers_bring_a_key(file):
    secret = add_key(file, "ada")
    client = TestClient(application(Keys.read(file)))
    for headers in (bearer(secret), {"authorization": f"bearer  {secret}"}, {"X-API-Key": secret}):
        assert client.get("/name", headers=headers).json() == "ada"


def test_a_key_without_the_scope_is_refused(file):
    secret, refused = add_key(file, "ada", scopes=frozenset({"ask"})), []
    answer = TestClient(application(Keys.read(file), refused=refused)).get("/name", headers=bearer(secret))
    assert (
        answer.status_code == 403
        and answer.json()["error"]["message"] == "the key 'ada' lacks the scope 'read'; use a key that has it"
    )
    assert refused == ["scope"]


def test_a_key_has_its_own_rate(file):
    clock, refused = Clock(), []
    slow, fast = add_key(file, "slow", requests_per_minute=3), add_key(file, "fast", requests_per_minute=30)
    client = TestClient(application(Keys.read(file), clock=clock, refused=refused))
    assert [client.get("/name", headers=bearer(slow)).status_code for _ in range(5)] == [
        200,
        200,
        200,
        429,
        429,
    ]
    answer = client.get("/name", headers=bearer(slow))
    assert answer.headers["Retry-After"] == "20" and answer.json()["error"]["code"] == "rate_limit_exceeded"
    assert client.get("/name", headers=bearer(fast)).status_code == 200
    clock.now += 19.9
    assert client.get("/name", headers=bearer(slow)).status_code == 429
    clock.now += 0.2
    assert [client.get("/name", headers=bearer(slow)).status_code for _ in range(2)] == [200, 429]
    clock.now += 1000  # who waits for long may not ask for more at once
    assert [client.get("/name", headers=bearer(slow)).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert refused == ["rate"] * 6


def test_a_key_is_never_wider_than_the_server(file):
    secret = add_key(file, "ada", requests_per_minute=10_000, max_tokens=10_000, streams=2)
    admission = Admission(Keys.read(file), Limits(requests_per_minute=5, max_tokens=300, streams=4))
    key, client = admission.enter("ask", secret, "10.0.0.1")
    assert (key.requests_per_minute, key.max_tokens, key.streams, client) == (5, 300, 2, "ada")


def test_tokens_are_bounded_by_the_key():
    key = Key(name="ada", sha256="", max_tokens=100)
    assert [key.tokens(None, 256), key.tokens(None, 31), key.tokens(100, 7)] == [100, 31, 100]
    for asked in (101, 0, -1):
        with pytest.raises(ValueError, match=f"max_tokens is {asked}, but must be a number from 1 to 100"):
            key.tokens(asked, 7)


def test_without_keys_everybody_is_local_and_limited_by_address():
    admission = Admission(
        Keys.none(), Limits(requests_per_minute=2, max_tokens=10_000, streams=40), clock=Clock()
    )
    key, client = admission.enter("write", "anything", "127.0.0.1")
    assert (key.name, client, key.max_tokens, key.streams) == ("local", "127.0.0.1", 10_000, 40)
    admission.enter("metrics", None, "127.0.0.1")
    with pytest.raises(ApiError, match="more than 2 requests a minute"):
        admission.enter("ask", None, "127.0.0.1")
    admission.enter("ask", None, "127.0.0.2")


def test_rates_of_many_addresses_stay_within_bounds():
    admission = Admission(Keys.none(), Limits(), clock=Clock())
    for number in range(CLIENTS + 7):
        admission.enter("ask", None, str(number))
    assert len(admission._buckets) == CLIENTS and "6" not in admission._buckets and "7" in admission._buckets


def test_a_stream_counts_until_its_last_byte_is_sent(file):
    secret, refused = add_key(file, "ada", streams=1), []
    app = application(Keys.read(file), refused=refused)
    client = TestClient(app)
    assert client.post("/ask", headers=bearer(secret)).text == "1\n1\n1\n"
    assert not app.state.admission._streams
    key, name = app.state.admission.enter("ask", secret, "")
    app.state.admission.start_streams(name, key)
    answer = client.post("/ask", headers=bearer(secret))
    assert (
        answer.status_code == 429
        and answer.headers["Retry-After"] == "1"
        and answer.json()["error"]["code"] == "too_many_streams"
    )
    app.state.admission.end_streams(name)
    assert client.post("/ask", headers=bearer(secret)).status_code == 200
    assert refused == ["streams"]


def test_answers_are_counted_one_by_one():
    admission = Admission(Keys.none(), Limits(streams=5))
    key, client = admission.enter("ask", None, "10.0.0.1")
    admission.start_streams(client, key, 3)
    admission.start_streams(client, key)
    with pytest.raises(ApiError, match="4 answers are under way, of the 5") as refusal:
        admission.start_streams(client, key, 2)
    assert refusal.value.status_code == 429
    admission.end_streams(client)
    with pytest.raises(ApiError, match="3 answers are under way"):
        admission.start_streams(client, key, 3)
    admission.start_streams(client, key, 2)
    admission.end_streams(client, 5)
    with pytest.raises(ApiError, match="6 answers were asked for, but you may have 5") as refusal:
        admission.start_streams(client, key, 6)
    assert refusal.value.status_code == 400 and not admission._streams[client]


async def _leave_after_the_first_chunk(app, secret):
    async def send(message):
        if message["type"] == "http.response.body" and message.get("body"):
            assert app.state.admission._streams["ada"] == 1
            raise OSError

    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    headers = [(b"authorization", f"Bearer {secret}".encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/ask",
        "headers": headers,
        "query_string": b"",
        "client": ("10.0.0.1", 1),
    }
    with pytest.raises(Exception):  # noqa: B017 - whatever the framework makes of it
        await app(scope, receive, send)


def test_a_stream_whose_client_leaves_counts_no_longer(file):
    secret = add_key(file, "ada", streams=1)
    app = application(Keys.read(file))
    asyncio.run(_leave_after_the_first_chunk(app, secret))
    assert not app.state.admission._streams


def test_verbs_make_list_and_revoke(file):
    secret = run(
        "add", "ada", "--file", file, "--scope", "ask", "--max-tokens", 7, "--expires", "2031-02-03"
    ).strip()
    run("add", "bob", "--file", file, "--json")
    assert Keys.read(file).find(secret).max_tokens == 7
    listed = json.loads(run("list", "--file", file, "--json"))["keys"]
    assert [(key["name"], key["scopes"], key["max_tokens"], key["expires"]) for key in listed] == [
        ("ada", ["ask"], 7, "2031-02-03"),
        ("bob", ["ask", "read", "write"], None, None),
    ]
    assert "ada" in run("list", "--file", file) and secret not in run("list", "--file", file)
    assert json.loads(run("revoke", "ada", "--file", file, "--json")) == {"revoked": "ada", "file": str(file)}
    assert [key.name for key in read_keys(file)] == ["bob"]
