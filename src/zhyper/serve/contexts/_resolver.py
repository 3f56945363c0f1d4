"""Finds and makes the context that a request asks for; mixtures of kept contexts are mixtures of the texts that those are of.

So whoever holds an entry of the catalogue can make its numbers again, whatever became of the entries it was mixed of.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from zhyper.bank import Bank, Catalogue, CorruptContext, Entry
from zhyper.modulation import Modulation
from zhyper.serve.contexts._cache import Made, Maker
from zhyper.serve.contexts._names import ADDRESS
from zhyper.serve.contexts._policy import Policy
from zhyper.serve.decoding import Engine, mix
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
QUOTED = 500
"""Characters of each part that the description of a mixture quotes at most."""
TEXTS = 64
"""Texts that a mixture of mixtures may be of."""
Parts = tuple[tuple[str, float], ...]
"""Texts and their weights."""


class NotFound(LookupError):
    """There is no such context, or the viewer may not see it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which context a request asks for: one of `text`, `id`, `name` and `mix`; none of them is the bare base."""

    text: str | None = None
    id: str | None = None
    name: str | None = None
    mix: tuple[tuple[str, float], ...] = ()
    """The text or the id, and the weight, of each part."""
    strength: float = 1.0


@dataclass(frozen=True)
class Held:
    """A context that a request is under."""

    modulation: Modulation | None
    id: str | None
    label: str
    strength: float
    distance: float | None
    far: bool | None


@dataclass(frozen=True)
class Found:
    """A context with what is known of it, before the strength of a request."""

    id: str
    description: str
    made: Made
    plain_id: str
    """The id at a strength of 1."""
    mixture: Parts = ()
    strength: float = 1.0


class Finder:
    """Finds contexts, each for those who may see it; `Contexts` says what it is made of."""

    def __init__(
        self, machine: TextToAdapter, engine: Engine, bank: Bank, catalogue: Catalogue, policy: Policy
    ) -> None:
        self.machine, self.engine, self.bank, self.catalogue, self.policy = (
            machine,
            engine,
            bank,
            catalogue,
            policy,
        )
        self._maker = Maker(machine)

    async def find(self, wanted: Wanted, viewer: str) -> Entry | None:
        """A kept context by its id or name."""
        if wanted.id is not None:
            return await asyncio.to_thread(self.catalogue.get, wanted.id, viewer)
        return (
            None
            if wanted.name is None
            else await asyncio.to_thread(self.catalogue.named, wanted.name, viewer)
        )

    async def found(self, wanted: Wanted, viewer: str) -> Found:
        if wanted.text is not None:
            return await self._of_text(wanted.text)
        if wanted.mix:
            return await self._of_mixture(wanted.mix, viewer)
        return await self._of_entry(await self._seen(wanted, viewer))

    async def _seen(self, wanted: Wanted, viewer: str) -> Entry:
        """A kept context that the viewer may see."""
        entry = await self.find(wanted, viewer)
        if entry is None:
            raise NotFound(
                f"there is no context '{wanted.name or (wanted.id or '')[:12]}', or it is not yours to see"
            )
        return entry

    async def _of_text(self, text: str) -> Found:
        self.policy.check(text)
        made = await asyncio.wrap_future(self.engine.run(lambda: self._maker.make(text)))
        id = self.machine.address(text)
        return Found(id, text, made, id)

    async def _of_mixture(self, mix: Sequence[tuple[str, float]], viewer: str) -> Found:
        """The weighted sum of texts, and of the texts that kept contexts are of."""
        if not any(_is_id(ref) for ref, _ in mix):
            return await self._of_texts(tuple(mix))
        texts: dict[str, float] = {}
        for ref, weight in mix:
            for text, part in await self._of_part(ref, viewer):
                texts[text] = texts.get(text, 0.0) + weight * part
        if len(texts) > TEXTS:
            raise ValueError(
                f"the mixture is of {len(texts)} texts in all, but may be of {TEXTS}; mix fewer mixtures"
            )
        return await self._of_texts(tuple(texts.items()))

    async def _of_part(self, ref: str, viewer: str) -> Parts:
        """The texts that a part of a mixture is of."""
        if not _is_id(ref):
            return ((ref, 1.0),)
        entry = await self._seen(Wanted(id=ref), viewer)
        self._check_checkpoint(entry)
        return await self._texts_of(entry)

    async def _of_texts(self, mix: Parts) -> Found:
        if not all(math.isfinite(weight) for _, weight in mix):
            raise ValueError(
                "the weights of this mixture of mixtures, multiplied, are no numbers any more; use smaller ones"
            )
        parts = [await self._of_text(text) for text, _ in mix]
        weights = [weight for _, weight in mix]
        held = mix(self.machine.adapter_weights, [part.made.held for part in parts], weights)
        vector_C = torch.stack(
            [weight * part.made.vector_C for part, weight in zip(parts, weights, strict=True)]
        ).sum(0)
        if (
            not all(value.isfinite().all() for group in held.values.values() for value in group.values())
            or not vector_C.isfinite().all()
        ):
            raise ValueError("the weights of this mixture make its numbers overflow; use smaller ones")
        said = " + ".join(f'{weight:g} × "{_shortened(text)}"' for text, weight in mix)
        id = _mixture_id([(part.id, weight) for part, weight in zip(parts, weights, strict=True)])
        return Found(id, said, Made(held, vector_C), id, mix)

    async def _texts_of(self, entry: Entry) -> Parts:
        """The texts that a kept context is the weighted sum of, its strength in their weights.

        An entry of before may name parts by their ids; NotFound where one of them is gone.
        """
        if not entry.mixture:
            return ((entry.description, entry.strength),)
        texts: list[tuple[str, float]] = []
        for ref, weight in entry.mixture:
            texts += [
                (text, entry.strength * weight * part) for text, part in await self._of_part(ref, entry.owner)
            ]
            if len(texts) > TEXTS**2:
                raise ValueError(
                    f"this mixture of mixtures is of more than {TEXTS**2} texts; make it anew of fewer"
                )
        return tuple(texts)

    async def _of_entry(self, entry: Entry) -> Found:
        """A kept context; made anew where this bank does not hold it (another replica's does), or holds it damaged.

        Where far texts are damped or refused, it is made anew too, as it may have been kept when they were not.
        """
        texts: Parts | None = None
        try:
            texts = await self._texts_of(entry)
        except (NotFound, ValueError):
            if entry.row is None:
                raise
        for text, _ in texts or ((entry.description, 1.0),):
            self.policy.check(text)
        judged = self.machine.training_embeddings is not None and self.machine.when_far != "warn"
        plain_id = self._plain_id(entry)
        if entry.row is not None and not (judged and texts):
            try:
                held, vector_C = await asyncio.to_thread(
                    lambda row: (self.bank.gather([row]), self.bank.vectors([row])[0]), entry.row
                )
                return Found(
                    entry.id, entry.description, Made(held, vector_C), plain_id, entry.mixture, entry.strength
                )
            except CorruptContext:
                LOG.exception("a context of the bank is damaged; it is made anew")
        return await self._anew(entry, plain_id)

    async def _anew(self, entry: Entry, plain_id: str) -> Found:
        """A kept context made of its texts."""
        self._check_checkpoint(entry)
        found = (
            await self._of_mixture(entry.mixture, entry.owner)
            if entry.mixture
            else await self._of_text(entry.description)
        )
        made = (
            found.made
            if entry.strength == 1
            else Made(found.made.held.scale(entry.strength), found.made.vector_C)
        )
        if entry.row is None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self.bank.append, [entry.id], made.held, made.vector_C[None])
        return Found(entry.id, entry.description, made, plain_id, found.mixture, entry.strength)

    def _plain_id(self, entry: Entry) -> str:
        """The id that a kept context has at a strength of 1."""
        if not entry.mixture:
            return self.machine.address(entry.description)
        return _mixture_id(
            [(ref if _is_id(ref) else self.machine.address(ref), weight) for ref, weight in entry.mixture]
        )

    def _check_checkpoint(self, entry: Entry) -> None:
        """Raise NotFound unless a kept context is this checkpoint's: those in the bank are."""
        if entry.row is None and scaled_id(self._plain_id(entry), entry.strength) != entry.id:
            raise NotFound(
                "this context was made by another checkpoint than the one that is served; make it anew"
            )


def scaled_id(id: str, strength: float) -> str:
    """The address of a context at a strength."""
    return id if strength == 1 else hashlib.sha256(f"{id}\0strength {strength!r}".encode()).hexdigest()


def _mixture_id(parts: Sequence[tuple[str, float]]) -> str:
    """The address of a weighted sum of contexts, of which each comes with its own."""
    return hashlib.sha256(
        f"mixture {json.dumps(sorted([id, weight] for id, weight in parts))}".encode()
    ).hexdigest()


def _shortened(description: str) -> str:
    """A part's description as its mixture's quotes it: mixtures of mixtures must not grow without bounds."""
    return description if len(description) <= QUOTED else f"{description[:QUOTED]}..."


def _is_id(ref: str) -> bool:
    return ADDRESS.fullmatch(ref) is not None
