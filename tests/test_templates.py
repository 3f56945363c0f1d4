"""Questions made of benchmarks' rows: golden prompts, orders of options, and every real row read back."""

import csv
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED, needs_shared
from zhyper.evaluate._templates import TEMPLATES, ask, shuffled

EASY = {
    "data_idx": "7", "question_idx": "7", "prompt_question": "What do they drink?", "prompt_option_a": "Tea", "prompt_option_b": "Milk",
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
        "Is this answer true or false for this question? You must choose either True or False.\nOutput format: True / False"
    )
    assert asked.group == "7"


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


@pytest.mark.parametrize(("benchmark", "row", "right", "wrong"), ANSWERS)
def test_right_and_wrong_answers(benchmark, row, right, wrong):
    asked = ask(benchmark, row)
    assert asked.judged == "equal"
    assert asked.parse(right) == asked.gold
    assert asked.parse(wrong) not in (None, asked.gold)


def test_programs_are_judged_by_their_tests():
    asked = ask("humaneval", HUMANEVAL)
    program = asked.parse("Sure:\n```python\ndef area(r):\n    return math.pi * r * r\n```")
    assert asked.judged == "tests"
    assert program.startswith("import math")
    exec(f"{program}\n{asked.gold}", {"__name__": "row"})
    with pytest.raises(AssertionError):
        exec(f"{program.replace('return', 'return 1 +')}\n{asked.gold}", {"__name__": "row"})
    asked = ask("mbpp", MBPP)
    assert asked.gold == "import math\nassert f(2) == 4\n"
    exec(f"{asked.parse('def f(x): return 2 * x')}\n{asked.gold}", {})


def test_opinions_are_judged_by_shares():
    asked = ask("globalopinionqa", OPINION, seed=5)
    assert (asked.judged, asked.options, asked.gold) == ("shares", ("Bad", "2", "Good"), (0.25, 0.25, 0.5))
    assert [asked.parse(text) for text in ("C", "Good", "2", "I do not know")] == [2, 2, 1, None]


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
    assert len({a.options for a in asked}) > 10
    for a in asked:
        assert a.options[a.gold] == "Juice"
        assert a.parse("ABCD"[a.gold]) == a.parse("juice") == a.gold
        assert f"{'ABCD'[a.gold]}. Juice\n" in a.prompt


def test_wrong_names_and_rows_are_refused():
    with pytest.raises(
        ValueError, match="no template for 'arc'; the benchmarks that have one are: arc_challenge"
    ):
        ask("arc", SCIENCE)
    with pytest.raises(ValueError, match="none of piqa .*its fields are: question, answer"):
        ask("piqa", GSM8K)
    with pytest.raises(ValueError, match="none of winogrande"):
        ask("winogrande", WINOGRANDE | {"answer": "0"})
    with pytest.raises(ValueError, match="none of gsm8k"):
        ask("gsm8k", GSM8K | {"answer": "seven"})
    with pytest.raises(ValueError, match="none of culturalbench_easy"):
        ask("culturalbench_easy", EASY | {"answer": "E"})


def _rows(benchmark):
    folder = SHARED / "data" / "culture_eval"
    if benchmark == "culturalbench_easy":
        with open(folder / "CulturalBench-Easy.csv", encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))
    files = {
        "culturalbench_hard": [folder / "culturalbench_hard_derived.jsonl"], "globalopinionqa": [folder / "globalopinionqa.jsonl"],
        "blend": sorted((folder / "blend_en").glob("*.jsonl")),
    }  # fmt: skip
    files = files.get(benchmark) or sorted((SHARED / "data" / "benchmarks" / benchmark).glob("*.jsonl"))
    texts = [
        file.read_text(encoding="utf-8")
        for file in files
        if "train" not in file.stem and "rest" not in file.stem
    ]
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


@needs_shared
@pytest.mark.parametrize(
    "benchmark", sorted(set(TEMPLATES) - {"sni"})
)  # rows of SNI are pairs of its tasks, asked as they are
def test_real_rows(benchmark):
    """Whatever names the right option of a real row is read as that option, and the list of all options as none."""
    rows = _rows(benchmark)
    assert len(rows) >= 164
    for row in rows[:: max(1, len(rows) // 150)]:
        asked = ask(benchmark, row, seed=2)
        assert asked.prompt.strip() == asked.prompt
        if (
            not asked.options or len(asked.options) > 16
        ):  # of 17 and more one is Q, which reads as a new question
            continue
        labels = asked.parse.keywords["letters"]
        place = asked.gold if asked.judged == "equal" else len(asked.options) - 1
        label, text = labels[place], asked.options[place]
        listed = "\n".join(f"{one}: {option}" for one, option in zip(labels, asked.options, strict=False))
        forms = [
            label,
            f"({label})",
            f"{label}. {text}",
            f"Answer: {label}. {text}\n\nThis is so.",
            f"{listed}\n\nAnswer: {label}",
        ]
        assert [asked.parse(form) for form in forms] == [place] * len(forms)
        assert asked.parse(listed) is None
        assert asked.parse(text) in (place, None if asked.options.count(text) > 1 else place)


@needs_shared
def test_real_gold_answers():
    assert ask("gsm8k", _rows("gsm8k")[0]).gold == Decimal(18)
    easy = [ask("culturalbench_easy", row).gold for row in _rows("culturalbench_easy")]
    spread = [ask("culturalbench_easy", row, seed=0).gold for row in _rows("culturalbench_easy")]
    assert easy.count(0) > 0.5 * len(easy)  # always A would be right in every second row
    assert all(0.2 < spread.count(place) / len(spread) < 0.3 for place in range(4))
    groups = [ask("culturalbench_hard", row).group for row in _rows("culturalbench_hard")]
    assert {groups.count(group) for group in set(groups[::50])} == {4}
