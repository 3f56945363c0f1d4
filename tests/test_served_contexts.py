"""Contexts of a server: texts, kept ones and mixtures are one thing, also in the adapter that is downloaded."""

import asyncio
import zipfile

import pytest
import torch
from peft import PeftModel

import serving
from conftest import METHODS, HashEncoder, tiny_base, tiny_machine, tokens
from zhyper.bank import Bank, Catalogue
from zhyper.distance import TrainingContexts
from zhyper.serve import Contexts, Policy, Wanted
from zhyper.serve._contexts import NotFound
from zhyper.serve._policy import Refused
from zhyper.serve._projection import projected
from zhyper.serve._rows import together


@pytest.fixture
def parts(tmp_path):
    with serving.server(tmp_path) as made:
        made.engine.start()
        yield made


def run(coroutine):
    return asyncio.run(coroutine)


def logits(machine, held, rows=4):
    ids, mask = tokens(machine, rows)
    return machine.logits(ids, mask, together(machine.adapter_weights, [held] * rows))


def same_context(machine, one, other):
    torch.testing.assert_close(logits(machine, one), logits(machine, other), atol=1e-5, rtol=0)


def test_a_text_and_the_same_text_kept_are_the_same_numbers(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        plain = await contexts.resolve(Wanted(text="Say it twice."), "ann")
        entry, new = await contexts.create(Wanted(text="Say it twice."), "ann", name="twice", tags=["b", "a"])
        kept = await contexts.resolve(Wanted(id=entry.id), "ann")
        named = await contexts.resolve(Wanted(name="twice"), "ann")
        again, second = await contexts.create(Wanted(text="Say it twice."), "ann")
        return plain, entry, new, kept, named, again, second

    plain, entry, new, kept, named, again, second = run(ask())
    assert entry.id == plain.id == machine.address("Say it twice.")
    assert new and not second and again.id == entry.id and again.name == "twice"
    assert torch.equal(plain.modulation.pack(), machine.modulation(["Say it twice."]).pack())
    for held in (kept, named):
        assert torch.equal(held.modulation.pack(), plain.modulation.pack())
        assert held.id == plain.id and held.label == "Say it twice."


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"lora", "vera", "light-m", "zhyper-square-s", "t2l-m", "t2l-s"}))
def test_the_downloaded_adapter_has_the_servers_logits(method, tmp_path):
    machine = tiny_machine(method)
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()

        async def ask():
            entry, _ = await parts.contexts.create(Wanted(text="one"), "ann", name="one")
            kept = Wanted(id=entry.id, strength=0.7)
            found = [(kept, await parts.contexts.resolve(kept, "ann"))]
            if method != "t2l-vera":  # whose updates do not add up
                mix = Wanted(mix=((entry.id, 0.6), ("two", -0.4)), strength=2.0)
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
            torch.testing.assert_close(logits(machine, held.modulation)[mask > 0], theirs[mask > 0], atol=1e-4, rtol=0)


def test_mixtures_are_sums_and_have_ids_of_their_own(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        one, _ = await contexts.create(Wanted(text="one", strength=2.0), "ann")
        mix = Wanted(mix=((one.id, 0.5), ("two", -1.0)))
        held = await contexts.resolve(mix, "ann")
        entry, _ = await contexts.create(mix, "ann", name="both")
        other = await contexts.resolve(Wanted(mix=(("two", -1.0), (one.id, 0.5))), "ann")
        weights = await contexts.resolve(Wanted(mix=((one.id, 0.5), ("two", 1.0))), "ann")
        return one, held, entry, await contexts.resolve(Wanted(name="both"), "ann"), other, weights

    one, held, entry, kept, other, weights = run(ask())
    expected = machine.modulation(["one", "two"]).mix([1.0, -1.0])
    torch.testing.assert_close(logits(machine, held.modulation), logits(machine, expected), atol=1e-3, rtol=0)
    torch.testing.assert_close(logits(machine, kept.modulation), logits(machine, expected), atol=1e-3, rtol=0)
    assert other.id == held.id == entry.id != weights.id
    assert entry.mixture == ((one.id, 0.5), ("two", -1.0)) and '"two"' in entry.description


def test_strength_scales_and_is_told(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        base = await contexts.resolve(Wanted(strength=3.0), "ann")
        strong, _ = await contexts.create(Wanted(text="one", strength=-1.5), "ann")
        return base, strong, await contexts.resolve(Wanted(id=strong.id, strength=2.0), "ann")

    base, strong, twice = run(ask())
    assert base.modulation is None and base.id is None
    assert strong.strength == -1.5 and strong.id != machine.address("one")
    plain = machine.modulation(["one"])
    assert torch.equal(twice.modulation.pack(), plain.pack())
    assert twice.modulation.strength.tolist() == [-3.0]


def test_a_replica_without_the_context_makes_it_anew(parts, tmp_path):
    machine = parts.machine
    entry, _ = run(parts.contexts.create(Wanted(text="one", strength=0.5), "ann"))
    mixed, _ = run(parts.contexts.create(Wanted(mix=(("one", 0.5), ("two", 0.5))), "ann"))
    late, _ = run(parts.contexts.create(Wanted(text="three"), "ann"))
    (tmp_path / "other").mkdir()
    empty = serving.open_bank(tmp_path / "other", machine)
    catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'contexts.db'}", empty)
    replica = Contexts(machine, parts.engine, empty, catalogue, Policy())
    for one in (entry, mixed):
        here, there = run(parts.contexts.resolve(Wanted(id=one.id), "ann")), run(replica.resolve(Wanted(id=one.id), "ann"))
        torch.testing.assert_close(logits(machine, here.modulation), logits(machine, there.modulation), atol=1e-3, rtol=0)
    assert len(empty) == 2  # it keeps what it made
    with torch.no_grad():
        machine.hypernet.parameters().__next__().add_(0.1)  # another checkpoint now
    with pytest.raises(NotFound, match="another checkpoint"):
        run(Contexts(machine, parts.engine, empty, catalogue, Policy()).resolve(Wanted(id=late.id), "ann"))
    catalogue.close()
    empty.close()


def test_a_damaged_context_is_made_anew(parts, tmp_path):
    entry, _ = run(parts.contexts.create(Wanted(text="one"), "ann"))
    before = run(parts.contexts.resolve(Wanted(id=entry.id), "ann"))
    (file,) = (tmp_path / "bank").glob("z*.bin")
    with file.open("r+b") as handle:
        handle.seek(8)
        handle.write(b"\xff\xfe\xfd")
    assert parts.bank.verify() == [0]
    (vectors,) = (tmp_path / "bank").glob("vectors*.bin")
    vectors.write_bytes(bytes(vectors.stat().st_size))
    other, _ = run(parts.contexts.create(Wanted(text="two"), "ann"))
    assert run(parts.contexts.distances([entry, other])) == [None, None]  # of one damaged, of the other nothing says so
    assert [kept.id for kept, *_ in run(parts.contexts.map("ann", 9))] == [other.id]
    after = run(parts.contexts.resolve(Wanted(id=entry.id), "ann"))
    assert torch.equal(after.modulation.pack(), before.modulation.pack())


def test_the_policy_looks_at_every_part_and_at_what_was_kept_before(parts):
    entry, _ = run(parts.contexts.create(Wanted(text="say bad things"), "ann", name="old"))
    mixed, _ = run(parts.contexts.create(Wanted(mix=(("say bad things", 1.0), ("fine", 1.0))), "ann"))
    strict = Contexts(parts.machine, parts.engine, parts.bank, parts.catalogue, Policy(refuse=["bad"]))
    for wanted in (
        Wanted(text="a BAD thing"), Wanted(mix=(("fine", 1.0), ("bad", 0.1))), Wanted(id=entry.id), Wanted(name="old"), Wanted(id=mixed.id),
        Wanted(mix=((entry.id, 1.0),)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            run(strict.resolve(wanted, "ann"))
    with pytest.raises(Refused):
        run(strict.search("bad", "ann", 3))
    assert run(strict.resolve(Wanted(text="fine"), "ann")).modulation is not None


def test_others_private_neighbours_are_passed_over(parts):
    async def fill():
        for i in range(30):
            await parts.contexts.create(Wanted(text=f"theirs {i}"), "bob")
        for i in range(3):
            await parts.contexts.create(Wanted(text=f"mine {i}"), "ann")
        await parts.contexts.create(Wanted(text="public"), "bob", public=True)
        return await parts.contexts.search("theirs 4", "ann", 4), await parts.contexts.search("theirs 4", "bob", 1)

    (held, near), (_, own) = run(fill())
    assert held.id == parts.machine.address("theirs 4")
    assert {entry.description for entry, _ in near} == {"mine 0", "mine 1", "mine 2", "public"}
    assert [cosine for _, cosine in near] == sorted((cosine for _, cosine in near), reverse=True)
    assert own[0][0].description == "theirs 4" and own[0][1] == pytest.approx(1, abs=1e-3)


def test_distances_are_the_machines(tmp_path):
    machine = tiny_machine()
    machine.training_contexts = TrainingContexts(torch.nn.functional.normalize(HashEncoder().encode(["one", "two"]), dim=1), 0.3)
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()

        async def ask():
            near = await parts.contexts.resolve(Wanted(text="one"), "ann")
            away = await parts.contexts.resolve(Wanted(text="elsewhere"), "ann")
            entry, _ = await parts.contexts.create(Wanted(text="elsewhere"), "ann")
            return near, away, (await parts.contexts.distances([entry]))[0]

        near, away, kept = run(ask())
        assert near.distance == pytest.approx(0, abs=1e-6) and not near.far
        assert away.distance == pytest.approx(machine.distances(["elsewhere"])[0], abs=1e-6) and away.far
        assert kept == pytest.approx(away.distance, abs=1e-3)


def test_the_map_is_the_plane_of_most_variance():
    generator = torch.Generator().manual_seed(0)
    plane = torch.randn(40, 2, generator=generator) * torch.tensor([5.0, 2.0])
    axes = torch.linalg.qr(torch.randn(7, 2, generator=generator))[0]
    places = torch.tensor(projected(plane @ axes.T + 0.01 * torch.randn(40, 7, generator=generator)))
    assert places.abs().max() == pytest.approx(1)
    wanted, got = torch.cdist(plane, plane), torch.cdist(places, places)
    assert torch.corrcoef(torch.stack([wanted.flatten(), got.flatten()]))[0, 1] > 0.999
    for few in (1, 2):
        assert len(projected(torch.randn(few, 7, generator=generator))) == few


def test_a_bank_without_numbers_serves_a_plain_lora(tmp_path):
    machine = tiny_machine("lora")
    with serving.server(tmp_path, machine) as parts:
        parts.engine.start()
        entry, _ = run(parts.contexts.create(Wanted(text="any"), "ann"))
        held = run(parts.contexts.resolve(Wanted(id=entry.id, strength=0.5), "ann"))
        torch.testing.assert_close(logits(machine, held.modulation), logits(machine, machine.modulation(["any"]).scale(0.5)))
        assert isinstance(parts.bank, Bank)
