"""What is refused unread: foreign hosts and pages, bodies that are too large, too slow or no JSON."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhyper.serve.http._errors import ApiError, error_response
from zhyper.serve.http._keys import Keys, secret_of
from zhyper.serve.http._limits import Limits

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine itself."""
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
BODIES = frozenset(("POST", "PUT", "PATCH"))
"""Methods whose requests bring a body, and need a key where there are keys."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of each answer that does not bring its own."""

_ORIGIN = re.compile(r"(https?)://([^/?#@]+)")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]*[a-z0-9])\.?)(?::[0-9]{1,5})?")


class Guard:
    """ASGI middleware around the app, inside `RequestLog`.

    It refuses a Host that is not the server's (a page of another name that resolves here), a request that a
    page of another origin sends (400 and 403), a body that is no JSON (415), too large (413) or too slow
    (408), and WebSockets. The app gets a body only once it is whole. Every answer gets the headers that tell
    browsers what they may not do with it.

    Args:
        app: what answers.
        limits: of bodies.
        hosts: the names a Host header may have, without ports; see `allowed_hosts`.
        origins: of other pages that may ask; see `allowed_origins`.
        identify: raises ApiError (401) for a secret, or None, that is no key's; asked before a body is read.
        on_refuse: is told why a request is refused: `host`, `origin`, `media`, `body` or `slow`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        hosts: Collection[str],
        origins: Collection[str] = (),
        identify: Callable[[str | None], object] = lambda secret: None,
        on_refuse: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.app, self.limits, self.hosts, self.origins = app, limits, frozenset(hosts), frozenset(origins)
        self.identify, self.on_refuse = identify, on_refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check_place(scope["method"], headers)
            if scope["method"] in BODIES:
                self.identify(secret_of(headers))
            body = await self._read(scope["method"], headers, receive)
        except ClientDisconnect:
            return
        except ApiError as error:
            await error_response(error)(scope, receive, sealed)
            return
        await self.app(scope, _replay(body, receive), sealed)

    def _refuse(self, reason: str, status: int, message: str, code: str) -> ApiError:
        self.on_refuse(reason)
        return ApiError(status, message, code=code)

    def _check_place(self, method: str, headers: Headers) -> None:
        """Refuse what does not come to one of our names, or comes from another's page."""
        given = headers.getlist("host")
        host = given[0].lower() if len(given) == 1 else ""
        if _name(host) not in self.hosts:
            sentence = (
                "the Host header does not name this server; use one of its names, "
                "or start it with --host-name NAME"
            )
            raise self._refuse("host", 400, sentence, "wrong_host")
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if origin in self.origins:
            return
        foreign = origin is not None and _place_of(origin.lower()) != host
        navigates = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        if (foreign and method not in SAFE) or (site not in ("none", "same-origin") and not navigates):
            sentence = (
                "a page of another origin may not ask this server; its operator can let it, "
                "with --origin and the page's scheme, host and port"
            )
            raise self._refuse("origin", 403, sentence, "wrong_origin")

    async def _read(self, method: str, headers: Headers, receive: Receive) -> bytes:
        """The whole body. Raises ClientDisconnect where the client leaves before."""
        most, seconds = self.limits.body_bytes, self.limits.body_seconds
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method in BODIES and kind != "application/json":
            sentence = "the body needs Content-Type: application/json"
            raise self._refuse("media", 415, sentence, "wrong_media_type")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > most:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    body += message.get("body", b"")
                    if len(body) > most:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            sentence = f"the body did not arrive within {seconds:g} s; send it faster"
            raise self._refuse("slow", 408, sentence, "slow_body") from None

    def _too_large(self) -> ApiError:
        sentence = f"the body has more than {self.limits.body_bytes:,} bytes; send less"
        return self._refuse("body", 413, sentence, "body_too_large")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body in one piece, then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _place_of(origin: str) -> str | None:
    """The host and port of an origin; None where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as "http://["
        return None


def _name(host: str) -> str:
    """The name in a Host header, without a port and brackets; empty where it is none."""
    match = _HOST.fullmatch(host)
    return (match[1] or match[2]) if match else ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on this address, or on all addresses of this name.

    Raises:
        ValueError: the name has no address.
    """
    if not host:  # all addresses
        return False
    try:
        addresses = [str(address[0]) for *_, address in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError) as error:
        raise ValueError(
            f"the host '{host}' has no address ({error}); give an address or name of this machine"
        ) from error
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def check_bind(host: str, keys: Keys) -> None:
    """Raise ValueError if others could reach the server on this address, and nobody needs a key."""
    if not keys.needed and not is_loopback(host):
        raise ValueError(
            f"others can reach the address '{host}', and there are no API keys; make one with "
            "`zhyper keys add NAME` and give --keys FILE, or listen on 127.0.0.1"
        )


def allowed_origins(names: Collection[str]) -> frozenset[str]:
    """The origins of other pages that may ask, as browsers write them: http://localhost:3000.

    Raises:
        ValueError: one of them is no origin, or stands for all.
    """
    return frozenset(_origin(name) for name in names)


def _origin(name: str) -> str:
    match = _ORIGIN.fullmatch(name.lower().removesuffix("/"))
    if match is None or not _name(match[2]):
        raise ValueError(
            f"'{name}' is no origin of a page; give scheme, host and port, such as http://localhost:3000, "
            "for each page that may ask (there is no sign for all of them)"
        )
    default = {"http": ":80", "https": ":443"}[match[1]]  # which browsers leave out
    return f"{match[1]}://{match[2].removesuffix(default)}"


def allowed_hosts(host: str, names: Collection[str] = ()) -> frozenset[str]:
    """The names a Host header may have: those of loopback, of the address listened on, and of the operator.

    Raises:
        ValueError: one of them can be no name of a host.
    """
    given = [name for name in (*LOOPBACK, host, *names) if name]
    bracketed = [f"[{name}]" if name.count(":") > 1 and "[" not in name else name for name in given]
    plain = {name: _name(name.lower()) for name in bracketed}
    if wrong := next((name for name in plain if not plain[name]), None):
        raise ValueError(
            f"'{wrong}' can be no name of a host; give a name such as models.example.org, or an address"
        )
    return frozenset(plain.values())
