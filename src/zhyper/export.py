"""One context's adapter in plain formats: a PEFT LoRA folder with a card, or merged into the base.

Either brings the tokenizer, with the chat template that the checkpoint was trained with.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from zhyper.adapters import Adapter
from zhyper.files import replacing
from zhyper.modulation import Modulation
from zhyper.sites import Site

_FORMER = ("adapter_model.safetensors", "adapter_config.json", "README.md")
"""The files of an adapter whose card does not list them."""
_TAGS, _LISTED = "tags: [lora, zhyper]", "files: "


@dataclass(frozen=True, kw_only=True)
class Base:
    """What an export says of its base, and takes from it."""

    model: Any
    tokenizer: Any
    name: str
    """For people: the base of the checkpoint's recipe."""
    place: str
    """For programs: a folder, or a Hugging Face id; `base_model_name_or_path` of a PEFT folder."""
    revision: str | None
    chat_template: str
    """What zhyper makes prompts with; the tokenizer is written with it."""
    ends: Sequence[int]
    """The tokens that end an answer."""


def factors(adapter: Adapter, modulation: Modulation) -> Iterator[tuple[Site, Tensor, Tensor]]:
    """Each site with one context's LoRA factors a: [R, I] and b: [O, R]; scale and strength are baked into b.

    Raises ValueError for a modulation of more than one context.
    """
    if modulation.count != 1:
        raise ValueError(
            f"an export is of one context, but the modulation holds {modulation.count}; pick one with "
            "Modulation.at([i])"
        )
    for site in adapter.sites:
        row = adapter.sites.row(site)
        slots = {name: value[0, row] for name, value in modulation.values.get(site.kind, {}).items()}
        a_RI, b_OR = adapter.factors(site, **slots)
        if modulation.strength is not None:
            b_OR = b_OR * modulation.strength.to(b_OR)[0]
        yield site, a_RI, b_OR


def peft_config(adapter: Adapter, base: Base, rank: int) -> dict[str, Any]:
    """`adapter_config.json` of a LoRA with scale 1 (lora_alpha = r), which every engine applies alike.

    Its `target_modules` match the adapter's sites in the base, and no other module.
    """
    sites = adapter.sites
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base.place,
        "revision": base.revision,
        "r": rank,
        "lora_alpha": rank,
        "use_rslora": False,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": any(site.transposed for site in sites),
        "inference_mode": True,
    }
    layers = None if len(sites.layers) == sites.depth else list(sites.layers)
    kinds = {"target_modules": list(sites.kinds), "layers_to_transform": layers}
    if _targets(config | kinds, base.model) == {site.name for site in sites}:
        return config | kinds  # what every engine knows
    # Another part of the model, such as a tower that sees, has layers of these names as well.
    return config | {"target_modules": [site.name for site in sites], "layers_to_transform": None}


def _targets(config: dict[str, Any], model: Any) -> set[str]:
    """The modules of a model that PEFT would put a LoRA at."""
    from peft import LoraConfig
    from peft.tuners.tuners_utils import check_target_module_exists

    read = LoraConfig(**config)
    return {name for name, _ in model.named_modules() if check_target_module_exists(read, name)}


def save_peft(
    folder: Path, adapter: Adapter, modulation: Modulation, base: Base, card: Mapping[str, Any]
) -> None:
    """Write one context as a folder that PEFT and Transformers load: LoRA, tokenizer, a README card.

    Args:
        folder: replaced as a whole, if it is an export or does not exist.
        adapter: the shared weights.
        modulation: one context.
        base: what the adapter is for.
        card: facts for the card, in order.
    """
    with torch.no_grad():
        state, rank = {}, adapter.rank
        for site, a_RI, b_OR in factors(adapter, modulation):
            rank = len(a_RI)  # of a mixture it may be larger
            state[f"base_model.model.{site.name}.lora_A.weight"] = a_RI.detach().cpu().contiguous().clone()
            state[f"base_model.model.{site.name}.lora_B.weight"] = b_OR.detach().cpu().contiguous().clone()
    with replacing(Path(folder), _is_ours) as scratch:
        save_file(state, scratch / "adapter_model.safetensors", metadata={"format": "pt"})
        (scratch / "adapter_config.json").write_text(
            json.dumps(peft_config(adapter, base, rank), indent=2) + "\n", encoding="utf-8"
        )
        _save_tokenizer(scratch, base)
        _save_card(scratch, base, card, "peft", "AutoPeftModelForCausalLM")


def save_merged(
    folder: Path, adapter: Adapter, modulation: Modulation, base: Base, card: Mapping[str, Any]
) -> None:
    """Write the base with one context merged into its weights: a whole model, tokenizer and card.

    Arguments as of `save_peft`; the base itself stays as it is.
    """
    model = copy.deepcopy(base.model)
    merge_into(model, adapter, modulation)
    model.generation_config = type(model.generation_config)()  # it is written as zhyper answers
    with replacing(Path(folder), _is_ours) as scratch:
        model.save_pretrained(scratch)
        _save_tokenizer(scratch, base)
        _save_card(scratch, base, card, "transformers", "AutoModelForCausalLM")


def lines_template(tokenizer: Any) -> str:
    """The chat template of a tokenizer without one: each message gets a line, amid the special tokens."""
    plain, whole = (tokenizer("a", add_special_tokens=special)["input_ids"] for special in (False, True))
    start = next(i for i in range(len(whole)) if whole[i : i + len(plain)] == plain)
    before, after = (
        json.dumps(tokenizer.decode(ids)) for ids in (whole[:start], whole[start + len(plain) :])
    )
    lines = """{% for m in messages %}{{ m['content'] + "\\n" }}{% endfor %}"""
    return f"{{{{ {before} }}}}{lines}{{{{ {after} }}}}"


def template_of_texts(template: str, parts: Iterable[str]) -> str:
    """A chat template that reads texts, of one that wants the content of these roles as lists of parts."""
    if not (roles := sorted(parts)):
        return template
    part = "[{'type': 'text', 'text': m['content']}]"
    return (
        "{% set ns = namespace(said=[]) %}{% for m in messages %}"
        f"{{% if m['role'] in {json.dumps(roles)} and m['content'] is string %}}"
        f"{{% set ns.said = ns.said + [dict(m, content={part})] %}}"
        "{% else %}{% set ns.said = ns.said + [m] %}{% endif %}{% endfor %}{% set messages = ns.said %}"
        f"{template}"
    )


def _save_tokenizer(folder: Path, base: Base) -> None:
    """Write the tokenizer, whose chat template makes zhyper's prompts, and how zhyper answers: greedily."""
    tokenizer = copy.deepcopy(base.tokenizer)
    tokenizer.chat_template = base.chat_template
    tokenizer.save_pretrained(folder)
    generation = {
        "do_sample": False,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": list(base.ends),
        "pad_token_id": tokenizer.pad_token_id,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    """Whether a folder is an export that zhyper wrote, and nothing else."""
    if not (folder / "README.md").is_file():
        return False
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    listed = next((line.removeprefix(_LISTED) for line in lines if line.startswith(_LISTED)), None)
    files = _FORMER if listed is None else json.loads(listed)
    return _TAGS in lines and {file.name for file in folder.iterdir()} <= set(files)


def _save_card(folder: Path, base: Base, facts: Mapping[str, Any], library: str, loader: str) -> None:
    """Write the README of a folder that has its other files; it lists them all."""
    files = sorted({file.name for file in folder.iterdir()} | {"README.md"})
    rows = [f"| {name} | {_cell(value)} |" for name, value in facts.items()]
    dtype = str(base.model.dtype).removeprefix("torch.")
    lines = [
        "---",
        f"library_name: {library}",
        f"base_model: {json.dumps(base.name)}",
        _TAGS,
        f"{_LISTED}{json.dumps(files)}",
        "---",
        "",
        "# Adapter generated from a description",
        "",
        "A plain LoRA that zhyper wrote in one forward pass of a hypernetwork"
        + (", merged into its base model." if library == "transformers" else "."),
        "",
        "| fact | value |",
        "|---|---|",
        *rows,
        "| chat template | `chat_template.jinja` of this folder, with which it was trained: load the "
        "tokenizer from here, for another template changes answers |",
        "",
        "Load and ask it:",
        "",
        "```python",
        *_example(library, loader, dtype),
        "```",
        "",
    ]
    if library == "peft":
        lines += [
            "The base model is looked for where `base_model_name_or_path` of `adapter_config.json` says. "
            "Where it lies elsewhere, write that there, or load it by other means, such as "
            f"`zhyper.weights.load_base({json.dumps(base.name)})[0]`, and put the adapter on it by "
            '`PeftModel.from_pretrained(base, "THIS_FOLDER")`. A `pipeline` takes the base\'s chat template '
            'unless it is told otherwise: `pipeline(model="THIS_FOLDER", tokenizer="THIS_FOLDER")`.',
            "",
        ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _example(library: str, loader: str, dtype: str) -> list[str]:
    """The lines of a program that loads a folder and asks it."""
    imports = (
        [f"from peft import {loader}", "from transformers import AutoTokenizer, GenerationConfig"]
        if library == "peft"
        else [f"from transformers import {loader}, AutoTokenizer, GenerationConfig"]
    )
    return [
        *imports,
        "",
        f'model = {loader}.from_pretrained("THIS_FOLDER", dtype="{dtype}")',
        'model.generation_config = GenerationConfig.from_pretrained("THIS_FOLDER")',
        'tokenizer = AutoTokenizer.from_pretrained("THIS_FOLDER")',
        'chat = [{"role": "user", "content": "PROMPT"}]',
        "inputs = tokenizer.apply_chat_template(",
        '    chat, add_generation_prompt=True, return_dict=True, return_tensors="pt"',
        ")",
        "output = model.generate(**inputs, max_new_tokens=64)",
        'print(tokenizer.decode(output[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))',
    ]


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def merge_into(base: Any, adapter: Adapter, modulation: Modulation) -> None:
    """Add one context's update to the base's own weights, for good."""
    with torch.no_grad():
        for site, a_RI, b_OR in factors(adapter, modulation):
            weight = base.get_submodule(site.name).weight
            update = (b_OR @ a_RI).to(weight)
            weight.add_(update.T if site.transposed else update)
