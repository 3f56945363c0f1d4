"""Contexts of a server: texts, stored ones and mixtures are one, also in the adapter that is downloaded."""

import zipfile

import pytest
import torch
from peft import PeftModel

import serving
from conftest import METHODS, HashEncoder, tiny_base, tiny_machine, tokens
from serving import logits, run
from zhyper.bank import Bank
from zhyper.distance import TrainingEmbeddings
from zhyper.serve import ContextQuery


def test_a_text_and_the_same_text_kept_are_the_same_numbers(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        plain = await contexts.resolve(ContextQuery(text="Say it twice."), "ann")
        entry, new = await contexts.create(
            ContextQuery(text="Say it twice."), "ann", name="twice", tags=["b", "a"]
        )
        kept = await contexts.resolve(ContextQuery(id=entry.id), "ann")
        named = await contexts.resolve(ContextQuery(name="twice"), "ann")
        again, second = await contexts.create(ContextQuery(text="Say it twice."), "ann")
        return plain, entry, new, kept, named, again, second

    plain, entry, new, kept, named, again, second = run(ask())
    assert entry.id == plain.id == machine.address("Say it twice.")
    assert new and not second and again.id == entry.id and again.name == "twice"
    assert torch.equal(plain.modulation.pack(), machine.modulation(["Say it twice."]).pack())
    for held in (kept, named):
        assert torch.equal(held.modulation.pack(), plain.modulation.pack())
        assert held.id == plain.id
    assert entry.description == "Say it twice."


@pytest.mark.engine("peft", "mixture")
@pytest.mark.engine("peft", "strength")
@pytest.mark.parametrize(
    "method", sorted(set(METHODS) - {"lora", "vera", "light-m", "zhyper-square-s", "t2l-m", "t2l-s"})
)
def test_the_downloaded_adapter_has_the_servers_logits(method, tmp_path):
    machine = tiny_machine(method)
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()

        async def ask():
            entry, _ = await parts.contexts.create(ContextQuery(text="one"), "ann", name="one")
            kept = ContextQuery(id=entry.id, strength=0.7)
            found = [(kept, await parts.contexts.resolve(kept, "ann"))]
            if method != "t2l-vera":  # whose updates do not add up
                mix = ContextQuery(mix=((entry.id, 0.6), ("two", -0.4)), strength=2.0)
                found.append((mix, await parts.contexts.resolve(mix, "ann")))
            files = []
            for place, (wanted, _) in enumerate(found):
                (tmp_path / str(place)).mkdir()
                files.append(await parts.contexts.adapter_zip(wanted, "ann", tmp_path / str(place)))
            return found, files

        found, files = run(ask())
        for (_, held), file in zip(found, files, strict=True):
            with zipfile.ZipFile(file) as archive:
                archive.extractall(file.parent)
                (folder,) = {name.split("/")[0] for name in archive.namelist()}
            assert "one" in (file.parent / folder / "README.md").read_text()
            ids, mask = tokens(machine)
            peft = PeftModel.from_pretrained(tiny_base(), file.parent / folder).eval()
            positions = (mask.cumsum(-1) - 1).clamp(min=0)
            with torch.no_grad():
                theirs = peft(input_ids=ids, attention_mask=mask, position_ids=positions).logits
            torch.testing.assert_close(
                logits(machine, held.modulation)[mask > 0], theirs[mask > 0], atol=1e-4, rtol=0
            )


def test_others_private_neighbours_are_passed_over(parts):
    async def fill():
        for i in range(30):
            await parts.contexts.create(ContextQuery(text=f"theirs {i}"), "bob")
        for i in range(3):
            await parts.contexts.create(ContextQuery(text=f"mine {i}"), "ann")
        await parts.contexts.create(ContextQuery(text="public"), "bob", public=True)
        return await parts.contexts.search("theirs 4", "ann", 4), await parts.contexts.search(
            "theirs 4", "bob", 1
        )

    (held, near), (_, own) = run(fill())
    assert held.id == parts.machine.address("theirs 4")
    assert {entry.description for entry, _ in near} == {"mine 0", "mine 1", "mine 2", "public"}
    assert [cosine for _, cosine in near] == sorted((cosine for _, cosine in near), reverse=True)
    assert own[0][0].description == "theirs 4" and own[0][1] == pytest.approx(1, abs=1e-3)


def test_distances_are_the_machines(tmp_path):
    machine = tiny_machine()
    machine.training_embeddings = TrainingEmbeddings(
        torch.nn.functional.normalize(HashEncoder().encode(["one", "two"]), dim=1), 0.3
    )
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()

        async def ask():
            near = await parts.contexts.resolve(ContextQuery(text="one"), "ann")
            away = await parts.contexts.resolve(ContextQuery(text="elsewhere"), "ann")
            entry, _ = await parts.contexts.create(ContextQuery(text="elsewhere"), "ann")
            return near, away, (await parts.contexts.distances([entry]))[0]

        near, away, kept = run(ask())
        assert near.distance == pytest.approx(0, abs=1e-6) and not near.far
        assert away.distance == pytest.approx(machine.distances(["elsewhere"])[0], abs=1e-6) and away.far
        assert kept == pytest.approx(away.distance, abs=1e-3)


def test_a_bank_without_numbers_serves_a_plain_lora(tmp_path):
    machine = tiny_machine("lora")
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()
        entry, _ = run(parts.contexts.create(ContextQuery(text="any"), "ann"))
        held = run(parts.contexts.resolve(ContextQuery(id=entry.id, strength=0.5), "ann"))
        torch.testing.assert_close(
            logits(machine, held.modulation), logits(machine, machine.modulation(["any"]).scale(0.5))
        )
        assert isinstance(parts.bank, Bank)
