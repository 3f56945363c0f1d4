"""The loss of fine-tuning: what is minimised and evaluated, what gets gradients, and at which rates."""

from dataclasses import replace

import pytest
import torch
from transformers import TrainingArguments

from conftest import tiny_machine, tokens
from training import weights
from zhyper.data import (
    IGNORED,
    Collator,
    Example,
    Pair,
    answer_tokens,
    prompt_tokens,
)
from zhyper.train import SftModule, SftTrainer, train


def sgd_step(batch, accumulation, tmp_path):
    """The trained weights after one plain gradient step over twelve rows of very different lengths."""
    machine = tiny_machine("zhyper-square", dropout=0.0)
    pairs = [Pair("x" * (1 + 5 * i % 17), "y" * (1 + 7 * i % 11)) for i in range(12)]
    examples = [
        Example(
            prompt_tokens(machine.tokenizer, p.input),
            answer_tokens(machine.tokenizer, p.input, p.output),
            f"d{i % 5}",
        )
        for i, p in enumerate(pairs)
    ]
    embeddings = {f"d{i}": machine.encoder.encode([f"d{i}"])[0] for i in range(5)}
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulation, optim="sgd",
        learning_rate=0.1, lr_scheduler_type="constant", max_grad_norm=0.0, report_to=[],
        remove_unused_columns=False, use_cpu=True,
        label_names=["labels"], save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = SftTrainer(
        model=SftModule(machine),
        args=arguments,
        train_dataset=examples,
        data_collator=Collator(0, embeddings),
    )
    trainer.train()
    return [p.detach() for part in machine.parts().values() for p in part.parameters()]


@pytest.mark.parametrize(("batch", "accumulation"), [(4, 3), (2, 6), (1, 12)])
def test_accumulated_gradients_equal_one_large_batch(tmp_path, batch, accumulation):
    before = [
        p.detach()
        for part in tiny_machine("zhyper-square", dropout=0.0).parts().values()
        for p in part.parameters()
    ]
    large, small = sgd_step(12, 1, tmp_path), sgd_step(batch, accumulation, tmp_path)
    moved = [(b - a).abs().max() for a, b in zip(before, large, strict=True)]
    assert max(moved) > 0.01
    for ours, theirs in zip(small, large, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_the_selection_loss_is_the_mean_over_rows_whatever_the_batch(tmp_path, batch):
    machine = tiny_machine()
    pairs = [Pair("x" * (1 + 5 * i % 17), "y" * (1 + 7 * i % 11)) for i in range(7)]
    examples = [
        Example(
            prompt_tokens(machine.tokenizer, p.input), answer_tokens(machine.tokenizer, "", p.output), "d"
        )
        for p in pairs
    ]
    arguments = TrainingArguments(
        output_dir=str(tmp_path), per_device_eval_batch_size=batch, report_to=[],
        remove_unused_columns=False, use_cpu=True,
        label_names=["labels"], disable_tqdm=True,
    )  # fmt: skip
    for i in (1, 4):  # two answers are the model's own
        with torch.no_grad():
            ids = torch.tensor([examples[i].prompt])
            choice = int(machine.logits(ids, torch.ones_like(ids), machine.modulation(["d"]))[0, -1].argmax())
        examples[i] = Example(examples[i].prompt, [choice], "d")
    collator = Collator(0, {"d": machine.encoder.encode(["d"])[0]})
    trainer = SftTrainer(
        model=SftModule(machine, label_smoothing=0.3),
        args=arguments,
        eval_dataset=examples,
        data_collator=collator,
    )
    means, exact = [], []
    for example in examples:
        ids = torch.tensor([example.prompt + example.answer])
        with torch.no_grad():
            logits = machine.logits(ids, torch.ones_like(ids), machine.modulation(["d"]))[0]
        means.append(
            torch.nn.functional.cross_entropy(
                logits[len(example.prompt) - 1 : -1], torch.tensor(example.answer)
            )
        )
        exact.append(
            bool((logits[len(example.prompt) - 1 : -1].argmax(-1) == torch.tensor(example.answer)).all())
        )
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] == pytest.approx(torch.stack(means).mean().item(), abs=1e-4)
    assert metrics["eval_exact_match"] == pytest.approx(sum(exact) / 7)
    assert sum(exact) == 2


def test_what_descriptions_gain_is_how_much_worse_the_same_rows_are_under_others(tmp_path):
    machine = tiny_machine()
    embeddings = {cue: machine.encoder.encode([cue])[0] for cue in ("d", "e")}
    own = [Example([5 + i, 6], [7 + i, 8], "d", ("d",), "first") for i in range(5)]

    def evaluate(cue, other):
        trainer = SftTrainer(
            model=SftModule(machine),
            args=TrainingArguments(
                output_dir=str(tmp_path),
                per_device_eval_batch_size=2,
                report_to=[],
                remove_unused_columns=False,
                use_cpu=True,
                label_names=["labels"],
                disable_tqdm=True,
            ),  # fmt: skip
            eval_dataset=[replace(row, cue=cue) for row in own],
            swapped_dataset=[replace(row, cue=other) for row in own] if other else (),
            data_collator=Collator(0, embeddings),
        )
        return trainer.evaluate()

    alone, swapped, both, same = (
        evaluate("d", None),
        evaluate("e", None),
        evaluate("d", "e"),
        evaluate("d", "d"),
    )
    assert "eval_gain" not in alone
    assert both["eval_loss"] == alone["eval_loss"] != swapped["eval_loss"] == both["eval_swapped_loss"]
    assert both["eval_swapped_exact_match"] == swapped["eval_exact_match"]
    assert both["eval_gain"] == pytest.approx(swapped["eval_loss"] - alone["eval_loss"], abs=1e-6)
    assert both["eval_gain_error"] > 0
    assert same["eval_gain"] == same["eval_gain_error"] == 0


def test_label_smoothing_is_that_of_cross_entropy_and_for_training_only():
    machine = tiny_machine(dropout=0.0)
    ids, mask = tokens(machine)
    labels, embeddings = ids.masked_fill(mask == 0, IGNORED), machine.encoder.encode(["a", "b", "c", "d"])
    smooth, plain = SftModule(machine, label_smoothing=0.3), SftModule(machine)
    logits = machine.logits(ids, mask, machine.hypernet(embeddings))
    kept = (labels[:, 1:] != IGNORED) & (mask[:, 1:] > 0)
    expected = torch.nn.functional.cross_entropy(
        logits[:, :-1][kept], labels[:, 1:][kept], label_smoothing=0.3, reduction="none"
    )
    torch.testing.assert_close(smooth.train()(ids, mask, labels, embeddings)[0], expected, atol=1e-4, rtol=0)
    assert torch.equal(
        smooth.eval()(ids, mask, labels, embeddings)[0], plain.eval()(ids, mask, labels, embeddings)[0]
    )


def test_only_adapter_and_hypernetwork_are_trained():
    machine = tiny_machine()
    module = SftModule(machine)
    assert {name.split(".")[0] for name, _ in module.named_parameters()} == {"adapter", "hypernet"}
    assert not any(p.requires_grad for p in machine.model.base.parameters())
    ids, mask = tokens(machine)
    losses = module(
        ids, mask, ids.masked_fill(mask == 0, IGNORED), machine.encoder.encode(["a", "b", "c", "d"])
    ).losses_N
    losses.sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
    assert all(p.grad is None for p in machine.model.base.parameters())


def test_noise_is_added_to_the_embeddings_while_training_only(recipe, tmp_path):
    """NEFTune reaches the base's embeddings through the trainer, and a fixed seed shows it in the weights."""
    train(recipe.with_changes({"neftune": 0.0, "steps": 2, "evaluate_every": 2}), tmp_path / "quiet")
    train(recipe.with_changes({"neftune": 50.0, "steps": 2, "evaluate_every": 2}), tmp_path / "noisy")
    quiet, noisy = weights(tmp_path / "quiet"), weights(tmp_path / "noisy")
    assert any((quiet[name] - noisy[name]).abs().max() > 1e-3 for name in quiet)
    module = SftModule(tiny_machine())
    assert module.train().get_input_embeddings().training
    assert not module.eval().get_input_embeddings().training


def test_rows_under_their_own_context_get_their_own_gradient():
    """A row's loss does not reach another row's context."""
    machine = tiny_machine("zhyper-square")
    ids, mask = tokens(machine)
    embeddings = machine.encoder.encode(["a", "b", "c", "d"]).requires_grad_()
    losses, _, rows, _ = SftModule(machine).eval()(ids, mask, ids.masked_fill(mask == 0, IGNORED), embeddings)
    losses[rows == 2].sum().backward()
    assert embeddings.grad.abs().sum(1).gt(0).tolist() == [False, False, True, False]


@pytest.mark.parametrize("method", ["zhyper-diag", "zhyper-diag-direct", "zhyper-diag-vera", "lora"])
@pytest.mark.parametrize("rate", [1.0, 0.25, 4.0])
def test_the_hypernetwork_has_a_rate_of_its_own(method, rate, tmp_path):
    machine = tiny_machine(method)
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=10, learning_rate=0.02, lr_scheduler_type="constant",
        weight_decay=0.1, report_to=[],
        remove_unused_columns=False, use_cpu=True, label_names=["labels"], save_strategy="no",
        disable_tqdm=True,
    )  # fmt: skip
    collator = Collator(0, {"d": machine.encoder.encode(["d"])[0]})
    trainer = SftTrainer(
        model=SftModule(machine),
        args=arguments,
        train_dataset=[Example([5], [6], "d")],
        data_collator=collator,
        hypernet_rate=rate,
    )
    trainer.create_optimizer_and_scheduler(10)
    rates, decays, times = {}, {}, []
    for group in trainer.optimizer.param_groups:
        for parameter in group["params"]:
            rates[id(parameter)], decays[id(parameter)] = group["lr"], group["weight_decay"]
            times.append(id(parameter))
    named = dict(trainer.model.named_parameters())
    assert sorted(times) == sorted(id(parameter) for parameter in named.values())  # each in one group
    for name, parameter in named.items():
        assert rates[id(parameter)] == pytest.approx(0.02 * (rate if name.startswith("hypernet.") else 1)), (
            name
        )
    plain = SftTrainer(
        model=SftModule(machine),
        args=arguments,
        train_dataset=[Example([5], [6], "d")],
        data_collator=collator,
    )
    plain.create_optimizer()
    assert decays == {
        id(p): group["weight_decay"] for group in plain.optimizer.param_groups for p in group["params"]
    }
