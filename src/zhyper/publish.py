"""A checkpoint or an adapter on the Hugging Face hub, with a card that says where it comes from."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhyper import hub, identity
from zhyper.checkpoint import CARD, CONTEXTS, WEIGHTS, find_checkpoint, read_card
from zhyper.export import is_export
from zhyper.files import json_object

README = "README.md"


def publish(
    folder: str | Path,
    name: str,
    private: bool = False,
    licence: str | None = None,
    report: str | Path | None = None,
) -> str:
    """Push a checkpoint or an exported adapter to a repository of the hub, in one commit.

    Args:
        folder: of a checkpoint or a run, the shipped `default`, or one that an adapter was written to.
        name: of the repository, OWNER/NAME, which is made if there is none.
        private: whether it is made a private one.
        licence: what the hub calls the licence, such as `apache-2.0`; None says none.
        report: folder of an evaluation of this checkpoint, whose tables the card shows.

    Returns:
        The address of the repository.

    Raises:
        ValueError: it is neither, an adapter whose base only this machine has, or a report of other weights.
        RuntimeError: the hub did not take it.
    """
    hub.check_name(name)
    place = Path(folder).expanduser()
    if place.is_dir() and is_export(place):
        if report is not None:
            raise ValueError(f"a report was given, but {place} is an adapter; reports are of checkpoints")
        files, what = _adapter_files(place), "adapter"
    else:
        files, what = _checkpoint_files(find_checkpoint(place), name, report), "checkpoint"
    if licence is not None:
        files[README] = hub.with_metadata(str(files[README]), license=licence)
    for private_place in private_places(folder):
        warnings.warn(
            f"checkpoint.json names {private_place}, a folder of this machine: others will read that, and "
            "give --base or --encoder where it is one of these",
            stacklevel=2,
        )
    return hub.push(files, name, private, f"Push this {what} with zhyper")


def private_places(folder: str | Path) -> list[str]:
    """The folders of this machine that a checkpoint's card names, which others will read but cannot use."""
    place = Path(folder).expanduser()
    if place.is_dir() and is_export(place):
        return []
    card = read_card(find_checkpoint(place))
    return sorted(set(_paths({**card, "spec": card["spec"].to_dict()})))


def _paths(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [path for item in value.values() for path in _paths(item)]
    if isinstance(value, list):
        return [path for item in value for path in _paths(item)]
    if not isinstance(value, str) or "://" in value:
        return []
    place = (value.partition(":")[2] if ":/" in value else value).partition("?")[0]  # of a source of data
    return [place] if Path(place).is_absolute() else []


def _adapter_files(folder: Path) -> dict[str, Path | str]:
    """The files of an adapter by name, its README as a text."""
    if (folder / "adapter_config.json").is_file():
        place = json_object(folder / "adapter_config.json")["base_model_name_or_path"]
        if Path(place).is_absolute():
            raise ValueError(
                f"the base of {folder} is a folder of this machine ({place}), where nobody else finds it; "
                "write the adapter again with --base-name and the Hugging Face id of its base"
            )
    files: dict[str, Path | str] = {file.name: file for file in sorted(folder.iterdir())}
    return files | {README: (folder / README).read_text(encoding="utf-8")}


def _checkpoint_files(folder: Path, name: str, report: str | Path | None) -> dict[str, Path | str]:
    """The files of a checkpoint by name, and a README."""
    card = read_card(folder)
    tables = None if report is None else _tables(Path(report), card["weights_sha256"])
    files = {file: folder / file for file in (CARD, WEIGHTS, CONTEXTS) if (folder / file).is_file()}
    return {**files, README: checkpoint_readme(card, name, tables)}


def _tables(report: Path, weights_sha256: str) -> str:
    """The tables of an evaluation; ValueError if it is none, or none of these weights."""
    try:
        about = json.loads((report / "about.json").read_text(encoding="utf-8"))
        tables = (report / "tables.md").read_text(encoding="utf-8")
        asked = {method["checkpoint"] for method in about["methods"].values()}
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{report} is not the folder of an evaluation; 'zhyper evaluate' writes one"
        ) from error
    if weights_sha256 not in asked:
        raise ValueError(
            f"{report} is an evaluation of other weights than this checkpoint's ({weights_sha256[:12]}); "
            "evaluate it, and give that folder"
        )
    return tables


def checkpoint_readme(card: Mapping[str, Any], name: str, tables: str | None = None) -> str:
    """The README of a checkpoint: provenance, data, results, limits, and how it is used.

    Args:
        card: of the checkpoint; see `read_card`.
        name: of the repository, OWNER/NAME.
        tables: of an evaluation, in Markdown.
    """
    base, training = identity.public_name(card["spec"].base), card.get("recipe", {}).get("training", {})
    lines = [
        "---",
        "library_name: zhyper",
        "pipeline_tag: text-generation",
        "tags: [zhyper, hypernetwork, lora]",
        *([f"base_model: {json.dumps(base)}"] if hub.ID.fullmatch(base) else []),
        "---",
        "",
        f"# {name.partition('/')[2]}",
        "",
        "A hypernetwork that turns a description (of a task, a culture, a persona, a style) into a low-rank "
        f"adapter for {base} in one forward pass.",
        "",
        "```python",
        "from zhyper import TextToAdapter",
        "",
        f'machine = TextToAdapter.load("{name}")',
        'print(machine.generate(["Why do owls hoot?"], ["Talk like a pirate."]))',
        "```",
        "",
        "## Provenance",
        "",
        *_provenance(card, base, training),
        "",
        "## Data",
        "",
        *_data(card, training),
        "",
        "## Results",
        "",
        *_results(card, tables),
        "",
        "## Limits",
        "",
        *_limits(card),
    ]
    return "\n".join(lines) + "\n"


def _provenance(card: Mapping[str, Any], base: str, training: Mapping[str, Any]) -> list[str]:
    spec, counts = card["spec"], card.get("parameters", {})
    revision = f" at {spec.base_revision}" if spec.base_revision else ""
    facts = {
        "base": f"{base}{revision} ({card['base_sha256'] or 'nobody said which weights'})",
        "encoder": identity.public_name(spec.encoder),
        "adapter": f"{spec.adapter}, rank {spec.rank}, in {', '.join(spec.projections)}",
        "hypernetwork": spec.hypernet,
        "trained parameters": _number(counts.get("trainable")),
        "numbers per context": _number(counts.get("per_context")),
        "steps": _number(card.get("steps")),
        "seed": training.get("seed", "not known"),
        "weights (SHA-256)": card["weights_sha256"],
        "versions": ", ".join(f"{k} {v}" for k, v in card.get("versions", {}).items()) or "not known",
    }
    return ["| fact | value |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items())]


def _data(card: Mapping[str, Any], training: Mapping[str, Any]) -> list[str]:
    tasks, shares = card.get("tasks", []), training.get("shares") or []
    rows = [
        f"- `{_public_source(source)}`{f', {shares[i]:.0%} of the rows' if shares else ''}"
        for i, source in enumerate(training.get("data", []))
    ]
    kept = f"{len(tasks):,} tasks; `{CARD}` names them. Their licences are those of their sources."
    digest = training.get("data_sha256")
    return [
        *(rows or ["Not known."]),
        *([""] if rows else []),
        kept,
        *([f"SHA-256 of all rows: {digest}"] if digest else []),
    ]


def _results(card: Mapping[str, Any], tables: str | None) -> list[str]:
    chosen, lines = card.get("chosen"), []
    if chosen:
        numbers = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in chosen.items() if k != "step")
        lines = [f"On the selection split, at step {chosen['step']:,}, by which it was chosen: {numbers}."]
    if tables:
        return [*lines, *([""] if lines else []), "By `zhyper evaluate`:", "", tables.strip()]
    return [*lines, "No evaluation came with it; `zhyper evaluate` makes one."]


def _limits(card: Mapping[str, Any]) -> list[str]:
    contexts = card.get("contexts")
    far = (
        f"- A description whose embedding is farther than {contexts['far']:.3f} (cosine distance) from all "
        f"{contexts['count']:,} training embeddings is far: its adapter may do anything, and zhyper warns.\n"
        "- One that is near is like those of the training; answers need not follow it."
        if contexts
        else "- It keeps no training embeddings, so nothing says whether a description is far from them."
    )
    return [
        far,
        "- It adapts this base alone; the hash of its weights is checked when it is loaded. What the base "
        "gets wrong or says that it should not, it may get wrong or say under any description.",
    ]


def _public_source(source: str) -> str:
    """A source of data without the folders above its place."""
    kind, _, place = source.partition(":")
    path, mark, options = place.partition("?")
    return f"{kind}:{identity.public_name(path)}{mark}{options}" if place else source


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"
