"""Tiny random models of several architectures, a byte tokenizer, and a generator around them.

Sizes are different primes.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.pop(
    "COLUMNS", None
)  # a process of pytest-xdist has the terminal's width, which tests set themselves

import pytest
import torch
import transformers
from hypothesis import settings
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from zhyper.data import Pair, Task, save_collection
from zhyper.encoders import Encoder
from zhyper.spec import GeneratorSpec, Recipe
from zhyper.text_to_adapter import TextToAdapter

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
PATIENCE = 600
"""Seconds after which what a test waits for counts as never; a busy machine takes its time."""
SHARED = ROOT.parent / "shared"
WIDTH = 13
CHAT = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>\n{% endfor %}{% if "
    "add_generation_prompt %}<|assistant|>{% endif %}"
)

GQA = {
    "hidden_size": 24,
    "intermediate_size": 34,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "vocab_size": 263,
    "head_dim": 4,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
    "initializer_range": 0.3,
}
CONFIGS = {
    "llama": lambda: transformers.LlamaConfig(**GQA),
    "mistral": lambda: transformers.MistralConfig(**GQA),
    "gemma2": lambda: transformers.Gemma2Config(**GQA, query_pre_attn_scalar=4, attn_implementation="eager"),
    "qwen3": lambda: transformers.Qwen3Config(**GQA),
    "gpt2": lambda: transformers.GPT2Config(
        n_embd=24,
        n_layer=3,
        n_head=6,
        vocab_size=263,
        n_positions=128,
        initializer_range=0.3,
        bos_token_id=1,
        eos_token_id=1,
    ),
}
MISTRAL = transformers.MistralConfig(
    hidden_size=4096,
    intermediate_size=14336,
    num_hidden_layers=32,
    num_attention_heads=32,
    num_key_value_heads=8,
    vocab_size=32000,
)
"""The configuration of Mistral-7B, of which no weight is loaded."""
PROJECTIONS = {"gpt2": ("attn.c_attn", "attn.c_proj", "mlp.c_proj")}
METHODS = {
    "lora": ("lora", "none"),
    "vera": ("vera", "none"),
    "zhyper-diag": ("zhyper-diag", "mlp"),
    "zhyper-square": ("zhyper-square", "mlp"),
    "zhyper-diag-direct": ("zhyper-diag", "direct"),
    "zhyper-square-direct": ("zhyper-square", "direct"),
    "t2l-direct": ("t2l", "direct"),
    "zhyper-square-s": ("zhyper-square", "mlp-s"),
    "zhyper-diag-iterative": ("zhyper-diag", "iterative"),
    "zhyper-diag-vera": ("zhyper-diag-vera", "mlp"),
    "zhyper-square-vera": ("zhyper-square-vera", "mlp"),
    "zhyper-diag-lora-xs": ("zhyper-diag-lora-xs", "mlp"),
    "zhyper-square-lora-xs": ("zhyper-square-lora-xs", "mlp"),
    "t2l-l": ("t2l", "mlp"),
    "t2l-m": ("t2l", "mlp-m"),
    "t2l-s": ("t2l", "mlp-s"),
    "t2l-vera": ("t2l-vera", "mlp"),
    "light-iterative": ("light", "iterative"),
    "light-m": ("light", "mlp-m"),
}
"""Every adapter under every hypernetwork that makes sense for it: name, adapter, hypernet."""


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


class HashEncoder(Encoder):
    """Vectors drawn from a seed that is the text's hash: any two texts differ, the same text never does."""

    identity, lasting, width = "hash", False, WIDTH

    def embed(self, text):
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        return torch.randn(WIDTH, generator=torch.Generator().manual_seed(seed))


def tiny_base(name="llama", seed=0):
    torch.manual_seed(seed)
    config = CONFIGS[name]()
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    model.generation_config.pad_token_id = 0
    return model


def byte_tokenizer(chat=True):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<pad>": 0, "<|end|>": 1, "<|user|>": 2, "<|assistant|>": 3, "<|system|>": 4}
    vocabulary |= {c: i + len(vocabulary) for i, c in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<|end|>", padding_side="left",
        additional_special_tokens=["<|user|>", "<|assistant|>", "<|system|>"],
    )  # fmt: skip
    fast.chat_template = CHAT if chat else None
    return fast


def tiny_machine(method="zhyper-diag", base="llama", trained=True, reader=None, **changes):
    """A generator on a tiny model.

    `trained` fills every weight with noise, so that no term of the update is zero.
    """
    projections = PROJECTIONS.get(base, ("q_proj", "v_proj", "down_proj"))
    adapter, hypernet = METHODS[method]
    settings = {
        "base": base,
        "adapter": adapter,
        "hypernet": hypernet,
        "projections": projections,
        "rank": 5,
        "layers": "::2",
    }
    spec = GeneratorSpec(**{**settings, "inner_in": 7, "inner_out": 6, "refinements": 2, **changes})
    torch.manual_seed(1)
    machine = TextToAdapter(spec, tiny_base(base), byte_tokenizer(), reader or HashEncoder())
    machine.base_sha256 = f"tiny {base}"
    if trained:
        fill(machine)
    return machine


def save_loras(folder, names=("first", "last", "middle", "other"), **changes):
    for seed, name in enumerate(names):
        machine = tiny_machine(
            "lora",
            **{"projections": ("q_proj", "v_proj"), "layers": ":", "rank": 4, "trained": False, **changes},
        )
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in machine.adapter_weights.parameters():
                parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
        machine.adapter("").save(folder / name)
    return folder


@torch.no_grad()
def fill(machine, seed=2):
    generator = torch.Generator().manual_seed(seed)
    for part in machine.parts().values():
        for parameter in part.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))


def tokens(machine, rows=4, length=7, seed=3):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, 260, (rows, length), generator=generator)
    mask = torch.ones_like(ids)
    for row in range(1, rows):
        mask[row, :row] = 0
    return ids, mask


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the public data sets in {SHARED}")

SETTINGS = {
    "encoder": "last-token",
    "rank": 4,
    "projections": "q_proj,v_proj",
    "steps": 12,
    "batch_size": 4,
    "evaluate_every": 4,
    "selection_rows": 16,
    "precision": "float32",
    "learning_rate": 0.01,
    "neftune": 5.0,
    "label_smoothing": 0.1,
    "seed": 3,
    "logits_at_once": 3,
}


@pytest.fixture
def base(tmp_path):
    """A tiny base model in a folder, with its tokenizer."""
    model = tiny_base()
    model.lm_head.weight.data *= 4  # a random head bounds how sure the model can be; this one lets it be sure
    model.save_pretrained(tmp_path / "base")
    byte_tokenizer().save_pretrained(tmp_path / "base")
    return str(tmp_path / "base")


@pytest.fixture
def recipe(base, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    save_collection([letters("first", 0), letters("last", -1)], tmp_path / "tasks")
    return Recipe().with_changes({**SETTINGS, "base": base, "data": f"collection:{tmp_path / 'tasks'}"})


@pytest.fixture
def quiet(recipe):
    """The recipe of a run that writes neither samples nor reports."""
    return recipe.with_changes({"samples": 0, "report_to": []})


def letters(name, position):
    """Say one letter of a word: the word alone does not tell which."""
    pairs = [a + b for a in "abcdefgh" for b in "ijklmnop"]
    texts = [f"{name} letter, please, as number {i} of the requests" for i in range(24)]
    return Task(name=name, pairs=tuple(Pair(p, p[position]) for p in pairs), descriptions=tuple(texts))
