"""Where the logs of a run go: which reporters there are, what they get, and what their failures cost."""

import contextlib
import os
import re
import signal
import sqlite3
import sys

import pytest

from training import At, interrupted
from zhyper import weights
from zhyper.spec import Recipe, TrainingSpec
from zhyper.train import Stopped, sweep, train


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "tensorbord",
            "report_to names 'tensorbord', but the known ones are: tensorboard, wandb, mlflow, trackio; "
            "or \\[\\] for none",
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
        match="^trackio could not begin a run: no network; repair it, or leave it out of report_to$",
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
        UserWarning, match="^trackio failed, and gets nothing more of this run: gone$"
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
