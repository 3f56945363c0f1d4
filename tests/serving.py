"""A whole server around a tiny machine, for tests: in process, or behind uvicorn on a free port."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import torch
import uvicorn

from conftest import tiny_machine, tokens
from zhyper.bank import Bank, Catalogue
from zhyper.serve.contexts import Contexts, Policy
from zhyper.serve.decoding import Engine
from zhyper.serve.decoding._row_modulations import stack_rows
from zhyper.serve.http._app import create_app
from zhyper.serve.http._keys import Keys
from zhyper.serve.http._limits import Limits

ASKED = [{"role": "user", "content": "say it"}]
"""A conversation that the helpers send."""
NOBODY = "0" * 64
"""The id of no context."""
HOSTS = ("testserver", "127.0.0.1", "localhost")


@dataclass
class Parts:
    """What a test may look at behind the app."""

    app: Any
    machine: Any
    engine: Any
    contexts: Any
    bank: Any
    catalogue: Any


def open_bank(folder, machine):
    sites = machine.adapter_weights.sites
    return Bank.open(
        folder / "bank",
        slots=machine.adapter_weights.slots(),
        layers=len(sites.layers),
        width=machine.encoder.width,
        checkpoint=machine.weights_sha256,
    )


@contextlib.contextmanager
def server(
    folder, machine=None, *, keys=None, limits=None, policy=None, url=None, rows=8, queue=64, **settings
):
    """An app around a machine, its bank and catalogue in a folder; `settings` go to `create_app`."""
    machine = machine or tiny_machine()
    engine = Engine(machine, rows=rows, queue=queue)
    bank = open_bank(folder, machine)
    catalogue = Catalogue.open(url or f"sqlite:///{folder / 'contexts.db'}", bank)
    contexts = Contexts(machine, engine, bank, catalogue, policy or Policy())
    app = create_app(
        machine,
        engine,
        contexts,
        keys=keys or Keys.none(),
        limits=limits or Limits(),
        **{"hosts": HOSTS, "drain": 5.0, **settings},
    )
    try:
        yield Parts(app, machine, engine, contexts, bank, catalogue)
    finally:
        engine.close()
        bank.close()
        catalogue.close()


@contextlib.contextmanager
def listening(app):
    """The address of the app behind uvicorn on a free port of 127.0.0.1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        running = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, lifespan="on")
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + 20
            while not running.started:
                assert thread.is_alive() and time.monotonic() < until, "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(20)
            assert not thread.is_alive(), "the server did not stop"


def ask(client, path="/v1/chat/completions", status=200, **body):
    """The answer to a request with this body, greedy and short unless it says otherwise."""
    if path == "/v1/chat/completions":
        body = {"messages": ASKED, **body}
    if path.endswith("completions"):
        body = {"model": "zhyper", **body}
    response = client.post(
        path, json={"max_tokens": 7, "temperature": 0, **body} if path != "/v1/contexts" else body
    )
    assert response.status_code == status, response.text
    assert response.headers["x-request-id"]
    return response.json()


def said(answer):
    """The text of a chat's only answer."""
    return answer["choices"][0]["message"]["content"]


def events(client, path, **body):
    """The events of a stream that ends as it should."""
    defaults = {"max_tokens": 7, "temperature": 0, "stream": True}
    defaults |= {"messages": ASKED} if path != "/v1/completions" else {}
    defaults |= {"model": "zhyper"} if path.endswith("completions") else {}
    with client.stream("POST", path, json={**defaults, **body}) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def keep(client, **body):
    """The entry of a context that is kept."""
    response = client.post("/v1/contexts", json=body)
    assert response.status_code in (200, 201), response.text
    return response.json()


def run(coroutine):
    return asyncio.run(coroutine)


def logits(machine, held, rows=4):
    ids, mask = tokens(machine, rows)
    return machine.logits(ids, mask, stack_rows(machine.adapter_weights, [held] * rows))


def same_context(machine, one, other):
    """Up to 16 bits."""
    torch.testing.assert_close(logits(machine, one), logits(machine, other), atol=1e-3, rtol=0)
