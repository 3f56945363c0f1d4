"""One optimiser step of Zhyper-diag against the same step of a PEFT LoRA: same rows, rank, projections and optimiser.

The peer that counts computes logits where ours does, at the positions of the answer; beside it stands a PEFT LoRA with the model's own
loss, which computes all of them. All run in turn in one process; peak memory is measured in one process each. Target: at most 1.10x
in time and in memory.
"""

from __future__ import annotations

import argparse
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


def batch(args: argparse.Namespace) -> dict[str, torch.Tensor]:
    """Rows whose second half is the answer."""
    ids = torch.randint(100, 40_000, (args.rows, args.tokens), generator=torch.Generator().manual_seed(0))
    labels = ids.clone()
    labels[:, : args.tokens // 2] = IGNORED
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}


def zhyper_step(args: argparse.Namespace) -> Step:
    """A step under one context for each row, the hypernetwork's own forward and backward pass included."""
    machine = TextToAdapter.untrained(GeneratorSpec(rank=args.rank))
    module, rows = SftModule(machine).train(), batch(args)
    contexts = machine.encoder.encode([f"Description number {i}" for i in range(args.rows)])
    return _step(module, lambda: module(**rows, contexts=contexts).losses_N.mean())


def peft_step(args: argparse.Namespace) -> Step:
    """The same step of one PEFT LoRA, with the same logits computed."""
    model, rows = _lora(args), batch(args)
    labels = rows["labels"]
    before = torch.nn.functional.pad(labels[:, 1:], (0, 1), value=IGNORED) != IGNORED

    def loss() -> torch.Tensor:
        with only_at(model.get_output_embeddings(), before):
            logits = model(input_ids=rows["input_ids"], attention_mask=rows["attention_mask"], use_cache=False).logits[0]
        return torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][before[:, :-1]])

    return _step(model, loss)


def plain_peft_step(args: argparse.Namespace) -> Step:
    """The same step of one PEFT LoRA, with Transformers' own loss over all positions."""
    model, rows = _lora(args), batch(args)
    return _step(model, lambda: model(**rows, use_cache=False).loss)


def _lora(args: argparse.Namespace) -> torch.nn.Module:
    config = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    return get_peft_model(load_base("smollm2-135m")[0], config).train()


STEPS = {"zhyper": zhyper_step, "PEFT LoRA": peft_step, "PEFT LoRA, all logits": plain_peft_step}


def _step(module: torch.nn.Module, loss: Callable[[], torch.Tensor]) -> Step:
    optimizer = torch.optim.AdamW([p for p in module.parameters() if p.requires_grad], lr=1e-4)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()

    return step


def peak_growth(args: argparse.Namespace, name: str) -> float:
    """MiB by which the process's memory peaks during three steps, above what it held before them."""
    command = [sys.executable, __file__, "--peak", name, f"--rows={args.rows}", f"--tokens={args.tokens}", f"--rank={args.rank}"]
    return float(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]))


def print_peak(args: argparse.Namespace) -> None:
    """The child's side of `peak_growth`."""
    step, process = STEPS[args.peak](args), psutil.Process()
    with open("/proc/self/clear_refs", "w") as control:  # resets the peak to what is held now
        control.write("5")
    before = process.memory_info().rss
    for _ in range(3):
        step()
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps((peak - before) / 2**20))


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=8)
    options.add_argument("--tokens", type=int, default=128)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--rank", type=int, default=8)
    options.add_argument("--peak", choices=list(STEPS), help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.peak:
        print_peak(args)
        return
    seconds = in_turn({name: make(args) for name, make in STEPS.items()}, args.rounds)
    memory = {name: peak_growth(args, name) for name in STEPS}
    ours, *peers = STEPS
    ratios = {peer: {"time": ratio(seconds, ours, peer), "memory": memory[ours] / memory[peer]} for peer in peers}
    rows = [("optimiser step", "median s", "peak MiB", "ours / it, time", "memory")]
    rows += [(ours, f"{statistics.median(seconds[ours]):.3f}", f"{memory[ours]:.0f}", "1.000", "1.000")]
    for peer in peers:
        figures = (f"{ratios[peer][what]:.3f}" for what in ("time", "memory"))
        rows.append((peer, f"{statistics.median(seconds[peer]):.3f}", f"{memory[peer]:.0f}", *figures))
    report("training", rows, {"ratios": ratios, "settings": vars(args)})


if __name__ == "__main__":
    main()
