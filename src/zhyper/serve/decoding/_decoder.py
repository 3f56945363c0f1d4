"""One turn after another: prompts are read in pieces between the steps of the rows that decode.

Rows end on their own. Nothing here knows of threads; `_engine` does.

Shapes: B rows, V vocabulary.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from zhyper.answers import stops
from zhyper.serve.decoding._batch import Batch, Group, Row
from zhyper.serve.decoding._fair_queue import FairQueue
from zhyper.serve.decoding._request import Piece, Token
from zhyper.text_to_adapter import TextToAdapter

LOG = logging.getLogger("zhyper.serve")
FAILED = "the model failed at this request; the server's log says why"
READ = 512
"""Prompt tokens, padding included, that are read between two steps."""
SCORED = 128
"""The same of prompts whose log-probabilities are told, which takes the logits after each of these tokens."""


@dataclass
class Counts:
    """What has been computed since the start, in tokens."""

    generated: int = 0
    read: int = 0


class Decoder:
    """The rows under way.

    Args:
        machine: the model, its adapter and tokenizer.
        rows: most rows under way at a time.
        positions: most tokens that they may come to hold, padding included.
        end: gets each row that has ended, with its last piece.
    """

    def __init__(
        self, machine: TextToAdapter, rows: int, positions: int, end: Callable[[Row, Piece], None]
    ) -> None:
        self.machine, self._end = machine, end
        self._end_tokens = set(stops(machine.model.base, machine.tokenizer, machine.spec.chat_template))
        self._batch = Batch(machine, rows, positions)
        self._group: Group | None = None
        self.counts = Counts()

    @property
    def rows(self) -> list[Row]:
        """Those whose prompts are being read, and those that decode."""
        return [*(self._group.rows if self._group else ()), *self._batch.rows]

    def admit(self, queue: FairQueue) -> None:
        """Make a group of those whose turn it is, as far as there is room."""
        rows: list[Row] = []
        running = Counter(row.request.client for row in self._batch.rows)
        while self._group is None and (row := queue.peek(running)):
            longest = max(len(other.request.tokens) for other in [*rows, row])
            if not self._batch.fits([*rows, row]) or (rows and longest * (len(rows) + 1) > READ):
                break
            if rows and row.scored != rows[0].scored:
                break
            queue.pop(row)
            running[row.request.client] += 1
            rows.append(row)
        if rows:
            self._guarded(lambda: self._begin(rows), rows)

    def turn(self) -> None:
        """Read on in the prompts of a group, then take one step with the rows that decode."""
        self._guarded(self._read, self._group.rows if self._group else ())
        self._guarded(self._step, self._batch.rows)

    def drop(self, rows: Collection[Row]) -> None:
        """Let go of rows that were cancelled; those of a group are read to their end first."""
        for row in [row for row in self._batch.rows if row in rows]:
            self._batch.leave([row])
            self._end(row, Piece(finish="cancelled"))

    def _begin(self, rows: list[Row]) -> None:
        self._group = Group(self.machine, rows)

    def _read(self) -> None:
        if (group := self._group) is None:
            return
        logits_BV = group.read(max(1, (SCORED if group.scored else READ) // len(group.rows)))
        if logits_BV is not None:
            self._batch.join(group)
            self._group = None
            self.counts.read += sum(row.length for row in group.rows)
            for row in group.rows:
                if row.scored and not row.overflow:
                    row.deliver(Piece(prompt=tuple(row.prompt)))
            self._choose(group.rows, logits_BV)

    def _step(self) -> None:
        if self._batch.rows:
            self._choose(list(self._batch.rows), self._batch.step())

    def _choose(self, rows: Sequence[Row], logits_BV: Tensor) -> None:
        """Choose each row's next token, give it out, and let go of the rows that have ended or failed."""
        likeliest = logits_BV.argmax(-1).tolist()
        finite = logits_BV.amax(-1).isfinite().tolist()  # the largest is NaN if any is
        if not all(row.sampler.greedy and row.request.sampling.top_logprobs is None for row in rows):
            logits_BV = logits_BV.cpu()
        self.counts.generated += sum(row.request.sampling.max_tokens > 0 for row in rows)
        for i, row in enumerate(rows):
            token = likeliest[i] if finite[i] and not row.overflow else None
            self._guarded(partial(self._advance, row, token, logits_BV[i]), [row])

    def _advance(self, row: Row, likeliest: int | None, logits_V: Tensor) -> None:
        """Give out a row's next token; `likeliest` is None where its logits are not finite."""
        if likeliest is None:
            piece = _OVERFLOW
        elif row.request.sampling.max_tokens == 0:
            piece = Piece(finish="length")
        else:
            token = likeliest if row.sampler.greedy else row.sampler.choose(logits_V)
            piece = self._piece(row, token, logits_V)
        if piece.finish:
            self._batch.leave([row])
            self._end(row, piece)
        elif piece.count:
            row.deliver(piece)

    def _piece(self, row: Row, token: int, logits_V: Tensor) -> Piece:
        """What a row's next token adds to the answer."""
        sampling, text, finish = row.request.sampling, "", None
        row.generated.append(token)
        row.uncounted += 1
        # 1. The token's text, unless it ends the answer; it may also complete a stop text.
        ended = token in self._end_tokens and not sampling.ignore_end
        if not ended:
            text = row.text.push(token)
        if ended or row.text.stopped:
            finish = "stop"
        elif len(row.generated) >= sampling.max_tokens:
            finish = "length"
        # 2. At the end, the text that was held back; this too may complete a stop text.
        if finish and not row.text.stopped:
            text += row.text.finish()
            finish = "stop" if row.text.stopped else finish
        # 3. A token that shows nothing yet is counted with the next one that does.
        tokens: tuple[Token, ...] = ()
        if sampling.top_logprobs is not None and not ended:
            tokens = (row.sampler.describe(logits_V, token, row.text.offset),)
        count = row.uncounted if text or tokens or finish else 0
        row.uncounted -= count
        return Piece(text=text, tokens=tokens, count=count, finish=finish)

    def _guarded(self, work: Callable[[], None], rows: Sequence[Row]) -> None:
        """Do a piece of work; if it fails, its rows end with an error, and the others go on."""
        try:
            work()
        except Exception as error:
            LOG.exception("the model failed")
            failed = list(rows)
            self._group = None if self._group and self._group.rows[0] in failed else self._group
            self._batch.leave([row for row in self._batch.rows if row in failed])
            for row in failed:
                self._end(row, Piece(finish="error", error=FAILED))
            if isinstance(error, torch.OutOfMemoryError):
                torch.cuda.empty_cache()


_OVERFLOW = Piece(
    finish="error",
    error="the model's numbers ran out of bounds under this context; lower its strength",
    overflow=True,
)
