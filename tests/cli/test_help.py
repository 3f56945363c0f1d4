"""The help of every verb shows how it is called, and what it shows can be called."""

import json
import shlex
import subprocess
import sys

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


def modules_after(code):
    """The top modules that a program has imported, those of Python included."""
    ends = f"import atexit, json, sys; atexit.register(lambda: print(json.dumps(list(sys.modules)))); {code}"
    done = subprocess.run([sys.executable, "-c", ends, "--help"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_imports_nothing_heavy():
    modules = modules_after("from zhyper.cli import main; main()")
    assert "zhyper.cli._doctor" in modules and "rich.table" in modules
    late = {"torch", "numpy", "transformers", "huggingface_hub", "psutil", "packaging", "filelock", "email"}
    assert not modules & {*late, "importlib.metadata", "rich.progress", "zhyper.weights"}


def test_importing_zhyper_imports_nothing_of_it():
    modules = modules_after("import zhyper")
    assert {name for name in modules if name.partition(".")[0] == "zhyper"} == {"zhyper"}
    assert not modules & {"torch", "typer", "rich", "numpy"}
