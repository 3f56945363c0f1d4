"""From tasks to batches: prompts, plans of rows, buckets and padded tensors."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from conftest import byte_tokenizer
from tasks import OWN, task
from zhyper.data import (
    IGNORED,
    Collator,
    Collection,
    Pair,
    Task,
    answer_tokens,
    bucket,
    plan_examples,
    prompt_tokens,
)


def test_prompts_stop_where_the_answer_begins():
    tokenizer = byte_tokenizer()
    prompt, answer = prompt_tokens(tokenizer, "hi"), answer_tokens(tokenizer, "hi", "yo")
    assert tokenizer.decode(prompt) == "<|user|>hi<|end|>\n<|assistant|>"
    assert tokenizer.decode(answer) == "yo<|end|>"
    own = "{% for m in messages %}[{{ m['content'] }}]{% endfor %}"
    assert tokenizer.decode(prompt_tokens(tokenizer, "hi", own)) == "[hi]"
    assert tokenizer.decode(prompt_tokens(byte_tokenizer(chat=False), "hi", own)) == "[hi]"
    whole = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}], tokenize=False
    )
    assert tokenizer.decode(prompt + answer) == whole.rstrip()


def test_a_conversation_is_a_prompt_too():
    tokenizer = byte_tokenizer()
    talk = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "yo"},
        {"role": "user", "content": "and"},
    ]
    assert tokenizer.decode(prompt_tokens(tokenizer, talk)) == (
        "<|user|>hi<|end|>\n<|assistant|>yo<|end|>\n<|user|>and<|end|>\n<|assistant|>"
    )
    assert prompt_tokens(tokenizer, talk[:1]) == prompt_tokens(tokenizer, "hi")
    for broken in ([], talk[:2]):
        with pytest.raises(ValueError, match="does not end with a message of the role 'user'"):
            prompt_tokens(tokenizer, broken)
    for broken in (
        [{"content": "hi"}],
        {"role": "user", "content": "hi"},
        ["hi"],
        [{"role": "user", "content": None}],
        None,
        7,
    ):
        with pytest.raises(ValueError, match="is no prompt: it must be a text, or a conversation"):
            prompt_tokens(tokenizer, broken)


def test_a_template_without_an_end_of_turn_gets_the_end_of_text():
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}{% if "
        "add_generation_prompt %}assistant: {% endif %}"
    )
    assert tokenizer.decode(answer_tokens(tokenizer, "hi", "yo")) == "yo<|end|>"


def test_a_template_that_refuses_a_message():
    with pytest.raises(
        ValueError, match="cannot make a prompt of the messages: no, thanks; set another chat_template"
    ):
        prompt_tokens(byte_tokenizer(), "hi", "{{ raise_exception('no, thanks') }}")


def test_prompts_without_a_template():
    tokenizer = byte_tokenizer(chat=False)
    assert tokenizer.decode(prompt_tokens(tokenizer, "hi")) == "hi\n"
    assert (
        tokenizer.decode(prompt_tokens(tokenizer, [{"role": "user", "content": c} for c in ("a", "b")]))
        == "a\nb\n"
    )
    assert tokenizer.decode(answer_tokens(tokenizer, "hi", "yo")) == "yo<|end|>"


@given(st.integers(1, 50), st.integers(1, 7), st.integers(0, 9))
def test_buckets_keep_every_example(count, batch, seed):
    examples, _ = plan_examples(
        byte_tokenizer(), Collection([task()]).rows("train", "train", "train"), count, seed, 99, None
    )
    ordered = bucket(examples, batch, seed, window=3)
    assert sorted(map(repr, ordered)) == sorted(map(repr, examples))
    assert ordered == bucket(examples, batch, seed, window=3)


def test_buckets_save_padding():
    rows = Collection(
        [Task(name="t", pairs=tuple(Pair("x" * i, "y") for i in range(1, 60)), descriptions=("d",))]
    ).rows("train", "train", "train")
    examples, _ = plan_examples(byte_tokenizer(), rows, 256, 0, 99, None)

    def padded(order):
        return sum(8 * max(e.tokens for e in order[i : i + 8]) for i in range(0, 256, 8))

    assert padded(bucket(examples, 8, 0)) < 0.75 * padded(examples)


def test_a_plan_depends_on_the_seed_alone_and_leaves_long_rows_out():
    rows = Collection(
        [task(), Task(name="long", pairs=(Pair("x" * 200, "y"),), descriptions=("d",) * 2)]
    ).rows("train", "train", "train")
    first, left_out = plan_examples(byte_tokenizer(), rows, 50, 3, 60, None)
    assert (first, left_out) == plan_examples(byte_tokenizer(), rows, 50, 3, 60, None)
    assert first != plan_examples(byte_tokenizer(), rows, 50, 4, 60, None)[0]
    assert left_out > 0
    assert max(e.tokens for e in first) <= 60
    with pytest.raises(ValueError, match="longer than max_tokens = 5"):
        plan_examples(byte_tokenizer(), rows, 50, 3, 5, None)


def test_batches_are_padded_on_the_right_and_prompts_are_masked():
    tokenizer = byte_tokenizer()
    rows = Collection([task()]).rows("train", "train", "train")
    examples, _ = plan_examples(tokenizer, rows, 5, 0, 99, None)
    embeddings = {d: torch.full((3,), float(i)) for i, d in enumerate(rows[0].descriptions)}
    batch = Collator(0, embeddings)(examples)
    for i, example in enumerate(examples):
        pad = batch["input_ids"].shape[1] - example.tokens
        assert batch["input_ids"][i].tolist() == example.prompt + example.answer + [0] * pad
        assert batch["attention_mask"][i].tolist() == [1] * example.tokens + [0] * pad
        assert (
            batch["labels"][i].tolist() == [IGNORED] * len(example.prompt) + example.answer + [IGNORED] * pad
        )
        assert torch.equal(batch["embeddings"][i], embeddings[example.cue])


def test_tasks_are_drawn_by_their_weights():
    made = [task(name, weight=weight) for name, weight in (("a", 6.0), ("b", 3.0), ("c", 1.0))]
    examples, _ = plan_examples(
        byte_tokenizer(), Collection(made).rows("train", "train", "train"), 2000, 5, 99, None
    )
    drawn = Counter(example.cue[0] for example in examples)
    for name, share in (("a", 0.6), ("b", 0.3), ("c", 0.1)):
        assert (
            abs(drawn[name] / 2000 - share) < 4 * (share * (1 - share) / 2000) ** 0.5
        )  # four standard errors


def test_a_pair_is_put_under_its_own_descriptions():
    tokenizer = byte_tokenizer()
    rows = Collection(
        [Task(name="t", pairs=(*OWN, Pair("d", "4")), descriptions=("d of all", "other"), split="report")]
    ).rows("report", "train", "train")
    examples, _ = plan_examples(tokenizer, rows, 200, 0, 99, None)
    found = {tokenizer.decode(example.answer).removesuffix("<|end|>"): set() for example in examples}
    for example in examples:
        found[tokenizer.decode(example.answer).removesuffix("<|end|>")].add(example.cue)
    assert found == {**{pair.output: set(pair.descriptions) for pair in OWN}, "4": {"d of all", "other"}}
