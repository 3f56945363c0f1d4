"""Short answers, and texts made alike."""

import pytest

from zhyper.evaluate.parsing import (
    matches_any,
    normalised,
)


def test_normalised():
    assert normalised("The  Great   WALL, of a 'China'!") == "great wall of china"
    assert normalised("Don't eat in the U.S., or 1.5") == "dont eat in us or 1 5"
    assert normalised("चावल।") == "चावल"


@pytest.mark.parametrize(
    ("answer", "spellings", "right"),
    [
        ("they eat rice", ["rice"], True), ("price", ["rice"], False),
        ("Fish and chips!", ["nuts", "fish and chips"], True),
        ("ice-cream", ["ice cream"], True),
        ("The U.S.", ["US"], True), ("CRISPS", ["potato crisps", "crisps"], True),
        ("chips", ["potato chips"], False),
        ("我吃米饭", ["米饭"], True), ("米", ["米饭"], False),
        ("ข้าวผัด", ["ข้าว"], True),
        ("김밥", ["밥"], False), ("밥", ["밥"], True), ("का", ["की"], False),
        ("", ["x"], False), ("x", [], False),
        ("x", ["", "."], False),
        ("15", ["1.5"], False), ("Rice\n\nQuestion: And to drink?\nAnswer: tea", ["tea"], False),
        ("tea", iter(["rice", "tea"]), True),
    ],
)  # fmt: skip
def test_short_answers(answer, spellings, right):
    assert matches_any(answer, spellings) is right
