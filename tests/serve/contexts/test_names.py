"""Which names a context may have."""

import pytest

from zhyper.serve.contexts import check_name


@pytest.mark.parametrize("name", ["a", "0", "a.b-c_d", "x" * 64, "cook.v2"])
def test_names_that_may_be(name):
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "..", ".", "a..b", "a/b", "../a", "/etc/passwd", "a\\b", "C:", ".hidden", "-rf", "A", "é", "a b",
     "a\n", "a\0", "%2e%2e", "x" * 65, "a" * 64],
)  # fmt: skip
def test_names_that_may_not_be(name):
    with pytest.raises(ValueError, match="the name of a context has"):
        check_name(name)
