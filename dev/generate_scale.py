"""Write the table of docs/training.md on the papers' scale; --print writes the whole page to stdout."""

import sys
from pathlib import Path

from generate_methods import BASES

from zhyper.spec import load_recipe
from zhyper.text_to_adapter import parameter_counts
from zhyper.train import training_cost

PAGE = Path(__file__).parents[1] / "docs" / "training.md"
BEGIN, END = "<!-- dev/generate_scale.py -->\n", "<!-- end -->\n"
NAMES = {
    "Mistral-7B": "`mistralai/Mistral-7B-Instruct-v0.2`",
    "Llama-3.1-8B": "`meta-llama/Llama-3.1-8B-Instruct`",
    "Gemma-2-2B": "`google/gemma-2-2b-it`",
}
USES = {
    "tasks": ("zhyper-diag-mistral-7b", 88, 6),
    "cultures": ("zhyper-diag-mistral-7b-cultures", 147, 59),
}
"""Recipe, and tokens of a row and of its answer in the mean."""


def table() -> str:
    """A row for each base and use, of the whole run on one GPU."""
    lines = [
        "| base | use | trained | numbers per context | operations of 8 rows | hours on one H100 | GB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, shown in NAMES.items():
        for use, (recipe, tokens, answer) in USES.items():
            run = load_recipe(recipe).with_changes({"accumulation": 8})
            counts = parameter_counts(run.generator, BASES[name])
            cost = training_cost(run, BASES[name], tokens, answer)
            lines.append(
                f"| {shown} | {use} | {counts['trainable']:,} | {counts['per_context']:,} | "
                f"{cost.operations / 1e12:.1f} × 10¹² | {cost.hours:.2f} | {cost.memory / 1e9:.0f} |"
            )
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with the table made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    if "--print" in sys.argv:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page(), encoding="utf-8")
