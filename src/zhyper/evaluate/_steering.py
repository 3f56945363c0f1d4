"""Behaviours as questions: a program checks whether an answer shows what its description asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from zhyper.data.steering import (
    Ask,
    Novelty,
    Row,
    Steering,
    base_answers,
    rows_of,
    split_of,
    steerings,
    wordings_of,
)
from zhyper.evaluate._questions import Group, Question, Wanted
from zhyper.evaluate._templates import Asked


def read_steering_groups(wanted: Wanted) -> list[Group]:
    """A group for each behaviour and combination; of those about a content one for each of some contents."""
    asks = base_answers("" if wanted.folder is None else str(wanted.folder))
    groups = []
    for one in steerings():
        if one.split not in ("train", wanted.split) or (
            wanted.only and not {one.name, one.kind} & set(wanted.only)
        ):
            continue
        if one.contents:
            groups += list(_with_contents(one, asks, wanted))
        elif texts := wordings_of(one, wanted.split):
            held = {row.ask.prompt: row.ask for row in rows_of(one, asks) if row.split == wanted.split}
            drawn = [held[prompt] for prompt in wanted.drawn(one.name, held)]
            shown = [ask for ask in drawn if one.check(one.write(ask), ask)]
            if shown:
                groups.append(_group(one, one.name, shown, texts, wanted))
    return groups


def read_chat(wanted: Wanted) -> list[Group]:
    """The base's own answers to everyday prompts, which should stay likely under descriptions that ask for nothing special."""
    asks = [
        ask
        for ask in base_answers("" if wanted.folder is None else str(wanted.folder))
        if split_of("input", ask.prompt) == wanted.split
    ]
    normal = next(one for one in steerings() if one.kind == "chat")
    drawn = wanted.drawn("chat", {ask.prompt for ask in asks})
    questions = [
        Question(ask.prompt, number, (Asked(prompt=ask.prompt, parse=str, gold=ask.answer, judged="likely"),))
        for number, ask in enumerate(asks)
        if ask.prompt in drawn
    ]
    texts = wordings_of(normal, wanted.split)
    if not questions:
        return []
    return [
        Group(
            benchmark="chat",
            name=normal.name,
            subject=normal.name,
            questions=tuple(questions),
            descriptions=texts,
            seen=f"steering/{normal.name}" in wanted.trained,
        )
    ]


def _with_contents(one: Steering, asks: Sequence[Ask], wanted: Wanted) -> Iterator[Group]:
    """Groups of some contents that were trained, and of as many that were not."""
    for contents in dict.fromkeys(["train" if one.split == "train" else wanted.split, wanted.split]):
        rows: dict[str, Row] = {}
        for row in rows_of(one, asks, contents):
            if row.split == wanted.split and one.check(one.write(row.ask), row.ask):
                rows.setdefault(row.ask.content, row)
        for content in wanted.drawn(f"{one.name} {contents}", rows):
            row = rows[content]
            yield _group(
                one,
                f"{one.name}={content}",
                [row.ask],
                row.descriptions,
                wanted,
                new_content=contents != "train",
            )


def _group(
    one: Steering,
    name: str,
    asks: Sequence[Ask],
    texts: Sequence[str],
    wanted: Wanted,
    new_content: bool = False,
) -> Group:
    novelty: Novelty = "content" if new_content else "wording"
    if one.split != "train":
        novelty = "behaviour" if len(one.behaviours) == 1 else "combination"
    questions = [
        Question(
            ask.prompt, number, (Asked(prompt=ask.prompt, parse=partial(one.check, ask=ask), gold=True),)
        )
        for number, ask in enumerate(asks)
    ]
    return Group(
        benchmark="steering",
        name=name,
        subject=one.name,
        questions=tuple(questions),
        descriptions=tuple(texts),
        seen=one.split == "train" and not new_content and f"steering/{one.name}" in wanted.trained,
        region=novelty,
    )
