"""What a hypernetwork may be told: a description, a task's name, demonstrations, or the prompt itself."""

import pytest
import torch

from conftest import byte_tokenizer, tiny_machine
from zhyper.data import Collection, Pair, Task, cued, demonstrate, plan_examples
from zhyper.encoders import OneHotEncoder
from zhyper.evaluate import word_groups
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train


def collection():
    return Collection(
        [
            Task(
                name=name,
                pairs=tuple(Pair(f"{name} {i}", f"{name.upper()} {i}") for i in range(60)),
                descriptions=tuple(
                    f"{name} {word}" for word in ("one", "two", "three", "four", "five", "six")
                ),
                split="report" if name == "c" else "train",
            )
            for name in "abc"
        ]
    )


def rows():
    return collection().rows("train", "train", "train")


def shown():
    return {r.task.name: r.pairs for r in rows()}


def plan(context, count=200):
    found = cued(rows(), context, 3, 0, shown())
    return plan_examples(byte_tokenizer(), found, count, 0, 100, None)[0]


def test_each_kind_of_context_has_its_own_cues():
    assert {e.cue for e in plan("task")} == {"a", "b"}
    assert {e.cue for e in plan("description")} <= {d for r in rows() for d in r.descriptions}
    for example in plan("instance"):
        assert byte_tokenizer().decode(example.prompt).count(example.cue) == 1


def test_demonstrations_are_of_the_same_task_and_never_of_the_row_itself():
    examples = plan("demonstrations", 2000)
    assert len({e.cue for e in examples}) > 100
    for example in examples:
        text = byte_tokenizer().decode(example.prompt)
        name = text.removeprefix("<|user|>")[0]
        lines = example.cue.split("\n\n")
        assert len(lines) == 3
        assert all(line.startswith(f"Input: {name} ") for line in lines)
        own = text.removeprefix("<|user|>").partition("<|end|>")[0]
        assert f"Input: {own}\n" not in f"{example.cue}\n"
    assert plan("demonstrations") == plan("demonstrations")


def test_a_task_that_is_all_demonstration_is_an_error():
    task = Task(name="t", pairs=tuple(Pair(w, w) for w in "ab"), descriptions=("d",))
    found = cued(
        Collection([task]).rows("train", "train", "train"), "demonstrations", 3, 0, {"t": task.pairs}
    )
    with pytest.raises(ValueError, match="is its own demonstration"):
        plan_examples(byte_tokenizer(), found, 10, 0, 100, None)


def test_one_hot_contexts_know_their_tasks_alone():
    encoder = OneHotEncoder(["b", "a"])
    vectors = encoder.encode(["a", "b"])
    torch.testing.assert_close(vectors, 2**0.5 * torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    with pytest.raises(ValueError, match="'c' is none of the 2 tasks.*cannot generalise to others"):
        encoder.encode(["c"])
    with pytest.raises(ValueError, match="knows names of tasks alone"):
        GeneratorSpec(encoder="one-hot")
    assert OneHotEncoder(["a", "b"]).identity != encoder.identity


def test_a_one_hot_generator_is_trained_saved_and_asked(recipe, tmp_path):
    about = train(recipe.with_changes({"context": "task", "encoder": "one-hot"}), tmp_path / "run")
    assert about["recipe"]["generator"]["known_tasks"] == ["first", "last"]
    machine = TextToAdapter.load(tmp_path / "run")
    assert len(machine.generate(["ai"] * 2, ["first", "last"], max_new_tokens=3)) == 2
    with pytest.raises(ValueError, match="cannot generalise"):
        machine.generate(["ai"], ["First letter, please"])


@pytest.mark.parametrize("context", ["instance", "demonstrations"])
def test_other_contexts_are_trained_saved_and_asked(recipe, tmp_path, context):
    train(recipe.with_changes({"context": context}), tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.spec.context == context
    cue = "ai" if context == "instance" else demonstrate([Pair("bj", "b")])
    given = machine.generate(["ai"], [cue], max_new_tokens=3)
    if context == "instance":
        assert machine.generate(["ai"], max_new_tokens=3) == given
    else:
        with pytest.raises(ValueError, match="context is a demonstrations, but none was given"):
            machine.generate(["ai"])


def test_a_prompt_is_its_own_context():
    machine = tiny_machine(context="instance")
    talk = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "yo"},
        {"role": "user", "content": "and"},
    ]
    assert machine.own_cue(talk) == "and"
    prompts = ["one", "a longer prompt", "2"]
    together = machine.generate(prompts, max_new_tokens=5)
    assert together == machine.generate(prompts, prompts, max_new_tokens=5)
    assert together == [machine.generate([p], max_new_tokens=5)[0] for p in prompts]


@pytest.mark.parametrize("context", ["description", "task", "instance", "demonstrations"])
def test_questions_carry_the_cue_of_their_task_and_of_another(context):
    spec = GeneratorSpec(context=context, shots=2)
    groups = word_groups(rows(), rows(), 5, 1, spec, shots=2)
    for group in groups:
        own, other = group.name, {"a": "b", "b": "a"}[group.name]
        for asked in group.questions:
            starts = {"demonstrations": "Input: {} ", "task": "{}"}.get(context, "{} ")
            assert asked.cues["matched"].startswith(starts.format(own))
            assert asked.cues["shuffled"].startswith(starts.format(other))
            assert len(asked.examples) == 2
    assert groups == word_groups(rows(), rows(), 5, 1, spec, shots=2)


def test_some_tasks_alone_can_be_trained_on(recipe, tmp_path):
    one = recipe.with_changes({"tasks": ["last"], "adapter": "lora", "hypernet": "none"})
    assert train(one, tmp_path / "run")["tasks"] == ["last"]
    with pytest.raises(ValueError, match="tasks names middle, but the data's train tasks are: first, last"):
        train(recipe.with_changes({"tasks": ["middle"]}), tmp_path / "other")


def test_cues_do_not_depend_on_other_tasks():
    sets = cued(rows(), "demonstrations", 3, 0, shown())
    (alone,) = cued(rows()[1:], "demonstrations", 3, 0, shown())
    assert alone == sets[1]
