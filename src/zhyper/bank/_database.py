"""The database of a catalogue: how it is opened, and the errors of one that cannot be reached."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from zhyper.bank._entry import CatalogueUnavailable

SECONDS = 10
"""How long a database is waited for."""
CONNECT: dict[str, dict[str, Any]] = {
    "sqlite": {"timeout": SECONDS},
    "postgresql": {
        "connect_timeout": SECONDS,
        "tcp_user_timeout": 1000 * SECONDS,
        "options": f"-c statement_timeout={3000 * SECONDS}",
    },
}
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -16384")


def connect(url: str) -> Engine:
    """An engine for the database at a URL, not connected yet; ValueError for a URL of no known database."""
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind not in CONNECT or (kind == "sqlite" and not parsed.database):
            raise ArgumentError
        engine = create_engine(
            parsed, pool_pre_ping=True, hide_parameters=True, pool_timeout=SECONDS, connect_args=CONNECT[kind]
        )
    except ArgumentError:
        raise ValueError(
            "the catalogue's URL names no database that is known; write sqlite:///FILE or "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
        ) from None
    except ImportError as error:
        raise ValueError(
            f"the catalogue's database needs a driver ({error}); install it with: pip install "
            "'zhyper[postgres]'"
        ) from error
    if kind == "sqlite":
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _: Any) -> None:
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII only
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _is_full(error: BaseException | None) -> bool:
    """Whether a database says that its disk is full: SQLite by its name, PostgreSQL by its code."""
    return (
        getattr(error, "sqlite_errorname", None) == "SQLITE_FULL"
        or getattr(error, "sqlstate", None) == "53100"
    )


@contextlib.contextmanager
def database_errors(url: URL) -> Iterator[None]:
    """Raise `CatalogueUnavailable`, or OSError for a full disk, with a sentence that hides the password."""
    shown = url.render_as_string(hide_password=True)
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        if _is_full(getattr(error, "orig", None)):
            raise OSError(errno.ENOSPC, f"the disk of the catalogue {shown} is full") from error
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CatalogueUnavailable(
            f"the catalogue {shown} cannot be reached ({why}); try again later"
        ) from error
    except DatabaseError as error:
        if error.connection_invalidated:
            raise CatalogueUnavailable(f"the connection to the catalogue {shown} broke; try again") from error
        if "not a database" in str(error.orig):
            raise ValueError(
                f"the catalogue {shown} is a file of something else; name another one"
            ) from error
        raise
