"""What is logged, and what never is."""

import json
import logging
import re
import warnings

import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient

from zhyper.distance import FarContextWarning
from zhyper.serve.http._key_file import Key
from zhyper.serve.http._logs import RequestLog, log_json, request_id


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def application(observe=None):
    app = FastAPI()

    @app.get("/v1/things/{name}")
    async def thing(name: str, request: Request):
        logging.getLogger("zhyper.test").info("within %s", name)
        request.state.key = Key(name="ada", sha256="")
        request.state.tokens, request.state.prompt_tokens = 7, 11
        return request.state.request_id

    @app.get("/fails")
    async def fails():
        raise RuntimeError("the prompt was: a secret of mine")

    @app.get("/breaks")
    async def breaks():
        async def half():
            yield "half"
            raise RuntimeError("a secret of mine")

        return StreamingResponse(half())

    @app.get("/health")
    async def health():
        return PlainTextResponse("ok")

    app.add_middleware(RequestLog, **({"observe": observe} if observe else {}))
    return app


def client(**settings):
    return TestClient(application(**settings))


def test_a_request_is_one_line(log):
    answer = client().get(
        "/v1/things/seven?contains=a+secret+of+mine", headers={"Authorization": "Bearer zhyper-mine"}
    )
    line = lines(log)[-1]
    assert line.pop("milliseconds") >= 0 and re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time")
    )
    assert line == {
        "level": "info",
        "event": "request",
        "logger": "zhyper.serve.http._logs",
        "request": answer.headers["X-Request-Id"],
        "method": "GET",
        "path": "/v1/things/seven",
        "status": 200,
        "client": "ada",
        "prompt_tokens": 11,
        "tokens": 7,
        "complete": True,
    }
    assert "mine" not in log.getvalue()


def test_an_id_is_given_back_and_stands_in_every_line(log):
    answer = client().get("/v1/things/seven", headers={"X-Request-Id": "mine-1.2_3"})
    assert answer.headers["X-Request-Id"] == answer.json() == "mine-1.2_3"
    assert [
        (line["event"], line["request"]) for line in lines(log) if line["logger"].startswith("zhyper")
    ] == [
        ("within seven", "mine-1.2_3"),
        ("request", "mine-1.2_3"),
    ]
    assert request_id.get() is None


@pytest.mark.parametrize("wrong", ["", "a b", "a\tb", "x" * 129, 'a"b', "é", "a,b", "{}"])
def test_an_id_that_is_not_well_formed_is_replaced(wrong):
    got = client().get("/v1/things/seven", headers={"X-Request-Id": wrong.encode()}).headers["X-Request-Id"]
    assert got != wrong and re.fullmatch("[0-9a-f]{32}", got)


def test_two_requests_have_two_ids():
    there = client()
    assert there.get("/health").headers["X-Request-Id"] != there.get("/health").headers["X-Request-Id"]


def test_control_characters_forge_no_line(log):
    client().get('/v1/things/a%0A{"level":"info","event":"forged"}%0D%1b[31m%E2%80%A8')
    assert '{"level":"info","event":"forged"}' in lines(log)[-1]["path"]
    assert [line["event"] for line in lines(log) if line["event"] == "forged"] == []
    assert not re.search("[^\n -~]", log.getvalue())


def test_a_long_path_is_cut(log):
    client().get("/" + "x" * 5000)
    assert len(lines(log)[-1]["path"]) == 200 and lines(log)[-1]["status"] == 404


def test_a_failure_tells_where_but_not_what_was_said(log):
    answer = client().get("/fails")
    assert (
        answer.status_code == 500
        and answer.json()["error"]["type"] == "server_error"
        and answer.headers["X-Request-Id"]
    )
    failed = next(line for line in lines(log) if line["event"] == "request failed")
    assert (
        failed["error"] == "RuntimeError"
        and "test_logs.py" in failed["trace"][-1]
        and failed["request"] == answer.headers["X-Request-Id"]
    )
    assert "secret of mine" not in log.getvalue() and "secret of mine" not in answer.text


def test_an_answer_that_breaks_off_is_not_complete(log):
    answer = client().get("/breaks")
    assert answer.text == "half"
    line = lines(log)[-1]
    assert (line["event"], line["status"], line["complete"]) == ("request", 200, False)
    assert "secret of mine" not in log.getvalue()


def test_a_warning_quotes_no_description(log):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log_json("INFO", log)
        warnings.warn(
            "'a secret of mine' is far from all training descriptions", FarContextWarning, stacklevel=1
        )
    line = lines(log)[-1]
    assert (
        line["event"] == "warning"
        and line["category"] == "FarContextWarning"
        and "test_logs.py" in line["place"]
    )
    assert "secret of mine" not in log.getvalue()


def test_probes_are_logged_only_for_debugging(log):
    client().get("/health")
    assert [line["level"] for line in lines(log) if line["event"] == "request"] == ["debug"]


def test_uvicorns_lines_are_json_too_and_its_access_log_is_silent(log):
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info('127.0.0.1 - "GET /?contains=secret"')
    logging.getLogger("httpx2").info("GET /?contains=secret")
    assert [(line["event"], line["request"]) for line in lines(log)] == [("started", None)]


def test_an_observer_is_told_templates_not_paths():
    seen = []
    there = client(observe=lambda *what: seen.append(what[:3]))
    for path in ("/v1/things/a-secret", "/absent/a-secret", "/fails"):
        there.get(path)
    there.request("POST", "/v1/things/x")
    assert seen == [
        ("GET", "/v1/things/{name}", 200),
        ("GET", "unmatched", 404),
        ("GET", "/fails", 500),
        ("POST", "/v1/things/{name}", 405),
    ]
