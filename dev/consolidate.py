"""Teach a checkpoint's hypernetwork to read: what wordings of a behaviour emit is drawn to their mean, and away from other behaviours'.

`python dev/consolidate.py CHECKPOINT OUT --width 512 --data function-vectors:FOLDER --data …` runs no base model and takes minutes
on one core. The new hypernetwork is a `direct` one of the given width; adapter weights stay as they are. Of each task the mean over its
training descriptions is the target, in the norm of the update (each number weighted by |a| |b| of its rank-one part); a cross-entropy
over the distances to all behaviours' targets keeps neighbours apart.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from zhyper import TextToAdapter
from zhyper.data import load_collection
from zhyper.modulation import Modulation

CLASSES, APART, TEMPERATURE, NOISE, BATCH = "steering/", 0.3, 0.05, 0.3, 384


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
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--steps", type=int, default=1500)
    options = parser.parse_args()
    old = TextToAdapter.load(options.checkpoint)
    rows = [r for r in load_collection("steering", "procedural", *options.data).rows("train", "train", "train") if r.descriptions]
    texts = [text for r in rows for text in r.descriptions]
    task_T = torch.tensor([i for i, r in enumerate(rows) for _ in r.descriptions])
    often_T = torch.tensor([r.task.weight / len(r.descriptions) for r in rows for _ in r.descriptions])
    contexts_TC = old.encoder.encode(texts, batched=True)
    size_N = sizes(old)
    with torch.no_grad():
        emitted_TN = torch.cat([flat(old.hypernet(part)) for part in contexts_TC.split(512)]) * size_N
    targets_KN = torch.zeros(len(rows), len(size_N)).index_add_(0, task_T, emitted_TN) / torch.bincount(task_T)[:, None]
    mean_N = (emitted_TN * often_T[:, None]).sum(0) / often_T.sum()
    whole = ((emitted_TN - mean_N).square().mean(1) * often_T).sum() / often_T.sum()
    classes = torch.tensor([i for i, r in enumerate(rows) if r.task.name.startswith(CLASSES) and "+" not in r.task.name])
    class_K = torch.full((len(rows),), -1).index_put_((classes,), torch.arange(len(classes)))

    torch.manual_seed(0)
    spec = replace(old.spec, hypernet_width=options.width)
    new = TextToAdapter(spec, old.model.base, old.tokenizer, old.encoder, dict(old.about), old.training_contexts)
    new.adapter_weights.load_state_dict(old.adapter_weights.state_dict())
    optimizer = torch.optim.AdamW(new.hypernet.parameters(), 2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, options.steps, pct_start=0.1)
    new.hypernet.train()
    for step in range(options.steps):
        drawn_B = torch.multinomial(often_T, BATCH, replacement=True)
        contexts_BC = contexts_TC[drawn_B]
        emitted_BN = flat(new.hypernet(contexts_BC + NOISE * torch.randn_like(contexts_BC))) * size_N
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
    new.about.pop("weights_sha256", None)
    print(f"wrote {new.save(options.out)}")


if __name__ == "__main__":
    main()
