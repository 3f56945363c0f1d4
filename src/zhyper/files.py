"""Files that are whole or absent: hashed, put onto the disk, and written aside before they take their name (standard library only)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def sha256(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync(folder: Path, deep: bool = True) -> None:
    """Have a folder, and all in and below it where `deep`, on the disk when this returns, as a power cut wants it; or a file."""
    if os.name == "nt":  # where folders cannot be opened
        return
    for path in [*(sorted(folder.rglob("*")) if deep else []), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def replace_file(file: Path, content: str | bytes) -> None:
    """Write a file aside (text as UTF-8), and give it its name when it is on the disk: a power cut leaves the old one or the new one."""
    scratch = file.with_name(f".{file.name}")
    scratch.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    sync(scratch, deep=False)
    scratch.replace(file)
    sync(file.parent, deep=False)


@contextlib.contextmanager
def replacing(folder: Path, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes when it does not.

    A folder that exists is replaced only if it is empty, or `ours` says that we wrote everything in it.
    """
    folder = Path(os.path.abspath(folder))  # a/../b is b, whether a exists or not
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or ours(folder))):
        raise ValueError(f"{folder} exists and holds files that zhyper did not write; name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        scratch.chmod(0o755)
        yield scratch
        for file in scratch.iterdir():
            file.chmod(
                0o755 if file.is_dir() else 0o644
            )  # safetensors writes files that only their owner may read
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
