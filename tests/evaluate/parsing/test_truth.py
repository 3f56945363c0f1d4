"""Whether an answer says true or false."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhyper.evaluate.parsing import (
    parse_truth,
)

TRUTHS = {
    True: [
        "It's not false, it's true.", "It's true but rare.", 'Correct! This is common.',
        'True\n\nExplanation: it is common.',
        "True", "true.", "TRUE!", "True, as noted", "Yes", "correct", "not false", "Answer: True",
        "True or False: True",
        "The answer is `true`.", "T",
        "It is not untrue.", "This is a true statement.", "That's right.", "right",
        "True. The claim that it is false is common.",
        "I'd say true.",
        "Output: True", "<b>True</b>", "“True”", "It's true.", "true\n\nQuestion: x\nAnswer: False",
        "The answer isn't false.",
        "Yes, it is correct.",
    ],
    False: [
        'In Japan, this is not considered true.', 'The right answer would be False.', "I'd go with False.",
        'It would not be correct to say so.', "It's a false claim.",
        "False", "**False**", "No", "No, it isn't.", "not true", "Not correct.", "The statement is not true",
        "This is incorrect",
        "The answer isn't true.",
        "I don't think this is true.", "Correct answer: False", "F", "Answer: F",
        "This answer is false for this question.",
        "I believe this to be false.",
        "False - it's a myth", r"\boxed{False}", "It’s not true.", "Is this answer true or false? False.",
        "It is not true that Koreans do so.",
        "The claim is wrong, so the answer is False.",
        "It is true that many do. But it is not correct here. Therefore, the statement is false.",
        "It is not the case that this is true.", "No, this is not true.", "True / False: False",
        "Many people say so.\nFalse",
    ],
    None: [
        "True?", "No, that's true only in Japan.", "Not necessarily true.", "Truthfully, no.", "It depends.",
        "", "True / False", "True/False", "True or False", "True\nFalse", "Yes and no.", "Partly true",
        "The claim is half true.",
        "No country does that.",
        "It is true that X is eaten but false that Y is.",
        "I cannot determine whether this is true or false.",
        "A. False. B. False. C. True.",
        "Yes, this is false.", "A true story.", "Right, so let us see.", "neither true nor false",
        "There is no evidence.", "Is it true?",
        "Truely so",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("right", "answer"), [(truth, answer) for truth, answers in TRUTHS.items() for answer in answers]
)
def test_truths(right, answer):
    assert parse_truth(answer) is right


@given(
    truth=st.booleans(),
    form=st.sampled_from(
        ["{}", "**{}**", "The answer is {}.", "{}, as is known", "It is {} that they do.", "Answer: {}"]
    ),
)
def test_a_truth_is_read_back(truth, form):
    assert parse_truth(form.format(truth)) is truth
    assert parse_truth(form.format(f"not {str(truth).lower()}")) is not truth
