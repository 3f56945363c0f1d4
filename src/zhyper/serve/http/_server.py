"""The server as a process: early checks, then the weights, then an ASGI server that ends in good order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
import uvicorn

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.distance import FarContextWarning
from zhyper.serve.contexts import Contexts, Policy, load_hook, open_stores, store_examples
from zhyper.serve.decoding import Engine
from zhyper.serve.http._app import create_app
from zhyper.serve.http._guard import allowed_hosts, allowed_origins, check_bind
from zhyper.serve.http._keys import Keys
from zhyper.serve.http._logs import log_json
from zhyper.serve.http._protocol import TimedProtocol
from zhyper.serve.http._settings import ServeSettings
from zhyper.text_to_adapter import TextToAdapter

CONNECTIONS = 1_024
"""Open at a time; those beyond are told 503."""
FLUSH_SECONDS = 5
"""At the end, for answers that are whole to reach their clients."""
INDEX_SECONDS = 300
"""Between two looks at whether searches need an index of new contexts."""


def serve(settings: ServeSettings, say: Callable[[str], Any] = print) -> None:
    """Run a server until SIGTERM or SIGINT; then answers under way are finished, and nothing new is taken.

    One function, as whatever is opened stays open until the end.

    Args:
        settings: of the server.
        say: is told what happens, before and after the logs.

    Raises:
        ValueError: settings that do not go together, found before any weight is loaded.
        OSError: the port is taken.
        CatalogueUnavailable: the database cannot be reached.
    """
    # 1. What can fail before any weight is loaded.
    keys = Keys.read(settings.keys) if settings.keys else Keys.none()
    check_bind(settings.host, keys)
    origins = allowed_origins(settings.origins)
    policy = Policy.read(settings.policy, load_hook(settings.policy_hook) if settings.policy_hook else None)
    card = read_card(find_checkpoint(settings.checkpoint))
    with _listening(settings.host, settings.port) as listener, contextlib.ExitStack() as stack:
        # 2. The weights, the bank and the catalogue.
        say(f"loading {settings.checkpoint}")
        dtype = getattr(torch, settings.dtype)
        machine = TextToAdapter.load(
            settings.checkpoint,
            device=settings.device,
            dtype=dtype,
            when_far=settings.when_far,
            base=settings.base,
            encoder=settings.encoder,
        )
        warnings.simplefilter("ignore", FarContextWarning)  # each answer says how far its context is
        machine.embeddings([*machine.spec.known_tasks, "ready"][:1])  # the encoder loads with its first text
        engine = Engine(machine, rows=settings.rows, queue=settings.queue, positions=settings.positions)
        folder, bank, catalogue = open_stores(machine, settings.bank, settings.database, stack)
        # 3. The app around them.
        contexts = Contexts(machine, engine, bank, catalogue, policy)
        hosts = allowed_hosts(settings.host, settings.host_names)
        app = create_app(
            machine, engine, contexts, keys=keys, limits=settings.limits, hosts=hosts, origins=origins,
            drain=settings.drain,
        )  # fmt: skip
        # 4. It serves until a signal comes.
        log_json()

        async def ready() -> None:
            say(f"ready at {_url(listener)}; contexts are kept in {folder}")
            if settings.examples:
                await store_examples(contexts, card.get("tasks", []))
            while True:
                await asyncio.to_thread(bank.index)  # nothing, unless there are many new contexts
                await asyncio.sleep(INDEX_SECONDS)

        _Server(app, engine, settings.drain, ready).run(sockets=[listener])
        engine.close()
    say("stopped")


class _Server(uvicorn.Server):
    """Uvicorn, whose process lives on after a signal to close what it opened.

    After a signal it goes on listening, so that clients are told what happens, until the engine has ended
    its answers or cancelled them; only then do connections close.
    """

    def __init__(self, app: Any, engine: Engine, drain: float, ready: Callable[[], Any]) -> None:
        config = uvicorn.Config(
            app, http=TimedProtocol, ws="none", lifespan="on", limit_concurrency=CONNECTIONS,
            log_config=None, access_log=False, server_header=False, proxy_headers=False,
            timeout_keep_alive=30, timeout_graceful_shutdown=FLUSH_SECONDS,
        )  # fmt: skip
        super().__init__(config)
        self._engine, self._drain, self._ready = engine, drain, ready
        self._task: asyncio.Task[Any] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._task = asyncio.create_task(self._ready())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._task is not None:
            self._task.cancel()
        until = time.monotonic() + self._drain
        while not self._engine.drain(0) and not self.force_exit and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(self._engine.close)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on this address, opened before the weights are loaded; clients wait for the server there."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen()  # of two that start at once one is told now
        except OSError as error:
            raise OSError(
                f"{host}:{port} cannot be listened on ({error.strerror}); "
                "choose another --port, or 0 for a free one"
            ) from error
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
