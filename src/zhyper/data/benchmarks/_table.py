"""The table of benchmarks: all that zhyper knows of one stands in its row, and a new one is one more row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from zhyper.data._collection import Pair
from zhyper.data.benchmarks import _rows as rows
from zhyper.data.benchmarks._items import Item, Row


@dataclass(frozen=True)
class HarnessTask:
    """How lm-eval asks a benchmark's rows by log-likelihood, in the words of its own task of that name.

    Each is a Jinja template, a field's name, or a function of the row.
    """

    text: str | Callable[[Any], Any] = "Question: {{query}}\nAnswer:"
    choices: str | Callable[[Any], Any] = "{{choices}}"
    target: str | Callable[[Any], Any] = "gold"
    metrics: tuple[str, ...] = ("acc", "acc_norm")


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A row of the table. Benchmarks are reported on, never trained on."""

    name: str
    suite: Literal["benchmarks", "culture", "opinions"] = "benchmarks"
    """What it is asked in; `benchmarks` are of language models, the others have a country for each row."""
    files: str
    """Pattern of its files in the folder of a source."""
    item: rows.ItemReader
    """A row as a prompt with the right answer, whose kind says how a written one is parsed."""
    pair: Callable[[Row], Pair]
    """A row as an input with its answer, as tasks and the search for contamination read it."""
    descriptions: tuple[str, ...] = ()
    """What it is asked under; for a country they are those of its culture."""
    subject: str = ""
    """What the descriptions are of, where they would fit other benchmarks too: those of one subject are no
    mismatch for each other."""
    tokens: int = 32
    """That a written answer may have."""
    harness: HarnessTask | None = None
    """How it is asked by log-likelihood; None where answers are no choices."""
    joined_by: str = ""
    """The field that rows share which count as one point; empty where each row is a point."""
    is_answered: Callable[[Row], bool] = lambda row: True
    """Whether anything is right; rows of which nothing is are left out."""
    mostly_first: str = ""
    """Its title, where the source's right option is mostly the first: a report then says what always
    answering A would score."""

    @property
    def by_country(self) -> bool:
        """Whether each of its rows is about a country."""
        return self.suite != "benchmarks"

    def paths(self, folder: Path) -> list[Path]:
        """Its files with rows to report on; `train` and `rest` in a name are for solved examples."""
        return [
            file
            for file in sorted(folder.glob(self.files))
            if self.by_country or not ("train" in file.stem or "rest" in file.stem)
        ]

    def read_item(self, row: Row, seed: int | None = None) -> Item:
        """A row as an item; ValueError for another's row. A seed shuffles options that have no order."""
        with self._reads(row, "this row"):
            return self.item(row, seed)

    def read_pair(self, where: str, row: Row) -> Pair:
        """A row as a pair; ValueError, with where the row stands, for another's row."""
        with self._reads(row, where):
            pair = self.pair(row)
            if not all(isinstance(text, str) for text in (pair.input, pair.output, *pair.also)):
                raise TypeError("what is asked or answered is no text")
            return pair

    @contextmanager
    def _reads(self, row: Row, where: str) -> Iterator[None]:
        try:
            yield
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"{where} is not a row of {self.name} ({error!r}); its fields are: {', '.join(map(str, row))}"
            ) from error

    def key(self, row: Row, number: int) -> str:
        """What a point is given for: the row, or all rows that `joined_by` joins."""
        return str(row[self.joined_by] if self.joined_by else row.get("data_idx") or row.get("id") or number)


_SCIENCE = "Choose the right answer to this question.\n\n{text}\n\n{options}" + rows.LETTER_ALONE
_TABLE = (
    Benchmark(
        name="arc_challenge",
        files="arc_challenge/*.jsonl",
        item=rows.choice_item(_SCIENCE),
        pair=rows.choice_pair,
        subject="science",
        harness=HarnessTask(),
        descriptions=(
            "Answer hard questions of school science with what you know of nature and the sense to apply it.",
            "Work out which statement of physics, chemistry, biology or earth science fits a question that a "
            "quick guess gets wrong.",
            "You are good at natural science: reason from its laws to the answer.",
        ),
    ),
    Benchmark(
        name="arc_easy",
        files="arc_easy/*.jsonl",
        item=rows.choice_item(_SCIENCE),
        pair=rows.choice_pair,
        subject="science",
        harness=HarnessTask(),
        descriptions=(
            "Answer questions of school science about nature, matter and living things.",
            "Use basic knowledge of biology, physics and the earth to find what is true.",
            "Recall a simple fact of science and say what follows from it.",
        ),
    ),
    Benchmark(
        name="boolq",
        files="boolq/*.jsonl",
        item=rows.boolq_item,
        pair=rows.choice_pair,
        tokens=16,
        harness=HarnessTask(text=rows.boolq_text, metrics=("acc",)),
        descriptions=(
            "Read a passage and say whether what is asked holds according to it.",
            "Decide if a claim about a short text is right or wrong.",
            "Check a question against the facts of a paragraph and confirm or deny it.",
        ),
    ),
    Benchmark(
        name="gsm8k",
        files="gsm8k/*.jsonl",
        item=rows.gsm8k_item,
        pair=rows.gsm8k_pair,
        tokens=320,
        descriptions=(
            "Solve word problems of school arithmetic, step by step, and give the number.",
            "Turn a small story about quantities into sums, and calculate the result.",
            "Work through an everyday problem of numbers with clear steps.",
        ),
    ),
    Benchmark(
        name="hellaswag",
        files="hellaswag/*.jsonl",
        item=rows.choice_item(
            "A passage stands below without its end, and after it four ways to go on, numbered 0, 1, 2 and "
            "3. "
            "Only one of them is right.\n\nPassage: {text}\n\n{options}\n\n"
            "Respond with the number of the right ending (0, 1, 2 or 3) alone, without an explanation.",
            labels="0123",
            clean=str,
        ),
        pair=rows.choice_pair,
        harness=HarnessTask(
            text=lambda row: rows.wikihow(row["question"]),
            choices=lambda row: [rows.wikihow(ending) for ending in row["choices"].values()],
            target=lambda row: list(row["choices"]).index(row["answer"]),
        ),
        descriptions=(
            "Find how a scene or a guide most sensibly goes on.",
            "Tell which ending fits what has happened so far in an everyday activity.",
            "Use common sense to continue a description of what people do.",
        ),
    ),
    Benchmark(
        name="humaneval",
        files="humaneval/*.jsonl",
        item=rows.humaneval_item,
        pair=rows.humaneval_pair,
        subject="programming",
        tokens=384,
        descriptions=(
            "Complete a Python function so that it does what its documentation says.",
            "Write the body of a function from its signature and its examples.",
            "Program in Python: turn a precise specification into correct code.",
        ),
    ),
    Benchmark(
        name="mbpp",
        files="mbpp/*.jsonl",
        item=rows.mbpp_item,
        pair=rows.mbpp_pair,
        subject="programming",
        tokens=384,
        descriptions=(
            "Write a short Python function for the job that is described.",
            "Solve a small programming problem so that its assertions hold.",
            "Code a simple algorithm in Python from one sentence about it.",
        ),
    ),
    Benchmark(
        name="openbookqa",
        files="openbookqa/*.jsonl",
        item=rows.choice_item(
            "Complete this passage, or answer the question, with the right choice.\n\n{text}\n\n{options}"
            + rows.LETTER_ALONE
        ),
        pair=rows.choice_pair,
        subject="science",
        harness=HarnessTask(text="query"),
        descriptions=(
            "Answer questions that combine a simple fact of science with common sense.",
            "Apply what one learns in the first years of science at school to a new situation.",
            "Find what follows from an elementary law of nature in daily life.",
        ),
    ),
    Benchmark(
        name="piqa",
        files="piqa/*.jsonl",
        item=rows.choice_item(
            "Choose the option that answers the question, completes the sentence or reaches the goal. Mind "
            "how the things in it "
            "behave and act on each other; if both options work, choose the handier or more usual one.\n\n"
            '"""\n{text}\n"""\n\n{options}\n\nRespond with `0` or `1` alone, without an explanation.',
            labels="01",
            clean=lambda text: text.strip().removeprefix("Question:").strip(),
        ),
        pair=rows.choice_pair,
        harness=HarnessTask(text="{{query | trim}}\nAnswer:"),
        descriptions=(
            "Judge which way of doing an everyday thing works.",
            "Tell which of two sets of instructions would reach a practical goal.",
            "Use a sense for objects and materials to see what one can do with them.",
        ),
    ),
    Benchmark(
        name="winogrande",
        files="winogrande/*.jsonl",
        item=rows.choice_item(
            "Read this sentence with a gap:\n\n{text}\n\nWhich option fills the gap?\n\n{options}\n\n"
            "Respond with `1` or `2` alone, without an explanation.",
            labels="12",
            line="Option {}: {}",
            clean=str,
        ),
        pair=rows.choice_pair,
        harness=HarnessTask(  # one ending after two beginnings: text and target change places
            text=lambda row: int(row["answer"]) - 1,
            choices=lambda row: [rows.around_gap(row)[0] + row[name] for name in ("option1", "option2")],
            target=lambda row: rows.around_gap(row)[1].strip(),
            metrics=("acc",),
        ),
        descriptions=(
            "Find whom or what a gap in a sentence refers to, from what happens in it.",
            "Resolve a reference between two candidates by common sense.",
            "Understand who did what to whom, and fill in the right name.",
        ),
    ),
    Benchmark(
        name="culturalbench_easy",
        suite="culture",
        files="CulturalBench-Easy.csv",
        item=rows.choice_item(
            "To answer the following multiple-choice question, choose one option only among A, B, C, D.\n"
            "Instruction: You must select one option among A, B, C, D. Do not output anything else.\n"
            "Question: {text}\n{options}\nOutput format: Answer: <letter>",
            labels="ABCD",
            line="{}. {}",
            clean=str,
        ),
        pair=rows.choice_pair,
        mostly_first="CulturalBench-Easy",
    ),
    Benchmark(
        name="culturalbench_hard",
        suite="culture",
        files="culturalbench_hard_derived.jsonl",
        item=rows.hard_item,
        pair=rows.hard_pair,
        tokens=16,
        joined_by="question_idx",  # its four statements are right only together
    ),
    Benchmark(
        name="globalopinionqa",
        suite="opinions",
        files="globalopinionqa.jsonl",
        item=rows.opinion_item,
        pair=rows.opinion_pair,
    ),
    Benchmark(
        name="blend",
        suite="culture",
        files="blend_en/*.jsonl",
        item=rows.blend_item,
        pair=rows.blend_pair,
        tokens=24,
        is_answered=lambda row: bool(row.get("answers")),  # nobody there gave an answer, so none is right
    ),
)
BENCHMARKS: dict[str, Benchmark] = {benchmark.name: benchmark for benchmark in _TABLE}
"""All benchmarks by name, in the order of reports: ten of language models (Text-to-LoRA, Zhyper), and those
of cultures."""
