"""Connections that are too slow with the head of a request."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from conftest import PATIENCE
from zhyper.serve.http._protocol import TimedProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Hasty(TimedProtocol):
    SECONDS = 0.3


async def slow(scope, receive, send):
    await asyncio.sleep(0.6)
    await PlainTextResponse("done")(scope, receive, send)


@pytest.fixture(scope="module")
def place():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        running = uvicorn.Server(
            uvicorn.Config(slow, http=Hasty, log_level="warning", lifespan="off", timeout_keep_alive=5)
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield taken.getsockname()
        running.should_exit = True
        thread.join(10)


def dripped(connection, data, pause=0.05):
    """Send byte for byte until the other side closes; the seconds that took, or None if it did not."""
    began = time.monotonic()
    connection.settimeout(pause)
    for byte in data:
        with contextlib.suppress(BrokenPipeError):
            connection.send(bytes([byte]))
        try:
            if connection.recv(100) == b"":
                return time.monotonic() - began
        except TimeoutError:
            continue
        except ConnectionError:
            return time.monotonic() - began
    return None


def test_a_head_that_drips_is_cut_off(place):
    with socket.create_connection(place) as connection:
        assert dripped(connection, REQUEST) > 0.2


def test_a_connection_that_says_nothing_is_closed(place):
    with socket.create_connection(place) as connection:
        connection.settimeout(PATIENCE)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            assert connection.recv(1) == b""
        assert time.monotonic() - began > 0.2


def test_a_second_head_has_its_limit_too_and_a_slow_answer_has_none(place):
    with socket.create_connection(place) as connection:
        connection.settimeout(PATIENCE)
        for _ in range(2):
            connection.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"done"):
                answer += connection.recv(1000)
        time.sleep(0.5)  # between requests, uvicorn's own limit counts
        assert dripped(connection, REQUEST) > 0.2
