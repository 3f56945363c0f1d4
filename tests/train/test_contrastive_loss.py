"""The contrastive loss: what it is worth, which descriptions are compared, and what it does to a run."""

import numpy as np
import pytest
import torch
from transformers import TrainerCallback

from conftest import letters
from training import interrupted, same, weights
from zhyper.checkpoint import read_card
from zhyper.data import Collator, Example, Pair, Task, save_collection
from zhyper.modulation import Modulation
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.train._contrastive_loss import TEMPERATURE, contrastive_loss


def modulation(numbers_BN):
    """Numbers as what is emitted for two kinds of projections of two layers."""
    numbers = torch.as_tensor(numbers_BN, dtype=torch.float32)
    first, second = numbers.chunk(2, dim=1)
    return Modulation(
        {"q": {"z": first.unflatten(1, (2, -1))}, "v": {"z": second.unflatten(1, (2, -1))}}, len(numbers)
    )


def by_hand(numbers_BN):
    n = len(numbers_BN) // 2
    x = numbers_BN - numbers_BN.mean(0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    losses = []
    for i in range(n):
        for mine, others in ((x[i], x[n:]), (x[n + i], x[:n])):
            scores = np.array([mine @ other / TEMPERATURE for other in others])
            losses.append(np.log(np.exp(scores).sum()) - scores[i])
    return np.mean(losses)


def test_the_loss_is_what_the_formula_says():
    numbers = np.random.default_rng(0).normal(size=(12, 24))
    assert contrastive_loss(modulation(numbers)).item() == pytest.approx(by_hand(numbers), rel=1e-5)


def test_twins_that_agree_cost_less_and_size_does_not_matter():
    rng = np.random.default_rng(1)
    tasks = rng.normal(size=(6, 24))
    twins = np.concatenate([tasks, tasks + 0.1 * rng.normal(size=tasks.shape)])
    strangers = np.concatenate([tasks, rng.normal(size=tasks.shape)])
    near = contrastive_loss(modulation(twins)).item()
    assert near < 0.05 < contrastive_loss(modulation(strangers)).item()
    assert contrastive_loss(modulation(7 * twins + 3)).item() == pytest.approx(near, rel=1e-3, abs=1e-6)


def rows(count):
    texts = [tuple(f"task {i}, wording {j}" for j in range(4)) for i in range(count)]
    return [Example([i, i + 1], [7], alike[i % 4], alike) for i, alike in enumerate(texts)]


def test_a_batch_has_twins_of_different_tasks_and_always_the_same():
    planned = [*rows(50), Example([1], [2], "alone", ("alone",))]
    names = sorted({text for row in planned for text in row.alike})
    embeddings = {text: torch.tensor([float(i)]) for i, text in enumerate(names)}
    collator = Collator(0, embeddings, planned)
    twins = [names[int(number)] for number in collator(planned[:3])["twins"][:, 0]]
    firsts, seconds = twins[: len(twins) // 2], twins[len(twins) // 2 :]
    tasks = [text.partition(",")[0] for text in firsts]
    assert tasks == [text.partition(",")[0] for text in seconds]
    assert all(a != b for a, b in zip(firsts, seconds, strict=True))
    assert sorted(tasks) == sorted({f"task {i}" for i in range(50)})
    assert torch.equal(Collator(0, embeddings, planned)(planned[:3])["twins"], collator(planned[:3])["twins"])
    assert not torch.equal(collator(planned[3:6])["twins"], collator(planned[:3])["twins"])
    assert "twins" not in Collator(0, embeddings)(planned[:3])


def spread(folder, tasks):
    """How far what wordings of a task emit lies apart, as a share of how far all do."""
    machine = TextToAdapter.load(folder)
    emitted = [
        torch.cat([v.flatten(1) for s in machine.modulation(t).values.values() for v in s.values()], 1)
        for t in tasks
    ]
    whole = torch.cat(emitted)
    within = sum((e - e.mean(0)).square().sum() for e in emitted)
    return float(within / (whole - whole.mean(0)).square().sum())


@pytest.mark.parametrize("hypernet", ["direct", "mlp"])
def test_wordings_of_a_task_come_together(recipe, hypernet, tmp_path):
    tasks = [letters("first", 0), letters("last", -1)]
    changes = {
        "hypernet": hypernet,
        "start_deviation": 0.5,
        "steps": 40,
        "learning_rate": 0.005,
        "samples": 0,
        "evaluate_every": 40,
    }
    for weight in (0.0, 1.0):
        train(recipe.with_changes({**changes, "contrast": weight}), tmp_path / f"{weight}")
    with_it, without = (spread(tmp_path / name, [t.descriptions for t in tasks]) for name in ("1.0", "0.0"))
    assert with_it < 0.7 * without


def test_the_logged_loss_is_that_of_the_answers(recipe, tmp_path):
    class Keep(TrainerCallback):
        logs: list = []

        def on_log(self, args, state, control, logs=None, **named):
            self.logs.append(dict(logs))

    still = {
        "steps": 10,
        "learning_rate": 1e-12,
        "weight_decay": 0.0,
        "dropout": 0.0,
        "neftune": 0.0,
        "evaluate_every": 10,
    }
    found = {}
    for weight in (0.0, 5.0):
        Keep.logs = []
        train(
            recipe.with_changes({**still, "contrast": weight, "hypernet": "direct"}),
            tmp_path / f"{weight}",
            watchers=[Keep()],
        )
        found[weight] = [log for log in Keep.logs if "loss" in log]
    assert found[0.0] and "contrast" not in found[0.0][0]
    assert found[5.0][0]["contrast"] > 0
    assert found[5.0][0]["loss"] == pytest.approx(found[0.0][0]["loss"], abs=2e-3)


def test_a_stopped_run_goes_on_bit_for_bit(recipe, tmp_path):
    recipe = recipe.with_changes({"contrast": 0.5, "evaluate_every": 2, "accumulation": 2})
    train(recipe, tmp_path / "whole")
    interrupted(recipe, tmp_path / "cut", 6)
    train(recipe, tmp_path / "cut", resume=True)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    assert read_card(tmp_path / "whole" / "checkpoint")["recipe"]["training"]["contrast"] == 0.5


def test_nothing_to_compare(recipe, tmp_path):
    pairs = letters("first", 0).pairs
    save_collection(
        [Task(name="alone", pairs=pairs, descriptions=("say the first letter",))], tmp_path / "one"
    )
    with pytest.raises(
        ValueError, match="contrast compares descriptions that mean the same, but no task has two"
    ):
        train(
            recipe.with_changes({"contrast": 1.0, "data": f"collection:{tmp_path / 'one'}"}), tmp_path / "run"
        )
    with pytest.raises(
        ValueError, match="contrast compares descriptions that mean the same, but this generator reads none"
    ):
        train(recipe.with_changes({"contrast": 1.0, "hypernet": "none", "adapter": "lora"}), tmp_path / "run")


def test_a_row_knows_what_it_could_have_been_under(recipe):
    from zhyper.data import plan_examples
    from zhyper.data._collection import Rows

    task = Task(
        name="t",
        pairs=(Pair("a", "b", descriptions=("own", "own too")), Pair("c", "d")),
        descriptions=("one", "two", "three"),
    )
    tokenizer = TextToAdapter.untrained(recipe.generator).tokenizer
    found, _ = plan_examples(tokenizer, [Rows(task, task.pairs, task.descriptions)], 40, 0, 64, None)
    assert {row.alike for row in found} == {("own", "own too"), ("one", "two", "three")}
    assert all(row.cue in row.alike for row in found)
