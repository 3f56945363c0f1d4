"""The files of a generator as its program wrote them, read without running what may be in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from zhyper.files import json_object, sha256

HYPERNET, ARGUMENTS, LORA, SHARED = (
    "hypermod.pt",
    "args.yaml",
    "adapter_config.json",
    "adapter_model.safetensors",
)


class Tensors:
    """The tensors of a file, in float32; each is taken once, so that what is left over is known.

    Args:
        file: its name, for errors.
        tensors: by the names that they have in it.
    """

    def __init__(self, file: str, tensors: dict[str, Tensor]) -> None:
        self.file, self._tensors = file, dict(tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def names(self, prefix: str = "") -> list[str]:
        """What follows a prefix in the names of the tensors that are left, in the order of the file."""
        return [name.removeprefix(prefix) for name in self._tensors if name.startswith(prefix)]

    def rows(self, name: str) -> int:
        """Of a matrix that is there; ValueError if there is none."""
        return len(self._matrix(name))

    def columns(self, name: str) -> int:
        """Of a matrix that is there; ValueError if there is none."""
        return self._matrix(name).shape[1]

    def take(self, name: str, shape: tuple[int, ...] | None = None) -> Tensor:
        """A tensor of its own storage; ValueError if there is none, or it has another shape."""
        tensor = self._there(name)
        del self._tensors[name]
        if shape is not None and tensor.shape != shape:
            raise ValueError(
                f"{self.file} has {name} of shape {list(tensor.shape)}, but {list(shape)} was expected by "
                "its arguments and the base's configuration; say which base it was trained on by --base"
            )
        return tensor.detach().to(torch.float32, copy=True).contiguous()

    def _there(self, name: str) -> Tensor:
        if name not in self._tensors:
            raise ValueError(
                f"{self.file} lacks the tensor {name}, which a generator of these arguments has; it is of "
                "another version or damaged: fetch all files of one run again"
            )
        return self._tensors[name]

    def _matrix(self, name: str) -> Tensor:
        if (matrix := self._there(name)).dim() != 2:
            raise ValueError(
                f"{self.file} has {name} of shape {list(matrix.shape)}, but a matrix was expected"
            )
        return matrix

    def check_empty(self) -> None:
        """Raise ValueError if a tensor was not taken."""
        if left := list(self._tensors):
            raise ValueError(
                f"{self.file} also holds {len(left)} tensors that its arguments do not speak of (such as "
                f"{left[0]}), and without them it would not emit the same; only what is understood whole is "
                "imported"
            )


@dataclass(frozen=True, kw_only=True)
class Files:
    """What a folder holds."""

    folder: Path
    arguments: dict[str, Any]
    """`args.yaml`: all arguments of the training."""
    lora: dict[str, Any]
    """`adapter_config.json`: PEFT's configuration of the LoRA."""
    hypernet: Tensors
    """`hypermod.pt`."""
    hashes: dict[str, str]
    """The SHA-256 of each file that was read."""

    def shared(self) -> Tensors:
        """`adapter_model.safetensors`, the A and B that Zhyper trains; ValueError if it cannot be read."""
        file = _find(self.folder, SHARED)
        self.hashes[SHARED] = sha256(file)
        try:
            return Tensors(SHARED, load_file(file))
        except SafetensorError as error:
            raise ValueError(f"{file} is no safetensors file ({error}); fetch it again") from error


def read_files(folder: Path) -> Files:
    """What lies in a folder; ValueError where a file is missing, is damaged, or holds more than data."""
    if not folder.is_dir():
        raise ValueError(
            f"{folder} is no folder, but a generator is imported from one with {HYPERNET}, {ARGUMENTS} "
            f"and {LORA}"
        )
    places = {name: _find(folder, name) for name in (HYPERNET, ARGUMENTS, LORA)}
    return Files(
        folder=folder,
        arguments=_arguments(places[ARGUMENTS]),
        lora=json_object(places[LORA]),
        hypernet=Tensors(HYPERNET, _pickled(places[HYPERNET])),
        hashes={name: sha256(file) for name, file in places.items()},
    )


def run_folder(folder: Path) -> Path:
    """The run that a folder belongs to: the one above `checkpoints/it_N`, or the folder itself."""
    absolute = folder.absolute()
    above = [parent for parent in (absolute, *absolute.parents) if "checkpoint" in parent.name]
    return above[0].parent if above else absolute


def _find(folder: Path, name: str) -> Path:
    """A file of the folder, or, beside `hypermod.pt`, of its run; ValueError if there is none."""
    for place in (folder,) if name == HYPERNET else (folder, run_folder(folder)):
        if (place / name).is_file():
            return place / name
    hint = ""
    if name == HYPERNET and (others := sorted(folder.glob(f"checkpoints/*/{HYPERNET}"))):
        hint = (
            f"; those of its checkpoints are in {', '.join(str(other.parent) for other in others)}: name one"
        )
    raise ValueError(
        f"{folder} holds no {name}; expected is a folder as the program wrote it, with "
        f"{HYPERNET}, {ARGUMENTS}, {LORA} and, of Zhyper, {SHARED}{hint}"
    )


def _arguments(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{file} is no YAML of plain values ({reason[:200]}); it is read by yaml.safe_load, which makes "
            "no objects. Fetch it again, or take what is no plain value out of it"
        ) from error
    if not isinstance(values, dict):
        raise ValueError(f"{file} holds a {type(values).__name__}, but must hold the training's arguments")
    return values


def _pickled(file: Path) -> dict[str, Tensor]:
    """The tensors of a state dict that `torch.save` wrote."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # what a pickle may raise has no common type
        raise ValueError(
            f"{file} is not a file of tensors alone: it is damaged, or holds objects, and reading these "
            "could run any program; it is read by torch.load(weights_only=True). Fetch it again, or have "
            "whoever trained it write torch.save(hypermod.state_dict(), FILE)"
        ) from error
    tensors = dict(state) if isinstance(state, dict) else None
    odd = [str(name) for name, value in (tensors or {}).items() if not _is_weight(name, value)]
    if tensors is None or odd:
        what = f"has no weights under {odd[0]}" if odd else f"holds a {type(state).__name__}, no state dict"
        raise ValueError(f"{file} {what}; expected is what torch.save(hypermod.state_dict(), FILE) writes")
    return tensors


def _is_weight(name: Any, value: Any) -> bool:
    dense = isinstance(value, Tensor) and value.layout == torch.strided and value.is_floating_point()
    return dense and isinstance(name, str)
