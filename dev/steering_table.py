"""Print what README says of behaviours, from dev/steering.json: `python dev/steering_table.py`.

Conditions that were not asked of a group are left out.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from zhyper.evaluate import bootstrap

CONDITIONS = ("matched", "shuffled", "random", "empty", "described", "role", "base")


def show(name: str, groups: Sequence[dict[str, float]]) -> None:
    """One line: how many groups, and their mean in each condition with its interval, in percent."""
    asked = [condition for condition in CONDITIONS if all(condition in group for group in groups)]
    cells = [f"{condition} {bootstrap([[group[condition] for group in groups]])}" for condition in asked]
    print(f"{name} ({len(groups)}): {', '.join(cells)}")


def main() -> None:
    """By what is new, and of single behaviours under new wordings by kind."""
    parts, kinds = defaultdict(list), defaultdict(list)
    for name, group in json.loads((Path(__file__).parent / "steering.json").read_text(encoding="utf-8"))[
        "groups"
    ].items():
        single = "+" not in name and "=" not in name
        what = (
            "one behaviour" if single else "a combination" if "+" in name else "one behaviour with a content"
        )
        parts[f"{group['novelty']} new, {what}"].append(group)
        if group["novelty"] == "content":
            parts["content new, all"].append(group)
        if group["novelty"] == "behaviour":
            parts["behaviour new, all"].append(group)
        if single and group["novelty"] == "wording":
            kinds[name.partition("/")[0]].append(group)
    for name in sorted(parts):
        show(name, parts[name])
    for name in sorted(kinds):
        show(f"kind {name}", kinds[name])


if __name__ == "__main__":
    main()
