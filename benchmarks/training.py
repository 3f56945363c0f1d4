"""One optimiser step of Zhyper-diag against that of a PEFT LoRA with Transformers' own loss on the same rows.

Time is taken on batches of several shapes, all runs in turn in one process; our step holds the hypernetwork's
own two passes and its share of the optimiser. Peak memory of a step is measured for each switch that changes
it, in a process of its own.
Targets: on no batch slower than the peer.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import statistics
import subprocess
import sys
from collections.abc import Callable

import psutil
import torch
from _machine import in_turn, ratio, report
from peft import LoraConfig, get_peft_model

from zhyper.data import IGNORED
from zhyper.model import only_at
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftModule
from zhyper.weights import load_base

Step = Callable[[], object]
ALL_AT_ONCE = 1_000_000
SHAPES = ((1, 16, 4), (4, 24, 4), (24, 24, 4), (8, 128, 64), (2, 256, 255))
"""Rows, tokens of each, and how many of them are the answer."""
SWITCHES = {
    "as it is": {},
    "gradient checkpointing": {"checkpointing": True},
    "bfloat16 base": {"dtype": torch.bfloat16},
    "8-bit base": {"bits": 8},
    "4-bit base": {"bits": 4},
    "4-bit base, gradient checkpointing": {"bits": 4, "checkpointing": True},
    "logits of all answer tokens at once": {"at_once": ALL_AT_ONCE},
    "PEFT LoRA, logits of the answer tokens": {"peer": "answer"},
    "PEFT LoRA, Transformers' loss": {"peer": "all"},
}


def batch(rows: int, tokens: int, answer: int) -> dict[str, torch.Tensor]:
    """Rows that end in their answer."""
    ids = torch.randint(100, 40_000, (rows, tokens), generator=torch.Generator().manual_seed(0))
    labels = ids.clone()
    labels[:, : tokens - answer] = IGNORED
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}


def zhyper(
    rank: int,
    bits: int | None = None,
    dtype: torch.dtype = torch.float32,
    checkpointing: bool = False,
    at_once: int = 256,
) -> Callable[..., Step]:
    """Makes steps under one context for each row."""
    machine = TextToAdapter.untrained(GeneratorSpec(rank=rank), "cpu", dtype, bits=bits)
    if dtype == torch.bfloat16:
        machine.model.base.set_attn_implementation("eager")  # as training does on a CPU
    if checkpointing:
        machine.model.checkpoint_gradients()
    module = SftModule(machine, logits_at_once=at_once).train()
    optimizer = _optimizer(module)

    def of(*shape: int) -> Step:
        rows, embeddings = (
            batch(*shape),
            machine.encoder.encode([f"Description number {i}" for i in range(shape[0])]),
        )
        return _step(module, optimizer, lambda: module(**rows, embeddings=embeddings).losses_N.mean())

    return of


def peft(rank: int, peer: str = "all") -> Callable[..., Step]:
    """Makes steps of a PEFT LoRA with Transformers' loss of all logits, or of answer tokens alone."""
    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"
    )
    model = get_peft_model(load_base("smollm2-135m")[0], config).train()
    optimizer = _optimizer(model)

    def of(*shape: int) -> Step:
        rows = batch(*shape)
        labels = rows["labels"]
        before = torch.nn.functional.pad(labels[:, 1:], (0, 1), value=IGNORED) != IGNORED

        def loss_of_answers() -> torch.Tensor:
            with only_at(model.get_output_embeddings(), before):
                logits = model(
                    input_ids=rows["input_ids"], attention_mask=rows["attention_mask"], use_cache=False
                ).logits[0]
            return torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][before[:, :-1]])

        return _step(
            model,
            optimizer,
            loss_of_answers if peer == "answer" else lambda: model(**rows, use_cache=False).loss,
        )

    return of


def _optimizer(module: torch.nn.Module) -> torch.optim.Optimizer:
    """AdamW as the Transformers trainer makes it."""
    return torch.optim.AdamW([p for p in module.parameters() if p.requires_grad], lr=1e-4, fused=True)


def _step(
    module: torch.nn.Module, optimizer: torch.optim.Optimizer, loss: Callable[[], torch.Tensor]
) -> Step:
    trained = [p for p in module.parameters() if p.requires_grad]

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()

    return step


def peak(args: argparse.Namespace, switch: str) -> dict[str, float]:
    """MiB that a process holds between its steps, and by how much a step raises that at most."""
    command = [
        sys.executable,
        __file__,
        "--switch",
        switch,
        "--shape",
        *map(str, args.shape),
        f"--rank={args.rank}",
    ]
    mebibytes: dict[str, float] = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )
    return mebibytes


def print_peak(args: argparse.Namespace) -> None:
    """The child's side of `peak`."""
    chosen = SWITCHES[args.switch]
    step, process = (peft if "peer" in chosen else zhyper)(args.rank, **chosen)(*args.shape), psutil.Process()
    step()  # reads the whole base from its file, and makes the optimiser's state
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # gives back what loading left behind
    with open("/proc/self/clear_refs", "w") as control:  # resets the peak to what is held now
        control.write("5")
    before = process.memory_info().rss
    for _ in range(2):
        step()
    with open("/proc/self/status") as status:
        most = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({"held": before / 2**20, "step": (most - before) / 2**20}))


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--rank", type=int, default=8)
    options.add_argument(
        "--shape",
        type=int,
        nargs=3,
        default=(8, 256, 192),
        help="rows, tokens and answer tokens for the memory",
    )
    options.add_argument("--switch", choices=list(SWITCHES), help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.switch:
        print_peak(args)
        return
    makers = {
        "ours": zhyper(args.rank),
        "answer logits": peft(args.rank, "answer"),
        "all logits": peft(args.rank),
    }
    times, ratios = {}, {}
    for shape in SHAPES:
        name = "x".join(map(str, shape))
        times[name] = in_turn({maker: of(*shape) for maker, of in makers.items()}, args.rounds)
        ratios[name] = {peer: ratio(times[name], "ours", peer) for peer in ("answer logits", "all logits")}
        print(name, ratios[name], file=sys.stderr, flush=True)  # what an interrupted run has measured
    table = [
        (
            "rows x tokens x answer",
            "ours, median s",
            "/ PEFT LoRA",
            "/ PEFT LoRA with logits of the answers alone",
        )
    ]
    for name, ratio_of in ratios.items():
        table.append(
            (
                name,
                f"{statistics.median(times[name]['ours']):.3f}",
                f"{ratio_of['all logits']:.3f}",
                f"{ratio_of['answer logits']:.3f}",
            )
        )
    memory = {}
    for switch in SWITCHES:
        memory[switch] = peak(args, switch)
        print(switch, memory[switch], file=sys.stderr, flush=True)
    table.append(("memory", "held between steps, MiB", "a step above it, MiB", ""))
    table += [(switch, f"{m['held']:.0f}", f"{m['step']:.0f}", "") for switch, m in memory.items()]
    report("training", table, {"time": ratios, "memory": memory, "settings": vars(args)})


if __name__ == "__main__":
    main()
