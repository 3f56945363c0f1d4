"""Arrow routing (Ostapenko et al. 2024): every token finds its LoRAs in a library by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from zhyper import weights
from zhyper.answers import answer, prompt_rows
from zhyper.data import Prompt, check_chat
from zhyper.evaluate._store import key
from zhyper.files import sha256
from zhyper.identity import base_hash
from zhyper.library import lora_folders
from zhyper.spec import GeneratorSpec


class ArrowRouting:
    """A base model under PEFT's Arrow router over a library of task LoRAs; answers as a `TextToAdapter` does.

    Args:
        library: a folder of PEFT LoRAs, all of one rank, in the same projections of all layers.
        spec: names the base and the chat template.
        top_k: LoRAs that each token is shared between, in each linear layer.
        temperature: of the softmax over their similarities.
        device: where to compute; None stands for the first GPU, or the CPU where there is none.

    Raises:
        ValueError: there are fewer LoRAs than `top_k`, or they do not fit each other or the base.
    """

    def __init__(
        self,
        library: Path,
        spec: GeneratorSpec,
        top_k: int = 3,
        temperature: float = 1.0,
        device: str | None = None,
    ) -> None:
        from peft import ArrowConfig, create_arrow_model

        self.spec = spec
        folders = lora_folders(library)
        self._files = [folder / "adapter_model.safetensors" for folder in folders]
        if not 1 <= top_k <= len(folders):
            raise ValueError(f"top_k is {top_k}, but the library {library} holds {len(folders)} LoRAs")
        base, self.tokenizer = weights.load_base(
            spec.base,
            spec.base_revision,
            check=lambda tokenizer, config: check_chat(tokenizer, config, spec.chat_template),
        )
        base.to(device or weights.default_device())
        routing = ArrowConfig(top_k=top_k, router_temperature=temperature, rng_seed=0)
        try:
            self.model: Any = create_arrow_model(base, [str(folder) for folder in folders], routing).eval()
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(f"the LoRAs of {library} cannot be routed between: {error}") from error
        bare = [
            name
            for name, module in self.model.named_modules()
            if "arrow_router" in getattr(module, "lora_A", ()) and "task_0" not in module.lora_A
        ]
        if bare:
            layer, kind = bare[0].removeprefix("base_model.model."), bare[0].rpartition(".")[2]
            raise ValueError(
                f"the LoRAs of {library} do not adapt {layer}, but Arrow routes in every layer called "
                f"'{kind}'; train them in all of these"
            )

    @cached_property
    def base_sha256(self) -> str:
        """What identifies the base and its library: answers of another one are others."""
        return key(base_hash(self.spec.base, self.spec.base_revision), *map(sha256, self._files))

    @property
    def dtype(self) -> torch.dtype:
        """Of the base's weights."""
        dtype: torch.dtype = next(self.model.parameters()).dtype
        return dtype

    def address(self, text: str) -> str:
        """The same whatever the text is, for it is passed over."""
        return self.base_sha256

    def check_prompts(self, prompts: Sequence[Prompt], max_new_tokens: int) -> None:
        """Raise ValueError unless the base can read each prompt, and an answer of so many tokens after it."""
        prompt_rows(self.model, self.tokenizer, prompts, self.spec.chat_template, max_new_tokens)

    def generate(
        self,
        prompts: Sequence[Prompt],
        descriptions: Sequence[str | None] | None = None,
        max_new_tokens: int = 64,
        batch_size: int = 32,
        progress: Callable[[Sequence[list[int]]], Any] = iter,
    ) -> list[str]:
        """Greedy answers; routing reads the tokens alone, so descriptions are passed over."""
        return answer(
            self.model,
            self.tokenizer,
            prompts,
            lambda batch: nullcontext(),
            chat_template=self.spec.chat_template,
            max_new_tokens=max_new_tokens,
            batch_size=batch_size,
            progress=progress,
        )
