"""What each adapter shares, freezes and emits."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from conftest import METHODS, tiny_base, tiny_machine, tokens
from zhyper import export
from zhyper.library import average, read_lora

TEXTS = ["say it in French", "count the letters", "name the capital"]


def updates(machine, modulation):
    return {site: b @ a for site, a, b in export.factors(machine.adapter_weights, modulation)}


def weight(machine, site):
    return machine.model.base.get_submodule(site.name).weight


@torch.no_grad()
@pytest.mark.parametrize("method", [m for m in METHODS if m != "t2l-vera"])
def test_a_mixture_is_the_weighted_sum_of_the_updates(method, tmp_path):
    machine = tiny_machine(method)
    weights = dict(zip(TEXTS, (0.7, 0.3, -0.5), strict=True))
    mixed = updates(machine, machine.adapter(weights).modulation)
    parts = [updates(machine, machine.modulation([text])) for text in TEXTS]
    for site, update in mixed.items():
        expected = sum(w * part[site] for w, part in zip(weights.values(), parts, strict=True))
        torch.testing.assert_close(update, expected, atol=1e-5, rtol=0)
    ids, mask = tokens(machine)
    ours = machine.logits(ids, mask, machine.adapter(weights, strength=-2.0).modulation)
    folder = machine.adapter(weights, strength=-2.0).save(tmp_path / "mixed")
    lora = {site: b @ a for site, (a, b) in read_lora(folder, machine.adapter_weights.sites).items()}
    for site, update in mixed.items():
        torch.testing.assert_close(lora[site], -2 * update, atol=1e-5, rtol=0)
    assert (ours - machine.logits(ids, mask, None)).abs().max() > 1e-3


@torch.no_grad()
def test_a_mixture_of_mixtures():
    machine = tiny_machine("t2l-m")
    both = machine.adapter({TEXTS[0]: 0.5, TEXTS[1]: 2.0}).modulation
    third = machine.adapter({TEXTS[2]: 1.0, TEXTS[0]: 1.0}).modulation
    again = machine.adapter_weights.mix(type(both).stack([both, third]), [1.0, -1.0])
    one, other = updates(machine, both), updates(machine, third)
    for site, update in updates(machine, again).items():
        torch.testing.assert_close(update, one[site] - other[site], atol=1e-5, rtol=0)


def test_interpolation_has_both_descriptions_at_its_ends():
    machine = tiny_machine("zhyper-square")
    ends = [updates(machine, machine.modulation([text])) for text in TEXTS[:2]]
    for t, end in ((0.0, ends[0]), (1.0, ends[1])):
        mixed = updates(machine, machine.adapter({TEXTS[0]: 1 - t, TEXTS[1]: t}).modulation)
        for site, update in mixed.items():
            torch.testing.assert_close(update, end[site], atol=1e-6, rtol=0)


def test_updates_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="not linear"):
        tiny_machine("t2l-vera").adapter({"a": 0.5, "b": 0.5})


@torch.no_grad()
@pytest.mark.parametrize("base", ["llama", "gpt2"])
def test_lora_xs_is_the_exact_truncated_decomposition(base):
    machine = tiny_machine("zhyper-square-lora-xs", base, trained=False)
    for site in machine.adapter_weights.sites:
        a, b = machine.adapter_weights.shared(site)
        w = weight(machine, site).T if site.transposed else weight(machine, site)
        rest = torch.linalg.svdvals(w)[machine.spec.rank :]
        torch.testing.assert_close((w - b @ a).norm() ** 2, rest.square().sum(), atol=1e-3, rtol=1e-4)
        torch.testing.assert_close(a @ a.T, torch.eye(len(a)), atol=1e-5, rtol=0)
    assert not list(machine.adapter_weights.parameters())


def test_lora_xs_wants_no_more_directions_than_there_are():
    with pytest.raises(ValueError, match="rank is 9, but v_proj has only 8 singular values"):
        tiny_machine("zhyper-diag-lora-xs", rank=9)


def test_vera_shares_frozen_factors_between_layers():
    machine = tiny_machine("zhyper-square-vera")
    sites = machine.adapter_weights.sites
    first, second = (machine.adapter_weights.shared(sites.of["q_proj"][row])[0] for row in (0, 1))
    assert first.data_ptr() == second.data_ptr()
    names = {name.split(".")[0] for name, _ in machine.adapter_weights.named_parameters()}
    assert names == {"d_LR", "b_LO"}
    assert {name.split(".")[0] for name in machine.adapter_weights.state_dict()} == {
        "a_RI",
        "b_OR",
        "d_LR",
        "b_LO",
    }
    assert machine.modulation(["a"]).values["q_proj"]["z"].shape == (1, 2, 5, 5)  # a real matrix


def test_the_outer_factors_of_lightweight_lora_are_orthonormal():
    adapter = tiny_machine("light-iterative").adapter_weights
    for kind in adapter.sites.kinds:
        torch.testing.assert_close(adapter.q_JI[kind] @ adapter.q_JI[kind].T, torch.eye(7), atol=1e-5, rtol=0)
        torch.testing.assert_close(adapter.p_KO[kind] @ adapter.p_KO[kind].T, torch.eye(6), atol=1e-5, rtol=0)
    assert not list(adapter.parameters())
    with pytest.raises(ValueError, match="inner_out is 9, but v_proj has only 8 outputs"):
        tiny_machine("light-m", inner_out=9)


@torch.no_grad()
def test_refinements_add_up():
    """No refinement leaves the start; each pass reads what was added up before it."""
    machines = [tiny_machine("light-iterative", refinements=k) for k in (1, 2, 3)]
    values = [m.modulation(["a"]).values["q_proj"]["b"] for m in machines]
    steps = [values[0], values[1] - values[0], values[2] - values[1]]
    assert all(step.abs().max() > 1e-3 for step in steps)
    assert not torch.allclose(steps[1], steps[2], atol=1e-3)
    assert sum(p.numel() for p in machines[0].hypernet.parameters()) == sum(
        p.numel() for p in machines[2].hypernet.parameters()
    )


@torch.no_grad()
def test_an_untrained_text_to_lora_is_its_offset(tmp_path):
    lora = tiny_machine("lora")
    folder = lora.adapter("").save(tmp_path / "lora")
    machine = tiny_machine("t2l-m", trained=False)
    for site, factors in read_lora(folder, machine.adapter_weights.sites).items():
        machine.adapter_weights.set_offset(site, *factors)
    ids, mask = tokens(machine)
    torch.testing.assert_close(
        machine.logits(ids, mask, machine.modulation(["a"])),
        lora.logits(ids, mask, lora.modulation(["a"])),
        atol=1e-4,
        rtol=0,
    )
    other = tiny_machine("t2l-l", rank=3)
    site = other.adapter_weights.sites.of["q_proj"][0]
    with pytest.raises(ValueError, match="the LoRA has rank 5, but the adapter has rank 3"):
        other.adapter_weights.set_offset(site, torch.zeros(5, 24), torch.zeros(24, 5))


@torch.no_grad()
def test_a_library_gives_back_what_peft_applies(tmp_path):
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    config = LoraConfig(
        r=4, lora_alpha=7, use_rslora=True, target_modules=["q_proj", "v_proj"], init_lora_weights=False
    )
    model = get_peft_model(tiny_base(), config)
    model.save_pretrained(tmp_path / "theirs")
    sites = tiny_machine("lora", projections=("q_proj", "v_proj"), layers=":").adapter_weights.sites
    found = read_lora(tmp_path / "theirs", sites)
    for site, (a, b) in found.items():
        layer = model.base_model.model.get_submodule(site.name)
        torch.testing.assert_close(b @ a, layer.get_delta_weight("default"), atol=1e-6, rtol=0)
    mean = average([found, found])
    torch.testing.assert_close(mean[site][0], a)
    fewer = tiny_machine("lora", projections=("q_proj",), layers=":").adapter_weights.sites
    with pytest.raises(ValueError, match="also changes base_model.model.model.layers.0.self_attn.v_proj"):
        read_lora(tmp_path / "theirs", fewer)
    with pytest.raises(ValueError, match="has nothing at model.layers.0.mlp.down_proj"):
        read_lora(tmp_path / "theirs", tiny_machine("lora", projections=("down_proj",)).adapter_weights.sites)
    with pytest.raises(ValueError, match="is not a PEFT folder"):
        read_lora(tmp_path, sites)


@pytest.mark.parametrize(
    ("adapter", "hypernet", "message"),
    [
        ("zhyper-diag", "mlp-m", "emits matrices with one row for each rank"),
        ("t2l-vera", "mlp-s", "emits matrices with one row for each rank"),
        ("t2l", "none", "emits nothing"),
        ("lora", "mlp", "has no slots"),
    ],
)
def test_pairs_that_make_no_sense(adapter, hypernet, message):
    with pytest.raises(ValueError, match=message):
        tiny_machine("lora", adapter=adapter, hypernet=hypernet)


def test_one_weighted_description_is_a_strength(tmp_path):
    for method in ("t2l-vera", "t2l-l", "zhyper-diag"):
        machine = tiny_machine(method)
        machine.adapter({"A": 0.5}).save(tmp_path / "weighted")
        machine.adapter("A", strength=0.5).save(tmp_path / "weak")
        one, other = (
            (tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("weighted", "weak")
        )
        assert one == other
        assert "| description | {'A': 0.5} |" in (tmp_path / "weighted" / "README.md").read_text()


def test_the_rank_of_a_mixture():
    machine = tiny_machine("t2l-l")
    assert machine.adapter("A").rank == 5
    assert machine.adapter({"A": 1.0, "B": 1.0}).rank == 10
    assert tiny_machine().adapter({"A": 1.0, "B": 1.0}).rank == 5


def test_a_lora_of_another_base_is_refused(tmp_path):
    machine = tiny_machine("lora", projections=("q_proj",), layers=":")
    file = machine.adapter("").save(tmp_path / "lora") / "adapter_model.safetensors"
    save_file(
        {
            name: torch.zeros(5, 23) if "lora_A" in name else tensor
            for name, tensor in load_file(file).items()
        },
        file,
    )
    with pytest.raises(
        ValueError,
        match=r"has factors \(5, 23\) and \(24, 5\) at model.layers.0.self_attn.q_proj, a layer of 24 × 24",
    ):
        read_lora(tmp_path / "lora", machine.adapter_weights.sites)
