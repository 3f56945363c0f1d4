"""What a run survives: kills, signals, damage, a full disk, numbers that are not finite, lost data."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import torch
from filelock import FileLock
from transformers import TrainerCallback

from conftest import PATIENCE, letters
from training import (
    history,
    in_a_process,
    same,
    weight_bytes,
)
from zhyper.data import save_collection
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import _objective, train
from zhyper.train._errors import NotWritten
from zhyper.train._processes import check_processes
from zhyper.train._state_checkpoints import (
    SUMS,
    WRITING,
    checkpoint,
    checkpoint_steps,
    damage,
)


def start(recipe, out, resume=False):
    return in_a_process(train, recipe, out, resume)


def ended(process):
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def answers(out):
    return (out / "samples.jsonl").read_bytes()


def losses(out):
    """The selection losses of a run."""
    return [(entry["step"], entry["eval_loss"]) for entry in history(out) if "eval_loss" in entry]


@pytest.fixture(scope="module", autouse=True)
def interruptible():
    """Ctrl+C as a terminal has it: what runs in the background of a shell ignores it, as do its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Undisturbed runs by their settings, each made once."""
    return {}


def undisturbed(recipe, whole, out):
    key = tuple(
        sorted((k, str(v)) for k, v in recipe.training.to_dict().items() if k not in ("data", "data_sha256"))
    )
    if key not in whole:
        train(recipe, out)
        whole[key] = weight_bytes(out), losses(out)
    return whole[key]


def kill(process, state, rng, writing):
    """SIGKILL at a random moment of a run, or of writing a checkpoint; whether one was being written."""
    if writing:
        for _ in range(rng.randint(1, 3)):  # which checkpoint of this start is hit
            appears(state / WRITING, process)
            goes(state / WRITING, process)
        appears(state / WRITING, process)
        time.sleep(rng.uniform(0, 0.02))
    else:
        time.sleep(rng.uniform(0.3, 3))
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    ended(process)
    return (state / WRITING).exists()


def appears(path, process):
    while process.is_alive() and not path.exists():
        time.sleep(0.0005)


def goes(path, process):
    while process.is_alive() and path.exists():
        time.sleep(0.0005)


def test_thirty_kills_change_nothing(recipe, tmp_path, whole):
    """Half of 30 kills come while a checkpoint is written; a run that ended well is the undisturbed one."""
    recipe = recipe.with_changes({"steps": 60, "evaluate_every": 2, "keep": 1, "selection_rows": 4})
    expected = undisturbed(recipe, whole, tmp_path / "whole")
    answered = answers(tmp_path / "whole")
    rng, kills, torn, finished = random.Random(7), 0, 0, 0
    process = start(recipe, out := tmp_path / "run-0")
    while kills < 30:
        torn += kill(process, out / "state", rng, writing=kills % 2 == 0)
        kills += process.exitcode == -signal.SIGKILL
        if process.exitcode == 0:
            assert (weight_bytes(out), losses(out), answers(out)) == (*expected, answered)
            finished += 1
            process = start(recipe, out := tmp_path / f"run-{finished}")
        else:
            assert process.exitcode == -signal.SIGKILL
            process = start(recipe, out, resume=(out / "recipe.json").exists())
    assert ended(process) == 0
    assert (weight_bytes(out), losses(out), answers(out)) == (*expected, answered)
    assert torn >= 5
    a, b = (checkpoint(folder / "state", 60) for folder in (tmp_path / "whole", out))
    assert (a / "model.safetensors").read_bytes() == (b / "model.safetensors").read_bytes()
    for file in ("optimizer.pt", "scheduler.pt"):
        assert same(torch.load(a / file, weights_only=True), torch.load(b / file, weights_only=True))
    assert not list((out / "state").glob(".*"))
    assert [path.name for path in out.glob(".*")] == [".lock"]


@pytest.fixture
def short(recipe):
    return recipe.with_changes({"steps": 12, "evaluate_every": 2, "selection_rows": 4})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_after_a_checkpoint(recipe, tmp_path, whole, number):
    """At whatever step it comes: the checkpoint is of that step."""
    recipe = recipe.with_changes({"steps": 60, "evaluate_every": 20, "selection_rows": 4})
    expected = undisturbed(recipe, whole, tmp_path / "whole")
    process = start(recipe, tmp_path / "run")
    appears(checkpoint(tmp_path / "run" / "state", 20), process)
    os.kill(process.pid, number)
    assert ended(process) == 128 + number
    assert (stopped := checkpoint_steps(tmp_path / "run" / "state")[-1]) < 60
    assert damage(checkpoint(tmp_path / "run" / "state", stopped)) is None
    assert not (tmp_path / "run" / "checkpoint").exists()
    said = []
    train(recipe, tmp_path / "run", resume=True, say=said.append)
    assert any(line == f"going on from {checkpoint(tmp_path / 'run' / 'state', stopped)}" for line in said)
    assert (weight_bytes(tmp_path / "run"), losses(tmp_path / "run")) == expected


def test_the_command_line_returns_143(recipe, tmp_path):
    (tmp_path / "recipe.json").write_text(
        json.dumps(recipe.with_changes({"steps": 5000, "evaluate_every": 5}).to_dict())
    )
    command = [
        sys.executable,
        "-m",
        "zhyper.cli",
        "train",
        str(tmp_path / "recipe.json"),
        "--out",
        str(tmp_path / "run"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        threading.Timer(100, process.kill).start()
        while process.poll() is None and not checkpoint(tmp_path / "run" / "state", 5).exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = " ".join(process.communicate()[1].split())
    assert process.returncode == 143
    assert re.search(
        r"error: SIGTERM came, so the run stopped after step \d+ and wrote .* go on with --resume", said
    )


def unfinished(out):
    """As if the run had been killed before its result was written."""
    shutil.rmtree(out / "checkpoint")


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


DAMAGE = {
    "one bit": (lambda folder: flip(folder / "optimizer.pt"), "optimizer.pt is not what was written"),
    "a file gone": (lambda folder: (folder / "scheduler.pt").unlink(), "scheduler.pt is missing"),
    "a file more": (lambda folder: (folder / "more").touch(), "more has no checksum"),
    "no checksums": (lambda folder: (folder / SUMS).unlink(), "SHA256SUMS is missing"),
    "empty checksums": (lambda folder: (folder / SUMS).write_text(""), "does not name trainer_state.json"),
    "zeros": (lambda folder: (folder / SUMS).write_bytes(b"\xff" * 99), "cannot be read"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_checkpoint_is_passed_over(short, tmp_path, whole, how):
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, out := tmp_path / "run")
    unfinished(out)
    hurt, message = DAMAGE[how]
    hurt(checkpoint(out / "state", 12))
    said = []
    train(short, out, resume=True, say=said.append)
    (news,) = [line for line in said if "passed over" in line]
    assert f"checkpoint-12 is passed over, because {message}" in news or message in news
    assert any(line.endswith("going on from " + str(checkpoint(out / "state", 10))) for line in said)
    assert (out / "state" / "damaged" / "checkpoint-12").is_dir()
    assert (weight_bytes(out), losses(out)) == expected


def test_without_a_whole_checkpoint_the_run_starts_again(short, tmp_path, whole):
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, out := tmp_path / "run")
    unfinished(out)
    for step in checkpoint_steps(out / "state"):
        flip(checkpoint(out / "state", step) / "model.safetensors")
    said = []
    train(short, out, resume=True, say=said.append)
    assert any("holds no whole checkpoint any more" in line for line in said)
    assert (weight_bytes(out), losses(out)) == expected


def test_a_damaged_best_checkpoint_is_not_trusted_either(short, tmp_path, whole):
    """Later checkpoints name the best; where it is damaged, the run goes back behind it, not to another."""
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, out := tmp_path / "run")
    unfinished(out)
    best = json.loads((checkpoint(out / "state", 12) / "trainer_state.json").read_text())["best_global_step"]
    flip(checkpoint(out / "state", best) / "model.safetensors")
    said = []
    train(short, out, resume=True, say=said.append)
    assert any("passed over" in line for line in said)
    assert (weight_bytes(out), losses(out)) == expected


@pytest.mark.parametrize("keep", [1, 3])
def test_keep_is_how_many_stay_besides_the_best(short, tmp_path, keep):
    train(short.with_changes({"keep": keep}), tmp_path / "run")
    state = tmp_path / "run" / "state"
    best = json.loads((checkpoint(state, 12) / "trainer_state.json").read_text())["best_global_step"]
    assert len([step for step in checkpoint_steps(state) if step != best]) == keep
    assert all(damage(checkpoint(state, step)) is None for step in checkpoint_steps(state))
    for line in (checkpoint(state, 12) / SUMS).read_text().splitlines():  # what `sha256sum -c` reads
        assert re.fullmatch(r"[0-9a-f]{64}  [\w.]+", line)


def test_a_loss_that_is_not_finite_ends_the_run_and_is_not_saved(short, tmp_path):
    """The first step's learning rate is 0, the second's far too high."""
    hot = short.with_changes({"learning_rate": 1e38, "evaluate_every": 1, "clip": 0.0, "warmup": 0.5})
    with pytest.raises(
        RuntimeError,
        match=r"is (nan|inf) at step \d+, .*the last checkpoint is .*checkpoint-\d+\. .*lower learning_rate",
    ):
        train(hot, tmp_path / "run")
    state = tmp_path / "run" / "state"
    assert checkpoint_steps(state)
    for step in checkpoint_steps(state):
        assert damage(checkpoint(state, step)) is None
        held = torch.load(checkpoint(state, step) / "optimizer.pt", weights_only=True)["state"]
        assert all(bool(value.isfinite().all()) for values in held.values() for value in values.values())
    assert not (tmp_path / "run" / "checkpoint").exists()


class Spoil(TrainerCallback):
    """Spoils the third step: a trained weight's numbers, or a gradient's alone.

    The weight is the last one, of values: on some CPUs attention takes a query that is no number as masked.
    """

    def __init__(self, what):
        self.what = what

    def on_step_begin(self, args, state, control, model=None, **kwargs):
        if state.global_step == 2 and self.what == "weight":
            with torch.no_grad():
                list(model.adapter.parameters())[-1].fill_(float("nan"))
        elif state.global_step == 2:
            next(model.adapter.parameters()).register_hook(lambda gradient: gradient * float("inf"))


@pytest.mark.parametrize(
    ("what", "said", "clip"),
    [("weight", "the loss is nan", 0.0), ("gradient", "the gradient's norm is", 1.0)],
)
def test_either_number_alone_ends_the_run(what, said, clip, short, tmp_path):
    recipe = short.with_changes({"evaluate_every": 2, "clip": clip})
    with pytest.raises(RuntimeError, match=rf"{said}.* at step 3, .*checkpoint-2\."):
        train(recipe, tmp_path / "run", watchers=[Spoil(what)])
    assert checkpoint_steps(tmp_path / "run" / "state") == [2]


def test_a_folder_has_one_run_at_a_time(short, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    with (
        FileLock(out / ".lock"),
        pytest.raises(ValueError, match="another run is at work in .*run; wait for it"),
    ):
        train(short, out)
    train(short, out)


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_loaded(short, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(TextToAdapter, "untrained", None)
    with pytest.raises(ValueError, match=r"nothing can be written to .*run \(.*\); name another folder"):
        train(short, tmp_path / "file" / "run")


def test_what_a_kill_left_of_the_result_is_taken_away(short, tmp_path, whole):
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, out := tmp_path / "run")
    (out / "checkpoint").rename(out / ".checkpoint.x1y2")
    train(short, out, resume=True)
    assert not list(out.glob(".checkpoint.*"))
    assert (weight_bytes(out), losses(out)) == expected


def test_a_branch_that_moved_does_not_keep_a_run_from_going_on(short, tmp_path, monkeypatch):
    monkeypatch.setattr(_objective.identity, "commit", lambda base: None)
    train(short, out := tmp_path / "run")
    unfinished(out)
    recipe = json.loads((out / "recipe.json").read_text())
    recipe["generator"]["base_revision"] = "0" * 40
    (out / "recipe.json").write_text(json.dumps(recipe))
    monkeypatch.setattr(_objective.identity, "commit", lambda base: "1" * 40)
    assert train(short, out, resume=True)["recipe"]["generator"]["base_revision"] == "0" * 40


def test_a_launcher_may_not_change_the_numbers(short, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    with pytest.raises(ValueError, match="mixed precision 'bf16', .*launch with --mixed_precision no"):
        train(short, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_lost_file_of_one_process_does_not_hide_how_many_there_were(tmp_path):
    folder = checkpoint(tmp_path / "state", 3)
    folder.mkdir(parents=True)
    (folder / "rng_state_0.pth").touch()
    (folder / SUMS).write_text("".join(f"{'0' * 64}  rng_state_{i}.pth\n" for i in range(2)))
    check_processes(tmp_path, SimpleNamespace(num_processes=2, wait_for_everyone=lambda: None))
    with pytest.raises(ValueError, match="was started with 2 processes, but is resumed with 1"):
        check_processes(tmp_path, SimpleNamespace(num_processes=1, wait_for_everyone=lambda: None))


def test_a_resumed_run_says_that_there_is_nothing_yet(short, tmp_path):
    train(short, tmp_path / "run", resume=True, say=(said := []).append)
    assert any(
        line.endswith("holds no checkpoint yet, so the run starts from its beginning") for line in said
    )


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 50 MiB, which holds five checkpoints."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_costs_no_checkpoint(recipe, small_disk, tmp_path, whole):
    recipe = recipe.with_changes({"steps": 12, "evaluate_every": 1, "keep": 60, "selection_rows": 4})
    expected = undisturbed(recipe, whole, tmp_path / "whole")
    out = small_disk / "run"
    with pytest.raises(
        NotWritten,
        match=r"step \d+.*(written|stopped).*: the disk is full \(.*bytes were free.*"
        r"checkpoint is .*--resume",
    ):
        train(recipe, out)
    state = out / "state"
    assert (last := checkpoint_steps(state)[-1]) < 12
    assert all(damage(checkpoint(state, step)) is None for step in checkpoint_steps(state))
    assert not list(state.glob(".*"))
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    said = []
    train(recipe, out, resume=True, say=said.append)
    assert f"going on from {checkpoint(state, last)}" in said
    assert (weight_bytes(out), losses(out)) == expected


def test_data_that_went_away_is_one_sentence_and_costs_nothing(short, tmp_path, whole):
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, out := tmp_path / "run")
    unfinished(out)
    (tmp_path / "tasks").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="tasks.* does not exist"):
        train(short, out, resume=True)
    save_collection([letters("first", 0)], tmp_path / "tasks")
    with pytest.raises(ValueError, match="data_sha256 was"):
        train(short, out, resume=True)
    shutil.rmtree(tmp_path / "tasks")
    (tmp_path / "elsewhere").rename(tmp_path / "tasks")
    train(short, out, resume=True)
    assert (weight_bytes(out), losses(out)) == expected


def test_a_run_whose_data_vanished_loses_nothing(short, tmp_path, whole):
    """The command line names the folder in one sentence; with the data back the run goes on bit for bit."""
    expected = undisturbed(short, whole, tmp_path / "whole")
    process = start(short, out := tmp_path / "run")
    appears(checkpoint(out / "state", 4), process)
    os.kill(process.pid, signal.SIGTERM)
    assert ended(process) == 143
    (tmp_path / "tasks").rename(tmp_path / "elsewhere")
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (tmp_path / "settings.json").write_text(json.dumps(short.to_dict()))
    command = [
        sys.executable,
        "-m",
        "zhyper.cli",
        "train",
        str(tmp_path / "settings.json"),
        "--out",
        str(out),
        "--resume",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "COLUMNS": "1000"}
    )
    assert (done.returncode, done.stdout) == (1, "")
    (said,) = done.stderr.splitlines()
    assert re.fullmatch(
        rf"error: the folder {re.escape(str(tmp_path / 'tasks'))} of source .* does not exist", said
    )
    assert {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    (tmp_path / "elsewhere").rename(tmp_path / "tasks")
    train(short, out, resume=True)
    assert (weight_bytes(out), losses(out)) == expected


def test_a_run_that_was_moved_goes_on_and_finds_its_best(short, tmp_path, whole):
    expected = undisturbed(short, whole, tmp_path / "whole")
    train(short, tmp_path / "run")
    unfinished(tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "moved")
    train(short, tmp_path / "moved", resume=True)
    assert weight_bytes(tmp_path / "moved") == expected[0]


def test_what_a_checkpoint_holds_is_read_without_running_code(short, tmp_path):
    """Each pickle of the trainer's state loads as plain weights, and no other is there."""
    train(short, tmp_path / "run")
    folder = checkpoint(tmp_path / "run" / "state", 12)
    assert {file.name for file in folder.iterdir()} == {
        SUMS, "model.safetensors", "optimizer.pt", "rng_state.pth", "scheduler.pt", "trainer_state.json"
    }  # fmt: skip
    with contextlib.suppress(ImportError):
        from transformers.trainer_pt_utils import safe_globals
    with safe_globals():
        for name in ("optimizer.pt", "rng_state.pth", "scheduler.pt"):
            assert torch.load(folder / name, weights_only=True)
