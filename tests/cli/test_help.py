"""The help of every verb shows how it is called, and what it shows can be called."""

import shlex

import pytest
import typer
from typer.testing import CliRunner

from zhyper.cli import app


def verbs(command, words=()):
    """The words and the command of every verb, those of groups included."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from verbs(inner, (*words, name))
    if not hasattr(command, "commands"):
        yield words, command


VERBS = dict(verbs(typer.main.get_command(app)))


def examples(verb):
    lines = [line.strip() for line in VERBS[verb].help.splitlines()]
    return [part for line in lines if line.startswith("zhyper ") for part in line.split("; ")]


def test_all_verbs_are_asked():
    assert {("ask",), ("doctor",), ("data", "build"), ("keys", "list"), ("import", "text-to-lora")} < set(
        VERBS
    )
    assert len(VERBS) > 20


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_shows_an_example(verb):
    shown = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    own = [example for example in examples(verb) if example.split()[1:][: len(verb)] == list(verb)]
    assert own, f"no line of the help of {' '.join(verb)} begins with 'zhyper {' '.join(verb)}'"
    for example in own:
        assert example in " ".join(shown.split())


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_examples_can_be_called(verb):
    """Every word is an option or argument that the verb takes, and none that it needs is missing."""
    for example in examples(verb):
        words = shlex.split(example)[1:]
        (called,) = [other for other in VERBS if tuple(words[: len(other)]) == other]
        VERBS[called].make_context("zhyper", words[len(called) :])


def test_an_example_with_an_option_that_is_not_there_would_be_found():
    with pytest.raises(Exception, match="No such option"):
        VERBS["ask",].make_context("zhyper", ["elephant", "--description", "What is the plural?"])
    with pytest.raises(Exception, match="Missing parameter: out"):
        VERBS["adapt",].make_context("zhyper", ["Talk like a pirate."])
