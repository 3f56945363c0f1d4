"""Contexts as a server stores them: resolved, kept, searched, mapped, and given as adapters.

All tensors are in 16 bits, as the bank stores them: a text, the same text stored, and the adapter that is
downloaded are the same.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from zhyper import export, identity
from zhyper.bank import Bank, Catalogue, CatalogueUnavailable, CorruptContext, Entry
from zhyper.modulation import Modulation
from zhyper.serve.contexts._policy import Policy
from zhyper.serve.contexts._projection import projected
from zhyper.serve.contexts._resolver import Context, ContextQuery, ModelThread, Resolver, scaled_id
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
WIDEST = 4096
"""Neighbours that are looked through for those that a viewer may see."""


@dataclass(frozen=True)
class AppliedContext:
    """The context that a request is under, at its strength."""

    modulation: Modulation | None
    id: str | None
    strength: float
    distance: float | None
    far: bool | None
    note: str | None = None
    """What to know of the weights of a mixture."""


class Contexts:
    """What a server does with contexts, each for those who may see it; raises what `Resolver` raises.

    Args:
        machine: the generator.
        engine: in whose thread contexts are made.
        bank: where their tensors are stored.
        catalogue: where it says whose they are; opened with the bank.
        policy: which descriptions are taken.
    """

    def __init__(
        self, machine: TextToAdapter, engine: ModelThread, bank: Bank, catalogue: Catalogue, policy: Policy
    ) -> None:
        self.machine, self.bank, self.catalogue = machine, bank, catalogue
        self.resolver = Resolver(machine, engine, bank, catalogue, policy)

    async def resolve(self, query: ContextQuery, viewer: str) -> AppliedContext:
        """The context that a request asks for, at its strength."""
        if query == ContextQuery(strength=query.strength):
            return AppliedContext(None, None, query.strength, None, None)
        return self._applied(await self.resolver.resolve(query, viewer), query.strength)

    async def create(
        self,
        query: ContextQuery,
        viewer: str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        public: bool | None = None,
    ) -> tuple[Entry, bool]:
        """Store a context, and whether it is new; it is on disk when this returns.

        Where the bank's file is damaged, its description is, of which its tensors are made anew.

        One that the viewer has stored already gets the name, the tags and `public` that are given; None
        leaves them as they are.

        Raises NameTaken besides, and OSError where the disk is full.
        """
        context = await self.resolver.resolve(query, viewer)
        self._check_rank(context.tensors.modulation)
        strength = context.strength * query.strength
        entry = Entry(
            id=scaled_id(context.plain_id, strength),
            owner=viewer,
            description=context.description,
            mixture=context.mixture,
            strength=strength,
            name=name,
            public=bool(public),
            tags=tuple(tags or ()),
            created=datetime.now(UTC),
            provenance={key: str(value) for key, value in self.machine.provenance().items()},
        )
        modulation, embedding_C = context.modulation(query.strength), context.tensors.embedding_C
        try:
            await asyncio.to_thread(self.bank.append, [entry.id], modulation, embedding_C[None])
        except CorruptContext:
            LOG.exception("the bank is damaged; a context is stored without its tensors")
        stored, new = await asyncio.to_thread(self.catalogue.add, entry)
        if not new:
            changed = await asyncio.to_thread(
                self.catalogue.change, entry.id, viewer, name=name, tags=tags, public=public
            )
            stored = changed or stored
        return stored, new

    async def search(
        self, text: str, viewer: str, count: int
    ) -> tuple[AppliedContext, Sequence[tuple[Entry, float]]]:
        """A description's own context, and the stored ones nearest to it, with their cosines."""
        context = await self.resolver.of_text(text)
        near = await asyncio.to_thread(self._near, context.tensors.embedding_C, viewer, count)
        return self._applied(context, 1.0), near

    async def map(self, viewer: str, count: int) -> Sequence[tuple[Entry, float, float]]:
        """The latest contexts on the plane of their embeddings' two principal components, each in -1..1."""
        return await asyncio.to_thread(self._map, viewer, count)

    async def adapter_zip(self, query: ContextQuery, viewer: str, folder: Path) -> Path:
        """A context as a zip, in `folder`, of a PEFT folder with its card."""
        context = await self.resolver.resolve(query, viewer)
        return await asyncio.to_thread(self._zip, context, query.strength, folder)

    async def adapter(self, query: ContextQuery, viewer: str) -> tuple[str, Callable[[Path], None]]:
        """The id of a context at the strength of a query, and what writes its adapter as a PEFT folder."""
        context = await self.resolver.resolve(query, viewer)
        id = scaled_id(context.plain_id, context.strength * query.strength)
        return id, lambda folder: self._save_adapter(context, query.strength, folder)

    async def distances(self, entries: Sequence[Entry]) -> Sequence[float | None]:
        """How far stored contexts are from the generator's training; None where nothing says so."""
        return await asyncio.to_thread(lambda: [self._distance_of(entry) for entry in entries])

    async def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            await asyncio.to_thread(self.catalogue.ping)
        except CatalogueUnavailable:
            return False
        return True

    def _check_rank(self, modulation: Modulation) -> None:
        """Raise ValueError for a modulation of another rank than those that the bank stores."""
        adapter = self.machine.adapter_weights
        size = sum(slot.size for group in adapter.slots().values() for slot in group)
        if modulation.per_context != len(adapter.sites.layers) * size:
            raise ValueError(
                "mixtures of this kind of adapter have a rank of their own and cannot be kept; "
                "give the parts in each request"
            )

    def _applied(self, context: Context, strength: float) -> AppliedContext:
        distance, far = self._distance(context.tensors.embedding_C)
        note = context.note(strength)
        return AppliedContext(context.modulation(strength), context.id, strength, distance, far, note)

    def _near(self, embedding_C: Tensor, viewer: str, count: int) -> Sequence[tuple[Entry, float]]:
        """Neighbours that a viewer may see; others' private ones are passed over."""
        wide = 4 * count
        while True:
            near = self.bank.nearest(embedding_C, wide)
            visible = self.catalogue.visible([row for row, _ in near], viewer)
            if len(visible) >= count or len(near) < wide or wide >= WIDEST:
                return [(visible[row], cosine) for row, cosine in near if row in visible][:count]
            wide *= 4

    def _map(self, viewer: str, count: int) -> Sequence[tuple[Entry, float, float]]:
        entries = self.catalogue.list(viewer, limit=count)
        points = [(entry, e_C) for entry in entries if (e_C := self._embedding(entry)) is not None]
        places = projected(torch.stack([e_C for _, e_C in points])) if points else []
        return [(entry, *place) for (entry, _), place in zip(points, places, strict=True)]

    def _embedding(self, entry: Entry) -> Tensor | None:
        """The embedding of a stored context; None where the bank does not have it, or has it damaged."""
        try:
            return None if entry.row is None else self.bank.embeddings([entry.row])[0]
        except CorruptContext:
            LOG.warning("a context of the bank is damaged")
            return None

    def _distance(self, embedding_C: Tensor) -> tuple[float | None, bool | None]:
        trained = self.machine.training_embeddings
        if trained is None:
            return None, None
        distance = trained.distances(embedding_C[None]).item()
        return distance, distance > trained.far

    def _distance_of(self, entry: Entry) -> float | None:
        embedding_C = self._embedding(entry)
        return None if embedding_C is None else self._distance(embedding_C)[0]

    def _zip(self, context: Context, strength: float, folder: Path) -> Path:
        place = folder / f"zhyper-{context.id[:12]}"
        self._save_adapter(context, strength, place)
        file = shutil.make_archive(str(place), "zip", root_dir=folder, base_dir=place.name)
        shutil.rmtree(place)
        return Path(file)

    def _save_adapter(self, context: Context, strength: float, folder: Path) -> None:
        machine = self.machine
        distance, _ = self._distance(context.tensors.embedding_C)
        distances = None if distance is None else [distance]
        whole, note = context.strength * strength, context.note(strength)
        card = machine.adapter_card(context.description, whole, context.id, distances, note)
        modulation = context.modulation(strength).to(machine.device)
        # Where the base lies on this machine is nobody else's to know, and means nothing elsewhere.
        base = machine.export_base(identity.public_name(machine.spec.base))
        export.save_peft(folder, machine.adapter_weights, modulation, base, card)
