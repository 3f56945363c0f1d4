"""Bring a catalogue's tables to the newest revision, also where several replicas start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

LOCK = 0x7A687970  # "zhyp"


def migrate(engine: Engine, to: str = "head") -> None:
    """Run the revisions that a database lacks, all of them or none; a replica that starts meanwhile waits.

    Raises ValueError where the database is of a newer version.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "BEGIN IMMEDIATE"
            )  # one writer at a time, and tables in a transaction too
        else:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config = Config(attributes={"connection": connection})
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        config.set_main_option("version_path_separator", "os")
        _check_known(connection, config)
        command.upgrade(config, to)
        connection.commit()


def _check_known(connection: Connection, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in known:
        raise ValueError(
            f"the catalogue's tables are of revision {revision}, which this version does not know; use a "
            "newer zhyper"
        )
