"""What a generator is, from its program's arguments: as settings of ours, or a sentence why it is none."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhyper.encoders import LAST_TOKEN, ONE_HOT
from zhyper.identity import absolute
from zhyper.official._files import SHARED, Files, run_folder
from zhyper.spec import GeneratorSpec, layer_indices

PROGRAMS = {
    "text-to-lora": ("hyper_lora",),
    "zhyper-official": ("z_hyper_lora", "hyper_lora"),
}
"""Each program with the set-ups (`exp_setup`) of it that are read."""
_PLAIN = ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "layer_replication", "lora_bias")
"""What a plain LoRA has not."""
_ZHYPER = {"diag": "zhyper-diag", "full": "zhyper-square"}
TEMPLATE = "chat_template.jinja"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a user says of a generator besides its folder."""

    base: str | None = None
    """Where its base lies; None stands for what its arguments say."""
    base_revision: str | None = None
    base_config: Path | None = None
    """A `config.json` of the base, where no more of it is at hand."""
    encoder: str | None = None
    """Where its encoder lies; None stands for what its arguments say."""
    encoder_revision: str | None = None
    encoder_code_revision: str | None = None
    chat_template: Path | None = None
    """The file of the chat template it was trained with; None looks for the program's own."""
    as_trained: bool = False
    """Of Zhyper: whether the update is s B (I + z) A, as it trains, and not s B z A, as it exports."""


def base_of(files: Files, choices: Choices) -> str:
    """The reference of the base; ValueError if nothing names one, or what does is a file."""
    base = choices.base or str(files.arguments.get("model_dir") or "").rstrip("/")
    if not base:
        raise ValueError("args.yaml has no model_dir, so it names no base; say which one by --base")
    if Path(base).is_file():
        raise ValueError(
            f"the base {base} is a file, but must be a folder or a Hugging Face id; a config.json alone is "
            "given by --base-config"
        )
    return absolute(base)


def settings_of(files: Files, program: str, choices: Choices, depth: int) -> tuple[GeneratorSpec, list[str]]:
    """The settings of the generator in a folder, whose base has `depth` layers, and what to know of them.

    Raises ValueError for a generator that has no such settings.
    """
    zhyper = _check_setup(files, program, choices)
    _check_lora(files)
    notes = list[str]()
    projections = _projections(files, notes)
    settings = {
        "base": base_of(files, choices),
        "base_revision": choices.base_revision,
        "adapter": _ZHYPER[str(files.arguments.get("z_type"))] if zhyper else "t2l",
        "hypernet": _hypernet(files.arguments, zhyper),
        "projections": projections,
        "layers": _layers(files, depth),
        "rank": files.lora["r"],
        "scale": _scale(files.lora, notes),
        "head_bias": _head_bias(files, projections),
        **_widths(files),
        **_encoder(files, choices, notes),
        "chat_template": _chat_template(files, choices, notes),
    }
    if zhyper:
        notes += _zhyper_notes(files, choices.as_trained)
    return GeneratorSpec.from_dict(settings), notes


def _projections(files: Files, notes: list[str]) -> tuple[str, ...]:
    """The projections in the order of their embedding, which the keys of the heads alone keep."""
    ends, names = ".weight", files.hypernet.names("heads.")
    projections = tuple(name.removesuffix(ends) for name in names if name.endswith(ends))
    targets = files.lora["target_modules"]
    if set(targets) != set(projections):
        raise ValueError(
            f"the heads in hypermod.pt are for {', '.join(projections) or 'nothing'}, but "
            f"adapter_config.json adapts {', '.join(targets)}: these are files of two runs"
        )
    arguments = files.arguments.get("target_modules")
    for name, listed in (("adapter_config.json", targets), ("args.yaml", arguments)):
        if isinstance(listed, list) and tuple(listed) != projections:
            notes.append(
                f"the projections stand in the order {', '.join(projections)}, which the keys heads.* in "
                f"hypermod.pt keep; {name} lists them as {', '.join(map(str, listed))}"
            )
    return projections


def _head_bias(files: Files, projections: tuple[str, ...]) -> bool:
    """Whether heads have a bias, whatever `head_use_bias` says, which the programs pass over."""
    biases = {f"heads.{kind}.bias" in files.hypernet for kind in projections}
    if len(biases) > 1:
        raise ValueError("some heads in hypermod.pt have a bias and others none; fetch it again")
    return biases.pop()


def _zhyper_notes(files: Files, as_trained: bool) -> list[str]:
    """Which of Zhyper's two updates is taken, and where A and B come from if not from beside z."""
    exported, trained = "W + s B z A, as its program exports", "W + s B (I + z) A, as it trains"
    notes = [
        f"the update is {trained}; --as-exported takes {exported}"
        if as_trained
        else f"the update is {exported}; --as-trained takes {trained}"
    ]
    if not (files.folder / SHARED).is_file():
        notes.append(
            f"A and B are those of the run, the last it wrote, as no {SHARED} lies beside hypermod.pt"
        )
    return notes


def _check_setup(files: Files, program: str, choices: Choices) -> bool:
    """Whether it is Zhyper's; ValueError for a set-up that is not read."""
    arguments = files.arguments
    setup, known = str(arguments.get("exp_setup")), PROGRAMS[program]
    if setup not in known:
        others = [name for name, setups in PROGRAMS.items() if setup in setups]
        does = (
            f"import it by: zhyper import {others[0]}"
            if others
            else "VeRA, random and other set-ups are not read, as nothing tells whether they come out right"
        )
        raise ValueError(
            f"exp_setup is {setup}, but {program} is read with {' or '.join(known)} alone; {does}"
        )
    zhyper = setup == "z_hyper_lora"
    if choices.as_trained and not zhyper:
        raise ValueError("--as-trained was given, but a Text-to-LoRA exports what it trains; leave it out")
    if zhyper and str(arguments.get("z_type")) not in _ZHYPER:
        raise ValueError(f"z_type is {arguments.get('z_type')}, but must be one of: {', '.join(_ZHYPER)}")
    if (task := arguments.get("training_task", "sft")) not in (("sft",) if zhyper else ("sft", "recon")):
        raise ValueError(
            f"training_task is {task}, but {'Zhyper is read with sft' if zhyper else 'must be sft or recon'} "
            "alone"
        )
    if (encoder := arguments.get("encoder_type", "linear")) != "linear":
        raise ValueError(
            f"encoder_type is {encoder}, but only a linear one (Linear, LayerNorm) is read: zhyper has none "
            "that is discrete, quantised or soft"
        )
    if arguments.get("use_inp_as_desc"):
        raise ValueError(
            "use_inp_as_desc is set: it was trained on inputs in the program's own templates instead of "
            "descriptions, which is not read"
        )
    return zhyper


def _hypernet(arguments: dict[str, Any], zhyper: bool) -> str:
    shared, autoreg, learnable = (
        bool(arguments.get(name)) for name in ("shared_AB_head", "autoreg_gen", "learnable_pos_emb")
    )
    if zhyper and (shared or autoreg):
        raise ValueError("shared_AB_head or autoreg_gen is set, but Zhyper's heads emit a whole z each")
    if autoreg and not learnable:
        raise ValueError(
            "autoreg_gen is set without learnable_pos_emb: its rows have rotary embeddings, which zhyper has "
            "not; rows with learnt ones (Text-to-LoRA S) are read"
        )
    if autoreg and not shared:
        raise ValueError(
            "autoreg_gen is set without shared_AB_head: a head that emits a row of A and B at once is not "
            "read; a shared one (Text-to-LoRA S) is"
        )
    return "mlp-s" if autoreg else "mlp-m" if shared else "mlp"


def _check_lora(files: Files) -> None:
    """Raise ValueError unless the configuration is of a plain LoRA, all of which the generator emits."""
    lora = files.lora
    odd = [name for name in _PLAIN if lora.get(name)]
    if lora.get("peft_type") != "LORA" or odd or lora.get("bias", "none") != "none":
        what = f"uses {', '.join(odd)}" if odd else f"is of {lora.get('peft_type')}, bias {lora.get('bias')}"
        raise ValueError(f"adapter_config.json {what}, but only plain LoRA is read")
    rank, alpha = lora.get("r"), lora.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, int | float) or not alpha:
        raise ValueError(
            f"adapter_config.json has r = {rank!r} and lora_alpha = {alpha!r}, but both must be numbers "
            "above 0"
        )
    targets = lora.get("target_modules")
    if not isinstance(targets, list) or not all(isinstance(name, str) for name in targets):
        raise ValueError(
            f"adapter_config.json has target_modules = {targets!r}, but must list names such as q_proj"
        )


def _scale(lora: dict[str, Any], notes: list[str]) -> float:
    """The factor s that training applied."""
    rank, alpha = lora["r"], lora["lora_alpha"]
    plain = float(alpha / rank)
    if not lora.get("use_rslora"):
        notes.append(f"the scale is alpha / r = {alpha} / {rank} = {plain:g}, as in its training")
        return plain
    scale = float(alpha / math.sqrt(rank))
    notes.append(
        f"the scale is alpha / √r = {alpha} / √{rank} = {scale:g} (rsLoRA), as in its training; some tools "
        f"apply alpha / r = {plain:g} to what its program exports"
    )
    return scale


def _layers(files: Files, depth: int) -> str:
    said = files.arguments.get("layers")
    text = "all" if said is None else str(said)
    if text == "all":
        layers = ":"
    elif text == "every_4th":
        layers = "::4"
    elif match := re.fullmatch(r"(first|last)_(\d+)", text):
        layers = f":{match[2]}" if match[1] == "first" else f"-{match[2]}:"
    else:
        raise ValueError(f"layers is {text}, but must be all, first_N, last_N or every_4th")
    adapted, listed = layer_indices(layers, depth), files.lora.get("layers_to_transform")
    if listed is not None and sorted([listed] if isinstance(listed, int) else listed) != list(adapted):
        raise ValueError(
            f"args.yaml adapts the layers {list(adapted)}, but adapter_config.json {listed}: these are "
            "files of two runs, or of another base than --base says"
        )
    return layers


def _widths(files: Files) -> dict[str, int]:
    """The trunk's and the heads' widths, and that of an embedding, from the tensors."""
    tensors = files.hypernet
    trunk = tensors.rows("mixer.4.weight")
    heads = tensors.rows("mlp3.4.weight")
    for name, value in (("hypernet_latent_size", trunk), ("head_in_size", heads)):
        said = files.arguments.get(name, value)
        if said != value:
            raise ValueError(
                f"args.yaml has {name} = {said}, but the tensors in hypermod.pt have {value}: these are "
                "files of two runs"
            )
    if trunk % 4:
        raise ValueError(f"hypernet_latent_size is {trunk}, but must be a multiple of 4 to be read")
    return {
        "trunk_width": trunk,
        "head_width": heads,
        "context_width": tensors.columns("task_encoder.mlp.0.weight"),
    }


def _encoder(files: Files, choices: Choices, notes: list[str]) -> dict[str, Any]:
    """The settings of what turns a description into an embedding."""
    named = str(files.arguments.get("emb_model") or "")
    one_hot = bool(files.arguments.get("use_one_hot_task_emb"))
    given = (choices.encoder, choices.encoder_revision, choices.encoder_code_revision)
    if (one_hot or not named) and any(given):
        raise ValueError(
            f"an encoder was given, but this generator's is '{ONE_HOT if one_hot else LAST_TOKEN}', which "
            "has no files; leave --encoder and its revisions out"
        )
    if one_hot:
        tasks, inputs = tasks_of(files), files.hypernet.columns("task_encoder.mlp.0.weight")
        if len(tasks) != inputs:
            raise ValueError(
                f"args.yaml names {len(tasks)} tasks in train_ds_names, but the one-hot input in hypermod.pt "
                f"has {inputs}: these are files of two runs"
            )
        return {"encoder": ONE_HOT, "context": "task", "known_tasks": tasks}
    if not named:
        return {"encoder": LAST_TOKEN, "full_stop": True}
    if "SFR" in named or "gte" not in named:
        raise ValueError(
            f"emb_model is {named}, but only gte encoders, none (the base's last token) and one-hot tasks "
            "are read"
        )
    encoder = absolute(choices.encoder or named)
    if not Path(encoder).is_dir() and choices.encoder_code_revision is None:
        notes.append(
            f"the encoder {encoder} brings Python code of its own, which is run at a commit that you choose "
            "alone: to ask this checkpoint, import it with --encoder-revision and --encoder-code-revision"
        )
    return {
        "encoder": encoder,
        "encoder_revision": choices.encoder_revision,
        "encoder_code_revision": choices.encoder_code_revision,
        "encoder_pooling": "cls",
        "full_stop": True,
    }


def tasks_of(files: Files) -> tuple[str, ...]:
    """The names of the tasks that it was trained on."""
    names = files.arguments.get("train_ds_names") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"args.yaml has train_ds_names = {names!r}, but must list names of tasks")
    return tuple(names)


def _chat_template(files: Files, choices: Choices, notes: list[str]) -> str | None:
    """The chat template of its training: the file that was given, or that of the program's repository."""
    file = choices.chat_template
    if file is None:
        model, run = str(files.arguments.get("model_dir") or "").strip("/"), run_folder(files.folder)
        places = [above / "chat_templates" / model / TEMPLATE for above in (run, *run.parents)]
        inside = model and ".." not in Path(model).parts
        file = next((place for place in places if inside and place.is_file()), None)
        if file is not None:
            notes.append(f"the chat template is {file}; --chat-template FILE takes another")
    elif not file.is_file():
        raise ValueError(f"the chat template {file} is no file; --chat-template expects one with Jinja")
    if file is None:
        notes.append(
            "its program trains with a chat template of its own (chat_templates/MODEL/chat_template.jinja in "
            "its repository), which is in none of the folders above; the base's own is taken unless "
            "--chat-template FILE gives it"
        )
        return None
    return file.read_text(encoding="utf-8").replace("    ", "").replace("\n", "")
