"""Bodies read strictly: one JSON document in UTF-8, with finite numbers and whole characters.

The standard library's parser has the hooks for these limits; pydantic's own would not see NaN or a long
integer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from zhyper.serve.http._errors import ApiError, blamed
from zhyper.serve.http._field_names import check_query
from zhyper.serve.http._keys import Gate

DIGITS = 100
"""An integer with more is a mistake."""


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} came, but JSON has no such number")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits came; send at most {DIGITS}")
    return int(digits)


def _number(digits: str) -> float:
    """1.0 is an integer in JSON, so it may stand where one is expected."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} came, but is too large for a number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def read_json(body: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        ValueError: it is no JSON in UTF-8, nests too deep, or has numbers that are not finite, or lone
            surrogates, which no UTF-8 holds.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_constant, parse_int=_integer, parse_float=_number)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("the body is no UTF-8; send JSON in UTF-8") from error
    except UnicodeEncodeError as error:
        raise ValueError(
            "the body has half of a surrogate pair (\\ud800 to \\udfff); send whole characters"
        ) from error
    except RecursionError as error:
        raise ValueError("the body nests too deep; send a flatter one") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error.msg} at character {error.pos}") from error
    except ValueError as error:
        raise ValueError(f"the body is no JSON that can be used: {error}") from error
    return value


class StrictRequest(Request):
    """A request whose JSON is read by `read_json`; a ValueError is the client's 400."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            return read_json(body)
        except ValueError as error:
            raise ApiError(400, str(error), code="invalid_json") from error


class StrictRoute(APIRoute):
    """A route that reads its body strictly, and only of those who may come in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        gates = [part.call for part in self.dependant.dependencies if isinstance(part.call, Gate)]

        parameters = frozenset(part.alias for part in self.dependant.query_params)
        body = getattr(self.body_field and self.body_field.field_info.annotation, "model_fields", {})

        async def strict(request: Request) -> Response:
            for gate in gates:
                gate.enter(request)
            with blamed():
                check_query(request.query_params.keys(), parameters, frozenset(body))
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
