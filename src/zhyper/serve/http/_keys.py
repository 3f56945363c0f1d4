"""Who asks, what they may do, and how much: API keys, scopes, rates and streams."""

from __future__ import annotations

import logging
import math
import os
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from fastapi import Request
from starlette.datastructures import Headers

from zhyper.serve.contexts import LOCAL
from zhyper.serve.http._errors import ApiError
from zhyper.serve.http._key_file import LIMITS, digest, read_keys
from zhyper.serve.http._key_file import SCOPES as SCOPES
from zhyper.serve.http._key_file import Key as Key
from zhyper.serve.http._limits import Limits

CLIENTS = 10_000
"""Whose rates are remembered at most; those seen last."""

logger = logging.getLogger(__name__)


class Keys:
    """The keys of a server: those of a file, which is read again when it changes, or none.

    A file that has become unreadable or wrong, or is gone, changes nothing: the keys stay as they were, and
    the log says so.
    """

    def __init__(
        self,
        keys: Iterable[Key] | None,
        file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.needed = keys is not None
        """Whether anybody needs a key."""
        self._by_digest = {key.sha256: key for key in keys or ()}
        self._file, self._clock = file, clock
        self._signature, self._checked = _signature(file), clock()

    @classmethod
    def read(cls, file: str | Path, clock: Callable[[], float] = time.monotonic) -> Self:
        """The keys of a file, as `read_keys` raises ValueError; a file without keys lets nobody in."""
        keys = cls((), Path(file), clock)
        keys._load(Path(file))
        return keys

    @classmethod
    def none(cls) -> Self:
        """No keys: everybody is `local`, with all scopes."""
        return cls(None)

    def find(self, secret: str) -> Key | None:
        """The key with this secret, unless it has expired.

        It is looked up by its SHA-256, of which nobody can choose the digits, so the time it takes tells
        nothing.
        """
        self._refresh()
        key = self._by_digest.get(digest(secret))
        return key if key is not None and key.is_valid() else None

    def _refresh(self) -> None:
        """Read the file again if it has changed, at most once a second."""
        if self._file is None or self._clock() - self._checked < 1:
            return
        self._checked, before, self._signature = self._clock(), self._signature, _signature(self._file)
        if self._signature == before:
            return
        try:
            self._load(self._file)
        except ValueError as error:
            logger.error("the keys file changed but is not right, so the keys before it stay: %s", error)
        else:
            logger.info("the keys file changed: %d keys", len(self._by_digest))

    def _load(self, file: Path) -> None:
        self._by_digest = {key.sha256: key for key in read_keys(file)}


def _signature(file: Path | None) -> tuple[int, ...] | None:
    """What changes when a file does; None if it cannot be seen."""
    try:
        stat = os.stat(file) if file is not None else None
    except OSError:
        return None
    return stat and (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_mode)


class Admission:
    """Lets requests in: finds their key, and holds each client to its scopes, its rate and its streams.

    A client is a key, or the peer's address where there are no keys. An app keeps this as
    `app.state.admission`.

    Args:
        keys: of the server.
        limits: of the server; a key's own limits count where they are narrower.
        on_refuse: is told why a request is not let in: `key`, `scope`, `rate` or `streams`.
        clock: seconds that only go up.
        local: who everybody is where there are no keys.
    """

    def __init__(
        self,
        keys: Keys,
        limits: Limits,
        on_refuse: Callable[[str], None] = lambda reason: None,
        clock: Callable[[], float] = time.monotonic,
        local: str = LOCAL,
    ) -> None:
        self.keys, self.limits, self._local = keys, limits, local
        self._on_refuse, self._clock = on_refuse, clock
        self._buckets = OrderedDict[str, tuple[float, float]]()
        """Of each client: requests left, and when they were counted."""
        self._streams: Counter[str] = Counter()

    def enter(self, scope: str, secret: str | None, peer: str) -> tuple[Key, str]:
        """The key and the client of a request that may come in, which costs it one of its requests.

        Raises:
            ApiError: 401 without a valid key, 403 without the scope, 429 above the rate.
        """
        key = self.identify(secret)
        if scope not in key.scopes:
            sentence = f"the key '{key.name}' lacks the scope '{scope}'; use a key that has it"
            raise self._refuse("scope", 403, sentence, "missing_scope")
        client = key.name if self.keys.needed else peer
        wait = self._spend(client, key.requests_per_minute)
        if wait > 0:
            most, seconds = key.requests_per_minute, math.ceil(wait)
            sentence = f"more than {most} requests a minute came; try again in {seconds} s"
            raise self._refuse("rate", 429, sentence, "rate_limit_exceeded", seconds)
        return key, client

    def start_streams(self, client: str, key: Key, count: int = 1) -> None:
        """Count answers that begin.

        Raises:
            ApiError: 429 if the client would have more under way than it may, 400 if these alone are more.
        """
        running = self._streams[client]
        if count > key.streams:
            sentence = (
                f"{count} answers were asked for, but you may have {key.streams} at once; "
                "ask for fewer in one request"
            )
            raise self._refuse("streams", 400, sentence, "too_many_streams")
        if running + count > key.streams:
            sentence = (
                f"{running} answers are under way, of the {key.streams} that you may have at once; "
                "wait until one has ended"
            )
            raise self._refuse("streams", 429, sentence, "too_many_streams", 1)
        self._streams[client] += count

    def end_streams(self, client: str, count: int = 1) -> None:
        """Count answers that have ended."""
        self._streams[client] -= count
        if self._streams[client] <= 0:
            del self._streams[client]

    def identify(self, secret: str | None) -> Key:
        """The key with this secret and the limits that count for it; ApiError (401) where there is none."""
        if not self.keys.needed:
            return Key(name=self._local, sha256="", **{name: getattr(self.limits, name) for name in LIMITS})
        key = self.keys.find(secret) if secret else None
        if key is None:
            what = "no API key came" if not secret else "the API key is not known, or has expired"
            sentence = f"{what}; send yours as 'Authorization: Bearer zhyper-...'"
            error = self._refuse("key", 401, sentence, "invalid_api_key")
            error.headers = {"WWW-Authenticate": 'Bearer realm="zhyper"'}
            raise error
        return replace(key, **{name: min(getattr(key, name), getattr(self.limits, name)) for name in LIMITS})

    def _refuse(
        self, reason: str, status: int, message: str, code: str, retry_after: float | None = None
    ) -> ApiError:
        self._on_refuse(reason)
        return ApiError(status, message, code=code, retry_after=retry_after)

    def _spend(self, client: str, per_minute: int) -> float:
        """Take one request out of a client's bucket; the seconds until there is one again, or 0."""
        now = self._clock()
        left, counted = self._buckets.pop(client, (float(per_minute), now))
        left = min(per_minute, left + (now - counted) * per_minute / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
        self._buckets[client] = (left if wait else left - 1, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def secret_of(headers: Headers) -> str | None:
    """The secret that a request brings, as `Authorization: Bearer SECRET` or as `X-API-Key`."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.strip():
        return secret.strip()
    return headers.get("x-api-key") or None


class Gate:
    """A FastAPI dependency that gives the key of a request with a scope, with the limits that count for it.

    The request's state then has `key` and `client`, whose fairness and limits count. The answers of a request
    with scope `ask` count as under way until the last byte has been sent: one, until `count_answers` says how
    many.

    Args:
        scope: what the key must be for.

    Raises:
        ApiError: in the dependency: 400, 401, 403 or 429.
    """

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES
        self.scope = scope

    def enter(self, request: Request) -> None:
        """Let a request in once: a route may do so before it reads the body."""
        if not hasattr(request.state, "client"):
            admission: Admission = request.app.state.admission
            peer = request.client.host if request.client else LOCAL
            secret = secret_of(request.headers)
            request.state.key, request.state.client = admission.enter(self.scope, secret, peer)

    async def __call__(self, request: Request) -> AsyncIterator[Key]:
        """The key of a request."""
        self.enter(request)
        key: Key = request.state.key
        if self.scope != "ask":
            yield key
            return
        admission: Admission = request.app.state.admission
        admission.start_streams(request.state.client, key)
        request.state.answers = 1
        try:
            yield key
        finally:
            admission.end_streams(request.state.client, request.state.answers)


def count_answers(request: Request, count: int) -> None:
    """Count all answers that a request with scope `ask` expects, of which one is counted already.

    Raises:
        ApiError: 400 or 429 for more than its client may have at once.
    """
    admission: Admission = request.app.state.admission
    key, client = request.state.key, request.state.client
    admission.end_streams(client, request.state.answers)
    request.state.answers = 0
    admission.start_streams(client, key, count)
    request.state.answers = count
