"""Question-answer pairs of a community, out of Reddit dumps (Zhyper section 3.2).

A dump is a file of submissions and a file of comments, one JSON object a line, zstandard-compressed or plain.
Files are read once, as a stream. What is held in memory at any time is the rank of the best submissions and
of their best comments; their texts lie in a file, so memory grows neither with the dump nor with its texts.
Beside that the decoder holds the window that the file was compressed with: of a file made with `zstd
--long=31` up to 2 GiB, or the whole content where that is less.
"""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from zhyper.data._collection import Pair
from zhyper.data._references import GONE, by_robot, clean, missing, refers
from zhyper.data._scan import Scan

WINDOW = 2**31
"""The longest window of zstandard files, in bytes; public dumps use up to this."""
RULES = 3
"""Which rules of what is left out; a scan under others is not gone on with."""
BAD = 1000
"""Of how many lines one may be no row; a dump may have a few such."""
LONGEST = 1 << 24
"""The longest line, in bytes."""


@dataclass(frozen=True, kw_only=True)
class AskXSettings:
    """How much is taken of a community (the numbers of Zhyper section 3.2)."""

    submissions: int = 20_000
    """Submissions of the highest score."""
    comments: int = 3
    """Direct answers of the highest score to each of them."""
    pairs: int = 30_000
    """Pairs whose answers have the highest score."""
    limit: int = 4_000
    """Longest question or answer, in characters."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 1:
                raise ValueError(f"{name} is {value}, but must be at least 1")


def read_community(
    submissions: Path,
    comments: Path,
    settings: AskXSettings,
    state: Path,
    count_bytes: Callable[[int], Any] = lambda size: None,
    save_every: float = 30.0,
) -> tuple[tuple[Pair, ...], Counter[str], tuple[int, int]]:
    """The question-answer pairs of a community, best answers first.

    A question is a submission's title and text, an answer a direct comment to it. The best submissions, and
    of each the best comments, are taken first; those that are deleted or refer to links, subreddits, users,
    comments or media are left out then. Names of users are not read, but to leave out what robots and
    moderators wrote.

    Args:
        submissions: dump of submissions.
        comments: dump of comments.
        settings: how much is taken.
        state: file in which the scan is kept while it lasts; a scan that was killed goes on from there.
        count_bytes: is called with the bytes of each line, decompressed, as it is read.
        save_every: seconds between two savings of the scan.

    Returns:
        The pairs, how many questions and answers were left out for which reason, and the lines of both files.

    Raises:
        ValueError: a file is not a dump; the message names file and line.
        RuntimeError: the scan cannot be kept.
    """
    files = (submissions, comments)
    of = json.dumps(
        [[f.name, f.stat().st_size, f.stat().st_mtime_ns] for f in files] + [asdict(settings), RULES]
    )
    try:
        with closing(Scan(state, of)) as scan:
            _read(scan, files, settings, count_bytes, save_every)
            return *_pairs(scan, settings), (scan.lines[0], scan.lines[1])
    except sqlite3.OperationalError as error:
        raise RuntimeError(
            f"the scan of {submissions.name} cannot be kept in {state}: {error}; is the disk full, or "
            "another one at it?"
        ) from error


def _read(
    scan: Scan,
    files: tuple[Path, Path],
    settings: AskXSettings,
    count_bytes: Callable[[int], Any],
    save_every: float,
) -> None:
    """Read what a scan has not read yet of both files."""
    saved = time.monotonic()
    for index, (file, take) in enumerate(zip(files, (_take_submission, _take_comment), strict=True)):
        if index < scan.file:
            continue
        questions = (
            {id for id, _, _, _, why, _ in scan.rows(of_questions=True) if why is None}
            if index
            else set[str]()
        )
        for number, line in _lines(file, scan.line if index == scan.file else 0):
            try:
                take(scan, json.loads(line), number, settings, questions)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                scan.bad += 1
                if scan.bad > max(1, number // BAD):
                    message = (
                        f"{file}, line {number} is not a row of such a dump ({error!r}), as {scan.bad} of "
                        "its lines so far"
                    )
                    raise ValueError(f"{message}; fetch the file again") from error
            scan.lines[index] = number
            count_bytes(len(line))
            if time.monotonic() - saved >= save_every:
                scan.save(index, number)
                saved = time.monotonic()
        # Searching texts for references is slow, so it is done for what is kept in the end.
        scan.leave_out(
            {
                id: reason
                for id, _, _, _, why, text in scan.rows(not index)
                if why is None and (reason := refers(text))
            }
        )
        scan.save(index + 1, 0)


def _pairs(scan: Scan, settings: AskXSettings) -> tuple[tuple[Pair, ...], Counter[str]]:
    """The pairs, and why other answers and questions are in none: of each line of the comments one reason."""
    left_out = Counter(f"question: {why}" for _, _, _, _, why, _ in scan.rows(of_questions=True) if why)
    ranked: list[tuple[int, int, str, str]] = []
    for id, question, score, line, why, _ in scan.rows(of_questions=False):
        if why:
            left_out[f"answer: {why}"] += 1
        else:
            ranked.append((-score, line, question, id))
    left_out["answer: beyond the best, or to no question that is kept"] = scan.lines[1] - scan.answers
    pairs: dict[Pair, None] = {}
    questions: dict[str, str] = {}
    for place, (_, _, question, answer) in enumerate(sorted(ranked)):
        if len(pairs) == settings.pairs:
            left_out["pair: beyond the best"] = len(ranked) - place
            break
        text = questions.setdefault(question, scan.text(question))
        pair = Pair(text, scan.text(answer))
        left_out["pair: came twice"] += pair in pairs
        pairs[pair] = None
    return tuple(pairs), +left_out


def _take_submission(
    scan: Scan, row: dict[str, Any], number: int, settings: AskXSettings, questions: set[str]
) -> None:
    title, below = clean(row["title"]), clean(row.get("selftext"))

    def read() -> tuple[str | None, str]:
        text = f"{title}\n\n{below}" if below else title
        gone = row.get("removed_by_category") or GONE.fullmatch(below)
        why = "deleted" if gone else "link" if _shows(row) else _by_staff(row, text)
        why = why or missing(text, settings.limit)
        return why, "" if why else text

    scan.offer("", settings.submissions, (int(row["score"] or 0), -number), f"t3_{row['id']}", read)


def _take_comment(
    scan: Scan, row: dict[str, Any], number: int, settings: AskXSettings, questions: set[str]
) -> None:
    link, body = str(row["link_id"]), clean(row["body"])

    def read() -> tuple[str | None, str]:
        why = _by_staff(row, body) or missing(body, settings.limit)
        return why, "" if why else body

    if link in questions and str(row["parent_id"]) == link:
        scan.offer(link, settings.comments, (int(row["score"] or 0), -number), f"t1_{row['id']}", read)


def _shows(row: dict[str, Any]) -> bool:
    """Whether a submission is a link, a picture, a poll or another's, rather than a text of its own."""
    elsewhere = (
        row.get("post_hint") not in (None, "self") or row.get("poll_data") or row.get("crosspost_parent")
    )
    domain = str(row.get("domain") or "self.")
    return (
        row.get("is_self") is False
        or bool(elsewhere)
        or (row.get("is_self") is None and not domain.startswith("self."))
    )


def _by_staff(row: dict[str, Any], text: str) -> str | None:
    if row.get("distinguished") or row.get("stickied"):
        return "of a moderator"
    return "of a robot" if by_robot(str(row.get("author")), text) else None


def _lines(file: Path, skip: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line after the first `skip`."""
    with open_dump(file) as reader:
        for number in itertools.count(1):
            line = reader.readline(LONGEST)
            if not line:
                return
            if len(line) == LONGEST:
                raise ValueError(
                    f"{file}, line {number} is longer than {LONGEST:,} bytes, so it is no row of such a dump"
                )
            if number > skip and line.strip():
                yield number, line


@contextmanager
def open_dump(file: Path) -> Iterator[BinaryIO]:
    """A dump's bytes, decompressed as they are read; ValueError if it cannot be, or is cut off."""
    with file.open("rb") as handle:
        yield io.BufferedReader(Frames(handle, file), 1 << 20) if file.suffix == ".zst" else handle


class Frames(io.RawIOBase):
    """The content of all frames of a zstandard file, one after the other, little at a time."""

    STEP = 4096
    """Compressed bytes read at once: the worst of them stand for 128 MiB."""

    def __init__(self, handle: BinaryIO, file: Path) -> None:
        self._zstandard = _zstandard()
        self._handle, self._file, self._left = handle, file, b""
        self._decoder = self._fresh()

    def _fresh(self) -> Any:
        return self._zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            if self._decoder.eof:
                block, self._decoder = (
                    self._decoder.unused_data or self._handle.read(self.STEP),
                    self._fresh(),
                )
                if not block:
                    return 0
            elif not (block := self._handle.read(self.STEP)):
                raise ValueError(f"{self._file} is cut off; fetch it again")
            try:
                self._left = self._decoder.decompress(block)
            except self._zstandard.ZstdError as error:
                raise ValueError(f"{self._file} cannot be decompressed: {error}; fetch it again") from error
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise RuntimeError(
            "dumps that end in .zst need the package zstandard: pip install 'zhyper[data]'"
        ) from error
    return zstandard
