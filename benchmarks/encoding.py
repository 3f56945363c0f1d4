"""Seconds of reading many descriptions in batches, and of a loop over single texts with a disk commit each.

Both read the same texts with the packaged MiniLM in one process and in turn, on one thread, into a new
SQLite file in the working folder. The peer calls the sentence-transformers model for each text and commits
its vector; ours is what training does. Two more runs do the same without the disk: they tell what the passes
win from what the commits do. Without `--data` the texts are made of 20 words in the mean. Target: at least
10 times as fast as the peer. It needs commits that cost several passes: a batch does as many multiplications
as its texts do.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import torch
from _machine import in_turn, ratio, report

from zhyper.encoders import SentenceEncoder

WORDS = (
    "the a of to in each and answer question sentence text given write translate list word number find "
    "whether sort title into French review positive negative summary of story classify please your task is "
    "that option"
).split()


def made_up(count: int) -> list[str]:
    """Texts of 5 to 35 words, each another."""
    rng = random.Random(0)
    return [f"{' '.join(rng.choices(WORDS, k=rng.randint(5, 35)))} {i}" for i in range(count)]


def from_data(sources: list[str], count: int) -> list[str]:
    """Descriptions of tasks, drawn."""
    from zhyper.data import load_collection

    texts = {text for task in load_collection(*sources).tasks for text in task.descriptions}
    return random.Random(0).sample(sorted(texts), min(count, len(texts)))


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder on the disk of the working folder."""
    with tempfile.TemporaryDirectory(dir=".") as scratch:
        yield Path(scratch)


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=512)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--data", action="append", default=[], help="Read the descriptions of these tasks.")
    args = options.parse_args()

    torch.set_num_threads(1)
    texts = from_data(args.data, args.texts) if args.data else made_up(args.texts)
    model = SentenceEncoder("all-MiniLM-L6-v2")._model

    def encoder(cache: Path | None) -> SentenceEncoder:
        made = SentenceEncoder("all-MiniLM-L6-v2", cache=cache)
        made._model = model
        return made

    def single(text: str) -> torch.Tensor:
        return model.encode([text], convert_to_tensor=True, show_progress_bar=False)[0]

    def peer() -> None:
        with folder() as scratch, closing(sqlite3.connect(scratch / "peer.sqlite")) as store:
            store.execute("CREATE TABLE vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")
            for text in texts:
                row = (text, single(text).numpy().tobytes())
                with store:
                    store.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", row)

    def ours() -> None:
        with folder() as scratch:
            encoder(scratch).encode(texts, batched=True)

    batched, alone = encoder(None).encode(texts, batched=True), encoder(None).encode(texts)
    torch.testing.assert_close(batched, alone, atol=1e-5, rtol=0)
    seconds = in_turn(
        {
            "zhyper, in batches": ours,
            "one at a time, a commit each": peer,
            "zhyper, in batches, no disk": lambda: encoder(None).encode(texts, batched=True),
            "one at a time, no disk": lambda: [single(text) for text in texts],
        },
        args.rounds,
    )
    first, *others = seconds
    ratios = {other: ratio(seconds, other, first) for other in others}
    rows = [("reading", "median s", "texts / s", "it / ours")]
    for name, times in seconds.items():
        middle = statistics.median(times)
        rows.append((name, f"{middle:.2f}", f"{len(texts) / middle:.1f}", f"{ratios.get(name, 1):.2f}"))
    largest = float((batched - alone).abs().max())
    report("encoding", rows, {"ratios": ratios, "largest_difference": largest, "settings": vars(args)})


if __name__ == "__main__":
    main()
