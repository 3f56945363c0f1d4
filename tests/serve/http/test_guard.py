"""What a server refuses before anything looks at it."""

import asyncio
import json

import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from conftest import tiny_machine
from serving import ASKED, server
from zhyper.serve.http._guard import (
    HEADERS,
    LOOPBACK,
    Guard,
    allowed_hosts,
    allowed_origins,
    check_bind,
    is_loopback,
)
from zhyper.serve.http._key_file import add_key
from zhyper.serve.http._keys import Admission, Keys
from zhyper.serve.http._limits import Limits

LIMITS = Limits(body_bytes=53, body_seconds=0.2)
JSON = {"Content-Type": "application/json"}


def application(hosts=LOOPBACK, refused=None):
    app = FastAPI()
    app.state.asked = []

    @app.api_route("/echo", methods=["GET", "HEAD", "POST", "DELETE"])
    async def echo(request: Request):
        body = await request.body()
        app.state.asked.append(body)
        return PlainTextResponse(body)

    @app.get("/page")
    async def page():
        return PlainTextResponse(
            "page", headers={"Content-Security-Policy": "default-src 'self'", "Cache-Control": "no-cache"}
        )

    app.add_middleware(
        Guard, limits=LIMITS, hosts=hosts, on_refuse=(refused if refused is not None else []).append
    )
    return app


def client(refused=None, **settings):
    return TestClient(application(refused=refused, **settings), base_url="http://localhost:8000")


def call(app, chunks, headers=(), delay=0.0, method="POST"):
    """Send a body in chunks, each after a delay, and give the status and the body of the answer."""
    left, sent = list(chunks), []

    async def receive():
        await asyncio.sleep(delay)
        if not left:
            return await asyncio.Event().wait()
        chunk = left.pop(0)
        return (
            chunk
            if isinstance(chunk, dict)
            else {"type": "http.request", "body": chunk, "more_body": bool(left)}
        )

    async def send(message):
        sent.append(message)

    raw = [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"), *headers]
    scope = {
        "type": "http",
        "method": method,
        "path": "/echo",
        "raw_path": b"/echo",
        "query_string": b"",
        "headers": raw,
        "client": None,
    }
    asyncio.run(
        asyncio.wait_for(
            app({**scope, "scheme": "http", "server": None, "asgi": {"version": "3.0"}}, receive, send), 5
        )
    )
    if not sent:
        return None, b""
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_body_within_the_limit_comes_through_whole():
    for chunks in ([b"x" * 53], [b"abc", b"", b"def", b"x" * 47], [b""]):
        assert call(application(), chunks) == (200, b"".join(chunks))


def test_a_declared_length_above_the_limit_is_refused_unread():
    refused = []
    app = application(refused=refused)
    for length in (b"54", b"99999999999999999999999999", b"-1", b"1e3", "\u0663".encode()):
        assert call(app, [], [(b"content-length", length)])[0] == 413
    assert refused == ["body"] * 5 and not app.state.asked


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"7")], [(b"transfer-encoding", b"chunked")]])
def test_bytes_are_counted_whatever_the_headers_say(headers):
    app = application()
    status, body = call(app, [b"x" * 27, b"x" * 27, b"x" * 1000], headers)
    assert status == 413 and json.loads(body)["error"]["code"] == "body_too_large" and not app.state.asked


def test_a_body_that_drips_is_cut_off():
    refused = []
    app = application(refused=refused)
    status, body = call(app, [b"x"] * 50, delay=0.02)
    assert status == 408 and json.loads(body)["error"]["code"] == "slow_body"
    assert refused == ["slow"] and not app.state.asked


def test_a_client_that_leaves_within_its_body_is_not_answered():
    app = application()
    assert call(app, [b"x", {"type": "http.disconnect"}]) == (None, b"") and not app.state.asked


def test_the_app_still_sees_that_a_client_leaves():
    seen = []

    async def app(scope, receive, send):
        seen.extend([await receive(), await receive()])
        await PlainTextResponse("")(scope, receive, send)

    gone = {"type": "http.disconnect"}
    call(
        Guard(app, limits=LIMITS, hosts=LOOPBACK),
        [
            {"type": "http.request", "body": b"x", "more_body": True},
            {"type": "http.request", "body": b"y"},
            gone,
        ],
    )
    assert seen == [{"type": "http.request", "body": b"xy", "more_body": False}, gone]


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
    ],
)
def test_bodies_other_than_json_are_refused(kind):
    refused = []
    answer = client(refused).post(
        "/echo", content=b"{}", headers={} if kind is None else {"Content-Type": kind}
    )
    assert answer.status_code == 415 and refused == ["media"]


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_json_is_taken(kind):
    assert client().post("/echo", content=b"{}", headers={"Content-Type": kind}).text == "{}"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:8000", "localhost.", "[::1]"]
)
def test_the_names_of_this_machine_are_hosts(host):
    assert client().get("/echo", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "evil.example:8000",
        "",
        "[::2]:80",
        "[::1",
        "10.0.0.1",
        "a@localhost",
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(host):
    refused = []
    answer = client(refused).get("/echo", headers={"Host": host})
    assert (
        answer.status_code == 400 and answer.json()["error"]["code"] == "wrong_host" and refused == ["host"]
    )


def test_what_can_be_no_name_of_a_host_is_said():
    for name in ("https://models.example", "models.example/v1", "a b", "*"):
        with pytest.raises(ValueError, match="can be no name of a host"):
            allowed_hosts("127.0.0.1", [name])


def test_two_host_headers_are_refused():
    assert call(application(), [b""], [(b"host", b"localhost")])[0] == 400


def test_hosts_are_those_of_the_address_and_those_given():
    assert allowed_hosts("127.0.0.1") == set(LOOPBACK)
    assert allowed_hosts("192.168.1.5", ["Models.Example:443", "[2001:db8::1]"]) == {
        *LOOPBACK,
        "192.168.1.5",
        "models.example",
        "2001:db8::1",
    }
    there = client(hosts=allowed_hosts("0.0.0.0", ["models.example"]))
    assert there.get("/echo", headers={"Host": "models.example:8443"}).status_code == 200
    assert there.get("/echo", headers={"Host": "other.example"}).status_code == 400


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost",
        "http://localhost:3000",
        "null",
        "http://localhost:8000.evil.example",
        "file://",
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_pages_of_another_origin_cannot_change_anything(origin, method):
    refused = []
    answer = client(refused).request(method, "/echo", content=b"{}", headers={**JSON, "Origin": origin})
    assert (
        answer.status_code == 403
        and answer.json()["error"]["code"] == "wrong_origin"
        and refused == ["origin"]
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_says_itself_that_another_page_asks(site):
    for method in ("POST", "GET", "DELETE"):
        assert (
            client()
            .request(method, "/echo", content=b"{}", headers={**JSON, "Sec-Fetch-Site": site})
            .status_code
            == 403
        )
    followed = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client().get("/page", headers=followed).status_code == 200
    assert client().post("/echo", content=b"{}", headers={**JSON, **followed}).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "http://]", "http://[x]:1", "//", "[", "http://\u2100.example"]
)
def test_an_origin_that_is_none_is_another(origin):
    refused = []
    answer = client(refused).post("/echo", headers={**JSON, "Origin": origin.encode()})
    assert (
        answer.status_code == 403
        and answer.json()["error"]["code"] == "wrong_origin"
        and refused == ["origin"]
    )


def test_a_key_is_asked_for_before_a_body_is_read(tmp_path):
    secret = add_key(tmp_path / "keys.toml", "ada").encode()
    app, admission = application(), Admission(Keys.read(tmp_path / "keys.toml"), LIMITS)
    guard = Guard(app, limits=LIMITS, hosts=LOOPBACK, identify=admission.identify)
    for headers in (
        [],
        [(b"authorization", b"Bearer zhyper-x")],
        [(b"content-type", b"text/plain")],
        [(b"content-length", b"99")],
    ):
        status, body = call(guard, [], headers)  # nothing of a body comes
        assert status == 401 and b"invalid_api_key" in body
    assert call(guard, [b"abc"], [(b"authorization", b"Bearer " + secret)]) == (200, b"abc")
    assert app.state.asked == [b"abc"]


def test_our_own_page_and_programs_may_ask():
    for headers in (
        {},
        {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://LOCALHOST:8000"},
    ):
        assert client().post("/echo", content=b"{}", headers={**JSON, **headers}).status_code == 200


PAGE = "http://localhost:3000"


@pytest.fixture
def opened(tmp_path):
    """A client of a whole server that lets one page of another origin ask."""
    origins = allowed_origins([PAGE.upper() + "/"])
    with server(tmp_path, tiny_machine(), origins=origins) as parts, TestClient(parts.app) as made:
        yield made


@pytest.mark.parametrize("site", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
def test_only_pages_of_the_origins_that_are_named_may_ask(opened, site):
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    path, body = "/v1/chat/completions", {"model": "zhyper", "messages": ASKED, "max_tokens": 2}
    preflight = opened.options(path, headers={**site, **asks, "Origin": PAGE})
    assert preflight.status_code == 200 and preflight.headers["Access-Control-Allow-Origin"] == PAGE
    assert preflight.headers["Access-Control-Allow-Headers"] == asks["Access-Control-Request-Headers"]
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    for content, status in ((body, 200), ({**body, "contex": "x"}, 400)):
        answer = opened.post(path, json=content, headers={**site, "Origin": PAGE})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE and "Origin" in answer.headers["Vary"]
    too_large = opened.post(path, content=b"x" * (2 << 20), headers={**JSON, **site, "Origin": PAGE})
    assert too_large.status_code == 413 and too_large.headers["Access-Control-Allow-Origin"] == PAGE
    assert opened.get("/v1/contexts", headers={**site, "Origin": PAGE}).status_code == 200
    for other in (
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost",
        "null",
        "http://evil",
    ):
        refused = opened.options(path, headers={**site, **asks, "Origin": other})
        assert refused.status_code == 400 and "Access-Control-Allow-Origin" not in refused.headers
        answer = opened.post(path, json=body, headers={**site, "Origin": other})
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "wrong_origin"
        assert "--origin" in answer.json()["error"]["message"]
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "",
        "null",
        "localhost:3000",
        "ftp://localhost",
        "http://",
        "http://a b",
        "http://x/page",
        "http://u@x",
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(name):
    with pytest.raises(ValueError, match="is no origin of a page; give scheme, host and port"):
        allowed_origins([PAGE, name])
    assert allowed_origins(["https://Models.example:443", "http://[::1]:3000"]) == {
        "https://models.example", "http://[::1]:3000"
    }  # fmt: skip


def test_no_answer_lets_another_origin_read_it():
    answer = client().get("/echo", headers={"Origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_every_answer_has_headers_for_browsers():
    for answer in (
        client().get("/echo"),
        client().get("/absent"),
        client().get("/echo", headers={"Host": "evil.example"}),
    ):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    page = client().get("/page")
    assert (
        page.headers["Content-Security-Policy"] == "default-src 'self'"
        and page.headers["Cache-Control"] == "no-cache"
    )
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_there_are_no_websockets():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(application()({"type": "websocket", "path": "/echo", "headers": []}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("host", "wanted"),
    [("127.0.0.1", True), ("127.3.5.7", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],
)
def test_which_addresses_are_loopback(host, wanted):
    assert is_loopback(host) is wanted


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "8.8.8.8", "2001:db8::1"])
def test_a_public_address_without_keys_is_refused(host, tmp_path):
    with pytest.raises(ValueError, match="others can reach the address .* no API keys.*listen on 127.0.0.1"):
        check_bind(host, Keys.none())
    add_key(tmp_path / "keys.toml", "ada")
    check_bind(host, Keys.read(tmp_path / "keys.toml"))


def test_loopback_needs_no_keys():
    for host in ("127.0.0.1", "::1", "localhost"):
        check_bind(host, Keys.none())


def test_a_name_that_has_other_addresses_is_public(monkeypatch):
    found = [(2, 1, 6, "", ("127.0.0.1", 0)), (2, 1, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ValueError, match="others can reach"):
        check_bind("ours.example", Keys.none())


def test_a_host_without_an_address_is_said():
    with pytest.raises(ValueError, match="has no address"):
        check_bind("no such host", Keys.none())
