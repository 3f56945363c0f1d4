"""Samples of a run: a few selection rows are answered under the current adapter at every evaluation.

It changes nothing of the run: no random number is drawn, and every module is left in the mode it was in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import TrainerCallback

from zhyper.answers import greedy, stops
from zhyper.data import Example, Rows, prompt_tokens
from zhyper.files import replace_file
from zhyper.text_to_adapter import TextToAdapter

LENGTH = 48
"""Tokens at which a sample's answer is cut."""


class Sample(NamedTuple):
    """A row that is answered at every evaluation."""

    task: str
    context: str
    prompt: str
    wanted: str
    tokens: list[int]
    """Of the prompt, as a chat."""


def pick(machine: TextToAdapter, chosen: Sequence[Example], rows: Sequence[Rows], count: int) -> list[Sample]:
    """`count` of the rows that choose a checkpoint, or as many as differ: of tasks as far apart as can be, each the shortest first.

    Args:
        machine: whose base has room for the prompt and an answer.
        chosen: the rows, shortest first.
        rows: of the tasks that they were drawn from.
        count: how many.
    """
    task = {cue: r for r in rows for pair in r.pairs for cue in r.cues(pair)}
    room = getattr(machine.model.base.config.get_text_config(), "max_position_embeddings", None)
    groups: dict[str, dict[str, Example]] = {r.task.name: {} for r in rows}
    for example in chosen:
        if room is None or len(example.prompt) + LENGTH <= room:
            groups[task[example.cue].task.name].setdefault(str(example.prompt), example)
    found = [list(group.values()) for group in groups.values() if group]
    if len(found) > count:
        found = [found[i * len(found) // count] for i in range(count)]
    ordered = [example for turn in zip_longest(*found) for example in turn if example is not None]
    return [_sample(machine, example, task[example.cue]) for example in ordered[:count]]


def _sample(machine: TextToAdapter, example: Example, rows: Rows) -> Sample:
    """The row with its prompt as the task has it; where that is not found, as the tokens say it."""
    tokenizer, template = machine.tokenizer, machine.spec.chat_template
    shown = tokenizer.decode(example.prompt)
    inputs = sorted((pair.input for pair in rows.pairs if pair.input in shown), key=len, reverse=True)
    bare = tokenizer.decode(example.prompt, skip_special_tokens=True).strip()
    prompt = next(
        (text for text in inputs if prompt_tokens(tokenizer, text, template) == example.prompt), bare
    )
    wanted = tokenizer.decode(example.answer, skip_special_tokens=True).strip()
    return Sample(rows.task.name, example.cue, prompt, wanted, example.prompt)


def answered(
    machine: TextToAdapter, samples: Sequence[Sample], embeddings: dict[str, Tensor], processes: int
) -> list[str]:
    """The greedy answer of each sample under the context of its cue.

    Args:
        machine: whose base, hypernetwork and adapter answer; all of them come out as they went in.
        samples: what is answered.
        embeddings: the embedding [C] of each cue.
        processes: which do this together; of a base that is shared out among them, none may stop before the others.
    """
    base = machine.model.base
    ends = stops(base, machine.tokenizer, machine.spec.chat_template)
    with torch.no_grad(), _evaluating([base, *machine.parts().values()]):
        embeddings_BC = torch.stack([embeddings[sample.context] for sample in samples]).to(base.device)
        with machine.model.under(machine.hypernet(embeddings_BC)):
            return greedy(
                base, machine.tokenizer, [s.tokens for s in samples], ends, LENGTH, synced_gpus=processes > 1
            )


@contextmanager
def _evaluating(models: Sequence[torch.nn.Module]) -> Iterator[None]:
    """Everything in evaluation mode while the block runs (also blocks that checkpoint gradients), and then as it was."""
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

    Every process answers, for a base may be shared out among them; the main one writes and says.

    Args:
        machine: what is trained.
        samples: what is answered.
        embeddings: the embedding [C] of each cue.
        file: gets a line for each answer: step, task, context, prompt, wanted, answer.
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
            lines = self._file.read_text(encoding="utf-8").split(
                "\n"
            )  # answers hold the other characters that end a line
            replace_file(
                self._file, "".join(f"{line}\n" for line in lines if _step(line) <= state.global_step)
            )

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        answers = answered(self._machine, self._samples, self._embeddings, args.world_size)
        if not state.is_world_process_zero:
            return
        names = ("task", "context", "prompt", "wanted", "answer")
        found = [
            dict(zip(names, (*sample[:4], answer), strict=True))
            for sample, answer in zip(self._samples, answers, strict=True)
        ]
        with self._file.open("a", encoding="utf-8") as file:
            file.writelines(
                json.dumps({"step": state.global_step, **row}, ensure_ascii=False) + "\n" for row in found
            )
        said = [
            f"  {_short(row['context'])} | {_short(row['prompt'])} → {_short(row['answer'])} (wanted: {_short(row['wanted'])})"
            for row in found
        ]
        self._say("\n".join([f"answers at step {state.global_step}:", *said]))
        table = [names, ["-"] * len(names), *([_cell(row[name]) for name in names] for row in found)]
        self._board("\n".join("|".join(cells) for cells in table), state.global_step)


def _step(line: str) -> float:
    """The step of a line; infinity for a line that a kill cut off."""
    try:
        return float(json.loads(line)["step"])
    except ValueError:
        return float("inf")


def _short(text: str) -> str:
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return line if len(line) <= 60 else f"{line[:59]}…"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or " "
