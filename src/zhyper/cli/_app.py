"""The verbs that generate, ask, train and count; the others have files of their own.

A little longer than other files, for every option brings its help.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.cli._bank import bank
from zhyper.cli._data import data
from zhyper.cli._doctor import doctor
from zhyper.cli._evaluation import compare, evaluate
from zhyper.cli._import import group as import_verbs
from zhyper.cli._info import info
from zhyper.cli._news import Json, news, paper, plain, print_json, steps, without_collector, working
from zhyper.cli._push import push
from zhyper.cli._server import serve
from zhyper.cli._serving import keys
from zhyper.cli._sweep import check_places, sweep
from zhyper.spec import Recipe, check_format, check_policy, load_recipe, parse_assignment

if TYPE_CHECKING:
    from zhyper.text_to_adapter import TextToAdapter

app = typer.Typer(
    name="zhyper",
    help="A text description in, an adapter for a language model out.",
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
app.add_typer(data)
app.command()(evaluate)
app.command()(compare)
app.command()(info)
app.command()(doctor)
app.command()(serve)
app.command()(sweep)
app.command()(push)
app.add_typer(keys)
app.add_typer(bank)
app.add_typer(import_verbs)
Checkpoint = Annotated[
    str,
    typer.Option(
        "--checkpoint", "-c", help="A checkpoint folder, the shipped 'default', or a Hugging Face id."
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="PLACE",
        help="Where the base lies now, if not where the checkpoint says; its weights are checked.",
    ),
]
Encoder = Annotated[
    str | None, typer.Option("--encoder", metavar="PLACE", help="The same of the encoder's folder.")
]
Strength = Annotated[
    float, typer.Option("--strength", "-s", help="Factor on the adapter's update; 0 is the bare base.")
]
WhenFar = Annotated[
    str,
    typer.Option(
        "--when-far",
        metavar="warn|damp|refuse",
        help="What to do with a description far from all training descriptions.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the recipe; may be repeated."),
]


def main() -> None:
    """Run the command line.

    An error is one sentence and exit code 1, and one that nobody expected leaves its traceback in a file; a
    training that a signal stopped ends with 128 and the signal's number. `ZHYPER_TRACEBACK` shows all.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # libraries' bars beside ours
    warnings.showwarning = _warn
    logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(  # of a package that nothing here needs
        lambda record: "kernels-community" not in record.getMessage()
    )
    try:
        app()
    except KeyboardInterrupt:  # before the verb began, which ends in the same way
        sys.exit(130)
    except Exception as error:
        if os.environ.get("ZHYPER_TRACEBACK"):
            raise
        from zhyper.cli._failures import end

        sys.exit(end(error))


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    """Show a warning as news."""
    news.print(f"[bold yellow]warning:[/] {plain(str(message))}", highlight=False)


def _load(
    checkpoint: str, when_far: str, base: str | None, encoder: str | None, descriptions: Iterable[str]
) -> TextToAdapter:
    """The checkpoint; what is wrong with it or a description is said before anything heavy is imported."""
    check_policy(when_far)
    spec = read_card(find_checkpoint(checkpoint))["spec"]
    if spec.context == "description" and spec.hypernet != "none" and not all(d.strip() for d in descriptions):
        raise ValueError("the description is empty; say what the model should do, as in 'Answer in JSON.'")
    with (
        working("loading the base model and the checkpoint (the first time downloads 93 MB)"),
        without_collector(),
    ):
        import transformers

        transformers.logging.set_verbosity_error()
        from zhyper.text_to_adapter import TextToAdapter

        machine = TextToAdapter.load(checkpoint, when_far=when_far, base=base, encoder=encoder)
    return machine


@app.callback()
def _of_all(
    shown: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True)
    ] = False,
) -> None:
    if shown:
        from importlib.metadata import version

        typer.echo(f"zhyper {version('zhyper')}")
        raise typer.Exit


def _recipe(ref: str, changes: list[str] | None) -> Recipe:
    return load_recipe(ref).with_changes(dict(parse_assignment(change) for change in changes or []))


@app.command()
def adapt(
    text: Annotated[str | None, typer.Argument(help="The description, if it is one alone.")] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write it to.")],
    texts: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="TEXT", help="One of several descriptions; may be repeated."),
    ] = None,
    weights: Annotated[
        list[float] | None,
        typer.Option(
            "--weight",
            "-w",
            help="Weight of the --as before it, for each or for none; without weights they are mixed "
            "equally, and add up to 1.",
        ),
    ] = None,
    checkpoint: Checkpoint = "default",
    base: Base = None,
    encoder: Encoder = None,
    strength: Strength = 1.0,
    when_far: WhenFar = "warn",
    base_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the adapter calls its base, for use elsewhere: a folder there or a Hugging Face id; "
            "without it where the base lies here.",
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="peft|merged|gguf",
            help="A LoRA for PEFT and the engines that read its folders; the base with the adapter merged "
            "into it, a whole model; or a LoRA for llama.cpp.",
        ),
    ] = "peft",
    as_json: Json = False,
) -> None:
    """Turn a description, or a mixture of several, into an adapter in a folder.

    zhyper adapt "Talk like a pirate." --out pirate

    zhyper adapt --as "Talk like a pirate." -w 0.7 --as "Give me JSON." -w 0.3 --out mixture

    zhyper adapt "Talk like a pirate." --format gguf --out pirate-gguf
    """
    check_format(format, base_name)
    mixture = _mixture(text, texts or [], weights or [])
    machine = _load(checkpoint, when_far, base, encoder, texts or [text or ""])
    adapter = machine.adapter(mixture, strength)
    if adapter.note is not None:
        news.print(f"[bold yellow]note:[/] {adapter.note}", highlight=False)
    replaces = out.is_dir() and any(out.iterdir())
    adapter.save(out, format, base_name)
    facts = {
        "out": str(out),
        "replaced": replaces,
        "format": format,
        "descriptions": adapter.weights,
        "note": adapter.note,
        "strength": strength,
        "distances": adapter.distances,
        "when_far": when_far,
        "far": machine.training_embeddings and machine.training_embeddings.far,
        "addresses": [machine.address(description) for description in adapter.weights],
        "per_context": adapter.modulation.per_context,
        **machine.provenance(),
    }
    if as_json:
        print_json(facts)
    else:
        done = "replaced" if replaces else "wrote"
        paper.print(
            f"{done} [bold]{plain(str(out))}[/]: a rank-{adapter.rank} LoRA from {facts['per_context']:,} "
            f"generated numbers{', merged into the base' if format == 'merged' else ''}"
        )
        paper.print(_NEXT[format].format(plain(str(out))))


_NEXT = {
    "peft": 'load it with [cyan]AutoPeftModelForCausalLM.from_pretrained("{0}")[/] and the tokenizer '
    "beside it; the README.md there shows how",
    "merged": 'load it with [cyan]AutoModelForCausalLM.from_pretrained("{0}")[/] and the tokenizer '
    "beside it; the README.md there shows how",
    "gguf": "load it with [cyan]llama-server --model BASE.gguf --lora {0}/adapter.gguf --jinja "
    "--chat-template-file {0}/chat_template.jinja[/]; the README.md there says more",
}
"""What to do with an adapter, by its format."""


def _mixture(text: str | None, texts: list[str], weights: list[float]) -> str | list[str] | dict[str, float]:
    """The description, several of them, or the weight of each."""
    if (text is None) == (not texts):
        raise ValueError(
            'give one description as TEXT, or several as --as "A" --weight 0.7 --as "B" --weight 0.3'
        )
    if weights and not texts:
        raise ValueError("a --weight was given without --as; a single description has a --strength")
    if weights and len(weights) != len(texts):
        raise ValueError(
            f"{len(weights)} weights were given for {len(texts)} descriptions; give a --weight for each "
            "--as, or none"
        )
    if len(set(texts)) < len(texts):
        raise ValueError("a description was given twice; give it once, with the sum of its weights")
    if text is not None:
        return text
    return dict(zip(texts, weights, strict=True)) if weights else texts


@app.command()
def ask(
    prompt: Annotated[str, typer.Argument(help="What to ask the model.")],
    descriptions: Annotated[
        list[str] | None, typer.Option("--as", metavar="TEXT", help="A description; may be repeated.")
    ] = None,
    strength: Strength = 1.0,
    checkpoint: Checkpoint = "default",
    base: Base = None,
    encoder: Encoder = None,
    when_far: WhenFar = "warn",
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", min=1, help="Length at which an answer is cut.")
    ] = 64,
    as_json: Json = False,
) -> None:
    """Show the base's answer and one for each description, all from one batch.

    zhyper ask "What is a good breakfast?" --as "Talk like a pirate." --as "Give me JSON."

    zhyper ask "elephant" --as "What is the plural?" --strength 0.5 --json
    """
    machine = _load(checkpoint, when_far, base, encoder, descriptions or [])
    brings = machine.spec.context == "instance" or not machine.hypernet.reads_embeddings
    own = [machine.own_cue(prompt)] if brings and not descriptions else []
    if not own and not descriptions:
        news.print(
            f"no --as was given, so only the base answers; this generator expects a {machine.spec.context}"
        )
    under: list[str | None] = [None, *own, *(descriptions or [])]
    with working("answering"):
        answers = machine.generate([prompt] * len(under), under, max_new_tokens, strength)
    if as_json:
        cues = [d for d in under if d is not None]
        distances_of_cues = machine.distances(cues) if cues else None
        distances: list[float | None] = (
            [None] * len(cues) if distances_of_cues is None else list(distances_of_cues)
        )
        rows = [
            {"description": d, "distance": x, "answer": a}
            for d, x, a in zip(cues, distances, answers[1:], strict=True)
        ]
        print_json(
            {
                "prompt": prompt,
                "strength": strength,
                "when_far": when_far,
                "base": answers[0],
                "answers": rows,
            }
        )
        return
    for description, answer in zip(under, answers, strict=True):
        title = "base" if description is None else f"as: {description}" if description else "adapted"
        paper.print(
            Panel(
                plain(answer),
                title=plain(title),
                title_align="left",
                border_style="dim" if description is None else "green",
            )
        )


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(help="A recipe file (TOML or JSON) or the name of a shipped recipe.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    changes: Changes = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a killed run stopped, bit for bit.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Checkpoints kept besides the best one; as --set keep=N."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a generator from a recipe; OUT/checkpoint is the result.

    Tasks come from sources, as --set data=collection:FOLDER; 'zhyper data --help' explains them. Several, or
    one with a comma in it, stand in a list: --set 'data=["SOURCE", "SOURCE"]'.

    zhyper train zhyper-diag --out runs/mine --set data=collection:my-tasks --set steps=500

    zhyper train zhyper-diag --out runs/mine --set data=collection:my-tasks --set steps=500 --resume
    """
    settings = _recipe(recipe, [*(changes or []), *([] if keep is None else [f"keep={keep}"])])
    check_places(settings)
    with without_collector():
        from zhyper.train import selection_numbers
        from zhyper.train import train as run

    about = run(
        settings,
        out,
        resume,
        say=lambda text: news.print(plain(text), highlight=False),
        progress=steps("encoding descriptions"),
    )
    if int(os.environ.get("RANK", "0")):  # of several processes the main one prints
        return
    facts = {
        "out": str(out / "checkpoint"),
        **{k: about[k] for k in ("steps", "chosen", "parameters", "versions")},
    }
    if as_json:
        print_json(facts)
    else:
        best = facts["chosen"]
        choice = f"chosen at step {best['step']}: {selection_numbers(best)}" if best else "the last weights"
        paper.print(f"wrote [bold]{plain(facts['out'])}[/] after {facts['steps']} steps; {choice}")


@app.command()
def params(
    recipe: Annotated[str, typer.Argument(help="A recipe file or the name of a shipped recipe.")],
    base_config: Annotated[
        Path | None,
        typer.Option("--base-config", help="config.json of a base model, instead of the recipe's."),
    ] = None,
    changes: Changes = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="Also count what training costs: operations, GPU memory, hours.")
    ] = False,
    tokens: Annotated[
        int | None,
        typer.Option("--tokens", help="Of a row in the mean, for --cost; max_tokens if you do not say."),
    ] = None,
    answer_tokens: Annotated[
        int | None, typer.Option("--answer-tokens", help="How many of these are the answer's; else all.")
    ] = None,
    tflops: Annotated[
        float | None,
        typer.Option("--tflops", help="10¹² operations a second; else 396, 40 % of an H100 in bfloat16."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Count the trainable parameters of a recipe, and what training costs, without any weights.

    zhyper params zhyper-diag

    zhyper params t2l-m --base-config BASE/config.json --set rank=16

    zhyper params zhyper-diag-mistral-7b --cost --tokens 88 --answer-tokens 6
    """
    settings = _recipe(recipe, changes)
    if base_config is not None and not base_config.exists():
        raise ValueError(f"{base_config} does not exist; --base-config expects a model's config.json")
    with working("counting"):
        from zhyper.text_to_adapter import parameter_counts
        from zhyper.weights import load_config

        spec = settings.generator
        config = load_config(str(base_config)) if base_config else load_config(spec.base, spec.base_revision)
        counts = parameter_counts(spec, config)
        if cost or {tokens, answer_tokens, tflops} != {None}:
            from zhyper.train import RATE, training_cost

            rate = RATE if tflops is None else tflops * 1e12
            spent = training_cost(settings, config, tokens, answer_tokens, rate)
            counts["cost"] = {**spent._asdict(), "memory": spent.memory}
    if as_json:
        print_json(counts)
        return
    table = Table("part", "parameters", title=f"{recipe} on {config.model_type}")
    table.columns[1].justify = "right"
    for name, count in counts["parts"].items():
        table.add_row(name, f"{count:,}")
    table.add_section()
    table.add_row("trainable", f"{counts['trainable']:,}", style="bold")
    table.add_row("numbers per context", f"{counts['per_context']:,}")
    paper.print(table)
    if "cost" in counts:
        paper.print(_cost_table(counts["cost"], settings.training))


def _cost_table(cost: dict[str, Any], training: Any) -> Table:
    """What a run costs on one device."""
    passes = training.steps * training.accumulation
    table = Table("on one device", "", title="training, by operations and bytes counted")
    table.columns[1].justify = "right"
    table.add_row(f"operations of a pass of {training.batch_size} rows", f"{cost['operations']:.3g}")
    table.add_row(f"hours of {passes:,} passes, at the least", f"{cost['hours']:.3g}", style="bold")
    table.add_section()
    for name, key in (
        ("the base while training", "base"),
        (f"the longest pass, {training.max_tokens} tokens a row", "step"),
        ("or, at the start, the base as it is read", "start"),
        ("trained weights and optimiser", "trained"),
    ):
        table.add_row(name, f"{cost[key] / 1e9:.3g} GB")
    table.add_row("most at a time", f"{cost['memory'] / 1e9:.3g} GB", style="bold")
    return table
