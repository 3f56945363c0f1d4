"""Chats: rows that hold a list of messages, as data sets for fine-tuning have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from zhyper.data._values import text_of

COLUMNS = ("messages", "conversations", "conversation")
"""Columns that hold chats, if no others are named."""
ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "tool": "tool",
    "function": "tool",
    "function_call": "tool",
    "observation": "tool",
}
"""Who speaks, by what OpenAI's `role` and ShareGPT's `from` call it."""


@dataclass(frozen=True)
class Exchange:
    """The first question of a chat and its answer; both are empty where the chat has another form."""

    system: str = ""
    question: str = ""
    answer: str = ""
    later: int = 0
    """Further answers of the chat, which depend on what was said before."""
    why: str = ""
    """Why there is no question with an answer."""


def first_exchange(where: str, column: str, messages: Any) -> Exchange:
    """The first question and answer of a chat, and what the system is told before.

    Args:
        where: the row's place.
        column: that holds the chat.
        messages: objects of `role` and `content`, or of `from` and `value`. A content is a text, or a list of
            parts of the type `text`.

    Raises:
        ValueError: no list of such messages.
    """
    if messages is None or messages == []:
        return Exchange(why="empty")
    if not isinstance(messages, list):
        text_of(where, column, messages)
        raise ValueError(f"{where} has a text as '{column}', where a list of messages is expected")
    turns = [_turn(where, column, message) for message in messages]
    if any(role == "tool" for role, _ in turns):
        return Exchange(why="chat with tools")
    if any(text is None for _, text in turns):
        return Exchange(why="chat with more than text")
    told = [text for _, text in takewhile(lambda turn: turn[0] == "system", turns)]
    spoken = turns[len(told) :]
    if [role for role, _ in spoken[:2]] != ["user", "assistant"]:
        return Exchange(why="chat that does not begin with a question and its answer")
    (_, question), (_, answer), *rest = spoken
    later = sum(role == "assistant" for role, _ in rest)
    return Exchange("\n\n".join(filter(None, told)), question or "", answer or "", later)


def _turn(where: str, column: str, message: Any) -> tuple[str, str | None]:
    """Who speaks in a message, and its text; None for what is not a text."""
    if not isinstance(message, Mapping):
        text_of(where, column, message)
        raise ValueError(f"{where} has a text among the messages of '{column}'; each must be an object")
    speaker = message.get("role", message.get("from"))
    if not isinstance(speaker, str) or speaker not in ROLES:
        raise ValueError(
            f"{where} has a message of '{column}' whose role (or from) is {speaker!r}, but must be one of: "
            f"{', '.join(ROLES)}"
        )
    if message.get("tool_calls") or message.get("function_call"):
        return "tool", ""
    content = message.get("content", message.get("value"))
    if isinstance(content, list):
        if not all(isinstance(part, Mapping) and part.get("type") == "text" for part in content):
            return ROLES[speaker], None
        texts = [text_of(where, f"{column}.text", part.get("text")) for part in content]
        return ROLES[speaker], "\n".join(filter(None, texts))
    return ROLES[speaker], text_of(where, f"{column}.content", content)
