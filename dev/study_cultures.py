"""The study's part on cultures: generators that are told a country, trained and asked one after the other.

    python dev/study_cultures.py OUT --culture FOLDER --communities FOLDER [--only RUN]

trains on BLEnD's questions of two thirds of its countries, without the country's name, so that the
description alone says it, and on the pairs of communities. Then it asks, under commands that nothing was
trained on, of countries that were trained and of others: BLEnD's questions that no country was trained on,
CulturalBench, and by likelihood GlobalOpinionQA. Resumed, shared between processes and written to
`OUT/results/RUN.json` as in `dev/study.py`, whose OUT is another folder. The data stay in `OUT/data`: they
are others' texts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from study import COMMON, ask, device_name, machine_of, once, save_once, saying_how_to_go_on, settings_of

from zhyper.data import (
    BENCHMARKS,
    COMMUNITIES,
    EVALUATION_COMMANDS,
    REGIONS,
    Collection,
    Pair,
    Rows,
    Task,
    commands_for,
    place_of,
    read_source,
    table_rows,
)
from zhyper.data.benchmarks import Item, Phrase
from zhyper.evaluate import Answerer, Group, Scope, read_suite, word_groups
from zhyper.evaluate._suites import WITHIN
from zhyper.spec import Recipe, load_recipe

PEOPLE = {
    "Algeria": "Algerian",
    "Assam": "Assamese",
    "Azerbaijan": "Azerbaijani",
    "China": "Chinese",
    "Ethiopia": "Ethiopian",
    "Greece": "Greek",
    "Indonesia": "Indonesian",
    "Iran": "Iranian",
    "North_Korea": "North Korean",
    "Northern_Nigeria": "Northern Nigerian",
    "South_Korea": "South Korean",
    "Spain": "Spanish",
    "UK": "British",
    "US": "American",
    "West_Java": "West Javanese",
}
"""The countries of BLEnD, and what is of each."""
UNTRAINED = 5
"""Countries of BLEnD that are not trained on."""
RUNS = ("base", "multitask-lora", "zhyper-diag", "t2l-l", "zhyper-direct", "zhyper-ohe")
"""Recipes, and the bare base."""
BLEND = BENCHMARKS["blend"]
PER_COUNTRY = {"BLEnD": 20, "culture": 12, "opinions": 12}
"""Questions of a country at most."""
BENCHMARKS_OF = {"culture": ("culturalbench_easy", "culturalbench_hard"), "opinions": ("globalopinionqa",)}
TITLES = {"culturalbench_easy": "Easy", "culturalbench_hard": "Hard", "globalopinionqa": "opinions"}
CONDITIONS = {
    "base": ("base", "described", "role"),
    "multitask-lora": ("matched",),
    "zhyper-ohe": ("matched", "shuffled"),
}
"""Under what a run is asked; others under their own, another country's and an empty description."""


@dataclass(frozen=True)
class Data:
    """What is trained and asked."""

    tasks: Sequence[Task]
    left_out: Mapping[str, int]
    """BLEnD's rows that are not used, by the reason."""

    def places(self, split: str) -> set[str]:
        """The countries of a split."""
        named = [task.name.partition("/") for task in self.tasks if task.split == split]
        communities = [COMMUNITIES[name] for kind, _, name in named if kind == "askx"]
        return {place_of(name) for kind, _, name in named if kind == "blend"} | {
            about["place"] for about in communities if about["level"] == "country"
        }

    @property
    def reached(self) -> set[str]:
        """Places that training says something of: countries, their wholes, countries of trained regions."""
        trained = self.places("train")
        whole = {WITHIN[place] for place in trained if place in WITHIN}
        return trained | whole | reached_by(self.tasks)


def reached_by(tasks: Iterable[Task]) -> set[str]:
    """The places of the communities among tasks, and those in them."""
    names = [task.name.removeprefix("askx/") for task in tasks if task.name.startswith("askx/")]
    places = {COMMUNITIES[name]["place"] for name in names}
    return places | {place for region in places & REGIONS.keys() for place in REGIONS[region]}


def without_country(question: str, country: str) -> str:
    """A question of BLEnD without its country's name; empty where it would still name it or its people."""
    name = country.replace("_", " ")
    text = re.sub(rf"^In {name}, (\w)", lambda found: found[1].upper(), question)
    text = re.sub(rf"\b{name}'s ", "the ", text)
    text = re.sub(rf" (in|from|of|for) {name}\b", "", text)
    named = re.search(rf"\b({name}|{PEOPLE[country]})", text)
    return "" if named or text == question else text


def country_task(culture: Path, country: str, left_out: Counter[str]) -> Task:
    """A country's questions, each answered by what most people said."""
    pairs: dict[str, Pair] = {}
    for where, row in table_rows(culture / "blend_en" / f"{country}.jsonl"):
        pair = BLEND.read_pair(where, row)
        question = without_country(pair.input, country)
        text = BLEND.read_item({**row, "en_question": question}).prompt
        if not pair.output.strip():
            left_out["nobody answered"] += 1
        elif not question:
            left_out["the country cannot be taken out"] += 1
        elif text in pairs:
            left_out["asked twice"] += 1
        else:
            pairs[text] = replace(pair, input=text)
    about = {"place": place_of(country), "people": PEOPLE[country]}
    return Task(
        name=f"blend/{country}",
        pairs=tuple(pairs.values()),
        descriptions=commands_for(about),
        source="BLEnD",
    )


def read_data(culture: Path, communities: Path) -> Data:
    """Countries to train on and others, these with the questions that no country is trained on."""
    shared = read_source(f"communities:{communities}").tasks
    left_out: Counter[str] = Counter()
    tasks = [country_task(culture, country, left_out) for country in PEOPLE]
    free = [country for country in PEOPLE if place_of(country) not in reached_by(shared)]
    new = {f"blend/{country}" for country in random.Random(0).sample(free, UNTRAINED)}
    split = [replace(t, split="report", pairs=kept(t)) if t.name in new else t for t in tasks]
    return Data([*split, *shared], dict(left_out))


def kept(task: Task) -> tuple[Pair, ...]:
    """A country's questions that no country is trained on."""
    return Collection([task]).part(task, "report").pairs


def recipe_of(name: str, out: Path) -> Recipe:
    """What a run trains."""
    recipe = load_recipe("multitask-lora" if name == "base" else name)
    return recipe.with_changes({**COMMON, "data": [f"collection:{out / 'data'}"], "max_tokens": 128})


def blend_questions(machine: Answerer, data: Data) -> dict[str, list[Group]]:
    """BLEnD's questions that no country was trained on, the same of all countries."""
    parts: dict[str, list[Rows]] = {"BLEnD trained": [], "BLEnD untrained": []}
    for task in data.tasks:
        kind, _, name = task.name.partition("/")
        if kind == "blend":
            part = "BLEnD trained" if task.split == "train" else "BLEnD untrained"
            texts = tuple(command.format(place=place_of(name)) for command in EVALUATION_COMMANDS)
            parts[part].append(Rows(task, kept(task), texts))
    asked = {
        part: word_groups(rows, (), PER_COUNTRY["BLEnD"], 0, machine.spec) for part, rows in parts.items()
    }
    return {part: list(map(by_phrase, groups)) for part, groups in asked.items() if groups}


def by_phrase(group: Group) -> Group:
    """Questions that are right as in BLEnD: the answer names what anyone said."""
    questions = [
        replace(q, items=(Item(q.items[0].prompt, Phrase(q.items[0].answer.right)),)) for q in group.questions
    ]
    return replace(group, questions=tuple(questions), tokens=BLEND.tokens)


def benchmark_questions(machine: Answerer, data: Data, folder: Path, suite: str) -> dict[str, list[Group]]:
    """Questions of the trained countries and of as many others, each country under one new command."""
    scope = Scope(folder=folder, rows=PER_COUNTRY[suite], only=BENCHMARKS_OF[suite], spec=machine.spec)
    names = [name for name in machine.spec.known_tasks if name.startswith("blend/")]
    known = {place_of(name.removeprefix("blend/")): name for name in names}
    groups: dict[str, dict[str, Group]] = {}
    for group in read_suite(suite, scope):  # a country may have several labels: that with the most questions
        of = groups.setdefault(TITLES[group.benchmark], {})
        of[group.subject] = max(of.get(group.subject, group), group, key=lambda one: len(one.questions))
    parts: dict[str, list[Group]] = {}
    for title, of in groups.items():
        trained, others = sorted(of.keys() & data.places("train")), sorted(of.keys() - data.reached)
        untrained = sorted(random.Random(0).sample(others, min(len(trained), len(others))))
        for part, places in ((f"{title} trained", trained), (f"{title} untrained", untrained)):
            turns = zip(places, cycle(EVALUATION_COMMANDS), strict=False)
            texts = known or {place: command.format(place=place) for place, command in turns}
            parts[part] = [replace(of[p], descriptions=(texts[p],)) for p in places if p in texts]
    return {part: own for part, own in parts.items() if own}


def always_a(groups: Sequence[Group]) -> dict[str, float]:
    """What answering A would score, as options are asked here and as they stand in the source."""
    right = [question.items[0].answer for group in groups for question in group.questions]
    return {
        "asked": sum(answer.right == 0 for answer in right) / len(right),
        "source": sum(answer.source_right == 0 for answer in right) / len(right),
    }


def measure(name: str, data: Data, out: Path, culture: Path) -> dict[str, Any]:
    """Train and ask one run."""
    machine, facts = machine_of(name, recipe_of(name, out), out / name)
    blend = blend_questions(machine, data)
    conditions = CONDITIONS.get(name, ("matched", "shuffled", "empty"))
    scores = ask(machine, blend, name, "culture", conditions)
    easy: list[Group] = []
    for suite in BENCHMARKS_OF:
        parts = benchmark_questions(machine, data, culture, suite)
        easy += [group for part, own in parts.items() if part.startswith("Easy") for group in own]
        scores |= ask(machine, parts, name, suite, [one for one in conditions if one != "empty"])
    about = {
        "countries": {split: sorted(data.places(split)) for split in ("train", "report")},
        "left_out": dict(data.left_out),
        "always_a": always_a(easy),
    }
    return {"run": name, "device": device_name(), **facts, "data": about, "scores": scores}


def main() -> None:
    """Train and ask, in the order of the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--culture", type=Path, required=True, help="BLEnD, CulturalBench, GlobalOpinionQA")
    parser.add_argument("--communities", type=Path, required=True, help="pairs as Zhyper publishes them")
    parser.add_argument("--only", action="append", choices=RUNS)
    options = parser.parse_args()
    out = options.out.resolve()
    try:
        data = read_data(options.culture, options.communities)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    (out / "results").mkdir(parents=True, exist_ok=True)
    print(f"left out of BLEnD: {json.dumps(data.left_out)}", flush=True)
    save_once(data.tasks, out / "data")
    fingerprint = Collection(data.tasks).fingerprint()
    for name in options.only or RUNS:
        settings = settings_of(recipe_of(name, out), data=fingerprint, rows=PER_COUNTRY)
        with saying_how_to_go_on(name):
            once(out, name, settings, partial(measure, name, data, out, options.culture))


if __name__ == "__main__":
    main()
