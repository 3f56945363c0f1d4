"""From tasks to token batches: chat prompts, plans of rows by seed, and padded tensors."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from zhyper.data._chat import Chat
from zhyper.data._collection import Rows
from zhyper.data._cues import shows

IGNORED = -100
TWINS = 192
"""Of how many rows, drawn at random, the texts that mean the same are compared in a step."""

Prompt = str | Sequence[Mapping[str, str]]
"""A user's message, or a conversation that ends with one: messages with the keys `role` and `content`."""


def conversation(prompt: Prompt) -> list[dict[str, str]]:
    """A prompt as messages.

    Raises ValueError if it is neither a text nor a conversation that ends with a user's message.
    """
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    for message in prompt if isinstance(prompt, Sequence) else [None]:
        if not isinstance(message, Mapping) or not all(
            isinstance(message.get(name), str) for name in ("role", "content")
        ):
            raise ValueError(
                f"{prompt!r} is no prompt: it must be a text, or a conversation as a list of messages with "
                "the texts 'role' and 'content'"
            )
    if not prompt or prompt[-1]["role"] != "user":
        raise ValueError("the conversation does not end with a message of the role 'user'; end it with one")
    return [dict(message) for message in prompt]


def prompt_tokens(tokenizer: Any, prompt: Prompt, template: str | None = None) -> list[int]:
    """A prompt as a chat, up to where the answer begins.

    Args:
        tokenizer: any Transformers tokenizer.
        prompt: a message, or a conversation that a user's message ends.
        template: a Jinja chat template, or the name of one of the tokenizer's; None takes its own (default)
            one, and without any each message gets a line.

    Raises:
        ValueError: it is no prompt, or the template cannot make one of it without losing what is said.
    """
    chat = Chat.of(tokenizer, template)
    text = chat.text(conversation(prompt))
    return list(tokenizer(text, add_special_tokens=chat.template is None)["input_ids"])


def answer_tokens(tokenizer: Any, user: str, answer: str, template: str | None = None) -> list[int]:
    """The answer with the token that ends a turn: the chat template's, or the tokenizer's end of text."""
    end, chat = tokenizer.eos_token, Chat.of(tokenizer, template)
    if chat.template is not None:
        messages = conversation(user)
        before = chat.text(messages)
        # a template of one turn knows no answers: then the end of text ends them
        whole = chat.render([*messages, {"role": "assistant", "content": answer}])
        tail = whole[len(before + answer) :].rstrip() if whole.startswith(before + answer) else ""
        ends = tokenizer(tail, add_special_tokens=False)["input_ids"][-1:]
        if ends and ends[0] in tokenizer.added_tokens_decoder:
            end = tail
    if end is None:
        raise ValueError(
            "neither the tokenizer (eos_token) nor a chat template names a token that ends an answer; name "
            "one"
        )
    return list(tokenizer(answer + end, add_special_tokens=False)["input_ids"])


@dataclass(frozen=True)
class Example:
    """One row to train on: a prompt, its answer, and the text whose context the row is under."""

    prompt: list[int]
    answer: list[int]
    cue: str
    alike: tuple[str, ...] = ()
    """All texts that the row could be under, the cue among them: they mean the same."""
    task: str = ""
    """The name of the task it was drawn from."""

    @property
    def tokens(self) -> int:
        """Length of prompt and answer."""
        return len(self.prompt) + len(self.answer)


def plan_examples(
    tokenizer: Any,
    rows: Sequence[Rows],
    count: int,
    seed: int,
    max_tokens: int,
    template: str | None,
) -> tuple[list[Example], int]:
    """Draw `count` rows (Zhyper equation 4).

    A task is drawn by its weight, then uniformly one of its pairs and one of its descriptions.

    A pair with descriptions of its own is put under one of these, and a task without any puts each row under
    its own input.

    Returns:
        The examples, and how many draws were replaced by the next: longer than `max_tokens`, or their own
        demonstration.

    Raises:
        ValueError: hardly any draw can be used.
    """
    rng = random.Random(seed)
    prompts: dict[str, list[int]] = {}
    answers: dict[tuple[str, str], list[int]] = {}
    examples: list[Example] = []
    left_out = 0
    weights = list(accumulate(task.task.weight for task in rows))
    alike = (
        len({task.task.weight for task in rows}) == 1
    )  # drawn as before there were weights, so that older runs resume as they began
    while len(examples) < count:
        task = rng.choice(rows) if alike else rng.choices(rows, cum_weights=weights)[0]
        pair = rng.choice(task.pairs)
        cues = task.cues(pair)
        cue = rng.choice(cues)
        key = (pair.input, pair.output)
        if pair.input not in prompts:
            prompts[pair.input] = prompt_tokens(tokenizer, pair.input, template)
        if key not in answers:
            answers[key] = answer_tokens(tokenizer, *key, template)
        example = Example(prompts[pair.input], answers[key], cue, cues, task.task.name)
        if example.tokens <= max_tokens and not shows(cue, pair):
            examples.append(example)
        elif (left_out := left_out + 1) > 100 * (len(examples) + 10):
            raise ValueError(
                f"nearly every row is longer than max_tokens = {max_tokens} (raise it, if the base "
                "reads more), or is its own demonstration (add rows)"
            )
    return examples, left_out


def bucket(examples: Sequence[Example], batch: int, seed: int, window: int = 32) -> list[Example]:
    """Reorder so that each batch of `batch` rows has similar lengths, within windows of `window` batches."""
    rng = random.Random(seed)
    ordered: list[Example] = []
    for start in range(0, len(examples), batch * window):
        part = sorted(examples[start : start + batch * window], key=lambda example: example.tokens)
        batches = [part[i : i + batch] for i in range(0, len(part), batch)]
        rest = [batches.pop()] if len(part) % batch else []
        rng.shuffle(batches)
        ordered += [example for rows in [*batches, *rest] for example in rows]
    return ordered


def pad_left(sequences: Sequence[Sequence[int]], value: int) -> Tensor:
    """Integer sequences as one [B, T] tensor, padded in front."""
    width = max(len(sequence) for sequence in sequences)
    return torch.tensor(
        [[value] * (width - len(sequence)) + list(sequence) for sequence in sequences], dtype=torch.long
    )


def pad_right(sequences: Sequence[Sequence[int]], value: int) -> Tensor:
    """Integer sequences as one [B, T] tensor, padded behind."""
    width = max(len(sequence) for sequence in sequences)
    return torch.tensor(
        [list(sequence) + [value] * (width - len(sequence)) for sequence in sequences], dtype=torch.long
    )


class Collator:
    """Examples as tensors.

    They are input_ids, attention_mask and labels [B, T], padded on the right, embeddings [B, C], and perhaps
    twins [2 S, C].

    Padding on the left would leave positions that attend to nothing. Twins are the contexts of two texts that
    mean the same, for each of S tasks: of all tasks the first, then of all the second. They are drawn from
    all rows by the batch's own tokens, so that the same batch has the same twins.

    Args:
        pad: the padding token.
        embeddings: the embedding [C] of each cue, and of what is like it where twins are wanted.
        rows: the rows that twins are drawn from; none for batches without twins.
    """

    def __init__(self, pad: int, embeddings: dict[str, Tensor], rows: Sequence[Example] = ()) -> None:
        self.pad, self.embeddings = pad, embeddings
        self.rows = [row for row in rows if len(row.alike) > 1]

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """Stack the examples of one batch."""
        batch = {
            "input_ids": pad_right([e.prompt + e.answer for e in examples], self.pad),
            "attention_mask": pad_right([[1] * e.tokens for e in examples], 0),
            "labels": pad_right([[IGNORED] * len(e.prompt) + e.answer for e in examples], IGNORED),
            "embeddings": torch.stack([self.embeddings[e.cue] for e in examples]),
        }
        return {**batch, "twins": self._twins(examples)} if self.rows else batch

    def _twins(self, examples: Sequence[Example]) -> Tensor:
        rng = random.Random(str([(e.prompt, e.answer, e.cue) for e in examples]))
        groups = dict.fromkeys(row.alike for row in rng.sample(self.rows, min(TWINS, len(self.rows))))
        firsts, seconds = zip(*(rng.sample(alike, 2) for alike in groups), strict=True)
        return torch.stack([self.embeddings[text] for text in (*firsts, *seconds)])
