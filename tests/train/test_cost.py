"""What is counted on the meta device, against real steps and against arithmetic by hand."""

import json

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from typer.testing import CliRunner

from conftest import CONFIGS, GQA, MISTRAL, WIDTH, tiny_machine
from zhyper.cli import app
from zhyper.cli._machine import TRAINING_TOKENS, trained_bytes
from zhyper.data import IGNORED
from zhyper.spec import Recipe, load_recipe
from zhyper.train import SftModule, training_cost
from zhyper.train._cost import MetaStep

ROWS, TOKENS, ANSWER = 3, 29, 11


def tiny(method="zhyper-diag", base="llama", widths=None, **changes):
    """A generator, and its recipe."""
    machine = tiny_machine(method, base, **(widths or {}))
    machine.model.base.set_attn_implementation("eager")
    changes = {"batch_size": ROWS, "max_tokens": TOKENS, "precision": "float32", **changes}
    return machine, Recipe(generator=machine.spec).with_changes(changes)


def eager(base):
    config = CONFIGS[base]()
    config._attn_implementation = "eager"
    return config


def real_loss(machine, tokens=TOKENS):
    """The loss of a real pass, each row under a context of its own."""
    ids = torch.randint(5, 260, (ROWS, tokens))
    labels = ids.clone()
    labels[:, :-ANSWER] = IGNORED
    rows = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    return SftModule(machine).train()(**rows, embeddings=torch.randn(ROWS, WIDTH)).losses_N.mean()


@pytest.mark.parametrize(
    ("method", "base"),
    [("zhyper-diag", "llama"), ("zhyper-square", "gemma2"), ("t2l-l", "qwen3"), ("lora", "gpt2")],
)
@pytest.mark.parametrize("again", [False, True])
def test_operations_are_those_of_a_real_step(method, base, again):
    machine, recipe = tiny(method, base, gradient_checkpointing=again)
    if again:
        machine.model.checkpoint_gradients()
    with FlopCounterMode(display=False) as counter:
        real_loss(machine).backward()
    counted = MetaStep(recipe, eager(base)).count(TOKENS, ANSWER).operations
    assert counted == counter.get_total_flops() > 0


@pytest.mark.parametrize("base", ["llama", "gemma2"])
def test_memory_is_about_what_a_real_forward_pass_keeps(base):
    tokens, few = 113, {"trunk_width": 4, "head_width": 3}  # so that gradients are small beside activations
    machine, recipe = tiny(base=base, widths=few, max_tokens=tokens)
    parts = (machine.model.base, *machine.parts().values())
    known = {t.untyped_storage().data_ptr() for part in parts for t in part.parameters()}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = real_loss(machine, tokens)
    size = sum(storage.nbytes() for storage in kept.values())
    assert loss.requires_grad
    # the backward pass through one of the three layers comes on top
    assert 1 <= MetaStep(recipe, eager(base)).count(tokens, ANSWER).held / size < 1.5


def test_a_gpus_attention_costs_a_little_more_and_keeps_less():
    config, tokens = CONFIGS["llama"](), 113
    _, recipe = tiny(max_tokens=tokens)
    fused, whole = (MetaStep(recipe, c).count(tokens, ANSWER) for c in (config, eager("llama")))
    assert fused.held < 0.7 * whole.held
    product = 2 * ROWS * tokens * tokens * GQA["hidden_size"]
    # scores are computed again in each layer, and the first one's keys get a gradient that no one needs
    assert fused.operations - whole.operations == (GQA["num_hidden_layers"] + 1) * product


@pytest.fixture(scope="module")
def mistral():
    """The cost of the paper's generator for Mistral-7B, answers of 64 of 512 tokens."""
    return training_cost(load_recipe("zhyper-diag-mistral-7b"), MISTRAL, 512, 64)


def test_mistral_by_hand(mistral):
    tokens, layers, width, inner = 8 * 512, 32, 4096, 14336
    linears = layers * (2 * width * width + 2 * width * 1024 + 3 * width * inner)
    head, attention = 32000 * width, layers * 2 * 512 * width
    # forward 2, and as much backward; a fused attention computes its scores again: 2 products, then 5
    hand = 4 * (linears * tokens + head * 8 * 64) + (2 + 5) * attention * tokens
    assert mistral.operations == pytest.approx(hand, rel=0.01)
    assert mistral.hours == pytest.approx(15_000 * mistral.operations / 395.6e12 / 3600)
    parameters = linears + 2 * head + (2 * layers + 1) * width
    assert (mistral.base, mistral.start) == (2 * parameters, 4 * parameters)
    assert mistral.trained == 12 * 4_207_632
    assert mistral.memory == mistral.base + mistral.step + mistral.trained


def test_the_rule_of_doctor_is_near(mistral):
    rule = trained_bytes(MISTRAL, 2) * 8 * 512 / TRAINING_TOKENS
    assert 0.8 < rule / mistral.step < 1.25


@pytest.mark.parametrize(("bits", "size"), [(8, 1), (4, 0.52)])
def test_few_bits_are_those_of_the_linear_layers(bits, size):
    config = CONFIGS["llama"]()
    _, recipe = tiny(base_bits=bits)
    cost, whole = (training_cost(r, config) for r in (recipe, recipe.with_changes({"base_bits": None})))
    width, inner, layers = GQA["hidden_size"], GQA["intermediate_size"], GQA["num_hidden_layers"]
    linears = layers * (2 * width * width + 2 * width * 8 + 3 * width * inner)
    assert whole.base - cost.base == round(linears * (4 - size))
    assert cost.start == cost.base and whole.start == whole.base


@pytest.mark.parametrize(
    ("changes", "tokens", "answer", "message"),
    [
        ({"objective": "reconstruction"}, None, None, "fine-tuning alone"),
        ({}, TOKENS + 1, None, f"max_tokens = {TOKENS}"),
        ({}, 7, 8, "an answer of 1 up to all"),
        ({"projections": ["q"]}, None, None, "is not a linear layer"),
    ],
)
def test_what_cannot_be_counted_is_refused(changes, tokens, answer, message):
    _, recipe = tiny()
    with pytest.raises(ValueError, match=message):
        training_cost(recipe.with_changes(changes), CONFIGS["llama"](), tokens, answer)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_is_above_zero(rate):
    _, recipe = tiny()
    with pytest.raises(ValueError, match="must be above 0"):
        training_cost(recipe, CONFIGS["llama"](), rate=rate)


def test_the_verb_counts_a_run(tmp_path):
    CONFIGS["llama"]().save_pretrained(tmp_path)
    words = ["params", "zhyper-diag", "--base-config", str(tmp_path / "config.json")]
    words += ["--set", "context_width=13", "--set", "max_tokens=29", "--tokens", "20", "--answer-tokens", "5"]
    run = CliRunner().invoke(app, [*words, "--tflops", "0.001", "--json"])
    cost = json.loads(run.stdout)["cost"]
    assert cost["hours"] == pytest.approx(cost["operations"] * 1000 / 1e9 / 3600)
    assert cost["memory"] == max(cost["start"], cost["base"] + cost["step"]) + cost["trained"]
    shown = CliRunner().invoke(app, [*words, "--tflops", "0.001"], env={"COLUMNS": "150"}).stdout
    assert f"{cost['operations']:.3g}" in shown and f"{cost['memory'] / 1e9:.3g} GB" in shown


@pytest.mark.parametrize("name", ["zhyper-diag-mistral-7b", "zhyper-diag-mistral-7b-cultures"])
def test_the_papers_recipes_differ_in_length_alone(name):
    recipe, tasks = load_recipe(name), load_recipe("zhyper-diag-mistral-7b")
    assert recipe.with_changes({"steps": 1, "evaluate_every": 1}) == tasks.with_changes(
        {"steps": 1, "evaluate_every": 1}
    )
    epochs, tasks_or_countries = {"tasks": (2000, 479), "cultures": (5000, 14)}[
        "cultures" if name.endswith("cultures") else "tasks"
    ]
    assert recipe.training.steps * 8 * 8 == pytest.approx(epochs * tasks_or_countries, rel=0.003)
