"""The verb that pushes to the Hugging Face hub."""

from __future__ import annotations

from typing import Annotated

import typer

from zhyper import hub
from zhyper.cli._news import Json, paper, plain, print_json, without_collector, working


def push(
    folder: Annotated[
        str,
        typer.Argument(help="A checkpoint folder, a run, 'default', or the folder of an adapter."),
    ],
    name: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository; made if there is none.")],
    private: Annotated[bool, typer.Option("--private", help="Make a new repository a private one.")] = False,
    licence: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="What the hub calls the licence, such as apache-2.0; without it none."
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="An evaluation of the checkpoint, whose tables its card shows."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Push a checkpoint or an adapter to the Hugging Face hub, with a card.

    Log in by 'hf auth login', or set HF_TOKEN.

    zhyper push runs/mine me/my-generator --licence apache-2.0 --report report

    zhyper adapt "Talk like a pirate." --base-name ID --out pirate; zhyper push pirate me/pirate
    """
    hub.check_name(name)
    with without_collector():
        from zhyper.publish import publish

    with working("pushing"):
        address = publish(folder, name, private, licence, report)
    if as_json:
        print_json({"folder": folder, "name": name, "address": address})
    else:
        paper.print(f"pushed [bold]{plain(folder)}[/] to {plain(address)}")
