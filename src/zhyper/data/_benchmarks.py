"""Benchmarks to report on, never to train on: ten of language models (Text-to-LoRA, Zhyper), and three of cultures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from zhyper.data._collection import Pair, Task
from zhyper.data._communities import COMMANDS, EVALUATION_COMMANDS, place_of
from zhyper.data._reading import Reading, read_descriptions
from zhyper.data._shipped import shipped
from zhyper.data._tables import table_rows

LETTERS = ascii_uppercase
BENCHMARKS: dict[str, tuple[str, ...]] = {
    name: tuple(texts) for name, texts in shipped("benchmarks.json").items()
}
"""Ten benchmarks of language models, with zhyper's own descriptions of each."""
REGIONS: dict[str, list[str]] = shipped("cultures.json")["regions"]
"""The places of each region: those of CulturalBench as Zhyper groups them (table 19), and those of other benchmarks of cultures."""


def read_benchmarks(folder: Path, descriptions: str = "") -> Reading:
    """ARC, BoolQ, GSM8K, HellaSwag, HumanEval, MBPP, OpenBookQA, PIQA and WinoGrande, from JSON Lines in a folder for each.

    A question with choices is asked with letters, and answered by one. Files whose name says `train` or `rest` are for solved
    examples in prompts and are passed over.

    Args:
        folder: holds `arc_easy/`, `boolq/` and so on.
        descriptions: JSON Lines of `task` and `descriptions`; without it each benchmark has three of zhyper's own.
    """
    reading = Reading()
    texts = BENCHMARKS | read_descriptions(descriptions, reading)
    for name, files in benchmark_files(folder).items():
        found = []
        for file in sorted((folder / name).glob("*.jsonl")):
            rows = list(table_rows(file))
            reading.rows[str(file.relative_to(folder))] = len(rows)
            if file in files:
                found += [_question(where, row) for where, row in rows]
            else:
                reading.left_out["of a file for solved examples"] += len(rows)
        task = Task(
            name=f"benchmarks/{name}",
            pairs=reading.unique(found),
            descriptions=texts[name],
            split="report",
            source="benchmarks",
        )
        reading.tasks.append(task)
    return reading


def benchmark_files(folder: Path) -> dict[str, list[Path]]:
    """The files with rows to report on of each benchmark in a folder; ValueError if there is none."""
    found = {}
    for name in BENCHMARKS:
        files = [
            file
            for file in sorted((folder / name).glob("*.jsonl"))
            if "train" not in file.stem and "rest" not in file.stem
        ]
        if files:
            found[name] = files
    if not found:
        raise ValueError(f"no benchmark in {folder}; it wants folders called {', '.join(BENCHMARKS)}")
    return found


def _question(where: str, row: dict[str, Any]) -> Pair:
    try:
        if "option1" in row:
            return _choice(row["sentence"], [row["option1"], row["option2"]], int(row["answer"]) - 1)
        if "choices" in row:
            choices = row["choices"]
            named = list(choices.values()) if isinstance(choices, dict) else choices
            right = list(choices).index(row["answer"]) if isinstance(choices, dict) else row["gold"]
            return _choice(row.get("question") or row["query"], named, right)
        if "canonical_solution" in row:
            return Pair(row["prompt"], row["canonical_solution"])
        return (
            Pair(row["prompt"], row["code"])
            if "code" in row
            else Pair(row["question"].strip(), row["answer"].strip())
        )
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{where} is not a row of a benchmark that is known here ({error!r}); its fields are: {', '.join(row)}"
        ) from error


def _choice(question: str, choices: list[str], right: int) -> Pair:
    if not 0 <= right < len(choices):
        raise ValueError(f"choice {right} of {len(choices)}")
    asked = "\n".join(f"{letter}: {choice}" for letter, choice in zip(LETTERS, choices, strict=False))
    return Pair(f"{question.strip()}\n{asked}", LETTERS[right])


def read_culture_benchmarks(folder: Path, descriptions: str = "") -> Reading:
    """CulturalBench (easy and hard), GlobalOpinionQA and BLEnD, with a task for each country and zhyper's commands as descriptions.

    An opinion question is answered by what most people chose there who gave an answer, an open one by what most said; further
    answers are right too.

    Args:
        folder: holds `CulturalBench-Easy.csv`, `culturalbench_hard_derived.jsonl`, `globalopinionqa.jsonl` and `blend_en/`.
        descriptions: JSON Lines of `task` (a country) and `descriptions`; a country that is in it has these instead.
    """
    reading, pairs = Reading(), defaultdict[tuple[str, str], list[Pair]](list)
    texts = {place_of(name): found for name, found in read_descriptions(descriptions, reading).items()}
    read = {
        "culturalbench_easy": _easy,
        "culturalbench_hard": _hard,
        "globalopinionqa": _opinion,
        "blend": _open_question,
    }
    for name, files in culture_files(folder).items():
        for file in files:
            for number, (where, row) in enumerate(table_rows(file), 1):
                reading.rows[str(file.relative_to(folder))] = number
                pairs[name, country_of(file, row)].append(_of(where, row, read[name]))
    for (name, country), found in sorted(pairs.items()):
        own = texts.get(place_of(country)) or culture_texts(country)
        if unique := reading.unique(found):
            reading.tasks.append(
                Task(name=f"{name}/{country}", pairs=unique, descriptions=own, split="report", source=name)
            )
    return reading


def _of(where: str, row: dict[str, Any], read: Callable[[dict[str, Any]], Pair]) -> Pair:
    try:
        return read(row)
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"{where} is not a row of such a benchmark ({error!r})") from error


def _easy(row: dict[str, Any]) -> Pair:
    return _choice(
        row["prompt_question"],
        [row[f"prompt_option_{letter}"] for letter in "abcd"],
        LETTERS.index(row["answer"]),
    )


def _hard(row: dict[str, Any]) -> Pair:
    return Pair(
        f"{row['prompt_question']}\nAnswer: {row['prompt_option']}", "True" if row["answer"] else "False"
    )


def culture_files(folder: Path) -> dict[str, list[Path]]:
    """The files of each benchmark of cultures in a folder; ValueError if there is none."""
    named = {
        "culturalbench_easy": "CulturalBench-Easy.csv",
        "culturalbench_hard": "culturalbench_hard_derived.jsonl",
    }
    named |= {"globalopinionqa": "globalopinionqa.jsonl", "blend": "blend_en/*.jsonl"}
    found = {name: files for name, pattern in named.items() if (files := sorted(folder.glob(pattern)))}
    if not found:
        raise ValueError(f"no culture benchmark in {folder}; it wants {', '.join(named.values())}")
    return found


def country_of(file: Path, row: dict[str, Any]) -> str:
    """The country that a row of a benchmark of cultures is about, as its source names it."""
    return str(row.get("country") or file.stem)


def culture_texts(country: str) -> tuple[str, ...]:
    """Twelve of zhyper's own commands to answer as in a country: eight that communities are trained under, four that nothing is."""
    trained = [text for text in COMMANDS if "{people}" not in text][:8]
    return tuple(text.format(place=place_of(country)) for text in (*trained, *EVALUATION_COMMANDS))


NO_ANSWER = re.compile(
    r"(dk\b|don['’]?t know|no answer|refused|(other )?missing\b|not applicable|no opinion)", re.I
)
"""How options of a survey begin that stand for no answer."""


def _opinion(row: dict[str, Any]) -> Pair:
    options = [str(option) for option in row["options"]]
    shares = zip(options, row["distribution"], strict=True)
    said = {i: float(share) for i, (option, share) in enumerate(shares) if not NO_ANSWER.match(option)}
    if not any(said.values()):
        return Pair(row["question"], "")  # nobody gave an answer
    return _choice(row["question"], options, max(said, key=said.__getitem__))


def _open_question(row: dict[str, Any]) -> Pair:
    said = [
        spelling for answer in sorted(row["answers"], key=lambda a: -a["count"]) for spelling in answer["en"]
    ]
    return Pair(row["en_question"].strip(), said[0] if said else "", tuple(dict.fromkeys(said[1:])))
