"""Questions made of benchmarks' rows: golden prompts, orders of options, and every real row read back."""

import json
from decimal import Decimal
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED, needs_shared
from zhyper.data import Pair, read_source, table_rows
from zhyper.data.benchmarks import (
    BENCHMARKS,
    Benchmark,
    Choice,
    HarnessTask,
    Number,
    Phrase,
    Program,
    Shares,
    Truth,
    shuffled,
)
from zhyper.data.benchmarks._rows import choice_item, choice_pair
from zhyper.evaluate import Scope
from zhyper.evaluate._marking import parse, right
from zhyper.evaluate._suites import read_suite

EASY = {
    "data_idx": "7", "question_idx": "7", "prompt_question": "What do they drink?", "prompt_option_a": "Tea",
    "prompt_option_b": "Milk",
    "prompt_option_c": "Juice", "prompt_option_d": "Water", "answer": "C", "country": "Nowhere",
}  # fmt: skip
HARD = {
    "data_idx": "7",
    "question_idx": "7",
    "prompt_question": "What do they drink?",
    "prompt_option": "Tea",
    "answer": False,
}
SCIENCE = {"query": "Which is a metal?", "choices": ["iron", "wood", "glass"], "gold": 0}
HELLASWAG = {
    "question": "She sits. she",
    "choices": {"A": "flies.", "B": "eats.", "C": "melts.", "D": "rains."},
    "answer": "B",
}
PIQA = {"query": "Question: Open a jar.\n", "choices": ["Turn the lid.", "Sing."], "gold": 0}
WINOGRANDE = {
    "sentence": "Ann thanked Bea, for _ had helped.",
    "option1": "Ann",
    "option2": "Bea",
    "answer": "2",
}
BOOLQ = {
    "query": "Passage: Tin is a metal.\nQuestion: is tin a metal?\n",
    "choices": ["no", "yes"],
    "gold": 1,
}
GSM8K = {"question": "What is 3 + 4?", "answer": "3 + 4 = <<3+4=7>>7.\n#### 7"}
HUMANEVAL = {
    "prompt": "import math\n\n\ndef area(r):\n    '''Of a circle.'''\n", "entry_point": "area",
    "test": "def check(f):\n    assert f(0) == 0\n",
}  # fmt: skip
MBPP = {
    "prompt": "Write a function to double.",
    "test_imports": ["import math"],
    "test_list": ["assert f(2) == 4"],
}
OPINION = {
    "question": "How good is it?",
    "options": ["Bad", 2.0, "Good"],
    "distribution": [0.25, 0.25, 0.5],
    "country": "Nowhere",
}
BLEND = {
    "en_question": "What do they eat?",
    "answers": [{"en": ["rice", "white rice"], "count": 3}, {"en": ["tea"], "count": 1}],
}


def ask(benchmark, row, seed=None):
    return BENCHMARKS[benchmark].read_item(row, seed)


ANSWERS = [
    ("culturalbench_easy", EASY, "Answer: C. Juice", "Answer: A"),
    ("culturalbench_hard", HARD, "False.", "True, as noted"),
    ("arc_easy", SCIENCE, "A", "C: glass"),
    ("arc_challenge", SCIENCE, "(a)", "b"),
    ("openbookqa", SCIENCE, "iron", "wood"),
    ("hellaswag", HELLASWAG, "1", "3"),
    ("piqa", PIQA, "0: Turn the lid.", "1"),
    ("winogrande", WINOGRANDE, "Option 2", "Option 1"),
    ("boolq", BOOLQ, "`true`", "No, it is not."),
    ("gsm8k", GSM8K, "3 + 4 = 7\n#### 7.0", "The answer is 34."),
    ("blend", BLEND, "White rice!", "price"),
]


def test_culturalbench_is_asked_in_its_own_words():
    assert ask("culturalbench_easy", EASY).prompt == (
        "To answer the following multiple-choice question, choose one option only among A, B, C, D.\n"
        "Instruction: You must select one option among A, B, C, D. Do not output anything else.\n"
        "Question: What do they drink?\nA. Tea\nB. Milk\nC. Juice\nD. Water\nOutput format: Answer: <letter>"
    )
    asked = ask("culturalbench_hard", HARD)
    assert asked.prompt == (
        "Question: What do they drink?\nAnswer: Tea\n"
        "Is this answer true or false for this question? You must choose either True or False.\nOutput "
        "format: True / False"
    )
    assert BENCHMARKS["culturalbench_hard"].key(HARD | {"data_idx": "1"}, 3) == "7"


def test_prompts_show_question_and_options():
    shown = {
        "arc_easy": (SCIENCE, "Which is a metal?\n\nA: iron\nB: wood\nC: glass\n\n"),
        "hellaswag": (HELLASWAG, "Passage: She sits. she\n\n0: flies.\n1: eats.\n2: melts.\n3: rains.\n\n"),
        "piqa": (PIQA, '"""\nOpen a jar.\n"""\n\n0: Turn the lid.\n1: Sing.\n\n'),
        "winogrande": (
            WINOGRANDE,
            "for _ had helped.\n\nWhich option fills the gap?\n\nOption 1: Ann\nOption 2: Bea\n\n",
        ),
        "boolq": (BOOLQ, "Tin is a metal.\n\nQuestion: is tin a metal?\n\nAnswer with `true` or `false`"),
        "gsm8k": (GSM8K, "What is 3 + 4?"),
        "humaneval": (HUMANEVAL, f"```python\n{HUMANEVAL['prompt']}```"),
        "mbpp": (
            MBPP,
            "Write a function to double.\n\nThese assertions have to hold:\n```python\nassert f(2) == 4\n```",
        ),
        "globalopinionqa": (OPINION, "How good is it?\n\nA: Bad\nB: 2\nC: Good\n\n"),
        "blend": (BLEND, "What do they eat?\n\n"),
    }
    for benchmark, (row, text) in shown.items():
        assert text in ask(benchmark, row).prompt, benchmark
    assert "7" not in ask("gsm8k", GSM8K).prompt
    assert "Nowhere" not in ask("globalopinionqa", OPINION).prompt + ask("culturalbench_easy", EASY).prompt


@pytest.mark.parametrize(("benchmark", "row", "good", "bad"), ANSWERS)
def test_right_and_wrong_answers(benchmark, row, good, bad):
    answer = ask(benchmark, row).answer
    assert isinstance(answer, Choice | Truth | Number | Phrase)
    assert parse(answer, good) == right(answer)
    assert parse(answer, bad) not in (None, right(answer))


def test_programs_are_judged_by_their_tests():
    answer = ask("humaneval", HUMANEVAL).answer
    program = parse(answer, "Sure:\n```python\ndef area(r):\n    return math.pi * r * r\n```")
    assert isinstance(answer, Program)
    assert program.startswith("import math")
    exec(f"{program}\n{right(answer)}", {"__name__": "row"})
    with pytest.raises(AssertionError):
        exec(f"{program.replace('return', 'return 1 +')}\n{right(answer)}", {"__name__": "row"})
    answer = ask("mbpp", MBPP).answer
    assert right(answer) == "import math\nassert f(2) == 4\n"
    exec(f"{parse(answer, 'def f(x): return 2 * x')}\n{right(answer)}", {})


def test_opinions_are_judged_by_shares():
    answer = ask("globalopinionqa", OPINION, seed=5).answer
    assert isinstance(answer, Shares)
    assert (answer.options, right(answer)) == (("Bad", "2", "Good"), (0.25, 0.25, 0.5))
    assert [parse(answer, text) for text in ("C", "Good", "2", "I do not know")] == [2, 2, 1, None]


@given(n=st.integers(1, 9), seed=st.integers(0, 99), key=st.text(max_size=9), data=st.data())
def test_shuffling_keeps_the_right_option(n, seed, key, data):
    gold = data.draw(st.integers(0, n - 1))
    options, place = shuffled(range(n), gold, seed, key)
    assert sorted(options) == list(range(n))
    assert options[place] == gold
    assert shuffled(range(n), gold, seed, key) == (options, place)
    assert shuffled(range(n), gold, None, key) == (tuple(range(n)), gold)


def test_orders_are_fixed_and_even():
    assert shuffled("abcd", 0, 0, "3") == (("d", "c", "a", "b"), 2)  # the same on every machine
    places = [shuffled("abcd", 0, 3, str(key))[1] for key in range(4000)]
    assert all(900 < places.count(place) < 1100 for place in range(4))
    assert places != [shuffled("abcd", 0, 4, str(key))[1] for key in range(4000)]
    with pytest.raises(ValueError, match="number 4, counted from 0, of 4"):
        shuffled("abcd", 4, 0, "7")


def test_shuffled_questions_know_their_answer():
    asked = [ask("culturalbench_easy", EASY | {"data_idx": str(i)}, seed=1) for i in range(40)]
    assert len({item.answer.options for item in asked}) > 10
    for item in asked:
        answer = item.answer
        assert answer.options[answer.right] == "Juice"
        assert parse(answer, "ABCD"[answer.right]) == parse(answer, "juice") == answer.right
        assert f"{'ABCD'[answer.right]}. Juice\n" in item.prompt


def test_wrong_rows_are_refused():
    with pytest.raises(ValueError, match="this row is not a row of piqa .*its fields are: question, answer"):
        ask("piqa", GSM8K)
    with pytest.raises(ValueError, match="this row is not a row of winogrande"):
        ask("winogrande", WINOGRANDE | {"answer": "0"})
    with pytest.raises(ValueError, match="this row is not a row of gsm8k"):
        ask("gsm8k", GSM8K | {"answer": "seven"})
    with pytest.raises(ValueError, match="this row is not a row of culturalbench_easy"):
        ask("culturalbench_easy", EASY | {"answer": "E"})


def _rows(benchmark):
    of = BENCHMARKS[benchmark]
    folder = SHARED / "data" / ("culture_eval" if of.by_country else "benchmarks")
    return [row for file in of.paths(folder) for _, row in table_rows(file)]


@needs_shared
@pytest.mark.parametrize(
    "benchmark", sorted(BENCHMARKS)
)  # rows of SNI are pairs of its tasks, asked as they are
def test_real_rows(benchmark):
    """What names the right option of a real row is read as it, and the list of all options as none."""
    rows = _rows(benchmark)
    assert len(rows) >= 164
    for row in rows[:: max(1, len(rows) // 150)]:
        asked = ask(benchmark, row, seed=2)
        assert asked.prompt.strip() == asked.prompt
        options = getattr(asked.answer, "options", ())
        if not options or len(options) > 16:  # of 17 and more one is Q, which reads as a new question
            continue
        labels = getattr(asked.answer, "labels", ascii_uppercase)
        place = right(asked.answer) if isinstance(asked.answer, Choice) else len(options) - 1
        label, text = labels[place], options[place]
        listed = "\n".join(f"{one}: {option}" for one, option in zip(labels, options, strict=False))
        forms = [
            label,
            f"({label})",
            f"{label}. {text}",
            f"Answer: {label}. {text}\n\nThis is so.",
            f"{listed}\n\nAnswer: {label}",
        ]
        assert [parse(asked.answer, form) for form in forms] == [place] * len(forms)
        assert parse(asked.answer, listed) is None
        assert parse(asked.answer, text) in (place, None if options.count(text) > 1 else place)


@needs_shared
def test_real_gold_answers():
    assert right(ask("gsm8k", _rows("gsm8k")[0]).answer) == Decimal(18)
    easy = [ask("culturalbench_easy", row).answer.right for row in _rows("culturalbench_easy")]
    spread = [ask("culturalbench_easy", row, seed=0).answer.right for row in _rows("culturalbench_easy")]
    assert easy.count(0) > 0.5 * len(easy)  # always A would be right in every second row
    assert all(0.2 < spread.count(place) / len(spread) < 0.3 for place in range(4))
    groups = [
        BENCHMARKS["culturalbench_hard"].key(row, i) for i, row in enumerate(_rows("culturalbench_hard"))
    ]
    assert {groups.count(group) for group in set(groups[::50])} == {4}


def test_a_new_benchmark_is_one_row(tmp_path, monkeypatch):
    row = Benchmark(
        name="colours",
        files="colours/*.jsonl",
        item=choice_item("Pick one.\n\n{text}\n\n{options}"),
        pair=choice_pair,
        harness=HarnessTask(),
        descriptions=("Name the colours of things.",),
        tokens=8,
    )
    monkeypatch.setitem(BENCHMARKS, "colours", row)
    (tmp_path / "colours").mkdir()
    lines = [{"query": f"Grass {i}?", "choices": ["red", "green"], "gold": 1} for i in range(3)]
    (tmp_path / "colours" / "test.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (task,) = read_source(f"benchmarks:{tmp_path}").tasks
    assert (task.name, task.descriptions) == ("benchmarks/colours", row.descriptions)
    assert task.pairs[0] == Pair("Grass 0?\nA: red\nB: green", "B")
    for suite in ("benchmarks", "choices"):
        (group,) = read_suite(suite, Scope(folder=tmp_path))
        assert (group.subject, group.descriptions, group.tokens) == ("colours", row.descriptions, 8)
        assert {parse(q.items[0].answer, "green") == right(q.items[0].answer) for q in group.questions} == {
            True
        }
    harness = pytest.importorskip("zhyper.evaluate.harness")
    (lm_eval_task,) = harness.local_tasks({"colours": tmp_path / "colours" / "test.jsonl"})["tasks"].values()
    assert lm_eval_task.doc_to_text(lm_eval_task.eval_docs[0]) == "Question: Grass 0?\nAnswer:"
