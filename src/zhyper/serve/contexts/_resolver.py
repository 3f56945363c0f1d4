"""Resolves what a request says of its context.

Mixtures of stored contexts are mixtures of the texts of these. So whoever has an entry of the catalogue can
make its numbers again, whatever became of the entries that it is a mixture of.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch

from zhyper.bank import Bank, Catalogue, CorruptContext, Entry
from zhyper.modulation import Modulation, note_on_weights
from zhyper.serve.contexts._cache import ContextCache, ContextTensors
from zhyper.serve.contexts._names import is_address
from zhyper.serve.contexts._policy import Policy
from zhyper.serve.decoding import mix
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
T = TypeVar("T")
QUOTED = 500
"""Characters of each part that the description of a mixture quotes at most."""
TEXTS = 64
"""Texts that a mixture of mixtures may be of."""
Parts = tuple[tuple[str, float], ...]
"""Texts or addresses, and their weights."""


class ModelThread(Protocol):
    """The thread that owns the model; `Engine` has one."""

    def run(self, job: Callable[[], T]) -> Future[T]:
        """Have something done there."""
        ...


class NotFound(LookupError):
    """There is no such context, or the viewer may not see it."""


@dataclass(frozen=True, kw_only=True)
class ContextQuery:
    """What a request says of its context: `text`, `id`, `name` or `mix`; none of them is the bare base."""

    text: str | None = None
    id: str | None = None
    name: str | None = None
    mix: Parts = ()
    """The text or the id, and the weight, of each part."""
    strength: float = 1.0


@dataclass(frozen=True)
class Context:
    """A context before the strength of a request."""

    id: str
    description: str
    tensors: ContextTensors
    plain_id: str
    """The id at a strength of 1."""
    mixture: Parts = ()
    strength: float = 1.0

    def note(self, strength: float) -> str | None:
        """What to know of its weights at the strength of a request, if it is a mixture."""
        weights = [weight for _, weight in self.mixture]
        return note_on_weights(weights, self.strength * strength) if weights else None

    def modulation(self, strength: float) -> Modulation:
        """Its modulation at the strength of a request."""
        modulation = self.tensors.modulation
        return modulation if strength == 1 else modulation.scale(strength)


class Resolver:
    """Finds and makes contexts, each for those who may see it.

    Methods raise `NotFound`, `Refused` (by the policy), `ValueError` (what the generator cannot take) and
    `CatalogueUnavailable`.
    """

    def __init__(
        self, machine: TextToAdapter, engine: ModelThread, bank: Bank, catalogue: Catalogue, policy: Policy
    ) -> None:
        self.machine, self.engine, self.policy = machine, engine, policy
        self.bank, self.catalogue = bank, catalogue
        self.cache = ContextCache(machine)

    async def find(self, query: ContextQuery, viewer: str) -> Entry | None:
        """A stored context by its id or name."""
        if query.id is not None:
            return await asyncio.to_thread(self.catalogue.get, query.id, viewer)
        if query.name is not None:
            return await asyncio.to_thread(self.catalogue.by_name, query.name, viewer)
        return None

    async def resolve(self, query: ContextQuery, viewer: str) -> Context:
        """The context that a query names; it must name one."""
        if query.text is not None:
            return await self.of_text(query.text)
        if query.mix:
            return await self._of_mixture(query.mix, viewer)
        return await self._of_entry(await self._visible(query, viewer))

    async def of_text(self, text: str) -> Context:
        """The context of a text."""
        self.policy.check(text)
        tensors = await asyncio.wrap_future(self.engine.run(lambda: self.cache.get(text)))
        id = self.machine.address(text)
        return Context(id, text, tensors, id)

    async def _visible(self, query: ContextQuery, viewer: str) -> Entry:
        """A stored context that the viewer may see."""
        entry = await self.find(query, viewer)
        if entry is None:
            name = query.name or (query.id or "")[:12]
            raise NotFound(f"there is no context '{name}', or it is not yours to see")
        return entry

    async def _of_mixture(self, parts: Parts, viewer: str) -> Context:
        """The weighted sum of texts, and of the texts that stored contexts are of."""
        if not any(is_address(ref) for ref, _ in parts):
            return await self._of_texts(parts)
        texts: dict[str, float] = {}
        for ref, weight in parts:
            for text, part in await self._texts_of_part(ref, viewer):
                texts[text] = texts.get(text, 0.0) + weight * part
        if len(texts) > TEXTS:
            raise ValueError(
                f"the mixture is of {len(texts)} texts in all, but may be of {TEXTS}; mix fewer mixtures"
            )
        return await self._of_texts(tuple(texts.items()))

    async def _of_texts(self, parts: Parts) -> Context:
        """The weighted sum of texts."""
        weights = [weight for _, weight in parts]
        if not all(map(math.isfinite, weights)):
            raise ValueError(
                "the weights of this mixture of mixtures, multiplied, are no numbers any more; "
                "use smaller ones"
            )
        contexts = [await self.of_text(text) for text, _ in parts]
        modulation = mix(self.machine.adapter_weights, [c.tensors.modulation for c in contexts], weights)
        terms = [weight * c.tensors.embedding_C for c, weight in zip(contexts, weights, strict=True)]
        embedding_C = torch.stack(terms).sum(0)
        values = [value for group in modulation.values.values() for value in group.values()]
        if not all(tensor.isfinite().all() for tensor in (*values, embedding_C)):
            raise ValueError("the weights of this mixture make its numbers overflow; use smaller ones")
        description = " + ".join(f'{weight:g} × "{_shortened(text)}"' for text, weight in parts)
        id = _mixture_id([(context.id, weight) for context, weight in zip(contexts, weights, strict=True)])
        return Context(id, description, ContextTensors(modulation, embedding_C), id, parts)

    async def _texts_of_part(self, ref: str, viewer: str) -> Parts:
        """The texts that a part of a mixture is of."""
        if not is_address(ref):
            return ((ref, 1.0),)
        entry = await self._visible(ContextQuery(id=ref), viewer)
        self._check_checkpoint(entry)
        return await self._texts_of(entry)

    async def _texts_of(self, entry: Entry) -> Parts:
        """The texts that a stored context is the weighted sum of, its strength in their weights.

        An entry of an earlier version may name parts by their ids; NotFound where one of them is gone.
        """
        if not entry.mixture:
            return ((entry.description, entry.strength),)
        texts: list[tuple[str, float]] = []
        for ref, weight in entry.mixture:
            factor = entry.strength * weight
            texts += [(text, factor * part) for text, part in await self._texts_of_part(ref, entry.owner)]
            if len(texts) > TEXTS**2:
                raise ValueError(
                    f"this mixture of mixtures is of more than {TEXTS**2} texts; make it anew of fewer"
                )
        return tuple(texts)

    async def _of_entry(self, entry: Entry) -> Context:
        """A stored context."""
        # 1. The policy may have changed since it was stored: it judges each text.
        texts: Parts | None = None
        try:
            texts = await self._texts_of(entry)
        except (NotFound, ValueError):
            if entry.row is None:
                raise
        for text, _ in texts or ((entry.description, 1.0),):
            self.policy.check(text)
        # 2. Its tensors are in the bank, but not to be used where far texts are damped or refused only now.
        judged = self.machine.training_embeddings is not None and self.machine.when_far != "warn"
        plain_id = self._plain_id(entry)
        if entry.row is not None and not (judged and texts):
            try:
                tensors = await asyncio.to_thread(self._stored, entry.row)
                return Context(entry.id, entry.description, tensors, plain_id, entry.mixture, entry.strength)
            except CorruptContext:
                LOG.exception("a context of the bank is damaged; it is made anew")
        # 3. Where this bank does not have it (another replica's does), or has it damaged, it is made anew.
        return await self._anew(entry, plain_id)

    def _stored(self, row: int) -> ContextTensors:
        return ContextTensors(self.bank.gather([row]), self.bank.embeddings([row])[0])

    async def _anew(self, entry: Entry, plain_id: str) -> Context:
        """A stored context made of its texts."""
        self._check_checkpoint(entry)
        query = ContextQuery(text=None if entry.mixture else entry.description, mix=entry.mixture)
        context = await self.resolve(query, entry.owner)
        tensors = ContextTensors(context.modulation(entry.strength), context.tensors.embedding_C)
        if entry.row is None:
            with contextlib.suppress(OSError, CorruptContext):
                await asyncio.to_thread(
                    self.bank.append, [entry.id], tensors.modulation, tensors.embedding_C[None]
                )
        return Context(entry.id, entry.description, tensors, plain_id, context.mixture, entry.strength)

    def _plain_id(self, entry: Entry) -> str:
        """The id that a stored context has at a strength of 1."""
        if not entry.mixture:
            return self.machine.address(entry.description)
        parts = [(ref if is_address(ref) else self.machine.address(ref), w) for ref, w in entry.mixture]
        return _mixture_id(parts)

    def _check_checkpoint(self, entry: Entry) -> None:
        """Raise NotFound unless a stored context is this checkpoint's: those in the bank are."""
        if entry.row is None and scaled_id(self._plain_id(entry), entry.strength) != entry.id:
            raise NotFound(
                "this context was made by another checkpoint than the one that is served; make it anew"
            )


def scaled_id(id: str, strength: float) -> str:
    """The address of a context at a strength."""
    return id if strength == 1 else hashlib.sha256(f"{id}\0strength {strength!r}".encode()).hexdigest()


def _mixture_id(parts: Sequence[tuple[str, float]]) -> str:
    """The address of a weighted sum of contexts, each given by its own."""
    weights = json.dumps(sorted([id, weight] for id, weight in parts))
    return hashlib.sha256(f"mixture {weights}".encode()).hexdigest()


def _shortened(description: str) -> str:
    """A part's description as its mixture's quotes it: mixtures of mixtures must not grow without bounds."""
    return description if len(description) <= QUOTED else f"{description[:QUOTED]}..."
