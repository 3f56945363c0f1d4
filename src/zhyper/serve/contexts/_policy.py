"""Which descriptions a server takes: regular expressions, and a function of the operator's own."""

from __future__ import annotations

import importlib
import logging
import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

Hook = Callable[[str], str | None]
"""Takes a description and gives the sentence it is refused with, or None."""

logger = logging.getLogger(__name__)

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that show nothing, although they are letters, marks or symbols."""


class Refused(PermissionError):
    """The policy of the server refuses a description; says so in a sentence."""


class Policy:
    """Which descriptions are taken. Without arguments: all of them.

    A description is looked at as it is, and as it reads: normalised (NFKC), without characters that show
    nothing, and with one space wherever there is any white space. So a letter of another width, or one
    without width, changes nothing. Upper and lower case are the same. What is written in look-alike letters
    of another alphabet, or in other words, is not found.

    Args:
        allow: regular expressions, one of which each description must match as a whole; none at all allows
            everything.
        refuse: regular expressions that no description may match anywhere; also looked for without accents
            and other marks.
        hook: is given a description, and gives the sentence it is refused with, or None. It is called in the
            server's own loop, so it must be fast. If it fails, the description is refused.
    """

    def __init__(
        self, allow: Sequence[str] = (), refuse: Sequence[str] = (), hook: Hook | None = None
    ) -> None:
        self._allow = [_compile(pattern, "allow") for pattern in allow]
        self._refuse = [_compile(pattern, "refuse") for pattern in refuse]
        self._hook = hook

    @classmethod
    def read(cls, file: str | Path | None, hook: Hook | None = None) -> Self:
        """The policy of a TOML file with the lists `allow` and `refuse`; without a file, that of the hook.

        Raises:
            ValueError: the file cannot be read, is no TOML, has another key, or a pattern is no regular
                expression.
        """
        if file is None:
            return cls(hook=hook)
        try:
            values = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ValueError(
                f"the policy {file} cannot be read ({error}); write TOML with the lists 'allow' and 'refuse'"
            ) from error
        for key, patterns in values.items():
            if key not in ("allow", "refuse"):
                raise ValueError(
                    f"the policy {file} has the key '{key}'; its keys are the lists 'allow' and 'refuse'"
                )
            if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
                raise ValueError(
                    f"'{key}' in the policy {file} must be a list of regular expressions in quotation marks"
                )
        return cls(**values, hook=hook)

    def check(self, description: str) -> None:
        """Raise Refused, with a sentence, unless the description may be used."""
        plain = as_read(description)
        forms = [description] if plain == description else [description, plain]
        if self._allow and not all(any(pattern.fullmatch(form) for pattern in self._allow) for form in forms):
            raise Refused(
                "the description is none of those that this server allows; ask its operator which are"
            )
        if any(pattern.search(form) for pattern in self._refuse for form in [*forms, _without_marks(plain)]):
            raise Refused("the description is one of those that this server refuses; use another one")
        if self._hook is not None:
            for form in forms:
                self._ask(self._hook, form)

    @staticmethod
    def _ask(hook: Hook, form: str) -> None:
        try:
            sentence = hook(form)
        except Exception as error:
            logger.exception("policy hook failed")
            sentence = (
                "this server's policy could not judge the description, so it is refused; tell its operator"
            )
            raise Refused(sentence) from error
        if sentence is not None:
            raise Refused(str(sentence))


def load_hook(ref: str) -> Hook:
    """The function that `module:function` names, which the operator gives on the command line.

    Raises:
        ValueError: it is not of that form, there is no such module or function, or it cannot be called.
    """
    module, _, name = ref.partition(":")
    if not module or not name:
        raise ValueError(f"the policy hook is '{ref}', but must be module:function")
    try:
        hook = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"the policy hook '{ref}' cannot be imported ({error}); it must be on Python's path"
        ) from error
    if not callable(hook):
        raise ValueError(f"the policy hook '{ref}' is no function; name one that takes a description")
    return hook  # type: ignore[no-any-return]


def as_read(text: str) -> str:
    """The text as a reader sees it: NFKC, no characters that show nothing, one space for all white space."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isspace() or not _is_invisible(c))
    return " ".join(unicodedata.normalize("NFKC", shown).split())


def _is_invisible(character: str) -> bool:
    number = ord(character)
    variation = 0xFE00 <= number <= 0xFE0F or 0xE0100 <= number <= 0xE01EF or 0x180B <= number <= 0x180F
    return variation or character in _BLANK or unicodedata.category(character) in ("Cf", "Cc", "Cn")


def _without_marks(text: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Me")
    )


def _compile(pattern: str, kind: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(
            f"the pattern {pattern!r} in '{kind}' of the policy is no regular expression: {error}"
        ) from error
