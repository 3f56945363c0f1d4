"""Question-answer pairs of a community, out of Reddit dumps (Zhyper section 3.2).

A dump is a file of submissions and a file of comments, one JSON object a line, zstandard-compressed or plain. Files are read once, as
a stream. What is held at any time is the best submissions and their best comments, cut off in number and length, so memory does not
grow with the dump: besides that the decoder holds the window that the file was compressed with.
"""

from __future__ import annotations

import heapq
import io
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from zhyper.data._collection import Pair
from zhyper.data._references import GONE, missing, refers

WINDOW = 2**31
"""The longest window that zstandard files may have been compressed with, in bytes; public dumps use up to this."""
RULES = 1
"""Which rules of what is left out; a scan under others is not gone on with."""
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
                raise ValueError(f"{name} came as {value}, but wants at least 1")


Entry = tuple[int, int, str, str | None, str]
"""Score, minus the line it came on, id, why it is left out, text: in order of rank."""


def offer(
    best: list[Entry], count: int, rank: tuple[int, int], row: dict[str, Any], read: Callable[[dict[str, Any]], tuple[str | None, str]]
) -> None:
    """Keep a row if it ranks among the `count` best; only then its text is read, with the reason why it is left out."""
    if len(best) < count:
        heapq.heappush(best, (*rank, str(row["id"]), *read(row)))
    elif rank > best[0][:2]:
        heapq.heapreplace(best, (*rank, str(row["id"]), *read(row)))


@dataclass
class Scan:
    """How far two files have been read, and what is held of them."""

    of: str
    """What is scanned: names and sizes of both files, and the settings."""
    file: int = 0
    line: int = 0
    questions: list[Entry] = field(default_factory=list)
    answers: dict[str, list[Entry]] = field(default_factory=dict)

    @classmethod
    def resume(cls, state: Path, of: str) -> Self:
        """The scan that was saved, if it is of the same files and settings; else a new one."""
        if state.is_file():
            try:
                saved = json.loads(state.read_text(encoding="utf-8"))
            except ValueError:  # damaged: begin again
                return cls(of)
            if saved["of"] == of:
                entries = {key: [tuple(e) for e in found] for key, found in saved["answers"].items()}
                return cls(of, saved["file"], saved["line"], [tuple(e) for e in saved["questions"]], entries)
        return cls(of)

    def save(self, state: Path) -> None:
        """Write the scan in one go."""
        scratch = state.with_name(f".{state.name}")
        scratch.write_text(json.dumps(asdict(self)), encoding="utf-8")
        scratch.replace(state)


def read_community(
    submissions: Path,
    comments: Path,
    settings: AskXSettings,
    state: Path,
    seen: Callable[[int], Any] = lambda size: None,
    save_every: float = 30.0,
) -> tuple[tuple[Pair, ...], Counter[str]]:
    """The question-answer pairs of a community, best answers first.

    A question is a submission's title and text, an answer a direct comment to it. The best submissions, and of each the best
    comments, are taken first; those that are deleted or refer to links, subreddits, users, comments or media are left out then.
    Names of users are not read, but to leave out what robots and moderators wrote.

    Args:
        submissions: dump of submissions.
        comments: dump of comments.
        settings: how much is taken.
        state: file in which the scan is kept while it lasts; a scan that was killed goes on from there.
        seen: is told the bytes of each line, decompressed, as it is read.
        save_every: seconds between two savings of the scan.

    Returns:
        The pairs, and how many questions and answers were left out for which reason.

    Raises:
        ValueError: a file is not a dump; the message names file and line.
    """
    scan = Scan.resume(
        state, json.dumps([[f.name, f.stat().st_size, f.stat().st_mtime_ns] for f in (submissions, comments)] + [asdict(settings), RULES])
    )
    saved = time.monotonic()
    for index, (file, take) in enumerate(((submissions, _take_submission), (comments, _take_comment))):
        if index < scan.file:
            continue
        for number, line in _lines(file, scan.line if index == scan.file else 0):
            try:
                take(scan, json.loads(line), number, settings)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{file}, line {number} is not a row of such a dump ({error!r}); fetch the file again") from error
            scan.line = number
            seen(len(line))
            if time.monotonic() - saved >= save_every:
                scan.save(state)
                saved = time.monotonic()
        if index == 0:
            scan.questions = [_read_through(entry) for entry in scan.questions]  # searching is slow: only what is kept in the end
            scan.answers = {id: [] for _, _, id, why, _ in scan.questions if why is None}
        scan.file, scan.line = index + 1, 0
        scan.save(state)
    return _pairs(scan, settings)


def _read_through(entry: Entry) -> Entry:
    """An entry with the reason why it is left out, now that it is among the best."""
    score, order, id, why, text = entry
    why = why or refers(text)
    return score, order, id, why, "" if why else text


def _pairs(scan: Scan, settings: AskXSettings) -> tuple[tuple[Pair, ...], Counter[str]]:
    left_out = Counter(f"question: {why}" for _, _, _, why, _ in scan.questions if why)
    questions = {id: text for _, _, id, _, text in scan.questions}
    ranked: list[tuple[int, int, str, str]] = []
    for id, kept in scan.answers.items():
        answers = [_read_through(entry) for entry in kept]
        left_out.update(f"answer: {why}" for _, _, _, why, _ in answers if why)
        ranked += [(score, order, questions[id], text) for score, order, _, why, text in answers if why is None]
    ranked.sort(key=lambda entry: entry[:2], reverse=True)
    if more := len(ranked) - settings.pairs:
        left_out["pair: beyond the best"] = max(0, more)
    return tuple(Pair(question, answer) for _, _, question, answer in ranked[: settings.pairs]), +left_out


def _take_submission(scan: Scan, row: dict[str, Any], number: int, settings: AskXSettings) -> None:
    title, below = str(row["title"]).strip(), str(row.get("selftext") or "").strip()

    def read(row: dict[str, Any]) -> tuple[str | None, str]:
        text = f"{title}\n\n{below}" if below else title
        why = "deleted" if below.lower() in GONE else "link" if row.get("is_self") is False else _by_staff(row)
        why = why or missing(text, settings.limit)
        return why, "" if why else text

    offer(scan.questions, settings.submissions, (int(row["score"] or 0), -number), row, read)


def _take_comment(scan: Scan, row: dict[str, Any], number: int, settings: AskXSettings) -> None:
    link, body = str(row["link_id"]), str(row["body"]).strip()

    def read(row: dict[str, Any]) -> tuple[str | None, str]:
        why = _by_staff(row) or missing(body, settings.limit)
        return why, "" if why else body

    answers = scan.answers.get(link.removeprefix("t3_"))
    if answers is not None and str(row["parent_id"]) == link:
        offer(answers, settings.comments, (int(row["score"] or 0), -number), row, read)


def _by_staff(row: dict[str, Any]) -> str | None:
    if row.get("distinguished") or row.get("stickied"):
        return "of a moderator"
    return "of a robot" if str(row.get("author")).lower().endswith(("bot", "automoderator")) else None


def _lines(file: Path, skip: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line after the first `skip`."""
    with open_dump(file) as reader:
        for number in itertools.count(1):
            line = reader.readline(LONGEST)
            if not line:
                return
            if len(line) == LONGEST:
                raise ValueError(f"{file}, line {number} is longer than {LONGEST:,} bytes, so it is no row of such a dump")
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
                block, self._decoder = self._decoder.unused_data or self._handle.read(self.STEP), self._fresh()
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
        raise RuntimeError("dumps that end in .zst want the package zstandard: pip install 'zhyper[data]'") from error
    return zstandard
