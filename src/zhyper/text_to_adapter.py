"""The whole machine in one object: descriptions in, adapters out, and answers of the model under them.

Longer than other files because it is the only one that knows all the parts: what puts them together stands in
one place.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from zhyper import arguments, export, identity, weights
from zhyper.adapters import ADAPTERS, Adapter
from zhyper.answers import answer, prompt_rows, stops
from zhyper.checkpoint import (
    DEFAULT,
    find_checkpoint,
    read_card,
    read_training_embeddings,
    read_weights,
    write_checkpoint,
)
from zhyper.data import Chat, Prompt, check_chat, conversation
from zhyper.distance import TrainingEmbeddings
from zhyper.encoders import LAST_TOKEN, Encoder, check_encoder, encoder_facts, make_encoder
from zhyper.hypernets import HYPERNETS, Hypernet
from zhyper.model import ConditionedModel
from zhyper.modulation import Modulation, note_on_weights, shares
from zhyper.publish import publish
from zhyper.sites import Site, find_sites
from zhyper.spec import GeneratorSpec, check_format, check_policy

CONVERSATIONS = (("user",), ("system", "user"), ("user", "assistant", "user"))
"""Roles of conversations that an exported chat template has to read as zhyper does."""


def build(spec: GeneratorSpec, base: nn.Module, width: int) -> tuple[Adapter, Hypernet]:
    """An untrained adapter and hypernetwork for `base` and embeddings of a width, on the default device."""
    sites = find_sites(base, spec.projections, spec.layers)
    adapter = ADAPTERS[spec.adapter](sites, spec)
    hypernet = HYPERNETS[spec.hypernet](adapter.slots(), sites.layers, sites.depth, width, spec)
    return adapter, hypernet


def encoder_width(spec: GeneratorSpec, config: Any) -> int:
    """Length of the encoder's embeddings; by the base's configuration, where that is the encoder."""
    if spec.encoder == LAST_TOKEN:
        return int(config.get_text_config().hidden_size)
    return make_encoder(spec).width


def context_width(spec: GeneratorSpec, config: Any) -> int:
    """Length of the embeddings that the hypernetwork reads: the spec's, or the encoder's."""
    if spec.context_width is not None or not HYPERNETS[spec.hypernet].reads_embeddings:
        return spec.context_width or 1
    return encoder_width(spec, config)


def parameter_counts(spec: GeneratorSpec, config: Any) -> dict[str, Any]:
    """Trainable parameters of a spec around a base of this configuration, counted on the meta device.

    Returns:
        `trainable`, their sum; `parts`, by module; `per_context`, the numbers one context consists of.
    """
    from transformers import AutoModelForCausalLM

    width = context_width(spec, config)
    with torch.device("meta"):
        adapter, hypernet = build(spec, AutoModelForCausalLM.from_config(config), width)
    heads = [p for name, p in hypernet.named_parameters() if name.startswith("heads.")]
    sizes = {
        "adapter": adapter.parameters(),
        "hypernet trunk": hypernet.parameters(),
        "hypernet heads": heads,
    }
    parts = {name: sum(p.numel() for p in tensors) for name, tensors in sizes.items()}
    parts["hypernet trunk"] -= parts["hypernet heads"]
    per_layer = sum(slot.size for slots in adapter.slots().values() for slot in slots)
    return {
        "trainable": sum(parts.values()),
        "parts": parts,
        "per_context": per_layer * len(adapter.sites.layers),
    }


def exported_template(tokenizer: Any, chat_template: str | None) -> str:
    """The chat template with which other programs make the prompts that zhyper makes."""
    chat = Chat.of(tokenizer, chat_template)
    parts = frozenset[str]().union(*map(chat.parts, CONVERSATIONS))
    if not chat.template:
        return export.lines_template(tokenizer)
    return export.template_of_texts(chat.template, parts)


def _mixture(text: str | Sequence[str] | Mapping[str, float]) -> dict[str, float]:
    """The weight of each description of an adapter."""
    if isinstance(text, str):
        texts = [text]
    elif isinstance(text, Mapping):
        texts = arguments.texts("text", list(text))
    else:
        given = arguments.items("text", text, "descriptions, one of them, or a dict with their weights")
        texts = arguments.texts("text", given)
    if not texts:
        raise ValueError("no description was given; give at least one")
    if len(set(texts)) < len(texts):
        raise ValueError("a description was given twice; give it once, with the sum of its weights")
    weights = shares([text[each] if isinstance(text, Mapping) else None for each in texts])
    for each, weight in zip(texts, weights, strict=True):
        arguments.number(f"the weight of {each!r}", weight)
    return dict(zip(texts, weights, strict=True))


def _texts_or_none(descriptions: Any) -> list[str | None]:
    """Descriptions of rows, of which None is the bare base; ValueError for anything else."""
    given = arguments.items("descriptions", descriptions, "texts, with None for the bare base")
    for i, description in enumerate(given):
        if description is not None:
            arguments.text(f"descriptions[{i}]", description)
    return given


def _weight(base: nn.Module, site: Site) -> Tensor:
    """A site's weight as [O, I]."""
    weight = weights.weight_of(base.get_submodule(site.name))
    return weight.T if site.transposed else weight


@dataclass(frozen=True)
class GeneratedAdapter:
    """The adapter of one description, or of a mixture of several, ready to be saved."""

    machine: TextToAdapter
    weights: dict[str, float]
    """The weight of each description's update; one description has the weight 1."""
    strength: float
    modulation: Modulation

    def save(self, folder: str | Path, format: str = "peft", base_name: str | None = None) -> Path:
        """Write it as a folder with a card and the right chat template; see `zhyper.export`.

        Args:
            folder: replaced as a whole, if it is such a folder or does not exist.
            format: `peft`, a LoRA; `merged`, the base with the adapter merged into its weights; or `gguf`, a
                LoRA for llama.cpp.
            base_name: what the PEFT folder calls its base: a folder or Hugging Face id that programs find
                where it is used; None is where the base lies here.

        Raises:
            ValueError: no such format, the base does not go into it, or the folder holds something else.
        """
        check_format(format, base_name)
        machine = self.machine
        if format == "merged":
            machine._check_weights()
        card = machine.adapter_card(
            next(iter(self.weights)) if list(self.weights.values()) == [1.0] else self.weights,
            self.strength,
            ", ".join(machine.address(text) for text in self.weights),
            None if self.distances is None else list(self.distances.values()),
            self.note,
        )
        base = machine.export_base(base_name)
        export.SAVE[format](Path(folder), machine.adapter_weights, self.modulation, base, card)
        return Path(folder)

    def push_to_hub(
        self,
        name: str,
        format: str = "peft",
        base_name: str | None = None,
        private: bool = False,
        licence: str | None = None,
    ) -> str:
        """Write it and push it to a repository of the Hugging Face hub; the address of that.

        Args:
            name: of the repository, OWNER/NAME.
            format: as of `save`.
            base_name: as of `save`; the Hugging Face id of the base, unless it is where the base is from.
            private: whether a new repository is private.
            licence: what the hub calls the licence, such as `apache-2.0`.

        Raises:
            ValueError: as of `save`, or nobody else has the base where it lies here.
            RuntimeError: the hub did not take it.
        """
        with tempfile.TemporaryDirectory() as scratch:
            folder = self.save(Path(scratch) / "adapter", format, base_name)
            return publish(folder, name, private, licence)

    @property
    def note(self) -> str | None:
        """What to know of its weights, where they do not add up to 1."""
        return note_on_weights(list(self.weights.values()), self.strength)

    @property
    def rank(self) -> int:
        """Of the LoRA; a mixture's may be larger than the generator's."""
        return len(next(export.factors(self.machine.adapter_weights, self.modulation))[1])

    @property
    def distances(self) -> dict[str, float] | None:
        """Cosine distance of each description to the nearest training one; see `TextToAdapter.distances`."""
        distances = self.machine.distances(list(self.weights))
        return None if distances is None else dict(zip(self.weights, distances, strict=True))


class TextToAdapter:
    """A generator around its frozen base model.

    Args:
        spec: what the generator is.
        base: the causal language model; frozen, and itself again whenever no answer is being computed.
        tokenizer: its tokenizer, padding on the left.
        encoder: turns descriptions into embeddings.
        about: what the checkpoint's card says of its training.
        training_embeddings: what it was trained on; None where distances from it say nothing.
        when_far: what is done with descriptions far from those, one of `zhyper.spec.POLICIES`: `warn` (a
            `FarContextWarning`), `damp` (their updates are made smaller, by far / distance), `refuse` (a
            ValueError).
        start: let the adapter take its start from the base's weights; False where trained weights follow.
        place: where the base lies, if not where the spec says.
    """

    def __init__(
        self,
        spec: GeneratorSpec,
        base: Any,
        tokenizer: Any,
        encoder: Encoder,
        about: dict[str, Any] | None = None,
        training_embeddings: TrainingEmbeddings | None = None,
        when_far: str = "warn",
        start: bool = True,
        place: str | None = None,
    ) -> None:
        check_policy(when_far)
        width = spec.context_width or encoder.width
        self.spec, self.place = replace(spec, context_width=width), place or spec.base
        self.tokenizer, self.encoder, self.about = tokenizer, encoder, about or {}
        self.training_embeddings, self.when_far = training_embeddings, when_far
        self.adapter_weights, self.hypernet = build(spec, base, width)
        self.device = torch.device("cpu") if base.device.type == "meta" else base.device
        """Where adapters are made."""
        self.adapter_weights.to(self.device)
        if start:
            self.adapter_weights.start(lambda site: _weight(base, site))
        self.hypernet.to(self.device).eval()
        self.model = ConditionedModel(base, self.adapter_weights)

    @classmethod
    def untrained(
        cls,
        spec: GeneratorSpec,
        device: str | None = None,
        dtype: torch.dtype | None = None,
        seed: int = 0,
        bits: int | None = None,
    ) -> Self:
        """A generator that changes nothing yet, its weights drawn from `seed`; device and dtype as in `load`.

        `bits` are those of the base's linear layers; see `zhyper.weights.load_base`.
        """
        return cls._around(spec, device, dtype, seed, bits)

    @classmethod
    def _around(
        cls,
        spec: GeneratorSpec,
        device: str | None,
        dtype: torch.dtype | None,
        seed: int = 0,
        bits: int | None = None,
        card: Mapping[str, Any] | None = None,
        place: str | None = None,
        encoder: str | None = None,
        **named: Any,
    ) -> Self:
        base, tokenizer = weights.load_base(
            place or spec.base,
            spec.base_revision,
            dtype,
            device or weights.default_device(),
            bits,
            check=lambda tokenizer, config: check_chat(tokenizer, config, spec.chat_template),
        )
        sha256: str | None = card["base_sha256"] if card else None
        if card and sha256 is None:  # nobody said which weights: those that are here
            sha256 = identity.base_hash(place or spec.base, spec.base_revision)
        reader = make_encoder(spec, base, tokenizer, sha256, encoder)
        check_encoder(spec, reader, card or {})
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            machine = cls(spec, base, tokenizer, reader, place=place, **named)
        if sha256 is not None:
            machine.base_sha256 = sha256
        return machine

    @classmethod
    def load(
        cls,
        ref: str | Path = DEFAULT,
        device: str | None = None,
        dtype: torch.dtype | None = None,
        when_far: str = "warn",
        base: str | Path | None = None,
        encoder: str | Path | None = None,
    ) -> Self:
        """A trained generator around its base model.

        Args:
            ref: a checkpoint folder, the shipped `default`, or a Hugging Face id, which may end
                in @REVISION.
            device: where to compute; None stands for the first GPU, or the CPU where there is none. `meta`
                leaves the base's weights on disk: it then makes adapters, on the CPU, and answers nothing.
            dtype: of the base's weights; None stands for float32.
            when_far: what is done with descriptions far from the training ones: `warn`, `damp` or `refuse`.
            base: where the base model lies, if not where the checkpoint says; its weights must be the same.
            encoder: the same of the encoder.

        Raises:
            ValueError: no such checkpoint, or weights that are not those its card names.
            RuntimeError: the base model or the encoder could not be fetched.
        """
        folder = find_checkpoint(ref)
        card = read_card(folder)
        spec = card["spec"]
        if device == "meta" and spec.encoder == LAST_TOKEN:
            raise ValueError(
                "this generator's encoder is its base, whose weights it needs; name a device that has some"
            )
        place = identity.check_base(spec.base, spec.base_revision, card, None if base is None else str(base))
        contexts = read_training_embeddings(folder, card.get("contexts"))
        machine = cls._around(
            spec,
            device,
            dtype,
            card=card,
            place=place,
            encoder=None if encoder is None else str(Path(encoder).expanduser()),
            about={k: v for k, v in card.items() if k != "spec"},
            training_embeddings=contexts,
            when_far=when_far,
            start=False,
        )
        read_weights(folder, machine.parts(), card["weights_sha256"])
        return machine

    def parts(self) -> dict[str, nn.Module]:
        """The trained modules, by the name their weights have in a checkpoint."""
        return {"adapter": self.adapter_weights, "hypernet": self.hypernet}

    def save(
        self, folder: str | Path, about: dict[str, Any] | None = None, dtype: torch.dtype = torch.float32
    ) -> Path:
        """Write the generator as a checkpoint folder, its weights in `dtype`; `about` goes into the card."""
        card = {
            "spec": self.spec.to_dict(),
            **(about or self.about),
            **encoder_facts(self.spec, self.encoder),
            "base_sha256": self.base_sha256,
        }
        write_checkpoint(Path(folder), self.parts(), card, dtype, self.training_embeddings)
        return Path(folder)

    def push_to_hub(
        self,
        name: str,
        private: bool = False,
        licence: str | None = None,
        report: str | Path | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> str:
        """Push the generator as a checkpoint to a repository of the Hugging Face hub; the address of that.

        `TextToAdapter.load(name)` loads it from there. A checkpoint that lies in a folder is pushed as
        it is by `zhyper push FOLDER NAME`.

        Args:
            name: of the repository, OWNER/NAME.
            private: whether a new repository is private.
            licence: what the hub calls the licence, such as `apache-2.0`.
            report: folder of an evaluation of these weights, whose tables the card shows.
            dtype: of the weights.

        Raises:
            ValueError: this is no OWNER/NAME, or the report is of other weights.
            RuntimeError: the hub did not take it.
        """
        with tempfile.TemporaryDirectory() as scratch:
            folder = self.save(Path(scratch) / "checkpoint", dtype=dtype)
            return publish(folder, name, private, licence, report)

    @cached_property
    def base_sha256(self) -> str:
        """What identifies the base's weights; see `zhyper.identity.base_hash`."""
        return identity.base_hash(self.place, self.spec.base_revision)

    @property
    def dtype(self) -> torch.dtype:
        """Of the base's weights."""
        dtype: torch.dtype = self.model.base.dtype
        return dtype

    @property
    def weights_sha256(self) -> str:
        """Identity of the trained weights: the checkpoint's SHA-256, or one over the present weights."""
        if "weights_sha256" in self.about:
            return str(self.about["weights_sha256"])
        total = hashlib.sha256()
        for part in self.parts().values():
            for name, tensor in part.state_dict().items():
                total.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
        return total.hexdigest()

    def provenance(self) -> dict[str, Any]:
        """Which weights an adapter comes from: base, encoder, checkpoint, seed."""
        return {
            "base": f"{identity.public_name(self.spec.base)} ({self.base_sha256})",
            "encoder": f"{identity.public_name(self.spec.encoder)} ({self.encoder.identity})",
            "checkpoint weights (SHA-256)": self.weights_sha256,
            "trained with seed": self.about.get("recipe", {}).get("training", {}).get("seed", "-"),
        }

    def export_base(self, name: str | None = None) -> export.Base:
        """What an export needs of the base; `name` is where programs find it, None where it lies here."""
        spec, tokenizer = self.spec, self.tokenizer
        return export.Base(
            model=self.model.base,
            tokenizer=tokenizer,
            name=identity.public_name(spec.base),
            place=name or identity.place(self.place),
            revision=spec.base_revision if name in (None, spec.base) else None,
            chat_template=exported_template(tokenizer, spec.chat_template),
            ends=stops(self.model.base, tokenizer, spec.chat_template),
        )

    def adapter_card(
        self,
        description: Any,
        strength: float,
        address: str,
        distances: Sequence[float] | None,
        note: str | None = None,
    ) -> dict[str, Any]:
        """The facts that an adapter's README states.

        Args:
            description: a text, or the weight of each of several.
            strength: factor on the update.
            address: of the adapter's context.
            distances: of each description to the nearest training description; None if not known.
            note: what to know of the weights of a mixture, if anything.
        """
        distance = far = "not known"
        if self.training_embeddings is not None and distances is not None:
            limit = self.training_embeddings.far
            policy = ", far ones damped by far / distance" if self.when_far == "damp" else ""
            distance = f"{', '.join(f'{d:.3f}' for d in distances)} (far is above {limit:.3f}{policy})"
            far = "yes: it may do anything" if any(d > limit for d in distances) else "no"
        packages = ("zhyper", "torch", "transformers", "peft")
        return {
            "description": description,
            **({} if note is None else {"note": note}),
            "strength": strength,
            "cosine distance to the nearest training description": distance,
            "far": far,
            "context address (SHA-256)": address,
            **self.provenance(),
            "versions": ", ".join(f"{name} {version(name)}" for name in packages),
        }

    def address(self, text: str) -> str:
        """The SHA-256 of (spec, base, weights, text), which names the text's context everywhere.

        Where far contexts are damped, they are others, and so the address tells which are far.
        """
        arguments.text("text", text)
        parts = [json.dumps(self.spec.to_dict(), sort_keys=True), self.base_sha256, self.weights_sha256, text]
        if self.when_far == "damp" and self.training_embeddings is not None:
            parts.append(f"damp {self.training_embeddings.identity}")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @torch.no_grad()
    def modulation(self, texts: Sequence[str]) -> Modulation:
        """The modulation of B descriptions, each computed by itself: a text always gives the same bytes.

        Raises:
            ValueError: no description was given, something else, or a far one, where those are refused.
        """
        texts = arguments.texts("descriptions", texts)
        embeddings_BC = self.embeddings(texts)
        emitted = Modulation.stack(
            [self.hypernet(context[None].to(self.device)) for context in embeddings_BC]
        )
        trained = self.training_embeddings
        strengths = None if trained is None else trained.strengths(embeddings_BC, texts, self.when_far)
        return emitted if strengths is None else emitted.scale(strengths.to(emitted.device))

    def distances(self, texts: Sequence[str]) -> list[float] | None:
        """Cosine distance of each description to the nearest training one; None where it means nothing.

        That is of a generator with one-hot contexts, without contexts, or with fewer than two different ones.
        """
        if self.training_embeddings is None:
            return None
        return self.training_embeddings.distances(self.embeddings(texts)).tolist()

    def embeddings(self, texts: Sequence[str]) -> Tensor:
        """The embeddings [B, C] of B descriptions, of length √C; ValueError if they are no texts, or none."""
        if not (texts := arguments.texts("descriptions", texts)):
            raise ValueError("no description was given; give at least one")
        with torch.no_grad(), self.model.under(None):  # an encoder may be the base model itself
            return self.encoder.encode(texts)

    def adapter(
        self, text: str | Sequence[str] | Mapping[str, float], strength: float = 1.0
    ) -> GeneratedAdapter:
        """One description's adapter, or that of a mixture: the weighted sum of several.

        Args:
            text: a description; several, which are mixed equally, with weights that add up to 1; or the
                weight of each of several: 1 - t and t interpolate between two, 1 and 1 are their sum.
            strength: factor on the whole update (0 is the bare base, a negative one turns it round).

        Raises:
            ValueError: no description, something else or one that comes twice, a weight for some of them
                only, or updates that do not add up exactly in this kind of adapter.
        """
        mixture = _mixture(text)
        arguments.number("strength", strength)
        modulation = self.modulation(list(mixture))
        if len(mixture) > 1:
            modulation = self.adapter_weights.mix(modulation, list(mixture.values()))
        elif list(mixture.values()) != [1.0]:
            modulation = modulation.scale(*mixture.values())
        return GeneratedAdapter(
            self, mixture, strength, modulation if strength == 1 else modulation.scale(strength)
        )

    def generate(
        self,
        prompts: Sequence[Prompt],
        descriptions: Sequence[str | None] | None = None,
        max_new_tokens: int = 64,
        strength: float = 1.0,
        batch_size: int = 32,
        progress: Callable[[Sequence[list[int]]], Any] = iter,
    ) -> list[str]:
        """Greedy answers, each prompt under its own description.

        Args:
            prompts: user messages, or conversations that end with one.
            descriptions: one for each prompt; None stands for the bare base. Of a generator whose context is
                `task` the name of a task, of `demonstrations` their text (`zhyper.data.demonstrate`); of
                `instance` none is needed: the prompt is its own.
            max_new_tokens: length at which an answer is cut.
            strength: factor on every description's update.
            batch_size: rows of one forward pass; prompts of similar length share one.
            progress: wraps the batches, to show a progress bar.

        Returns:
            The answers in the order of the prompts, without special tokens and outer white space.

        Raises:
            ValueError: something is no prompt or no description, or the base cannot read that much.
        """
        self._check_weights()
        prompts = arguments.items("prompts", prompts, "prompts")
        if descriptions is None:
            descriptions = [self.own_cue(prompt) for prompt in prompts]
        descriptions = _texts_or_none(descriptions)
        arguments.number("strength", strength)
        if len(prompts) != len(descriptions):
            raise ValueError(
                f"{len(prompts)} prompts were given with {len(descriptions)} descriptions; give one (or "
                "None) for each prompt"
            )
        return answer(
            self.model.base,
            self.tokenizer,
            prompts,
            lambda batch: self.model.under(self.rows([descriptions[i] for i in batch], strength)),
            chat_template=self.spec.chat_template,
            max_new_tokens=max_new_tokens,
            batch_size=batch_size,
            progress=progress,
        )

    def check_prompts(self, prompts: Sequence[Prompt], max_new_tokens: int) -> None:
        """Raise ValueError unless the base can read each prompt, and an answer of so many tokens after it."""
        prompt_rows(self.model.base, self.tokenizer, prompts, self.spec.chat_template, max_new_tokens)

    def own_cue(self, prompt: Prompt) -> str:
        """The cue that a prompt brings itself, its last message; ValueError unless the cue is an `instance`.

        A generator that reads no embeddings (a multi-task LoRA) needs none: any text does.
        """
        if not self.hypernet.reads_embeddings:
            return ""
        if self.spec.context != "instance":
            raise ValueError(
                f"this generator's context is a {self.spec.context}, but none was given; give one (or None) "
                "for each prompt"
            )
        return conversation(prompt)[-1]["content"]

    def rows(self, descriptions: Sequence[str | None], strength: float = 1.0) -> Modulation | None:
        """The modulation of a batch's rows, each under its own description.

        Args:
            descriptions: one for each row; None stands for the bare base, a strength of 0.
            strength: factor on every description's update.

        Returns:
            One context for each row; None where the whole batch is the bare base's.
        """
        descriptions = _texts_or_none(descriptions)
        arguments.number("strength", strength)
        named = list(dict.fromkeys(d for d in descriptions if d is not None))
        if not named or strength == 0:
            return None
        factors = torch.tensor([0.0 if d is None else strength for d in descriptions])
        modulation = self.modulation(named).at([0 if d is None else named.index(d) for d in descriptions])
        return modulation if bool((factors == 1).all()) else modulation.scale(factors)

    def logits(self, tokens: Tensor, mask: Tensor, modulation: Modulation | None) -> Tensor:
        """Logits [B, T, V] of left-padded tokens [B, T] under a modulation."""
        self._check_weights()
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with self.model.under(modulation) as base:
            out: Tensor = base(
                input_ids=tokens, attention_mask=mask, position_ids=positions, use_cache=False
            ).logits
        return out

    def _check_weights(self) -> None:
        """Raise ValueError where the base has no weights."""
        if self.model.base.device.type == "meta":
            raise ValueError(
                "this generator was loaded without its base's weights (device='meta'), so it makes adapters "
                "alone; load it on another device"
            )
