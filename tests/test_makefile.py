"""Targets of the Makefile: what `help` lists, which tests `quick` runs, what `outdated` asks."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def quick(*words, folder=ROOT):
    done = subprocess.run(
        [sys.executable, str(folder / "dev" / "quick.py"), *words], capture_output=True, text=True, cwd=folder
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("words", [(), ("help",)])
def test_help_says_what_each_target_does(words):
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", *words], cwd=ROOT, env=alone, capture_output=True, text=True, check=True)
    said = dict(line.split(maxsplit=2)[1:] for line in done.stdout.splitlines())
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
    assert list(said) == targets
    assert all(len(sentence) > 15 for sentence in said.values())
    assert len(set(said.values())) == len(targets)


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("src/zhyper/hub.py", ["tests/test_floors.py"]),
        ("src/zhyper/files.py", ["tests/test_files.py", "tests/test_floors.py"]),
        ("src/zhyper/bank/_store.py", ["tests/bank/test_store.py", "tests/test_floors.py"]),
        ("src/zhyper/bank/_entry.py", ["tests/bank", "tests/test_floors.py"]),
        ("src/zhyper/serve/http/page/main.js", ["tests/serve/http"]),
        ("src/zhyper/export/_gguf.py", ["tests/test_export.py", "tests/test_floors.py"]),
        ("src/zhyper/bank/migrations/env.py", ["tests/bank", "tests/test_floors.py"]),
        ("tests/test_files.py", ["tests/test_files.py"]),
        ("docs/start.md", ["tests/test_documents.py"]),
        ("pyproject.toml", ["tests/test_packaging.py"]),
    ],
)
def test_quick_runs_the_tests_closest_to_a_file(file, tests):
    assert (ROOT / file).is_file()
    code, said = quick("--list", file)
    lines = [line for line in said.splitlines() if line.startswith("tests/")]
    assert (code, lines) == (0, tests)
    assert all((ROOT / test).exists() for test in tests)


def test_quick_says_which_files_have_no_tests():
    assert quick("--list", "LICENSE") == (0, "no test is called after LICENSE; 'make test' runs all\n\n")


@pytest.fixture
def repository(tmp_path):
    """A small repository with one room, whose test passes, and `dev/quick.py`."""
    for name, text in {
        "src/zhyper/room.py": "",
        "tests/test_room.py": "def test_it():\n    assert True\n",
        "tests/test_floors.py": "def test_it():\n    assert True\n",
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-q --import-mode=importlib'\n",
        ".gitignore": "__pycache__/\n.pytest_cache/\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    shutil.copytree(ROOT / "dev", tmp_path / "dev", ignore=shutil.ignore_patterns("*.json", "*.md"))
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": os.devnull}
    names |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, env={**os.environ, **names}, check=True)
    return tmp_path


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_quick_runs_what_differs_and_fails_as_it_does(repository):
    code, said = quick(folder=repository)
    assert code == 0 and said.startswith("nothing differs from the last commit")
    (repository / "src" / "zhyper" / "room.py").write_text("x = 1\n")
    code, said = quick(folder=repository)
    assert code == 0 and "2 passed" in said and "tests/test_room.py" in said
    (repository / "tests" / "test_new.py").write_text("def test_it():\n    assert False\n")
    code, said = quick(folder=repository)
    assert code == 1 and "1 failed, 2 passed" in said


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_quick_says_what_it_did_not_run(repository):
    script = repository / "dev" / "quick.py"
    script.write_text(script.read_text().replace("SECONDS = 60", "SECONDS = 0"))
    (repository / "tests" / "test_room.py").write_text(
        "def test_one():\n    assert True\ndef test_two():\n    assert False\n"
    )
    code, said = quick("tests/test_room.py", folder=repository)
    assert code == 0 and "1 tests were not run" in said, said
    (repository / "tests" / "test_room.py").write_text(
        "def test_one():\n    assert False\ndef test_two():\n    assert True\n"
    )
    assert quick("tests/test_room.py", folder=repository)[0] == 1


def test_outdated_asks_about_our_dependencies_alone(tmp_path, monkeypatch):
    """A pip that writes down its words stands in for the real one, which would ask the package index."""
    stand_in = tmp_path / "pip.py"
    newer = [{"name": "torch", "version": "2.13.0", "latest_version": "2.99.0"}]
    stand_in.write_text(
        f"import json, sys\nopen({str(tmp_path / 'words')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        f"print({json.dumps(newer)!r})\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "dev" / "outdated.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "torch 2.13.0 → 2.99.0 (allowed by torch>=2.6)" in done.stdout
    words = json.loads((tmp_path / "words").read_text())
    excluded = {word for word in words if word not in ("list", "--outdated", "--format", "json", "--exclude")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = {re.match(r"[\w.-]+", text)[0].lower() for text in project["dependencies"]}
    assert "pip" in excluded and "urllib3" in excluded and not excluded & ours
