"""The processes of one run: started by torchrun or accelerate launch beside each other, or one alone.

The trained parts are small and stay whole in every process (DDP). The frozen base may be sharded (FSDP2):
each process holds a share of the weights, and fetches a block's rest while that block computes. It needs no
gradients, so nothing of it is ever sent back: sharding costs one more all-gather of each block in each pass,
and saves all but 1 / processes of its memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.state import AcceleratorState
from accelerate.utils import gather_object
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from zhyper.encoders import Encoder
from zhyper.sites import decoder_path
from zhyper.train._state_checkpoints import process_count

PATIENCE = timedelta(hours=1)
"""How long a process waits for another one that still lives; many descriptions take long to encode."""


@contextmanager
def joined_processes() -> Iterator[PartialState]:
    """The place of this process among those that were started with it.

    A process group made here is taken down at the end.
    """
    ours = not torch.distributed.is_initialized()
    AcceleratorState._reset_state(reset_partial_state=True)
    state = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
    yield state
    if ours:
        state.destroy_process_group()


def check_launcher() -> None:
    """Raise ValueError if the launcher would have the trainer compute otherwise than the recipe says."""
    if (precision := os.environ.get("ACCELERATE_MIXED_PRECISION", "no")) != "no":
        raise ValueError(
            f"accelerate asks for mixed precision '{precision}', but a run computes as its recipe says; "
            "launch with --mixed_precision no, and set precision=bfloat16 to have the base in half the bytes"
        )


def check_processes(out: Path, state: PartialState) -> None:
    """Raise ValueError if the resumed run had another number of processes, which would draw otherwise.

    When this returns, no process looks at the folder any more for what was there before the run.
    """
    for folder in (out / "state").glob("checkpoint-*"):
        if (before := process_count(folder)) not in (0, state.num_processes):
            raise ValueError(
                f"{out} was started with {before} processes, but is resumed with {state.num_processes}; "
                "start as many"
            )
    state.wait_for_everyone()


def check_shares(shard_base: bool, state: PartialState) -> None:
    """Raise ValueError if the base is to be shared by the processes of a run that has only one."""
    if shard_base and state.num_processes == 1:
        raise ValueError(
            "shard_base is set in a run of one process; start several with torchrun or accelerate launch, or "
            "leave it out"
        )


def encode_together(
    encoder: Encoder, texts: Sequence[str], progress: Callable[..., Any], state: PartialState
) -> Tensor:
    """The embeddings [B, C] of B texts: each process encodes its share, and all get the same bytes."""
    # Texts are dealt out in turn, and the first ones again where the last round is short.
    world = state.num_processes
    rounds = -(-len(texts) // world)
    share = [texts[i % len(texts)] for i in range(state.process_index, rounds * world, world)]
    bar = progress if state.is_main_process else iter
    shares = gather_object([encoder.encode(share, bar, batched=True).cpu()])
    return torch.stack(shares, dim=1).flatten(0, 1)[: len(texts)]


def sharding_requested() -> bool:
    """Whether accelerate's configuration asks for FSDP (of either version) or DeepSpeed's ZeRO 3.

    From now on accelerate itself prepares nothing for them: they would shard what is trained, and not the
    base, which is outside of that. So ZeRO 1 and 2, which share out gradients and the optimiser's state
    alone, are plain DDP here.
    """
    fsdp, deepspeed = (
        os.environ.pop(f"ACCELERATE_USE_{name}", "false").lower() in ("true", "1")
        for name in ("FSDP", "DEEPSPEED")
    )
    return fsdp or (deepspeed and _zero_stage() == 3)


def _zero_stage() -> int:
    """DeepSpeed's stage, of its configuration file or of accelerate's own settings."""
    file = os.environ.get("ACCELERATE_DEEPSPEED_CONFIG_FILE", "none")
    if file == "none":
        return int(os.environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE", "2"))
    return int(
        json.loads(Path(file).read_text(encoding="utf-8")).get("zero_optimization", {}).get("stage", 0)
    )


def shard(base: Any, state: PartialState) -> None:
    """Split the base's weights among all processes, block by block; the rest is one more piece."""
    mesh = init_device_mesh(state.device.type, (state.num_processes,))
    for block in base.get_submodule(decoder_path(base)[0]):
        fully_shard(block, mesh=mesh)
    fully_shard(base, mesh=mesh)
