"""The verb that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.cli._news import news, plain, without_collector
from zhyper.spec import parse_assignment


def serve(
    checkpoint: Annotated[
        str,
        typer.Option(
            "--checkpoint", "-c", help="A checkpoint folder, the shipped 'default', or a Hugging Face id."
        ),
    ] = "default",
    base: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Where the base lies now, if not where the checkpoint says; its weights are checked.",
        ),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(metavar="PLACE", help="The same of the encoder's folder.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; one that others can reach needs --keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    keys: Annotated[Path | None, typer.Option(help="File of API keys; see 'zhyper keys'.")] = None,
    bank: Annotated[
        Path | None, typer.Option(help="Folder of kept contexts; without it one in the user's data folder.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="ZHYPER_DATABASE",
            help="URL of the catalogue, such as postgresql+psycopg://...; without it SQLite.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="TOML file with the lists 'allow' and 'refuse' of regular expressions."),
    ] = None,
    policy_hook: Annotated[
        str | None, typer.Option(help="A function of your own, module:function, that judges descriptions.")
    ] = None,
    host_names: Annotated[
        list[str] | None,
        typer.Option(
            "--host-name", help="A name this server is reached by, besides localhost; may be repeated."
        ),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--origin",
            help="A page of another origin that may ask from a browser, such as http://localhost:3000; "
            "may be repeated.",
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Answers under way at a time.")] = 32,
    queue: Annotated[
        int, typer.Option(min=1, help="Answers that wait at most; more are told to come back.")
    ] = 256,
    positions: Annotated[
        int | None,
        typer.Option(
            min=1, help="Tokens in memory at most, all answers under way together; without it 1,024 for each."
        ),
    ] = None,
    when_far: Annotated[
        str,
        typer.Option(
            "--when-far",
            metavar="warn|damp|refuse",
            help="What to do with a description far from all training ones.",
        ),
    ] = "warn",
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, cuda:1; without it the first GPU, or the CPU.")
    ] = None,
    dtype: Annotated[
        str, typer.Option(metavar="float32|bfloat16|float16", help="Type of the base's weights.")
    ] = "float32",
    examples: Annotated[
        bool, typer.Option(help="Keep contexts of the tasks the checkpoint was trained on, if none are kept.")
    ] = True,
    drain: Annotated[
        float, typer.Option(help="Seconds that answers under way get after SIGTERM or Ctrl+C.")
    ] = 30.0,
    limits: Annotated[
        list[str] | None,
        typer.Option("--limit", metavar="NAME=VALUE", help="Change a limit; may be repeated."),
    ] = None,
) -> None:
    """Serve an OpenAI-compatible API, contexts, and a page in the browser, until SIGTERM or Ctrl+C.

    zhyper serve

    zhyper serve --checkpoint runs/mine --host 0.0.0.0 --keys keys.toml --host-name models.example.org
    """
    from zhyper.serve import Limits, ServeSettings

    settings = ServeSettings(
        checkpoint=checkpoint,
        base=base,
        encoder=encoder,
        host=host,
        port=port,
        keys=_place(keys),
        bank=_place(bank),
        database=database,
        policy=_place(policy),
        policy_hook=policy_hook,
        host_names=tuple(host_names or ()),
        origins=tuple(origins or ()),
        rows=rows,
        queue=queue,
        positions=positions,
        when_far=when_far,
        device=device,
        dtype=dtype,
        examples=examples,
        drain=drain,
        limits=Limits().with_changes(dict(parse_assignment(limit) for limit in limits or [])),
    )
    read_card(find_checkpoint(checkpoint))  # a wrong name is refused before anything heavy is imported
    try:
        with without_collector():
            from zhyper.serve import serve as run
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"{error.name} is missing; pip install 'zhyper[serve]' brings what a server needs"
        ) from error
    run(settings, say=lambda text: news.print(plain(text), highlight=False))


def _place(explicit: Path | None) -> str | None:
    return None if explicit is None else str(explicit)
