"""The verbs that evaluate and compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.cli._news import Json, news, paper, plain, print_json, without_collector
from zhyper.spec import did_you_mean

SUITES = ("steering", "chat", "words", "benchmarks", "choices", "culture", "opinions", "sni")
"""The names in the table `zhyper.evaluate.SUITES`, known before PyTorch is."""
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", help="Folder of the report: tables, figures, one HTML page, results as JSON Lines."
    ),
]


@contextmanager
def bars() -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Progress bars on standard error; what it gives makes one of a name and a number of steps."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=news, transient=True) as progress:

        def bar(name: str, steps: int) -> Callable[[int], None]:
            task = progress.add_task(plain(name), total=steps)
            return lambda done: progress.update(task, advance=done)

        yield bar


def evaluate(
    checkpoints: Annotated[
        list[str], typer.Argument(metavar="CHECKPOINT...", help="Checkpoints, each as REF or NAME=REF.")
    ],
    suite: Annotated[
        str,
        typer.Option("--suite", help=f"{', '.join(SUITES[:-1])} or {SUITES[-1]}."),
    ],
    out: Out,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="PLACE",
            help="Where the base of all of them lies now, if not where they say; its weights are checked.",
        ),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="PLACE", help="The same of the encoder's folder.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder with the suite's rows; steering and chat come with zhyper."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=1, help="Questions of a benchmark, country or task; all if not given."),
    ] = None,
    texts: Annotated[
        int | None,
        typer.Option("--texts", min=1, help="Descriptions of each; 3, or 12 of a culture, if not given."),
    ] = None,
    descriptions: Annotated[
        Path | None, typer.Option("--descriptions", help="JSON Lines of task and descriptions to use.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this benchmark; may be repeated.")
    ] = None,
    conditions: Annotated[
        list[str] | None, typer.Option("--condition", help="Only this condition; may be repeated.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Of the rows, the order of options and the controls.")
    ] = 0,
    batch_size: Annotated[
        int, typer.Option("--batch-size", min=1, help="Rows of one forward pass, each under its own context.")
    ] = 32,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run programs that the model writes, in a sandbox.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Evaluate checkpoints on a suite, with honesty controls; a second run goes on with the rest.

    zhyper evaluate default --suite steering --rows 1 --out report

    zhyper evaluate default mine=runs/mine --suite choices --data BENCHMARKS --out report
    """
    refs = named(checkpoints)
    # Wrong names are refused before anything heavy is imported.
    for ref in refs.values():
        read_card(find_checkpoint(ref))
    if suite not in SUITES:
        listed = ", ".join(SUITES)
        raise ValueError(f"'{suite}' is no suite; the suites are: {listed}{did_you_mean(suite, SUITES)}")
    with without_collector():
        from zhyper.evaluate import CONDITIONS, Scope, gain_lines
        from zhyper.evaluate import evaluate as run
        from zhyper.text_to_adapter import TextToAdapter

    if data is not None and not data.exists():
        raise ValueError(
            f"{data} does not exist; --data expects the folder with the rows of the suite '{suite}'"
        )
    scope = Scope(
        folder=data,
        rows=rows,
        texts=texts,
        descriptions=str(descriptions) if descriptions else "",
        only=tuple(only or ()),
        seed=seed,
    )
    with bars() as progress:
        results = run(
            refs,
            suite,
            scope,
            out,
            conditions=tuple(conditions or CONDITIONS),
            allow_code=allow_code,
            batch_size=batch_size,
            load=partial(TextToAdapter.load, base=base, encoder=encoder),
            say=lambda text: news.print(plain(text), highlight=False),
            progress=progress,
        )
    show(results, gain_lines(results), out, as_json)


def named(checkpoints: list[str]) -> dict[str, str]:
    """Checkpoints by the name before an equals sign, or the last part of their place."""
    refs: dict[str, str] = {}
    for argument in checkpoints:
        name, equals, ref = argument.partition("=")
        name, ref = (name, ref) if equals else (Path(argument).name or argument, argument)
        if name in refs or not ref:
            raise ValueError(f"'{argument}' gives no name of its own; name each checkpoint as NAME=REF")
        refs[name] = ref
    return refs


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="Folders that 'zhyper evaluate' wrote, of the same rows."),
    ],
    out: Out,
    as_json: Json = False,
) -> None:
    """Put evaluations of the same rows side by side, with tests of ranks.

    zhyper compare report other-report --out both
    """
    from zhyper.evaluate import compare as run
    from zhyper.evaluate import gain_lines

    results = run(folders, out)
    show(results, gain_lines(results), out, as_json)


def show(results: list[Any], first: list[str], out: Path, as_json: bool) -> None:
    """The gains, and where the report is."""
    if as_json:
        print_json({"out": str(out), "gains": first, "results": [asdict(result) for result in results]})
        return
    for line in first:
        paper.print(plain(line), highlight=False)
    paper.print(
        f"wrote [bold]{plain(str(out / 'report.html'))}[/], tables.md, tables.tex, results.jsonl, "
        "scores.jsonl and plots/"
    )
