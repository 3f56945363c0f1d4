"""Tables of results and the page of a report, as Markdown, LaTeX and HTML from the files in `templates`.

In tables the best of a column is bold and the second underlined, as in the papers.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

_LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "–": "--",
}


class Dialect(NamedTuple):
    """How a language of markup escapes a text, marks the best and the second, and shows an empty cell."""

    escape: Callable[[str], str]
    marks: tuple[str, str]
    nothing: str = "–"


DIALECTS = {
    "markdown": Dialect(lambda text: text.replace("|", "\\|"), ("**{}**", "<u>{}</u>")),
    "latex": Dialect(
        lambda text: "".join(_LATEX.get(c, c) for c in text), (r"\textbf{{{}}}", r"\underline{{{}}}"), "--"
    ),
    "html": Dialect(html.escape, ("<b>{}</b>", "<u>{}</u>")),
}


@dataclass(frozen=True)
class Cell:
    """A number as it is shown, and by what it is compared; None stands for nothing there."""

    text: str
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Named rows of cells under named columns.

    Raises:
        ValueError: a row has another number of cells than there are columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    note: str = ""
    ranked: bool = True
    """Whether the best of each column is marked; higher is better."""

    def __post_init__(self) -> None:
        if wrong := [name for name, cells in self.rows if len(cells) != len(self.columns)]:
            raise ValueError(
                f"the row {wrong[0]} of '{self.title}' does not have one cell for each of: "
                f"{', '.join(self.columns)}"
            )

    def places(self, column: int) -> dict[int, int]:
        """Of a column's rows, which are best (0) and, of three different ones, second (1)."""
        numbers = {
            row: _compared_by(cell)
            for row, (_, cells) in enumerate(self.rows)
            if (cell := cells[column]) is not None and cell.value is not None
        }
        order = sorted(set(numbers.values()), reverse=True)
        if len(order) < 2 or not self.ranked:
            return {}
        marked = order[: min(2, len(order) - 1)]
        return {row: marked.index(number) for row, number in numbers.items() if number in marked}

    def shown(self, dialect: str) -> list[tuple[str, list[str]]]:
        """The rows as text in one of `DIALECTS`, with marks."""
        escape, marks, nothing = DIALECTS[dialect]
        places = [self.places(column) for column in range(len(self.columns))]

        def show(row: int, column: int, cell: Cell | None) -> str:
            if cell is None:
                return nothing
            text, place = escape(cell.text), places[column].get(row)
            return text if place is None else marks[place].format(text)

        return [
            (escape(name), [show(row, column, cell) for column, cell in enumerate(cells)])
            for row, (name, cells) in enumerate(self.rows)
        ]


def _compared_by(cell: Cell) -> float:
    """The number that a reader compares by: that before an interval, as it is rounded."""
    try:
        return float(cell.text.partition(" ")[0].replace("−", "-"))
    except ValueError:
        return cell.value or 0.0


@cache
def _templates() -> Any:
    """The templates, with a filter that escapes for each dialect."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {name: dialect.escape for name, dialect in DIALECTS.items()}
    environment.filters["json"] = lambda value: json.dumps(value, indent=1, ensure_ascii=False)
    return environment


def render(tables: Sequence[Table], dialect: str) -> str:
    """Tables, one below the other; LaTeX needs the package booktabs."""
    return str(_templates().get_template(f"tables.{dialect}.jinja").render(tables=tables))


def page(
    first: Sequence[str], tables: Sequence[Table], svgs: Mapping[str, str], about: Mapping[str, Any]
) -> str:
    """A report as one HTML page with everything in it: no file and no server is needed beside it.

    Args:
        first: what stands first: the gains of matching descriptions.
        tables: in order.
        svgs: figures by name.
        about: where everything comes from; its `notes` stand below the first lines.
    """
    template = _templates().get_template("page.html.jinja")
    return str(template.render(first=first, tables=tables, svgs=svgs, about=about))
