"""Which context a request is under: a text, a kept context by its id or name, or a mixture; and those that are kept.

Whatever is computed is in 16 bits, as the bank keeps it, so a text, the same text kept, and the adapter that is downloaded are one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor

from zhyper import export
from zhyper.bank import Bank, Catalogue, CatalogueAway, CorruptContext, Entry
from zhyper.modulation import Modulation
from zhyper.serve._engine import Engine
from zhyper.serve._limits import ADDRESS
from zhyper.serve._made import Made, Maker
from zhyper.serve._policy import Policy
from zhyper.serve._projection import projected
from zhyper.serve._rows import mixed
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
WIDEST = 4096
"""Neighbours that are looked through for those that a viewer may see."""
QUOTED = 500
"""Characters of each part that the description of a mixture quotes at most."""


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
class _Found:
    """A context with what is known of it, before the strength of a request."""

    id: str
    description: str
    made: Made
    mixture: tuple[tuple[str, float], ...] = ()
    strength: float = 1.0


class Contexts:
    """Finds, makes and keeps contexts, each for those who may see it.

    Methods raise `NotFound`, `Refused` (by the policy), `ValueError` (what the generator cannot take) and `CatalogueAway`.

    Args:
        machine: the generator.
        engine: in whose thread contexts are made.
        bank: where their numbers are kept.
        catalogue: where it says whose they are; opened with the bank.
        policy: which descriptions are taken.
    """

    def __init__(self, machine: TextToAdapter, engine: Engine, bank: Bank, catalogue: Catalogue, policy: Policy) -> None:
        self.machine, self.engine, self.bank, self.catalogue, self.policy = machine, engine, bank, catalogue, policy
        self._maker = Maker(machine)

    async def resolve(self, wanted: Wanted, viewer: str) -> Held:
        """The context that a request asks for, with its strength."""
        if wanted == Wanted(strength=wanted.strength):
            return Held(None, None, "base", wanted.strength, None, None)
        found = await self._found(wanted, viewer)
        held = found.made.held if wanted.strength == 1 else found.made.held.scale(wanted.strength)
        distance, far = self._distance(found.made.vector_C)
        return Held(held, found.id, found.description, wanted.strength, distance, far)

    async def create(
        self, wanted: Wanted, viewer: str, *, name: str | None = None, tags: Sequence[str] = (), public: bool = False
    ) -> tuple[Entry, bool]:
        """Keep a context, and whether it is new; it is on disk when this returns.

        Raises NameTaken besides, and OSError where the disk is full.
        """
        found = await self._found(wanted, viewer)
        adapter = self.machine.adapter_weights
        if found.made.held.per_context != sum(
            len(adapter.sites.layers) * slot.size for group in adapter.slots().values() for slot in group
        ):
            raise ValueError("mixtures of this kind of adapter have a rank of their own and cannot be kept; give the parts in each request")
        held = found.made.held if wanted.strength == 1 else found.made.held.scale(wanted.strength)
        entry = Entry(
            id=_scaled_id(found.id, wanted.strength),
            owner=viewer,
            description=found.description,
            mixture=found.mixture,
            strength=found.strength * wanted.strength,
            name=name,
            public=public,
            tags=tuple(tags),
            created=datetime.now(UTC),
            provenance={key: str(value) for key, value in self.machine.provenance().items()},
        )
        await asyncio.to_thread(self.bank.append, [entry.id], held, found.made.vector_C[None])
        return await asyncio.to_thread(self.catalogue.add, entry)

    async def search(self, text: str, viewer: str, count: int) -> tuple[Held, Sequence[tuple[Entry, float]]]:
        """A description's own context, and the kept ones nearest to it, with their cosines."""
        found = await self._found(Wanted(text=text), viewer)
        distance, far = self._distance(found.made.vector_C)
        near = await asyncio.to_thread(self._near, found.made.vector_C, viewer, count)
        return Held(found.made.held, found.id, found.description, 1.0, distance, far), near

    async def map(self, viewer: str, count: int) -> Sequence[tuple[Entry, float, float]]:
        """The latest contexts on a plane, the two principal components of their vectors; coordinates lie in -1..1."""
        return await asyncio.to_thread(self._map, viewer, count)

    async def adapter_zip(self, wanted: Wanted, viewer: str, folder: Path) -> Path:
        """A context as a zip, in `folder`, of a PEFT folder with its card."""
        found = await self._found(wanted, viewer)
        return await asyncio.to_thread(self._zip, found, wanted.strength, folder)

    async def list(
        self, viewer: str, *, limit: int, after: str | None = None, tag: str | None = None, contains: str | None = None, mine: bool = False
    ) -> Sequence[Entry]:
        """What a viewer may see, newest first; see `Catalogue.list`."""
        return await asyncio.to_thread(self.catalogue.list, viewer, limit=limit, after=after, tag=tag, contains=contains, mine=mine)

    async def find(self, wanted: Wanted, viewer: str) -> Entry | None:
        """A kept context by its id or name."""
        if wanted.id is not None:
            return await asyncio.to_thread(self.catalogue.get, wanted.id, viewer)
        return None if wanted.name is None else await asyncio.to_thread(self.catalogue.named, wanted.name, viewer)

    async def get(self, id: str, viewer: str) -> Entry | None:
        """A kept context by its id."""
        return await self.find(Wanted(id=id), viewer)

    async def named(self, viewer: str, count: int) -> Sequence[Entry]:
        """The latest contexts that have a name."""
        return await asyncio.to_thread(self.catalogue.list, viewer, limit=count, named=True)

    async def delete(self, id: str, viewer: str) -> bool:
        """Forget a context of the viewer's own; whether there was one."""
        return await asyncio.to_thread(self.catalogue.delete, id, viewer)

    async def distances(self, entries: Sequence[Entry]) -> Sequence[float | None]:
        """How far kept contexts are from what the generator was trained on; None where nothing says so."""
        return await asyncio.to_thread(lambda: [self._distance_of(entry) for entry in entries])

    async def reachable(self) -> bool:
        """Whether the database answers."""
        try:
            await asyncio.to_thread(self.catalogue.ping)
        except CatalogueAway:
            return False
        return True

    async def _found(self, wanted: Wanted, viewer: str) -> _Found:
        if wanted.text is not None:
            return await self._of_text(wanted.text)
        if wanted.mix:
            return await self._of_mixture(wanted.mix, viewer)
        entry = await self.find(wanted, viewer)
        if entry is None:
            raise NotFound(f"there is no context '{wanted.name or (wanted.id or '')[:12]}', or it is not yours to see")
        return await self._of_entry(entry, viewer)

    async def _of_text(self, text: str) -> _Found:
        self.policy.check(text)
        made = await asyncio.wrap_future(self.engine.run(lambda: self._maker.make(text)))
        return _Found(self.machine.address(text), text, made)

    async def _of_entry(self, entry: Entry, viewer: str) -> _Found:
        """A kept context; made anew where this bank does not hold it (another replica's does), or holds it damaged."""
        for text in [ref for ref, _ in entry.mixture if not _is_id(ref)] or [entry.description]:
            self.policy.check(text)
        if entry.row is not None:
            try:
                held, vector_C = await asyncio.to_thread(lambda row: (self.bank.gather([row]), self.bank.vectors([row])[0]), entry.row)
                return _Found(entry.id, entry.description, Made(held, vector_C), entry.mixture, entry.strength)
            except CorruptContext:
                LOG.exception("a context of the bank is damaged; it is made anew")
        found = await self._of_mixture(entry.mixture, entry.owner) if entry.mixture else await self._of_text(entry.description)
        if _scaled_id(found.id, entry.strength) != entry.id:
            raise NotFound("this context was made by another checkpoint than the one that is served; make it anew")
        made = found.made if entry.strength == 1 else Made(found.made.held.scale(entry.strength), found.made.vector_C)
        if entry.row is None:  # so that mixtures of mixtures make each part once, not eight times as many on each level
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self.bank.append, [entry.id], made.held, made.vector_C[None])
        return _Found(entry.id, entry.description, made, entry.mixture, entry.strength)

    async def _of_mixture(self, mix: Sequence[tuple[str, float]], viewer: str) -> _Found:
        parts = [await self._found(Wanted(id=ref) if _is_id(ref) else Wanted(text=ref), viewer) for ref, _ in mix]
        weights = [weight for _, weight in mix]
        held = mixed(self.machine.adapter_weights, [part.made.held for part in parts], weights)
        vector_C = torch.stack([weight * part.made.vector_C for part, weight in zip(parts, weights, strict=True)]).sum(0)
        said = " + ".join(f'{weight:g} × "{_shortened(part.description)}"' for part, weight in zip(parts, weights, strict=True))
        named = json.dumps(sorted([part.id, weight] for part, weight in zip(parts, weights, strict=True)))
        return _Found(hashlib.sha256(f"mixture {named}".encode()).hexdigest(), said, Made(held, vector_C), tuple(mix))

    def _near(self, vector_C: Tensor, viewer: str, count: int) -> Sequence[tuple[Entry, float]]:
        """Neighbours that a viewer may see; others' private ones are passed over."""
        wide = 4 * count
        while True:
            near = self.bank.nearest(vector_C, wide)
            seen = self.catalogue.visible([row for row, _ in near], viewer)
            if len(seen) >= count or len(near) < wide or wide >= WIDEST:
                return [(seen[row], cosine) for row, cosine in near if row in seen][:count]
            wide *= 4

    def _map(self, viewer: str, count: int) -> Sequence[tuple[Entry, float, float]]:
        found = [(entry, vector_C) for entry in self.catalogue.list(viewer, limit=count) if (vector_C := self._vector(entry)) is not None]
        places = projected(torch.stack([vector_C for _, vector_C in found])) if found else []
        return [(entry, *place) for (entry, _), place in zip(found, places, strict=True)]

    def _vector(self, entry: Entry) -> Tensor | None:
        """The vector of a kept context; None where the bank does not hold it, or holds it damaged."""
        try:
            return None if entry.row is None else self.bank.vectors([entry.row])[0]
        except CorruptContext:
            LOG.warning("a context of the bank is damaged")
            return None

    def _distance(self, vector_C: Tensor) -> tuple[float | None, bool | None]:
        trained = self.machine.training_contexts
        if trained is None:
            return None, None
        distance = trained.distances(vector_C[None]).item()
        return distance, distance > trained.far

    def _distance_of(self, entry: Entry) -> float | None:
        vector_C = self._vector(entry)
        return None if vector_C is None else self._distance(vector_C)[0]

    def _zip(self, found: _Found, strength: float, folder: Path) -> Path:
        machine = self.machine
        distance, far = self._distance(found.made.vector_C)
        facts = {
            "description": found.description,
            "strength": found.strength * strength,
            "cosine distance to the nearest training description": "not known" if distance is None else f"{distance:.3f}",
            "far": "not known" if far is None else "yes: it may do anything" if far else "no",
            "context address (SHA-256)": found.id,
            **machine.provenance(),
            "versions": ", ".join(f"{name} {version(name)}" for name in ("zhyper", "torch", "transformers", "peft")),
        }
        held = found.made.held if strength == 1 else found.made.held.scale(strength)
        place = folder / f"zhyper-{found.id[:12]}"
        export.save_peft(place, machine.adapter_weights, held.to(machine.model.base.device), machine.spec.base, facts)
        file = shutil.make_archive(str(place), "zip", root_dir=folder, base_dir=place.name)
        shutil.rmtree(place)
        return Path(file)


def _scaled_id(id: str, strength: float) -> str:
    """The address of a context at a strength."""
    return id if strength == 1 else hashlib.sha256(f"{id}\0strength {strength!r}".encode()).hexdigest()


def _shortened(description: str) -> str:
    """A part's description as its mixture's quotes it: mixtures of mixtures must not grow without bounds."""
    return description if len(description) <= QUOTED else f"{description[:QUOTED]}..."


def _is_id(ref: str) -> bool:
    return ADDRESS.fullmatch(ref) is not None
