"""Wheel and source distribution: all files are in them, and whoever builds them gets the same bytes."""

import configparser
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import zhyper

ROOT = Path(__file__).parents[1]
SMOKE = "ZHYPER_SMOKE_WHEEL"
pytestmark = [
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no repository, and git lists its files"),
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed"),
]


def files(under="."):
    """Files of the repository, and those that git does not know yet, but does not ignore."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", under]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(name for name in listed if (ROOT / name).is_file())


def build(folder, out):
    """The sdist and the wheel of a source folder."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.tar.gz")), next(out.glob("*.whl"))


def copy(folder, age):
    """The repository's files in a folder, as old as said."""
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
        os.utime(folder / name, (age, age))
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("packaging")
    return build(copy(scratch / "here", 1_600_000_000), scratch / "out")


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_wheel_holds_all_files_of_the_package_and_no_others(built):
    with zipfile.ZipFile(built[1]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        about = [name for name in wheel.namelist() if ".dist-info/" in name]
        assert sorted(names) == sorted(name.removeprefix("src/") for name in files("src/zhyper"))
        settings = configparser.ConfigParser()
        settings.read_string(wheel.read(next(n for n in about if n.endswith("entry_points.txt"))).decode())
        for name in ("weights.safetensors", "contexts.safetensors", "checkpoint.json"):
            inside, here = f"zhyper/checkpoints/default/{name}", f"src/zhyper/checkpoints/default/{name}"
            assert wheel.read(inside) == (ROOT / here).read_bytes()
    assert settings["console_scripts"]["zhyper"] == "zhyper.cli:main"
    assert any(name.endswith("licenses/LICENSE") for name in about)
    for name in ("py.typed", "recipes/default.toml", "bases/smollm2-135m.json", "serve/http/page/index.html"):
        assert f"zhyper/{name}" in names
    assert sum(name.startswith("zhyper/data/steering/wordings/") for name in names) > 20


def test_two_builds_are_the_same_bytes(built, tmp_path):
    again = build(copy(tmp_path / "elsewhere", 1_650_000_000), tmp_path / "out")
    assert [digest(file) for file in again] == [digest(file) for file in built]


def test_the_wheel_of_a_source_distribution_is_the_wheel(built, tmp_path):
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    inside = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert inside - {"PKG-INFO"} == set(files())
    assert digest(build(folder, tmp_path / "out")[1]) == digest(built[1])


def test_versions_agree(built):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["version"] == zhyper.__version__
    assert built[1].name == f"zhyper-{zhyper.__version__}-py3-none-any.whl"
    headings = re.findall(
        r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert zhyper.__version__ in headings and len(set(headings)) == len(headings)


@pytest.mark.skipif(not os.environ.get(SMOKE), reason=f"{SMOKE} is not set; it installs 1.6 GB")
def test_a_wheel_works_in_an_environment_of_its_own():
    """With PACKAGES, a folder of site-packages, it takes what zhyper requires from there."""
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", str(ROOT / "dev" / "smoke_wheel.sh")], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("the wheel works\n")
