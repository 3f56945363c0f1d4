"""A frozen language model whose linear layers add the adapter's delta while a modulation is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from zhyper.modulation import Modulation, Slots
from zhyper.sites import Site, Sites, decoder_path


@contextmanager
def only_at(head: nn.Module, positions_BT: Tensor) -> Iterator[None]:
    """While the block runs, the model's head sees its input at these positions only, as [1, N, ...]."""
    handle = head.register_forward_pre_hook(lambda module, args: (args[0][positions_BT][None],))
    try:
        yield
    finally:
        handle.remove()


class TwoHalves:
    """A causal language model's forward pass in two halves: final hidden states, then logits of any of them.

    The second half is all that the model's own forward pass does after its decoder: the head, and what some
    models do to its logits.

    Args:
        base: any causal language model of Transformers.
    """

    def __init__(self, base: Any) -> None:
        self.base, self._decoder = base, base.get_decoder()
        self._hidden_BTH: Tensor | None = None
        self._output: Any = None  # what else the decoder gave

    def hidden(self, **inputs: Any) -> Tensor:
        """The decoder's final hidden states, [B, T, H], of a forward pass whose head sees nothing."""
        handle = self._decoder.register_forward_hook(self._take)
        try:
            self.base(**inputs)
        finally:
            handle.remove()
        hidden_BTH = self._hidden_BTH
        self._hidden_BTH = None  # it would keep the graph of this pass until the next
        assert hidden_BTH is not None, "the base's forward pass does not call its decoder"
        return hidden_BTH

    def _take(self, module: nn.Module, args: Any, output: Any) -> Any:
        self._hidden_BTH = output.last_hidden_state
        empty = replace(output, last_hidden_state=output.last_hidden_state[:, :0].detach())
        self._output = empty
        return empty

    def logits(self, hidden_NH: Tensor) -> Tensor:
        """The logits of final hidden states that the last call of `hidden` gave, [N, V]."""
        output = replace(self._output, last_hidden_state=hidden_NH[None])
        self._decoder.forward = lambda *args, **kwargs: output  # hides the class's own
        try:
            logits_1NV: Tensor = self.base.forward(
                torch.zeros(1, len(hidden_NH), dtype=torch.long, device=hidden_NH.device)
            ).logits
        finally:
            del self._decoder.forward
        return logits_1NV.squeeze(0)  # an index would copy their gradients


class Delta(Protocol):
    """What the model needs of an adapter: sites, slots, the delta, and one layer out of a tensor of all."""

    sites: Sites

    def slots(self) -> Slots: ...

    def taking(self) -> AbstractContextManager[None]: ...

    def layer(self, stacked: Tensor, row: int, axis: int = 0) -> Tensor: ...

    def delta(self, site: Site, x_BTI: Tensor, **slots: Tensor) -> Tensor: ...


class ConditionedModel:
    """A frozen base model and an adapter at its sites.

    Hooks are placed once; `with model.under(modulation):` turns them on. Outside the block, and after an
    error in it, the base model computes exactly what it did before.

    Args:
        base: any causal language model; its parameters are frozen.
        adapter: whose `delta` is added.
    """

    def __init__(self, base: nn.Module, adapter: Delta) -> None:
        self.base: Any = base.requires_grad_(False)  # a Transformers model, whose own methods are not typed
        self.adapter = adapter
        self._modulation: Modulation | None = None
        self._handles = [
            base.get_submodule(site.name).register_forward_hook(self._hook(site)) for site in adapter.sites
        ]

    def close(self) -> None:
        """Take the hooks off the base model for good."""
        for handle in self._handles:
            handle.remove()

    @contextmanager
    def under(self, modulation: Modulation | None) -> Iterator[Any]:
        """The base model under a modulation: one context for all rows, or one for each row of the batch.

        None is the bare base. Blocks nest; the inner one counts. With gradient checkpointing see
        `checkpoint_gradients`.
        """
        before, self._modulation = self._modulation, modulation
        try:
            with self.adapter.taking():
                yield self.base
        finally:
            self._modulation = before

    def checkpoint_gradients(self) -> None:
        """Turn on gradient checkpointing whose second forward pass runs under the modulation of the first."""

        def contexts() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
            return nullcontext(), self.under(self._modulation)

        base = self.base
        enable = (
            getattr(base, "activation_checkpointing_enable", None) or base.gradient_checkpointing_enable
        )  # new and old name
        enable({"use_reentrant": False, "context_fn": contexts})
        for block in base.get_submodule(decoder_path(base)[0]):
            # A block checkpoints only while training; the modules inside stay in evaluation mode.
            block.training = True

    def _hook(self, site: Site) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
        row, slots = self.adapter.sites.row(site), [slot.name for slot in self.adapter.slots()[site.kind]]

        def add_delta(module: nn.Module, args: tuple[Tensor, ...], y_BTO: Tensor) -> Tensor | None:
            modulation = self._modulation
            if modulation is None:
                return None
            x_BTI = args[0]
            if x_BTI.dim() != 3:
                shape = tuple(x_BTI.shape)
                raise ValueError(
                    f"{site.name} gets an input of shape {shape}, but must get [rows, tokens, inputs]; "
                    "adapt another projection"
                )
            if modulation.count not in (1, len(x_BTI)):
                raise ValueError(
                    f"the modulation holds {modulation.count} contexts, but the batch has {len(x_BTI)} "
                    "rows; give one context for all rows or one for each (Modulation.at repeats them)"
                )
            values = {
                name: self.adapter.layer(modulation.values[site.kind][name], row, axis=1) for name in slots
            }
            delta = self.adapter.delta(site, x_BTI, **values)
            if modulation.strength is not None:
                delta = delta * modulation.strength.to(delta)[:, None, None]
            if not module.weight.is_floating_point():  # type: ignore[operator]
                return y_BTO + delta
            # In place: a linear layer's output is nobody else's, and its backward pass does not need it.
            return y_BTO.add_(delta)

        return add_delta
