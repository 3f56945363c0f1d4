"""The script that trains the default checkpoint on a GPU takes the steps of `zhyper train`, on a CPU too."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from conftest import tiny_machine
from zhyper.data import Collection, Pair, Task

FILE = Path(__file__).parents[1] / "dev" / "train_on_gpu.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("train_on_gpu", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tasks():
    """Two tasks with shared descriptions, and one whose pairs have their own."""

    def pairs(word, own=0):
        texts = [tuple(f"{word} {i}, wording {j}" for j in range(own)) for i in range(30)]
        return tuple(Pair(f"{word}{i}", word * (i % 5 + 1), descriptions=texts[i]) for i in range(30))

    def task(name, of, texts=(), **settings):
        return Task(name=name, pairs=of, descriptions=texts, selection=0.0, report=0.0, **settings)

    def told(name):
        return tuple(f"{name}, told in way {i}" for i in range(9))

    return Collection(
        [
            task("steering/a", pairs("ab"), told("a"), source="steering"),
            task("words", pairs("c"), told("words"), source="function_vectors", weight=3.0),
            task("own", pairs("d", own=2)),
        ]
    ).rows("train", "train", "train")


@pytest.fixture
def training(script, tasks):
    machine = tiny_machine(layers=":", dropout=0.0)
    table = script.Table(machine, tasks, "cpu")
    return script.Training(machine, table, machine.encoder.encode(table.cues), 6, "cpu")


def test_gradients_are_those_of_zhyper_train(script, training):
    assert script.check(training.machine, training) < 1e-4
    gradients = [parameter.grad for parameter in training.parameters]
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_rows_are_of_their_task(script, tasks, training):
    table, tokenizer = training.table, training.machine.tokenizer
    drawn, length, most = table.draw(70, 6, np.random.default_rng(1))
    texts = np.split(table.tokens_N.numpy(), table.first.numpy()[1:])
    by_input = {pair.input: (rows, pair) for rows in tasks for pair in rows.pairs}
    words, cues = 0, set()
    for step, (rows_B3, padded, positions) in enumerate(zip(drawn, length, most, strict=True)):
        sizes = [(len(texts[prompt]), len(texts[answer])) for prompt, answer, _ in rows_B3]
        assert max(map(sum, sizes)) <= padded and sum(size for _, size in sizes) <= positions, step
        for prompt, answer, cue in rows_B3:
            said = tokenizer.decode(texts[prompt], skip_special_tokens=True)
            rows, pair = next(found for text, found in by_input.items() if text in said.split())
            assert tokenizer.decode(texts[answer], skip_special_tokens=True) == pair.output
            text = table.cues[cue]
            name = rows.task.name.rpartition("/")[2]
            if pair.descriptions:
                assert text in pair.descriptions
            else:
                assert f"{name}, " in text.lower()
            words += rows.task.name == "words"
            cues.add(text)
    assert 0.5 < words / drawn[..., 0].size < 0.7  # its weight is three of five
    assert not cues <= {text for rows in tasks for text in rows.texts}  # variants are drawn too


def test_twins_are_two_descriptions_of_one_task(training):
    table = training.table
    one, other = np.split(table.draw_twins(40, np.random.default_rng(2)), 2, axis=1)
    assert (one != other).all()
    for pair in zip(one.ravel(), other.ravel(), strict=True):
        names = {("a, " in (text := table.cues[cue].lower()), "words, " in text) for cue in pair}
        assert len(names) == 1


def test_steps_learn_and_a_rate_of_zero_changes_nothing(script, training):
    torch.manual_seed(0)
    before = [parameter.detach().clone() for parameter in training.parameters]
    drawn, length, most = training.table.draw(8, 6, np.random.default_rng(0))
    twins = torch.tensor(training.table.draw_twins(1, np.random.default_rng(0)))[0]

    def loss():
        training.forget()
        training.rate.zero_()
        for step in range(8):
            training.take(torch.tensor(drawn[step]), twins, int(length[step]), int(most[step]))
        return float(training.sums[0])

    untrained = loss()
    assert all(torch.equal(*pair) for pair in zip(before, training.parameters, strict=True))
    training.forget()
    assert script.train(training, 0.0, 200, np.random.default_rng(0)) == 200
    assert not any(torch.equal(*pair) for pair in zip(before, training.parameters, strict=True))
    assert loss() < 0.8 * untrained


def test_first_tokens_weigh_more(script, training):
    drawn, length, most = training.table.draw(1, 6, np.random.default_rng(3))
    training.drawn_B3.copy_(torch.tensor(drawn[0]))
    emitted = training.hypernet(training.embeddings[training.drawn_B3[:, 2]])
    _, weight_M, counts_M, _ = training.losses(emitted, int(length[0]), int(most[0]))
    sizes = training.table.lengths[drawn[0][:, 1]]
    expected = [(2.5 if i < 2 else 1.0) / size**0.5 for size in sizes for i in range(size)]
    assert weight_M[counts_M].tolist() == pytest.approx(expected)
    assert not weight_M[~counts_M].any()
