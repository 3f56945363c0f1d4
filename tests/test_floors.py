"""Imports go down only, and rooms on a floor are blind to each other."""

import ast
from pathlib import Path

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
