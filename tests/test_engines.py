"""What the documents send to engines that are not run here is what those engines document."""

import json
import re
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
