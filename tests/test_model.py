"""A borrowed base model is given back as it was.

Under a modulation its layers take their own parts of what is adapted.
"""

from collections import Counter

import pytest
import torch

from conftest import METHODS, tiny_base, tiny_machine, tokens


def test_the_base_is_itself_after_the_block_and_after_an_error():
    machine = tiny_machine()
    ids, mask = tokens(machine)
    with torch.no_grad():
        before = tiny_base()(input_ids=ids, attention_mask=mask).logits
        with machine.model.under(machine.modulation(["a"])) as base:
            inside = base(input_ids=ids, attention_mask=mask).logits
        with pytest.raises(RuntimeError, match="on purpose"), machine.model.under(machine.modulation(["a"])):
            raise RuntimeError("on purpose")
        after = machine.model.base(input_ids=ids, attention_mask=mask).logits
    assert not torch.equal(inside, before)
    assert torch.equal(after, before)


def test_blocks_nest():
    machine = tiny_machine()
    ids, mask = tokens(machine)
    a, b = machine.modulation(["a"]), machine.modulation(["b"])
    with torch.no_grad(), machine.model.under(a) as base:
        first = base(input_ids=ids).logits
        with machine.model.under(b):
            other = base(input_ids=ids).logits
        with machine.model.under(None):
            bare = base(input_ids=ids).logits
        again = base(input_ids=ids).logits
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(bare, tiny_base()(input_ids=ids).logits)


def test_contexts_must_match_rows():
    machine = tiny_machine()
    ids, mask = tokens(machine, rows=4)
    with pytest.raises(ValueError, match="3 contexts, but the batch has 4 rows"):
        machine.logits(ids, mask, machine.modulation(["a", "b", "c"]))


def test_close_takes_the_hooks_off():
    machine = tiny_machine()
    ids, mask = tokens(machine)
    machine.model.close()
    with torch.no_grad():
        assert torch.equal(
            machine.logits(ids, mask, machine.modulation(["a"])), machine.logits(ids, mask, None)
        )


def test_gradient_checkpointing_gives_the_same_gradients_outside_the_block():
    def gradients(checkpointing):
        machine = tiny_machine("zhyper-square")
        if checkpointing:
            machine.model.checkpoint_gradients()
        ids, mask = tokens(machine)
        embeddings = machine.encoder.encode(["a", "b", "c", "d"])
        with machine.model.under(machine.hypernet(embeddings)) as base:
            loss = base(input_ids=ids, attention_mask=mask, use_cache=False).logits.square().mean()
        loss.backward()
        return [p.grad for part in machine.parts().values() for p in part.parameters()]

    for with_it, without in zip(gradients(True), gradients(False), strict=True):
        torch.testing.assert_close(with_it, without, atol=1e-6, rtol=1e-5)


def test_no_copies_per_token():
    """Nothing saved for the backward pass is as large as one copy of A for each token."""
    machine = tiny_machine("zhyper-diag")
    ids, mask = tokens(machine, rows=4, length=7)
    held, sizes = machine.hypernet(machine.encoder.encode(["a", "b", "c", "d"])), []
    with (
        torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t),
        machine.model.under(held) as base,
    ):
        base.model(input_ids=ids, attention_mask=mask, use_cache=False)
    per_token_copies = 4 * 7 * machine.spec.rank * 24
    assert 4 * 7 * 34 <= max(sizes) < per_token_copies / 2


def gradients(machine, ids, mask):
    """A loss under one context for each row, and the gradient of every trained part."""
    parts = [p for part in machine.parts().values() for p in part.parameters() if p.requires_grad]
    embeddings = machine.encoder.encode([f"text {i}" for i in range(len(ids))])
    with machine.model.under(machine.hypernet(embeddings)) as model:
        loss = model(input_ids=ids, attention_mask=mask).logits.float().logsumexp(-1).sum()
    return loss, torch.autograd.grad(loss, parts, allow_unused=True)


def names(loss):
    """The operations that a loss was computed by."""
    found, waiting = set(), [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [before for before, _ in node.next_functions]
    return Counter(node.name() for node in found)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_gradients_of_all_layers_are_put_together_once(method, checkpointing, monkeypatch):
    machine = tiny_machine(method)
    ids, mask = tokens(machine)
    if checkpointing:
        machine.model.checkpoint_gradients()
    loss, found = gradients(machine, ids, mask)
    monkeypatch.setattr(
        machine.adapter_weights, "layer", lambda stacked, row, axis=0: stacked.select(axis, row)
    )
    apart, one_by_one = gradients(machine, ids, mask)
    fewer = names(apart)["SelectBackward0"] - names(loss)["SelectBackward0"]
    assert fewer == len(machine.adapter_weights.sites.layers) * names(loss)["UnbindBackward0"] > 0
    assert any(gradient is not None and gradient.abs().max() > 0 for gradient in found)
    for ours, theirs in zip(found, one_by_one, strict=True):
        assert (ours is None and theirs is None) or torch.equal(ours, theirs)


def test_layers_taken_out_belong_to_one_pass():
    machine = tiny_machine()
    adapter, ids = machine.adapter_weights, tokens(machine)[0]
    with machine.model.under(machine.modulation(["a"])) as model:
        with torch.no_grad():
            before = model(input_ids=ids).logits
        for p in adapter.parameters():
            p.data = p.data * 2
        inside = model(input_ids=ids).logits
        inside.sum().backward()
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in adapter.parameters())
    with machine.model.under(machine.modulation(["a"])) as model:
        assert torch.equal(model(input_ids=ids).logits, inside)
    assert not torch.equal(before, inside)
