"""Checkpoints and adapters on a hub: what is pushed is loaded again, and has a card that says what it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import fill, tiny_machine
from hub import hub_of
from zhyper.checkpoint import read_card
from zhyper.publish import checkpoint_readme, private_places, publish
from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

ASK = """
import json, sys
from zhyper.text_to_adapter import TextToAdapter
machine = TextToAdapter.load(sys.argv[1])
answers = machine.generate(["hello"], ["say it in French"], max_new_tokens=5)
print(json.dumps([answers, machine.weights_sha256]))
"""
PEFT = """
import json, sys
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer
model = AutoPeftModelForCausalLM.from_pretrained(sys.argv[1])
print(json.dumps([model.peft_config["default"].r, AutoTokenizer.from_pretrained(sys.argv[1]).chat_template]))
"""
PUSH = """
import sys
from zhyper.text_to_adapter import TextToAdapter
machine = TextToAdapter.load(sys.argv[1])
print(machine.push_to_hub("me/whole", private=True, licence="mit"))
print(machine.adapter("say it in French").push_to_hub("me/part", "gguf"))
"""


@pytest.fixture
def hub():
    with hub_of() as started:
        yield started


@pytest.fixture
def checkpoint(base, tmp_path, monkeypatch):
    """A checkpoint on a base in a folder."""
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    changes = {"base": base, "encoder": "last-token", "context_width": None}
    machine = TextToAdapter.untrained(Recipe(generator=tiny_machine().spec).with_changes(changes).generator)
    fill(machine)
    return machine.save(tmp_path / "checkpoint")


def program(hub, tmp_path, *words, token="hf_right"):
    env = {**os.environ, **hub.environment(tmp_path / "home", token), "COLUMNS": "500"}
    return subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False)


def zhyper(hub, tmp_path, *words, **more):
    return program(hub, tmp_path, "-m", "zhyper.cli", *words, **more)


def test_a_checkpoint_is_pushed_and_loaded_by_its_name(hub, checkpoint, tmp_path):
    done = zhyper(hub, tmp_path, "push", str(checkpoint), "me/mine", "--licence", "apache-2.0")
    assert done.returncode == 0, done.stderr
    assert f"to {hub.address}/me/mine" in done.stdout
    assert f"names {tmp_path}/base, a folder of this machine" in done.stderr
    (commit,) = hub.commits["me/mine"]
    assert not hub.private["me/mine"]
    names = {"README.md", "checkpoint.json", "weights.safetensors"}
    assert set(commit["files"]) == names
    for name in names - {"README.md"}:
        assert commit["files"][name] == (checkpoint / name).read_bytes()
    readme = commit["files"]["README.md"].decode()
    assert readme.startswith('---\nlicense: "apache-2.0"\nlibrary_name: zhyper\n')
    assert 'TextToAdapter.load("me/mine")' in readme and read_card(checkpoint)["weights_sha256"] in readme
    assert str(tmp_path) not in readme
    machine = TextToAdapter.load(checkpoint)
    answers = machine.generate(["hello"], ["say it in French"], max_new_tokens=5)
    for name in ("me/mine", f"me/mine@{commit['oid']}"):
        loaded = program(hub, tmp_path, "-c", ASK, name)
        assert json.loads(loaded.stdout.splitlines()[-1]) == [answers, machine.weights_sha256], loaded.stderr
    said = zhyper(hub, tmp_path, "info", "me/mine", "--json")
    assert json.loads(said.stdout)["weights_sha256"] == machine.weights_sha256


def test_an_older_revision_stays_what_it_was(hub, checkpoint, tmp_path):
    zhyper(hub, tmp_path, "push", str(checkpoint), "me/mine")
    old = read_card(checkpoint)["weights_sha256"]
    machine = TextToAdapter.load(checkpoint)
    fill(machine, seed=5)
    machine.about = {}
    again = zhyper(hub, tmp_path, "push", str(machine.save(checkpoint)), "me/mine")
    assert again.returncode == 0, again.stderr
    first, second = hub.commits["me/mine"]
    new = read_card(checkpoint)["weights_sha256"]
    assert new != old
    for name, weights in ((f"me/mine@{first['oid']}", old), ("me/mine", new)):
        loaded = json.loads(zhyper(hub, tmp_path, "info", name, "--json").stdout)
        assert loaded["weights_sha256"] == weights


def test_code_that_a_checkpoint_of_the_hub_names_is_not_run(hub, checkpoint, tmp_path):
    card = json.loads((checkpoint / "checkpoint.json").read_text())
    card["spec"] |= {
        "encoder": "evil/encoder",
        "encoder_revision": "a" * 40,
        "encoder_code_revision": "b" * 40,
    }
    (checkpoint / "checkpoint.json").write_text(json.dumps(card))
    zhyper(hub, tmp_path, "push", str(checkpoint), "me/mine")
    asked = zhyper(hub, tmp_path, "ask", "hello", "--as", "French", "-c", "me/mine")
    assert asked.returncode == 1
    assert (
        "Python code of its own (at bbbb" in asked.stderr
        and "if you trust it, load the folder" in " ".join(asked.stderr.split())
    )


def test_an_adapter_is_pushed_and_loaded_by_peft(hub, checkpoint, base, tmp_path):
    adapter = TextToAdapter.load(checkpoint).adapter("say it in French")
    folder = adapter.save(tmp_path / "adapter")
    refused = zhyper(hub, tmp_path, "push", str(folder), "me/french")
    assert refused.returncode == 1 and "write the adapter again with --base-name" in refused.stderr
    assert "me/french" not in hub.commits
    files = {file.name: file.read_bytes() for file in Path(base).iterdir()}
    hub.commits["me/base"] = [{"oid": "b" * 40, "files": files, "message": "by somebody else"}]
    adapter.save(folder, base_name="me/base")
    done = zhyper(hub, tmp_path, "push", str(folder), "me/french", "--private")
    assert done.returncode == 0, done.stderr
    assert hub.private["me/french"]
    (commit,) = hub.commits["me/french"]
    assert set(commit["files"]) == {file.name for file in folder.iterdir()}
    assert 'base_model: "me/base"' in commit["files"]["README.md"].decode()
    loaded = program(hub, tmp_path, "-c", PEFT, "me/french")
    template = (folder / "chat_template.jinja").read_text()
    assert json.loads(loaded.stdout.splitlines()[-1]) == [adapter.rank, template], loaded.stderr
    asked = zhyper(hub, tmp_path, "ask", "hello", "-c", "me/french")
    assert "is on the hub, but is no checkpoint of zhyper" in asked.stderr


def test_machines_and_adapters_push_themselves(hub, checkpoint, tmp_path):
    done = program(hub, tmp_path, "-c", PUSH, str(checkpoint))
    assert done.stdout.split() == [f"{hub.address}/me/whole", f"{hub.address}/me/part"], done.stderr
    assert hub.private == {"me/whole": True, "me/part": False}
    (whole,), (part,) = hub.commits["me/whole"], hub.commits["me/part"]
    assert 'license: "mit"' in whole["files"]["README.md"].decode()
    assert set(part["files"]) == {"adapter.gguf", "chat_template.jinja", "README.md"}
    assert "say it in French" in part["files"]["README.md"].decode()


def test_what_cannot_be_pushed_is_a_sentence(hub, checkpoint, tmp_path):
    wrong = {
        ("push", str(checkpoint), "mine"): "'mine' is no name of a repository on the hub",
        ("push", str(tmp_path / "nowhere"), "me/mine"): "is neither a folder with checkpoint.json",
        ("push", str(checkpoint), "me/mine", "--report", str(tmp_path)): "is not the folder of an evaluation",
    }
    for words, sentence in wrong.items():
        done = zhyper(hub, tmp_path, *words)
        assert done.returncode == 1 and sentence in done.stderr and "Traceback" not in done.stderr
    done = zhyper(hub, tmp_path, "push", str(checkpoint), "me/mine", token="hf_wrong")
    assert done.returncode == 1 and "the hub did not take me/mine" in done.stderr
    assert "'hf auth login'" in done.stderr and hub.commits == {}
    asked = zhyper(hub, tmp_path, "info", "me/nothing")
    assert asked.returncode == 1 and "the hub did not give it" in asked.stderr


def test_the_card_of_a_run_says_what_it_was_trained_on(quiet, tmp_path):
    train(quiet, tmp_path / "run")
    card = read_card(tmp_path / "run" / "checkpoint")
    text = checkpoint_readme(card, "me/mine")
    assert "- `collection:tasks`" in text and "2 tasks" in text
    assert str(tmp_path) not in text
    for fact in (
        "| steps | 12 |",
        card["weights_sha256"],
        card["base_sha256"],
        f"{card['chosen']['loss']:.4g}",
        "cosine distance",
    ):
        assert fact in text
    assert private_places(tmp_path / "run") == [quiet.generator.base]


def test_a_report_is_of_these_weights(hub, checkpoint, tmp_path):
    report = tmp_path / "report"
    report.mkdir()
    (report / "tables.md").write_text("| it | is good |")
    sha = read_card(checkpoint)["weights_sha256"]
    (report / "about.json").write_text(json.dumps({"methods": {"a": {"checkpoint": "other"}}}))
    with pytest.raises(ValueError, match=r"is an evaluation of other weights than this checkpoint's"):
        publish(checkpoint, "me/mine", report=report)
    (report / "about.json").write_text(json.dumps({"methods": {"a": {"checkpoint": sha}}}))
    done = zhyper(hub, tmp_path, "push", str(checkpoint), "me/mine", "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert "| it | is good |" in hub.commits["me/mine"][0]["files"]["README.md"].decode()
    with pytest.raises(ValueError, match="is an adapter; reports are of checkpoints"):
        adapter = TextToAdapter.load(checkpoint).adapter("a").save(tmp_path / "adapter")
        publish(adapter, "me/mine", report=report)
