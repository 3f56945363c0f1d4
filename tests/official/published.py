"""Folders as the published programs write them, of random numbers, and what those programs emit from them.

`emit` is written from their description alone, for one layer and projection at a time; the golden files that
the programs themselves made say whether it is right.
"""

import json

import torch
import yaml
from safetensors.torch import load_file, save_file
from torch.nn.functional import layer_norm, linear, silu

ARGUMENTS = {
    "exp_setup": "hyper_lora",
    "training_task": "sft",
    "encoder_type": "linear",
    "model_dir": "models/tiny/",
    "emb_model": "Alibaba-NLP/gte-large-en-v1.5",
    "use_one_hot_task_emb": False,
    "use_inp_as_desc": False,
    "shared_AB_head": False,
    "autoreg_gen": False,
    "learnable_pos_emb": False,
    "pred_z_score": True,
    "factorized": False,
    "delta_w_scaling": 10000,
    "hypernet_latent_size": 20,
    "head_in_size": 14,
    "train_ds_names": ["lol_1", "lol_2", "lol_3", "lol_4", "lol_5"],
    "save_freq": 10**100,
}
LORA = {
    "peft_type": "LORA",
    "base_model_name_or_path": "models/tiny",
    "bias": "none",
    "layers_to_transform": None,
    "r": 3,
    "lora_alpha": 16,
    "use_rslora": True,
    "rank_pattern": {},
    "target_modules": ["v_proj", "q_proj"],
}
DIAG_ARGUMENTS = {"exp_setup": "z_hyper_lora", "z_type": "diag"}
SIZES = {"v_proj": (24, 8), "q_proj": (24, 24)}
"""d_in and d_out in the tiny Llama and Mistral of the tests, in the order of the heads."""
DEPTH, WIDTH = 3, 13


class State(dict):
    """A state dict of seeded numbers, drawn layer by layer."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(5)

    def draw(self, name, *shape):
        deviation = shape[-1] ** -0.5 if len(shape) == 2 else 0.5
        self[name] = deviation * torch.randn(shape, generator=self.generator)

    def layer(self, name, inputs, outputs, bias=True):
        self.draw(f"{name}.weight", outputs, inputs)
        if bias:
            self.draw(f"{name}.bias", outputs)

    def norm(self, name, size):
        self.draw(f"{name}.weight", size)
        self.draw(f"{name}.bias", size)


def write(folder, width=WIDTH, bias=True, layers=range(DEPTH), lora=None, **arguments):
    """A generator of seeded numbers with these arguments; `width` numbers make an embedding."""
    folder.mkdir(parents=True)
    arguments, lora, state = ARGUMENTS | arguments, LORA | (lora or {}), State()
    zhyper, rank = arguments["exp_setup"] == "z_hyper_lora", lora["r"]
    draw_offsets(state, rank, zhyper)
    draw_trunk(state, width, arguments)
    if arguments["shared_AB_head"]:
        for kind in SIZES:
            state.draw(f"out_emb.{kind}.A", arguments["hypernet_latent_size"])
            state.draw(f"out_emb.{kind}.B", arguments["hypernet_latent_size"])
        state.norm("out_emb_norm", arguments["hypernet_latent_size"])
    if arguments["learnable_pos_emb"]:
        state.draw("pos_emb.0.weight", rank, arguments["hypernet_latent_size"])
        state.norm("pos_emb.1", arguments["hypernet_latent_size"])
    for kind in SIZES:
        state.layer(f"heads.{kind}", arguments["head_in_size"], outputs(kind, rank, arguments), bias)
    torch.save(dict(state), folder / "hypermod.pt")
    (folder / "args.yaml").write_text(yaml.safe_dump(arguments))
    (folder / "adapter_config.json").write_text(json.dumps(lora))
    if zhyper:
        shared = State()
        for kind, (d_in, d_out) in SIZES.items():
            for i in layers:
                name = f"base_model.model.model.layers.{i}.self_attn.{kind}"
                shared.draw(f"{name}.lora_A.weight", rank, d_in)
                shared.draw(f"{name}.lora_B.weight", d_out, rank)
        save_file(dict(shared), folder / "adapter_model.safetensors")
    return folder


def draw_offsets(state, rank, zhyper):
    for kind, (d_in, d_out) in SIZES.items():
        for group in ("output_offset" if zhyper else "AB_offset", "mean_recon_target", "std_recon_target"):
            if zhyper:
                state[f"{group}.Z.{kind}"] = torch.zeros(DEPTH, rank)
            else:
                state.draw(f"{group}.A.{kind}", DEPTH, rank, d_in)
                state.draw(f"{group}.B.{kind}", DEPTH, d_out, rank)


def draw_trunk(state, width, arguments):
    trunk, heads = arguments["hypernet_latent_size"], arguments["head_in_size"]
    state.layer("task_encoder.mlp.0", width, trunk // 2)
    state.norm("task_encoder.mlp.1", trunk // 2)
    for name, count in (("layer_depth_encoder", DEPTH), ("layer_type_encoder", len(SIZES))):
        state.draw(f"{name}.0.weight", count, trunk // 4)
        state.norm(f"{name}.1", trunk // 4)
    state.layer("mixer.1", trunk, 4 * trunk)
    state.layer("mixer.4", 4 * trunk, trunk)
    for block in ("mlp1.mlp", "mlp2.mlp", "mlp3"):
        state.norm(f"{block}.0", trunk)
        state.layer(f"{block}.1", trunk, 4 * trunk)
        state.layer(f"{block}.4", 4 * trunk, heads if block == "mlp3" else trunk)


def outputs(kind, rank, arguments):
    """How many numbers a head emits at once."""
    if arguments["exp_setup"] == "z_hyper_lora":
        return rank if arguments["z_type"] == "diag" else rank * rank
    numbers = max(SIZES[kind]) if arguments["shared_AB_head"] else sum(SIZES[kind])
    return numbers if arguments["autoreg_gen"] else rank * numbers


class Program:
    """The layers of a folder's hypernetwork, as its program runs them."""

    def __init__(self, folder):
        self.folder, self.state = folder, torch.load(folder / "hypermod.pt", weights_only=True)
        self.arguments = yaml.safe_load((folder / "args.yaml").read_text())
        self.lora = json.loads((folder / "adapter_config.json").read_text())
        self.rank = self.lora["r"]
        heads = [name.split(".") for name in self.state if name.startswith("heads.")]
        self.kinds = [kind for _, kind, what in heads if what == "weight"]

    def linear(self, name, x):
        return linear(x, self.state[f"{name}.weight"], self.state.get(f"{name}.bias"))

    def norm(self, name, x):
        return layer_norm(x, x.shape[-1:], self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def mlp(self, name, x):
        return silu(self.linear(f"{name}.4", silu(self.linear(f"{name}.1", self.norm(f"{name}.0", x)))))

    def second(self, x):
        return x + self.mlp("mlp2.mlp", x)

    def head(self, kind, x):
        return self.linear(f"heads.{kind}", self.mlp("mlp3", x))

    def first(self, embedding_C, layer, kind):
        """What enters the second block, [D]."""
        context = self.norm("task_encoder.mlp.1", self.linear("task_encoder.mlp.0", embedding_C))
        depth = self.norm("layer_depth_encoder.1", self.state["layer_depth_encoder.0.weight"][layer])
        types = self.state["layer_type_encoder.0.weight"]
        place = self.norm("layer_type_encoder.1", types[self.kinds.index(kind)])
        x = torch.cat([context, depth, place])
        x = silu(self.linear("mixer.4", silu(self.linear("mixer.1", x))))
        return x + self.mlp("mlp1.mlp", x)

    def shared_head(self, x, kind, factor):
        """The rows of A or B, wider than needed, of a head that emits either."""
        x = self.second(x + self.norm("out_emb_norm", self.state[f"out_emb.{kind}.{factor}"]))
        if self.arguments["autoreg_gen"]:
            rows = self.norm("pos_emb.1", self.state["pos_emb.0.weight"])
            return self.head(kind, x + self.second(rows))
        return self.head(kind, x).view(self.rank, -1)

    def factors(self, x, layer, kind):
        """A [R, I] and B [O, R] of a Text-to-LoRA, in the units of a LoRA."""
        (offset_a, offset_b), (mean_a, mean_b), (std_a, std_b) = (
            [self.state[f"{group}.{factor}.{kind}"][layer] for factor in "AB"]
            for group in ("AB_offset", "mean_recon_target", "std_recon_target")
        )
        d_in, d_out = offset_a.shape[1], offset_b.shape[0]
        if self.arguments["shared_AB_head"]:
            a, b = self.shared_head(x, kind, "A")[:, :d_in], self.shared_head(x, kind, "B")[:, :d_out]
        else:
            a, b = self.head(kind, self.second(x)).split([self.rank * d_in, self.rank * d_out])
        a, b = a.reshape(self.rank, d_in), b.reshape(self.rank, d_out).T
        if self.arguments["training_task"] == "recon":
            if not self.arguments["factorized"]:
                return [factor / self.arguments["delta_w_scaling"] ** 0.5 for factor in (a, b)]
            if self.arguments["pred_z_score"]:
                a, b = a * (std_a + 1e-10) + mean_a, b * (std_b + 1e-10) + mean_b
        return a + offset_a, b + offset_b


def emit(folder, embedding_C, layer, kind, as_trained=False):
    """s ΔW [O, I] that the programs make of an embedding."""
    program = Program(folder)
    x, rank, lora = program.first(embedding_C, layer, kind), program.rank, program.lora
    scale = lora["lora_alpha"] / (rank**0.5 if lora["use_rslora"] else rank)
    if program.arguments["exp_setup"] == "hyper_lora":
        a, b = program.factors(x, layer, kind)
        return scale * b @ a
    z = program.head(kind, program.second(x))
    z = z.diag() if program.arguments["z_type"] == "diag" else z.view(rank, rank)
    shared = load_file(folder / "adapter_model.safetensors")
    name = f"base_model.model.model.layers.{layer}.self_attn.{kind}"
    if as_trained:
        z = z + torch.eye(rank)
    return scale * shared[f"{name}.lora_B.weight"] @ z @ shared[f"{name}.lora_A.weight"]
