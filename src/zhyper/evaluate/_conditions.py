"""Conditions: matching descriptions, honesty controls, and prompts instead of an adapter."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zhyper.data import Pair, Prompt
from zhyper.evaluate._questions import Group

Texts = Callable[[Group, Sequence[Group], int], tuple[str, ...]]
"""The descriptions a group is asked under, by the group, all groups of the suite, and the seed of draws."""


def noise(seed: str) -> str:
    """Ten words of random letters, the same for the same seed."""
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(10))


def _own(group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    return group.descriptions


def _mismatched(group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    """As many as a group has, each of another subject until all had their turn.

    The first stands against the first of another's, the second against the second of a third, so that kinds
    of wording are the same on both sides.
    """
    by_subject = {other.subject: other for other in groups if other.subject != group.subject}
    others = [by_subject[subject] for subject in sorted(by_subject)]
    rng, count = random.Random(f"{seed} {group.name}"), len(group.descriptions)
    rounds = count // max(1, len(others)) + 1
    drawn = [other for _ in range(rounds) for other in rng.sample(others, len(others))]
    return tuple(other.descriptions[i % len(other.descriptions)] for i, other in enumerate(drawn[:count]))


def _noises(group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    return tuple(noise(f"{seed} {group.name} {i}") for i in range(len(group.descriptions)))


def _nothing(group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    return ("",)


def _none(group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    return ()


def _before(text: str, prompt: str, examples: Sequence[Pair]) -> Prompt:
    return f"{text}\n\n{prompt}"


def _turns(text: str, prompt: str, examples: Sequence[Pair]) -> Prompt:
    """Each solved example as a turn of the conversation before a prompt."""
    solved = [turn for pair in examples for turn in (("user", pair.input), ("assistant", pair.output))]
    return [{"role": role, "content": content} for role, content in (*solved, ("user", prompt))]


def _system(text: str, prompt: str, examples: Sequence[Pair]) -> Prompt:
    return [{"role": "system", "content": text}, {"role": "user", "content": prompt}]


@dataclass(frozen=True)
class Condition:
    """Under what an answer is asked for."""

    title: str
    """A method's name in tables, from its own name; of the bare base, from what tells bases apart."""
    texts: Texts
    adapter: bool = True
    """Whether the text becomes an adapter; else the base is bare."""
    prompt: Callable[[str, str, Sequence[Pair]], Prompt] | None = None
    """Puts a text and solved examples into a prompt."""


CONDITIONS = {
    "matched": Condition("{}", _own),
    "shuffled": Condition("{}, shuffled", _mismatched),
    "random": Condition("{}, random letters", _noises),
    "empty": Condition("{}, empty", _nothing),
    "base": Condition("base{}", _nothing, adapter=False),
    "described": Condition("base{}, description in the prompt", _own, False, _before),
    "role": Condition("base{}, description as a role", _own, False, _system),
    "shots": Condition("base{}, solved examples", _none, False, _turns),
}
"""Under the group's own descriptions; under another subject's; under random letters; under an empty text;
without an adapter; without an adapter, but with the description before the prompt, or as the role that a
system message gives, or after solved examples, which a question has to bring."""
CONTROLS = tuple(name for name in CONDITIONS if name != "shots")
"""The conditions of every suite whose answers are written."""
MISMATCHED = ("shuffled", "random", "empty")
"""Controls that a matching description has to beat."""
PROMPTED = tuple(name for name, condition in CONDITIONS.items() if condition.prompt)
"""Conditions that change the prompt."""


def check_conditions(names: Sequence[str]) -> None:
    """Raise ValueError unless all are names of conditions."""
    if wrong := [name for name in names if name not in CONDITIONS]:
        raise ValueError(f"'{wrong[0]}' is no condition; the conditions are: {', '.join(CONDITIONS)}")


def texts_under(condition: str, group: Group, groups: Sequence[Group], seed: int) -> tuple[str, ...]:
    """The texts that a group is asked under in a condition; none where it has nothing to be asked under.

    Args:
        condition: one of `CONDITIONS`.
        group: what is asked. Questions with cues of their own have one text each, in their order.
        groups: all of the suite; other subjects' descriptions come from them.
        seed: of what is drawn.

    Raises:
        ValueError: no such condition.
    """
    check_conditions([condition])
    cues = [question.cues for question in group.questions if question.cues is not None]
    if cues:
        return tuple(own[condition] for own in cues) if all(condition in own for own in cues) else ()
    return CONDITIONS[condition].texts(group, groups, seed)


def asked_as(
    condition: str, prompt: str, text: str, role: str = "{}", examples: Sequence[Pair] = ()
) -> tuple[Prompt, str | None]:
    """The prompt of a question in a condition, and the description it is answered under; None: no adapter.

    Args:
        condition: one of `CONDITIONS`.
        prompt: of the question.
        text: what it is asked under.
        role: what a system message says, with a place for the text.
        examples: solved questions like it.
    """
    asked = CONDITIONS[condition]
    if asked.prompt is not None:
        prompt_text = role.format(text) if condition == "role" else text
        return asked.prompt(prompt_text, prompt, examples), None
    return prompt, text if asked.adapter else None
