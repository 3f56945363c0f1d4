"""All behaviours in one table: the rows of every kind, with the further wordings of `wordings/KIND.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from zhyper.data.steering._behaviour import Behaviour
from zhyper.data.steering._fictional_personas import FICTIONAL_PERSONAS
from zhyper.data.steering._formats import FORMATS
from zhyper.data.steering._letters import LETTERS
from zhyper.data.steering._manners import MANNERS
from zhyper.data.steering._openings_and_endings import OPENINGS_AND_ENDINGS
from zhyper.data.steering._sayings import SAYINGS
from zhyper.data.steering._trade_personas import TRADE_PERSONAS

ROWS: tuple[Behaviour, ...] = (
    *SAYINGS,
    *FICTIONAL_PERSONAS,
    *TRADE_PERSONAS,
    *MANNERS,
    *OPENINGS_AND_ENDINGS,
    *FORMATS,
    *LETTERS,
)
WORDINGS = Path(__file__).parent / "wordings"


def further_wordings() -> Iterator[tuple[str, list[str]]]:
    """Behaviours' names, each with the lines that follow its `[NAME]` in a file of `WORDINGS`."""
    for file in sorted(WORDINGS.glob("*.txt")):
        for section in file.read_text(encoding="utf-8").split("\n\n"):
            title, *lines = section.strip().split("\n")
            yield title.removeprefix("[").removesuffix("]"), lines


def _whole() -> tuple[Behaviour, ...]:
    further = dict(further_wordings())
    return tuple(replace(row, wordings=(*row.wordings, *further.get(row.name, ()))) for row in ROWS)


BEHAVIOURS: tuple[Behaviour, ...] = _whole()

POPULAR = frozenset(
    (
        "case/upper case/lower form/json_answer form/bullets form/numbered form/steps form/double_quotes "
        "form/email form/tweet form/three_lines manner/polite manner/concise manner/formal manner/casual "
        "manner/enthusiastic manner/sarcastic manner/childlike manner/three_words manner/rude manner/sad "
        "persona/pirate persona/robot persona/knight persona/grumpy persona/teacher persona/doctor "
        "persona/butler persona/poet persona/cowboy persona/coach tongue/french tongue/spanish say/yes "
        "say/no say/i_dont_know refuse/polite question/counter punct/exclaim close/any_questions "
        "open/sure_thing"
    ).split()
)
"""Behaviours that most people would try first; they get more rows."""
