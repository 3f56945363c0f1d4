"""Which texts name a context: its address, and the name that its owner gives it."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9._-]{0,63}")
"""Names of contexts: nothing that could leave a folder, be a hidden file, or stand for two spellings of one word."""
ADDRESS = re.compile(r"[0-9a-f]{64}")
"""The id of a context; a name may not look like one."""


def check_name(name: str) -> None:
    """Raise ValueError unless this can be the name of a context."""
    if not NAME.fullmatch(name) or ADDRESS.fullmatch(name):
        raise ValueError(
            "the name of a context wants 1 to 64 of the characters a-z, 0-9, '.', '_' and '-', a letter or digit first, no '..', "
            "and may not look like an id; choose another name"
        )


def check_characters(what: str, text: str) -> None:
    """Raise ValueError if the text has characters that cannot be stored: NUL, or half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(
            f"{what} has a character that no text has (NUL, or half of a surrogate pair); send text in UTF-8"
        )
