"""Text out of tokens: whole characters, stop texts, the bytes of each token."""

import random

import transformers
from tokenizers import Tokenizer, decoders, models

from conftest import byte_tokenizer
from zhyper.serve.decoding._text_stream import TextStream, TokenBytes


def pushed(text, stops=()):
    """What comes out for each byte of a text, and at the end."""
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer, stops)
    parts = []
    for token in tokenizer(text, add_special_tokens=False)["input_ids"]:
        parts.append(stream.push(token))
        if stream.stopped:
            return parts, stream
    return [*parts, stream.finish()], stream


def test_half_a_character_waits_for_its_other_half():
    parts, _ = pushed("aé€😀b")
    assert parts == ["a", "", "é", "", "", "€", "", "", "", "😀", "b", ""]


def test_each_token_is_told_where_it_begins():
    tokenizer, rng = byte_tokenizer(), random.Random(0)
    spelt = TokenBytes(tokenizer)
    tokens = {spelt(token): token for token in range(5, 261)}
    for _ in range(200):
        parts = [
            rng.choice([*"aé€😀", ""]).encode() or rng.randbytes(1) for _ in range(9)
        ]  # whole characters and loose bytes
        raw, stream = b"".join(parts), TextStream(tokenizer)
        for i in range(len(raw)):
            stream.push(tokens[raw[i : i + 1]])
            assert stream.offset == len(raw[: i + 1].decode(errors="replace")) - 1, raw
    stream = TextStream(tokenizer)
    for token, at in ((tokens[b"a"], 0), (tokenizer.eos_token_id, 1), (tokens[b"b"], 1)):
        stream.push(token)
        assert stream.offset == at


def sentencepiece():
    """A tokenizer of SentencePiece's kind."""
    vocabulary = {
        "<unk>": 0,
        "</s>": 1,
        "\u2581so": 2,
        "A": 3,
        **{f"<0x{byte:02X}>": 4 + byte for byte in range(256)},
    }
    tokenizer = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, unk_token="<unk>"))
    steps = [
        decoders.Replace("\u2581", " "),
        decoders.ByteFallback(),
        decoders.Fuse(),
        decoders.Strip(" ", 1, 0),
    ]
    tokenizer.decoder = decoders.Sequence(steps)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>"
    )


def test_the_bytes_of_a_token_are_its_own():
    spelt = TokenBytes(sentencepiece())
    assert [spelt(token) for token in (2, 3, 4 + 0xF0, 1, 999)] == [b" so", b"A", b"\xf0", b"</s>", b""]
    letters = byte_tokenizer()
    spelt = TokenBytes(letters)
    assert b"".join(map(spelt, letters("a é😀", add_special_tokens=False)["input_ids"])) == "a é😀".encode()
    assert spelt(letters.eos_token_id) == b"<|end|>"


def test_an_answer_cut_in_a_character_shows_that_it_was():
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer)
    for token in tokenizer("a😀", add_special_tokens=False)["input_ids"][:3]:
        stream.push(token)
    assert stream.finish().startswith("\ufffd")


def test_what_may_begin_a_stop_text_is_held_back_and_given_in_the_end():
    parts, stream = pushed("xab", ("abc",))
    assert parts == ["x", "", "", "ab"] and not stream.stopped
    parts, stream = pushed("xababcd", ("abc", "zz"))
    assert "".join(parts) == "xab" and stream.stopped and stream.finish() == ""
    parts, stream = pushed("x\n\nuser: hi", ("\n\nuser:",))
    assert "".join(parts) == "x" and stream.stopped
