"""Checkpoints on disk, and evaluations of them."""

from typer.testing import CliRunner

from conftest import byte_tokenizer, fill, tiny_base
from zhyper.cli import app
from zhyper.evaluate._protocols import Evaluation
from zhyper.evaluate._store import Store
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

COUNTRIES = ("Spain", "Peru", "Chad")


def asks(machine, suite, groups, **settings):
    return Evaluation(machine=machine, method="m", suite=suite, groups=groups, store=Store(), **settings)


def checkpoint(tmp_path, name, method="zhyper-diag"):
    """A checkpoint around a base in a folder."""
    if not (tmp_path / "base").is_dir():
        tiny_base().save_pretrained(tmp_path / "base")
        byte_tokenizer().save_pretrained(tmp_path / "base")
    spec = GeneratorSpec(
        base=str(tmp_path / "base"),
        encoder="last-token",
        projections=("q_proj", "v_proj"),
        rank=4,
        adapter=method,
    )
    machine = TextToAdapter.untrained(spec)
    fill(machine)
    machine.save(
        tmp_path / name,
        {
            "tasks": ["askx/asklatinamerica"],
            "selection": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}],
        },
    )
    return f"{name}={tmp_path / name}"


def run(*words, code=0):
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result
