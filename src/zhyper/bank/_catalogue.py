"""The metadata of contexts in a database: SQLite in a file, or PostgreSQL for several replicas."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, Engine, func, or_, select
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from zhyper.bank._addresses import address_bytes
from zhyper.bank._bank import Bank
from zhyper.bank._database import database_errors, connect
from zhyper.bank._entry import Entry, NameTaken
from zhyper.bank._migrate import migrate
from zhyper.bank._catalogue_tables import Provenance, ContextRow, Tag

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Catalogue:
    """What is known of contexts: whose they are, what they are called, what they describe. Threads may share one.

    Rows of a bank are not stored: they are looked up by address, so that each replica may have a bank of its own, and a bank that
    was compacted or made anew needs no word to the catalogue.

    Every method raises `CatalogueUnavailable` where the database cannot be reached; the next call tries again.
    """

    def __init__(self, engine: Engine, bank: Bank | None) -> None:
        self._engine, self._bank = engine, bank
        self._origins: dict[bytes, int] = {}

    @classmethod
    def open(cls, url: str, bank: Bank | None = None) -> Self:
        """The catalogue at a URL, its tables made or brought to this version.

        Args:
            url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `postgresql+psycopg://user:password@host/database`.
            bank: where the contexts lie; gives `Entry.row`, and `visible` needs it.

        Raises:
            ValueError: no such kind of database, or one that a newer version or somebody else wrote.
            CatalogueUnavailable: the database cannot be reached.
        """
        engine = connect(url)
        try:
            with database_errors(engine.url):
                migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, bank)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def ping(self) -> None:
        """Return if the database answers."""
        with self._session() as session:
            session.execute(select(1))

    def add(self, entry: Entry) -> tuple[Entry, bool]:
        """Store an entry; on disk when this returns.

        Returns:
            What is stored, and whether it is new: of the same owner and id the old one stays as it is.

        Raises:
            NameTaken: the owner has another context of this name.
            ValueError: an id that is none, a text with a NUL character, a time without its zone, a strength that is not finite.
        """
        stored = _stored(entry)
        mine = (ContextRow.id == stored.id, ContextRow.owner == entry.owner)
        with self._session() as session:
            if (found := session.scalar(select(ContextRow).where(*mine))) is not None:
                return self._entry(found), False
            stored.provenance = self._origin(session, entry)
            session.add(stored)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                if (
                    found := session.scalar(select(ContextRow).where(*mine))
                ) is not None:  # another replica was faster
                    return self._entry(found), False
                if (
                    entry.name is None
                    or self._own(session, ContextRow.name == entry.name, entry.owner) is None
                ):
                    raise
                raise _taken(entry.name) from None
            return self._entry(stored), True

    def change(
        self,
        id: str,
        owner: str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        public: bool | None = None,
    ) -> Entry | None:
        """What is stored once an owner's context has what is given; None where the owner has no such context.

        Raises:
            NameTaken: the owner has another context of this name.
            ValueError: a text with a NUL character.
        """
        with self._session() as session:
            found = self._own(session, ContextRow.id == address_bytes(id), owner)
            if found is None:
                return None
            if tags is not None and set(tags) != {tag.name for tag in found.tags}:
                found.tags = []
                session.flush()
                found.tags = _tags(tags)
            found.name = found.name if name is None else _text("name", name)
            found.public = found.public if public is None else public
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                raise _taken(str(name)) from None
            return self._entry(found)

    def get(self, id: str, viewer: str) -> Entry | None:
        """The viewer's own context of this id, or the oldest public one."""
        try:
            wanted = address_bytes(id)
        except ValueError:
            return None
        return self._first(ContextRow.id == wanted, viewer)

    def by_name(self, name: str, viewer: str) -> Entry | None:
        """The viewer's own context of this name, or the oldest public one."""
        return self._first(ContextRow.name == _text("name", name), viewer)

    def list(
        self,
        viewer: str,
        *,
        limit: int,
        after: str | None = None,
        tag: str | None = None,
        contains: str | None = None,
        mine: bool = False,
        named: bool = False,
    ) -> list[Entry]:
        """What a viewer may see, newest first.

        Args:
            viewer: sees their own contexts, and public ones.
            limit: how many at most.
            after: the `cursor`, or the id, of the last entry seen.
            tag: one that they have.
            contains: what their description or name contains, in letters of any case (PostgreSQL: as its locale has it); reads all.
            mine: only the viewer's own.
            named: only those that have a name.

        Raises ValueError for a cursor that is none, or a text with a NUL character.
        """
        with self._session() as session:
            wanted: list[ColumnElement[bool]] = (
                [] if after is None else [ContextRow.number < self._position(session, after, viewer)]
            )
            if tag is not None:
                wanted.append(ContextRow.number.in_(select(Tag.context).where(Tag.name == _text("tag", tag))))
            if named:
                wanted.append(ContextRow.name.is_not(None))
            if contains is not None:
                word = _text("text", contains)
                wanted.append(
                    or_(
                        ContextRow.description.icontains(word, autoescape=True),
                        ContextRow.name.icontains(word, autoescape=True),
                    )
                )
            kinds = (
                [(ContextRow.owner == viewer,)]
                if mine
                else [(ContextRow.owner == viewer,), (ContextRow.public, ContextRow.owner != viewer)]
            )
            newest = [
                select(ContextRow).where(*kind, *wanted).order_by(ContextRow.number.desc()).limit(limit)
                for kind in kinds
            ]
            found = sorted(
                (one for query in newest for one in session.scalars(query)), key=lambda one: -one.number
            )
            return [self._entry(one) for one in found[:limit]]

    def visible(self, rows: Sequence[int], viewer: str) -> dict[int, Entry]:
        """Of these rows of the bank those whose context the viewer may see; their own entry first, then the oldest public one.

        Raises ValueError where the catalogue was opened without a bank, and IndexError where that has no such row.
        """
        if self._bank is None:
            raise ValueError(
                "this catalogue was opened without a bank, so rows say nothing; open it with one"
            )
        by_id = {address_bytes(self._bank.address(row)): row for row in rows}
        with self._session() as session:
            query = select(ContextRow).where(
                ContextRow.id.in_(by_id), or_(ContextRow.owner == viewer, ContextRow.public)
            )
            found: dict[int, ContextRow] = {}
            for one in sorted(session.scalars(query), key=lambda one: (one.owner != viewer, one.number)):
                found.setdefault(by_id[one.id], one)
            return {row: self._entry(found[row]) for row in rows if row in found}

    def delete(self, id: str, owner: str) -> bool:
        """Forget an owner's context; whether there was one. Its numbers stay in the bank until that is compacted."""
        try:
            wanted = address_bytes(id)
        except ValueError:
            return False
        with self._session() as session:
            gone = session.execute(
                delete_from(ContextRow)
                .where(ContextRow.id == wanted, ContextRow.owner == owner)
                .returning(ContextRow.number)
            ).all()
            session.commit()
            return bool(gone)

    def count(self, viewer: str) -> int:
        """How many contexts a viewer may see."""
        with self._session() as session:
            return (
                session.scalar(
                    select(func.count())
                    .select_from(ContextRow)
                    .where(or_(ContextRow.owner == viewer, ContextRow.public))
                )
                or 0
            )

    def with_owner(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids anybody has; `Bank.compact` may keep these."""
        with self._session() as session:
            return {
                one.hex()
                for one in session.scalars(
                    select(ContextRow.id).where(ContextRow.id.in_([address_bytes(id) for id in ids]))
                )
            }

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        with database_errors(self._engine.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    def _first(self, wanted: ColumnElement[bool], viewer: str) -> Entry | None:
        with self._session() as session:
            found = self._own(session, wanted, viewer) or session.scalar(
                select(ContextRow).where(wanted, ContextRow.public).order_by(ContextRow.number).limit(1)
            )
            return None if found is None else self._entry(found)

    def _own(self, session: Session, wanted: ColumnElement[bool], viewer: str) -> ContextRow | None:
        return session.scalar(select(ContextRow).where(wanted, ContextRow.owner == viewer))

    def _position(self, session: Session, after: str, viewer: str) -> int:
        """The number of the entry a cursor speaks of."""
        if after.isascii() and after.isdigit() and len(after) < 19:
            return int(after)
        seen = or_(ContextRow.owner == viewer, ContextRow.public)
        query = (
            select(ContextRow.number)
            .where(ContextRow.id == address_bytes(after), seen)
            .order_by(ContextRow.owner != viewer, ContextRow.number)
        )
        found = session.scalar(query.limit(1))
        if found is None:
            raise ValueError(
                f"'{after}' is no cursor of a listing; give the one that came with the last page"
            )
        return found

    def _origin(self, session: Session, entry: Entry) -> int:
        """The number of an entry's provenance, stored if it is new."""
        facts = json.dumps(dict(entry.provenance), sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(facts.encode()).digest()
        query = select(Provenance.number).where(Provenance.sha256 == digest)
        if digest not in self._origins:
            with (
                contextlib.suppress(IntegrityError),
                Session(self._engine) as own,
            ):  # another replica may be faster
                if own.scalar(query) is None:
                    own.add(Provenance(sha256=digest, facts=facts))
                    own.commit()
            self._origins[digest] = session.scalars(query).one()
        return self._origins[digest]

    def _entry(self, stored: ContextRow) -> Entry:
        id = stored.id.hex()
        return Entry(
            id=id,
            owner=stored.owner,
            row=None if self._bank is None else self._bank.row(id),
            description=stored.description,
            mixture=tuple((text, weight) for text, weight in json.loads(stored.mixture or "[]")),
            strength=stored.strength,
            name=stored.name,
            public=stored.public,
            tags=tuple(tag.name for tag in stored.tags),
            created=_EPOCH + timedelta(microseconds=stored.created),
            provenance=json.loads(stored.origin.facts),
            cursor=str(stored.number),
        )


def _stored(entry: Entry) -> ContextRow:
    """An entry as it is stored, but for its provenance; ValueError for what cannot be stored."""
    if entry.created.tzinfo is None:
        raise ValueError(f"the time {entry.created} came without its zone; give one in UTC")
    if not math.isfinite(entry.strength):
        raise ValueError(f"strength came as {entry.strength}, but wants a finite number")
    return ContextRow(
        id=address_bytes(entry.id),
        owner=_text("owner", entry.owner),
        description=_text("description", entry.description),
        mixture=json.dumps(entry.mixture) if entry.mixture else None,
        strength=entry.strength,
        name=None if entry.name is None else _text("name", entry.name),
        public=entry.public,
        created=(entry.created - _EPOCH) // timedelta(microseconds=1),
        tags=_tags(entry.tags),
    )


def _tags(names: Sequence[str]) -> list[Tag]:
    return [Tag(name=_text("tag", name)) for name in sorted(set(names))]


def _taken(name: str) -> NameTaken:
    return NameTaken(f"you have another context named '{name}'; choose another name, or delete that one")


def _text(what: str, text: str) -> str:
    """The text, if a database takes it."""
    if "\0" in text:
        raise ValueError(f"a {what} came with a NUL character, which no database takes; leave it out")
    return text
