"""What `zhyper info` says of each kind of thing, and wrong names that are refused before PyTorch is there."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from conftest import save_loras, tiny_machine
from training import At
from zhyper import __version__, spec
from zhyper.adapters import ADAPTERS
from zhyper.cli import app
from zhyper.cli._evaluation import SUITES
from zhyper.evaluate import SUITES as TABLE
from zhyper.hypernets import HYPERNETS
from zhyper.train import train


def info(place, kind):
    """What is said of a place; both ways of saying it."""
    shown = CliRunner().invoke(app, ["info", str(place)], env={"COLUMNS": "300"})
    said = CliRunner().invoke(app, ["info", str(place), "--json"])
    assert (shown.exit_code, said.exit_code) == (0, 0), said.exception
    facts = json.loads(said.stdout)
    assert facts["kind"] == kind and facts["next"] in shown.stdout
    return facts


def test_an_adapter_and_a_library(tmp_path):
    tiny_machine().adapter("a").save(tmp_path / "adapter")
    facts = info(tmp_path / "adapter", "adapter")
    assert (facts["rank"], facts["type"], facts["chat template"]) == (5, "LORA", "in the folder")
    save_loras(tmp_path / "library")
    assert info(tmp_path / "library", "library")["of"] == ["first", "last", "middle", "other"]
    (tmp_path / "adapter" / "adapter_config.json").write_text("{")
    broken = CliRunner().invoke(app, ["info", str(tmp_path / "adapter")])
    assert "is no JSON" in str(broken.exception)


def test_an_adapter_in_gguf(tmp_path):
    folder = tiny_machine().adapter("be brief").save(tmp_path / "adapter", "gguf")
    facts = info(folder, "adapter in GGUF")
    assert (facts["architecture"], facts["description"], facts["base"]) == ("llama", "be brief", "llama")
    assert facts["tensors"] == 2 * 2 * 3  # a and b of two layers with three kinds
    (folder / "adapter.gguf").write_bytes(b"GGUF")
    broken = CliRunner().invoke(app, ["info", str(folder)])
    assert "is no GGUF file" in str(broken.exception)


def test_a_bank(tmp_path):
    (tmp_path / "bank.json").write_text(json.dumps({"format": 2, "checkpoint": "abc"}))
    assert info(tmp_path, "bank")["checkpoint"] == "abc"


class Killed(Exception):
    pass


def kill():
    raise Killed


def test_a_run_before_and_after_its_end(quiet, tmp_path):
    with pytest.raises(Killed):
        train(quiet.with_changes({"evaluate_every": 4}), tmp_path / "run", watchers=[At(6, kill)])
    facts = info(tmp_path / "run", "unfinished run")
    assert (facts["steps"], facts["last kept step"], facts["rank"]) == (12, 4, 4)
    words = facts["next"].split()[1:]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.exception
    card = json.loads(CliRunner().invoke(app, ["info", str(tmp_path / "run"), "--json"]).stdout)
    assert card["steps"] == 12


def test_recipes_and_data_and_bases(quiet, base, tmp_path):
    (tmp_path / "mine.toml").write_text('[generator]\nadapter = "zhyper-square"\nrank = 3\n')
    facts = info(tmp_path / "mine.toml", "recipe")
    assert (facts["adapter"], facts["rank"]) == ("zhyper-square", 3)
    assert info("zhyper-square", "recipe")["adapter"] == "zhyper-square"
    assert info(tmp_path / "tasks", "collection")["files"] >= 2
    assert info(base, "base model")["type"] == "llama"


def test_what_is_nothing_of_zhyper(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    said = CliRunner().invoke(app, ["info", str(tmp_path)])
    assert "zhyper does not know (notes.txt)" in str(said.exception)


def test_the_version():
    assert CliRunner().invoke(app, ["--version"]).stdout == f"zhyper {__version__}\n"


def test_names_that_are_known_before_pytorch_are_those_of_the_tables():
    assert spec.ADAPTERS == tuple(ADAPTERS)
    assert spec.HYPERNETS == tuple(HYPERNETS)
    assert sorted(SUITES) == sorted(TABLE)


WRONG = [
    (["ask", "a", "-c", "defualt"], "did you mean default?"),
    (["ask", "a", "--as", " "], "the description is empty; say what the model should do"),
    (["adapt", "", "--out", "adapter"], "the description is empty; say what the model should do"),
    (["ask", "a", "--when-far", "wran"], "must be one of: warn, damp, refuse"),
    (["adapt", "a", "--out", "x", "-c", "defualt"], "did you mean default?"),
    (["adapt", "a", "--out", "x", "--format", "onnx"], "must be one of: peft, merged, gguf"),
    (["adapt", "a", "--out", "x", "--format", "gguf", "--base-name", "b"], "only a PEFT folder says where"),
    (["info", "runs/mime"], "did you mean runs/mine?"),
    (["serve", "-c", "defualt"], "did you mean default?"),
    (["serve", "--dtype", "float17"], "dtype is 'float17'"),
    (["serve", "--limit", "bdy_bytes=3"], "did you mean body_bytes?"),
    (["evaluate", "defualt", "--suite", "chat", "--out", "x"], "did you mean default?"),
    (["evaluate", "default", "--suite", "cht", "--out", "x"], "did you mean chat?"),
    (["train", "zhyper-dig", "--out", "x"], "did you mean zhyper-diag"),
    (["train", "zhyper-diag", "--out", "x", "--set", "rnk=4"], "did you mean rank"),
    (["train", "zhyper-diag", "--out", "x", "--set", "adapter=zhyper-dig"], "did you mean zhyper-diag"),
    (["train", "zhyper-diag", "--out", "x", "--set", "start=defualt"], "did you mean default?"),
    (["params", "zhyper-dig"], "did you mean zhyper-diag"),
]
PROGRAM = """
import json, sys
from typer.testing import CliRunner
from zhyper.cli import app
for words in json.loads(sys.argv[1]):
    print(json.dumps([str(CliRunner().invoke(app, words).exception), "torch" in sys.modules]))
"""


def test_wrong_names_are_refused_before_pytorch_is_imported(tmp_path):
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "checkpoint.json").write_text("{}")
    words = json.dumps([words for words, _ in WRONG])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, words], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(WRONG)
    for (_, expected), (sentence, imported) in zip(WRONG, said, strict=True):
        assert expected in sentence
        assert not imported
