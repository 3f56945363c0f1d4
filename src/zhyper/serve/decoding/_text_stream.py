"""The text of an answer while its tokens come: whole characters, nothing that may belong to a stop text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from transformers.convert_slow_tokenizer import bytes_to_unicode


class TextStream:
    """Tokens in, text out.

    Args:
        tokenizer: turns tokens into text.
        stops: texts that end the answer; neither they nor what follows is given out.
        special: whether special tokens are text too.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str] = (), *, special: bool = False) -> None:
        self._tokenizer, self._stops, self._skip = tokenizer, tuple(stops), not special
        self._ids: list[int] = []
        # Tokens are decoded from `_start`, one before those whose text has been given out (`_end`): what a
        # token says may depend on its neighbour.
        self._start = self._end = 0
        self._pending = ""
        """Certain, but may begin a stop text."""
        self._half = ""
        """What the tokens of an unfinished character decode to."""
        self._characters = 0
        """Of the text, before `_half`."""
        self.offset = 0
        """Character of the text in which the last token begins."""
        self.stopped = False
        """Whether a stop text came."""

    def push(self, token: int) -> str:
        """The text that is certain now."""
        # 1. What the tokens behind `_end` add to the text.
        self._ids.append(token)
        growth, half = self._growth(), self._half
        # 2. Where this token begins: behind the text before it, or within its last, unfinished character.
        whole = len(growth) > len(half) and growth.startswith(half)
        self.offset, self._half = self._characters + (len(half) if whole else max(0, len(half) - 1)), growth
        # 3. Half a character waits for its other half.
        if growth.endswith("\ufffd") or not growth:
            return ""
        # 4. Whole characters are given out, but for what may begin a stop text.
        self._start, self._end, self._half = self._end, len(self._ids), ""
        self._characters += len(growth)
        return self._certain(growth)

    def finish(self) -> str:
        """The text that was held back, when no token follows."""
        if self.stopped:
            return ""
        text = self._certain(self._growth())
        return text if self.stopped else text + self._pending

    def _growth(self) -> str:
        """What the tokens from `_end` on add to the text."""
        before, after = self._decode(self._start, self._end), self._decode(self._start, len(self._ids))
        return after[len(before) :]

    def _certain(self, text: str) -> str:
        text, self._pending = self._pending + text, ""
        places = [place for place in (text.find(stop) for stop in self._stops) if place >= 0]
        if places:
            self.stopped = True
            return text[: min(places)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._pending = text[len(text) - keep :]
        return text[: len(text) - keep]

    def _decode(self, start: int, end: int) -> str:
        text: str = self._tokenizer.decode(
            self._ids[start:end], skip_special_tokens=self._skip, clean_up_tokenization_spaces=False
        )
        return text


def offsets(tokenizer: Any, tokens: Sequence[int]) -> list[int]:
    """The character of a text in which each of its tokens begins, special ones among them."""
    stream, places = TextStream(tokenizer, special=True), []
    for token in tokens:
        stream.push(token)
        places.append(stream.offset)
    return places


def _overlap(text: str, stop: str) -> int:
    """How many of the text's last characters a stop text may begin with."""
    sizes = range(min(len(stop) - 1, len(text)), 0, -1)
    return next((size for size in sizes if text.endswith(stop[:size])), 0)


class TokenBytes:
    """The bytes that each token stands for, which may be a part of a character.

    Args:
        tokenizer: one with bytes as letters (GPT-2) or as `<0x0A>` (SentencePiece); with others, a token is
            what it decodes to.
    """

    def __init__(self, tokenizer: Any) -> None:
        decoder = getattr(getattr(tokenizer, "backend_tokenizer", None), "decoder", None)
        self._tokenizer, self._added = tokenizer, tokenizer.added_tokens_decoder
        state = b"" if decoder is None else decoder.__getstate__()
        self._kinds = set(re.findall(rb'"type":"(\w+)"', state))

    def __call__(self, token: int) -> bytes:
        """The bytes of a token; none of one that the vocabulary does not have."""
        piece = self._tokenizer.convert_ids_to_tokens(token)
        if piece is None:
            return b""
        if token not in self._added:
            if b"ByteLevel" in self._kinds and _LETTERS.keys() >= set(piece):
                return bytes(_LETTERS[letter] for letter in piece)
            if b"ByteFallback" in self._kinds and _BYTE.fullmatch(piece):
                return bytes.fromhex(piece[3:5])
            if self._kinds & {b"ByteFallback", b"Metaspace"}:
                return bytes(piece.replace("\u2581", " ").encode())  # SentencePiece's mark of a space
        text: str = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return text.encode()


def readable(raw: bytes, mark: str = "") -> str:
    r"""Bytes as text; `\xf0\x9f` behind a mark, if they are no whole characters."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return mark + escaped(raw)


def escaped(raw: bytes) -> str:
    r"""Each byte as `\xf0`."""
    return "".join(f"\\x{byte:02x}" for byte in raw)


_LETTERS = {letter: byte for byte, letter in bytes_to_unicode().items()}
_BYTE = re.compile("<0x[0-9A-F]{2}>")
