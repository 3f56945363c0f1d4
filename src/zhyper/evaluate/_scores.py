"""What questions score, and two measures that are no yes or no: the likeness of texts, and of distributions."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhyper.evaluate._questions import Protocol


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What the questions of a group score in one condition by one metric."""

    method: str
    suite: str
    protocol: Protocol
    benchmark: str
    group: str
    seen: bool
    region: str
    condition: str
    metric: str
    texts: tuple[str, ...] = ()
    """What it was asked under, in the order of the scores of a question."""
    rows: dict[str, tuple[float, ...]]
    """From 0 to 1: by question, a score under each description."""
    unread: int = 0
    """Answers that no parser could read; they score 0."""


def divergence(logprobs: Sequence[float], shares: Any) -> float:
    """The Jensen-Shannon divergence (to base 2, from 0 to 1) between a softmax of log-probabilities and shares that sum to 1."""
    from scipy.spatial.distance import jensenshannon

    likelihoods = np.exp(np.asarray(logprobs) - max(logprobs))
    return float(
        np.nan_to_num(jensenshannon(likelihoods / likelihoods.sum(), np.asarray(shares, dtype=float), base=2))
        ** 2
    )


def text_scores(right: Any, answer: str) -> dict[str, float]:
    """ROUGE-L and exact match against the best of several right texts, as Super-NaturalInstructions measures them."""
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise RuntimeError("ROUGE-L wants the package rouge-score: pip install 'zhyper[evaluate]'") from error
    scorer, said = RougeScorer(["rougeL"], use_stemmer=True), _plain(answer)
    rouge = max(scorer.score(text, answer)["rougeL"].fmeasure for text in right)
    return {"ROUGE-L": rouge, "exact match": float(any(_plain(text) == said for text in right))}


def _plain(text: str) -> str:
    """A text in small letters, without punctuation and needless spaces."""
    return " ".join("".join(c for c in text.lower() if c not in string.punctuation).split())
