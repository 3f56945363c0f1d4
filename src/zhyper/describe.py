"""Descriptions written by a language model behind an OpenAI-compatible endpoint.

Of tasks, as in Text-to-LoRA appendix F: a call shows some pairs of the task and asks for many descriptions. Of cultures, as in
Zhyper appendix E: a call shows pairs of the community and the descriptions so far. What comes back is repaired, checked against what
the prompt forbids, and kept call by call, so that a run that was killed goes on.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from zhyper.data import COMMANDS, EVALUATION_COMMANDS, Pair, Task, commands_for, culture_of, evaluation_conditions

SYSTEM = "You write short descriptions that are clear, varied and true to the examples."
TASK = """Below are some inputs of one task, each with its right answer.

{pairs}

Write {count} descriptions of the task itself, for somebody who sees none of these examples.
- Say what is asked for and what one must know or be able to do; do not speak of these particular inputs.
- Never mention the form of the answer: no letters of choices, no number of words, no "choose the correct option".
- Vary length, wording and style: orders, questions, statements. Use simple words.
Return only a JSON array of {count} strings."""
GENERAL = """Write {count} short and varied descriptions of what a person from {place} is like.
- Say what holds for most people there, whatever their age, work or town; plain text, simple words, some short, some longer.
- Name {place} in each; do not begin with "they".
- Do not repeat what is there already:
{before}
Return only a JSON array of {count} strings."""
CULTURE = """Below are questions that people in {place} were asked, each with an answer that they liked. They are background only.

{pairs}

Write {count} short and varied descriptions of what a {people} person is like.
- Speak of what many people share, not of small groups; plain text, simple words, some short, some longer.
- Name the people or the place in each; do not begin with "they".
- Do not repeat what is there already:
{before}
Return only a JSON array of {count} strings."""

COUNT = r"(one|single|two|three|four|five|six|seven|eight|nine|ten|a few|few|\d+)"
FORBIDDEN = {
    "speaks of the answer's form": re.compile(
        r"multiple.choice|\b(correct|right|best|following|given) (option|choice|letter)s?\b|\boptions? \W?[a-e]\b|\bthe letters? (of|for)\b"
        rf"|\b{COUNT} (or (fewer|less|more) )?words?\b|\b{COUNT} (options|choices|alternatives)\b"
        r"|\b(?-i:A, B(, C(, D)?)?,? (or|and) [B-E])\b|\b(?-i:A or B)\b"
        r"|\byes\b\W* or \W*no\b|\btrue\b\W* or \W*false\b|\bas (a|valid) json\b",
        re.I,
    ),
    "speaks of the examples": re.compile(r"\b(these|the (above|given|following|provided)) (examples?|pairs?|question.answer)", re.I),
    "begins with they": re.compile(r"^\W*they\b", re.I),
    "is marked up": re.compile(r"[`*#{}]|^\W*description \d+|^\d+[.)]|\[[^\]]*\]\(", re.I),
}
"""What a description may not hold, by the reason that is counted."""
MARKED = re.compile(r"\s*(?:description *\d+ *[.:)]|\d+ *[.:)]|[-*•])\s*(\S.*)", re.I)
"""A line of a list."""
TRIES = 2
"""How often a call that gives nothing is made."""
SHORTEST, LONGEST = 3, 80
"""Words of a description."""


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
    """What came of one call."""

    task: str
    number: int
    descriptions: tuple[str, ...]
    refused: dict[str, int]
    """Descriptions left out, by reason."""
    tokens_in: int
    tokens_out: int
    key: str
    """What was asked of which model: a call is not made again where this is the same."""


def checked(found: Iterable[Any], before: Iterable[str], names: Sequence[str] = ()) -> tuple[tuple[str, ...], dict[str, int]]:
    """The descriptions that may stay, and how many may not for which reason; those that repeat an earlier one may not.

    Args:
        found: what came, texts or objects of one text.
        before: descriptions that are there already.
        names: of a culture and its people; a description without any of them is refused, where some are given.
    """
    named = re.compile("|".join(re.escape(name.removeprefix("the ")) for name in names), re.I)
    seen, kept, refused = {_plain(text) for text in before}, [], Counter[str]()
    for item in found:
        text = _said(item)
        words = len(text.split())
        why = "is no text" if not text else "is too short" if words < SHORTEST else "is too long" if words > LONGEST else None
        why = why or next((name for name, pattern in FORBIDDEN.items() if pattern.search(text)), None)
        why = why or ("names neither place nor people" if names and not named.search(text) else None)
        why = why or ("came before" if _plain(text) in seen else None)
        if why:
            refused[why] += 1
        else:
            seen.add(_plain(text))
            kept.append(text)
    return tuple(kept), dict(refused)


def _said(item: Any) -> str:
    """The text of an item: itself, or of an object what is called a description, or else its longest text."""
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = item.get("description") or max(texts, key=len, default="")
    return " ".join(item.encode("utf-8", "replace").decode().split()) if isinstance(item, str) else ""


def parsed(answer: str) -> list[Any]:
    """The array that an answer holds, whatever is around it or missing at its end; else its lines, without their numbers."""
    from json_repair import loads

    answer = re.sub(r"<think(ing)?>.*?(</think(ing)?>|\Z)", "", answer, flags=re.S)
    start = min((place for place in (answer.find("["), answer.find("{")) if place >= 0), default=-1)
    if start >= 0:
        found = loads(answer[start:])
        if isinstance(found, dict):  # numbered, or with the list inside
            values = list(found.values())
            found = next((value for value in values if isinstance(value, list)), values)
        if isinstance(found, list) and any(isinstance(item, str | dict) for item in found):
            return [item for item in found if isinstance(item, str | dict)]
    marked = [match.group(1) for line in answer.splitlines() if (match := MARKED.match(line))]
    return marked or [line for line in answer.splitlines() if line.strip() and not line.rstrip().endswith(":")]


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


@dataclass(frozen=True)
class Prompt:
    """What a call asks for: made of a task, a random generator, how many, and what was written before."""

    text: Callable[[Task, random.Random, int, Sequence[str]], str]
    names: tuple[str, ...] = ()
    """What each description must name one of, if any."""


def _of_task(task: Task, rng: random.Random, count: int, before: Sequence[str]) -> str:
    return TASK.format(pairs=_shown(rng.sample(task.pairs, min(5, len(task.pairs)))), count=count)


TASK_PROMPT = Prompt(_of_task)
"""For descriptions of a task, with five of its pairs."""


def culture_prompt(place: str, people: str, *, general: bool = False) -> Prompt:
    """For descriptions of a culture, with what was written before and twenty pairs of its community; of a general one without pairs."""

    def text(task: Task, rng: random.Random, count: int, before: Sequence[str]) -> str:
        pairs = _shown(rng.sample(task.pairs, min(20, len(task.pairs))))
        so_far = "\n".join(f"  {text}" for text in before[-40:]) or "  (nothing yet)"
        if general:
            return GENERAL.format(count=count, place=place, before=so_far)
        return CULTURE.format(pairs=pairs, count=count, place=place, people=people, before=so_far)

    return Prompt(text, (place, people))


def _shown(pairs: Sequence[Pair]) -> str:
    return "\n\n".join(f"Input: {pair.input[:600]}\nAnswer: {pair.output[:300]}" for pair in pairs)


def prompt_for(task: Task) -> Prompt:
    """The prompt for a task: of its culture, if it is a community's, else of the task itself."""
    about = culture_of(task)
    return culture_prompt(about["place"], about["people"]) if about and "community" in about else TASK_PROMPT


def conditions(task: Task, texts: Sequence[str], seed: int = 0) -> tuple[str, ...]:
    """What a generator is trained under: of a task its descriptions; of a community descriptions, commands, and both in one.

    These are the three types of Zhyper appendix E; each description is mixed with a command that is drawn for it.
    """
    about = culture_of(task)
    if about is None or "community" not in about:
        return tuple(texts)
    commands, rng = commands_for(about), random.Random(f"{seed} {task.name}")
    return (*texts, *commands, *(f"{rng.choice(commands)} {text}" for text in texts))


def evaluation_texts(writer: Writer, task: Task, calls: int = 10, count: int = 10) -> tuple[str, ...]:
    """The twelve conditions a culture is evaluated under (Zhyper appendix F.2): commands, new descriptions, and new ones of both.

    Args:
        writer: asks for descriptions, without any pairs of the task, until there are eight.
        task: a community's, or a country's in a benchmark of cultures.
        calls: made at most.
        count: descriptions asked for in a call.

    Raises:
        ValueError: the task is of no culture.
        RuntimeError: the endpoint failed, or wrote fewer than eight descriptions in `calls` calls.
    """
    about = culture_of(task)
    if about is None:
        raise ValueError(f"{task.name} is of no culture; the twelve conditions are for communities and benchmarks of cultures")
    prompt, named = culture_prompt(about["place"], about["people"], general=True), replace(task, name=f"evaluation of {about['place']}")
    found = writer.describe(named, prompt, calls, count, enough=8)
    if len(found) < 8:
        came = f"{len(found)} descriptions of {about['place']} came of {calls} calls"
        raise RuntimeError(f"{came}, but twelve conditions want 8; allow more calls")
    known = zip(COMMANDS, commands_for(about), strict=True)
    trained = [text for command, text in known if "{people}" not in command or "community" in about]  # of a country no people is known
    return evaluation_conditions(trained[:4], found[:8], [command.format(**about) for command in EVALUATION_COMMANDS])


class Writer:
    """Asks an endpoint for descriptions, and keeps every call in a file.

    Args:
        endpoint: where they come from.
        log: JSON Lines with one call each; calls that are in it are not made again, if they asked the same of the same model.
        say: is told of each call.
    """

    def __init__(self, endpoint: Endpoint, log: Path, say: Callable[[Call], Any] = lambda call: None) -> None:
        from openai import OpenAI

        if not endpoint.url.startswith(("http://", "https://")):
            raise ValueError(f"the endpoint came as '{endpoint.url}', but wants the address of an API, as https://HOST/v1")
        if not log.parent.is_dir():
            raise ValueError(f"the folder {log.parent} does not exist; calls are kept there")
        self.endpoint, self.log, self.say = endpoint, log, say
        self._client = OpenAI(base_url=endpoint.url, api_key=endpoint.key, timeout=endpoint.timeout, max_retries=endpoint.retries)
        self._last = 0.0
        self.calls = read_calls(log)
        self._used: dict[int, Call] = {}

    def describe(
        self, task: Task, prompt: Prompt, calls: int = 10, count: int = 20, seed: int = 0, enough: int | None = None
    ) -> tuple[str, ...]:
        """Descriptions of a task out of `calls` calls for `count` each; RuntimeError if the endpoint fails for good.

        A call that gives nothing is made `TRIES` times, at once and not on a later run: what it gives changes what is asked after it.
        """
        before: list[str] = []
        made: dict[tuple[str, int, str], list[Call]] = {}
        for call in self.calls:
            made.setdefault((call.task, call.number, call.key), []).append(call)
        for number in range(calls):
            if enough is not None and len(before) >= enough:
                break
            asked = prompt.text(task, random.Random(f"{seed} {task.name} {number}"), count, before)
            tries = made.setdefault((task.name, number, self._key(asked)), [])
            while not (tries and tries[-1].descriptions) and len(tries) < TRIES:
                tries.append(self._ask(task.name, number, asked, before, prompt.names))
                self._keep(tries[-1])
            call = tries[-1]
            self._used |= {id(tried): tried for tried in tries}
            before += call.descriptions
        return tuple(before)

    def _keep(self, call: Call) -> None:
        self.calls.append(call)
        with self.log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(call._asdict(), ensure_ascii=False) + "\n")
        self.say(call)

    def _key(self, asked: str) -> str:
        said = json.dumps([self.endpoint.model, self.endpoint.temperature, self.endpoint.max_tokens, SYSTEM, asked])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def _ask(self, task: str, number: int, asked: str, before: Sequence[str], names: Sequence[str]) -> Call:
        from openai import OpenAIError

        where = self.endpoint
        if where.per_minute:
            sleep(max(0.0, self._last + 60 / where.per_minute - monotonic()))
        self._last = monotonic()
        messages: Any = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": asked}]
        try:
            answer = self._client.chat.completions.create(
                model=where.model, messages=messages, temperature=where.temperature, max_tokens=where.max_tokens
            )
            text = answer.choices[0].message.content or ""
        except (OpenAIError, ValueError, IndexError, AttributeError, TypeError) as error:
            said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            kept_in = f"What came so far is in {self.log}"
            raise RuntimeError(f"the endpoint {where.url} failed at call {number + 1} for {task}: {said}. {kept_in}") from error
        kept, refused = checked(parsed(text), before, names)
        usage = answer.usage
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Call(task, number, kept, refused, read, written, self._key(asked))

    def totals(self) -> dict[str, Any]:
        """Of the calls behind what was described, those of earlier runs too: their number, tokens, cost, and what was refused why.

        `uncounted` are calls whose endpoint did not say how many tokens they took; their cost is not known.
        """
        calls, refused = list(self._used.values()), Counter[str]()
        for call in calls:
            refused.update(call.refused)
        read, written = sum(call.tokens_in for call in calls), sum(call.tokens_out for call in calls)
        cost = (read * self.endpoint.input_price + written * self.endpoint.output_price) / 1e6
        facts = {"calls": len(calls), "tokens_in": read, "tokens_out": written, "cost": cost}
        return {"refused": dict(refused.most_common()), **facts, "uncounted": sum(not call.tokens_in for call in calls)}


def read_calls(log: Path) -> list[Call]:
    """The calls of a log; a last line that was cut off by a kill is taken off the file. ValueError for a line that is no call."""
    if not log.is_file():
        return []
    content = log.read_bytes()
    whole, _, cut = content.rpartition(b"\n")
    if cut:
        scratch = log.with_name(f".{log.name}")
        scratch.write_bytes(whole + b"\n" if whole else b"")
        scratch.replace(log)
    found = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            values = json.loads(line)
            found.append(Call(**{**values, "descriptions": tuple(values["descriptions"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f"{log}, line {number} is not a call that was kept: {error}; take the line off, or name another file"
            ) from error
    return found
