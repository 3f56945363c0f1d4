"""Readers of sources: every row accounted for, and a sentence with file and line for what is wrong."""

import csv
import gzip
import json
import re
from typing import get_args

import datasets
import pytest

from conftest import SHARED, needs_shared
from zhyper.data import (
    Collection,
    Pair,
    Split,
    Task,
    evaluation_conditions,
    load_collection,
    read_source,
    save_collection,
)
from zhyper.data._references import refused
from zhyper.data._shipped import descriptions_of, further_wordings, shipped


def accounted(reading):
    """Every row that was read is a pair, or was left out for a reason."""
    return sum(reading.rows.values()) == sum(len(task.pairs) for task in reading.tasks) + sum(
        reading.left_out.values()
    )


@needs_shared
@pytest.mark.parametrize(
    ("kind", "folder", "tasks"),
    [
        ("function-vectors", "function_vectors", 48),
        ("instruction-induction", "instruction_induction", 20),
        ("sni", "sni", 105),
        ("bbh", "bbh", 23),
        ("benchmarks", "benchmarks", 10),
        ("culture-benchmarks", "culture_eval", 229),
    ],
)
def test_rows_are_those_of_the_manifest(kind, folder, tasks):
    manifest = {f["path"]: f["rows"] for f in json.loads((SHARED / "data" / "MANIFEST.json").read_text())}
    wanted = {
        path.removeprefix(f"{folder}/"): rows
        for path, rows in manifest.items()
        if path.startswith(f"{folder}/") and rows is not None
    }
    reading = read_source(f"{kind}:{SHARED / 'data' / folder}")
    assert {**reading.rows, **reading.texts} == wanted
    assert len(reading.tasks) == tasks
    assert accounted(reading)


@needs_shared
def test_the_published_communities():
    manifest = {f["path"]: f["rows"] for f in json.loads((SHARED / "data" / "MANIFEST.json").read_text())}
    reading = read_source(f"communities:{SHARED / 'data' / 'zhyper_culture'}")
    wanted = {
        path.removeprefix("zhyper_culture/"): rows
        for path, rows in manifest.items()
        if path.startswith("zhyper_culture/") and rows
    }
    assert {**reading.rows, **reading.texts} == wanted
    assert {task.name: len(task.descriptions) for task in reading.tasks} == {
        "askx/AskAChinese": 291,
        "askx/AskAnAfrican": 291,
    }
    assert accounted(reading)
    assert all(
        refused(text, 4000) is None
        for task in reading.tasks
        for pair in task.pairs
        for text in (pair.input, pair.output)
    )
    kept = [
        sum(len(r.pairs) for r in Collection(reading.tasks).rows("train", "train", part))
        for part in get_args(Split)
    ]
    assert [part / sum(kept) for part in kept] == pytest.approx([0.85, 0.10, 0.05], abs=0.01)
    (country,) = read_source(f"communities:{SHARED / 'data' / 'zhyper_culture'}?level=country").tasks
    assert country.name == "askx/AskAChinese"
    commands, descriptions = (
        read_source(f"communities:{SHARED / 'data' / 'zhyper_culture'}?level=country&conditions={kind}")
        .tasks[0]
        .descriptions
        for kind in ("commands", "descriptions")
    )
    assert "Speak like a Chinese." in commands
    assert "Speak like a Chinese." not in descriptions
    assert set(country.descriptions) & set(commands)
    assert set(country.descriptions) & set(descriptions)


@needs_shared
def test_published_descriptions_are_accounted_for():
    manifest = {f["path"]: f["rows"] for f in json.loads((SHARED / "data" / "MANIFEST.json").read_text())}
    texts = SHARED / "data" / "t2l_descriptions" / "descriptions.jsonl.gz"
    reading = read_source(f"sni:{SHARED / 'data' / 'sni'}?descriptions={texts}")
    assert reading.texts == {texts.name: manifest["t2l_descriptions/descriptions.jsonl.gz"]}
    assert {len(task.descriptions) for task in reading.tasks} >= {200}
    benchmarks = read_source(f"benchmarks:{SHARED / 'data' / 'benchmarks'}?descriptions={texts}").tasks
    assert {len(task.descriptions) for task in benchmarks} <= {199, 200}


@needs_shared
def test_every_file_of_the_manifest_is_read():
    read = {
        "bbh",
        "benchmarks",
        "culture_eval",
        "function_vectors",
        "instruction_induction",
        "sni",
        "t2l_descriptions",
        "zhyper_culture",
    }
    manifest = json.loads((SHARED / "data" / "MANIFEST.json").read_text())
    assert {f["path"].partition("/")[0] for f in manifest if f["rows"] is not None} == read


def test_the_split_of_text_to_lora_by_number():
    split = shipped("splits.json")["sni"]
    assert {role: len(set(numbers)) for role, numbers in split.items()} == {
        "train": 479,
        "report": 11,
        "removed": 10,
    }
    assert len(set().union(*split.values())) == 500
    assert split["report"] == [35, 39, 202, 304, 362, 614, 701, 706, 710, 726, 1557]


@needs_shared
def test_the_split_agrees_with_the_published_one():
    found = json.loads((SHARED / "data" / "t2l_descriptions" / "t2l_split.json").read_text())
    train, split = {int(name[4:]) for name in found["train_ds_names"]}, shipped("splits.json")["sni"]
    assert train <= set(split["train"])
    assert {int(n[4:]) for n in found["eval_ds_names"] if n.startswith("lol_")} - train == set(
        split["report"]
    )


def sni(folder, number, rows, **more):
    folder.mkdir(exist_ok=True)
    task = {"Definition": ["Do  it."], "Instances": rows, **more}
    (folder / f"task{number:03d}_x.json").write_text(json.dumps(task))


def test_super_natural_instructions(tmp_path):
    rows = [{"id": str(i), "input": f"in {i}", "output": [f"out {i}", "other", "other"]} for i in range(6)]
    for number in (22, 35, 33, 2):
        sni(tmp_path / "tasks", number, rows, **({"Instance License": ["MIT"]} if number == 22 else {}))
    (tmp_path / "index.jsonl").write_text(json.dumps({"task": "task022_x", "n_test": 2}))
    (tmp_path / "texts.jsonl").write_text(json.dumps({"task": "lol_022", "descriptions": ["One.", "Two."]}))
    reading = read_source(f"sni:{tmp_path}?descriptions={tmp_path / 'texts.jsonl'}&max_rows=4")
    one, two = reading.tasks
    assert (one.name, one.split, one.descriptions, one.licence) == (
        "sni/task022_x",
        "train",
        ("One.", "Two."),
        "MIT",
    )
    assert one.pairs[0] == Pair("in 0", "out 0", ("other",), reported=True)
    assert [pair.reported for pair in one.pairs] == [True, True, False, False]
    assert (two.name, two.split, two.descriptions) == ("sni/task035_x", "report", ("Do it.",))
    assert +reading.left_out == {
        "beyond max_rows": 4,
        "of a task removed as contaminated": 6,
        "of a task that is not in the split": 6,
    }
    assert accounted(reading)
    assert len(read_source(f"sni:{tmp_path}?tasks=all").tasks) == 4


ROWS = [
    {"q": "a", "a": "b", "kind": "one"},
    {"q": "c", "a": "d", "kind": "two"},
    {"q": "", "a": "x", "kind": "two"},
    {"q": "c", "a": "e", "kind": "two"},
]


def write_table(file, rows=ROWS):
    kind = file.suffixes[0]
    if kind == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
        return file
    separator = {".csv": ",", ".tsv": "\t"}.get(kind)
    lines = (
        [json.dumps(r) for r in rows]
        if separator is None
        else [separator.join(r.values()) for r in [{k: k for k in rows[0]}, *rows]]
    )
    content = "\n".join(lines).encode()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.tsv", "t.csv.gz", "t.jsonl.gz", "t.parquet"])
def test_tables(name, tmp_path):
    file = write_table(tmp_path / name)
    reading = read_source(
        f"table:{file}?input=q&output=a&task=kind&description=Do it.&licence=MIT&split=report"
    )
    one, two = reading.tasks
    assert (one.name, one.pairs, one.descriptions, one.split, one.licence) == (
        "one",
        (Pair("a", "b"),),
        ("Do it.",),
        "report",
        "MIT",
    )
    assert two.pairs == (Pair("c", "e", ("d",)),)
    assert +reading.left_out == {"empty": 1, "input came twice": 1}
    assert accounted(reading)
    (whole,) = read_source(f"table:{file}?input=q&output=a&description=Do it.&max_rows=1").tasks
    assert (whole.name, whole.pairs) == ("t", (Pair("a", "b"),))


def test_a_data_set_of_the_hub_with_lists_of_answers(tmp_path):
    (tmp_path / "task022").mkdir()
    rows = [{"input": f"in {i}", "output": [f"out {i}", "more"], "id": str(i)} for i in range(5)]
    write_table(tmp_path / "task022" / "train-00000-of-00001.parquet", rows)
    (tmp_path / "texts.jsonl").write_text(json.dumps({"task": "task022", "descriptions": ["One.", "Two."]}))
    (task,) = read_source(f"hub:{tmp_path / 'task022'}?descriptions={tmp_path / 'texts.jsonl'}").tasks
    assert (task.name, task.descriptions, len(task.pairs)) == ("task022", ("One.", "Two."), 5)
    assert task.pairs[0] == Pair("in 0", "out 0", ("more",))
    with pytest.raises(RuntimeError, match="data set 'no/such' could not be read"):
        read_source("hub:no/such")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "t.jsonl",
            b'{"input": "a", "output": "b"}\n{"input": \n',
            r"t.jsonl, line 2 is not readable as JSON",
        ),
        ("t.jsonl", b"[1, 2]\n", r"t.jsonl, line 1 holds a list, but must hold an object"),
        ("t.jsonl", b'{"input": "a"}\n', r"t.jsonl, line 1 has no column 'output'; its columns are: input"),
        ("t.jsonl", '{"input": "ä", "output": "b"}\n'.encode("latin-1"), r"t.jsonl is not text in UTF-8"),
        ("t.jsonl", b"", r"t has no rows"),
        ("t.jsonl", b'{"input": "a", "output": ""}\n', r"task t of t has no row with an input and an output"),
        ("t.csv", b"input,output\na,b\nc\n", r"t.csv, line 3 has more or fewer fields"),
        ("t.csv", b'input,output\n"a,b\n', r"t.csv, after line 1, is not readable as CSV"),
        ("t.csv.gz", b"input,output\n", r"t.csv.gz cannot be unpacked"),
        ("t.parquet", b"PAR1", r"t.parquet is not readable as Parquet"),
        ("t.xls", b"", r"t.xls is no table that is read here"),
    ],
)
def test_bad_tables(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_source(f"table:{tmp_path / name}?description=Do it.")


def test_bad_sources(tmp_path):
    write_table(tmp_path / "t.csv")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "task022_x.json").write_text('{"Definition": ["x"]}')
    for source, message in (
        ("sni:/no/such", "the folder /no/such of source"),
        ("table:/no/such.csv", "the file /no/such.csv of source"),
        (
            f"table:{tmp_path / 't.csv'}?colour=red",
            "'colour' is no option of 'table'; its options are: input, output",
        ),
        (f"table:{tmp_path / 't.csv'}?input=q&output=a", "task t has no descriptions"),
        (f"table:{tmp_path / 't.csv'}?max_rows=none", "max_rows is 'none'"),
        (f"sni:{tmp_path}?tasks=some", "must be t2l or all"),
        (f"sni:{tmp_path}", "no task of Super-NaturalInstructions"),
        (f"sni:{tmp_path / 'bad'}", "it must have a Definition and Instances"),
        (f"askx:{tmp_path}", "it must hold COMMUNITY_submissions.zst"),
        (f"communities:{tmp_path}", "it must hold cul_data/COMMUNITY.csv.gz"),
        (f"function-vectors:{tmp_path}?tasks=all", "its options are: none"),
    ):
        with pytest.raises(ValueError, match=message):
            load_collection(source)


@needs_shared
def test_questions_with_choices():
    tasks = {task.name: task for task in read_source(f"benchmarks:{SHARED / 'data' / 'benchmarks'}").tasks}
    assert tasks["benchmarks/winogrande"].pairs[0] == Pair(
        "Sarah was a much better surgeon than Maria so _ always got the easier cases.\nA: Sarah\nB: Maria",
        "B",
    )
    assert {pair.output for pair in tasks["benchmarks/boolq"].pairs} == {"A", "B"}
    assert {pair.output for pair in tasks["benchmarks/arc_easy"].pairs} == set("ABCDE")
    assert tasks["benchmarks/humaneval"].pairs[0].input.startswith("from typing import List")
    assert all(task.split == "report" for task in tasks.values())


def test_bad_rows_of_benchmarks(tmp_path):
    (tmp_path / "piqa").mkdir()
    for row in ({"query": "a", "choices": ["b"], "gold": 1}, {"query": "a"}, {"question": 3, "answer": 4}):
        (tmp_path / "piqa" / "v.jsonl").write_text(json.dumps(row))
        with pytest.raises(ValueError, match=r"v.jsonl, line 1 is not a row of piqa"):
            read_source(f"benchmarks:{tmp_path}")
    (tmp_path / "globalopinionqa.jsonl").write_text(
        json.dumps({"country": "x", "question": "y", "options": ["a"], "distribution": []})
    )
    with pytest.raises(ValueError, match=r"globalopinionqa.jsonl, line 1 is not a row of globalopinionqa"):
        read_source(f"culture-benchmarks:{tmp_path}")


def test_descriptions_for_a_collection(tmp_path):
    save_collection([Task(name="a", pairs=(Pair("x", "y"),), descriptions=("One.",))], tmp_path / "c")
    (tmp_path / "d.jsonl").write_text(json.dumps({"task": "a", "descriptions": ["Two.", "One."]}))
    (task,) = read_source(f"collection:{tmp_path / 'c'}?descriptions={tmp_path / 'd.jsonl'}").tasks
    assert task.descriptions == ("One.", "Two.")


def test_twelve_conditions():
    found = evaluation_conditions(
        [f"c{i}" for i in range(4)], [f"d{i}" for i in range(8)], [f"n{i}" for i in range(4)]
    )
    assert found == ("c0", "c1", "c2", "c3", "d0", "d1", "d2", "d3", "d4 n0", "d5 n1", "d6 n2", "d7 n3")
    with pytest.raises(ValueError, match="3, 8 and 4 commands"):
        evaluation_conditions(["c"] * 3, ["d"] * 8, ["n"] * 4)


@pytest.mark.parametrize(
    "row",
    [{"descriptions": ["a"]}, {"task": "a", "descriptions": "one text"}, {"task": "a", "descriptions": [1]}],
)
def test_bad_descriptions(row, tmp_path):
    save_collection([Task(name="a", pairs=(Pair("x", "y"),), descriptions=("One.",))], tmp_path / "c")
    (tmp_path / "d.jsonl").write_text(json.dumps(row))
    with pytest.raises(
        ValueError, match=r"d.jsonl, line 1 must hold a task \(a text\) and descriptions \(a list of texts\)"
    ):
        read_source(f"collection:{tmp_path / 'c'}?descriptions={tmp_path / 'd.jsonl'}")


def test_tasks_that_would_share_a_file(tmp_path):
    tasks = [Task(name=name, pairs=(Pair("x", "y"),), descriptions=("One.",)) for name in ("a/b", "a.b")]
    with pytest.raises(ValueError, match="the tasks a/b and a.b would share a file"):
        save_collection(tasks, tmp_path / "c")
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("source", "files", "message"),
    [
        (
            "bbh",
            {"task_descriptions.json": {"a": "A."}, "a.json": {"examples": [{"input": "x"}]}},
            "example 1 has no text called 'target'",
        ),
        ("bbh", {"task_descriptions.json": {"a": "A."}, "a.json": [1]}, "a.json has no examples"),
        (
            "function-vectors",
            {"abstractive/antonym.json": [{"input": "x"}]},
            "row 1 has no text called 'output'; it has: input",
        ),
        (
            "function-vectors",
            {"abstractive/antonym.json": [7]},
            "antonym.json, row 1 is a int, but must have the values: input, output",
        ),
        (
            "instruction-induction",
            {"induce/sum.json": {"examples": []}},
            "it must hold an object called examples",
        ),
        (
            "instruction-induction",
            {"induce/sum.json": {"examples": {"1": {"input": "x"}}}},
            "example 1 has no text called 'output'",
        ),
        (
            "culture-benchmarks",
            {"CulturalBench-Easy.csv": "country,prompt_question\nX,Y\n"},
            "line 2 is not a row of culturalbench_easy",
        ),
        ("communities", {"cul_data/AskFrance.csv": "a\nb\n"}, "it must hold cul_data/COMMUNITY.csv.gz"),
        ("collection", {"a.json": "[" * 100_000}, "a.json is not a task"),
        ("sni", {"task002_x.json": "[" * 100_000}, "too deep in each other"),
        (
            "table",
            {"t.jsonl": '{"input": ' + "[" * 100_000},
            "line 1 is not readable as JSON: its values lie too deep",
        ),
        ("table", {"t.jsonl": "x" * (1 << 24)}, "line 1 is longer than 16,777,216 characters"),
    ],
)
def test_bad_files(source, files, message, tmp_path):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    place = tmp_path / "t.jsonl" if source == "table" else tmp_path
    with pytest.raises(ValueError, match=re.escape(message)):
        read_source(f"{source}:{place}")


def test_a_json_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("zhyper.data._reading.LARGEST", 50)
    sni(tmp_path, 2, [{"input": "x" * 50, "output": "y"}])
    with pytest.raises(ValueError, match="has more than 50 characters, but a JSON file is read whole"):
        read_source(f"sni:{tmp_path}")


def test_a_long_field_of_a_community_and_repeated_pairs(tmp_path):
    (tmp_path / "cul_data").mkdir()
    rows = [
        ("Where?", "", "Here."),
        ("Where?", "", "Here."),
        ("Where?", "", "There."),
        ("Why?", "", "so " * 100_000),
        ("No?", "At all.", "Yes."),
    ]
    with gzip.open(tmp_path / "cul_data" / "AskFrance.csv.gz", "wt", newline="") as handle:
        csv.writer(handle).writerows([("submission_title", "submission_text", "comment_body"), *rows])
    reading = read_source(f"communities:{tmp_path}")
    assert reading.tasks[0].pairs == (
        Pair("Where?", "Here."),
        Pair("Where?", "There."),
        Pair("No?\n\nAt all.", "Yes."),
    )
    assert +reading.left_out == {"pair came twice": 1, "too long": 1}
    assert accounted(reading)
    with pytest.raises(ValueError, match="holds no lists of commands"):
        read_source(f"communities:{tmp_path}?conditions=commands")
    with pytest.raises(ValueError, match="must be all, descriptions or commands"):
        read_source(f"communities:{tmp_path}?conditions=some")


def test_opinions_are_answers(tmp_path):
    row = {
        "country": "Peru",
        "question": "Good?",
        "options": ["Yes", "No", 3.0, "Don't know", "DK/Refused", "Missing; Unknown"],
    }
    lines = [
        {**row, "distribution": [0.1, 0.3, 0.0, 0.5, 0.1, 0.0]},
        {**row, "question": "Bad?", "distribution": [0, 0, 0, 0, 1, 0]},
        {**row, "question": "Well?", "distribution": [0.1, 0.1, 0.2, 0.6, 0, 0]},
    ]
    (tmp_path / "globalopinionqa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    reading = read_source(f"culture-benchmarks:{tmp_path}")
    assert [(pair.input.partition("\n")[0], pair.output) for pair in reading.tasks[0].pairs] == [
        ("Good?", "B"),
        ("Well?", "C"),
    ]
    assert +reading.left_out == {"empty": 1}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"descriptions": "Do it"}, "descriptions must be a list of texts"),
        ({"name": 3}, "name, licence and source must be texts"),
        ({"pairs": [{"input": "a", "output": 5}]}, "input and output of pair 1 must be texts"),
        ({"pairs": [{"input": "a", "output": "b", "also": "yy"}]}, "also must be a list of texts"),
        ({"pairs": []}, "a.json is not a task: task a has no pairs"),
        ({"split": "test"}, "has the split 'test'"),
        ({"selection": 0.9, "report": 0.2}, "together they must be below 1"),
    ],
)
def test_tasks_that_are_none(values, message, tmp_path):
    task = {"name": "a", "pairs": [{"input": "x", "output": "y"}], "descriptions": ["One."], **values}
    (tmp_path / "a.json").write_text(json.dumps(task))
    with pytest.raises(ValueError, match=message):
        read_source(f"collection:{tmp_path}")


def test_odd_values_of_tables(tmp_path):
    rows = [
        {"input": "a", "output": []},
        {"input": "b", "output": [None, "ok", "ok", "fine"]},
        {"input": "c", "output": float("nan")},
        {"input": "\ud83d d", "output": 7},
    ]
    (tmp_path / "a+b.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (task,) = read_source(f"table:{tmp_path / 'a+b.jsonl'}?description=Write C++.").tasks
    assert task.pairs == (Pair("b", "ok", ("fine",)), Pair("? d", "7"))
    assert task.descriptions == ("Write C++.",)
    (tmp_path / "t.csv").write_text("input,output,input\na,b,c\n")
    with pytest.raises(ValueError, match="names a column twice"):
        read_source(f"table:{tmp_path / 't.csv'}?description=x")
    with pytest.raises(ValueError, match="is a folder; 'table' expects a file"):
        read_source(f"table:{tmp_path}?description=x")


def test_labels_of_the_hub_are_their_names(tmp_path):
    kinds = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["negative", "positive"])}
    )
    rows = {"text": ["dull", "fine", "who knows", "lovely"], "label": [0, 1, -1, 1]}
    (tmp_path / "set").mkdir()
    datasets.Dataset.from_dict(rows, features=kinds).to_parquet(tmp_path / "set" / "train.parquet")
    reading = read_source(f"hub:{tmp_path / 'set'}?input=text&output=label&description=How does it sound?")
    assert [pair.output for pair in reading.tasks[0].pairs] == ["negative", "positive", "positive"]
    assert accounted(reading)


def test_parts_of_the_hub_that_are_for_tests(tmp_path):
    (tmp_path / "set").mkdir()
    write_table(tmp_path / "set" / "test-00000-of-00001.parquet", [{"input": "a", "output": "b"}])
    source = f"hub:{tmp_path / 'set'}?part=test&description=Do it."
    assert read_source(source).tasks[0].split == "report"
    assert read_source(f"{source}&split=train").tasks[0].split == "train"


def test_names_that_make_no_file(tmp_path):
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(ValueError, match="makes no file name"):
            save_collection(
                [Task(name=name, pairs=(Pair("x", "y"),), descriptions=("One.",))], tmp_path / "c"
            )


def test_further_wordings_describe_trained_word_tasks_alone():
    held_out = {
        f"{source}/{name}"
        for source in ("function_vectors", "instruction_induction")
        for names in shipped("splits.json")[source].values()
        for name in names
    }
    further = further_wordings()
    assert len(further) == 53 and not held_out & set(further)
    texts = [text for lines in further.values() for text in lines]
    assert len({text.casefold() for text in texts}) == len(texts) == 2379
    for task, lines in further.items():
        assert descriptions_of(task)[-len(lines) :] == lines


@needs_shared
def test_readers_of_word_tasks_give_further_wordings():
    source = f"function-vectors:{SHARED / 'data' / 'function_vectors'}"
    tasks = {task.name: task for task in read_source(source).tasks}
    further = {name: lines for name, lines in further_wordings().items() if name in tasks}
    assert len(further) == 34
    for name, lines in further.items():
        assert set(lines) <= set(tasks[name].descriptions)
