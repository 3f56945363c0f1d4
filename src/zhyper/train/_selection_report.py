"""What an evaluation during training measured, in words: loss, exact match, and what descriptions gain."""

from __future__ import annotations

from collections.abc import Mapping

METRICS = ("loss", "exact_match", "swapped_loss", "swapped_exact_match", "gain", "gain_error")
"""Of the selection rows; the last four where there are descriptions that mean something else.

`swapped_` is under such a description, `gain` the mean of how much lower a row's loss is under its own, and
`gain_error` its standard error.
"""


def selection_numbers(measured: Mapping[str, float]) -> str:
    """Loss and exact match of the selection rows, under their own cues and under others."""
    text = f"loss {measured['loss']:.4f}, exact match {100 * measured['exact_match']:.1f} %"
    if "gain" not in measured:
        return text
    swapped = f"{measured['swapped_loss']:.4f}, {100 * measured['swapped_exact_match']:.1f} %"
    return f"{text}; under another's description {swapped}"


def gain_report(measured: Mapping[str, float] | None) -> str | None:
    """A sentence on what descriptions gain, by the evaluation that chose the checkpoint; None without one."""
    if measured is None or "gain" not in measured:
        return None
    gain, error = measured["gain"], measured["gain_error"]
    numbers = f"{gain:.4f} (standard error {error:.4f})"
    if gain > 2 * error:
        return f"descriptions lower the selection loss by {numbers}, against those of other tasks"
    return (
        "descriptions gain nothing: under another task's description the selection loss differs by "
        f"{numbers}. The generator does not read them yet, or the inputs tell the tasks apart without them; "
        "train longer, or on tasks that share inputs"
    )
