"""What an export takes of its base: its tokenizer, the right chat template, the tokens that end answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Base:
    """What an export says of its base, and takes from it."""

    model: Any
    tokenizer: Any
    name: str
    """For people: the base of the checkpoint's recipe."""
    place: str
    """For programs: a folder, or a Hugging Face id; `base_model_name_or_path` of a PEFT folder."""
    revision: str | None
    chat_template: str
    """What zhyper makes prompts with; the tokenizer is written with it."""
    ends: Sequence[int]
    """The tokens that end an answer."""


def lines_template(tokenizer: Any) -> str:
    """The chat template of a tokenizer without one: each message gets a line, amid the special tokens."""
    plain, whole = (tokenizer("a", add_special_tokens=special)["input_ids"] for special in (False, True))
    start = next(i for i in range(len(whole)) if whole[i : i + len(plain)] == plain)
    before, after = (
        json.dumps(tokenizer.decode(ids)) for ids in (whole[:start], whole[start + len(plain) :])
    )
    lines = """{% for m in messages %}{{ m['content'] + "\\n" }}{% endfor %}"""
    return f"{{{{ {before} }}}}{lines}{{{{ {after} }}}}"


def template_of_texts(template: str, parts: Iterable[str]) -> str:
    """A chat template that reads texts, of one that wants the content of these roles as lists of parts."""
    if not (roles := sorted(parts)):
        return template
    part = "[{'type': 'text', 'text': m['content']}]"
    return (
        "{% set ns = namespace(said=[]) %}{% for m in messages %}"
        f"{{% if m['role'] in {json.dumps(roles)} and m['content'] is string %}}"
        f"{{% set ns.said = ns.said + [dict(m, content={part})] %}}"
        "{% else %}{% set ns.said = ns.said + [m] %}{% endif %}{% endfor %}{% set messages = ns.said %}"
        f"{template}"
    )


def save_tokenizer(folder: Path, base: Base) -> None:
    """Write the tokenizer, whose chat template makes zhyper's prompts, and how zhyper answers: greedily."""
    tokenizer = copy.deepcopy(base.tokenizer)
    tokenizer.chat_template = base.chat_template
    tokenizer.save_pretrained(folder)
    generation = {
        "do_sample": False,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": list(base.ends),
        "pad_token_id": tokenizer.pad_token_id,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")
