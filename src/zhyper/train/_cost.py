"""What a run costs, counted without weights: its step runs on the meta device, on shapes alone.

Shapes: B rows, T tokens, N answer tokens of the whole batch, A attention heads, D their size.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from zhyper.hypernets import HYPERNETS
from zhyper.model import ConditionedModel, TwoHalves
from zhyper.sites import linear_shape
from zhyper.spec import Recipe, TrainingSpec
from zhyper.text_to_adapter import build, context_width
from zhyper.train._answer_loss import answer_losses

RATE = 0.4 * 989e12
"""Operations a second that hours are counted with: 40 % of what NVIDIA says of an H100 in bfloat16."""
_BYTES = {8: 1.0, 4: 0.52}
"""Of a weight in so many bits, with its share of the scales."""


class Cost(NamedTuple):
    """What training costs on one device, in operations and bytes."""

    operations: int
    """Of one forward and backward pass of `batch_size` rows of the mean length."""
    hours: float
    """Of all passes, one after the other."""
    base: int
    """Bytes of the base's weights while it trains."""
    start: int
    """Bytes of the base's weights before, as they are read: float32, unless `base_bits` is set."""
    trained: int
    """Bytes of the trained weights and the two states of AdamW."""
    step: int
    """Most bytes that a pass of rows of the greatest length holds besides: activations, logits, gradients."""

    @property
    def memory(self) -> int:
        """Most bytes at a time."""
        return max(self.start, self.base + self.step) + self.trained


def training_cost(
    recipe: Recipe, config: Any, tokens: int | None = None, answer: int | None = None, rate: float = RATE
) -> Cost:
    """The cost of a run of fine-tuning through a base of this configuration, on one device.

    Evaluations and the encoding of descriptions are left out. `precision` auto is counted as bfloat16.

    Args:
        recipe: of the run.
        config: of the base.
        tokens: of a row, in the mean; None stands for `max_tokens`.
        answer: how many of these are the answer's; None stands for all.
        rate: operations a second.

    Raises:
        ValueError: the parts do not fit together, the rate is not above 0, or the run is not of fine-tuning.
    """
    training = recipe.training
    if training.objective != "sft" or not HYPERNETS[recipe.generator.hypernet].learns:
        raise ValueError(
            f"the cost is counted of fine-tuning alone, but objective is '{training.objective}', hypernet "
            f"'{recipe.generator.hypernet}', which needs no pass through the base"
        )
    if not rate > 0:
        raise ValueError(f"the rate is {rate:g} operations a second, but must be above 0")
    mean = training.max_tokens if tokens is None else tokens
    answered = mean if answer is None else answer
    if not 0 < answered <= mean <= training.max_tokens:
        raise ValueError(
            f"a row has {mean} tokens in the mean, {answered} of them the answer's; expected 1 up to "
            f"max_tokens = {training.max_tokens}, and an answer of 1 up to all of them"
        )
    step = MetaStep(recipe, config)
    longest = step.count(training.max_tokens, training.max_tokens)
    usual = step.count(mean, answered)
    base = _base_bytes(step.base, training)
    return Cost(
        operations=usual.operations,
        hours=usual.operations * training.steps * training.accumulation / rate / 3600,
        base=base,
        start=base if training.base_bits else 4 * sum(p.numel() for p in step.base.parameters()),
        trained=12 * sum(p.numel() for part in step.trained for p in part.parameters()),
        step=longest.held,
    )


class MetaStep:
    """A generator around a base on the meta device, whose passes are those of `SftModule`.

    Args:
        recipe: of the run.
        config: of the base.
    """

    def __init__(self, recipe: Recipe, config: Any) -> None:
        from transformers import AttentionInterface, AutoModelForCausalLM

        spec, self.training = recipe.generator, recipe.training
        self.width = context_width(spec, config)
        dtype = torch.float32 if self.training.precision == "float32" else torch.bfloat16
        with torch.device("meta"):
            self.base = AutoModelForCausalLM.from_config(config, dtype=dtype).eval()
            self.trained = build(spec, self.base, self.width)
        if self.base.config._attn_implementation == "sdpa":
            AttentionInterface.register("zhyper-meta", _fused_attention)
            self.base.set_attn_implementation("zhyper-meta")
        self.model = ConditionedModel(self.base, self.trained[0])
        if self.training.gradient_checkpointing:
            self.model.checkpoint_gradients()

    def count(self, tokens: int, answer: int) -> Count:
        """Operations and memory of a forward and a backward pass, each row under a context of its own."""
        modules = (self.base, *self.trained)
        for part in self.trained:
            part.zero_grad()
        counted = Count(modules)
        with counted, torch.device("meta"):
            self._step(tokens, answer)
        return counted

    def _step(self, tokens: int, answer: int) -> None:
        training, hypernet = self.training, self.trained[1]
        rows, halves = training.batch_size, TwoHalves(self.base)
        ids_BT = torch.zeros(rows, tokens, dtype=torch.long)
        with self.model.under(hypernet(torch.empty(rows, self.width))):
            hidden_BTH = halves.hidden(
                input_ids=ids_BT,
                attention_mask=torch.ones_like(ids_BT),
                position_ids=torch.zeros_like(ids_BT),
                use_cache=False,
            )
            hidden_NH = hidden_BTH[:, :answer].flatten(0, 1)
            targets_N = torch.zeros(len(hidden_NH), dtype=torch.long)
            losses_N, _ = answer_losses(
                halves.logits, hidden_NH, targets_N, training.logits_at_once, training.label_smoothing
            )
        losses_N.mean().backward()


def _fused_attention(
    module: nn.Module, q_BATD: Tensor, k: Tensor, v: Tensor, mask: Any, scaling: float | None = None, **_: Any
) -> tuple[Tensor, None]:
    """What a GPU's `scaled_dot_product_attention` is; that of the meta device would hold T × T numbers."""
    times = q_BATD.shape[1] // k.shape[1]
    k_BATD, v_BATD = k.repeat_interleave(times, 1), v.repeat_interleave(times, 1)
    out_BATD = torch.ops.aten._scaled_dot_product_efficient_attention(
        q_BATD, k_BATD, v_BATD, None, True, scale=scaling
    )[0]
    return out_BATD.transpose(1, 2).contiguous(), None


def _base_bytes(base: Any, training: TrainingSpec) -> int:
    """Bytes of the base's weights while it trains; of few bits are all linear layers but the head."""
    size = 4 if training.precision == "float32" else 2
    whole: int = sum(p.numel() for p in base.parameters()) * size
    if training.base_bits is None:
        return whole
    head = base.get_output_embeddings()
    few: int = sum(m.weight.numel() for m in base.modules() if linear_shape(m) and m is not head)
    return whole - round(few * (size - _BYTES[training.base_bits]))


class Count(TorchDispatchMode):
    """Counts while it is on: operations of matrix products, and bytes of the tensors that come and go.

    Args:
        modules: whose weights were there before, and are not counted.
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        super().__init__()
        self.operations = 0
        self.held = 0
        """Most bytes at a time."""
        self._now = 0
        there = (t for part in modules for t in (*part.parameters(), *part.buffers()))
        self._known = weakref.WeakSet(t.untyped_storage() for t in there)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.operations += formula(*args, **(kwargs or {}), out_val=out)
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor) and (storage := tensor.untyped_storage()) not in self._known:
                self._known.add(storage)
                self._now += storage.nbytes()
                self.held = max(self.held, self._now)
                weakref.finalize(storage, self._let_go, storage.nbytes())
        return out

    def _let_go(self, size: int) -> None:
        self._now -= size
