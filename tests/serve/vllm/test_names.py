"""Names of models: a description is one as it is, and parts in quotation marks have weights."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhyper.serve import Limits
from zhyper.serve.vllm._names import parts_of

LIMITS = Limits()


@pytest.mark.parametrize(
    "text",
    [
        "What is the plural?",
        "plural",
        "a" * 64,
        'Say "yes" or "no".',
        '"Yes" is the answer.',
        "0.5 of the time, answer in French.",
        "2 * 3 is six",
        "A + B",
        " Ünïcödé: 日本語で答えて。/slashes?and=more&",
    ],
)
def test_a_description_is_what_it_says(text):
    assert parts_of(text, LIMITS) == ((text, 1.0),)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ('0.5 × "French."', (("French.", 0.5),)),
        ('-2*"French."', (("French.", -2.0),)),
        ('1e-1 × "French."', (("French.", 0.1),)),
        ('0 × "French."', (("French.", 0.0),)),
        ('0.7 × "A" + .3 * "B"', (("A", 0.7), ("B", 0.3))),
        ('"A" + "B"', (("A", 0.5), ("B", 0.5))),
        ('"A"+"B"+"C"+"D"', tuple((letter, 0.25) for letter in "ABCD")),
        (r'1 × "say \"no\" \\ stop"', ((r"say " + '"no"' + " \\ stop", 1.0),)),
        ('1 × "0.5 × \\"A\\""', (('0.5 × "A"', 1.0),)),
        ('2 × "one\nline"', (("one\nline", 2.0),)),
    ],
)
def test_parts_in_quotation_marks_have_weights(name, parts):
    assert parts_of(name, LIMITS) == parts


@given(
    st.dictionaries(
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
        ).filter(str.strip),
        st.floats(-16, 16),
        min_size=2,
        max_size=8,
    )
)
def test_any_mixture_can_be_named(parts):
    name = " + ".join(
        f"{weight!r} × {json.dumps(text, ensure_ascii=False)}" for text, weight in parts.items()
    )
    assert dict(parts_of(name, LIMITS)) == parts


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "the description is empty"),
        (" \n", "the description is empty"),
        ("x" * 4001, "4,001 characters, but may have 4,000"),
        ("x" * 10**6, "the model's name has 1,000,000 characters, but may have"),
        ("half \ud800", "half of a surrogate pair"),
        ('0.5 × "A', """goes on with '0.5 × "A'"""),
        ('0.5 × "A" and more', "goes on with 'and more'"),
        ('0.5 × "A" + 0.5 × B', "goes on with ' 0.5 × B'"),
        ('0.5 × "A" +', "goes on with ''"),
        ('"A" + "B" is a sum', "goes on with 'is a sum'"),
        (r'1 × "\q"', r"""goes on with '"\q"'"""),
        ('0.5 × ""', "the description is empty"),
        ('0.5 × "A" + "B"', "weight"),
        ('0.5 × "A" + 0.5 × "A"', "stands twice"),
        ('17 × "A"', "the strength is 17.0, but must be a number from -16 to 16"),
        ('1e999 × "A"', "the strength is inf"),
        ('17 × "A" + 1 × "B"', "a weight of the mixture is 17.0"),
        (" + ".join(f'"{i}"' for i in range(9)), "the mixture has 9 parts, but must have 1 to 8"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(name, sentence):
    with pytest.raises(ValueError) as refused:
        parts_of(name, LIMITS)
    assert sentence in str(refused.value)
