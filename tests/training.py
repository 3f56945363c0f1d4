"""What tests of training share: what a run left behind, and runs that end early."""

import gc
import json
import multiprocessing
import os
import signal
import time

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerCallback

from zhyper.spec import Recipe
from zhyper.train import Stopped, train

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["zhyper.train", "zhyper.text_to_adapter", "transformers.models.llama.modeling_llama"]
)


def in_a_process(work, recipe, *arguments):
    """`work(recipe, *arguments)` in a process of its own, forked from one that has imported everything."""
    environment = {"ZHYPER_CACHE": os.environ["ZHYPER_CACHE"]}
    process = FORKS.Process(target=_work, args=(work, recipe.to_dict(), arguments, environment))
    process.start()
    return process


def _work(work, recipe, arguments, environment):
    gc.freeze()  # each training collects garbage, and would look at all that was imported
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
    os.environ |= environment
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    torch.set_num_threads(1)
    try:
        work(Recipe.from_dict(recipe), *arguments)
    except Stopped as stopped:
        raise SystemExit(stopped.exit_code) from None


def weights(out):
    """The trained tensors of a run's checkpoint."""
    return load_file(out / "checkpoint" / "weights.safetensors")


def weight_bytes(out):
    return (out / "checkpoint" / "weights.safetensors").read_bytes()


def samples(out):
    return [json.loads(line) for line in (out / "samples.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]


def newest(out):
    """The newest checkpoint of a run's state."""
    return max((out / "state").glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def history(out):
    """What the newest checkpoint says was logged."""
    return json.loads((newest(out) / "trainer_state.json").read_text())["log_history"]


def same(a, b):
    """Equality of nested optimiser state, bit for bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


class At(TrainerCallback):
    """Does something after a step, and keeps all logs."""

    def __init__(self, step=0, act=lambda: None):
        self.step, self.act, self.logs = step, act, []

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            self.act()

    def on_log(self, args, state, control, logs, **kwargs):
        self.logs.append({"step": state.global_step, **logs})


def fail():
    raise InterruptedError("as if it were killed")


def interrupted(recipe, out, step):
    """A run that ends after a step as if it were killed."""
    with pytest.raises(RuntimeError, match="as if it were killed"):
        train(recipe, out, watchers=[At(step, fail)])


def wait_for_checkpoint(out, step, alive):
    """Until a run in a process of its own has written the checkpoint of a step, or has ended."""
    state = out / "state" / f"checkpoint-{step}" / "trainer_state.json"
    while alive() and not state.exists():
        time.sleep(0.01)
