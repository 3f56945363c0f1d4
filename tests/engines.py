"""Engines around tiny machines, requests to them, and what an answer must be: helpers of several tests."""

import contextlib
import random
import threading

import torch

from conftest import PATIENCE
from zhyper.data import prompt_tokens
from zhyper.serve.decoding import Engine, Request, Sampling


class Asked:
    """Requests handed in together, and what came back."""

    def __init__(self, engine, requests):
        self.pieces = [[] for _ in requests]
        self._ended = threading.Semaphore(0)
        self.cancel = engine.submit(requests, self._take)

    def _take(self, place, piece):
        self.pieces[place].append(piece)
        if piece.finish:
            self._ended.release()

    def wait(self):
        for _ in self.pieces:
            assert self._ended.acquire(timeout=PATIENCE), "no answer came"
        return [("".join(piece.text for piece in pieces), pieces[-1]) for pieces in self.pieces]

    def texts(self):
        return [text for text, _ in self.wait()]


@contextlib.contextmanager
def engine_of(machine, **settings):
    engine = Engine(machine, **{"rows": 8, "queue": 100, **settings})
    engine.start()
    try:
        yield engine
    finally:
        engine.close()


def request(machine, prompt, modulation=None, client="", **sampling):
    tokens = prompt_tokens(machine.tokenizer, prompt, machine.spec.chat_template)
    return Request(
        tokens=tokens,
        modulation=modulation,
        client=client,
        sampling=Sampling(**{"max_tokens": 9, "temperature": 0.0, **sampling}),
    )


def many(machine, count, seed=0):
    """Requests of all lengths, each under its own context and strength, some of the bare base."""
    rng = random.Random(seed)
    contexts = machine.modulation([f"description {i}" for i in range(count)])
    requests = []
    for i in range(count):
        prompt = "".join(rng.choice("abcdefgh ") for _ in range(rng.randint(1, 40)))
        modulation = None if i % 5 == 4 else contexts.at([i]).scale(rng.choice([1.0, -0.5, 2.0, 0.0]))
        requests.append(request(machine, prompt, modulation, max_tokens=rng.randint(1, 14)))
    return requests


def tokens_of(machine, asked):
    """The greedy tokens of one request, computed without a cache, and the gap of the two best logits."""
    ids, chosen, gaps = list(asked.tokens), [], []
    for _ in range(asked.sampling.max_tokens):
        row = torch.tensor([ids])
        with torch.no_grad():
            logits = machine.logits(row, torch.ones_like(row), asked.modulation)[0, -1]
        best = logits.topk(2).values
        chosen.append(int(logits.argmax()))
        gaps.append(float(best[0] - best[1]))
        ids.append(chosen[-1])
    return chosen, gaps


def assert_same(machine, asked, pieces):
    """The tokens are those of the plain forward pass, up to where its two best logits are near equal."""
    got = [token.id for piece in pieces for token in piece.tokens]
    wanted, gaps = tokens_of(machine, asked)
    for place, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if a != b:
            assert gaps[place] < 1e-4, f"token {place} is {a}, not {b}"
            return


def told(requests):
    """The same requests, with every token told."""
    return [
        Request(
            tokens=r.tokens,
            modulation=r.modulation,
            client=r.client,
            sampling=Sampling(
                max_tokens=r.sampling.max_tokens, temperature=0, top_logprobs=0, ignore_end=True
            ),
        )
        for r in requests
    ]
