"""What every encoder is: vectors of texts, computed once and kept in memory and on disk."""

from __future__ import annotations

import hashlib
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from zhyper import arguments
from zhyper.encoders._store import keep, open_store, read

TOKENS = 512
"""How many tokens a batch may hold, padding included; a longer text is a batch of its own."""
TOGETHER = 256
"""How many vectors are put onto the disk together; an interrupted run loses fewer than these and a batch."""


LEAST = 128
"""How many tokens any encoder reads."""


class LongTextWarning(UserWarning):
    """An encoder does not read a text to its end."""


class Encoder(ABC):
    """Turns texts into embeddings [B, C], and keeps each one it has computed."""

    identity: str
    """What the vectors depend on besides the text."""
    lasting: bool
    """Whether `identity` pins the weights, so that vectors may be kept on disk."""

    def __init__(self, cache: Path | None = None, full_stop: bool = False) -> None:
        self._cache, self._memory, self._full_stop = cache, dict[str, Tensor](), full_stop

    @property
    @abstractmethod
    def width(self) -> int:
        """Length C of an embedding."""

    @property
    def most_tokens(self) -> int | None:
        """How many tokens of a text are read, special ones included; None reads all, or refuses."""
        return None

    @abstractmethod
    def embed(self, text: str) -> Tensor:
        """The raw embedding [C] of one text."""

    def embed_batch(self, texts: Sequence[str]) -> Tensor:
        """The raw embeddings [B, C] of B texts, which may share a pass."""
        return torch.stack([self.embed(text) for text in texts])

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """About how many tokens each text has: texts of equal length share a batch without padding."""
        return [len(text.encode()) for text in texts]

    def encode(
        self,
        texts: Sequence[str],
        progress: Callable[[Sequence[str]], Any] = iter,
        batched: bool = False,
    ) -> Tensor:
        """Embeddings [B, C] of B texts on the CPU.

        Args:
            texts: at least one; an empty string is a text like any other.
            progress: wraps the texts that must be computed, to show a progress bar.
            batched: compute texts of similar length together, which is faster and rounds otherwise.

        Warns:
            LongTextWarning: a text has more than `most_tokens`.
        """
        texts = arguments.texts("texts", texts)
        if self._full_stop:
            texts = [with_full_stop(text) for text in texts]
        self._warn_of_long(texts)
        missing = [t for t in dict.fromkeys(texts) if t not in self._memory]
        if missing and self._cache is not None and self.lasting:
            file = self._cache / f"{hashlib.sha256(self.identity.encode()).hexdigest()[:16]}.sqlite"
            with closing(open_store(file)) as store:
                self._memory |= read(store, missing)
                missing = [t for t in missing if t not in self._memory]
                for vectors in self._computed(missing, progress, batched):
                    self._memory |= keep(store, vectors)
        else:
            for vectors in self._computed(missing, progress, batched):
                self._memory |= vectors
        return torch.stack([self._memory[t] for t in texts])

    def _warn_of_long(self, texts: Sequence[str]) -> None:
        """Say so if texts are longer than what is read of them."""
        # no token has less than a byte, but those at start and end; the limit may be in the model alone
        long = [text for text in dict.fromkeys(texts) if len(text.encode()) + 2 > LEAST]
        if not long or (most := self.most_tokens) is None:
            return
        cut = [(text, n) for text, n in zip(long, self.lengths(long), strict=True) if n > most]
        if cut:
            text, length = cut[0]
            warnings.warn(
                f"the encoder reads the first {most} tokens of a text, which cuts {len(cut)} of "
                f"{len(set(texts))}: '{text[:57]}...' has {length}. Say what matters first, or be shorter",
                LongTextWarning,
                stacklevel=3,
            )

    def _computed(
        self,
        texts: Sequence[str],
        progress: Callable[[Sequence[str]], Any],
        batched: bool,
    ) -> Iterator[dict[str, Tensor]]:
        """The vectors of different texts, `TOGETHER` or a few more at a time."""
        if not texts:
            return
        batches = _batches(texts, self.lengths(texts)) if batched else [[text] for text in texts]
        waiting, vectors = iter(progress([text for batch in batches for text in batch])), dict[str, Tensor]()
        for size in map(len, batches):
            batch = list(islice(waiting, size))
            raw = self.embed(batch[0])[None] if size == 1 else self.embed_batch(batch)
            vectors |= {text: _scaled(vector) for text, vector in zip(batch, raw, strict=True)}
            if len(vectors) >= TOGETHER:
                yield vectors
                vectors = {}
        yield vectors
        next(waiting, None)  # lets the progress bar end


def with_full_stop(text: str) -> str:
    """A text without white space around it, and with a full stop where it ends in a letter."""
    text = text.strip()
    return f"{text}." if text[-1:].isalpha() else text


def _scaled(vector_C: Tensor) -> Tensor:
    scaled_C: Tensor = torch.nn.functional.normalize(vector_C.float().cpu(), dim=0) * len(vector_C) ** 0.5
    return scaled_C


def _batches(texts: Sequence[str], lengths: Sequence[int]) -> list[list[str]]:
    """Texts of similar length together, the longest first."""
    batches, room = list[list[str]](), 0
    for length, text in sorted(zip(lengths, texts, strict=True), key=lambda pair: pair[0], reverse=True):
        if not room:
            batches.append([])
            room = max(1, TOKENS // max(1, length))
        batches[-1].append(text)
        room -= 1
    return batches
