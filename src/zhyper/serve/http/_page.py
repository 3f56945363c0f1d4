"""The web page: static files of our own, served as they are. They ask the public HTTP API alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from zhyper.serve.http._errors import ApiError

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a browser lets the page do: scripts, styles and requests of its own origin, none of them inline."""
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class _File:
    """A file of the page, with what a browser is told of it."""

    content: bytes
    headers: dict[str, str]


def _read() -> dict[str, _File]:
    """The files of the page by name, as they came with the package."""
    pages = {}
    for file in files("zhyper.serve.http").joinpath("page").iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in _TYPES:
            content = file.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            pages[file.name] = _File(content, {**_HEADERS, "Content-Type": _TYPES[ending], "ETag": tag})
    return pages


def page_router() -> APIRouter:
    """The page at `/`, its files at `/page/NAME`; read once, and a browser that has them gets a 304."""
    pages = _read()

    async def page(request: Request) -> Response:
        file = pages.get(request.path_params.get("name", "index.html"))
        if file is None:
            raise ApiError(404, "the page has no such file; the page itself is at /", code="not_found")
        tags = request.headers.get("if-none-match", "").split(",")
        if file.headers["ETag"] in [tag.strip().removeprefix("W/") for tag in tags]:
            return Response(status_code=304, headers=file.headers)
        return Response(file.content, headers=file.headers)

    router = APIRouter(include_in_schema=False)
    router.add_api_route("/", page, methods=["GET", "HEAD"])
    router.add_api_route("/page/{name}", page, methods=["GET", "HEAD"])
    return router
