"""Which weights a base has, and where they lie: what a checkpoint was trained on is known by its hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from zhyper.files import replace_file, sha256
from zhyper.weights import WHEELS, cache_folder, resolve, weight_files

SETTLED_SECONDS = 2
"""A file that changed later than this before it was read may change again without another time stamp."""


def absolute(ref: str) -> str:
    """A folder's absolute path, `~` being the user's; what is no folder here stays as it is."""
    folder = Path(ref).expanduser()
    return str(folder.absolute()) if ref and folder.is_dir() else ref


def place(ref: str) -> str:
    """What others than zhyper can load a base from: the absolute path of a folder, or a Hugging Face id."""
    return absolute(resolve(ref))


def public_name(ref: str) -> str:
    """A base's name for those who do not know this machine: a folder's last name, or the reference."""
    return Path(ref).name if Path(ref).expanduser().is_absolute() else ref


def base_hash(ref: str, revision: str | None = None) -> str:
    """The identity of base weights: SHA-256 of a folder's or wheel's files, or a hub model's commit."""
    path = Path(resolve(ref))
    return _weights_hash(path) if path.is_dir() else f"commit:{commit(ref, revision)}"


def base_facts(ref: str, revision: str | None = None) -> dict[str, Any]:
    """What a checkpoint's card says of its base's weights: `base_sha256`, their identity.

    Of a hub model `base_files_sha256` as well, by which a copy in any folder is known.
    """
    facts = {"base_sha256": base_hash(ref, revision)}
    if facts["base_sha256"].startswith("commit:"):
        snapshot = _snapshot(ref, revision)
        if weight_files(snapshot):  # reconstruction does without them
            facts["base_files_sha256"] = _weights_hash(snapshot)
    return facts


def has_weights(ref: str, revision: str | None, facts: dict[str, Any]) -> bool:
    """Whether a base has the weights that a card's facts name; any has, where they name none."""
    identity = facts["base_sha256"]
    if identity is None or base_hash(ref, revision) == identity:
        return True
    folder = Path(resolve(ref))
    if not identity.startswith("commit:") or not folder.is_dir():
        return False
    if "base_files_sha256" in facts:
        return bool(_weights_hash(folder) == facts["base_files_sha256"])
    # the hub's cache calls a snapshot by its commit, and each of its files by the SHA-256
    return folder.resolve().name == identity.removeprefix("commit:") and all(
        file.resolve().name == kept_sha256(file) for file in weight_files(folder)
    )


def check_base(named: str, revision: str | None, facts: dict[str, Any], elsewhere: str | None = None) -> str:
    """The reference of a checkpoint's base, whose weights are here and are those it was trained on.

    Args:
        named: the base of the checkpoint's spec.
        revision: of a Hugging Face id.
        facts: the checkpoint's card; see `base_facts`. Where `base_sha256` is None (a checkpoint of others
            that was imported without its base), any base will do.
        elsewhere: where the base lies, if not there.

    Raises:
        ValueError: it is not there, or has other weights.
        RuntimeError: it could not be fetched.
    """
    ref = elsewhere or named
    if facts["base_sha256"] is None:
        return ref
    how = (
        "say where it lies by --base FOLDER (in Python load(…, base=FOLDER)); its weights are checked by "
        "their hash"
    )
    was_folder = not facts["base_sha256"].startswith("commit:") and not (
        named in WHEELS or named.startswith("wheel:")
    )
    if was_folder and not Path(ref).expanduser().is_dir():
        raise ValueError(f"the base of this checkpoint is a folder, but {ref} is none here; {how}")
    if not has_weights(ref, revision, facts):
        raise ValueError(
            f"the checkpoint was trained on other weights of {named} ({facts['base_sha256']}) than those at "
            f"{place(ref)} ({base_hash(ref, revision)}); fetch the base model it was trained on, and {how}"
        )
    return ref


def commit(ref: str, revision: str | None = None) -> str | None:
    """The commit that a hub id's revision stands for now; None for weights that do not come from the hub."""
    return None if Path(resolve(ref)).is_dir() else _snapshot(ref, revision).name


def kept_sha256(file: Path) -> str:
    """SHA-256 of a file, read anew only where path, size, inode or a time of its change differ."""
    path, stat = str(file.resolve()), file.stat()
    stamp = [path, stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
    store = cache_folder() / "hashes" / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(store.read_text(encoding="utf-8"))
        if known["stamp"] == stamp:
            return str(known["sha256"])
    digest = sha256(file)
    if time.time() - stat.st_ctime > SETTLED_SECONDS:
        with contextlib.suppress(OSError):
            store.parent.mkdir(parents=True, exist_ok=True)
            replace_file(store, json.dumps({"stamp": stamp, "sha256": digest}) + "\n")
    return digest


def _weights_hash(folder: Path) -> str:
    listed = "".join(f"{file.name}:{kept_sha256(file)}\n" for file in weight_files(folder))
    return hashlib.sha256(listed.encode()).hexdigest()


def _snapshot(ref: str, revision: str | None) -> Path:
    """The folder in the hub's cache that has a hub id's files."""
    from transformers.utils.hub import cached_file

    try:
        return Path(str(cached_file(resolve(ref), "config.json", revision=revision))).parent
    except OSError as error:
        raise RuntimeError(f"base model '{ref}' could not be found: {str(error).splitlines()[0]}") from error
