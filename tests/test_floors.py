"""Imports go down only, rooms on a floor are blind to each other, and what is imported is required."""

import ast
import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SOURCE = Path(__file__).parents[1] / "src" / "zhyper"
FLOORS = [
    {"files", "base_config", "arguments", "hub"},
    {"spec", "weights"},
    {"sites", "modulation", "identity"},
    {"adapters", "hypernets", "encoders", "data", "distance"},
    {"model", "export", "checkpoint", "library", "answers", "describe", "bank"},
    {"publish"},
    {"text_to_adapter"},
    {"train", "evaluate", "serve", "official", "peft"},
    {"cli"},
]
FORBIDDEN = {
    "files": {"torch", "transformers", "numpy"},
    "spec": {"torch", "transformers", "numpy"},
    "sites": {"transformers"},
    "modulation": {"transformers"},
    "adapters": {"transformers", "peft"},
    "hypernets": {"transformers"},
    "data": {"transformers"},
}
BLIND = {
    "modulation": {"sites", "spec", "weights"},
    "sites": {"weights"},
    "hypernets": {"sites", "weights"},
    "model": {"adapters", "hypernets", "encoders", "data"},
    "export": {"hypernets", "encoders", "data"},
}

WEB = {"fastapi", "pydantic", "starlette", "uvicorn"}
SERVE = {
    "decoding": {"zhyper.serve.contexts", "zhyper.serve.http", *WEB},
    "contexts": {"zhyper.serve.http", *WEB},
    "http": {"zhyper.serve.vllm"},
    "vllm": {"zhyper.serve.http", "zhyper.serve.decoding"},
}
"""The rooms of `serve`, and what each may not import; of another room it sees what its `__init__` names."""

EXTRAS = {
    "bank": ["serve", "vllm", "postgres"],
    "data/_askx.py": ["data"],
    "data/_table_files.py": ["data"],
    "describe": ["data"],
    "evaluate": ["evaluate"],
    "serve/contexts": ["serve", "vllm"],
    "serve/http": ["serve"],
    "serve/vllm": ["vllm"],
    "train/_study.py": ["sweep"],
    "weights.py": ["quantise"],
}
"""Files and folders that need more than zhyper alone, and the extras each of which brings it."""
BROUGHT_BY_VLLM = {"fastapi", "starlette", "vllm"}
PACKAGES = {"faiss": "faiss-cpu", "pydantic_core": "pydantic", "sklearn": "scikit-learn", "yaml": "pyyaml"}
"""Modules that have another name than the package that is required for them."""
USED_OTHERWISE = {
    "tensorboard": "src/zhyper/train/_reporters.py",  # by torch.utils.tensorboard
    "psycopg": "src/zhyper/bank/_database.py",  # by SQLAlchemy, for postgresql+psycopg://
    "mkdocstrings-python": "zensical.toml",
    "zensical": "Makefile",
}


def imports(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module
            if node.module == "zhyper":
                yield from (f"zhyper.{alias.name}" for alias in node.names)


def rooms():
    for file in SOURCE.rglob("*.py"):
        room = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, file


def test_imports_go_down():
    floor = {room: level for level, names in enumerate(FLOORS) for room in names}
    for room, file in rooms():
        assert room in floor, f"{room} has no floor"
        for name in imports(file):
            parts = name.split(".")
            if parts[0] == "zhyper" and len(parts) > 1 and parts[1] != room:
                assert floor[parts[1]] < floor[room], f"{file.relative_to(SOURCE)} imports {name}"


def test_rooms_keep_out_what_they_must():
    for room, file in rooms():
        assert not {name.split(".")[0] for name in imports(file)} & FORBIDDEN.get(room, set()), file


def test_rooms_are_blind_to_what_they_need_not_know():
    for room, file in rooms():
        seen = {name.split(".")[1] for name in imports(file) if name.startswith("zhyper.")}
        assert not seen & BLIND.get(room, set()), file


def test_the_rooms_of_serve_import_one_way():
    assert {path.name for path in (SOURCE / "serve").iterdir() if path.is_dir()} - {"__pycache__"} == set(
        SERVE
    )
    assert {path.name for path in (SOURCE / "serve").glob("*.py")} == {"__init__.py"}
    for room, forbidden in SERVE.items():
        for file in (SOURCE / "serve" / room).rglob("*.py"):
            for name in imports(file):
                parts = name.split(".")
                prefixes = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
                assert not prefixes & forbidden, f"{file.relative_to(SOURCE)} imports {name}"
                private = len(parts) > 3 and parts[:2] == ["zhyper", "serve"] and parts[2] != room
                assert not private, f"{file.relative_to(SOURCE)} looks into {name}"


def test_torch_is_not_imported_by_settings_weights_and_cli():
    names = (
        "files.py",
        "weights.py",
        "identity.py",
        "hub.py",
        "cli/_app.py",
        "cli/_push.py",
        "cli/_data.py",
        "cli/_news.py",
    )
    for name in (*(SOURCE / "spec").glob("*.py"), *(SOURCE / name for name in names)):
        tree = ast.parse(name.read_text(encoding="utf-8"))
        top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        top |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
        assert not {n.split(".")[0] for n in top} & {"torch", "transformers"}, name


def test_the_drawing_in_the_documents_is_this_one():
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, drawing, *_ = page.split("## Floors")[1].split("```")
    assert [set(line.split()) for line in drawing.strip().splitlines()] == FLOORS[::-1]


def test_the_tree_in_the_documents_names_every_room():
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, tree, *_ = page.split("## The tree")[1].split("```")
    names = {word.strip("/").removesuffix(".py") for line in tree.splitlines() for word in line.split()[:1]}
    assert {room for room, _ in rooms()} <= names


def required():
    """The packages that zhyper requires, under "", and those of each extra, with what these take along."""
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}

    def names(extra):
        for requirement in map(Requirement, lists[extra]):
            if requirement.name == "zhyper":
                for other in requirement.extras:
                    yield from names(other)
            else:
                yield canonicalize_name(requirement.name)

    return {extra: set(names(extra)) for extra in lists}


def packages(file):
    """The packages that a file imports, or asks for by a name in quotes."""
    text = file.read_text(encoding="utf-8")
    named = re.findall(r'\b(?:extra|import_module|find_spec)\("([\w.]+)"\)', text)
    tops = {name.split(".")[0] for name in (*imports(file), *named)}
    return {canonicalize_name(PACKAGES.get(top, top)) for top in tops - sys.stdlib_module_names - {"zhyper"}}


def test_what_a_file_imports_is_required_by_zhyper_or_by_each_extra_that_it_belongs_to():
    brought = required()
    for file in SOURCE.rglob("*.py"):
        name = file.relative_to(SOURCE).as_posix()
        extras = [extra for place, extras in EXTRAS.items() if name.startswith(place) for extra in extras]
        for extra in extras or [""]:
            known = brought[""] | brought[extra] | (BROUGHT_BY_VLLM if extra == "vllm" else set())
            assert packages(file) <= known, f"{name} imports {packages(file) - known}, not in '{extra}'"


def test_all_that_is_required_is_used():
    used = set().union(*map(packages, SOURCE.rglob("*.py")))
    asked = set().union(*(names for extra, names in required().items() if extra != "dev"))
    for name, file in USED_OTHERWISE.items():
        assert name.split("-")[0] in (SOURCE.parents[1] / file).read_text(encoding="utf-8")
    assert asked - used == set(USED_OTHERWISE)


def test_the_page_of_licences_names_all_that_is_required():
    page = (SOURCE.parents[1] / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"zhyper": project["dependencies"], **project["optional-dependencies"]}
    asked = {
        (canonicalize_name(requirement.name), extra)
        for extra in lists.keys() - {"dev"}
        for requirement in map(Requirement, lists[extra])
    }
    assert {(name, by) for name, _, all_by in rows for by in all_by.split(", ")} == {
        pair for pair in asked if pair[0] != "zhyper"
    }
    assert all(licence for _, licence, _ in rows)
