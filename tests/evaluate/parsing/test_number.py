"""The number that an answer ends with."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhyper.evaluate.parsing import (
    gold_number,
    parse_number,
)

NUMBERS = {
    "18": [
        'He ran 18 miles a week (3 sprints x 6 miles)', '18\n\n### Question 2\n19', '18\n\nHuman: next 19',
        'The answer is 18 (eighteen).',
        '12 + 6 = 18. So the answer is 18 dollars and 0 cents.',
        "18", "18.", "18.0", "x = 18", "18 dollars per day", "#### 18", "####18", "**#### 18**",
        "#### $18.00", "The answer is **18**.",
        "$18", "\uff11\uff18",
        "9 * 2 = $18 every day for 7 days.", "She makes 9 * 2 = $<<9*2=18>>18", "The answer is 9 * 2 = 18.",
        "The answer is that she makes $18 per day.",
        "The answer is 18 because 9*2 = 18 and 16-7=9", "Answer: 18 eggs. She had 20 before.",
        "Answer: 16 - 3 - 4 = 9 eggs. 9*2 = 18",
        "Answer:\nJanet sells 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = 18 dollars.",
        "The answer is:\n18\n\nFor she sells 9 at 2.",
        "The answer is 18.\n\nQ: 5+5? The answer is 10.", "The answer is 18.\n\nQuestion: next\n#### 20",
        "#### Step 1: add\n9+9=18\n#### Answer: 18",
        "1. Add 9 and 9\n2. Get 18\n3. Done", r"\boxed{18}", "#### 18\n\nThe answer is: 20",
        "She has 10 and 8, so 18",
    ],
    "1234": ["#### 1,234", "1,234", "$1,234.00", "1\u2009234", "1\u202f234", r"$\boxed{1{,}234}$", "1'234",
        "The answer is 1,234 eggs."],
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
