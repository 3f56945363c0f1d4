"""Rows a second of an evaluation by log-likelihood, against lm-eval's `hf` model with a PEFT adapter.

    python benchmarks/evaluation.py --data BENCHMARKS [--rows 8] [--contexts 12] [--rounds 3]

For one context both score the same rows in one process, in turn; for several contexts ours scores all of them
in one run, and lm-eval runs once for each, with one base in memory and only the adapter's weights exchanged
(starting a process for each would cost it a minute more every time). Before each, nothing is cached.
Largest differences of a likelihood show that both compute the same.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from _machine import in_turn, ratio, report
from peft import PeftModel

from zhyper.data import BENCHMARKS, benchmark_files
from zhyper.distance import FarContextWarning
from zhyper.evaluate import harness
from zhyper.evaluate._store import Store
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import load_base


def scored(model: Any, tasks: dict[str, Any], rows: dict[str, list[int]]) -> list[float]:
    """Every likelihood of a run, in order."""
    logprobs: list[float] = []
    ask = model._loglikelihood_tokens

    def listening(*args: Any, **named: Any) -> Any:
        out = ask(*args, **named)
        logprobs.extend(logprob for logprob, _ in out)
        return out

    model._loglikelihood_tokens = listening
    try:
        harness.scores(model, tasks, rows)
    finally:
        del model._loglikelihood_tokens
    return logprobs


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--rows", type=int, default=8, help="of each benchmark")
    options.add_argument("--contexts", type=int, default=12)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--batch-size", type=int, default=16, help="the same for both")
    options.add_argument("--only", action="append", help="only this benchmark; may be repeated")
    args = options.parse_args()
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore", FarContextWarning)
    machine = TextToAdapter.load()
    names = args.only or [name for name, benchmark in BENCHMARKS.items() if benchmark.harness]
    tasks = harness.local_tasks(
        {name: files[0] for name, files in benchmark_files(args.data).items() if name in names}
    )
    rows = {name: list(range(args.rows)) for name in tasks["tasks"]}
    texts = [f"Answer question number {i} of the quiz." for i in range(args.contexts)]
    base, _ = load_base(machine.spec.base)
    with tempfile.TemporaryDirectory() as folder:
        for i, text in enumerate(texts):
            machine.adapter(text).save(Path(folder) / f"a{i}")
        peft = PeftModel.from_pretrained(base, str(Path(folder) / "a0"), adapter_name="a0").eval()
        for i in range(1, len(texts)):
            peft.load_adapter(str(Path(folder) / f"a{i}"), adapter_name=f"a{i}")
    wrapped = harness.HFLM(
        pretrained=base, tokenizer=machine.tokenizer, backend="causal", batch_size=args.batch_size
    )
    wrapped._model = peft

    def theirs(contexts: int) -> list[float]:
        logprobs: list[float] = []
        for i in range(contexts):
            peft.set_adapter(f"a{i}")
            logprobs += scored(wrapped, tasks, rows)
        return logprobs

    def ours(contexts: int) -> list[float]:
        plans = [partial(lambda text, request: text, text) for text in texts[:contexts]]
        model = harness.ConditionedLM(machine, args.batch_size, ahead=plans, store=Store())
        logprobs: list[float] = []
        for plan in plans:
            model.describe = plan
            logprobs += scored(model, tasks, rows)
        return logprobs

    difference = max(abs(a - b) for a, b in zip(ours(1), theirs(1), strict=True))
    one = in_turn({"ours": partial(ours, 1), "theirs": partial(theirs, 1)}, args.rounds)
    start = time.perf_counter()
    several_ours = ours(args.contexts)
    middle = time.perf_counter()
    several_theirs = theirs(args.contexts)
    end = time.perf_counter()
    difference = max(difference, *(abs(a - b) for a, b in zip(several_ours, several_theirs, strict=True)))
    speedup_one, speedup_several = ratio(one, "theirs", "ours"), (end - middle) / (middle - start)
    count = sum(map(len, rows.values()))
    table = [
        ("contexts", "rows", "ours, rows/s", "lm-eval hf + PEFT, rows/s", "times as fast"),
        (
            "1",
            str(count),
            f"{count / min(one['ours']):.2f}",
            f"{count / min(one['theirs']):.2f}",
            f"{speedup_one:.2f}",
        ),
        (str(args.contexts), str(count * args.contexts), f"{count * args.contexts / (middle - start):.2f}",
         f"{count * args.contexts / (end - middle):.2f}", f"{speedup_several:.2f}"),
    ]  # fmt: skip
    facts = {
        "rows": count,
        "contexts": args.contexts,
        "batch_size": args.batch_size,
        "benchmarks": sorted(rows),
        "one": speedup_one,
    }
    report(
        "evaluation",
        table,
        {
            **facts,
            "several": speedup_several,
            "largest_difference": difference,
            "threads": torch.get_num_threads(),
        },
    )


if __name__ == "__main__":
    main()
