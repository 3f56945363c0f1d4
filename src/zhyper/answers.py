"""Greedy answers of a causal language model to prompts, in batches of similar length."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor

from zhyper.arguments import count, items
from zhyper.base_config import check_tokens, check_window
from zhyper.data import Prompt, answer_tokens, pad_left, prompt_tokens


def answer(
    base: Any,
    tokenizer: Any,
    prompts: Sequence[Prompt],
    under: Callable[[list[int]], AbstractContextManager[Any]],
    *,
    chat_template: str | None,
    max_new_tokens: int,
    batch_size: int,
    progress: Callable[[Sequence[list[int]]], Any] = iter,
) -> list[str]:
    """One answer for each prompt, in order, without special tokens and outer white space.

    Args:
        base: a Transformers model with `generate`.
        tokenizer: its tokenizer.
        prompts: user messages, or conversations that end with one.
        under: what a batch is answered inside of; it gets the places of the batch's prompts among all.
        chat_template: makes a prompt of a message; None takes the tokenizer's own.
        max_new_tokens: length at which an answer is cut.
        batch_size: prompts of one forward pass.
        progress: wraps the batches, to show a progress bar.

    Raises:
        ValueError: as of `prompt_rows`, before anything is answered.
    """
    batch_size, max_new_tokens = count("batch_size", batch_size), count("max_new_tokens", max_new_tokens)
    rows = prompt_rows(base, tokenizer, prompts, chat_template, max_new_tokens)
    ends = stops(base, tokenizer, chat_template)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    answers = [""] * len(rows)
    for batch in progress([order[i : i + batch_size] for i in range(0, len(order), batch_size)]):
        tokens = _batch(base, tokenizer, {i: rows[i] for i in batch}, ends, max_new_tokens, under)
        for i, row in tokens.items():
            answers[i] = tokenizer.decode(row, skip_special_tokens=True).strip()
    return answers


def prompt_rows(
    base: Any,
    tokenizer: Any,
    prompts: Sequence[Prompt],
    chat_template: str | None,
    max_new_tokens: int,
) -> list[list[int]]:
    """The tokens of each prompt; arguments as of `answer`.

    Raises:
        ValueError: something is no prompt, the base cannot read it, or has no room for the answer.
    """
    max_new_tokens = count("max_new_tokens", max_new_tokens)
    rows = [
        prompt_tokens(tokenizer, prompt, chat_template) for prompt in items("prompts", prompts, "prompts")
    ]
    for row in rows:
        check_tokens(base.config, tokenizer, row)
        check_window(base.config, len(row), max_new_tokens)
    return rows


@torch.no_grad()
def _batch(
    base: Any,
    tokenizer: Any,
    rows: dict[int, list[int]],
    ends: list[int],
    max_new_tokens: int,
    under: Callable[[list[int]], AbstractContextManager[Any]],
) -> dict[int, list[int]]:
    """The answers' tokens to prompts as tokens, by their places among all prompts.

    Answers differ in length, and a step costs what its rows do: whenever half of a batch's answers have
    ended, their rows leave it.
    """
    places, answers, cache = list(rows), dict[int, list[int]](), None
    ids = pad_left(list(rows.values()), tokenizer.pad_token_id).to(base.device)
    mask = pad_left([[1] * len(row) for row in rows.values()], 0).to(base.device)
    start, end = ids.shape[1], ids.shape[1] + max_new_tokens
    model = base.get_base_model() if hasattr(base, "get_base_model") else base  # inside PEFT's
    # what a state, or a model that sees, keeps of its rows besides the cache has no rows that could leave
    fixed = model._is_stateful or model.config.get_text_config() is not model.config
    stop = [] if fixed else [_HalfEnded(start, ends)]
    while places:
        with under(places), bare_generation(base):
            out = base.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=end - ids.shape[1], do_sample=False,
                pad_token_id=tokenizer.pad_token_id, eos_token_id=ends, return_dict_in_generate=True,
                stopping_criteria=stop, **({} if cache is None else {cache_argument(model): cache}),
            )  # fmt: skip
        ids, cache = out.sequences, out.cache if hasattr(out, "cache") else out.past_key_values
        has_ended = _ended(ids, start, ends) | (ids.shape[1] == end or not stop)
        answers |= {places[i]: ids[i, start:].tolist() for i in has_ended.nonzero()[:, 0].tolist()}
        stay = (~has_ended).nonzero()[:, 0]
        places = [places[i] for i in stay.tolist()]
        if places:
            cache.batch_select_indices(stay)
            ids = ids[stay]
            mask = torch.cat([mask[stay], mask.new_ones(len(stay), ids.shape[1] - mask.shape[1])], 1)
    return answers


def cache_argument(base: Any) -> str:
    """What a model's forward pass calls its cache: Transformers 5 renames it."""
    return "cache" if "cache" in inspect.signature(base.forward).parameters else "past_key_values"


class _HalfEnded:
    """A stopping criterion of Transformers: half of the rows have ended their answers."""

    def __init__(self, start: int, ends: list[int]) -> None:
        self.start, self.ends = start, ends

    def __call__(self, ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        ended = _ended(ids, self.start, self.ends)
        return (2 * ended.sum() >= len(ids)).expand(len(ids))


def _ended(ids_BT: Tensor, start: int, ends: list[int]) -> Tensor:
    """Which rows [B] have a token that ends an answer, from `start` on."""
    return torch.isin(ids_BT[:, start:], torch.tensor(ends, device=ids_BT.device)).any(1)


@torch.no_grad()
def greedy(
    base: Any,
    tokenizer: Any,
    rows: Sequence[list[int]],
    ends: list[int],
    max_new_tokens: int,
    synced_gpus: bool | None = None,
) -> list[str]:
    """Answers to prompts as tokens, in one batch.

    Args:
        base: a Transformers model with `generate`.
        tokenizer: its tokenizer.
        rows: the tokens of each prompt.
        ends: the tokens that end an answer; see `stops`.
        max_new_tokens: length at which an answer is cut.
        synced_gpus: whether all processes go on until the last of them is done; None as Transformers decides.
    """
    ids = pad_left(rows, tokenizer.pad_token_id).to(base.device)
    with bare_generation(base):
        out = base.generate(
            input_ids=ids,
            attention_mask=pad_left([[1] * len(row) for row in rows], 0).to(base.device),
            max_new_tokens=max_new_tokens,
            do_sample=False,
            synced_gpus=synced_gpus,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=ends,
        )
    return [text.strip() for text in tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)]


@contextmanager
def bare_generation(base: Any) -> Iterator[None]:
    """While the block runs, `base.generate` follows its arguments alone.

    What a base brings in its `generation_config.json` (a repetition penalty, suppressed tokens, a temperature
    …) changes greedy answers too, and whatever else reads logits, such as a server, knows nothing of it. Only
    the special tokens named there stay.

    Args:
        base: a Transformers model, or one of PEFT around it.
    """
    # PEFT has models that give the one inside their own config, and models that leave it its own
    models = [base, base.get_base_model()] if hasattr(base, "get_base_model") else [base]
    own = [model.generation_config for model in models]
    special = ("bos_token_id", "eos_token_id", "pad_token_id")
    bare = type(own[0])(**{name: getattr(own[0], name) for name in special})
    try:
        for model in models:
            model.generation_config = bare
        yield
    finally:
        for model, config in zip(models, own, strict=True):
            model.generation_config = config


def stops(base: Any, tokenizer: Any, chat_template: str | None) -> list[int]:
    """The tokens that end an answer: the model's own and the one its chat template ends a turn with."""
    own = base.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, answer_tokens(tokenizer, "a", "b", chat_template)[-1]}
    return sorted({*ends, *(own if isinstance(own, list) else [own])} - {None})
