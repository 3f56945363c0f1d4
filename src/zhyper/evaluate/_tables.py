"""Tables of results for readers: Markdown, LaTeX and HTML, the best of a column bold and the second underlined, as in the papers."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MARKS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "markdown": (lambda text: f"**{text}**", lambda text: f"<u>{text}</u>"),
    "latex": (lambda text: f"\\textbf{{{text}}}", lambda text: f"\\underline{{{text}}}"),
    "html": (lambda text: f"<b>{text}</b>", lambda text: f"<u>{text}</u>"),
}
"""How the best and the second of a column are marked."""


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
                f"the row {wrong[0]} of '{self.title}' does not have one cell for each of: {', '.join(self.columns)}"
            )

    def places(self, column: int) -> dict[int, int]:
        """Of a column's rows, which are best (0) and, where there are three different ones, second (1); equal ones share their place."""
        cells = {
            row: cell
            for row, (_, of) in enumerate(self.rows)
            if (cell := of[column]) is not None and cell.value is not None
        }
        shown = {row: _shown(cell) for row, cell in cells.items()}
        order = sorted(set(shown.values()), reverse=True)
        if len(order) < 2 or not self.ranked:
            return {}
        return {
            row: place
            for row, value in shown.items()
            if (place := order.index(value)) < min(2, len(order) - 1)
        }

    def cells(self, kind: str, escape: Callable[[str], str]) -> list[list[str]]:
        """The cells of all rows as text, with the marks of a kind."""
        places = [self.places(column) for column in range(len(self.columns))]

        def show(row: int, column: int, cell: Cell | None) -> str:
            if cell is None:
                return "–" if kind != "latex" else "--"
            text, place = escape(cell.text), places[column].get(row)
            return text if place is None else MARKS[kind][place](text)

        return [
            [show(row, column, cell) for column, cell in enumerate(cells)]
            for row, (_, cells) in enumerate(self.rows)
        ]


def _shown(cell: Cell) -> float:
    """The number that a reader compares by: that before an interval, as it is rounded."""
    head = cell.text.partition(" ")[0].replace("−", "-")
    try:
        return float(head)
    except ValueError:
        return cell.value or 0.0


def markdown(table: Table) -> str:
    """A table as GitHub's Markdown."""

    def escape(text: str) -> str:
        return text.replace("|", "\\|")

    lines = [
        f"### {table.title}",
        "",
        f"| | {' | '.join(table.columns)} |",
        "|---|" + "---|" * len(table.columns),
    ]
    cells = table.cells("markdown", escape)
    lines += [
        f"| {escape(name)} | {' | '.join(row)} |" for (name, _), row in zip(table.rows, cells, strict=True)
    ]
    return "\n".join([*lines, *(["", table.note] if table.note else [])]) + "\n"


_LATEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
          "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "–": "--"}  # fmt: skip


def tex(text: str) -> str:
    """Text as LaTeX shows it."""
    return "".join(_LATEX.get(c, c) for c in text)


def latex(table: Table) -> str:
    """A table as LaTeX; it wants the package booktabs."""
    head = " & ".join(["", *map(tex, table.columns)])
    body = [
        f"{tex(name)} & {' & '.join(row)} \\\\"
        for (name, _), row in zip(table.rows, table.cells("latex", tex), strict=True)
    ]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{tex(' '.join([table.title + '.', table.note]).strip())}}}",
    ]
    lines += [
        rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
    ]
    return "\n".join([*lines, r"\end{tabular}", r"\end{table}"]) + "\n"


def html_table(table: Table) -> str:
    """A table as HTML."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    rows = [
        f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for (name, _), row in zip(table.rows, table.cells("html", html.escape), strict=True)
    ]
    note = f"<p class='note'>{html.escape(table.note)}</p>" if table.note else ""
    return (
        f"<h3>{html.escape(table.title)}</h3><div class='wide'><table><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{note}"
    )


def all_of(tables: Sequence[Table], render: Callable[[Table], str]) -> str:
    """Several tables, one below the other."""
    return "\n".join(map(render, tables))
