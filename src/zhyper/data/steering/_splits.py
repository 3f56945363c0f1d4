"""The base's answers and the contents of behaviours, and the split of each of them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from zhyper.data._collection import Split, share
from zhyper.data._reading import fields, json_lines
from zhyper.data.steering._behaviour import Ask
from zhyper.data.steering._contents import CONTENTS

FOLDER = Path(__file__).parent


def places_in(kind: str) -> Callable[[str], int]:
    """A key to sort texts by: the order depends on the texts and the kind alone."""
    start = zlib.crc32(f"{kind}\n".encode())
    return lambda text: zlib.crc32(text.encode(), start)


@cache
def split_of(kind: str, text: str, shares: tuple[float, float] = (0.10, 0.15)) -> Split:
    """The split of a prompt, content, wording or combination, by its text alone.

    The first share is to report, and what lies between it and the second to select.
    """
    part = share(kind, text)
    return "report" if part < shares[0] else "selection" if part < shares[1] else "train"


def base_answers(file: str = "") -> tuple[Ask, ...]:
    """Prompts with a base's own answers.

    They are those of a JSON Lines file of `prompt` and `answer` (less blank ones), or those of
    SmolLM2-135M-Instruct, which are shipped.
    """
    return tuple(ask for ask in _asks(file) if ask.prompt and ask.answer)


def blank_answers(file: str = "") -> int:
    """How many rows of a file have a blank prompt or answer."""
    return len(_asks(file)) - len(base_answers(file))


@cache
def _asks(file: str) -> tuple[Ask, ...]:
    if file:
        if not Path(file).is_file():
            raise ValueError(
                f"{file} is no file; 'steering' expects JSON Lines of prompt and answer, or no place at all"
            )
        rows = [
            fields(f"{file}, line {number}", row, "prompt", "answer")
            for number, row in json_lines(Path(file))
        ]
        if not rows:
            raise ValueError(f"{file} is empty; write a prompt and a base's own answer to it in each line")
        return tuple(Ask(prompt, answer) for prompt, answer in rows)
    with gzip.open(FOLDER / "answers.jsonl.gz", "rt", encoding="utf-8") as handle:
        return tuple(Ask(**json.loads(line)) for line in handle)


@cache
def contents_of(name: str) -> dict[Split, tuple[str, ...]]:
    """A list of contents by split.

    Those to report and select are of the shorter list, whose words people would choose.
    """
    by_split: dict[Split, list[str]] = {"train": [], "selection": [], "report": []}
    for text in CONTENTS[name]:
        by_split[split_of("content", text)].append(text)
    if name == "word":
        words = {*by_split["report"], *by_split["selection"], *by_split["train"]}
        by_split["train"] += [
            word
            for word in (FOLDER / "content_words.txt").read_text(encoding="utf-8").split()
            if word not in words
        ]
    return {split: tuple(texts) for split, texts in by_split.items()}
