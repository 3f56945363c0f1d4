"""How long a description that nobody asked before takes to its first token, and what of it takes how long.

One request at a time, each under a new description, on zhyper's engine and, where its Python is named
(`--python` or `ZHYPER_VLLM_PYTHON`), on vLLM with the plugin. Prints medians in milliseconds:

encode          the sentence encoder embeds the description
generate        the hypernetwork makes the context of it
write and load  the context is written as a PEFT folder, which vLLM loads, and all else that a new name costs
first token     the prompt is read and the first token chosen; HTTP included for vLLM
all             what the client waits

vLLM's API process cannot be looked into: `encode` and `generate` are timed here before vLLM runs, in the
functions that the plugin calls, with the generator loaded as the plugin loads it; `first token` is the wait
of a second request under the same description (vLLM keeps no prefixes here); `write and load` is what is left
of the first one's. It needs a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import torch
from _engines import answer, contexts_in, serving
from _machine import report
from _vllm import PYTHON, VllmServer, first_token

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.data import prompt_tokens
from zhyper.distance import FarContextWarning
from zhyper.encoders import LAST_TOKEN
from zhyper.serve import ContextQuery, Request, Sampling
from zhyper.serve.contexts import LOCAL
from zhyper.serve.vllm._adapters import ModelThread
from zhyper.text_to_adapter import TextToAdapter

PROMPT = "What is a good breakfast?"
STEPS = ("encode", "generate", "write and load", "first token", "all")
Times = dict[str, float]
"""Seconds of each step."""


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--python", default=os.environ.get(PYTHON), help="of an environment with vLLM and zhyper"
    )
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--descriptions", type=int, default=20, help="new ones, for each engine")
    options.add_argument("--threads", type=int, default=1, help="that compute, in each engine")
    args = options.parse_args()
    if min(args.descriptions, args.threads) < 1:
        options.error("all numbers must be at least 1")
    warnings.simplefilter("ignore", FarContextWarning)
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as scratch:
        engines = {"zhyper": asyncio.run(_zhyper(args, Path(scratch)))}
        if args.python:
            engines["vllm"] = asyncio.run(_vllm(args, Path(scratch)))
        else:
            print(f"vllm is left out: name the Python of its environment by --python or {PYTHON}")
    medians = {
        name: {step: statistics.median(t[step] for t in times) for step in STEPS if step in times[0]}
        for name, times in engines.items()
    }
    rows = [("step", *(f"{name}, ms" for name in medians))]
    for step in STEPS:
        cells = (f"{each[step] * 1000:.1f}" if step in each else "-" for each in medians.values())
        rows.append((step, *cells))
    facts = {name: {step: round(s * 1000, 2) for step, s in each.items()} for name, each in medians.items()}
    settings = {key: value for key, value in vars(args).items() if key != "python"}
    report("first_token", rows, {"milliseconds": facts, "settings": settings})


def _new() -> str:
    """A description that is in no cache, neither in memory nor on disk."""
    return f"Answer with the word {secrets.token_hex(4)}."


class Watch:
    """Times the encoder and the hypernetwork of a machine wherever they are called."""

    def __init__(self, machine: TextToAdapter) -> None:
        self._seconds: Times = {}
        for step, owner, name in (
            ("encode", machine.encoder, "encode"),
            ("generate", machine.hypernet, "forward"),
        ):
            setattr(owner, name, self._timed(step, getattr(owner, name)))

    def take(self) -> Times:
        """The seconds since the last time."""
        taken, self._seconds = self._seconds, {}
        return taken

    def _timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - start

        return timed


async def _zhyper(args: argparse.Namespace, scratch: Path) -> list[Times]:
    """Steps of zhyper's engine; whatever is neither encoding nor generating is the first token's."""
    machine = TextToAdapter.load(args.checkpoint, device="cpu")
    ids = prompt_tokens(machine.tokenizer, PROMPT, machine.spec.chat_template)
    watch, rows = Watch(machine), []
    with serving(machine, 1, scratch / "bank") as (engine, contexts):
        for _ in _rounds(args.descriptions):
            start = time.perf_counter()
            applied = await contexts.resolve(ContextQuery(text=_new()), LOCAL)
            sampling = Sampling(max_tokens=1, temperature=0)
            await answer(engine, Request(tokens=ids, modulation=applied.modulation, sampling=sampling))
            whole, steps = time.perf_counter() - start, watch.take()
            rows.append({**steps, "first token": whole - sum(steps.values()), "all": whole})
    return rows[1:]


async def _vllm(args: argparse.Namespace, scratch: Path) -> list[Times]:
    """Steps of vLLM with the plugin."""
    settings = {"CHECKPOINT": args.checkpoint, "STORE": scratch / "store", "BANK": scratch / "bank of vllm"}
    variables = {f"ZHYPER_VLLM_{name}": str(value) for name, value in settings.items()}
    variables["OMP_NUM_THREADS"] = str(args.threads)
    options, rows = ("--no-enable-prefix-caching",), []
    with _plugin(args.checkpoint, scratch) as make:
        made = [await make() for _ in _rounds(args.descriptions)]
    with VllmServer(args.python, scratch / "vllm.log", variables, options) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=None) as client:
            for steps, _ in zip(made, _rounds(args.descriptions), strict=True):
                model = f"zhyper/{_new()}"
                new, again = [await first_token(client, model, PROMPT) for _ in ("new", "again")]
                rest = new - again - sum(steps.values())
                rows.append({**steps, "write and load": rest, "first token": again, "all": new})
    return rows[1:]


@contextlib.contextmanager
def _plugin(checkpoint: str, scratch: Path) -> Iterator[Callable[[], Awaitable[Times]]]:
    """What makes a context as the plugin does in vLLM's API process, and tells the seconds of each step."""
    spec = read_card(find_checkpoint(checkpoint))["spec"]
    machine = TextToAdapter.load(checkpoint, device="cpu" if spec.encoder == LAST_TOKEN else "meta")
    thread, watch = ModelThread(), Watch(machine)
    with contextlib.closing(thread), contexts_in(scratch / "bank of the plugin", machine, thread) as contexts:

        async def make() -> Times:
            await contexts.adapter(ContextQuery(text=_new()), LOCAL)
            return watch.take()

        yield make


def _rounds(count: int) -> Iterator[int]:
    """As many rounds and one before, which warms up."""
    for place in range(count + 1):
        print(f"\r{place} of {count}", end="" if place < count else "\n", file=sys.stderr)
        yield place


if __name__ == "__main__":
    main()
