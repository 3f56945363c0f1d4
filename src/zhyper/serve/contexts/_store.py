"""Which context a request is under: a text, a kept context by its id or name, or a mixture; and those that are kept.

Whatever is computed is in 16 bits, as the bank keeps it, so a text, the same text kept, and the adapter that is downloaded are one.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor

from zhyper import export
from zhyper.bank import CatalogueAway, CorruptContext, Entry
from zhyper.serve.contexts._projection import projected
from zhyper.serve.contexts._resolver import Finder, Found, scaled_id
from zhyper.serve.contexts._resolver import Held as Held
from zhyper.serve.contexts._resolver import NotFound as NotFound
from zhyper.serve.contexts._resolver import Wanted as Wanted

LOG = logging.getLogger("zhyper.serve")
WIDEST = 4096
"""Neighbours that are looked through for those that a viewer may see."""


class Contexts(Finder):
    """Finds, makes and keeps contexts, each for those who may see it.

    Methods raise `NotFound`, `Refused` (by the policy), `ValueError` (what the generator cannot take) and `CatalogueAway`.

    Args:
        machine: the generator.
        engine: in whose thread contexts are made.
        bank: where their numbers are kept.
        catalogue: where it says whose they are; opened with the bank.
        policy: which descriptions are taken.
    """

    async def resolve(self, wanted: Wanted, viewer: str) -> Held:
        """The context that a request asks for, with its strength."""
        if wanted == Wanted(strength=wanted.strength):
            return Held(None, None, "base", wanted.strength, None, None)
        found = await self.found(wanted, viewer)
        held = found.made.held if wanted.strength == 1 else found.made.held.scale(wanted.strength)
        distance, far = self._distance(found.made.vector_C)
        return Held(held, found.id, found.description, wanted.strength, distance, far)

    async def create(
        self,
        wanted: Wanted,
        viewer: str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        public: bool | None = None,
    ) -> tuple[Entry, bool]:
        """Keep a context, and whether it is new; it is on disk when this returns.

        One that the viewer keeps already gets the name, the tags and `public` that are given; None leaves them as they are.

        Raises NameTaken besides, and OSError where the disk is full.
        """
        found = await self.found(wanted, viewer)
        adapter = self.machine.adapter_weights
        if found.made.held.per_context != sum(
            len(adapter.sites.layers) * slot.size for group in adapter.slots().values() for slot in group
        ):
            raise ValueError(
                "mixtures of this kind of adapter have a rank of their own and cannot be kept; give the parts in each request"
            )
        held = found.made.held if wanted.strength == 1 else found.made.held.scale(wanted.strength)
        strength = found.strength * wanted.strength
        entry = Entry(
            id=scaled_id(found.plain_id, strength),
            owner=viewer,
            description=found.description,
            mixture=found.mixture,
            strength=strength,
            name=name,
            public=bool(public),
            tags=tuple(tags or ()),
            created=datetime.now(UTC),
            provenance={key: str(value) for key, value in self.machine.provenance().items()},
        )
        await asyncio.to_thread(self.bank.append, [entry.id], held, found.made.vector_C[None])
        kept, new = await asyncio.to_thread(self.catalogue.add, entry)
        if not new:
            changed = await asyncio.to_thread(
                self.catalogue.change, entry.id, viewer, name=name, tags=tags, public=public
            )
            kept = changed or kept
        return kept, new

    async def search(self, text: str, viewer: str, count: int) -> tuple[Held, Sequence[tuple[Entry, float]]]:
        """A description's own context, and the kept ones nearest to it, with their cosines."""
        found = await self.found(Wanted(text=text), viewer)
        distance, far = self._distance(found.made.vector_C)
        near = await asyncio.to_thread(self._near, found.made.vector_C, viewer, count)
        return Held(found.made.held, found.id, found.description, 1.0, distance, far), near

    async def map(self, viewer: str, count: int) -> Sequence[tuple[Entry, float, float]]:
        """The latest contexts on a plane, the two principal components of their vectors; coordinates lie in -1..1."""
        return await asyncio.to_thread(self._map, viewer, count)

    async def adapter_zip(self, wanted: Wanted, viewer: str, folder: Path) -> Path:
        """A context as a zip, in `folder`, of a PEFT folder with its card."""
        found = await self.found(wanted, viewer)
        return await asyncio.to_thread(self._zip, found, wanted.strength, folder)

    async def list(
        self,
        viewer: str,
        *,
        limit: int,
        after: str | None = None,
        tag: str | None = None,
        contains: str | None = None,
        mine: bool = False,
    ) -> Sequence[Entry]:
        """What a viewer may see, newest first; see `Catalogue.list`."""
        return await asyncio.to_thread(
            self.catalogue.list, viewer, limit=limit, after=after, tag=tag, contains=contains, mine=mine
        )

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
        found = [
            (entry, vector_C)
            for entry in self.catalogue.list(viewer, limit=count)
            if (vector_C := self._vector(entry)) is not None
        ]
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
        trained = self.machine.training_embeddings
        if trained is None:
            return None, None
        distance = trained.distances(vector_C[None]).item()
        return distance, distance > trained.far

    def _distance_of(self, entry: Entry) -> float | None:
        vector_C = self._vector(entry)
        return None if vector_C is None else self._distance(vector_C)[0]

    def _zip(self, found: Found, strength: float, folder: Path) -> Path:
        machine = self.machine
        distance, far = self._distance(found.made.vector_C)
        facts = {
            "description": found.description,
            "strength": found.strength * strength,
            "cosine distance to the nearest training description": "not known"
            if distance is None
            else f"{distance:.3f}",
            "far": "not known" if far is None else "yes: it may do anything" if far else "no",
            "context address (SHA-256)": found.id,
            **machine.provenance(),
            "versions": ", ".join(
                f"{name} {version(name)}" for name in ("zhyper", "torch", "transformers", "peft")
            ),
        }
        held = found.made.held if strength == 1 else found.made.held.scale(strength)
        place = folder / f"zhyper-{found.id[:12]}"
        export.save_peft(
            place, machine.adapter_weights, held.to(machine.model.base.device), machine.spec.base, facts
        )
        file = shutil.make_archive(str(place), "zip", root_dir=folder, base_dir=place.name)
        shutil.rmtree(place)
        return Path(file)
