"""What is wrong with a collection, before anything is trained on it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from zhyper.data._collection import Collection, Pair, Rows, Split, Task
from zhyper.data._overlap import runs, without, words_of


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
    """Something of one split that is in another too; fields are keys of `zhyper data check --json`."""

    what: str
    """The kind of leak.

    - `row`: input and answer
    - `near row`: the same answer, and an input that holds nearly all of the other's runs of words
    - `description`
    - `input`: with another answer, which by itself gives nothing away
    """
    text: str
    task: str
    """The task it is taken from: trained, or chosen on."""
    split: Split
    found: str
    """The text of that task."""
    kept: str
    """The task and split that the text leaks into."""

    @property
    def serious(self) -> bool:
        """Whether a score says less for it."""
        return self.what != "input"


def check_task(task: Task, tokens: Callable[[list[str]], list[int]], limit: int) -> TaskCheck:
    """The counts of a task.

    Args:
        task: with its pairs.
        tokens: how many tokens each of several texts has.
        limit: tokens of input and answer that training takes.
    """
    lengths = [
        a + b
        for a, b in zip(
            *(tokens([getattr(pair, side) for pair in task.pairs]) for side in ("input", "output")),
            strict=True,
        )
    ]
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
    """What is trained on and also chosen or reported on, and what is chosen on and also reported on.

    Case, spaces, punctuation and how letters are encoded do not count. Rows count whether or not their task
    has a description that they could be asked under.
    """
    order: tuple[Split, ...] = ("train", "selection", "report")
    parts = {split: [collection.part(task, split) for task in collection.tasks] for split in order}
    for i, earlier in enumerate(order[:2]):
        index = _SplitIndex(parts[earlier])
        for later in order[i + 1 :]:
            for r in parts[later]:
                where = f"{r.task.name} ({later})"
                for pair in r.pairs:
                    for what, task, original in index.like(pair):
                        yield Leak(what, pair.input, task, earlier, original, where)
                for text in r.texts:
                    for task, original in index.texts.get(_plain(text), ()):
                        yield Leak("description", text, task, earlier, original, where)


RUN = 6
"""Words of a run."""
NEARLY = 0.8
"""Inputs are near if one holds this share of the runs of the other, which is the shorter one."""
COMMON = 50
"""A run that is in more inputs than this is a template's, and does not count."""


class _SplitIndex:
    """The rows and descriptions of a split, to be found again."""

    def __init__(self, rows: Sequence[Rows]) -> None:
        self.texts: dict[str, list[tuple[str, str]]] = {}
        self._pairs = [(r.task.name, pair) for r in rows for pair in r.pairs]
        self._whole: dict[str, list[int]] = {}
        self._runs: dict[int, list[int]] = {}
        for r in rows:
            for text in r.texts:
                self.texts.setdefault(_plain(text), []).append((r.task.name, text))
        for i, (_, pair) in enumerate(self._pairs):
            self._whole.setdefault(_plain(pair.input), []).append(i)
            for run in set(runs(pair.input, RUN)):
                self._runs.setdefault(run, []).append(i)
        self._sizes = Counter(
            i for rows_of_run in self._runs.values() if len(rows_of_run) <= COMMON for i in rows_of_run
        )

    def like(self, pair: Pair) -> Iterator[tuple[str, str, str]]:
        """What a row shares with these rows: kind of leak, task and input; all equal rows, else one."""
        same, right = self._whole.get(_plain(pair.input), []), _answers(pair)
        alike = [i for i in same if right & _answers(self._pairs[i][1])]
        near = [i for i in self._near(pair.input) if i not in alike and right & _answers(self._pairs[i][1])]
        other = [] if alike or near else same[:1]
        for what, rows in (("row", alike), ("near row", near), ("input", other)):
            yield from ((what, self._pairs[i][0], self._pairs[i][1].input) for i in rows)

    def _near(self, text: str) -> list[int]:
        own = [rows for run in set(runs(text, RUN)) if len(rows := self._runs.get(run, ())) <= COMMON]
        shared = Counter(i for rows in own for i in rows)
        return [
            i for i, count in shared.most_common(COMMON) if count >= NEARLY * min(len(own), self._sizes[i])
        ]


def leaking(collection: Collection) -> dict[str, Any]:
    """Inputs and descriptions by task to leave out of the earlier split, so that nothing serious leaks."""
    inputs, texts = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    exclusions: dict[str, Any] = {"whole": [], "inputs": {}, "descriptions": {}}
    left = collection
    # Without a description another of its task may be the one that is left to train on, so look again.
    while serious := [leak for leak in leaks(left) if leak.serious]:
        for leak in serious:
            (texts if leak.what == "description" else inputs)[leak.task].add(leak.found)
        exclusions = {"whole": [], "inputs": _listed(inputs), "descriptions": _listed(texts)}
        left = Collection(without(collection.tasks, exclusions))
    return exclusions


def _listed(by_task: dict[str, set[str]]) -> dict[str, list[str]]:
    return {task: sorted(texts) for task, texts in sorted(by_task.items())}


def _answers(pair: Pair) -> set[str]:
    return {_plain(text) for text in (pair.output, *pair.also)}


def _plain(text: str) -> str:
    return " ".join(words_of(text)) or text.strip()
