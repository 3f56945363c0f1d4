"""The verbs on a server's kept contexts: info, verify, compact."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhyper.cli._news import Json, paper, plain, print_json, working

if TYPE_CHECKING:
    from zhyper.bank import Bank, Catalogue

bank = typer.Typer(name="bank", help="Look after the contexts that a server keeps.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The bank's folder, the same that 'serve --bank' takes.")
]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="ZHYPER_DATABASE",
        help="URL of the catalogue; without it the SQLite file in the bank's folder.",
    ),
]
BATCH = 500
"""Addresses that the catalogue is asked for at once."""


@bank.command()
def info(folder: Folder, database: Database = None, as_json: Json = False) -> None:
    """Say what a bank holds, and how much of it nobody keeps any more.

    zhyper bank info bank
    """
    with working("counting"), _open(folder, database) as (opened, catalogue):
        count, checkpoint, in_use = len(opened), opened.checkpoint, len(_addresses_in_use(opened, catalogue))
    facts = {
        "contexts": count,
        "kept by somebody": in_use,
        "checkpoint": checkpoint,
        "bytes": sum(file.stat().st_size for file in folder.iterdir() if file.is_file()),
    }
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            paper.print(
                f"{name}: {value:,}" if isinstance(value, int) else plain(f"{name}: {value}"), highlight=False
            )


@bank.command()
def verify(folder: Folder, as_json: Json = False) -> None:
    """Check the checksum of every context; ends with exit code 1 where one is wrong.

    Damaged ones are made anew when they are asked for.

    zhyper bank verify bank
    """
    from zhyper.bank import Bank

    with working("checking every context"), contextlib.closing(Bank.existing(folder)) as opened:
        count, wrong = len(opened), [opened.address(row) for row in opened.verify()]
    if as_json:
        print_json({"contexts": count, "damaged": wrong})
    else:
        paper.print(f"{count:,} contexts, {len(wrong):,} of them damaged", highlight=False)
        for address in wrong:
            paper.print(address)
    if wrong:
        raise typer.Exit(1)


@bank.command()
def compact(folder: Folder, database: Database = None, as_json: Json = False) -> None:
    """Write a bank anew without damaged contexts and those that nobody keeps; no server may have it open.

    zhyper bank compact bank
    """
    with working("writing the bank anew"), _open(folder, database) as (opened, catalogue):
        before = len(opened)
        opened.compact(_addresses_in_use(opened, catalogue).__contains__)
        after = len(opened)
    if as_json:
        print_json({"before": before, "after": after})
    else:
        paper.print(f"{before:,} contexts before, {after:,} now", highlight=False)


@contextlib.contextmanager
def _open(folder: Path, database: str | None) -> Iterator[tuple[Bank, Catalogue]]:
    """A bank that is there, and its catalogue."""
    try:
        from zhyper.bank import Bank, Catalogue
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"{error.name} is missing; pip install 'zhyper[serve]' brings what a bank needs"
        ) from error

    with contextlib.closing(Bank.existing(folder)) as opened:
        file = folder / "contexts.db"
        if database is None and not file.is_file():
            raise ValueError(
                f"{folder} holds no contexts.db, so nothing says what is kept; give the catalogue's URL as "
                "--database"
            )
        with contextlib.closing(
            Catalogue.open(database or f"sqlite:///{file.absolute()}", opened)
        ) as catalogue:
            yield opened, catalogue


def _addresses_in_use(opened: Bank, catalogue: Catalogue) -> set[str]:
    """The addresses in the bank that somebody keeps."""
    addresses: set[str] = set()
    for start in range(0, len(opened), BATCH):
        addresses |= catalogue.with_owner(
            [opened.address(row) for row in range(start, min(start + BATCH, len(opened)))]
        )
    return addresses
