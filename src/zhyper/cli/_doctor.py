"""The verb that says whether zhyper can work here."""

from __future__ import annotations

from typing import Annotated

import typer

from zhyper.cli._news import Json, print_json, working
from zhyper.spec import GeneratorSpec


def doctor(
    base: Annotated[
        str, typer.Option("--base", metavar="PLACE", help="The base whose batch is estimated.")
    ] = GeneratorSpec().base,
    as_json: Json = False,
) -> None:
    """Say what is installed, cached and reachable, what this machine can do, and what is broken.

    Ends with exit code 1 if something is broken; what cannot be reached, or is not installed as an extra, is
    not.

    zhyper doctor

    zhyper doctor --base FOLDER --json
    """
    with working("looking"):
        from zhyper.cli._diagnosis import diagnosis, show

        facts = diagnosis(base)
    if as_json:
        print_json(facts)
    else:
        show(facts)
    if facts["broken"]:
        raise typer.Exit(1)
