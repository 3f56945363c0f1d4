"""What of a generated text is read: visible letters, up to the next question that a model asks itself."""

from __future__ import annotations

import re
import unicodedata

_QUESTION = re.compile(
    r"^[ \t#>*]*(?:(?:question|problem|exercise|instruction|passage|user|human)\b[ \t]*\d*[ \t*]*[:.)]"
    r"|q[ \t]*(?:\d+[ \t*]*[:.)]|[*]*:))"
    r"|^#+[ \t]*(?:question|problem|exercise)\b|(?<=[.!?])[ \t]+(?:Question|Q)[ \t]*\d*:|<\|[\w ]{1,30}\|>"
    r"|\[/?INST\]",
    re.IGNORECASE | re.MULTILINE,
)
MARKS = str.maketrans(
    "【〔〖〘「『《〈⟨】〕〗〙」』》〉⟩“”„«»‘’‚−–—‐‑‒", "(" * 9 + ")" * 9 + '"' * 5 + "'" * 3 + "-" * 6
)
_LATEX = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf)\s*\{([^{}]*)\}")
BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_TAGS = re.compile(r"</?(?:answer|strong|em|br|p|code)\s*/?>|<(?P<tag>[bi])>(?=[^<>]*</(?P=tag)>)|</[bi]>")


def visible(text: str) -> str:
    """With line feeds alone between lines, and without characters that have no width."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\0", "")
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def parts_of(text: str) -> list[str]:
    """The text before, between and after the questions that a model asks itself, where there is any."""
    return [part.strip() for part in _QUESTION.split(text) if part.strip()]


def first_part(text: str) -> str:
    """The text before the first question that a model asks itself; one at the start is the old one."""
    return next(iter(parts_of(text)), "")


def plain(text: str) -> str:
    """With one kind of letters (NFKC), brackets, quotes and dashes, without Markdown, LaTeX and HTML."""
    text = unicodedata.normalize("NFKC", visible(text)).translate(MARKS)
    text = BOXED.sub(r"\nAnswer: \1\n", _LATEX.sub(r"\1", _TAGS.sub(" ", text)))
    text = re.sub(r"[*`$]|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|\\[()\[\]]", "", text)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))
