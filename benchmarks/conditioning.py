"""Forward pass of 32 rows under 32 contexts, against the bare base, PEFT with one LoRA, and with 32 adapters.

All in one run, in turn; prints medians and round-by-round ratios. Targets: at most 1.10x of the bare base, at
most 1.02x of one LoRA, faster than 32 adapters through `adapter_names`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import torch
from _machine import in_turn, ratio, report
from peft import PeftModel

from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=32)
    options.add_argument("--tokens", type=int, default=32)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--adapter", default="zhyper-diag")
    options.add_argument("--rank", type=int, default=8)
    args = options.parse_args()

    machine = TextToAdapter.untrained(GeneratorSpec(adapter=args.adapter, rank=args.rank))
    with torch.no_grad():
        for parameter in machine.adapter_weights.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    texts = [f"Description number {i}" for i in range(args.rows)]
    contexts = machine.modulation(texts)
    ids = torch.randint(100, 40_000, (args.rows, args.tokens), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    positions = torch.arange(args.tokens)[None].expand_as(ids)

    with tempfile.TemporaryDirectory() as scratch:
        for i, text in enumerate(texts):
            machine.adapter(text).save(Path(scratch) / str(i))
        one = PeftModel.from_pretrained(_fresh_base(), Path(scratch) / "0", adapter_name="0").eval()
        many = PeftModel.from_pretrained(_fresh_base(), Path(scratch) / "0", adapter_name="0").eval()
        for i in range(1, args.rows):
            many.load_adapter(Path(scratch) / str(i), adapter_name=str(i))
    names = [str(i) for i in range(args.rows)]
    inputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": positions,
        "use_cache": False,
        "logits_to_keep": 1,
    }

    def ours() -> torch.Tensor:
        with machine.model.under(contexts) as base:
            return base(**inputs).logits

    with torch.no_grad():
        torch.testing.assert_close(ours(), many(**inputs, adapter_names=names).logits, atol=1e-3, rtol=0)
        seconds = in_turn(
            {
                "zhyper, 32 contexts": ours,
                "bare base": lambda: machine.model.base(**inputs),
                "PEFT, one LoRA": lambda: one(**inputs),
                "PEFT, 32 adapters": lambda: many(**inputs, adapter_names=names),
            },
            args.rounds,
        )
    first, *others = seconds
    ratios = {other: ratio(seconds, first, other) for other in others}
    rows = [
        ("forward", "median s", "ours / it"),
        (first, f"{statistics.median(seconds[first]):.3f}", "1.000"),
    ]
    rows += [(o, f"{statistics.median(seconds[o]):.3f}", f"{ratios[o]:.3f}") for o in others]
    report("conditioning", rows, {"ratios": ratios, "settings": vars(args)})


def _fresh_base() -> torch.nn.Module:
    from zhyper.weights import load_base

    return load_base("smollm2-135m")[0]


if __name__ == "__main__":
    main()
