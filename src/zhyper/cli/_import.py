"""The verbs that turn generators of the published programs into checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zhyper.cli._news import Json, news, paper, plain, print_json, working

group = typer.Typer(
    name="import",
    help="Turn a generator that a published program trained into a checkpoint; docs/import.md says how.",
    no_args_is_help=True,
)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="With hypermod.pt, args.yaml, adapter_config.json; a run or one of its checkpoints.",
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="CHECKPOINT", help="The checkpoint to write.")]
Base = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE",
        help="The base, a folder or a Hugging Face id, if not what args.yaml says; config.json suffices.",
    ),
]
BaseRevision = Annotated[
    str | None, typer.Option(metavar="REVISION", help="Commit or branch of a base from Hugging Face.")
]
BaseConfig = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The base's config.json, where no more of it is here.")
]
Encoder = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE", help="The encoder, a folder or a Hugging Face id, if not what args.yaml says."
    ),
]
EncoderRevision = Annotated[
    str | None, typer.Option(metavar="COMMIT", help="Commit of an encoder from Hugging Face.")
]
EncoderCode = Annotated[
    str | None,
    typer.Option(
        metavar="COMMIT", help="Commit of the Python code that it brings, which is run; gte needs it."
    ),
]
ChatTemplate = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The program's chat template for the base, if chat_templates/ does not lie above FOLDER.",
    ),
]


@group.command("text-to-lora")
def text_to_lora(
    folder: Folder,
    out: Out,
    base: Base = None,
    base_revision: BaseRevision = None,
    base_config: BaseConfig = None,
    encoder: Encoder = None,
    encoder_revision: EncoderRevision = None,
    encoder_code_revision: EncoderCode = None,
    chat_template: ChatTemplate = None,
    as_json: Json = False,
) -> None:
    """Import a generator of SakanaAI/text-to-lora (L, M or S), which then emits the same numbers.

    zhyper import text-to-lora trained_t2l/mistral_7b_t2l --out t2l
    """
    _import(
        "text-to-lora",
        folder,
        out,
        as_json,
        base=base,
        base_revision=base_revision,
        base_config=base_config,
        encoder=encoder,
        encoder_revision=encoder_revision,
        encoder_code_revision=encoder_code_revision,
        chat_template=chat_template,
    )


@group.command("zhyper-official")
def zhyper_official(
    folder: Folder,
    out: Out,
    base: Base = None,
    base_revision: BaseRevision = None,
    base_config: BaseConfig = None,
    encoder: Encoder = None,
    encoder_revision: EncoderRevision = None,
    encoder_code_revision: EncoderCode = None,
    chat_template: ChatTemplate = None,
    as_trained: Annotated[
        bool,
        typer.Option(
            "--as-trained/--as-exported",
            help="Whether the update is s B (I + z) A, as it trains, or s B z A, as it exports.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a generator of machinelearningnuremberg/Zhyper (diag, full, or a Text-to-LoRA trained by it).

    zhyper import zhyper-official RUN/checkpoints/it_20000 --out zhyper-diag --as-trained
    """
    _import(
        "zhyper-official",
        folder,
        out,
        as_json,
        base=base,
        base_revision=base_revision,
        base_config=base_config,
        encoder=encoder,
        encoder_revision=encoder_revision,
        encoder_code_revision=encoder_code_revision,
        chat_template=chat_template,
        as_trained=as_trained,
    )


def _import(program: str, folder: Path, out: Path, as_json: bool, **choices: Any) -> None:
    """Import a folder, and say what became of it; `choices` are those of `zhyper.official.Choices`."""
    with working("importing"):
        from zhyper.official import Choices, import_official

        card = import_official(program, folder, out, Choices(**choices))
    spec, notes = card["spec"], card["imported"]["notes"]
    if as_json:
        print_json({"out": str(out), **card})
        return
    for note in notes:
        news.print(plain(f"note: {note}"), highlight=False)
    paper.print(
        f"wrote [bold]{plain(str(out))}[/]: {spec['adapter']} with the hypernetwork {spec['hypernet']}, rank "
        f"{spec['rank']}, for {plain(spec['base'])}"
    )
