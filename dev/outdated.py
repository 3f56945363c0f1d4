"""List the dependencies of zhyper, extras included, of which the package index has newer versions."""

import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def requirements() -> dict[str, Requirement]:
    """What pyproject.toml requires, extras and the build included, by name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    groups = [settings["build-system"]["requires"], project["dependencies"]]
    listed = [
        Requirement(text) for group in (*groups, *project["optional-dependencies"].values()) for text in group
    ]
    return {canonicalize_name(r.name): r for r in listed if r.name != project["name"]}


def main() -> None:
    """Ask pip about those packages and no others."""
    ours = requirements()
    here = {canonicalize_name(package.name) for package in metadata.distributions()}
    others = [word for name in sorted(here - set(ours)) for word in ("--exclude", name)]
    command = [sys.executable, "-m", "pip", "list", "--outdated", "--format", "json", *others]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(
            f"pip could not say what is outdated: {(done.stderr.strip().splitlines() or ['nothing'])[-1]}"
        )
    for package in (outdated := json.loads(done.stdout)):
        requirement = ours[canonicalize_name(package["name"])]
        fits = requirement.specifier.contains(package["latest_version"])
        print(
            f"{package['name']} {package['version']} → {package['latest_version']} "
            f"({'allowed by' if fits else 'NOT allowed by'} {requirement})"
        )
    absent = sorted(set(ours) - here)
    print(f"{len(outdated)} of {len(ours) - len(absent)} dependencies are outdated")
    if absent:
        print(f"not installed here, so not asked for: {', '.join(absent)}")


if __name__ == "__main__":
    main()
