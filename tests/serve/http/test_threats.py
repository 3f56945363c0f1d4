"""Each line of the threat model has a test; those of the whole server are here."""

import ast
import io
import json
import re
import time
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from conftest import ROOT, tiny_machine
from serving import NOBODY, server
from zhyper.bank import CatalogueUnavailable
from zhyper.serve.contexts import Policy
from zhyper.serve.http._guard import HEADERS
from zhyper.serve.http._key_file import add_key, revoke_key
from zhyper.serve.http._keys import Keys
from zhyper.serve.http._limits import Limits

DOCUMENT = ROOT / "docs" / "security.md"
DIARY = "someone who keeps a diary of dreams"
ASKED = [{"role": "user", "content": "hm"}]


class Client:
    """A client of the app with a key."""

    def __init__(self, app, secret=None):
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.http = TestClient(app, headers=headers, raise_server_exceptions=False)

    def __call__(self, method, path, body=None):
        return (
            self.http.request(method, path, json=body)
            if body is not None
            else self.http.request(method, path)
        )

    def keep(self, **body):
        answer = self("POST", "/v1/contexts", body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def ask(self, **body):
        return self(
            "POST", "/v1/chat/completions", {"model": "zhyper", "messages": ASKED, "max_tokens": 2, **body}
        )


@pytest.fixture(scope="module")
def machine():
    return tiny_machine()


@pytest.fixture
def secrets(tmp_path):
    """Secrets of two owners, and of keys with one scope each."""
    scopes = {"ada": ("ask", "read", "write"), "bob": ("ask", "read", "write")}
    scopes |= {scope: (scope,) for scope in ("ask", "read", "write", "metrics")}
    return {
        name: add_key(tmp_path / "keys.toml", name, scopes=frozenset(those)) for name, those in scopes.items()
    }


@pytest.fixture
def parts(tmp_path, machine, secrets):
    with server(tmp_path, machine, keys=Keys.read(tmp_path / "keys.toml")) as made, TestClient(made.app):
        yield made


@pytest.fixture
def ada(parts, secrets):
    return Client(parts.app, secrets["ada"])


@pytest.fixture
def bob(parts, secrets):
    return Client(parts.app, secrets["bob"])


def alone(answer, *names):
    """An answer without what was asked for, to be compared."""
    text = answer.text
    for name in names:
        text = text.replace(name, "...")
    return answer.status_code, text


# The document.


def threats():
    """The tests of each line under "What somebody may try", which the page's table names."""
    page = DOCUMENT.read_text(encoding="utf-8")
    lines = page.partition("\n## What somebody may try\n")[2]
    tests = {int(number): [] for number in re.findall(r"^(\d+)\. \*", lines, re.MULTILINE)}
    for number, file, name in re.findall(
        r"^\| (\d+) \| `tests/([\w/]+\.py)::(test_\w+)` \|$", lines, re.MULTILINE
    ):
        tests[int(number)].append((file, name))
    return tests


def test_every_threat_names_a_test_that_exists():
    known = {}
    for number, tests in threats().items():
        assert tests, f"threat {number} names no test"
        for file, name in tests:
            if file not in known:
                tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
                known[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in known[file], f"threat {number} names {file}::{name}, which is not there"
    assert list(threats()) == list(range(1, len(threats()) + 1)) and len(threats()) > 30


def test_every_test_of_the_whole_server_is_of_a_threat():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    here = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    named = {name for tests in threats().values() for _, name in tests}
    assert here - named == {
        "test_every_threat_names_a_test_that_exists",
        "test_every_test_of_the_whole_server_is_of_a_threat",
    }


# Owners.


@pytest.mark.parametrize(
    "use",
    [
        lambda client, id: client("GET", f"/v1/contexts/{id}"),
        lambda client, id: client("GET", f"/v1/contexts/{id}/adapter"),
        lambda client, id: client("DELETE", f"/v1/contexts/{id}"),
        lambda client, id: client("GET", f"/v1/contexts?after={id}"),
        lambda client, id: client("GET", f"/v1/models/zhyper/{id}"),
        lambda client, id: client.ask(model=f"zhyper/{id}"),
        lambda client, id: client.ask(context=id),
        lambda client, id: client.ask(context=id, stream=True),
        lambda client, id: client.ask(context_mix=[{"id": id, "weight": 1.0}]),
        lambda client, id: client.ask(
            context_mix=[{"text": "a cook", "weight": 1.0}, {"id": id, "weight": 0.0}]
        ),
        lambda client, id: client(
            "POST", "/v1/completions", {"model": "zhyper", "prompt": "hm", "context": id, "max_tokens": 2}
        ),
        lambda client, id: client(
            "POST", "/v1/completions", {"model": f"zhyper/{id}", "prompt": "hm", "max_tokens": 2}
        ),
        lambda client, id: client(
            "POST", "/v1/compare", {"messages": ASKED, "columns": [{"context": id}], "max_tokens": 2}
        ),
        lambda client, id: client(
            "POST",
            "/v1/compare",
            {"messages": ASKED, "columns": [{"context_mix": [{"id": id, "weight": 1.0}]}], "max_tokens": 2},
        ),
        lambda client, id: client("POST", "/v1/contexts", {"mix": [{"id": id, "weight": 0.5}]}),
        lambda client, id: client("POST", "/v1/contexts/adapter", {"mix": [{"id": id}]}),
    ],
)
def test_the_id_of_anothers_private_context_is_as_good_as_none(ada, bob, use):
    id = ada.keep(description=DIARY, name="diary")["id"]
    theirs, none = use(bob, id), use(bob, NOBODY)
    assert theirs.status_code in (400, 404) and alone(theirs, id, id[:12]) == alone(none, NOBODY, NOBODY[:12])
    assert DIARY not in theirs.text and "ada" not in theirs.text
    assert ada("GET", f"/v1/contexts/{id}").json()["description"] == DIARY


@pytest.mark.parametrize(
    "use",
    [
        lambda client, name: client.ask(model=f"zhyper/{name}"),
        lambda client, name: client("GET", f"/v1/models/zhyper/{name}"),
        lambda client, name: client(
            "POST", "/v1/completions", {"model": f"zhyper/{name}", "prompt": "hm", "max_tokens": 2}
        ),
        lambda client, name: client(
            "POST", "/v1/compare", {"messages": ASKED, "columns": [{"name": name}], "max_tokens": 2}
        ),
    ],
)
def test_the_name_of_anothers_private_context_is_as_good_as_none(ada, bob, use):
    ada.keep(description=DIARY, name="diary")
    theirs, none = use(bob, "diary"), use(bob, "absent")
    assert theirs.status_code == 404 and alone(theirs, "diary") == alone(none, "absent")
    assert use(ada, "diary").status_code == 200


@pytest.mark.parametrize(
    "look",
    [
        lambda client: client("GET", "/v1/contexts"),
        lambda client: client("GET", "/v1/contexts?contains=diary"),
        lambda client: client("GET", "/v1/contexts?tag=night"),
        lambda client: client("POST", "/v1/contexts/search", {"description": DIARY, "limit": 5}),
        lambda client: client("GET", "/v1/contexts/map"),
        lambda client: client("GET", "/v1/models"),
    ],
)
def test_anothers_private_context_is_nowhere_to_be_seen(ada, bob, look):
    before = look(bob).json()["data"]
    id = ada.keep(description=DIARY, name="diary", tags=["night"])["id"]
    assert look(bob).json()["data"] == before
    assert id in look(ada).text or "diary" in look(ada).text


def test_the_same_text_of_two_owners_is_two_contexts(ada, bob):
    hers, his = (
        ada.keep(description=DIARY, name="diary", tags=["night"]),
        bob.keep(description=DIARY, name="diary"),
    )
    assert hers["id"] == his["id"] and his["owner"] == "bob" and his["tags"] == []
    assert bob("DELETE", f"/v1/contexts/{his['id']}").status_code == 204
    assert ada("GET", f"/v1/contexts/{hers['id']}").json()["tags"] == ["night"]
    assert bob("GET", f"/v1/contexts/{hers['id']}").status_code == 404


def test_a_public_context_can_be_used_but_not_deleted_or_renamed(ada, bob):
    id = ada.keep(description=DIARY, name="diary", public=True)["id"]
    assert bob.ask(model="zhyper/diary").json()["zhyper"]["context"] == id
    assert bob("DELETE", f"/v1/contexts/{id}").status_code == 404
    other = bob.keep(description="a cook", name="diary", public=True)["id"]
    assert ada.ask(model="zhyper/diary").json()["zhyper"]["context"] == id != other


# Keys.


ROUTES = [
    ("ask", "POST", "/v1/chat/completions", {"model": "zhyper", "messages": ASKED, "max_tokens": 2}),
    ("ask", "POST", "/v1/completions", {"model": "zhyper", "prompt": "hm", "max_tokens": 2}),
    ("ask", "POST", "/v1/compare", {"messages": ASKED, "columns": [], "max_tokens": 2}),
    ("ask", "GET", "/v1/models", None),
    ("ask", "GET", "/v1/models/zhyper", None),
    ("read", "GET", "/v1/contexts", None),
    ("read", "POST", "/v1/contexts/search", {"description": "a cook"}),
    ("read", "GET", "/v1/contexts/map", None),
    ("read", "GET", f"/v1/contexts/{NOBODY}", None),
    ("read", "GET", f"/v1/contexts/{NOBODY}/adapter", None),
    ("read", "POST", "/v1/contexts/adapter", {"description": "a cook"}),
    ("write", "POST", "/v1/contexts", {"description": "a cook"}),
    ("write", "DELETE", f"/v1/contexts/{NOBODY}", None),
    ("metrics", "GET", "/metrics", None),
]
OPEN = {"/", "/health", "/ready", "/openapi.json", "/page/{name}"}


def test_every_route_wants_a_key_with_its_scope(parts, secrets):
    for scope, method, path, body in ROUTES:
        assert Client(parts.app)(method, path, body).status_code == 401, path
        for name in ("ask", "read", "write", "metrics"):
            status = Client(parts.app, secrets[name])(method, path, body).status_code
            assert (status == 403) == (name != scope) and status != 401, (name, method, path, status)


def test_no_route_is_open_but_those_that_tell_nothing(parts):
    said = set(parts.app.openapi()["paths"])
    guarded = {re.sub(NOBODY, "{id}", path) for *_, path, _ in ROUTES} | {"/v1/models/{model}"}
    assert said - guarded <= OPEN
    for path in ("/health", "/ready", "/openapi.json", "/"):
        answer = Client(parts.app)("GET", path)
        assert answer.status_code == 200 and "bob" not in answer.text
    for path in ("/docs", "/redoc"):
        assert Client(parts.app)("GET", path).status_code == 404


def test_a_bad_body_without_a_key_says_nothing_of_what_a_good_one_is(parts):
    for body in ({}, {"model": "zhyper/diary"}, [1]):
        answer = Client(parts.app)("POST", "/v1/chat/completions", body)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "invalid_api_key"
    bodies = (b"{", b"", b"\xff", b"[" * 9000, b'{"n": NaN}', b"x" * (2 << 20))
    for path in (
        "chat/completions",
        "completions",
        "compare",
        "contexts",
        "contexts/search",
        "contexts/adapter",
    ):
        for body, kind in ((body, kind) for body in bodies for kind in ("application/json", "text/plain")):
            answer = Client(parts.app).http.post(f"/v1/{path}", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"], (path, body[:9], kind)


def test_a_body_is_not_read_for_those_who_may_not_send_it(tmp_path, machine, secrets):
    file = tmp_path / "keys.toml"
    often = add_key(file, "often", requests_per_minute=2)
    with server(tmp_path, machine, keys=Keys.read(file)) as made, TestClient(made.app):
        headers = {"Content-Type": "application/json"}
        reader = Client(made.app, secrets["read"]).http.post(
            "/v1/chat/completions", content=b"{", headers=headers
        )
        assert reader.status_code == 403 and reader.json()["error"]["code"] == "missing_scope"
        bad = [
            Client(made.app, often).http.post("/v1/contexts", content=b"{", headers=headers).status_code
            for _ in range(3)
        ]
        assert bad == [400, 400, 429]


def test_a_revoked_key_is_out_of_a_running_server(parts, secrets, tmp_path, monkeypatch):
    client = Client(parts.app, secrets["bob"])
    assert client("GET", "/v1/contexts").status_code == 200
    revoke_key(tmp_path / "keys.toml", "bob")
    monkeypatch.setattr(parts.app.state.admission.keys, "_checked", 0.0)  # as if a second had passed
    assert client("GET", "/v1/contexts").status_code == 401
    assert Client(parts.app, secrets["ada"])("GET", "/v1/contexts").status_code == 200


def test_a_key_has_its_own_limits(tmp_path, machine):
    file = tmp_path / "keys.toml"
    small = add_key(file, "small", max_tokens=3, requests_per_minute=4)
    with server(tmp_path, machine, keys=Keys.read(file)) as made, TestClient(made.app):
        client = Client(made.app, small)
        answer = client.ask(max_tokens=4)
        assert answer.status_code == 400 and "1 to 3" in answer.json()["error"]["message"]
        assert client.ask(max_tokens=3).status_code == 200
        unsaid = client.http.post(
            "/v1/chat/completions", json={"model": "zhyper", "messages": ASKED, "ignore_eos": True}
        )
        assert unsaid.json()["usage"]["completion_tokens"] == 3
        assert [client.ask().status_code for _ in range(2)] == [200, 429]


def test_a_public_address_without_keys_is_refused_before_anything_is_loaded():
    from zhyper.serve.http._server import ServeSettings, serve

    for host in ("0.0.0.0", "::", "10.0.0.1"):
        with pytest.raises(ValueError, match="others can reach the address"):
            serve(ServeSettings(host=host, checkpoint="/there/is/none"))
    assert ServeSettings().host == "127.0.0.1"


# Bodies and browsers.


@pytest.fixture(scope="module")
def small(tmp_path_factory, machine):
    """A server without keys, with small limits."""
    limits = Limits(
        body_bytes=30_000, description_characters=50, max_tokens=20, default_tokens=5, messages=3, mixture=2,
        columns=2, choices=2, prompts=2, tags=2, strength=3.0, page=3, map_points=3,
        requests_per_minute=100_000, streams=2,
    )  # fmt: skip
    refuse = Policy(refuse=["forbidden"])
    with (
        server(tmp_path_factory.mktemp("small"), machine, limits=limits, policy=refuse) as made,
        TestClient(made.app),
    ):
        yield made


@pytest.fixture(scope="module")
def wide(tmp_path_factory, machine):
    """A server without keys, with the limits that it comes with."""
    with server(tmp_path_factory.mktemp("wide"), machine) as made, TestClient(made.app):
        yield made


LONG = "x" * 51


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", {"context": LONG}),
        ("chat/completions", {"context_mix": [{"text": LONG, "weight": 1.0}]}),
        ("chat/completions", {"context_mix": [{"text": f"part {i}", "weight": 1.0} for i in range(3)]}),
        ("chat/completions", {"context_mix": []}),
        ("chat/completions", {"context": "a cook", "context_strength": 3.5}),
        ("chat/completions", {"context_mix": [{"text": "a cook", "weight": -3.5}]}),
        ("chat/completions", {"max_tokens": 21}),
        ("chat/completions", {"messages": ASKED * 4}),
        ("chat/completions", {"n": 3}),
        ("chat/completions", {"stop": list("abcde")}),
        ("chat/completions", {"messages": [{"role": "user", "content": "word " * 3000}]}),
        ("completions", {"prompt": ["a", "b", "c"]}),
        ("compare", {"columns": [{"context": f"part {i}"} for i in range(3)]}),
        ("compare", {"columns": [{"context": LONG}]}),
        ("contexts", {"description": LONG}),
        ("contexts", {"description": " "}),
        ("contexts", {"mix": [{"text": f"part {i}", "weight": 1.0} for i in range(3)]}),
        ("contexts", {"description": "a cook", "tags": ["a", "b", "c"]}),
        ("contexts", {"description": "a cook", "strength": 4}),
        ("contexts/search", {"description": LONG}),
        ("contexts/adapter", {"description": LONG}),
        ("contexts/adapter", {"mix": [{"text": f"part {i}"} for i in range(3)]}),
        ("contexts/adapter", {"description": "a cook", "strength": 4}),
    ],
)
def test_what_a_request_asks_for_is_bounded(small, path, body):
    plain = {"model": "zhyper"} if path.endswith("completions") else {}
    plain |= (
        {"prompt": "hm"}
        if path == "completions"
        else {"messages": ASKED}
        if path in ("chat/completions", "compare")
        else {}
    )
    answer = Client(small.app)("POST", f"/v1/{path}", {**plain, **body})
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error", (
        answer.text
    )


@pytest.mark.parametrize(
    ("path", "before", "item", "after"),
    [
        ("chat/completions", '"messages":[', "{}", "]"),
        ("chat/completions", '"messages":[{"role":"user","content":[', "{}", "]}]"),
        ("chat/completions", '"messages":[{"role":"user","content":"x"}],"context_mix":[', "{}", "]"),
        ("chat/completions", '"messages":[{"role":"user","content":"x"}],"stop":[', "0", "]"),
        ("chat/completions", '"messages":[{"role":"user","content":"x"}],"logit_bias":{', '"k%d":0', "}"),
        ("completions", '"prompt":[', "1", ',"x"]'),
        ("completions", '"prompt":[', "[]", ',"x"]'),
        ("completions", '"echo":true,"n":8,"prompt":[', "1", "]"),
        ("compare", '"messages":[{"role":"user","content":"x"}],"columns":[', "{}", "]"),
        ("compare", '"messages":[{"role":"user","content":"x"}]', ',"k%d":0', ""),
        ("contexts", '"tags":[', "0", "]"),
        ("contexts", '"mix":[', "{}", "]"),
    ],
)
def test_a_large_body_is_found_wrong_at_its_first_fault(wide, path, before, item, after):
    many = [item % i if "%" in item else item for i in range((1 << 20) // (len(item) + 8))]
    body = (
        "{"
        + ('"model":"zhyper",' if path.endswith("completions") else "")
        + before
        + ("" if item[0] == "," else ",").join(many)
        + after
        + "}"
    )
    http, begun = Client(wide.app).http, time.process_time()
    answer = http.post(f"/v1/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and time.process_time() - begun < 1.5, answer.text


def test_answers_are_bounded_too(small):
    client = Client(small.app)
    for i in range(5):
        client.keep(description=f"cook {i}")
    for answer in (
        client("GET", "/v1/contexts?limit=1000"),
        client("POST", "/v1/contexts/search", {"description": "a cook", "limit": 1000}),
        client("GET", "/v1/contexts/map?limit=1000"),
    ):
        assert answer.status_code == 400 or len(answer.json()["data"]) <= 3, answer.text


def test_a_large_body_is_refused_by_the_whole_server(small):
    answer = Client(small.app).http.post(
        "/v1/contexts", content=iter([b"[" * 16_000] * 2), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    deep = Client(small.app).http.post(
        "/v1/contexts", content=b"[" * 29_000, headers={"Content-Type": "application/json"}
    )
    assert deep.status_code == 400


def test_mixtures_of_mixtures_stay_small(ada):
    kept = ada.keep(mix=[{"text": chr(97 + i) * 4000, "weight": 1.0} for i in range(8)])
    for _ in range(3):
        kept = ada.keep(mix=[{"id": kept["id"], "weight": 1.0 + i / 8} for i in range(8)])
    assert len(kept["description"]) < 5000


def test_a_replica_makes_each_part_of_nested_mixtures_once(tmp_path, machine, monkeypatch):
    url, made = f"sqlite:///{tmp_path / 'shared.db'}", []
    with server(tmp_path / "one", machine, url=url) as one, TestClient(one.app):
        kept = Client(one.app).keep(mix=[{"text": "a cook", "weight": 0.5}])
        for _ in range(4):
            kept = Client(one.app).keep(mix=[{"id": kept["id"], "weight": 0.1 + i / 100} for i in range(8)])
    with server(tmp_path / "other", machine, url=url) as other, TestClient(other.app):
        text = other.contexts.resolver.of_text
        monkeypatch.setattr(other.contexts.resolver, "of_text", lambda what: made.append(what) or text(what))
        assert Client(other.app).ask(context=kept["id"]).status_code == 200
    assert made == ["a cook"]


def test_a_client_may_have_so_many_answers_at_once(small):
    admission = small.app.state.admission
    key, client = admission.enter("ask", None, "testclient")
    for _ in range(2):
        admission.start_streams(client, key)
    assert Client(small.app).ask().status_code == 429
    assert Client(small.app)("GET", "/v1/contexts").status_code == 200
    for _ in range(2):
        admission.end_streams(client)
    for stream in (False, True, True):
        assert Client(small.app).ask(stream=stream).status_code == 200


def test_each_answer_of_a_request_counts(tmp_path, machine):
    secret = add_key(tmp_path / "keys.toml", "ada", streams=3)
    with server(tmp_path, machine, keys=Keys.read(tmp_path / "keys.toml")) as made, TestClient(made.app):
        client, admission = Client(made.app, secret), made.app.state.admission
        completion = {"model": "zhyper", "max_tokens": 2}
        for path, body, count in (
            ("chat/completions", {**completion, "messages": ASKED}, 1),
            ("completions", {**completion, "prompt": ["a", "b"]}, 2),
            ("compare", {"messages": ASKED, "max_tokens": 2, "columns": [{"context": "a cook"}]}, 2),
        ):
            assert client("POST", f"/v1/{path}", body).status_code == 200
            key, name = admission.enter("ask", secret, "")
            admission.start_streams(name, key, 4 - count)
            assert client("POST", f"/v1/{path}", body).status_code == 429
            admission.end_streams(name, 4 - count)
        assert (
            client.ask(n=4)
            .json()["error"]["message"]
            .startswith("4 answers were asked for, but you may have 3")
        )
        assert (
            client("POST", "/v1/completions", {**completion, "prompt": ["a", "b"], "n": 2}).status_code == 400
        )
        assert (
            client("POST", "/v1/compare", {"messages": ASKED, "columns": [{"context": "a"}] * 3}).status_code
            == 400
        )
        assert not admission._streams


def test_another_page_cannot_use_the_server(small):
    client = Client(small.app)
    body = {"description": "from another page"}
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        assert client.http.post("/v1/contexts", json=body, headers=headers).status_code in (400, 403)
    assert (
        client.http.post(
            "/v1/contexts", content=json.dumps(body), headers={"Content-Type": "text/plain"}
        ).status_code
        == 415
    )
    assert (
        client.http.options("/v1/contexts", headers={"Origin": "http://evil.example"}).headers.get(
            "access-control-allow-origin"
        )
        is None
    )
    assert "another page" not in client("GET", "/v1/contexts").text


def test_every_answer_of_the_server_has_its_headers(small):
    client = Client(small.app)
    for path in ("/v1/contexts", "/absent", "/health", "/v1/contexts/x"):
        answer = client("GET", path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS and answer.headers[
            "X-Request-Id"
        ]
    page = client("GET", "/")
    assert (
        "default-src 'self'" in page.headers["Content-Security-Policy"]
        and "unsafe" not in page.headers["Content-Security-Policy"]
    )
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:|https?://", page.text)


# Names, files, text.


@pytest.mark.parametrize(
    "name",
    ["..", "../../etc/passwd", "a/b", "/tmp/x", ".ssh", "a\\b", "A", "a\n", "a" * 64, "x" * 65, "a..b"],
)
def test_no_name_leaves_its_folder(small, name, tmp_path):
    answer = Client(small.app)("POST", "/v1/contexts", {"description": "a cook", "name": name})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "name"


def test_a_downloaded_adapter_has_plain_paths_and_no_code(small):
    client = Client(small.app)
    id = client.keep(description="../../evil", name="plain")["id"]
    answer = client("GET", f"/v1/contexts/{id}/adapter")
    assert answer.status_code == 200 and f"zhyper-{id}.zip" in answer.headers["Content-Disposition"]
    for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist():
        assert (
            ".." not in name
            and not name.startswith("/")
            and name.endswith((".safetensors", ".json", ".md", "/chat_template.jinja", "/"))
        ), name


def test_paths_that_climb_are_not_there(small):
    client = Client(small.app)
    for path in (
        "/page/..%2f_keys.py",
        "/page/%2e%2e/_keys.py",
        "/page/..\\_keys.py",
        "/v1/contexts/..%2f..%2fetc",
        "/page/_page.py",
        "//etc/passwd",
    ):
        answer = client("GET", path)
        assert answer.status_code in (400, 404) and "import" not in answer.text, path


@pytest.mark.parametrize("word", ["'; DROP TABLE context; --", '" OR 1=1 --', "%", "_", "\\"])
def test_what_is_looked_for_is_no_sql(ada, bob, word):
    ada.keep(description=DIARY, name="diary")
    for what in ("contains", "tag"):
        answer = bob.http.get("/v1/contexts", params={what: word})
        assert answer.status_code == 200 and answer.json()["data"] == []
    for after in (word, "' OR 1=1 --"):
        assert bob.http.get("/v1/contexts", params={"after": after}).status_code == 400
    assert len(ada("GET", "/v1/contexts").json()["data"]) == 1


@pytest.mark.parametrize("text", ["forbidden", "FOR\u200bBIDDEN", "ｆｏｒｂｉｄｄｅｎ"])
def test_the_policy_holds_wherever_a_description_may_stand(small, text):
    client = Client(small.app)
    for answer in (
        client.ask(context=text),
        client.ask(context_mix=[{"text": "a cook", "weight": 1.0}, {"text": text, "weight": 0.0}]),
        client("POST", "/v1/completions", {"model": "zhyper", "prompt": "hm", "context": text}),
        client("POST", "/v1/compare", {"messages": ASKED, "columns": [{"context": text}]}),
        client("POST", "/v1/contexts", {"description": text}),
        client("POST", "/v1/contexts", {"mix": [{"text": text, "weight": 1.0}]}),
        client("POST", "/v1/contexts/adapter", {"description": text}),
        client("POST", "/v1/contexts/search", {"description": text}),
    ):
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "refused_by_policy"
    assert client.ask().status_code == 200


def test_a_kept_context_that_is_refused_since_is_not_used(small, monkeypatch):
    client = Client(small.app)
    alone, mixed = client.keep(description="a poet"), client.keep(mix=[{"text": "a poet", "weight": 0.5}])
    monkeypatch.setattr(small.contexts.resolver, "policy", Policy(refuse=["poet"]))
    for id in (alone["id"], mixed["id"]):
        assert client.ask(context=id).status_code == 403
        assert client("GET", f"/v1/contexts/{id}/adapter").status_code == 403


# What gets out.


def test_no_secret_prompt_or_description_is_logged(ada, secrets, log, monkeypatch, parts):
    words = ("dreams-of-mine", "prompt-of-mine", secrets["ada"], secrets["bob"])
    ada.ask(context="dreams-of-mine", messages=[{"role": "user", "content": "prompt-of-mine"}])
    ada.keep(description="dreams-of-mine")
    ada.http.get("/v1/contexts", params={"contains": "dreams-of-mine"})
    ada("POST", "/v1/contexts", {"description": "dreams-of-mine", "name": "../"})
    Client(parts.app, secrets["bob"] + "x")("GET", "/v1/contexts")
    monkeypatch.setattr(parts.catalogue, "list", lambda *_, **__: 1 / len(""))
    assert ada.http.get("/v1/contexts", params={"contains": "dreams-of-mine"}).status_code == 500
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"] == [200, 201, 200, 400, 401, 500]
    assert any(line.get("error") == "ZeroDivisionError" for line in lines) and not any(
        word in log.getvalue() for word in words
    )


def test_an_error_tells_nothing_of_the_inside(ada, parts, monkeypatch):
    def away(*_, **__):
        raise CatalogueUnavailable(
            "postgresql+psycopg://zhyper:***@db.internal/contexts cannot be reached (10.0.0.7 refused)"
        )

    monkeypatch.setattr(parts.catalogue, "list", away)
    answer = ada("GET", "/v1/contexts")
    assert (
        answer.status_code == 503
        and answer.headers["Retry-After"]
        and "internal" not in answer.text
        and "10.0" not in answer.text
    )
    monkeypatch.setattr(parts.catalogue, "list", lambda *_, **__: {}["/root/secret"])
    answer = ada("GET", "/v1/contexts")
    assert answer.status_code == 500 and "secret" not in answer.text and "Traceback" not in answer.text


def test_metrics_hold_nothing_that_clients_write(parts, secrets, ada):
    ada.keep(description=DIARY, name="diary", tags=["night"])
    ada.ask(model="zhyper/diary")
    ada("GET", "/absent/diary")
    text = Client(parts.app, secrets["metrics"])("GET", "/metrics").text
    assert 'route="/v1/chat/completions"' in text and 'route="unmatched"' in text
    assert not re.search("diary|night|ada|bob|absent", text)


def test_the_process_trusts_no_proxy_header_and_names_no_software(small):
    from zhyper.serve.http._protocol import TimedProtocol
    from zhyper.serve.http._server import _Server

    config = _Server(small.app, small.engine, 1.0, lambda: None).config
    assert (
        not config.proxy_headers
        and not config.server_header
        and not config.access_log
        and config.ws == "none"
    )
    assert config.http is TimedProtocol


# Code.


def test_nothing_that_is_read_can_run_code():
    forbidden = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle", "jsonpickle"}
    for file in (ROOT / "src" / "zhyper").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {name.split(".")[0] for name in names} & forbidden, file
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("yaml.load", "yaml.unsafe_load", "os.system"), file
                if called == "torch.load":  # of tensors alone
                    assert "weights_only=True" in map(ast.unparse, node.keywords), file
                assert not [k for k in node.keywords if k.arg in ("allow_pickle", "shell")], file
                if file.parent.name in ("serve", "bank"):
                    assert called not in ("eval", "exec", "compile", "__import__") and not called.startswith(
                        "subprocess."
                    ), file


def test_remote_code_runs_only_where_a_pinned_revision_says_so():
    found = []
    for file in (ROOT / "src" / "zhyper").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
                found.append((file.name, ast.unparse(node.value)))
    assert found == [("_sentence.py", "bool(pinned)")]
