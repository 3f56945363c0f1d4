"""Behaviours as questions: a program checks whether an answer shows what its description asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from zhyper.data.benchmarks import Item
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
from zhyper.evaluate._marking import Check, Likely
from zhyper.evaluate._questions import Group, Question, Scope


def _asks(scope: Scope) -> Sequence[Ask]:
    return base_answers("" if scope.folder is None else str(scope.folder))


def read_steering_groups(scope: Scope) -> list[Group]:
    """A group for each behaviour and combination; of those about a content one for each of some contents.

    Where all that is asked for are behaviours and combinations, of these alone.
    """
    asks = _asks(scope)
    few = _groups([one for one in steerings() if one.name in scope.only], asks, scope)
    whole = scope.only and {group.subject for group in few} == set(scope.only)
    return few if whole else _groups(steerings(), asks, scope)


def _groups(ones: Sequence[Steering], asks: Sequence[Ask], scope: Scope) -> list[Group]:
    groups = []
    for one in ones:
        if one.split not in ("train", scope.split):
            continue
        if one.contents:
            groups += list(_with_contents(one, asks, scope))
        elif texts := wordings_of(one, scope.split):
            by_prompt = {row.ask.prompt: row.ask for row in rows_of(one, asks) if row.split == scope.split}
            drawn = [by_prompt[prompt] for prompt in scope.draw(one.name, by_prompt)]
            shown = [ask for ask in drawn if one.check(one.write(ask), ask)]
            if shown:
                groups.append(_group(one, one.name, shown, texts, scope))
    return groups


def read_chat(scope: Scope) -> list[Group]:
    """The base's own answers, which should stay likely under descriptions that ask for nothing special."""
    asks = [ask for ask in _asks(scope) if split_of("input", ask.prompt) == scope.split]
    normal = next(one for one in steerings() if one.kind == "chat")
    drawn = scope.draw("chat", {ask.prompt for ask in asks})
    questions = [
        Question(key=ask.prompt, number=number, items=(Item(ask.prompt, Likely(ask.answer)),))
        for number, ask in enumerate(asks)
        if ask.prompt in drawn
    ]
    group = Group(
        benchmark="chat",
        name=normal.name,
        subject=normal.name,
        questions=tuple(questions),
        descriptions=wordings_of(normal, scope.split),
        seen=f"steering/{normal.name}" in scope.trained,
    )
    return [group] if questions else []


def _with_contents(one: Steering, asks: Sequence[Ask], scope: Scope) -> Iterator[Group]:
    """Groups of some contents that were trained, and of as many that were not."""
    for contents in dict.fromkeys(["train" if one.split == "train" else scope.split, scope.split]):
        rows: dict[str, Row] = {}
        for row in rows_of(one, asks, contents):
            if row.split == scope.split and one.check(one.write(row.ask), row.ask):
                rows.setdefault(row.ask.content, row)
        for content in scope.draw(f"{one.name} {contents}", rows):
            row = rows[content]
            name, new = f"{one.name}={content}", contents != "train"
            yield _group(one, name, [row.ask], row.descriptions, scope, new_content=new)


def _group(
    one: Steering,
    name: str,
    asks: Sequence[Ask],
    texts: Sequence[str],
    scope: Scope,
    new_content: bool = False,
) -> Group:
    novelty: Novelty = "content" if new_content else "wording"
    if one.split != "train":
        novelty = "behaviour" if len(one.behaviours) == 1 else "combination"
    items = {ask.prompt: (Item(ask.prompt, Check(partial(one.check, ask=ask))),) for ask in asks}
    questions = [Question(key=key, number=i, items=of) for i, (key, of) in enumerate(items.items())]
    return Group(
        benchmark="steering",
        name=name,
        subject=one.name,
        questions=tuple(questions),
        descriptions=tuple(texts),
        seen=one.split == "train" and not new_content and f"steering/{one.name}" in scope.trained,
        region=novelty,
        tokens=96,
    )
