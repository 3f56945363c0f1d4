"""What requests may be at most."""

import pytest

from zhyper.serve.http._limits import Limits


def test_descriptions_and_tags_have_limits():
    limits = Limits(description_characters=7, tags=2, tag_characters=3, mixture=2, strength=4.0)
    limits.check_description("x" * 7)
    limits.check_tags(["abc", "é"])
    limits.check_mixture([4.0, -4.0])
    for text in ("", " \n", "x" * 8, "a\0", "\ud800"):
        with pytest.raises(ValueError, match="the description"):
            limits.check_description(text)
    for tags in (["a", "b", "c"], ["abcd"], [""], ["a\n"], ["\udfff"]):
        with pytest.raises(ValueError, match="tag"):
            limits.check_tags(tags)
    for weights in ([], [1.0] * 3, [float("nan")], [4.5], [float("-inf")]):
        with pytest.raises(ValueError, match="mixture"):
            limits.check_mixture(weights)


@pytest.mark.parametrize(
    "changes", [{"body_bytes": 0}, {"streams": -1}, {"body_seconds": float("inf")}, {"default_tokens": 5000}]
)
def test_limits_are_checked(changes):
    with pytest.raises(ValueError, match="limit|default_tokens"):
        Limits(**changes)
