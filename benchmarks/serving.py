"""Decoding 32 rows under 32 contexts in the server's engine, against 32 rows of the bare base, and PEFT.

All in one run, in turn; prints medians and round-by-round ratios of throughput (tokens generated in a second,
short prompts included).
Targets: at least 0.9x of the bare base in the same engine and in Transformers' own `generate`; faster than
PEFT's `generate` with 32 adapters through `adapter_names`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _machine import in_turn, ratio, report
from peft import PeftModel

from zhyper.distance import FarContextWarning
from zhyper.modulation import Modulation
from zhyper.serve import Engine, Request, Sampling
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import load_base


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--rows", type=int, default=32)
    options.add_argument("--prompt", type=int, default=16, help="tokens of each prompt")
    options.add_argument("--tokens", type=int, default=48, help="tokens generated in each row")
    options.add_argument("--rounds", type=int, default=5)
    args = options.parse_args()

    warnings.simplefilter("ignore", FarContextWarning)
    machine = TextToAdapter.load(args.checkpoint)
    texts = [f"Description number {i}" for i in range(args.rows)]
    prompts = torch.randint(100, 40_000, (args.rows, args.prompt), generator=torch.Generator().manual_seed(0))
    contexts = machine.modulation(texts)
    many = _peft(machine, texts)
    bare = load_base(machine.spec.base)[0]
    engine = Engine(machine, rows=args.rows)
    engine.start()

    ends = machine.model.base.generation_config.eos_token_id
    never = dict.fromkeys(
        ends if isinstance(ends, list) else [ends], -1e9
    )  # as min_new_tokens does in `generate`

    def ours(modulation: Modulation | None, **more: Any) -> Callable[[], list[list[int]]]:
        return lambda: _answers(
            engine,
            prompts,
            modulation,
            Sampling(max_tokens=args.tokens, temperature=0, ignore_end=True, **more),
        )

    def theirs(model: torch.nn.Module, **named: object) -> Callable[[], list[list[int]]]:
        length = {"max_new_tokens": args.tokens, "min_new_tokens": args.tokens, "do_sample": False}
        inputs = {
            "input_ids": prompts,
            "attention_mask": torch.ones_like(prompts),
            "pad_token_id": machine.tokenizer.pad_token_id,
        }
        return lambda: model.generate(**inputs, **length, **named)[:, args.prompt :].tolist()  # type: ignore[operator]

    runs = {
        "zhyper engine, 32 contexts": ours(contexts),
        "zhyper engine, bare base": ours(None),
        "generate, bare base": theirs(bare),
        "PEFT generate, 32 adapters": theirs(many, adapter_names=[str(i) for i in range(args.rows)]),
    }
    with torch.no_grad():
        equal = {
            "tokens equal to PEFT's": _share(
                ours(contexts, top_logprobs=0, logit_bias=never)(), runs["PEFT generate, 32 adapters"]()
            ),
            "tokens equal to generate's": _share(
                ours(None, top_logprobs=0, logit_bias=never)(), runs["generate, bare base"]()
            ),
        }
        seconds = in_turn(runs, args.rounds)
    engine.close()

    count = args.rows * args.tokens
    first, *others = seconds
    ratios = {other: ratio(seconds, other, first) for other in others}
    rows = [
        ("decoding", "tokens/s", "ours / its throughput"),
        (first, f"{count / statistics.median(seconds[first]):.1f}", "1.000"),
    ]
    rows += [
        (other, f"{count / statistics.median(seconds[other]):.1f}", f"{ratios[other]:.3f}")
        for other in others
    ]
    report("serving", rows, {"throughput_ratios": ratios, **equal, "settings": vars(args)})


def _peft(machine: TextToAdapter, texts: list[str]) -> torch.nn.Module:
    """The base with one PEFT adapter for each text."""
    with tempfile.TemporaryDirectory() as scratch:
        for i, text in enumerate(texts):
            machine.adapter(text).save(Path(scratch) / str(i))
        model = PeftModel.from_pretrained(
            load_base(machine.spec.base)[0], Path(scratch) / "0", adapter_name="0"
        ).eval()
        for i in range(1, len(texts)):
            model.load_adapter(Path(scratch) / str(i), adapter_name=str(i))
    return model


def _answers(
    engine: Engine, prompts: torch.Tensor, modulation: Modulation | None, sampling: Sampling
) -> list[list[int]]:
    """The generated tokens of each row; all rows are submitted at once."""
    ended, chosen = threading.Semaphore(0), [list[int]() for _ in prompts]

    def take(place: int, piece: object) -> None:
        chosen[place] += [token.id for token in piece.tokens]  # type: ignore[attr-defined]
        if piece.finish:  # type: ignore[attr-defined]
            ended.release()

    requests = [
        Request(
            tokens=row.tolist(),
            modulation=None if modulation is None else modulation.at([i]),
            sampling=sampling,
        )
        for i, row in enumerate(prompts)
    ]
    engine.submit(requests, take)
    for _ in prompts:
        ended.acquire()
    return chosen


def _share(ours: list[list[int]], theirs: list[list[int]]) -> float:
    """The share of rows whose tokens are the same to the last."""
    return statistics.mean(a == b for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
