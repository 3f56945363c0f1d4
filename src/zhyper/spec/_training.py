"""How a generator is trained."""

from __future__ import annotations

from dataclasses import dataclass

from zhyper.spec._settings import Settings

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
    base_sha256: str | None = None
    """Fingerprint of the base's weights, which a run checks; None accepts any, and the run writes it down."""
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
    """Rows whose prompt and answer are longer (or longer than the base reads) are left out, and counted."""
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
