"""The verbs on data: what they write, count, refuse, and their exit codes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import SHARED, needs_shared
from zhyper.cli import app, main
from zhyper.data import (
    Benchmarks,
    Collection,
    Pair,
    Task,
    check_task,
    contaminations,
    leaks,
    load_collection,
    read_source,
    save_collection,
)


def run(*words, code=0):
    result = CliRunner().invoke(app, ["data", *map(str, words)])
    assert result.exit_code == code, result.output
    return result


def task(name, pairs, split="train", descriptions=("Do it.",), **more):
    return Task(
        name=name, pairs=tuple(Pair(*pair) for pair in pairs), descriptions=descriptions, split=split, **more
    )


@pytest.fixture
def folder(tmp_path):
    save_collection(
        [
            task("a", [(f"in {i}", f"out {i}") for i in range(30)]),
            task("b", [("x", "y")], "report", ("Other.",)),
        ],
        tmp_path / "in",
    )
    return tmp_path / "in"


def test_building_a_collection(folder, tmp_path):
    (tmp_path / "t.csv").write_text("q,a\n1,one\n1,uno\n")
    sources = (
        f"collection:{folder}",
        f"table:{tmp_path / 't.csv'}?input=q&output=a&description=Say it.&licence=MIT",
    )
    facts = json.loads(run("build", *sources, "--out", tmp_path / "out", "--json").stdout)
    assert (facts["tasks"], facts["rows"]) == (3, 32)
    assert (
        facts["fingerprint"]
        == load_collection(*sources).fingerprint()
        == load_collection(f"collection:{tmp_path / 'out'}").fingerprint()
    )
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| left out: input came twice | 1 |" in card
    assert "| licence: MIT | 1 tasks |" in card
    assert str(tmp_path) not in card
    run("build", f"collection:{folder}", "--out", tmp_path / "out")  # a collection is replaced as a whole
    assert len(load_collection(f"collection:{tmp_path / 'out'}").tasks) == 2


def test_a_folder_that_is_no_collection_is_left_alone(folder, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.json").write_text("{}")
    monkeypatch.setattr(
        "sys.argv", ["zhyper", "data", "build", f"collection:{folder}", "--out", str(tmp_path / "mine")]
    )
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert "holds other files than zhyper writes there" in capsys.readouterr().err.replace("\n", " ")
    assert [f.name for f in (tmp_path / "mine").iterdir()] == ["a.json"]


def test_what_is_left_out_or_limited_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("q,a,n\n1,one,x\n2,two,x\n3,three,x\n")
    options = "input=q&output=a&description=R & D, a | b.&description=Say it.&max_rows=2"
    source = f"table:{tmp_path / 't.csv'}?{options}"
    for words in (("build", source, "--out", tmp_path / "out"), ("check", source)):
        said = run(*words).output
        assert "3 rows read, and left out: beyond max_rows: 1" in said
        assert "columns that are not read: n" in said
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| description | R & D, a \\| b. |\n| description | Say it. |" in card
    assert "| left out: beyond max_rows | 1 |\n| note | columns that are not read: n |" in card
    facts = json.loads(run("build", source, "--out", tmp_path / "out", "--json").stdout)
    assert (facts["left_out"], facts["notes"]) == (
        {source: {"beyond max_rows": 1}},
        ["columns that are not read: n"],
    )
    assert len(json.loads(run("check", source, "--json").stdout)["notes"]) == 2


def test_a_checks_table_keeps_its_columns_on_a_short_line(tmp_path):
    """Where all columns are shown, numbers are long, and names are longer than the line."""
    long = "a_name_that_is_much_longer_than_a_terminal_is_wide/" * 3
    rows = [(f"in {i}", "out") for i in range(1234)]
    odd = [("same", "x")] * 12 + [("", "x"), ("cut", "and so..."), ("word " * 600, "long")]
    save_collection([task(long, [*rows, *odd], licence="of " * 20)], tmp_path / "in")
    result = CliRunner().invoke(
        app, ["data", "check", f"collection:{tmp_path / 'in'}"], env={"COLUMNS": "80"}
    )
    lines = result.stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("task"))
    assert lines[head].split() == [
        *("task", "split", "rows", "texts", "median", "longest", "twice", "empty", "cut", "long", "licence")
    ]
    numbers = lines[head + 1].split()
    assert numbers[1:4] == ["train", "1249", "1"]
    assert numbers[6:10] == ["11", "1", "1", "1"]
    table = lines[head + 1 : next(i for i, line in enumerate(lines) if line.startswith("median and"))]
    assert "".join(line.split(" ")[0] for line in table) == long
    assert max(map(len, lines[head : head + 2])) <= 80


def test_showing_a_source(folder):
    said = run("show", f"collection:{folder}").stdout
    assert "| rows read | 31 of 2 files |" in said
    shown = json.loads(run("show", f"collection:{folder}", "--task", "a", "--rows", "2", "--json").stdout)
    assert [p["input"] for p in shown["pairs"]] == ["in 0", "in 1"]
    assert "Other." in run("show", f"collection:{folder}", "--task", "b").stdout


def test_what_is_counted_of_a_task():
    pairs = [("a b", "c"), ("a b", "c"), ("a b", "d"), ("", "e"), ("f", "and so on..."), ("g h i j", "k")]
    found = check_task(
        task("t", pairs, licence="MIT"), lambda texts: [len(text.split()) for text in texts], limit=4
    )
    assert (found.rows, found.twice, found.empty, found.cut, found.long) == (6, 1, 1, 1, 1)
    assert (found.median, found.longest, found.licence) == (3, 5, "MIT")


def test_leaks():
    many = [(f"word {i}", "yes") for i in range(60)]
    clean = Collection([task("a", many), task("b", [("word 1", "no")], "report", ("Other.",))])
    (note,) = leaks(clean)  # the same input with another answer gives nothing away
    assert (note.what, note.serious, note.text) == ("input", False, "word 1")
    trained = clean.rows("train", "train", "train")[0].pairs[0].input
    leaky = Collection(
        [task("a", many), task("b", [(f" {trained.upper()} ", "yes"), ("c", "d")], "selection", ("do  IT.",))]
    )
    assert {(leak.what, leak.task, leak.kept) for leak in leaks(leaky)} == {
        ("row", "a", "b (selection)"), ("description", "a", "b (selection)"),
    }  # fmt: skip


def test_leaks_between_choosing_and_reporting():
    found = leaks(
        Collection([task("a", [("x", "y")], "selection"), task("b", [("X", "y")], "report", ("Other.",))])
    )
    assert [(leak.what, leak.task, leak.split, leak.kept) for leak in found] == [
        ("row", "a", "selection", "b (report)")
    ]


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        (
            "Yesterday the quick brown fox jumps over the lazy dog and then it runs away from the hunter",
            "near row",
        ),
        ("The quick brown fox jumps over the lazy dog, and then it runs away from the HUNTER!", "row"),
        ("then it runs away from the hunter", "near row"),
        (
            "then it runs away from the hunter, and they ran from it then, the quick brown ones, over all "
            "the lazy dogs",
            None,
        ),
        ("the quick brown fox jumps over a lazy dog and then she runs away from the hunter", None),
        ("it runs away from the hunter and the quick brown fox", None),
    ],
)
def test_near_rows(kept, what):
    collection = Collection(
        [task("a", [(" ".join(TEXT), "yes")], "selection"), task("b", [(kept, "yes")], "report", ("Other.",))]
    )
    assert [leak.what for leak in leaks(collection)] == ([what] if what else [])
    other = Collection([collection.tasks[0], task("b", [(kept, "no")], "report", ("Other.",))])
    assert not [leak for leak in leaks(other) if leak.serious]


@pytest.mark.parametrize(
    ("trained", "kept"),
    [
        (("capital of France", "Paris"), ("Capital of France?", "Paris.")),
        (("capital", "Paris", ("Lutetia",)), ("capital", "Lutetia", ("Paris",))),
        (("caf\u00e9", "y"), ("cafe\u0301", "y")),
        (("今天天气很好我们去公园吧", "y"), ("今天天气很好我们去公园吧好吗", "y")),
    ],
)
def test_rows_that_differ_in_form_alone(trained, kept):
    tasks = [
        Task(name=n, pairs=(Pair(*p),), descriptions=(n,), split=s)
        for n, p, s in (("a", trained, "selection"), ("b", kept, "report"))
    ]
    assert [leak.serious for leak in leaks(Collection(tasks))] == [True]


def test_a_template_makes_no_row_near_another():
    """What nearly all inputs say is nobody's own; what is left of them is compared."""
    template = "read the following short story with care and then answer the question about it in one word"
    words = [" ".join(f"w{i}{j}" for j in range(9)) for i in range(80)]
    trained = task("a", [(f"{template}: {text}", "yes") for text in words], "selection")
    assert not list(
        leaks(
            Collection(
                [
                    trained,
                    task(
                        "b",
                        [(f"{template}: something else is told in here of a fox", "yes")],
                        "report",
                        ("Other.",),
                    ),
                ]
            )
        )
    )
    (leak,) = leaks(
        Collection([trained, task("b", [(f"{template}: {words[7]} indeed", "yes")], "report", ("Other.",))])
    )
    assert (leak.what, leak.found) == ("near row", f"{template}: {words[7]}")


def test_rows_leak_whatever_descriptions_their_task_has():
    many = [(f"the number {i} is one that a person may well think of", "yes") for i in range(60)]
    near = [(f"{text}, of course", answer) for text, answer in many]
    assert any(leak.what == "near row" for leak in leaks(Collection([task("a", many), task("b", near)])))


def test_a_description_that_is_left_out_may_make_another_leak(tmp_path):
    """The last description of a task is trained on, whichever it is: so leaks are looked for again."""
    texts = tuple(f"Say number {i}." for i in range(12))
    tasks = [
        task("a", [("x", "y"), ("z", "w")], descriptions=texts),
        task("b", [("c", "d")], "report", texts[:11]),
    ]
    save_collection(tasks, tmp_path / "in")
    run("check", f"collection:{tmp_path / 'in'}", "--out", tmp_path / "leaks.json", code=1)
    run(
        "build",
        f"collection:{tmp_path / 'in'}",
        "--leave-out",
        tmp_path / "leaks.json",
        "--out",
        tmp_path / "out",
    )
    run("check", f"collection:{tmp_path / 'out'}")
    assert "pairs were left out as listed" in (tmp_path / "out" / "README.md").read_text()


def test_what_is_only_reported_on_is_not_contaminated():
    benchmarks = Benchmarks(3)
    benchmarks.add("b", [" ".join(TEXT)])
    pairs = [(" ".join(TEXT), "x")]
    assert [
        found.task
        for found in contaminations(
            [task("a", pairs), task("b", pairs, "report"), task("c", pairs, "selection")], benchmarks
        )
    ] == ["a", "c"]


@pytest.mark.parametrize(
    "listed", [{}, {"whole": "quiz", "inputs": {}}, {"whole": [], "inputs": {"a": "text"}}, [1]]
)
def test_lists_that_are_none(listed, folder, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps(listed))
    result = CliRunner().invoke(
        app,
        ["data", "build", f"collection:{folder}", "--leave-out", str(tmp_path / "list.json"), "--out", "x"],
    )
    assert "is not a list of what to leave out" in str(result.exception)


def test_a_list_of_other_tasks(folder, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps({"whole": ["zebra"], "inputs": {}}))
    result = CliRunner().invoke(
        app,
        ["data", "build", f"collection:{folder}", "--leave-out", str(tmp_path / "list.json"), "--out", "x"],
    )
    assert "is of other tasks (zebra" in str(result.exception)


def test_places_are_looked_at_before_the_work(folder, tmp_path):
    for words in (
        ("check",),
        ("decontaminate", "--against", str(tmp_path)),
        ("describe", "--url", "http://127.0.0.1:9/v1", "--model", "m"),
    ):
        verb, *more = words
        result = CliRunner().invoke(
            app, ["data", verb, f"collection:{folder}", *more, "--out", str(tmp_path / "no" / "x.json")]
        )
        assert "would lie in a folder that does not exist" in str(result.exception)


def test_what_leaks_can_be_left_out(tmp_path):
    """Of every task that holds it, and of descriptions too."""
    many = [(f"word {i}", "yes") for i in range(60)]
    tasks = [
        task("a", many, descriptions=("One.", "Do it.")),
        task("c", many),
        task("b", many[:30], "report", ("do it.", "Other.")),
    ]
    save_collection(tasks, tmp_path / "in")
    run("check", f"collection:{tmp_path / 'in'}", "--out", tmp_path / "leaks.json", code=1)
    run(
        "build",
        f"collection:{tmp_path / 'in'}",
        "--leave-out",
        tmp_path / "leaks.json",
        "--out",
        tmp_path / "out",
    )
    run("check", f"collection:{tmp_path / 'out'}")
    kept = {t.name: t for t in load_collection(f"collection:{tmp_path / 'out'}").tasks}
    assert set(kept) == {"a", "b"}  # c had no other description
    assert kept["a"].descriptions == ("One.",)
    assert kept["b"] == tasks[2]
    assert {pair.input for pair in kept["a"].pairs} >= {f"word {i}" for i in range(30, 60)}


def test_checking_ends_with_one_on_a_leak(folder, tmp_path):
    facts = json.loads(run("check", f"collection:{folder}", "--json").stdout)
    assert (facts["leaks"], [t["rows"] for t in facts["tasks"]]) == ([], [30, 1])
    trained = load_collection(f"collection:{folder}").rows("train", "train", "train")[0].pairs[0]
    save_collection([task("c", [(trained.input, trained.output)], "report", ("Third.",))], tmp_path / "more")
    result = run("check", f"collection:{folder}", f"collection:{tmp_path / 'more'}", code=1)
    assert "1 × row of c (report) is trained in a" in result.output


TEXT = "the quick brown fox jumps over the lazy dog and then it runs away from the hunter".split()


@given(start=st.integers(0, 6), length=st.integers(1, 17), words=st.integers(1, 10))
def test_a_run_of_words_is_found_if_it_is_long_enough(start, length, words):
    benchmarks = Benchmarks(words)
    benchmarks.add("b", [" ".join(TEXT)])
    part = TEXT[start : start + length]
    asked = f"{'Unrelated, '} {' ... '.join(part).upper()}!"
    assert benchmarks.sharing(asked) == ({"b"} if len(part) >= words else set())


def test_decontaminating(folder, tmp_path):
    (tmp_path / "marks" / "quiz").mkdir(parents=True)
    row = {
        "question": " ".join(TEXT),
        "choices": {"A": ["one two three four five six seven eight nine ten eleven"]},
        "answer": 3,
    }
    (tmp_path / "marks" / "quiz" / "test.jsonl").write_text(json.dumps(row))
    pairs = [
        (f"Say: {' '.join(TEXT[2:13])}", "x"),
        ("The answer holds it.", "one two three four five six seven eight nine ten"),
        *[(f"in {i}", "z") for i in range(28)],
    ]
    save_collection([task("a", pairs), task("all", pairs[:2]), task("clean", pairs[2:])], tmp_path / "dirty")
    facts = json.loads(
        run(
            "decontaminate",
            f"collection:{tmp_path / 'dirty'}",
            "--against",
            tmp_path / "marks",
            "--out",
            tmp_path / "list.json",
            "--json",
        ).stdout
    )
    assert facts["tasks"] == {
        "a": {"rows": 30, "sharing": 2, "with": {"quiz": 2}},
        "all": {"rows": 2, "sharing": 2, "with": {"quiz": 2}},
    }
    assert facts["whole"] == ["all"]
    run(
        "build",
        f"collection:{tmp_path / 'dirty'}",
        "--leave-out",
        tmp_path / "list.json",
        "--out",
        tmp_path / "clean",
    )
    assert {t.name: len(t.pairs) for t in load_collection(f"collection:{tmp_path / 'clean'}").tasks} == {
        "a": 28,
        "clean": 28,
    }
    with pytest.raises(ValueError, match="is not a list of what to leave out"):
        (tmp_path / "wrong.json").write_text("{}")
        CliRunner().invoke(
            app,
            [
                "data",
                "build",
                f"collection:{tmp_path / 'dirty'}",
                "--leave-out",
                str(tmp_path / "wrong.json"),
                "--out",
                "x",
            ],
            catch_exceptions=False,
        )


@needs_shared
def test_real_contamination_is_what_others_measured():
    """Against the counts that come with the public tasks, measured with another program.

    Which words are is a matter of taste.
    """
    index = {
        row["task"]: row
        for row in map(json.loads, (SHARED / "data" / "sni" / "index.jsonl").read_text().splitlines())
    }
    benchmarks = Benchmarks()
    for name in ("winogrande", "arc_easy", "arc_challenge"):
        for file in (SHARED / "data" / "benchmarks" / name).glob("*.jsonl"):
            benchmarks.add(
                name,
                [
                    v
                    for row in map(json.loads, file.read_text().splitlines())
                    for v in row.values()
                    if isinstance(v, str)
                ],
            )
    tasks = [
        t
        for t in read_source(f"sni:{SHARED / 'data' / 'sni'}?tasks=all").tasks
        if "winogrande" in t.name or "scitail" in t.name
    ]
    assert len(tasks) == 6
    inputs = [
        replace(t, pairs=tuple(replace(pair, output="-") for pair in t.pairs)) for t in tasks
    ]  # they looked at inputs alone
    for found in contaminations(inputs, benchmarks):
        theirs = index[found.task.removeprefix("sni/")]["rows_sharing_a_10gram_with_benchmark"]
        assert set(found.shared) == set(theirs)
        assert all(abs(found.shared[name] - theirs[name]) <= 1 for name in theirs)


def test_building_from_dumps(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    row = {"title": "What do you eat?", "selftext": "", "score": 3, "id": "a"}
    (tmp_path / "AskFrance_submissions.ndjson").write_text(json.dumps(row))
    answers = [
        {"link_id": "t3_a", "parent_id": "t3_a", "body": f"Bread {i}.", "score": i, "id": str(i)}
        for i in range(5)
    ]
    (tmp_path / "AskFrance_comments.ndjson").write_text("\n".join(map(json.dumps, answers)))
    facts = json.loads(
        run("build", f"askx:{tmp_path}?comments=2", "--out", tmp_path / "out", "--json").stdout
    )
    assert (facts["tasks"], facts["rows"]) == (1, 2)
    (task,) = load_collection(f"collection:{tmp_path / 'out'}").tasks
    assert (task.name, [pair.output for pair in task.pairs]) == ("askx/AskFrance", ["Bread 4.", "Bread 3."])
    assert "Write like a French person." in task.descriptions
    (tmp_path / "AskFrance_comments.ndjson").unlink()
    with pytest.raises(ValueError, match="a community needs both its submissions and its comments"):
        load_collection(f"askx:{tmp_path}")
