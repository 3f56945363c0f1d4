"""Tables as people save them: values that are no text, separators, encodings, chats, descriptions, limits."""

import datetime
import decimal
import gzip
import json

import pytest

from zhyper.data import Pair, Task, load_collection, read_source, save_collection
from zhyper.data._sources import parse_source, without_paths
from zhyper.data._values import text_of


def lines(file, *rows):
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


def parquet(file, **columns):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(columns), file)
    return file


def read(file, options="description=Do it."):
    return read_source(f"table:{file}?{options}")


def accounted(reading):
    left = sum(reading.left_out.values())
    return sum(reading.rows.values()) == sum(len(task.pairs) for task in reading.tasks) + left


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a ", "a"),
        (None, ""),
        (float("nan"), ""),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (-0.5, "-0.5"),
        (1e22, "1e+22"),
        (decimal.Decimal("1.50"), "1.50"),
        (datetime.date(2024, 1, 31), "2024-01-31"),
        (datetime.datetime(2024, 1, 31, 12, 5), "2024-01-31T12:05:00"),
        (datetime.time(12, 5), "12:05:00"),
    ],
)
def test_values_as_texts(value, text):
    assert text_of("here", "x", value) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"text": ["eight"]}, "an object"),
        (["is", "it"], "a list"),
        (b"cat", "bytes"),
        (float("inf"), "an infinite number"),
        (decimal.Decimal("Infinity"), "an infinite number"),
        (datetime.timedelta(1), "a value of the kind timedelta"),
    ],
)
def test_values_that_are_no_text(value, kind):
    with pytest.raises(ValueError, match=rf"t\.csv, line 2 has {kind} as 'x' .*, where a text is expected"):
        text_of("t.csv, line 2", "x", value)


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.parquet"])
def test_values_are_read_by_one_rule_from_every_file(name, tmp_path):
    file = tmp_path / name
    columns = {"input": [1.0, 2.5], "output": [True, False], "kind": [7.0, None]}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if name == "t.parquet":
        parquet(file, **columns)
    else:
        file.write_text(json.dumps(rows)) if name == "t.json" else lines(file, *rows)
    reading = read(file)
    assert reading.tasks[0].pairs == (Pair("1", "true"), Pair("2.5", "false"))
    by_kind = read(file, "task=kind&description=Do it.")
    assert [task.name for task in by_kind.tasks] == ["7"]
    assert +by_kind.left_out == {"no name of a task": 1} and accounted(by_kind)


def test_parquet_of_bytes_and_of_short_numbers(tmp_path):
    import pyarrow

    with pytest.raises(ValueError, match=r"b\.parquet, row 1 has bytes as 'input' \(b'cat'\)"):
        read(parquet(tmp_path / "b.parquet", input=[b"cat"], output=["x"]))
    short = pyarrow.array([0.1, 3.0], pyarrow.float32())
    assert [
        pair.input
        for pair in read(parquet(tmp_path / "s.parquet", input=short, output=["x", "y"])).tasks[0].pairs
    ] == ["0.1", "3"]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"input": "a", "output": {"text": ["b"]}}, "an object as 'output'"),
        ({"input": ["is", "it"], "output": "b"}, "a list as 'input'"),
        ({"input": "a", "output": [{"b": 1}]}, "an object as 'output'"),
        ({"input": "a", "output": float("inf")}, "an infinite number as 'output'"),
        ({"input": "a", "output": "b", "kind": ["c"]}, "a list as 'kind'"),
    ],
)
def test_rows_whose_values_are_no_text(row, place, tmp_path):
    file = lines(tmp_path / "t.jsonl", {"input": "x", "output": "y", "kind": "k"}, {"kind": "k", **row})
    with pytest.raises(ValueError, match=rf"t\.jsonl, line 2 has {place}"):
        read(file, "task=kind&description=Do it.")


@pytest.mark.parametrize(
    ("kind", "name", "content", "message"),
    [
        (
            "function-vectors",
            "abstractive/antonym.json",
            [{"input": "a", "output": {"b": 1}}],
            "an object as",
        ),
        ("function-vectors", "abstractive/antonym.json", {"input": "a"}, "must hold a list of rows"),
        (
            "sni",
            "task022_x.json",
            {"Definition": ["Do."], "Instances": [{"input": ["a"], "output": ["b"]}]},
            "instance 1 has a list as 'input'",
        ),
        (
            "instruction-induction",
            "induce/rhymes.json",
            {"examples": {"1": {"input": "a", "output": "b", "other_rhymes": "cd"}}},
            "has a str as 'other_rhymes', but a list of texts is expected",
        ),
        ("bbh", "task_descriptions.json", ["x"], "is no object with a description of each task"),
        ("steering", "", '{"prompt": "a", "answer": ["b"]}', "a list as 'answer'"),
        ("benchmarks", "mbpp/v.jsonl", '{"prompt": "a", "code": 3}', "what is asked or answered is no text"),
        (
            "benchmarks",
            "arc_easy/v.jsonl",
            '{"query": "a", "choices": [["b"], ["c"]], "gold": 0}',
            "a list as 'an option'",
        ),
        (
            "culture-benchmarks",
            "culturalbench_hard_derived.jsonl",
            '{"prompt_question": "a", "prompt_option": "b", "answer": "maybe", "country": "Peru"}',
            "is not a row of culturalbench_hard",
        ),
        (
            "culture-benchmarks",
            "culturalbench_hard_derived.jsonl",
            '{"prompt_question": "a", "prompt_option": "b", "answer": true, "country": " "}',
            "a row whose country is blank",
        ),
        (
            "culture-benchmarks",
            "blend_en/x.jsonl",
            '{"en_question": "a", "answers": [{"en": "tea", "count": 1}]}',
            "must be a list",
        ),
    ],
)
def test_values_that_are_no_text_in_other_sources(kind, name, content, message, tmp_path):
    file = tmp_path / (name or "own.jsonl")
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=message):
        read_source(f"{kind}:{tmp_path if name else file}")


def test_cultures_whose_texts_are_none(tmp_path):
    (tmp_path / "cultures" / "cul_french").mkdir(parents=True)
    (tmp_path / "cultures" / "cul_french" / "metadata.yaml").write_text("descriptions:\n- Speak: French\n")
    with pytest.raises(ValueError, match=r"metadata\.yaml has an object as 'descriptions'"):
        read_source(f"communities:{tmp_path}")


def test_answers_of_the_truth_in_words(tmp_path):
    row = {"prompt_question": "a", "prompt_option": "b", "country": "Peru"}
    lines(tmp_path / "culturalbench_hard_derived.jsonl", {**row, "answer": "False"})
    (task,) = read_source(f"culture-benchmarks:{tmp_path}").tasks
    assert task.pairs[0].output == "False"


def test_blank_cells_are_counted(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("kind,input,output\nlegs,spider,eight\n,dog,four\n \t,cat,four\nlegs,,six\nlegs,bee, \n")
    reading = read(file, "task=kind&description=Count.")
    assert [(task.name, task.pairs) for task in reading.tasks] == [("legs", (Pair("spider", "eight"),))]
    assert +reading.left_out == {"no name of a task": 2, "empty": 2} and accounted(reading)
    assert reading.account() == ["5 rows read, and left out: empty: 2; no name of a task: 2"]
    file.write_text("kind,input,output\n,dog,four\n")
    with pytest.raises(ValueError, match="t has no rows that name a task"):
        read(file, "task=kind&description=Count.")
    read_source(
        f"table:{lines(tmp_path / 'n.jsonl', {'k': 'a/b', 'input': 'a', 'output': 'b'})}?task=k&description=x"
    )
    for name in ("a\nb", "a\x07b", "a\u2028b"):
        lines(tmp_path / "n.jsonl", {"k": name, "input": "a", "output": "b"})
        with pytest.raises(ValueError, match=r"n\.jsonl, line 1: the task's name .* makes no file name"):
            read(tmp_path / "n.jsonl", "task=k&description=x")


def test_names_of_tasks_with_a_slash(tmp_path):
    file = lines(tmp_path / "t.jsonl", {"kind": "a/b", "input": "x", "output": "y"})
    save_collection(read(file, "task=kind&description=Do it.").tasks, tmp_path / "out")
    assert [task.name for task in read_source(f"collection:{tmp_path / 'out'}").tasks] == ["a/b"]


def test_a_table_is_read_whole_unless_a_limit_is_asked_for(tmp_path):
    file = tmp_path / "big.csv"
    file.write_text("input,output\n" + "".join(f"{i},{i + 1}\n" for i in range(10_001)))
    assert len(read(file).tasks[0].pairs) == 10_001
    source = f"table:{file}?description=Add one.&max_rows=9999"
    collection = load_collection(source)
    assert collection.notes == (f"table:{file}: 10,001 rows read, and left out: beyond max_rows: 2",)


def test_many_answers_to_one_prompt(tmp_path):
    file = lines(
        tmp_path / "t.jsonl", *({"input": "hello", "output": f"greeting {i}"} for i in (0, 1, 2, 3, 3))
    )
    reading = read(file)
    assert reading.tasks[0].pairs == tuple(Pair("hello", f"greeting {i}") for i in range(4))
    assert +reading.left_out == {"pair came twice": 1} and accounted(reading)
    assert "task t: an input has 4 different answers, so each is a pair to train on" in reading.notes[0]
    one = read(file, "description=Greet.&answers=one")
    assert one.tasks[0].pairs == (Pair("hello", "greeting 3", ("greeting 2", "greeting 1", "greeting 0")),)
    assert "such an answer counts as right, but is not trained on" in one.account()[0]
    lines(file, *({"input": "cat", "output": text} for text in ("Katze", "Kater", "Mieze")))
    assert read(file).tasks[0].pairs == (Pair("cat", "Mieze", ("Kater", "Katze")),)
    assert len(read(file, "description=x&answers=many").tasks[0].pairs) == 3
    with pytest.raises(ValueError, match="answers is 'some', but must be one or many"):
        read(file, "description=x&answers=some")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"question;answer\nhow many, all in all;eight\n"),
        ("t.csv", b"question\tanswer\nhow many, all in all\teight\n"),
        ("t.csv", b"question|answer\nhow many, all in all|eight\n"),
        ("t.csv", b'question, answer\n"how many, all in all", eight\n'),
        ("t.csv", b' question , "answer"\n"how many, all in all", "eight"\n'),
        ("t.csv", b'sep=;\nquestion;answer\n"how many, all in all";eight\n'),
        ("t.csv", b'\r\n\r\nquestion,answer,,\r\n"how many, all in all",eight,,\r\n\r\n'),
        ("t.csv", b'\xef\xbb\xbfquestion,answer\r"how many, all in all",eight\r'),
        ("t.csv", 'question;answer\n"how many, all in all";eight\n'.encode("utf-16")),
        ("t.csv", 'question;answer\n"how many, all in all";eight\n'.encode("utf-16-be")),
        ("UPPER.CSV", b'question,answer\n"how many, all in all",eight\n'),
        ("UPPER.TSV", b"question\tanswer\nhow many, all in all\teight\n"),
        ("t.CSV.GZ", gzip.compress(b'question,answer\n"how many, all in all",eight\n', mtime=0)),
        ("T.JSONL", b'{"question": "how many, all in all", "answer": "eight"}\n'),
        ("t.json", b'[\n{"question": "how many, all in all",\n"answer": "eight"}\n]'),
        ("t.json", b'{"question": "how many, all in all", "answer": "eight"}\n'),
        ("t.json.gz", gzip.compress(b'[{"question": "how many, all in all", "answer": "eight"}]', mtime=0)),
    ],
)
def test_tables_as_programs_save_them(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    (task,) = read(tmp_path / name, "input=question&output=answer&description=Answer.").tasks
    assert task.pairs == (Pair("how many, all in all", "eight"),)


def test_quoted_line_breaks(tmp_path):
    (tmp_path / "t.csv").write_bytes(b'input,output\r\n"a\r\nb","c ""d"""\r\ne,f,g\r\n')
    with pytest.raises(ValueError, match=r"t\.csv, line 4 has more or fewer fields"):
        read(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_bytes(b'input,output\r\n"a\r\nb","c ""d"""\r\n')
    assert read(tmp_path / "t.csv").tasks[0].pairs == (Pair("a\r\nb", 'c "d"'),)


def test_a_separator_that_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("input:output\na:b\n")
    with pytest.raises(ValueError, match="its columns are: input:output; name what separates several with"):
        read(tmp_path / "t.csv")
    assert read(tmp_path / "t.csv", "delimiter=:&description=x").tasks[0].pairs == (Pair("a", "b"),)
    (tmp_path / "t.csv").write_text("input, once\toutput\na\tb\n")
    assert read(tmp_path / "t.csv", "input=input, once&delimiter=tab&description=x").tasks
    for options, message in (
        ("delimiter=::", "must be one character"),
        ("part=test", "is of a data set of the hub"),
    ):
        with pytest.raises(ValueError, match=message):
            read(tmp_path / "t.csv", f"{options}&description=x")
    with pytest.raises(ValueError, match="must be one character of a .csv file"):
        read(lines(tmp_path / "t.jsonl", {"input": "a", "output": "b"}), "delimiter=;&description=x")


def test_tables_in_other_encodings(tmp_path):
    text = "input,output\nGr\u00fc\u00dfe,\u20ac 5\n"
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    reading = read(tmp_path / "t.csv")
    assert reading.tasks[0].pairs == (Pair("Gr\u00fc\u00dfe", "\u20ac 5"),)
    assert "t.csv is not in UTF-8, and is read as Windows-1252" in reading.notes[0]
    (tmp_path / "t.csv").write_bytes("input,output\n\u043f\u0440,\u0434\u0430\n".encode("cp1251"))
    reading = read(tmp_path / "t.csv", "encoding=cp1251&description=x")
    assert reading.tasks[0].pairs == (Pair("\u043f\u0440", "\u0434\u0430"),) and not reading.notes
    with pytest.raises(ValueError, match="'klingon' is no encoding of text"):
        read(tmp_path / "t.csv", "encoding=klingon&description=x")
    (tmp_path / "t.csv").write_bytes(b"input,output\n\x81,\x81\n")
    with pytest.raises(ValueError, match=r"t\.csv is not text in cp1252"):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "row 1 holds a int, but must hold an object"),
        ('{\n"input": ["a"]\n}', "a .json file holds a list of objects, or one in each line"),
        ("[{]", "line 1 is not readable as JSON"),
        ("[" + "9" * 5000 + "]", "Exceeds the limit"),
        ("", "t has no rows"),
    ],
)
def test_bad_json_files(content, message, tmp_path):
    (tmp_path / "t.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "t.json")


def chat(*turns, names=("role", "content")):
    return [dict(zip(names, turn, strict=True)) for turn in turns]


def test_chats(tmp_path):
    rows = [
        {"messages": chat(("user", "spider"), ("assistant", "eight")), "id": 1},
        {"messages": chat(("system", "Be brief."), ("user", "dog"), ("assistant", "four")), "id": 2},
        {
            "messages": chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")),
            "id": 3,
        },
        {"messages": chat(("assistant", "Hi!"), ("user", "x"), ("assistant", "y")), "id": 4},
        {"messages": chat(("user", "weather"), ("tool", "sun"), ("assistant", "y")), "id": 5},
        {"messages": chat(("user", [{"type": "image_url"}]), ("assistant", "y")), "id": 6},
        {"messages": chat(("user", [{"type": "text", "text": "ant"}]), ("assistant", "six")), "id": 7},
        {"messages": chat(("user", "e"), ("assistant", None)), "id": 8},
        {"messages": [], "id": 9},
    ]
    reading = read(lines(tmp_path / "chat.jsonl", *rows), "description=Count.")
    assert reading.tasks[0].pairs == (
        Pair("spider", "eight"),
        Pair("dog", "four", descriptions=("Be brief.",)),
        Pair("a", "b"),
        Pair("ant", "six"),
    )
    assert reading.tasks[0].descriptions == ("Count.",)
    assert +reading.left_out == {
        "later answer of a chat": 1,
        "chat that does not begin with a question and its answer": 1,
        "chat with tools": 1,
        "chat with more than text": 1,
        "empty": 2,
    }
    assert accounted(reading) and reading.notes == ["columns that are not read: id"]


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".parquet"])
def test_chats_as_sharegpt_has_them(ending, tmp_path):
    turns = chat(("system", "Be kind."), ("human", "hello"), ("gpt", "hi"), names=("from", "value"))
    file, rows = tmp_path / f"t{ending}", [{"conversations": turns}] * 2
    if ending == ".parquet":
        parquet(file, conversations=[turns, turns])
    else:
        file.write_text(json.dumps(rows)) if ending == ".json" else lines(file, *rows)
    reading = read(file, "")
    (task,) = reading.tasks  # what all chats are told is the task's description
    assert (task.pairs, task.descriptions) == ((Pair("hello", "hi"),), ("Be kind.",))
    assert +reading.left_out == {"pair came twice": 1}


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ("hello", "has a text as 'messages', where a list of messages is expected"),
        (["hello"], "has a text among the messages"),
        ([{"role": "king", "content": "a"}], "whose role \\(or from\\) is 'king'"),
        ([{"content": "a"}], "whose role \\(or from\\) is None"),
        ([{"role": "user", "content": {"a": 1}}], "an object as 'messages.content'"),
    ],
)
def test_chats_that_are_none(messages, message, tmp_path):
    with pytest.raises(ValueError, match=rf"t\.jsonl, line 1 .*{message}"):
        read(lines(tmp_path / "t.jsonl", {"messages": messages}))


def test_several_descriptions_and_ampersands(tmp_path):
    file = lines(tmp_path / "t.jsonl", {"input": "a", "output": "b"})
    (task,) = read(file, "description=R & D: do it, 100% & C++.&description=Say A%26B=c.&split=report").tasks
    assert task.descriptions == ("R & D: do it, 100% & C++.", "Say A&B=c.") and task.split == "report"
    (tmp_path / "d.txt").write_text("One.\n\n Two. \nOne.\n")
    reading = read(file, f"descriptions={tmp_path / 'd.txt'}")
    assert reading.tasks[0].descriptions == ("One.", "Two.") and reading.texts == {"d.txt": 2}
    source = f"table:{file}?description=Use and/or & so on.&descriptions={tmp_path / 'd.txt'}"
    assert without_paths(source) == "table:t.jsonl?description=Use and/or & so on.&descriptions=d.txt"
    escaped = "table:t.jsonl?description=A%26b=c, 5 %25, d%26split&description=e"
    assert without_paths(escaped) == escaped
    assert parse_source(without_paths(escaped)) == parse_source(escaped)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("input=a&input=b", "the option input of source .* is given twice"),
        (
            "description=x&colour=red",
            "'colour' is no option of 'table'.* An & that belongs to a text is written %26",
        ),
        ("description=x&split", "the option split of source .* has no value; write split=VALUE"),
        ("description=x&licence=", "the option licence of source .* has no value; write licence=VALUE"),
        ("description", "the option description of source .* has no value"),
        ("description=%E4", "holds a % sign that is no letter in UTF-8"),
        ("description= ", "has a description that is blank"),
        ("description=output", "is the name of a column; write description_column=output"),
    ],
)
def test_options_that_are_none(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read(lines(tmp_path / "t.jsonl", {"input": "a", "output": "b"}), options)


def test_a_source_cut_at_a_comma_says_so():
    with pytest.raises(ValueError, match="A source with a comma in it stands in a list: --set 'data="):
        parse_source("then answer.")


def test_a_column_of_descriptions(tmp_path):
    rows = [
        {"instruction": "Count legs.", "input": "spider", "output": "eight"},
        {"instruction": ["Count eyes.", "How many eyes?"], "input": "spider", "output": "also eight"},
        {"instruction": " ", "input": "dog", "output": "four"},
    ]
    file = lines(tmp_path / "t.jsonl", *rows)
    reading = read(file, "description_column=instruction")
    assert reading.tasks[0].pairs == (
        Pair("spider", "eight", descriptions=("Count legs.",)),
        Pair("spider", "also eight", descriptions=("Count eyes.", "How many eyes?")),
    )
    assert +reading.left_out == {"no description": 1} and accounted(reading)
    filled = read(file, "description_column=instruction&description=Count.").tasks[0]
    assert (len(filled.pairs), filled.descriptions) == (3, ("Count.",))
    same = lines(tmp_path / "same.jsonl", *({**row, "instruction": "Count."} for row in rows[1:]))
    (task,) = read(same, "description_column=instruction").tasks
    assert task.descriptions == ("Count.",) and not any(pair.descriptions for pair in task.pairs)
    with pytest.raises(ValueError, match="has no column 'hint'"):
        read(file, "description_column=hint")


def test_files_of_descriptions(tmp_path):
    file = lines(tmp_path / "t.jsonl", {"input": "a", "output": "b"})
    texts = lines(
        tmp_path / "d.jsonl", {"task": "t", "descriptions": ["One."]}, {"task": "t", "descriptions": ["2."]}
    )
    assert read(file, f"descriptions={texts}").tasks[0].descriptions == ("One.", "2.")
    with pytest.raises(ValueError, match=r"d\.jsonl describes none of the tasks other; its tasks are: t"):
        read(file, f"name=other&descriptions={texts}")
    with pytest.raises(ValueError, match="none of them blank"):
        read(file, f"descriptions={lines(tmp_path / 'd.jsonl', {'task': 't', 'descriptions': [' ']})}")


def test_blank_answers_and_limits_of_steering(tmp_path):
    file = lines(
        tmp_path / "own.jsonl", {"prompt": "a", "answer": ""}, {"prompt": "Why?", "answer": "So it is."}
    )
    reading = read_source(f"steering:{file}")
    assert reading.rows == {"answers": 2} and reading.left_out["empty"] == 1
    with pytest.raises(ValueError, match="pairs is 1000, but a behaviour has at most 600 prompts"):
        read_source("steering?pairs=1000")
    assert read_source("procedural?pairs=3").notes == ["at most 3 pairs of each task are made (option pairs)"]


def test_blanks_and_foreign_descriptions_of_a_collection(tmp_path):
    task = Task(name="a", pairs=(Pair("x", " "), Pair("y", "z")), descriptions=("One.",))
    save_collection([task], tmp_path / "c")
    assert load_collection(f"collection:{tmp_path / 'c'}").notes == (
        f"collection:{tmp_path / 'c'}: pairs whose input or answer is blank, used as they are: 1",
    )
    texts = lines(tmp_path / "d.jsonl", {"task": "b", "descriptions": ["Two."]})
    with pytest.raises(ValueError, match=r"d\.jsonl describes none of the tasks a; its tasks are: b"):
        read_source(f"collection:{tmp_path / 'c'}?descriptions={texts}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "a task has no name"),
        ({"name": "a\tb"}, "makes no file name; give it one without line breaks"),
        ({"descriptions": ("One.", " ")}, "task a has a description that is blank"),
        ({"pairs": (Pair("x", "y", descriptions=("",)),)}, "task a has a description that is blank"),
    ],
)
def test_tasks_of_blank_names_and_descriptions(changes, message):
    with pytest.raises(ValueError, match=message):
        Task(**{"name": "a", "pairs": (Pair("x", "y"),), "descriptions": ("One.",), **changes})
