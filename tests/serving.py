"""A whole server around a tiny machine, for tests: in process, or behind uvicorn on a free port."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import uvicorn

from conftest import tiny_machine
from zhyper.bank import Bank, Catalogue
from zhyper.serve._app import create_app
from zhyper.serve._contexts import Contexts
from zhyper.serve._engine import Engine
from zhyper.serve._keys import Keys
from zhyper.serve._limits import Limits
from zhyper.serve._policy import Policy

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
def server(folder, machine=None, *, keys=None, limits=None, policy=None, url=None, rows=8, queue=64, **settings):
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
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, lifespan="on"))
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
