"""The plugin's settings come from variables, each checked; what is none of them is refused."""

import dataclasses
from pathlib import Path

import pytest

from zhyper.serve.contexts import LOCAL, Refused
from zhyper.serve.vllm._settings import PREFIX, VllmSettings

read = VllmSettings.from_environment


def test_variables_are_settings():
    values = {
        "ZHYPER_VLLM_CHECKPOINT": "mine",
        "ZHYPER_VLLM_ADAPTERS": "7",
        "ZHYPER_VLLM_STORE": "/somewhere",
        "ZHYPER_VLLM_CHARACTERS": "100",
        "ZHYPER_VLLM_BANK": "",
        "ZHYPER_CACHE": "not ours",
        "PATH": "neither",
    }
    settings = read(values)
    assert settings == VllmSettings(checkpoint="mine", adapters=7, store="/somewhere", characters=100)
    assert settings.store_folder == Path("/somewhere")
    assert settings.limits.description_characters == 100


def test_the_store_is_in_the_cache_unless_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path))
    assert read({}).store_folder == tmp_path / "vllm"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "ADAPTER",
            "7",
            "the environment has ZHYPER_VLLM_ADAPTER, but .*; did you mean ZHYPER_VLLM_ADAPTERS",
        ),
        ("ADAPTERS", "many", "ZHYPER_VLLM_ADAPTERS is 'many', but must be a whole number"),
        ("ADAPTERS", "0", "ZHYPER_VLLM_ADAPTERS is 0, but must be 1 or more"),
        ("CHARACTERS", "-1", "ZHYPER_VLLM_CHARACTERS is -1, but must be 1 or more"),
        ("WHEN_FAR", "panic", "panic"),
    ],
)
def test_what_cannot_be_used_is_refused(variable, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        read({PREFIX + variable: value})


def test_checkpoint_and_policy_are_looked_at_before_anything_is_loaded(tmp_path):
    read({}).check()
    with pytest.raises(ValueError, match="checkpoint 'nowhere' is neither"):
        read({"ZHYPER_VLLM_CHECKPOINT": "nowhere"}).check()
    with pytest.raises(ValueError, match="policy"):
        read({"ZHYPER_VLLM_POLICY": str(tmp_path / "none.toml")}).check()
    with pytest.raises(ValueError, match="policy hook"):
        read({"ZHYPER_VLLM_POLICY_HOOK": "no_such_module:judge"}).check()
    (tmp_path / "policy.toml").write_text('refuse = ["bad"]\n')
    with pytest.raises(Refused):
        read({"ZHYPER_VLLM_POLICY": str(tmp_path / "policy.toml")}).read_policy().check("a bad one")


def test_every_variable_is_in_the_documents():
    page = (Path(__file__).parents[3] / "docs" / "engines.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(VllmSettings):
        assert f"`{PREFIX}{field.name.upper()}`" in page, field.name
    assert LOCAL in page
