"""Training: what is minimised, what is equal to what, and what survives a kill."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainingArguments

from conftest import fill, letters, tiny_base, tiny_machine, tokens
from zhyper.checkpoint import read_card, read_weights
from zhyper.data import (
    IGNORED,
    Collator,
    Collection,
    Example,
    Pair,
    Rows,
    Task,
    answer_tokens,
    prompt_tokens,
    save_collection,
)
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftModule, SftTrainer, train
from zhyper.train._plan import plan_selection

README = Path(__file__).parents[1] / "README.md"


def weights(folder):
    return load_file(folder / "checkpoint" / "weights.safetensors")


def test_a_run_from_recipe_to_checkpoint(recipe, tmp_path):
    said = []
    about = train(recipe, tmp_path / "run", say=said.append)
    saved = load_recipe(tmp_path / "run" / "recipe.json")
    assert saved.to_dict() == json.loads(said[0])
    assert (
        about["recipe"] == saved.with_changes({"data": ["collection:tasks"]}).to_dict()
    )  # a card names no path of this machine
    assert (saved.generator.context_width, saved.training.precision, len(saved.training.data_sha256)) == (
        24,
        "float32",
        64,
    )
    train(saved, tmp_path / "again")  # a saved recipe is a recipe
    assert all(
        torch.equal(a, b)
        for a, b in zip(weights(tmp_path / "run").values(), weights(tmp_path / "again").values(), strict=True)
    )
    assert "trainable parameters: " in said[1]
    assert list((tmp_path / "run" / "logs").glob("events*"))
    assert about["steps"] == 12
    assert about["chosen"]["loss"] == min(entry["loss"] for entry in about["selection"])
    assert [entry["step"] for entry in about["selection"]] == [4, 8, 12]
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.spec.context_width == 24
    assert machine.about["tasks"] == ["first", "last"]
    assert machine.generate(["ab"], ["first letter, please"], max_new_tokens=2)


def test_a_folder_that_is_no_run_is_neither_resumed_nor_touched(recipe, tmp_path):
    (tmp_path / "mine" / "state" / "checkpoint-7").mkdir(parents=True)
    (tmp_path / "mine" / "state" / "checkpoint-7" / "precious.txt").write_text("x")
    with pytest.raises(ValueError, match="holds no recipe.json, so it is no run; name another folder"):
        train(recipe, tmp_path / "mine", resume=True)
    assert (tmp_path / "mine" / "state" / "checkpoint-7" / "precious.txt").read_text() == "x"
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="is a file; name a folder"):
        train(recipe, tmp_path / "file")


def test_a_run_that_cannot_start_leaves_no_recipe_behind(recipe, tmp_path):
    with pytest.raises(ValueError, match="longer than max_tokens"):
        train(recipe.with_changes({"max_tokens": 2}), tmp_path / "run")
    assert train(recipe, tmp_path / "run")["steps"] == 12
    with pytest.raises(ValueError, match="schedule is 'foo'"):
        recipe.with_changes({"schedule": "foo"})


def test_the_same_seed_gives_the_same_weights(recipe, tmp_path):
    train(recipe, tmp_path / "a")
    train(recipe, tmp_path / "b")
    train(recipe.with_changes({"seed": 4}), tmp_path / "c")
    a, b, c = (weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert any(not torch.equal(a[name], c[name]) for name in a)


def test_the_description_is_learned(recipe, tmp_path):
    """The answer depends on the description alone: the loss falls below what any blind model can reach."""
    words = [a + b for a in "abcdefgh" for b in "ijklmnop"]
    for letter, about in (("x", "sailing ships across the sea"), ("y", "counting money in a bank")):
        texts = tuple(
            f"{verb} {about}"
            for verb in (
                "write of",
                "sing of",
                "think of",
                "ask about",
                "tell me about",
                "dream of",
                "explain",
            )
        )
        save_collection(
            [Task(name=letter, pairs=tuple(Pair(w, letter) for w in words), descriptions=texts)],
            tmp_path / "constant",
        )
    settings = {
        "data": f"collection:{tmp_path / 'constant'}",
        "rank": 8,
        "projections": "v_proj,o_proj,down_proj",
        "encoder": "all-MiniLM-L6-v2",
        "learning_rate": 0.01,
    }
    longer = recipe.with_changes(
        settings
        | {
            "steps": 150,
            "batch_size": 16,
            "evaluate_every": 50,
            "neftune": 0.0,
            "label_smoothing": 0.0,
            "choose_by": "exact_match",
        }
    )
    about = train(longer, tmp_path / "run")
    blind = 0.5 * math.log(2.0)  # one of two letters, then the certain end of the turn
    assert about["chosen"]["loss"] < blind / 2
    assert about["chosen"]["exact_match"] == 1


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
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=batch, gradient_accumulation_steps=accumulation, optim="sgd",
        learning_rate=0.1, lr_scheduler_type="constant", max_grad_norm=0.0, report_to=[], remove_unused_columns=False, use_cpu=True,
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
        output_dir=str(tmp_path), per_device_eval_batch_size=batch, report_to=[], remove_unused_columns=False, use_cpu=True,
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


RUN = """
import sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[4])
torch.set_num_threads(1)
from zhyper.spec import load_recipe
from zhyper.train import train
train(load_recipe(sys.argv[1]), Path(sys.argv[2]), resume=sys.argv[3] == "resume")
"""


def test_a_killed_run_resumes_bit_for_bit(recipe, tmp_path):
    recipe = recipe.with_changes({"steps": 30, "evaluate_every": 5})
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()))

    def start(out, mode):
        command = [
            sys.executable,
            "-c",
            RUN,
            str(tmp_path / "recipe.json"),
            str(tmp_path / out),
            mode,
            str(Path(__file__).parent),
        ]
        return subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)

    whole = start("whole", "new")
    assert whole.wait() == 0
    kills = 0
    process = start("killed", "new")
    for step in (5, 15):
        while (
            process.poll() is None
            and not (tmp_path / "killed" / "state" / f"checkpoint-{step}" / "trainer_state.json").exists()
        ):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process = start("killed", "resume")
    assert process.wait() == 0
    assert kills == 2
    a, b = (tmp_path / name / "state" / "checkpoint-30" for name in ("whole", "killed"))
    assert (a / "model.safetensors").read_bytes() == (b / "model.safetensors").read_bytes()
    for file in ("optimizer.pt", "scheduler.pt"):
        assert same(torch.load(a / file, weights_only=True), torch.load(b / file, weights_only=True))
    states = [json.loads((folder / "trainer_state.json").read_text()) for folder in (a, b)]
    losses = [
        [(entry["step"], entry["eval_loss"]) for entry in state["log_history"] if "eval_loss" in entry]
        for state in states
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 6
    assert (tmp_path / "whole/checkpoint/weights.safetensors").read_bytes() == (
        tmp_path / "killed/checkpoint/weights.safetensors"
    ).read_bytes()


def same(a, b):
    """Equality of nested optimiser state, bit for bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_a_checkpoint_cut_off_by_a_kill_is_passed_over(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    expected = weights(tmp_path / "run")
    state = tmp_path / "run" / "state"
    newest = max(state.glob("checkpoint-*"), key=lambda folder: int(folder.name.split("-")[1]))
    (newest / "trainer_state.json").write_text('{"half')
    (tmp_path / "run" / "checkpoint").rename(tmp_path / "away")
    train(recipe, tmp_path / "run", resume=True)
    again = weights(tmp_path / "run")
    assert all(torch.equal(again[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": ""}, "names no data|not a source"),
        ({"data": "collection:/no/such/folder"}, "does not exist"),
        ({"max_tokens": 3}, "longer than max_tokens = 3"),
        ({"projections": "nonsense"}, "'nonsense' is not a linear layer"),
        ({"adapter": "nonsense"}, "adapter 'nonsense' is not known; the known ones are: lora, "),
        ({"hypernet": "none"}, "emits nothing, but the adapter 'zhyper-diag' has slots to fill"),
        ({"context_width": 7}, "vectors of length 24, but context_width is 7"),
    ],
)
def test_bad_settings(recipe, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(recipe.with_changes(changes), tmp_path / "run")


def test_a_folder_that_holds_another_run(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="holds a run; go on with it by --resume"):
        train(recipe, tmp_path / "run")
    with pytest.raises(ValueError, match="rank was 4 and is 5"):
        train(recipe.with_changes({"rank": 5}), tmp_path / "run", resume=True)


def test_data_that_changed_is_refused(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    save_collection([letters("third", 1)], tmp_path / "tasks")
    with pytest.raises(ValueError, match="data_sha256 was"):
        train(recipe, tmp_path / "run", resume=True)
    with pytest.raises(ValueError, match="the data has the fingerprint"):
        train(load_recipe(tmp_path / "run" / "recipe.json"), tmp_path / "other")


def test_without_rows_to_choose_on_the_last_weights_are_kept(recipe, tmp_path):
    """The README's own collection: one task of two pairs and two descriptions."""
    (example,) = [block for block in re.findall(r"```json\n(.*?)```", README.read_text(), flags=re.DOTALL)]
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "plural.json").write_text(example)
    said = []
    about = train(
        recipe.with_changes({"data": f"collection:{tmp_path / 'small'}"}), tmp_path / "run", say=said.append
    )
    assert about["chosen"] is None
    assert any("the last weights are kept" in line for line in said)
    assert TextToAdapter.load(tmp_path / "run").about["steps"] == 12


WORDS = [f"word {i}" for i in range(200)]


def kept_for(split, kind):
    """Texts that a task of 200 inputs and descriptions has for one split."""
    rows = Collection([Task(name="t", pairs=tuple(Pair(w, "x") for w in WORDS), descriptions=tuple(WORDS))])
    part = rows.part(rows.tasks[0], split)
    return part.descriptions if kind == "descriptions" else tuple(pair.input for pair in part.pairs)


@pytest.mark.parametrize(
    ("inputs", "descriptions", "context", "said"),
    [
        (True, False, "description", "have no descriptions (10 % of them are) that are kept"),
        (False, True, "description", "have no inputs (5 % of them are) that are kept"),
        (False, False, "description", "no descriptions (10 % of them are) and no inputs (5 % of them are)"),
        (False, False, "task", "have no inputs (5 % of them are) that are kept"),
    ],
)
def test_what_is_missing_to_choose_on_is_named(recipe, tmp_path, inputs, descriptions, context, said):
    words = [*kept_for("train", "inputs")[:9], *(kept_for("selection", "inputs")[:1] if inputs else ())]
    texts = [
        *kept_for("train", "descriptions")[:9],
        *(kept_for("selection", "descriptions")[:1] if descriptions else ()),
    ]
    save_collection(
        [Task(name="t", pairs=tuple(Pair(w, "x") for w in words), descriptions=tuple(texts))],
        tmp_path / "tasks",
    )
    lines = []
    about = train(recipe.with_changes({"steps": 1, "context": context}), tmp_path / "run", say=lines.append)
    (line,) = [line for line in lines if "no row is left" in line]
    assert said in line
    assert about["chosen"] is None


def test_tasks_that_lack_different_parts(recipe, tmp_path):
    words, texts = kept_for("train", "inputs")[:9], kept_for("train", "descriptions")[:9]
    more_words, more_texts = (
        (*words, *kept_for("selection", "inputs")),
        (*texts, *kept_for("selection", "descriptions")),
    )
    made = [
        Task(name=name, pairs=tuple(Pair(w, "x") for w in words), descriptions=texts)
        for name, words, texts in (("a", words, more_texts), ("b", more_words, texts))
    ]
    save_collection(made, tmp_path / "tasks")
    lines = []
    train(recipe.with_changes({"steps": 1}), tmp_path / "run", say=lines.append)
    assert any("no train task has both inputs and descriptions" in line for line in lines)


@pytest.mark.parametrize(("most", "distinct"), [(256, 8 + 3), (5, None), (1, 1)])
def test_each_row_that_chooses_is_evaluated_once(most, distinct):
    def rows(name, split, inputs, texts):
        task = Task(
            name=name, pairs=tuple(Pair(i, "x") for i in inputs), descriptions=tuple(texts), split=split
        )
        return Rows(task, task.pairs, task.descriptions)

    found = [
        rows("a", "train", ["p", "q", "p", "r", "s"], ["one", "two"]),
        rows("b", "selection", ["u", "v", "w"], ["three"]),
    ]
    settings = Recipe().with_changes({"selection_rows": most, "seed": 4}).training
    chosen = plan_selection(tiny_machine(), found, settings)
    assert chosen == plan_selection(tiny_machine(), found, settings)
    assert len({str(row) for row in chosen}) == len(chosen) <= most
    assert distinct in (None, len(chosen))
    assert [row.tokens for row in chosen] == sorted(row.tokens for row in chosen)
    assert sum(row.cue != "three" for row in chosen) <= -(-most // 2)
    assert sum(row.cue == "three" for row in chosen) <= most // 2


def test_a_run_says_how_many_rows_choose(recipe, tmp_path):
    lines = []
    train(recipe.with_changes({"steps": 1}), tmp_path / "run", say=lines.append)
    (line,) = [line for line in lines if "choose the checkpoint" in line]
    assert re.fullmatch(r"\d+ different rows choose the checkpoint, drawn from (1 task|2 tasks)", line)
    assert 1 <= int(line.split()[0]) <= 16


def test_a_base_that_changed_is_refused(recipe, base, tmp_path):
    train(recipe, tmp_path / "run")
    tiny_base(seed=5).save_pretrained(base)
    with pytest.raises(ValueError, match="trained on other weights"):
        TextToAdapter.load(tmp_path / "run")


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


def test_checkpoints_round_trip_and_refuse_broken_weights(tmp_path, base, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    spec = tiny_machine().spec
    machine = TextToAdapter.untrained(
        Recipe(generator=spec)
        .with_changes({"base": base, "encoder": "last-token", "context_width": None})
        .generator
    )
    fill(machine)
    machine.save(tmp_path / "checkpoint")
    loaded = TextToAdapter.load(tmp_path / "checkpoint")
    ids, mask = tokens(machine)
    with torch.no_grad():
        ours, theirs = (m.logits(ids, mask, m.modulation(["a"])) for m in (machine, loaded))
    assert torch.equal(ours, theirs)
    data = bytearray((tmp_path / "checkpoint" / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "checkpoint" / "weights.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match="but its card says"):
        TextToAdapter.load(tmp_path / "checkpoint")
    with pytest.raises(ValueError, match="neither a folder with"):
        TextToAdapter.load(tmp_path / "nowhere")


def test_what_only_holds_a_library_is_not_trained(recipe, tmp_path):
    with pytest.raises(ValueError, match="hypernet 'lookup' holds a library and learns nothing"):
        train(
            recipe.with_changes({"hypernet": "lookup", "encoder": "one-hot", "context": "task"}),
            tmp_path / "run",
        )


def test_a_generator_without_contexts_wants_none(recipe, tmp_path):
    train(recipe.with_changes({"adapter": "lora", "hypernet": "none", "steps": 2}), tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.generate(["ai"], max_new_tokens=2) == machine.generate(
        ["ai"], ["anything"], max_new_tokens=2
    )


def test_a_checkpoint_of_another_shape_is_one_sentence(tmp_path, monkeypatch):
    machine = tiny_machine()
    machine.base_sha256 = "x"
    machine.save(tmp_path / "c")
    with pytest.raises(ValueError, match="does not hold what this version's adapter has"):
        read_weights(
            tmp_path / "c", tiny_machine("t2l-l").parts(), read_card(tmp_path / "c")["weights_sha256"]
        )


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    machine = tiny_machine()
    with torch.no_grad():
        next(machine.hypernet.parameters()).fill_(float("nan"))
    with pytest.raises(ValueError, match="hold numbers that are not finite"):
        machine.save(tmp_path / "c")
    assert not (tmp_path / "c").exists()
    for strength in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            tiny_machine().adapter("a", strength)
        with pytest.raises(ValueError, match="finite"):
            tiny_machine().generate(["a"], ["b"], strength=strength)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hypernet": "nonsense"}, "hypernet 'nonsense' is not known"),
        ({"adapter": "nonsense"}, "adapter 'nonsense' is not known"),
    ],
)
def test_unknown_parts(recipe, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(recipe.with_changes(changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["neftune", "clip", "weight_decay", "seed"])
def test_negative_settings(name):
    with pytest.raises(ValueError, match=f"{name} is -1"):
        Recipe().with_changes({name: -1})
    if name != "seed":
        with pytest.raises(ValueError, match="must be a finite number"):
            Recipe().with_changes({name: float("nan")})
