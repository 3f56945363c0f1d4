"""Greedy answers of llama.cpp, through the package xllamacpp in a Python of its own.

`ZHYPER_LLAMACPP_PYTHON` names that Python (`pip install xllamacpp` brings a build of llama.cpp for CPUs);
without it the one that runs this is tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VARIABLE = "ZHYPER_LLAMACPP_PYTHON"


def python() -> str:
    """The Python that has xllamacpp."""
    return os.environ.get(VARIABLE) or sys.executable


def reason() -> str | None:
    """Why there is no llama.cpp here; None where there is."""
    if subprocess.run([python(), "-c", "import xllamacpp"], capture_output=True, check=False).returncode == 0:
        return None
    return f"{python()} has no xllamacpp; pip install it anywhere and name that Python in {VARIABLE}"


def answers(
    model: Path,
    adapters: Sequence[Path],
    requests: Sequence[dict[str, Any]],
    length: int,
    threads: int = 1,
) -> list[dict[str, Any]]:
    """The greedy `tokens` of requests, one after another, their `text`, and what was likely at first.

    `first` has the log-probability of each of the ten likeliest first tokens, `finish` is `stop` or `length`,
    `seconds` is how long it took.

    Args:
        model: a GGUF file.
        adapters: GGUF files of LoRAs for it.
        requests: of each the `prompt` as token numbers, and `scales`, one strength for each adapter.
        length: tokens at which an answer is cut.
        threads: that compute.
    """
    job = {
        "model": str(model),
        "adapters": [str(adapter) for adapter in adapters],
        "requests": list(requests),
        "length": length,
        "threads": threads,
    }
    done = subprocess.run(
        [python(), __file__], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"llama.cpp failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _run(job: dict[str, Any]) -> list[dict[str, Any]]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = job["model"]
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in job["adapters"]]
    params.n_ctx, params.n_parallel, params.verbosity = 1024, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = job["threads"]
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    server = xllamacpp.Server(params)
    rows = []
    for request in job["requests"]:
        start = time.perf_counter()
        answer = server.handle_completions(
            {
                "prompt": request["prompt"],
                "max_tokens": job["length"],
                "temperature": 0,
                "logprobs": 10,
                "cache_prompt": False,  # its cache does not know under which adapter a prompt was read
                "lora": [{"id": i, "scale": scale} for i, scale in enumerate(request["scales"])],
            }
        )
        choice = answer["choices"][0]
        tokens = choice["logprobs"]["content"]
        first = {token["id"]: token["logprob"] for token in tokens[0]["top_logprobs"]}
        rows.append(
            {
                "text": choice["text"],
                "tokens": [token["id"] for token in tokens],
                "first": first,
                "finish": choice["finish_reason"],
                "seconds": time.perf_counter() - start,
            }
        )
    return rows


if __name__ == "__main__":
    print(json.dumps(_run(json.load(sys.stdin))), flush=True)
    os._exit(0)  # xllamacpp's threads do not always end
