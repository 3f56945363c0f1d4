"""Golden parameter counts, to the digit.

From paper 001, table 2 and appendix C; corrected where a printed value is wrong.
"""

from dataclasses import replace

import psutil
import pytest
import transformers

from conftest import METHODS, MISTRAL
from zhyper.hypernets import MlpHypernet
from zhyper.modulation import Slot
from zhyper.spec import GeneratorSpec, load_recipe
from zhyper.text_to_adapter import parameter_counts

GEMMA = transformers.Gemma2Config(
    hidden_size=2304,
    intermediate_size=9216,
    num_hidden_layers=26,
    num_attention_heads=8,
    num_key_value_heads=4,
    head_dim=256,
)


def count(config, method, **changes):
    adapter, hypernet = METHODS[method]
    spec = GeneratorSpec(**{"adapter": adapter, "hypernet": hypernet, "context_width": 1024, **changes})
    return parameter_counts(spec, config)


def test_the_trunk():
    trunk = MlpHypernet(
        {"q": (Slot("z", (8,)),), "v": (Slot("z", (8,)),)}, range(32), 32, 1024, GeneratorSpec()
    )
    heads = sum(p.numel() for p in trunk.heads.parameters())
    assert sum(p.numel() for p in trunk.parameters()) - heads == 791_552


def test_a_wider_trunk_and_wider_heads():
    """Text-to-LoRA's generators for Llama-3.1-8B and Gemma-2-2B: latent size 512, head input 2,048."""
    wide, heads = 512, 2048
    context = 1024 * wide // 2 + 3 * (wide // 2)
    places = (32 + 2) * wide // 4 + 4 * (wide // 4)
    block = 2 * 4 * wide * wide + 5 * wide
    last = 4 * wide * wide + 4 * wide + 4 * wide * heads + heads
    norms = 3 * 2 * wide
    per_kind = (8 * (4096 + out) * (heads + 1) for out in (4096, 1024))
    expected = context + places + 3 * block + norms + last + sum(per_kind)
    assert count(MISTRAL, "t2l-l", trunk_width=wide, head_width=heads)["trainable"] == expected


@pytest.mark.parametrize(
    ("method", "counts"),
    [
        ("lora", (3_407_872, 6_815_744, 13_631_488)),
        ("zhyper-diag", (4_207_632, 7_623_712, 14_455_872)),
        ("zhyper-square", (4_265_088, 7_869_952, 15_473_664)),
        ("t2l-l", (55_424_000, 110_056_448, 219_321_344)),
        ("zhyper-diag-vera", (964_112, 972_832, 990_272)),
        ("zhyper-square-vera", (1_021_568, 1_219_072, 2_008_064)),
        ("t2l-vera", (3_426_320, 3_434_528, 3_450_944)),
        ("zhyper-square-lora-xs", (857_216, 1_054_208, 1_842_176)),
    ],
)
def test_mistral(method, counts):
    assert tuple(count(MISTRAL, method, rank=rank)["trainable"] for rank in (8, 16, 32)) == counts


def test_lora_xs_of_rank_64():
    assert count(MISTRAL, "zhyper-square-lora-xs", rank=64)["trainable"] == 4_994_048


@pytest.mark.parametrize(
    ("method", "expected"), [("t2l-l", 55_252_992), ("t2l-m", 34_282_240), ("t2l-s", 4_923_392)]
)
def test_text_to_lora_as_its_own_paper_counts(method, expected):
    """A one-hot input of 16 tasks, heads without bias (Text-to-LoRA appendix C)."""
    assert count(MISTRAL, method, context_width=16, head_bias=False)["trainable"] == expected


@pytest.mark.parametrize(
    ("method", "counts"),
    [
        ("zhyper-diag", (4_404_240, 7_820_320, 14_652_480)),
        ("zhyper-square", (4_461_696, 8_066_560, 15_670_272)),
    ],
)
def test_mistral_with_its_own_embedding(method, counts):
    assert (
        tuple(count(MISTRAL, method, rank=r, context_width=4096)["trainable"] for r in (8, 16, 32)) == counts
    )
    assert count(MISTRAL, method, rank=8, context_width=None, encoder="last-token")["trainable"] == counts[0]


@pytest.mark.parametrize(
    ("method", "counts"),
    [
        ("lora", (1_597_440,)),
        ("t2l-l", (32_310_080, 63_828_800, 126_866_240)),
        ("zhyper-diag", (2_397_008, 4_002_656, 7_213_952)),
        ("zhyper-square", (2_454_464, 4_248_896, 8_231_744)),
    ],
)
def test_gemma_2_2b(method, counts):
    assert (
        tuple(count(GEMMA, method, rank=r)["trainable"] for r, _ in zip((8, 16, 32), counts, strict=False))
        == counts
    )


@pytest.mark.parametrize(
    ("layers", "diag", "square"),
    [("0:6", 1_438_736, 1_496_192), ("0:16", 2_503_696, 2_561_152), ("0:32:4", 1_651_728, 1_709_184)],
)
def test_layer_subsets(layers, diag, square):
    assert count(MISTRAL, "zhyper-diag", layers=layers)["trainable"] == diag
    assert count(MISTRAL, "zhyper-square", layers=layers)["trainable"] == square


def test_numbers_per_context():
    counts = {
        m: count(MISTRAL, m)["per_context"]
        for m in ("lora", "zhyper-diag", "zhyper-square", "t2l-l", "t2l-m", "t2l-s")
    }
    t2l = dict.fromkeys(("t2l-l", "t2l-m", "t2l-s"), 3_407_872)
    assert counts == {"lora": 0, "zhyper-diag": 512, "zhyper-square": 4_096, **t2l}


def test_parts_add_up():
    counts = count(MISTRAL, "zhyper-diag")
    assert counts["parts"] == {"adapter": 3_407_872, "hypernet trunk": 791_552, "hypernet heads": 8_208}
    assert sum(counts["parts"].values()) == counts["trainable"]


def test_counting_allocates_no_weights():
    before = psutil.Process().memory_info().rss
    assert count(MISTRAL, "t2l-l", rank=32)["trainable"] > 200_000_000
    assert (
        psutil.Process().memory_info().rss - before < 200_000_000
    )  # a twentieth of the adapter and base in float32


@pytest.mark.parametrize(
    ("name", "trainable"),
    [
        ("zhyper-diag", 4_207_632),
        ("zhyper-square", 4_265_088),
        ("zhyper-ohe", 4_172_752),
        ("t2l-l", 55_424_000),
        ("t2l-m", 34_346_752),
        ("t2l-s", 4_987_904),
        ("zhyper-diag-vera", 964_112),
        ("zhyper-square-vera", 1_021_568),
        ("t2l-vera", 3_426_320),
        ("zhyper-square-lora-xs", 857_216),
        ("t2l-lora-xs", 857_216),
        ("light-iterative", 2_333_216),
        ("hyperdecoder", 55_620_608),
        ("hyperlora-fewshot", 55_424_000),
        ("multitask-lora", 3_407_872),
        ("task-lora", 3_407_872),
    ],
)
def test_shipped_recipes(name, trainable):
    spec = load_recipe(name).generator
    assert (spec.rank, spec.projections) == (8, ("q_proj", "v_proj"))
    width = {"one-hot": 479, "last-token": 4096}.get(spec.encoder, 1024)
    assert parameter_counts(replace(spec, context_width=width), MISTRAL)["trainable"] == trainable
