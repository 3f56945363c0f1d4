"""Which adapters vLLM knows, and which of them requests use: what it knows it reads again at any time."""

from __future__ import annotations

import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterator
from typing import Any

GRACE_SECONDS = 2.0
"""How long an adapter counts as in use after its last request: what was hung up may run on for a step."""


class Registry:
    """The names under which vLLM knows adapters.

    Without `attach` vLLM is not told to forget one, so that all it knows are in use for good.
    """

    def __init__(self) -> None:
        self._models: Any = None  # vLLM's OpenAIServingModels, and its engine's client
        self._engine: Any = None
        self._names = defaultdict[str, set[str]](set)
        self._ids = dict[str, str]()
        self._running = Counter[str]()
        self._last_use = dict[str, float]()
        self._pinned = set[str]()
        self._dropped = defaultdict[str, list[Any]](list)

    def attach(self, models: Any, engine: Any) -> None:
        """Let vLLM be told what to forget: its `OpenAIServingModels`, and the client of its engine."""
        self._models, self._engine = models, engine

    @property
    def is_attached(self) -> bool:
        """Whether vLLM can be told to forget adapters."""
        return self._models is not None

    @property
    def most_rank(self) -> int | None:
        """The largest rank that vLLM takes; None where it is not known."""
        config = None if self._engine is None else self._engine.vllm_config.lora_config
        return None if config is None else int(config.max_lora_rank)

    def claim(self, name: str, id: str) -> None:
        """Note, before vLLM gets it, that it will know an adapter by this name.

        A claim outside `using` is of a request that is not seen to end, and so counts as in use for good.
        """
        self._names[id].add(name)
        self._ids[name] = id
        if not self._running[name]:
            self.pin(name)

    def pin(self, name: str) -> None:
        """Count a name as in use for good."""
        self._pinned.add(name)

    def drop(self, name: str) -> None:
        """Have vLLM ask anew what a name stands for; what it stood for goes when nobody uses it any more."""
        request = None if self._models is None else self._models.lora_requests.pop(name, None)
        if request is not None:
            self._dropped[self._ids[name]].append(request)

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[str | None]:
        """While the block runs, a request uses what this name stands for; its id, if vLLM knows it."""
        self._running[name] += 1
        try:
            yield self._ids.get(name)
        finally:
            self._running[name] -= 1
            if self._running[name] == 0:
                del self._running[name]
                self._last_use[name] = time.monotonic()
            if name not in self._ids:
                self._last_use.pop(name, None)

    def forget(self, id: str) -> Coroutine[None, None, None] | None:
        """Have vLLM forget an adapter; None while a request uses it. See `AdapterStore`."""
        names = self._names.get(id, ())
        if any(self._in_use(name) for name in names):
            return None
        requests = self._dropped.pop(id, [])
        for name in names:
            if self._ids.get(name) != id:
                continue  # it stands for another by now
            self._last_use.pop(name, None)
            self._ids.pop(name, None)
            if (request := self._models.lora_requests.pop(name, None)) is not None:
                requests.append(request)
        self._names.pop(id, None)
        return self._remove(requests)

    def _in_use(self, name: str) -> bool:
        if self._models is None or name in self._pinned or self._running[name]:
            return True
        return time.monotonic() - self._last_use.get(name, 0.0) < GRACE_SECONDS

    async def _remove(self, requests: list[Any]) -> None:
        """Have the engine take adapters out of its memory.

        It does so after whatever it was told before, such as to end the requests of clients that hung up.
        """
        for request in requests:
            await self._engine.remove_lora(request.lora_int_id)
