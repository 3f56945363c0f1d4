"""Multiple choice by log-likelihood, in lm-eval (EleutherAI's harness): a `TextToAdapter` as one of its models.

The only file that imports lm-eval, which comes with `pip install 'zhyper[evaluate]'`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from zhyper.data import table_rows
from zhyper.evaluate._likelihood import Choices, Likelihood
from zhyper.evaluate._store import Store, identity, key
from zhyper.text_to_adapter import TextToAdapter

Describe = Callable[[Instance], str | None]
"""The description that a request is answered under; None for the bare base."""


def _boolq(doc: dict[str, Any]) -> str:
    passage, _, question = doc["query"].strip().rpartition("\nQuestion:")
    return f"{passage.removeprefix('Passage:').strip()}\nQuestion: {question.strip().removesuffix('?')}?\nAnswer:"


def _wikihow(text: str) -> str:
    """A text of HellaSwag without the marks of its source, as lm-eval asks it."""
    return re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def _gap(doc: dict[str, Any]) -> int:
    return int(doc["sentence"].index("_"))


LOCAL: dict[str, dict[str, Any]] = {
    "arc_challenge": {
        "doc_to_text": "Question: {{query}}\nAnswer:",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "gold",
    },
    "arc_easy": {
        "doc_to_text": "Question: {{query}}\nAnswer:",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "gold",
    },
    "boolq": {"doc_to_text": _boolq, "doc_to_choice": "{{choices}}", "doc_to_target": "gold"},
    "hellaswag": {
        "doc_to_text": lambda doc: _wikihow(doc["question"]),
        "doc_to_choice": lambda doc: [_wikihow(ending) for ending in doc["choices"].values()],
        "doc_to_target": lambda doc: list(doc["choices"]).index(doc["answer"]),
    },
    "openbookqa": {"doc_to_text": "query", "doc_to_choice": "{{choices}}", "doc_to_target": "gold"},
    "piqa": {
        "doc_to_text": "{{query | trim}}\nAnswer:",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "gold",
    },
    "winogrande": {
        "doc_to_text": lambda doc: int(doc["answer"]) - 1,
        "doc_to_choice": lambda doc: [
            doc["sentence"][: _gap(doc)] + doc[name] for name in ("option1", "option2")
        ],
        "doc_to_target": lambda doc: doc["sentence"][_gap(doc) + 1 :].strip(),
    },
}
"""How rows in local files are asked, in the words of lm-eval's own tasks of these names."""


class ConditionedLM(HFLM):  # type: ignore[misc]
    """A generator around its base as a model of lm-eval, with a description for each request.

    Tokens, truncation and prompts are those of lm-eval's `hf` model, so under no description it gives that model's numbers. Requests
    that differ in their continuation alone are scored in one row, and those under different descriptions in one batch.

    Args:
        machine: the generator.
        batch_size: rows of one forward pass.
        describe: the description of a request.
        ahead: descriptions that the same requests will be asked under later: they are scored along, in the same batches.
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
        logging.getLogger("lm_eval").setLevel(
            logging.ERROR
        )  # it warns of a model that is loaded already, as ours always is
        super().__init__(
            pretrained=machine.model.base,
            tokenizer=machine.tokenizer,
            backend="causal",
            batch_size=batch_size,
        )
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
        """Sum of log-probabilities, and whether the continuation is the first choice, for each tokenised request."""
        asked = []
        for describe in (self.describe, *self.ahead):
            texts = [describe(request) for request in self._requests]
            asked.append(
                [self._cut(text, *tokens) for text, (_, *tokens) in zip(texts, requests, strict=True)]
            )
        wanted: dict[tuple[str | None, tuple[int, ...]], dict[tuple[int, ...], None]] = {}
        for rows in asked:
            for text, prompt, option in rows:
                wanted.setdefault((text, prompt), {})[option] = None
        who = {text: identity(self.machine, text) for text, _ in wanted}
        choices = {}
        for (text, prompt), options in wanted.items():
            choices[key("logprobs", who[text], prompt, list(options))] = Choices(prompt, tuple(options), text)
        found = self.store.fill(
            choices, lambda rows: self._likelihood(rows, self.progress), step=16 * self.batch_size_per_gpu
        )
        scores = {
            (choices[k].description, choices[k].prompt, option): s
            for k in choices
            for option, s in zip(choices[k].options, found[k], strict=True)
        }
        return [(scores[row][0], bool(scores[row][1])) for row in asked[0]]

    def _cut(
        self, text: str | None, prompt: list[int], option: list[int]
    ) -> tuple[str | None, tuple[int, ...], tuple[int, ...]]:
        """A request whose prompt is cut in front where it is longer than the model reads, as lm-eval's `hf` model does."""
        beyond = max(0, len(prompt) + len(option) - self.max_length - 1)
        return text, tuple(prompt[beyond:]), tuple(option)

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = True) -> list[float]:
        raise NotImplementedError(
            "perplexity of whole texts is not asked of a conditioned model here; use tasks with continuations"
        )

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = True) -> list[str]:
        """Greedy answers as of lm-eval's `hf` model, the requests of each description together."""
        wanted: dict[str | None, dict[str, Instance]] = {}
        keys = []
        for request in requests:
            text = self.describe(request)
            keys.append(key("until", identity(self.machine, text), *request.args))
            wanted.setdefault(text, {})[keys[-1]] = request
        found: dict[str, Any] = {}
        for text, group in wanted.items():
            with self.machine.model.under(self.machine.rows([text])):
                found |= self.store.fill(group, self._until, step=4 * self.batch_size_per_gpu)
        return [found[one] for one in keys]

    def _until(self, requests: Sequence[Instance]) -> list[str]:
        return list(super().generate_until(list(requests), disable_tqdm=True))


def _rows(file: Path, **_: Any) -> Any:
    """The rows of a file as lm-eval wants them, read anew: the cache of `datasets` goes by a file's time, not by what is in it."""
    from datasets import Dataset, DatasetDict

    return DatasetDict(test=Dataset.from_list([row for _, row in table_rows(file)]))


def local_tasks(files: Mapping[str, Path]) -> dict[str, Any]:
    """Tasks of lm-eval over rows in local files, by name; nothing is fetched.

    Args:
        files: JSON Lines of each benchmark of `LOCAL`.

    Raises:
        ValueError: a benchmark that is not one of these.
    """
    configs = []
    for name, file in files.items():
        if name not in LOCAL:
            raise ValueError(f"'{name}' is not asked by log-likelihood; those that are: {', '.join(LOCAL)}")
        metrics = ["acc"] if name in ("boolq", "winogrande") else ["acc", "acc_norm"]
        configs.append(
            {
                "task": name,
                "custom_dataset": partial(_rows, file),
                "test_split": "test",
                "output_type": "multiple_choice",
                "metric_list": [
                    {"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in metrics
                ],
                **LOCAL[name],
            }
        )
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
    found: dict[str, dict[str, dict[int, float]]] = {}
    for name, samples in done["samples"].items():
        for sample in samples:
            for metric in sample["metrics"]:
                found.setdefault(name, {}).setdefault(metric, {})[sample["doc_id"]] = float(sample[metric])
    return found
