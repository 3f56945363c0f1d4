"""The base model as its own encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from zhyper.base_config import check_tokens, check_window
from zhyper.encoders._encoder import Encoder

LAST_TOKEN = "last-token"


class LastTokenEncoder(Encoder):
    """The base model's last hidden state at the text's last token (the paper's Mistral-embedding ablation).

    Args:
        base: a causal language model, bare while it encodes.
        tokenizer: its tokenizer.
        identity: what pins the base's weights.
    """

    lasting = True

    def __init__(
        self,
        base: Any,
        tokenizer: Any,
        identity: str,
        cache: Path | None = None,
        full_stop: bool = False,
    ) -> None:
        super().__init__(cache, full_stop)
        self.base, self.tokenizer = base, tokenizer
        self.identity = f"{LAST_TOKEN}:{identity}:{base.dtype}"

    @property
    def width(self) -> int:
        return int(self.base.config.hidden_size)

    @torch.no_grad()
    def embed(self, text: str) -> Tensor:
        tokens = torch.tensor(self._tokens([text])).to(self.base.device)
        hidden: Tensor = self.base.base_model(input_ids=tokens).last_hidden_state
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
        """The tokens of each text, at least one; ValueError if the base cannot read them."""
        ends = (self.tokenizer.eos_token_id, self.tokenizer.bos_token_id, self.tokenizer.pad_token_id)
        empty = [next((number for number in ends if number is not None), 0)]
        rows = [ids or empty for ids in self.tokenizer(list(texts))["input_ids"]]
        for row in rows:
            check_tokens(self.base.config, self.tokenizer, row)
            check_window(self.base.config, len(row), 0)
        return rows
