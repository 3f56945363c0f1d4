"""Whether a generated answer names one of several short right ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from zhyper.evaluate.parsing._text import MARKS, first_part, visible

# Thai and Lao, Burmese, Khmer, kana, Chinese
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_SPACED = r" \g<0> "


def normalised(text: str) -> str:
    """Lower case, without punctuation, English articles and further white space, for any script.

    As in SQuAD (Rajpurkar et al. 2016).

    Apostrophes and full stops between letters go ("don't" is "dont", "U.S." is "us"); other punctuation parts
    words.
    """
    text = re.sub(
        r"(?<=[^\W\d])['.](?=[^\W\d])|(?<=\.[^\W\d])\.",
        "",
        unicodedata.normalize("NFKC", visible(text)).translate(MARKS).casefold(),
    )
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return " ".join(word for word in letters.split() if word not in {"a", "an", "the"})


def matches_any(answer: str, spellings: Iterable[str]) -> bool:
    """Whether one of the spellings stands in an answer, as whole words, before a new question.

    Source: BLEnD, Myung et al. 2024.

    Both are `normalised`. In scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer,
    Burmese) any place in a text counts. Denials ("not rice") are not read, and a plural is another word.
    """

    def apart(text: str) -> str:
        """With a space on each side of every word, and of every letter of the scripts that have none."""
        return f" {' '.join(_SPACELESS.sub(_SPACED, normalised(text)).split())} "

    said = apart(first_part(visible(answer)))
    return any(apart(spelling).strip() and apart(spelling) in said for spelling in spellings)
