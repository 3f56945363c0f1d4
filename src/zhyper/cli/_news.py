"""What all verbs print with: news on standard error, results on standard output."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from zhyper.files import replace_file

_HIDDEN = {"[": "\ufdd0", "\\": "\ufdd1", ":": "\ufdd2"}
"""What Rich reads as markup or emoji, and the noncharacters that stand for it until it is shown."""
_HIDE = str.maketrans(_HIDDEN)
_SHOW = str.maketrans({hidden: shown for shown, hidden in _HIDDEN.items()})


class _Console(Console):
    """A console that shows what `plain` hid, and breaks no line, so that a path or hash stays whole."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as Rich does; text alone is left to the terminal to wrap."""
        options.setdefault("soft_wrap", all(isinstance(thing, str | Text) for thing in objects))
        super().print(*objects, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of text and style that are shown."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text.translate(_SHOW), style, control)


news = _Console(stderr=True, emoji=False)
paper = _Console(emoji=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def plain(text: str) -> str:
    """Text that `news` and `paper` print as it stands, alone or amid markup."""
    return text.translate(_HIDE)


def steps(what: str) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """A progress bar around a sequence, on standard error."""

    def around(items: Iterable[Any]) -> Iterator[Any]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        items = list(items)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=news, transient=True) as bar:
            yield from bar.track(items, description=plain(what))

    return around


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python's collector of garbage off while the block imports: all that it makes is there to stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def working(what: str) -> Iterator[None]:
    """A line that something is going on, on standard error."""
    with news.status(plain(what)):
        yield


@contextmanager
def counting_bytes(what: str) -> Iterator[Callable[[int], None]]:
    """A progress line on standard error; the function that it yields is called with the bytes read."""
    total = shown = 0
    with news.status(plain(what)) as status:

        def count_bytes(size: int) -> None:
            nonlocal total, shown
            total += size
            if total - shown > 10_000_000:
                shown = total
                status.update(plain(f"{what}: {total / 1e6:,.0f} MB"))

        yield count_bytes


def check_place(file: Path | None) -> None:
    """Raise ValueError unless a file can be written there; before the work, not after it."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        why = "is a folder" if file.is_dir() else "would lie in a folder that does not exist"
        raise ValueError(f"{file} {why}; --out expects the name of a file")


def write_json(file: Path, values: Any) -> None:
    """Write one JSON file in one go."""
    replace_file(file, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def print_json(values: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    typer.echo(json.dumps(values, ensure_ascii=False))
