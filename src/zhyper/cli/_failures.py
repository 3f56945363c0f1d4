"""What the command line says when something fails: a sentence, and a report of what nobody expected."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from importlib import metadata
from pathlib import Path

from zhyper.cli._news import news, plain

PACKAGES = {"faiss": "faiss-cpu", "sklearn": "scikit-learn"}
"""Modules that have another name than what brings them."""
TAKE_OTHERS_ALONG = ("dev", "postgres")
"""Extras that are not what a user lacks: another brings the same module, and less else."""


def end(error: Exception) -> int:
    """Say what went wrong; the exit code of the process."""
    news.print(f"[bold red]error:[/] {plain(_sentence(error))}", highlight=False)
    return int(getattr(error, "exit_code", 1))


def _sentence(error: Exception) -> str:
    """What a user can do about an error, or whom to tell."""
    out_of_memory = type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)
    if isinstance(error, MemoryError) or out_of_memory:
        return (
            f"the memory does not suffice ({_first_line(error)}); lower batch_size or max_tokens, or choose "
            "a smaller base or fewer bits"
        )
    if isinstance(error, ModuleNotFoundError) and (brought := _extra_with(error.name)):
        return f"{error.name} is not installed; run: pip install 'zhyper[{brought}]'"
    if isinstance(error, ValueError | RuntimeError | OSError) and not isinstance(error, RecursionError):
        return str(error) or type(error).__name__
    return (
        f"zhyper failed in a way that nobody expected ({_first_line(error)}); please report it"
        f"{_page()} with {_write_report(error)}"
    )


def _first_line(error: Exception) -> str:
    name, lines = type(error).__name__, str(error).strip().splitlines()
    return f"{name}: {lines[0][:200]}" if lines else name


def _extra_with(module: str | None) -> str | None:
    """The first extra of zhyper that brings a module."""
    top = (module or "").partition(".")[0]
    package = PACKAGES.get(top, top).replace("_", "-")
    for requirement in metadata.requires("zhyper") or []:
        named = re.match(r"([\w.-]+).*;.*extra == ['\"](\w+)['\"]", requirement)
        if named and named[2] not in TAKE_OTHERS_ALONG and named[1].replace("_", "-") == package:
            return named[2]
    return None


def _page() -> str:
    """Where problems are reported, as the package says."""
    urls = dict(url.split(", ", 1) for url in metadata.metadata("zhyper").get_all("Project-URL") or [])
    page = urls.get("Issues")
    return f" at {page}" if page else " to those who maintain it"


def _write_report(error: Exception) -> str:
    """A file with the traceback, and what else explains it; where none can be written, it is printed."""
    words = [
        f"zhyper {metadata.version('zhyper')}, Python {platform.python_version()}, {platform.platform()}"
    ]
    words += [f"command: {' '.join(map(repr, sys.argv[1:]))}", *traceback.format_exception(error)]
    report = "\n".join(words)
    try:
        handle, file = tempfile.mkstemp(prefix="zhyper-error-", suffix=".txt")
        os.close(handle)
        Path(file).write_text(report, encoding="utf-8", errors="backslashreplace")
    except OSError:
        news.print(plain(report), highlight=False)
        return "what stands above"
    return f"the traceback in {file}"
