"""One delta: training, generation, PEFT folder and merged weights compute the same function."""

import copy

import pytest
import torch
from peft import PeftModel

from conftest import CONFIGS, METHODS, tiny_base, tiny_machine, tokens
from zhyper import export
from zhyper.adapters import ADAPTERS
from zhyper.data import IGNORED
from zhyper.encoders import OneHotEncoder
from zhyper.hypernets import HYPERNETS
from zhyper.modulation import Modulation
from zhyper.train import SftModule

TEXTS = ["say it in French", "count the letters", "", "name the capital"]
pairs = pytest.mark.parametrize(("method", "base"), [(m, b) for m in METHODS for b in CONFIGS])


@pairs
@torch.no_grad()
def test_an_untrained_adapter_changes_nothing_bit_for_bit(method, base):
    machine = tiny_machine(method, base, trained=False)
    ids, mask = tokens(machine)
    bare = machine.logits(ids, mask, None)
    assert torch.equal(machine.logits(ids, mask, machine.modulation(TEXTS)), bare)


@pairs
@torch.no_grad()
def test_a_batch_of_contexts_equals_single_runs(method, base):
    machine = tiny_machine(method, base)
    ids, mask = tokens(machine)
    together = machine.logits(ids, mask, machine.modulation(TEXTS))
    for row, text in enumerate(TEXTS):
        alone = machine.logits(ids[row : row + 1], mask[row : row + 1], machine.modulation([text]))
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-4, rtol=0)
    if METHODS[method][1] != "none":
        shared = machine.logits(ids[:1].expand(4, -1), mask[:1].expand(4, -1), machine.modulation(TEXTS))
        assert (shared[0] - shared[1]).abs().max() > 1e-3  # contexts do differ


@pairs
@torch.no_grad()
def test_peft_folder_and_merged_weights_equal_the_conditioned_model(method, base, tmp_path):
    machine = tiny_machine(method, base)
    ids, mask = tokens(machine)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    for strength in (1.0, -0.5):
        adapter = machine.adapter(TEXTS[0], strength)
        ours = machine.logits(ids, mask, adapter.modulation)
        assert (ours - machine.logits(ids, mask, None)).abs().max() > 1e-2  # the adapter matters
        folder = adapter.save(tmp_path / "adapter")
        loaded = PeftModel.from_pretrained(tiny_base(base), folder).eval()
        theirs = loaded(input_ids=ids, attention_mask=mask, position_ids=positions).logits
        torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=0)
        merged = copy.deepcopy(tiny_base(base))
        export.merge_into(merged, machine.adapter_weights, adapter.modulation)
        whole = merged(input_ids=ids, attention_mask=mask, position_ids=positions).logits
        torch.testing.assert_close(whole, ours, atol=1e-4, rtol=0)


@pairs
def test_the_training_forward_equals_the_conditioned_model(method, base):
    machine = tiny_machine(method, base)
    ids, mask = tokens(machine)
    labels = ids.clone()
    labels[:, :5] = IGNORED
    labels[1, 5] = IGNORED
    embeddings = machine.encoder.encode(TEXTS)
    module = SftModule(machine).eval()
    losses, _, rows, _ = module(ids, mask, labels, embeddings)
    with torch.no_grad():
        right = module(ids, mask, labels, embeddings).right_N
    logits = machine.logits(ids, mask, machine.modulation(TEXTS))
    expected = torch.nn.functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none", ignore_index=IGNORED
    )
    torch.testing.assert_close(losses, expected[labels[:, 1:] != IGNORED], atol=1e-4, rtol=0)
    assert rows.tolist() == [0, 0, 1, 2, 2, 3, 3]
    assert torch.equal(right, (logits.argmax(-1)[:, :-1] == labels[:, 1:])[labels[:, 1:] != IGNORED])


@pairs
def test_generation_equals_single_runs_and_the_merged_model(method, base):
    machine = tiny_machine(method, base)
    prompts = ["one", "a longer prompt", "2", "one"]
    descriptions = [TEXTS[0], None, TEXTS[3], TEXTS[1]]
    together = machine.generate(prompts, descriptions, max_new_tokens=5)
    alone = [
        machine.generate([p], [d], max_new_tokens=5)[0] for p, d in zip(prompts, descriptions, strict=True)
    ]
    assert together == alone
    export.merge_into(machine.model.base, machine.adapter_weights, machine.modulation([TEXTS[0]]))
    assert machine.generate(["one"], [None], max_new_tokens=5) == together[:1]


MATRICES = {"zhyper-square", "zhyper-square-vera", "zhyper-square-lora-xs", "t2l", "light"}
"""Adapters whose slots are matrices with a row for each rank, which a head can emit one at a time."""
OTHERS = [(a, h, b) for a in ADAPTERS for h in HYPERNETS for b in CONFIGS if (a, h) not in METHODS.values()]


@pytest.mark.parametrize(("adapter", "hypernet", "base"), OTHERS)
@torch.no_grad()
def test_every_other_pair_is_one_function_too_or_an_error(adapter, hypernet, base, tmp_path):
    known = (
        {"encoder": "one-hot", "context": "task", "reader": OneHotEncoder(TEXTS)}
        if hypernet == "lookup"
        else {}
    )
    # Its factors add up over refinements: at the usual scale an update is 25 times the weight, and logits so
    # ill-conditioned that float32 alone is off by 4e-4 on some CPUs.
    smaller = {"scale": 0.25} if (adapter, hypernet) == ("t2l", "iterative") else {}
    plain = adapter in ("lora", "vera")
    if plain != (hypernet == "none") or (hypernet in ("mlp-m", "mlp-s") and adapter not in MATRICES):
        with pytest.raises(ValueError, match="choose hypernet"):
            tiny_machine("lora", base, adapter=adapter, hypernet=hypernet, **known)
        return
    machine = tiny_machine("lora", base, adapter=adapter, hypernet=hypernet, **known, **smaller)
    if hypernet == "lookup":
        generator = torch.Generator().manual_seed(4)
        shapes = {
            kind: {s.name: (4, 2, *s.shape) for s in slots}
            for kind, slots in machine.adapter_weights.slots().items()
        }
        machine.hypernet.hold(
            {
                k: {n: 0.2 * torch.randn(s, generator=generator) for n, s in slots.items()}
                for k, slots in shapes.items()
            }
        )
    ids, mask = tokens(machine)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    ours = machine.logits(ids, mask, machine.modulation(TEXTS))
    labels = torch.where(torch.arange(7) < 5, IGNORED, ids)
    losses, *_ = SftModule(machine).eval()(ids, mask, labels, machine.encoder.encode(TEXTS))
    expected = torch.nn.functional.cross_entropy(ours[:, 4:6].transpose(1, 2), ids[:, 5:], reduction="none")
    torch.testing.assert_close(losses, expected.flatten(), atol=1e-4, rtol=0)
    together = machine.generate(["one", "two words"], TEXTS[:2], max_new_tokens=3)
    assert together == [
        machine.generate([p], [t], max_new_tokens=3)[0]
        for p, t in zip(["one", "two words"], TEXTS, strict=False)
    ]
    for row, text in enumerate(TEXTS[:2]):
        adapter_of = machine.adapter(text)
        folder = adapter_of.save(tmp_path / "adapter")
        loaded = PeftModel.from_pretrained(tiny_base(base), folder).eval()
        theirs = loaded(input_ids=ids, attention_mask=mask, position_ids=positions).logits
        torch.testing.assert_close(theirs[row], ours[row], atol=1e-4, rtol=0)
        merged = tiny_base(base)
        export.merge_into(merged, machine.adapter_weights, adapter_of.modulation)
        whole = merged(input_ids=ids, attention_mask=mask, position_ids=positions).logits
        torch.testing.assert_close(whole[row], ours[row], atol=1e-4, rtol=0)
    assert (theirs[0] - ours[0]).abs().max() > 1e-3  # contexts do differ


@torch.no_grad()
def test_strength_scales_the_update_of_each_row():
    machine = tiny_machine("t2l-l")
    ids, mask = tokens(machine)
    held = machine.modulation(TEXTS)
    zero = machine.logits(ids, mask, held.scale(torch.tensor([0.0, 1.0, 0.0, 2.0])))
    bare, full = machine.logits(ids, mask, None), machine.logits(ids, mask, held)
    assert torch.equal(zero[0], bare[0])
    assert torch.equal(zero[2], bare[2])
    torch.testing.assert_close(zero[1], full[1], atol=1e-5, rtol=0)
    twice = machine.logits(ids[3:], mask[3:], held.at([3]).scale(2.0))
    torch.testing.assert_close(zero[3:], twice, atol=1e-4, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("method", ["zhyper-diag", "zhyper-square"])
def test_mixing_contexts_is_the_weighted_sum_of_their_updates(method):
    machine = tiny_machine(method)
    held = machine.modulation(TEXTS).scale(torch.tensor([1.0, 2.0, 1.0, -1.0]))
    weights = [0.7, 0.3, -0.5, 0.1]
    mixed = dict(export_of(machine, held.mix(weights)))
    parts = [dict(export_of(machine, held.at([i]))) for i in range(4)]
    for site, update in mixed.items():
        expected = sum(w * part[site] for w, part in zip(weights, parts, strict=True))
        torch.testing.assert_close(update, expected, atol=1e-5, rtol=0)


def test_descriptions_without_weights_are_mixed_equally(tmp_path):
    machine = tiny_machine()
    mean, equal = machine.adapter(TEXTS[:3]), machine.adapter(dict.fromkeys(TEXTS[:3], 1 / 3))
    assert mean.weights == equal.weights == machine.adapter(dict.fromkeys(TEXTS[:3])).weights
    assert mean.note is None and "note" not in (mean.save(tmp_path / "mean") / "README.md").read_text()
    total, strong = machine.adapter(dict.fromkeys(TEXTS[:3], 1.0)), machine.adapter(TEXTS[:3], strength=3.0)
    for (_, one), (_, other) in zip(
        *(export_of(machine, a.modulation) for a in (total, strong)), strict=True
    ):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)
    assert total.note and total.note.startswith("the weights add up to 3, not to 1")
    assert total.note in (total.save(tmp_path / "total") / "README.md").read_text()
    assert machine.adapter(dict.fromkeys(TEXTS[:3], 1.0), strength=1 / 3).note is None
    for wrong, sentence in (
        ({TEXTS[0]: 0.5, TEXTS[1]: None}, "1 of the 2 parts of the mixture have a weight"),
        ([TEXTS[0], TEXTS[0]], "given twice"),
        ([], "no description was given"),
    ):
        with pytest.raises(ValueError, match=sentence):
            machine.adapter(wrong)


def export_of(machine, modulation):
    return ((site, b @ a) for site, a, b in export.factors(machine.adapter_weights, modulation))


def test_mixing_is_refused_where_it_would_not_be_exact():
    with pytest.raises(ValueError, match="linear"):
        tiny_machine("t2l-l").modulation(["a", "b"]).mix([0.5, 0.5])
    with pytest.raises(ValueError, match="1 weights were given for 2 contexts"):
        tiny_machine().modulation(["a", "b"]).mix([1.0])


@torch.no_grad()
@pytest.mark.parametrize("method", METHODS)
def test_a_bfloat16_base(method):
    """The same function, up to bfloat16's precision.

    The shared weights stay in float32 and follow the base's type.
    """
    machine = tiny_machine(method)
    ids, mask = tokens(machine)
    bare, held = machine.logits(ids, mask, None), machine.modulation(TEXTS)
    held = held.scale(
        5 / (machine.logits(ids, mask, held) - bare).abs().max()
    )  # updates of like size, whatever the method
    exact = machine.logits(ids, mask, held)
    machine.model.base.to(torch.bfloat16)
    rough = machine.logits(ids, mask, held)
    assert rough.dtype == torch.bfloat16
    shown = mask.bool()
    assert (rough.float() - exact)[shown].norm() < 0.1 * (exact - bare)[shown].norm()


def test_an_input_that_has_no_rows_is_refused():
    machine = tiny_machine()
    site = machine.model.base.get_submodule("model.layers.0.self_attn.q_proj")
    with (
        machine.model.under(machine.modulation(["a"])),
        pytest.raises(ValueError, match=r"input of shape \(7, 24\)"),
    ):
        site(torch.zeros(7, 24))


def test_stacking_keeps_strengths():
    machine = tiny_machine()
    both = Modulation.stack([machine.modulation(["a"]), machine.modulation(["b"]).scale(0.5)])
    assert both.count == 2
    assert both.strength.tolist() == [1.0, 0.5]
