"""Conversations as text by a chat template, which is tried before it is trusted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from jinja2 import TemplateError

from zhyper.base_config import check_tokens

PROBE = "Read 'all' of \"this\": ÄÖ, <b> & {{ x }}, {% y %}\n\n\tand " + " ".join(map(str, range(1000)))
"""A text that shows what a template does to texts: no outer white space, and longer than most are cut at."""
_FAULTS = (TemplateError, TypeError, ValueError, LookupError, AttributeError)
"""What a template may raise: its own words, or what goes wrong in it as in any program."""

Messages = Sequence[Mapping[str, Any]]


class Chat:
    """A chat template of a tokenizer.

    A template reads the content of a message as text or as a list of parts (as those of many vision-language
    models do). Which, is tried with `PROBE` once for each sequence of roles. So is whether all texts come
    through: a template may pass over a role, cut texts, or know the last turn alone.

    Args:
        tokenizer: any Transformers tokenizer.
        template: a Jinja template; without one each message gets a line. `Chat.of` finds the tokenizer's own.
    """

    def __init__(self, tokenizer: Any, template: str | None) -> None:
        self._tokenizer, self.template = tokenizer, template
        self._reading = lru_cache(maxsize=1000)(self._try)

    @staticmethod
    def of(tokenizer: Any, template: str | None = None) -> Chat:
        """The chat of a template, of the tokenizer's template of that name, or of its own (default) one.

        Raises ValueError if the tokenizer has several, and none of them is called default.
        """
        own = tokenizer.chat_template
        if isinstance(own, Mapping) and own:
            if not template and "default" not in own:
                raise ValueError(
                    f"the base's tokenizer has the chat templates {', '.join(own)}, and none called default; "
                    "set chat_template to one of these names, or to a template"
                )
            return _chat(tokenizer, own.get(template or "default", template))
        return _chat(tokenizer, template or own or None)

    def text(self, messages: Messages) -> str:
        """A conversation as text; where a user has the last word, up to where the answer begins.

        Raises ValueError if the template refuses the messages, or loses what one of them says.
        """
        if lost := self.lost(tuple(message["role"] for message in messages)):
            raise ValueError(
                f"the chat template leaves out or changes what the {lost[0]} says, so the base would not "
                "read it; set another chat_template, or send no such message"
            )
        return self.render(messages)

    def lost(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """Of messages of these roles those whose text does not come through."""
        return () if self.template is None else self._reading(roles)[1]

    def parts(self, roles: tuple[str, ...]) -> frozenset[str]:
        """Of these roles those whose messages are to come as lists of parts."""
        return frozenset() if self.template is None else self._reading(roles)[0]

    def render(self, messages: Messages) -> str:
        """As `text`, whether all that is said comes through or not."""
        if self.template is None:
            return "".join(f"{message['content']}\n" for message in messages)
        parts, _ = self._reading(tuple(message["role"] for message in messages))
        return self._render(messages, parts)

    def _render(self, messages: Messages, parts: frozenset[str]) -> str:
        """What the template makes, where the messages of these roles come as parts."""
        given = [
            {**message, "content": [{"type": "text", "text": message["content"]}]}
            if message["role"] in parts and isinstance(message["content"], str)
            else message
            for message in messages
        ]
        begin = messages[-1]["role"] == "user"
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    given, chat_template=self.template, add_generation_prompt=begin, tokenize=False
                )
            )
        except _FAULTS as error:
            raise ValueError(
                f"the chat template cannot make a prompt of the messages: {error}; set another "
                "chat_template, or send other roles"
            ) from error

    def _try(self, roles: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
        """The roles whose messages are to come as parts, and those of messages that get lost either way."""
        kinds = sorted(set(roles))
        counts = (0, len(kinds), *range(1, len(kinds)))  # text is what most read; then parts for all
        lost: tuple[str, ...] = ()
        for parts in (frozenset(some) for count in counts for some in combinations(kinds, count)):
            said = [f"<{i}> {PROBE}" for i in range(len(roles))]
            messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=True)]
            try:
                whole = self._render(messages, parts)
            except ValueError:  # of the messages themselves too, if nothing else is read: they say why
                continue
            missing = tuple(role for role, text in zip(roles, said, strict=True) if text not in whole)
            if not missing:
                return parts, ()
            lost = lost or missing
        return frozenset(), lost


@lru_cache(maxsize=8)
def _chat(tokenizer: Any, template: str | None) -> Chat:
    """One `Chat` for a tokenizer and a template, which remembers what was tried."""
    return Chat(tokenizer, template)


def check_chat(tokenizer: Any, config: Any, template: str | None = None) -> None:
    """Raise ValueError if a template loses what a user says, or the base cannot read what it writes.

    It warns of what else the template loses; conversations that have that in them are refused when they come.
    """
    chat = Chat.of(tokenizer, template)
    text = chat.text([{"role": "user", "content": "a"}])
    check_tokens(config, tokenizer, tokenizer(text, add_special_tokens=chat.template is None)["input_ids"])
    for what, roles in {
        "system messages": ("system", "user"),
        "turns before the last": ("user", "assistant", "user"),
    }.items():
        if chat.lost(roles):
            warnings.warn(
                f"the chat template leaves out or changes {what}, so prompts that have some are refused",
                stacklevel=2,
            )
