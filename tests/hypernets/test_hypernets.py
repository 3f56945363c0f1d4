"""Hypernetworks: what `direct` costs, and what descriptions change before training."""

from dataclasses import replace

import pytest
import torch
import transformers
from torch import nn

from conftest import MISTRAL, WIDTH, tiny_machine, tokens
from zhyper.hypernets import HYPERNETS, MlpHypernet
from zhyper.hypernets._hypernet import TrunkHypernet, head, random_embeddings, size_of
from zhyper.modulation import Slot
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import parameter_counts

SMOLLM = transformers.LlamaConfig(
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
    vocab_size=49152,
)
VECTOR, MATRIX = Slot("z", (5,), nn.init.ones_, free=True), Slot("z", (5, 5), nn.init.eye_, free=True)


def test_direct_at_mistral():
    spec = GeneratorSpec(
        adapter="zhyper-diag", hypernet="direct", context_width=1024, rank=8, projections=("q_proj", "v_proj")
    )
    counts = parameter_counts(spec, MISTRAL)
    trunk = 1024 * 256 + 256 + 2 * 256  # linear, LayerNorm
    heads = 2 * (256 * 32 * 8 + 32 * 8)  # q and v; 32 layers of 8 numbers
    assert trunk + heads == 394_496
    assert counts["parts"] == {"adapter": 3_407_872, "hypernet trunk": trunk, "hypernet heads": heads}
    assert counts["trainable"] == 3_802_368


def test_direct_at_smollm():
    spec = GeneratorSpec(
        adapter="zhyper-diag",
        hypernet="direct",
        context_width=384,
        rank=32,
        projections=("q_proj", "v_proj", "down_proj"),
    )
    parts = parameter_counts(spec, SMOLLM)["parts"]
    assert parts["hypernet trunk"] + parts["hypernet heads"] == 839_232
    narrow = parameter_counts(
        GeneratorSpec(**{**spec.to_dict(), "projections": spec.projections, "hypernet_width": 64}), SMOLLM
    )["parts"]
    assert (narrow["hypernet trunk"], narrow["hypernet heads"]) == (384 * 64 + 3 * 64, 3 * 65 * 30 * 32)
    wide = parameter_counts(replace(spec, hypernet_width=1536, hypernet_bottleneck=128), SMOLLM)["parts"]
    trunk = 384 * 1536 + 3 * 1536 + 1536 * 128
    assert (wide["hypernet trunk"], wide["hypernet heads"]) == (trunk, 3 * 129 * 30 * 32)


def made(name, slot, seed=0, **changes):
    """A hypernetwork for two kinds of projections in three of seven layers."""
    torch.manual_seed(seed)
    hypernet = HYPERNETS[name]({"q": (slot,), "v": (slot,)}, (0, 2, 6), 7, WIDTH, GeneratorSpec(**changes))
    return hypernet.eval()


@torch.no_grad()
def emitted(hypernet, count=2560):
    """What is emitted into all slots, [N, L, K, ...].

    The contexts are random, and the hypernetwork's start was not drawn with them.
    """
    torch.manual_seed(99)
    values = hypernet(torch.cat([random_embeddings(WIDTH) for _ in range(count // 256)])).values
    return torch.stack([values[kind]["z"] for kind in ("q", "v")], dim=2)


@pytest.mark.parametrize("deviation", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("slot", [VECTOR, MATRIX], ids=["diag", "square"])
@pytest.mark.parametrize("name", ["direct", "mlp"])
def test_the_deviation_between_contexts_is_as_set(name, slot, deviation):
    z_NLK = emitted(made(name, slot, start_deviation=deviation))
    variance = z_NLK.var(0)
    of_a_row = variance if slot is VECTOR else variance.sum(-1)
    assert of_a_row.mean().sqrt() == pytest.approx(deviation, rel=0.1)
    start = slot.start(torch.empty(slot.shape))
    mean = z_NLK.mean(
        (0, 1, 2) if name == "mlp" else 0
    )  # the heads of `mlp` are shared by the layers, whose mean it is
    assert (mean - start).square().mean().sqrt() < 0.15 * deviation


def test_a_bottleneck_limits_the_dimensions_and_nothing_else():
    changes = {"hypernet_width": 64, "hypernet_bottleneck": 3}
    z_NLK = emitted(made("direct", VECTOR, start_deviation=0.5, **changes))
    assert z_NLK.var(0).mean().sqrt() == pytest.approx(0.5, rel=0.1)
    assert (z_NLK.mean(0) - 1).square().mean().sqrt() < 0.15 * 0.5
    singular = torch.linalg.svdvals((z_NLK - z_NLK.mean(0)).flatten(1).double())
    assert singular[2] > 0.1 * singular[0]
    assert singular[3] < 1e-5 * singular[0]
    assert torch.equal(emitted(made("direct", VECTOR, **changes), 256).unique(), torch.ones(1))


def test_heads_without_bias_differ_too():
    z_NLK = emitted(made("mlp", VECTOR, start_deviation=0.5, head_bias=False))
    assert z_NLK.var(0).mean().sqrt() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("name", ["direct", "mlp"])
def test_without_a_deviation_all_contexts_are_the_start(name):
    z_NLK = emitted(made(name, MATRIX), 256)
    assert torch.equal(z_NLK, torch.eye(5).expand_as(z_NLK))


@pytest.mark.parametrize("name", ["direct", "mlp"])
def test_a_slot_that_is_not_free_keeps_its_start(name):
    free, bound = Slot("z", (5,), nn.init.ones_, free=True), Slot("b", (3,), nn.init.zeros_)
    torch.manual_seed(0)
    hypernet = HYPERNETS[name](
        {"q": (bound, free)}, (0, 2), 7, WIDTH, GeneratorSpec(start_deviation=0.5)
    ).eval()
    with torch.no_grad():
        found = hypernet(random_embeddings(WIDTH)).values["q"]
    assert torch.equal(found["b"], torch.zeros_like(found["b"]))
    assert found["z"].std(0).square().mean().sqrt() == pytest.approx(0.5, rel=0.2)


FREE = (
    "zhyper-diag",
    "zhyper-square",
    "zhyper-diag-direct",
    "zhyper-square-direct",
    "zhyper-diag-vera",
    "zhyper-square-vera",
)


@pytest.mark.parametrize("method", FREE)
def test_untrained_descriptions_change_nothing_though_they_differ(method):
    machine = tiny_machine(method, trained=False, start_deviation=0.5)
    ids, mask = tokens(machine)
    with torch.no_grad():
        modulation = machine.modulation(["a", "b", "c", "d"])
        assert torch.equal(machine.logits(ids, mask, modulation), machine.logits(ids, mask, None))
    for slots in modulation.values.values():
        assert slots["z"].std(0).mean() > 0.1


BOUND = ("t2l-l", "t2l-direct", "t2l-vera", "zhyper-diag-lora-xs", "zhyper-square-lora-xs")


@pytest.mark.parametrize("method", BOUND)
def test_adapters_that_start_at_the_base_by_their_slots_alone_keep_their_start(method):
    machine = tiny_machine(method, trained=False, start_deviation=0.5)
    modulation = machine.modulation(["a", "b"])
    plain = tiny_machine(method, trained=False).modulation(["a", "b"]).values
    for kind, slots in modulation.values.items():
        for name, value in slots.items():
            assert torch.equal(value[0], value[1])
            if name == "z":
                assert torch.equal(value, plain[kind][name])


@pytest.mark.parametrize("name", ["direct", "mlp"])
def test_drawing_a_start_is_by_the_seed(name):
    one, same, other = (made(name, VECTOR, seed, start_deviation=0.5).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("bias", [True, False])
def test_without_a_deviation_mlp_has_the_weights_it_always_had(bias):
    """Trunk and heads in their old order, and not a number drawn besides.

    What is built after it is the same too.
    """

    class Old(TrunkHypernet):
        def __init__(self, slots, *args):
            super().__init__(slots, *args)
            self.heads = nn.ModuleList(head(512, size_of(wanted), bias) for wanted in slots.values())
            for layer in self.heads if bias else ():
                layer.bias = nn.Parameter(torch.ones(5))
            if not bias:
                self.keep_starts()

        def forward(self, embeddings_BC):
            raise NotImplementedError

    found = []
    for kind in (Old, MlpHypernet):
        torch.manual_seed(7)
        hypernet = kind(
            {"q": (VECTOR,), "v": (VECTOR,)},
            (0, 2),
            3,
            WIDTH,
            GeneratorSpec(head_bias=bias, start_deviation=0.0),
        )
        found.append((hypernet.state_dict(), torch.get_rng_state()))
    (old, before), (new, after) = found
    assert list(old) == list(new)
    assert all(torch.equal(old[key], new[key]) for key in old)
    assert torch.equal(before, after)


@torch.no_grad()
def test_rows_of_t2l_s_join_behind_the_second_block():
    """As the published code has it: block(x + slot) + block(row), with the same block."""
    torch.manual_seed(0)
    slots = {"q": (Slot("a", (4, 7), nn.init.zeros_), Slot("b", (4, 5), nn.init.zeros_))}
    hypernet = HYPERNETS["mlp-s"](slots, (0, 1), 2, WIDTH, GeneratorSpec(hypernet="mlp-s")).double().eval()
    for parameter in hypernet.parameters():
        nn.init.normal_(parameter, std=0.3)
    embeddings_BC = random_embeddings(WIDTH)[:3].double()
    first, block, last = hypernet.stages
    x = first(hypernet.coordinates(embeddings_BC))[:, :, 0]
    for i, (name, width) in enumerate((("a", 7), ("b", 5))):
        for row in range(4):
            slot, of_row = (
                part[1](part[0].weight[j]) for part, j in ((hypernet.slot, i), (hypernet.row, row))
            )
            expected = hypernet.heads[0](last(block(x + slot) + block(of_row)))[..., :width]
            emitted_row = hypernet(embeddings_BC).values["q"][name][:, :, row]
            torch.testing.assert_close(emitted_row, expected, atol=1e-9, rtol=0)


def test_the_trunks_input_has_dropout_while_it_is_trained():
    hypernet = HYPERNETS["mlp"]({"q": (VECTOR,)}, (0, 1), 2, WIDTH, GeneratorSpec(dropout=0.5))
    embeddings_BC = random_embeddings(WIDTH)
    dropped = (hypernet.train().coordinates(embeddings_BC) == 0).float().mean()
    assert dropped == pytest.approx(0.5, abs=0.02)
    assert (hypernet.eval().coordinates(embeddings_BC) == 0).sum() == 0
