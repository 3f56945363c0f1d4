"""Whether other engines answer as zhyper's own export says: greedy answers of prompts under descriptions.

Starts vLLM with zhyper's plugin (the Python of its environment is `--python` or `ZHYPER_VLLM_PYTHON`), asks
every prompt under every description, `--clients` at a time, and judges each token by PEFT's logits with the
adapter that vLLM read: an answer is the same if each token has the largest logit, and tied if each is within
1e-3 of it. Prints a table and one JSON line; ends with exit code 1 if an answer differs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
from _machine import report
from _vllm import PYTHON, TIE, Reference, VllmServer, ask

from zhyper.data import descriptions_of
from zhyper.text_to_adapter import TextToAdapter

WORDS = (
    *("elephant", "France", "hot", "go", "house", "happy", "seven", "Paris", "light", "bicycle"),
    *("teacher", "cold", "apple", "run", "city", "big", "dog", "red"),
)
FORMS = ("{}", "Tell me about {}.", "What is {}?", "{}, please", "Write a sentence with the word {}.")
Answers = dict[tuple[str, str], tuple[list[int], list[int]]]
"""The tokens of prompt and answer, by description and prompt."""


def main() -> None:
    """Compare."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--python", default=os.environ.get(PYTHON), help="of an environment with vLLM and zhyper"
    )
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--prompts", type=int, default=50)
    options.add_argument("--descriptions", type=int, default=8)
    options.add_argument("--tokens", type=int, default=16)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument(
        "--log", type=Path, help="file of the server's log; without it in a temporary folder"
    )
    args = options.parse_args()
    if not args.python:
        sys.exit(f"error: which Python has vLLM? Give --python, or set {PYTHON}")
    machine = TextToAdapter.load(args.checkpoint)
    texts = [shipped[0] for task in machine.about["tasks"] if (shipped := descriptions_of(task))]
    descriptions = texts[:: max(1, len(texts) // args.descriptions)][: args.descriptions]
    prompts = list(islice(_prompts(), args.prompts))
    with tempfile.TemporaryDirectory() as scratch:
        settings = {"CHECKPOINT": args.checkpoint, "STORE": f"{scratch}/store", "BANK": f"{scratch}/bank"}
        variables = {f"ZHYPER_VLLM_{name}": value for name, value in settings.items()}
        started = time.monotonic()
        with VllmServer(args.python, args.log or Path(scratch) / "vllm.log", variables) as server:
            ready = time.monotonic()
            answers = asyncio.run(_ask_all(server.url, descriptions, prompts, args.tokens, args.clients))
            ended = time.monotonic()
        rows, counts = _judge(machine, answers, descriptions, Path(scratch) / "store" / "0")
    tokens = sum(len(answer) for _, answer in answers.values())
    facts = {
        **counts,
        "seconds to start": round(ready - started, 1),
        "seconds to answer": round(ended - ready, 1),
        "tokens": tokens,
    }
    report("engines", [*rows, ("all", *(str(counts[kind]) for kind in ("same", "tied", "different")))], facts)
    if counts["different"]:
        sys.exit(1)


def _prompts() -> Iterator[str]:
    """Different prompts, as many as words and forms make."""
    return (form.format(word) for form in FORMS for word in WORDS)


async def _ask_all(
    url: str, descriptions: list[str], prompts: list[str], tokens: int, clients: int
) -> Answers:
    """All answers; neighbours in the batch have different descriptions."""
    turn = asyncio.Semaphore(clients)
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:

        async def one(description: str, prompt: str) -> tuple[list[int], list[int]]:
            async with turn:
                return await ask(client, f"zhyper/{description}", prompt, tokens)

        pairs = [(description, prompt) for prompt in prompts for description in descriptions]
        return dict(zip(pairs, await asyncio.gather(*(one(*pair) for pair in pairs)), strict=True))


def _judge(
    machine: TextToAdapter, answers: Answers, descriptions: list[str], store: Path
) -> tuple[list[tuple[str, ...]], dict[str, int]]:
    """A row for each description, and the sums."""
    reference, rows = Reference(machine), [("description", "same", "tied", "different")]
    counts = dict.fromkeys(rows[0][1:], 0)
    for description in descriptions:
        reference.put(store / machine.address(description))
        mine = dict.fromkeys(counts, 0)
        for (text, prompt), (prompt_ids, answer_ids) in answers.items():
            if text == description:
                gap = reference.gap(prompt, prompt_ids, answer_ids)
                mine["same" if gap == 0 else "tied" if gap < TIE else "different"] += 1
        rows.append((description[:60], *map(str, mine.values())))
        counts = {kind: counts[kind] + mine[kind] for kind in counts}
    return rows, counts


if __name__ == "__main__":
    main()
