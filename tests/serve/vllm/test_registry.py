"""What vLLM knows, and what of it requests use."""

import asyncio
from types import SimpleNamespace

import pytest

from zhyper.serve.vllm import _registry
from zhyper.serve.vllm._registry import Registry


class Engine:
    """A client of vLLM's engine that remembers what it was told to remove."""

    def __init__(self):
        self.removed = []
        self.vllm_config = SimpleNamespace(lora_config=SimpleNamespace(max_lora_rank=16))

    async def remove_lora(self, number):
        self.removed.append(number)


@pytest.fixture
def models():
    return SimpleNamespace(lora_requests={})


@pytest.fixture
def registry(models, monkeypatch):
    monkeypatch.setattr(_registry, "GRACE_SECONDS", 0.0)
    made = Registry()
    made.attach(models, Engine())
    return made


def know(registry, models, name, id, number):
    """A request by which vLLM gets to know a name."""
    with registry.using(name):
        registry.claim(name, id)
        models.lora_requests[name] = SimpleNamespace(lora_int_id=number)


def test_what_no_request_uses_is_forgotten_under_all_its_names(registry, models):
    know(registry, models, "zhyper/a", "1", 7)
    know(registry, models, 'zhyper/1 × "a"', "1", 8)
    know(registry, models, "zhyper/b", "2", 9)
    finish = registry.forget("1")
    assert set(models.lora_requests) == {"zhyper/b"}  # before anything is awaited
    asyncio.run(finish)
    assert sorted(registry._engine.removed) == [7, 8]


def test_what_a_request_uses_is_not_forgotten(registry, models):
    know(registry, models, "zhyper/a", "1", 7)
    with registry.using("zhyper/a") as id:
        assert id == "1"
        with registry.using("zhyper/a"):
            assert registry.forget("1") is None
        assert registry.forget("1") is None
    assert "zhyper/a" in models.lora_requests
    asyncio.run(registry.forget("1"))
    assert registry._engine.removed == [7]


def test_a_request_that_waits_for_its_adapter_uses_it(registry):
    with registry.using("zhyper/a") as id:
        assert id is None
        registry.claim("zhyper/a", "1")
        assert registry.forget("1") is None


def test_an_adapter_stays_a_little_after_its_last_request(registry, models, monkeypatch):
    monkeypatch.setattr(_registry, "GRACE_SECONDS", 1e6)
    know(registry, models, "zhyper/a", "1", 7)
    assert registry.forget("1") is None


def test_a_name_that_stands_for_another_takes_nothing_with_it(registry, models):
    know(registry, models, "zhyper/plural", "1", 7)
    with registry.using("zhyper/plural"):
        registry.drop("zhyper/plural")
        assert not models.lora_requests  # vLLM asks the resolver
        registry.claim("zhyper/plural", "2")
        models.lora_requests["zhyper/plural"] = SimpleNamespace(lora_int_id=8)
        assert registry.forget("1") is None and registry.forget("2") is None
    asyncio.run(registry.forget("1"))
    assert registry._engine.removed == [7] and set(models.lora_requests) == {"zhyper/plural"}
    asyncio.run(registry.forget("2"))
    assert registry._engine.removed == [7, 8] and not models.lora_requests


def test_what_is_not_seen_to_end_is_in_use_for_good(registry, models):
    registry.claim("zhyper/a", "1")
    with registry.using("zhyper/a"):
        pass
    assert registry.forget("1") is None
    know(registry, models, "zhyper/b", "2", 8)
    registry.pin("zhyper/b")
    assert registry.forget("2") is None


def test_without_vllms_registry_all_it_knows_is_in_use():
    registry = Registry()
    with registry.using("zhyper/a"):
        registry.claim("zhyper/a", "1")
    assert registry.forget("1") is None
    assert registry.most_rank is None


def test_what_vllm_never_knew_can_go(registry):
    asyncio.run(registry.forget("of a server before"))
    assert registry._engine.removed == []
    assert registry.most_rank == 16


def test_names_that_came_to_nothing_leave_nothing(registry):
    for number in range(5):
        with registry.using(f"zhyper/{number}"):
            pass
    assert not registry._running and not registry._last_use
