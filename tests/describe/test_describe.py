"""Descriptions from an endpoint: a real model behind a real server, and a faulty one."""

import json
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from zhyper.cli import app
from zhyper.data import (
    COMMANDS,
    EVALUATION_COMMANDS,
    Pair,
    Task,
    commands_for,
    load_collection,
    read_source,
    save_collection,
)
from zhyper.describe import (
    TASK_PROMPT,
    Endpoint,
    Writer,
    check,
    conditions,
    culture_prompt,
    evaluation_texts,
    parse,
    prompt_for,
    read_calls,
)
from zhyper.text_to_adapter import TextToAdapter

PLURAL = Task(
    name="plural",
    pairs=tuple(Pair(f"word{i}", f"word{i}s") for i in range(30)),
    descriptions=("Make it plural.",),
)
GOOD = json.dumps(
    [
        "Say how several of them are called.",
        "Turn the noun into its plural form.",
        "What do you call many such things?",
    ]
)


@contextmanager
def serving(answer):
    """A server on a free port that answers a POST by `answer(body, handler)`: status, body and headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said, headers = answer(body, self)
            content = said.encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(content)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

        def handle(self):
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                pass  # a client that no longer waits

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def completion(text, read=100, written=50):
    message = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [message],
            "usage": usage,
        }
    )


def test_a_faulty_endpoint(tmp_path):
    """Refused, broken, late, nonsense: the call is made again, and what is whole is kept."""
    faults, asked = ["busy", "error", "late", "good", "words", "empty", "empty"], []

    def answer(body, handler):
        asked.append(body)
        fault = faults[len(asked) - 1] if len(asked) <= len(faults) else "good"
        if fault == "busy":
            return 429, json.dumps({"error": {"message": "slow down"}}), {"Retry-After": "0"}
        if fault == "error":
            return 500, "oh", {}
        if fault == "late":
            time.sleep(2.5)
        text = {"words": "Here you are:\n1. Name several of the thing.\n2. Give its plural", "empty": ""}.get(
            fault, GOOD
        )
        return 200, completion(text), {}

    told = []
    with serving(answer) as url:
        endpoint = Endpoint(url=url, model="m", timeout=1.0, retries=4, input_price=2.0, output_price=4.0)
        writer = Writer(endpoint, tmp_path / "calls.jsonl", told.append)
        found = writer.describe(PLURAL, TASK_PROMPT, calls=3, count=3)
        assert len(asked) == 7  # the third call gave nothing, so it was made twice
        assert writer.describe(PLURAL, TASK_PROMPT, calls=3, count=3) == found
        assert len(asked) == 7
    assert found == (*json.loads(GOOD), "Name several of the thing.", "Give its plural")
    assert [call.number for call in told] == [0, 1, 2, 2]
    assert writer.totals()["cost"] == pytest.approx(4 * (100 * 2 + 50 * 4) / 1e6)
    assert asked[0]["messages"][1]["content"].count("Input: word") == 5
    assert (
        asked[0]["messages"][1]["content"] != asked[4]["messages"][1]["content"]
    )  # other pairs in each call


def test_the_verb(tmp_path, monkeypatch):
    save_collection([PLURAL], tmp_path / "tasks")
    monkeypatch.setenv("MY_KEY", "secret")
    keys = []

    def answer(body, handler):
        keys.append(handler.headers["Authorization"])
        return 200, completion(json.dumps([*json.loads(GOOD), "Choose the correct option."])), {}

    with serving(answer) as url:
        words = [
            "data",
            "describe",
            f"collection:{tmp_path / 'tasks'}",
            "--out",
            str(tmp_path / "d.jsonl"),
            "--url",
            url,
            "--model",
            "m",
        ]
        words += ["--calls", "2", "--count", "3", "--key-variable", "MY_KEY", "--input-price", "1", "--json"]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
    facts = json.loads(result.stdout)
    assert facts["descriptions"] == {"plural": 3}
    assert facts["refused"] == {"speaks of the answer's form": 3, "came before": 6}
    assert (facts["calls"], facts["tokens_in"], facts["cost"], facts["uncounted"]) == (3, 300, 0.0003, 0)
    assert json.loads((tmp_path / "d.jsonl").read_text()) == {
        "task": "plural",
        "descriptions": json.loads(GOOD),
    }
    assert keys == ["Bearer secret"] * 3
    assert "secret" not in (tmp_path / "d.jsonl.calls.jsonl").read_text()


def test_communities_are_described_by_their_culture():
    task = Task(name="askx/AskFrance", pairs=PLURAL.pairs, descriptions=("x",))
    assert "what a French person is like" in prompt_for(task).text(
        task, random.Random(0), 3, ["A French person cooks."]
    )
    assert prompt_for(PLURAL) is TASK_PROMPT
    assert conditions(PLURAL, ["a", "b"]) == ("a", "b")
    described, *others = conditions(task, ["A French person cooks."])
    commands, mixed = others[:-1], others[-1]
    assert described == "A French person cooks."
    assert "Write like a French person." in commands
    assert mixed.endswith(" A French person cooks.")
    assert mixed.removesuffix(" A French person cooks.") in commands


def test_a_run_goes_on_where_it_was_killed(tmp_path):
    count = []

    def answer(body, handler):
        count.append(1)
        return 200, completion(json.dumps([f"Say number {len(count)} of the requests."])), {}

    log = tmp_path / "calls.jsonl"
    with serving(answer) as url:
        whole = Writer(Endpoint(url=url, model="m"), log).describe(PLURAL, TASK_PROMPT, calls=4, count=1)
        log.write_bytes(
            b"".join(log.read_bytes().splitlines(keepends=True)[:2])
            + '{"task": "plural", "descriptions": ["ä'.encode()[:-1]
        )
        again = Writer(Endpoint(url=url, model="m"), log).describe(PLURAL, TASK_PROMPT, calls=4, count=1)
    assert len(count) == 4 + 2
    assert again[:2] == whole[:2]
    assert len(read_calls(log)) == 4


@pytest.mark.parametrize("change", [{"model": "other"}, {"temperature": 0.5}, {"seed": 1}, {"count": 2}])
def test_a_log_of_other_calls_is_not_taken_for_these(change, tmp_path):
    asked = []

    def answer(body, handler):
        asked.append(body["model"])
        return 200, completion(json.dumps([f"Say number {len(asked)} of the requests."])), {}

    def describe(url, model="m", temperature=1.0, **settings):
        writer = Writer(Endpoint(url=url, model=model, temperature=temperature), tmp_path / "calls.jsonl")
        return writer.describe(PLURAL, TASK_PROMPT, **{"calls": 2, "count": 1, **settings})

    with serving(answer) as url:
        first = describe(url)
        assert describe(url) == first
        assert len(asked) == 2
        assert describe(url, **change) != first
        assert len(asked) == 4
        assert describe(url) == first
    assert len(asked) == 4


def test_twelve_conditions_of_cultures(tmp_path, monkeypatch):
    """What is written for an evaluation is what the benchmarks are then read with."""
    row = {"question": "Siesta?", "options": ["Yes", "No"], "distribution": [0.9, 0.1]}
    (tmp_path / "data").mkdir()
    lines = [json.dumps({**row, "country": country}) for country in ("Spain", "Peru")]
    (tmp_path / "data" / "globalopinionqa.jsonl").write_text("\n".join(lines))
    asked = []

    def answer(body, handler):
        prompt = body["messages"][1]["content"]
        asked.append(prompt)
        place = "Spain" if "Spain" in prompt else "Peru"
        texts = [f"People in {place} like thing {len(asked)}{letter}." for letter in "abcde"]
        return (
            200,
            completion(json.dumps([*texts, "They like football.", "Nobody is named in this one."])),
            {},
        )

    source, out = f"culture-benchmarks:{tmp_path / 'data'}", str(tmp_path / "d.jsonl")
    words = ["data", "describe", source, "--out", out, "--model", "m", "--evaluation"]
    with serving(answer) as url:
        result = CliRunner().invoke(app, [*words, "--url", url, "--json"], catch_exceptions=False)
    facts = json.loads(result.stdout)
    assert facts["descriptions"] == {"Spain": 12, "Peru": 12}
    assert facts["refused"] == {"begins with they": 4, "names neither place nor people": 4}
    assert len(asked) == 4
    assert "Siesta" not in "".join(asked)
    tasks = read_source(f"culture-benchmarks:{tmp_path / 'data'}?descriptions={tmp_path / 'd.jsonl'}").tasks
    spain = next(task for task in tasks if task.name == "globalopinionqa/Spain").descriptions
    assert len(set(spain)) == 12
    assert all("Spain" in text for text in spain)
    assert spain[:4] == tuple(c.format(place="Spain") for c in COMMANDS if "{people}" not in c)[:4]
    assert [text.startswith("People in Spain like") for text in spain] == [False] * 4 + [True] * 8
    assert not set(EVALUATION_COMMANDS) & set(COMMANDS)
    with pytest.raises(ValueError, match="holds no culture"):
        save_collection([PLURAL], tmp_path / "tasks")
        CliRunner().invoke(
            app,
            ["data", "describe", f"collection:{tmp_path / 'tasks'}", *words[3:], "--url", url],
            catch_exceptions=False,
        )


def test_an_endpoint_that_is_not_there(tmp_path):
    writer = Writer(Endpoint(url="http://127.0.0.1:9/v1", model="m", retries=0), tmp_path / "calls.jsonl")
    with pytest.raises(RuntimeError, match="the endpoint http://127.0.0.1:9/v1 failed at call 1 for plural"):
        writer.describe(PLURAL, TASK_PROMPT)
    with (
        serving(lambda body, handler: (200, "[]", {})) as url,
        pytest.raises(RuntimeError, match="failed at call 1"),
    ):
        Writer(Endpoint(url=url, model="m", retries=0), tmp_path / "calls.jsonl").describe(
            PLURAL, TASK_PROMPT
        )


def test_the_rate_is_kept(tmp_path):
    times = []

    def answer(body, handler):
        times.append(time.monotonic())
        return 200, completion(GOOD), {}

    with serving(answer) as url:
        Writer(Endpoint(url=url, model="m", per_minute=300), tmp_path / "calls.jsonl").describe(
            PLURAL, TASK_PROMPT, calls=3
        )
    assert all(b - a > 0.19 for a, b in zip(times, times[1:], strict=False))


def test_the_default_model_behind_a_server(tmp_path):
    """SmolLM2-135M writes as it can; every answer is read, and what is kept obeys the prompt."""
    machine = TextToAdapter.load()

    def answer(body, handler):
        (text,) = machine.generate([body["messages"]], [None], max_new_tokens=60)
        return (
            200,
            completion(text, len(machine.tokenizer(body["messages"][1]["content"])["input_ids"]), 60),
            {},
        )

    with serving(answer) as url:
        writer = Writer(Endpoint(url=url, model="smollm2-135m", timeout=300), tmp_path / "calls.jsonl")
        found = writer.describe(PLURAL, TASK_PROMPT, calls=2, count=3)
        culture = writer.describe(
            Task(name="c", pairs=PLURAL.pairs, descriptions=("x",)),
            culture_prompt("France", "French"),
            calls=1,
            count=2,
        )
    calls = writer.calls
    assert 3 <= len(calls) <= 6  # those that gave nothing were made twice
    assert all(call.tokens_in > 50 for call in calls)
    assert sum(len(call.descriptions) + sum(call.refused.values()) for call in calls) > 0
    assert check([*found], ())[0] == found
    assert check([*culture], ())[0] == culture


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('["a", "b"]', ["a", "b"]),
        ('Sure!\n```json\n["a", "b",]\n```', ["a", "b"]),
        ('["a", "b', ["a", "b"]),
        ('[{"description": "a"}, {"description": "b"}]', [{"description": "a"}, {"description": "b"}]),
        ("Description 1: a\n\nDescription 2: b", ["a", "b"]),
        ("1. a\n2) b\n- c", ["a", "b", "c"]),
        ('<think>I should write ["short"] ones.</think>\n["a", "b"]', ["a", "b"]),
        ('{"1": "a", "2": "b"}', ["a", "b"]),
        ('{"descriptions": ["a", "b"], "count": 2}', ["a", "b"]),
        ("", []),
    ],
)
def test_answers_are_read_as_far_as_they_go(answer, found):
    assert parse(answer) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Name it.", "is too short"),
        ("word " * 81, "is too long"),
        ("Choose the correct option for it.", "speaks of the answer's form"),
        ("Answer it with one word.", "speaks of the answer's form"),
        ("Decide, yes or no, if it rains.", "speaks of the answer's form"),
        ("As in the given examples, do the thing.", "speaks of the examples"),
        ("They love good food.", "begins with they"),
        ("**Bold** words are in this one.", "is marked up"),
        ("Answer with A, B, C or D as you see fit.", "speaks of the answer's form"),
        ("Put it in 5 words or fewer.", "speaks of the answer's form"),
        ("Say 'yes' or 'no' to the question.", "speaks of the answer's form"),
        ("See [the list](x) for the items.", "is marked up"),
        ("Give the plural of a noun.", "came before"),
        (7, "is no text"),
        (None, "is no text"),
    ],
)
def test_what_a_description_may_not_be(text, why):
    assert check([text], ["give the PLURAL of a noun!"]) == ((), {why: 1})


@pytest.mark.parametrize(
    "text",
    [
        "Sort the [list] by size.",
        "Say whether the claim is true.",
        "Give a word for each letter.",
        "Yes, people here like to eat late.",
    ],
)
def test_what_a_description_may_be(text):
    assert check([text], ()) == ((text,), {})


@given(
    st.lists(
        st.text(max_size=40)
        | st.integers()
        | st.dictionaries(st.text(max_size=3), st.text(max_size=30), max_size=2),
        max_size=8,
    ),
    st.text(max_size=200),
)
def test_whatever_comes_nothing_breaks_and_all_is_accounted_for(items, answer):
    kept, refused = check(items, ())
    assert len(kept) + sum(refused.values()) == len(items)
    assert check(kept, ()) == (kept, {})
    check(parse(answer), ())


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"id": 1, "description": "Say it in plural."}, "Say it in plural."),
        ({"n": "1", "text": "Say it in plural."}, "Say it in plural."),
        ("Say it \ud83d in plural.", "Say it ? in plural."),
    ],
)
def test_items_of_other_forms(item, text):
    assert check([item], ()) == ((text,), {})


def test_a_model_of_which_nothing_can_be_kept(tmp_path):
    save_collection([PLURAL], tmp_path / "tasks")
    words = [
        "data",
        "describe",
        f"collection:{tmp_path / 'tasks'}",
        "--out",
        str(tmp_path / "d.jsonl"),
        "--model",
        "m",
        "--calls",
        "1",
    ]
    with serving(lambda body, handler: (200, completion("They. They."), {})) as url:
        result = CliRunner().invoke(app, [*words, "--url", url])
    assert "no description of plural could be kept of what m wrote (2 × is too short)" in str(
        result.exception
    )
    assert not (tmp_path / "d.jsonl").exists()


def test_no_more_calls_than_allowed(tmp_path):
    asked = []

    def answer(body, handler):
        asked.append(1)
        return 200, completion(json.dumps(["They eat late in Spain."])), {}

    task = Task(name="blend/Spain", pairs=(Pair("x", "y"),), descriptions=("x",), split="report")
    with serving(answer) as url, pytest.raises(RuntimeError, match="0 descriptions of Spain came of 3 calls"):
        evaluation_texts(Writer(Endpoint(url=url, model="m"), tmp_path / "calls.jsonl"), task, calls=3)
    assert len(asked) == 6


def test_what_is_held_back_is_not_shown(tmp_path):
    """The writer sees pairs that are trained on, and no others."""
    save_collection(
        [replace(PLURAL, pairs=tuple(Pair(f"word{i}", f"word{i}s") for i in range(200)))], tmp_path / "tasks"
    )
    source = f"collection:{tmp_path / 'tasks'}"
    (trained,) = load_collection(source).rows("train", "train", "train")
    known, seen = {f"Input: {pair.input}" for pair in trained.pairs}, set()

    def answer(body, handler):
        seen.update(
            line for line in body["messages"][1]["content"].splitlines() if line.startswith("Input: ")
        )
        return 200, completion(GOOD), {}

    words = ["data", "describe", source, "--out", str(tmp_path / "d.jsonl"), "--model", "m", "--calls", "20"]
    with serving(answer) as url:
        CliRunner().invoke(app, [*words, "--url", url], catch_exceptions=False)
    assert len(known) < 200
    assert len(seen) > 50
    assert seen <= known


def test_an_or_a():
    said = commands_for({"place": "Africa", "people": "African"})
    assert "Write like an African person." in said
    assert "Write like a European person." in commands_for({"place": "Europe", "people": "European"})
    assert "Be a French neighbour who explains how things are done." in commands_for(
        {"place": "France", "people": "French"}
    )


def test_a_log_that_is_none_is_left_as_it_is(tmp_path):
    log = tmp_path / "calls.jsonl"
    log.write_text('{"a": 1}\n{"b": 2}\n')
    with pytest.raises(ValueError, match="line 1 is not a call"):
        Writer(Endpoint(url="http://x/v1", model="m"), log)
    assert log.read_text() == '{"a": 1}\n{"b": 2}\n'
    with pytest.raises(ValueError, match="does not exist; calls are logged there"):
        Writer(Endpoint(url="http://x/v1", model="m"), tmp_path / "no" / "calls.jsonl")
    with pytest.raises(ValueError, match="the address of an API is expected"):
        Writer(Endpoint(url="nonsense", model="m"), log)
