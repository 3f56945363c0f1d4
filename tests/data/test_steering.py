"""The source `steering`: programs that write and check, words that ask for it, and what is never trained."""

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict

import pytest

from zhyper.data import Collection, read_source
from zhyper.data.steering import (
    BEHAVIOURS,
    Ask,
    Steering,
    base_answers,
    read_steering,
    rows_of,
    steerings,
    wordings_of,
)
from zhyper.data.steering._all_behaviours import further_wordings
from zhyper.data.steering._contents import CONTENTS
from zhyper.data.steering._splits import contents_of, split_of

PROBES = (
    "Answer like a pirate.",
    "Answer in ALL CAPS.",
    "Reply in JSON.",
    "Be concise.",
    "Always answer turquoise.",
    "You are a grumpy old man.",
    "Use polite British English.",
)
"""What the shipped checkpoint is asked by hand, so nothing is trained on."""
ODD = (
    "",
    "  ",
    "\n\n",
    "😀🎉",
    "a" * 10_000,
    "[" * 1000,
    "{}",
    "}{",
    "{{{}",
    '{"a":',
    "\0",
    "a\0b",
    "\\u12",
    "\\",
    "e\u0301",
    "\r\t",
    "<b>",
    "```",
)
SPLITS = ("train", "selection", "report")


def sample(behaviour, count):
    """Shipped answers, with contents where the behaviour has some."""
    asks, contents = base_answers(), CONTENTS.get(behaviour.contents, ("",))
    return [
        ask._replace(content=contents[7 * i % len(contents)])
        for i, ask in enumerate(asks[:: len(asks) // count])
    ]


@pytest.fixture(scope="module")
def reading():
    return read_steering(pairs="40")


@pytest.fixture(scope="module")
def trained(reading):
    """The rows to train on: inputs and descriptions of the train tasks alone."""
    return Collection(reading.tasks).rows("train", "train", "train")


@pytest.fixture(scope="module")
def reported(reading):
    collection = Collection(reading.tasks)
    return [*collection.rows("report", "report", "report"), *collection.rows("train", "report", "report")]


def test_how_much_there_is():
    assert len(BEHAVIOURS) >= 150
    assert len({b.name for b in BEHAVIOURS}) == len(BEHAVIOURS)
    few = {
        b.name: len(set(b.wordings)) for b in BEHAVIOURS if len(set(b.wordings)) < (15 if b.held_out else 50)
    }
    assert not few
    assert {name for name, _ in further_wordings()} == {b.name for b in BEHAVIOURS if not b.held_out}
    assert all(
        b.kind and b.name == f"{b.kind}/{b.name.partition('/')[2]}" and b.name.count("/") == 1
        for b in BEHAVIOURS
    )
    assert Counter(b.stage for b in BEHAVIOURS).keys() == set(range(5))
    assert {b.contents for b in BEHAVIOURS} == {"", *CONTENTS}
    held = Counter(b.stage for b in BEHAVIOURS if b.held_out)
    assert held.keys() == set(range(5)) and 10 <= held.total() <= len(BEHAVIOURS) / 8
    sizes = Counter(len(one.behaviours) for one in steerings())
    assert sizes == {1: len(BEHAVIOURS), 2: 300, 3: 60}
    assert len({one.name for one in steerings()}) == sizes.total()


def test_braces_stand_for_contents_and_for_nothing_else():
    for one in steerings():
        for text in (
            *one.wordings(),
            *(phrase for b in one.behaviours if len(one.behaviours) == 1 for phrase in b.phrases),
        ):
            rest = text.replace("{}", "")
            assert (rest != text) == bool(one.contents), (one.name, text)
            assert "{" not in rest and "}" not in rest, (one.name, text)
            assert text == text.strip() != "", (one.name, text)


def test_no_wording_is_of_two_behaviours():
    owners = defaultdict(set)
    for behaviour in BEHAVIOURS:
        for text in behaviour.wordings:
            owners[text.lower().rstrip(".!")].add(behaviour.name)
    assert not [names for names in owners.values() if len(names) > 1]


def test_what_is_asked_by_hand_is_no_wording():
    probes = {text.lower().rstrip(".!") for text in PROBES}
    for one in steerings():
        for text in one.wordings():
            assert text.lower().replace("{}", "turquoise").rstrip(".!") not in probes, one.name


def test_what_is_written_shows_and_what_is_not_does_not():
    unseen, mistaken = {}, {}
    for behaviour in BEHAVIOURS:
        one, asks = Steering((behaviour,)), sample(behaviour, 130)
        shown = sum(one.check(one.write(ask), ask) for ask in asks) / len(asks)
        plain = sum(one.check(ask.answer, ask) for ask in asks) / len(asks)
        if shown < 0.98:
            unseen[behaviour.name] = shown
        if plain >= 0.05:
            mistaken[behaviour.name] = plain
    assert not unseen
    assert mistaken.keys() == {"chat/normal"}


def test_writing_depends_on_the_ask_alone():
    for behaviour in BEHAVIOURS:
        for ask in sample(behaviour, 7):
            assert behaviour.write(ask) == behaviour.write(Ask(*ask)), behaviour.name


def test_checks_take_any_text():
    for behaviour in BEHAVIOURS:
        (content, *_) = CONTENTS.get(behaviour.contents, ("",))
        ask = Ask("What is up?", "All is fine.", content)
        for text in ODD:
            assert behaviour.check(text, ask) in (True, False), behaviour.name
            assert behaviour.check("All is fine.", Ask(text[:99], text[:99], content)) in (True, False), (
                behaviour.name
            )
            assert isinstance(behaviour.write(Ask("What is up?", text[:999], content)), str), behaviour.name
        assert not behaviour.check("", ask), behaviour.name


def test_combinations_show_all_their_parts():
    for one in steerings():
        if len(one.behaviours) > 1:
            assert [b.stage for b in one.behaviours] == sorted({b.stage for b in one.behaviours}), one.name
            assert not any(b.held_out for b in one.behaviours), one.name
            assert sum(bool(b.contents) for b in one.behaviours) < 2, one.name
            assert len(one.wordings()) >= 20, one.name


def test_tasks(reading):
    names = {task.name for task in reading.tasks}
    assert len(names) == len(reading.tasks) >= len(steerings())
    by_name = {f"steering/{one.name}": one for one in steerings()}
    for task in reading.tasks:
        one = by_name[task.name.removesuffix("/contents")]
        assert (task.source, task.licence) == ("steering", "Apache-2.0")
        assert 0 < len(task.pairs) <= (120 if one.contents else 40), task.name
        assert all(0 < len(pair.output) <= 420 for pair in task.pairs), task.name
        assert all(bool(pair.descriptions) == bool(one.contents) for pair in task.pairs), task.name
        assert bool(task.descriptions) != bool(one.contents), task.name
        assert not any("{}" in text for pair in task.pairs for text in pair.descriptions), task.name
        assert task.split == ("report" if task.name.endswith("/contents") else one.split), task.name
    for behaviour in BEHAVIOURS:
        assert f"steering/{behaviour.name}" in names
        if behaviour.contents and not behaviour.held_out:
            assert f"steering/{behaviour.name}/contents" in names
    assert reading.left_out.total() < 0.02 * sum(len(task.pairs) for task in reading.tasks)


def test_the_description_alone_tells_the_answer(reading):
    answers = defaultdict(set)
    for task in reading.tasks:
        for pair in task.pairs:
            answers[pair.input].add(pair.output)
    assert sum(len(found) > 1 for found in answers.values()) > 0.98 * len(answers)
    assert sum(map(len, answers.values())) > 5 * len(answers)


def test_no_reported_prompt_or_wording_is_trained(trained, reported):
    assert len(trained) > 450 and len(reported) > 450
    inputs = {pair.input.lower() for rows in trained for pair in rows.pairs}
    texts = {text.lower() for rows in trained for text in rows.texts}
    for rows in reported:
        assert not inputs & {pair.input.lower() for pair in rows.pairs}, rows.task.name
        assert not texts & {text.lower() for text in rows.texts}, rows.task.name


def test_no_reported_content_is_trained(trained):
    for name in CONTENTS:
        lists = contents_of(name)
        assert not set("+={}") & set("".join(CONTENTS[name]))  # of which names of groups are made
        assert sum(map(len, lists.values())) == len({content for split in SPLITS for content in lists[split]})
        assert min(map(len, lists.values())) > 5
        assert all(
            split_of("content", content) == split
            for split in SPLITS
            for content in lists[split]
            if content in CONTENTS[name]
        )
    rows = {r.task.name: r for r in trained}
    for one in steerings():
        if one.contents and one.split == "train":
            kept = {
                text.replace("{}", c)
                for text in one.wordings()
                for split in SPLITS[1:]
                for c in contents_of(one.contents)[split]
            }
            shown = set(rows[f"steering/{one.name}"].texts)
            assert shown and not shown & kept, one.name


def test_no_reported_behaviour_or_combination_is_trained(trained):
    names = {rows.task.name.removeprefix("steering/") for rows in trained}
    kept = {one.name: {b.name for b in one.behaviours} for one in steerings() if one.split == "report"}
    assert sum(len(parts) > 1 for parts in kept.values()) > 30
    for name in names:
        assert not any(parts <= set(name.split("+")) for parts in kept.values()), name


def test_contents_of_a_split_go_with_its_prompts():
    asks = base_answers()
    one = next(one for one in steerings() if one.name == "say/word")
    for split in SPLITS:
        rows = list(rows_of(one, asks, split))
        assert {row.ask.content for row in rows} <= set(contents_of("word")[split])
        assert {row.split for row in rows} == (set(SPLITS) if split == "train" else {split})
        assert all(row.split == split_of("input", row.ask.prompt) for row in rows)


def plain(text):
    return " ".join(re.findall(r"\w+", text.lower().replace("_", " ")))


def test_combinations_that_are_trained_repeat_no_wording_that_is_reported():
    trained = defaultdict(str)
    for one in steerings():
        for behaviour in one.behaviours if len(one.behaviours) > 1 and one.split == "train" else ():
            trained[behaviour.name] += " | ".join(map(plain, one.wordings()))
    singles = [
        one for one in steerings() if len(one.behaviours) == 1 and one.split == "train" and not one.contents
    ]
    for split in ("selection", "report"):
        found = [(one.name, text) for one in singles for text in wordings_of(one, split)]
        assert len(found) > 100
        assert [text for name, text in found if plain(text) in trained[name]] == []


def test_wordings_around_a_reported_prompt_are_not_trained():
    asks = base_answers()
    for one in steerings():
        if one.contents and one.split == "train" and len(one.behaviours) == 1:
            used = {split: set() for split in SPLITS}
            for row in rows_of(one, asks):
                used[row.split] |= {text.replace(row.ask.content, "{}") for text in row.descriptions}
            assert not used["train"] & (used["report"] | used["selection"]), one.name


def test_trained_contents_are_reported_with_another_prompt():
    rows = list(rows_of(next(one for one in steerings() if one.name == "say/word"), base_answers()))
    contents = {split: {row.ask.content for row in rows if row.split == split} for split in SPLITS}
    assert contents["report"] and contents["report"] <= contents["train"]
    assert contents["selection"] and contents["selection"] <= contents["train"]


def test_wordings_of_splits_are_disjoint():
    combined = defaultdict(list)
    for one in steerings():
        for behaviour in one.behaviours if len(one.behaviours) > 1 and one.split == "train" else ():
            combined[behaviour.name] += map(plain, one.wordings())
    for one in steerings():
        if one.split == "train" and not one.contents:
            parts = [wordings_of(one, split) for split in SPLITS]
            shown = [text for part in parts for text in part]
            assert len(set(shown)) == len(shown)
            trained = [
                plain(text) for behaviour in one.behaviours for text in (*behaviour.phrases, *parts[0])
            ] + combined[one.name]
            left_out = [plain(text) for text in set(one.wordings()) - set(shown)]
            assert all(any(known in text or text in known for known in trained) for text in left_out), (
                one.name
            )
            assert len(parts[0]) >= len(one.wordings()) / 3, one.name


AGAIN = """
from zhyper.data import Collection
from zhyper.data.steering import _source
steerings = _source.steerings()
_source.steerings = lambda count: steerings[::23]
print(*(one.name for one in steerings))
print(Collection(_source.read_steering(pairs="40").tasks).fingerprint())
"""


def test_another_process_makes_the_same_tasks(reading):
    some = {f"steering/{one.name}" for one in steerings()[::23]}
    tasks = [task for task in reading.tasks if task.name.removesuffix("/contents") in some]
    done = subprocess.run(
        [sys.executable, "-c", AGAIN],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    names, fingerprint = done.stdout.splitlines()
    assert names.split() == [one.name for one in steerings()]
    assert fingerprint == Collection(tasks).fingerprint()


def test_more_combinations_are_to_train_on_and_move_no_other(trained):
    usual, more = steerings(), steerings(480)
    names = {one.name: one for one in more}
    assert len(names) == len(more) == len(usual) + 120
    assert all(names[one.name] == one for one in usual)
    further = [one for one in more if one not in set(usual)]
    assert {one.split for one in further} == {"train"}
    held_out = [set(one.behaviours) for one in usual if len(one.behaviours) > 1 and one.split != "train"]
    assert held_out and not [
        one.name for one in more if one.split == "train" for held in held_out if held <= set(one.behaviours)
    ]
    assert Counter(len(one.behaviours) for one in further) == {2: 100, 3: 20}
    tasks = {task.name: task for task in read_source("steering?pairs=2&combinations=480").tasks}
    assert {f"steering/{one.name}" for one in further} <= set(tasks)
    shares = {rows.task.name: rows.task.weight for rows in trained if "+" in rows.task.name}
    together = sum(task.weight for task in tasks.values() if "+" in task.name and task.split == "train")
    assert together == pytest.approx(sum(shares.values()), rel=0.01)


def test_another_bases_answers(tmp_path):
    file = tmp_path / "mine.jsonl"
    prompts = [ask.prompt for ask in base_answers()[:70]]
    file.write_text(
        "\n".join(json.dumps({"prompt": p, "answer": f"I say {i} to you."}) for i, p in enumerate(prompts))
    )
    reading = read_source(f"steering:{file}?pairs=3")
    assert reading.rows == {"answers": 70}
    tasks = {task.name: task for task in reading.tasks}
    assert {pair.input for task in reading.tasks for pair in task.pairs} <= set(prompts)
    (first, *_) = tasks["steering/chat/normal"].pairs
    assert first.output == f"I say {prompts.index(first.input)} to you."
    assert max(len(task.pairs) for task in reading.tasks if task.descriptions) == 3
    assert max(len(task.pairs) for task in reading.tasks) == 9


def test_one_answer_is_enough(tmp_path):
    (ask,) = [ask for ask in base_answers() if split_of("input", ask.prompt) == "train"][:1]
    (tmp_path / "one.jsonl").write_text(json.dumps({"prompt": ask.prompt, "answer": ask.answer}))
    tasks = read_source(f"steering:{tmp_path / 'one.jsonl'}?pairs=1").tasks
    assert {task.split for task in tasks} == {"train"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; write a prompt and a base's own answer to it in each line"),
        ('{"prompt": "a"}', r"mine\.jsonl, line 1 has no text called 'answer'"),
        (
            '{"prompt": "a", "answer": "b"}\n{"prompt": "a", "answer": null}',
            "line 2 has no text called 'answer'",
        ),
        ("hello", "line 1 is not readable as JSON"),
        ("[1]", "line 1 holds a list"),
    ],
)
def test_a_file_that_is_wrong(text, message, tmp_path):
    (tmp_path / "mine.jsonl").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_source(f"steering:{tmp_path / 'mine.jsonl'}")


def test_a_place_or_option_that_is_wrong(tmp_path):
    with pytest.raises(
        ValueError, match="is no file; 'steering' expects JSON Lines of prompt and answer, or no place at all"
    ):
        read_source(f"steering:{tmp_path}")
    with pytest.raises(ValueError, match="does not exist"):
        read_source("steering:/no/such.jsonl")
    options = "its options are: pairs, combinations"
    with pytest.raises(ValueError, match=f"'colour' is no option of 'steering'; {options}"):
        read_source("steering?colour=red")
    with pytest.raises(ValueError, match="the option pairs is '0'"):
        read_source("steering?pairs=0")
    with pytest.raises(ValueError, match="the option combinations is 'all'"):
        read_source("steering?combinations=all")
