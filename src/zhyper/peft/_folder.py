"""Several adapters in a folder: a card, and a file with the shared factors once and all contexts.

Shapes: N adapters, L adapted layers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from zhyper import hub
from zhyper.adapters import ADAPTERS, Adapter
from zhyper.files import json_object, replacing, sha256
from zhyper.modulation import Modulation
from zhyper.sites import find_sites
from zhyper.spec import GeneratorSpec

CARD, WEIGHTS, FORMAT = "adapters.json", "adapters.safetensors", 1
_SHARED, _CONTEXTS, _STRENGTHS = "shared.", "contexts.", "strengths"
"""Names of tensors: `shared.NAME` of the adapter, `contexts.KIND.SLOT` [N, L, ...] and `strengths` [N]."""


@dataclass(frozen=True)
class Context:
    """One adapter: its description, or the weight of each of several, and its modulation of one row."""

    description: str | dict[str, float]
    strength: float
    """As it was asked for; that of the modulation is smaller where a far description is damped."""
    modulation: Modulation = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the adapters come from."""

    spec: GeneratorSpec
    base: Mapping[str, str | None]
    """Which weights the base has; see `zhyper.identity.base_facts`."""
    chat_template: str
    provenance: Mapping[str, Any]


def check_shapes(adapter: Adapter, modulation: Modulation) -> None:
    """Raise ValueError unless the values are of the adapter's slots, so that rows of all contexts stack."""
    layers = len(adapter.sites.layers)
    expected = {
        (kind, slot.name): (layers, *slot.shape) for kind, group in adapter.slots().items() for slot in group
    }
    actual = {
        (kind, name): tuple(value.shape[1:])
        for kind, group in modulation.values.items()
        for name, value in group.items()
    }
    if actual != expected:
        differing = next(key for key in {**expected, **actual} if actual.get(key) != expected.get(key))
        raise ValueError(
            f"the context's {'.'.join(differing)} has the shape {actual.get(differing)}, but the adapter's "
            f"has {expected.get(differing)}; a mixture of this kind of adapter has a larger rank: add its "
            "descriptions one by one, or save it by TextToAdapter.adapter(…).save(folder)"
        )


def write_folder(
    folder: Path, origin: Origin, adapter: Adapter, contexts: Mapping[str, Context], active: str | None
) -> None:
    """Write all adapters; the folder is replaced as a whole, if it is such a one or does not exist.

    Raises:
        ValueError: there is no adapter, or the folder holds something else.
    """
    if not contexts:
        raise ValueError("there is no adapter to save; add one by add_adapter(name, description)")
    rows = Modulation.stack([context.modulation for context in contexts.values()])
    ones = torch.ones(rows.count)
    tensors = {_SHARED + name: tensor for name, tensor in adapter.state_dict().items()}
    tensors |= {
        f"{_CONTEXTS}{kind}.{name}": value for kind, v in rows.values.items() for name, value in v.items()
    }
    tensors[_STRENGTHS] = ones if rows.strength is None else rows.strength
    with replacing(folder, _is_ours) as scratch:
        save_file({k: t.detach().cpu().contiguous() for k, t in tensors.items()}, scratch / WEIGHTS)
        card = {
            "format": FORMAT,
            "adapters": [
                {"name": name, "description": context.description, "strength": context.strength}
                for name, context in contexts.items()
            ],
            "active": active,
            "base": dict(origin.base),
            "provenance": dict(origin.provenance),
            "chat_template": origin.chat_template,
            "spec": origin.spec.to_dict(),
            "weights_sha256": sha256(scratch / WEIGHTS),
        }
        (scratch / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def find_folder(ref: str | Path) -> Path:
    """A folder, or that in the hub's cache of a Hugging Face id; ValueError where the hub has none."""
    folder = Path(ref).expanduser()
    if folder.exists() or not hub.is_id(str(ref)):
        return folder
    try:
        return hub.fetch(str(ref), [CARD, WEIGHTS])
    except RuntimeError as error:
        raise ValueError(f"'{ref}' is no folder of adapters, and the hub did not give it: {error}") from error


def read_card(folder: Path) -> tuple[Origin, dict[str, Any]]:
    """What a folder's adapters come from, and its card; ValueError if it is none, or of another format."""
    if not (folder / CARD).is_file():
        raise ValueError(
            f"{folder} holds no {CARD}; give a folder that ZhyperModel.save_pretrained wrote (a PEFT folder "
            "is loaded by peft.PeftModel, a checkpoint by get_peft_model)"
        )
    card = json_object(folder / CARD)
    if card.get("format") != FORMAT:
        raise ValueError(
            f"{folder / CARD} has format {card.get('format')}, but this version reads {FORMAT}; use the "
            "version of zhyper that wrote it"
        )
    try:
        origin = Origin(
            spec=GeneratorSpec.from_dict(card["spec"]),
            base={"base_sha256": card["base"]["base_sha256"], **card["base"]},
            chat_template=card["chat_template"],
            provenance=dict(card["provenance"]),
        )
        names = [entry["name"] for entry in card["adapters"] if {"description", "strength"} <= set(entry)]
        if not names or len(names) != len(card["adapters"]) or len(set(names)) < len(names):
            raise TypeError("its adapters lack names, descriptions or strengths, or share a name")
        if card["active"] not in (None, *names) or not isinstance(card["weights_sha256"], str):
            raise TypeError("it names no adapter as active, or no hash of its weights")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder / CARD} is not a card of adapters ({error!r}); restore it from a copy"
        ) from error
    return origin, card


def read_adapters(folder: Path, card: dict[str, Any], spec: GeneratorSpec, base: Any) -> tuple[Any, Any]:
    """The adapter at the base's sites, on the CPU, and its contexts by name.

    Raises:
        ValueError: a file is missing or changed, or the adapters are of a base with other layers.
    """
    file = folder / WEIGHTS
    actual = sha256(file) if file.is_file() else None
    if actual != card["weights_sha256"]:
        raise ValueError(
            f"{file} {'is missing' if actual is None else f'has SHA-256 {actual}'}, but the card says "
            f"{card['weights_sha256']}; restore it from a copy"
        )
    tensors = load_file(file)
    with torch.device("meta"):  # its values are read, not drawn
        adapter = ADAPTERS[spec.adapter](find_sites(base, spec.projections, spec.layers), spec)
    shared = {k.removeprefix(_SHARED): t for k, t in tensors.items() if k.startswith(_SHARED)}
    try:
        adapter.load_state_dict(shared, strict=True, assign=True)
    except RuntimeError as error:
        raise ValueError(
            f"the adapters in {folder} are of a base with other layers than this {type(base).__name__} "
            f"({' '.join(str(error).split())[:200]}); give the base that they were made for"
        ) from error
    return adapter.requires_grad_(False), _contexts(adapter, tensors, card)


def _contexts(adapter: Adapter, tensors: Mapping[str, Tensor], card: dict[str, Any]) -> dict[str, Context]:
    values: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(_CONTEXTS):
            kind, _, slot = key.removeprefix(_CONTEXTS).rpartition(".")
            values.setdefault(kind, {})[slot] = tensor
    strengths = tensors[_STRENGTHS]
    rows = Modulation(values, len(strengths), None if bool((strengths == 1).all()) else strengths)
    check_shapes(adapter, rows)
    if len(card["adapters"]) != rows.count:
        raise ValueError(
            f"the card names {len(card['adapters'])} adapters, but {WEIGHTS} holds {rows.count}; restore "
            "both from a copy"
        )
    return {
        entry["name"]: Context(entry["description"], entry["strength"], rows.at([i]))
        for i, entry in enumerate(card["adapters"])
    }


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds adapters that `write_folder` wrote, and nothing else."""
    return (folder / CARD).is_file() and {file.name for file in folder.iterdir()} <= {CARD, WEIGHTS}
