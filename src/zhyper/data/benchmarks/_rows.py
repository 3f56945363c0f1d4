"""Rows of benchmarks, read in two ways: as an item that a model is asked, and as a pair of input and answer.

CulturalBench is asked in the words of its authors' templates (Zhyper, appendix F.1); the others follow the
structure of Text-to-LoRA's prompts (the question, labelled choices, and how to answer) in words of our own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import Any

from zhyper.data._collection import Pair
from zhyper.data._values import text_of
from zhyper.data.benchmarks._items import Choice, Item, Number, Phrase, Program, Row, Shares, Truth, shuffled

ItemReader = Callable[[Row, int | None], Item]
"""Makes an item of a row; the seed shuffles options that have no order of their own."""
LETTER_ALONE = "\n\nRespond with the letter of the right choice alone, without an explanation."
NO_ANSWER = re.compile(
    r"(dk\b|don['’]?t know|no answer|refused|(other )?missing\b|not applicable|no opinion)", re.I
)
"""How options of a survey begin that stand for no answer."""


def choices_of(row: Row) -> tuple[str, list[str], int]:
    """The question of a row with choices, its options as texts, and the place of the right one."""
    question, options, right = _choices(row)
    return question, [option_text(option) for option in options], right


def option_text(option: Any) -> str:
    """An option as it stands in a row, or, where it is no text, as `text_of` writes it."""
    return option if isinstance(option, str) else text_of("it", "an option", option)


def _choices(row: Row) -> tuple[str, list[Any], int]:
    if "option1" in row:
        return row["sentence"], [row["option1"], row["option2"]], int(row["answer"]) - 1
    if "prompt_question" in row:
        options = [row[f"prompt_option_{letter}"] for letter in "abcd"]
        return row["prompt_question"], options, ascii_uppercase.index(row["answer"])
    choices = row["choices"]
    if isinstance(choices, dict):
        return row["question"], list(choices.values()), list(choices).index(row["answer"])
    return row.get("question") or row["query"], choices, row["gold"]


def choice_item(
    prompt: str,
    labels: str = ascii_uppercase,
    line: str = "{}: {}",
    clean: Callable[[str], str] = str.strip,
) -> ItemReader:
    """Reads rows with one right option.

    Args:
        prompt: with `{text}`, where the question goes, and `{options}`, each in a line of its own.
        labels: of the options.
        line: a label and its option.
        clean: makes the question that is shown of that in the row.
    """

    def read(row: Row, seed: int | None) -> Item:
        question, options, right = choices_of(row)
        text = clean(question)
        order, place = shuffled(options, right, seed, str(row.get("data_idx", text)))
        lines = "\n".join(line.format(*one) for one in zip(labels, order, strict=False))
        answer = Choice(options=order, right=place, labels=labels, source_right=right)
        return Item(prompt.format(text=text, options=lines), answer)

    return read


def choice_pair(row: Row) -> Pair:
    """A row with choices as a question with letters, answered by one."""
    return _lettered(*choices_of(row))


def _lettered(question: str, options: Sequence[str], right: int) -> Pair:
    if not 0 <= right < len(options):
        raise ValueError(f"choice {right} of {len(options)}")
    lines = "\n".join(f"{letter}: {option}" for letter, option in zip(ascii_uppercase, options, strict=False))
    return Pair(f"{question.strip()}\n{lines}", ascii_uppercase[right])


def _passage_and_question(row: Row) -> tuple[str, str]:
    passage, _, question = row["query"].strip().rpartition("\nQuestion:")
    return passage.removeprefix("Passage:").strip(), question.strip()


def boolq_item(row: Row, seed: int | None) -> Item:
    """The options, no and yes, are not shown, and so not shuffled."""
    passage, question = _passage_and_question(row)
    after = "Answer with `true` or `false` alone, without an explanation."
    return Item(f"{passage}\n\nQuestion: {question}\n\n{after}", Truth(row["choices"][row["gold"]] == "yes"))


def boolq_text(row: Row) -> str:
    """A row of BoolQ in the words of lm-eval's task."""
    passage, question = _passage_and_question(row)
    return f"{passage}\nQuestion: {question.removesuffix('?')}?\nAnswer:"


def wikihow(text: str) -> str:
    """A text of HellaSwag without the marks of its source, as lm-eval asks it."""
    return re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def around_gap(row: Row) -> tuple[str, str]:
    """What stands before and after the gap in a sentence of WinoGrande."""
    before, gap, after = str(row["sentence"]).partition("_")
    if not gap:
        raise ValueError("the sentence has no gap")
    return before, after


def gsm8k_item(row: Row, seed: int | None) -> Item:
    """A word problem, to be solved step by step."""
    after = "Think step by step. The last line is `#### ` and the number alone."
    return Item(f"Answer this question: {row['question'].strip()}\n\n{after}", Number(row["answer"]))


def gsm8k_pair(row: Row) -> Pair:
    """A word problem with its solution."""
    return Pair(row["question"].strip(), row["answer"].strip())


def humaneval_item(row: Row, seed: int | None) -> Item:
    """A function to complete, and the tests of its row."""
    text = f"Write a solution to this problem:\n```python\n{row['prompt'].rstrip()}\n```"
    return Item(text, Program(tests=f"{row['test']}\ncheck({row['entry_point']})\n", prompt=row["prompt"]))


def humaneval_pair(row: Row) -> Pair:
    """A function to complete with its body."""
    return Pair(row["prompt"], row["canonical_solution"])


def mbpp_item(row: Row, seed: int | None) -> Item:
    """A problem with the assertions that its solution has to pass."""
    tests = "\n".join(row["test_list"])
    before = f"Solve this problem in Python.\n\n{row['prompt'].strip()}\n\nThese assertions have to hold:"
    return Item(
        f"{before}\n```python\n{tests}\n```",
        Program(tests="\n".join([*row.get("test_imports", ()), tests, ""])),
    )


def mbpp_pair(row: Row) -> Pair:
    """A problem with its solution."""
    return Pair(row["prompt"], row["code"])


def hard_item(row: Row, seed: int | None) -> Item:
    """One of the four statements of a question of CulturalBench-Hard."""
    text = (
        f"{_statement(row)}\nIs this answer true or false for this question? You must choose either True or "
        "False."
        "\nOutput format: True / False"
    )
    return Item(f"Question: {text}", Truth(_is_true(row["answer"])))


def hard_pair(row: Row) -> Pair:
    """A statement with its truth."""
    return Pair(_statement(row), "True" if _is_true(row["answer"]) else "False")


def _is_true(answer: Any) -> bool:
    """True, 1 and "true" in any case are, their opposites are not; KeyError for all else."""
    return {"true": True, "1": True, "false": False, "0": False}[option_text(answer).strip().lower()]


def _statement(row: Row) -> str:
    return f"{row['prompt_question']}\nAnswer: {option_text(row['prompt_option'])}"


def opinion_item(row: Row, seed: int | None) -> Item:
    """Options keep their order, which is often that of a scale; the country is left to the description."""
    options = tuple(map(option_text, row["options"]))
    lines = "\n".join(f"{letter}: {one}" for letter, one in zip(ascii_uppercase, options, strict=False))
    text = f"{row['question'].strip()}\n\n{lines}\n\nRespond with the letter of your choice alone."
    return Item(text, Shares(options=options, right=tuple(map(float, row["distribution"]))))


def opinion_pair(row: Row) -> Pair:
    """An opinion question with what most people chose who gave an answer; empty where nobody did."""
    options = [option_text(option) for option in row["options"]]
    shares = zip(options, row["distribution"], strict=True)
    people = {i: float(share) for i, (option, share) in enumerate(shares) if not NO_ANSWER.match(option)}
    if not any(people.values()):
        return Pair(row["question"], "")
    return _lettered(row["question"], options, max(people, key=people.__getitem__))


def blend_item(row: Row, seed: int | None) -> Item:
    """An answer is right that names what anyone asked in the country said."""
    spellings = tuple(dict.fromkeys(spelling for answer in row["answers"] for spelling in _spellings(answer)))
    after = "Answer with one word or a short phrase, without an explanation."
    return Item(f"{row['en_question'].strip()}\n\n{after}", Phrase(spellings))


def blend_pair(row: Row) -> Pair:
    """A question with what most people answered; what others answered is right too."""
    answers = sorted(row["answers"], key=lambda answer: -answer["count"])
    first, *others = [spelling for answer in answers for spelling in _spellings(answer)] or [""]
    return Pair(row["en_question"].strip(), first, tuple(dict.fromkeys(others)))


def _spellings(answer: Row) -> list[str]:
    spellings = answer["en"]
    if not isinstance(spellings, list):
        raise TypeError(f"the spellings of an answer are a {type(spellings).__name__}, but must be a list")
    return [option_text(spelling) for spelling in spellings]
