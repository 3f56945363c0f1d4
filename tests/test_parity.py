"""One delta: training, generation, PEFT folder and merged weights compute the same function."""

import copy

import pytest
import torch
from peft import PeftModel

from conftest import CONFIGS, METHODS, tiny_base, tiny_machine, tokens
from zhyper import export
from zhyper.data import IGNORED
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
    if method != "lora":
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
    contexts = machine.encoder.encode(TEXTS)
    module = SftModule(machine).eval()
    losses, rows = module(ids, mask, labels, contexts)
    logits = machine.logits(ids, mask, machine.modulation(TEXTS))
    expected = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none", ignore_index=IGNORED)
    torch.testing.assert_close(losses, expected[labels[:, 1:] != IGNORED], atol=1e-4, rtol=0)
    assert rows.tolist() == [0, 0, 1, 2, 2, 3, 3]


@pairs
def test_generation_equals_single_runs_and_the_merged_model(method, base):
    machine = tiny_machine(method, base)
    prompts = ["one", "a longer prompt", "2", "one"]
    descriptions = [TEXTS[0], None, TEXTS[3], TEXTS[1]]
    together = machine.generate(prompts, descriptions, max_new_tokens=5)
    alone = [machine.generate([p], [d], max_new_tokens=5)[0] for p, d in zip(prompts, descriptions, strict=True)]
    assert together == alone
    export.merge_into(machine.model.base, machine.adapter_weights, machine.modulation([TEXTS[0]]))
    assert machine.generate(["one"], [None], max_new_tokens=5) == together[:1]


@torch.no_grad()
def test_strength_scales_the_update_of_each_row():
    machine = tiny_machine("t2l")
    ids, mask = tokens(machine)
    held = machine.modulation(TEXTS)
    zero = machine.logits(ids, mask, held.scale(torch.tensor([0.0, 1.0, 0.0, 2.0])))
    bare, full = machine.logits(ids, mask, None), machine.logits(ids, mask, held)
    assert torch.equal(zero[0], bare[0])
    assert torch.equal(zero[2], bare[2])
    torch.testing.assert_close(zero[1], full[1], atol=1e-5, rtol=0)
    twice = machine.logits(ids[3:], mask[3:], held.at([3]).scale(2.0))
    torch.testing.assert_close(zero[3:], twice, atol=1e-4, rtol=0)


def test_stacking_keeps_strengths():
    machine = tiny_machine()
    both = Modulation.stack([machine.modulation(["a"]), machine.modulation(["b"]).scale(0.5)])
    assert both.contexts == 2
    assert both.strength.tolist() == [1.0, 0.5]
