"""The verbs on kept contexts."""

import asyncio
import contextlib
import json

import pytest
from typer.testing import CliRunner

import banks
import serving
from zhyper.bank import Bank
from zhyper.cli import app
from zhyper.serve import ContextQuery


def run(*words):
    return CliRunner().invoke(app, ["bank", *map(str, words)])


@pytest.fixture
def folder(tmp_path):
    """A bank of five contexts, two of which are deleted."""
    with serving.server(tmp_path, url=f"sqlite:///{tmp_path / 'bank' / 'contexts.db'}") as parts:
        parts.engine.start()

        async def fill():
            for i in range(5):
                await parts.contexts.create(ContextQuery(text=f"number {i}"), "ann", name=f"n{i}")
            for i in (1, 3):
                assert parts.catalogue.delete(parts.machine.address(f"number {i}"), "ann")

        asyncio.run(fill())
    return tmp_path / "bank"


def test_info_verify_and_compact(folder):
    said = json.loads(run("info", folder, "--json").stdout)
    assert said["contexts"] == 5 and said["kept by somebody"] == 3 and said["bytes"] > 0
    assert run("verify", folder).exit_code == 0
    assert json.loads(run("compact", folder, "--json").stdout) == {"before": 5, "after": 3}
    assert json.loads(run("info", folder, "--json").stdout)["contexts"] == 3
    assert "3 contexts before, 3 now" in run("compact", folder).stdout
    with serving.server(folder.parent, url=f"sqlite:///{folder / 'contexts.db'}") as parts:
        parts.engine.start()
        held = asyncio.run(parts.contexts.resolve(ContextQuery(name="n4"), "ann"))
        assert (held.modulation.pack() == parts.machine.modulation(["number 4"]).pack()).all()


def test_damage_is_found_and_named(folder):
    with contextlib.closing(Bank.existing(folder)) as bank:
        address = bank.address(0)
    banks.damage(folder, "context", 0)
    result = run("verify", folder, "--json")
    assert result.exit_code == 1 and json.loads(result.stdout)["damaged"] == [address]
    assert json.loads(run("compact", folder, "--json").stdout)["after"] == 2


def test_what_is_no_bank_is_a_sentence(tmp_path, folder):
    assert "holds no bank of contexts" in str(run("info", tmp_path / "nothing").exception)
    (folder / "contexts.db").unlink()
    assert "holds no contexts.db" in str(run("compact", folder).exception)
