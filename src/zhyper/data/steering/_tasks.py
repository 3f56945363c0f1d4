"""Behaviours as tasks: which prompts, contents and combinations are trained, chosen on and reported, and under which words."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

from zhyper.data._collection import Pair, Split, Task, description_split, share
from zhyper.data._reading import Reading, count_option, fields, json_lines
from zhyper.data.steering._behaviour import Ask, Behaviour
from zhyper.data.steering._contents import CONTENTS
from zhyper.data.steering._table import BEHAVIOURS, POPULAR

Novelty = Literal["wording", "content", "combination", "behaviour"]
"""What of a reported row was never trained: its wording alone, or also its content, combination or behaviour. Its prompt never was."""

FOLDER = Path(__file__).parent
PROMPTS, COMBINED_PROMPTS = 600, 120
"""Prompts of a behaviour, and of a combination."""
COMBINATIONS = {2: 300, 3: 60}
"""How many combinations of so many behaviours there are."""
OFTEN: dict[Split, int] = {"train": 1, "report": 8, "selection": 16}
"""Every how many contents one is asked with prompts and wordings of a split."""
CHAT_WEIGHT, CONTENT_WEIGHT, POPULAR_WEIGHT = 12.0, 5.0, 4.0
"""How often rows are drawn: a chat has to stay a chat, any content has to be said, and what most people ask for has to work best."""
LONGEST = 420
"""The longest answer, in characters."""
JOINS = (
    ("Please ", " and ", "."),
    ("", ", and ", "."),
    ("Rules: ", "; ", "."),
    ("I want you to ", " and to ", "."),
    ("- ", "\n- ", ""),
    ("always ", " and ", ""),
    ("When you answer, ", ", and ", "."),
    ("Could you ", " and ", ", please?"),
    ("", ". Also, ", "."),
    ("You must ", ". You must ", "."),
    ("From now on, ", "; also ", "."),
    ("my wishes: ", ", ", ""),
    ("All at once: ", " + ", "."),
    ("Style guide: ", ", ", "."),
    ("It is important that you ", " and ", "."),
    ("hey, ", " and ", ", thanks"),
    ("Make sure to ", ", and to ", "."),
    ("In every reply, ", ". On top of that, ", "."),
    ("", ". Besides, ", "."),
    ("For each answer: ", "; ", ""),
)
"""How phrases become the description of a combination: what stands before, between and behind them."""


@dataclass(frozen=True)
class Steering:
    """One behaviour, or several at once."""

    behaviours: tuple[Behaviour, ...]
    """In the order of their stages."""
    split: Split = "train"

    @property
    def name(self) -> str:
        """Such as `case/upper`, or `case/upper+form/json`."""
        return "+".join(behaviour.name for behaviour in self.behaviours)

    @property
    def kind(self) -> str:
        """Of its behaviour; `combination` of several."""
        return self.behaviours[0].kind if len(self.behaviours) == 1 else "combination"

    @property
    def weight(self) -> float:
        """How often its rows are drawn, against those of a behaviour that few ask for."""
        if len(self.behaviours) > 1:
            return 0.5
        one = self.behaviours[0]
        return CHAT_WEIGHT if one.kind == "chat" else CONTENT_WEIGHT if one.contents else POPULAR_WEIGHT if one.name in POPULAR else 1.0

    @property
    def contents(self) -> str:
        """The list that its contents are drawn from; empty for none."""
        return next((b.contents for b in self.behaviours if b.contents), "")

    def write(self, ask: Ask) -> str:
        """The base's answer with the behaviours in it, one after the other."""
        answer = ask.answer
        for behaviour in self.behaviours:
            answer = behaviour.write(Ask(ask.prompt, answer, ask.content))
        return answer.strip()

    def check(self, answer: str, ask: Ask) -> bool:
        """Whether an answer shows all the behaviours."""
        return all(behaviour.check(answer, ask) for behaviour in self.behaviours)

    @cache  # noqa: B019 - there are a few hundred behaviours and combinations, which live as long as the program
    def wordings(self) -> tuple[str, ...]:
        """Descriptions, in which `{}` stands for the content."""
        if len(self.behaviours) == 1:
            return self.behaviours[0].wordings
        found = []
        for i, (before, between, behind) in enumerate(JOINS):
            parts = [b.phrases[(i + j * (i // 5 + 1)) % len(b.phrases)] for j, b in enumerate(self.behaviours)]
            text = f"{before}{between.join(parts[::-1] if i % 2 else parts)}{behind}"
            found.append(text[0].upper() + text[1:] if i % 4 < 2 else text)
        for i in range(6):
            parts = [shown[(3 * i + j) % len(shown)] for j, shown in enumerate(map(trained_wordings, self.behaviours))]
            found.append(" ".join(part if part[-1] in ".!?" else f"{part}." for part in parts))
        return tuple(dict.fromkeys(found))


@cache
def trained_wordings(behaviour: Behaviour) -> list[str]:
    """The wordings of one behaviour that combinations may repeat: those kept from its training would be seen there."""
    return [text for text in behaviour.wordings if description_split(behaviour.wordings, text) == "train"]


def place_of(*texts: str) -> int:
    """A number by which things are put into an order that depends on their texts alone."""
    return zlib.crc32("\n".join(texts).encode())


@cache
def split_of(kind: str, text: str, kept: tuple[float, float] = (0.10, 0.15)) -> Split:
    """What a prompt, content, wording or combination is for, by its text alone: the first share to report, up to the second to select."""
    part = share(kind, text)
    return "report" if part < kept[0] else "selection" if part < kept[1] else "train"


@cache
def base_answers(file: str = "") -> tuple[Ask, ...]:
    """Prompts with a base's own answers: of a JSON Lines file of `prompt` and `answer`, or those of SmolLM2-135M-Instruct that ship."""
    if file:
        if not Path(file).is_file():
            raise ValueError(f"{file} is no file; 'steering' wants JSON Lines of prompt and answer, or no place at all")
        rows = [fields(f"{file}, line {number}", row, "prompt", "answer") for number, row in json_lines(Path(file))]
        if not rows:
            raise ValueError(f"{file} is empty, but wants a prompt and a base's own answer to it in each line")
        return tuple(Ask(prompt, answer) for prompt, answer in rows if prompt and answer)
    with gzip.open(FOLDER / "answers.jsonl.gz", "rt", encoding="utf-8") as handle:
        return tuple(Ask(**json.loads(line)) for line in handle)


@cache
def contents_of(name: str) -> dict[Split, tuple[str, ...]]:
    """A list of contents by split; those to report and select are of the shorter list, whose words people would choose."""
    found: dict[Split, list[str]] = {"train": [], "selection": [], "report": []}
    for text in CONTENTS[name]:
        found[split_of("content", text)].append(text)
    if name == "word":
        kept = {*found["report"], *found["selection"], *found["train"]}
        found["train"] += [word for word in (FOLDER / "content_words.txt").read_text(encoding="utf-8").split() if word not in kept]
    return {split: tuple(texts) for split, texts in found.items()}


@cache
def steerings() -> tuple[Steering, ...]:
    """Every behaviour, and combinations whose parts stay visible in one another, chosen by their names."""
    single = [Steering((b,), "report" if b.held_out else "train") for b in BEHAVIOURS]
    parts = [b for b in BEHAVIOURS if b.phrases and not b.held_out]
    probe = [Ask(a.prompt, a.answer, "") for a in base_answers()[:24]]
    found = list(single)
    for size, count in COMBINATIONS.items():
        chosen = sorted(parts, key=lambda b: place_of("part", b.name))[: 60 if size > 2 else None]
        groups = sorted(
            combinations(sorted(chosen, key=lambda b: (b.stage, b.name)), size), key=lambda g: place_of("combination", _names(g))
        )
        taken = 0
        uses: dict[str, int] = {}
        for group in groups:
            if taken == count:
                break
            distinct = len({b.stage for b in group}) == size and sum(bool(b.contents) for b in group) < 2
            if not distinct or max(uses.get(b.name, 0) for b in group) > 3 * count * size // len(chosen) + 2:
                continue
            one = Steering(group, split_of("held", _names(group), (0.12, 0.17)))
            if _visible(one, probe):
                found.append(one)
                taken += 1
                uses |= {b.name: uses.get(b.name, 0) + 1 for b in group}
    return tuple(found)


def _names(group: Sequence[Behaviour]) -> str:
    return "+".join(b.name for b in group)


def _visible(one: Steering, probe: Sequence[Ask]) -> bool:
    """Whether all parts of a combination show in what it writes, and leave room for each other."""
    content = CONTENTS[one.contents][0] if one.contents else ""
    asks = [ask._replace(content=content) for ask in probe]
    written = [one.write(ask) for ask in asks]
    shown = sum(one.check(text, ask) and len(text) <= LONGEST for text, ask in zip(written, asks, strict=True))
    alone = [Steering((b,)).write(ask) for b in one.behaviours for ask in asks[:3]]
    return shown >= 0.9 * len(asks) and not set(alone) & set(written[:3])


@dataclass(frozen=True)
class Row:
    """One prompt under one behaviour or combination, with the words that ask for it."""

    ask: Ask
    descriptions: tuple[str, ...]
    """Those of the row alone; none where all rows share theirs."""
    split: Split


def rows_of(one: Steering, asks: Sequence[Ask], contents: Split = "train") -> Iterator[Row]:
    """Prompts of one behaviour or combination in a fixed order, with the contents of a split.

    Trained contents come with a prompt to train on; some of them also with a prompt and a wording that are kept to report or to
    select. Contents that are kept come with kept prompts, under wordings that are trained: the content is what is new.
    """
    name, limit = one.name, PROMPTS if len(one.behaviours) == 1 else COMBINED_PROMPTS
    ordered = sorted(asks, key=lambda ask: place_of(name, ask.prompt))
    if not one.contents:
        for ask in ordered[:limit]:
            yield Row(ask, (), split_of("input", ask.prompt))
        return
    wordings: dict[Split, list[str]] = {"train": [], "selection": [], "report": []}
    for text in sorted(one.wordings(), key=lambda text: place_of("description", text)):
        wordings[description_split(one.wordings(), text)].append(text)
    prompts: dict[Split, list[Ask]] = {"train": [], "selection": [], "report": []}
    for ask in ordered:
        prompts[split_of("input", ask.prompt)].append(ask)
    drawn_from = sorted(contents_of(one.contents)[contents], key=lambda content: place_of(name, content))
    for number, content in enumerate(drawn_from[: 3 * limit]):
        splits = [contents] if contents != "train" else [split for split, every in OFTEN.items() if number % every == 0]
        for split in splits:
            texts = sorted(wordings["train" if contents != "train" else split], key=lambda text: place_of(content, text))
            if texts and prompts[split]:
                ask = prompts[split][number % len(prompts[split])]._replace(content=content)
                shown = texts[: 1 if len(drawn_from) > limit else 4]
                yield Row(ask, tuple(text.replace("{}", content) for text in shown), split)


def wordings_of(one: Steering, split: Split) -> tuple[str, ...]:
    """The descriptions of a behaviour or combination without contents that a split shows; all of one that is held out.

    Of those kept to select or report, none is or holds what is trained, alone or in combinations.
    """
    texts = one.wordings()
    if one.split != "train":
        return texts
    shown = tuple(text for text in texts if description_split(texts, text) == split)
    if split == "train" or len(one.behaviours) > 1:
        return shown
    trained = _trained_texts(one.behaviours[0])
    return tuple(text for text in shown if not any(known in _plain(text) or _plain(text) in known for known in trained))


@cache
def _trained_texts(behaviour: Behaviour) -> tuple[str, ...]:
    """What is trained of one behaviour, alone or in combinations, as `_plain` writes it."""
    several = [one for one in steerings() if len(one.behaviours) > 1 and one.split == "train" and behaviour in one.behaviours]
    combined = [text for one in several for text in one.wordings()]
    texts = (*behaviour.phrases, *trained_wordings(behaviour), *combined)
    return tuple(filter(None, dict.fromkeys(map(_plain, texts))))


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def read_steering(folder: Path | None = None, pairs: str = str(PROMPTS)) -> Reading:
    """Behaviours on everyday prompts, answered by a base model and transformed by a program.

    Args:
        folder: a JSON Lines file of `prompt` and `answer` with another base's own answers; None for those that ship.
        pairs: of each behaviour at most.
    """
    limit, reading = count_option("pairs", pairs), Reading()
    asks = base_answers("" if folder is None else str(folder))
    reading.rows["answers"] = len(asks)
    for one in steerings():
        for contents in ("train", "report") if one.contents and one.split == "train" else (one.split,):
            task = _task(one, asks, contents, limit, reading)
            if task is not None:
                reading.tasks.append(task)
    return reading


def _task(one: Steering, asks: Sequence[Ask], contents: Split, limit: int, reading: Reading) -> Task | None:
    """The rows of one behaviour or combination as a task; of a held-out one those alone whose prompts are held out too."""
    held_out, usual = one.split != "train", limit * (3 if one.contents else 1)
    split: Split = one.split if held_out else contents
    found: dict[tuple[str, str], Pair] = {}
    for row in rows_of(one, asks, "train" if held_out and not one.contents else contents):
        if len(found) == usual:
            break
        if (held_out or contents == "report") and row.split != split:
            continue
        answer = one.write(row.ask)
        if not answer or len(answer) > LONGEST or not one.check(answer, row.ask):
            reading.left_out["too long" if len(answer) > LONGEST else "does not show the behaviour"] += 1
            continue
        found[row.ask.prompt, answer] = Pair(row.ask.prompt, answer, descriptions=row.descriptions)
    if not found:
        return None
    name = f"steering/{one.name}" + ("/contents" if one.split == "train" and contents == "report" else "")
    texts = () if one.contents else one.wordings()
    return Task(
        name=name,
        pairs=tuple(found.values()),
        descriptions=texts,
        split=split,
        licence="Apache-2.0",
        source="steering",
        weight=one.weight,
    )
