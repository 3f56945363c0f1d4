"""What a real llama.cpp computes with an adapter in GGUF is what zhyper computes, for every architecture."""

import importlib.util
from pathlib import Path

import pytest
import torch
import transformers

from conftest import CONFIGS as COMMON
from conftest import GQA, HashEncoder, byte_tokenizer, fill
from ggufs import write_base
from zhyper.export._gguf import ARCHITECTURES
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

SOURCE = Path(__file__).parents[1] / "benchmarks" / "_llamacpp.py"
OWN = {**GQA, "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
TIED = {**OWN, "tie_word_embeddings": True}
WINDOW = {"sliding_window": 64}
HALF = {"rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}}
CONFIGS = {
    "arcee": lambda: transformers.ArceeConfig(**OWN),
    "cohere": lambda: transformers.CohereConfig(**TIED),
    "cohere2": lambda: transformers.Cohere2Config(**TIED, **WINDOW),
    "ernie4_5": lambda: transformers.Ernie4_5Config(**OWN),
    "exaone4": lambda: transformers.Exaone4Config(**OWN),
    "gemma": lambda: transformers.GemmaConfig(**TIED),
    "gemma2": lambda: transformers.Gemma2Config(
        **TIED, **WINDOW, query_pre_attn_scalar=4, attn_implementation="eager"
    ),
    "gemma3_text": lambda: transformers.Gemma3TextConfig(**TIED, **WINDOW, query_pre_attn_scalar=4),
    "glm4": lambda: transformers.Glm4Config(**OWN),
    "gpt2": COMMON["gpt2"],
    "granite": lambda: transformers.GraniteConfig(
        **OWN,
        attention_multiplier=0.3,
        embedding_multiplier=2.0,
        residual_multiplier=0.7,
        logits_scaling=1.5,
    ),
    "hunyuan_v1_dense": lambda: transformers.HunYuanDenseV1Config(**OWN),
    "llama": COMMON["llama"],
    "mistral": COMMON["mistral"],
    "olmo": lambda: transformers.OlmoConfig(**OWN),
    "olmo2": lambda: transformers.Olmo2Config(**OWN),
    "olmo3": lambda: transformers.Olmo3Config(**OWN, **WINDOW),
    "phi": lambda: transformers.PhiConfig(**{**OWN, "num_key_value_heads": 6}, **HALF),
    "phi3": lambda: transformers.Phi3Config(**OWN),
    "qwen2": lambda: transformers.Qwen2Config(**OWN),
    "qwen3": COMMON["qwen3"],
    "seed_oss": lambda: transformers.SeedOssConfig(**OWN),
    "smollm3": lambda: transformers.SmolLM3Config(**OWN),
    "starcoder2": lambda: transformers.Starcoder2Config(**OWN),
}
PROJECTIONS = {
    "arcee": ("q_proj", "k_proj", "o_proj", "up_proj"),
    "gpt2": ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"),
    "glm4": ("q_proj", "k_proj", "o_proj", "down_proj"),
    "phi": ("q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"),
    "phi3": ("qkv_proj", "o_proj", "down_proj"),
    "starcoder2": ("q_proj", "k_proj", "v_proj", "o_proj", "c_fc", "c_proj"),
}
ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module")
def llamacpp():
    spec = importlib.util.spec_from_file_location("llamacpp", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if reason := module.reason():
        pytest.skip(reason)
    return module


def machine_of(name):
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(CONFIGS[name]()).eval()
    projections = PROJECTIONS.get(name, ALL)
    spec = GeneratorSpec(
        base=name, adapter="zhyper-diag", hypernet="mlp", context_width=13, rank=4, projections=projections
    )
    torch.manual_seed(1)
    machine = TextToAdapter(spec, model, byte_tokenizer(), HashEncoder())
    machine.base_sha256 = "tiny"
    for seed in range(5):
        fill(machine, seed)
    return machine


def test_every_architecture_is_compared():
    assert set(CONFIGS) == set(ARCHITECTURES)


@pytest.mark.engine("llama.cpp", "answers")
@pytest.mark.engine("llama.cpp", "strength")
@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_llamacpp_computes_the_same(name, llamacpp, tmp_path):
    machine = machine_of(name)
    adapter = machine.adapter("say it in French")
    file = adapter.save(tmp_path / "adapter", "gguf") / "adapter.gguf"
    base = write_base(machine.model.base, machine.tokenizer, tmp_path / "base.gguf")
    rows = torch.randint(5, 260, (4, 7), generator=torch.Generator().manual_seed(3))
    asked = [(row, scale) for row in rows for scale in (0.0, 1.0, -0.5)]
    requests = [{"prompt": row.tolist(), "scales": [scale]} for row, scale in asked]
    bare = {}
    for (row, scale), answer in zip(asked, llamacpp.answers(base, [file], requests, 1), strict=True):
        modulation = adapter.modulation.scale(scale)
        ours = machine.logits(row[None], torch.ones_like(row[None]), modulation)[0, -1].log_softmax(-1)
        tokens = [int(token) for token in answer["first"]]
        theirs = torch.tensor(list(answer["first"].values()))
        torch.testing.assert_close(theirs, ours[tokens], atol=0.02, rtol=0)  # its GELU is of a table in half
        if scale:
            assert (ours - bare[tuple(row.tolist())]).abs().max() > 0.1
        else:
            bare[tuple(row.tolist())] = ours
