"""A report as one HTML page with everything in it: no file and no server is needed beside it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from zhyper.evaluate._tables import Table, all_of, html_table

STYLE = """
body {font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff}
h1 {font-size: 1.5rem}
h2 {margin-top: 2.5rem; border-bottom: 1px solid #ccc}
.wide {overflow-x: auto}
table {border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums}
th, td {padding: .25rem .6rem; text-align: right; white-space: nowrap}
thead th {border-bottom: 1px solid #888}
tbody th {text-align: left; font-weight: normal}
tr:nth-child(even) {background: #f6f6f6}
.gain {background: #eef4fa; padding: .6rem 1rem; border-left: 4px solid #0072b2}
.note {color: #555; font-size: 13px}
pre {overflow-x: auto}
figure {margin: 1rem 0}
svg {max-width: 100%; height: auto}
@media (prefers-color-scheme: dark) {
  body {color: #ddd; background: #181818}
  tr:nth-child(even) {background: #222}
  .gain {background: #1d2a36}
  .note {color: #aaa}
  figure {background: #fff; padding: .5rem}
}
"""


def page(
    first: Sequence[str], tables: Sequence[Table], svgs: Mapping[str, str], about: Mapping[str, Any]
) -> str:
    """The page.

    Args:
        first: what stands first: the gains of matching descriptions.
        tables: in order.
        svgs: figures by name.
        about: where everything comes from; its `notes` stand below the first lines.
    """
    gains = "".join(f"<p>{html.escape(line)}</p>" for line in first)
    notes = "".join(f"<p class='note'>{html.escape(note)}</p>" for note in about.get("notes", ()))
    figures = "".join(
        f"<figure>{_inline(svg)}<figcaption class='note'>{html.escape(name)}</figcaption></figure>"
        for name, svg in svgs.items()
    )
    origin = html.escape(json.dumps(about, indent=1, ensure_ascii=False))
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>Evaluation</title><style>{STYLE}</style>"
    body = (
        f"<h1>Evaluation</h1><div class='gain'>{gains}</div>{notes}<h2>Tables</h2>{all_of(tables, html_table)}"
        f"<h2>Figures</h2>{figures}<h2>Where it comes from</h2><pre class='note'>{origin}</pre>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>\n"


def _inline(svg: str) -> str:
    """An SVG without the lines that only a file of its own has."""
    return svg[svg.index("<svg") :]
