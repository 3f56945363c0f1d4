"""Prompts for descriptions of a task (Text-to-LoRA appendix F) or a culture (Zhyper appendices E and F.2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zhyper.data import Pair, Task, commands_for, culture_of

TASK = """Below are some inputs of one task, each with its right answer.

{pairs}

Write {count} descriptions of the task itself, for somebody who sees none of these examples.
- Say what is asked for and what one must know or be able to do; do not speak of these particular inputs.
- Never mention the form of the answer: no letters of choices, no number of words, no \
"choose the correct option".
- Vary length, wording and style: orders, questions, statements. Use simple words.
Return only a JSON array of {count} strings."""
GENERAL = """Write {count} short and varied descriptions of what a person from {place} is like.
- Say what holds for most people there, whatever their age, work or town; plain text, simple words, \
some short, some longer.
- Name {place} in each; do not begin with "they".
- Do not repeat what is there already:
{before}
Return only a JSON array of {count} strings."""
CULTURE = """Below are questions that people in {place} were asked, each with an answer that they liked. \
They are background only.

{pairs}

Write {count} short and varied descriptions of what a {people} person is like.
- Speak of what many people share, not of small groups; plain text, simple words, some short, some longer.
- Name the people or the place in each; do not begin with "they".
- Do not repeat what is there already:
{before}
Return only a JSON array of {count} strings."""


@dataclass(frozen=True)
class Prompt:
    """The prompt of a call."""

    text: Callable[[Task, random.Random, int, Sequence[str]], str]
    """Makes it of a task, a random generator, how many descriptions it asks for, and earlier ones."""
    names: tuple[str, ...] = ()
    """Each description must name one of these, if there are any."""


def _of_task(task: Task, rng: random.Random, count: int, before: Sequence[str]) -> str:
    return TASK.format(pairs=_shown(rng.sample(task.pairs, min(5, len(task.pairs)))), count=count)


TASK_PROMPT = Prompt(_of_task)
"""For descriptions of a task, with five of its pairs."""


def culture_prompt(place: str, people: str, *, general: bool = False) -> Prompt:
    """For descriptions of a culture, with earlier ones and, unless `general`, twenty of its pairs."""

    def text(task: Task, rng: random.Random, count: int, before: Sequence[str]) -> str:
        pairs = _shown(rng.sample(task.pairs, min(20, len(task.pairs))))
        so_far = "\n".join(f"  {text}" for text in before[-40:]) or "  (nothing yet)"
        if general:
            return GENERAL.format(count=count, place=place, before=so_far)
        return CULTURE.format(pairs=pairs, count=count, place=place, people=people, before=so_far)

    return Prompt(text, (place, people))


def _shown(pairs: Sequence[Pair]) -> str:
    return "\n\n".join(f"Input: {pair.input[:600]}\nAnswer: {pair.output[:300]}" for pair in pairs)


def prompt_for(task: Task) -> Prompt:
    """The prompt for a task: of its culture, if it is a community's, else of the task itself."""
    about = culture_of(task)
    return culture_prompt(about["place"], about["people"]) if about and "community" in about else TASK_PROMPT


def conditions(task: Task, texts: Sequence[str], seed: int = 0) -> tuple[str, ...]:
    """The conditions that a generator is trained under.

    Of a task these are its descriptions; of a community descriptions, commands, and each description after a
    command that is drawn for it (the three types of Zhyper appendix E).
    """
    about = culture_of(task)
    if about is None or "community" not in about:
        return tuple(texts)
    commands, rng = commands_for(about), random.Random(f"{seed} {task.name}")
    return (*texts, *commands, *(f"{rng.choice(commands)} {text}" for text in texts))
