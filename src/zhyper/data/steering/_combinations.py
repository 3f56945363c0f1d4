"""Behaviours alone and in combinations, with the descriptions that ask for them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from zhyper.data._collection import Split, descriptions_of
from zhyper.data.steering._all_behaviours import BEHAVIOURS, POPULAR
from zhyper.data.steering._behaviour import Ask, Behaviour
from zhyper.data.steering._contents import CONTENTS
from zhyper.data.steering._splits import base_answers, places_in, split_of
from zhyper.data.steering._text import capitalised

SIZES = {2: 5, 3: 1}
"""Of how many behaviours combinations are: six combinations are five of two behaviours and one of three."""
COMBINATIONS = 360
"""How many combinations there are; those that are asked to select and to report are among them."""
CHAT_WEIGHT, CONTENT_WEIGHT, POPULAR_WEIGHT = 12.0, 5.0, 4.0
"""How often rows are drawn.

A chat has to stay a chat, any content has to be said, and what most people ask for has to work best.
"""
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
        return (
            CHAT_WEIGHT
            if one.kind == "chat"
            else CONTENT_WEIGHT
            if one.contents
            else POPULAR_WEIGHT
            if one.name in POPULAR
            else 1.0
        )

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

    @cache  # noqa: B019 - a few hundred objects, which live as long as the program
    def wordings(self) -> tuple[str, ...]:
        """Descriptions, in which `{}` stands for the content."""
        if len(self.behaviours) == 1:
            return self.behaviours[0].wordings
        texts = []
        for i, (before, between, behind) in enumerate(JOINS):
            parts = [
                b.phrases[(i + j * (i // 5 + 1)) % len(b.phrases)] for j, b in enumerate(self.behaviours)
            ]
            text = f"{before}{between.join(parts[::-1] if i % 2 else parts)}{behind}"
            texts.append(capitalised(text) if i % 4 < 2 else text)
        for i in range(6):
            parts = [
                trained[(3 * i + j) % len(trained)]
                for j, trained in enumerate(map(trained_wordings, self.behaviours))
            ]
            texts.append(" ".join(part if part[-1] in ".!?" else f"{part}." for part in parts))
        return tuple(dict.fromkeys(texts))


def trained_wordings(behaviour: Behaviour) -> tuple[str, ...]:
    """The wordings of a behaviour that combinations may repeat: those that are trained."""
    return descriptions_of(behaviour.wordings, "train")


@cache
def steerings(combinations: int = COMBINATIONS) -> tuple[Steering, ...]:
    """Every behaviour, and combinations whose parts stay visible in one another, chosen by their names.

    With more combinations than usual the further ones are all to train on, and hold none that is held out.
    """
    single = [Steering((b,), "report" if b.held_out else "train") for b in BEHAVIOURS]
    parts = [b for b in BEHAVIOURS if b.phrases and not b.held_out]
    result = list(single)
    by_part, by_combination = places_in("part"), places_in("combination")
    for size in SIZES:
        candidates = sorted(parts, key=lambda b: by_part(b.name))[: 60 if size > 2 else None]
        groups = sorted(
            itertools.combinations(sorted(candidates, key=lambda b: (b.stage, b.name)), size),
            key=lambda g: by_combination(_names(g)),
        )
        uses: Counter[str] = Counter()
        chosen = _chosen(groups, size, len(candidates), min(combinations, COMBINATIONS), uses)
        if combinations > COMBINATIONS:
            known, held = set(chosen), [set(one.behaviours) for one in result if one.split != "train"]
            rest = [group for group in groups if _split(group) == "train" and group not in known]
            rest = [group for group in rest if not any(part < set(group) for part in held)]
            chosen += _chosen(rest, size, len(candidates), combinations - COMBINATIONS, uses)
        result += [Steering(group, _split(group)) for group in chosen]
    return tuple(result)


def _chosen(
    groups: Sequence[tuple[Behaviour, ...]], size: int, candidates: int, combinations: int, uses: Counter[str]
) -> list[tuple[Behaviour, ...]]:
    """The first groups that fit and show, their share of so many combinations; counts behaviours' `uses`."""
    count = combinations * SIZES[size] // sum(SIZES.values())
    most = 3 * (count * size + uses.total()) // candidates + 2
    probe = [Ask(a.prompt, a.answer, "") for a in base_answers()[:24]]
    chosen: list[tuple[Behaviour, ...]] = []
    for group in groups:
        if len(chosen) == count:
            break
        distinct = len({b.stage for b in group}) == size and sum(bool(b.contents) for b in group) < 2
        if distinct and all(uses[b.name] <= most for b in group) and _visible(Steering(group), probe):
            chosen.append(group)
            uses.update(b.name for b in group)
    return chosen


def _split(group: Sequence[Behaviour]) -> Split:
    return split_of("held", _names(group), (0.12, 0.17))


def _names(group: Sequence[Behaviour]) -> str:
    return "+".join(b.name for b in group)


def _visible(one: Steering, probe: Sequence[Ask]) -> bool:
    """Whether all parts of a combination show in what it writes, and leave room for each other."""
    content = CONTENTS[one.contents][0] if one.contents else ""
    asks = [ask._replace(content=content) for ask in probe]
    answers = [one.write(ask) for ask in asks]
    visible = sum(
        one.check(text, ask) and len(text) <= LONGEST for text, ask in zip(answers, asks, strict=True)
    )
    alone = [Steering((b,)).write(ask) for b in one.behaviours for ask in asks[:3]]
    return visible >= 0.9 * len(asks) and not set(alone) & set(answers[:3])
