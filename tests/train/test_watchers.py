"""Watching a run: its logs, its throughput, its line of progress, and what a resumed run takes back."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import sys
import time
from types import SimpleNamespace

import pytest
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import TrainerCallback
from typer.testing import CliRunner

from conftest import letters, save_loras
from training import (
    At,
    fail,
    interrupted,
    samples,
    weight_bytes,
)
from zhyper.cli import app
from zhyper.data import Pair, Task, save_collection
from zhyper.spec import Recipe, load_recipe
from zhyper.train import Stopped, sweep, train
from zhyper.train._watchers import ProgressLine


def logged(out, name):
    """What TensorBoard shows: (step, value)."""
    events = EventAccumulator(str(out / "logs")).Reload()
    return [(e.step, e.value) for e in events.Scalars(name)]


def test_a_resumed_run_takes_back_what_came_after_its_checkpoint(recipe, tmp_path):
    recipe = recipe.with_changes({"steps": 16})
    train(recipe, tmp_path / "whole")
    interrupted(recipe, out := tmp_path / "run", 15)
    shutil.rmtree(out / "state" / "checkpoint-12")
    assert [step for step, _ in logged(out, "eval/loss")] == [4, 8, 12]
    with (out / "samples.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 4, "ta')
    train(recipe, out, resume=True)
    assert (out / "samples.jsonl").read_bytes() == (tmp_path / "whole" / "samples.jsonl").read_bytes()
    assert logged(out, "eval/loss") == logged(tmp_path / "whole", "eval/loss")
    assert [step for step, _ in logged(out, "train/loss")] == [10]
    assert weight_bytes(out) == weight_bytes(tmp_path / "whole")


def test_a_resumed_run_may_be_watched_and_kept_otherwise(recipe, tmp_path):
    train(recipe, tmp_path / "whole")
    interrupted(recipe, out := tmp_path / "run", 7)
    with pytest.raises(ValueError, match="different|rank was 4 and is 5") as caught:
        train(recipe.with_changes({"rank": 5, "keep": 1, "samples": 0, "report_to": []}), out, resume=True)
    assert "keep" not in str(caught.value)
    train(recipe.with_changes({"keep": 1, "samples": 1, "report_to": []}), out, resume=True)
    saved = load_recipe(out / "recipe.json").training
    assert (saved.keep, saved.samples, saved.report_to) == (1, 1, ())
    assert [row["step"] for row in samples(out)] == [4] * 4 + [8, 12]
    assert len(list((out / "state").glob("checkpoint-*"))) <= 2
    assert weight_bytes(out) == weight_bytes(tmp_path / "whole")


def test_the_recipe_of_an_older_run_goes_on(recipe, tmp_path):
    interrupted(recipe, out := tmp_path / "run", 7)
    values = json.loads((out / "recipe.json").read_text())
    for name in ("report_to", "samples"):
        del values["training"][name]
    (out / "recipe.json").write_text(json.dumps(values))
    assert train(recipe, out, resume=True)["steps"] == 12


def test_keep_is_an_option_too(quiet, tmp_path):
    (tmp_path / "recipe.json").write_text(json.dumps(quiet.with_changes({"evaluate_every": 2}).to_dict()))
    done = CliRunner().invoke(
        app, ["train", str(tmp_path / "recipe.json"), "--out", str(tmp_path / "run"), "--keep", "1", "--json"]
    )
    assert done.exit_code == 0, done.output
    best = json.loads(done.stdout)["chosen"]["step"]
    assert load_recipe(tmp_path / "run" / "recipe.json").training.keep == 1
    kept = {int(path.name.partition("-")[2]) for path in (tmp_path / "run" / "state").iterdir()}
    assert {best, 12} <= kept
    assert len(kept) <= 3  # the newest, the one before it, and the best one of those times


def test_throughput_is_of_training_alone_and_of_the_rows_since_the_last_log(recipe, tmp_path):
    """Rows differ in length, and evaluations take long."""
    task = letters("last", -1)
    pairs = tuple(Pair(word * (1 + i % 7), word[0]) for i, word in enumerate(p.input for p in task.pairs))
    save_collection([Task(name="long", pairs=pairs, descriptions=task.descriptions)], tmp_path / "tasks")
    recipe = recipe.with_changes({"steps": 20, "evaluate_every": 5, "accumulation": 2, "samples": 0})

    class Slow(TrainerCallback):
        def on_evaluate(self, args, state, control, **kwargs):
            time.sleep(2 if state.global_step == 5 else 0)

    class Rows(At):
        def on_train_begin(self, args, state, control, **kwargs):
            self.rows = kwargs["train_dataloader"].dataset

    train(recipe, tmp_path / "whole", watchers=[whole := Rows(), Slow()])
    interrupted(recipe, tmp_path / "run", 7)
    train(recipe, tmp_path / "run", resume=True, watchers=[resumed := Rows()])
    for seen, first in ((whole, 0), (resumed, 5)):
        for start, log in zip((first, 10), [log for log in seen.logs if "loss" in log], strict=True):
            rows = seen.rows[start * 8 : log["step"] * 8]
            mean = sum(row.tokens for row in rows) / len(rows)
            assert log["tokens_per_second"] / log["rows_per_second"] == pytest.approx(mean, rel=0.01)
            assert 100 < log["peak_memory_mib"] < 20_000
    assert [log["step"] for log in whole.logs if "eval_loss" in log] == [5, 10, 15, 20]
    assert (
        next(log["rows_per_second"] for log in whole.logs if "loss" in log) > 80 / 2
    )  # the evaluation alone took 2 s
    assert {log["step"] for log in whole.logs if "rows_per_second" in log} == {10, 20}
    state = json.loads((tmp_path / "run" / "state" / "checkpoint-20" / "trainer_state.json").read_text())
    assert not any(
        "rows_per_second" in entry for entry in state["log_history"]
    )  # what is kept is the same after a kill
    assert [step for step, _ in logged(tmp_path / "whole", "train/rows_per_second")] == [10, 20]


def test_reconstruction_is_watched_too(tmp_path, base, capsys):
    save_loras(tmp_path / "library")
    settings = {
        "base": base, "adapter": "t2l", "objective": "reconstruction", "library": str(tmp_path / "library"),
        "encoder": "one-hot",
        "context": "task", "projections": "q_proj,v_proj", "rank": 4, "steps": 10, "batch_size": 2,
    }  # fmt: skip
    train(Recipe().with_changes(settings), tmp_path / "run")
    assert re.search(
        r"step 10 of 10: loss \d+\.\d{4}, lr \S+, \S+ rows/s, 0:00:00 left", capsys.readouterr().err
    )
    assert [step for step, _ in logged(tmp_path / "run", "train/rows_per_second")] == [10]
    assert not (tmp_path / "run" / "samples.jsonl").exists()


STAND_IN = """
import contextvars, types
__version__ = "0.43.0"
config, calls = {}, []
context_vars = types.SimpleNamespace(current_space_id=contextvars.ContextVar("space", default=None))
def init(**named): print("* Created new run"); calls.append(("init", named)); config.clear()
def log(values): calls.append(("log", values))
def finish(): print("* Run finished"); calls.append(("finish", dict(config)))
"""


class Terminal:
    """Standard error as a terminal of 80 columns, from `attach` on."""

    def __init__(self, monkeypatch):
        self._ours, theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        self.file, self._monkeypatch, self._shown = (
            os.fdopen(theirs, "w", encoding="utf-8", buffering=1),
            monkeypatch,
            bytearray(),
        )

    def attach(self):
        self._monkeypatch.setattr(sys, "stderr", self.file)

    @property
    def shown(self):
        """What came so far."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._ours, 1 << 16):
                self._shown.extend(part)
        return self._shown.decode()

    @property
    def text(self):
        """The same without control sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown)

    @property
    def cursor(self):
        """Whether the cursor is seen."""
        return self.shown.rfind("\x1b[?25h") >= self.shown.rfind("\x1b[?25l")

    def close(self):
        self.file.close()
        os.close(self._ours)


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal(monkeypatch)
    yield terminal
    terminal.close()


def test_the_line_says_all_in_80_columns(terminal):
    terminal.attach()
    line, args = ProgressLine(), SimpleNamespace()
    state = SimpleNamespace(global_step=400, max_steps=10_000)
    line.on_train_begin(args, state, None)
    line._begun -= 60
    state.global_step = 500
    line.on_log(args, state, None, {"loss": 1.23456, "learning_rate": 0.00098, "rows_per_second": 1234.56})
    text = terminal.text.splitlines()[-1].rpartition("\r")[2]
    assert re.search(r"  500/10000 loss 1\.2346, lr 9\.8e-04, 1,234\.6 rows/s 1:3\d:\d\d left$", text)
    assert len(text) <= 80
    line.on_log(args, state, None, {"eval_loss": 0.5, "eval_exact_match": 0.25})
    assert "step 500: selection loss 0.5000, exact match 25.0 %\r\n" in terminal.text
    line.close(True)
    assert terminal.cursor
    assert sys.stderr is terminal.file


def test_without_a_terminal_there_are_plain_lines(quiet, tmp_path, capsys):
    train(quiet, tmp_path / "run")
    err = capsys.readouterr().err
    assert re.search(
        r"^step 10 of 12: loss \d+\.\d{4}, lr \d\.\de-\d\d, \S+ rows/s, 0:00:\d\d left$",
        err,
        flags=re.MULTILINE,
    )
    evaluated = r"^step \d+: selection loss \d+\.\d{4}, exact match \d+\.\d %"
    swapped = r"; under another's description \d+\.\d{4}, \d+\.\d %$"
    assert len(re.findall(evaluated + swapped, err, flags=re.MULTILINE)) == 3
    assert "\x1b" not in err
    assert "\r" not in err


ENDS = {
    "an error": (fail, RuntimeError),
    "SIGTERM": (lambda: os.kill(os.getpid(), signal.SIGTERM), Stopped),
    "SIGINT": (lambda: os.kill(os.getpid(), signal.SIGINT), Stopped),
}


@pytest.mark.parametrize("how", ENDS)
def test_the_terminal_is_given_back(recipe, tmp_path, terminal, how):
    terminal.attach()
    act, raised = ENDS[how]
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(raised):
            train(
                recipe,
                tmp_path / "run",
                watchers=[At(11, act)],
                say=lambda text: Console(stderr=True).print(text, markup=False),
            )
    finally:
        signal.signal(signal.SIGINT, handler)
    assert sys.stderr is terminal.file
    assert terminal.cursor
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in terminal.text.split("\n")]  # as they are seen
    assert "answers at step 8:" in lines
    assert any(line.startswith("step 8: selection loss") for line in lines)
    assert sum(line.endswith(" left") for line in lines) == 1


def test_a_killed_run_leaves_a_terminal_that_can_be_used(terminal):
    """A second signal, or `kill -9`, ends the process at once, so that nothing can be cleaned up."""
    if not (process := os.fork()):
        terminal.attach()
        line, state = ProgressLine(), SimpleNamespace(global_step=0, max_steps=9)
        line.on_train_begin(None, state, None)
        line.on_step_end(None, state, None)
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert "0/9" in terminal.text
    assert terminal.cursor


def test_a_sweep_shows_one_trial_after_the_other(recipe, tmp_path, capsys):
    said = []
    sweep(
        recipe.with_changes({"steps": 10, "evaluate_every": 5}),
        tmp_path / "sweep",
        ["rank=3,4"],
        say=said.append,
    )
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert [line.split(":")[0] for line in lines] == ["step 5", "step 10 of 10", "step 10"] * 2
    assert not any("answers" in line for line in said)
    for trial in ("trial-000", "trial-001"):
        assert len(samples(tmp_path / "sweep" / trial)) == 8
        assert [step for step, _ in logged(tmp_path / "sweep" / trial, "eval/loss")] == [5, 10]
