"""The API against its own document: whatever that allows or forbids, the answer is one that it describes."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from conftest import tiny_machine
from serving import server
from zhyper.serve.http._limits import Limits

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection, unsupported_method, allow_header_conformance,
]  # fmt: skip
"""All of single answers, but that data which fit the document are taken: a sentence says why some are not."""
OPERATIONS = (
    "POST /v1/chat/completions", "POST /v1/completions", "POST /v1/compare", "POST /v1/contexts",
    "GET /v1/contexts", "POST /v1/contexts/search", "GET /v1/contexts/map", "GET /v1/contexts/{id}",
    "DELETE /v1/contexts/{id}",
    "GET /v1/contexts/{id}/adapter", "POST /v1/contexts/adapter",
    "GET /v1/models", "GET /v1/models/{model}", "GET /health",
    "GET /ready", "GET /metrics",
)  # fmt: skip
CASES = 40
"""Of each operation that takes something, and of each mode."""


@pytest.fixture(scope="module")
def ids():
    return []


@pytest.fixture(scope="module")
def document(tmp_path_factory, ids):
    limits = Limits(requests_per_minute=10**9, default_tokens=3, max_tokens=5)
    with server(tmp_path_factory.mktemp("fuzz"), tiny_machine(), limits=limits) as parts:

        async def app(scope, receive, send):
            assert (
                scope["type"] == "http"
            )  # Schemathesis starts an app anew for each test, an engine starts once
            await parts.app(scope, receive, send)

        parts.engine.start()
        with asgi.get_client(app) as client:
            for i in range(3):
                kept = client.post("/v1/contexts", json={"description": f"kept {i}", "name": f"kept-{i}"})
                assert kept.status_code == 201
                ids.append(kept.json()["id"])
        yield schemathesis.openapi.from_asgi("/openapi.json", app)


def test_the_document_describes_all_operations(document):
    assert {found.ok().label for found in document.get_all_operations()} == set(OPERATIONS)


def steer(case, ids):
    """Of what fits the document, most names nothing that is there; let some of it be answered."""
    body, turn = (
        case.body if isinstance(case.body, dict) else {},
        len(repr(case.body)) + len(repr(case.query)),
    )
    if "model" in body and turn % 4:
        body["model"] = ("zhyper/kept-1", "zhyper", "zhyper", f"zhyper/{ids[0]}")[turn % 4]
    if "messages" in body and turn % 5:
        body["messages"] = [{**body["messages"][-1], "role": "user", "content": "hi"}]
    if "stream" in body:
        body["stream"] = turn % 2 == 0
    for name in ("max_tokens", "max_completion_tokens", "n"):
        if body.get(name):
            body[name] = min(body[name], 3)
    if isinstance(body.get("context"), str) and turn % 3 == 0:
        body["context"] = ids[1]
    for name in ("context_strength", "strength"):
        if name in body and turn % 3:
            body[name] = 1.5
    if "id" in (case.path_parameters or {}) and case.method == "GET" and turn % 3:
        case.path_parameters["id"] = ids[turn % 3]


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_one_that_the_document_describes(document, ids, label, mode):
    operation = document.find_operation_by_label(label)
    takes = bool(operation.body or operation.query or operation.path_parameters)
    if mode is GenerationMode.NEGATIVE and (
        not takes or label == "GET /v1/models/{model}"
    ):  # any text is a name
        pytest.skip("there is nothing that could be wrong")

    @settings(
        max_examples=CASES if takes else 2, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(mode))
    def check(case):
        if mode is GenerationMode.POSITIVE:
            steer(case, ids)
        case.call_and_validate(checks=CHECKS)

    check()


def test_what_is_kept_is_described_too(document, ids):
    for label in ("GET /v1/contexts/{id}", "GET /v1/contexts/{id}/adapter", "DELETE /v1/contexts/{id}"):
        operation = document.find_operation_by_label(label)
        answer = operation.Case(path_parameters={"id": ids[0]}).call_and_validate(checks=CHECKS[:6])
        assert answer.status_code in (200, 204)
