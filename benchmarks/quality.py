"""Exact match of a checkpoint on the report split, beside the base, prompts, a multi-task LoRA and honesty controls.

    python benchmarks/quality.py --data function-vectors:FOLDER --data instruction-induction:FOLDER [--multitask RUN]

Greedy generation, whole answer, mean over tasks, 95 % bootstrap intervals over rows. `seen` are train tasks under unseen
descriptions and unseen inputs, `unseen` are tasks never trained on. With --split selection the same is done on the selection
split, for choosing; the report split is read once.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import transformers
from rich.progress import track

from zhyper.data import Collection, load_collection
from zhyper.evaluate import CONDITIONS, Estimate, Question, answer_questions, bootstrap, draw_questions
from zhyper.text_to_adapter import TextToAdapter


def questions_of(collection: Collection, split: str, per_task: int, seed: int) -> dict[str, list[Question]]:
    """The questions of both groups of tasks."""
    shots = collection.rows("train", "train", "train")
    groups = {"seen": collection.rows("train", split, split), "unseen": collection.rows(split, split, split)}  # type: ignore[arg-type]
    return {name: draw_questions(rows, shots, per_task, seed) for name, rows in groups.items()}


def by_task(questions: list[Question], scores: list[bool]) -> dict[str, list[float]]:
    """The scores of each task's rows."""
    found: dict[str, list[float]] = {}
    for question, right in zip(questions, scores, strict=True):
        found.setdefault(question.task.name, []).append(float(right))
    return found


def main() -> None:
    """Run the evaluation."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--checkpoint", default="default")
    options.add_argument("--multitask", help="a multi-task LoRA's run or checkpoint")
    options.add_argument("--data", action="append", required=True)
    options.add_argument("--split", default="report", choices=["selection", "report"])
    options.add_argument("--per-task", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", action="append", help="only these conditions")
    options.add_argument("--out", type=Path, help="write all scores to this JSON file")
    args = options.parse_args()
    transformers.logging.set_verbosity_error()

    questions = questions_of(load_collection(*args.data), args.split, args.per_task, args.seed)
    wanted = args.only or list(CONDITIONS)
    scores: dict[str, dict[str, dict[str, list[float]]]] = {}
    machines = [(args.checkpoint, wanted)] + ([(args.multitask, ["matched"])] if args.multitask else [])
    for ref, conditions in machines:
        machine = TextToAdapter.load(ref)
        for condition in conditions:
            name = "multi-task LoRA" if ref != args.checkpoint else condition
            scores[name] = {
                group: by_task(asked, answer_questions(machine, asked, condition, lambda b, n=name: track(b, n)))  # noqa: B023
                for group, asked in questions.items()
            }
            print_row(name, scores[name])
    results = {name: {g: vars(estimate(tasks)) for g, tasks in groups.items()} for name, groups in scores.items()}
    gains = {
        f"matched - {name}": {g: vars(paired(scores["matched"][g], scores[name][g], args.seed)) for g in questions}
        for name in scores
        if name != "matched" and "matched" in scores
    }
    for name, groups in gains.items():
        print(f"{name:40}" + "".join(f"  {g} {Estimate(**e)!s:24}" for g, e in groups.items()))
    if args.out:
        args.out.write_text(json.dumps({"settings": vars(args), "scores": scores}, default=str, indent=1) + "\n")
    print(json.dumps({"benchmark": "quality", "split": args.split, "seed": args.seed, "results": results, "gains": gains}))


def estimate(tasks: dict[str, list[float]]) -> Estimate:
    """Mean over tasks."""
    return bootstrap(list(tasks.values()))


def paired(a: dict[str, list[float]], b: dict[str, list[float]], seed: int) -> Estimate:
    """Mean over tasks of the paired differences."""
    return bootstrap([[x - y for x, y in zip(a[task], b[task], strict=True)] for task in a], seed)


def print_row(name: str, groups: dict[str, dict[str, list[float]]]) -> None:
    """One line of the table, as soon as it is known."""
    cells = "".join(f"  {g} {estimate(tasks)!s:24} n={sum(map(len, tasks.values()))}" for g, tasks in groups.items())
    print(f"{name:40}{cells}", flush=True)


if __name__ == "__main__":
    main()
