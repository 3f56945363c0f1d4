"""Honesty controls and prompts."""

import pytest

from evaluations import COUNTRIES
from zhyper.evaluate import Scope
from zhyper.evaluate._conditions import asked_as, noise, texts_under
from zhyper.evaluate._suites import read_suite


def test_controls(folder):
    groups = read_suite("culture", Scope(folder=folder, texts=3))
    peru = next(group for group in groups if group.name == "culturalbench_easy/Peru")
    wrong = texts_under("shuffled", peru, groups, 0)
    assert len(wrong) == 3
    assert not any("Peru" in text for text in wrong)
    assert wrong == texts_under("shuffled", peru, groups, 0) != texts_under("shuffled", peru, groups, 1)
    assert texts_under("shuffled", peru, [peru], 0) == ()
    assert len(set(texts_under("random", peru, groups, 0))) == 3
    assert texts_under("empty", peru, groups, 0) == ("",)
    assert noise("a") == noise("a") != noise("b")
    assert asked_as("matched", "p", "t") == ("p", "t")
    assert asked_as("base", "p", "") == ("p", None)
    assert asked_as("described", "p", "t") == ("t\n\np", None)
    assert asked_as("role", "p", "t")[0][0] == {"role": "system", "content": "t"}
    with pytest.raises(ValueError, match="'wild' is no condition"):
        texts_under("wild", peru, groups, 0)


def test_wrong_subjects_are_others(folder):
    groups = read_suite("culture", Scope(folder=folder, texts=6))
    peru = next(group for group in groups if group.name == "culturalbench_easy/Peru")
    wrong = texts_under("shuffled", peru, groups, 0)
    assert len(set(wrong)) == 6
    for own, other in zip(peru.descriptions, wrong, strict=True):
        assert own in [
            other.replace(country, "Peru") for country in COUNTRIES
        ]  # the same wording of another place
    science = [group for group in read_suite("choices", Scope(folder=folder)) if group.name == "arc_easy"]
    assert science[0].subject == "science"
