"""The source `procedural`: how much there is of it, and that its answers are right.

Only the description tells which answer is right.
"""

import json
import re
from collections import Counter, defaultdict

import pytest

from zhyper.data.procedural import kind_of_novelty, read_procedural
from zhyper.data.procedural._categories import (
    CATEGORIES,
    CATEGORY_OF,
    REPORT_CATEGORIES,
    SELECTION_CATEGORIES,
    plural,
)
from zhyper.data.procedural._task_table import table


@pytest.fixture(scope="module")
def reading():
    return read_procedural()


@pytest.fixture(scope="module")
def tasks(reading):
    return {task.name: task for task in reading.tasks}


def test_counts(reading, tasks):
    assert 1000 <= len(tasks) == len(reading.tasks) <= 1320
    assert sum(reading.rows.values()) == sum(len(task.pairs) for task in tasks.values())
    for task in tasks.values():
        assert len(task.pairs) >= 80 and len(task.descriptions) >= 20, task.name
        assert len({pair.input for pair in task.pairs}) == len(task.pairs), task.name
        assert all(pair.output.strip() for pair in task.pairs), task.name
        assert (
            task.source == "procedural"
            and task.licence == "Apache-2.0"
            and task.name.startswith("procedural/")
        )
    words = sorted(len(pair.output.split()) for task in tasks.values() for pair in task.pairs)
    assert words[len(words) * 9 // 10] <= 6


def test_categories():
    assert sum(14 <= len(words) <= 40 for words in CATEGORIES.values()) >= 38
    words = [word.lower() for category in CATEGORIES.values() for word in category]
    assert len(words) == len(set(words)) == len(CATEGORY_OF) and all(word.isalpha() for word in words)
    assert [plural(w) for w in ("wolf", "bus", "lorry", "monkey", "church", "knife", "cod")] == [
        "wolves", "buses", "lorries", "monkeys", "churches", "knives", None,
    ]  # fmt: skip


def test_the_seed_draws_inputs_and_wordings_but_not_tasks(reading):
    again, other = read_procedural(seed="0"), read_procedural(seed="1", pairs="5")
    assert again.tasks == reading.tasks
    assert [(t.name, t.split) for t in other.tasks] == [(t.name, t.split) for t in reading.tasks]
    assert all(len(task.pairs) <= 5 for task in other.tasks)
    assert sum(a.descriptions == b.descriptions for a, b in zip(reading.tasks, other.tasks, strict=True)) == 0
    with pytest.raises(ValueError, match="the option pairs is 'many'"):
        read_procedural(pairs="many")


def test_no_wording_is_of_two_tasks(tasks):
    owners = defaultdict(set)
    for task in tasks.values():
        for text in task.descriptions:
            owners["".join(c for c in text.lower() if not c.isspace())].add(task.name)
            assert not re.search(r"\{[wlciXx]*\}|\s\s|^\s|\s$", text), text
    assert not [names for names in owners.values() if len(names) > 1]


def test_the_answer_depends_on_the_description(tasks):
    answers = defaultdict(set)
    asked = Counter()
    for task in tasks.values():
        for pair in task.pairs:
            answers[pair.input].add(pair.output)
            asked[pair.input] += 1
    several = sum(len(found) > 1 for found in answers.values())
    assert several > 0.98 * len(answers)
    assert sum(asked.values()) / len(asked) > 6
    for task in tasks.values():
        assert max(Counter(pair.output for pair in task.pairs).values()) <= len(task.pairs) / 2 + 1, task.name


def test_splits(tasks):
    share = Counter(task.split for task in tasks.values())
    assert 0.08 < share["report"] / len(tasks) < 0.13 and 0.04 < share["selection"] / len(tasks) < 0.07
    trained = Counter(part for spec in table() if spec.split == "train" for part in spec.parts)
    for spec in table():
        assert spec.name in tasks
        new = [part for part in spec.parts if not trained[part]]
        if spec.split == "train":
            assert not spec.novelty
        elif spec.novelty == "combination":
            assert not new, spec.name
        else:
            assert len(new) == 1 and new[0].startswith(f"{spec.novelty}:"), spec.name
    kinds = Counter(spec.novelty for spec in table() if spec.split == "report")
    assert all(kinds[kind] > 10 for kind in ("category", "constant", "combination"))
    assert (
        kind_of_novelty("procedural/list/the-gem") == "category"
        and kind_of_novelty("procedural/list/first") == ""
    )
    with pytest.raises(ValueError, match="no procedural task"):
        kind_of_novelty("procedural/none")


def test_kept_categories_are_never_asked_for_in_training(tasks):
    kept = {*REPORT_CATEGORIES, *SELECTION_CATEGORIES}
    for task in tasks.values():
        if task.split == "train":
            texts = " ".join((*task.descriptions, *(p.output for p in task.pairs if "categor" in task.name)))
            assert not kept & set(re.findall(r"\w+", texts)), task.name


def _unique(items, best):
    return best if [len(i) for i in items].count(len(best)) == 1 else "no such"


def _of(category, text):
    (found,) = [word for word in text.split(", ") if word in CATEGORIES[category]]
    return found


NAIVE = {
    "list/first": lambda t: t.split(", ")[0],
    "list/second-to-last": lambda t: t.split(", ")[-2],
    "list/longest": lambda t: _unique(t.split(", "), max(t.split(", "), key=len)),
    "list/shortest": lambda t: _unique(t.split(", "), min(t.split(", "), key=len)),
    "list/alphabetically-last": lambda t: max(t.split(", "), key=str.casefold),
    "list/the-fruit": lambda t: _of("fruit", t),
    "list/the-gem": lambda t: _of("gem", t),
    "list/sort": lambda t: ", ".join(sorted(t.split(", "), key=str.casefold)),
    "list/reverse": lambda t: ", ".join(reversed(t.split(", "))),
    "list/count": lambda t: str(t.count(",") + 1),
    "list/all-but-first": lambda t: t.partition(", ")[2],
    "list/join-and": lambda t: " and ".join(t.rsplit(", ", 1)),
    "list/holds-bird/": lambda t: "yes" if any(w in CATEGORIES["bird"] for w in t.split(", ")) else "no",
    "pair/swap": lambda t: f"{t.split()[1]} {t.split()[0]}",
    "pair/glue": lambda t: t.replace(" ", ""),
    "word/the-word/upper": str.upper,
    "word/the-word/reversed": lambda t: "".join(reversed(t)),
    "word/the-word/without-vowels": lambda t: re.sub("[aeiouAEIOU]", "", t),
    "word/the-word/json": lambda t: json.dumps({"answer": t}),
    "word/the-word/length": lambda t: str(sum(1 for _ in t)),
    "numbers/largest": lambda t: str(max(int(n) for n in t.split(","))),
    "numbers/sort-down": lambda t: ", ".join(
        str(n) for n in sorted((int(n) for n in t.split(",")), reverse=True)
    ),
    "numbers/sum-of-first-two": lambda t: str(sum(int(n) for n in t.split(",")[:2])),
    "numbers/even": lambda t: ", ".join(n for n in t.split(", ") if n[-1] in "02468"),
    "numbers/above-10": lambda t: ", ".join(n for n in t.split(", ") if int(n) > 10),
    "sentence/count": lambda t: str(len(t.split())),
    "sentence/last": lambda t: t.split()[-1].rstrip("."),
    "sentence/first-letters": lambda t: " ".join(w[0] for w in t.split()),
    "sentence/question-mark": lambda t: t.replace(".", "?"),
    "sentence/colour": lambda t: next(
        w.strip(".,") for w in t.split() if w.strip(".,") in CATEGORIES["colour"]
    ),
    "sentence/city": lambda t: next(w.strip(".,") for w in t.split() if w.strip(".,") in CATEGORIES["city"]),
    "date/month-first": lambda t: "{1} {0}, {2}".format(*t.split()),
    "date/year": lambda t: t[-4:],
    "name/last-first": lambda t: ", ".join(reversed(t.split())),
    "name/user-name": lambda t: t.lower().replace(" ", "."),
    "name/initials": lambda t: " ".join(f"{n[0]}." for n in t.split()),
}


@pytest.mark.parametrize("name", NAIVE)
def test_answers(tasks, name):
    if name.endswith("/"):
        found = [task for key, task in tasks.items() if key.startswith(f"procedural/{name}")]
        labels = {tuple(task.name.rsplit("/")[-1].split("-")) for task in found}
        assert found
        for task in found:
            words = dict(zip(("yes", "no"), next(iter(labels)), strict=True))
            assert all(pair.output == words[NAIVE[name](pair.input)] for pair in task.pairs)
        return
    for pair in tasks[f"procedural/{name}"].pairs:
        assert pair.output == NAIVE[name](pair.input), pair


def test_rewritten_sentences(tasks):
    for name, sign in (("future", " will "), ("negation", " did not "), ("could", " could ")):
        for pair in tasks[f"procedural/sentence/{name}"].pairs:
            before, after = pair.input.split(), pair.output.replace(sign, " * ").split()
            at = after.index("*")
            assert (
                before[:at] == after[:at]
                and before[at + 1 :] == after[at + 2 :]
                and before[at] != after[at + 1]
            )
    for pair in tasks["procedural/sentence/without-adjective"].pairs:
        assert len(pair.output.split()) == len(pair.input.split()) - 1 and not set(pair.input.split()) & set(
            CATEGORIES["colour"]
        )
    for pair in tasks["procedural/sentence/present"].pairs:
        assert sum(a != b for a, b in zip(pair.input.split(), pair.output.split(), strict=True)) == 1
