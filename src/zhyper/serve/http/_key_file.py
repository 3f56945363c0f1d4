"""API keys on disk: a TOML file that a person can read and edit, with the SHA-256 of each secret.

The secrets are 32 random bytes, which nobody can guess, so a slow hash as for passwords would add nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
import tomllib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from zhyper.files import replacing_file

SCOPES = ("ask", "read", "write", "metrics")
"""ask: completions and comparisons; read: list, search and download contexts; write: make and delete them;
metrics: /metrics."""
LIMITS = ("requests_per_minute", "max_tokens", "streams")
"""What a key may have less of than the server gives."""
NO_LIMIT = 2**31 - 1
"""Of a key that has no limits of its own."""
RESERVED = ("zhyper",)
"""Owners that no key may be: whose the examples are."""
PREFIX = "zhyper-"
"""Of secrets, so that scanners for leaked secrets can find them."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIELDS = ("name", "sha256", "scopes", *LIMITS, "expires")
_HEAD = """\
# API keys of a zhyper server. `zhyper keys add`, `list` and `revoke` write this file anew; a running server \
reads it within a second.
# A key's name is the owner of what is made with it. Its secret is not here, only the secret's SHA-256.
# scopes: ask, read, write, metrics. expires: the first day (UTC) on which the key no longer works; \
without it, it never expires.
"""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One API key. Its name is the owner of what is made with it, and the client whose limits count."""

    name: str
    sha256: str
    """Of the secret."""
    scopes: frozenset[str] = frozenset(SCOPES)
    requests_per_minute: int = NO_LIMIT
    """The server's own limit counts where it is narrower."""
    max_tokens: int = NO_LIMIT
    streams: int = NO_LIMIT
    expires: date | None = None
    """The first day (UTC) on which it no longer works."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"the name of a key is {self.name!r}, but must be 1 to 64 letters, digits, '.', '_', '@' "
                "and '-'"
            )
        if self.name in RESERVED:
            raise ValueError(f"the name '{self.name}' is the server's own; choose another name for the key")
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"the sha256 of key '{self.name}' must be 64 digits 0-9 and a-f")
        if unknown := sorted(self.scopes - set(SCOPES)):
            raise ValueError(
                f"key '{self.name}' has the scope '{unknown[0]}'; the scopes are: {', '.join(SCOPES)}"
            )
        for limit in LIMITS:
            if (value := getattr(self, limit)) < 1:
                raise ValueError(f"{limit} of key '{self.name}' is {value}, but must be at least 1")

    def is_valid(self, today: date | None = None) -> bool:
        """Whether it has not expired."""
        return self.expires is None or (today or datetime.now(UTC).date()) < self.expires

    def tokens(self, asked: int | None, default: int) -> int:
        """How many tokens an answer may have, asked for or by default; ValueError beyond the key's limit."""
        if asked is None:
            return min(default, self.max_tokens)
        if not 1 <= asked <= self.max_tokens:
            raise ValueError(f"max_tokens is {asked}, but must be a number from 1 to {self.max_tokens}")
        return asked


def digest(secret: str) -> str:
    """What a keys file holds of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def read_keys(file: str | Path) -> tuple[Key, ...]:
    """The keys of a file.

    Raises:
        ValueError: there is no such file, others than its owner's group may read or anybody else may write
            it, it is no TOML, or a key in it is not right.
    """
    file = Path(file)
    try:
        with file.open("rb") as stream:
            _check_mode(file, os.fstat(stream.fileno()).st_mode)
            values = tomllib.loads(stream.read().decode())
    except FileNotFoundError as error:
        raise ValueError(
            f"there is no keys file {file}; make one with `zhyper keys add NAME --file {file}`"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"the keys file {file} cannot be read: {error}") from error
    rows = values.pop("key", [])
    if values or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"the keys file {file} must have nothing but tables [[key]]")
    keys = tuple(_key(row, file) for row in rows)
    for field in ("name", "sha256"):
        value, count = Counter(getattr(key, field) for key in keys).most_common(1)[0] if keys else ("", 0)
        if count > 1:
            raise ValueError(
                f"the keys file {file} has the {field} '{value}' twice; leave out one of the two keys"
            )
    return keys


def add_key(file: str | Path, name: str, **settings: Any) -> str:
    """Put a new key into a file, which is made if absent, and return its secret, which is stored nowhere.

    Args:
        file: the keys file.
        name: of the key; who had a key of that name before is the same owner.
        settings: the other fields of `Key`.

    Raises:
        ValueError: there is a key of that name, a setting is not right, or the file cannot be read.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    key = Key(name=name, sha256=digest(secret), **settings)
    with _locked(file):
        keys = read_keys(file) if Path(file).exists() else ()
        if name in {other.name for other in keys}:
            raise ValueError(f"there is a key '{name}' already; revoke it first, or choose another name")
        _write(Path(file), [*keys, key])
    return secret


def revoke_key(file: str | Path, name: str) -> Key:
    """Take a key out of a file; what it owns stays where it is. ValueError if there is none of that name."""
    with _locked(file):
        keys = read_keys(file)
        key = next((key for key in keys if key.name == name), None)
        if key is None:
            names = ", ".join(key.name for key in keys) or "none"
            raise ValueError(f"there is no key '{name}'; there are: {names}")
        _write(Path(file), [other for other in keys if other is not key])
    return key


def _locked(file: str | Path) -> FileLock:
    return FileLock(Path(file).with_name(f".{Path(file).name}.lock"), timeout=10)


def _check_mode(file: Path, mode: int) -> None:
    if os.name == "posix" and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise ValueError(
            f"the keys file {file} may be read or written by others ({stat.filemode(mode)}); "
            f"run: chmod 600 {file}"
        )


def _key(row: dict[str, Any], file: Path) -> Key:
    """One table of a file as a key."""
    what = f"key '{row.get('name', '?')}' in {file}"
    if unknown := next((field for field in row if field not in _FIELDS), None):
        raise ValueError(f"{what} has the field '{unknown}'; the fields are: {', '.join(_FIELDS)}")
    kinds: dict[str, type] = {"name": str, "sha256": str, "scopes": list, "expires": date}
    for field, value in row.items():
        kind = kinds.get(field, int)
        if not isinstance(value, kind) or isinstance(value, bool | datetime):
            raise ValueError(f"{what}: {field} is {value!r}, but must be {kind.__name__}")
    missing = [field for field in ("name", "sha256", "scopes") if not row.get(field)]
    if missing or not all(isinstance(scope, str) for scope in row["scopes"]):
        raise ValueError(f"{what} needs a name, a sha256 and scopes, such as ['ask', 'read']")
    return Key(**{**row, "scopes": frozenset(row["scopes"])})


def _write(file: Path, keys: Sequence[Key]) -> None:
    """Write the file in one go. It keeps its mode and owner; a new one is its owner's alone."""
    with replacing_file(file) as scratch:
        scratch.touch(mode=0o600, exist_ok=False)  # before anything is in it
        scratch.write_text(_HEAD + "".join(_table(key) for key in keys), encoding="utf-8")
        if file.exists():
            old = file.stat()
            with suppress(PermissionError):  # an owner may only be changed by root
                os.chown(scratch, old.st_uid, old.st_gid)
            scratch.chmod(stat.S_IMODE(old.st_mode))


def _table(key: Key) -> str:
    scopes = [scope for scope in SCOPES if scope in key.scopes]
    lines = [f'name = "{key.name}"', f'sha256 = "{key.sha256}"', f"scopes = {json.dumps(scopes)}"]
    lines += [f"{limit} = {value}" for limit in LIMITS if (value := getattr(key, limit)) != NO_LIMIT]
    lines += [f"expires = {key.expires}"] if key.expires else []
    return "\n[[key]]\n" + "\n".join(lines) + "\n"
