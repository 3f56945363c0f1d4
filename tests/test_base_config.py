"""Bases of another kind, tokens that a base does not know, and how many it reads at once."""

import json
import shutil

import pytest
import torch
import transformers

from conftest import CONFIGS, byte_tokenizer, tiny_base, tiny_machine
from zhyper.base_config import check_window, window
from zhyper.data import Pair, Task, answer_tokens, prompt_tokens, save_collection
from zhyper.encoders import LastTokenEncoder
from zhyper.evaluate._likelihood import Choices, Likelihood
from zhyper.serve.decoding import Engine
from zhyper.train import train
from zhyper.weights import load_base, load_config, load_tokenizer, resolve

SIZES = {"vocab_size": 263, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4}
OTHERS = {
    "an encoder-decoder": lambda: transformers.T5ForConditionalGeneration(
        transformers.T5Config(vocab_size=263, d_model=24, d_kv=6, d_ff=34, num_layers=2, num_heads=4)
    ),
    "an encoder, whose": lambda: transformers.BertForMaskedLM(transformers.BertConfig(**SIZES)),
    "an encoder,": lambda: transformers.RobertaModel(transformers.RobertaConfig(**SIZES)),
    "of another kind": lambda: transformers.CLIPTextModel(transformers.CLIPTextConfig(**SIZES)),
    "a LlamaForSequenceClassification, which has another head": lambda: (
        transformers.LlamaForSequenceClassification(CONFIGS["llama"]())
    ),
}
LISTED = {
    "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration",
    "llava": "LlavaForConditionalGeneration",
    "whisper": "WhisperForConditionalGeneration",
    "vit": "ViTForImageClassification",
}


def in_folder(folder, model=None, tokenizer=None):
    (model or tiny_base()).save_pretrained(folder)
    (tokenizer or byte_tokenizer()).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("what", OTHERS)
def test_a_base_of_another_kind(what, tmp_path):
    folder = in_folder(tmp_path, OTHERS[what]())
    for load in (load_base, load_tokenizer, load_config):
        with pytest.raises(ValueError, match=f"is {what}.*; zhyper adapts causal language models") as error:
            load(folder)
        assert len(str(error.value)) < 300 + len(folder)


@pytest.mark.parametrize("kind", LISTED)
def test_a_configuration_of_another_kind(kind, tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"model_type": kind, "architectures": [LISTED[kind]]}))
    with pytest.raises(ValueError, match=rf"\({kind}\) is .*; zhyper adapts causal language models"):
        load_config(str(file))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "nosuch"}, "has model type `nosuch`"),
        ({"hidden_size": 3}, "Unrecognized model"),
        ([], "Unrecognized model"),
        ({"model_type": "xx", "auto_map": {"AutoConfig": "x.Config"}}, "contains custom code"),
    ],
)
def test_a_configuration_that_transformers_does_not_know(config, says, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=f"of no model that zhyper adapts: .*{says}") as error:
        load_config(str(tmp_path))
    assert "\n" not in str(error.value)


def test_a_folder_of_something_else(tmp_path):
    folder = in_folder(tmp_path)
    shutil.copy(tmp_path / "config.json", tmp_path / "adapter_config.json")
    with pytest.raises(ValueError, match="holds a PEFT adapter .*; give the base that it was trained on"):
        resolve(folder)
    (tmp_path / "adapter_config.json").unlink()
    (tmp_path / "config.json").rename(tmp_path / "checkpoint.json")
    with pytest.raises(ValueError, match="holds a checkpoint of zhyper"):
        resolve(folder)
    (tmp_path / "checkpoint.json").rename(tmp_path / "model.gguf")
    with pytest.raises(ValueError, match=r"a GGUF file, but no config\.json; .*gguf_file="):
        resolve(folder)
    with pytest.raises(ValueError, match=r"model\.gguf is a file, but a base model is a folder .*gguf_file="):
        resolve(f"{folder}/model.gguf")
    with pytest.raises(ValueError, match=r"tokenizer\.json is a file, but .* save_pretrained$"):
        resolve(f"{folder}/tokenizer.json")


def test_weights_that_are_not_all_there(tmp_path):
    folder = in_folder(tmp_path, transformers.LlamaModel(CONFIGS["llama"]()))
    with pytest.raises(ValueError, match=r"lack 1 tensors of a LlamaForCausalLM \(such as lm_head"):
        load_base(folder)
    folder, file = in_folder(tmp_path), tmp_path / "model.safetensors"
    whole = file.read_bytes()
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "vocab_size": 300}))
    with pytest.raises(RuntimeError, match=r"its weights have other sizes than its config\.json says"):
        load_base(folder)
    file.write_bytes(whole[:-100])
    with pytest.raises(RuntimeError, match="could not be loaded: Error while deserializing"):
        load_base(folder)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(RuntimeError, match="the tokenizer of .* could not be loaded: .* holds its tokenizer"):
        load_base(folder)


def test_a_tied_head_is_no_missing_weight(tmp_path):
    config = CONFIGS["llama"]()
    config.tie_word_embeddings = True
    model, _ = load_base(in_folder(tmp_path, transformers.LlamaModel(config)))
    assert model.lm_head.weight is model.model.embed_tokens.weight


# Tokens


def inputs(*texts):
    return Task(name="x", pairs=tuple(Pair(text, "y") for text in texts), descriptions=("one", "two"))


def beyond(name):
    """A tokenizer whose token of this name is the first one beyond the embedding."""
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens([f"[{i}]" for i in range(263 - len(tokenizer))])
    tokenizer.add_special_tokens({name: "[NEW]"})
    assert tokenizer.convert_tokens_to_ids("[NEW]") == 263
    return tokenizer


def test_padding_beyond_the_embedding_is_another_token(tmp_path):
    own = load_base(in_folder(tmp_path / "own"))
    tokenizer = load_tokenizer(in_folder(tmp_path / "new", tokenizer=beyond("pad_token")))
    assert (tokenizer.pad_token, own[1].pad_token) == ("<|end|>", "<pad>")
    machine = tiny_machine()
    prompts, under = ["house", "a much longer prompt"], ["first", "second"]
    expected = machine.generate(prompts, under, max_new_tokens=5)
    machine.tokenizer = tokenizer
    assert machine.generate(prompts, under, max_new_tokens=5) == expected


@pytest.mark.parametrize("name", ["eos_token", "bos_token"])
def test_ends_beyond_the_embedding(name, tmp_path):
    folder = in_folder(tmp_path, tokenizer=beyond(name))
    with pytest.raises(ValueError, match=rf"{name} \[NEW\] has the number 263, .* rows from 0 to 262"):
        load_tokenizer(folder)


def test_a_tokenizer_without_an_end(tmp_path):
    tokenizer = byte_tokenizer(chat=False)
    tokenizer.eos_token = tokenizer.pad_token = None
    loaded = load_tokenizer(in_folder(tmp_path, tokenizer=tokenizer))
    assert loaded.pad_token is not None
    with pytest.raises(ValueError, match="names a token that ends an answer"):
        answer_tokens(loaded, "a", "b")


def test_a_token_of_a_text_beyond_the_embedding(base, recipe, tmp_path):
    beyond("pad_token").save_pretrained(base)
    machine = tiny_machine()
    machine.tokenizer = load_tokenizer(base)
    with pytest.raises(ValueError, match=r"'\[NEW\]' has the number 263, .* rows from 0 to 262"):
        machine.generate(["a [NEW] house"], [None])
    save_collection([inputs("[NEW]", "b", "c", "d", "e")], tmp_path / "new")
    with pytest.raises(ValueError, match=r"'\[NEW\]' has the number 263"):
        train(recipe.with_changes({"data": f"collection:{tmp_path / 'new'}"}), tmp_path / "out")


def test_a_template_that_writes_a_token_beyond_the_embedding(base, recipe, tmp_path):
    tokenizer = beyond("pad_token")
    tokenizer.chat_template = tokenizer.chat_template.replace("<|end|>", "[NEW]")
    tokenizer.save_pretrained(base)
    with pytest.raises(ValueError, match=r"'\[NEW\]' has the number 263"):
        train(recipe, tmp_path / "out")


# Windows


@pytest.mark.parametrize("name", CONFIGS)
def test_windows(name):
    config = CONFIGS[name]()
    assert window(config) == 128
    check_window(config, 100, 28)
    with pytest.raises(ValueError, match="100 tokens and an answer of up to 29 came, .* at most 128 at once"):
        check_window(config, 100, 29)


def test_a_base_without_a_window():
    config = transformers.BloomConfig()
    assert window(config) is None
    check_window(config, 1_000_000, 1)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_prompt_and_an_answer_beyond_the_window(name):
    machine = tiny_machine(base=name)
    length = len(prompt_tokens(machine.tokenizer, ""))
    whole = "x" * (128 - length - 4)
    assert len(machine.generate([whole, "x"], [None, "a"], max_new_tokens=4)) == 2
    for prompt, new in ((whole + "x", 4), (whole, 5), ("x", 128), ("x" * 200, 1)):
        with pytest.raises(ValueError, match="but the base reads at most 128 at once; shorten the prompt"):
            machine.generate(["y", prompt], [None, None], max_new_tokens=new)
    scorer = Likelihood(machine)
    assert scorer([Choices((5,) * 120, ((6,) * 9, (7,) * 9), None)])
    with pytest.raises(ValueError, match="at most 128"):
        scorer([Choices((5,) * 121, ((6,) * 9,), None)])
    assert Engine(machine).window == 128


def test_an_encoder_does_not_read_beyond_the_window(tmp_path):
    encoder = LastTokenEncoder(tiny_base("gpt2"), byte_tokenizer(), "gpt2")
    assert encoder.encode(["x" * 128, ""]).isfinite().all()
    for batched in (False, True):
        with pytest.raises(ValueError, match="at most 128"):
            encoder.encode(["x", "x" * 129], batched=batched)


def test_opt_has_a_window_too(tmp_path):
    opt = transformers.OPTConfig(
        vocab_size=263, hidden_size=24, ffn_dim=34, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=31, word_embed_proj_dim=24, pad_token_id=0, bos_token_id=1, eos_token_id=1,
    )  # fmt: skip
    assert window(opt) == 31
    model = transformers.OPTForCausalLM(opt).eval()
    with torch.no_grad():
        assert model(torch.full((1, 31), 5)).logits.shape[1] == 31


def test_rows_beyond_the_window_are_left_out_of_training(recipe, tmp_path):
    in_folder(tmp_path / "gpt2", tiny_base("gpt2"))
    save_collection([inputs("a", "b", "c" * 150, "d", "e", "f", "g", "h")], tmp_path / "long")
    said = []
    changes = {
        "base": str(tmp_path / "gpt2"),
        "data": f"collection:{tmp_path / 'long'}",
        "projections": "attn.c_attn",
        "steps": 4,
        "samples": 0,
        "report_to": [],
    }
    train(recipe.with_changes(changes), tmp_path / "out", say=said.append)
    news = "\n".join(said)
    assert "the base reads 128 tokens at once, fewer than max_tokens = 256" in news
    assert "drawn rows left out as too long" in news
    assert ", 0 of " not in news
