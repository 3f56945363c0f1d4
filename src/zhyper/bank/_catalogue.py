"""The metadata of contexts in a database: SQLite in a file, or PostgreSQL for several replicas.

A little longer than other files, because all queries of a catalogue stand in one class.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from zhyper.bank._bank import Bank, address_bytes
from zhyper.bank._catalogue_tables import ContextRow, Provenance, Tag
from zhyper.bank._database import connect, database_errors
from zhyper.bank._entry import Entry, NameTaken
from zhyper.bank._migrate import migrate
from zhyper.bank._store import CorruptContext

LOG = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Catalogue:
    """The metadata of contexts: their owners, names, descriptions and tags. Threads may share one.

    Rows of a bank are not stored: they are looked up by address, so that each replica may have a bank of its
    own, and a bank that was compacted or made anew needs no word to the catalogue.

    Every method raises `CatalogueUnavailable` where the database cannot be reached; the next call tries
    again.
    """

    def __init__(self, engine: Engine, bank: Bank | None) -> None:
        self._engine, self._bank = engine, bank
        self._origins: dict[bytes, int] = {}

    @classmethod
    def open(cls, url: str, bank: Bank | None = None) -> Self:
        """The catalogue at a URL, its tables made or brought to this version.

        Args:
            url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or
                `postgresql+psycopg://user:password@host/database`.
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
            ValueError: an id that is none, a text with a NUL character, a time without its zone, a strength
                that is not finite.
        """
        new = _to_row(entry)
        mine = select(ContextRow).where(ContextRow.id == new.id, ContextRow.owner == entry.owner)
        with self._session() as session:
            if (stored := session.scalar(mine)) is not None:
                return self._entry(stored), False
            new.provenance = self._origin(session, entry)
            session.add(new)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                if (stored := session.scalar(mine)) is not None:  # another replica was faster
                    return self._entry(stored), False
                named = ContextRow.name == entry.name
                if entry.name is None or self._own(session, named, entry.owner) is None:
                    raise
                raise _name_taken(entry.name) from None
            return self._entry(new), True

    def change(
        self,
        id: str,
        owner: str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        public: bool | None = None,
    ) -> Entry | None:
        """Change what is given of an owner's entry, and return it; None where the owner has no such entry.

        Raises:
            NameTaken: the owner has another context of this name.
            ValueError: a text with a NUL character.
        """
        with self._session() as session:
            stored = self._own(session, ContextRow.id == address_bytes(id), owner)
            if stored is None:
                return None
            if tags is not None and set(tags) != {tag.name for tag in stored.tags}:
                stored.tags = []
                session.flush()
                stored.tags = _tags(tags)
            stored.name = stored.name if name is None else _text("name", name)
            stored.public = stored.public if public is None else public
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                raise _name_taken(str(name)) from None
            return self._entry(stored)

    def get(self, id: str, viewer: str) -> Entry | None:
        """The viewer's own context of this id, or the oldest public one."""
        raw = _address_or_none(id)
        return None if raw is None else self._first(ContextRow.id == raw, viewer)

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
            contains: what their description or name contains, in letters of any case (PostgreSQL: as its
                locale has it); reads all.
            mine: only the viewer's own.
            named: only those that have a name.

        Raises ValueError for a cursor that is none, or a text with a NUL character.
        """
        with self._session() as session:
            conditions: list[ColumnElement[bool]] = []
            if after is not None:
                conditions.append(ContextRow.number < self._position(session, after, viewer))
            if tag is not None:
                tagged = select(Tag.context).where(Tag.name == _text("tag", tag))
                conditions.append(ContextRow.number.in_(tagged))
            if named:
                conditions.append(ContextRow.name.is_not(None))
            if contains is not None:
                word, columns = _text("text", contains), (ContextRow.description, ContextRow.name)
                conditions.append(or_(*(column.icontains(word, autoescape=True) for column in columns)))
            # Own and public ones are two queries, since each has an index in the order of the listing.
            sources = [ContextRow.owner == viewer]
            if not mine:
                sources.append(and_(ContextRow.public, ContextRow.owner != viewer))
            rows: list[ContextRow] = []
            for source in sources:
                query = select(ContextRow).where(source, *conditions)
                rows += session.scalars(query.order_by(ContextRow.number.desc()).limit(limit))
            return [self._entry(row) for row in sorted(rows, key=lambda row: -row.number)[:limit]]

    def visible(self, rows: Sequence[int], viewer: str) -> dict[int, Entry]:
        """The entries of those rows of the bank that the viewer may see: their own, or the oldest public one.

        Raises ValueError where the catalogue was opened without a bank, and IndexError where that has no such
        row.
        """
        if self._bank is None:
            raise ValueError(
                "this catalogue was opened without a bank, so rows say nothing; open it with one"
            )
        numbers = {address_bytes(self._bank.address(row)): row for row in rows}
        query = select(ContextRow).where(ContextRow.id.in_(numbers), _is_visible(viewer))
        with self._session() as session:
            entries: dict[int, Entry] = {}
            for row in sorted(session.scalars(query), key=lambda row: (row.owner != viewer, row.number)):
                entries.setdefault(numbers[row.id], self._entry(row))
            return {row: entries[row] for row in rows if row in entries}

    def delete(self, id: str, owner: str) -> bool:
        """Delete an owner's entry; whether there was one. Its numbers stay until the bank is compacted."""
        if (raw := _address_or_none(id)) is None:
            return False
        mine = delete_from(ContextRow).where(ContextRow.id == raw, ContextRow.owner == owner)
        with self._session() as session:
            deleted = session.execute(mine.returning(ContextRow.number)).all()
            session.commit()
            return bool(deleted)

    def count(self, viewer: str) -> int:
        """How many contexts a viewer may see."""
        with self._session() as session:
            query = select(func.count()).select_from(ContextRow).where(_is_visible(viewer))
            return session.scalars(query).one()

    def with_owner(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids anybody has; `Bank.compact` may keep these."""
        query = select(ContextRow.id).where(ContextRow.id.in_([address_bytes(id) for id in ids]))
        with self._session() as session:
            return {raw.hex() for raw in session.scalars(query)}

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        with database_errors(self._engine.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    def _first(self, condition: ColumnElement[bool], viewer: str) -> Entry | None:
        """The viewer's own entry, or else the oldest public one."""
        public = select(ContextRow).where(condition, ContextRow.public).order_by(ContextRow.number).limit(1)
        with self._session() as session:
            row = self._own(session, condition, viewer) or session.scalar(public)
            return None if row is None else self._entry(row)

    def _own(self, session: Session, condition: ColumnElement[bool], viewer: str) -> ContextRow | None:
        return session.scalar(select(ContextRow).where(condition, ContextRow.owner == viewer))

    def _position(self, session: Session, after: str, viewer: str) -> int:
        """The number of the entry that a cursor stands for."""
        if after.isascii() and after.isdigit() and len(after) < 19:
            return int(after)
        query = select(ContextRow.number).where(ContextRow.id == address_bytes(after), _is_visible(viewer))
        number = session.scalar(query.order_by(ContextRow.owner != viewer, ContextRow.number).limit(1))
        if number is None:
            raise ValueError(
                f"'{after}' is no cursor of a listing; give the one of the last page's last entry"
            )
        return number

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

    def _row(self, id: str) -> int | None:
        """The row of the bank, None also where that cannot be read."""
        try:
            return None if self._bank is None else self._bank.row(id)
        except CorruptContext as error:
            LOG.warning("a context cannot be looked up: %s", error)
            return None

    def _entry(self, stored: ContextRow) -> Entry:
        id = stored.id.hex()
        return Entry(
            id=id,
            owner=stored.owner,
            row=self._row(id),
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


def _is_visible(viewer: str) -> ColumnElement[bool]:
    return or_(ContextRow.owner == viewer, ContextRow.public)


def _address_or_none(id: str) -> bytes | None:
    """An id's 32 bytes; None of what is no id, which nobody has."""
    try:
        return address_bytes(id)
    except ValueError:
        return None


def _to_row(entry: Entry) -> ContextRow:
    """An entry as it is stored, but for its provenance; ValueError for what cannot be stored."""
    if entry.created.tzinfo is None:
        raise ValueError(f"the time {entry.created} has no zone; give one in UTC")
    if not math.isfinite(entry.strength):
        raise ValueError(f"strength is {entry.strength}, but a finite number is expected")
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


def _name_taken(name: str) -> NameTaken:
    return NameTaken(f"you have another context named '{name}'; choose another name, or delete that one")


def _text(what: str, text: str) -> str:
    """The text, if a database takes it."""
    if "\0" in text:
        raise ValueError(f"the {what} has a NUL character, which no database stores; leave it out")
    return text
