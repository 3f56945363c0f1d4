"""What requests say of their contexts, and what becomes of it: mixtures, strengths, replicas, the policy."""

import dataclasses
import hashlib
import json

import pytest
import torch

import serving
from banks import damage
from conftest import HashEncoder
from serving import logits, run, same_context
from zhyper.bank import Catalogue, CorruptContext
from zhyper.distance import TrainingEmbeddings
from zhyper.serve import ContextQuery, Contexts, Policy
from zhyper.serve.contexts import NotFound, Refused


def test_mixtures_are_sums_and_have_ids_of_their_own(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        one, _ = await contexts.create(ContextQuery(text="one", strength=2.0), "ann")
        mix = ContextQuery(mix=((one.id, 0.5), ("two", -1.0)))
        held = await contexts.resolve(mix, "ann")
        entry, _ = await contexts.create(mix, "ann", name="both")
        other = await contexts.resolve(ContextQuery(mix=(("two", -1.0), (one.id, 0.5))), "ann")
        weights = await contexts.resolve(ContextQuery(mix=((one.id, 0.5), ("two", 1.0))), "ann")
        return one, held, entry, await contexts.resolve(ContextQuery(name="both"), "ann"), other, weights

    one, held, entry, kept, other, weights = run(ask())
    expected = machine.modulation(["one", "two"]).mix([1.0, -1.0])
    torch.testing.assert_close(logits(machine, held.modulation), logits(machine, expected), atol=1e-3, rtol=0)
    torch.testing.assert_close(logits(machine, kept.modulation), logits(machine, expected), atol=1e-3, rtol=0)
    assert other.id == held.id == entry.id != weights.id
    assert entry.mixture == (("one", 1.0), ("two", -1.0)) and '"two"' in entry.description


def test_strength_scales_and_is_told(parts):
    contexts, machine = parts.contexts, parts.machine

    async def ask():
        base = await contexts.resolve(ContextQuery(strength=3.0), "ann")
        strong, _ = await contexts.create(ContextQuery(text="one", strength=-1.5), "ann")
        return base, strong, await contexts.resolve(ContextQuery(id=strong.id, strength=2.0), "ann")

    base, strong, twice = run(ask())
    assert base.modulation is None and base.id is None
    assert strong.strength == -1.5 and strong.id != machine.address("one")
    plain = machine.modulation(["one"])
    assert torch.equal(twice.modulation.pack(), plain.pack())
    assert twice.modulation.strength.tolist() == [-3.0]


def test_a_replica_without_the_context_makes_it_anew(parts, tmp_path):
    machine = parts.machine
    entry, _ = run(parts.contexts.create(ContextQuery(text="one", strength=0.5), "ann"))
    mixed, _ = run(parts.contexts.create(ContextQuery(mix=(("one", 0.5), ("two", 0.5))), "ann"))
    late, _ = run(parts.contexts.create(ContextQuery(text="three"), "ann"))
    (tmp_path / "other").mkdir()
    empty = serving.open_bank(tmp_path / "other", machine)
    catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'contexts.db'}", empty)
    replica = Contexts(machine, parts.engine, empty, catalogue, Policy())
    for one in (entry, mixed):
        here, there = (
            run(parts.contexts.resolve(ContextQuery(id=one.id), "ann")),
            run(replica.resolve(ContextQuery(id=one.id), "ann")),
        )
        torch.testing.assert_close(
            logits(machine, here.modulation), logits(machine, there.modulation), atol=1e-3, rtol=0
        )
    assert len(empty) == 2  # it keeps what it made
    with torch.no_grad():
        machine.hypernet.parameters().__next__().add_(0.1)  # another checkpoint now
    with pytest.raises(NotFound, match="another checkpoint"):
        run(
            Contexts(machine, parts.engine, empty, catalogue, Policy()).resolve(
                ContextQuery(id=late.id), "ann"
            )
        )
    catalogue.close()
    empty.close()


def test_a_replica_makes_what_was_scaled_twice_and_what_lost_its_parts(parts, replica):
    contexts, machine = parts.contexts, parts.machine

    async def fill():
        strong, _ = await contexts.create(ContextQuery(text="one", strength=2.0), "ann", name="strong")
        half, _ = await contexts.create(ContextQuery(id=strong.id, strength=0.25), "ann")
        whole, new = await contexts.create(ContextQuery(id=strong.id, strength=0.5), "ann")
        mix, _ = await contexts.create(
            ContextQuery(mix=((strong.id, 0.5), ("two", -1.0)), strength=3.0), "ann"
        )
        outer, _ = await contexts.create(
            ContextQuery(mix=((mix.id, 0.5), ("one", 1.0)), strength=0.5), "ann", public=True
        )
        for one in (strong, mix):
            contexts.catalogue.delete(one.id, "ann")
        return half, whole, outer

    half, whole, outer = run(fill())
    assert half.strength == 0.5 and (whole.id, whole.strength) == (machine.address("one"), 1.0)
    assert outer.mixture == (("one", 2.5), ("two", -1.5)) and outer.strength == 0.5
    for entry, viewer in ((half, "ann"), (whole, "ann"), (outer, "bob")):
        here, there = (run(one.resolve(ContextQuery(id=entry.id), viewer)) for one in (contexts, replica))
        assert there.id == entry.id
        torch.testing.assert_close(
            logits(machine, here.modulation), logits(machine, there.modulation), atol=1e-3, rtol=0
        )
    expected = machine.modulation(["one", "two"]).mix([1.25, -0.75])
    torch.testing.assert_close(logits(machine, here.modulation), logits(machine, expected), atol=1e-3, rtol=0)


def test_a_replica_makes_an_old_public_mixture_of_its_owners_private_part(parts, replica):
    part, _ = run(parts.contexts.create(ContextQuery(text="one", strength=2.0), "ann"))
    plain = f"mixture {json.dumps([[part.id, 0.5]])}"
    id = hashlib.sha256(plain.encode()).hexdigest()  # as entries were kept that name their parts by ids
    old = dataclasses.replace(
        part, id=id, row=None, mixture=((part.id, 0.5),), description="old", strength=1.0, public=True
    )
    parts.catalogue.add(old)
    held = run(replica.resolve(ContextQuery(id=id), "bob"))
    same_context(parts.machine, held.modulation, parts.machine.modulation(["one"]))
    with pytest.raises(NotFound):
        run(replica.resolve(ContextQuery(id=part.id), "bob"))
    strict = Contexts(parts.machine, parts.engine, parts.bank, parts.catalogue, Policy(refuse=["one"]))
    with pytest.raises(Refused):
        run(strict.resolve(ContextQuery(id=id), "bob"))
    parts.catalogue.delete(part.id, "ann")
    assert run(replica.resolve(ContextQuery(id=id), "bob")).id == id  # in its bank by now
    with pytest.raises(NotFound):
        run(parts.contexts.resolve(ContextQuery(id=id), "bob"))


def test_an_allowed_mixture_of_ids_can_be_used(parts):
    contexts = Contexts(
        parts.machine, parts.engine, parts.bank, parts.catalogue, Policy(allow=["Say .*", "Make .*"])
    )

    async def ask(contexts):
        one, _ = await contexts.create(ContextQuery(text="Say it"), "ann")
        two, _ = await contexts.create(ContextQuery(text="Make it"), "ann")
        both, _ = await contexts.create(ContextQuery(mix=((one.id, 0.5), (two.id, 0.5))), "ann")
        await contexts.resolve(ContextQuery(mix=((both.id, 0.5), (two.id, 0.5))), "ann")
        return both, await contexts.resolve(ContextQuery(id=both.id, strength=0.5), "ann")

    both, held = run(ask(contexts))
    assert held.id == both.id
    for policy in (Policy(allow=["Say .*"]), Policy(refuse=["make"])):  # changed since
        with pytest.raises(Refused):
            run(
                Contexts(parts.machine, parts.engine, parts.bank, parts.catalogue, policy).resolve(
                    ContextQuery(id=both.id), "ann"
                )
            )


def test_what_is_far_is_judged_also_where_it_was_kept_before(parts, monkeypatch):
    machine, contexts = parts.machine, parts.contexts
    trained = TrainingEmbeddings(
        torch.nn.functional.normalize(HashEncoder().encode(["one", "two"]), dim=1), 0.3
    )
    monkeypatch.setattr(machine, "training_embeddings", trained)

    async def fill():
        kept = [await contexts.create(ContextQuery(text=text), "ann") for text in ("one", "elsewhere")]
        return *(entry for entry, _ in kept), (
            await contexts.create(ContextQuery(mix=(("one", 0.5), ("elsewhere", 0.5))), "ann")
        )[0]

    with pytest.warns(match="far"):
        near, far, mixed = run(fill())
    monkeypatch.setattr(machine, "when_far", "refuse")
    later = Contexts(
        machine, parts.engine, parts.bank, parts.catalogue, Policy()
    )  # a server that was started anew
    assert run(later.resolve(ContextQuery(id=near.id), "ann")).modulation is not None
    for entry in (far, mixed):
        with pytest.raises(ValueError, match="far"):
            run(later.resolve(ContextQuery(id=entry.id), "ann"))
    monkeypatch.setattr(machine, "when_far", "damp")
    later = Contexts(machine, parts.engine, parts.bank, parts.catalogue, Policy())
    damped = run(later.resolve(ContextQuery(id=far.id), "ann"))
    assert damped.id == far.id
    same_context(machine, damped.modulation, machine.modulation(["elsewhere"]))
    assert 0 < damped.modulation.strength.item() < 1


def test_mixtures_without_bounds_are_said(parts):
    with pytest.raises(ValueError, match="make its numbers overflow; use smaller ones"):
        run(parts.contexts.resolve(ContextQuery(mix=(("one", 1e300), ("two", 1e300))), "ann"))
    for i in range(9):
        run(
            parts.contexts.create(
                ContextQuery(mix=tuple((f"text {8 * i + j}", 1.0) for j in range(8))), "ann", name=f"mix-{i}"
            )
        )
    mixes = [run(parts.contexts.resolver.find(ContextQuery(name=f"mix-{i}"), "ann")).id for i in range(9)]
    assert (
        run(parts.contexts.resolve(ContextQuery(mix=tuple((id, 1.0) for id in mixes[:8])), "ann")).modulation
        is not None
    )
    with pytest.raises(ValueError, match="of 72 texts in all, but may be of 64"):
        run(parts.contexts.resolve(ContextQuery(mix=tuple((id, 1.0) for id in mixes)), "ann"))


def test_a_damaged_context_is_made_anew(parts, tmp_path):
    entry, _ = run(parts.contexts.create(ContextQuery(text="one"), "ann"))
    before = run(parts.contexts.resolve(ContextQuery(id=entry.id), "ann"))
    damage(tmp_path / "bank", "context", 0)
    assert parts.bank.verify() == [0]
    damage(tmp_path / "bank", "embedding", 0)
    other, _ = run(parts.contexts.create(ContextQuery(text="two"), "ann"))
    assert run(parts.contexts.distances([entry, other])) == [
        None,
        None,
    ]  # of one damaged, of the other nothing says so
    assert [kept.id for kept, *_ in run(parts.contexts.map("ann", 9))] == [other.id]
    after = run(parts.contexts.resolve(ContextQuery(id=entry.id), "ann"))
    assert torch.equal(after.modulation.pack(), before.modulation.pack())


def test_a_bank_that_is_damaged_stops_no_request(parts, monkeypatch, caplog):
    entry, _ = run(parts.contexts.create(ContextQuery(text="one"), "ann"))
    before = run(parts.contexts.resolve(ContextQuery(id=entry.id), "ann"))

    def broken(*_):
        raise CorruptContext("bank.db is damaged")

    monkeypatch.setattr(parts.bank, "row", broken)
    monkeypatch.setattr(parts.bank, "append", broken)
    assert parts.catalogue.get(entry.id, "ann") == dataclasses.replace(entry, row=None)
    assert "cannot be looked up: bank.db is damaged" in caplog.text
    after = run(parts.contexts.resolve(ContextQuery(id=entry.id), "ann"))
    assert torch.equal(after.modulation.pack(), before.modulation.pack())
    other, new = run(parts.contexts.create(ContextQuery(text="two"), "ann"))
    assert new and run(parts.contexts.resolve(ContextQuery(id=other.id), "ann")).id == other.id


def test_the_policy_looks_at_every_part_and_at_what_was_kept_before(parts):
    entry, _ = run(parts.contexts.create(ContextQuery(text="say bad things"), "ann", name="old"))
    mixed, _ = run(parts.contexts.create(ContextQuery(mix=(("say bad things", 1.0), ("fine", 1.0))), "ann"))
    strict = Contexts(parts.machine, parts.engine, parts.bank, parts.catalogue, Policy(refuse=["bad"]))
    for wanted in (
        ContextQuery(text="a BAD thing"),
        ContextQuery(mix=(("fine", 1.0), ("bad", 0.1))),
        ContextQuery(id=entry.id),
        ContextQuery(name="old"),
        ContextQuery(id=mixed.id),
        ContextQuery(mix=((entry.id, 1.0),)),
    ):
        with pytest.raises(Refused):
            run(strict.resolve(wanted, "ann"))
    with pytest.raises(Refused):
        run(strict.search("bad", "ann", 3))
    assert run(strict.resolve(ContextQuery(text="fine"), "ann")).modulation is not None


def test_a_public_mixture_of_private_parts_can_be_used_where_its_numbers_are_not(tmp_path):
    with serving.server(tmp_path) as parts:
        parts.engine.start()
        part, _ = run(parts.contexts.create(ContextQuery(text="a secret"), "ann"))
        both, _ = run(
            parts.contexts.create(ContextQuery(mix=((part.id, 0.5), ("open", 0.5))), "ann", public=True)
        )
        (tmp_path / "other").mkdir()
        bank = serving.open_bank(tmp_path / "other", parts.machine)
        catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'contexts.db'}", bank)
        replica = Contexts(parts.machine, parts.engine, bank, catalogue, Policy())
        assert run(replica.resolve(ContextQuery(id=both.id), "bob")).id == both.id
        for known in (parts.contexts, replica):  # though its numbers lie in the replica's bank now
            with pytest.raises(NotFound):
                run(known.resolve(ContextQuery(id=part.id), "bob"))
        catalogue.close()
        bank.close()
