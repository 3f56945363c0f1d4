"""What names a context: its address, and the name that its owner gives it."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9._-]{0,63}")
"""Names that could not leave a folder, be a hidden file, or stand for two spellings of one word."""
ADDRESS = re.compile(r"[0-9a-f]{64}")
"""The id of a context; a name may not look like one."""


def is_address(text: str) -> bool:
    """Whether a text is the id of a context, not its description or name."""
    return ADDRESS.fullmatch(text) is not None


def check_name(name: str) -> None:
    """Raise ValueError unless this can be the name of a context."""
    if not NAME.fullmatch(name) or is_address(name):
        raise ValueError(
            "the name of a context has 1 to 64 of the characters a-z, 0-9, '.', '_' and '-', a letter or "
            "digit first, no '..', and may not look like an id; choose another name"
        )
