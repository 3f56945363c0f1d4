"""The processes of one run: started by torchrun or accelerate launch beside each other, or one alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.state import AcceleratorState
from accelerate.utils import gather
from torch import Tensor

from zhyper.encoders import Encoder
from zhyper.train._keeping import processes

PATIENCE = timedelta(hours=1)
"""How long a process waits for another one that still lives; descriptions of a large run take long to encode."""


@contextmanager
def joined() -> Iterator[PartialState]:
    """The place of this process among those that were started with it; a process group made here is taken down at the end."""
    ours = not torch.distributed.is_initialized()
    AcceleratorState._reset_state(reset_partial_state=True)
    state = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
    yield state
    if ours:
        state.destroy_process_group()


def check_launcher() -> None:
    """Raise ValueError if the launcher would have the trainer compute in other numbers than the recipe says."""
    if (asked := os.environ.get("ACCELERATE_MIXED_PRECISION", "no")) != "no":
        raise ValueError(
            f"accelerate asks for mixed precision '{asked}', but a run computes as its recipe says; "
            "launch with --mixed_precision no, and set precision=bfloat16 if the base should be in half the bytes"
        )


def check_processes(out: Path, state: PartialState) -> None:
    """Raise ValueError if a run that is resumed was started with another number of processes, which share out and draw otherwise.

    When this returns, no process looks at the folder any more for what was there before the run.
    """
    for folder in (out / "state").glob("checkpoint-*"):
        if (before := processes(folder)) not in (0, state.num_processes):
            raise ValueError(
                f"{out} was started with {before} processes, but {state.num_processes} came; resume it with as many"
            )
    state.wait_for_everyone()


def encode_together(
    encoder: Encoder, texts: Sequence[str], progress: Callable[..., Any], state: PartialState
) -> Tensor:
    """Embeddings [B, C] of B texts: each process encodes its share, and all get the same bytes."""
    if (world := state.num_processes) == 1:
        return encoder.encode(texts, progress, batched=True)
    rounds = -(-len(texts) // world)
    own = [texts[i % len(texts)] for i in range(state.process_index, rounds * world, world)]
    vectors = encoder.encode(own, progress if state.is_main_process else iter, batched=True).to(state.device)
    gathered: Tensor = gather(vectors)
    ordered: Tensor = gathered.unflatten(0, (world, rounds)).transpose(0, 1).flatten(0, 1)[: len(texts)]
    return ordered.cpu()
