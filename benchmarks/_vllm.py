"""A vLLM server with zhyper's plugin, started as a user would, and what its answers should be."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import torch
from peft import PeftModel

from zhyper.data import prompt_tokens
from zhyper.text_to_adapter import TextToAdapter

PYTHON = "ZHYPER_VLLM_PYTHON"
"""The variable that names the Python of an environment with vLLM and zhyper."""
START_SECONDS = 1800
"""A busy machine takes its time."""
TIE = 1e-3
"""Two logits that are nearer than this are as good as equal in float32."""
CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
}
OPTIONS = ("--dtype", "float32", "--gpu-memory-utilization", "0.3", "--max-model-len", "1024")


@dataclass
class VllmServer:
    """A server on a free port; `with` starts and ends it.

    Args:
        python: of the environment with vLLM.
        log: file that it writes to.
        variables: settings of the plugin, such as `ZHYPER_VLLM_STORE`.
        options: further options of `vllm serve`; the last of a name counts.
    """

    python: str
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    url: str = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it by the command that `python -m zhyper.serve.vllm` prints, and wait until it answers."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZHYPER_VLLM_")}
        environment = {**inherited, **CPU, **self.variables}
        environment["PATH"] = f"{Path(self.python).absolute().parent}{os.pathsep}{environment['PATH']}"
        printed = subprocess.run(
            [self.python, "-m", "zhyper.serve.vllm"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if printed.returncode:
            raise RuntimeError(f"no command: {printed.stderr}")
        words = shlex.split(printed.stdout)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        ours = (*OPTIONS, "--host", "127.0.0.1", "--port", str(port), *self.options)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*words, *ours], env=environment, stdout=log, stderr=log, cwd=self.log.parent,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as an operator does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End all its processes at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"vLLM ended while it started; see {self.log}")
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(1)
        raise RuntimeError(f"vLLM did not start; see {self.log}")


async def ask(client: httpx.AsyncClient, model: str, prompt: str, tokens: int) -> tuple[list[int], list[int]]:
    """The tokens of a prompt and of its greedy answer."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0,
        "max_tokens": tokens,
        "return_token_ids": True,
    }
    response = await client.post("/v1/chat/completions", json=body)
    if response.status_code != 200:
        raise RuntimeError(f"{response.status_code}: {response.text}")
    answer = response.json()
    return answer["prompt_token_ids"], answer["choices"][0]["token_ids"]


async def first_token(client: httpx.AsyncClient, model: str, prompt: str) -> float:
    """Seconds until a stream's first token comes."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0,
        "max_tokens": 2,
        "stream": True,
        "return_token_ids": True,
    }
    start = time.perf_counter()
    async with client.stream("POST", "/v1/chat/completions", json=body) as response:
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {(await response.aread()).decode()}")
        async for line in response.aiter_lines():
            if line.startswith("data: {") and json.loads(line[6:])["choices"][0].get("token_ids"):
                return time.perf_counter() - start
    raise RuntimeError("the stream ended without a token")


@dataclass
class Reference:
    """What PEFT computes with exported adapters, in float32 on the CPU."""

    machine: TextToAdapter

    def __post_init__(self) -> None:
        self._peft: Any = None

    def put(self, folder: Path) -> None:
        """Compute with the adapter of this folder from now on."""
        if self._peft is None:
            # The generator's own base: its hooks are off outside `under`.
            self._peft = PeftModel.from_pretrained(self.machine.model.base, str(folder), adapter_name="last")
        else:
            self._peft.delete_adapter("last")
            self._peft.load_adapter(str(folder), "last")
            self._peft.set_adapter("last")

    @torch.no_grad()
    def gap(self, prompt: str, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> float:
        """How far a greedy answer's tokens are from the largest logits, at most; 0 is the very same answer.

        Infinite where the prompt had other tokens.
        """
        expected = prompt_tokens(self.machine.tokenizer, prompt, self.machine.spec.chat_template)
        if list(prompt_ids) != list(expected) or not answer_ids:
            return float("inf")
        row = torch.tensor([[*prompt_ids, *answer_ids]])
        logits_TV = self._peft(input_ids=row).logits[0, len(prompt_ids) - 1 : -1].float()
        chosen_T = logits_TV.gather(1, torch.tensor(answer_ids)[:, None])[:, 0]
        return float((logits_TV.amax(1) - chosen_T).max())
