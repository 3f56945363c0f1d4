"""The verbs on data: build, show, check, decontaminate, describe.

Longer than other files, for every option brings its help, and `describe` has most of them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from zhyper.cli._news import (
    Json,
    check_place,
    counting_bytes,
    news,
    paper,
    plain,
    print_json,
    steps,
    working,
    write_json,
)
from zhyper.files import replace_file

SOURCES = """A source is FORMAT:PLACE or FORMAT:PLACE?OPTION=VALUE&OPTION=VALUE, in quotes for the shell's \
sake. Formats: collection, table, hub, steering, procedural, and those of public sets that docs/data.md lists.

A table is a .csv, .tsv, .json, .jsonl or .parquet file: \
"table:quiz.csv?input=question&output=answer&description=Answer the question." Descriptions are given as \
description=TEXT (several times for several), description_column=COLUMN, or descriptions=FILE (.txt with one \
in each line, or .jsonl). An & in a text stands as it is, and is %26 where WORD= follows it."""

data = typer.Typer(
    name="data", help=f"Read, build and check collections of tasks.\n\n{SOURCES}", no_args_is_help=True
)

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="FORMAT:PLACE or FORMAT:PLACE?OPTION=VALUE&OPTION=VALUE; 'zhyper data --help' explains it.",
    ),
]


@data.command()
def build(
    sources: Sources,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the collection; replaced if it is one.")
    ],
    leave_out: Annotated[
        list[Path] | None,
        typer.Option(
            "--leave-out",
            help="JSON of 'decontaminate' or 'check': what it lists stays out; may be repeated.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the tasks of sources as one collection, with a card.

    zhyper data build "table:quiz.csv?input=question&output=answer&description=Answer." --out my-tasks

    zhyper data build collection:my-tasks --leave-out leaks.json --out clean-tasks
    """
    from zhyper.data import (
        Collection,
        parse_source,
        read_exclusions,
        read_source,
        save_collection,
        without,
    )

    with counting_bytes("reading") as count_bytes:
        readings = {source: read_source(source, count_bytes) for source in sources}
    tasks = [task for reading in readings.values() for task in reading.tasks]
    left = tasks
    for file in leave_out or []:
        left = without(left, read_exclusions(file))
    if not left:
        raise ValueError("nothing is left to write: all tasks are left out")
    collection, replaces = Collection(left), out.exists() and any(out.iterdir())
    written_tasks = collection.tasks
    taken_out = sum(len(task.pairs) for task in tasks) - sum(len(task.pairs) for task in written_tasks)
    save_collection(
        written_tasks,
        out,
        card(readings) + (f"\n{taken_out:,} pairs were left out as listed.\n" if leave_out else ""),
    )
    facts = {
        "out": str(out),
        "tasks": len(written_tasks),
        "rows": sum(len(task.pairs) for task in written_tasks),
        "taken_out": taken_out,
        "left_out": {source: dict(+reading.left_out) for source, reading in readings.items()},
        "notes": [note for reading in readings.values() for note in reading.notes],
        "fingerprint": collection.fingerprint(),
    }
    if as_json:
        print_json(facts)
    else:
        for source, reading in readings.items():
            _say([f"{parse_source(source).title}: {sentence}" for sentence in reading.account()])
        paper.print(
            f"wrote [bold]{plain(str(out))}[/]{' in the place of the collection that was there' * replaces}: "
            f"{len(written_tasks)} tasks, {facts['rows']:,} rows, "
            f"fingerprint {collection.fingerprint()[:12]}"
        )


def _say(notes: Iterable[str]) -> None:
    """Say what a user is to know of sources."""
    for note in notes:
        news.print(f"[dim]{plain(note)}[/]", highlight=False)


def card(readings: dict[str, Any]) -> str:
    """A collection's card as Markdown: rows of every source, those left out and why, splits and licences."""
    from zhyper.data import parse_source

    lines = ["# Collection of tasks", "", "Written by `zhyper data build`."]
    for source, reading in readings.items():
        parts = parse_source(source)
        pairs, licences = sum(len(t.pairs) for t in reading.tasks), Counter(t.licence for t in reading.tasks)
        splits = Counter(t.split for t in reading.tasks)
        title = f"{parts.kind}: {Path(parts.place).name}" if parts.place else parts.kind
        lines += ["", f"## {title}", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {_cell(value)} |" for name, value in parts.portable_options]
        lines += [f"| tasks | {len(reading.tasks)} |"]
        lines += [f"| tasks to {split} | {count} |" for split, count in sorted(splits.items())]
        lines += [
            f"| rows read | {sum(reading.rows.values()):,} of {len(reading.rows)} files |",
            f"| pairs | {pairs:,} |",
        ]
        lines += (
            [f"| texts on tasks read | {sum(reading.texts.values()):,} of {len(reading.texts)} files |"]
            if reading.texts
            else []
        )
        lines += [
            f"| left out: {why} | {count:,} |" for why, count in sorted(reading.left_out.items()) if count
        ]
        lines += [f"| note | {_cell(note)} |" for note in reading.notes]
        lines += [f"| licence: {licence} | {count} tasks |" for licence, count in licences.most_common()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


@data.command()
def show(
    source: Annotated[str, typer.Argument(help="FORMAT:PLACE.")],
    task: Annotated[
        str | None, typer.Option("--task", help="Show this task's descriptions and first pairs.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many descriptions and pairs.")] = 5,
    as_json: Json = False,
) -> None:
    """Say what a source holds, or show one of its tasks.

    zhyper data show collection:my-tasks

    zhyper data show steering --task NAME --rows 3
    """
    from zhyper.data import read_source

    with working("reading"):
        reading = read_source(source)
    if task is None:
        if as_json:
            counts = {"rows": reading.rows, "texts": reading.texts, "left_out": dict(+reading.left_out)}
            print_json({"tasks": [t.name for t in reading.tasks], **counts, "notes": reading.notes})
        else:
            paper.print(
                plain(card({source: reading})), "\n".join(plain(t.name) for t in reading.tasks), sep="\n"
            )
        return
    by_name = {t.name: t for t in reading.tasks}
    if task not in by_name:
        raise ValueError(f"the source has no task '{task}'; its tasks are: {', '.join(by_name)}")
    shown_task = by_name[task]
    if as_json:
        print_json(
            {
                **asdict(shown_task),
                "pairs": [asdict(p) for p in shown_task.pairs[:rows]],
                "descriptions": shown_task.descriptions[:rows],
            }
        )
        return
    texts = shown_task.descriptions or tuple(text for pair in shown_task.pairs for text in pair.descriptions)
    table = Table(
        "input",
        "answer",
        title=f"{plain(shown_task.name)}: {len(shown_task.pairs):,} pairs to {shown_task.split}",
        show_lines=True,
    )
    for pair in shown_task.pairs[:rows]:
        table.add_row(plain(pair.input), plain(pair.output))
    paper.print(table)
    paper.print(f"{len(texts)} descriptions, as:", *(f"- {plain(text)}" for text in texts[:rows]), sep="\n")


@data.command()
def check(
    sources: Sources,
    base: Annotated[
        str, typer.Option("--base", help="The base model whose tokens are counted.")
    ] = "smollm2-135m",
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Longer rows are counted as too long.")
    ] = 256,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="JSON file for the list of what leaks, for 'build --leave-out'."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Count what may be wrong with sources: lengths, repeated, empty and cut rows, licences.

    Ends with exit code 1 if rows or descriptions leak.

    zhyper data check collection:my-tasks --out leaks.json
    """
    check_place(out)
    from zhyper.data import check_task, leaking, leaks, load_collection
    from zhyper.weights import load_tokenizer

    with working("reading"):
        collection, tokenizer = load_collection(*sources), load_tokenizer(base)

    def tokens(texts: list[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]

    checks = [check_task(task, tokens, max_tokens) for task in steps("counting")(collection.tasks)]
    with working("comparing the splits"):
        all_leaks = list(leaks(collection))
    serious = [leak for leak in all_leaks if leak.serious]
    if out is not None:
        write_json(out, leaking(collection))
    if as_json:
        found = {"tasks": [asdict(c) for c in checks], "leaks": [asdict(leak) for leak in all_leaks]}
        print_json({**found, "notes": collection.notes})
    else:
        _say(collection.notes)
        paper.print(_checks_table(checks))
        paper.print(
            f"[dim]median and longest: tokens of input and answer; long: rows of more than {max_tokens}; "
            "no column: none in any task[/]",
            highlight=False,
        )
        kinds = Counter((leak.serious, leak.what, leak.split, leak.task, leak.kept) for leak in all_leaks)
        for (bad, what, split, task, later), count in sorted(
            kinds.items(), key=lambda kind: (kind[0][0], kind[1])
        ):
            sentence = (
                f"{count} × {what} of {plain(later)} {'is trained' if split == 'train' else 'is chosen on'} "
                f"in {plain(task)}"
            )
            news.print(
                f"[bold red]leak:[/] {sentence}" if bad else f"[dim]note: {sentence}, with another answer[/]",
                highlight=False,
            )
        paper.print(f"{len(checks)} tasks, {sum(c.rows for c in checks):,} rows, {len(serious)} leaks")
    if serious:
        news.print(
            "'zhyper data check --out FILE' lists what leaks, and 'zhyper data build --leave-out FILE' "
            "leaves it out"
        )
        raise typer.Exit(1)


def _checks_table(checks: list[Any]) -> Table:
    faults = [name for name in ("twice", "empty", "cut", "long") if any(getattr(c, name) for c in checks)]
    columns = ("task", "split", "rows", "descriptions", "median", "longest", *faults)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in (*columns, "licence"):
        text, title = name in ("task", "split", "licence"), "texts" if name == "descriptions" else name
        gives_way = name in ("task", "licence")  # where a line is short, so that no number is lost
        table.add_column(
            title,
            no_wrap=not gives_way,
            overflow="fold",
            min_width=7 if gives_way else None,
            justify="left" if text else "right",
        )
    for c in checks:
        table.add_row(*(plain(str(getattr(c, name))) for name in columns), plain(c.licence))
    return table


@data.command()
def decontaminate(
    sources: Sources,
    against: Annotated[
        list[Path],
        typer.Option(
            "--against", help="Folder or file with benchmarks' rows (JSON Lines or JSON); may be repeated."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="JSON file for the list of what to leave out.")],
    words: Annotated[int, typer.Option("--words", min=1, help="Length of a run of words.")] = 10,
    whole: Annotated[
        float,
        typer.Option(
            "--whole-above", min=0, max=1, help="Tasks with a greater share of such rows are left out whole."
        ),
    ] = 0.1,
    as_json: Json = False,
) -> None:
    """List the rows to train or choose on that share a run of words with a benchmark.

    zhyper data decontaminate collection:my-tasks --against benchmarks --out shared-runs.json
    """
    check_place(out)
    from zhyper.data import Benchmarks, benchmark_texts, contaminations, exclusions, load_collection

    with working("reading"):
        collection, benchmarks = load_collection(*sources), Benchmarks(words)
        for place in against:
            for name, texts in benchmark_texts(place):
                benchmarks.add(name, texts)
    overlaps = [
        contamination
        for task in steps("comparing")(collection.tasks)
        for contamination in contaminations([task], benchmarks)
    ]
    listed = exclusions(overlaps, words, whole)
    write_json(out, listed)
    if as_json:
        print_json({name: listed[name] for name in ("words", "tasks", "whole")})
        return
    _say(collection.notes)
    table = Table(
        "task", "rows", "sharing", "with", title=f"inputs that share {words} words in a row with a benchmark"
    )
    for name, task in sorted(listed["tasks"].items(), key=lambda item: -item[1]["sharing"]):
        table.add_row(
            plain(name),
            str(task["rows"]),
            str(task["sharing"]),
            ", ".join(f"{b} {n}" for b, n in task["with"].items()),
        )
    paper.print(table)
    paper.print(
        f"wrote [bold]{plain(str(out))}[/]: inputs of {len(listed['tasks'])} tasks, {len(listed['whole'])} "
        "tasks whole"
    )


@data.command()
def describe(
    source: Annotated[str, typer.Argument(help="FORMAT:PLACE of tasks to describe.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="JSON Lines file for the descriptions; calls are kept beside it."),
    ],
    url: Annotated[str, typer.Option("--url", help="An OpenAI-compatible API, as https://HOST/v1.")],
    model: Annotated[str, typer.Option("--model", help="The model that writes.")],
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="Environment variable with the API's key.")
    ] = "OPENAI_API_KEY",
    calls: Annotated[int, typer.Option("--calls", min=1, help="Calls for each task.")] = 10,
    count: Annotated[int, typer.Option("--count", min=1, help="Descriptions asked for in a call.")] = 20,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="Only this task; may be repeated.")
    ] = None,
    evaluation: Annotated[
        bool,
        typer.Option(
            "--evaluation",
            help="Twelve conditions of each culture to evaluate under, in place of texts to train on.",
        ),
    ] = False,
    per_minute: Annotated[
        float, typer.Option("--per-minute", min=0, help="Calls a minute at most; 0 for no limit.")
    ] = 0.0,
    input_price: Annotated[
        float, typer.Option("--input-price", min=0, help="Price of a million tokens read.")
    ] = 0.0,
    output_price: Annotated[
        float, typer.Option("--output-price", min=0, help="Price of a million tokens written.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Let a language model describe tasks from some of their pairs (communities: the culture).

    A run that was killed goes on.

    zhyper data describe collection:my-tasks --url https://HOST/v1 --model MODEL --out descriptions.jsonl
    """
    check_place(out)
    from zhyper.data import culture_of, load_collection, training_pairs
    from zhyper.describe import Endpoint, Writer, conditions, evaluation_texts, prompt_for

    tasks_to_describe = [
        task for task in training_pairs(load_collection(source)) if not tasks or task.name in tasks
    ]
    if missing := set(tasks or ()) - {task.name for task in tasks_to_describe}:
        raise ValueError(f"the source has no task '{min(missing)}'; 'zhyper data show {source}' lists them")
    endpoint = Endpoint(
        url=url,
        model=model,
        key=os.environ.get(key_variable, "none"),
        per_minute=per_minute,
        input_price=input_price,
        output_price=output_price,
    )
    writer = Writer(endpoint, out.with_name(f"{out.name}.calls.jsonl"))
    if evaluation:
        cultures = {
            about["culture"]: task for task in tasks_to_describe if (about := culture_of(task)) is not None
        }
        if not cultures:
            raise ValueError(
                f"{source} holds no culture; --evaluation is for communities and benchmarks of cultures"
            )
        texts_by_task = {
            name: evaluation_texts(writer, cultures[name], calls, count)
            for name in steps("describing")(cultures)
        }
    else:
        texts_by_task = {
            t.name: conditions(t, writer.describe(t, prompt_for(t), calls, count))
            for t in steps("describing")(tasks_to_describe)
        }
    if empty := [name for name, texts in texts_by_task.items() if not texts]:
        why = (
            ", ".join(f"{number} × {reason}" for reason, number in writer.totals()["refused"].items())
            or "no text"
        )
        raise RuntimeError(
            f"no description of {empty[0]} could be kept of what {model} wrote ({why}); try another model"
        )
    rows = [
        json.dumps({"task": name, "descriptions": texts}, ensure_ascii=False)
        for name, texts in texts_by_task.items()
    ]
    replace_file(out, "\n".join(rows) + "\n")
    facts: dict[str, Any] = {
        "out": str(out),
        "descriptions": {name: len(texts) for name, texts in texts_by_task.items()},
        **writer.totals(),
    }
    if as_json:
        print_json(facts)
        return
    total = sum(len(texts) for texts in texts_by_task.values())
    paper.print(f"wrote [bold]{plain(str(out))}[/]: {total} descriptions of {len(texts_by_task)} tasks")
    paper.print(
        f"{facts['calls']} calls, {facts['tokens_in']:,} tokens read, {facts['tokens_out']:,} written, cost "
        f"{facts['cost']:.4f}"
    )
    for why, number in facts["refused"].items():
        paper.print(f"  refused: {plain(why)}: {number}")
