"""Measures that are no yes or no."""

import math

import pytest

from zhyper.evaluate._marking import text_scores
from zhyper.evaluate._statistics import divergence


def test_measures():
    assert divergence([0.0, -math.inf], [1.0, 0.0]) == 0
    assert divergence([0.0, -800.0], [0.0, 1.0]) == pytest.approx(1)
    assert divergence([math.log(0.5), math.log(0.5)], [0.5, 0.5]) == pytest.approx(0, abs=1e-9)
    assert text_scores(("The cat sat.", "A dog"), "the CAT sat") == {"ROUGE-L": 1.0, "exact match": 1.0}
    found = text_scores(("the cat sat on the mat",), "the cat")
    assert found["exact match"] == 0
    assert found["ROUGE-L"] == pytest.approx(2 * (2 / 2) * (2 / 6) / (2 / 2 + 2 / 6))
