"""Tab completes verbs, options and verbs of groups, as the shells ask for them."""

import pytest
from typer.testing import CliRunner

from zhyper.cli import app

ASKED = [
    ("zhyper sw", ["sweep"]),
    ("zhyper adapt --ou", ["--out"]),
    ("zhyper data de", ["decontaminate", "describe"]),
    ("zhyper ask --no-such-option", []),
]


@pytest.mark.parametrize(("line", "completions"), ASKED)
def test_words_are_completed_in_bash(line, completions):
    asked = {
        "_ZHYPER_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    assert CliRunner().invoke(app, [], prog_name="zhyper", env=asked).stdout.split() == completions


def test_zsh_and_fish_get_the_help_too():
    asked = {"_TYPER_COMPLETE_ARGS": "zhyper sw"}
    for shell, more in {"zsh": {}, "fish": {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}}.items():
        env = {**asked, **more, "_ZHYPER_COMPLETE": f"complete_{shell}"}
        shown = CliRunner().invoke(app, [], prog_name="zhyper", env=env).stdout
        assert "sweep" in shown and "Train a recipe under varied settings" in shown and "adapt" not in shown
