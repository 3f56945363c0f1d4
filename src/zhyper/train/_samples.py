"""Samples of a run: a few selection rows are answered under the current adapter at every evaluation.

It changes nothing of the run: no random number is drawn, and every module is left in the mode it was in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import TrainerCallback

from zhyper.answers import greedy, stops
from zhyper.base_config import window
from zhyper.data import Example, Rows, prompt_tokens
from zhyper.files import replace_file
from zhyper.text_to_adapter import TextToAdapter

LENGTH = 48
"""Tokens at which a sample's answer is cut."""
COLUMNS = ("task", "context", "prompt", "wanted", "answer", "swapped_context", "swapped_answer")
"""Of the file of samples: a sample's texts, and what was answered under its own cue and under another's."""


class Sample(NamedTuple):
    """A row that is answered at every evaluation."""

    task: str
    cue: str
    prompt: str
    target: str
    """The right answer."""
    tokens: list[int]
    """Of the prompt, as a chat."""
    swapped_cue: str | None
    """One that means something else; None where there is none."""


def pick_samples(
    machine: TextToAdapter,
    selection: Sequence[Example],
    swapped: Sequence[Example],
    tasks: Sequence[Rows],
    count: int,
) -> list[Sample]:
    """Some selection rows with different prompts: of tasks as far apart as can be, each the shortest first.

    Args:
        machine: whose base has room for the prompt and an answer.
        selection: the rows that choose a checkpoint, shortest first.
        swapped: the same rows under others' cues; or none.
        tasks: that they were drawn from.
        count: how many; as many as differ, where these are fewer.
    """
    by_name = {rows.task.name: rows for rows in tasks}
    most = window(machine.model.base.config)
    # 1. The rows of each task, by their prompt.
    by_task: dict[str, dict[str, tuple[Example, str | None]]] = {name: {} for name in by_name}
    for example, other in zip(selection, swapped or repeat(None), strict=False):
        if most is None or len(example.prompt) + LENGTH <= most:
            row = (example, None if other is None else other.cue)
            by_task[example.task].setdefault(str(example.prompt), row)
    groups = [list(group.values()) for group in by_task.values() if group]
    # 2. Of too many tasks, some at equal distances.
    if len(groups) > count:
        groups = [groups[i * len(groups) // count] for i in range(count)]
    # 3. The first row of each task, then the second of each, and so on.
    ordered = [row for turn in zip_longest(*groups) for row in turn if row is not None]
    return [_sample(machine, example, other, by_name[example.task]) for example, other in ordered[:count]]


def _sample(machine: TextToAdapter, example: Example, swapped_cue: str | None, rows: Rows) -> Sample:
    """The row with its prompt as the task has it; where that cannot be told, as the tokens spell it."""
    tokenizer, template = machine.tokenizer, machine.spec.chat_template
    chat = tokenizer.decode(example.prompt)
    inputs = sorted((pair.input for pair in rows.pairs if pair.input in chat), key=len, reverse=True)
    exact = (text for text in inputs if prompt_tokens(tokenizer, text, template) == example.prompt)
    prompt = next(exact, tokenizer.decode(example.prompt, skip_special_tokens=True).strip())
    target = tokenizer.decode(example.answer, skip_special_tokens=True).strip()
    return Sample(rows.task.name, example.cue, prompt, target, example.prompt, swapped_cue)


def answer_samples(
    machine: TextToAdapter, samples: Sequence[Sample], embeddings: dict[str, Tensor], processes: int
) -> list[tuple[str, str | None]]:
    """The greedy answers of each sample, under its cue and under the one that means something else.

    Args:
        machine: whose base, hypernetwork and adapter answer; all of them come out as they went in.
        samples: what is answered.
        embeddings: the embedding [C] of each cue.
        processes: how many do this together; of a base that they share, none may stop before the others.
    """
    base = machine.model.base
    ends = stops(base, machine.tokenizer, machine.spec.chat_template)
    own = [(sample.tokens, sample.cue) for sample in samples]
    others = [(sample.tokens, sample.swapped_cue) for sample in samples if sample.swapped_cue is not None]
    prompts, cues = zip(*own, *others, strict=True)
    with torch.no_grad(), _evaluation_mode([base, *machine.parts().values()]):
        embeddings_BC = torch.stack([embeddings[cue] for cue in cues]).to(base.device)
        with machine.model.under(machine.hypernet(embeddings_BC)):
            answers = greedy(base, machine.tokenizer, prompts, ends, LENGTH, synced_gpus=processes > 1)
    swapped = iter(answers[len(samples) :])
    return [
        (answer, None if sample.swapped_cue is None else next(swapped))
        for sample, answer in zip(samples, answers, strict=False)
    ]


@contextmanager
def _evaluation_mode(models: Sequence[torch.nn.Module]) -> Iterator[None]:
    """Everything in evaluation mode while the block runs (also where gradients are checkpointed)."""
    modes = [(module, module.training) for model in models for module in model.modules()]
    try:
        for module, _ in modes:
            module.training = False
        yield
    finally:
        for module, mode in modes:
            module.training = mode


class Samples(TrainerCallback):
    """Answers the samples at every evaluation, and appends them to a file of JSON lines.

    Every process answers, for they may share the base; the main one writes and says.

    Args:
        machine: what is trained.
        samples: what is answered.
        embeddings: the embedding [C] of each cue.
        file: gets a line for each answer: the step, and what `COLUMNS` names.
        say: is told the answers.
        board: is told the answers as a table in Markdown, and the step.
    """

    def __init__(
        self,
        machine: TextToAdapter,
        samples: Sequence[Sample],
        embeddings: dict[str, Tensor],
        file: Path,
        say: Callable[[str], None],
        board: Callable[[str, int], None],
    ) -> None:
        self._machine, self._samples, self._embeddings = machine, samples, embeddings
        self._file, self._say, self._board = file, say, board

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A resumed run takes back what was answered after its checkpoint."""
        if state.is_world_process_zero and self._file.exists():
            lines = self._file.read_text(encoding="utf-8").split("\n")  # answers hold other ends of lines
            replace_file(
                self._file, "".join(f"{line}\n" for line in lines if _step(line) <= state.global_step)
            )

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        answers = answer_samples(self._machine, self._samples, self._embeddings, args.world_size)
        if not state.is_world_process_zero:
            return
        rows = [
            dict(zip(COLUMNS, (*sample[:4], answer, sample.swapped_cue, other), strict=True))
            for sample, (answer, other) in zip(self._samples, answers, strict=True)
        ]
        with self._file.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({"step": state.global_step, **row}, ensure_ascii=False) + "\n")
        news = [f"answers at step {state.global_step}:"]
        for row in rows:
            _, cue, prompt, target, answer, other, other_answer = (_short(row[name]) for name in COLUMNS)
            news.append(f"  {cue} | {prompt} → {answer} (wanted: {target})")
            if row["swapped_context"] is not None:
                news.append(f"  {other} | {prompt} → {other_answer} (another's description)")
        self._say("\n".join(news))
        table = [COLUMNS, ["-"] * len(COLUMNS), *([_cell(row[name]) for name in COLUMNS] for row in rows)]
        self._board("\n".join("|".join(cells) for cells in table), state.global_step)


def _step(line: str) -> float:
    """The step of a line; infinity for a line that a kill cut off."""
    try:
        return float(json.loads(line)["step"])
    except ValueError:
        return float("inf")


def _short(text: str | None) -> str:
    text = text or ""
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return line if len(line) <= 60 else f"{line[:59]}…"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|") or " "
