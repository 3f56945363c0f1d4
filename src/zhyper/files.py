"""Files and folders that are whole or absent: they are written under another name, which is then replaced.

Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def sha256(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def json_object(file: Path) -> dict[str, Any]:
    """The object that a JSON file holds; ValueError if it holds none."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}; restore it from a copy, or fetch it again") from error
    if not isinstance(value, dict):
        raise ValueError(f"{file} holds a {type(value).__name__}, but must hold an object; restore it")
    return value


def sync(folder: Path, deep: bool = True) -> None:
    """Wait until a file, or a folder (`deep`: with all below it), is on the disk, safe from a power cut."""
    if os.name == "nt":  # where folders cannot be opened
        return
    for path in [*(sorted(folder.rglob("*")) if deep else []), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def replace_file(file: Path, content: str | bytes) -> None:
    """Write a file whole, text as UTF-8; see `replacing_file`."""
    with replacing_file(file) as scratch:
        scratch.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


@contextlib.contextmanager
def replacing_file(file: Path) -> Iterator[Path]:
    """A path beside `file` to write to, which replaces it when the block ends well and vanishes otherwise.

    Readers, and whoever comes after a kill or a power cut, see the old content or the new one. One writer at
    a time.
    """
    scratch = file.with_name(f".{file.name}.zhyper-new")
    scratch.unlink(missing_ok=True)  # of a process that was killed
    try:
        yield scratch
        sync(scratch, deep=False)
        scratch.replace(file)
        sync(file.parent, deep=False)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(folder: Path, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes otherwise.

    Raises:
        ValueError: `folder` exists, is not empty, and `ours` denies that zhyper wrote everything in it.
    """
    folder = Path(os.path.abspath(folder))  # a/../b is b, whether a exists or not
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or ours(folder))):
        raise ValueError(
            f"{folder} exists and holds other files than zhyper writes there; name another folder"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        scratch.chmod(0o755)
        yield scratch
        for file in scratch.iterdir():
            file.chmod(0o755 if file.is_dir() else 0o644)  # safetensors' files are for their owner alone
        sync(scratch)
        if folder.exists():
            old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
            folder.replace(old / "old")
            scratch.replace(folder)
            shutil.rmtree(old)
        else:
            scratch.replace(folder)
        sync(folder.parent, deep=False)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
