"""Tables: what is marked, and what Markdown, LaTeX and HTML make of it."""

from html.parser import HTMLParser

import pytest

from zhyper.evaluate._markup import Cell, Table, render


def cell(value):
    return Cell(f"{100 * value:.1f} [0.0, 1.0]", value)


TABLE = Table(
    title="Scores & <more>",
    columns=("arc_easy", "50%"),
    rows=(
        ("a_b", (cell(0.5), cell(0.1))),
        ("c|d", (cell(0.7), cell(0.3))),
        ("e", (cell(0.6999), None)),
        ("f", (cell(0.61), cell(0.2))),
    ),
    note="Means.",
)


def test_best_and_second_are_marked_and_equal_ones_share():
    assert TABLE.places(0) == {1: 0, 2: 0, 3: 1}
    assert TABLE.places(1) == {1: 0, 3: 1}
    lines = render([TABLE], "markdown").splitlines()
    assert lines[2] == "| | arc_easy | 50% |"
    assert lines[4] == "| a_b | 50.0 [0.0, 1.0] | 10.0 [0.0, 1.0] |"
    assert lines[5] == "| c\\|d | **70.0 [0.0, 1.0]** | **30.0 [0.0, 1.0]** |"
    assert lines[6] == "| e | **70.0 [0.0, 1.0]** | – |"
    assert lines[7] == "| f | <u>61.0 [0.0, 1.0]</u> | <u>20.0 [0.0, 1.0]</u> |"


def test_nothing_is_best_alone_or_where_ranks_say_nothing():
    one = Table(title="t", columns=("a",), rows=(("x", (cell(0.5),)), ("y", (cell(0.5),))))
    assert one.places(0) == {}
    assert Table(title="t", columns=("a",), rows=TABLE.rows[:0], ranked=False).places(0) == {}
    negative = Table(
        title="t", columns=("a",), rows=(("x", (Cell("−0.5 [x]", -0.005),)), ("y", (Cell("−2.0", -0.02),)))
    )
    assert negative.places(0) == {0: 0}  # of two, one is best, and that is all


def test_latex():
    text = render([TABLE], "latex")
    assert r"\caption{Scores \& <more>. Means.}" in text
    assert r" & arc\_easy & 50\% \\" in text
    assert r"a\_b & 50.0 [0.0, 1.0] & 10.0 [0.0, 1.0] \\" in text
    assert r"e & \textbf{70.0 [0.0, 1.0]} & -- \\" in text
    assert r"\underline{61.0" in text
    assert text.count("{") == text.count("}")


def test_html_is_escaped_and_closed():
    text = render([TABLE], "html")
    assert "Scores &amp; &lt;more&gt;" in text

    class Balance(HTMLParser):
        depth: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.depth.append(tag)

        def handle_endtag(self, tag):
            assert self.depth.pop() == tag

    parser = Balance()
    parser.feed(text)
    assert parser.depth == []
    assert text.count("<td>") == 8


def test_a_row_that_does_not_fit():
    with pytest.raises(ValueError, match="the row x of 't' does not have one cell"):
        Table(title="t", columns=("a", "b"), rows=(("x", (None,)),))
