"""A base with the adapters of several descriptions, and the calls by which users of PEFT know them."""

from __future__ import annotations

import inspect
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, Self

import torch
from torch import Tensor, nn

from zhyper import arguments, export, hub, identity, weights
from zhyper.adapters import Adapter
from zhyper.model import ConditionedModel
from zhyper.modulation import Modulation
from zhyper.peft._base import check_model, check_weights, plain_copy
from zhyper.peft._folder import (
    Context,
    Origin,
    check_shapes,
    find_folder,
    read_adapters,
    read_card,
    write_folder,
)
from zhyper.text_to_adapter import TextToAdapter

BASE = "__base__"
"""Among `adapter_names` the bare base."""

_REFUSED = {
    "load_adapter": "it would put a LoRA into the base; use add_adapter, or from_pretrained of a folder",
}
"""What the base has as well, and PEFT's users would mean otherwise."""


class ZhyperModel(nn.Module):
    """A base under the adapters of several descriptions, of which one is active, or one for each row.

    `get_peft_model` and `from_pretrained` make it. Nothing of it trains: base and adapters are frozen. What
    it has not itself is the base's, and methods of the base that are called through it run under the active
    adapter. The base itself and its parts are bare when they are called directly. One call at a time.

    Args:
        base: the Transformers model.
        adapter: the shared factors at its sites; they stay in their type and follow the base's device.
        origin: what the adapters come from.
        machine: makes more of them; None where only a folder of adapters was loaded.
        borrowed: whether the base is that of a machine which others use.
    """

    base_model: Any

    def __init__(
        self,
        base: Any,
        adapter: Adapter,
        origin: Origin,
        machine: TextToAdapter | None = None,
        borrowed: bool = False,
    ) -> None:
        super().__init__()
        self.base_model, self.training = base, base.training
        self._model, self._origin = ConditionedModel(base, adapter), origin
        self._machine, self._borrowed = machine, borrowed
        self._contexts: dict[str, Context] = {}
        self._active: str | None = None
        self._disabled = self._unloaded = False

    @classmethod
    def from_pretrained(cls, base: Any, folder: str | Path) -> Self:
        """The adapters of a folder around their base, without generator and encoder.

        Args:
            base: the Transformers model that they were made for; it is frozen. None loads the one that the
                card names, in float32 to the first GPU or the CPU.
            folder: that `save_pretrained` wrote, or a Hugging Face id, which may end in @REVISION.

        Raises:
            ValueError: no such folder, a damaged one, or adapters of another base.
            RuntimeError: the base could not be loaded.
        """
        folder = find_folder(folder)
        origin, card = read_card(folder)
        spec, facts = origin.spec, dict(origin.base)
        if base is None:
            place = identity.check_base(spec.base, spec.base_revision, facts)
            base, _ = weights.load_base(place, spec.base_revision, device=weights.default_device())
        else:
            check_model(base)
            check_weights(base, spec, facts)
        adapter, contexts = read_adapters(folder, card, spec, base)
        model = cls(base, adapter, origin)
        model._contexts, model._active = contexts, card["active"]
        return model

    def save_pretrained(self, folder: str | Path) -> Path:
        """Write all adapters: a card, and a file with the shared factors and all contexts.

        These are `adapters.json` and `adapters.safetensors`. The folder is replaced as a whole, if it is
        such a one or does not exist; ValueError otherwise.
        """
        folder = Path(folder).expanduser()
        write_folder(folder, self._origin, self._model.adapter, self._contexts, self._active)  # type: ignore[arg-type]
        return folder

    def push_to_hub(self, name: str, private: bool = False) -> str:
        """Push what `save_pretrained` writes to a repository of the Hugging Face hub; the address of that.

        Args:
            name: of the repository, OWNER/NAME, which is made if there is none.
            private: whether it is made a private one.

        Raises:
            ValueError: this is no OWNER/NAME, or there is no adapter.
            RuntimeError: the hub did not take it.
        """
        hub.check_name(name)
        spec = self._origin.spec
        if private_places := [place for place in (spec.base, spec.encoder) if Path(place).is_absolute()]:
            warnings.warn(
                f"the card names {' and '.join(private_places)}, which only this machine has: others will "
                "read that, and give the base to from_pretrained",
                stacklevel=2,
            )
        with tempfile.TemporaryDirectory() as scratch:
            folder = self.save_pretrained(Path(scratch) / "adapters")
            files: dict[str, Path | str] = {file.name: file for file in folder.iterdir()}
            return hub.push(files, name, private, "Push adapters with zhyper")

    @property
    def peft_config(self) -> dict[str, Context]:
        """Description and strength of each adapter, by name."""
        return dict(self._contexts)

    @property
    def chat_template(self) -> str:
        """What prompts are made with, as in training; `apply_chat_template` takes it."""
        return self._origin.chat_template

    @property
    def active_adapter(self) -> str | None:
        """The name of the adapter that is in force; None where all were deleted: the bare base."""
        return self._active

    @property
    def active_adapters(self) -> list[str]:
        """The active adapter in a list, as in PEFT."""
        return [] if self._active is None else [self._active]

    @property
    def generation_config(self) -> Any:
        """How the base generates."""
        return self.base_model.generation_config

    @generation_config.setter
    def generation_config(self, config: Any) -> None:
        self.base_model.generation_config = config

    def get_base_model(self) -> Any:
        """The base; called directly, it is bare."""
        return self.base_model

    def add_adapter(
        self, name: str, description: str | Sequence[str] | Mapping[str, float], strength: float = 1.0
    ) -> None:
        """Make one more adapter; it is active if there is no other.

        Args:
            name: that no other adapter has.
            description: one, or a mixture, as `TextToAdapter.adapter` takes it.
            strength: factor on the update.

        Raises:
            ValueError: there is no generator, the name is taken, or this is no description.
        """
        self._check_loaded()
        if self._machine is None:
            raise ValueError(
                "only adapters were loaded, without the generator that makes new ones from descriptions; use "
                "get_peft_model(base, checkpoint, {name: description})"
            )
        if not arguments.text("the name of the adapter", name) or name == BASE or name in self._contexts:
            raise ValueError(
                f"an adapter cannot be called '{name}': "
                + ("there is one, delete it first" if name in self._contexts else "give it another name")
            )
        generated = self._machine.adapter(description, strength)
        check_shapes(self._machine.adapter_weights, generated.modulation)
        single = list(generated.weights.values()) == [1.0]
        said = next(iter(generated.weights)) if single else generated.weights
        self._contexts[name] = Context(said, strength, generated.modulation)
        self._active = self._active or name

    def delete_adapter(self, adapter_name: str) -> None:
        """Forget an adapter; where it was active, the first other one by name is, with a warning, or none."""
        self._check_names([adapter_name])
        del self._contexts[adapter_name]
        if self._active == adapter_name:
            self._active = min(self._contexts, default=None)
            warnings.warn(
                f"the active adapter {adapter_name} was deleted; "
                + ("the base is bare now" if self._active is None else f"{self._active} is active now"),
                stacklevel=2,
            )

    def set_adapter(self, adapter_name: str) -> None:
        """Make an adapter the active one; ValueError if there is none of the name."""
        self._check_loaded()
        self._check_names([arguments.text("adapter_name", adapter_name)])
        self._active = adapter_name

    @contextmanager
    def disable_adapter(self) -> Iterator[None]:
        """While the block runs, the base is bare, also under `adapter_names`, as in PEFT."""
        before, self._disabled = self._disabled, True
        try:
            yield
        finally:
            self._disabled = before

    def forward(self, *args: Any, adapter_names: Sequence[str] | None = None, **kwargs: Any) -> Any:
        """The base's forward pass.

        Args:
            args: of the base.
            adapter_names: one for each row, `__base__` for the bare base; None is the active one for all.
            kwargs: of the base.

        Raises:
            ValueError: not one name for each row, or none of an adapter.
        """
        with self._under(adapter_names, args[0] if args else None, kwargs) as base:
            return base(*args, **kwargs)

    def generate(
        self,
        inputs: Tensor | None = None,
        generation_config: Any = None,
        *args: Any,
        adapter_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """The base's `generate`.

        `adapter_names` as of `forward`: one for each prompt, however many beams and answers it has.
        """
        copies = _copies(kwargs, generation_config, self.base_model.generation_config)
        with self._under(adapter_names, inputs, kwargs, copies) as base:
            return base.generate(inputs, generation_config, *args, **kwargs)

    def unload(self) -> Any:
        """The base as it was; this model and its adapters answer no more, but can still be saved."""
        self._check_loaded()
        self._unloaded = True
        self._model.close()
        if self._machine is not None and not self._borrowed:
            self._machine.model.close()
        self._machine = None
        return self.base_model

    def merge_and_unload(self) -> Any:
        """A plain Transformers model, the base with the active adapter merged into its weights.

        It is the base itself, as in PEFT, but a copy where the base is that of a generator which was given.

        Raises:
            ValueError: no adapter is active, or the base's weights are stored in fewer bits.
        """
        self._check_loaded()
        if self._active is None:
            raise ValueError("no adapter is active, so there is nothing to merge; use unload()")
        adapter, context = self._adapter(), self._context(self._active)
        layers = [self.base_model.get_submodule(site.name) for site in adapter.sites]
        if not all(layer.weight.is_floating_point() for layer in layers):
            raise ValueError(
                "the base's weights are stored in fewer bits, into which no update can be merged; load it in "
                "bfloat16 or float32"
            )
        base = self.unload()
        if self._borrowed:
            base = plain_copy(base, adapter.sites)
        export.merge_into(base, adapter, context)
        return base

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "base_model":
                raise
        if name in _REFUSED:
            raise AttributeError(f"ZhyperModel has no {name}: {_REFUSED[name]}")
        value = getattr(self.base_model, name)
        if self._unloaded or not inspect.ismethod(value) or value.__self__ is not self.base_model:
            return value
        return self._adapted(value)

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError(
            "a ZhyperModel cannot be copied; save it by save_pretrained(folder), and load another by "
            "from_pretrained(base, folder)"
        )

    def _adapted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method of the base that runs under the active adapter."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._under(None, None, {}):
                return method(*args, **kwargs)

        return call

    def _under(
        self,
        names: Sequence[str] | None,
        inputs: Tensor | None,
        others: Mapping[str, Any],
        copies: int = 1,
    ) -> AbstractContextManager[Any]:
        """The base under the active adapter, or under one for each row of the inputs and its copies."""
        self._check_loaded()
        if names is not None:
            names = arguments.texts("adapter_names", names)
            self._check_names([name for name in names if name != BASE])
            given = (inputs, others.get("input_ids"), others.get("inputs_embeds"))
            rows = next((len(each) for each in given if each is not None), None)
            if len(names) != rows:
                has = "no input_ids or inputs_embeds" if rows is None else f"{rows} rows"
                raise ValueError(
                    f"adapter_names has {len(names)} names, but the input has {has}; give one for each row"
                )
        if self._disabled:
            return self._model.under(None)
        # `generate` repeats each row as often as it has beams or answers, one beside the other
        wanted = self.active_adapters if names is None else [name for name in names for _ in range(copies)]
        return self._model.under(self._rows(wanted))

    def _rows(self, names: Sequence[str]) -> Modulation | None:
        """The modulation of rows under these adapters, or of any number of rows under the same one."""
        self._adapter()
        known = [name for name in dict.fromkeys(names) if name != BASE]
        if not known:
            return None
        if len(set(names)) == 1:
            return self._context(known[0])
        contexts = Modulation.stack([self._context(name) for name in known])
        rows = contexts.at([0 if name == BASE else known.index(name) for name in names])
        if BASE not in names:
            return rows
        return rows.scale(torch.tensor([float(name != BASE) for name in names]))

    def _adapter(self) -> Adapter:
        """The shared factors, on the base's device."""
        adapter: Any = self._model.adapter
        return adapter.to(self.base_model.device)  # type: ignore[no-any-return]

    def _context(self, name: str) -> Modulation:
        """An adapter's modulation, on the base's device."""
        context, device = self._contexts[name], self.base_model.device
        if context.modulation.device != device:
            self._contexts[name] = context = replace(context, modulation=context.modulation.to(device))
        return context.modulation

    def _check_names(self, names: Sequence[str]) -> None:
        if unknown := sorted(set(names) - set(self._contexts)):
            raise ValueError(
                f"there is no adapter {', '.join(unknown)}; there are: {', '.join(self._contexts) or 'none'}"
            )

    def _check_loaded(self) -> None:
        if self._unloaded:
            raise ValueError(
                "this model was unloaded, so it answers under no adapter any more; ask the base, or make "
                "another by get_peft_model or from_pretrained"
            )


def _copies(given: Mapping[str, Any], *configs: Any) -> int:
    """How many rows `generate` makes of each prompt's: one for each beam or answer, whichever are more."""

    def number(name: str) -> int:
        values = (given.get(name), *(getattr(config, name, None) for config in configs))
        return next((value for value in values if value is not None), 1)

    return max(number("num_beams"), number("num_return_sequences"))
