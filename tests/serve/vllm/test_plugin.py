"""The boundary to vLLM, of which only the four names that the plugin imports are stood in for."""

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import httpx
import pytest
import torch
from fastapi import FastAPI, HTTPException, Request

from zhyper.bank import CatalogueUnavailable
from zhyper.serve.contexts import NotFound, Refused
from zhyper.serve.vllm import _plugin, endpoints, register
from zhyper.serve.vllm._adapter_store import StoreFull
from zhyper.serve.vllm._adapters import LoadFailed


@dataclass
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str


class Registered(dict):
    """vLLM's registry of resolvers."""

    get_supported_resolvers = dict.keys

    def register_resolver(self, name, resolver):
        self[name] = resolver


def kernel(right):
    """A kernel for CPUs: a row without an adapter has the index -1, which an index takes for the last."""

    def bgmv_expand(inputs, weights, output, indices, add_inputs=True):
        rows = torch.einsum("bi,boi->bo", inputs, weights[indices])
        output += rows * (indices >= 0)[:, None] if right else rows

    return bgmv_expand


@pytest.fixture
def vllm(monkeypatch, checkpoint, tmp_path):
    """The names of vLLM that the plugin imports."""
    modules = {
        "vllm": {},
        "vllm.lora": {},
        "vllm.lora.resolver": {"LoRAResolver": object, "LoRAResolverRegistry": Registered()},
        "vllm.lora.request": {"LoRARequest": LoRARequest},
        "vllm.lora.ops": {},
        "vllm.lora.ops.torch_ops": {"bgmv_expand": kernel(right=False)},
        "vllm.platforms": {"current_platform": SimpleNamespace(is_cpu=lambda: True)},
    }
    for name, values in modules.items():
        module = ModuleType(name)
        module.__dict__.update(values)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.32.0")
    monkeypatch.setenv("ZHYPER_VLLM_CHECKPOINT", checkpoint)
    monkeypatch.setenv("ZHYPER_VLLM_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("ZHYPER_VLLM_BANK", str(tmp_path / "bank"))
    for cached in (_plugin._settings, _plugin._registry, _plugin._adapters):
        cached.cache_clear()
    parent = logging.getLogger("zhyper").parent
    yield SimpleNamespace(**{name.rpartition(".")[2]: sys.modules[name] for name in modules})
    logging.getLogger("zhyper").parent = parent
    if _plugin._adapters.cache_info().currsize:
        _plugin._adapters().close()
    for cached in (_plugin._settings, _plugin._registry, _plugin._adapters):
        cached.cache_clear()


@pytest.fixture
def resolver(vllm):
    register()
    return vllm.resolver.LoRAResolverRegistry["zhyper"]


def test_a_description_becomes_a_request_for_its_folder(resolver, base):
    request = asyncio.run(resolver.resolve_lora(base, "zhyper/Answer in French."))
    assert request.lora_name == "zhyper/Answer in French."
    config = json.loads((Path(request.lora_path) / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA"


def test_names_without_the_prefix_are_left_to_others_and_load_nothing(resolver, base):
    for name in ("smollm2", "zhyper", "Zhyper/French", "lora/zhyper/French"):
        assert asyncio.run(resolver.resolve_lora(base, name)) is None
    assert not _plugin._adapters.cache_info().currsize


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("zhyper/", 400, "the description is empty"),
        ("zhyper/" + "x" * 5000, 400, "5,000 characters, but may have 4,000"),
        ("zhyper/" + "x" * 10**6, 400, "the model's name has"),
        ("zhyper/" + "0" * 64, 404, "there is no context"),
    ],
)
def test_refusals_are_answers_in_a_sentence(resolver, base, name, status, sentence):
    with pytest.raises(HTTPException) as refused:
        asyncio.run(resolver.resolve_lora(base, name))
    assert refused.value.status_code == status
    assert sentence in refused.value.detail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("no"), 403),
        (NotFound("no"), 404),
        (ValueError("no"), 400),
        (CatalogueUnavailable("no"), 503),
        (StoreFull("no"), 503),
        (LoadFailed("no"), 500),
        (OSError(28, "No space left on device"), 507),
    ],
)
def test_each_error_has_its_status(error, status):
    assert _plugin._refusal(error).status_code == status


def test_what_nobody_foresaw_stays_what_it_is():
    error = ZeroDivisionError()
    assert _plugin._refusal(error) is error


def test_wrong_settings_stop_the_process_that_was_started(vllm, monkeypatch):
    monkeypatch.setenv("ZHYPER_VLLM_CHECKPOINT", "nowhere")
    with pytest.raises(ValueError, match="checkpoint 'nowhere'"):
        register()


def test_log_lines_go_where_vllms_do(vllm):
    theirs, lines, handler = logging.getLogger("vllm"), [], logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    try:
        register()
        theirs.addHandler(handler)  # vLLM sets up its own later
        theirs.setLevel(logging.INFO)
        logging.getLogger("zhyper.serve").info("ready")
    finally:
        theirs.removeHandler(handler)
        theirs.setLevel(logging.NOTSET)
    assert lines == ["ready"]


@pytest.mark.parametrize(("right", "cpu", "said"), [(False, True, 1), (True, True, 0), (False, False, 0)])
def test_kernels_that_mix_base_and_adapters_are_known_by_what_they_do(vllm, caplog, right, cpu, said):
    vllm.torch_ops.bgmv_expand = kernel(right)
    vllm.platforms.current_platform.is_cpu = lambda: cpu
    with caplog.at_level(logging.WARNING, "zhyper"):
        _plugin.warn_of_mixed_batches()
    assert sum("#48421" in record.getMessage() for record in caplog.records) == said


def app(registry):
    """An app whose route says what is in use while it answers."""
    made = FastAPI()

    @made.post("/v1/chat/completions")
    async def answer(request: Request):
        body = await request.body()
        return {
            "size": len(body),
            "used": {name: count for name, count in registry._running.items() if count},
        }

    @made.get("/health")
    async def health():
        return {}

    endpoints().attach_router(made)
    return made


def ask(made, **how):
    async def send():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://test") as client:
            return (await client.post("/v1/chat/completions", **how)).json()

    return asyncio.run(send())


def test_a_model_is_in_use_while_its_request_is_answered(vllm):
    registry = _plugin._registry()
    made = app(registry)
    name = "zhyper/Say “yes”."
    body = json.dumps({"model": name, "messages": ["x" * 200_000]}).encode()
    assert ask(made, content=body) == {"size": len(body), "used": {name: 1}}
    spelt = json.dumps({"model": name}).replace("/", "\\/").encode()  # another spelling of the same name
    assert ask(made, content=spelt)["used"] == {name: 1}

    async def pieces():
        for start in range(0, len(body), 7_000):
            yield body[start : start + 7_000]

    assert ask(made, content=pieces()) == {"size": len(body), "used": {name: 1}}
    assert not registry._running


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b'{"model": 3}', b'{"model": "base"}', b'{"model": null}', b"[" * 100_000],
)
def test_other_bodies_pass_as_they_are(vllm, body):
    assert ask(app(_plugin._registry()), content=body) == {"size": len(body), "used": {}}


def test_a_name_that_has_come_to_mean_another_context_is_dropped_before_it_is_answered(vllm, base):
    """vLLM would take the adapter that it knows by this name; see `Adapters.is_current`."""
    registry, name = _plugin._registry(), "zhyper/twice"
    made, known = app(registry), {name: "vLLM's request"}
    registry.attach(SimpleNamespace(lora_requests=known), None)

    async def current(text, id):
        assert (text, id) == ("twice", "1")
        return meaning["same"]

    _plugin._adapters().is_current = current
    for same in (True, False):
        meaning = {"same": same}
        registry.claim(name, "1")
        ask(made, json={"model": name})
        assert (name in known) == same


def test_what_goes_on_in_the_background_is_in_use_for_good(vllm):
    registry = _plugin._registry()
    ask(app(registry), json={"model": "zhyper/a", "background": True})
    registry.attach(SimpleNamespace(lora_requests={}), None)
    registry._names["1"].add("zhyper/a")
    assert registry.forget("1") is None


def test_the_endpoint_plugin_lets_vllm_be_told(vllm):
    plugin, models = endpoints(), SimpleNamespace(lora_requests={})
    assert plugin.name == "zhyper" and plugin.required_tasks == ("generate",)
    state = SimpleNamespace(openai_serving_models=models)
    asyncio.run(plugin.init_state(None, state, None))
    assert not _plugin._registry().is_attached
    engine = SimpleNamespace(model_config=SimpleNamespace(model="base"))
    asyncio.run(plugin.init_state(engine, state, None))
    assert _plugin._registry().is_attached


@pytest.fixture
def served(vllm, base):
    """The requests of a client to an app with the plugin's routes, all in one event loop."""
    plugin, made = endpoints(), FastAPI()

    @made.get("/v1/models")
    async def models():
        return {"data": []}

    plugin.attach_router(made)
    state = SimpleNamespace(openai_serving_models=SimpleNamespace(lora_requests={}))
    engine = SimpleNamespace(
        model_config=SimpleNamespace(model=base), vllm_config=SimpleNamespace(lora_config=None)
    )

    def run(conversation):
        async def all():
            await plugin.init_state(engine, state, None)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(made), base_url="http://test"
            ) as client:
                return await conversation(client)

        return asyncio.run(all())

    return run


def test_contexts_are_kept_and_named_by_vllm(served, vllm, base):
    register()
    resolver = vllm.resolver.LoRAResolverRegistry["zhyper"]

    async def conversation(client):
        kept = await client.post("/v1/contexts", json={"description": "Say it twice.", "name": "twice"})
        assert kept.status_code == 201, kept.text
        entry = kept.json()
        assert entry["owner"] == "local"
        again = await client.post("/v1/contexts", json={"description": "Say it twice."})
        assert again.status_code == 200
        listed = (await client.get("/v1/contexts")).json()["data"]
        assert [one["id"] for one in listed] == [entry["id"]]
        found = (await client.post("/v1/contexts/search", json={"description": "twice"})).json()
        assert found["data"][0]["name"] == "twice"
        with _plugin._registry().using("zhyper/twice"):
            request = await resolver.resolve_lora(base, "zhyper/twice")
        assert Path(request.lora_path).name == entry["id"]
        wrong = await client.post("/v1/contexts", json={"descriptio": "x"})
        assert wrong.status_code == 400 and "description" in wrong.json()["error"]["message"]
        assert (await client.delete(f"/v1/contexts/{entry['id']}")).status_code == 204
        gone = await client.get(f"/v1/contexts/{entry['id']}")
        assert gone.status_code == 404 and gone.json()["error"]["code"] == "context_not_found"
        assert (await client.get("/v1/models")).json() == {"data": []}
        assert (await client.get("/v1/contextual")).json() == {"detail": "Not Found"}

    served(conversation)


def test_routes_of_contexts_say_why_there_are_none(served, monkeypatch):
    async def conversation(client):
        return await client.get("/v1/contexts")

    monkeypatch.setenv("ZHYPER_VLLM_BANK", __file__)
    answer = served(conversation)
    assert answer.status_code == 500
    assert "zhyper plugin could not be loaded" in answer.json()["error"]["message"]
