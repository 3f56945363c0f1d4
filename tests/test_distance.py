"""Distances to the training embeddings, what is far, and what is done with it."""

import json
import subprocess
import sys
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from conftest import HashEncoder, tiny_machine, tokens
from zhyper.checkpoint import CONTEXTS
from zhyper.distance import CAP, FarContextWarning, TrainingEmbeddings
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train

TEXTS = [f"description {i}" for i in range(9)]


def knowing(when_far="warn", far=0.3, method="zhyper-diag"):
    """A machine trained, so it is told, on `TEXTS`."""
    machine = tiny_machine(method)
    known = TrainingEmbeddings.of(HashEncoder().encode(TEXTS))
    machine.training_embeddings, machine.when_far = TrainingEmbeddings(known.vectors_NC, far), when_far
    return machine


def test_distances_are_cosine_distances_to_the_nearest():
    known, others = HashEncoder().encode(TEXTS), HashEncoder().encode(["one", "two"])
    found = TrainingEmbeddings.of(known).distances(torch.cat([others, known[:2]]))
    expected = [min(1 - torch.nn.functional.cosine_similarity(c, k, dim=0) for k in known) for c in others]
    torch.testing.assert_close(found[:2], torch.stack(expected))
    torch.testing.assert_close(found[2:], torch.zeros(2), atol=1e-6, rtol=0)


def test_far_is_beyond_nearly_all_nearest_neighbours():
    known = torch.randn(300, 5, generator=torch.Generator().manual_seed(0))
    trained = TrainingEmbeddings.of(known)
    unit = torch.nn.functional.normalize(known, dim=1)
    nearest = torch.stack([1 - (unit[torch.arange(300) != i] @ unit[i]).max() for i in range(300)])
    assert (nearest > trained.far).sum() == 3


@given(scale=st.floats(0.1, 100), seed=st.integers(0, 50))
def test_lengths_and_order_do_not_matter(scale, seed):
    known = torch.randn(7, 4, generator=torch.Generator().manual_seed(seed))
    one, other = TrainingEmbeddings.of(known), TrainingEmbeddings.of(known.flip(0) * scale)
    assert one.far == pytest.approx(other.far, abs=1e-5)
    torch.testing.assert_close(one.distances(known + 1), other.distances((known + 1) * 3), atol=1e-5, rtol=0)


def test_at_most_so_many_are_kept_and_too_few_say_nothing():
    assert len(TrainingEmbeddings.of(torch.randn(CAP + 50, 6)).vectors_NC) == CAP
    assert TrainingEmbeddings.of(torch.ones(5, 3)) is None


def test_a_far_description_warns_and_changes_nothing():
    ids, mask = tokens(tiny_machine())
    machine = knowing()
    with pytest.warns(
        FarContextWarning,
        match=r"'far away' is far from all training descriptions \(cosine distance 0\.\d\d; far is above",
    ):
        held = machine.modulation(["far away"])
    assert torch.equal(
        machine.logits(ids, mask, held), machine.logits(ids, mask, tiny_machine().modulation(["far away"]))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        machine.modulation(TEXTS)


@pytest.mark.parametrize("method", ["zhyper-diag", "t2l-l", "t2l-vera"])
def test_damping_makes_the_update_smaller_by_its_distance(method, tmp_path):
    plain, machine = tiny_machine(method), knowing("damp", method=method)
    ids, mask = tokens(machine, rows=3)
    (distance,) = machine.distances(["far away"])
    held = machine.modulation(["far away", TEXTS[0], "far away"])
    by_hand = plain.modulation(["far away", TEXTS[0], "far away"]).scale(
        torch.tensor([0.3 / distance, 1.0, 0.3 / distance])
    )
    torch.testing.assert_close(machine.logits(ids, mask, held), plain.logits(ids, mask, by_hand))
    machine.adapter("far away").save(tmp_path / "damped")
    plain.adapter("far away", strength=0.3 / distance).save(tmp_path / "weak")
    one, other = ((tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("damped", "weak"))
    assert one == other
    assert (
        f"{distance:.3f} (far is above 0.300, far ones damped"
        in (tmp_path / "damped" / "README.md").read_text()
    )


def test_what_is_damped_has_an_address_of_its_own():
    plain, damped, other = knowing(), knowing("damp"), knowing("damp", far=0.2)
    assert plain.address("a") == tiny_machine().address("a")
    assert len({machine.address("a") for machine in (plain, damped, other)}) == 3


def test_refusing():
    with pytest.raises(ValueError, match="'far away' is far from all training descriptions"):
        knowing("refuse").generate(["a"], ["far away"])
    assert knowing("refuse").generate(["a"], [TEXTS[0]], max_new_tokens=2) == tiny_machine().generate(
        ["a"], [TEXTS[0]], max_new_tokens=2
    )
    with pytest.raises(ValueError, match="must be one of: warn, damp, refuse"):
        TextToAdapter.load(when_far="panic")


def test_a_run_keeps_its_contexts_and_a_checkpoint_without_them_knows_no_distance(recipe, tmp_path):
    train(recipe, tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run")
    card = json.loads((tmp_path / "run" / "checkpoint" / "checkpoint.json").read_text())
    assert card["contexts"]["count"] == len(machine.training_embeddings.vectors_NC)
    trained, other = "first letter, please, as number 0 of the requests", "Quite another wish!"
    (near, far) = machine.distances([trained, other])
    assert near < 0.05 < far  # half precision on disk
    assert machine.adapter(trained).distances == {trained: near}
    folder = tmp_path / "run" / "checkpoint"
    (folder / CONTEXTS).write_bytes(b"broken")
    with pytest.raises(ValueError, match="its card says"):
        TextToAdapter.load(tmp_path / "run")
    (folder / CONTEXTS).unlink()
    with pytest.raises(ValueError, match="is missing, but the checkpoint's card speaks of it"):
        TextToAdapter.load(tmp_path / "run")
    (folder / "checkpoint.json").write_text(json.dumps({k: v for k, v in card.items() if k != "contexts"}))
    assert TextToAdapter.load(tmp_path / "run").distances([trained]) is None


@pytest.mark.parametrize(
    "changes", [{"adapter": "lora", "hypernet": "none"}, {"encoder": "one-hot", "context": "task"}]
)
def test_where_nothing_can_be_near(recipe, tmp_path, changes):
    train(recipe.with_changes({**changes, "steps": 1}), tmp_path / "run")
    machine = TextToAdapter.load(tmp_path / "run")
    assert machine.distances(["first"]) is None
    machine.adapter("first").save(tmp_path / "adapter")
    assert "training description | not known |" in (tmp_path / "adapter" / "README.md").read_text()


def test_the_default_checkpoint_tells_near_from_far():
    machine = TextToAdapter.load()
    near = ["What do you call several of them?", "Make the noun plural.", "Say the opposite."]
    far = ["xq zzkt wpl", "The train to Lisbon leaves at noon.", ""]
    threshold = machine.training_embeddings.far
    assert all(d < threshold for d in machine.distances(near))
    assert all(d > threshold for d in machine.distances(far))


def test_the_command_line_warns_damps_and_refuses(tmp_path):
    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "zhyper.cli", *words], capture_output=True, text=True, check=False
        )

    asked = run(
        "ask",
        "house",
        "--as",
        "The train to Lisbon leaves at noon.",
        "--as",
        "Make the noun plural.",
        "--json",
        "-n",
        "2",
    )
    assert (
        "warning: 'The train to Lisbon leaves at noon.' is far from all training descriptions"
        in asked.stderr.replace("\n", " ")
    )
    one, two = (row["distance"] for row in json.loads(asked.stdout)["answers"])
    assert two < 0.5 < one
    done = run(
        "adapt", "The train to Lisbon leaves at noon.", "--out", str(tmp_path / "a"), "--when-far", "refuse"
    )
    assert done.returncode == 1
    assert not (tmp_path / "a").exists()
    assert "is far from all training descriptions" in done.stderr.replace("\n", " ")
