"""A base is known by its weights, wherever it lies."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from conftest import tiny_base
from training import At
from zhyper import identity
from zhyper.checkpoint import read_card
from zhyper.encoders import NAMES, make_encoder
from zhyper.files import sha256
from zhyper.identity import base_hash, check_base, has_weights, kept_sha256
from zhyper.spec import GeneratorSpec, Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.train._run_folder import absolute_folders


class Killed(Exception):
    pass


def kill():
    raise Killed


def test_a_relative_base_is_written_down_as_an_absolute_path(quiet, base, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(quiet.with_changes({"base": "base"}), tmp_path / "run")
    card = read_card(tmp_path / "run" / "checkpoint")
    assert card["spec"].base == card["recipe"]["generator"]["base"] == base
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["generator"]["base"] == base
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    TextToAdapter.load(tmp_path / "run")


def test_a_folder_called_like_a_shipped_base_is_not_it(tmp_path, monkeypatch):
    (tmp_path / "smollm2-135m").mkdir()
    monkeypatch.chdir(tmp_path)
    assert absolute_folders(Recipe()).generator.base == "smollm2-135m"
    (tmp_path / "mine").mkdir()
    recipe = Recipe().with_changes({"base": "mine"})
    assert absolute_folders(recipe).generator.base == str(tmp_path / "mine")


@pytest.mark.parametrize("spec", [{"encoder": "last-token"}, {"encoder": "one-hot", "context": "task"}])
def test_an_encoder_without_files_is_nowhere_else(spec):
    with pytest.raises(ValueError, match="has no files, so it lies nowhere else than here"):
        make_encoder(GeneratorSpec(**spec), elsewhere="there")


def test_a_base_in_the_users_folder(quiet, base, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    train(quiet.with_changes({"base": "~/base"}), tmp_path / "run")
    assert read_card(tmp_path / "run" / "checkpoint")["spec"].base == base
    assert base_hash("~/base") == base_hash(base)


def test_a_base_that_moved_is_named_and_checked(quiet, base, tmp_path):
    train(quiet, tmp_path / "run")
    before = TextToAdapter.load(tmp_path / "run")
    os.rename(base, tmp_path / "moved")
    with pytest.raises(
        ValueError, match="is a folder, but .* is none here; say where it lies by --base FOLDER"
    ):
        TextToAdapter.load(tmp_path / "run")
    with pytest.raises(ValueError, match="nowhere is none here; say where it lies by --base"):
        TextToAdapter.load(tmp_path / "run", base=tmp_path / "nowhere")
    machine = TextToAdapter.load(tmp_path / "run", base=tmp_path / "moved")
    assert machine.generate(["ai"], ["the first"]) == before.generate(["ai"], ["the first"])
    assert machine.address("a") == before.address("a")  # kept contexts are found again
    folder = machine.adapter("a").save(tmp_path / "adapter")
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tmp_path / "moved")
    machine.save(tmp_path / "again")
    TextToAdapter.load(tmp_path / "again", base=tmp_path / "moved")
    tiny_base(seed=5).save_pretrained(tmp_path / "moved")
    with pytest.raises(ValueError, match="trained on other weights .* by --base FOLDER"):
        TextToAdapter.load(tmp_path / "run", base=tmp_path / "moved")


def test_a_relative_base_of_an_older_checkpoint_is_not_taken_for_a_hub_id(quiet, base, tmp_path):
    train(quiet, tmp_path / "run")
    file = tmp_path / "run" / "checkpoint" / "checkpoint.json"
    file.write_text(file.read_text().replace(f'"base": "{base}"', '"base": "mybase"'))
    with pytest.raises(ValueError, match="the base of this checkpoint is a folder, but mybase is none here"):
        TextToAdapter.load(tmp_path / "run")
    TextToAdapter.load(tmp_path / "run", base=base)


def test_a_run_goes_on_where_its_base_moved_to(quiet, base, tmp_path):
    with pytest.raises(Killed):
        train(quiet, tmp_path / "run", watchers=[At(5, kill)])
    os.rename(base, tmp_path / "moved")
    moved = quiet.with_changes({"base": str(tmp_path / "moved")})
    train(moved, tmp_path / "run", resume=True)
    assert read_card(tmp_path / "run" / "checkpoint")["spec"].base == str(tmp_path / "moved")


def test_a_run_does_not_go_on_with_another_base(quiet, base, tmp_path):
    with pytest.raises(Killed):
        train(quiet, tmp_path / "run", watchers=[At(5, kill)])
    tiny_base(seed=5).save_pretrained(base)
    with pytest.raises(ValueError, match="base_sha256 was"):
        train(quiet, tmp_path / "run", resume=True)


def test_a_start_on_a_base_that_moved(quiet, base, tmp_path):
    train(quiet, tmp_path / "first")
    os.rename(base, tmp_path / "moved")
    changes = {"base": str(tmp_path / "moved"), "start": str(tmp_path / "first")}
    train(quiet.with_changes(changes), tmp_path / "second")
    TextToAdapter.load(tmp_path / "second")


def test_a_copy_of_a_hub_model_is_known_by_its_files(base, tmp_path):
    facts = {"base_sha256": "commit:abc", "base_files_sha256": base_hash(base)}
    assert check_base("org/name", "abc", facts, base) == base
    tiny_base(seed=5).save_pretrained(base)
    with pytest.raises(ValueError, match="trained on other weights of org/name"):
        check_base("org/name", "abc", facts, base)


def test_a_snapshot_of_the_hubs_cache_is_known_by_its_commit(base, tmp_path):
    snapshot = tmp_path / "models--org--name" / "snapshots" / "abc"
    blobs = tmp_path / "models--org--name" / "blobs"
    shutil.copytree(base, snapshot)
    blobs.mkdir()
    weights = snapshot / "model.safetensors"
    blob = weights.rename(blobs / sha256(weights))
    weights.symlink_to(blob)
    facts = {"base_sha256": "commit:abc"}
    assert has_weights(str(snapshot), None, facts)
    assert not has_weights(str(snapshot), None, {"base_sha256": "commit:def"})
    assert not has_weights(base, None, facts)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    assert not has_weights(str(snapshot), None, facts)


def test_a_hash_is_read_anew_when_the_file_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(identity, "SETTLED_SECONDS", -1)
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    first = kept_sha256(file)
    with monkeypatch.context() as patched:
        patched.setattr(identity, "sha256", None)
        assert kept_sha256(file) == first
    stat = file.stat()
    time.sleep(0.01)
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # of the same size and the same time
    assert kept_sha256(file) == sha256(file) != first
    for store in (tmp_path / "cache" / "hashes").iterdir():
        store.write_text("{")
    assert kept_sha256(file) == sha256(file)


def test_a_file_that_has_just_changed_is_read_each_time(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "weights").write_bytes(b"one")
    kept_sha256(tmp_path / "weights")
    assert not (tmp_path / "cache" / "hashes").exists()


@pytest.fixture
def encoder(tmp_path):
    folder = tmp_path / "encoder"
    source = Path(NAMES["all-MiniLM-L6-v2"]())
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").symlink_to(source / "model.safetensors")
    return folder


def test_an_encoder_that_moved_is_named_and_checked(quiet, encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(quiet.with_changes({"encoder": "encoder"}), tmp_path / "run")
    card = read_card(tmp_path / "run" / "checkpoint")
    assert card["spec"].encoder == str(encoder)
    before = TextToAdapter.load(tmp_path / "run").embeddings(["a"])
    encoder.rename(tmp_path / "moved")
    with pytest.raises(ValueError, match="say where .* lies by --encoder FOLDER"):
        TextToAdapter.load(tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run", encoder=tmp_path / "moved")
    assert machine.embeddings(["a"]).equal(before)
    changes = {"encoder": str(tmp_path / "moved"), "start": str(tmp_path / "run")}
    train(quiet.with_changes(changes), tmp_path / "second")
    config = tmp_path / "moved" / "1_Pooling" / "config.json"
    config.write_text(config.read_text().replace("mean_tokens", "max_tokens"))
    with pytest.raises(ValueError, match="was trained with encoder"):
        TextToAdapter.load(tmp_path / "run", encoder=tmp_path / "moved")
