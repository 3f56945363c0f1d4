"""A real server under load: 200 clients at once, each under a context of its own, for three minutes.

Starts `zhyper serve` on a free port of this machine with a new bank, and asks it until the time is over:
whole answers and streams, of texts, stored contexts and the bare base, at several strengths; now and then a
client hangs up in the middle. Every answer is checked against its own context's, computed beforehand by the
library alone (greedy; a token may differ only where the two best logits are within 1e-4). Prints what came
back, waiting times and the server's memory; ends with exit code 1 if anything was lost, mixed, or refused.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import torch
from _machine import report

from zhyper.data import descriptions_of, prompt_tokens
from zhyper.modulation import Modulation
from zhyper.text_to_adapter import TextToAdapter

WORDS = (
    "hot",
    "elephant",
    "France",
    "go",
    "house",
    "happy",
    "seven",
    "Paris",
    "light",
    "dog, red, blue",
    "x, y, z",
    "bicycle",
)
STRENGTHS = (1.0, 1.0, 1.0, 0.5, -1.0, 0.0)


@dataclass(frozen=True)
class Job:
    """One question with the answer that is right."""

    prompt: str
    description: str | None
    strength: float
    answer: str
    sure: bool
    """Whether no two best logits were as good as equal."""


def main() -> None:
    """Run the load."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--clients", type=int, default=200)
    options.add_argument("--seconds", type=float, default=180)
    options.add_argument("--tokens", type=int, default=10)
    args = options.parse_args()

    jobs = _jobs(args.checkpoint, args.clients, args.tokens)
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "server.log"
        command = [
            sys.executable,
            "-m",
            "zhyper.cli",
            "serve",
            "-c",
            args.checkpoint,
            "--port",
            "0",
            "--bank",
            f"{scratch}/bank",
        ]
        limits = [
            "--limit",
            f"streams={args.clients}",
            "--limit",
            "requests_per_minute=1000000",
            "--no-examples",
        ]
        with log.open("wb") as target:
            server = subprocess.Popen([*command, *limits], stderr=target)
        try:
            started = time.monotonic()
            url = _ready(server, log)
            start = time.monotonic() - started
            counts, waits, memory = asyncio.run(_load(url, jobs, args, psutil.Process(server.pid)))
        finally:
            server.terminate()
            ended = server.wait(60)
    tenth = len(memory) // 10
    facts = {
        "answers": counts["right"] + counts["equal"],
        "wrong": counts["wrong"],
        "lost": counts["lost"],
        "refused": counts["refused"],
        "hung up by the client": counts["hung up"],
        "different where two logits are equal": counts["equal"],
        "seconds to start": round(start, 1),
        "median wait, s": round(statistics.median(waits), 2),
        "99 % wait, s": round(statistics.quantiles(waits, n=100)[98], 2),
        "memory in each tenth, MiB": [
            round(statistics.median(memory[i * tenth : (i + 1) * tenth])) for i in range(10)
        ],
        "exit code after SIGTERM": ended,
    }
    report(
        "load",
        [("what", "how much"), *((name, str(value)) for name, value in facts.items())],
        {**facts, "settings": vars(args)},
    )
    if counts["wrong"] or counts["lost"] or counts["refused"] or ended:
        sys.exit(1)


def _jobs(checkpoint: str, clients: int, tokens: int) -> list[Job]:
    """A question for each client, each under a description of its own, with its greedy answer."""
    machine = TextToAdapter.load(checkpoint)
    descriptions = [text for task in machine.about.get("tasks", []) for text in descriptions_of(task)]
    texts = random.Random(0).sample(descriptions, min(clients, len(descriptions)))
    jobs = []
    for i, text in enumerate(itertools.islice(itertools.cycle(texts), clients)):
        strength = STRENGTHS[i % len(STRENGTHS)]
        prompt, description = WORDS[i % len(WORDS)], None if i % 10 == 9 else text
        jobs.append(
            Job(prompt, description, strength, *_answer(machine, prompt, description, strength, tokens))
        )
    return jobs


@torch.inference_mode()
def _answer(
    machine: TextToAdapter, prompt: str, description: str | None, strength: float, tokens: int
) -> tuple[str, bool]:
    """The greedy answer of the library alone, step by step without a cache, under the context in 16 bits."""
    adapter, modulation = machine.adapter_weights, None
    if description is not None:
        packed = machine.modulation([description]).pack()
        modulation = Modulation.unpack(adapter.slots(), len(adapter.sites.layers), packed).scale(strength)
    ids = prompt_tokens(machine.tokenizer, prompt, machine.spec.chat_template)
    ends, chosen, sure = set(_ends(machine)), list[int](), True
    while len(chosen) < tokens:
        row = torch.tensor([ids + chosen])
        best = machine.logits(row, torch.ones_like(row), modulation)[0, -1].topk(2)
        sure = sure and float(best.values[0] - best.values[1]) > 1e-4
        if int(best.indices[0]) in ends:
            break
        chosen.append(int(best.indices[0]))
    return machine.tokenizer.decode(
        chosen, skip_special_tokens=True, clean_up_tokenization_spaces=False
    ), sure


def _ends(machine: TextToAdapter) -> list[int]:
    from zhyper.answers import stops

    return stops(machine.model.base, machine.tokenizer, machine.spec.chat_template)


def _ready(server: subprocess.Popen[bytes], log: Path) -> str:
    """The address of the server when it answers."""
    while server.poll() is None:
        lines = [line for line in log.read_text().splitlines() if line.startswith("ready at ")]
        if lines:
            return lines[0].split()[2].rstrip(";")
        time.sleep(0.1)
    raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")


async def _load(
    url: str, jobs: list[Job], args: argparse.Namespace, server: psutil.Process
) -> tuple[Counter[str], list[float], list[float]]:
    counts, waits, memory = Counter[str](), list[float](), list[float]()
    until = time.monotonic() + args.seconds
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as http:

        async def client(place: int, job: Job) -> None:
            rng, body = random.Random(place), await _body(http, place, job, args.tokens)
            while time.monotonic() < until:
                began = time.monotonic()
                try:
                    kind = await _ask(http, body, job, stream=rng.random() < 0.5, hang_up=rng.random() < 0.05)
                except httpx.HTTPError:
                    kind = "lost"
                counts[kind] += 1
                waits.append(time.monotonic() - began)

        async def watch() -> None:
            while True:
                memory.append(server.memory_info().rss / 2**20)
                await asyncio.sleep(0.5)

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(client(place, job) for place, job in enumerate(jobs)))
        watching.cancel()
    return counts, waits, memory


async def _body(http: httpx.AsyncClient, place: int, job: Job, tokens: int) -> dict[str, Any]:
    """What a client sends each time; every third keeps its context first, and asks for it by its id."""
    body = {
        "messages": [{"role": "user", "content": job.prompt}],
        "temperature": 0,
        "max_tokens": tokens,
        "model": "zhyper",
    }
    if job.description is None:
        return body
    if place % 3:
        return {**body, "context": job.description, "context_strength": job.strength}
    response = await http.post("/v1/contexts", json={"description": job.description})
    return {
        **body,
        "model": f"zhyper/{response.raise_for_status().json()['id']}",
        "context_strength": job.strength,
    }


async def _ask(
    http: httpx.AsyncClient, body: dict[str, Any], job: Job, *, stream: bool, hang_up: bool
) -> str:
    """Ask once, and say how it went."""
    if not stream:
        answer = await http.post("/v1/chat/completions", json=body)
        return (
            "refused"
            if answer.status_code != 200
            else _judged(answer.json()["choices"][0]["message"]["content"], job)
        )
    text = ""
    async with http.stream("POST", "/v1/chat/completions", json={**body, "stream": True}) as answer:
        if answer.status_code != 200:
            return "refused"
        async for line in answer.aiter_lines():
            if line == "data: [DONE]":
                return _judged(text, job)
            if line.startswith("data: "):
                choices = json.loads(line[6:]).get("choices") or [{"delta": {}}]
                text += choices[0]["delta"].get("content") or ""
                if hang_up and text:
                    return "hung up"
    return "lost"


def _judged(text: str, job: Job) -> str:
    if text == job.answer:
        return "right"
    return "wrong" if job.sure else "equal"


if __name__ == "__main__":
    main()
