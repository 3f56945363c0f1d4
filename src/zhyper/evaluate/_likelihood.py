"""How likely a model finds continuations of a prompt, each prompt under its own context.

All continuations of a prompt share one row: the prompt is computed once, and each continuation sees the
prompt and itself alone.

Shapes: B rows, T tokens, N tokens that are scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from zhyper.base_config import check_window
from zhyper.data import pad_left
from zhyper.model import only_at
from zhyper.text_to_adapter import TextToAdapter

TOKENS = 4096
"""Tokens of a batch at most, with padding, where a row has fewer."""
PAD = -1
"""The part of a row that is padding; 0 is the prompt, 1 and up its continuations."""


@dataclass(frozen=True)
class Choices:
    """A prompt with continuations that may follow, as tokens, under a description (None: the bare base)."""

    prompt: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]
    description: str | None

    def __post_init__(self) -> None:
        if not self.prompt or not self.options or not all(self.options):
            raise ValueError("a prompt or its continuations have no tokens; give at least one token of each")

    @property
    def parts(self) -> list[int]:
        """The part of each token that is read; a continuation's last token is predicted, but not read."""
        return [0] * len(self.prompt) + [i for i, option in enumerate(self.options, 1) for _ in option[1:]]


class Scored(NamedTuple):
    """What a continuation is worth."""

    logprob: float
    """Sum over its tokens, in nats."""
    greedy: bool
    """Whether each token is the model's first choice."""


class Likelihood:
    """Scores continuations with a machine's model.

    Where the model's attention takes a mask of its own, continuations of a prompt share a row; whether it
    does is tried once, and where they come out differently each has a row for itself.

    Args:
        machine: the generator and its base.
        batch_size: rows of one forward pass at most.
    """

    def __init__(self, machine: TextToAdapter, batch_size: int = 32) -> None:
        self.machine, self.batch_size = machine, batch_size
        config = machine.model.base.config.get_text_config()
        self._window = getattr(config, "sliding_window", None) or float("inf")
        self.shares_rows = self._may_share_rows(config.vocab_size)

    def __call__(
        self, prompts: Sequence[Choices], progress: Callable[[Iterable[Any]], Iterable[Any]] = iter
    ) -> list[list[Scored]]:
        """The score of each continuation of each prompt, in order, whatever else is asked.

        Args:
            prompts: prompts with their continuations.
            progress: wraps the batches, to show a progress bar.

        Raises:
            ValueError: a prompt and a continuation are longer than the base reads at once.
        """
        config = self.machine.model.base.config
        for choices in prompts:
            check_window(config, len(choices.prompt), max(map(len, choices.options)) - 1)
        rows: list[Choices] = []
        of: list[list[int]] = []
        for choices in prompts:
            split = [choices]
            if not self.shares_rows or len(choices.parts) > self._window:
                split = [
                    Choices(choices.prompt, (option,), choices.description) for option in choices.options
                ]
            of.append(list(range(len(rows), len(rows) + len(split))))
            rows += split
        scored_rows: dict[int, list[Scored]] = {}
        for batch in progress(self._batches(rows)):
            scored_rows |= dict(zip(batch, self._score([rows[i] for i in batch]), strict=True))
        return [[scored for i in places for scored in scored_rows[i]] for places in of]

    def _batches(self, rows: Sequence[Choices]) -> list[list[int]]:
        """Rows of similar length together, the longest first."""
        batches: list[list[int]] = []
        for i in sorted(range(len(rows)), key=lambda i: -len(rows[i].parts)):
            width = len(rows[batches[-1][0]].parts) if batches else 0
            if not batches or len(batches[-1]) == self.batch_size or (len(batches[-1]) + 1) * width > TOKENS:
                batches.append([])
            batches[-1].append(i)
        return batches

    @torch.no_grad()
    def _score(self, rows: Sequence[Choices]) -> list[list[Scored]]:
        device, base = self.machine.model.base.device, self.machine.model.base
        read = [[*row.prompt, *(token for option in row.options for token in option[:-1])] for row in rows]
        tokens_BT = pad_left(read, 0).to(device)
        parts_BT = pad_left([row.parts for row in rows], PAD).to(device)
        reading = _Reading.of(rows, tokens_BT.shape[1])
        alone = all(len(row.options) == 1 for row in rows)
        mask = (parts_BT != PAD).long() if alone else _own_parts(parts_BT, base.dtype)
        with (
            self.machine.model.under(self.machine.rows([row.description for row in rows])),
            only_at(base.get_output_embeddings(), reading.predicts_BT.to(device)),
        ):
            out = base(
                input_ids=tokens_BT,
                attention_mask=mask,
                position_ids=reading.positions_BT.to(device),
                use_cache=False,
            )
        logits_NV = out.logits[0].float()
        picked = logits_NV[reading.at.to(device)] if len(reading.at) != len(logits_NV) else logits_NV
        del logits_NV
        targets = reading.targets.to(device)
        logprobs = (picked.gather(1, targets[:, None])[:, 0] - picked.logsumexp(1)).double().cpu()
        greedy = (picked.argmax(1) == targets).cpu()
        parts = zip(logprobs.split(reading.lengths), greedy.split(reading.lengths), strict=True)
        sums = (Scored(float(logprob.sum()), bool(first.all())) for logprob, first in parts)
        return [[next(sums) for _ in row.options] for row in rows]

    def _may_share_rows(self, vocabulary: int) -> bool:
        """Whether two continuations in one row come out as each does in its own."""
        first, second, third = ([i % vocabulary for i in range(start, start + 4)] for start in (11, 23, 37))
        both = Choices(tuple(first), (tuple(second), tuple(third)), None)
        try:
            (together,) = self._score([both])
        except (RuntimeError, ValueError, TypeError, IndexError):  # a model that takes no mask but its own
            return False
        apart = [self._score([Choices(both.prompt, (option,), None)])[0][0] for option in both.options]
        tolerance = 1e-3 if self.machine.model.base.dtype == torch.float32 else 0.1
        return all(abs(a.logprob - b.logprob) < tolerance for a, b in zip(together, apart, strict=True))


@dataclass(frozen=True)
class _Reading:
    """Where in a batch what is predicted."""

    positions_BT: Tensor
    """Of each token in the text it belongs to: continuations all begin where the prompt ends."""
    predicts_BT: Tensor
    """Tokens that predict one that counts."""
    at: Tensor
    """[N]: for each scored token, which of the predicting tokens (in reading order) predicts it."""
    targets: Tensor
    """[N]: the scored tokens."""
    lengths: list[int]
    """Tokens of each continuation."""

    @classmethod
    def of(cls, rows: Sequence[Choices], width: int) -> _Reading:
        positions, predicts, at, lengths = [], [], [], []
        targets: list[int] = []
        before = 0
        for row in rows:
            prompt, pad = len(row.prompt), width - len(row.parts)
            places = [*range(prompt), *(prompt + i for option in row.options for i in range(len(option) - 1))]
            positions.append([0] * pad + places)
            predicts.append([False] * (pad + prompt - 1) + [True] * (len(row.parts) - prompt + 1))
            after = before + 1  # the prompt's last token predicts the first of every continuation
            for option in row.options:
                at += [before, *range(after, after + len(option) - 1)]
                after += len(option) - 1
                targets += option
                lengths.append(len(option))
            before = after
        return cls(
            torch.tensor(positions), torch.tensor(predicts), torch.tensor(at), torch.tensor(targets), lengths
        )


def _own_parts(parts_BT: Tensor, dtype: torch.dtype) -> Tensor:
    """An additive attention mask [B, 1, T, T]: a token sees the prompt and its own part, up to itself."""
    size = parts_BT.shape[1]
    before = torch.ones(size, size, dtype=torch.bool, device=parts_BT.device).tril()
    itself = torch.eye(size, dtype=torch.bool, device=parts_BT.device)
    same = (parts_BT[:, None, :] == parts_BT[:, :, None]) | (parts_BT[:, None, :] == 0)
    allowed = (before & same & (parts_BT[:, None, :] != PAD)) | itself
    return torch.zeros_like(allowed, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)[:, None]
