"""What is wrong with a collection, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from zhyper.data._collection import Collection, Rows, Split, Task


@dataclass(frozen=True)
class TaskCheck:
    """Counts of one task; lengths are in tokens, of input and answer together."""

    task: str
    split: Split
    licence: str
    rows: int
    descriptions: int
    median: int
    longest: int
    twice: int
    """Rows that repeat another row of the task, input and answer."""
    empty: int
    """Rows without an input or an answer."""
    cut: int
    """Answers that end in an ellipsis or in the middle of a word pair, as texts do that were cut off."""
    long: int
    """Rows longer than the limit, which training would leave out."""


@dataclass(frozen=True)
class Leak:
    """Something that is trained on and chosen or reported on."""

    what: str
    """`row` (input and answer) or `description`."""
    text: str
    trained: str
    """The task it is trained in."""
    kept: str
    """The task and split it is kept for."""


def check_task(task: Task, tokens: Callable[[str], int], limit: int) -> TaskCheck:
    """The counts of a task.

    Args:
        task: with its pairs.
        tokens: how many tokens a text has.
        limit: tokens of input and answer that training takes.
    """
    lengths = [tokens(pair.input) + tokens(pair.output) for pair in task.pairs]
    repeated = Counter((pair.input, pair.output) for pair in task.pairs)
    return TaskCheck(
        task=task.name,
        split=task.split,
        licence=task.licence,
        rows=len(task.pairs),
        descriptions=len(task.descriptions),
        median=int(median(lengths)),
        longest=max(lengths),
        twice=sum(count - 1 for count in repeated.values()),
        empty=sum(not pair.input.strip() or not pair.output.strip() for pair in task.pairs),
        cut=sum(pair.output.rstrip().endswith(("...", "…", ",", "-")) for pair in task.pairs),
        long=sum(length > limit for length in lengths),
    )


def leaks(collection: Collection) -> Iterator[Leak]:
    """Rows and descriptions that are both trained on and kept for selection or report, whatever the case and spaces of what is read."""
    trained = collection.rows("train", "train", "train")
    rows = {_row(pair.input, pair.output): r.task.name for r in trained for pair in r.pairs}
    texts = {_plain(text): r.task.name for r in trained for text in r.descriptions}
    splits: tuple[Split, ...] = ("selection", "report")
    for split in splits:
        kept = collection.rows("train", split, split) + collection.rows(split, split, split)
        yield from _leaks(kept, split, rows, texts)


def _leaks(kept: Sequence[Rows], split: str, rows: dict[tuple[str, str], str], texts: dict[str, str]) -> Iterator[Leak]:
    for r in kept:
        for pair in r.pairs:
            if found := rows.get(_row(pair.input, pair.output)):
                yield Leak("row", pair.input, found, f"{r.task.name} ({split})")
        for text in r.descriptions:
            if found := texts.get(_plain(text)):
                yield Leak("description", text, found, f"{r.task.name} ({split})")


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _row(source: str, target: str) -> tuple[str, str]:
    return _plain(source), target.strip()
