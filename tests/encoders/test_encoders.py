"""Embeddings: normalised, a function of their text alone, kept by content; many in batches."""

import random
import sqlite3
import warnings

import pytest
import torch
import transformers

from conftest import CONFIGS, HashEncoder, byte_tokenizer, tiny_base, tiny_machine
from zhyper.encoders import TOGETHER, TOKENS, LastTokenEncoder, LongTextWarning, SentenceEncoder


def test_minilm_offline(tmp_path):
    encoder = SentenceEncoder("all-MiniLM-L6-v2", cache=tmp_path)
    vectors = encoder.encode(["Translate to French", "translate into french", "Sort the words", ""])
    assert vectors.shape == (4, 384) == (4, encoder.width)
    torch.testing.assert_close(vectors.norm(dim=1), torch.full((4,), 384**0.5))
    close, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert close > far + 50
    assert torch.equal(
        SentenceEncoder("all-MiniLM-L6-v2").encode(["Sort the words"])[0], vectors[2]
    )  # whatever came with it


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


def sentences(count, most):
    rng, pieces = random.Random(0), ["ab ", "Sort", " the", "é", "\n"]
    return ["", *(f"{''.join(rng.choices(pieces, k=rng.randint(1, most)))}{i}" for i in range(count))]


class Lasting(HashEncoder):
    """Counts what it computes; each encoder gives other vectors."""

    identity, lasting = "lasting", True

    def __init__(self, cache=None, seed=0):
        super().__init__(cache)
        self.seed, self.computed = seed, []

    def embed(self, text):
        self.computed.append(text)
        return super().embed(f"{self.seed} {text}")


@pytest.mark.filterwarnings("ignore::zhyper.encoders.LongTextWarning")
def test_batches_of_sentences_are_the_single_vectors():
    texts = [*sentences(60, 40), "word " * 400]  # the last is cut at the model's length
    single, together = SentenceEncoder("all-MiniLM-L6-v2"), SentenceEncoder("all-MiniLM-L6-v2")
    torch.testing.assert_close(together.encode(texts, batched=True), single.encode(texts), atol=1e-5, rtol=0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("base", CONFIGS)
def test_batches_of_last_tokens_are_the_single_vectors(base, side):
    tokenizer = byte_tokenizer()
    tokenizer.padding_side = side
    texts, model = sentences(60, 20), tiny_base(base)
    seen = []

    def see(module, args, given):
        seen.append(given["input_ids"].shape)

    model.base_model.register_forward_pre_hook(see, with_kwargs=True)
    found = LastTokenEncoder(model, tokenizer, "tiny").encode(texts, batched=True)
    assert len(seen) < len(texts) / 4
    assert all(rows * tokens <= TOKENS for rows, tokens in seen)
    single = LastTokenEncoder(model, tokenizer, "tiny").encode(texts)
    torch.testing.assert_close(found, single, atol=1e-5, rtol=0)


def test_a_new_text_has_the_bytes_it_has_alone():
    texts, model = sentences(20, 20), tiny_base()
    together = LastTokenEncoder(model, byte_tokenizer(), "tiny").encode(texts)
    alone = [LastTokenEncoder(model, byte_tokenizer(), "tiny").encode([text]) for text in texts]
    assert torch.equal(together, torch.cat(alone))


@pytest.mark.parametrize("batched", [False, True])
def test_the_vector_on_disk_first_is_everybodys(tmp_path, batched):
    class Slow(Lasting):
        def embed(self, text):
            if text == "b":  # while this one computes, another process keeps both
                self.others = Lasting(tmp_path, seed=1).encode(["a", "b"])
            return super().embed(text)

    slow = Slow(tmp_path)
    found = slow.encode(["b", "a"], batched=batched)
    assert sorted(slow.computed) == ["a", "b"]
    assert torch.equal(found, slow.others.flip(0))
    assert torch.equal(slow.encode(["b", "a"], batched=not batched), found)
    later = Lasting(tmp_path, seed=2)
    assert torch.equal(later.encode(["b", "a"], batched=batched), found)
    assert later.computed == []


def test_more_vectors_are_read_than_sqlite_takes_variables(tmp_path):
    texts = [str(i) for i in range(33_000)]
    found = Lasting(tmp_path).encode(texts, batched=True)
    again = Lasting(tmp_path)
    assert torch.equal(again.encode(texts), found)
    assert again.computed == []


@pytest.mark.parametrize("batched", [False, True])
def test_progress_counts_every_text(batched):
    shown, ended = [], []

    def progress(texts):
        for text in texts:
            yield text
            shown.append(text)
        ended.append(len(texts))

    texts = [str(i) * (i % 90) for i in range(700)]
    Lasting().encode(texts, progress, batched)
    assert sorted(shown) == sorted(set(texts))
    assert ended == [len(set(texts))]


@pytest.mark.parametrize("batched", [False, True])
def test_an_interrupted_run_keeps_what_is_on_disk(tmp_path, batched):
    def stopped(texts):
        yield from texts[: 2 * TOGETHER + TOKENS]  # at most a batch after the second lot
        raise KeyboardInterrupt

    texts = [f"text {i}" for i in range(3 * TOGETHER + TOKENS)]
    first = Lasting(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.encode(texts, stopped, batched)
    second = Lasting(tmp_path, seed=1)
    found = second.encode(texts, batched=batched)
    assert len(second.computed) <= len(texts) - 2 * TOGETHER
    assert torch.equal(first.encode(texts), found)  # of both, what was first


def test_the_width_is_known_without_the_model():
    encoder = SentenceEncoder("all-MiniLM-L6-v2")
    assert encoder.width == 384
    assert "_model" not in vars(encoder)


def test_a_text_that_is_not_read_to_its_end_is_told(tmp_path):
    short, long = "word " * 254, "word " * 255  # with a token at the start and one at the end
    for _ in "computed", "kept":
        encoder = SentenceEncoder("all-MiniLM-L6-v2", cache=tmp_path)
        with warnings.catch_warnings(action="error"):
            vector = encoder.encode([short])
        with pytest.warns(LongTextWarning, match="first 256 tokens .* cuts 1 of 2: .* has 257"):
            assert torch.equal(encoder.encode([long, short])[0], vector[0])


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


def test_pooling_is_as_it_is_asked_for(tmp_path):
    """A folder as `AutoModel` writes it says nothing of pooling; the library takes the mean."""
    torch.manual_seed(4)
    sizes = {"num_attention_heads": 1, "intermediate_size": 17, "vocab_size": 263, "initializer_range": 0.5}
    model = transformers.BertModel(
        transformers.BertConfig(hidden_size=13, num_hidden_layers=2, **sizes)
    ).eval()
    model.to(torch.bfloat16).save_pretrained(tmp_path)
    tokenizer = byte_tokenizer(chat=False)
    tokenizer.padding_side = "right"
    tokenizer.save_pretrained(tmp_path)
    with torch.no_grad():
        ids = byte_tokenizer()("some text", return_tensors="pt")
        states_TC = model.float()(**ids).last_hidden_state[0]
    for pooling, expected_C in (("cls", states_TC[0]), ("mean", states_TC.mean(0))):
        encoder = SentenceEncoder(str(tmp_path), pooling=pooling)
        assert encoder.width == 13 and "_model" not in vars(encoder)
        vectors = encoder.encode(["some text", "a longer text than that"], batched=True)
        torch.testing.assert_close(vectors[0], expected_C / expected_C.norm() * 13**0.5)
    identities = {SentenceEncoder(str(tmp_path), pooling=p).identity for p in (None, "cls", "mean")}
    assert len(identities) == 3  # what is kept of one is not taken for another's


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" Sort it\n", "Sort it."),
        ("Sort it.", "Sort it."),
        ("Why?", "Why?"),
        ("to 10", "to 10"),
        ("", ""),
        ("日", "日."),
    ],
)
def test_a_full_stop_ends_what_ends_in_a_letter(typed, read):
    class Stopped(HashEncoder):
        def __init__(self, full_stop):
            super().__init__(full_stop=full_stop)

    plain, stopped = Stopped(False), Stopped(True)
    assert torch.equal(stopped.encode([typed])[0], plain.encode([read])[0])
    assert torch.equal(plain.encode([typed])[0], HashEncoder().encode([typed])[0])
