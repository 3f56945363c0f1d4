"""An entry of a catalogue, and the errors that a catalogue raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The metadata of one context of one owner."""

    id: str
    """The SHA-256 address, 64 hexadecimal digits."""
    owner: str
    """The name of the API key it was made with; `local` where there are no keys."""
    row: int | None = None
    """In the bank that the catalogue was opened with; None where only another replica's may hold it."""
    description: str
    """The text; of a mixture a readable sum."""
    mixture: tuple[tuple[str, float], ...] = ()
    """Text or id and weight of each part of a mixture."""
    strength: float = 1.0
    name: str | None = None
    """Unique for each owner."""
    public: bool = False
    """Whether everybody sees it."""
    tags: tuple[str, ...] = ()
    """In alphabetical order once stored."""
    created: datetime
    """In UTC."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Which weights it comes from."""
    cursor: str = ""
    """Where a listing goes on after this one; the catalogue gives it."""


class CatalogueUnavailable(RuntimeError):
    """The catalogue's database cannot be reached."""


class NameTaken(ValueError):
    """The owner has another context of this name."""
