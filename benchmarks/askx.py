"""Throughput and memory of turning Reddit dumps into pairs, on a dump made for it.

    python benchmarks/askx.py --gigabytes 1 [--texts long]

The dump is what public ones are: one JSON object a line, zstandard with a long window. Texts are short, or
near the limit of 4,000 characters in letters of four bytes: the worst for memory. Printed are megabytes of
text a second, beside what decompressing and parsing every line alone would take, and the peak memory of the
process that reads.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _machine import report

WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "ke", "lo", "mi", "nu", "ra")
    for b in ("d", "g", "n", "rt", "st")
    for c in ("al", "en", "is", "or", "um")
]
READ = """
import json, sys, time
from pathlib import Path
from zhyper.data._askx import AskXSettings, open_dump, read_community
folder, size_read = Path(sys.argv[1]), [0]
files = folder / "x_submissions.zst", folder / "x_comments.zst"
start = time.perf_counter()
def count(size):
    size_read[0] += size
pairs, _, _ = read_community(*files, AskXSettings(), folder / "state.sqlite", count)
seconds = time.perf_counter() - start
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
start = time.perf_counter()
for file in files:
    with open_dump(file) as lines:
        for line in lines:
            json.loads(line)
parsing = time.perf_counter() - start
facts = {"bytes": size_read[0], "seconds": seconds, "parsing": parsing, "peak_mib": peak / 1024}
print(json.dumps({**facts, "pairs": len(pairs)}))
"""


def texts_of(kind: str, rng: random.Random) -> list[str]:
    """Texts to draw from."""
    if kind == "short":
        return [" ".join(rng.choices(WORDS, k=rng.randint(5, 150))) for _ in range(5000)]
    letters = "".join(rng.choices([chr(0x1F600 + i) for i in range(24)], k=9000))
    return [letters[i : i + 3900] for i in range(5000)]


def write_dump(folder: Path, size: int, kind: str) -> None:
    """Two files of about `size` bytes together, uncompressed; comments are nine tenths."""
    import zstandard

    rng, parameters = (
        random.Random(0),
        zstandard.ZstdCompressionParameters(compression_level=3, window_log=27, enable_ldm=True),
    )
    texts = texts_of(kind, rng)
    length = sum(len(json.dumps(text)) for text in texts[:100]) // 100
    submissions = size // 10 // (length + 340)
    extra = {
        "author": "someone",
        "created_utc": 1700000000,
        "permalink": "/a/b/c/d/e/f/g",
        "gilded": 0,
        "edited": False,
        "subreddit": "x",
    }
    for name, count in (("submissions", submissions), ("comments", size * 9 // 10 // (length + 190))):
        with (
            (folder / f"x_{name}.zst").open("wb") as handle,
            zstandard.ZstdCompressor(compression_params=parameters).stream_writer(handle) as out,
        ):
            for i in range(count):
                row = {"id": f"{name}{i}", "score": int(rng.paretovariate(1)), **extra}
                if name == "submissions":
                    row |= {"title": rng.choice(texts)[:80], "selftext": rng.choice(texts), "is_self": True}
                else:
                    link = f"t3_submissions{rng.randrange(submissions)}"
                    row |= {
                        "link_id": link,
                        "parent_id": link if rng.random() < 0.5 else "t1_x",
                        "body": rng.choice(texts),
                    }
                out.write(json.dumps(row).encode() + b"\n")


def main() -> None:
    """Write the dump, read it in a process of its own, print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--gigabytes", type=float, default=1.0)
    options.add_argument("--texts", choices=["short", "long"], default="short")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_dump(Path(folder), int(args.gigabytes * 1e9), args.texts)
        print(f"wrote the dump in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        facts = json.loads(
            subprocess.run(
                [sys.executable, "-c", READ, folder], capture_output=True, text=True, check=True
            ).stdout
        )
    rate = facts["bytes"] / 1e6 / facts["seconds"]
    rows = [
        ("text", "pairs", "MB/s", "time against parsing alone", "peak MiB"),
        (
            f"{facts['bytes'] / 1e9:.2f} GB",
            f"{facts['pairs']:,}",
            f"{rate:.0f}",
            f"{facts['seconds'] / facts['parsing']:.2f}",
            f"{facts['peak_mib']:.0f}",
        ),
    ]
    report("askx", rows, {"texts": args.texts, **facts})


if __name__ == "__main__":
    main()
