"""Sites are found by name in any architecture.

A name that does not fit is an error that lists what there is.
"""

import pytest

from conftest import CONFIGS, PROJECTIONS, tiny_base
from zhyper.sites import find_sites


@pytest.mark.parametrize("base", CONFIGS)
def test_every_architecture(base):
    sites = find_sites(tiny_base(base), PROJECTIONS.get(base, ("q_proj", "v_proj", "down_proj")), "::2")
    assert sites.layers == (0, 2)
    assert sites.depth == 3
    assert len(list(sites)) == 6
    for site in sites:
        weight = tiny_base(base).get_submodule(site.name).weight
        assert tuple(weight.shape) == (
            (site.d_in, site.d_out) if site.transposed else (site.d_out, site.d_in)
        )
        assert f".{site.layer}." in site.name


def test_grouped_query_attention_has_unequal_sizes():
    sites = find_sites(tiny_base("mistral"), ("q_proj", "v_proj", "gate_proj"))
    assert [sites.shape(kind) for kind in sites.kinds] == [(24, 24), (24, 8), (24, 34)]


def test_order_is_as_asked():
    assert find_sites(tiny_base(), ("v_proj", "q_proj")).kinds == ("v_proj", "q_proj")


@pytest.mark.parametrize(
    ("base", "projections", "layers", "message"),
    [
        (
            "llama",
            ("w_proj",),
            ":",
            "'w_proj' is not a linear layer of layer 0; its linear layers are: self_attn.q_proj",
        ),
        ("llama", ("proj",), ":", "is not a linear layer"),
        ("gpt2", ("c_proj",), ":", "ambiguous in layer 0 .attn.c_proj, mlp.c_proj"),
        ("llama", ("q_proj",), "0:4", "reaches outside a model of 3 layers"),
    ],
)
def test_errors(base, projections, layers, message):
    with pytest.raises(ValueError, match=message):
        find_sites(tiny_base(base), projections, layers)
