"""Write the tables, verdicts and figures of docs/study.md from dev/study.jsonl and dev/study-cultures.jsonl.

    python dev/generate_study.py [OUT] [--cultures OUT]

first takes into them, one line a run, what `dev/study.py` and `dev/study_cultures.py` have measured in OUT.
What was not run is said to be so. `--check` writes nothing, and fails if the page is not what the file gives.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from study_claims import (
    BEYOND,
    CLAIMS,
    CULTURE_MAIN,
    CULTURE_PARTS,
    FEWEST,
    LARGE,
    LISTENING,
    MAIN,
    NOT_RUN,
    OF_TASK_LORAS,
    PLACES,
    RANKED,
    RIVALS,
    SEEN,
    STARTS,
    UNSEEN,
    Difference,
    drawn_tasks,
)

from zhyper.evaluate import (
    Estimate,
    bootstrap,
    critical_difference,
    friedman,
    mean_ranks,
    nemenyi,
    paired_bootstrap,
)
from zhyper.evaluate._plots import Point, critical_difference_diagram, pareto_plot, save
from zhyper.files import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
FILE, CULTURES = ROOT / "dev" / "study.jsonl", ROOT / "dev" / "study-cultures.jsonl"
ELSEWHERE = ROOT / "dev" / "study-h200.jsonl"
"""Runs of the study that were made on a GPU as well."""
PAGE, IMAGES = ROOT / "docs" / "study.md", ROOT / "docs" / "images"
SEEDS = ("", "-seed-1")
"""What the name of a run of each seed ends in."""


class Study:
    """What was measured, by run.

    Args:
        lines: a run each.
        sampled: how parts begin whose groups stand for others like them.
    """

    def __init__(self, lines: Sequence[str], sampled: str = "unseen") -> None:
        self.runs: dict[str, dict[str, Any]] = {run["run"]: run for run in map(json.loads, lines)}
        self.sampled = sampled

    @staticmethod
    def read(file: Path, sampled: str = "unseen") -> Study:
        """The study in a file; without one nothing was run."""
        return Study(file.read_text(encoding="utf-8").splitlines() if file.exists() else [], sampled)

    def rows(self, name: str, part: str, seeds: Sequence[str] = SEEDS[:1]) -> dict[str, list[float]]:
        """Scores of each task's rows, the mean over some seeds; none where it was not asked."""
        asked = [self.runs[name + seed]["scores"][part] for seed in self.seeds(name, part) if seed in seeds]
        return {
            task: np.mean([[float(mark) for mark in scores[task]] for scores in asked], axis=0).tolist()
            for task in (asked[0] if asked else ())
        }

    def seeds(self, name: str, *parts: str) -> list[str]:
        """The seeds with which a run was asked all of some parts."""
        runs = {seed: self.runs[name + seed]["scores"] for seed in SEEDS if name + seed in self.runs}
        return [seed for seed, scores in runs.items() if set(parts) <= scores.keys()]

    def device(self, name: str) -> str:
        """What a run was made on."""
        return str(self.runs.get(name, {}).get("device", "CPU"))

    def mark(self, *names: str) -> str:
        """What marks a comparison of runs of different devices."""
        return " †" if len({self.device(name) for name in names}) > 1 else ""

    def estimate(self, name: str, part: str) -> Estimate | None:
        """The mean over tasks; where they are sampled its interval speaks of other tasks too."""
        rows = list(self.rows(name, part).values())
        return bootstrap(rows, over_groups=part.startswith(self.sampled)) if rows else None

    def difference(self, one: Difference) -> Estimate | None:
        """Row by row, over the seeds that both runs have; None where they have none in common."""
        right_part = one.right_part or one.part
        theirs_too = self.seeds(one.right, right_part)
        seeds = [seed for seed in self.seeds(one.left, one.part) if seed in theirs_too]
        if not seeds:
            return None
        ours, theirs = self.rows(one.left, one.part, seeds), self.rows(one.right, right_part, seeds)
        if one.beyond is not None:
            ours |= self._rows_beyond(one.left, one.beyond)
            theirs |= self._rows_beyond(one.right, one.beyond)
        tasks = sorted(ours.keys() & theirs.keys())
        return paired_bootstrap(
            [ours[task] for task in tasks],
            [theirs[task] for task in tasks],
            over_groups=one.part.startswith(self.sampled),
        )

    def _rows_beyond(self, name: str, count: int) -> dict[str, list[float]]:
        """Scores of tasks that other runs see, and not those on so many tasks."""
        rows = self.rows(name, SEEN)
        return {task: rows[task] for task in rows.keys() - set(drawn_tasks(sorted(rows), count))}

    @cached_property
    def ranked(self) -> list[str]:
        """Those runs of `RANKED` that there are."""
        return [name for name in RANKED if name in self.runs]

    def noise(self, one: Difference) -> float:
        """By how many points, at most, differences like this one change from one seed to the other.

        Like a difference of two runs are those of any two systems that saw as many rows, like one within a
        run those within any; 0 where none has two seeds.
        """
        large = {name for _, name in LARGE.values()}
        alike = [name for name in self.runs if (name in large) == (one.left in large)]
        within = one.left == one.right
        parts = [part for part in (one.part, one.right_part if within else "") if part]
        gaps = [
            float(np.subtract(*(self._points(name + seed, parts) for seed in SEEDS)))
            for name in alike
            if self.seeds(name, *parts) == list(SEEDS)
        ]
        return max((abs(gap) for gap in gaps), default=0.0) if within else float(np.ptp(gaps or [0.0]))

    def _points(self, run: str, parts: Sequence[str]) -> float:
        """A run's mean over tasks, less that of a second part."""
        of = self.runs[run]["scores"]
        means = [np.mean([np.mean(list(map(int, m))) for m in of[part].values()]) for part in parts]
        return 100 * float(means[0] - sum(means[1:]))

    def table(self) -> np.ndarray[Any, Any]:
        """Means [tasks, runs] over all tasks."""
        of = {name: {**self.rows(name, SEEN), **self.rows(name, UNSEEN)} for name in self.ranked}
        return np.array(
            [[np.mean(of[name][task]) for name in self.ranked] for task in sorted(of[self.ranked[0]])]
        )


def collect(out: Path, into: Path) -> None:
    """Take the results of OUT into a file; those of other runs in it stay."""
    kept = Study.read(into).runs
    for file in sorted((out / "results").glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        parameters, name = result.get("parameters") or {}, result["run"]
        card = out / name / "checkpoint" / "checkpoint.json"
        kept[name] = {
            "run": name,
            "trainable": parameters.get("trainable", 0),
            "per_context": parameters.get("per_context", 0),
            **{key: result[key] for key in ("settings", "device", "distances", "data") if key in result},
            "selection": learning(card) if card.exists() else kept.get(name, {}).get("selection", []),
            "scores": {part: marks(tasks) for part, tasks in result["scores"].items()},
        }
    replace_file(into, "".join(json.dumps(kept[name]) + "\n" for name in sorted(kept)))


def learning(card: Path) -> list[list[float]]:
    """Steps of a training on answers with the loss and exact match on its selection rows."""
    rows = json.loads(card.read_text(encoding="utf-8")).get("selection", [])
    return [[r["step"], round(r["loss"], 3), round(r["exact_match"], 3)] for r in rows if "exact_match" in r]


def marks(tasks: Mapping[str, Sequence[float]]) -> dict[str, str | list[float]]:
    """Scores of each task's rows: a digit each, or numbers where answers are not just right or wrong."""
    if all(score in (0, 1) for scores in tasks.values() for score in scores):
        return {task: "".join(str(int(score)) for score in scores) for task, scores in tasks.items()}
    return {task: [round(score, 4) for score in scores] for task, scores in tasks.items()}


def cell(estimate: Estimate | None) -> str:
    """A mean with its interval, or a dash."""
    return "–" if estimate is None else str(estimate)


def main_table(study: Study) -> str:
    """All systems."""
    head = (
        "system",
        "trained",
        "a context",
        "53 seen tasks",
        "another's description",
        "10 unseen tasks",
        "choices",
    )
    lines = [head, ["---"] * len(head)]
    for title, (name, condition) in MAIN.items():
        run = study.runs.get(name)
        if run is None:
            lines.append([title, *[NOT_RUN, *["–"] * 5]])
            continue
        parts = [f"seen, {condition}", "seen, shuffled", f"unseen, {condition}", f"choices, {condition}, acc"]
        trained = f"{run['trainable']:,}"
        if name in OF_TASK_LORAS and "multitask-lora" in study.runs:
            trained = f"{len(study.rows(name, parts[0]))} × {study.runs['multitask-lora']['trainable']:,}"
        lines.append(
            [
                title,
                trained,
                f"{run['per_context']:,}",
                *(cell(study.estimate(name, p)) for p in parts),
            ]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def claims_table(study: Study) -> str:
    """What the papers say against what was measured."""
    lines, verdicts = ["| | difference | points | verdict |\n", "| --- | --- | --- | --- |\n"], []
    for key, claim in CLAIMS.items():
        lines.append(f"| **{key}** | **{claim.text}** ({claim.source}) | | |\n")
        for one in claim.differences:
            estimate = study.difference(one)
            verdict = NOT_RUN if estimate is None else one.verdict(estimate, study.noise(one))
            verdicts.append((verdict, one.part))
            right = f"`{one.right}`" if one.right != one.left else "the same"
            where = f"{one.part} against {one.right_part}" if one.right_part else one.part
            if one.beyond is not None:
                where += f", and the tasks that runs on {one.beyond} do not see"
            verdict += study.mark(one.left, one.right)
            lines.append(f"| | `{one.left}` − {right}: {where} | {cell(estimate)} | {verdict} |\n")
    return "".join(lines) + f"\n{verdict_counts(verdicts)}"


def verdict_counts(verdicts: Sequence[tuple[str, str]]) -> str:
    """How many verdicts are of which kind."""
    all_of, new = (
        Counter(verdict for verdict, part in verdicts if part in parts)
        for parts in ({part for _, part in verdicts}, (UNSEEN,))
    )
    kinds = ("holds", "does not hold", "cannot tell")
    counts, of_new = (", ".join(f"{kind} {count[kind]}" for kind in kinds) for count in (all_of, new))
    return f"Verdicts: {counts}. Of these on unseen tasks: {of_new}.\n"


def seeds_table(study: Study) -> str:
    """By how much two runs of one system differ that differ in their seed alone."""
    lines = ["| system | seen tasks | unseen tasks |\n", "| --- | --- | --- |\n"]
    for name in sorted(study.runs):
        if study.seeds(name) == list(SEEDS):
            both = zip(SEEDS, ("first", "second"), strict=True)
            alone = Study([json.dumps({**study.runs[name + seed], "run": which}) for seed, which in both])
            cells = [cell(alone.difference(Difference("second", "first", part))) for part in (SEEN, UNSEEN)]
            lines.append(f"| `{name}` | {' | '.join(cells)} |\n")
    if len(lines) == 2:
        return f"Second seeds: {NOT_RUN}.\n"
    small, large = (
        [study.noise(Difference(run, "another", part)) for part in (SEEN, UNSEEN)]
        for run in next(iter(LARGE.values()))
    )
    return "".join(lines) + (
        f"\nSo the difference of two systems changes by up to {small[0]:.1f} points on seen tasks, and by "
        f"{small[1]:.1f} on unseen ones, from one seed to the other; of two that saw ten times the rows, by "
        f"{large[0]:.1f} and {large[1]:.1f}.\n"
    )


def beyond_table(study: Study) -> str:
    """Strengths, means of wordings, and the distance to the training descriptions, of one run."""
    run = study.runs.get(BEYOND)
    if run is None:
        return f"`{BEYOND}`: {NOT_RUN}.\n"
    strengths = sorted(float(part.split()[-1]) for part in run["scores"] if part.startswith("seen, strength"))
    parts = {f"strength {s:g}": f"seen, strength {s}" for s in strengths}
    parts = {"its description": SEEN, **parts, "the mean of all kept wordings": "seen, mean of wordings"}
    lines = ["| asked under | 53 seen tasks | against its description |\n", "| --- | --- | --- |\n"]
    for title, part in parts.items():
        gain = cell(study.difference(Difference(BEYOND, BEYOND, part, SEEN))) if part != SEEN else "–"
        lines.append(f"| {title} | {cell(study.estimate(BEYOND, part))} | {gain} |\n")
    lines += [
        "\n| distance to the nearest training description | answers | right |\n",
        "| --- | --- | --- |\n",
    ]
    scores = {**run["scores"][SEEN], **run["scores"][UNSEEN]}
    pairs_of = [
        (d, int(mark))
        for task, ds in run["distances"].items()
        for d, mark in zip(ds, scores[task], strict=True)
    ]
    pairs_of.sort(key=lambda pair: pair[0])
    for fifth in np.array_split(np.array(pairs_of), 5):
        right = bootstrap([fifth[:, 1].tolist()])
        lines.append(f"| {fifth[0, 0]:.2f} to {fifth[-1, 0]:.2f} | {len(fifth)} | {right} |\n")
    return "".join(lines)


def places_table(study: Study) -> str:
    """One system with its adapter in other places."""
    lines = [
        "| the adapter is in | trained | a context | 53 seen tasks | against the first | 10 unseen tasks |\n",
        f"| {' | '.join(['---'] * 6)} |\n",
    ]
    first = next(iter(PLACES.values()))
    for title, name in PLACES.items():
        if (run := study.runs.get(name)) is None:
            lines.append(f"| {title} | {NOT_RUN} | – | – | – | – |\n")
            continue
        gain = study.difference(Difference(name, first)) if name != first else None
        gained = cell(gain) + study.mark(name, first)
        cells = (cell(study.estimate(name, SEEN)), gained, cell(study.estimate(name, UNSEEN)))
        sizes = f"{run['trainable']:,} | {run['per_context']:,}"
        lines.append(f"| {title} | {sizes} | {' | '.join(cells)} |\n")
    return "".join(lines)


def large_table(study: Study) -> str:
    """Systems on ten times the rows."""
    head = (
        "system",
        "8,000 rows",
        "80,000 rows",
        "second seed",
        "another's description",
        "10 unseen tasks",
        "selection rows: at the chosen step",
        "at best",
    )
    lines = [head, ["---"] * len(head)]
    for title, (small, large) in LARGE.items():
        if large not in study.runs:
            lines.append([title, cell(study.estimate(small, SEEN)), NOT_RUN, *["–"] * 5])
            continue
        asked = (
            (small, SEEN),
            (large, SEEN),
            (large + SEEDS[1], SEEN),
            (large, "seen, shuffled"),
            (large, UNSEEN),
        )
        cells = [cell(study.estimate(*one)) for one in asked]
        curve = study.runs[large]["selection"]
        least, best = min(curve, key=lambda row: row[1]), max(curve, key=lambda row: row[2])
        cells += [f"{100 * right:.1f}, step {step}" for step, _, right in (least, best)]
        lines.append([title, *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def devices(study: Study, elsewhere: Study) -> str:
    """Which runs were made on what else than a CPU, and how those do that were made on both."""
    of: dict[str, list[str]] = {}
    for name in sorted(study.runs):
        of.setdefault(study.device(name), []).append(f"`{name}`")
    lines = [f"Made on one {on}: {', '.join(names)}.\n" for on, names in of.items() if on != "CPU"]
    lines += ["\n| made on both | seen tasks: GPU | CPU | unseen tasks: GPU | CPU |\n", "| --- " * 5 + "|\n"]
    for name in sorted(elsewhere.runs.keys() & study.runs.keys()):
        cells = (cell(one.estimate(name, part)) for part in (SEEN, UNSEEN) for one in (elsewhere, study))
        lines.append(f"| `{name}` | {' | '.join(cells)} |\n")
    return "".join(lines)


def listening_table(study: Study) -> str:
    """How many answers turn right or wrong where another task's description is given."""
    lines = ["| run | seen tasks | unseen tasks |\n", "| --- | --- | --- |\n"]
    for name in LISTENING:
        if name not in study.runs:
            lines.append(f"| `{name}` | {NOT_RUN} | – |\n")
            continue
        cells = []
        for part in ("seen", "unseen"):
            own, other = (study.rows(name, f"{part}, {text}") for text in ("matched", "shuffled"))
            turned = [a != b for task in own for a, b in zip(own[task], other[task], strict=True)]
            cells.append(f"{sum(turned)} of {len(turned)}")
        lines.append(f"| `{name}` | {' | '.join(cells)} |\n")
    return "".join(lines)


def starts_table(study: Study) -> str:
    """How hypernetworks learn, by how they start."""
    runs = {title: study.runs.get(name, {}).get("selection") for title, name in STARTS.items()}
    steps = sorted({step for rows in runs.values() for step, *_ in rows or ()})
    if not steps:
        return f"Learning: {NOT_RUN}.\n"
    lines = [["hypernetwork", *(f"step {step}" for step in steps)], ["---"] * (1 + len(steps))]
    for title, rows in runs.items():
        cells = {step: f"{loss:.2f}, {100 * right:.0f} %" for step, loss, right in rows or ()}
        lines.append([title, *(cells.get(step, NOT_RUN if not rows else "–") for step in steps)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figures(study: Study) -> str:
    """What the figures show."""
    if len(study.ranked) < 3:
        return f"The figures: {NOT_RUN}.\n"
    table = study.table()
    (n, k), p = table.shape, friedman(table).p
    ranks = sorted(zip(mean_ranks(table), study.ranked, strict=True))
    return (
        f"Over {n} tasks, seen and unseen, whether {k} systems rank alike has p = {p:.1e} (Friedman). Two of "
        f"them differ where their mean ranks are {critical_difference(k, n):.2f} apart (Nemenyi): "
        f"{', '.join(f'`{name}` {rank:.2f}' for rank, name in ranks)}.\n\n"
        "![Mean ranks of the systems](images/study-ranks.svg)\n\n"
        "![Trainable parameters against exact match on seen tasks](images/study-pareto.svg)\n"
    )


def draw(study: Study) -> None:
    """Ranks over tasks, and scores against parameters."""
    if len(study.ranked) < 3:
        return
    table = study.table()
    n, k = table.shape
    ranks = critical_difference_diagram(
        study.ranked,
        mean_ranks(table),
        p_values=nemenyi(table),
        critical_difference=critical_difference(k, n),
    )
    save_svg(ranks, "study-ranks")
    points = []
    for title, (name, condition) in MAIN.items():
        estimate = study.estimate(name, f"seen, {condition}")
        if estimate is not None and study.runs[name]["trainable"]:
            value, low, high = (100 * x for x in (estimate.value, estimate.low, estimate.high))
            parameters = study.runs[name]["trainable"]
            points.append(Point(name=title, value=value, low=low, high=high, parameters=parameters))
    save_svg(pareto_plot(points, score="exact match on seen tasks (%)"), "study-pareto")


def save_svg(figure: Figure, name: str) -> None:
    """Write a figure beside the page's other images."""
    _, png = save(figure, IMAGES / name)
    png.unlink()


def culture_tables(study: Study) -> str:
    """What was asked of whom, all systems, and the claim."""
    head = ("system", *CULTURE_PARTS)
    lines = [head, ["---"] * len(head)]
    for title, (name, condition) in CULTURE_MAIN.items():
        cells = [cell(study.estimate(name, f"{part}, {condition}")) for part in CULTURE_PARTS]
        lines.append([title, *(cells if name in study.runs else [NOT_RUN, *cells[1:]])])
    systems = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{culture_data(study)}\n{systems}\n{culture_claim(study)}"


def culture_data(study: Study) -> str:
    """Which countries were trained on and which questions left out, and what always answering A scores."""
    if "base" not in study.runs:
        return f"Questions: {NOT_RUN}.\n"
    about = study.runs["base"]["data"]
    trained, others = (", ".join(about["countries"][split]) for split in ("train", "report"))
    left_out = ", ".join(f"{count} ({why})" for why, count in about["left_out"].items())
    asked, source = (100 * about["always_a"][which] for which in ("asked", "source"))
    return (
        f"Trained on: {trained}. BLEnD's others: {others}. Left out of its rows: {left_out}. Who always "
        f"answers A is right on {asked:.0f} % of the Easy questions as they are asked, and on {source:.0f} % "
        "in the order of their source.\n"
    )


def culture_claim(study: Study) -> str:
    """What Zhyper is above what it is held against, and whether that holds."""
    lines = [["Zhyper-diag above", *RIVALS], ["---"] * (1 + len(RIVALS))]
    for part in CULTURE_PARTS:
        ones = [
            Difference("zhyper-diag", of, f"{part}, matched", f"{part}, {c}") for of, c in RIVALS.values()
        ]
        lines.append([part, *(judged(study, one) for one in ones)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def judged(study: Study, one: Difference) -> str:
    """A difference with its verdict; a dash where both were run, and one was not asked this."""
    estimate = study.difference(one)
    if estimate is None:
        return "–" if {one.left, one.right} <= study.runs.keys() else NOT_RUN
    few = len(study.rows(one.left, one.part)) < FEWEST
    return f"{estimate}: {'too few' if few else one.verdict(estimate)}"


BLOCKS = {
    "main": main_table,
    "figures": figures,
    "seeds": seeds_table,
    "large": large_table,
    "listening": listening_table,
    "claims": claims_table,
    "beyond": beyond_table,
    "places": places_table,
    "starts": starts_table,
}


def page(study: Study, cultures: Study, text: str) -> str:
    """The page with its generated blocks filled in."""
    of = {name: partial(block, study) for name, block in BLOCKS.items()}
    of |= {"cultures": partial(culture_tables, cultures)}
    of |= {"devices": partial(devices, study, Study.read(ELSEWHERE))}
    for name, block in of.items():
        begin, end = f"<!-- dev/generate_study.py: {name} -->\n", "<!-- end -->\n"
        text = re.sub(
            f"{begin}.*?{end}", lambda _, b=begin, f=block, e=end: b + f() + e, text, flags=re.DOTALL
        )
    return text


def main() -> int:
    """Collect, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, nargs="?", help="folder of dev/study.py")
    parser.add_argument("--cultures", type=Path, help="folder of dev/study_cultures.py")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    for out in filter(None, (options.out, options.cultures)):
        if not (out / "results").is_dir():
            parser.error(f"{out} holds no folder 'results'; name what was OUT of the study")
    for out, into in ((options.out, FILE), (options.cultures, CULTURES)):
        if out is not None and not options.check:
            collect(out, into)
    before = PAGE.read_text(encoding="utf-8")
    study = Study.read(FILE)
    after = page(study, Study.read(CULTURES, sampled=""), before)
    if options.check:
        return int(before != after)
    draw(study)
    replace_file(PAGE, after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
