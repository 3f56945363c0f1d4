"""The verb that says what something is, and what to do with it next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from zhyper.checkpoint import CARD, SHIPPED, find_checkpoint, read_card
from zhyper.cli._news import Json, paper, plain, print_json
from zhyper.files import json_object
from zhyper.spec import RECIPES, load_recipe

Facts = dict[str, Any]
"""What is said of something: `kind` first, `next` last."""


def info(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="[REF]",
            help="A checkpoint folder, 'default', or a Hugging Face id; or a run, an adapter, a library, "
            "a bank, an evaluation, a sweep, a collection, a base model, a recipe.",
        ),
    ] = "default",
    as_json: Json = False,
) -> None:
    """Say what a checkpoint is and what it was trained on; or what something else is, and what to do next.

    zhyper info

    zhyper info runs/mine --json
    """
    place = Path(ref).expanduser()
    for is_one, facts_of in KINDS:
        if is_one(place):
            _show(facts_of(place), ref, as_json)
            return
    recipe = RECIPES / f"{ref}.toml"
    if recipe.is_file() and not (SHIPPED / ref / CARD).is_file() and not place.exists():
        _show(_recipe(Path(ref)), ref, as_json)
        return
    if place.is_dir() and not _is_checkpoint(place):
        raise ValueError(
            f"{place} is a folder of something that zhyper does not know ({_names(place) or 'empty'}); "
            "expected a checkpoint, run, adapter, library, bank, evaluation, sweep, collection or base model"
        )
    _checkpoint(ref, as_json)


def _checkpoint(ref: str, as_json: bool) -> None:
    card = read_card(find_checkpoint(ref))
    card["spec"] = card["spec"].to_dict()
    if as_json:
        print_json(card)
        return
    table = Table(show_header=False, title=plain(f"checkpoint {ref}"))
    for key, value in {
        **card["spec"],
        **card.get("recipe", {}).get("training", {}),
        **{f"imported: {k}": v for k, v in card.get("imported", {}).items()},
        **{k: v for k, v in card.items() if k not in ("spec", "recipe", "imported", "tasks")},
    }.items():
        table.add_row(key, plain(value if isinstance(value, str) else json.dumps(value)))
    tasks = card.get("tasks", [])
    table.add_row(f"trained on {len(tasks)} tasks", plain(", ".join(tasks)))
    table.add_row("next", plain(f'zhyper ask PROMPT --as "TEXT" --checkpoint {ref}'))
    paper.print(table)


def _show(facts: Facts, ref: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    table = Table(show_header=False, title=plain(f"{facts['kind']} {ref}"))
    for key, value in facts.items():
        table.add_row(key, plain(value if isinstance(value, str) else json.dumps(value)))
    paper.print(table)


def _names(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _has(*names: str) -> Callable[[Path], bool]:
    return lambda place: all((place / name).is_file() for name in names)


def _is_checkpoint(place: Path) -> bool:
    return _has(CARD)(place) or _has(CARD)(place / "checkpoint")


def _is_library(place: Path) -> bool:
    return place.is_dir() and any(_has("adapter_config.json")(path) for path in place.iterdir())


def _adapter(place: Path) -> Facts:
    config = json_object(place / "adapter_config.json")
    weights, targets = place / "adapter_model.safetensors", config.get("target_modules")
    own = (place / "chat_template.jinja").is_file()
    shows = f"; {place / 'README.md'} shows how" if (place / "README.md").is_file() else ""
    return {
        "kind": "adapter",
        "type": config.get("peft_type"),
        "base": config.get("base_model_name_or_path"),
        "rank": config.get("r"),
        "adapts": targets if not isinstance(targets, list) or len(targets) < 10 else f"{len(targets)} layers",
        "bytes": weights.stat().st_size if weights.is_file() else None,
        "chat template": "in the folder" if own else "none: the base's own",
        "next": f'load it by AutoPeftModelForCausalLM.from_pretrained("{place}") of peft{shows}',
    }


def _gguf(place: Path) -> Facts:
    import gguf

    file = place / "adapter.gguf"
    try:
        reader = gguf.GGUFReader(file)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{file} is no GGUF file: {error}; write the adapter again") from error
    fields = {name: field.contents() for name, field in reader.fields.items()}
    template = place / "chat_template.jinja"
    return {
        "kind": "adapter in GGUF",
        "architecture": fields.get("general.architecture"),
        "description": fields.get("general.description"),
        "base": fields.get("general.base_model.0.name"),
        "tensors": len(reader.tensors),
        "bytes": file.stat().st_size,
        "next": f"load it by llama-server --model BASE.gguf --lora {file}"
        + (f" --jinja --chat-template-file {template}" if template.is_file() else ""),
    }


def _library(place: Path) -> Facts:
    names = sorted(path.name for path in place.iterdir() if _has("adapter_config.json")(path))
    return {
        "kind": "library",
        "adapters": len(names),
        "of": names,
        "next": f"zhyper train t2l-m --out RUN --set objective=reconstruction --set library={place} "
        "--set context=task --set encoder=one-hot",
    }


def _bank(place: Path) -> Facts:
    card = json_object(place / "bank.json")
    return {
        "kind": "bank",
        "format": card.get("format"),
        "checkpoint": card.get("checkpoint"),
        "bytes": sum(file.stat().st_size for file in place.iterdir() if file.is_file()),
        "next": f"zhyper bank info {place}; zhyper serve --bank {place}",
    }


def _run(place: Path) -> Facts:
    recipe = load_recipe(place / "recipe.json")
    steps = sorted(int(path.name.rpartition("-")[2]) for path in place.glob("state/checkpoint-*"))
    return {
        "kind": "unfinished run",
        "steps": recipe.training.steps,
        "last kept step": steps[-1] if steps else 0,
        **_settings(recipe),
        "next": f"zhyper train {place / 'recipe.json'} --out {place} --resume",
    }


def _recipe(place: Path) -> Facts:
    recipe = load_recipe(place)
    data = "" if recipe.training.data else " --set data=FORMAT:FOLDER"
    return {
        "kind": "recipe",
        "steps": recipe.training.steps,
        **_settings(recipe),
        "next": f"zhyper params {place}; zhyper train {place} --out RUN{data}",
    }


def _settings(recipe: Any) -> Facts:
    """The settings of a recipe that are not as they are without one."""
    usual = type(recipe)()
    parts = ((recipe.generator, usual.generator), (recipe.training, usual.training))
    pairs = [(asdict(own), asdict(default)) for own, default in parts]
    return {
        "base": recipe.generator.base,
        **{k: v for own, default in pairs for k, v in own.items() if v != default[k] and k != "steps"},
    }


def _evaluation(place: Path) -> Facts:
    return {
        "kind": "evaluation",
        "report": str(place / "report.html"),
        "next": f"open {place / 'report.html'}; zhyper compare {place} OTHER --out BOTH",
    }


def _sweep(place: Path) -> Facts:
    report = json_object(place / "sweep.json")
    best = report.get("best")
    return {
        "kind": "sweep",
        "trials": len(report.get("trials", [])),
        "best": str(place / best["checkpoint"]) if best else None,
        "next": f"zhyper info {place / best['checkpoint']}" if best else "the same zhyper sweep goes on",
    }


def _collection(place: Path) -> Facts:
    return {
        "kind": "collection",
        "files": sum(1 for _ in place.glob("*.json")),
        "next": f"zhyper data show collection:{place}",
    }


def _is_collection(place: Path) -> bool:
    file = next((file for file in sorted(place.glob("*.json")) if file.name != "card.json"), None)
    return file is not None and {"name", "pairs"} <= set(json_object(file))


def _base(place: Path) -> Facts:
    return {
        "kind": "base model",
        "type": json_object(place / "config.json").get("model_type"),
        "next": f"zhyper train zhyper-diag --out RUN --set base={place} --set data=FORMAT:FOLDER",
    }


def _is_recipe(place: Path) -> bool:
    return place.is_file() and place.suffix in (".toml", ".json")


KINDS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Facts]], ...] = (
    (_has("bank.json"), _bank),
    (_has("adapter_config.json"), _adapter),
    (_has("adapter.gguf"), _gguf),
    (_has("sweep.json"), _sweep),
    (_has("results.jsonl"), _evaluation),
    (lambda place: _has("recipe.json")(place) and not _is_checkpoint(place), _run),
    (lambda place: _has("config.json")(place) and not _is_checkpoint(place), _base),
    (lambda place: not _is_checkpoint(place) and _is_library(place), _library),
    (lambda place: place.is_dir() and not _is_checkpoint(place) and _is_collection(place), _collection),
    (_is_recipe, _recipe),
)
"""What can be told apart by its files, most particular first, and what is said of it."""
