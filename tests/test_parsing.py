"""Reading of generated answers: hard cases labelled by hand, forms that are rendered and read back, and real programs in chatty answers."""

import ast
import json
import re
import warnings
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import SHARED, needs_shared
from zhyper.evaluate.parsing import (
    gold_number,
    matches_any,
    normalised,
    parse_choice,
    parse_code,
    parse_number,
    parse_truth,
)

CITIES = ("London", "Paris", "Rome", "Berlin")
ROMAN, LISTS = ("i", "ii", "iii", "iv"), ("i, iv", "i, ii, iii", "ii, iv", "ii, iii")
NINE = tuple(f"{number} of the things" for number in "one two three four five six seven eight nine".split())
SIGNS, PLACES, TWICE = (
    ("+2", "+1", "-1", "-2"),
    ("a tundra", "a desert", "the plains", "a marsh"),
    ("Andalusian", "Madrid", "Madrid", "Basque"),
)
ALL = "A. London\nB. Paris\nC. Rome\nD. Berlin"

CHOICES = {
    (CITIES, 0): ["Answer: A", "Answer: a", "A London", "a) London", "The answer is: (A) London", "A: London", "A because it is.", "(A)",
    "a"],
    (CITIES, 1): [
        'Sure! The correct answer is:\n\n**B. Paris**', 'Let me think. London is in England. Thus, the answer is (B) Paris.',
        'Based on this, option B (Paris) is the best choice.', '[ANSWER] B', '{"answer": "B"}', 'In France, the capital is Paris.',
        'Paris is the answer.', 'B is my final answer', 'Although A seems right, the answer is B.', "It's definitely not A. It's B.",
        'B</s>', 'B [/INST] A', '→ B', 'B.Paris', 'b - paris', 'B!',
        "B", "(b)", "b)", "b", "Answer: B", "**B**", "The answer is B.", "B. Paris", "Paris", "paris.", r"\boxed{B}", "B:", "[B]", "{B}",
        '"B"', "'B'",
        r"The answer is $\boxed{\text{B}}$.", "(\uff22)", "\uff08B\uff09", "【B】", "“B”", "`B`", "_B_", "__B__", "𝐁", "Ⓑ", "B\u200b",
        "\ufeffB", "Answer：Ｂ",
        "<answer>B</answer>", "<b>B</b>", "Answer: <B>", "Choice B", "option b", "Letter: B", "The best option is (B) Paris.", "I'd say B",
        "B, because it is.", "B because it is.", "B is the correct answer.", "A is wrong. B is correct.", "It is Paris.",
        "I think the answer is Paris.",
        "The capital of France is Paris.", "I choose B and D is wrong", "答案：B", "答案是B", "La respuesta es B.",
        "B) Paris\n\nParis is the capital.",
        "Answer: B\nAnswer: C", "Answer: B\n\nQuestion: What?\nA. x\nAnswer: A", "B\n\nQ: again?\nAnswer: A", "Paris, since it is.",
        "B<|im_end|>\nA",
        "Answer: B\n\nExplanation: A is wrong because London is in England.", f"{ALL}\n\nB. Paris",
        "The answer is B. Paris is the capital of France.",
        "A. London is wrong. B. Paris is right. C. Rome is wrong. D. Berlin is wrong. So the answer is B.",
    ],
    (CITIES, 2): [
        "I would choose option C because A is wrong", "Not A but C", "The answer is not A but C.",
        "A. London B. Paris C. Rome D. Berlin. Answer: C",
        "A. x B. y C. z D. w. Answer: C", "C. Ro", "It's C.", "Between A and C, I'd go for C.", "Réponse : C", "Ans: C", "ANSWER: C",
        "answer is c",
        "Final answer: C", "Rome (C)", f"Question: Which?\n{ALL}\nAnswer: C", f"The question again.\nQuestion: Which?\n{ALL}\nAnswer: C",
        "Of the four, C is the most likely.", "My pick: c.", "The correct option among A, B, C, D is C.",
    ],
    (CITIES, 3): [
        'It must be D.', "The answer isn't A, it's D.", 'D is the answer, since Berlin is a capital.',
        "I would go with (D).", "answer - d", "The correct answer is D: Berlin, of course",
        "The answer is B. Wait, actually the answer is D.",
        "Die Antwort ist D.", "I believe it is option D", "D.",
    ],
    (CITIES, None): [
        'A? No, B.', '(B) Paris (C) Rome', 'B. Paris\nC. Rome', 'London? No: Paris.', 'Either A or B.', 'I am torn between A and D.',
        'It could be A.', 'There is no correct answer.', 'Paris is the capital of France.',
        "", "   \n", "A and B", "A B C D", "A, B, C, D", "A/B", "A & B", "B and C", "Answer: A and B", "Answer: A or B",
        "Both A and B are correct.",
        "A person would say that", "I think it's hard", "I'm sorry, but I cannot answer that.",
        "As an AI language model, I do not have opinions.", ALL,
        "A: London\nB: Paris\nC: Ro", "B. London", "Answer: <letter>", "The answer is not A.", "The answer is A person", "The capital is a",
        "The answer is a",
        "Option 2", "Vitamin C", "U.S.A.", "B-52", "C++", "The wrong answer is A.", "None of the above", "All of the above", "E",
        "The answer is E.",
        "Do not output anything else.", "You must select one option among A, B, C, D.", "The options are A and B.", "D'Artagnan", "C'est B",
        "A-level",
        "Paris, London", "Paris is not the capital.", "I cannot choose A.", "I do not know.\n\nQuestion: Next?\nA. x\nAnswer: A",
        "Question: Which?\n" + ALL,
        "A beach is formed when sediment is left. What then?\n\nA: London", "C is wrong", "neither A nor B",
    ],
    (ROMAN, 1): ["Answer: ii", "(ii)", "ii."],
    (LISTS, 0): ["i and iv", "Answer: A. i, iv. In the Indian context, both are common."],
    (LISTS, 2): ["Answer: ii, iv", "(ii), (iv)", "Answer: C. ii, iv. Garam masala and chaat masala are blends."],
    (LISTS, None): ["Answer: ii", "Garam masala", "A. ii, iii"],
    (NINE, 8): ["I", "I.", "(i)", "Answer: I", "The answer is I.", "I would choose I."],
    (NINE, 1): ["I think it's B", "I, for one, would choose B."],
    (NINE, None): ["I think it's unclear", "I, personally, do not know", "I'm not sure", "As an AI, I cannot choose."],
    (SIGNS, 2): ["-1", "\u22121", "The answer is -1."],
    (("1", "2", "20", "200"), 1): ["2", "The answer is 2.", "B"],
    (("C", "Co", "Cp", "Cu"), 2): ["C", "Cp"],
    (("one B vitamin", "C vitamins", "B vitamins"), 2): ["The answer is B vitamins.", "B vitamins", "C"],
    (("RR", "rr", "R", "Rr"), 3): ["Rr", "D. Rr", "d"],
    (PLACES, 3): ["a marsh", "It is a marsh.", "D: a marsh", "Marsh"],
    (TWICE, None): ["Madrid"],
    (TWICE, 1): ["B", "B. Madrid"],
    (("चावल", "मछली"), 0): ["चावल।", "चावल"],
    (("का", "की"), 1): ["की"],
    (("面条", "米饭"), 1): ["米饭。", "答えはBです"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "right", "answer"),
    [(options, n, text) for (options, n), texts in CHOICES.items() for text in texts],
)
def test_choices(options, right, answer):
    assert parse_choice(answer, options) == right


@pytest.mark.parametrize(
    ("letters", "answer", "right"),
    [
        ("12", "1", 0), ("12", "Option 2", 1), ("12", "2. Maria", 1), ("12", "Maria", 1), ("12", "`2`", 1), ("12", "2 people", None),
        ("12", "12", None),
        ("12", "1 or 2", None), ("12", "Option 1: Sarah\nOption 2: Maria", None), ("12", "Option 2 is correct", 1), ("12", "1st", None),
        ("01", "0", 0), ("01", "0.5", None), ("01", "The answer is 1.", 1), ("01", "B", None), ("01", "0, 1", None),
    ],
)  # fmt: skip
def test_options_may_be_numbered(letters, answer, right):
    assert parse_choice(answer, ("Sarah", "Maria"), letters) == right


def test_options_without_labels_are_refused():
    with pytest.raises(ValueError, match="3 options came for the labels '01'"):
        parse_choice("A", ("x", "y", "z"), "01")
    with pytest.raises(ValueError, match="at least one option"):
        parse_choice("A", ())


TRUTHS = {
    True: [
        "It's not false, it's true.", "It's true but rare.", 'Correct! This is common.', 'True\n\nExplanation: it is common.',
        "True", "true.", "TRUE!", "True, as noted", "Yes", "correct", "not false", "Answer: True", "True or False: True",
        "The answer is `true`.", "T",
        "It is not untrue.", "This is a true statement.", "That's right.", "right", "True. The claim that it is false is common.",
        "I'd say true.",
        "Output: True", "<b>True</b>", "“True”", "It's true.", "true\n\nQuestion: x\nAnswer: False", "The answer isn't false.",
        "Yes, it is correct.",
    ],
    False: [
        'In Japan, this is not considered true.', 'The right answer would be False.', "I'd go with False.",
        'It would not be correct to say so.', "It's a false claim.",
        "False", "**False**", "No", "No, it isn't.", "not true", "Not correct.", "The statement is not true", "This is incorrect",
        "The answer isn't true.",
        "I don't think this is true.", "Correct answer: False", "F", "Answer: F", "This answer is false for this question.",
        "I believe this to be false.",
        "False - it's a myth", r"\boxed{False}", "It’s not true.", "Is this answer true or false? False.",
        "It is not true that Koreans do so.",
        "The claim is wrong, so the answer is False.",
        "It is true that many do. But it is not correct here. Therefore, the statement is false.",
        "It is not the case that this is true.", "No, this is not true.", "True / False: False", "Many people say so.\nFalse",
    ],
    None: [
        "True?", "No, that's true only in Japan.", "Not necessarily true.", "Truthfully, no.", "It depends.",
        "", "True / False", "True/False", "True or False", "True\nFalse", "Yes and no.", "Partly true", "The claim is half true.",
        "No country does that.",
        "It is true that X is eaten but false that Y is.", "I cannot determine whether this is true or false.",
        "A. False. B. False. C. True.",
        "Yes, this is false.", "A true story.", "Right, so let us see.", "neither true nor false", "There is no evidence.", "Is it true?",
        "Truely so",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("right", "answer"), [(truth, answer) for truth, answers in TRUTHS.items() for answer in answers]
)
def test_truths(right, answer):
    assert parse_truth(answer) is right


NUMBERS = {
    "18": [
        'He ran 18 miles a week (3 sprints x 6 miles)', '18\n\n### Question 2\n19', '18\n\nHuman: next 19', 'The answer is 18 (eighteen).',
        '12 + 6 = 18. So the answer is 18 dollars and 0 cents.',
        "18", "18.", "18.0", "x = 18", "18 dollars per day", "#### 18", "####18", "**#### 18**", "#### $18.00", "The answer is **18**.",
        "$18", "\uff11\uff18",
        "9 * 2 = $18 every day for 7 days.", "She makes 9 * 2 = $<<9*2=18>>18", "The answer is 9 * 2 = 18.",
        "The answer is that she makes $18 per day.",
        "The answer is 18 because 9*2 = 18 and 16-7=9", "Answer: 18 eggs. She had 20 before.", "Answer: 16 - 3 - 4 = 9 eggs. 9*2 = 18",
        "Answer:\nJanet sells 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = 18 dollars.", "The answer is:\n18\n\nFor she sells 9 at 2.",
        "The answer is 18.\n\nQ: 5+5? The answer is 10.", "The answer is 18.\n\nQuestion: next\n#### 20",
        "#### Step 1: add\n9+9=18\n#### Answer: 18",
        "1. Add 9 and 9\n2. Get 18\n3. Done", r"\boxed{18}", "#### 18\n\nThe answer is: 20", "She has 10 and 8, so 18",
    ],
    "1234": ["#### 1,234", "1,234", "$1,234.00", "1\u2009234", "1\u202f234", r"$\boxed{1{,}234}$", "1'234", "The answer is 1,234 eggs."],
    "1234.5": ["The answer is $1,234.50.", "1.234,50 €"],
    "1234567": ["1.234.567", "1,234,567", "12,34,567"],
    "1500000": ["1.5 million", "$1.5 million dollars", "1,500,000"],
    "1500": ["1.5e3", "1.5 × 10^3", "1.5 x 10³"],
    "-3": ["-3", "\u22123", "x = -3", "It is -3 degrees", "minus 3", "$-3", "-$3", "#### -3"],
    "3": ["5 - 3", "10-3", "٣", "- 3 apples", "(3)", "1, 2, 3", "3 eggs/day", "temperature-3"],
    "0.75": ["3/4", "The answer is 3/4 of a pie.", r"\boxed{\frac{3}{4}}", "¾", ".75"],
    "1.75": ["1 3/4 cups", "1¾", r"1\frac{3}{4}"],
    "25": ["25%", "The answer is 25 percent."],
    None: ["", "no idea", "H2O", "I cannot say."],
}  # fmt: skip


@pytest.mark.parametrize(
    ("right", "answer"), [(number, answer) for number, answers in NUMBERS.items() for answer in answers]
)
def test_numbers(right, answer):
    assert parse_number(answer) == (None if right is None else Decimal(right))


def test_gold_numbers():
    assert gold_number("He has 2/2=<<2/2=1>>1.\n#### 2,125") == 2125
    assert gold_number("#### -10") == -10
    with pytest.raises(ValueError, match="ends with #### and a number"):
        gold_number("He has 3.")


HEAD = "import math\n\n\ndef area(r):\n    '''Of a circle.'''\n"
BODY = "    square = r * r\n    return math.pi * square\n"
TWO = "def area(r):\n    return helper(r)\n\n\ndef helper(r):\n    return 3 * r * r\n"


@pytest.mark.parametrize(
    "answer",
    [
        BODY, BODY.strip(), HEAD + BODY, f"Sure:\n```python\n{HEAD}{BODY}```\nIt multiplies.", f"```\n{HEAD}{BODY}",
        f"Here it is.\n\n{HEAD}{BODY}\nDone, I hope.",
        f"```python\n{HEAD.partition('def')[1]}{HEAD.partition('def')[2]}{BODY}```", f"```python\n{BODY}```",
        f"```python\n{BODY.replace('    ', '')}```",
        f"{HEAD}{BODY}\n```\nThis works.", f"{BODY}\nif __name__ == '__main__':\n    print(area(2))\n",
        f"{HEAD}{BODY}\nanswer = area(3)\nprint(answer)\n",
        f"{HEAD}{BODY}\nassert area(0) == 0\n", f"{BODY}\n\ndef area(r):\n    return 0\n", f"{HEAD}{BODY}".replace("\n", "\r\n"),
        f"{HEAD}{BODY}    return math.po(",
        f"```bash\npip install x\n```\n```python\n{HEAD}{BODY}```\n```python\nprint(area(1))\n```", BODY.replace("    ", "\t"),
        f"{BODY}\nQuestion: another\n{BODY}",
        "1. So:\n\n" + "\n".join("   " + line for line in f"```python\n{HEAD}{BODY}```".split("\n")),
    ],
)  # fmt: skip
def test_programs(answer):
    """Every form gives the same program: the prompt's function, completed."""
    assert ast.dump(ast.parse(parse_code(answer, HEAD))) == ast.dump(ast.parse(HEAD + BODY))


def test_helpers_stay_and_what_is_no_program_goes():
    assert parse_code(f"```python\n{TWO}```") == TWO
    assert parse_code(TWO + "\nprint(helper(1))") == TWO
    assert parse_code("area = lambda r: 3 * r * r") == "area = lambda r: 3 * r * r"
    table = "def f(n):\n    return TABLE[n]\n\nTABLE = [f(0) for _ in ()]"
    assert parse_code(table) == table  # read by the function, so no example
    assert (
        parse_code("def f(n):\n    return n\n\nx = f(3)\nother = f\nprint(x)")
        == "def f(n):\n    return n\nother = f\n"
    )
    for nothing in ("", "Sorry", "I cannot do that.", "```\n```", "Here it is: x + 1"):
        assert parse_code(nothing) == parse_code(nothing, HEAD) == ""


def test_a_prompt_that_is_no_code_is_passed_over():
    assert parse_code(TWO, "Write a function for the area.") == TWO


@needs_shared
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::SyntaxWarning"
)  # these programs hold "\\d" and the like
def test_real_programs_survive_chatty_answers():
    said = "Explanation: it loops over all of them.\nIt is O(n)."

    def wrapped(program, run):
        yield f"Sure! Here is it:\n\n```python\n{program}\n```\n\n{said}"
        yield f"Here is the solution:\n\n{program}\n\n{said}"
        yield f"```python\n{program}"
        yield f"{program}\n```\n{said}"
        yield f"```py\n{program}\n\n# Example\n{run}\n```"
        yield f"[BEGIN]\n{program}\n[DONE]\nYou are an expert."

    def check(answers, prompt, program):
        for answer in answers:
            assert ast.dump(ast.parse(parse_code(answer, prompt))) == ast.dump(ast.parse(program)), answer

    for row in _rows("humaneval/test.jsonl")[::3]:
        prompt, body, entry = row["prompt"], row["canonical_solution"], row["entry_point"]
        function = (prompt + body)[re.search(rf"^def {entry}\b", prompt, re.MULTILINE).start() :]
        run = f"result = {entry}(1)\nprint(result)"
        inside = [
            body,
            body.strip(),
            f"{body}\n\n{run}",
            f"{body.strip()}\n\n{said}",
            f"```python\n{body}```",
            f"```python\n{function}```\n{said}",
        ]
        check([*inside, *wrapped(prompt + body, run)], prompt, prompt + body)
    for row in _rows("mbpp/sanitized_test.jsonl")[::3]:
        check([row["code"], *wrapped(row["code"], "\n".join(row["test_list"]))], row["prompt"], row["code"])


def _rows(name):
    return [json.loads(line) for line in (SHARED / "data" / "benchmarks" / name).read_text().splitlines()]


def test_normalised():
    assert normalised("The  Great   WALL, of a 'China'!") == "great wall of china"
    assert normalised("Don't eat in the U.S., or 1.5") == "dont eat in us or 1 5"
    assert normalised("चावल।") == "चावल"


@pytest.mark.parametrize(
    ("answer", "spellings", "right"),
    [
        ("they eat rice", ["rice"], True), ("price", ["rice"], False), ("Fish and chips!", ["nuts", "fish and chips"], True),
        ("ice-cream", ["ice cream"], True),
        ("The U.S.", ["US"], True), ("CRISPS", ["potato crisps", "crisps"], True), ("chips", ["potato chips"], False),
        ("我吃米饭", ["米饭"], True), ("米", ["米饭"], False),
        ("ข้าวผัด", ["ข้าว"], True),
        ("김밥", ["밥"], False), ("밥", ["밥"], True), ("का", ["की"], False), ("", ["x"], False), ("x", [], False),
        ("x", ["", "."], False),
        ("15", ["1.5"], False), ("Rice\n\nQuestion: And to drink?\nAnswer: tea", ["tea"], False), ("tea", iter(["rice", "tea"]), True),
    ],
)  # fmt: skip
def test_short_answers(answer, spellings, right):
    assert matches_any(answer, spellings) is right


PIECES = st.sampled_from(
    "A a I B (B) . , : \n \t ** ` ``` ``` $ ( ) [ ] { } \\boxed{ ' \" - − / 1 0 1,234 1/0 3/4 = #### e9 ² ½ % true false not no yes is or "
    "and answer the Answer: Question: Q: Paris London def class f(x): return if: for lambda @ import ''' \\ 的 ا क ﷺ \u200b \0 "
    "\ud800 <b> </b> 9".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.lists(PIECES, max_size=40).map("".join),
)


@given(text=TEXTS)
def test_no_text_breaks_a_parser(text):
    assert parse_choice(text, CITIES) in (None, 0, 1, 2, 3)
    assert parse_choice(text, NINE) in (None, *range(9))
    assert parse_truth(text) in (None, False, True)
    number = parse_number(text)
    assert number is None or number == number
    assert normalised(normalised(text)) == normalised(text)
    assert matches_any(text, [text]) in (True, False)
    for prompt in ("", HEAD):
        program = parse_code(text, prompt)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(program, "answer", "exec", dont_inherit=True)


DECORATIONS = [
    "{}", "({})", "{})", "[{}]", "**{}**", "`{}`", "'{}'", "{}.", "{}:", "Answer: {}", "answer is {}.", "The correct answer is ({}).",
    "\\boxed{{{}}}", "$\\boxed{{{}}}$",
    "**Answer:** {}", "Option {}", "I would choose {}.", "<answer>{}</answer>", " \n{}\n", "- {}", "> {}",
    "{}\n\nBecause of what was said.", "So the answer is ({}), clearly.",
]  # fmt: skip


@given(index=st.integers(0, 25), decoration=st.sampled_from(DECORATIONS), low=st.booleans())
def test_a_bare_letter_in_any_decoration(index, decoration, low):
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index]
    assume((letter, decoration) != ("Q", "{}:"))  # that begins a new question
    options = [f"number {n} of these" for n in range(26)]
    assert parse_choice(decoration.format(letter.lower() if low else letter), options) == index


@given(
    options=st.lists(st.lists(st.text("bcdfghjklm", min_size=2), min_size=1).map(" ".join), min_size=2, max_size=6, unique_by=normalised),
    data=st.data(),
    form=st.sampled_from(["{letter}. {text}", "Answer: {letter}. {text}", "{text}", "The answer is {text}.", "({letter}) {text}, of course",
    "{all}\nAnswer: {letter}"]),
)  # fmt: skip
def test_what_is_rendered_is_read(options, data, form):
    index = data.draw(st.integers(0, len(options) - 1))
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCDEF", options, strict=False))
    assert (
        parse_choice(form.format(letter="ABCDEF"[index], text=options[index], all=listed), options) == index
    )


@given(
    number=st.integers(-(10**9), 10**9),
    cents=st.integers(0, 99),
    form=st.sampled_from(
        [
            "{}",
            "#### {}",
            "The answer is {}.",
            "5 + 7 = {}",
            "\\boxed{{{}}}",
            "I have 3, so {}",
            "Answer: {} eggs",
        ]
    ),
)
def test_a_number_is_read_back(number, cents, form):
    assert parse_number(form.format(f"{number:,}.{cents:02}")) == Decimal(f"{number}.{cents:02}")


@given(
    truth=st.booleans(),
    form=st.sampled_from(
        ["{}", "**{}**", "The answer is {}.", "{}, as is known", "It is {} that they do.", "Answer: {}"]
    ),
)
def test_a_truth_is_read_back(truth, form):
    assert parse_truth(form.format(truth)) is truth
    assert parse_truth(form.format(f"not {str(truth).lower()}")) is not truth
