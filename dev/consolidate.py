"""Teach a checkpoint's hypernetwork to read.

What wordings of a behaviour emit is drawn to their mean, and away from other behaviours' means.

`python dev/consolidate.py CHECKPOINT OUT --data function-vectors:FOLDER --data …` runs no base model and
takes minutes on one core; of the run of 2026-11-26, with the sources of `recipes/default.toml`, it made the
shipped checkpoint. The new hypernetwork is a `direct` one of the given width and bottleneck; adapter weights
stay as they are. Of each task the mean over its training descriptions is the target, in the norm of the
update (each number weighted by |a| |b| of its rank-one part); a cross-entropy over the distances to all
behaviours' targets keeps neighbours apart.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from zhyper import TextToAdapter
from zhyper.data import load_collection
from zhyper.data._shipped import further_wordings as word_wordings
from zhyper.data.steering._all_behaviours import further_wordings
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


def main() -> None:
    """Read the options, learn, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--width", type=int, default=1536)
    parser.add_argument("--bottleneck", type=int, default=128)
    parser.add_argument("--steps", type=int, default=5200)
    parser.add_argument("--words", type=float, default=6.0, help="factor on the weight of word tasks")
    options = parser.parse_args()
    old = TextToAdapter.load(options.checkpoint)
    groups = []  # the texts that mean the same, how often they are drawn, and whether they are a behaviour
    for rows in load_collection("steering", "procedural", *options.data).rows("train", "train", "train"):
        if rows.descriptions:
            behaviour = rows.task.name.startswith("steering/") and "+" not in rows.task.name
            words = options.words if rows.task.source in WORDS else 1.0
            groups.append((rows.descriptions, words * rows.task.weight, behaviour))
        else:
            some = random.Random(rows.task.name).sample(rows.pairs, min(CONTENTS, len(rows.pairs)))
            groups += [(pair.descriptions, OFTEN, False) for pair in some]
    texts = [text for alike, _, _ in groups for text in alike]
    task_T = torch.tensor([i for i, (alike, _, _) in enumerate(groups) for _ in alike])
    often_T = torch.tensor([often / len(alike) for alike, often, _ in groups for _ in alike])
    contexts_TC = old.encoder.encode(texts, batched=True)
    size_N = sizes(old)
    with torch.no_grad():
        emitted_TN = torch.cat([flat(old.hypernet(part)) for part in contexts_TC.split(512)]) * size_N
    # what the checkpoint was not trained on tells nothing of a task's mean
    late = [lines for _, lines in further_wordings()] + list(word_wordings().values())
    further = {text for lines in late for text in lines}
    known_T = torch.tensor([text not in further for text in texts])
    counts_K = torch.bincount(task_T[known_T], minlength=len(groups))
    targets_KN = (
        torch.zeros(len(groups), len(size_N)).index_add_(0, task_T[known_T], emitted_TN[known_T])
        / counts_K[:, None]
    )
    mean_N = (emitted_TN * often_T[:, None]).sum(0) / often_T.sum()
    whole = ((emitted_TN - mean_N).square().mean(1) * often_T).sum() / often_T.sum()
    classes = torch.tensor([i for i, (_, _, behaviour) in enumerate(groups) if behaviour])
    class_K = torch.full((len(groups),), -1).index_put_((classes,), torch.arange(len(classes)))

    torch.manual_seed(0)
    width = {"hypernet_width": options.width, "hypernet_bottleneck": options.bottleneck}
    spec = replace(old.spec, **width, dropout=0.0, start_deviation=0.0)
    new = TextToAdapter(
        spec, old.model.base, old.tokenizer, old.encoder, dict(old.about), old.training_embeddings
    )
    new.adapter_weights.load_state_dict(old.adapter_weights.state_dict())
    optimizer = torch.optim.AdamW(new.hypernet.parameters(), RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, options.steps, pct_start=0.1)
    new.hypernet.train()
    for step in range(options.steps):
        drawn_B = torch.multinomial(often_T, BATCH, replacement=True)
        embeddings_BC = contexts_TC[drawn_B]
        emitted_BN = flat(new.hypernet(embeddings_BC + NOISE * torch.randn_like(embeddings_BC))) * size_N
        loss = (emitted_BN - targets_KN[task_T[drawn_B]]).square().mean() / whole
        class_B = class_K[task_T[drawn_B]]
        far_BK = torch.cdist(emitted_BN[class_B >= 0], targets_KN[classes]).square() / len(size_N) / whole
        loss = loss + APART * cross_entropy(-far_BK / TEMPERATURE, class_B[class_B >= 0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {options.steps}: loss {loss.item():.3f}", flush=True)
    new.hypernet.eval()
    new.spec = replace(new.spec, dropout=old.spec.dropout, start_deviation=old.spec.start_deviation)
    new.about.pop("weights_sha256", None)
    form, run = new.spec, old.spec
    new.about["afterwards"] = (
        "`python dev/consolidate.py` of the project's repository put another hypernetwork "
        f"({form.hypernet_width} hidden numbers, bottleneck {form.hypernet_bottleneck}) in the place "
        f"of the run's ({run.hypernet_width}, {run.hypernet_bottleneck}), which emits for each wording of "
        "a task what the run's emitted in the mean of the wordings it was trained on; steps, chosen and "
        "selection are the run's."
    )
    recipe = Recipe.from_dict(new.about["recipe"]).with_changes(width)
    new.about["recipe"] = recipe.to_dict()
    new.about["parameters"] = parameter_counts(form, new.model.base.config)
    print(f"wrote {new.save(options.out, dtype=torch.float16)}")


if __name__ == "__main__":
    main()
