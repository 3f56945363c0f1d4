"""Rows of benchmarks as questions to a model: the prompt, what is right, and how an answer is read. A row in, an `Asked` out, nothing else.

CulturalBench is asked in the words of its authors' templates (Zhyper, appendix F.1); the others follow the structure of Text-to-LoRA's
prompts (the question, labelled choices, and how to answer) in words of our own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from string import ascii_uppercase
from typing import Any, Literal, Protocol, TypeVar

from zhyper.evaluate.parsing import (
    gold_number,
    matches_any,
    parse_choice,
    parse_code,
    parse_number,
    parse_truth,
)

Row = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question to a model, and what decides whether its answer is right."""

    prompt: str
    parse: Callable[[str], Any]
    """Reads an answer; None is one that could not be read, to be counted apart."""
    gold: int | bool | Decimal | str | tuple[float, ...] | tuple[str, ...]
    """What `parse` gives for a right answer; tests, as Python; the share of people behind each option; or all right texts."""
    judged: Literal["equal", "tests", "shares", "text", "likely"] = "equal"
    """How: what was read equals `gold`; the program that was read runs with `gold` after it; an option has the share that `gold` gives; the
    text is like one of `gold`; `gold` itself is a likely answer."""
    options: tuple[str, ...] = ()
    """The texts of the options, in the order they are asked in."""
    source_gold: int | None = None
    """The place of the right option in the order of the source."""
    group: str = ""
    """Questions of a group are right only together (CulturalBench-Hard: the four statements of a question); empty for one alone."""


class Template(Protocol):
    """Makes a question of a row. With a seed, options that have no order of their own are shuffled."""

    def __call__(self, row: Row, seed: int | None = None) -> Asked: ...


def shuffled(options: Sequence[T], gold: int, seed: int | None, key: str) -> tuple[tuple[T, ...], int]:
    """Options in an order drawn from the SHA-256 of seed and key, the same whatever is asked before, and the new place of the right one.

    Args:
        options: texts.
        gold: the place of the right one, from 0.
        seed: of the order; None keeps the order.
        key: what tells the question from others.

    Raises:
        ValueError: there is no option at that place.
    """
    if not 0 <= gold < len(options):
        raise ValueError(
            f"the right option came as number {gold}, counted from 0, of {len(options)}; look at the row of {key!r}"
        )
    if seed is None:
        return tuple(options), gold
    order = sorted(range(len(options)), key=lambda i: hashlib.sha256(f"{seed}\n{i}\n{key}".encode()).digest())
    return tuple(options[i] for i in order), order.index(gold)


def _choice(
    before: str,
    options: Sequence[str],
    after: str,
    gold: int,
    seed: int | None,
    key: str,
    labels: str = ascii_uppercase,
    item: str = "{}: {}",
) -> Asked:
    """A question with one right option, whose options stand in lines of their own between two texts."""
    order, right = shuffled(options, gold, seed, key)
    lines = "\n".join(item.format(label, option) for label, option in zip(labels, order, strict=False))
    parse = partial(parse_choice, options=order, letters=labels)
    return Asked(prompt=f"{before}{lines}{after}", parse=parse, gold=right, options=order, source_gold=gold)


_LETTER_ALONE = "\n\nRespond with the letter of the right choice alone, without an explanation."


def _science(before: str, row: Row, seed: int | None = None) -> Asked:
    question = row["query"].strip()
    return _choice(f"{before}\n\n{question}\n\n", row["choices"], _LETTER_ALONE, row["gold"], seed, question)


def _hellaswag(row: Row, seed: int | None = None) -> Asked:
    before = (
        "A passage stands below without its end, and after it four ways to go on, numbered 0, 1, 2 and 3. Only one of them is right.\n\n"
        f"Passage: {row['question']}\n\n"
    )
    after = "\n\nRespond with the number of the right ending (0, 1, 2 or 3) alone, without an explanation."
    choices = row["choices"]
    return _choice(
        before,
        list(choices.values()),
        after,
        list(choices).index(row["answer"]),
        seed,
        row["question"],
        "0123",
    )


def _piqa(row: Row, seed: int | None = None) -> Asked:
    goal = row["query"].strip().removeprefix("Question:").strip()
    before = (
        "Choose the option that answers the question, completes the sentence or reaches the goal. Mind how the things in it behave and act "
        f'on each other; if both options work, choose the handier or more usual one.\n\n"""\n{goal}\n"""\n\n'
    )
    return _choice(
        before,
        row["choices"],
        "\n\nRespond with `0` or `1` alone, without an explanation.",
        row["gold"],
        seed,
        goal,
        "01",
    )


def _winogrande(row: Row, seed: int | None = None) -> Asked:
    before = f"Read this sentence with a gap:\n\n{row['sentence']}\n\nWhich option fills the gap?\n\n"
    after = "\n\nRespond with `1` or `2` alone, without an explanation."
    return _choice(
        before,
        [row["option1"], row["option2"]],
        after,
        int(row["answer"]) - 1,
        seed,
        row["sentence"],
        labels="12",
        item="Option {}: {}",
    )


def _boolq(row: Row, seed: int | None = None) -> Asked:
    """The options, no and yes, are not shown, and so not shuffled."""
    passage, _, question = row["query"].strip().rpartition("\nQuestion:")
    text = f"{passage.removeprefix('Passage:').strip()}\n\nQuestion: {question.strip()}\n\n"
    after = "Answer with `true` or `false` alone, without an explanation."
    return Asked(prompt=text + after, parse=parse_truth, gold=row["choices"][row["gold"]] == "yes")


def _gsm8k(row: Row, seed: int | None = None) -> Asked:
    text = f"Answer this question: {row['question'].strip()}\n\nThink step by step. The last line is `#### ` and the number alone."
    return Asked(prompt=text, parse=parse_number, gold=gold_number(row["answer"]))


def _humaneval(row: Row, seed: int | None = None) -> Asked:
    text = f"Write a solution to this problem:\n```python\n{row['prompt'].rstrip()}\n```"
    tests = f"{row['test']}\ncheck({row['entry_point']})\n"
    return Asked(prompt=text, parse=partial(parse_code, prompt=row["prompt"]), gold=tests, judged="tests")


def _mbpp(row: Row, seed: int | None = None) -> Asked:
    tests = "\n".join(row["test_list"])
    text = f"Solve this problem in Python.\n\n{row['prompt'].strip()}\n\nThese assertions have to hold:\n```python\n{tests}\n```"
    return Asked(
        prompt=text,
        parse=parse_code,
        gold="\n".join([*row.get("test_imports", ()), tests, ""]),
        judged="tests",
    )


def _culturalbench_easy(row: Row, seed: int | None = None) -> Asked:
    before = (
        "To answer the following multiple-choice question, choose one option only among A, B, C, D.\n"
        "Instruction: You must select one option among A, B, C, D. Do not output anything else.\n"
        f"Question: {row['prompt_question']}\n"
    )
    options, gold = [row[f"prompt_option_{letter}"] for letter in "abcd"], "ABCD".index(row["answer"])
    return _choice(
        before,
        options,
        "\nOutput format: Answer: <letter>",
        gold,
        seed,
        str(row["data_idx"]),
        labels="ABCD",
        item="{}. {}",
    )


def _culturalbench_hard(row: Row, seed: int | None = None) -> Asked:
    text = (
        f"Question: {row['prompt_question']}\nAnswer: {row['prompt_option']}\n"
        "Is this answer true or false for this question? You must choose either True or False.\nOutput format: True / False"
    )
    return Asked(prompt=text, parse=parse_truth, gold=bool(row["answer"]), group=str(row["question_idx"]))


def _globalopinionqa(row: Row, seed: int | None = None) -> Asked:
    """Options keep their order, which is often that of a scale; the country is left to the description."""
    options = [f"{option:g}" if isinstance(option, float) else str(option) for option in row["options"]]
    asked = _choice(
        f"{row['question'].strip()}\n\n",
        options,
        "\n\nRespond with the letter of your choice alone.",
        0,
        None,
        "",
    )
    return Asked(
        prompt=asked.prompt,
        parse=asked.parse,
        gold=tuple(map(float, row["distribution"])),
        judged="shares",
        options=asked.options,
    )


def _blend(row: Row, seed: int | None = None) -> Asked:
    """An answer is right that names what anyone asked in the country said."""
    spellings = tuple(dict.fromkeys(spelling for answer in row["answers"] for spelling in answer["en"]))
    text = f"{row['en_question'].strip()}\n\nAnswer with one word or a short phrase, without an explanation."
    return Asked(prompt=text, parse=partial(matches_any, spellings=spellings), gold=True)


def _sni(row: Row, seed: int | None = None) -> Asked:
    """A pair of a task: the bare input, for what is to be done with it the description says."""
    pair = row["pair"]
    return Asked(prompt=pair.input, parse=str.strip, gold=(pair.output, *pair.also), judged="text")


TEMPLATES: dict[str, Template] = {
    "arc_challenge": partial(_science, "Choose the right answer to this question."),
    "arc_easy": partial(_science, "Choose the right answer to this question."),
    "openbookqa": partial(_science, "Complete this passage, or answer the question, with the right choice."),
    "hellaswag": _hellaswag,
    "piqa": _piqa,
    "winogrande": _winogrande,
    "boolq": _boolq,
    "gsm8k": _gsm8k,
    "humaneval": _humaneval,
    "mbpp": _mbpp,
    "culturalbench_easy": _culturalbench_easy,
    "culturalbench_hard": _culturalbench_hard,
    "globalopinionqa": _globalopinionqa,
    "blend": _blend,
    "sni": _sni,
}
"""How the rows of each benchmark are asked."""


def ask(benchmark: str, row: Row, seed: int | None = None) -> Asked:
    """A row of a benchmark as a question.

    Args:
        benchmark: one of `TEMPLATES`.
        row: its fields, as in the benchmark's file.
        seed: shuffles the options; None keeps their order. The gold answer of CulturalBench-Easy is A in 54 % of its rows: shuffle these.

    Raises:
        ValueError: no such benchmark, or the row is not one of it.
    """
    if benchmark not in TEMPLATES:
        raise ValueError(
            f"there is no template for '{benchmark}'; the benchmarks that have one are: {', '.join(TEMPLATES)}"
        )
    try:
        return TEMPLATES[benchmark](row, seed)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"this row is none of {benchmark} ({error!r}); its fields are: {', '.join(map(str, row))}"
        ) from error
