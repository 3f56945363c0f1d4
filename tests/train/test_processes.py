"""Several processes train as one: same rows, same losses, one writer; a killed run goes on bit for bit."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
import torch
from torch.utils.data import BatchSampler, SequentialSampler

from conftest import PATIENCE, SETTINGS, byte_tokenizer, letters, save_loras, tiny_base
from training import history, newest, samples, wait_for_checkpoint, weights
from zhyper.data import save_collection
from zhyper.spec import Recipe, load_recipe
from zhyper.train import train
from zhyper.train._processes import sharding_requested

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
ACCELERATE = (
    "-m",
    "accelerate.commands.launch",
    "--main_process_port=0",
    "--num_processes=2",
    "--num_machines=1",
    "--mixed_precision=no",
    "--dynamo_backend=no",
)
ZHYPER = ("-m", "zhyper.cli", "train")
QUIET = {
    "dropout": 0.0,
    "neftune": 0.0,
    "learning_rate": 0.001,
    "steps": 10,
    "evaluate_every": 5,
    "selection_rows": 12,
}
RECORDED = """
import json, os, sys
from pathlib import Path
import torch
from torch.distributed.tensor import DTensor
from zhyper.spec import load_recipe
from zhyper.train import SftModule, _fine_tuning, train

out, rank = Path(sys.argv[2]), int(os.environ.get("RANK", "0"))
rows, shares = {"trained": [], "evaluated": []}, []

class Module(SftModule):
    def __init__(self, machine, *settings):
        super().__init__(machine, *settings)
        base = machine.model.base
        local = lambda p: p.to_local() if isinstance(p, DTensor) else p
        shares.append({n: local(p).numel() / p.numel() for n, p in base.named_parameters()})
        assert not any(isinstance(p, DTensor) for p in self.parameters())

    def forward(self, input_ids, attention_mask, labels, embeddings):
        ids = [row[mask.bool()].tolist() for row, mask in zip(input_ids, attention_mask)]
        rows["trained" if self.training else "evaluated"].append(list(zip(ids, embeddings.tolist())))
        return super().forward(input_ids, attention_mask, labels, embeddings)

_fine_tuning.SftModule = Module
train(load_recipe(sys.argv[1]), out)
draws = torch.rand(3).tolist()
Path(f"{out}-{rank}.json").write_text(json.dumps({**rows, "shares": shares[0], "draws": draws}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny base and two tasks, for all runs of this file."""
    folder = tmp_path_factory.mktemp("distributed")
    model = tiny_base()
    model.save_pretrained(folder / "base")
    byte_tokenizer().save_pretrained(folder / "base")
    save_collection(
        [replace(letters(name, i), selection=0.2) for name, i in (("first", 0), ("last", -1))],
        folder / "tasks",
    )  # 7 rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHYPER_CACHE", str(folder / "cache"))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield folder


def write(folder, name, **changes):
    settings = {
        **SETTINGS,
        "base": str(folder / "base"),
        "data": f"collection:{folder / 'tasks'}",
        "batch_size": 2,
    }
    recipe = Recipe().with_changes({**settings, **changes})
    (folder / name).write_text(json.dumps(recipe.to_dict()))
    return folder / name


def launch(*command):
    return subprocess.Popen(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(*command):
    process = launch(*command)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err[-3000:]
    return out, err


def curve(run):
    return [
        (e["step"], name, e[name])
        for e in history(run)
        for name in ("loss", "eval_loss", "eval_exact_match")
        if name in e
    ]


def assert_same_run(run, other):
    assert len(curve(run)) == len(curve(other)) >= 5
    for (step, name, a), (step_too, name_too, b) in zip(curve(run), curve(other), strict=True):
        assert (step, name) == (step_too, name_too)
        assert a == pytest.approx(b, abs=1e-4)
    for name, a in weights(run).items():
        torch.testing.assert_close(a, weights(other)[name], atol=1e-5, rtol=0)
    assert [row["step"] for row in samples(run)] == [5] * 4 + [10] * 4  # the main process alone writes
    assert samples(run) == samples(other)


@pytest.fixture(scope="module")
def alone(folder):
    """One process with the rows of two."""
    finish(write_script(folder), write(folder, "alone.json", **{**QUIET, "batch_size": 4}), folder / "alone")
    return folder / "alone"


@pytest.fixture(scope="module")
def recorded(folder):
    """Two processes under torchrun, which write down what they read."""
    finish(*TORCHRUN, write_script(folder), write(folder, "two.json", **QUIET), folder / "two")
    return [json.loads((folder / f"two-{rank}.json").read_text()) for rank in (0, 1)]


def write_script(folder):
    (folder / "recorded.py").write_text(RECORDED)
    return folder / "recorded.py"


def test_two_processes_equal_one_at_the_same_global_batch(folder, alone, recorded):
    assert_same_run(folder / "two", alone)
    card = json.loads((folder / "two" / "checkpoint" / "checkpoint.json").read_text())
    assert card["processes"] == 2
    moved = json.loads((folder / "alone" / "checkpoint" / "checkpoint.json").read_text())
    assert (card["steps"], moved["processes"], card["chosen"]["step"]) == (10, 1, moved["chosen"]["step"])


def test_two_processes_compare_descriptions(folder):
    recipe = write(folder, "apart.json", **{**QUIET, "contrast": 1.0, "hypernet": "direct"})
    finish(*TORCHRUN, *ZHYPER, recipe, "--out", folder / "apart")
    logged = [entry for entry in history(folder / "apart") if "contrast" in entry]
    assert logged and all(0 < entry["contrast"] < 20 and 0 < entry["loss"] < 20 for entry in logged)


def test_the_processes_share_out_the_rows_of_one_with_their_contexts(folder, alone, recorded):
    """The main process has the first half of a step's rows; an evaluation's last batch is filled up again."""
    whole = json.loads((folder / "alone-0.json").read_text())
    assert [a + b for a, b in zip(*(r["trained"] for r in recorded), strict=True)] == whole["trained"]
    shown = [[ids for ids, _ in batch] for batch in whole["trained"]]
    assert len({json.dumps(batch) for batch in shown}) == len(shown) == 10
    evaluated = [a + b for a, b in zip(*(r["evaluated"] for r in recorded), strict=True)]
    assert [batch[:4] if i % 2 == 0 else batch[:3] for i, batch in enumerate(evaluated)] == whole["evaluated"]
    assert len(evaluated) == 8  # of two evaluations, each also under swapped descriptions
    assert recorded[0]["draws"] != recorded[1]["draws"]


ZERO_3 = {
    "ACCELERATE_USE_DEEPSPEED": "true",
    "ACCELERATE_DEEPSPEED_ZERO_STAGE": "3",
}  # as accelerate launch --use_deepspeed sets them


@pytest.mark.parametrize(
    ("name", "launcher", "environment"),
    [("fsdp", (*ACCELERATE, "--use_fsdp", "--fsdp_version=2"), {}), ("zero", TORCHRUN, ZERO_3)],
)
def test_accelerate_with_fsdp_or_zero_3_shards_the_base_and_changes_nothing(
    folder, alone, monkeypatch, name, launcher, environment
):
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    recipe = write(folder, f"{name}.json", **QUIET, gradient_checkpointing=True)
    finish(*launcher, write_script(folder), recipe, folder / name)
    assert_same_run(folder / name, alone)
    saved = load_recipe(folder / name / "recipe.json")
    assert saved.training.shard_base
    shares = [json.loads((folder / f"{name}-{rank}.json").read_text())["shares"] for rank in (0, 1)]
    assert all(sum(share[name] for share in shares) == pytest.approx(1) for name in shares[0])
    assert max(share[name] for share in shares for name in share) < 0.6


@pytest.mark.parametrize(("stage", "sharded"), [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("by_file", [False, True])
def test_the_stage_of_deepspeed_says_whether_the_base_is_sharded(
    tmp_path, monkeypatch, stage, sharded, by_file
):
    (tmp_path / "zero.json").write_text(json.dumps({"zero_optimization": {"stage": stage}}))
    monkeypatch.setenv("ACCELERATE_USE_DEEPSPEED", "true")
    monkeypatch.setenv("ACCELERATE_DEEPSPEED_ZERO_STAGE", "2" if by_file else str(stage))
    monkeypatch.setenv("ACCELERATE_DEEPSPEED_CONFIG_FILE", str(tmp_path / "zero.json") if by_file else "none")
    assert sharding_requested() == sharded
    assert "ACCELERATE_USE_DEEPSPEED" not in os.environ  # accelerate prepares nothing for it
    assert not sharding_requested()


def test_accelerate_launch_and_one_voice(folder, alone):
    recipe = write(folder, "launched.json", **QUIET)
    out, err = finish(*ACCELERATE, "--multi_gpu", *ZHYPER, recipe, "--out", folder / "launched", "--json")
    assert_same_run(folder / "launched", alone)
    assert json.loads(out)["steps"] == 10
    assert err.count("step 5: selection loss") == err.count("trainable parameters") == 1
    assert len(list((folder / "launched" / "logs").glob("events*"))) == 1


def test_reconstruction_in_two_processes_equals_one(folder):
    save_loras(folder / "library")
    changes = {
        **QUIET, "adapter": "t2l", "objective": "reconstruction", "library": str(folder / "library"),
        "encoder": "one-hot",
        "context": "task", "label_smoothing": 0.0, "data": [], "precision": "auto", "batch_size": 2,
        "weight_decay": 0.0,
    }  # fmt: skip
    finish(*TORCHRUN, *ZHYPER, write(folder, "library.json", **changes), "--out", folder / "learned")
    train(
        load_recipe(write(folder, "library-alone.json", **{**changes, "batch_size": 4})),
        folder / "learned-alone",
    )
    ours, theirs = weights(folder / "learned"), weights(folder / "learned-alone")
    assert ours.keys() == theirs.keys()
    for name, a in ours.items():  # the gradient of an absolute error jumps where the error is nearly zero
        torch.testing.assert_close(a, theirs[name], atol=1e-4, rtol=0)


def ranks(process):
    """The two processes that train, by their rank."""
    return {int(child.environ()["RANK"]): child for child in psutil.Process(process.pid).children()}


def test_a_killed_run_of_two_goes_on_bit_for_bit(folder):
    """One process is killed, which ends the other; then all at once. Each has its own dropout and noise."""
    recipe = write(folder, "noisy.json", steps=24, evaluate_every=4, selection_rows=7)
    command = (*TORCHRUN, *ZHYPER, recipe, "--out")
    finish(*command, folder / "whole")

    process = launch(*command, folder / "killed")
    wait_for_checkpoint(folder / "killed", 4, lambda: process.poll() is None)
    both = ranks(process)
    both[1].kill()
    process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in both.values())

    process = launch(*command, folder / "killed", "--resume")
    wait_for_checkpoint(folder / "killed", 12, lambda: process.poll() is None)
    both = ranks(process)
    for victim in (process, *both.values()):
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "killed" / "checkpoint").exists()

    finish(*command, folder / "killed", "--resume")
    a, b = newest(folder / "whole"), newest(folder / "killed")
    assert a.name == b.name == "checkpoint-24"
    for file in ("model.safetensors", "rng_state_0.pth", "rng_state_1.pth"):
        assert (a / file).read_bytes() == (b / file).read_bytes()
    assert [e for e in curve(folder / "whole") if e[1] != "loss"] == [
        e for e in curve(folder / "killed") if e[1] != "loss"
    ]
    first, second = (folder / run / "checkpoint" / "weights.safetensors" for run in ("whole", "killed"))
    assert first.read_bytes() == second.read_bytes()
    draws = [torch.load(a / f"rng_state_{rank}.pth", weights_only=False)["cpu"] for rank in (0, 1)]
    assert not torch.equal(*draws)

    (folder / "killed" / "checkpoint").rename(folder / "away")
    with pytest.raises(ValueError, match="was started with 2 processes, but is resumed with 1"):
        train(load_recipe(recipe), folder / "killed", resume=True)


@pytest.mark.parametrize("processes", [2, 3])
def test_accelerate_gives_each_process_its_batches_in_turn(processes):
    """What the plan of rows relies on."""
    from accelerate.data_loader import BatchSamplerShard

    whole = list(BatchSampler(SequentialSampler(range(4 * processes * 3)), 3, drop_last=False))
    for rank in range(processes):
        shard = BatchSamplerShard(
            BatchSampler(SequentialSampler(range(4 * processes * 3)), 3, drop_last=False), processes, rank
        )
        assert list(shard) == whole[rank::processes]
