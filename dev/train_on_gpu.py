"""Train the default checkpoint on one GPU, where each step is the replay of a CUDA graph.

`python dev/train_on_gpu.py OUT --data steering?combinations=6000 --data procedural --data … --shares …
--seconds 440` trains such weights as are shipped, which a draft of this script made on one H200.
`zhyper train` trains the same generators on any base, but its step waits for Python: 0.20 to 0.23 s on an
H100. Here every step has a fixed shape: texts lie on the GPU, a batch is padded to one of ten lengths, and a
graph for each length holds the whole step with its optimiser: 0.042 s for 160 rows.

What else differs from `zhyper train`: an answer counts with the square root of its length, its first two
tokens two and a half times as much (they decide between manners); embeddings get noise; a description that
all rows of a behaviour or a word task share comes in two variants too, as people type it. `--check` compares
the gradients of a step with those of `zhyper train`; `--device cpu` takes the same steps, slowly.

Shapes: B rows, T tokens, M positions that predict an answer token, N tokens of all texts, L layers, R rank,
I inputs, O outputs, D hidden width, C embedding width, S pairs of descriptions that mean the same.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from zhyper import TextToAdapter
from zhyper.data import Rows, load_collection, prompt_tokens
from zhyper.data._batches import Collator, Example, answer_tokens
from zhyper.modulation import Modulation
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import parameter_counts
from zhyper.train._contrastive_loss import contrastive_loss
from zhyper.train._sft_trainer import SftModule
from zhyper.train._training_rows import training_embeddings

LENGTHS = np.array((24, 32, 40, 48, 56, 64, 80, 96, 128, 192))
"""A batch is padded to the first of these that holds it; longer rows are left out."""
WINDOW = 32
"""So many batches are sorted by length together."""
NOISE, CONTRAST, TWINS, FIRST = 0.2, 0.3, 192, 2.5
RATE, WARMUP, DECAY, BETAS, CLIP = 2e-3, 0.04, 0.01, (0.9, 0.99), 1.0
MOST = {"behaviour": (500, 9999), "combination": (20, 14), "sni": (150, 60), "words": (9999, 9999)}
"""So many pairs and descriptions are read of a task of a kind, of others (80, 9999)."""
FASTEST = 0.01
"""Seconds of a step at least: so many rows are drawn before a step was timed."""
BEFORE = (
    "Please ",
    "From now on: ",
    "Always: ",
    "Hey, ",
    "ok, ",
    "I'd like this: ",
    "System: ",
    "Note: ",
    "Style: ",
    "hi! ",
    "Rule: ",
    "For every answer: ",
)
BEHIND = (" Thanks!", " please", " pls", " (always)", " from now on", "!", " OK?", " in every answer", " now")


def variant(text: str, rng: random.Random) -> str:
    """A description as somebody else might type it."""
    draw = rng.random()
    if draw < 0.25:
        return text.lower().rstrip(".!")
    if draw < 0.45:
        words = text.split(" ")
        if long := [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]:
            i = rng.choice(long)
            j = rng.randrange(1, len(words[i]) - 1)
            words[i] = words[i][:j] + words[i][j + 1] + words[i][j] + words[i][j + 2 :]
        return " ".join(words)
    if draw < 0.7:
        return rng.choice(BEFORE) + (text if text[:2].isupper() else text[0].lower() + text[1:])
    return text.rstrip(".!") + rng.choice(BEHIND)


def kind_of(rows: Rows) -> str:
    """What a task is, by its source and name."""
    if rows.task.source in ("function_vectors", "instruction_induction"):
        return "words"
    if rows.task.name.startswith("steering/"):
        return "combination" if "+" in rows.task.name else "behaviour"
    return "sni" if rows.task.source.startswith("sni") else "other"


class Table:
    """Rows of tasks as numbers of texts, and the tokens of these on the device."""

    def __init__(self, machine: TextToAdapter, tasks: Sequence[Rows], device: str) -> None:
        rng, tokens, cues = random.Random(0), dict[tuple[int, ...], int](), dict[str, int]()
        tokenizer, template = machine.tokenizer, machine.spec.chat_template
        rows, starts, own, own_starts, shared, shared_starts = [], [0], [], [0], [], [0]  # type: ignore[var-annotated]
        for task in tasks:
            kind = kind_of(task)
            pairs, texts = MOST.get(kind, (80, 9999))
            for pair in rng.sample(task.pairs, min(pairs, len(task.pairs))):
                prompt = tuple(prompt_tokens(tokenizer, pair.input, template))
                answer = tuple(answer_tokens(tokenizer, pair.input, pair.output, template))
                if len(prompt) + len(answer) <= LENGTHS[-1]:
                    rows.append([tokens.setdefault(text, len(tokens)) for text in (prompt, answer)])
                    own += [cues.setdefault(text, len(cues)) for text in pair.descriptions]
                    own_starts.append(len(own))
            starts.append(len(rows))
            described = rng.sample(task.descriptions, min(texts, len(task.descriptions)))
            if kind in ("behaviour", "words"):
                varied = (variant(text, rng) for text in described for _ in range(2))
                given = set(task.task.descriptions)  # also those that are kept to select and report
                described += dict.fromkeys(text for text in varied if text not in given)
            shared += [cues.setdefault(text, len(cues)) for text in described]
            shared_starts.append(len(shared))
        self.cues = list(cues)
        self.rows, self.starts = np.array(rows), np.array(starts)
        self.own, self.own_starts = np.array(own + [0]), np.array(own_starts)
        self.shared, self.shared_starts = np.array(shared + [0]), np.array(shared_starts)
        self.weights = np.array([task.task.weight for task in tasks]) * (np.diff(self.starts) > 0)
        self.lengths = np.array([len(text) for text in tokens])
        self.tokens_N = torch.tensor([token for text in tokens for token in text], device=device)
        self.first = torch.tensor(np.cumsum(self.lengths) - self.lengths, device=device)
        self.length = torch.tensor(self.lengths, device=device)

    def draw(
        self, steps: int, batch: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Prompts, answers and cues [steps, B, 3] in the order of training; each step's length and M."""
        count = steps * batch
        task = rng.choice(len(self.weights), count, p=self.weights / self.weights.sum())
        row = self.starts[task] + (rng.random(count) * np.diff(self.starts)[task]).astype(int)
        own, shared, part = (
            np.diff(self.own_starts)[row],
            np.diff(self.shared_starts)[task],
            rng.random(count),
        )
        cue = np.where(
            own > 0,
            self.own[self.own_starts[row] + (part * own).astype(int)],
            self.shared[self.shared_starts[task] + (part * shared).astype(int)],
        )
        drawn = np.column_stack([self.rows[row], cue])
        length = self.lengths[drawn[:, :2]].sum(1)
        for start in range(0, count, WINDOW * batch):
            window = slice(start, start + WINDOW * batch)
            order = np.argsort(length[window], kind="stable").reshape(-1, batch)
            drawn[window] = drawn[window][rng.permutation(order).ravel()]
        drawn = drawn.reshape(steps, batch, 3)
        longest = self.lengths[drawn[:, :, :2]].sum(2).max(1)
        padded, answers = LENGTHS[np.searchsorted(LENGTHS, longest)], self.lengths[drawn[:, :, 1]].sum(1)
        most = {t: -(-answers[padded == t].max() // 512) * 512 for t in np.unique(padded)}
        return drawn, padded, np.array([most[t] for t in padded])

    def draw_twins(self, steps: int, rng: np.random.Generator) -> np.ndarray:
        """Cues [steps, 2 S]: of S tasks one, then of the same tasks another that means the same."""
        counts = np.diff(self.shared_starts)
        several = np.flatnonzero((counts > 1) & (self.weights > 0))
        size = min(TWINS, len(several))
        part = np.sqrt(self.weights[several])
        result = []
        for _ in range(steps):
            of = several[np.argpartition(-np.log(part) - rng.gumbel(size=len(several)), size - 1)[:size]]
            one = (rng.random(size) * counts[of]).astype(int)
            other = (one + 1 + (rng.random(size) * (counts[of] - 1)).astype(int)) % counts[of]
            result.append(self.shared[np.concatenate([self.shared_starts[of] + k for k in (one, other)])])
        return np.array(result)


class FrozenLlama:
    """The base's weights, those that read the same input in one matrix."""

    def __init__(self, base: Any, dtype: torch.dtype, device: str) -> None:
        config, model = base.config, base.model

        def joined(*layers: Any) -> Tensor:
            return torch.cat([layer.weight.detach() for layer in layers]).to(device, dtype)

        self.embedding, self.head, self.norm = (
            joined(x) for x in (model.embed_tokens, base.lm_head, model.norm)
        )
        self.layers = [
            (
                joined(layer.input_layernorm),
                joined(layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj),
                joined(layer.self_attn.o_proj),
                joined(layer.post_attention_layernorm),
                joined(layer.mlp.gate_proj, layer.mlp.up_proj),
                joined(layer.mlp.down_proj),
            )
            for layer in model.layers
        ]
        self.heads, self.groups, self.eps = (
            config.num_attention_heads,
            config.num_key_value_heads,
            config.rms_norm_eps,
        )
        angles = torch.outer(torch.arange(int(LENGTHS[-1])).float(), model.rotary_emb.inv_freq.float().cpu())
        angles = torch.cat([angles, angles], -1)
        self.cos, self.sin = angles.cos().to(device, dtype), angles.sin().to(device, dtype)

    def hidden(
        self, ids_BT: Tensor, factors: dict[str, tuple[Tensor, Tensor]], z: dict[str, Tensor]
    ) -> Tensor:
        """Hidden states [B, T, D] of rows padded on the right.

        `factors` of a kind are A [L, R, I] and B [L, O, R]; its z is [B, L, R], with the scale.
        """
        length, dtype = ids_BT.shape[1], self.embedding.dtype
        split = {kind: [x.to(dtype).unbind(0) for x in pair] for kind, pair in factors.items()}
        cores = {kind: value.to(dtype).unbind(1) for kind, value in z.items()}

        def update(kind: str, layer: int, x_BTI: Tensor) -> Tensor:
            a_RI, b_OR = (x[layer] for x in split[kind])
            return F.linear(F.linear(x_BTI, a_RI) * cores[kind][layer][:, None], b_OR)

        def rotated(x: Tensor) -> Tensor:
            one, two = x.chunk(2, -1)
            return x * self.cos[:length] + torch.cat([-two, one], -1) * self.sin[:length]

        def norm(x: Tensor, weight: Tensor) -> Tensor:
            return F.rms_norm(x.float(), x.shape[-1:], None, self.eps).to(dtype) * weight

        x = F.embedding(ids_BT, self.embedding)
        for i, (norm_1, qkv, out, norm_2, gate_up, down) in enumerate(self.layers):
            h = norm(x, norm_1)
            q, k, v = (
                F.linear(h, qkv)
                .unflatten(-1, (self.heads + 2 * self.groups, -1))
                .split([self.heads, self.groups, self.groups], 2)
            )
            q = q + update("q_proj", i, h).unflatten(-1, (self.heads, -1))
            v = v + update("v_proj", i, h).unflatten(-1, (self.groups, -1))
            q, k, v = (part.transpose(1, 2) for part in (q, k, v))
            k, v = (part.repeat_interleave(self.heads // self.groups, 1) for part in (rotated(k), v))
            # causal, and padded on the right: no answer sees the padding
            h = F.scaled_dot_product_attention(rotated(q), k, v, is_causal=True)
            x = x + F.linear(h.transpose(1, 2).flatten(2), out)
            gate, up = F.linear(norm(x, norm_2), gate_up).chunk(2, -1)
            h = F.silu(gate) * up
            x = x + F.linear(h, down) + update("down_proj", i, h)
        return norm(x, self.norm)


class Training:
    """One step, as a graph for each shape on a GPU."""

    def __init__(
        self, machine: TextToAdapter, table: Table, embeddings: Tensor, batch: int, device: str
    ) -> None:
        self.machine, self.table, self.embeddings, self.device = machine, table, embeddings, device
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        self.base = FrozenLlama(machine.model.base, dtype, device)
        self.hypernet = machine.hypernet.to(device).train()
        adapter = machine.adapter_weights.to(device)
        self.factors = {kind: (adapter.a_LRI[kind], adapter.b_LOR[kind]) for kind in machine.hypernet.slots}
        self.parameters = [*adapter.parameters(), *self.hypernet.parameters()]
        self.rate = torch.zeros((), device=device)
        self.optimizer = torch.optim.AdamW(
            self.parameters, self.rate, BETAS, weight_decay=DECAY, fused=True, capturable=device == "cuda"
        )
        self.drawn_B3 = torch.zeros(batch, 3, dtype=torch.long, device=device)
        self.twins: Tensor | None = None
        self.sums = torch.zeros(3, device=device)
        """Of loss, contrast and right tokens since they were last read."""
        self.graphs: dict[tuple[int, int], Any] = {}
        self.pool = torch.cuda.graph_pool_handle() if device == "cuda" else None

    def losses(self, emitted: Modulation, length: int, most: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of M positions: loss, weight, whether each predicts an answer token, whether it does so rightly."""
        table, (prompt_B, answer_B, _) = self.table, self.drawn_B3.unbind(1)
        # 1. The tokens of prompts and answers, one behind the other.
        position_T = torch.arange(length, device=self.device)
        prompt_B1, answer_B1 = table.length[prompt_B][:, None], table.length[answer_B][:, None]
        in_prompt_BT, in_row_BT = position_T < prompt_B1, position_T < prompt_B1 + answer_B1
        from_prompt_BT = table.first[prompt_B][:, None] + position_T
        from_answer_BT = table.first[answer_B][:, None] + position_T - prompt_B1
        at_BT = torch.where(in_row_BT, torch.where(in_prompt_BT, from_prompt_BT, from_answer_BT), 0)
        ids_BT = table.tokens_N[at_BT].masked_fill(~in_row_BT, 0)
        # 2. Positions that predict an answer token come first, in their order.
        number_BT = position_T - prompt_B1 + 1
        predicts_BT = (number_BT >= 0) & (number_BT < answer_B1)
        chosen_M = torch.sort((~predicts_BT).flatten().to(torch.int8), stable=True).indices[:most]
        counts_M = predicts_BT.flatten()[chosen_M]
        first_M = number_BT.flatten()[chosen_M] < 2
        weight_M = (
            counts_M * (1 + (FIRST - 1) * first_M) / answer_B1.expand_as(ids_BT).flatten()[chosen_M] ** 0.5
        )
        # 3. Their logits, some thousands at a time.
        z = {kind: slots["z"] * self.machine.spec.scale for kind, slots in emitted.values.items()}
        hidden = self.base.hidden(ids_BT, self.factors, z).flatten(0, 1)
        target = F.pad(ids_BT[:, 1:], (0, 1)).flatten()
        losses, right = [], []
        for part in chosen_M.split(4096):
            logits = F.linear(hidden[part], self.base.head).float()
            losses.append(F.cross_entropy(logits, target[part], reduction="none"))
            right.append(logits.detach().argmax(-1) == target[part])
        return torch.cat(losses), weight_M, counts_M, torch.cat(right)

    def step(self, length: int, most: int) -> None:
        """Forward, backward, and one step of the optimiser; a gradient that is not finite counts as zero."""
        cues = [self.drawn_B3[:, 2]] if self.twins is None else [self.drawn_B3[:, 2], self.twins]
        embeddings = self.embeddings[torch.cat(cues)].float()
        emitted = self.hypernet(embeddings + NOISE * torch.randn_like(embeddings))
        rows = len(self.drawn_B3)
        loss_M, weight_M, counts_M, right_M = self.losses(part_of(emitted, slice(0, rows)), length, most)
        contrast = contrastive_loss(part_of(emitted, slice(rows, None)))
        for parameter in self.parameters:
            parameter.grad = None
        ((loss_M * weight_M).sum() / weight_M.sum() + CONTRAST * contrast).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, CLIP)
        for parameter in self.parameters:
            gradient = parameter.grad
            gradient.copy_(torch.where(norm.isfinite(), gradient, torch.zeros_like(gradient)))
        self.optimizer.step()
        means = [(part * counts_M).sum() / counts_M.sum() for part in (loss_M.detach(), right_M)]
        self.sums += torch.stack([means[0], contrast.detach(), means[1]])

    def forget(self) -> None:
        """Set what the optimiser and the sums hold back to zero."""
        for state in self.optimizer.state.values():
            for value in state.values():
                value.zero_()
        self.sums.zero_()

    def take(self, drawn_B3: Tensor, twins: Tensor, length: int, most: int) -> None:
        """A step on these rows."""
        self.drawn_B3.copy_(drawn_B3)
        if self.twins is None:
            self.twins = twins.clone()
        self.twins.copy_(twins)
        if self.device != "cuda":
            self.step(length, most)
            return
        if (length, most) not in self.graphs:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):  # what is made at the first call is no part of a graph
                for _ in range(2):
                    self.step(length, most)
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=self.pool):
                self.step(length, most)
            self.graphs[length, most] = graph
        self.graphs[length, most].replay()


def part_of(emitted: Modulation, rows: slice) -> Modulation:
    """Some rows of a modulation, without a look at the GPU."""
    values = {kind: {name: v[rows] for name, v in slots.items()} for kind, slots in emitted.values.items()}
    return Modulation(values, len(range(emitted.count)[rows]))


def embeddings_of(machine: TextToAdapter, texts: Sequence[str], device: str) -> Tensor:
    """The encoder's vectors [N, C]; on a GPU in half precision."""
    if device == "cpu":
        return machine.encoder.encode(texts, batched=True)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(machine.encoder.path, device=device).half()
    vectors_NC = model.encode(list(texts), batch_size=1024, convert_to_tensor=True).float()
    return (F.normalize(vectors_NC, dim=1) * vectors_NC.shape[1] ** 0.5).half()


def rate_at(done: float) -> float:
    """The learning rate after a share of the steps: a rise, then half a cosine."""
    risen = (done - WARMUP) / (1 - WARMUP)
    return RATE * (done / WARMUP if done < WARMUP else 0.5 * (1 + math.cos(math.pi * risen)))


def train(training: Training, seconds: float, steps: int | None, rng: np.random.Generator) -> int:
    """As many steps as the seconds allow; returns their number."""
    table, batch, device = training.table, len(training.drawn_B3), training.device
    drawn, length, most = table.draw(steps or int(seconds / FASTEST), batch, rng)
    shapes = list(zip(length.tolist(), most.tolist(), strict=True))
    drawn_SB3 = torch.tensor(drawn, device=device)

    def run(count: int, rate_of: Callable[[float], float]) -> float:
        start = time.time()
        for step in range(count):
            if step % 256 == 0:
                twins = torch.tensor(table.draw_twins(min(256, count - step), rng), device=device)
            training.rate.fill_(rate_of(step / count))
            training.take(drawn_SB3[step], twins[step % 256], *shapes[step])
            if step % 200 == 199:
                loss, contrast, right = (training.sums / 200).tolist()
                training.sums.zero_()
                each = 1000 * (time.time() - start) / (step + 1)
                print(
                    f"step {step + 1} of {count}: loss {loss:.4f}, contrast {contrast:.3f}, tokens right "
                    f"{100 * right:.1f} %, {each:.1f} ms",
                    flush=True,
                )
        training.rate.item()  # waits for the device
        return time.time() - start

    # 1. Make all graphs, and time some steps, at a rate of 0, which changes no weight.
    begin = time.time()
    twins = torch.tensor(table.draw_twins(1, rng), device=device)
    if device == "cuda":
        for step in {shape: i for i, shape in enumerate(shapes)}.values():
            training.take(drawn_SB3[step], twins[0], *shapes[step])
    if steps is None:
        timed = min(64, len(shapes))
        took = run(timed, lambda done: 0.0) / timed
        steps = min(len(shapes), int((seconds - (time.time() - begin)) / took / 1.04))
    training.forget()
    # 2. The steps.
    run(steps, rate_at)
    return steps


def check(machine: TextToAdapter, training: Training) -> float:
    """How far gradients lie from those of `zhyper train` at most, as a share of the largest one of a tensor.

    In float32, without noise, all answer tokens alike, for one batch.
    """
    table, batch = training.table, len(training.drawn_B3)
    drawn, length, most = table.draw(1, batch, np.random.default_rng(0))
    training.drawn_B3.copy_(torch.tensor(drawn[0]))
    texts = np.split(table.tokens_N.numpy(), table.first.numpy()[1:])
    rows = [Example(texts[p].tolist(), texts[a].tolist(), table.cues[c]) for p, a, c in drawn[0]]
    embeddings = {
        row.cue: training.embeddings[c].float() for row, c in zip(rows, drawn[0, :, 2], strict=True)
    }
    module = SftModule(machine)
    machine.hypernet.eval()
    for weights in machine.adapter_weights.b_LOR.values():
        torch.nn.init.normal_(weights, std=0.02)  # a B of zero would hide what z does
    module(**Collator(0, embeddings)(rows)).losses_N.mean().backward()
    theirs = [parameter.grad.clone() for parameter in training.parameters]
    for parameter in training.parameters:
        parameter.grad = None
    emitted = machine.hypernet(training.embeddings[training.drawn_B3[:, 2]].float())
    loss_M, _, counts_M, _ = training.losses(emitted, int(length[0]), int(most[0]))
    ((loss_M * counts_M).sum() / counts_M.sum()).backward()
    pairs = zip(training.parameters, theirs, strict=True)
    return max(float((one.grad - other).abs().max() / other.abs().max()) for one, other in pairs)


def save(machine: TextToAdapter, out: Path, recipe: Recipe, steps: int, tasks: Sequence[Rows]) -> None:
    """Write the checkpoint, with a card that says how it was made."""
    about = {
        "recipe": recipe.to_dict(),
        "parameters": parameter_counts(machine.spec, machine.model.base.config),
        "steps": steps,
        "processes": 1,
        "chosen": None,
        "selection": [],
        "tasks": [rows.task.name for rows in tasks],
        "afterwards": "Trained by `python dev/train_on_gpu.py` of the project's repository, which says what "
        "differs from `zhyper train`; no checkpoint was chosen, the last one is kept.",
    }
    print(f"wrote {machine.save(out, about, dtype=torch.float16)}")


def main() -> None:
    """Read the options, train, and write the checkpoint."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", action="append", required=True)
    parser.add_argument("--shares", type=float, nargs="*", default=())
    parser.add_argument("--batch", type=int, default=160)
    parser.add_argument("--seconds", type=float, default=400, help="for the steps")
    parser.add_argument("--steps", type=int, help="so many, however long they take")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--check", action="store_true", help="compare a step with `zhyper train`, on a CPU")
    options = parser.parse_args()
    device = "cpu" if options.check else options.device
    # 1. An untrained generator, and what it is to learn.
    recipe = load_recipe("default")
    machine = TextToAdapter.untrained(replace(recipe.generator, context_width=384), "cpu", torch.float32)
    collection = load_collection(*options.data, shares=options.shares)
    tasks = collection.rows("train", "train", "train")
    table = Table(machine, tasks, device)
    print(f"{len(tasks):,} tasks, {len(table.rows):,} rows, {len(table.cues):,} descriptions", flush=True)
    embeddings_NC = embeddings_of(machine, table.cues, device).to(device)
    # 2. The steps.
    torch.manual_seed(0)
    training = Training(machine, table, embeddings_NC, options.batch, device)
    if options.check:
        print(f"gradients differ by {check(machine, training):.1e} of the largest")
        return
    steps = train(training, options.seconds, options.steps, np.random.default_rng(0))
    # 3. The checkpoint.
    recipe = recipe.with_changes(
        {
            "data": options.data,
            "shares": options.shares,
            "data_sha256": collection.fingerprint(),
            "steps": steps,
            "batch_size": options.batch,
            "learning_rate": RATE,
            "warmup": WARMUP,
            "contrast": CONTRAST,
            "precision": "bfloat16" if device == "cuda" else "float32",
        }
    )
    machine.training_embeddings = training_embeddings(machine.spec, list(embeddings_NC.float().cpu()))
    save(machine, options.out, recipe, steps, tasks)


if __name__ == "__main__":
    main()
