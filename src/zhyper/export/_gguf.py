"""One context's adapter as a LoRA in a GGUF file, which llama.cpp puts on a GGUF file of the same base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import torch
from torch import Tensor

from zhyper.adapters import Adapter
from zhyper.export._base import Base
from zhyper.export._card import is_export, write_card
from zhyper.export._folders import factors
from zhyper.files import replacing
from zhyper.modulation import Modulation

ADAPTER = "adapter.gguf"


@dataclass(frozen=True)
class Architecture:
    """How llama.cpp stores a kind of model."""

    name: str
    """`general.architecture`; `gguf` maps names of layers by it."""
    rotated: bool = False
    """The rows of q and k lie as for a rotary embedding of neighbours, and not of halves as in Transformers.

    llama.cpp reorders them so when it converts such a model, whatever the type of the weights.
    """


ARCHITECTURES = {
    "arcee": Architecture("arcee", rotated=True),
    "cohere": Architecture("command-r"),
    "cohere2": Architecture("cohere2"),
    "ernie4_5": Architecture("ernie4_5"),
    "exaone4": Architecture("exaone4"),
    "gemma": Architecture("gemma"),
    "gemma2": Architecture("gemma2"),
    "gemma3_text": Architecture("gemma3"),
    "glm4": Architecture("glm4"),
    "gpt2": Architecture("gpt2"),
    "granite": Architecture("granite", rotated=True),
    "hunyuan_v1_dense": Architecture("hunyuan-dense"),
    "llama": Architecture("llama", rotated=True),
    "mistral": Architecture("llama", rotated=True),
    "olmo": Architecture("olmo", rotated=True),
    "olmo2": Architecture("olmo2"),
    "olmo3": Architecture("olmo2"),
    "phi": Architecture("phi2"),
    "phi3": Architecture("phi3"),
    "qwen2": Architecture("qwen2"),
    "qwen3": Architecture("qwen3"),
    "seed_oss": Architecture("seed_oss"),
    "smollm3": Architecture("smollm3", rotated=True),
    "starcoder2": Architecture("starcoder2"),
}
"""By `model_type`: the kinds of base whose linear layers llama.cpp takes as they are, or rotated at most.

Of others it splits or reorders layers when it converts them, as its `convert_lora_to_gguf.py` knows. A test
compares each row with llama.cpp.
"""


def save_gguf(
    folder: Path, adapter: Adapter, modulation: Modulation, base: Base, card: Mapping[str, Any]
) -> None:
    """Write one context as a folder with a LoRA in GGUF, a chat template, and a README card.

    Arguments as of `save_peft`.

    Raises:
        ValueError: llama.cpp stores such a base in another way than these, or not at all.
    """
    tensors = dict(gguf_factors(adapter, modulation, base.model.config))
    with replacing(Path(folder), is_export) as scratch:
        writer = gguf.GGUFWriter(scratch / ADAPTER, architecture(base.model.config).name)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        rank = next(len(a_RI) for a_RI, _ in tensors.values())
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))  # a scale of 1: it is in b
        writer.add_file_type(gguf.LlamaFileType.ALL_F32)
        writer.add_description(str(card["description"]))
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, base.name)
        for name, (a_RI, b_OR) in tensors.items():
            for letter, tensor in (("a", a_RI), ("b", b_OR)):
                array = tensor.detach().float().cpu().contiguous().numpy()
                writer.add_tensor(f"{name}.weight.lora_{letter}", array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        (scratch / "chat_template.jinja").write_text(base.chat_template, encoding="utf-8")
        write_card(scratch, base, card, "gguf")


@torch.no_grad()
def gguf_factors(
    adapter: Adapter, modulation: Modulation, config: Any
) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    """The factors a: [R, I] and b: [O, R] of each site by its name in GGUF, such as `blk.3.attn_q`."""
    of, text = architecture(config), config.get_text_config()
    names = gguf.get_tensor_name_map(_number(of), text.num_hidden_layers)
    heads = {"attn_q": text.num_attention_heads, "attn_k": text.num_key_value_heads if of.rotated else 0}
    for site, a_RI, b_OR in factors(adapter, modulation):
        # the decoder of a model that sees as well is stored as a model of its own
        name = names.get_name(site.name.replace("language_model.", "", 1))
        if name is None:
            raise ValueError(
                f"llama.cpp has no tensor for {site.name} of a {text.model_type}, so this adapter cannot be "
                "written as GGUF; use the format peft or merged"
            )
        kind = name.rpartition(".")[2]
        yield name, (a_RI, rotated(b_OR, heads[kind]) if of.rotated and kind in heads else b_OR)


def rotated(b_OR: Tensor, heads: int) -> Tensor:
    """The rows of a q or k in the order of a rotary embedding of neighbours: 0, D/2, 1, D/2 + 1, … of D."""
    order = torch.arange(len(b_OR)).reshape(heads, 2, -1).transpose(1, 2).flatten()
    return b_OR[order.to(b_OR.device)]


def architecture(config: Any) -> Architecture:
    """How llama.cpp stores a base; ValueError where that is not known."""
    kind = config.get_text_config().model_type
    if kind not in ARCHITECTURES or _number(ARCHITECTURES[kind]) is None:
        raise ValueError(
            f"the base is a {kind}, but the format gguf is for: {', '.join(sorted(ARCHITECTURES))}; use the "
            "format peft or merged, which the converters of llama.cpp read"
        )
    return ARCHITECTURES[kind]


def _number(of: Architecture) -> Any:
    """The architecture in `gguf`; None where this version of it has none of the name."""
    return next((number for number, name in gguf.MODEL_ARCH_NAMES.items() if name == of.name), None)
