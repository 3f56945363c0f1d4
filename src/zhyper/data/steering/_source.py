"""The source `steering`: behaviours on everyday prompts as tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from zhyper.data._collection import Pair, Split, Task, descriptions_of
from zhyper.data._reading import Reading, count_option
from zhyper.data.steering._behaviour import Ask, Behaviour
from zhyper.data.steering._combinations import COMBINATIONS, LONGEST, Steering, steerings, trained_wordings
from zhyper.data.steering._splits import base_answers, blank_answers, contents_of, places_in, split_of

Novelty = Literal["wording", "content", "combination", "behaviour"]
"""What of a reported row was never trained, besides its prompt."""
PROMPTS, COMBINED_PROMPTS = 600, 120
"""Prompts of a behaviour, and of a combination."""
OFTEN: dict[Split, int] = {"train": 1, "report": 8, "selection": 16}
"""Every how many contents one is asked with prompts and wordings of a split."""


@dataclass(frozen=True)
class Row:
    """One prompt under one behaviour or combination, with the words that ask for it."""

    ask: Ask
    descriptions: tuple[str, ...]
    """Those of the row alone; none where all rows share theirs."""
    split: Split


def rows_of(one: Steering, asks: Sequence[Ask], contents: Split = "train") -> Iterator[Row]:
    """Prompts of one behaviour or combination in a fixed order, with the contents of a split.

    Trained contents stand with a prompt to train on, and some of them also with a prompt and a wording of the
    splits to select and to report. Contents of those splits stand with prompts of their own split, under
    trained wordings: the content is what is new.
    """
    name, limit = one.name, PROMPTS if len(one.behaviours) == 1 else COMBINED_PROMPTS
    place = places_in(name)
    ordered = sorted(asks, key=lambda ask: place(ask.prompt))
    if not one.contents:
        for ask in ordered[:limit]:
            yield Row(ask, (), split_of("input", ask.prompt))
        return
    prompts: dict[Split, list[Ask]] = {"train": [], "selection": [], "report": []}
    for ask in ordered:
        prompts[split_of("input", ask.prompt)].append(ask)
    drawn_from = sorted(contents_of(one.contents)[contents], key=place)
    for number, content in enumerate(drawn_from[: 3 * limit]):
        splits = (
            [contents]
            if contents != "train"
            else [split for split, every in OFTEN.items() if number % every == 0]
        )
        for split in splits:
            wordings = descriptions_of(one.wordings(), "train" if contents != "train" else split)
            texts = sorted(wordings, key=places_in(content))
            if texts and prompts[split]:
                ask = prompts[split][number % len(prompts[split])]._replace(content=content)
                descriptions = texts[: 1 if len(drawn_from) > limit else 4]
                yield Row(ask, tuple(text.replace("{}", content) for text in descriptions), split)


def wordings_of(one: Steering, split: Split) -> tuple[str, ...]:
    """The descriptions that a split shows of a behaviour or combination without contents.

    All of a held-out one.

    Of those kept to select or report, none is or holds what is trained, alone or in the usual combinations.
    """
    texts = one.wordings()
    if one.split != "train":
        return texts
    descriptions = descriptions_of(texts, split)
    if split == "train" or len(one.behaviours) > 1:
        return descriptions
    trained = _trained_texts(one.behaviours[0])
    plain = {text: _plain(text) for text in descriptions}
    return tuple(
        text
        for text in descriptions
        if not any(other in plain[text] or plain[text] in other for other in trained)
    )


@cache
def _trained_texts(behaviour: Behaviour) -> tuple[str, ...]:
    """What is trained of one behaviour, alone or in combinations, as `_plain` writes it."""
    several = [
        one
        for one in steerings()
        if len(one.behaviours) > 1 and one.split == "train" and behaviour in one.behaviours
    ]
    combined = [text for one in several for text in one.wordings()]
    texts = (*behaviour.phrases, *trained_wordings(behaviour), *combined)
    return tuple(filter(None, dict.fromkeys(map(_plain, texts))))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def read_steering(
    folder: Path | None = None, pairs: str = str(PROMPTS), combinations: str = str(COMBINATIONS)
) -> Reading:
    """Behaviours on everyday prompts, answered by a base model and transformed by a program.

    Args:
        folder: a JSON Lines file of `prompt` and `answer` with another base's own answers; None for the
            shipped ones.
        pairs: of each behaviour at most.
        combinations: of two and three behaviours; more than the usual ones are all to train on.
    """
    limit, count, reading = (
        count_option("pairs", pairs),
        count_option("combinations", combinations),
        Reading(),
    )
    if limit > PROMPTS:
        raise ValueError(f"the option pairs is {limit}, but a behaviour has at most {PROMPTS} prompts")
    file = "" if folder is None else str(folder)
    asks, blank = base_answers(file), blank_answers(file)
    reading.rows["answers"], reading.left_out["empty"] = len(asks) + blank, blank
    if len(asks) > min(limit, COMBINED_PROMPTS):
        reading.notes.append(
            f"of {len(asks):,} prompts a behaviour is shown on at most {limit} (option pairs), one with "
            f"contents on {3 * limit}, a combination on {COMBINED_PROMPTS}"
        )
    # more combinations are drawn as often, in all, as the usual ones
    usual, all_of = (sum(map(_is_trained_combination, steerings(n))) for n in (COMBINATIONS, count))
    for one in steerings(count):
        for contents in ("train", "report") if one.contents and one.split == "train" else (one.split,):
            task = _task(one, asks, contents, limit, reading)
            if task is not None and _is_trained_combination(one) and count > COMBINATIONS:
                task = replace(task, weight=task.weight * usual / all_of)
            if task is not None:
                reading.tasks.append(task)
    return reading


def _is_trained_combination(one: Steering) -> bool:
    return len(one.behaviours) > 1 and one.split == "train"


def _task(one: Steering, asks: Sequence[Ask], contents: Split, limit: int, reading: Reading) -> Task | None:
    """The rows of one behaviour or combination as a task.

    Of a held-out one these are only those whose prompts are held out too.
    """
    held_out, usual = one.split != "train", limit * (3 if one.contents else 1)
    split: Split = one.split if held_out else contents
    pairs: dict[tuple[str, str], Pair] = {}
    for row in rows_of(one, asks, "train" if held_out and not one.contents else contents):
        if len(pairs) == usual:
            break
        if (held_out or contents == "report") and row.split != split:
            continue
        answer = one.write(row.ask)
        if not answer or len(answer) > LONGEST or not one.check(answer, row.ask):
            reading.left_out["too long" if len(answer) > LONGEST else "does not show the behaviour"] += 1
            continue
        pairs[row.ask.prompt, answer] = Pair(row.ask.prompt, answer, descriptions=row.descriptions)
    if not pairs:
        return None
    name = f"steering/{one.name}" + ("/contents" if one.split == "train" and contents == "report" else "")
    texts = () if one.contents else one.wordings()
    return Task(
        name=name,
        pairs=tuple(pairs.values()),
        descriptions=texts,
        split=split,
        licence="Apache-2.0",
        source="steering",
        weight=one.weight,
    )
