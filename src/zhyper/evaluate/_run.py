"""An evaluation: every question of a suite under every condition, asked in batches with a context for each row, and scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from zhyper.data import answer_tokens, prompt_tokens
from zhyper.evaluate._controls import PROMPTED, asked_as, texts_under
from zhyper.evaluate._likelihood import Choices, Likelihood
from zhyper.evaluate._questions import Group, Question
from zhyper.evaluate._scores import Scores, divergence, text_scores
from zhyper.evaluate._store import Store, identity, key
from zhyper.evaluate._suites import SUITES
from zhyper.evaluate._templates import Asked
from zhyper.text_to_adapter import TextToAdapter

TOKENS = {
    "steering": 96,
    "gsm8k": 320,
    "humaneval": 384,
    "mbpp": 384,
    "sni": 64,
    "blend": 24,
    "boolq": 16,
    "culturalbench_hard": 16,
}
"""Tokens that an answer to a benchmark may have; 32 for all others."""

_Case = tuple[Group, str, tuple[str, ...]]
"""A group in a condition, and the texts it is asked under."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One generator on one suite.

    Args:
        machine: the generator.
        method: its name in tables.
        suite: one of `SUITES`.
        groups: of the suite.
        store: keeps answers and scores.
        seed: of what is drawn.
        batch_size: rows of one forward pass.
        allow_code: run programs that the model writes, in a sandbox; without it benchmarks of programs are left out.
        progress: makes a progress bar of a name and a number of steps, and gives what is to be called with each step's size.
    """

    machine: TextToAdapter
    method: str
    suite: str
    groups: Sequence[Group]
    store: Store
    seed: int = 0
    batch_size: int = 32
    allow_code: bool = False
    progress: Callable[[str, int], Callable[[int], Any]] = lambda name, steps: lambda done: None

    def __call__(self, conditions: Sequence[str]) -> list[Scores]:
        """The scores of all groups in all conditions that say something in this suite."""
        if SUITES[self.suite].protocol == "generate":
            return self._generated(list(dict.fromkeys(conditions)))
        conditions = [condition for condition in dict.fromkeys(conditions) if condition not in PROMPTED]
        kinds = {
            judged: [g for g in self.groups if g.questions[0].asked[0].judged == judged]
            for judged in ("shares", "likely", "equal")
        }
        found: list[Scores] = []
        if kinds["shares"]:
            found += self._compared(kinds["shares"], conditions, "1-JSD", self._letters, _agreement)
        if kinds["likely"]:
            found += self._compared(kinds["likely"], conditions, "likelihood", self._own_answer, _likelihood)
        return [*found, *(self._choices(kinds["equal"], conditions) if kinds["equal"] else [])]

    def _cases(self, groups: Sequence[Group], conditions: Sequence[str]) -> list[_Case]:
        """Each group in each condition, with the texts it is asked under; none where a suite has one subject alone."""
        cases = [
            (group, c, texts_under(c, group, self.groups, self.seed)) for group in groups for c in conditions
        ]
        return [case for case in cases if case[2]]

    def _scores(
        self,
        group: Group,
        condition: str,
        metric: str,
        texts: Sequence[str],
        rows: Mapping[str, Sequence[float]],
        unread: int = 0,
    ) -> Scores:
        return Scores(
            texts=tuple(texts),
            method=self.method,
            suite=self.suite,
            protocol=SUITES[self.suite].protocol,
            benchmark=group.benchmark,
            group=group.name,
            seen=group.seen,
            region=group.region,
            condition=condition,
            metric=metric,
            rows={name: tuple(map(float, values)) for name, values in rows.items()},
            unread=unread,
        )

    # Answers that are written

    def _generated(self, conditions: Sequence[str]) -> list[Scores]:
        groups = [
            group for group in self.groups if self.allow_code or group.questions[0].asked[0].judged != "tests"
        ]
        cases = self._cases(groups, conditions)
        jobs: dict[str, tuple[int, Any, str | None]] = {}
        names: dict[tuple[str, str, int, str, int], str] = {}
        for group, condition, texts in cases:
            tokens = TOKENS.get(group.benchmark, 32)
            for t, text in enumerate(texts):
                for question in group.questions:
                    for a, asked in enumerate(question.asked):
                        prompt, description = asked_as(condition, asked.prompt, text)
                        name = key("answer", identity(self.machine, description), prompt, tokens)
                        jobs[name] = tokens, prompt, description
                        names[group.name, condition, t, question.key, a] = name
        answers = self._answers(jobs)
        judged = self._judged(cases, names, answers)
        return [scores for case in cases for scores in self._read(case, names, answers, judged)]

    def _answers(self, jobs: dict[str, tuple[int, Any, str | None]]) -> dict[str, str]:
        """The answer to each job: tokens, prompt and description."""
        found: dict[str, str] = {}
        done = self.progress(f"{self.method}: {self.suite}", len(jobs))
        ordered = sorted(
            jobs, key=lambda name: (jobs[name][0], len(str(jobs[name][1])))
        )  # prompts of similar length share a batch

        def make(rows: Sequence[tuple[int, Any, str | None]]) -> list[str]:
            answers = self.machine.generate(
                [p for _, p, _ in rows], [d for _, _, d in rows], rows[0][0], batch_size=self.batch_size
            )
            done(len(rows))
            return answers

        for _, names in groupby(ordered, key=lambda name: jobs[name][0]):
            wanted = {name: jobs[name] for name in names}
            done(len(kept := self.store.get(wanted)))
            found |= kept | self.store.fill(
                {name: job for name, job in wanted.items() if name not in kept}, make, 2 * self.batch_size
            )
        return found

    def _judged(
        self, cases: Sequence[_Case], names: Mapping[Any, str], answers: Mapping[str, str]
    ) -> dict[str, bool]:
        """Whether each program that was written passes its tests, by the key of program and tests."""
        programs = {}
        for group, condition, texts in cases:
            for question in group.questions if group.questions[0].asked[0].judged == "tests" else ():
                for t in range(len(texts)):
                    asked = question.asked[0]
                    program = _program(asked, answers[names[group.name, condition, t, question.key, 0]])
                    programs[key("program", program)] = program
        if not programs:
            return {}
        from zhyper.evaluate._sandbox import run_programs

        done = self.progress(f"{self.method}: programs", len(programs))

        found: dict[str, bool] = self.store.get(programs)
        done(len(found))
        missing = [name for name in programs if name not in found]
        for start in range(0, len(missing), 32):
            part = missing[start : start + 32]
            verdicts = dict(
                zip(
                    part,
                    run_programs([programs[name] for name in part], allow_code=self.allow_code),
                    strict=True,
                )
            )
            found |= {name: verdict.passed for name, verdict in verdicts.items()}
            certain = {
                name: v.passed for name, v in verdicts.items() if v.why not in ("timed out", "killed")
            }  # these may be the machine's
            self.store.put(certain)
            done(len(part))
        return found

    def _read(
        self, case: _Case, names: Mapping[Any, str], answers: Mapping[str, str], judged: Mapping[str, bool]
    ) -> list[Scores]:
        """The scores of one case, by each metric of its benchmark."""
        group, condition, texts = case
        rows: dict[str, dict[str, list[float]]] = {}
        unread = 0
        for question in group.questions:
            for t in range(len(texts)):
                parts = [
                    (asked, answers[names[group.name, condition, t, question.key, a]])
                    for a, asked in enumerate(question.asked)
                ]
                first, answer = parts[0]
                if first.judged == "text":
                    found = text_scores(first.gold, answer)
                elif first.judged == "tests":
                    found = {"pass@1": float(judged[key("program", _program(first, answer))])}
                else:
                    parsed = [(asked.gold, asked.parse(answer)) for asked, answer in parts]
                    unread += sum(value is None for _, value in parsed)
                    found = {"acc": float(all(value is not None and value == gold for gold, value in parsed))}
                for metric, value in found.items():
                    rows.setdefault(metric, {}).setdefault(question.key, []).append(value)
        return [self._scores(group, condition, metric, texts, of, unread) for metric, of in rows.items()]

    # Likelihoods of answers

    def _choices(self, groups: Sequence[Group], conditions: Sequence[str]) -> list[Scores]:
        """Multiple choice through lm-eval: all conditions of the same rows are scored in the same batches."""
        harness = lm_eval_harness()
        cases = {
            (group.name, condition): texts for group, condition, texts in self._cases(groups, conditions)
        }
        width = max(len(texts) for texts in cases.values())
        plans = [
            (c, t)
            for c in conditions
            for t in range(width)
            if any(len(cases.get((g.name, c), ())) > t for g in groups)
        ]

        def describe(condition: str, t: int, request: Any) -> str | None:
            texts = cases.get((request.task_name, condition), ())
            return None if condition == "base" or not texts else texts[min(t, len(texts) - 1)]

        done = self.progress(f"{self.method}: {self.suite}", len(plans))
        model = harness.ConditionedLM(
            self.machine,
            self.batch_size,
            ahead=[partial(describe, *plan) for plan in plans],
            store=self.store,
        )
        tasks = harness.local_tasks({group.name: group.file for group in groups})
        chosen = {group.name: [question.number for question in group.questions] for group in groups}
        by_name = {group.name: group for group in groups}
        keys = {
            (group.name, question.number): question.key for group in groups for question in group.questions
        }
        found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
        for condition, t in plans:
            model.describe = partial(describe, condition, t)
            for name, metrics in harness.scores(model, tasks, chosen).items():
                for metric, of in metrics.items() if t < len(cases.get((name, condition), ())) else ():
                    for number, value in of.items():
                        found.setdefault((name, condition, metric), {}).setdefault(
                            keys[name, number], []
                        ).append(value)
            done(1)
        return [
            self._scores(by_name[name], c, metric, cases[name, c], rows)
            for (name, c, metric), rows in found.items()
        ]

    def _compared(
        self,
        groups: Sequence[Group],
        conditions: Sequence[str],
        metric: str,
        choices_of: Callable[[Question, tuple[Any, str | None]], Choices],
        value_of: Callable[[Question, Choices, Sequence[float]], float],
    ) -> list[Scores]:
        """What the log-likelihoods of continuations of a prompt are worth, under every text of every case."""
        cases = self._cases(groups, conditions)
        jobs: dict[str, Choices] = {}
        names: dict[tuple[str, str, int, str], str] = {}
        for group, condition, texts in cases:
            for t, text in enumerate(texts):
                for question in group.questions:
                    choices = choices_of(question, asked_as(condition, question.asked[0].prompt, text))
                    name = key(
                        "logprobs",
                        identity(self.machine, choices.description),
                        choices.prompt,
                        choices.options,
                    )
                    jobs[name], names[group.name, condition, t, question.key] = choices, name
        done, likelihood = (
            self.progress(f"{self.method}: {self.suite}", len(jobs)),
            Likelihood(self.machine, self.batch_size),
        )

        def make(part: Sequence[Choices]) -> Any:
            scored = likelihood(part)
            done(len(part))
            return scored

        found = self.store.fill(jobs, make, step=8 * self.batch_size)
        scores = []
        for group, condition, texts in cases:
            rows = {}
            for question in group.questions:
                each = [names[group.name, condition, t, question.key] for t in range(len(texts))]
                rows[question.key] = [
                    value_of(question, jobs[name], [lp for lp, _ in found[name]]) for name in each
                ]
            scores.append(self._scores(group, condition, metric, texts, rows))
        return scores

    def _own_answer(self, question: Question, asked: tuple[Any, str | None]) -> Choices:
        """The answer that is likely, without the token that ends it: it may be the beginning of a longer one."""
        prompt, description = asked
        tokenizer, template, first = (
            self.machine.tokenizer,
            self.machine.spec.chat_template,
            question.asked[0],
        )
        end = len(answer_tokens(tokenizer, first.prompt, "", template))
        answer = answer_tokens(tokenizer, first.prompt, str(first.gold), template)[:-end]
        return Choices(tuple(prompt_tokens(tokenizer, prompt, template)), (tuple(answer),), description)

    def _letters(self, question: Question, asked: tuple[Any, str | None]) -> Choices:
        prompt, description = asked
        tokenizer, template, letters = (
            self.machine.tokenizer,
            self.machine.spec.chat_template,
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        )
        end = len(answer_tokens(tokenizer, "a", "", template))
        options = [
            tuple(answer_tokens(tokenizer, "a", letters[i], template)[:-end])
            for i in range(len(question.asked[0].options))
        ]
        return Choices(tuple(prompt_tokens(tokenizer, prompt, template)), tuple(options), description)


def lm_eval_harness() -> Any:
    """What asks through lm-eval; RuntimeError where that is not installed."""
    try:
        from zhyper.evaluate import harness
    except ImportError as error:
        raise RuntimeError(
            "log-likelihoods are asked through the package lm-eval: pip install 'zhyper[evaluate]'"
        ) from error
    return harness


def _program(asked: Asked, answer: str) -> str:
    return f"{asked.parse(answer)}\n\n{asked.gold}"


def _agreement(question: Question, choices: Choices, logprobs: Sequence[float]) -> float:
    """How near the likelihoods of options' letters are to the shares of people who chose them: 1 - Jensen-Shannon divergence."""
    return 1 - divergence(logprobs, question.asked[0].gold)


def _likelihood(question: Question, choices: Choices, logprobs: Sequence[float]) -> float:
    """The likelihood of an answer's token, as the geometric mean over its tokens."""
    return math.exp(logprobs[0] / len(choices.options[0]))
