"""A real vLLM server with the plugin, in an environment of its own; its answers are those of PEFT.

The base is never asked beside adapters: vLLM's kernels for CPUs mix them.
"""

import asyncio
import json
import os
from pathlib import Path

import httpx
import pytest
from _vllm import PYTHON, TIE, Reference, VllmServer, ask

from zhyper.text_to_adapter import TextToAdapter

pytestmark = pytest.mark.skipif(
    PYTHON not in os.environ, reason=f"{PYTHON} names no Python of an environment with vLLM and zhyper"
)
PROMPTS = int(os.environ.get("ZHYPER_VLLM_PROMPTS", "2"))
"""Asked under each description."""
MOST = 10
"""Adapters in the store."""
TOKENS = 6
WORDS = ("elephant", "France", "hot", "go", "house", "happy", "seven", "Paris", "light", "bicycle")
TEXTS = tuple(f"Say the word {word!r} in your answer." for word in (*WORDS, *"abcdefghij"))
"""Twice as many as the store holds."""


@pytest.fixture(scope="module")
def machine():
    return TextToAdapter.load()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vllm")
    (folder / "policy.toml").write_text('refuse = ["password"]\n')
    settings = {
        "STORE": folder / "store",
        "BANK": folder / "bank",
        "ADAPTERS": MOST,
        "POLICY": folder / "policy.toml",
    }
    variables = {f"ZHYPER_VLLM_{name}": str(value) for name, value in settings.items()}
    with VllmServer(os.environ[PYTHON], folder / "vllm.log", variables, ("--max-cpu-loras", "8")) as made:
        yield made


@pytest.fixture(scope="module")
def reference(machine):
    return Reference(machine)


def ask_all(server, pairs, clients=16):
    """The tokens of prompt and answer of each model and prompt, so many at once."""

    async def all():
        turn = asyncio.Semaphore(clients)
        async with httpx.AsyncClient(base_url=server.url, timeout=None) as client:

            async def one(model, prompt):
                async with turn:
                    return await ask(client, model, prompt, TOKENS)

            return await asyncio.gather(*(one(*pair) for pair in pairs))

    return asyncio.run(all())


def post(server, status, **body):
    body = {"messages": [{"role": "user", "content": "elephant"}], "max_tokens": 4, "temperature": 0} | body
    response = httpx.post(f"{server.url}/v1/chat/completions", json=body, timeout=None)
    assert response.status_code == status, response.text
    return response


def store(server):
    return Path(server.variables["ZHYPER_VLLM_STORE"]) / "0"


def assert_right(machine, reference, tmp_path, asked):
    """Each answer is the greedy one under the adapter that zhyper exports, but for ties."""
    differ = set()
    for text, answers in asked.items():
        folder = machine.adapter(text).save(tmp_path / machine.address(text)[:12])
        reference.put(folder)
        for prompt, (prompt_ids, answer_ids) in answers:
            assert len(answer_ids) <= TOKENS
            assert reference.gap(prompt, prompt_ids, answer_ids) < TIE, (text, prompt)
            differ.add((prompt, tuple(answer_ids)))
    return differ


def grouped(pairs, answers):
    """Answers by their description."""
    groups = {}
    for (model, prompt), answer in zip(pairs, answers, strict=True):
        groups.setdefault(model.removeprefix("zhyper/"), []).append((prompt, answer))
    return groups


@pytest.mark.engine("vllm", "answers")
@pytest.mark.engine("vllm", "description")
@pytest.mark.engine("vllm", "loads")
@pytest.mark.engine("vllm", "batch")
def test_16_at_once_under_16_descriptions_and_an_adapter_goes_when_the_store_is_full(
    server, machine, reference, tmp_path
):
    """With `--max-loras 8` two waves; the store has room for ten, so that some go while others are asked."""
    pairs = [(f"zhyper/{text}", WORDS[n]) for text in TEXTS[:16] for n in range(PROMPTS)]
    answers = ask_all(server, pairs)
    differ = assert_right(machine, reference, tmp_path, grouped(pairs, answers))
    assert len(differ) > len(WORDS[:PROMPTS]), "the descriptions change nothing"
    assert len(list(store(server).iterdir())) <= MOST


def test_eviction_under_load(server, machine, reference, tmp_path):
    pairs = [(f"zhyper/{text}", WORDS[n]) for n in range(2) for text in TEXTS]
    answers = ask_all(server, pairs, clients=6)
    assert_right(machine, reference, tmp_path, grouped(pairs, answers))
    kept = {path.name for path in store(server).iterdir()}
    assert len(kept) <= MOST < len(TEXTS)
    assert kept <= {machine.address(text) for text in TEXTS}
    listed = httpx.get(f"{server.url}/v1/models", timeout=None).json()["data"]
    assert sum(model["id"].startswith("zhyper/") for model in listed) <= MOST


@pytest.mark.engine("vllm", "contexts")
@pytest.mark.engine("vllm", "strength")
@pytest.mark.engine("vllm", "mixture")
def test_strengths_mixtures_and_contexts_of_the_bank(server, machine, reference, tmp_path):
    body = {"description": "Say it in French.", "name": "french"}
    kept = httpx.post(f"{server.url}/v1/contexts", json=body, timeout=None)
    assert kept.status_code == 201, kept.text
    id = kept.json()["id"]
    adapters = {
        "0.5 × \"Say the word 'go' in your answer.\"": ({"Say the word 'go' in your answer.": 1.0}, 0.5),
        '0.7 × "french" + 0.3 × "Answer with one word."': (
            {"Say it in French.": 0.7, "Answer with one word.": 0.3},
            1.0,
        ),
        "french": ({"Say it in French.": 1.0}, 1.0),
        id: ({"Say it in French.": 1.0}, 1.0),
    }
    pairs = [(f"zhyper/{name}", prompt) for name in adapters for prompt in WORDS[:PROMPTS]]
    groups = grouped(pairs, ask_all(server, pairs))
    for place, (name, (parts, strength)) in enumerate(adapters.items()):
        reference.put(machine.adapter(parts, strength).save(tmp_path / str(place)))
        for prompt, answer in groups[name]:
            assert reference.gap(prompt, *answer) < TIE, name
    assert httpx.delete(f"{server.url}/v1/contexts/{id}", timeout=None).status_code == 204
    assert "there is no context" in post(server, 404, model=f"zhyper/{id}").json()["error"]["message"]


@pytest.mark.parametrize(
    ("model", "status", "sentence"),
    [
        ("zhyper/", 400, "the description is empty"),
        ("zhyper/" + "x" * 5000, 400, "5,000 characters"),
        ('zhyper/0.5 × "A" + B', 400, "quotation marks"),
        ("zhyper/Tell me your password.", 403, "this server refuses"),
        ("zhyper/" + "0" * 64, 404, "there is no context"),
        ("nothing", 404, "does not exist"),
    ],
)
def test_refusals_are_sentences(server, model, status, sentence):
    assert sentence in post(server, status, model=model).json()["error"]["message"]


@pytest.mark.engine("vllm", "streams")
def test_a_stream_says_what_the_whole_answer_says(server):
    model = f"zhyper/{TEXTS[0]}"
    whole = post(server, 200, model=model).json()
    assert whole["model"] == model
    lines = post(server, 200, model=model, stream=True).text.splitlines()
    pieces = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    text = "".join(piece["choices"][0]["delta"].get("content") or "" for piece in pieces)
    assert text == whole["choices"][0]["message"]["content"]


def test_a_client_that_hangs_up_costs_nobody_an_answer(server, machine, reference, tmp_path):
    async def hang_up():
        async with httpx.AsyncClient(base_url=server.url, timeout=0.5) as client:
            body = {
                "model": f"zhyper/{TEXTS[1]}",
                "messages": [{"role": "user", "content": "go"}],
                "max_tokens": 400,
                "ignore_eos": True,
            }
            with pytest.raises(httpx.TimeoutException):
                await client.post("/v1/chat/completions", json=body)

    asyncio.run(hang_up())
    pairs = [(f"zhyper/{text}", WORDS[0]) for text in TEXTS]  # all others, so that its adapter goes
    assert_right(machine, reference, tmp_path, grouped(pairs, ask_all(server, pairs, clients=6)))


def test_the_log_says_that_base_and_adapters_mix(server):
    log = server.log.read_text()
    assert log.count("gives requests to the base the adapter of another request") == 1
    assert log.count("zhyper is ready") == 1  # loaded once, in one process


def test_a_server_that_was_killed_starts_again_with_its_adapters(server, machine, reference, tmp_path):
    pairs = [(f"zhyper/{text}", WORDS[0]) for text in TEXTS[:3]]
    ask_all(server, pairs)
    made = {path.name: path.stat().st_mtime_ns for path in store(server).iterdir()}
    server.kill()
    (store(server) / ".half-made").mkdir()
    server.start()
    answers = ask_all(server, pairs)
    assert_right(machine, reference, tmp_path, grouped(pairs, answers))
    assert {path.name: path.stat().st_mtime_ns for path in store(server).iterdir()} == made
