"""A generator on disk: a folder with `checkpoint.json` (what it is and learned) and `weights.safetensors`.

Beside them may lie `contexts.safetensors`, the embeddings it was trained on, by which far descriptions are
known.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhyper import hub
from zhyper.arguments import described
from zhyper.files import replacing, sha256
from zhyper.spec import GeneratorSpec, did_you_mean

if TYPE_CHECKING:  # a card is read, and a wrong name refused, without PyTorch
    import torch
    from torch import Tensor, nn

    from zhyper.distance import TrainingEmbeddings

DEFAULT = "default"
SHIPPED = Path(__file__).parent / "checkpoints"
CARD, WEIGHTS, CONTEXTS, FORMAT = "checkpoint.json", "weights.safetensors", "contexts.safetensors", 1


def find_checkpoint(ref: str | Path) -> Path:
    """The folder of a checkpoint; ValueError if there is none.

    `ref` is such a folder or a run's, the shipped `default`, or a Hugging Face id, also OWNER/NAME@REVISION.
    """
    if not isinstance(ref, str | Path):
        raise ValueError(f"checkpoint is {described(ref)}, but must be a folder or a name")
    for folder in (Path(ref), Path(ref) / "checkpoint", SHIPPED / str(ref)):
        if (folder / CARD).is_file():
            return folder
    if not Path(ref).exists() and hub.is_id(str(ref)):
        try:
            folder = hub.fetch(str(ref), [CARD, WEIGHTS, CONTEXTS])
        except RuntimeError as error:
            raise ValueError(
                f"checkpoint '{ref}' is not a folder, and the hub did not give it: {error}"
                f"{did_you_mean(str(ref), _beside(Path(ref)))}"
            ) from error
        if not (folder / CARD).is_file():
            raise ValueError(
                f"'{ref}' is on the hub, but is no checkpoint of zhyper: it has no {CARD}; an adapter is "
                "loaded by PEFT or Transformers"
            )
        if (code := read_card(folder)["spec"].encoder_code_revision) is not None:
            raise ValueError(
                f"'{ref}' has its encoder run Python code of its own (at {code}), which nobody here chose. "
                f"Read that code; if you trust it, load the folder {folder}"
            )
        return folder
    raise ValueError(
        f"checkpoint '{ref}' is neither a folder with {CARD}, nor '{DEFAULT}', "
        f"nor a Hugging Face id OWNER/NAME{did_you_mean(str(ref), [DEFAULT, *_beside(Path(ref))])}"
    )


def _beside(place: Path) -> list[str]:
    """The checkpoints and runs in the folder that a place is in."""
    if not place.parent.is_dir():
        return []
    folders = [folder for folder in place.parent.iterdir() if folder.is_dir()]
    return [str(f) for f in folders if (f / CARD).is_file() or (f / "checkpoint" / CARD).is_file()]


def read_card(folder: Path) -> dict[str, Any]:
    """What a checkpoint says of itself, its `spec` as a GeneratorSpec; ValueError if it cannot be read."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        missing = {"format", "spec", "weights_sha256", "base_sha256"} - set(card)
        card["spec"] = GeneratorSpec.from_dict(card.get("spec", {}))
    except (TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder / CARD} is not a checkpoint's card: {error}") from error
    if missing or card["format"] != FORMAT:
        fault = (
            f"lacks {', '.join(sorted(missing))}"
            if missing
            else f"has format {card['format']}, but this version reads {FORMAT}"
        )
        raise ValueError(
            f"{folder / CARD} {fault}; fetch the checkpoint again, or the version of zhyper that wrote it"
        )
    return card


def write_checkpoint(
    folder: Path,
    parts: dict[str, nn.Module],
    card: dict[str, Any],
    dtype: torch.dtype,
    trained: TrainingEmbeddings | None,
) -> None:
    """Write the modules' weights in `dtype`, the training embeddings, and the card, which gets their hashes.

    Replaces a checkpoint, and nothing else; when this returns, it is on the disk.
    """
    from safetensors.torch import save_file

    state = {
        f"{part}.{name}": tensor.detach().to("cpu", dtype).contiguous()
        for part, module in parts.items()
        for name, tensor in module.state_dict().items()
    }
    if broken := [name for name, tensor in state.items() if not bool(tensor.isfinite().all())]:
        raise ValueError(
            f"{len(broken)} of {len(state)} tensors hold numbers that are not finite ({broken[0]}), "
            "so no checkpoint is written; lower the learning rate, or write in a wider type"
        )
    with replacing(folder, _is_ours) as scratch:
        save_file(state, scratch / WEIGHTS)
        card = {"format": FORMAT, **card, "weights_sha256": sha256(scratch / WEIGHTS), "contexts": None}
        if trained is not None:
            save_file({"vectors": trained.vectors_NC.half().contiguous()}, scratch / CONTEXTS)
            card["contexts"] = {
                "count": len(trained.vectors_NC),
                "far": trained.far,
                "sha256": sha256(scratch / CONTEXTS),
            }
        (scratch / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_weights(folder: Path, parts: dict[str, nn.Module], expected: str) -> None:
    """Fill the modules with a checkpoint's weights; ValueError unless the file's SHA-256 is `expected`."""
    state = _read(folder / WEIGHTS, expected)
    for part, module in parts.items():
        try:
            module.load_state_dict(
                {n.partition(".")[2]: t for n, t in state.items() if n.partition(".")[0] == part}, strict=True
            )
        except RuntimeError as error:
            raise ValueError(
                f"{folder / WEIGHTS} does not hold what this version's {part} has "
                f"({' '.join(str(error).split())[:200]}); use the version of zhyper that wrote it, "
                "or train again"
            ) from error


def read_training_embeddings(folder: Path, entry: dict[str, Any] | None) -> TrainingEmbeddings | None:
    """The training embeddings that a card names, if any; ValueError if the file differs."""
    from zhyper.distance import TrainingEmbeddings

    if entry is None:
        return None
    return TrainingEmbeddings(_read(folder / CONTEXTS, entry["sha256"])["vectors"], entry["far"])


def _read(file: Path, expected: str) -> dict[str, Tensor]:
    """A safetensors file in float32; ValueError unless its SHA-256 is the expected one."""
    from safetensors.torch import load_file

    if not file.is_file():
        raise ValueError(
            f"{file} is missing, but the checkpoint's card speaks of it; fetch the checkpoint again"
        )
    if (actual := sha256(file)) != expected:
        raise ValueError(
            f"{file} has SHA-256 {actual}, but its card says {expected}; fetch the checkpoint again"
        )
    return {name: tensor.float() for name, tensor in load_file(file).items()}


def _is_ours(folder: Path) -> bool:
    """Whether a folder is a checkpoint, and nothing else."""
    return (folder / CARD).is_file() and {file.name for file in folder.iterdir()} <= {CARD, WEIGHTS, CONTEXTS}
