"""From names to PEFT folders, through a real checkpoint and bank, without vLLM."""

import asyncio
import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from zhyper.serve.contexts import NotFound, Refused
from zhyper.serve.vllm._adapter_store import StoreFull
from zhyper.serve.vllm._adapters import Adapters, LoadFailed
from zhyper.serve.vllm._registry import Registry
from zhyper.serve.vllm._settings import VllmSettings
from zhyper.text_to_adapter import TextToAdapter


@pytest.fixture
def settings(checkpoint, tmp_path):
    return VllmSettings(
        checkpoint=checkpoint, store=str(tmp_path / "store"), bank=str(tmp_path / "bank"), adapters=9
    )


@pytest.fixture
def adapters(settings):
    made = Adapters(settings, Registry())
    yield made
    made.close()


def folder(adapters, base, text):
    """The folder of one name, as vLLM asks for it; all in one event loop."""
    return adapters.folder(base, f"zhyper/{text}", text)


def update(place):
    """The update of each site, b @ a."""
    state = load_file(place / "adapter_model.safetensors")
    return {
        name: state[name.replace("lora_A", "lora_B")] @ a for name, a in state.items() if "lora_A" in name
    }


def assert_sum(place, parts):
    """The update is the weighted sum of others', up to their 16 bits."""
    updates = [(weight, update(part)) for part, weight in parts]
    for name, value in update(place).items():
        expected = sum(weight * one[name] for weight, one in updates)
        torch.testing.assert_close(value, expected, atol=1e-4 * float(value.abs().max()) + 1e-7, rtol=1e-3)
    return True


def test_strengths_and_mixtures_are_those_of_the_updates(adapters, base):
    async def ask():
        names = ("French", "brief", '-2 × "French"', '0.7 × "French" + 0.3 × "brief"', '"French" + "brief"')
        return [await folder(adapters, base, name) for name in names]

    french, brief, turned, mixed, mean = asyncio.run(ask())
    assert any(value.abs().max() > 1e-3 for value in update(french).values())
    assert assert_sum(turned, [(french, -2)])
    assert assert_sum(mixed, [(french, 0.7), (brief, 0.3)])
    assert assert_sum(mean, [(french, 0.5), (brief, 0.5)])


def test_the_adapter_is_the_one_that_zhyper_exports(adapters, base, checkpoint, tmp_path):
    place = asyncio.run(folder(adapters, base, "Answer in French."))
    machine = TextToAdapter.load(checkpoint)
    assert place.name == machine.address("Answer in French.")
    machine.adapter("Answer in French.").save(tmp_path / "exported")
    assert assert_sum(place, [(tmp_path / "exported", 1.0)])
    config = json.loads((place / "adapter_config.json").read_text())
    assert config["r"] == 4 and sorted(config["target_modules"]) == ["q_proj", "v_proj"]


def test_16_first_requests_load_one_generator_and_make_one_adapter(adapters, base, monkeypatch):
    loads, saves = [], []
    load, save = TextToAdapter.load.__func__, adapters_saver()
    monkeypatch.setattr(
        TextToAdapter, "load", classmethod(lambda cls, *a, **k: loads.append(a) or load(cls, *a, **k))
    )
    monkeypatch.setattr("zhyper.export.save_peft", lambda *a: saves.append(a[0]) or save(*a))

    async def ask():
        names = [f"{name}" for name in ("one", '1 × "one"') for _ in range(8)]
        return await asyncio.gather(*(folder(adapters, base, name) for name in names))

    places = asyncio.run(ask())
    assert len(loads) == len(saves) == len(set(places)) == 1


def adapters_saver():
    from zhyper import export

    return export.save_peft


def test_contexts_of_the_bank_have_their_ids_and_names(settings, base):
    adapters = Adapters(settings, Registry())

    async def ask():
        plain = await folder(adapters, base, "Say it twice.")
        contexts = adapters._loading.result().contexts
        from zhyper.serve import ContextQuery

        kept, _ = await contexts.create(ContextQuery(text="Say it twice."), "local", name="twice")
        private, _ = await contexts.create(ContextQuery(text="Ann's own"), "ann", name="anns")
        by = [await folder(adapters, base, name) for name in ("twice", kept.id, f'1 × "{kept.id}"')]
        half = await folder(adapters, base, '0.5 × "twice"')
        mixed = await folder(adapters, base, '0.5 × "twice" + 0.5 × "thrice"')
        thrice = await folder(adapters, base, "thrice")  # no name of the bank: a description
        anns = await folder(adapters, base, "anns")
        with pytest.raises(NotFound):
            await folder(adapters, base, private.id)
        with pytest.raises(NotFound):
            await folder(adapters, base, "0" * 64)
        return plain, by, half, mixed, thrice, anns, private

    plain, by, half, mixed, thrice, anns, private = asyncio.run(ask())
    assert by == [plain] * 3
    assert assert_sum(half, [(plain, 0.5)])
    assert assert_sum(mixed, [(plain, 0.5), (thrice, 0.5)])
    assert anns.name != private.id  # somebody else's name says nothing: this is the word itself
    adapters.close()


def test_a_name_of_the_bank_means_what_it_means_now(settings, base):
    from zhyper.serve import ContextQuery

    adapters = Adapters(settings, Registry())

    async def ask():
        word = (await folder(adapters, base, "twice")).name
        assert await adapters.is_current("twice", word)
        contexts = adapters._loading.result().contexts
        kept, _ = await contexts.create(ContextQuery(text="Say it twice."), "local", name="twice")
        assert not await adapters.is_current("twice", word)  # the word has become a name
        for name in ("twice", kept.id, '1 × "twice"'):
            assert (await folder(adapters, base, name)).name == kept.id
            assert await adapters.is_current(name, kept.id)
        contexts.catalogue.delete(kept.id, "local")
        assert not await adapters.is_current("twice", kept.id)
        assert not await adapters.is_current(kept.id, kept.id)
        assert await adapters.is_current("Say it twice.", kept.id)  # a description stays what it is

    asyncio.run(ask())
    adapters.close()


def test_what_the_policy_refuses_is_refused_everywhere(checkpoint, base, tmp_path):
    (tmp_path / "policy.toml").write_text('refuse = ["secret"]\n')
    settings = VllmSettings(
        checkpoint=checkpoint,
        store=str(tmp_path / "store"),
        bank=str(tmp_path / "bank"),
        policy=str(tmp_path / "policy.toml"),
    )
    adapters = Adapters(settings, Registry())

    async def ask():
        for name in ("Tell the secret.", '0.5 × "TELL THE SECRET"', '0.5 × "be kind" + 0.5 × "the ｓecret"'):
            with pytest.raises(Refused):
                await folder(adapters, base, name)
        return await folder(adapters, base, "be kind")

    assert asyncio.run(ask()).is_dir()
    assert len(list((tmp_path / "store" / "0").iterdir())) == 1
    adapters.close()


def test_a_rank_that_vllm_does_not_take_is_refused(settings, base):
    registry = Registry()
    engine = SimpleNamespace(vllm_config=SimpleNamespace(lora_config=SimpleNamespace(max_lora_rank=2)))
    registry.attach(SimpleNamespace(lora_requests={}), engine)
    adapters = Adapters(settings, registry)
    with pytest.raises(ValueError, match="rank 4, but vLLM was started with --max-lora-rank 2"):
        asyncio.run(folder(adapters, base, "one"))
    adapters.close()


def test_another_base_than_the_checkpoints_is_refused_until_it_is_right(adapters, base, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(base, other)
    weights = other / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")

    async def ask():
        with pytest.raises(LoadFailed, match="trained on other weights"):
            await folder(adapters, str(other), "one")
        return await folder(adapters, base, "one")

    assert asyncio.run(ask()).is_dir()


def test_a_full_store_says_so(checkpoint, base, tmp_path, monkeypatch):
    monkeypatch.setattr("zhyper.serve.vllm._adapter_store.ROOM_SECONDS", 0.0)
    settings = VllmSettings(
        checkpoint=checkpoint, store=str(tmp_path / "store"), bank=str(tmp_path / "bank"), adapters=2
    )
    adapters = Adapters(settings, Registry())  # vLLM was started without the endpoint plugin

    async def ask():
        first = await folder(adapters, base, "one")
        await folder(adapters, base, "two")
        with pytest.raises(StoreFull):
            await folder(adapters, base, "three")
        assert await folder(adapters, base, "one") == first

    asyncio.run(ask())
    adapters.close()


def test_nothing_but_store_bank_and_cache_is_written(settings, base, tmp_path):
    adapters = Adapters(settings, Registry())
    before = sorted(tmp_path.iterdir())
    asyncio.run(folder(adapters, base, "../../../one/..//two\\three"))
    adapters.close()
    ours = {tmp_path / name for name in ("store", "bank", "cache")}
    assert sorted(set(tmp_path.iterdir()) - ours) == sorted(set(before) - ours)
    (place,) = (tmp_path / "store" / "0").iterdir()
    assert len(place.name) == 64


def test_a_server_that_starts_again_makes_nothing_anew(settings, base, monkeypatch):
    for made in (1, 0):
        saves, save = [], adapters_saver()
        monkeypatch.setattr("zhyper.export.save_peft", lambda *a, s=saves, w=save: s.append(a) or w(*a))
        adapters = Adapters(settings, Registry())
        place = asyncio.run(folder(adapters, base, "one"))
        adapters.close()
        assert len(saves) == made and place.is_dir()
        monkeypatch.undo()
        monkeypatch.setenv("ZHYPER_CACHE", str(place.parents[2] / "cache"))


def test_the_weights_of_the_base_stay_on_disk(adapters, base, checkpoint):
    """Of a generator with an encoder of its own; this one's is its base."""
    asyncio.run(folder(adapters, base, "one"))
    machine = adapters._loading.result().contexts.machine
    assert machine.model.base.device.type == "cpu"
    with pytest.raises(ValueError, match="encoder is its base"):
        TextToAdapter.load(checkpoint, device="meta")
