"""Runs that begin with the trained weights of a checkpoint."""

from __future__ import annotations

from zhyper import weights
from zhyper.checkpoint import find_checkpoint, read_card, read_weights
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

FREE = ("base", "base_revision", "encoder_code_revision", "start_deviation", "dropout", "chat_template")
"""Settings of a generator under which its weights stay the same function; the base is compared by the hash of its weights."""


def check_start(ref: str, spec: GeneratorSpec) -> str:
    """The SHA-256 of a checkpoint's weights; ValueError unless they are those of a generator like `spec`, on the same base."""
    card = read_card(find_checkpoint(ref))
    old, new = card["spec"].to_dict(), spec.to_dict()
    changed = [
        f"{key} is {old[key]!r} there and {new[key]!r} here"
        for key in old
        if key not in FREE and old[key] != new[key]
    ]
    if changed:
        raise ValueError(
            f"start names a checkpoint of another generator: {', '.join(changed)}; set the same, or another checkpoint"
        )
    if (found := weights.base_hash(spec.base, spec.base_revision)) != card["base_sha256"]:
        raise ValueError(
            f"start names a checkpoint that was trained on another base ({card['base_sha256']}) than {spec.base} ({found}); "
            "its adapter means nothing there"
        )
    return str(card["weights_sha256"])


def begin_with(machine: TextToAdapter, ref: str) -> None:
    """Fill a generator with the weights of a checkpoint, as `check_start` found them to fit."""
    folder = find_checkpoint(ref)
    read_weights(folder, machine.parts(), read_card(folder)["weights_sha256"])
