"""Teach a checkpoint's hypernetwork to read.

What wordings of a behaviour emit is drawn to their mean, and away from other behaviours' means.

`python dev/consolidate.py CHECKPOINT OUT --data function-vectors:FOLDER --data …` runs no base model and
takes minutes on one core; of the run of 2026-11-26, with the sources of `recipes/default.toml`, it made the
shipped checkpoint. The new hypernetwork is a `direct` one of the given width and bottleneck; adapter weights
stay as they are. Of each task the mean over its training descriptions is the target, in the norm of the
update (each number weighted by |a| |b| of its rank-one part); a cross-entropy over the distances to all
behaviours' targets keeps neighbours apart. At the end it prints how well trained and unseen wordings
(selection split) fit.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from zhyper import TextToAdapter
from zhyper.data import load_collection
from zhyper.data._shipped import further_wordings as word_wordings
from zhyper.data.steering._all_behaviours import further_wordings
from zhyper.hypernets import Hypernet
from zhyper.modulation import Modulation
from zhyper.spec import Recipe
from zhyper.text_to_adapter import parameter_counts

APART, TEMPERATURE, NOISE, BATCH, RATE = 0.1, 0.05, 0.1, 384, 2e-3
WORDS = ("function_vectors", "instruction_induction")
CONTENTS, OFTEN = 90, 0.1
"""Of a behaviour with contents so many pairs count as tasks of their own, each drawn so often."""


def flat(emitted: Modulation) -> Tensor:
    """What is emitted as [B, N]."""
    return torch.cat([v.flatten(1) for slots in emitted.values.values() for v in slots.values()], dim=1)


def sizes(machine: TextToAdapter) -> Tensor:
    """|a| |b| of the rank-one part that each number of a context scales, [N], 1 in the mean of squares."""
    weights = dict(machine.adapter_weights.named_parameters())
    kinds = machine.adapter_weights.slots()
    parts = [weights[f"a_LRI.{kind}"].norm(dim=2) * weights[f"b_LOR.{kind}"].norm(dim=1) for kind in kinds]
    found = torch.cat([part.flatten() for part in parts]).detach()
    return found / found.square().mean().sqrt()


@dataclass(frozen=True)
class Texts:
    """What is learned: T texts of K tasks, and what each task's should emit (N numbers)."""

    task_T: Tensor
    often_T: Tensor
    embeddings_TC: Tensor
    unseen_U: Tensor
    """The task of each unseen wording (selection split)."""
    unseen_UC: Tensor
    kinds: Sequence[str]
    """Of each task: behaviour, word task or other."""
    targets_KN: Tensor
    size_N: Tensor
    whole: Tensor
    """The variance between texts, in the norm of the update."""


def read(old: TextToAdapter, sources: Sequence[str], word_factor: float) -> Texts:
    """The texts of all trained tasks, and what each task should emit."""
    collection = load_collection("steering", "procedural", *sources)
    groups, kinds, index = [], [], {}
    for rows in collection.rows("train", "train", "train"):
        if rows.descriptions:
            index[rows.task.name] = len(groups)
            single = rows.task.name.startswith("steering/") and "+" not in rows.task.name
            words = rows.task.source in WORDS
            groups.append((rows.descriptions, rows.task.weight * (word_factor if words else 1.0)))
            kinds.append("behaviour" if single else "word task" if words else "other")
        else:
            some = random.Random(rows.task.name).sample(rows.pairs, min(CONTENTS, len(rows.pairs)))
            groups += [(pair.descriptions, OFTEN) for pair in some]
            kinds += ["content"] * len(some)
    texts = [text for alike, _ in groups for text in alike]
    task_T = torch.tensor([i for i, (alike, _) in enumerate(groups) for _ in alike])
    often_T = torch.tensor([often / len(alike) for alike, often in groups for _ in alike])
    embeddings_TC, size_N = old.encoder.encode(texts, batched=True), sizes(old)
    with torch.no_grad():
        emitted_TN = torch.cat([flat(old.hypernet(part)) for part in embeddings_TC.split(512)]) * size_N
    # what the checkpoint was not trained on tells nothing of a task's mean
    late = [lines for _, lines in further_wordings()] + list(word_wordings().values())
    further = {text for lines in late for text in lines}
    known_T = torch.tensor([text not in further for text in texts])
    sums_KN = torch.zeros(len(groups), len(size_N)).index_add_(0, task_T[known_T], emitted_TN[known_T])
    mean_N = (emitted_TN * often_T[:, None]).sum(0) / often_T.sum()
    unseen = [
        (index[rows.task.name], text)
        for rows in collection.rows("train", "selection", "train")
        if rows.task.name in index
        for text in rows.descriptions
    ]
    return Texts(
        task_T=task_T,
        often_T=often_T,
        embeddings_TC=embeddings_TC,
        unseen_U=torch.tensor([task for task, _ in unseen]),
        unseen_UC=old.encoder.encode([text for _, text in unseen], batched=True),
        kinds=kinds,
        targets_KN=sums_KN / torch.bincount(task_T[known_T], minlength=len(groups))[:, None],
        size_N=size_N,
        whole=((emitted_TN - mean_N).square().mean(1) * often_T).sum() / often_T.sum(),
    )


def learn(hypernet: Hypernet, texts: Texts, steps: int) -> None:
    """Draw what texts emit to their task's target, and away from other behaviours'."""
    classes = torch.tensor([i for i, kind in enumerate(texts.kinds) if kind == "behaviour"])
    class_K = torch.full((len(texts.kinds),), -1).index_put_((classes,), torch.arange(len(classes)))
    optimizer = torch.optim.AdamW(hypernet.parameters(), RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps, pct_start=0.1)
    hypernet.train()
    for step in range(steps):
        drawn_B = torch.multinomial(texts.often_T, BATCH, replacement=True)
        embeddings_BC, task_B = texts.embeddings_TC[drawn_B], texts.task_T[drawn_B]
        noisy_BC = embeddings_BC + NOISE * torch.randn_like(embeddings_BC)
        emitted_BN = flat(hypernet(noisy_BC)) * texts.size_N
        loss = (emitted_BN - texts.targets_KN[task_B]).square().mean() / texts.whole
        known_B = class_K[task_B] >= 0
        far_BK = torch.cdist(emitted_BN[known_B], texts.targets_KN[classes]).square()
        far_BK = far_BK / len(texts.size_N) / texts.whole / TEMPERATURE
        loss = loss + APART * cross_entropy(-far_BK, class_K[task_B][known_B])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    hypernet.eval()


def print_dimensions(texts: Texts) -> None:
    """Print in how many dimensions the targets lie, each weighted as it is drawn."""
    often_K = torch.zeros(len(texts.kinds)).index_add_(0, texts.task_T, texts.often_T)[:, None]
    mean_N = (texts.targets_KN * often_K).sum(0) / often_K.sum()
    squares = torch.linalg.svdvals((texts.targets_KN - mean_N) * often_K.sqrt()).square()
    shares = squares.cumsum(0) / squares.sum()
    held = ", ".join(f"{n} dimensions hold {100 * shares[n - 1]:.1f} %" for n in (32, 64, 96, 128, 192))
    print(f"of the targets' variance {held}", flush=True)


@torch.no_grad()
def print_fit(hypernet: Hypernet, texts: Texts) -> None:
    """Print the error as a share of the variance, and how often the nearest target of the kind is right."""
    parts = {"trained": (texts.task_T, texts.embeddings_TC), "unseen": (texts.unseen_U, texts.unseen_UC)}
    for kind in sorted(set(texts.kinds)):
        tasks = torch.tensor([i for i, other in enumerate(texts.kinds) if other == kind])
        for part, (task_T, embeddings_TC) in parts.items():
            own_T = torch.isin(task_T, tasks)
            if not own_T.any():
                continue
            emitted = [flat(hypernet(some)) * texts.size_N for some in embeddings_TC[own_T].split(512)]
            emitted_TN, right_T = torch.cat(emitted), task_T[own_T]
            error = (emitted_TN - texts.targets_KN[right_T]).square().mean() / texts.whole
            nearest_T = tasks[torch.cdist(emitted_TN, texts.targets_KN[tasks]).argmin(1)]
            share = 100 * (nearest_T == right_T).double().mean()
            print(f"{kind}, {part} ({len(right_T)}): error {error:.3f}, nearest right {share:.1f} %")


def main() -> None:
    """Read the options, learn, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--width", type=int, default=1536)
    parser.add_argument("--bottleneck", type=int, default=128, help="0 for none")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--steps", type=int, default=5200)
    parser.add_argument("--words", type=float, default=6.0, help="factor on the weight of word tasks")
    options = parser.parse_args()
    old = TextToAdapter.load(options.checkpoint)
    texts = read(old, options.data, options.words)
    print_dimensions(texts)
    torch.manual_seed(0)
    form = {"hypernet_width": options.width, "hypernet_bottleneck": options.bottleneck or None}
    spec = replace(old.spec, **form, dropout=options.dropout, start_deviation=0.0)
    about, embeddings = dict(old.about), old.training_embeddings
    new = TextToAdapter(spec, old.model.base, old.tokenizer, old.encoder, about, embeddings)
    new.adapter_weights.load_state_dict(old.adapter_weights.state_dict())
    learn(new.hypernet, texts, options.steps)
    print_fit(new.hypernet, texts)
    new.spec = replace(new.spec, dropout=old.spec.dropout, start_deviation=old.spec.start_deviation)
    about.pop("weights_sha256", None)
    about["afterwards"] = (
        "`python dev/consolidate.py` of the project's repository put another hypernetwork "
        f"({options.width} hidden numbers, bottleneck {options.bottleneck or None}) in the place of the "
        f"run's ({old.spec.hypernet_width}, {old.spec.hypernet_bottleneck}), which emits for each wording "
        "of a task what the run's emitted in the mean of the wordings it was trained on; steps, chosen and "
        "selection are the run's."
    )
    about["recipe"] = Recipe.from_dict(about["recipe"]).with_changes(form).to_dict()
    about["parameters"] = parameter_counts(new.spec, new.model.base.config)
    print(f"wrote {new.save(options.out, dtype=torch.float16)}")


if __name__ == "__main__":
    main()
