"""The two protocols: answers that are written and read, and likelihoods that are compared.

Longer than other files, for both make one plan of what is asked and one kind of scores of it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from string import ascii_uppercase
from typing import Any, NamedTuple

from zhyper.data import Prompt, answer_tokens, prompt_tokens
from zhyper.data.benchmarks import Item, Program, Shares
from zhyper.distance import FarContextWarning
from zhyper.evaluate._conditions import PROMPTED, asked_as, texts_under
from zhyper.evaluate._extra import extra
from zhyper.evaluate._likelihood import Choices, Likelihood
from zhyper.evaluate._marking import Exact, Likely, marks, program
from zhyper.evaluate._questions import Group, Question
from zhyper.evaluate._scores import Scores
from zhyper.evaluate._statistics import divergence
from zhyper.evaluate._store import Answerer, Store, identity, key
from zhyper.evaluate._suites import SUITES
from zhyper.text_to_adapter import TextToAdapter

Progress = Callable[[str, int], Callable[[int], Any]]
"""Makes a progress bar of a name and a number of steps, and gives what is called with each step's size."""
Rows = dict[str, list[float]]
"""By question, a score under each text."""
MACHINES = ("timed out", "killed")
"""Verdicts on a program that may be due to the machine, and so are not kept."""


@dataclass(frozen=True, eq=False)
class Case:
    """A group in a condition, and the texts it is asked under."""

    group: Group
    condition: str
    texts: tuple[str, ...]

    def asked(self) -> Iterator[tuple[Question, str]]:
        """Each question under each text, or under the one of its own."""
        if self.group.questions[0].cues is not None:
            yield from zip(self.group.questions, self.texts, strict=True)
            return
        for text in self.texts:
            for question in self.group.questions:
                yield question, text


class Job(NamedTuple):
    """An answer that is to be written."""

    tokens: int
    prompt: Prompt
    description: str | None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One generator on one suite.

    Args:
        machine: the generator; a suite that compares likelihoods needs a whole `TextToAdapter`.
        method: its name in tables.
        suite: one of `SUITES`.
        groups: of the suite.
        store: keeps answers and scores.
        seed: of what is drawn.
        batch_size: rows of one forward pass.
        allow_code: run programs that the model writes, in a sandbox; without it they are left out.
        progress: shows how far it is.
    """

    machine: Answerer
    method: str
    suite: str
    groups: Sequence[Group]
    store: Store
    seed: int = 0
    batch_size: int = 32
    allow_code: bool = False
    progress: Progress = lambda name, steps: lambda done: None

    def __call__(self, conditions: Sequence[str]) -> list[Scores]:
        """The scores of all groups in all conditions that say something in this suite."""
        conditions = list(dict.fromkeys(conditions))
        # Controls are far on purpose; how many descriptions are is a fact of its own.
        with warnings.catch_warnings(action="ignore", category=FarContextWarning):
            if SUITES[self.suite].protocol == "generate":
                return self._generated(conditions)
            return self._likelihoods([name for name in conditions if name not in PROMPTED])

    def _cases(self, groups: Sequence[Group], conditions: Sequence[str]) -> list[Case]:
        """Each group in each condition; none without a text, as of one subject alone."""
        pairs = [(group, condition) for group in groups for condition in conditions]
        cases = [Case(group, c, texts_under(c, group, self.groups, self.seed)) for group, c in pairs]
        return [case for case in cases if case.texts]

    def _scores(
        self, case: Case, metric: str, rows: Mapping[str, Sequence[float]], unread: int = 0
    ) -> Scores:
        return Scores(
            texts=case.texts,
            method=self.method,
            suite=self.suite,
            protocol=SUITES[self.suite].protocol,
            benchmark=case.group.benchmark,
            group=case.group.name,
            seen=case.group.seen,
            region=case.group.region,
            condition=case.condition,
            metric=metric,
            rows={name: tuple(map(float, values)) for name, values in rows.items()},
            unread=unread,
        )

    def _plan(
        self, cases: Sequence[Case], job_of: Callable[[Case, Item, Prompt, str | None], tuple[str, Any]]
    ) -> tuple[dict[str, Any], dict[Case, list[tuple[Question, list[str]]]]]:
        """Each different job once, by its key; and of each case the keys of its questions under each text."""
        jobs: dict[str, Any] = {}
        keys: dict[Case, list[tuple[Question, list[str]]]] = {case: [] for case in cases}
        role = SUITES[self.suite].role
        for case in cases:
            for question, text in case.asked():
                asked = [
                    (item, asked_as(case.condition, item.prompt, text, role, question.examples))
                    for item in question.items
                ]
                own = [job_of(case, item, prompt, description) for item, (prompt, description) in asked]
                jobs.update(own)
                keys[case].append((question, [name for name, _ in own]))
        return jobs, keys

    # Answers that are written

    def _generated(self, conditions: Sequence[str]) -> list[Scores]:
        groups = [group for group in self.groups if self.allow_code or group.kind is not Program]
        # 1. A job for each different prompt under each different context.
        jobs, keys = self._plan(self._cases(groups, conditions), self._job)
        # 2. Their answers; what was asked before is not asked again.
        answers = self._answers(jobs)
        written = {case: [(q, [answers[k] for k in own]) for q, own in of] for case, of in keys.items()}
        # 3. Programs among the answers are run.
        programs = {
            program(question.items[0].answer, text)
            for case, of in written.items()
            if case.group.kind is Program
            for question, (text,) in of
        }
        passed = self._passed(sorted(programs))
        # 4. The scores of each case.
        return [scores for case, of in written.items() for scores in self._marked(case, of, passed)]

    def _job(self, case: Case, item: Item, prompt: Prompt, description: str | None) -> tuple[str, Job]:
        tokens = self._room(item.answer) if case.group.kind is Exact else case.group.tokens
        name = key("greedy answer", identity(self.machine, description), prompt, tokens)
        return name, Job(tokens, prompt, description)

    def _room(self, answer: Exact) -> int:
        """A few tokens beyond the longest right answer: enough to be wrong; few lengths fill batches."""
        ids = [self.machine.tokenizer(text, add_special_tokens=False)["input_ids"] for text in answer.right]
        return 1 << (max(map(len, ids)) + 3).bit_length()

    def _answers(self, jobs: Mapping[str, Job]) -> dict[str, str]:
        """The answer to each job."""
        stored = self.store.get(jobs)
        for name, job in jobs.items():  # all of them before the first is answered
            if name not in stored:
                self.machine.check_prompts([job.prompt], job.tokens)
        answers: dict[str, str] = {}
        done = self.progress(f"{self.method}: {self.suite}", len(jobs))
        # Prompts of similar length share a batch.
        ordered = sorted(jobs, key=lambda name: (jobs[name].tokens, len(str(jobs[name].prompt))))

        def make(batch: Sequence[Job]) -> list[str]:
            prompts, descriptions = [job.prompt for job in batch], [job.description for job in batch]
            texts = self.machine.generate(prompts, descriptions, batch[0].tokens, batch_size=self.batch_size)
            done(len(batch))
            return texts

        for _, names in groupby(ordered, key=lambda name: jobs[name].tokens):
            same_length = {name: jobs[name] for name in names}
            answers |= self.store.fill(same_length, make, 2 * self.batch_size, found=done)
        return answers

    def _passed(self, programs: Sequence[str]) -> dict[str, bool]:
        """Whether each program passes its tests."""
        if not programs:
            return {}
        from zhyper.evaluate._sandbox import run_programs

        done = self.progress(f"{self.method}: programs", len(programs))
        names = {key("program", source): source for source in programs}
        passed: dict[str, bool] = self.store.get(names)
        done(len(passed))
        missing = [name for name in names if name not in passed]
        for start in range(0, len(missing), 32):
            part = missing[start : start + 32]
            verdicts = run_programs([names[name] for name in part], allow_code=self.allow_code)
            ran = dict(zip(part, verdicts, strict=True))
            passed |= {name: verdict.passed for name, verdict in ran.items()}
            self.store.put({name: v.passed for name, v in ran.items() if v.why not in MACHINES})
            done(len(part))
        return {source: passed[name] for name, source in names.items()}

    def _marked(
        self, case: Case, answered: Sequence[tuple[Question, list[str]]], passed: Mapping[str, bool]
    ) -> list[Scores]:
        """The scores of one case, by each metric of its benchmark."""
        rows: dict[str, Rows] = {}
        unread = 0
        for question, texts in answered:
            metrics, not_read = marks([item.answer for item in question.items], texts, passed)
            unread += not_read
            for metric, value in metrics.items():
                rows.setdefault(metric, {}).setdefault(question.key, []).append(value)
        return [self._scores(case, metric, of, unread) for metric, of in rows.items()]

    # Likelihoods of answers

    def _likelihoods(self, conditions: Sequence[str]) -> list[Scores]:
        shares, likely = ([g for g in self.groups if g.kind is kind] for kind in (Shares, Likely))
        choices = [group for group in self.groups if group.kind not in (Shares, Likely)]
        return [
            *self._compared(shares, conditions, "1-JSD", self._letters, _agreement),
            *self._compared(likely, conditions, "likelihood", self._own_answer, _token_likelihood),
            *self._chosen(choices, conditions),
        ]

    @property
    def _generator(self) -> TextToAdapter:
        assert isinstance(self.machine, TextToAdapter), "likelihoods are those of a generator's own base"
        return self.machine

    def _chosen(self, groups: Sequence[Group], conditions: Sequence[str]) -> list[Scores]:
        """Multiple choice through lm-eval: all conditions of the same rows are scored in the same batches."""
        if not groups:
            return []
        harness = extra("zhyper.evaluate.harness")
        cases = {(case.group.name, case.condition): case for case in self._cases(groups, conditions)}
        # 1. lm-eval asks all groups at once: a plan is a condition, and which of the groups' texts.
        plans = [
            (condition, t)
            for condition in conditions
            for t in range(max((len(of.texts) for (_, c), of in cases.items() if c == condition), default=0))
        ]
        done = self.progress(f"{self.method}: {self.suite}", len(plans))
        ahead = [partial(_described, cases, *plan) for plan in plans]
        model = harness.ConditionedLM(self._generator, self.batch_size, ahead=ahead, store=self.store)
        tasks = harness.local_tasks({group.name: group.file for group in groups})
        keys = {group.name: {q.number: q.key for q in group.questions} for group in groups}
        chosen = {name: list(numbers) for name, numbers in keys.items()}
        # 2. The first plan scores the texts of all of them; the others find their scores in the store.
        rows: dict[tuple[Case, str], Rows] = {}
        for condition, t in plans:
            model.describe = partial(_described, cases, condition, t)
            for name, metrics in harness.scores(model, tasks, chosen).items():
                case = cases.get((name, condition))
                if case is None or t >= len(case.texts):
                    continue  # asked along, for lm-eval asks all groups or none
                for metric, values in metrics.items():
                    of = rows.setdefault((case, metric), {})
                    for number, value in values.items():
                        of.setdefault(keys[name][number], []).append(value)
            done(1)
        return [self._scores(case, metric, of) for (case, metric), of in rows.items()]

    def _compared(
        self,
        groups: Sequence[Group],
        conditions: Sequence[str],
        metric: str,
        choices_of: Callable[[Item, Prompt, str | None], Choices],
        value_of: Callable[[Any, Choices, Sequence[float]], float],
    ) -> list[Scores]:
        """What the log-likelihoods of continuations of a prompt are worth, under every text of every case."""
        if not groups:
            return []

        def job(case: Case, item: Item, prompt: Prompt, description: str | None) -> tuple[str, Choices]:
            choices = choices_of(item, prompt, description)
            who = identity(self.machine, description)
            return key("logprobs", who, choices.prompt, choices.options), choices

        # 1. A job for each different prompt under each different context.
        jobs, keys = self._plan(self._cases(groups, conditions), job)
        # 2. Their likelihoods.
        done = self.progress(f"{self.method}: {self.suite}", len(jobs))
        likelihood = Likelihood(self._generator, self.batch_size)

        def make(part: Sequence[Choices]) -> Any:
            scored = likelihood(part)
            done(len(part))
            return scored

        scored = self.store.fill(jobs, make, step=8 * self.batch_size)
        # 3. What they are worth.
        scores = []
        for case, of in keys.items():
            rows: Rows = {}
            for question, (name,) in of:
                logprobs = [logprob for logprob, _ in scored[name]]
                value = value_of(question.items[0].answer.right, jobs[name], logprobs)
                rows.setdefault(question.key, []).append(value)
            scores.append(self._scores(case, metric, rows))
        return scores

    def _own_answer(self, item: Item, prompt: Prompt, description: str | None) -> Choices:
        """The answer that is likely, without its last token: it may be the beginning of a longer one."""
        return self._continuations(prompt, description, item.prompt, [item.answer.right])

    def _letters(self, item: Item, prompt: Prompt, description: str | None) -> Choices:
        return self._continuations(prompt, description, "a", ascii_uppercase[: len(item.answer.options)])

    def _continuations(
        self, prompt: Prompt, description: str | None, after: str, texts: Sequence[str]
    ) -> Choices:
        """A prompt with texts that may follow it, as tokens: answers to `after` without their end."""
        tokenizer, template = self.machine.tokenizer, self.machine.spec.chat_template
        end = len(answer_tokens(tokenizer, after, "", template))
        options = tuple(tuple(answer_tokens(tokenizer, after, text, template)[:-end]) for text in texts)
        return Choices(tuple(prompt_tokens(tokenizer, prompt, template)), options, description)


def _described(cases: Mapping[tuple[str, str], Case], condition: str, t: int, request: Any) -> str | None:
    """The text of a group's case, by its number, that a request of lm-eval is answered under."""
    case = cases.get((request.task_name, condition))
    return None if condition == "base" or case is None else case.texts[min(t, len(case.texts) - 1)]


def _agreement(shares: Sequence[float], choices: Choices, logprobs: Sequence[float]) -> float:
    """How near likelihoods of letters are to the shares of people who chose them: 1 - JS divergence."""
    return 1 - divergence(logprobs, shares)


def _token_likelihood(text: str, choices: Choices, logprobs: Sequence[float]) -> float:
    """The likelihood of an answer's token, as the geometric mean over its tokens."""
    return math.exp(logprobs[0] / len(choices.options[0]))
