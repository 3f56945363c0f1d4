"""What the study's page shows: the rows of its tables, and the papers' claims as differences of runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from zhyper.evaluate import Estimate

SEEN, UNSEEN, WORDINGS = "seen, matched", "unseen, matched", "trained wording, matched"
NOT_RUN = "not run yet"

MAIN = {
    "base, bare input": ("base", "base"),
    "base, description before the input": ("base", "described"),
    "base, three solved examples": ("base", "shots"),
    "average LoRA": ("average-lora", "matched"),
    "Arrow routing": ("arrow", "base"),
    "multi-task LoRA": ("multitask-lora", "matched"),
    "Hyperdecoder, from the input": ("hyperdecoder", "matched"),
    "HyperLoRA, from three examples": ("hyperlora-fewshot", "matched"),
    "T2L-L": ("t2l-l", "matched"),
    "T2L-M": ("t2l-m", "matched"),
    "T2L-S": ("t2l-s", "matched"),
    "T2L-L, by reconstruction": ("t2l-l-reconstruction", "matched"),
    "Zhyper-diag": ("zhyper-diag", "matched"),
    "Zhyper-diag, rank 16": ("zhyper-diag-r16", "matched"),
    "Zhyper-diag, rank 32": ("zhyper-diag-r32", "matched"),
    "Zhyper-square": ("zhyper-square", "matched"),
    "Zhyper-square, rank 16": ("zhyper-square-r16", "matched"),
    "Zhyper-square, rank 32": ("zhyper-square-r32", "matched"),
    "Zhyper-diag on VeRA": ("zhyper-diag-vera", "matched"),
    "Zhyper-square on VeRA": ("zhyper-square-vera", "matched"),
    "T2L on VeRA": ("t2l-vera", "matched"),
    "Zhyper-square, or T2L, on LoRA-XS": ("zhyper-square-lora-xs", "matched"),
    "lightweight LoRA, iterative": ("light-iterative", "matched"),
    "zhyper-direct (ours)": ("zhyper-direct", "matched"),
    "a LoRA for each task (oracle)": ("lora-library", "matched"),
}
"""Rows of the main table: a run, and the condition in which it is asked."""


def drawn_tasks(names: Sequence[str], count: int) -> list[str]:
    """The tasks that a run of few tasks is trained on: of all, sorted, so that more hold the fewer."""
    return random.Random(0).sample(names, len(names))[:count]


OF_TASK_LORAS = ("average-lora", "arrow", "lora-library")
"""Runs that are made of the LoRAs of all seen tasks, each as large as the multi-task LoRA."""


@dataclass(frozen=True)
class Difference:
    """One run minus another on the same rows, in points, and between which bounds the claim puts it."""

    left: str
    right: str
    part: str = SEEN
    right_part: str = ""
    low: float = 0.0
    high: float = float("inf")
    beyond: int | None = None
    """On tasks that runs on this many do not see, besides the unseen ones, instead of a part's own."""

    def verdict(self, estimate: Estimate, noise: float = 0.0) -> str:
        """Whether the interval lies between the bounds, or outside, and its middle farther off than noise."""
        value, low, high = (100 * x for x in (estimate.value, estimate.low, estimate.high))
        if self.low < low and high < self.high and min(value - self.low, self.high - value) > noise:
            return "holds"
        if (high < self.low and self.low - value > noise) or (low > self.high and value - self.high > noise):
            return "does not hold"
        return "cannot tell"


@dataclass(frozen=True)
class Claim:
    """What a paper says, and the differences that would show it."""

    text: str
    source: str
    differences: tuple[Difference, ...]


ZHYPER, T2L = "Zhyper", "Text-to-LoRA"
ALIKE = {"low": -3.0, "high": 3.0}
"""Bounds of what counts as alike here."""
CLAIMS = {
    "a": Claim(
        "Zhyper loses 0.8 points to T2L of the same rank, with 13 times fewer parameters",
        f"{ZHYPER}, tables 2, 12",
        (
            Difference("zhyper-diag", "t2l-l", low=-0.8),
            Difference("zhyper-diag", "t2l-l", UNSEEN, low=-0.8),
            Difference("zhyper-square", "t2l-l", low=-0.8),
            Difference("zhyper-diag-80k", "t2l-l-80k", low=-0.8),
        ),
    ),
    "b": Claim(
        "Zhyper is above one LoRA for all tasks: by half a point, which its test cannot tell from nothing",
        f"{ZHYPER}, table 1, figure 2; of T2L {T2L}, table 2",
        (
            Difference("zhyper-diag", "multitask-lora"),
            Difference("zhyper-diag", "multitask-lora", UNSEEN),
            Difference("t2l-l", "multitask-lora"),
            Difference("zhyper-diag-80k", "multitask-lora-80k"),
            Difference("zhyper-diag-80k", "multitask-lora-80k", UNSEEN),
        ),
    ),
    "c": Claim(
        "at rank 8 square is better than diag with few tasks and alike with all; diag at higher ranks, but "
        "for rank 32 on the tests",
        f"{ZHYPER}, figure 4, table 12",
        (
            Difference("zhyper-square-tasks-13", "zhyper-diag-tasks-13", UNSEEN, beyond=13),
            Difference("zhyper-square-tasks-26", "zhyper-diag-tasks-26", UNSEEN, beyond=26),
            Difference("zhyper-square", "zhyper-diag", **ALIKE),
            Difference("zhyper-square-80k", "zhyper-diag-80k", **ALIKE),
            Difference("zhyper-diag-r16", "zhyper-square-r16"),
            Difference("zhyper-diag-r32", "zhyper-square-r32"),
        ),
    ),
    "d": Claim(
        "every fourth layer is the best part of the layers, and below all; on the tests the upper half is as "
        "good",
        f"{ZHYPER}, tables 3, 16, 17",
        (
            Difference("zhyper-diag-fourth", "zhyper-diag-upper"),
            Difference("zhyper-diag-fourth", "zhyper-diag-lower"),
            Difference("zhyper-diag", "zhyper-diag-fourth"),
        ),
    ),
    "e": Claim(
        "embeddings of a sentence encoder and of a language model's last token do alike",
        f"{ZHYPER}, tables 4, 15; {T2L}, table 4",
        (
            Difference("zhyper-diag-last-token", "zhyper-diag", **ALIKE),
            Difference("zhyper-diag-last-token", "zhyper-diag", UNSEEN, **ALIKE),
        ),
    ),
    "f": Claim(
        "on VeRA Zhyper is above T2L; on LoRA-XS of rank 8 T2L collapses, to 0.7 from 59.4 on VeRA",
        f"{ZHYPER}, tables 13, 18",
        (
            Difference("zhyper-diag-vera", "t2l-vera"),
            Difference("zhyper-square-vera", "t2l-vera"),
            Difference("t2l-vera", "zhyper-square-lora-xs"),
            Difference("zhyper-square-lora-xs", "zhyper-square-lora-xs-plain-path"),
        ),
    ),
    "g": Claim(
        "reconstruction of task LoRAs does not reach new tasks as training on answers does",
        f"{T2L}, table 6",
        (
            Difference("t2l-l", "t2l-l-reconstruction", UNSEEN),
            Difference("t2l-l-80k", "t2l-l-reconstruction", UNSEEN),
        ),
    ),
    "h": Claim(
        "descriptions that do not belong to the task hurt, and unseen wordings do not",
        f"{T2L}, table 5",
        (
            Difference("t2l-l-reconstruction", "t2l-l-reconstruction", SEEN, "seen, shuffled"),
            Difference("t2l-l-reconstruction", "t2l-l-reconstruction", SEEN, "seen, random"),
            Difference("t2l-l-reconstruction", "t2l-l-reconstruction", SEEN, WORDINGS, **ALIKE),
            Difference("t2l-l", "t2l-l", SEEN, "seen, shuffled"),
            Difference("t2l-l", "t2l-l", SEEN, WORDINGS, **ALIKE),
            Difference("zhyper-diag", "zhyper-diag", SEEN, "seen, shuffled"),
            Difference("zhyper-diag", "zhyper-diag", SEEN, WORDINGS, **ALIKE),
            Difference("zhyper-diag", "zhyper-diag", UNSEEN, "unseen, shuffled"),
            Difference("zhyper-diag-80k", "zhyper-diag-80k", SEEN, "seen, shuffled"),
            Difference("zhyper-diag-80k", "zhyper-diag-80k", UNSEEN, "unseen, shuffled"),
            Difference("t2l-l-80k", "t2l-l-80k", UNSEEN, "unseen, shuffled"),
            Difference("zhyper-direct-80k", "zhyper-direct-80k", UNSEEN, "unseen, shuffled"),
        ),
    ),
    "i": Claim(
        "more training tasks are better, up to what a hypernetwork can hold; more descriptions: mixed",
        f"{T2L}, figures 1, 12, table 3",
        (
            Difference("zhyper-diag", "zhyper-diag-tasks-26", UNSEEN),
            Difference("zhyper-diag-tasks-26", "zhyper-diag-tasks-13", UNSEEN, beyond=26),
            Difference("zhyper-diag-descriptions-4", "zhyper-diag-descriptions-1"),
            Difference("zhyper-diag", "zhyper-diag-descriptions-4"),
        ),
    ),
    "k": Claim(
        "iterative refinement of the emitted adapter helps",
        "Wang, where it is argued and not measured",
        (
            Difference("light-iterative-2", "light-iterative-1"),
            Difference("light-iterative", "light-iterative-2"),
        ),
    ),
    "ours": Claim(
        "a wide hypernetwork that starts with contexts that differ learns more of the same rows",
        "this project",
        (
            Difference("zhyper-direct", "zhyper-diag"),
            Difference("zhyper-direct", "zhyper-diag", UNSEEN),
            Difference("zhyper-direct-80k", "zhyper-diag-80k"),
            Difference("zhyper-diag-diverse", "zhyper-diag"),
            Difference("zhyper-direct", "zhyper-direct-zero"),
        ),
    ),
}
BEYOND = "zhyper-direct"
STARTS = {
    "the papers' trunk, equal contexts": "zhyper-diag",
    "the papers' trunk, contexts that differ": "zhyper-diag-diverse",
    "direct, equal contexts": "zhyper-direct-zero",
    "direct, contexts that differ": "zhyper-direct",
}
"""Hypernetworks by how they start, whose learning is shown step by step."""
PLACES = {
    "q and v of all layers": "zhyper-diag",
    "all seven projections": "zhyper-diag-linear",
    "q and v, upper half of the layers": "zhyper-diag-upper",
}
"""Where Zhyper's adapter may sit, and the run that has it there."""
LARGE = {
    "multi-task LoRA": ("multitask-lora", "multitask-lora-80k"),
    "T2L-L": ("t2l-l", "t2l-l-80k"),
    "T2L-M": ("t2l-m", "t2l-m-80k"),
    "Zhyper-diag": ("zhyper-diag", "zhyper-diag-80k"),
    "Zhyper-square": ("zhyper-square", "zhyper-square-80k"),
    "zhyper-direct (ours)": ("zhyper-direct", "zhyper-direct-80k"),
}
"""Systems, each with a run on the rows of the others and one on ten times as many."""
LISTENING = ("zhyper-diag", "t2l-l", "zhyper-diag-last-token", "zhyper-diag-80k", "t2l-l-80k")
"""Runs of which is shown how many answers hang on the description."""
RANKED = ("multitask-lora", "t2l-l", "t2l-m", "t2l-s", "zhyper-diag", "zhyper-square", "zhyper-direct")
"""Runs of the diagram of ranks, over all tasks, seen and unseen."""

CULTURE_MAIN = {
    "base, bare question": ("base", "base"),
    "base, command before the question": ("base", "described"),
    "base, command as a role": ("base", "role"),
    "multi-task LoRA": ("multitask-lora", "matched"),
    "T2L-L": ("t2l-l", "matched"),
    "Zhyper-diag": ("zhyper-diag", "matched"),
    "Zhyper-diag, another country's command": ("zhyper-diag", "shuffled"),
    "Zhyper, knows countries by name": ("zhyper-ohe", "matched"),
    "zhyper-direct (ours)": ("zhyper-direct", "matched"),
    "zhyper-direct, another country's command": ("zhyper-direct", "shuffled"),
}
"""Rows of the table of cultures."""
CULTURE_PARTS = [
    f"{asked} {kind}" for asked in ("BLEnD", "Easy", "Hard", "opinions") for kind in ("trained", "untrained")
]
FEWEST = 8
"""Countries of which a verdict is made: of fewer, all could lie on one side by chance."""
RIVALS = {
    "the bare base": ("base", "base"),
    "a prompt": ("base", "described"),
    "a role": ("base", "role"),
    "multi-task LoRA": ("multitask-lora", "matched"),
    "T2L-L": ("t2l-l", "matched"),
    "another country's command": ("zhyper-diag", "shuffled"),
}
"""What Zhyper is held against."""
