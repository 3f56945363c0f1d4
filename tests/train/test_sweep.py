"""Sweeps: what is chosen, what fails, and what survives a kill."""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from conftest import letters
from training import in_a_process, wait_for_checkpoint
from zhyper.checkpoint import read_card
from zhyper.cli import app
from zhyper.data import Pair, Task, save_collection
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftTrainer, sweep, train
from zhyper.train._grid import parse_axes
from zhyper.train._study import Study


@pytest.fixture
def recipe(quiet):
    return quiet.with_changes({"steps": 6, "evaluate_every": 3, "batch_size": 2, "selection_rows": 8})


def without_seconds(found):
    return {
        **found,
        "best": None,
        "trials": [{k: v for k, v in row.items() if k != "seconds"} for row in found["trials"]],
    }


def test_a_grid_tries_all_combinations_and_chooses_by_the_selection_loss(recipe, tmp_path):
    found = sweep(
        recipe,
        tmp_path / "sweep",
        ["rank=2,3", "training.learning_rate=0.001,0.03", "projections=[q_proj,v_proj]"],
    )
    tried = {
        (row["settings"]["rank"], row["settings"]["learning_rate"], row["settings"]["projections"])
        for row in found["trials"]
    }
    assert tried == {(rank, rate, "q_proj,v_proj") for rank in (2, 3) for rate in (0.001, 0.03)}
    losses = [row["metric"] for row in found["trials"]]
    assert losses == sorted(losses)
    assert len(set(losses)) == 4
    best = found["best"]
    assert best["metric"] == losses[0] == best["chosen"]["loss"]
    card = read_card(tmp_path / "sweep" / best["checkpoint"])
    assert (card["chosen"], card["spec"].rank, card["weights_sha256"]) == (
        best["chosen"],
        best["settings"]["rank"],
        best["weights_sha256"],
    )
    assert card["parameters"]["trainable"] == best["parameters"]
    alone = train(recipe.with_changes(best["settings"]), tmp_path / "alone")
    assert alone["chosen"] == best["chosen"]  # a trial is the run that `zhyper train` would make
    assert json.loads((tmp_path / "sweep" / "sweep.json").read_text()) == found
    page = (tmp_path / "sweep" / "sweep.md").read_text()
    assert f"Best: trial {best['trial']}, `{best['checkpoint']}`" in page
    for fact in (
        found["recipe"]["training"]["data_sha256"],
        best["spec_sha256"],
        found["versions"]["optuna"],
    ):
        assert fact in page


def test_the_metric_is_what_the_recipe_chooses_by(recipe, tmp_path):
    found = sweep(
        recipe.with_changes({"choose_by": "exact_match"}), tmp_path / "sweep", ["learning_rate=1e-4,0.05"]
    )
    shares = [row["metric"] for row in found["trials"]]
    assert shares == sorted(shares, reverse=True)
    assert [row["chosen"]["exact_match"] for row in found["trials"]] == shares


def test_what_is_reported_on_changes_nothing(recipe, tmp_path):
    """The report split: a task of its own, whatever its rows are."""
    found = []
    for name, answer in (("one", "x"), ("two", "y")):
        secret = Task(
            name="secret",
            pairs=tuple(Pair(f"{i}", answer) for i in range(9)),
            descriptions=("a", "b", "c"),
            split="report",
        )
        save_collection([letters("first", 0), letters("last", -1), secret], tmp_path / name)
        found.append(
            sweep(
                recipe.with_changes({"data": f"collection:{tmp_path / name}"}),
                tmp_path / f"sweep {name}",
                ["rank=2,3"],
            )
        )
    assert found[0]["recipe"]["training"]["data_sha256"] != found[1]["recipe"]["training"]["data_sha256"]
    assert [row["weights_sha256"] for row in found[0]["trials"]] == [
        row["weights_sha256"] for row in found[1]["trials"]
    ]
    assert [row["chosen"] for row in found[0]["trials"]] == [row["chosen"] for row in found[1]["trials"]]


def test_of_equal_trials_the_smaller_and_then_the_earlier_is_first(recipe, tmp_path):
    """At a rate this low nothing changes: all trials have the untrained base's own loss."""
    found = sweep(
        recipe.with_changes({"learning_rate": 1e-30}), tmp_path / "sweep", ["rank=5,2", "steps=3,6"], seed=1
    )
    assert len({row["metric"] for row in found["trials"]}) == 1
    assert [row["settings"]["rank"] for row in found["trials"]] == [2, 2, 5, 5]
    numbers = [row["trial"] for row in found["trials"]]
    assert numbers[0] < numbers[1]
    assert numbers[2] < numbers[3]
    assert found["tied"] == numbers[1:]
    assert "As good as the best: trial" in (tmp_path / "sweep" / "sweep.md").read_text()


def test_a_failing_trial_is_shown_and_does_not_end_the_sweep(recipe, tmp_path):
    said = []
    found = sweep(recipe, tmp_path / "sweep", ["context_width=7,24"], say=said.append)
    assert [(row["state"], row["settings"]["context_width"]) for row in found["trials"]] == [
        ("complete", 24),
        ("failed", 7),
    ]
    assert "vectors of length 24, but context_width is 7" in found["trials"][1]["error"]
    assert "| failed: encoder 'last-token' gives" in (tmp_path / "sweep" / "sweep.md").read_text()
    assert any("failed: " in line for line in said)
    assert sweep(recipe, tmp_path / "sweep", ["context_width=7,24"]) == found  # what is over is not run again


def test_a_loss_that_is_no_number_fails_the_trial(recipe, tmp_path):
    found = sweep(
        recipe.with_changes({"warmup": 0.0, "clip": 0.0}), tmp_path / "sweep", ["learning_rate=0.01,1e38"]
    )
    assert [row["state"] for row in found["trials"]] == ["complete", "failed"]
    assert "nan" in found["trials"][1]["error"] or "inf" in found["trials"][1]["error"]


def test_ranges_are_sampled_and_more_trials_go_on_with_them(recipe, tmp_path):
    grid = ["learning_rate=1e-4..1e-2", "rank=2..4", "schedule=cosine,linear"]
    three = sweep(recipe, tmp_path / "sweep", grid, trials=3, seed=5)
    whole = sweep(recipe, tmp_path / "whole", grid, trials=5, seed=5)
    assert len(three["trials"]) == 3
    five = sweep(recipe, tmp_path / "sweep", grid, trials=5, seed=5)
    assert without_seconds(five) == without_seconds(whole)
    for row in five["trials"]:
        rate, rank, schedule = (row["settings"][key] for key in ("learning_rate", "rank", "schedule"))
        assert 1e-4 <= rate <= 1e-2
        assert isinstance(rank, int)
        assert 2 <= rank <= 4
        assert schedule in ("cosine", "linear")
    assert len({row["settings"]["learning_rate"] for row in five["trials"]}) == 5
    assert five["grid"]["learning_rate"] == {"low": 1e-4, "high": 1e-2, "log": True}
    assert five["grid"]["rank"] == {"low": 2, "high": 4, "log": False}


def test_the_same_settings_are_trained_once(recipe, tmp_path):
    found = sweep(recipe, tmp_path / "sweep", ["rank=2..3"], trials=4)
    assert (
        len(list((tmp_path / "sweep").glob("trial-*")))
        == len({row["settings"]["rank"] for row in found["trials"]})
        < 4
    )
    again = [row for row in found["trials"] if "same_as" in row]
    assert (tmp_path / "sweep" / "sweep.md").read_text().count("| complete as trial ") == len(again) > 0
    assert {row["checkpoint"] for row in again} <= {
        row["checkpoint"] for row in found["trials"] if "same_as" not in row
    }


def test_fewer_trials_than_combinations(recipe, tmp_path):
    grid = ["rank=1,2,3,4,5"]
    assert len(sweep(recipe, tmp_path / "sweep", grid, trials=2)["trials"]) == 2
    assert sorted(row["settings"]["rank"] for row in sweep(recipe, tmp_path / "sweep", grid)["trials"]) == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_trials_that_fall_behind_are_pruned(recipe, tmp_path):
    settings = {"learning_rate": 0.03, "steps": 9, "evaluate_every": 3, "warmup": 0.0}
    recipe, grid = recipe.with_changes(settings), ["learning_rate=0.02,0.025,0.03,0.035,0.04,1e-9,1e-8,1e-7"]
    pruned = sweep(recipe, tmp_path / "pruned", grid, prune=True, seed=7)
    whole = sweep(recipe, tmp_path / "whole", grid, seed=7)
    cut = [row for row in pruned["trials"] if row["state"] == "pruned"]
    assert cut
    full = {row["trial"]: row for row in whole["trials"]}
    for row in pruned["trials"]:
        assert row["settings"] == full[row["trial"]]["settings"]
        if row["state"] == "complete":
            assert row["metric"] == full[row["trial"]]["metric"]
    assert not any((tmp_path / "pruned" / f"trial-{row['trial']:03}" / "checkpoint").exists() for row in cut)
    assert {row["state"] for row in whole["trials"]} == {"complete"}


def test_what_has_no_selection_metric_cannot_be_swept(recipe, tmp_path):
    with pytest.raises(ValueError, match="reconstruction does not read"):
        sweep(
            recipe.with_changes({"objective": "reconstruction", "library": "x"}),
            tmp_path / "sweep",
            ["rank=2,3"],
        )
    few = Task(name="few", pairs=(Pair("a", "b"), Pair("c", "d")), descriptions=("one", "two"))
    save_collection([few], tmp_path / "few")
    with pytest.raises(ValueError, match="no row to choose on.*add inputs and descriptions"):
        sweep(
            recipe.with_changes({"data": f"collection:{tmp_path / 'few'}"}), tmp_path / "sweep", ["rank=2,3"]
        )


def test_a_folder_of_something_else_is_left_alone(recipe, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="is a file"):
        sweep(recipe, tmp_path / "file", ["rank=2"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match=r"holds no sweep\.json"):
        sweep(recipe, tmp_path / "mine", ["rank=2"])
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_sweep_goes_on_only_as_it_began(recipe, tmp_path):
    found = sweep(recipe, tmp_path / "sweep", ["rank=2"])
    with pytest.raises(ValueError, match="another grid"):
        sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    with pytest.raises(ValueError, match="another seed: it was 0 and is 1"):
        sweep(recipe, tmp_path / "sweep", ["rank=2"], seed=1)
    with pytest.raises(ValueError, match="steps was 6 and is 7"):
        sweep(recipe.with_changes({"steps": 7}), tmp_path / "sweep", ["rank=2"])
    with FileLock(tmp_path / "sweep" / ".lock"), pytest.raises(ValueError, match="another sweep is at work"):
        sweep(recipe, tmp_path / "sweep", ["rank=2"])
    assert sweep(recipe, tmp_path / "sweep", ["rank=2"]) == found
    save_collection([letters("third", 1)], tmp_path / "tasks")
    with pytest.raises(ValueError, match="data_sha256 was"):
        sweep(recipe, tmp_path / "sweep", ["rank=2"])


def run_sweep(recipe, out, grid, options):
    sweep(recipe, out, grid, **options)


@pytest.mark.parametrize(
    ("grid", "options"),
    [
        (["rank=2,3", "learning_rate=0.001,0.01"], {"seed": 3}),
        (["rank=2..5", "learning_rate=1e-3..1e-1"], {"seed": 3, "trials": 3}),
    ],
)
def test_a_killed_sweep_ends_with_the_table_of_an_undisturbed_one(recipe, tmp_path, grid, options):
    recipe = recipe.with_changes({"steps": 20, "evaluate_every": 5})
    kills = 0
    for number, step in ((1, 5), (2, 10)):
        process = in_a_process(run_sweep, recipe, tmp_path / "killed", grid, options)
        wait_for_checkpoint(tmp_path / "killed" / f"trial-{number:03}", step, process.is_alive)
        process.kill()
        process.join()
        kills += process.exitcode == -signal.SIGKILL
    assert kills == 2
    assert len(json.loads((tmp_path / "killed" / "sweep.json").read_text())["trials"]) == 2
    first = tmp_path / "killed" / "trial-000" / "checkpoint" / "weights.safetensors"
    written = first.stat().st_mtime_ns
    found = sweep(recipe, tmp_path / "killed", grid, **options)
    assert first.stat().st_mtime_ns == written
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", grid, **options))
    assert [row["state"] for row in found["trials"]] == ["complete"] * len(found["trials"])


def test_a_run_that_ended_before_it_was_noted_is_not_trained_again(recipe, tmp_path):
    """Killed between a run's checkpoint and the table: the trial's folder is a whole run."""
    whole = sweep(recipe, tmp_path / "whole", ["rank=2"])
    sweep(recipe, tmp_path / "killed", ["rank=2"])
    (tmp_path / "killed" / "sweep.db").unlink()
    study = Study(
        tmp_path / "killed" / "sweep.db", parse_axes(recipe, ["rank=2"]), maximise=False, seed=0, prune=False
    )
    study.next()
    study.close()
    written = (tmp_path / "killed" / "trial-000" / "checkpoint" / "weights.safetensors").stat().st_mtime_ns
    assert without_seconds(sweep(recipe, tmp_path / "killed", ["rank=2"])) == without_seconds(whole)
    assert (
        tmp_path / "killed" / "trial-000" / "checkpoint" / "weights.safetensors"
    ).stat().st_mtime_ns == written


def run(*words, code=0):
    result = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_verb_prints_one_table_and_last_the_best_checkpoint(recipe, tmp_path):
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()))
    words = [
        "sweep",
        str(tmp_path / "recipe.json"),
        "--out",
        str(tmp_path / "sweep"),
        "--grid",
        "rank=2,3",
        "--set",
        "steps=3",
    ]
    lines = run(*words).strip().splitlines()
    machine = TextToAdapter.load(lines[-1])
    found = json.loads(run(*words, "--json"))
    assert machine.spec.rank == found["best"]["settings"]["rank"]
    assert lines[-1] == str(tmp_path / "sweep" / found["best"]["checkpoint"])
    assert all(f"{row['metric']:.4f}" in "\n".join(lines) for row in found["trials"])
    assert found["recipe"]["training"]["steps"] == 3
    with pytest.raises(RuntimeError, match="no trial reached its end"):
        run(
            "sweep",
            str(tmp_path / "recipe.json"),
            "--out",
            str(tmp_path / "bad"),
            "--grid",
            "context_width=7",
        )


def test_a_missing_optuna_is_one_sentence(recipe, tmp_path):
    code = "import sys; sys.modules['optuna'] = None; from zhyper.cli import main; main()"
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()))
    words = ["sweep", str(tmp_path / "recipe.json"), "--out", str(tmp_path / "sweep"), "--grid", "rank=2,3"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "500"},
    )
    assert done.returncode == 1
    assert "optuna is missing; pip install 'zhyper[sweep]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_ends_the_sweep_and_not_the_trial(recipe, tmp_path, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises((OSError, RuntimeError), match="No space left"):
        patched.setattr(SftTrainer, "_save_checkpoint", full)
        sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert json.loads((tmp_path / "sweep" / "sweep.json").read_text())["trials"] == []
    found = sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", ["rank=2,3"]))


def full_then_wide(recipe, out, tmp_path, widen):
    """A sweep that a full disk ended goes on with its trial, to the table of an undisturbed one."""
    recipe = recipe.with_changes({"steps": 4, "evaluate_every": 1, "keep": 60, "selection_rows": 4})
    with pytest.raises((RuntimeError, OSError), match="could not be written|stopped after|No space|full"):
        sweep(recipe, out, ["rank=2,3"])
    assert json.loads((out / "sweep.json").read_text())["trials"] == []
    widen()
    found = sweep(recipe, out, ["rank=2,3"])
    assert [row["state"] for row in found["trials"]] == ["complete", "complete"]
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", ["rank=2,3"]))


def test_a_disk_that_is_really_full_ends_the_sweep_and_not_the_trial(recipe, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        wider = ["mount", "-o", "remount,size=600m", str(disk)]
        full_then_wide(recipe, disk / "sweep", tmp_path, lambda: subprocess.run(wider, check=True))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_files_that_may_not_grow_end_the_sweep_and_not_the_trial(recipe, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        full_then_wide(
            recipe, tmp_path / "sweep", tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_surroundings_made_fail_is_tried_again(recipe, tmp_path):
    """Without the base's weights all trials fail; with them back the same call trains those that can work."""
    weights = next(Path(recipe.generator.base).glob("*.safetensors"))
    away = weights.rename(tmp_path / "away")
    grid = ["context_width=7,24", "rank=2,3"]
    found = sweep(recipe, tmp_path / "sweep", grid)
    assert [row["state"] for row in found["trials"]] == ["failed"] * 4
    assert sum("could not be loaded" in row["error"] for row in found["trials"]) == 2
    assert "seconds" in found["trials"][0]
    (tmp_path / "sweep" / f"trial-{found['trials'][0]['trial']:03}").mkdir(exist_ok=True)
    away.rename(weights)
    said = []
    found = sweep(recipe, tmp_path / "sweep", grid, say=said.append)
    assert [row["state"] for row in found["trials"]] == ["complete", "complete", "failed", "failed"]
    assert not any("error" in row for row in found["trials"][:2])
    assert sum(line.startswith("trial ") and " of 4: " in line for line in said) == 2
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", grid))
    assert sweep(recipe, tmp_path / "sweep", grid) == found


def test_a_trial_that_failed_midway_begins_anew(recipe, tmp_path, monkeypatch):
    def broken(self, *args, **kwargs):
        raise RuntimeError("the device went away")

    with monkeypatch.context() as patched:
        patched.setattr(SftTrainer, "_save_checkpoint", broken)
        found = sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert [row["error"] for row in found["trials"]] == ["the device went away"] * 2
    (tmp_path / "sweep" / "trial-000" / "recipe.json").write_text("{")
    found = sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", ["rank=2,3"]))


def test_data_that_vanishes_ends_the_sweep_and_not_its_trials(recipe, tmp_path):
    def vanish(text):
        if text.startswith("trial 2"):
            (tmp_path / "tasks").rename(tmp_path / "elsewhere")

    with pytest.raises(ValueError, match="tasks.* does not exist"):
        sweep(recipe, tmp_path / "sweep", ["rank=2,3"], say=vanish)
    (tmp_path / "elsewhere").rename(tmp_path / "tasks")
    found = sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert without_seconds(found) == without_seconds(sweep(recipe, tmp_path / "whole", ["rank=2,3"]))


def test_a_trial_whose_folder_another_run_has_is_tried_again(recipe, tmp_path):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "sweep.json").write_text(json.dumps(sweep(recipe, tmp_path / "first", ["rank=2"])))
    (tmp_path / "sweep" / "trial-000").mkdir()
    said = []
    with FileLock(tmp_path / "sweep" / "trial-000" / ".lock"):
        found = sweep(recipe, tmp_path / "sweep", ["rank=2"], say=said.append)
    assert "another run is at work" in found["trials"][0]["error"]
    assert any("failed, and is tried again when the sweep is started again: " in line for line in said)
    assert sweep(recipe, tmp_path / "sweep", ["rank=2"])["best"]["state"] == "complete"


def test_a_sweep_under_torchrun_is_refused(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="a sweep was started in 2 processes, but runs in one"):
        sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    monkeypatch.delenv("WORLD_SIZE")
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    with pytest.raises(ValueError, match="accelerate asks for mixed precision 'bf16'"):
        sweep(recipe, tmp_path / "sweep", ["rank=2,3"])
    assert not (tmp_path / "sweep").exists()
