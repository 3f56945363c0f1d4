"""Whether a checkpoint lacks behaviours, or the words for them.

`python dev/read_descriptions.py [CHECKPOINT]` asks popular behaviours of `steering`, on prompts of the
selection split, under a training wording, under an unseen one (selection split), and under the mean of what
all training wordings emit. A classifier from the encoder's vectors to behaviours says how many unseen
wordings could be told apart at all, after 2, 4, … training wordings of each.
"""

from __future__ import annotations

import random
import sys
import warnings
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch

from zhyper import TextToAdapter
from zhyper.answers import answer
from zhyper.data.steering import base_answers, rows_of, steerings, wordings_of
from zhyper.data.steering._all_behaviours import POPULAR
from zhyper.modulation import Modulation


def separable(machine: TextToAdapter) -> None:
    """Print a classifier's accuracy on unseen wordings of all behaviours, by number of training wordings."""
    ones = [
        one for one in steerings() if one.split == "train" and not one.contents and len(one.behaviours) == 1
    ]
    known = [wordings_of(one, "train") for one in ones]
    asked = [(i, text) for i, one in enumerate(ones) for text in wordings_of(one, "selection")]
    vectors = machine.embeddings([text for _, text in asked])
    right = torch.tensor([i for i, _ in asked])
    for count in (2, 4, 8, 16, 32, 64):
        shown = [
            (i, text)
            for i, texts in enumerate(known)
            for text in random.Random(i).sample(texts, min(count, len(texts)))
        ]
        inputs, targets = (
            machine.encoder.encode([text for _, text in shown], batched=True),
            torch.tensor([i for i, _ in shown]),
        )
        torch.manual_seed(0)
        layers = [
            torch.nn.Linear(inputs.shape[1], 384),
            torch.nn.LayerNorm(384),
            torch.nn.SiLU(),
            torch.nn.Dropout(0.3),
        ]
        net = torch.nn.Sequential(*layers, torch.nn.Linear(384, len(ones)))
        optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.05)
        for _ in range(150):
            loss = torch.nn.functional.cross_entropy(net.train()(inputs), targets, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        share = (net.eval()(vectors).argmax(1) == right).float().mean()
        print(
            f"{count} wordings of {len(ones)} behaviours ({len(shown)}): {100 * share:.1f} % of "
            f"{len(asked)} unseen ones",
            flush=True,
        )


def _under(machine: TextToAdapter, held: Modulation, batch: list[int]) -> AbstractContextManager[Any]:
    return machine.model.under(held.at(batch))


def main() -> None:
    """Ask, and print a line for each way."""
    warnings.simplefilter("ignore")
    machine, rng = TextToAdapter.load(sys.argv[1] if len(sys.argv) > 1 else "default"), random.Random(0)
    separable(machine)
    chosen = [one for one in steerings() if one.name in POPULAR and not one.contents and one.split == "train"]
    ways: dict[str, list[tuple[str, int, Modulation]]] = {
        "a training wording": [],
        "an unseen wording": [],
        "the mean": [],
    }
    asks, prompts = {}, {}
    for one in chosen:
        rows = [
            row.ask
            for row in rows_of(one, base_answers())
            if row.split == "selection" and one.check(one.write(row.ask), row.ask)
        ]
        asks[one.name], texts = rng.sample(rows, 3), wordings_of(one, "train")
        prompts[one.name] = [ask.prompt for ask in asks[one.name]]
        every = machine.modulation(texts)
        mean = Modulation(
            {
                kind: {n: v.mean(0, keepdim=True) for n, v in slots.items()}
                for kind, slots in every.values.items()
            },
            1,
        )
        unseen = wordings_of(one, "selection")
        for i in range(3):
            ways["a training wording"].append((one.name, i, every.at([rng.randrange(len(texts))])))
            ways["the mean"].append((one.name, i, mean))
            if unseen:
                ways["an unseen wording"].append((one.name, i, machine.modulation([rng.choice(unseen)])))
    named = {one.name: one for one in chosen}
    for way, jobs in ways.items():
        held = Modulation.stack([modulation for _, _, modulation in jobs])
        asked = [prompts[name][i] for name, i, _ in jobs]
        under = partial(_under, machine, held)
        found = answer(
            machine.model.base,
            machine.tokenizer,
            asked,
            under,
            chat_template=machine.spec.chat_template,
            max_new_tokens=96,
            batch_size=32,
        )
        passed = [
            named[name].check(text, asks[name][i]) for (name, i, _), text in zip(jobs, found, strict=True)
        ]
        print(
            f"under {way}: {100 * sum(passed) / len(passed):.1f} % of {len(passed)} answers pass", flush=True
        )


if __name__ == "__main__":
    main()
