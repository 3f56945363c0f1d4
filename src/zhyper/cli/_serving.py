"""The verbs on API keys: add, list, revoke."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from zhyper.cli._news import Json, news, paper, plain, print_json

if TYPE_CHECKING:
    from zhyper.serve.http._key_file import Key

keys = typer.Typer(name="keys", help="Make, list and revoke the API keys of a server.", no_args_is_help=True)

File = Annotated[
    Path, typer.Option("--file", "-f", help="The keys file (TOML), the same that 'serve --keys' reads.")
]
Name = Annotated[str, typer.Argument(help="Name of the key: the owner of what is made with it.")]


@keys.command()
def add(
    name: Name,
    file: File = Path("keys.toml"),
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="ask|read|write|metrics",
            help="What it may do; may be repeated. Without it: ask, read and write.",
        ),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute; without it, the server's own limit.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Tokens of one answer; without it, the server's own limit.")
    ] = None,
    streams: Annotated[
        int | None,
        typer.Option(min=1, help="Completions running at once; without it, the server's own limit."),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The first day (UTC) on which it no longer works; without it, never."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key, and show its secret this once; the file has its SHA-256 alone.

    A running server knows it within a second or two.

    zhyper keys add alice --file keys.toml --scope ask --expires 2030-01-01
    """
    from zhyper.serve.http._key_file import add_key

    limits = {"requests_per_minute": requests_per_minute, "max_tokens": max_tokens, "streams": streams}
    secret = add_key(
        file,
        name,
        scopes=frozenset(scopes or ("ask", "read", "write")),
        expires=expires and expires.date(),
        **{limit: value for limit, value in limits.items() if value is not None},
    )
    if as_json:
        print_json({"name": name, "secret": secret, "file": str(file)})
        return
    news.print(f"the secret of [bold]{plain(name)}[/]; it is shown this once and kept nowhere:")
    typer.echo(secret)


@keys.command("list")
def list_(file: File = Path("keys.toml"), as_json: Json = False) -> None:
    """Show the keys of a file.

    zhyper keys list --file keys.toml
    """
    from zhyper.serve.http._key_file import LIMITS, NO_LIMIT, SCOPES, read_keys

    rows = read_keys(file)
    if as_json:
        print_json({"keys": [_facts(key) for key in rows]})
        return
    table = Table("name", "scopes", "requests a minute", "max tokens", "streams", "expires")
    for key in rows:
        text = "never" if key.expires is None else f"{key.expires}" + ("" if key.is_valid() else " (expired)")
        scopes = ", ".join(scope for scope in SCOPES if scope in key.scopes)
        numbers = (getattr(key, limit) for limit in LIMITS)
        table.add_row(plain(key.name), scopes, *("-" if n == NO_LIMIT else f"{n:,}" for n in numbers), text)
    paper.print(table)


@keys.command()
def revoke(name: Name, file: File = Path("keys.toml"), as_json: Json = False) -> None:
    """Take a key out of a file. What it owns stays; a new key of the same name owns it again.

    zhyper keys revoke alice --file keys.toml
    """
    from zhyper.serve.http._key_file import revoke_key

    gone = revoke_key(file, name)
    if as_json:
        print_json({"revoked": gone.name, "file": str(file)})
    else:
        paper.print(f"revoked [bold]{plain(gone.name)}[/]; a running server knows it within a second or two")


def _facts(key: Key) -> dict[str, Any]:
    from zhyper.serve.http._key_file import LIMITS, NO_LIMIT

    limits = {limit: None if getattr(key, limit) == NO_LIMIT else getattr(key, limit) for limit in LIMITS}
    return {
        **asdict(key),
        **limits,
        "scopes": sorted(key.scopes),
        "expires": key.expires and key.expires.isoformat(),
    }
