"""Which option an answer chooses: hard cases labelled by hand, and forms that are rendered and read back."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zhyper.evaluate.parsing import (
    normalised,
    parse_choice,
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
    (CITIES, 0): ["Answer: A", "Answer: a", "A London", "a) London", "The answer is: (A) London", "A: London",
    "A because it is.", "(A)",
    "a"],
    (CITIES, 1): [
        'Sure! The correct answer is:\n\n**B. Paris**',
        'Let me think. London is in England. Thus, the answer is (B) Paris.',
        'Based on this, option B (Paris) is the best choice.', '[ANSWER] B', '{"answer": "B"}',
        'In France, the capital is Paris.',
        'Paris is the answer.', 'B is my final answer', 'Although A seems right, the answer is B.',
        "It's definitely not A. It's B.",
        'B</s>', 'B [/INST] A', '→ B', 'B.Paris', 'b - paris', 'B!',
        "B", "(b)", "b)", "b", "Answer: B", "**B**", "The answer is B.", "B. Paris", "Paris", "paris.",
        r"\boxed{B}", "B:", "[B]", "{B}",
        '"B"', "'B'",
        r"The answer is $\boxed{\text{B}}$.", "(\uff22)", "\uff08B\uff09", "【B】", "“B”", "`B`", "_B_",
        "__B__", "𝐁", "Ⓑ", "B\u200b",
        "\ufeffB", "Answer：Ｂ",
        "<answer>B</answer>", "<b>B</b>", "Answer: <B>", "Choice B", "option b", "Letter: B",
        "The best option is (B) Paris.", "I'd say B",
        "B, because it is.", "B because it is.", "B is the correct answer.", "A is wrong. B is correct.",
        "It is Paris.",
        "I think the answer is Paris.",
        "The capital of France is Paris.", "I choose B and D is wrong",
        "答案：B", "答案是B", "La respuesta es B.",
        "B) Paris\n\nParis is the capital.",
        "Answer: B\nAnswer: C", "Answer: B\n\nQuestion: What?\nA. x\nAnswer: A", "B\n\nQ: again?\nAnswer: A",
        "Paris, since it is.",
        "B<|im_end|>\nA",
        "Answer: B\n\nExplanation: A is wrong because London is in England.", f"{ALL}\n\nB. Paris",
        "The answer is B. Paris is the capital of France.",
        "A. London is wrong. B. Paris is right. C. Rome is wrong. D. Berlin is wrong. So the answer is B.",
    ],
    (CITIES, 2): [
        "I would choose option C because A is wrong", "Not A but C", "The answer is not A but C.",
        "A. London B. Paris C. Rome D. Berlin. Answer: C",
        "A. x B. y C. z D. w. Answer: C", "C. Ro", "It's C.", "Between A and C, I'd go for C.", "Réponse : C",
        "Ans: C", "ANSWER: C",
        "answer is c",
        "Final answer: C", "Rome (C)", f"Question: Which?\n{ALL}\nAnswer: C",
        f"The question again.\nQuestion: Which?\n{ALL}\nAnswer: C",
        "Of the four, C is the most likely.", "My pick: c.", "The correct option among A, B, C, D is C.",
    ],
    (CITIES, 3): [
        'It must be D.', "The answer isn't A, it's D.", 'D is the answer, since Berlin is a capital.',
        "I would go with (D).", "answer - d", "The correct answer is D: Berlin, of course",
        "The answer is B. Wait, actually the answer is D.",
        "Die Antwort ist D.", "I believe it is option D", "D.",
    ],
    (CITIES, None): [
        'A? No, B.', '(B) Paris (C) Rome', 'B. Paris\nC. Rome', 'London? No: Paris.', 'Either A or B.',
        'I am torn between A and D.',
        'It could be A.', 'There is no correct answer.', 'Paris is the capital of France.',
        "", "   \n", "A and B", "A B C D", "A, B, C, D", "A/B", "A & B", "B and C", "Answer: A and B",
        "Answer: A or B",
        "Both A and B are correct.",
        "A person would say that", "I think it's hard", "I'm sorry, but I cannot answer that.",
        "As an AI language model, I do not have opinions.", ALL,
        "A: London\nB: Paris\nC: Ro", "B. London", "Answer: <letter>", "The answer is not A.",
        "The answer is A person", "The capital is a",
        "The answer is a",
        "Option 2", "Vitamin C", "U.S.A.", "B-52", "C++", "The wrong answer is A.", "None of the above",
        "All of the above", "E",
        "The answer is E.",
        "Do not output anything else.", "You must select one option among A, B, C, D.",
        "The options are A and B.", "D'Artagnan", "C'est B",
        "A-level",
        "Paris, London", "Paris is not the capital.", "I cannot choose A.",
        "I do not know.\n\nQuestion: Next?\nA. x\nAnswer: A",
        "Question: Which?\n" + ALL,
        "A beach is formed when sediment is left. What then?\n\nA: London", "C is wrong", "neither A nor B",
    ],
    (ROMAN, 1): ["Answer: ii", "(ii)", "ii."],
    (LISTS, 0): ["i and iv", "Answer: A. i, iv. In the Indian context, both are common."],
    (LISTS, 2): ["Answer: ii, iv", "(ii), (iv)",
     "Answer: C. ii, iv. Garam masala and chaat masala are blends."],
    (LISTS, None): ["Answer: ii", "Garam masala", "A. ii, iii"],
    (NINE, 8): ["I", "I.", "(i)", "Answer: I", "The answer is I.", "I would choose I."],
    (NINE, 1): ["I think it's B", "I, for one, would choose B."],
    (NINE, None): ["I think it's unclear", "I, personally, do not know", "I'm not sure",
     "As an AI, I cannot choose."],
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
        ("12", "1", 0), ("12", "Option 2", 1), ("12", "2. Maria", 1), ("12", "Maria", 1), ("12", "`2`", 1),
        ("12", "2 people", None),
        ("12", "12", None),
        ("12", "1 or 2", None), ("12", "Option 1: Sarah\nOption 2: Maria", None),
        ("12", "Option 2 is correct", 1), ("12", "1st", None),
        ("01", "0", 0), ("01", "0.5", None), ("01", "The answer is 1.", 1), ("01", "B", None),
        ("01", "0, 1", None),
    ],
)  # fmt: skip
def test_options_may_be_numbered(letters, answer, right):
    assert parse_choice(answer, ("Sarah", "Maria"), letters) == right


def test_options_without_labels_are_refused():
    with pytest.raises(ValueError, match="3 options have the labels '01'"):
        parse_choice("A", ("x", "y", "z"), "01")
    with pytest.raises(ValueError, match="at least one option"):
        parse_choice("A", ())


DECORATIONS = [
    "{}", "({})", "{})", "[{}]", "**{}**", "`{}`", "'{}'", "{}.", "{}:", "Answer: {}", "answer is {}.",
    "The correct answer is ({}).",
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
    options=st.lists(st.lists(st.text("bcdfghjklm", min_size=2), min_size=1).map(" ".join), min_size=2,
        max_size=6, unique_by=normalised),
    data=st.data(),
    form=st.sampled_from(["{letter}. {text}", "Answer: {letter}. {text}", "{text}", "The answer is {text}.",
        "({letter}) {text}, of course",
    "{all}\nAnswer: {letter}"]),
)  # fmt: skip
def test_what_is_rendered_is_read(options, data, form):
    index = data.draw(st.integers(0, len(options) - 1))
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCDEF", options, strict=False))
    assert (
        parse_choice(form.format(letter="ABCDEF"[index], text=options[index], all=listed), options) == index
    )
