"""What a training step holds at once: logits of a few answer tokens, a base of few bits."""

import sys
import weakref

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

from conftest import CONFIGS, byte_tokenizer, tiny_base, tiny_machine
from zhyper.data import IGNORED
from zhyper.model import TwoHalves
from zhyper.spec import TrainingSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftModule, train
from zhyper.train._answer_loss import answer_losses
from zhyper.weights import load_base, weight_of

VOCABULARY, HIDDEN = 263, 24


def rows(count=5, tokens=11, seed=0):
    """Rows of odd sizes, two of them padded, whose last tokens are the answer."""
    draw = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, 250, (count, tokens), generator=draw)
    mask = torch.ones_like(ids)
    mask[1, :3], mask[2, :1] = 0, 0
    labels = ids.clone()
    labels[:, : tokens - 4] = IGNORED
    labels[3, : tokens - 1] = IGNORED
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def gradients(module, weights_N, **batch):
    """Losses of a module, and the gradients of their weighted sum."""
    module.zero_grad()
    losses_N = module(**batch).losses_N
    (losses_N * weights_N).sum().backward()
    return losses_N.detach(), [p.grad.clone() for p in module.parameters() if p.grad is not None]


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("chunk", [1, 3, 17, 1000])
def test_losses_and_gradients_of_a_few_tokens_at_a_time_are_those_of_all_at_once(chunk, smoothing):
    draw = torch.Generator().manual_seed(chunk)
    head = torch.randn(31, 7, generator=draw)
    hidden, targets, upstream = (
        torch.randn(17, 7, generator=draw),
        torch.randint(31, (17,), generator=draw),
        torch.randn(17, generator=draw),
    )
    ours, theirs = hidden.clone().requires_grad_(), hidden.clone().requires_grad_()
    losses, nothing = answer_losses(lambda h: h @ head.T, ours, targets, chunk, smoothing)
    logits = theirs @ head.T
    wanted = cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    (losses * upstream).sum().backward()
    (wanted * upstream).sum().backward()
    torch.testing.assert_close(losses, wanted, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-6, rtol=1e-6)
    assert nothing is None
    _, right = answer_losses(lambda h: h @ head.T, hidden, targets, chunk)
    assert torch.equal(right, logits.argmax(-1) == targets)


def test_losses_need_no_gradients():
    hidden, targets = torch.randn(5, 7), torch.arange(5)
    losses, _ = answer_losses(lambda h: h @ torch.eye(7), hidden, targets, 2)
    assert not losses.requires_grad
    with torch.no_grad():
        assert torch.equal(
            answer_losses(lambda h: h @ torch.eye(7), hidden.requires_grad_(), targets, 2)[0], losses
        )


@pytest.mark.parametrize("base", CONFIGS)
def test_two_halves_are_the_forward_pass_of_the_model(base):
    """Also what a model does to its logits after the head: Gemma 2 caps them."""
    model, ids = tiny_base(base), rows()["input_ids"]
    whole = model(ids).logits
    halves = TwoHalves(model)
    hidden = halves.hidden(input_ids=ids, use_cache=False)
    torch.testing.assert_close(halves.logits(hidden.flatten(0, 1)), whole.flatten(0, 1), atol=1e-6, rtol=1e-6)
    assert torch.equal(model(ids).logits, whole)


def test_two_halves_hold_nothing_of_a_pass():
    machine, batch = tiny_machine(), rows()
    halves = TwoHalves(machine.model.base)
    with machine.model.under(machine.hypernet(machine.encoder.encode(list("abcde")))):
        hidden = halves.hidden(input_ids=batch["input_ids"], use_cache=False)
        halves.logits(hidden[0])
    assert hidden.requires_grad
    seen = weakref.ref(hidden)
    del hidden
    assert seen() is None


def test_the_model_is_itself_after_an_error():
    model, ids = tiny_base(), rows()["input_ids"]
    whole, halves = model(ids).logits, TwoHalves(model)
    hidden = halves.hidden(input_ids=ids, use_cache=False)
    with pytest.raises(RuntimeError):
        halves.logits(hidden[0, :, :5])
    with pytest.raises(IndexError):
        halves.hidden(input_ids=ids + 10_000)
    assert torch.equal(model(ids).logits, whole)


@pytest.mark.parametrize("base", CONFIGS)
def test_gradients_are_those_of_a_loss_on_all_logits(base):
    machine, batch = tiny_machine("zhyper-diag", base), rows()
    embeddings = machine.encoder.encode(list("abcde"))
    module = SftModule(machine, logits_at_once=3).eval()
    weights_N = torch.rand(17, generator=torch.Generator().manual_seed(1))
    losses, found = gradients(module, weights_N, **batch, embeddings=embeddings)

    module.zero_grad()
    positions = (batch["attention_mask"].cumsum(-1) - 1).clamp(min=0)
    with machine.model.under(machine.hypernet(embeddings)) as model:
        logits = model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], position_ids=positions
        ).logits[:, :-1]
    targets = batch["labels"][:, 1:]
    answers = targets != IGNORED
    wanted = cross_entropy(logits[answers], targets[answers], reduction="none")
    (wanted * weights_N).sum().backward()
    torch.testing.assert_close(losses, wanted.detach(), atol=1e-5, rtol=1e-5)
    plain = [p.grad for p in module.parameters() if p.grad is not None]
    assert len(found) == len(plain) > 4
    for ours, theirs in zip(found, plain, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


class Logits(TorchDispatchMode):
    """The most tokens of which any tensor holds one number for each word of the vocabulary."""

    most = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        for value in output if isinstance(output, tuple | list) else [output]:
            if (
                isinstance(value, torch.Tensor)
                and value.shape[-1:] == (VOCABULARY,)
                and value.shape[:-1] != (HIDDEN,)
            ):  # not the head
                self.most = max(self.most, value[..., 0].numel())
        return output


@pytest.mark.parametrize(("at_once", "most"), [(3, 3), (1000, 17)])
def test_logits_exist_of_so_many_answer_tokens_and_of_no_others(at_once, most):
    machine = tiny_machine()
    module = SftModule(machine, logits_at_once=at_once).train()
    embeddings = machine.encoder.encode(list("abcde"))
    with Logits() as seen:
        module(**rows(), embeddings=embeddings).losses_N.mean().backward()
    assert seen.most == most


def test_rows_of_one_context_share_a_pass_of_the_hypernetwork(monkeypatch):
    machine, batch = tiny_machine("t2l-m"), rows()
    for part in (machine.model.base, *machine.parts().values()):
        part.double()
    module = SftModule(machine).eval()
    embeddings = machine.encoder.encode(list("abaab")).double()
    weights_N = torch.rand(17, generator=torch.Generator().manual_seed(2))
    passed = []
    handle = machine.hypernet.register_forward_hook(lambda module, args, output: passed.append(len(args[0])))
    losses, found = gradients(module, weights_N, **batch, embeddings=embeddings)
    monkeypatch.setattr(
        module, "_modulation", lambda embeddings: machine.hypernet(embeddings)
    )  # a pass for each row
    expected, wanted = gradients(module, weights_N, **batch, embeddings=embeddings)
    handle.remove()
    assert passed == [2, 5]
    torch.testing.assert_close(losses, expected, atol=1e-6, rtol=1e-5)
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours - theirs).norm() <= 1e-5 * theirs.norm()


@pytest.fixture
def folder(tmp_path):
    tiny_base().save_pretrained(tmp_path / "base")
    byte_tokenizer().save_pretrained(tmp_path / "base")
    return str(tmp_path / "base")


@pytest.mark.parametrize(("bits", "near"), [(8, 0.03), (4, 0.2)])
def test_a_base_of_few_bits_is_near_the_whole_one(folder, bits, near):
    pytest.importorskip("bitsandbytes")
    whole, few = load_base(folder)[0], load_base(folder, bits=bits)[0]
    name = "model.layers.1.mlp.up_proj"
    plain, kept = whole.get_submodule(name), few.get_submodule(name)
    assert (
        kept.weight.element_size() * kept.weight.numel() * 32 / bits
        <= plain.weight.element_size() * plain.weight.numel() + 1
    )
    change = (weight_of(kept).float() - plain.weight).norm() / plain.weight.norm()
    assert 1e-4 < change < near
    assert torch.equal(weight_of(plain), plain.weight)
    assert few.lm_head.weight.dtype == few.dtype == torch.float32


@pytest.mark.parametrize("base", CONFIGS)
@pytest.mark.parametrize("bits", [8, 4])
def test_deltas_are_added_whole_to_a_base_of_few_bits(tmp_path, bits, base):
    """What the adapter adds at a site is the same on either base, and gradients reach all that is trained."""
    pytest.importorskip("bitsandbytes")
    tiny_base(base).save_pretrained(tmp_path / "base")
    byte_tokenizer().save_pretrained(tmp_path / "base")
    machine, batch = tiny_machine("zhyper-diag", base), rows()
    embeddings = machine.encoder.encode(list("abcde"))
    few = TextToAdapter(machine.spec, *load_base(str(tmp_path / "base"), bits=bits), machine.encoder)
    for name, part in few.parts().items():
        part.load_state_dict(machine.parts()[name].state_dict())
    site = next(iter(few.adapter_weights.sites))
    wide = torch.randn(5, 7, site.d_in, generator=torch.Generator().manual_seed(0))
    added = []
    for each in (machine, few):
        with each.model.under(each.hypernet(embeddings)) as model, torch.no_grad():
            layer = model.get_submodule(site.name)
            added.append(layer(wide) - type(layer).forward(layer, wide))
    torch.testing.assert_close(added[1], added[0], atol=1e-5, rtol=1e-4)
    few.model.checkpoint_gradients()
    _, found = gradients(SftModule(few).train(), torch.ones(17), **batch, embeddings=embeddings)
    assert len(found) == sum(p.requires_grad for part in few.parts().values() for p in part.parameters())
    assert all(bool(gradient.isfinite().all()) for gradient in found)


def test_a_pass_without_gradients_packs_no_weights_anew(folder, monkeypatch):
    """On a CPU with bfloat16 instructions bitsandbytes would, and no gradient passes through such a layer."""
    bitsandbytes = pytest.importorskip("bitsandbytes")
    monkeypatch.setattr(bitsandbytes.nn.modules, "has_avx512bf16", lambda: True)
    layer = load_base(folder, bits=4)[0].get_submodule("model.layers.1.mlp.up_proj")
    with torch.no_grad():
        before = layer(torch.ones(1, layer.in_features))
    x = torch.ones(1, layer.in_features, requires_grad=True)
    after = layer(x)
    assert torch.equal(after, before)
    after.sum().backward()
    assert x.grad.abs().max() > 0


@pytest.mark.parametrize("bits", [8, 4])
def test_a_run_on_a_base_of_few_bits_ends_in_a_checkpoint_for_the_whole_one(recipe, tmp_path, bits):
    pytest.importorskip("bitsandbytes")
    named = recipe.with_changes(
        {"encoder": "one-hot", "context": "task", "base_bits": bits, "steps": 4, "evaluate_every": 2}
    )
    about = train(named, tmp_path / "run")
    assert about["recipe"]["training"]["base_bits"] == bits
    assert about["recipe"]["training"]["precision"] == "float32" or torch.cuda.is_available()
    machine = TextToAdapter.load(tmp_path / "run/checkpoint", device="cpu")
    assert all(p.is_floating_point() for p in machine.model.base.parameters())
    assert machine.generate(["a"], ["first"], max_new_tokens=2)
    again = train(named, tmp_path / "again")
    assert again["selection"] == about["selection"]


def test_lora_xs_starts_from_the_weights_that_multiply(folder):
    pytest.importorskip("bitsandbytes")
    spec = tiny_machine("zhyper-diag-lora-xs").spec
    whole, few = (
        TextToAdapter(spec, *load_base(folder, bits=bits), tiny_machine().encoder).adapter_weights
        for bits in (None, 8)
    )
    site = next(iter(whole.sites))
    products = [b_OR @ a_RI for a_RI, b_OR in (adapter.shared(site) for adapter in (whole, few))]
    difference = (products[0] - products[1]).norm() / products[0].norm()
    assert 0 < difference < 0.2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_bits": 5}, "base_bits is 5, but must be 8 or 4"),
        (
            {"base_bits": 4, "shard_base": True},
            "base_bits is 4, but a sharded base keeps its weights whole",
        ),
        ({"logits_at_once": 0}, "logits_at_once is 0, but must be at least 1"),
    ],
)
def test_settings_that_cannot_be(changes, message):
    with pytest.raises(ValueError, match=message):
        TrainingSpec(**changes)


def test_an_encoder_that_reads_the_base_wants_it_whole(recipe, tmp_path):
    with pytest.raises(
        ValueError, match="encoder 'last-token' reads the base as it is at generation, but base_bits is 4"
    ):
        train(recipe.with_changes({"encoder": "last-token", "base_bits": 4}), tmp_path / "run")


def test_a_missing_package_is_a_sentence(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    named = recipe.with_changes({"encoder": "one-hot", "context": "task", "base_bits": 8})
    with pytest.raises(
        ValueError, match=r"bitsandbytes is not installed; run: pip install 'zhyper\[quantise\]'"
    ):
        train(named, tmp_path / "run")
    assert not (tmp_path / "run").exists()
