"""The verb that sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.cli._news import Json, news, paper, plain, print_json, steps, without_collector
from zhyper.spec import Recipe, load_recipe, parse_assignment


def sweep(
    recipe: Annotated[
        str, typer.Argument(help="A recipe file (TOML or JSON) or the name of a shipped recipe.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the sweep; one that was killed goes on.")
    ],
    grid: Annotated[
        list[str],
        typer.Option(
            "--grid",
            metavar="KEY=A,B,C|KEY=LOW..HIGH",
            help="Values of a setting, or a range; may be repeated.",
        ),
    ],
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="How many; without a range all combinations, if not given."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a setting of the recipe for all trials; may be repeated.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of the order of combinations, or of the sampler of ranges.")
    ] = 0,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="End trials that fall behind the median of at least five before them."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a recipe under varied settings, judged on the selection split.

    OUT/sweep.md is the table, the last line printed is the best trial.

    zhyper sweep zhyper-diag --out sweep --grid rank=4,8,16 --set data=collection:my-tasks

    zhyper sweep runs/mine/recipe.json --out sweep --grid learning_rate=1e-4..1e-2 --trials 20
    """
    settings = load_recipe(recipe).with_changes(dict(parse_assignment(change) for change in changes or []))
    check_places(settings)
    with without_collector():
        from zhyper.train import sweep as run

    result = run(
        settings,
        out,
        grid,
        trials=trials,
        seed=seed,
        prune=prune,
        say=lambda text: news.print(plain(text), highlight=False),
        progress=steps("encoding descriptions"),
    )
    show(result, out, recipe, as_json)


def check_places(recipe: Recipe) -> None:
    """Raise ValueError for a start or a source where nothing is, before the trainer is imported."""
    training = recipe.training
    if training.start is not None:
        read_card(find_checkpoint(training.start))
    if training.data:
        with without_collector():
            from zhyper.data import check_source
        for source in training.data:
            check_source(source)


def show(result: dict[str, Any], out: Path, recipe: str, as_json: bool) -> None:
    """The table and the best checkpoint; RuntimeError if there is none."""
    from zhyper.train import sweep_table

    best = result["best"]
    if as_json:
        print_json({"out": str(out), **result})
    else:
        heads, rows = sweep_table(result)
        table = Table(*heads, title=f"{recipe}: {len(rows)} trials")
        for row in rows:
            table.add_row(*map(plain, row), style="bold" if best and row[0] == str(best["trial"]) else None)
        paper.print(table)
    if best is None:
        raise RuntimeError(f"no trial reached its end with a checkpoint; {out / 'sweep.md'} says why")
    if not as_json:
        typer.echo(str(out / best["checkpoint"]))
