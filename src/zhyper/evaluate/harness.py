"""Multiple choice by log-likelihood in lm-eval, EleutherAI's harness, of which our model is one.

The only file that imports lm-eval, which comes with `pip install 'zhyper[evaluate]'`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from zhyper.answers import bare_generation
from zhyper.data import BENCHMARKS, table_rows
from zhyper.evaluate._likelihood import Choices, Likelihood
from zhyper.evaluate._store import Store, identity, key
from zhyper.text_to_adapter import TextToAdapter

Describe = Callable[[Instance], str | None]
"""The description that a request is answered under; None for the bare base."""


class ConditionedLM(HFLM):  # type: ignore[misc]
    """A generator around its base as a model of lm-eval, with a description for each request.

    Tokens, truncation and prompts are those of lm-eval's `hf` model, so under no description it gives that
    model's numbers. Requests that differ in their continuation alone are scored in one row, and those under
    different descriptions in one batch.

    Args:
        machine: the generator.
        batch_size: rows of one forward pass.
        describe: the description of a request.
        ahead: descriptions of the same requests later on: they are scored along, in the same batches.
        store: keeps what was scored.
        progress: wraps the batches.
    """

    def __init__(
        self,
        machine: TextToAdapter,
        batch_size: int = 32,
        describe: Describe = lambda request: None,
        ahead: Sequence[Describe] = (),
        store: Store | None = None,
        progress: Callable[..., Any] = iter,
    ) -> None:
        # It warns of a model that is loaded already, as ours always is.
        logging.getLogger("lm_eval").setLevel(logging.ERROR)
        base, tokenizer = machine.model.base, machine.tokenizer
        super().__init__(pretrained=base, tokenizer=tokenizer, backend="causal", batch_size=batch_size)
        self.machine, self.describe, self.ahead = machine, describe, ahead
        self.store, self.progress = store or Store(), progress
        self._likelihood = Likelihood(machine, batch_size)
        self._requests: Sequence[Instance] = ()

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = True) -> list[tuple[float, bool]]:
        self._requests = requests
        return list(super().loglikelihood(requests, disable_tqdm=disable_tqdm))

    def _loglikelihood_tokens(
        self, requests: Any, disable_tqdm: bool = False, override_bs: int | None = None
    ) -> list[tuple[float, bool]]:
        """Of each tokenised request the continuation's log-probability, and whether it is greedy."""
        requested = [
            [
                self._cut(describe(request), *tokens)
                for request, (_, *tokens) in zip(self._requests, requests, strict=True)
            ]
            for describe in (self.describe, *self.ahead)
        ]
        continuations: dict[tuple[str | None, tuple[int, ...]], dict[tuple[int, ...], None]] = {}
        for rows in requested:
            for text, prompt, option in rows:
                continuations.setdefault((text, prompt), {})[option] = None
        who = {text: identity(self.machine, text) for text, _ in continuations}
        choices = {}
        for (text, prompt), options in continuations.items():
            choices[key("logprobs", who[text], prompt, list(options))] = Choices(prompt, tuple(options), text)
        scored = self.store.fill(
            choices, lambda rows: self._likelihood(rows, self.progress), step=16 * self.batch_size_per_gpu
        )
        scores = {
            (choices[k].description, choices[k].prompt, option): s
            for k in choices
            for option, s in zip(choices[k].options, scored[k], strict=True)
        }
        return [(scores[row][0], bool(scores[row][1])) for row in requested[0]]

    def _cut(
        self, text: str | None, prompt: list[int], option: list[int]
    ) -> tuple[str | None, tuple[int, ...], tuple[int, ...]]:
        """A request whose prompt is cut in front where it is too long, as lm-eval's `hf` model does."""
        beyond = max(0, len(prompt) + len(option) - self.max_length - 1)
        return text, tuple(prompt[beyond:]), tuple(option)

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = True) -> list[float]:
        raise NotImplementedError(
            "perplexity of whole texts is not asked of a conditioned model here; use tasks with continuations"
        )

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = True) -> list[str]:
        """Greedy answers as of lm-eval's `hf` model, the requests of each description together."""
        by_text: dict[str | None, dict[str, Instance]] = {}
        keys = []
        for request in requests:
            text = self.describe(request)
            keys.append(key("greedy until", identity(self.machine, text), *request.args))
            by_text.setdefault(text, {})[keys[-1]] = request
        answers: dict[str, Any] = {}
        for text, group in by_text.items():
            with self.machine.model.under(self.machine.rows([text])) as base, bare_generation(base):
                answers |= self.store.fill(group, self._until, step=4 * self.batch_size_per_gpu)
        return [answers[one] for one in keys]

    def _until(self, requests: Sequence[Instance]) -> list[str]:
        return list(super().generate_until(list(requests), disable_tqdm=True))


def _rows(file: Path, **_: Any) -> Any:
    """The rows of a file for lm-eval, without the cache of `datasets`, which goes by a file's time."""
    from datasets import Dataset, DatasetDict

    return DatasetDict(test=Dataset.from_list([row for _, row in table_rows(file)]))


def local_tasks(files: Mapping[str, Path]) -> dict[str, Any]:
    """Tasks of lm-eval over rows in local files, by name; nothing is fetched.

    Args:
        files: JSON Lines of benchmarks that have a `HarnessTask`.

    Raises:
        ValueError: a benchmark that has none.
    """
    tasks = {name: benchmark.harness for name, benchmark in BENCHMARKS.items() if benchmark.harness}
    if wrong := [name for name in files if name not in tasks]:
        raise ValueError(f"'{wrong[0]}' is not asked by log-likelihood; those that are: {', '.join(tasks)}")
    mean = {"aggregation": "mean", "higher_is_better": True}
    configs = [
        {
            "task": name,
            "custom_dataset": partial(_rows, file),
            "test_split": "test",
            "output_type": "multiple_choice",
            "metric_list": [{"metric": metric, **mean} for metric in tasks[name].metrics],
            "doc_to_text": tasks[name].text,
            "doc_to_choice": tasks[name].choices,
            "doc_to_target": tasks[name].target,
        }
        for name, file in files.items()
    ]
    return dict(TaskManager(include_defaults=False).load(configs))


def scores(
    model: Any, tasks: dict[str, Any], rows: Mapping[str, Sequence[int]], chat: bool = False
) -> dict[str, dict[str, dict[int, float]]]:
    """What each row of each task scores.

    Args:
        model: any model of lm-eval.
        tasks: of `local_tasks`, or of lm-eval's own `TaskManager().load`.
        rows: which rows of each task, by number from 0.
        chat: ask within the model's chat template; lm-eval's default is plain text.

    Returns:
        By task, metric and row, a number from 0 to 1.
    """
    # lm-eval names the rows it asks in the order of the file, so they have to come in that order.
    done = evaluate(
        model,
        tasks,
        samples={name: sorted(of) for name, of in rows.items()},
        bootstrap_iters=0,
        log_samples=True,
        apply_chat_template=chat,
    )
    by_task: dict[str, dict[str, dict[int, float]]] = {}
    for name, samples in done["samples"].items():
        for sample in samples:
            for metric in sample["metrics"]:
                by_task.setdefault(name, {}).setdefault(metric, {})[sample["doc_id"]] = float(sample[metric])
    return by_task
