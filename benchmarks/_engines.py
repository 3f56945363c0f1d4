"""Engines that run here, each asked the same prompts under the same descriptions, greedily.

The time of each counts from the descriptions to the last answer: adapters are made, written and read within
it, but the base and the generator are loaded before.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import _llamacpp
import httpx
import torch
from _ggufs import base_file, dequantised
from _vllm import PYTHON, VllmServer, ask
from peft import PeftModel
from transformers import AutoModelForCausalLM, GenerationConfig

from zhyper.data import pad_left, prompt_tokens
from zhyper.serve import ContextQuery, Contexts, Engine, Policy, Request, Sampling
from zhyper.serve.contexts import LOCAL, open_stores
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import load_base

Pair = tuple[str, str]
"""A description and a prompt."""


@dataclass(frozen=True)
class Reply:
    """A greedy answer."""

    prompt_ids: Sequence[int]
    answer_ids: Sequence[int]
    """With the token that ended it, if the engine tells it."""
    ended: bool = False
    """Whether it was ended by a token that is not among these."""


@dataclass(frozen=True)
class Run:
    """What an engine did."""

    replies: dict[Pair, Reply]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Work:
    """What engines are asked."""

    machine: TextToAdapter
    checkpoint: str
    descriptions: Sequence[str]
    prompts: Sequence[str]
    tokens: int
    """At which an answer is cut."""
    clients: int
    """How many requests run at a time, where an engine takes several."""
    threads: int
    python: str | None
    """Of an environment with vLLM."""
    scratch: Path

    @cached_property
    def pairs(self) -> list[Pair]:
        """Neighbours have different descriptions."""
        return [(description, prompt) for prompt in self.prompts for description in self.descriptions]

    @property
    def ready(self) -> str:
        """A description with which encoders are loaded."""
        return [*self.machine.spec.known_tasks, "ready"][0]

    def ids(self, prompt: str) -> list[int]:
        """The tokens of a prompt."""
        return prompt_tokens(self.machine.tokenizer, prompt, self.machine.spec.chat_template)

    def spelt(self, prompt: str, answer_ids: Sequence[int], ids: Sequence[int] | None = None) -> Reply:
        """The reply up to the first token that ends an answer."""
        ends = self.machine.export_base().ends
        end = next((i for i, token in enumerate(answer_ids) if token in ends), len(answer_ids))
        return Reply(self.ids(prompt) if ids is None else ids, list(answer_ids[: end + 1]))


@contextlib.contextmanager
def serving(machine: TextToAdapter, rows: int, folder: Path) -> Iterator[tuple[Engine, Contexts]]:
    """The engine and the contexts of `zhyper serve`, without HTTP."""
    engine = Engine(machine, rows=rows)
    engine.start()
    with contextlib.closing(engine), contexts_in(folder, machine, engine) as contexts:
        yield engine, contexts


@contextlib.contextmanager
def contexts_in(folder: Path, machine: TextToAdapter, thread: Any) -> Iterator[Contexts]:
    """The contexts of a server with a bank in this folder, made in the thread that owns the machine."""
    with contextlib.ExitStack() as stack:
        _, bank, catalogue = open_stores(machine, str(folder), None, stack)
        yield Contexts(machine, thread, bank, catalogue, Policy())


def zhyper(work: Work) -> Run:
    """The engine of `zhyper serve`, which puts contexts into the forward pass."""
    with serving(work.machine, work.clients, work.scratch / "bank") as (engine, contexts):

        async def one(description: str, prompt: str) -> Reply:
            applied = await contexts.resolve(ContextQuery(text=description), LOCAL)
            sampling = Sampling(max_tokens=work.tokens, temperature=0, top_logprobs=0)
            request = Request(tokens=work.ids(prompt), modulation=applied.modulation, sampling=sampling)
            return await answer(engine, request)

        return asyncio.run(_all(work, one))


async def _all(work: Work, one: Callable[[str, str], Awaitable[Reply]]) -> Run:
    """All pairs, so many at a time."""
    turn = asyncio.Semaphore(work.clients)

    async def in_turn(pair: Pair) -> Reply:
        async with turn:
            return await one(*pair)

    start = time.perf_counter()
    replies = await asyncio.gather(*map(in_turn, work.pairs))
    return Run(dict(zip(work.pairs, replies, strict=True)), time.perf_counter() - start)


async def answer(engine: Engine, request: Request) -> Reply:
    """What zhyper's engine answers to one request."""
    loop, ids = asyncio.get_running_loop(), list[int]()
    done = loop.create_future()

    def take(_: int, piece: Any) -> None:
        ids.extend(token.id for token in piece.tokens)
        if piece.finish:
            loop.call_soon_threadsafe(done.set_result, piece)

    engine.submit([request], take)
    last = await done
    if last.error:
        raise RuntimeError(f"zhyper's engine failed: {last.error}")
    return Reply(request.tokens, ids, ended=last.finish == "stop")


def peft(work: Work) -> Run:
    """PEFT with one exported folder at a time, in `generate`."""
    base = load_base(work.machine.spec.base)[0]
    replies, model, start = dict[Pair, Reply](), None, time.perf_counter()
    for description in work.descriptions:
        folder = work.machine.adapter(description).save(work.scratch / "peft")
        if model is None:
            model = PeftModel.from_pretrained(base, str(folder), adapter_name="last").eval()
        else:
            model.delete_adapter("last")
            model.load_adapter(str(folder), "last")
            model.set_adapter("last")
        replies.update(_generate(work, description, model, folder))
    return Run(replies, time.perf_counter() - start)


def merged(work: Work) -> Run:
    """Plain Transformers with one merged folder at a time."""
    replies, start = dict[Pair, Reply](), time.perf_counter()
    for description in work.descriptions:
        folder = work.machine.adapter(description).save(work.scratch / "merged", "merged")
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        replies.update(_generate(work, description, model, folder))
    return Run(replies, time.perf_counter() - start)


@torch.inference_mode()
def _generate(work: Work, description: str, model: Any, folder: Path) -> Iterator[tuple[Pair, Reply]]:
    """All prompts under one adapter, so many rows at a time, with the settings of the folder."""
    settings = GenerationConfig.from_pretrained(folder, max_new_tokens=work.tokens)
    for begin in range(0, len(work.prompts), work.clients):
        prompts = work.prompts[begin : begin + work.clients]
        rows = [work.ids(prompt) for prompt in prompts]
        ids_BT = pad_left(rows, work.machine.tokenizer.pad_token_id)
        mask_BT = pad_left([[1] * len(row) for row in rows], 0)
        out_BT = model.generate(input_ids=ids_BT, attention_mask=mask_BT, generation_config=settings)
        for prompt, answer_ids in zip(prompts, out_BT[:, ids_BT.shape[1] :].tolist(), strict=True):
            yield (description, prompt), work.spelt(prompt, answer_ids)


def vllm(work: Work) -> Run:
    """The plugin in vLLM, over HTTP; it loads the generator with the first request."""
    settings = {
        "CHECKPOINT": work.checkpoint,
        "STORE": work.scratch / "store",
        "BANK": work.scratch / "bank",
    }
    variables = {f"ZHYPER_VLLM_{name}": str(value) for name, value in settings.items()}
    variables["OMP_NUM_THREADS"] = str(work.threads)
    assert work.python
    with VllmServer(work.python, work.scratch / "vllm.log", variables) as server:

        async def ask_all() -> Run:
            async with httpx.AsyncClient(base_url=server.url, timeout=None) as client:

                async def one(description: str, prompt: str) -> Reply:
                    ids, answer_ids = await ask(client, f"zhyper/{description}", prompt, work.tokens)
                    return work.spelt(prompt, answer_ids, ids)

                await one(work.ready, work.prompts[0])
                return await _all(work, one)

        return asyncio.run(ask_all())


def llamacpp(work: Work, quantised: bool = False) -> Run:
    """llama.cpp with the adapters in GGUF, one request at a time; it reads base and adapters before."""
    base = base_file(work.machine.spec.base, work.scratch)
    if not quantised:
        base = dequantised(base, work.scratch / "float32.gguf")
    start = time.perf_counter()
    files = [
        work.machine.adapter(text).save(work.scratch / f"gguf{i}", "gguf") / "adapter.gguf"
        for i, text in enumerate(work.descriptions)
    ]
    seconds = time.perf_counter() - start
    requests = [
        {"prompt": work.ids(prompt), "scales": [float(text == description) for text in work.descriptions]}
        for description, prompt in work.pairs
    ]
    replies = {}
    rows = _llamacpp.answers(base, files, requests, work.tokens, work.threads)
    for pair, row in zip(work.pairs, rows, strict=True):
        reply = work.spelt(pair[1], row["tokens"])
        told = reply.answer_ids and reply.answer_ids[-1] in work.machine.export_base().ends
        replies[pair] = Reply(reply.prompt_ids, reply.answer_ids, row["finish"] == "stop" and not told)
        seconds += row["seconds"]
    return Run(replies, seconds)


def _no_vllm(python: str | None) -> str | None:
    return None if python else f"name the Python of an environment with vLLM by --python or {PYTHON}"


@dataclass(frozen=True)
class Candidate:
    """An engine, and why it does not run here, if it does not."""

    run: Callable[[Work], Run]
    reason: Callable[[str | None], str | None] = lambda python: None
    exact: bool = True
    """Whether it computes with the weights that the reference has."""


CANDIDATES = {
    "zhyper": Candidate(zhyper),
    "peft": Candidate(peft),
    "merged": Candidate(merged),
    "vllm": Candidate(vllm, _no_vllm),
    "llama.cpp": Candidate(llamacpp, lambda python: _llamacpp.reason()),
    "llama.cpp-quantised": Candidate(
        lambda work: llamacpp(work, quantised=True), lambda python: _llamacpp.reason(), exact=False
    ),
}
