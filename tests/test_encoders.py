"""Context vectors: normalised, a function of their text alone, kept by content."""

import sqlite3

import pytest
import torch

from conftest import byte_tokenizer, tiny_base, tiny_machine
from zhyper.encoders import LastTokenEncoder, SentenceEncoder


def test_minilm_offline(tmp_path):
    encoder = SentenceEncoder("all-MiniLM-L6-v2", cache=tmp_path)
    vectors = encoder.encode(["Translate to French", "translate into french", "Sort the words", ""])
    assert vectors.shape == (4, 384) == (4, encoder.width)
    torch.testing.assert_close(vectors.norm(dim=1), torch.full((4,), 384**0.5))
    close, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert close > far + 50
    assert torch.equal(SentenceEncoder("all-MiniLM-L6-v2").encode(["Sort the words"])[0], vectors[2])  # whatever came with it


def test_vectors_are_kept_by_content(tmp_path):
    first = SentenceEncoder("all-MiniLM-L6-v2", cache=tmp_path)
    vector = first.encode(["a text"])
    second = SentenceEncoder("all-MiniLM-L6-v2", cache=tmp_path)
    second.embed = None  # not needed: the vector comes from the cache
    assert torch.equal(second.encode(["a text"]), vector)
    (file,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(file) as store:
        assert store.execute("SELECT count(*) FROM vectors").fetchone() == (1,)
    store.close()


def test_last_token(tmp_path):
    encoder = LastTokenEncoder(tiny_base(), byte_tokenizer(), "tiny", tmp_path)
    vectors = encoder.encode(["ab", "b", ""])
    assert vectors.shape == (3, 24) == (3, encoder.width)
    torch.testing.assert_close(vectors.norm(dim=1), torch.full((3,), 24**0.5))
    ids = byte_tokenizer()("ab", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        last = tiny_base().model(input_ids=ids).last_hidden_state[0, -1]
    torch.testing.assert_close(vectors[0], last / last.norm() * 24**0.5)


def test_the_width_is_known_without_the_model():
    encoder = SentenceEncoder("all-MiniLM-L6-v2")
    assert encoder.width == 384
    assert "_model" not in vars(encoder)


def test_the_base_is_bare_while_it_encodes(tmp_path):
    machine = tiny_machine(encoder="last-token", context_width=24)
    machine.encoder = LastTokenEncoder(machine.model.base, machine.tokenizer, "tiny")
    bare = machine.modulation(["ab"])
    machine.encoder = LastTokenEncoder(machine.model.base, machine.tokenizer, "tiny")
    with machine.model.under(bare):
        again = machine.modulation(["ab"])
    assert torch.equal(again.values["q_proj"]["z"], bare.values["q_proj"]["z"])


def test_errors():
    with pytest.raises(ValueError, match="needs a pinned encoder_revision"):
        SentenceEncoder("gte-large-en-v1.5", code_revision="abc")
    with pytest.raises(RuntimeError, match="encoder 'no/such-model' could not be loaded.*all-MiniLM-L6-v2"):
        _ = SentenceEncoder("no/such-model").width
