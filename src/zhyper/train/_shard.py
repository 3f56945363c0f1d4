"""The frozen base in pieces: each process holds its share of the weights and fetches a block's rest while that block computes (FSDP2).

The trained parts are small and stay whole in every process, as DDP wants them. The base needs no gradients, so nothing of it is
ever sent back: sharding costs one more all-gather of each block in each pass, and saves all but 1 / processes of its memory.
"""

from __future__ import annotations

import os
from typing import Any

from accelerate import PartialState
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from zhyper.sites import decoder_path


def asked_by_accelerate() -> bool:
    """Whether accelerate's configuration asks for FSDP (of either version); from now on accelerate itself prepares nothing for it.

    It would shard what is trained, and the base, which is outside of that, not at all.
    """
    return os.environ.pop("ACCELERATE_USE_FSDP", "false").lower() in ("true", "1")


def shard(base: Any, state: PartialState) -> None:
    """Split the base's weights among all processes, block by block; what is outside of the blocks is one further piece."""
    mesh = init_device_mesh(state.device.type, (state.num_processes,))
    for block in base.get_submodule(decoder_path(base)[0]):
        fully_shard(block, mesh=mesh)
    fully_shard(base, mesh=mesh)
