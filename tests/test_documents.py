"""What the documents show is true: Python blocks run, commands exist, and the help is the program's own."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from zhyper.cli import app
from zhyper.data import parse_source
from zhyper.spec import load_recipe

ROOT = Path(__file__).parents[1]
README, START, PYTHON = "README.md", "docs/start.md", "docs/python.md"
PAGES = (README, *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))


def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(language, *pages):
    shown = "".join(text(page) for page in pages)
    return re.findall(rf"^```{language}\n(.*?)^```", shown, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("code", blocks("python", README, START, PYTHON))
def test_python_blocks_run(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "a block of the documents", "exec"), {})


@pytest.mark.parametrize("block", blocks("toml", "docs/data.md"))
def test_recipes_are_recipes(block, tmp_path):
    (tmp_path / "recipe.toml").write_text(block, encoding="utf-8")
    training = load_recipe(tmp_path / "recipe.toml").training
    assert [parse_source(source).kind for source in training.data] == ["table", "steering"]


PROMPTS = (
    *("Why do owls hoot?", "France", "house", "What is a good breakfast?", "Why do cats purr?", "hot"),
    *("How do I boil an egg?", "Tell me a joke.", "elephant", "Who are you?", "Write a short poem.", "2 + 2"),
)


def test_the_exported_folder_answers_as_zhyper_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = [code for code in blocks("python", START) if "AutoPeftModelForCausalLM" in code]
    names = {}
    exec(compile(code, START, "exec"), names)
    machine = names["TextToAdapter"].load()
    ours = machine.generate(PROMPTS, ["Talk like a pirate."] * len(PROMPTS), max_new_tokens=48, strength=0.8)
    assert [names["ask"](prompt).strip() for prompt in PROMPTS] == ours
    assert names["answer"].strip() == ours[0]


def test_commands_exist():
    groups = {group.typer_instance.info.name: group.typer_instance for group in app.registered_groups}
    verbs = {(command.name or command.callback.__name__,) for command in app.registered_commands}
    verbs |= {
        (name, command.name or command.callback.__name__)
        for name, group in groups.items()
        for command in group.registered_commands
    }
    lines = [line for block in blocks("bash", *PAGES) for line in block.replace("\\\n", " ").splitlines()]
    shown = [shlex.split(line, comments=True) for line in lines if re.match("zhyper [a-z]", line)]
    assert {tuple(words[1:3] if words[1] in groups else words[1:2]) for words in shown} == verbs
    for words in shown:
        verb = words[1:3] if words[1] in groups else words[1:2]
        help_text = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
        for word in words:
            if word.startswith("--"):
                assert word in help_text, words


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", text(README), flags=re.MULTILINE))
def test_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize(("script", "page"), [("cli", "cli"), ("methods", "methods"), ("scale", "training")])
def test_generated_pages_are_up_to_date(script, page):
    generated = subprocess.run(
        [sys.executable, str(ROOT / "dev" / f"generate_{script}.py"), "--print"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") == generated.stdout


@pytest.mark.parametrize("page", (*PAGES, "CONTRIBUTING.md", "CODE_OF_CONDUCT.md"))
def test_links_within_the_repository_lead_somewhere(page):
    """Those between the pages of the site, with their anchors, are checked by `make site`."""
    links = re.findall(
        r"\]\((?!https?:)([^)#]+)[^)]*\)", re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    )
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_forms_of_issues_are_forms(name):
    form = yaml.safe_load(text(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert {"name", "description", "body"} <= set(form)
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked) > 3
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_every_page_is_on_the_site():
    named = re.findall(r'"(\w+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8"))
    assert sorted(f"docs/{name}" for name in named) == sorted(PAGES[1:])
