"""The tables of a catalogue, as the newest revision in `migrations` leaves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMED = text("name IS NOT NULL")
Number = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """What all tables have in common: their metadata."""


class Provenance(Base):
    """Where contexts come from, once for all that come from there."""

    __tablename__ = "provenance"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of `facts`."""
    facts: Mapped[str] = mapped_column(Text)
    """A JSON object."""


class Tag(Base):
    """A word by which contexts are filtered."""

    __tablename__ = "tag"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    context: Mapped[int] = mapped_column(
        Number, ForeignKey("context.number", ondelete="CASCADE"), primary_key=True
    )
    __table_args__ = (Index("tag_context", "context"), {"sqlite_with_rowid": False})


class ContextRow(Base):
    """A context of an owner."""

    __tablename__ = "context"
    number: Mapped[int] = mapped_column(Number, primary_key=True)
    """In the order of their coming; never given twice."""
    id: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The SHA-256 address."""
    owner: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    mixture: Mapped[str | None] = mapped_column(Text)
    """A JSON list of pairs."""
    strength: Mapped[float] = mapped_column(Double)
    name: Mapped[str | None] = mapped_column(Text)
    public: Mapped[bool]
    created: Mapped[int] = mapped_column(BigInteger)
    """Microseconds since 1970, UTC."""
    provenance: Mapped[int] = mapped_column(ForeignKey("provenance.number"))
    origin: Mapped[Provenance] = relationship(lazy="joined", innerjoin=True)
    tags: Mapped[list[Tag]] = relationship(
        lazy="selectin", order_by=Tag.name, cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        Index("context_id", "id", "owner", unique=True),
        Index("context_name", "name", "owner", unique=True, sqlite_where=NAMED, postgresql_where=NAMED),
        Index("context_owner", "owner", "number"),
        Index("context_public", "number", sqlite_where=text("public = 1"), postgresql_where=text("public")),
        {"sqlite_autoincrement": True},
    )
