"""The README of an export: what it is, where it comes from, how it is used, and which files it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhyper import hub
from zhyper.export._base import Base

_FORMER = ("adapter_model.safetensors", "adapter_config.json", "README.md")
"""The files of an adapter whose card does not list them."""
_TAGS, _LISTED = "tags: [lora, zhyper]", "files: "


def is_export(folder: Path) -> bool:
    """Whether a folder is an export that zhyper wrote, and nothing else."""
    if not (folder / "README.md").is_file():
        return False
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    listed = next((line.removeprefix(_LISTED) for line in lines if line.startswith(_LISTED)), None)
    files = _FORMER if listed is None else json.loads(listed)
    return _TAGS in lines and {file.name for file in folder.iterdir()} <= set(files)


def write_card(folder: Path, base: Base, facts: Mapping[str, Any], form: str) -> None:
    """Write the README of a folder in one of the formats that has its other files; it lists them all."""
    files = sorted({file.name for file in folder.iterdir()} | {"README.md"})
    rows = [f"| {name} | {_cell(value)} |" for name, value in facts.items()]
    library, language, example, note = _USE[form](base)
    lines = [
        "---",
        f"library_name: {library}",
        *([f"base_model: {json.dumps(base.place)}"] if hub.is_id(base.place) else []),
        _TAGS,
        f"{_LISTED}{json.dumps(files)}",
        "---",
        "",
        "# Adapter generated from a description",
        "",
        "A plain LoRA that zhyper wrote in one forward pass of a hypernetwork"
        + (", merged into its base model." if form == "merged" else "."),
        "",
        "| fact | value |",
        "|---|---|",
        *rows,
        "| chat template | `chat_template.jinja` of this folder, with which it was trained: use this "
        "one, for another changes answers |",
        "",
        "Load and ask it:",
        "",
        f"```{language}",
        *example,
        "```",
        "",
        note,
        "",
    ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _use_of_peft(base: Base) -> tuple[str, str, list[str], str]:
    loader = "AutoPeftModelForCausalLM"
    imports = [f"from peft import {loader}", "from transformers import AutoTokenizer, GenerationConfig"]
    note = (
        "The base model is looked for where `base_model_name_or_path` of `adapter_config.json` says. "
        "Where it lies elsewhere, write that there, or load it by other means, such as "
        f"`zhyper.weights.load_base({json.dumps(base.name)})[0]`, and put the adapter on it by "
        '`PeftModel.from_pretrained(base, "THIS_FOLDER")`. '
        '`pipeline("text-generation", model="THIS_FOLDER")` finds the base in the same way, but takes the '
        "chat template and how it samples from it too; "
        '`pipeline("text-generation", model="THIS_FOLDER", tokenizer="THIS_FOLDER")`, called with '
        '`generation_config=GenerationConfig.from_pretrained("THIS_FOLDER")`, answers as zhyper does.'
    )
    return "peft", "python", [*imports, "", *_ask(base, loader)], note


def _use_of_merged(base: Base) -> tuple[str, str, list[str], str]:
    loader = "AutoModelForCausalLM"
    imports = [f"from transformers import {loader}, AutoTokenizer, GenerationConfig"]
    note = (
        '`pipeline("text-generation", model="THIS_FOLDER")` asks it too, with this chat template, and so do '
        "all engines that load a model's folder."
    )
    return "transformers", "python", [*imports, "", *_ask(base, loader)], note


def _use_of_gguf(base: Base) -> tuple[str, str, list[str], str]:
    example = [
        "llama-server --model BASE.gguf --lora THIS_FOLDER/adapter.gguf --temp 0 \\",
        "  --jinja --chat-template-file THIS_FOLDER/chat_template.jinja",
    ]
    note = (
        f"`BASE.gguf` is {base.name} in GGUF, of any quantisation. The server takes the adapter at its start "
        'and its strength with each request, `"lora": [{"id": 0, "scale": 1.0}]`: give it in every request, '
        "for prompts are cached without regard to it."
    )
    return "gguf", "bash", example, note


_USE = {"peft": _use_of_peft, "merged": _use_of_merged, "gguf": _use_of_gguf}
"""By format: the library that loads it, how it is asked in which language, and what else to know."""


def _ask(base: Base, loader: str) -> list[str]:
    """The lines of a program that loads a folder and asks it."""
    dtype = str(base.model.dtype).removeprefix("torch.")
    return [
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
