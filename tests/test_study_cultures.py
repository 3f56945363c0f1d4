"""The study's part on cultures: what is trained and asked of which country, and the page made of it."""

import csv
import gzip
import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from conftest import GQA, tiny_machine
from zhyper.data import EVALUATION_COMMANDS, place_of
from zhyper.encoders import ONE_HOT

DEV = Path(__file__).parents[1] / "dev"
QUESTIONS = [
    "What is snack {i} in {name}?",
    "In {name}, who cooks meal {i}?",
    "What is {name}'s game {i} (e.g. chess)?",
    "What do people from {name} eat on day {i}?",
    "Which {people} song {i} is known in {name}?",
    "What has {name} won {i} times?",
    "How tall is tree {i}?",
]


@pytest.fixture
def cultures(monkeypatch):
    monkeypatch.syspath_prepend(DEV)
    yield importlib.import_module("study_cultures")
    for name in ("study", "study_cultures", "generate_study"):
        sys.modules.pop(name, None)


def write(file, rows):
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_table(file, rows, opened=open):
    file.parent.mkdir(exist_ok=True, parents=True)
    with opened(file, "wt", newline="") as handle:
        table = csv.DictWriter(handle, rows[0])
        table.writeheader()
        table.writerows(rows)


@pytest.fixture
def folders(cultures, tmp_path):
    """Made-up data in the form of the public ones."""
    for country, people in cultures.PEOPLE.items():
        named = {"name": country.replace("_", " "), "people": people}
        rows = [
            {
                "en_question": text.format(i=i, **named),
                "answers": [{"en": ["tea"], "count": 1}, {"en": [f"{i}", "x"], "count": 2}],
            }
            for i in range(30)
            for text in QUESTIONS
        ]
        rows.append({"en_question": f"What is rare in {named['name']}?", "answers": []})
        write(tmp_path / "culture" / "blend_en" / f"{country}.jsonl", rows)
    countries = ["China", "India", "Italy", "Nigeria", "Spain", "Iran", "Japan", "Peru", "United States"]
    options = {f"prompt_option_{letter}": f"thing {letter}" for letter in "abcd"}
    easy, hard = [], []
    for i, country in enumerate(countries * 3):
        shared = {"data_idx": i, "question_idx": i, "prompt_question": f"Q{i}?", "country": country}
        easy.append({**shared, **options, "answer": "A"})
        hard += [{**shared, "prompt_option": text, "answer": text[-1] == "a"} for text in options.values()]
    write_table(tmp_path / "culture" / "CulturalBench-Easy.csv", easy)
    write(tmp_path / "culture" / "culturalbench_hard_derived.jsonl", hard)
    labels = [*countries, "China (Non-national sample)"]
    opinion = {"question": "Good?", "options": ["yes", "no"], "distribution": [0.25, 0.75]}
    write(
        tmp_path / "culture" / "globalopinionqa.jsonl",
        [{**opinion, "question": f"Is {i} good?", "country": name} for i in range(3) for name in labels],
    )
    for name in ("AskAChinese", "AskAnAfrican"):
        rows = [
            {"submission_title": f"Why {i}?", "submission_text": "", "comment_body": f"So, {i}."}
            for i in range(30)
        ]
        write_table(tmp_path / "communities" / "cul_data" / f"{name}.csv.gz", rows, gzip.open)
    return tmp_path / "culture", tmp_path / "communities"


@pytest.fixture
def data(cultures, folders):
    return cultures.read_data(*folders)


def test_no_trained_question_names_its_country_or_people(cultures, data):
    of = {task.name: task for task in data.tasks}
    assert data.left_out == {"nobody answered": 15, "the country cannot be taken out": 15 * 3 * 30}
    for country, people in cultures.PEOPLE.items():
        task = of[f"blend/{country}"]
        assert task.pairs
        for pair in task.pairs:
            assert not re.search(f"{country.replace('_', ' ')}|{people}", pair.input)
            assert (pair.output, pair.also[-1]) == (re.search(r"\d+", pair.input)[0], "tea")
        assert all(re.search(f"{place_of(country)}|{people}", text) for text in task.descriptions)
    inputs = [pair.input.partition("\n")[0] for pair in of["blend/US"].pairs[:4]]
    assert inputs == [
        "What is snack 0?",
        "Who cooks meal 0?",
        "What is the game 0 (e.g. chess)?",
        "What do people eat on day 0?",
    ]


def test_untrained_countries_are_in_no_trained_region_and_asked_what_none_was_trained_on(cultures, data):
    tasks = [task for task in data.tasks if task.name.startswith("blend/")]
    new = {task.name.removeprefix("blend/") for task in tasks if task.split == "report"}
    assert len(new) == cultures.UNTRAINED and not new & {"China", "Algeria", "Ethiopia", "Northern_Nigeria"}
    collection = cultures.Collection(data.tasks)
    trained = {p.input for r in collection.rows("train", "train", "train") for p in r.pairs}
    asked = cultures.blend_questions(tiny_machine(), data)
    inputs = {
        part: {item.prompt for g in groups for q in g.questions for item in q.items}
        for part, groups in asked.items()
    }
    assert inputs["BLEnD trained"] and inputs["BLEnD trained"] == inputs["BLEnD untrained"]
    assert not trained & inputs["BLEnD trained"]
    texts = {text for r in collection.rows("train", "train", "train") for text in r.descriptions}
    cues = {
        q.cues[c] for of in asked.values() for g in of for q in g.questions for c in ("matched", "shuffled")
    }
    assert cues and not texts & cues


def test_countries_of_benchmarks_are_trained_or_not_reached_at_all(cultures, data, folders):
    easy = cultures.benchmark_questions(tiny_machine(), data, folders[0], "culture")
    asked = {part: [group.subject for group in groups] for part, groups in easy.items()}
    assert {part.partition(" ")[0] for part in asked} == {"Easy", "Hard"}
    assert asked["Easy trained"] == asked["Hard trained"] and "China" in asked["Easy trained"]
    assert len(asked["Easy untrained"]) == len(asked["Easy trained"])
    assert not set(asked["Easy untrained"]) & {*data.reached, "Nigeria"}
    assert cultures.always_a(easy["Easy trained"])["source"] == 1
    opinions = cultures.benchmark_questions(tiny_machine(), data, folders[0], "opinions")
    assert [group.name for group in opinions["opinions trained"]][0] == "globalopinionqa/China"
    for groups in (*easy.values(), *opinions.values()):
        for i, group in enumerate(groups):
            command = EVALUATION_COMMANDS[i % 4].format(place=group.subject)
            assert group.descriptions == (command,)


def test_a_generator_that_knows_names_is_asked_the_trained_countries_by_them(cultures, data, folders):
    names = [f"blend/{name}" for name in ("China", "US")]
    machine = tiny_machine(context="task", encoder=ONE_HOT, known_tasks=("askx/AskAChinese", *names))
    assert [group.name for group in cultures.blend_questions(machine, data)["BLEnD trained"]] == names
    parts = cultures.benchmark_questions(machine, data, folders[0], "culture")
    assert {part: [g.descriptions for g in own] for part, own in parts.items()} == {
        "Easy trained": [("blend/China",), ("blend/US",)],
        "Hard trained": [("blend/China",), ("blend/US",)],
    }


@pytest.fixture
def results(cultures, folders, tmp_path, monkeypatch):
    """Results of two runs on a tiny machine."""
    monkeypatch.setitem(GQA, "max_position_embeddings", 2048)
    monkeypatch.setattr(cultures, "machine_of", lambda name, recipe, run: (tiny_machine(), {}))
    monkeypatch.setattr(cultures, "PER_COUNTRY", dict.fromkeys(cultures.PER_COUNTRY, 1))
    culture, communities = map(str, folders)
    out, only = tmp_path / "out", ["--only", "base", "--only", "zhyper-diag"]
    monkeypatch.setattr(
        sys, "argv", ["x", str(out), "--culture", culture, "--communities", communities, *only]
    )
    cultures.main()
    return out


def test_results_become_the_page(cultures, results, tmp_path, monkeypatch):
    scores = json.loads((results / "results" / "zhyper-diag.json").read_text())["scores"]
    for part in ("BLEnD untrained", "Easy trained", "Hard untrained", "opinions trained"):
        assert {f"{part}, matched", f"{part}, shuffled"} <= scores.keys()
    assert any(0 < value < 1 for value in sum(scores["opinions trained, matched"].values(), []))
    generate = importlib.import_module("generate_study")
    generate.collect(results, tmp_path / "cultures.jsonl")
    study = generate.Study.read(tmp_path / "cultures.jsonl", sampled="")
    few = generate.culture_tables(study)
    assert "]: too few" in few and "]: holds" not in few
    monkeypatch.setattr(generate, "FEWEST", 1)
    nothing = generate.Study.read(tmp_path / "absent.jsonl")
    begin, end = "<!-- dev/generate_study.py: cultures -->\n", "<!-- end -->\n"
    text = generate.page(nothing, study, begin + end)
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in text.splitlines()}
    matched = generate.Study.estimate(study, "zhyper-diag", "Easy trained, matched")
    assert rows["Zhyper-diag"][3] == str(matched)
    assert rows["T2L-L"][1] == generate.NOT_RUN
    claim = rows["opinions trained"]
    assert re.search(r"\]: (holds|does not hold|cannot tell)$", claim[1])
    assert claim[2] == "–" and claim[4] == generate.NOT_RUN
    assert "source" in text and "Trained on: " in text


def test_without_results_nothing_is_claimed(cultures, tmp_path):
    generate = importlib.import_module("generate_study")
    text = generate.culture_tables(generate.Study.read(tmp_path / "absent.jsonl", sampled=""))
    assert text.count(generate.NOT_RUN) == 1 + len(generate.CULTURE_MAIN) + 8 * len(generate.RIVALS)
    assert "holds" not in text
