"""Names that a request's fields do not have.

What an OpenAI client sends besides (`user`, `metadata`, `store` …) is read over. What would have changed the
answer is refused, and the sentence names the right field: a name near one of ours, one that other servers
have, and one of ours inside another object.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic_core import PydanticCustomError

WRONG_NAME = "wrong_name"
"""The type of the error, whose context has the `name` that came."""
_NEAR = 0.8
"""Ratio of difflib above which a name is another one misspelt."""
_MANY = 32
"""Names that are not known, in one object."""
_SHOWN = 64
"""Characters of a name that are looked at."""


def _plain(name: str) -> str:
    """A name without case and separators: contextMix is context_mix."""
    return re.sub(r"[^a-z0-9]", "", name[:_SHOWN].lower())


def _by_name(*rows: tuple[str, Any]) -> dict[str, Any]:
    return {_plain(name): value for names, value in rows for name in names.split()}


_OURS: dict[str, tuple[str, ...]] = _by_name(
    ("description persona character adapter adapter_id adapter_name adapter_source adapters lora loras "
     "lora_id lora_name lora_path lora_request lora_adapter lora_adapters peft peft_id peft_model persona_id "
     "description_text",
     ("context", "description", "text")),
    ("context", ("description", "text", "columns")),
    ("text query input", ("description",)),
    ("context_mix mix mixture", ("context_mix", "mix", "columns")),
    ("context_strength strength scale lora_scale adapter_scale",
     ("context_strength", "strength", "weight", "columns")),
    ("max_new_tokens max_length max_gen_toks max_completion_tokens max_output_tokens n_predict num_predict",
     ("max_tokens",)),
    ("repeat_penalty rep_pen", ("repetition_penalty",)),
    ("stop_sequences stop_strings until", ("stop",)),
    ("random_seed", ("seed",)),
    ("temp", ("temperature",)),
    ("num_return_sequences", ("n",)),
    ("system system_prompt system_message instructions preamble", ("messages",)),
)  # fmt: skip
"""Names that stand for a field under another name: the right one is the first that an object has."""
_BESIDE = "what is in it stands beside 'model', not in an object of its own"
_IN_TEXT = "this server answers in free text, without a grammar; leave it out"
_OTHER = "this server does not have it, and the answer would be another; leave it out"
_OFF: tuple[Any, ...] = (None, False, 0, "", [], {})
_ELSEWHERE: dict[str, tuple[str, tuple[Any, ...]]] = _by_name(
    ("extra_body extra_json extra_args extra_params parameters options sampling_params generation_config "
     "model_kwargs vllm_xargs", (_BESIDE, _OFF)),
    ("guided_json guided_regex guided_choice guided_grammar guided_whitespace_pattern "
     "guided_decoding_backend structured_outputs structural_tag grammar json_schema regex ebnf format",
     (_IN_TEXT, _OFF)),
    ("typical_p tfs tfs_z num_beams length_penalty cfg_scale guidance_scale best_of", (_OTHER, (*_OFF, 1))),
    ("top_a epsilon_cutoff eta_cutoff mirostat mirostat_tau mirostat_eta dry_multiplier xtc_probability "
     "dynatemp_range use_beam_search early_stopping no_repeat_ngram_size penalty_alpha min_tokens "
     "min_new_tokens min_length stop_token_ids bad_words bad_words_ids allowed_token_ids suppress_tokens "
     "logits_processors prompt_logprobs prompt_embeds chat_template chat_template_kwargs documents "
     "continue_final_message truncate_prompt_tokens prefill samplers negative_prompt control_vector images "
     "echo suffix system system_prompt system_message instructions preamble stop_regex "
     "include_stop_str_in_output", (_OTHER, _OFF)),
    ("skip_special_tokens add_generation_prompt do_sample", (_OTHER, (None, True))),
)  # fmt: skip
"""Fields of other servers: why they cannot stand here, and the values that ask for nothing."""
_CONTEXTS = ("context", "context_mix", "context_strength")
_FREE = frozenset(("metadata",))
"""Objects whose names are the client's own."""


def check_names(value: Mapping[str, Any], fields: frozenset[str]) -> None:
    """Raise a `WRONG_NAME` error for a name in an object that would have changed the answer.

    Raises ValueError for more names than can be looked at in no time.

    Args:
        value: an object of a request.
        fields: the names that it may have.
    """
    others = [name for name in value if name not in fields and value[name] is not None]
    if len(others) > _MANY:
        raise ValueError(f"{len(others)} fields came that are not known here; send at most {_MANY} of them")
    for name in others:
        reason = _reason(name, value[name], fields)
        if reason is not None:
            shown = name[:_SHOWN]
            sentence = f"the field '{shown}' is not known here: {reason}"
            raise PydanticCustomError(WRONG_NAME, "{sentence}", {"name": shown, "sentence": sentence})


def check_query(names: Collection[str], parameters: frozenset[str], fields: frozenset[str]) -> None:
    """Raise ValueError for a name in a URL that is a parameter misspelt, or a field of the body."""
    for name in names:
        if name not in parameters:
            right = _right_name(name, parameters)
            if right is not None:
                raise ValueError(
                    f"'{name[:_SHOWN]}' in the URL is not known here; the right name is '{right}'"
                )
            if name in fields or _right_name(name, fields) is not None:
                raise ValueError(f"'{name[:_SHOWN]}' came in the URL; send it in the body")


def _reason(name: str, value: Any, fields: frozenset[str]) -> str | None:
    """Why a field of this name and value cannot stand in an object; None where it is read over."""
    plain = _plain(name)
    if "role" in fields and (plain in _OURS or plain.startswith("context")):
        return (
            "the right name is 'content'"
            if plain == "text"
            else "it belongs beside 'messages', not into one of them"
        )
    right = _right_name(name, fields)
    if right == "messages" and plain in _OURS:
        return "send a message of the role 'system' in 'messages'"
    if right is not None:
        return f"the right name is '{right}'"
    if plain.startswith("context") and "context" in fields:
        return "contexts are given by context, context_mix and context_strength"
    if plain in _ELSEWHERE:
        reason, nothing = _ELSEWHERE[plain]
        asks = all(value != each or isinstance(value, bool) != isinstance(each, bool) for each in nothing)
        return reason if asks else None
    nests = isinstance(value, Mapping) and name not in _FREE and any(each in value for each in _CONTEXTS)
    return _BESIDE if nests else None


def _right_name(name: str, fields: frozenset[str]) -> str | None:
    """The field that a name stands for, or is near to by its spelling."""
    plain = _plain(name)
    for right in _OURS.get(plain, ()):
        if right in fields:
            return right
    spellings, letters, room = _spellings(fields), set(plain), 1 - _NEAR
    # Those that have other letters cannot be near; most are found so, which is much faster.
    alike = [s for s in spellings if len(letters.symmetric_difference(s)) <= room * (len(plain) + len(s))]
    near = get_close_matches(plain, alike, 1, _NEAR) if alike else []
    return spellings[near[0]] if near else None


@cache
def _spellings(fields: frozenset[str]) -> dict[str, str]:
    return {_plain(field): field for field in fields}
