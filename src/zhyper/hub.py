"""The Hugging Face hub: what is fetched from it, and what is pushed to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ID = re.compile(r"[\w.-]+/[\w.-]+")
"""What the hub calls a repository, OWNER/NAME."""


def is_id(ref: str) -> bool:
    """Whether a text may be OWNER/NAME, or OWNER/NAME@REVISION, of the hub."""
    return ID.fullmatch(ref.partition("@")[0]) is not None and not ref.startswith((".", "/", "~"))


def fetch(ref: str, files: Sequence[str]) -> Path:
    """The folder in the hub's cache with these files of OWNER/NAME or OWNER/NAME@REVISION, if it has them.

    Raises RuntimeError where the hub does not give it.
    """
    from huggingface_hub import snapshot_download

    name, _, revision = ref.partition("@")
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(files)))
    except Exception as error:  # the hub's own errors have no common type
        raise RuntimeError(_first_line(error)) from error


def push(files: Mapping[str, Path | str], name: str, private: bool, message: str) -> str:
    """Put files into a repository of the hub in one commit, and make the repository if there is none.

    Args:
        files: by name, where each lies, or its text.
        name: OWNER/NAME.
        private: whether a new repository is private; one that exists stays as it is.
        message: of the commit.

    Returns:
        The address of the repository, for people.

    Raises:
        ValueError: this is no OWNER/NAME.
        RuntimeError: the hub did not take it, and has nothing of it.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    check_name(name)
    api = HfApi()
    try:
        address = api.create_repo(name, private=private, exist_ok=True)
        contents = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
        api.create_commit(
            name, [CommitOperationAdd(k, v) for k, v in contents.items()], commit_message=message
        )
    except Exception as error:
        raise RuntimeError(
            f"the hub did not take {name}: {_first_line(error)}. Log in by 'hf auth login' or set HF_TOKEN "
            "to a token that may write there, then push again"
        ) from error
    return str(address)


def check_name(name: str) -> None:
    """Raise ValueError unless a name is OWNER/NAME."""
    if not ID.fullmatch(name):
        raise ValueError(f"'{name}' is no name of a repository on the hub; write it as OWNER/NAME")


def fault(seconds: float) -> str | None:
    """What hinders from asking the hub, waiting this long for it; None where it answers."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        HfApi().model_info("HuggingFaceTB/SmolLM2-135M-Instruct", timeout=seconds)
    except RepositoryNotFoundError:
        return None  # a hub of one's own need not have it
    except Exception as error:  # the hub's own errors have no common type
        return _first_line(error)
    return None


def models_in_cache() -> list[tuple[str, Path, int]]:
    """The models in the hub's cache: name, folder of the newest snapshot, and bytes on the disk."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return []
    models = [model for model in repositories if model.repo_type == "model" and model.revisions]
    return sorted(
        (m.repo_id, max(m.revisions, key=lambda r: r.last_modified).snapshot_path, m.size_on_disk)
        for m in models
    )


def with_metadata(readme: str, **values: str) -> str:
    """A README with more values in the block of metadata at its head."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(["---", *lines, readme.removeprefix("---\n")])


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".")
