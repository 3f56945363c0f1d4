"""From the name of a model to a PEFT folder: the generator is loaded with the first, and makes each once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.distance import FarContextWarning
from zhyper.encoders import LAST_TOKEN
from zhyper.serve.contexts import LOCAL, ContextQuery, Contexts, check_name, is_address, open_stores
from zhyper.serve.vllm._adapter_store import AdapterStore
from zhyper.serve.vllm._names import Parts, parts_of
from zhyper.serve.vllm._registry import Registry
from zhyper.serve.vllm._settings import VllmSettings
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
T = TypeVar("T")


class LoadFailed(RuntimeError):
    """The generator, its bank or the store cannot be opened; who runs the server can mend it."""


class ModelThread:
    """One thread, which alone touches the generator."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "zhyper")

    def run(self, job: Callable[[], T]) -> Future[T]:
        """Have something done there."""
        return self._pool.submit(job)

    def close(self) -> None:
        """Let it end when it has done what it was given."""
        self._pool.shutdown(wait=False)


@dataclass(frozen=True)
class _Parts:
    contexts: Contexts
    store: AdapterStore


class Adapters:
    """Makes the adapters that names ask for, of a generator around vLLM's own base. For one event loop.

    Args:
        settings: of the plugin.
        registry: what vLLM knows.
    """

    def __init__(self, settings: VllmSettings, registry: Registry) -> None:
        self._settings, self._registry, self._thread = settings, registry, ModelThread()
        self._stack = contextlib.ExitStack()
        self._loading: asyncio.Task[_Parts] | None = None
        self._app: Any = None

    def close(self) -> None:
        """Close bank and store."""
        self._stack.close()
        self._thread.close()

    async def folder(self, base: str, name: str, text: str) -> Path:
        """The PEFT folder of the context that a model's name asks for.

        Args:
            base: where vLLM's base lies.
            name: of the model.
            text: the same without its prefix.

        Raises:
            ValueError: the name says nothing that the generator takes.
            NotFound, Refused, CatalogueUnavailable: as of `Contexts`.
            StoreFull, OSError: as of `AdapterStore.get`.
            LoadFailed: the generator cannot be loaded.
        """
        named = parts_of(text, self._settings.limits)
        parts = await self._parts(base)
        id, save = await self._adapter(parts, named)
        self._registry.claim(name, id)  # from now on nobody removes it
        folder = await parts.store.get(id, save)
        self._check_rank(folder)
        return folder

    async def contexts_app(self, base: str) -> Any:
        """An ASGI app with the routes of `/v1/contexts`; LoadFailed as of `folder`."""
        if self._app is None:
            from zhyper.serve import contexts_app

            contexts = (await self._parts(base)).contexts
            self._app = contexts_app(contexts.machine, contexts, self._settings.limits, self._owner)
        return self._app

    async def is_current(self, text: str, id: str) -> bool:
        """Whether a name that stood for an adapter still does, which now counts as used.

        A context of the bank may be another, or gone; a description always stands for the same.
        """
        if self._loading is None or not self._loading.done() or self._loading.exception():
            return False
        parts, named = self._loading.result(), parts_of(text, self._settings.limits)
        parts.store.touch(id)
        if not any(is_address(ref) or _is_name(ref) for ref, _ in named):
            return True
        try:
            return (await self._adapter(parts, named))[0] == id
        except Exception:  # whatever it is, the resolver finds and tells it
            return False

    async def _adapter(self, parts: _Parts, named: Parts) -> tuple[str, Callable[[Path], None]]:
        return await parts.contexts.adapter(await self._query(parts.contexts, named), self._owner)

    @property
    def _owner(self) -> str:
        return self._settings.owner or LOCAL

    async def _parts(self, base: str) -> _Parts:
        """The generator, loaded once; what failed is tried again with the next request."""
        if self._loading is None or (self._loading.done() and self._loading.exception()):
            self._loading = asyncio.create_task(self._load(base))
        return await asyncio.shield(self._loading)

    async def _load(self, base: str) -> _Parts:
        settings = self._settings
        LOG.info("zhyper loads %s around %s", settings.checkpoint, base)
        try:
            machine = await asyncio.wrap_future(self._thread.run(lambda: _machine(settings, base)))
            with contextlib.ExitStack() as stack:
                _, bank, catalogue = await asyncio.to_thread(
                    open_stores, machine, settings.bank, settings.database, stack
                )
                store = AdapterStore(settings.store_folder, settings.adapters, self._registry)
                stack.callback(store.close)
                self._stack.push(stack.pop_all())
        except (ValueError, RuntimeError, OSError) as error:
            LOG.exception("zhyper could not be loaded")
            raise LoadFailed(f"this server's zhyper plugin could not be loaded: {error}") from error
        LOG.info("zhyper is ready; its adapters lie in %s", store.folder)
        return _Parts(Contexts(machine, self._thread, bank, catalogue, settings.read_policy()), store)

    async def _query(self, contexts: Contexts, named: Parts) -> ContextQuery:
        """What a name asks for: ids are of the bank, and a name of the bank goes before a text."""
        if len(named) > 1:
            refs = [await self._id_or_text(contexts, ref) for ref, _ in named]
            return ContextQuery(mix=tuple(zip(refs, (weight for _, weight in named), strict=True)))
        ((ref, strength),) = named
        ref = await self._id_or_text(contexts, ref)
        if is_address(ref):
            return ContextQuery(id=ref, strength=strength)
        return ContextQuery(text=ref, strength=strength)

    async def _id_or_text(self, contexts: Contexts, ref: str) -> str:
        """The id of the bank's context of this name, or the text as it is."""
        if not _is_name(ref):
            return ref
        entry = await contexts.resolver.find(ContextQuery(name=ref), self._owner)
        return ref if entry is None else entry.id

    def _check_rank(self, folder: Path) -> None:
        """Raise ValueError where vLLM does not take an adapter of this rank."""
        rank = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["r"]
        most = self._registry.most_rank
        if most is not None and rank > most:
            raise ValueError(
                f"this adapter has rank {rank}, but vLLM was started with --max-lora-rank {most}; "
                "who runs it can set a larger one"
            )


def _is_name(ref: str) -> bool:
    """Whether a context of the bank may have this name."""
    try:
        check_name(ref)
    except ValueError:
        return False
    return True


def _machine(settings: VllmSettings, base: str) -> TextToAdapter:
    """The generator on the CPU, as vLLM has the accelerator; without its base's weights, if it can."""
    spec = read_card(find_checkpoint(settings.checkpoint))["spec"]
    device = "cpu" if spec.encoder == LAST_TOKEN else "meta"
    warnings.simplefilter("ignore", FarContextWarning)  # the card of each adapter says how far it is
    machine = TextToAdapter.load(
        settings.checkpoint, device=device, when_far=settings.when_far, base=base, encoder=settings.encoder
    )
    machine.embeddings([*machine.spec.known_tasks, "ready"][:1])  # the encoder loads with its first text
    return machine
