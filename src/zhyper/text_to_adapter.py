"""The whole machine in one object: descriptions in, adapters out, and answers of the model under them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from zhyper import export, weights
from zhyper.adapters import ADAPTERS, Adapter
from zhyper.data import answer_tokens, pad_left, prompt_tokens
from zhyper.encoders import LAST_TOKEN, Encoder, LastTokenEncoder, SentenceEncoder
from zhyper.hypernets import HYPERNETS, Hypernet
from zhyper.model import ConditionedModel
from zhyper.modulation import Modulation
from zhyper.sites import find_sites
from zhyper.spec import GeneratorSpec

DEFAULT = "default"
SHIPPED = Path(__file__).parent / "checkpoints"
CARD, WEIGHTS = "checkpoint.json", "weights.safetensors"


def build(spec: GeneratorSpec, base: nn.Module, width: int) -> tuple[Adapter, Hypernet]:
    """An untrained adapter and hypernetwork for `base` and context vectors of length `width`, on the current default device."""
    for table, what, name in ((ADAPTERS, "adapter", spec.adapter), (HYPERNETS, "hypernet", spec.hypernet)):
        if name not in table:
            raise ValueError(f"{what} '{name}' is not known; the known ones are: {', '.join(table)}")
    sites = find_sites(base, spec.projections, spec.layers)
    adapter = ADAPTERS[spec.adapter](sites, spec.rank, spec.scale)
    hypernet = HYPERNETS[spec.hypernet](adapter.slots(), sites.layers, sites.depth, width, spec.dropout)
    return adapter, hypernet


def parameter_counts(spec: GeneratorSpec, config: Any) -> dict[str, Any]:
    """Trainable parameters of a spec around a base with this configuration, without weights (on the meta device).

    Returns:
        `trainable`, their sum; `parts`, by module; `per_context`, the numbers one context consists of.
    """
    from transformers import AutoModelForCausalLM

    width = spec.context_width or (config.get_text_config().hidden_size if spec.encoder == LAST_TOKEN else make_encoder(spec).width)
    with torch.device("meta"):
        adapter, hypernet = build(spec, AutoModelForCausalLM.from_config(config), width)
    heads = [p for name, p in hypernet.named_parameters() if name.startswith("heads.")]
    sizes = {"adapter": adapter.parameters(), "hypernet trunk": hypernet.parameters(), "hypernet heads": heads}
    parts = {name: sum(p.numel() for p in tensors) for name, tensors in sizes.items()}
    parts["hypernet trunk"] -= parts["hypernet heads"]
    per_layer = sum(slot.size for slots in adapter.slots().values() for slot in slots)
    return {"trainable": sum(parts.values()), "parts": parts, "per_context": per_layer * len(adapter.sites.layers)}


def make_encoder(spec: GeneratorSpec, base: Any = None, tokenizer: Any = None) -> Encoder:
    """The encoder a spec names; `last-token` needs the base model and its tokenizer."""
    cache = weights.cache_folder() / "embeddings"
    if spec.encoder == LAST_TOKEN:
        return LastTokenEncoder(base, tokenizer, weights.base_hash(spec.base, base.config), cache)
    return SentenceEncoder(spec.encoder, spec.encoder_revision, spec.encoder_remote_code, cache)


def checkpoint_folder(ref: str | Path) -> Path:
    """The folder of a checkpoint: a folder, the shipped one called `default`, or a Hugging Face id; ValueError if there is none."""
    for folder in (Path(ref), Path(ref) / "checkpoint", SHIPPED / str(ref)):
        if (folder / CARD).is_file():
            return folder
    if not Path(ref).exists() and str(ref).count("/") == 1 and not str(ref).startswith((".", "/", "~")):
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(str(ref), allow_patterns=[CARD, WEIGHTS]))
        except Exception as error:  # the hub's own errors have no common type
            raise ValueError(f"checkpoint '{ref}' is not a folder, and the hub did not give it: {str(error).splitlines()[0]}") from error
    raise ValueError(f"checkpoint '{ref}' is neither a folder with {CARD}, nor '{DEFAULT}', nor a Hugging Face id owner/name")


def read_card(folder: Path) -> dict[str, Any]:
    """What a checkpoint says of itself (`checkpoint.json`); ValueError if it cannot be read."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        card["spec"] = GeneratorSpec.from_dict(card["spec"])
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder / CARD} is not a checkpoint's card: {error}") from error
    return card


@dataclass(frozen=True)
class GeneratedAdapter:
    """One description's adapter, ready to be saved."""

    machine: TextToAdapter
    text: str
    strength: float
    modulation: Modulation

    def save(self, folder: str | Path) -> Path:
        """Write it as a PEFT LoRA folder with a card; see `zhyper.export.save_peft`."""
        machine = self.machine
        facts = {
            "description": self.text,
            "strength": self.strength,
            "context address (SHA-256)": machine.address(self.text),
            **machine.provenance(),
            "versions": ", ".join(f"{name} {version(name)}" for name in ("zhyper", "torch", "transformers", "peft")),
        }
        export.save_peft(Path(folder), machine.adapter_weights, self.modulation, machine.spec.base, facts)
        return Path(folder)


class TextToAdapter:
    """A generator around its frozen base model.

    Args:
        spec: what the generator is.
        base: the causal language model; frozen, and itself again whenever no answer is being computed.
        tokenizer: its tokenizer, padding on the left.
        encoder: turns descriptions into context vectors.
        about: what the checkpoint's card says of its training.
    """

    def __init__(
        self,
        spec: GeneratorSpec,
        base: Any,
        tokenizer: Any,
        encoder: Encoder,
        about: dict[str, Any] | None = None,
    ) -> None:
        width = spec.context_width or encoder.width
        self.spec = replace(spec, context_width=width)
        self.tokenizer, self.encoder, self.about = tokenizer, encoder, about or {}
        self.adapter_weights, self.hypernet = build(spec, base, width)
        self.adapter_weights.to(base.device)
        self.hypernet.to(base.device).eval()
        self.model = ConditionedModel(base, self.adapter_weights)

    @classmethod
    def untrained(cls, spec: GeneratorSpec, device: str | None = None, dtype: torch.dtype | None = None, seed: int = 0) -> Self:
        """A generator that changes nothing yet, with weights drawn from `seed`; see `load` for device and dtype."""
        base, tokenizer = weights.load_base(spec.base, spec.base_revision, dtype)
        base.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return cls(spec, base, tokenizer, make_encoder(spec, base, tokenizer))

    @classmethod
    def load(cls, ref: str | Path = DEFAULT, device: str | None = None, dtype: torch.dtype | None = None) -> Self:
        """A trained generator around its base model.

        Args:
            ref: a checkpoint folder, the shipped `default`, or a Hugging Face id.
            device: where to compute; None stands for the first GPU, or the CPU where there is none.
            dtype: of the base's weights; None stands for float32.

        Raises:
            ValueError: no such checkpoint, or its weights are not those its card names.
            RuntimeError: the base model or the encoder could not be fetched.
        """
        folder = checkpoint_folder(ref)
        card = read_card(folder)
        if (got := weights.sha256(folder / WEIGHTS)) != card["weights_sha256"]:
            raise ValueError(
                f"{folder / WEIGHTS} has SHA-256 {got}, but its card says {card['weights_sha256']}; fetch the checkpoint again"
            )
        machine = cls.untrained(card["spec"], device, dtype)
        state = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
        for part, module in machine.parts().items():
            module.load_state_dict({n.partition(".")[2]: t for n, t in state.items() if n.partition(".")[0] == part}, strict=True)
        machine.about = {k: v for k, v in card.items() if k != "spec"}
        return machine

    def parts(self) -> dict[str, nn.Module]:
        """The trained modules, by the name their weights have in a checkpoint."""
        return {"adapter": self.adapter_weights, "hypernet": self.hypernet}

    def save(self, folder: str | Path, about: dict[str, Any] | None = None, dtype: torch.dtype = torch.float32) -> Path:
        """Write the generator as a checkpoint folder: `checkpoint.json` and `weights.safetensors` in `dtype`."""
        state = {
            f"{part}.{name}": tensor.detach().to("cpu", dtype).contiguous()
            for part, module in self.parts().items()
            for name, tensor in module.state_dict().items()
        }
        with export.replacing(Path(folder), CARD) as scratch:
            save_file(state, scratch / WEIGHTS)
            card = {"format": 1, "spec": self.spec.to_dict(), **(about or self.about)}
            card |= {"weights_sha256": weights.sha256(scratch / WEIGHTS), "base_sha256": self._base_hash()}
            (scratch / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return Path(folder)

    def _base_hash(self) -> str:
        return weights.base_hash(self.spec.base, self.model.base.config)

    def provenance(self) -> dict[str, Any]:
        """Which weights an adapter comes from: base, encoder, checkpoint, seed."""
        return {
            "base": f"{self.spec.base} ({self._base_hash()})",
            "encoder": f"{self.spec.encoder} ({self.encoder.identity})",
            "checkpoint weights (SHA-256)": self.about.get("weights_sha256", "untrained"),
            "trained with seed": self.about.get("recipe", {}).get("training", {}).get("seed", "-"),
        }

    def address(self, text: str) -> str:
        """The SHA-256 of (spec, weights, text), which names the text's context everywhere."""
        parts = [json.dumps(self.spec.to_dict(), sort_keys=True), str(self.about.get("weights_sha256")), text]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @torch.no_grad()
    def modulation(self, texts: Sequence[str]) -> Modulation:
        """The contexts of B descriptions; each is computed by itself, so the same text always gives the same bytes."""
        if not texts:
            raise ValueError("no description came; give at least one")
        return Modulation.stack([self.hypernet(c[None].to(self.model.base.device)) for c in self.encoder.encode(texts)])

    def adapter(self, text: str, strength: float = 1.0) -> GeneratedAdapter:
        """One description's adapter; `strength` multiplies its update (0 is the bare base, negative turns it round)."""
        modulation = self.modulation([text])
        return GeneratedAdapter(self, text, strength, modulation if strength == 1 else modulation.scale(strength))

    def generate(
        self,
        prompts: Sequence[str],
        descriptions: Sequence[str | None],
        max_new_tokens: int = 64,
        strength: float = 1.0,
        batch_size: int = 32,
        progress: Callable[[Sequence[list[int]]], Any] = iter,
    ) -> list[str]:
        """Greedy answers, each prompt under its own description.

        Args:
            prompts: user messages.
            descriptions: one for each prompt; None stands for the bare base.
            max_new_tokens: length at which an answer is cut.
            strength: factor on every description's update.
            batch_size: rows of one forward pass; prompts of similar length share one.
            progress: wraps the batches, to show a progress bar.

        Returns:
            The answers in the order of the prompts, without special tokens and outer white space.
        """
        if len(prompts) != len(descriptions):
            raise ValueError(f"{len(prompts)} prompts came with {len(descriptions)} descriptions; give one (or None) for each prompt")
        if max_new_tokens < 1:
            raise ValueError(f"max_new_tokens came as {max_new_tokens}, but an answer has at least one token")
        if not prompts:
            return []
        named = list(dict.fromkeys(d for d in descriptions if d is not None))
        contexts = self.modulation(named or [""])
        rows = [prompt_tokens(self.tokenizer, prompt, self.spec.system) for prompt in prompts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        answers = [""] * len(rows)
        for batch in progress([order[i : i + batch_size] for i in range(0, len(order), batch_size)]):
            of = [descriptions[i] for i in batch]
            factors = torch.tensor([0.0 if d is None else strength for d in of])
            held = contexts.at([0 if d is None else named.index(d) for d in of]).scale(factors)
            for i, text in zip(batch, self._answer([rows[i] for i in batch], held if factors.any() else None, max_new_tokens), strict=True):
                answers[i] = text
        return answers

    @torch.no_grad()
    def _answer(self, rows: Sequence[list[int]], held: Modulation | None, max_new_tokens: int) -> list[str]:
        tokenizer, base = self.tokenizer, self.model.base
        device = base.device
        ids = pad_left(rows, tokenizer.pad_token_id).to(device)
        mask = pad_left([[1] * len(row) for row in rows], 0).to(device)
        with self.model.under(held):
            out = base.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=self._stops(),
            )
        return [text.strip() for text in tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)]

    def _stops(self) -> list[int]:
        """The tokens that end an answer: the model's own and the one its chat template ends a turn with."""
        own = self.model.base.generation_config.eos_token_id
        ends = {self.tokenizer.eos_token_id, answer_tokens(self.tokenizer, "a", "b", self.spec.system)[-1]}
        return sorted({*ends, *(own if isinstance(own, list) else [own])} - {None})

    def logits(self, tokens: Tensor, mask: Tensor, held: Modulation | None) -> Tensor:
        """Logits [B, T, V] of left-padded tokens [B, T] under a modulation."""
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with self.model.under(held) as base:
            out: Tensor = base(input_ids=tokens, attention_mask=mask, position_ids=positions, use_cache=False).logits
        return out
