"""No text breaks a parser."""

import warnings

from hypothesis import given
from hypothesis import strategies as st

from zhyper.evaluate.parsing import (
    matches_any,
    normalised,
    parse_choice,
    parse_code,
    parse_number,
    parse_truth,
)

CITIES = ("London", "Paris", "Rome", "Berlin")
NINE = tuple(f"{number} of the things" for number in "one two three four five six seven eight nine".split())
HEAD = "import math\n\n\ndef area(r):\n    '''Of a circle.'''\n"
PIECES = st.sampled_from(
    "A a I B (B) . , : \n \t ** ` ``` ``` $ ( ) [ ] { } \\boxed{ ' \" - − / 1 0 1,234 1/0 3/4 = #### e9 ² ½ "
    "% true false not no yes is or "
    "and answer the Answer: Question: Q: Paris London def class f(x): return if: for lambda @ import ''' \\ "
    "的 ا क ﷺ \u200b \0 "
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
