"""Arrow routing through PEFT: what it computes, and what it refuses."""

import pytest
import torch
from peft import PeftModel

from conftest import save_loras, tiny_base, tiny_machine, tokens
from zhyper.evaluate import ArrowRouting
from zhyper.library import lora_folders
from zhyper.spec import GeneratorSpec


@pytest.fixture
def library(base, tmp_path):
    return save_loras(tmp_path / "library")


def test_one_lora_alone_gets_every_token(base, library, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "first").symlink_to(library / "first")
    routed = ArrowRouting(tmp_path / "one", GeneratorSpec(base=base), top_k=1)
    ids, mask = tokens(tiny_machine())
    model = tiny_base()
    model.lm_head.weight.data *= 4
    wanted = PeftModel.from_pretrained(model, str(library / "first"))
    with torch.no_grad():
        one, other = (m(input_ids=ids, attention_mask=mask).logits for m in (routed.model, wanted))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    assert len(routed.generate(["ab", "c"], [None, None], max_new_tokens=3)) == 2


def test_tokens_are_shared_between_the_loras_they_resemble(base, library):
    """By hand: tokens are compared with the LoRAs' first right singular vectors, exactly."""
    routed, seen = ArrowRouting(library, GeneratorSpec(base=base), top_k=2, temperature=0.7), {}
    layer = routed.model.base_model.model.model.layers[0].self_attn.q_proj
    layer.register_forward_hook(lambda module, args, out: seen.update(x=args[0], y=out))
    ids, mask = tokens(tiny_machine())
    with torch.no_grad():
        routed.model(input_ids=ids, attention_mask=mask)
    x, got = seen["x"], seen["y"] - layer.base_layer(seen["x"])
    loras = [(layer.lora_A[f"task_{i}"].weight, layer.lora_B[f"task_{i}"].weight) for i in range(4)]
    likeness = torch.stack([(x @ torch.linalg.svd(b @ a).Vh[0]).abs() for a, b in loras], dim=-1)
    best = likeness.topk(2, dim=-1).indices
    shares = torch.softmax(
        torch.where(
            torch.zeros_like(likeness, dtype=torch.bool).scatter(-1, best, True), likeness, -torch.inf
        )
        / 0.7,
        -1,
    )
    wanted = sum(shares[..., i : i + 1] * (x @ a.T @ b.T) for i, (a, b) in enumerate(loras))
    assert wanted.norm() > 0
    torch.testing.assert_close(
        got, wanted, atol=1e-2 * float(wanted.abs().max()), rtol=0
    )  # PEFT's power iteration stops early


def test_what_cannot_be_routed(base, library, tmp_path):
    spec = GeneratorSpec(base=base)
    with pytest.raises(ValueError, match="top_k is 5, but the library .* holds 4 LoRAs"):
        ArrowRouting(library, spec, top_k=5)
    with pytest.raises(ValueError, match="holds no folder with an adapter_config.json"):
        lora_folders(tmp_path)
    with pytest.raises(
        ValueError,
        match="do not adapt model.layers.1.self_attn.q_proj, but Arrow routes in every layer called 'q_proj'",
    ):
        ArrowRouting(save_loras(tmp_path / "some", layers="0:1"), spec)
    save_loras(library, ("wide",), rank=5)
    with pytest.raises(ValueError, match="cannot be routed between: .*rank mismatch"):
        ArrowRouting(library, spec)
