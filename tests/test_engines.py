"""What the documents say of engines: their table has tests, and what they send is what engines document."""

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

PAGE = (Path(__file__).parents[1] / "docs" / "engines.md").read_text(encoding="utf-8")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SglangLoad(Strict):
    """SGLang's `LoadLoRAAdapterReqInput` (managers/io_struct.py), without what it fills in itself."""

    lora_name: str
    lora_path: str
    pinned: bool = False


class SglangUnload(Strict):
    """Its `UnloadLoRAAdapterReqInput`."""

    lora_name: str


class Message(Strict):
    role: Literal["system", "user", "assistant"]
    content: str


class Chat(Strict):
    """Of OpenAI's chat completions, which SGLang speaks, the fields that matter here."""

    model: str
    messages: list[Message]
    temperature: float = 1.0
    max_tokens: int | None = None


class LoraxParameters(Strict):
    """`GenerateParameters` of LoRAX's OpenAPI document (docs/reference/openapi.json), in part."""

    adapter_id: str | None = None
    adapter_source: Literal["hub", "local", "s3", "pbase"] | None = None
    max_new_tokens: int | None = None
    do_sample: bool = False
    temperature: float | None = None
    apply_chat_template: bool = False


class LoraxGenerate(Strict):
    """Its `GenerateRequest`."""

    inputs: str
    parameters: LoraxParameters


ANSWERS = {
    "/load_lora_adapter": (SglangLoad, {"success": True, "error_message": "", "loaded_adapters": {}}),
    "/unload_lora_adapter": (SglangUnload, {"success": True, "error_message": "", "loaded_adapters": {}}),
    "/v1/chat/completions": (Chat, {"choices": [{"message": {"role": "assistant", "content": "Là."}}]}),
    "/generate": (LoraxGenerate, {"generated_text": "Là."}),
}


@pytest.fixture
def engine():
    """The address of a server that takes what engines document, and what came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 - the standard library's name
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            shape, answer = ANSWERS[self.path]
            came.append((self.path, shape.model_validate(body)))
            sent = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", came
        server.shutdown()
        thread.join()


def run(section, url, tmp_path, monkeypatch):
    """Run the Python of a section of the page with its engine at another address; its names."""
    (code,) = re.findall(
        r"```python\n(.*?)```", PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0], flags=re.DOTALL
    )
    code, count = re.subn(r"http://127\.0\.0\.1:\d+", url, code)
    assert count == 1
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "docs/engines.md", "exec"), names)
    for client in ("sglang", "lorax"):
        if client in names:
            names[client].close()
    return names


@pytest.mark.engine("sglang", "loads")
def test_sglang_gets_a_folder_and_a_chat_under_its_name(engine, tmp_path, monkeypatch, capsys):
    url, came = engine
    names = run("SGLang", url, tmp_path, monkeypatch)
    assert [path for path, _ in came] == [
        "/load_lora_adapter",
        "/v1/chat/completions",
        "/unload_lora_adapter",
    ]
    (_, load), (_, chat), (_, unload) = came
    config = json.loads((Path(load.lora_path) / "adapter_config.json").read_text())
    assert Path(load.lora_path).is_absolute() and config["peft_type"] == "LORA"
    base, _, adapter = chat.model.partition(":")
    assert base == "smollm2-135m" and adapter == load.lora_name == unload.lora_name == names["name"]
    options = re.search(r"--lora-target-modules ([\w ]+)", PAGE)[1].split()
    assert options == config["target_modules"] and f"--max-lora-rank {config['r']} " in PAGE
    assert capsys.readouterr().out == "Là.\n"


@pytest.mark.engine("lorax", "loads")
def test_lorax_gets_the_prompt_that_zhyper_makes_and_a_local_folder(engine, tmp_path, monkeypatch, capsys):
    from zhyper.data import prompt_tokens

    url, came = engine
    names = run("LoRAX", url, tmp_path, monkeypatch)
    ((path, request),) = came
    assert path == "/generate"
    assert request.parameters.adapter_source == "local"
    assert Path(request.parameters.adapter_id).name == names["folder"].name
    machine = names["machine"]
    expected = prompt_tokens(machine.tokenizer, names["chat"], machine.spec.chat_template)
    assert machine.tokenizer(request.inputs, add_special_tokens=False)["input_ids"] == expected
    assert capsys.readouterr().out == "Là.\n"


SCRIPT = Path(__file__).parents[1] / "dev" / "generate_engines.py"


def python(*arguments, cwd=None):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


def test_every_cell_of_the_table_that_says_yes_has_a_test():
    done = python(str(SCRIPT), "--check")
    assert done.returncode == 0, done.stdout + done.stderr


MAIN = """
import sys
from pathlib import Path
sys.path.insert(0, {script!r})
import generate_engines
generate_engines.ROOT, generate_engines.PAGE = Path(), Path("page.md")
generate_engines.main()
"""
MARKED = """
import pytest
import generate_engines as table

def marked(engine):
    return lambda test: [pytest.mark.engine(*cell)(test) for cell in table.TESTED if cell[0] == engine][0]

@marked("zhyper")
@marked("sglang")
@marked("lorax")
@marked("llama.cpp")
@marked("peft")
def test_passes():
    pass

@marked("vllm")
@pytest.mark.parametrize("skipped", [False, True])
def test_is_skipped_in_part(skipped):
    if skipped:
        pytest.skip("there is no | vLLM")

def test_without_a_mark():
    raise AssertionError
"""


@pytest.fixture
def project(tmp_path):
    """A page without a table and marked tests, and what runs the script there."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(f"# pytest.mark.engine(\n{MARKED}")
    (tmp_path / "page.md").write_text(
        "before\n<!-- dev/generate_engines.py writes this table -->\nold\n<!-- end of the table -->\nafter\n"
    )
    return tmp_path, lambda: python("-c", MAIN.format(script=str(SCRIPT.parent)), cwd=tmp_path)


def test_the_table_says_what_became_of_the_tests(project):
    folder, write = project
    done = write()
    assert done.returncode == 0, done.stdout + done.stderr
    before, *rows, after = (folder / "page.md").read_text().splitlines()
    assert (before, after) == ("before", "after") and "old" not in rows
    answers = next(row for row in rows if row.startswith("| answers"))
    _, zhyper, vllm, sglang, *_ = (cell.strip() for cell in answers.strip("|").split(" | "))
    assert (zhyper, vllm, sglang) == ("yes", "not run: there is no \\| vLLM", "not tried")


@pytest.mark.parametrize(
    ("line", "other", "said"),
    [
        ("    pass\n", "    raise ValueError\n", "test_passes"),
        ('@marked("peft")\n', "", "('peft', 'answers')"),
    ],
)
def test_where_a_test_fails_or_lacks_the_page_stays_as_it_is(project, line, other, said):
    folder, write = project
    tests, page = folder / "tests" / "test_it.py", (folder / "page.md").read_text()
    tests.write_text(tests.read_text().replace(line, other))
    done = write()
    assert done.returncode == 1, done.stdout
    assert said in done.stderr
    assert (folder / "page.md").read_text() == page
