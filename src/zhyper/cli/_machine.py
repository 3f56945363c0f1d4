"""What `zhyper doctor` finds out about the machine: devices, how fast they multiply, and what fits them."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

SETS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")
"""Instruction sets of x86 that make multiplications fast, as Linux calls them."""
SETS_ARM = ("asimd", "asimdhp", "bf16", "i8mm", "sve", "sve2", "sme")
SHARE = 0.8
"""Of the memory that is free, what an estimate uses."""
ANSWER_TOKENS, TRAINING_TOKENS = 1024, 256
"""Tokens of a row: what a server has room for, and the setting `max_tokens` of training."""
LOGITS_AT_ONCE = 256
"""The setting of that name."""
FORMULA = (
    f"{SHARE:.0%} of the free memory holds the weights (parameters × bytes of a number) and the rows. A row "
    f"that is answered: {ANSWER_TOKENS:,} tokens × layers × 2 × key-value heads × head size × bytes. One "
    f"that is trained on: {TRAINING_TOKENS} tokens × layers × (8 × hidden + 4 × intermediate size) × bytes, "
    f"besides {LOGITS_AT_ONCE} × vocabulary × 12 bytes of logits. Estimates: try, and watch the memory"
)


def processor() -> dict[str, Any]:
    """Cores, memory in bytes (of a container, what it may use), and instruction sets of the CPU."""
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    if limit := _container_limit():
        total, free = min(total, limit[0]), min(free, limit[1])
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "name": _processor_name(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "memory": total,
        "free": free,
        "instruction sets": _instruction_sets(),
    }


def _container_limit(group: Path = Path("/sys/fs/cgroup")) -> tuple[int, int] | None:
    """The memory that a container may use, and what is left of it; None without a limit."""
    try:
        limit, used = ((group / f"memory.{name}").read_text().strip() for name in ("max", "current"))
    except OSError:
        return None
    return None if limit == "max" else (int(limit), max(0, int(limit) - int(used)))


def _lines_of_cpuinfo() -> dict[str, str]:
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _processor_name() -> str:
    return _lines_of_cpuinfo().get("model name") or platform.processor() or platform.machine()


def _instruction_sets() -> list[str]:
    """Those that matter and are there; where Linux does not say it, the one that PyTorch uses."""
    lines = _lines_of_cpuinfo()
    if has := set(f"{lines.get('flags', '')} {lines.get('Features', '')}".split()):
        return [name for name in (*SETS, *SETS_ARM) if name in has]
    import torch

    return [str(torch.backends.cpu.get_cpu_capability()).lower()]


def gpus() -> dict[str, dict[str, Any]]:
    """Name and memory in bytes of each GPU that PyTorch can use, by device."""
    import torch

    names = ("free", "memory")
    return {
        f"cuda:{index}": {
            "name": torch.cuda.get_device_name(index),
            **dict(zip(names, torch.cuda.mem_get_info(index), strict=True)),
        }
        for index in range(torch.cuda.device_count())
    }


def idle_gpu() -> str | None:
    """A sentence if there is a GPU by NVIDIA that this PyTorch cannot use."""
    import torch

    if torch.cuda.is_available() or shutil.which("nvidia-smi") is None:
        return None
    if torch.version.cuda is None:
        return (
            f"there is a driver of NVIDIA, but torch {torch.__version__} is built without CUDA; install the "
            "build that pytorch.org names for it"
        )
    return f"torch {torch.__version__} is built for CUDA {torch.version.cuda}, but finds no GPU it can use"


def speed(device: str) -> dict[str, float]:
    """GFLOP/s of a product of two square matrices on a device, by type; well under a second for each."""
    import torch

    return {
        name: _speed(device, dtype)
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    }


def _speed(device: str, dtype: Any) -> float:
    import torch

    def seconds(size: int) -> float:
        a, b = (torch.randn(size, size).to(device, dtype) for _ in range(2))
        start = time.perf_counter()
        (a @ b)[0, 0].item()  # waits for a GPU
        return time.perf_counter() - start

    seconds(128)  # the first product loads the libraries
    return best_rate(seconds)


def best_rate(seconds: Callable[[int], float]) -> float:
    """GFLOP/s of the best product, of sizes eight times as costly each, until one takes over 20 ms at best.

    Args:
        seconds: what a product of two matrices of this size takes, once.
    """
    best = 0.0
    for size in (256, 512, 1024, 2048, 4096):
        least = min(seconds(size) for _ in range(3))
        best = max(best, 2 * size**3 / least / 1e9)
        if least > 0.02:
            break
    return best


def fit(config: Any, free: int) -> list[dict[str, Any]]:
    """What fits so many bytes by `FORMULA`, for weights in float32 and bfloat16.

    The largest base, in parameters; and of the base with this configuration the rows that are answered, and
    those that are trained on, together. 0 rows where the weights alone are too large.
    """
    room, parameters = SHARE * free, parameter_count(config)
    return [
        {
            "dtype": name,
            "largest base": int(room / size),
            "parameters": parameters,
            "rows answered": max(0, int((room - parameters * size) / answered_bytes(config, size))),
            "rows trained on": max(
                0, int((room - parameters * size - logit_bytes(config)) / trained_bytes(config, size))
            ),
        }
        for name, size in (("float32", 4), ("bfloat16", 2))
    ]


def parameter_count(config: Any) -> int:
    """Parameters of a base, counted without its weights."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        return sum(p.numel() for p in AutoModelForCausalLM.from_config(config).parameters())


def answered_bytes(config: Any, size: int) -> int:
    """Keys and values of one row, in numbers of `size` bytes."""
    config = config.get_text_config()
    heads = config.num_attention_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    shared = getattr(config, "num_key_value_heads", None) or heads
    return int(ANSWER_TOKENS * config.num_hidden_layers * 2 * shared * head * size)


def trained_bytes(config: Any, size: int) -> int:
    """What the backward pass through a frozen base needs of one row's activations."""
    config = config.get_text_config()
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    return int(TRAINING_TOKENS * config.num_hidden_layers * (8 * config.hidden_size + 4 * inner) * size)


def logit_bytes(config: Any) -> int:
    """Logits, their softmax and gradient, in float32."""
    return int(LOGITS_AT_ONCE * config.get_text_config().vocab_size * 12)
