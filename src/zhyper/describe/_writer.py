"""Asks an OpenAI-compatible endpoint for descriptions; a log of the calls lets a killed run go on."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from zhyper.data import COMMANDS, EVALUATION_COMMANDS, Task, commands_for, culture_of, evaluation_conditions
from zhyper.describe._checks import check, parse
from zhyper.describe._prompts import Prompt, culture_prompt
from zhyper.files import replace_file

SYSTEM = "You write short descriptions that are clear, varied and true to the examples."
TRIES = 2
"""How often a call without a usable description is made."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where descriptions come from."""

    url: str
    """Of the API, as `https://…/v1`."""
    model: str
    key: str = "none"
    timeout: float = 60.0
    """Seconds that an answer may take."""
    retries: int = 5
    """How often a call that failed or was refused for now is made again, later each time."""
    per_minute: float = 0.0
    """Calls a minute at most; 0 for no limit."""
    temperature: float = 1.0
    max_tokens: int = 2000
    input_price: float = 0.0
    """Of a million tokens read, in any currency."""
    output_price: float = 0.0
    """Of a million tokens written."""


class Call(NamedTuple):
    """The result of one call."""

    task: str
    number: int
    descriptions: tuple[str, ...]
    refused: dict[str, int]
    """Descriptions left out, by reason."""
    tokens_in: int
    tokens_out: int
    key: str
    """Hash of prompt and model: a call is not made again where this is the same."""


class Writer:
    """Asks an endpoint for descriptions, and logs every call in a file.

    Args:
        endpoint: where they come from.
        log: JSON Lines with one call each; calls in it are not made again, if they asked the same of
            the same model.
        say: is called with each call.
    """

    def __init__(self, endpoint: Endpoint, log: Path, say: Callable[[Call], Any] = lambda call: None) -> None:
        from openai import OpenAI

        if not endpoint.url.startswith(("http://", "https://")):
            raise ValueError(
                f"the endpoint is '{endpoint.url}', but the address of an API is expected, as https://HOST/v1"
            )
        if not log.parent.is_dir():
            raise ValueError(f"the folder {log.parent} does not exist; calls are logged there")
        self.endpoint, self.log, self.say = endpoint, log, say
        self._client = OpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key,
            timeout=endpoint.timeout,
            max_retries=endpoint.retries,
        )
        self._last = 0.0
        self.calls = read_calls(log)
        self._used: dict[int, Call] = {}

    def describe(
        self,
        task: Task,
        prompt: Prompt,
        calls: int = 10,
        count: int = 20,
        seed: int = 0,
        enough: int | None = None,
    ) -> tuple[str, ...]:
        """Descriptions of a task out of `calls` calls for `count` each.

        A call without a usable description is made `TRIES` times, at once and not on a later run, because
        its descriptions are in the prompts of the calls after it.

        Raises RuntimeError if the endpoint fails for good.
        """
        before: list[str] = []
        earlier: dict[tuple[str, int, str], list[Call]] = {}
        for call in self.calls:
            earlier.setdefault((call.task, call.number, call.key), []).append(call)
        for number in range(calls):
            if enough is not None and len(before) >= enough:
                break
            text = prompt.text(task, random.Random(f"{seed} {task.name} {number}"), count, before)
            tries = earlier.setdefault((task.name, number, self._key(text)), [])
            while not (tries and tries[-1].descriptions) and len(tries) < TRIES:
                tries.append(self._ask(task.name, number, text, before, prompt.names))
                self._log(tries[-1])
            call = tries[-1]
            self._used |= {id(tried): tried for tried in tries}
            before += call.descriptions
        return tuple(before)

    def _log(self, call: Call) -> None:
        self.calls.append(call)
        with self.log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(call._asdict(), ensure_ascii=False) + "\n")
        self.say(call)

    def _key(self, prompt: str) -> str:
        facts = json.dumps(
            [self.endpoint.model, self.endpoint.temperature, self.endpoint.max_tokens, SYSTEM, prompt]
        )
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def _ask(self, task: str, number: int, prompt: str, before: Sequence[str], names: Sequence[str]) -> Call:
        from openai import OpenAIError

        where = self.endpoint
        if where.per_minute:
            sleep(max(0.0, self._last + 60 / where.per_minute - monotonic()))
        self._last = monotonic()
        messages: Any = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
        try:
            answer = self._client.chat.completions.create(
                model=where.model,
                messages=messages,
                temperature=where.temperature,
                max_tokens=where.max_tokens,
            )
            text = answer.choices[0].message.content or ""
        except (OpenAIError, ValueError, IndexError, AttributeError, TypeError) as error:
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise RuntimeError(
                f"the endpoint {where.url} failed at call {number + 1} for {task}: {reason}. Earlier calls "
                f"are in {self.log}"
            ) from error
        descriptions, refused = check(parse(text), before, names)
        usage = answer.usage
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Call(task, number, descriptions, refused, read, written, self._key(prompt))

    def totals(self) -> dict[str, Any]:
        """Number, tokens and cost of the calls behind all descriptions, and how many were refused and why.

        `uncounted` are calls whose endpoint did not say how many tokens they took; their cost is not known.
        """
        calls, refused = list(self._used.values()), Counter[str]()
        for call in calls:
            refused.update(call.refused)
        read, written = sum(call.tokens_in for call in calls), sum(call.tokens_out for call in calls)
        cost = (read * self.endpoint.input_price + written * self.endpoint.output_price) / 1e6
        facts = {"calls": len(calls), "tokens_in": read, "tokens_out": written, "cost": cost}
        return {
            "refused": dict(refused.most_common()),
            **facts,
            "uncounted": sum(not call.tokens_in for call in calls),
        }


def evaluation_texts(writer: Writer, task: Task, calls: int = 10, count: int = 10) -> tuple[str, ...]:
    """The twelve conditions that a culture is evaluated under (Zhyper appendix F.2).

    They are commands, new descriptions, and new ones of both.

    Args:
        writer: asks for descriptions, without any pairs of the task, until there are eight.
        task: a community's, or a country's in a benchmark of cultures.
        calls: at most.
        count: descriptions asked for in a call.

    Raises:
        ValueError: the task is of no culture.
        RuntimeError: the endpoint failed, or wrote fewer than eight descriptions in `calls` calls.
    """
    about = culture_of(task)
    if about is None:
        raise ValueError(
            f"{task.name} is of no culture; the twelve conditions are for communities and benchmarks of "
            "cultures"
        )
    prompt = culture_prompt(about["place"], about["people"], general=True)
    evaluation = replace(task, name=f"evaluation of {about['place']}")
    descriptions = writer.describe(evaluation, prompt, calls, count, enough=8)
    if len(descriptions) < 8:
        raise RuntimeError(
            f"{len(descriptions)} descriptions of {about['place']} came of {calls} calls, but twelve "
            "conditions need 8; allow more calls"
        )
    commands = zip(COMMANDS, commands_for(about), strict=True)
    # A country has no people that a command could name.
    trained = [text for command, text in commands if "{people}" not in command or "community" in about]
    return evaluation_conditions(
        trained[:4], descriptions[:8], [command.format(**about) for command in EVALUATION_COMMANDS]
    )


def read_calls(log: Path) -> list[Call]:
    """The calls of a log; ValueError for a line that is no call.

    A last line that was cut off by a kill is taken off the file.
    """
    if not log.is_file():
        return []
    content = log.read_bytes()
    whole, _, cut = content.rpartition(b"\n")
    if cut:
        replace_file(log, whole + b"\n" if whole else b"")
    calls = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            values = json.loads(line)
            calls.append(Call(**{**values, "descriptions": tuple(values["descriptions"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f"{log}, line {number} is not a call: {error}; take the line off, or name another file"
            ) from error
    return calls
