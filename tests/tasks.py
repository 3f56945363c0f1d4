"""Tasks for the tests of data."""

from zhyper.data import Pair, Task

OWN = tuple(Pair(letter, str(i), descriptions=(f"say {i}", f"{i}, please")) for i, letter in enumerate("abc"))
"""Three pairs with descriptions of their own."""


def task(name="t", pairs=40, descriptions=10, **changes):
    rows = tuple(Pair(f"in {i}", f"out {i}") for i in range(pairs))
    return Task(
        name=name, pairs=rows, descriptions=tuple(f"{name} says {i}" for i in range(descriptions)), **changes
    )
