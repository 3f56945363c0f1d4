"""Watching a run: its samples, logs, reporters and line of progress; and that none of it changes a bit of the run."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import TrainerCallback
from typer.testing import CliRunner

from conftest import letters, save_loras, tiny_machine
from zhyper import weights
from zhyper.cli import app
from zhyper.data import Example, Pair, Rows, Task, answer_tokens, prompt_tokens, save_collection
from zhyper.spec import Recipe, TrainingSpec, load_recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import Stopped, sweep, train
from zhyper.train._samples import LENGTH, Sample, answered, pick
from zhyper.train._watch import ProgressLine


class At(TrainerCallback):
    """Does something after a step, and keeps all logs."""

    def __init__(self, step=0, act=lambda: None):
        self.step, self.act, self.logs = step, act, []

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            self.act()

    def on_log(self, args, state, control, logs, **kwargs):
        self.logs.append({"step": state.global_step, **logs})


def fail():
    raise InterruptedError("as if it were killed")


def bits(out):
    return (out / "checkpoint" / "weights.safetensors").read_bytes()


def samples(out):
    return [json.loads(line) for line in (out / "samples.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]


def logged(out, name):
    """What TensorBoard shows: (step, value)."""
    events = EventAccumulator(str(out / "logs")).Reload()
    return [(e.step, e.value) for e in events.Scalars(name)]


def interrupted(recipe, out, step):
    """A run that ends after a step as if it were killed."""
    with pytest.raises(RuntimeError, match="as if it were killed"):
        train(recipe, out, watchers=[At(step, fail)])


# Samples


@pytest.mark.parametrize(
    "changes",
    [
        {"dropout": 0.3},
        {"dropout": 0.3, "gradient_checkpointing": True, "precision": "bfloat16"},
        {"base_bits": 4, "encoder": "all-MiniLM-L6-v2"},
    ],
)
def test_watching_changes_no_bit(recipe, tmp_path, changes):
    train(recipe.with_changes({**changes, "samples": 0, "report_to": []}), tmp_path / "alone")
    train(recipe.with_changes({**changes, "samples": 7}), tmp_path / "watched")
    assert bits(tmp_path / "alone") == bits(tmp_path / "watched")
    found = {name: {path.name for path in (tmp_path / name).iterdir()} for name in ("alone", "watched")}
    assert found["alone"] == {".lock", "recipe.json", "state", "checkpoint"}
    assert found["watched"] == found["alone"] | {"logs", "samples.jsonl"}


@pytest.mark.parametrize("checkpointing", [False, True])
def test_answers_are_those_of_evaluation_and_all_is_left_as_it_was(checkpointing):
    machine = tiny_machine(dropout=0.5)
    texts, cues = ["ab", "a longer one"], ["first", "second"]
    expected = machine.generate(texts, cues, max_new_tokens=LENGTH)
    assert expected != machine.generate(texts, [None, None], max_new_tokens=LENGTH)
    if checkpointing:
        machine.model.checkpoint_gradients()
    for part in machine.parts().values():
        part.train()
    found = [
        Sample("t", cue, text, "", prompt_tokens(machine.tokenizer, text))
        for text, cue in zip(texts, cues, strict=True)
    ]
    contexts = dict(zip(cues, machine.encoder.encode(cues), strict=True))
    models = [machine.model.base, *machine.parts().values()]
    modes = [module.training for model in models for module in model.modules()]
    before = torch.random.get_rng_state()
    assert answered(machine, found, contexts, processes=1) == expected
    assert torch.equal(before, torch.random.get_rng_state())
    assert [module.training for model in models for module in model.modules()] == modes
    assert any(modes[: len(list(machine.model.base.modules()))]) is checkpointing


def test_samples_are_of_tasks_far_apart_and_fit_into_the_model():
    machine = tiny_machine()
    names, chosen = "abcde", []
    rows = [
        Rows(
            Task(name=n, pairs=(Pair(n, n),), descriptions=(n,)),
            tuple(Pair(n * k, n) for k in (1, 2, 3, 90)),
            (f"say {n}", f"call {n}"),
        )
        for n in names
    ]
    for r in rows[:2] + rows[3:]:
        for pair in (*r.pairs, r.pairs[0]):
            ids = (
                prompt_tokens(machine.tokenizer, pair.input),
                answer_tokens(machine.tokenizer, pair.input, pair.output),
            )
            chosen.append(Example(*ids, r.descriptions[len(pair.input) % 2]))
    chosen.sort(key=lambda example: example.tokens)
    few = pick(machine, chosen, rows, 3)
    assert [(s.task, s.prompt, s.wanted, s.context) for s in few] == [(n, n, n, f"call {n}") for n in "abd"]
    more = pick(machine, chosen, rows, 6)
    assert [s.prompt for s in more] == ["a", "b", "d", "e", "aa", "bb"]
    assert len(pick(machine, chosen, rows, 99)) == 12  # neither twice, nor what leaves no room for an answer
    assert pick(machine, chosen, rows, 0) == pick(machine, [], rows, 3) == []


def test_the_last_samples_are_what_the_checkpoint_answers(recipe, tmp_path):
    said = []
    about = train(recipe, tmp_path / "run", say=said.append)
    found = samples(tmp_path / "run")
    assert [row["step"] for row in found] == [4] * 4 + [8] * 4 + [12] * 4
    assert [tuple(row) for row in found] == [("step", "task", "context", "prompt", "wanted", "answer")] * 12
    machine = TextToAdapter.load(tmp_path / "run")
    chosen = [row for row in found if row["step"] == about["chosen"]["step"]]
    answers = machine.generate(
        [row["prompt"] for row in chosen], [row["context"] for row in chosen], max_new_tokens=LENGTH
    )
    assert [row["answer"] for row in chosen] == answers
    assert all(row["wanted"] == row["prompt"][{"first": 0, "last": -1}[row["task"]]] for row in found)
    shown = next(text for text in said if text.startswith("answers at step 12:"))
    assert all(row["prompt"] in shown and row["context"][:50] in shown for row in found)
    events = EventAccumulator(str(tmp_path / "run" / "logs")).Reload()
    (text,) = {
        e.tensor_proto.string_val[0].decode() for e in events.Tensors("samples/text_summary") if e.step == 12
    }
    assert text.splitlines()[0] == "task|context|prompt|wanted|answer"
    assert len(text.splitlines()) == 6


# A resumed run


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
    assert bits(out) == bits(tmp_path / "whole")


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
    assert bits(out) == bits(tmp_path / "whole")


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


# Throughput


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
        "base": base, "adapter": "t2l", "objective": "reconstruction", "library": str(tmp_path / "library"), "encoder": "one-hot",
        "context": "task", "projections": "q_proj,v_proj", "rank": 4, "steps": 10, "batch_size": 2,
    }  # fmt: skip
    train(Recipe().with_changes(settings), tmp_path / "run")
    assert re.search(
        r"step 10 of 10: loss \d+\.\d{4}, lr \S+, \S+ rows/s, 0:00:00 left", capsys.readouterr().err
    )
    assert [step for step, _ in logged(tmp_path / "run", "train/rows_per_second")] == [10]
    assert not (tmp_path / "run" / "samples.jsonl").exists()


# Reporters


@pytest.fixture
def quiet(recipe):
    return recipe.with_changes({"samples": 0, "report_to": []})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "tensorbord",
            "report_to names 'tensorbord', but the known ones are: tensorboard, wandb, mlflow, trackio; or \\[\\] for none",
        ),
        ("", "or \\[\\] for none"),
        ("wandb,wandb", "names a reporter twice"),
    ],
)
def test_reporters_that_are_none(value, message):
    with pytest.raises(ValueError, match=message):
        Recipe().with_changes({"report_to": value})
    with pytest.raises(ValueError, match="samples is -1"):
        TrainingSpec(samples=-1)
    assert Recipe().with_changes({"report_to": "wandb, trackio"}).training.report_to == ("wandb", "trackio")
    assert Recipe().with_changes({"report_to": []}).training.report_to == ()


def test_a_missing_package_is_one_sentence_before_any_weight_is_loaded(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(
        weights, "load_base", lambda *args, **kwargs: pytest.fail("the base's weights were loaded")
    )
    monkeypatch.setitem(sys.modules, "wandb", None)
    recipe = recipe.with_changes({"report_to": "wandb"})
    for work in (
        lambda: train(recipe, tmp_path / "run"),
        lambda: sweep(recipe, tmp_path / "run", ["rank=4,5"]),
    ):
        with pytest.raises(
            ValueError,
            match="^report_to names wandb, but its package is not installed; run: pip install wandb$",
        ):
            work()
    (tmp_path / "path" / "mlflow").mkdir(parents=True)  # such as a reporter's own files
    for name in [name for name in sys.modules if name.partition(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "path")])
    with pytest.raises(ValueError, match="run: pip install mlflow"):
        train(recipe.with_changes({"report_to": "mlflow"}), tmp_path / "run")
    del sys.modules["mlflow"]
    assert not (tmp_path / "run").exists()


STAND_IN = """
import contextvars, types
__version__ = "0.43.0"
config, calls = {}, []
context_vars = types.SimpleNamespace(current_space_id=contextvars.ContextVar("space", default=None))
def init(**named): print("* Created new run"); calls.append(("init", named)); config.clear()
def log(values): calls.append(("log", values))
def finish(): print("* Run finished"); calls.append(("finish", dict(config)))
"""


@pytest.fixture
def trackio(tmp_path, monkeypatch):
    """A package in trackio's place, which notes what it is told."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "trackio.py").write_text(STAND_IN)
    monkeypatch.delitem(sys.modules, "trackio", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    import trackio

    yield trackio
    sys.modules.pop("trackio")


def test_a_reporter_gets_the_recipe_the_logs_and_an_end(quiet, tmp_path, trackio, capsys):
    train(quiet.with_changes({"report_to": "trackio"}), tmp_path / "run")
    kinds = [kind for kind, _ in trackio.calls]
    assert kinds == ["init", *["log"] * (len(kinds) - 2), "finish"]
    assert trackio.calls[0][1]["project"] == "zhyper"
    assert re.fullmatch(rf"{tmp_path.name}/run \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d", trackio.calls[0][1]["name"])
    told = trackio.calls[-1][1]
    assert (told["generator.rank"], told["training.steps"], told["training.report_to"]) == (
        4,
        12,
        ["trackio"],
    )
    values = [values for kind, values in trackio.calls if kind == "log"]
    assert [v["train/global_step"] for v in values if "eval/loss" in v] == [4, 8, 12]
    assert [v["train/global_step"] for v in values if "train/tokens_per_second" in v] == [10]
    assert capsys.readouterr().out == ""  # results alone go to standard output


def test_a_reporter_that_cannot_begin_ends_the_run_before_its_first_step(quiet, tmp_path, trackio):
    def init(**named):
        raise OSError("no\nnetwork")

    trackio.init = init
    with pytest.raises(
        RuntimeError,
        match="^trackio could not begin a run: no network; mend it, or leave it out of report_to$",
    ):
        train(quiet.with_changes({"report_to": "trackio"}), tmp_path / "run")
    assert not list((tmp_path / "run" / "state").glob("checkpoint*"))
    train(quiet.with_changes({"report_to": []}), tmp_path / "run", resume=True)


def test_a_reporter_that_fails_later_is_left_out_and_the_run_goes_on(quiet, tmp_path, trackio):
    tried = []

    def log(values):
        tried.append(values)
        raise ConnectionError("gone")

    trackio.log = log
    with pytest.warns(
        UserWarning, match="^trackio failed, and is told nothing more of this run: gone$"
    ) as caught:
        assert train(quiet.with_changes({"report_to": "trackio"}), tmp_path / "run")["steps"] == 12
    assert len(tried) == len(caught) == 1


def test_a_run_that_ends_before_its_time_ends_its_report(quiet, tmp_path, trackio):
    interrupted(quiet.with_changes({"report_to": "trackio"}), tmp_path / "run", 7)
    assert [kind for kind, _ in trackio.calls][-1] == "finish"
    with pytest.raises(Stopped):
        train(
            quiet.with_changes({"report_to": "trackio"}),
            tmp_path / "run",
            resume=True,
            watchers=[At(9, lambda: os.kill(os.getpid(), signal.SIGTERM))],
        )
    assert [kind for kind, _ in trackio.calls if kind != "log"] == ["init", "finish"] * 2


def told_wandb(out, elsewhere):
    (run,) = (out / "wandb").glob("offline-run-*/run-*.wandb")
    return run.read_bytes()


def told_mlflow(out, elsewhere):
    with contextlib.closing(sqlite3.connect(elsewhere / "mlflow.db")) as found:
        ((name, status),) = found.execute("select name, status from runs").fetchall()
        assert (status, name.partition(" ")[0]) == ("FINISHED", f"{elsewhere.name}/{out.name}")
        keys = found.execute("select key from params union select key from metrics").fetchall()
        assert found.execute("select step from metrics where key = 'eval_loss' order by step").fetchall() == [
            (4,),
            (8,),
            (12,),
        ]
    return " ".join(key for (key,) in keys).encode()


def told_trackio(out, elsewhere):
    with contextlib.closing(sqlite3.connect(elsewhere / "trackio" / "zhyper.db")) as found:
        return b" ".join(
            row[0]
            for row in found.execute("select metrics from metrics union all select config from configs")
        )


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("told", [told_wandb, told_mlflow, told_trackio])
def test_each_reporter_works(quiet, tmp_path, monkeypatch, told, capsys):
    name = told.__name__.partition("_")[2]
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))  # read when it is imported
    pytest.importorskip(name, reason=f"{name} is not installed; pip install {name}")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    train(quiet.with_changes({"report_to": name}), out := tmp_path / "run")
    found = told(out, tmp_path)
    for what in (
        b"generator.rank",
        b"training.steps",
        b"rows_per_second",
        b"peak_memory_mib",
        b"exact_match",
    ):
        assert what in found
    assert capsys.readouterr().out == ""


# The line of progress


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
    assert (
        len(
            re.findall(
                r"^step \d+: selection loss \d+\.\d{4}, exact match \d+\.\d %$", err, flags=re.MULTILINE
            )
        )
        == 3
    )
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
