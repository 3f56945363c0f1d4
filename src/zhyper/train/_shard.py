"""The frozen base in pieces: each process holds its share of the weights and fetches a block's rest while that block computes (FSDP2).

The trained parts are small and stay whole in every process, as DDP wants them. The base needs no gradients, so nothing of it is
ever sent back: sharding costs one more all-gather of each block in each pass, and saves all but 1 / processes of its memory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from accelerate import PartialState
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from zhyper.sites import decoder_path


def asked_by_accelerate() -> bool:
    """Whether accelerate's configuration asks for FSDP (of either version) or DeepSpeed's ZeRO 3.

    From now on accelerate itself prepares nothing for them: they would shard what is trained, and the base, which is outside of that,
    not at all. For the same reason ZeRO 1 and 2, which share out gradients and the optimiser's state alone, are plain DDP here.
    """
    fsdp, deepspeed = (
        os.environ.pop(f"ACCELERATE_USE_{name}", "false").lower() in ("true", "1")
        for name in ("FSDP", "DEEPSPEED")
    )
    return fsdp or (deepspeed and _zero_stage() == 3)


def _zero_stage() -> int:
    """DeepSpeed's stage, of its configuration file or of accelerate's own settings."""
    file = os.environ.get("ACCELERATE_DEEPSPEED_CONFIG_FILE", "none")
    if file != "none":
        found = (
            json.loads(Path(file).read_text(encoding="utf-8")).get("zero_optimization", {}).get("stage", 0)
        )
    else:
        found = os.environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE", "2")
    return int(found)


def shard(base: Any, state: PartialState) -> None:
    """Split the base's weights among all processes, block by block; what is outside of the blocks is one further piece."""
    mesh = init_device_mesh(state.device.type, (state.num_processes,))
    for block in base.get_submodule(decoder_path(base)[0]):
        fully_shard(block, mesh=mesh)
    fully_shard(base, mesh=mesh)
