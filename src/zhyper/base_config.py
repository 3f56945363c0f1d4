"""What a base's configuration says before any weight is read: its kind, its window and its tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_OTHER_HEADS = re.compile(r"For(?!CausalLM|ConditionalGeneration)[A-Z]\w+$|RewardModel$")
"""Of the class that wrote a model: it has another head than that of a language model."""


def check_kind(config: Any, ref: str) -> None:
    """Raise ValueError unless a configuration is of a causal language model that Transformers knows."""
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    kind = config.model_type
    wrote = next(filter(_OTHER_HEADS.search, config.architectures or ()), None)
    problem = None
    if getattr(config, "is_encoder_decoder", False):
        problem = "an encoder-decoder"
    elif kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not getattr(config, "is_decoder", False):
        problem = "an encoder, whose tokens see those that follow"
    elif kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        problem = f"of another kind ({', '.join(config.architectures or ()) or 'no language model'})"
    elif wrote is not None:
        problem = f"a {wrote}, which has another head"
    if problem is not None:
        raise ValueError(
            f"the base '{ref}' ({kind or 'of no model type'}) is {problem}; zhyper adapts causal language "
            "models, such as those of Llama, Qwen, Mistral or GPT-2: give one of these"
        )


def window(config: Any) -> int | None:
    """How many tokens a base reads at once, prompt and answer together; None where nothing bounds it."""
    most = getattr(config.get_text_config(), "max_position_embeddings", None)
    return most if isinstance(most, int) and most > 0 else None


def check_window(config: Any, prompt: int, answer: int) -> None:
    """Raise ValueError unless a prompt and an answer of so many tokens fit into the base's window."""
    most = window(config)
    if most is not None and prompt + answer > most:
        raise ValueError(
            f"a prompt of {prompt:,} tokens and an answer of up to {answer:,} came, but the base reads at "
            f"most {most:,} at once; shorten the prompt, or ask for fewer new tokens"
        )


def vocabulary(config: Any) -> int:
    """How many tokens the base's embedding has rows for."""
    return int(config.get_text_config().vocab_size)


def check_tokens(config: Any, tokenizer: Any, tokens: Iterable[int]) -> None:
    """Raise ValueError for a token that the base's embedding has no row for."""
    size = vocabulary(config)
    if (token := max(tokens, default=0)) >= size:
        raise ValueError(
            f"the token {tokenizer.convert_ids_to_tokens(token)!r} has the number {token}, but the base's "
            f"embedding has rows from 0 to {size - 1}; take it out of the text or the chat template, or give "
            "the base its own tokenizer"
        )


def fit_special_tokens(tokenizer: Any, config: Any) -> None:
    """Give the tokenizer a padding token that the base knows; any does, for padding is masked.

    Raises ValueError where the base does not know the tokens that begin and end a text, or none could pad.
    """
    size = vocabulary(config)
    for name in ("eos_token", "bos_token"):
        number = getattr(tokenizer, f"{name}_id")
        if number is not None and number >= size:
            raise ValueError(
                f"the tokenizer's {name} {getattr(tokenizer, name)} has the number {number}, but the base's "
                f"embedding has rows from 0 to {size - 1}; give the base its own tokenizer"
            )
    if tokenizer.pad_token_id is not None and tokenizer.pad_token_id < size:
        return
    special = zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True)
    known = [token for token, number in special if number is not None and number < size]
    pad = tokenizer.eos_token or next(iter(known), None)
    if pad is None:
        raise ValueError(
            "the tokenizer names no token that ends a text (eos_token), and none that could pad; name one"
        )
    tokenizer.pad_token = pad
