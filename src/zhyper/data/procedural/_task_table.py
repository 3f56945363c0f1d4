"""The table of tasks: what is composed with what, and which tasks are kept from training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

from zhyper.data._collection import Split
from zhyper.data.procedural._answer_forms import BARE, CARRIERS, FORMS, Form
from zhyper.data.procedural._categories import CATEGORIES, REPORT_CATEGORIES, SELECTION_CATEGORIES, UNTRAINED
from zhyper.data.procedural._constant_operations import (
    CONSTANTS,
    NAMES,
    OPENINGS,
    PHRASES,
    constant_operations,
)
from zhyper.data.procedural._inputs import THINGS, Input
from zhyper.data.procedural._list_operations import LIST_OPERATIONS, NUMBER_OPERATIONS, PAIR_OPERATIONS
from zhyper.data.procedural._operation import Operation
from zhyper.data.procedural._phrases import Phrases
from zhyper.data.procedural._role_selectors import (
    DATE_SELECTORS,
    NAME_SELECTORS,
    THE_WORD,
    sentence_selectors,
)
from zhyper.data.procedural._selectors import (
    Selector,
    all_category,
    not_category,
    selector,
    the_category,
)
from zhyper.data.procedural._sentence_operations import DATE_OPERATIONS, NAME_OPERATIONS, SENTENCE_OPERATIONS
from zhyper.data.procedural._transformations import (
    AS_IS,
    NUMBER_TRANSFORMATIONS,
    TRANSFORMATIONS,
    Transformation,
)
from zhyper.data.procedural._yes_no_operations import (
    LABELS,
    category_count,
    category_question,
    yes_no_operations,
)


@dataclass(frozen=True)
class Spec:
    """A row of the table: a task without its pairs and wordings; `parts` name what it is composed of."""

    name: str
    kind: str
    act: Callable[[Input], str | None]
    phrases: Phrases
    form: Form
    parts: tuple[str, ...]
    split: Split = "train"
    novelty: str = ""
    """What is new in a task kept from training: a category, a constant or a combination."""
    needs: str = ""
    """The category without which no input fits the task."""


def _selected(kind: str, selector: Selector, change: Transformation, form: Form, *more: str) -> Spec:
    def act(sample: Input) -> str | None:
        items = selector.take(sample)
        changed = [change.change(item) for item in items or ()]
        return form.write(", ".join(text for text in changed if text)) if changed and all(changed) else None

    texts = tuple(phrase.replace("{}", what) for phrase in change.phrases for what in selector.phrases)
    needs = more[0].removeprefix("category:") if more else ""
    extra = [part.name for part in (change, form) if part not in (AS_IS, BARE)]
    parts = (*((f"{kind}:{selector.name}",) if not more else ("the-category",)), *extra, *more)
    name, phrases = (
        "/".join(("procedural", kind, selector.name, *extra)),
        Phrases(texts, many=selector.many and change.plain),
    )
    return Spec(name, kind, act, phrases, form, parts, needs=needs)


def _operated(operation: Operation, form: Form = BARE) -> Spec:
    def act(sample: Input) -> str | None:
        answer = operation.act(sample)
        return None if answer is None else form.write(answer)

    extra = [form.name] if form is not BARE else []
    parts = (*(operation.parts or (f"{operation.kind}:{operation.name}",)), *extra)
    return Spec(
        "/".join(("procedural", operation.kind, operation.name, *extra)),
        operation.kind,
        act,
        operation.phrases,
        form,
        parts,
    )


_POSITIONS = ("first", "second", "third", "last", "second-to-last")
_WORD_EXTREMES = ("longest", "shortest", "alphabetically-first", "alphabetically-last")
_ALL_FORMS = (*FORMS.values(), *CARRIERS.values())
_WORD_CHANGES = tuple(TRANSFORMATIONS.values())
_LETTER_CHANGES = tuple(
    t for t in _WORD_CHANGES if t.name not in ("plural", "category", "with-category", "capitalised")
)


def _grid(
    random: Random,
    kind: str,
    selectors: Sequence[Selector],
    changes: tuple[Transformation, ...],
    sizes: tuple[int, int, int],
) -> Iterator[Spec]:
    """Selectors as they are, and samples of their combinations with a transformation, a form, and both."""
    yield from (_selected(kind, s, AS_IS, BARE) for s in selectors)
    with_change, with_form, with_both = sizes
    yield from (
        _selected(kind, s, t, BARE) for s, t in _draw(random, product(selectors, changes), with_change)
    )
    yield from (
        _selected(kind, s, AS_IS, f) for s, f in _draw(random, product(selectors, _ALL_FORMS), with_form)
    )
    yield from (
        _selected(kind, s, t, f)
        for s, t, f in _draw(random, product(selectors, changes, _ALL_FORMS), with_both)
    )


def _draw(random: Random, values: Iterable[Any], count: int) -> list[Any]:
    options = list(values)
    return random.sample(options, min(count, len(options)))


def _several(random: Random) -> Iterator[Spec]:
    """Several items of a list: with a form, or with a change that goes with several."""
    for name in ("first-and-last", "all-but-first", "all-but-last", "first-two", "last-two"):
        items = selector("list", name)
        yield _selected("list", items, AS_IS, BARE)
        yield _selected("list", items, TRANSFORMATIONS["upper"], BARE)
        yield from (_selected("list", items, AS_IS, form) for form in _draw(random, _ALL_FORMS, 4))


def _by_category(random: Random) -> Iterator[Spec]:
    """Tasks about each category: the one item of it, those that are not, all, how many, whether any."""
    for number, name in enumerate(CATEGORIES):
        part = f"category:{name}"
        the_one = the_category("list", name)
        yield _selected("list", the_one, AS_IS, BARE, part)
        yield _selected("list", the_one, random.choice(_LETTER_CHANGES), BARE, part)
        yield _selected("list", the_one, AS_IS, random.choice(_ALL_FORMS), part)
        if number % 2 or name in UNTRAINED:
            yield _selected("list", the_one, random.choice(_LETTER_CHANGES), random.choice(_ALL_FORMS), part)
        labels = LABELS[number % len(LABELS)]
        if number % 2 or name in UNTRAINED:
            yield replace(
                _selected("list", not_category(name), AS_IS, BARE, part), parts=("not-category", part)
            )
            yield _operated(category_question("list", name, labels))
            yield _selected("pair", the_category("pair", name), AS_IS, BARE, part)
        if number % 2 == 0 or name in UNTRAINED:
            yield replace(
                _selected("list", all_category(name), AS_IS, BARE, part), parts=("all-category", part)
            )
            yield _operated(category_count(name))
            yield _operated(category_question("pair", name, labels))


def _sentence_things(random: Random) -> Iterator[Spec]:
    for name in THINGS:
        the_one = the_category("sentence", name)
        part = f"category:{name}"
        yield _selected("sentence", the_one, AS_IS, BARE, part)
        yield _selected("sentence", the_one, random.choice(_LETTER_CHANGES), BARE, part)
        yield _selected("sentence", the_one, AS_IS, random.choice(_ALL_FORMS), part)
        yield _selected("sentence", the_one, random.choice(_LETTER_CHANGES), random.choice(_ALL_FORMS), part)


def _operations(random: Random, operations: Sequence[Operation], formed: int) -> Iterator[Spec]:
    """Operations as they are, and a sample of them with a form."""
    yield from map(_operated, operations)
    yield from (
        _operated(operation, form)
        for operation, form in _draw(random, product(operations, _ALL_FORMS), formed)
    )


def _rows() -> Iterator[Spec]:
    random = Random("procedural")
    words = (*_POSITIONS, *_WORD_EXTREMES)
    yield from _grid(
        random, "list", [selector("list", name) for name in (*words, "every")], _WORD_CHANGES, (72, 36, 38)
    )
    yield from _several(random)
    yield from _by_category(random)
    yield from _operations(random, LIST_OPERATIONS, 24)
    yield from _grid(
        random,
        "pair",
        [selector("pair", name) for name in ("first", "last", *_WORD_EXTREMES)],
        _WORD_CHANGES,
        (30, 14, 16),
    )
    yield from _operations(random, PAIR_OPERATIONS, 12)
    yield from _grid(random, "word", [THE_WORD], _WORD_CHANGES, (len(_WORD_CHANGES), len(_ALL_FORMS), 38))
    numbers = [selector("numbers", name) for name in (*_POSITIONS, "largest", "smallest")]
    yield from _grid(random, "numbers", numbers, tuple(NUMBER_TRANSFORMATIONS.values()), (30, 16, 18))
    yield from _operations(random, NUMBER_OPERATIONS, 16)
    yield from _grid(random, "sentence", tuple(sentence_selectors()), _LETTER_CHANGES, (36, 20, 20))
    yield from _sentence_things(random)
    yield from _operations(random, SENTENCE_OPERATIONS, 0)
    yield from _grid(random, "date", DATE_SELECTORS[1:2], _LETTER_CHANGES, (6, 4, 6))
    yield from _grid(random, "date", DATE_SELECTORS[0::2], (), (0, 6, 0))
    yield from _operations(random, DATE_OPERATIONS, 6)
    yield from _grid(random, "name", NAME_SELECTORS, _LETTER_CHANGES, (12, 8, 10))
    yield from _operations(random, NAME_OPERATIONS, 6)
    yield from map(_operated, yes_no_operations())
    yield from map(_operated, constant_operations())


def _untrained_splits(values: Iterable[str]) -> dict[str, Split]:
    """Of each sixteen constants two are for reporting and one is for selection."""
    return {
        f"constant:{c}": "selection" if i % 16 == 7 else "report"
        for i, c in enumerate(values)
        if i % 8 == 3 or i % 16 == 7
    }


_FLAT = (
    {"the-dinosaur", "last-letter"},
    {"day-of-the-week", "last-letter"},
    {"day-of-the-week", "last-two-letters"},
)
"""What would have the same answer nearly always."""
_UNTRAINED_SPLITS: dict[str, Split] = {
    **{f"category:{name}": "report" for name in REPORT_CATEGORIES},
    **{f"category:{name}": "selection" for name in SELECTION_CATEGORIES},
    **_untrained_splits(CONSTANTS),
    **_untrained_splits(NAMES),
    **_untrained_splits(PHRASES),
    **_untrained_splits(OPENINGS),
}
_SHARES: tuple[tuple[Split, float], ...] = (("report", 0.105), ("selection", 0.052))


@lru_cache(maxsize=1)
def table() -> tuple[Spec, ...]:
    """All tasks with their splits, the same for every seed.

    Kept from training are all tasks of some categories and constants, and besides them combinations of parts
    each of which is in at least three tasks to train on.
    """
    rows: dict[str, Spec] = {}
    for spec in _rows():
        if any(flat <= set(spec.name.split("/")) for flat in _FLAT):
            continue
        part = next((part for part in spec.parts if part in _UNTRAINED_SPLITS), None)
        if part is not None:
            spec = replace(spec, split=_UNTRAINED_SPLITS[part], novelty=part.partition(":")[0])
        rows.setdefault(spec.name, spec)
    trained = Counter(part for spec in rows.values() if spec.split == "train" for part in spec.parts)
    names = sorted(name for name, spec in rows.items() if spec.split == "train" and len(spec.parts) > 1)
    Random("kept").shuffle(names)
    for split, share in _SHARES:
        missing = round(share * len(rows)) - sum(spec.split == split for spec in rows.values())
        while missing > 0 and names:
            spec = rows[names.pop()]
            if all(trained[part] > 3 for part in spec.parts):
                trained.subtract(spec.parts)
                rows[spec.name] = replace(spec, split=split, novelty="combination")
                missing -= 1
    return tuple(rows.values())


def kind_of_novelty(name: str) -> str:
    """What is new in a task: `category`, `constant` or `combination`; an empty text in one to train on."""
    novelties = {spec.name: spec.novelty for spec in table()}
    if name not in novelties:
        raise ValueError(f"there is no procedural task {name}")
    return novelties[name]
