"""Conversations as tokens, so that nobody's text forges a turn.

Special tokens are read where the template writes them, and only there.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from zhyper.data import Chat

Messages = Sequence[Mapping[str, str]]


class Prompts:
    """Makes prompts of a tokenizer and a chat template.

    Text of a client may hold what looks like a special token (`<|im_end|>`). It is tokenized as ordinary
    text: the string is cut after the first character of each such place, and the parts are tokenized one by
        one. Other text
    gives the tokens that `zhyper.data.prompt_tokens` gives.

    Args:
        tokenizer: any Transformers tokenizer.
        template: a Jinja chat template, or the name of one of the tokenizer's; None takes its own (default)
            one, and without any each message gets a line.
        longest: tokens that a prompt may have.
    """

    def __init__(self, tokenizer: Any, template: str | None = None, longest: int = 1 << 20) -> None:
        self._tokenizer, self._longest = tokenizer, longest
        self._chat = Chat.of(tokenizer, template)
        self._special = self._specials()
        self._words = words = sorted(self._special.values(), key=len, reverse=True)
        # a look-ahead, so that places which overlap are all found
        pattern = f"(?=(?:{'|'.join(map(re.escape, words))}))." if words else r"(?!)"
        self._word = re.compile(pattern, re.DOTALL)

    def _specials(self) -> dict[int, str]:
        """The tokens that text may not forge: the special ones, and added ones that the template writes."""
        added = {int(i): token for i, token in self._tokenizer.added_tokens_decoder.items()}
        ends = [str(mark) for mark in (self._tokenizer.bos_token, self._tokenizer.eos_token) if mark]
        template = "" if self._chat.template is None else self._chat.template + "".join(ends)
        return {
            i: str(token)
            for i, token in added.items()
            if token.special or (str(token).strip() and str(token) in template)
        }

    def chat(self, messages: Messages) -> list[int]:
        """A conversation up to where the answer begins.

        Args:
            messages: with the keys `role` (system, developer, user or assistant) and `content`; the last one
                is a user's.

        Raises:
            ValueError: another message is the last, the template cannot make a prompt of them, or a text
                forges special tokens.
        """
        if not messages or messages[-1]["role"] != "user":
            raise ValueError(
                "the conversation does not end with a message of the role 'user'; end it with one"
            )
        # 1. A cut in each place that looks like a special token; nobody can guess the word that marks it.
        cut = f"cut{secrets.token_hex(16)}"
        plain = [{"role": _role(message["role"]), "content": message["content"]} for message in messages]
        marked = [{**message, "content": self._cut(message["content"], cut)} for message in plain]
        # 2. The template writes its own tokens around the texts, and the parts between cuts are tokenized.
        tokens = self._tokens(self._chat.text(marked).split(cut))
        # 3. Where there were cuts, no special token may have got through.
        if any(cut in message["content"] for message in marked):
            self._check(tokens, plain)
        return self._short(tokens)

    def _cut(self, text: str, cut: str) -> str:
        """The text with a cut after the first character of each place that looks like a special token."""
        if not any(
            word in text for word in self._words
        ):  # much faster than the pattern, and nearly always so
            return text
        return self._word.sub(lambda match: match[0] + cut, text)

    def _check(self, tokens: Sequence[int], messages: Messages) -> None:
        """Raise ValueError if there are more special tokens than the template writes."""
        harmless = self._tokens([self._chat.text([{**message, "content": "x"} for message in messages])])
        if self._count(tokens) - self._count(harmless):
            raise ValueError(
                "the messages hold special tokens of the model in a form that cannot be told from real ones; "
                "write them otherwise"
            )

    def _count(self, tokens: Sequence[int]) -> Counter[int]:
        return Counter(token for token in tokens if token in self._special)

    def _tokens(self, parts: Sequence[str]) -> list[int]:
        """Tokens of the parts of one text; without a template, the tokenizer adds its own in front."""
        first, rest = parts[0], list(parts[1:])
        self._short(rest)
        tokens = list(self._tokenizer(first, add_special_tokens=self._chat.template is None)["input_ids"])
        for more in self._tokenizer(rest, add_special_tokens=False)["input_ids"] if rest else ():
            tokens += more
        return tokens

    def text(self, text: str) -> list[int]:
        """A text as it stands behind the tokenizer's own first tokens; an empty one is where texts begin.

        Special tokens in it are read as such: it is the whole prompt, and has no turns to forge.
        """
        tokens = list(self._tokenizer(text)["input_ids"])
        ends = (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id, 0)
        return self._short(tokens) or [next(i for i in ends if i is not None)]

    def check(self, tokens: Sequence[int]) -> list[int]:
        """Tokens given as numbers; ValueError for none, too many, or any outside the vocabulary."""
        self._short(list(tokens))
        size = len(self._tokenizer)
        wrong = next((token for token in tokens if not 0 <= token < size), None)
        if not tokens or wrong is not None:
            what = "no tokens" if wrong is None else f"token {wrong}"
            raise ValueError(f"the prompt has {what}; send tokens from 0 to {size - 1}")
        return list(tokens)

    def _short(self, tokens: list[Any]) -> list[Any]:
        if len(tokens) > self._longest:
            raise ValueError(
                f"the prompt has more tokens than the {self._longest:,} that the model reads; shorten it"
            )
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=False))


def _role(role: str) -> str:
    return "system" if role == "developer" else role
