"""The text of an answer while its tokens come: whole characters only, and nothing that may belong to a stop text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class TextStream:
    """Tokens in, text out.

    Args:
        tokenizer: turns tokens into text, without special tokens.
        stops: texts that end the answer; neither they nor what follows is given out.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str] = ()) -> None:
        self._tokenizer, self._stops = tokenizer, tuple(stops)
        self._ids: list[int] = []
        self._shown = self._read = 0  # decoding goes on from a token before: what a token says may depend on its neighbour
        self._held = ""
        self.stopped = False
        """Whether a stop text came."""

    def push(self, token: int) -> str:
        """The text that is certain now."""
        self._ids.append(token)
        before, after = self._decode(self._shown, self._read), self._decode(self._shown, len(self._ids))
        if after.endswith("\ufffd") or len(after) <= len(before):  # half a character
            return ""
        self._shown, self._read = self._read, len(self._ids)
        return self._certain(after[len(before) :])

    def finish(self) -> str:
        """The text that was held back, when no token follows."""
        if self.stopped:
            return ""
        before, after = self._decode(self._shown, self._read), self._decode(self._shown, len(self._ids))
        text = self._certain(after[len(before) :])
        return text if self.stopped else text + self._held

    def _certain(self, text: str) -> str:
        text, self._held = self._held + text, ""
        found = [place for place in (text.find(stop) for stop in self._stops) if place >= 0]
        if found:
            self.stopped = True
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def _decode(self, start: int, end: int) -> str:
        text: str = self._tokenizer.decode(self._ids[start:end], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text


def _overlap(text: str, stop: str) -> int:
    """How many of the text's last characters a stop text may begin with."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
