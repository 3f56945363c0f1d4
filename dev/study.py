r"""The study's runs: every system on the same rows, one after the other, each resumable.

    python dev/study.py OUT --data function-vectors:FOLDER --data instruction-induction:FOLDER \
        --benchmarks FOLDER [--only RUN]

trains what is not trained yet and then asks it, on the report split: exact match on seen tasks under unseen
descriptions and inputs, the same under descriptions of the training, and on tasks never trained on, each
under its own description and under controls; then multiple choice by likelihood. A run ends with
`OUT/results/RUN.json`, from which `dev/generate_study.py` makes the tables. Several processes may share OUT:
each takes a run that nobody has. Stopped, it goes on with the same command.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from filelock import FileLock, Timeout
from study_claims import MAIN, drawn_tasks
from torch import Tensor

from zhyper.adapters._factored import Square
from zhyper.answers import answer
from zhyper.data import (
    Collection,
    Prompt,
    Task,
    file_name,
    load_collection,
    read_collection,
    save_collection,
)
from zhyper.evaluate import Answerer, ArrowRouting, Evaluation, Group, Scope, Store, read_suite, word_groups
from zhyper.files import replace_file
from zhyper.modulation import Modulation
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import NotFinite, Stopped, train

TEMPLATE = {"chat_template": load_recipe("default").generator.chat_template}
COMMON: dict[str, Any] = TEMPLATE | {
    "rank": 8,
    "steps": 500,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "evaluate_every": 100,
    "selection_rows": 320,
    "samples": 0,
    "report_to": [],
    "choose_by": "loss",
}
TASK_LORA = {"steps": 80, "learning_rate": 2e-3, "evaluate_every": 80, "selection_rows": 32}
"""What differs where a LoRA is trained for one task alone."""
FEW = {"learning_rate": 5e-3}
"""For Zhyper on VeRA. Zhyper on LoRA-XS diverges at this rate, T2L on VeRA at 1e-3 too."""
UPPER, LOWER, FOURTH = ({"layers": part} for part in ("15:", ":15", "::4"))
LINEAR = {"projections": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]}
LARGE = {"steps": 1000, "batch_size": 80, "evaluate_every": 200}
"""Ten times the rows of other runs."""
RECONSTRUCTION = {"objective": "reconstruction", "steps": 2000, "batch_size": 53, "evaluate_every": 500}


@dataclass(frozen=True)
class Run:
    """A row of the study: a recipe, what differs from `COMMON`, and on how much of the data it is trained."""

    recipe: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    tasks: int | None = None
    """Train tasks, drawn once, so that more hold the fewer; None for all."""
    descriptions: int | None = None
    """Descriptions of a task to train on; None for all."""
    library: bool = False
    """Whether it is made of the task LoRAs."""
    plain_path: bool = False
    """Whether it is trained as the published program trains, with B A beside B z A, and asked without."""


RUNS: dict[str, Run] = {
    "multitask-lora": Run("multitask-lora"),
    "zhyper-diag": Run("zhyper-diag"),
    "t2l-l": Run("t2l-l"),
    "zhyper-direct": Run("zhyper-direct"),
    "zhyper-square": Run("zhyper-square"),
    "t2l-m": Run("t2l-m"),
    "t2l-s": Run("t2l-s"),
    "zhyper-diag-vera": Run("zhyper-diag-vera", FEW),
    "zhyper-square-vera": Run("zhyper-square-vera", FEW),
    "zhyper-square-lora-xs": Run("zhyper-square-lora-xs"),
    "t2l-vera": Run("t2l-vera", {"learning_rate": 2e-4}),
    "hyperdecoder": Run("hyperdecoder"),
    "hyperlora-fewshot": Run("hyperlora-fewshot"),
    "light-iterative": Run("light-iterative"),
    **{
        f"{name}-seed-1": Run(name, {"seed": 1})
        for name in ("multitask-lora", "zhyper-diag", "t2l-l", "zhyper-direct", "zhyper-square")
    },
    "base": Run("multitask-lora"),
    "task-loras": Run("task-lora", TASK_LORA),
    "lora-library": Run("lora-library", RECONSTRUCTION, library=True),
    "average-lora": Run("average-lora", RECONSTRUCTION, library=True),
    "arrow": Run("average-lora", library=True),
    "t2l-l-reconstruction": Run("t2l-l", RECONSTRUCTION, library=True),
    "zhyper-diag-r16": Run("zhyper-diag", {"rank": 16}),
    "zhyper-diag-r32": Run("zhyper-diag", {"rank": 32}),
    "zhyper-square-r16": Run("zhyper-square", {"rank": 16}),
    "zhyper-square-r32": Run("zhyper-square", {"rank": 32}),
    "zhyper-diag-tasks-13": Run("zhyper-diag", tasks=13),
    "zhyper-square-tasks-13": Run("zhyper-square", tasks=13),
    "zhyper-diag-tasks-26": Run("zhyper-diag", tasks=26),
    "zhyper-square-tasks-26": Run("zhyper-square", tasks=26),
    "zhyper-diag-descriptions-1": Run("zhyper-diag", descriptions=1),
    "zhyper-diag-descriptions-4": Run("zhyper-diag", descriptions=4),
    "zhyper-diag-upper": Run("zhyper-diag", UPPER),
    "zhyper-diag-lower": Run("zhyper-diag", LOWER),
    "zhyper-diag-fourth": Run("zhyper-diag", FOURTH),
    "zhyper-diag-linear": Run("zhyper-diag", LINEAR),
    "zhyper-diag-last-token": Run("zhyper-diag", {"encoder": "last-token"}),
    "zhyper-diag-diverse": Run("zhyper-diag", {"start_deviation": 0.5}),
    "zhyper-direct-zero": Run("zhyper-direct", {"start_deviation": 0.0}),
    "light-iterative-1": Run("light-iterative", {"refinements": 1}),
    "light-iterative-2": Run("light-iterative", {"refinements": 2}),
    **{
        f"{name}-80k": Run(name, LARGE)
        for name in ("zhyper-diag", "t2l-l", "multitask-lora", "zhyper-direct", "zhyper-square", "t2l-m")
    },
    **{
        f"{name}-80k-seed-1": Run(name, {**LARGE, "seed": 1})
        for name in ("zhyper-diag", "t2l-l", "multitask-lora", "zhyper-direct")
    },
    "zhyper-square-lora-xs-plain-path": Run("zhyper-square-lora-xs", plain_path=True),
}
"""All runs, the most important first."""
PER_TASK = 12
CONDITIONS = {
    "base": ("base", "described", "shots"),
    "arrow": ("base",),
    "multitask-lora": ("matched",),
    "average-lora": ("matched",),
    **dict.fromkeys(
        ("zhyper-diag", "t2l-l", "t2l-l-reconstruction", "zhyper-direct"),
        ("matched", "shuffled", "random", "empty"),
    ),
}
"""Under what a run, of any seed, is asked; others under their own and another task's description. Those that
are asked under more are asked under descriptions of the training too."""
BEYOND = "zhyper-direct"
"""The run that is asked at several strengths and under mixtures, and whose distances are kept."""
STRENGTHS = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0)
CHOICES = 40
"""Questions of each benchmark, of the runs that the main table shows."""
SHOWN = frozenset(dict(MAIN.values()))
Score = Mapping[str, list[float]]
"""The scores of each task's rows."""


def train_tasks(collection: Collection) -> list[str]:
    """The names of the tasks that are trained on."""
    return sorted(r.task.name for r in collection.rows("train", "train", "train"))


def few_descriptions(collection: Collection, count: int, folder: Path) -> str:
    """A source of the same tasks with `count` descriptions each to train on; the others' splits stay."""
    more = {r.task.name: set(r.descriptions[count:]) for r in collection.rows("train", "train", "train")}

    def kept(name: str, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if text not in more.get(name, ()))

    save_once([replace(t, descriptions=kept(t.name, t.descriptions)) for t in collection.tasks], folder)
    return f"collection:{folder}"


def save_once(tasks: Sequence[Task], folder: Path) -> None:
    """Write a collection, unless it is there; SystemExit where another one is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            save_collection(tasks, folder)
        elif Collection(read_collection(folder)).fingerprint() != Collection(tasks).fingerprint():
            raise SystemExit(f"{folder} holds other data than were named; give another folder for OUT")


def recipe_of(name: str, collection: Collection, data: Sequence[str], out: Path) -> Recipe:
    """What a run trains; writes the data of a run with few descriptions."""
    run, names = RUNS[name], train_tasks(collection)
    changes = {**COMMON, "data": list(data), **run.changes}
    if run.tasks is not None:
        changes["tasks"] = drawn_tasks(names, run.tasks)
    if run.descriptions is not None:
        folder = out / "data" / f"descriptions-{run.descriptions}"
        changes["data"] = [few_descriptions(collection, run.descriptions, folder)]
    if run.library:
        changes["library"] = str(out / "library")
    return load_recipe(run.recipe).with_changes(changes)


def train_library(recipe: Recipe, out: Path, names: Sequence[str]) -> None:
    """Train the LoRA of each task that is not in the library and that nobody else trains."""
    for task in names:
        folder, run = library_folder(out, task), out / "task-loras" / file_name(task)
        run.parent.mkdir(exist_ok=True)
        with contextlib.suppress(Timeout), FileLock(f"{run}.lock", timeout=0):
            if not folder.exists():
                train(recipe.with_changes({"tasks": [task]}), run, resume=(run / "recipe.json").exists())
                TextToAdapter.load(run).adapter("").save(folder)


def library_folder(out: Path, task: str) -> Path:
    """Where a task's LoRA lies."""
    return out / "library" / file_name(task)


def machine_of(name: str, recipe: Recipe, run: Path) -> tuple[Answerer, dict[str, Any]]:
    """What is asked, trained first where it is trained, and facts of it."""
    if name == "base":
        return TextToAdapter.untrained(recipe.generator), {}
    if name == "arrow":
        return ArrowRouting(run.parent / "library", recipe.generator), {}
    about = train(recipe, run, resume=(run / "recipe.json").exists())
    return TextToAdapter.load(run), {key: about.get(key) for key in ("parameters", "chosen", "library")}


@contextlib.contextmanager
def plain_path() -> Iterator[None]:
    """While the block runs, Zhyper-square's update is s B (I + z) A, not s B z A."""
    core = Square.core

    def with_plain_path(self: Square, h_BTR: Tensor, **slots: Tensor) -> Tensor:  # noqa: N803
        return core(self, h_BTR, **slots) + self.scale * h_BTR

    with patch.object(Square, "core", with_plain_path):
        yield


def ask(
    machine: Answerer, groups: Mapping[str, Sequence[Group]], name: str, suite: str, conditions: Sequence[str]
) -> dict[str, Score]:
    """The scores by part, condition and, of several, metric."""
    scores: dict[str, dict[str, list[float]]] = {}
    for part, own in groups.items():
        asks = Evaluation(machine=machine, method=name, suite=suite, groups=own, store=Store())
        for one in asks(conditions):
            key = f"{part}, {one.condition}" + (f", {one.metric}" if suite == "choices" else "")
            scores.setdefault(key, {})[one.group] = [score for (score,) in one.rows.values()]
    return scores


def word_questions(machine: Answerer, collection: Collection) -> dict[str, list[Group]]:
    """The questions on words, the same for every system."""
    shots = collection.rows("train", "train", "train")
    seen, unseen = (collection.rows(split, "report", "report") for split in ("train", "report"))
    asked = {
        part: word_groups(rows, shots, PER_TASK, 0, machine.spec)
        for part, rows in (("seen", seen), ("unseen", unseen))
    }
    return {part: groups for part, groups in asked.items() if groups}


def under_training_wordings(groups: Sequence[Group], collection: Collection) -> list[Group]:
    """The same questions under descriptions that were trained on."""
    texts = {r.task.name: r.descriptions for r in collection.rows("train", "train", "train")}

    def turned(group: Group) -> Group:
        wordings = cycle(texts[group.name])
        questions = [
            replace(q, cues={"matched": text}) for q, text in zip(group.questions, wordings, strict=False)
        ]
        return replace(group, questions=tuple(questions))

    return [turned(group) for group in groups]


class Dialled:
    """A generator at another strength, or under the mean of the contexts of all wordings of a task.

    Args:
        machine: the generator.
        strength: factor on every update.
        wordings: those whose contexts' mean stands in for a description's own.
    """

    def __init__(
        self,
        machine: TextToAdapter,
        strength: float = 1.0,
        wordings: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.machine, self.strength, self.wordings = machine, strength, wordings or {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.machine, name)

    def generate(
        self, prompts: Sequence[Prompt], texts: Sequence[str | None], max_new_tokens: int, *, batch_size: int
    ) -> list[str]:
        """Answers as of the generator."""
        machine, strength = self.machine, self.strength
        if not self.wordings:
            return machine.generate(prompts, texts, max_new_tokens, strength=strength, batch_size=batch_size)
        means = {}
        for text in dict.fromkeys(str(text) for text in texts):
            rows = machine.modulation(self.wordings[text])
            means[text] = rows.mix([strength / rows.count] * rows.count)
        return answer(
            machine.model.base,
            machine.tokenizer,
            prompts,
            lambda batch: machine.model.under(Modulation.stack([means[str(texts[i])] for i in batch])),
            chat_template=machine.spec.chat_template,
            max_new_tokens=max_new_tokens,
            batch_size=batch_size,
        )


def ask_beyond(machine: TextToAdapter, questions: Mapping[str, Sequence[Group]], name: str) -> dict[str, Any]:
    """Scores at several strengths and under means of wordings, and how far each question's wording is."""
    seen = {"seen": questions["seen"]}
    wordings = {text: group.descriptions for group in questions["seen"] for text in group.descriptions}
    dials = {f"strength {s}": Dialled(machine, s) for s in STRENGTHS}
    dials["mean of wordings"] = Dialled(machine, wordings=wordings)
    scores = {
        f"seen, {what}": ask(dial, seen, name, "words", ["matched"])["seen, matched"]
        for what, dial in dials.items()
    }
    distances = {
        group.name: [
            round(d, 3) for d in machine.distances([q.cues["matched"] for q in group.questions]) or ()
        ]
        for groups in questions.values()
        for group in groups
        if all(q.cues for q in group.questions)
    }
    return {"scores": scores, "distances": distances}


def measure(
    name: str, recipe: Recipe, run: Path, collection: Collection, benchmarks: Path | None
) -> dict[str, Any]:
    """Train and ask one row of the study."""
    with plain_path() if RUNS[name].plain_path else contextlib.nullcontext():
        machine, facts = machine_of(name, recipe, run)
    conditions = CONDITIONS.get(name.removesuffix("-seed-1").removesuffix("-80k"), ("matched", "shuffled"))
    questions = word_questions(machine, collection)
    scores = ask(machine, questions, name, "words", conditions)
    if RUNS[name].plain_path:
        with plain_path():
            scores |= ask(machine, {"plain path": questions["seen"]}, name, "words", ["matched"])
    if "random" in conditions:
        trained = {"trained wording": under_training_wordings(questions["seen"], collection)}
        scores |= ask(machine, trained, name, "words", ["matched"])
    if (
        benchmarks is not None
        and isinstance(machine, TextToAdapter)
        and machine.spec.context == "description"
    ):
        groups = read_suite("choices", Scope(folder=benchmarks, rows=CHOICES, texts=1, spec=machine.spec))
        scores |= ask(machine, {"choices": groups}, name, "choices", conditions[:1])
    if name == BEYOND and isinstance(machine, TextToAdapter):
        more = ask_beyond(machine, questions, name)
        scores, facts = {**scores, **more["scores"]}, {**facts, "distances": more["distances"]}
    return {"run": name, "device": device_name(), **facts, "scores": scores}


def device_name() -> str:
    """What a run is trained and asked on."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def settings_of(recipe: Recipe, **asked: Any) -> str:
    """A hash of how a run is trained and asked, and of which data, wherever these lie."""
    settings = recipe.to_dict()
    for place in ("data", "library"):
        del settings["training"][place]
    return hashlib.sha256(json.dumps([settings, asked], sort_keys=True).encode()).hexdigest()[:16]


def once(out: Path, name: str, settings: str, measured: Callable[[], dict[str, Any]]) -> None:
    """Write what a run measures, unless that is done or another process is at it.

    SystemExit where it was done with other settings.
    """
    result = out / "results" / f"{name}.json"
    try:
        with FileLock(out / f"{name}.lock", timeout=0):
            if not result.exists():
                replace_file(result, json.dumps({**measured(), "settings": settings}) + "\n")
                print(f"{name} is measured: {result}", flush=True)
            elif json.loads(result.read_text(encoding="utf-8"))["settings"] != settings:
                raise SystemExit(f"{result} was measured with other settings; move it and its run away")
    except Timeout:
        print(f"{name} is being trained by another process", flush=True)


@contextlib.contextmanager
def saying_how_to_go_on(name: str) -> Iterator[None]:
    """End the program with a sentence where a signal stops a run."""
    try:
        yield
    except Stopped as error:
        print(f"{name} was stopped; the same command goes on with it", flush=True)
        raise SystemExit(error.exit_code) from None


def train_and_ask(
    name: str,
    collection: Collection,
    data: Sequence[str],
    benchmarks: Path | None,
    out: Path,
    done: Mapping[str, str],
) -> None:
    """One row of the study, unless it is done here or, with the same settings, elsewhere."""
    recipe, tasks = recipe_of(name, collection, data, out), train_tasks(collection)
    if name == "task-loras":
        train_library(recipe, out, tasks)
    elif RUNS[name].library and not all(library_folder(out, task).exists() for task in tasks):
        print(f"{name} waits for the task LoRAs", flush=True)
    else:
        run, choices = RUNS[name], CHOICES if benchmarks is not None and name in SHOWN else 0
        asked = {"choices": choices, "descriptions": run.descriptions, "plain_path": run.plain_path}
        settings = settings_of(recipe, data=collection.fingerprint(), rows=PER_TASK, **asked)
        if done.get(name) == settings:
            print(f"{name} was measured before", flush=True)
            return
        benchmarks = benchmarks if choices else None
        once(out, name, settings, partial(measure, name, recipe, out / name, collection, benchmarks))


def main() -> None:
    """Train and ask, in the order of the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder of runs and results")
    parser.add_argument(
        "--data", action="append", required=True, help="word tasks: FORMAT:FOLDER; may come again"
    )
    parser.add_argument("--benchmarks", type=Path, help="folder of benchmarks; without it none are asked")
    parser.add_argument("--only", action="append", metavar="RUN", help="this run; may come again")
    parser.add_argument(
        "--after", type=Path, help="dev/study.jsonl: what it has, measured alike, is left out"
    )
    options = parser.parse_args()
    out = options.out.resolve()
    if unknown := [name for name in options.only or () if name not in RUNS]:
        parser.error(f"there is no run '{unknown[0]}'; the runs are: {', '.join(RUNS)}")
    for place in (options.benchmarks, options.after):
        if place is not None and not place.exists():
            parser.error(f"{place} does not exist")
    try:
        collection = load_collection(*options.data)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    (out / "results").mkdir(parents=True, exist_ok=True)
    before = options.after.read_text(encoding="utf-8").splitlines() if options.after else []
    done = {run["run"]: run["settings"] for run in map(json.loads, before)}
    diverged = []
    for name in options.only or RUNS:
        try:
            with saying_how_to_go_on(name):
                train_and_ask(name, collection, options.data, options.benchmarks, out, done)
        except NotFinite as error:
            print(f"{name}: {error}", flush=True)
            diverged.append(name)
    if diverged:
        raise SystemExit(f"not measured, as they diverged: {', '.join(diverged)}")


if __name__ == "__main__":
    main()
