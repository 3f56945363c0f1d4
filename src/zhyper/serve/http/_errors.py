"""Every refusal and failure in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from zhyper.serve.http._field_names import WRONG_NAME

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error", 499: "cancelled"}
WORDS = {"missing": "this is missing; send it", "extra_forbidden": "this is not known here; leave it out"}
RETRY_SECONDS = 5
"""When to come back to a server that drains, or whose database is away."""


class ErrorBody(BaseModel):
    """What was wrong, in a sentence, and in words for programs."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """A refusal or failure, as OpenAI's clients read it."""

    error: ErrorBody


class ApiError(HTTPException):
    """A refusal with all that OpenAI's shape says of it.

    Args:
        status: of the answer.
        message: a sentence: what came, what was expected, what to do.
        param: the field of the request that is wrong.
        code: a word for programs.
        retry_after: seconds after which to try again.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        headers = None if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
        super().__init__(status, message, headers)
        self.param, self.code = param, code


def error_body(status: int, message: str, param: str | None, code: str | None) -> dict[str, Any]:
    """The JSON of an error."""
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_response(error: HTTPException) -> JSONResponse:
    """The answer to an HTTP error; one whose detail is in OpenAI's shape already goes out as it is."""
    detail: Any = error.detail
    if not (isinstance(detail, Mapping) and "error" in detail):
        param, code = getattr(error, "param", None), getattr(error, "code", None)
        detail = error_body(error.status_code, str(detail), param, code)
    return JSONResponse(detail, error.status_code, error.headers)


@contextmanager
def blamed(param: str | None = None) -> Iterator[None]:
    """A block whose ValueError is the client's to mend: it becomes a 400 that blames this field."""
    try:
        yield
    except ValueError as error:
        raise ApiError(400, str(error), param=param) from error


def _param(location: Sequence[int | str]) -> str | None:
    """`messages[0].content` of a place in the body; the names of the branches of a union are left out."""
    param = ""
    for part in location[1:]:
        if isinstance(part, int):
            param += f"[{part}]"
        elif part.isidentifier() and part.islower() and part not in ("str", "int", "float", "bool"):
            param += f".{part}" if param else part
    return param or None


def validation_error(errors: Sequence[Mapping[str, Any]]) -> ApiError:
    """The deepest of pydantic's errors as a 400: of the branches of a union, the one that came nearest.

    A wrong name lies as deep as the field would.
    """
    worst = max(
        errors,
        key=lambda error: (len(error["loc"]) + (error["type"] == WRONG_NAME), error["type"] == WRONG_NAME),
    )
    param, kind = _param(worst["loc"]), worst["type"]
    message = WORDS.get(kind, str(worst["msg"])).removeprefix("Value error, ")
    if kind == WRONG_NAME:
        param = ".".join(filter(None, (param, worst["ctx"]["name"])))
    elif kind != "value_error":
        message = f"{param or 'the body'}: {message}"
    return ApiError(400, message, param=param)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND and error.detail == "Not Found":
        sentence = f"there is nothing at {request.url.path}; see /openapi.json"
        error = ApiError(404, sentence, code="unknown_url")
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        path = getattr(request.scope.get("route"), "path", None)
        methods = ", ".join(sorted(request.app.state.methods.get(path, ())))
        allowed = methods or dict(error.headers or {}).get("Allow", "")
        sentence = f"{request.url.path} does not take {request.method}; it takes {allowed}"
        error = ApiError(405, sentence, code="wrong_method")
        error.headers = {"Allow": allowed}
    return error_response(error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(validation_error(error.errors()))


async def _on_disk(request: Request, error: Exception) -> Response:
    if getattr(error, "errno", None) not in (ENOSPC, EDQUOT):
        raise error
    sentence = "the server's disk is full, so nothing was stored; tell who runs it"
    return error_response(ApiError(507, sentence, code="disk_full"))


def install(app: FastAPI) -> None:
    """Answer the errors of an app in OpenAI's shape; `RequestLog` answers what nobody foresaw."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(OSError, _on_disk)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its OpenAPI document."""
    return {status: {"model": ErrorAnswer, "description": HTTPStatus(status).phrase} for status in statuses}


def refusal(status: int) -> dict[str, Any]:
    """An error in an OpenAPI document that has `ErrorAnswer` already."""
    shape = {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": shape}}}
