"""Generators of the published programs emit as checkpoints what those programs emit from them."""

import json
import os
import shutil

import pytest
import torch
import transformers
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from conftest import SHARED, byte_tokenizer
from official.published import DEPTH, DIAG_ARGUMENTS, SIZES, WIDTH, emit, write
from zhyper import TextToAdapter
from zhyper.checkpoint import read_card
from zhyper.encoders import Encoder
from zhyper.official import Choices, import_official

GOLDEN = SHARED / "official_checkpoints"
FOLDERS = {
    **dict.fromkeys(("t2l-l", "t2l-l-v-first", "t2l-l-offset", "t2l-l-reconstruction"), "text-to-lora"),
    **dict.fromkeys(("t2l-m", "t2l-s"), "text-to-lora"),
    **dict.fromkeys(("zhyper-diag", "zhyper-square"), "zhyper-official"),
}
needs_golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason=f"needs the golden files in {GOLDEN}")
CLOSE = {"atol": 1e-5, "rtol": 1e-5}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))


class Given(Encoder):
    """Text i has the embedding that stands in row i."""

    identity, lasting = "given", False

    def __init__(self, vectors_NC):
        super().__init__()
        self.vectors_NC = vectors_NC

    @property
    def width(self):
        return self.vectors_NC.shape[1]

    def embed(self, text):
        return self.vectors_NC[int(text)]


def loaded(checkpoint, vectors_NC, **places):
    machine = TextToAdapter.load(checkpoint, device="cpu", **places)
    machine.encoder = Given(vectors_NC)
    return machine


def base_like(folder, file):
    """A base of random weights, whose configuration is in a file but for its tokens."""
    config = transformers.AutoConfig.from_pretrained(file)
    config.vocab_size = 263
    torch.manual_seed(0)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return str(folder)


def exported(machine, folder, text):
    """s ΔW of each site in the PEFT folder of a text."""
    machine.adapter(text).save(folder)
    config, state = (
        json.loads((folder / "adapter_config.json").read_text()),
        load_file(folder / "adapter_model.safetensors"),
    )
    assert config["lora_alpha"] == config["r"] and not config["use_rslora"]
    names = [name.removesuffix(".lora_A.weight") for name in state if name.endswith("lora_A.weight")]
    return {name: state[f"{name}.lora_B.weight"] @ state[f"{name}.lora_A.weight"] for name in names}


@needs_golden
@pytest.mark.parametrize("name", FOLDERS)
def test_golden_files(name, tmp_path):
    folder = GOLDEN / name
    import_official(
        FOLDERS[name], folder, tmp_path / "ours", Choices(base_config=folder / "base_config.json")
    )
    base = base_like(tmp_path / "base", folder / "base_config.json")
    with safe_open(folder / "expected.safetensors", "pt") as expected:
        facts, golden = expected.metadata(), {key: expected.get_tensor(key) for key in expected.keys()}  # noqa: SIM118
    machine = loaded(tmp_path / "ours", golden["task_embeddings"], base=base)
    assert list(machine.spec.projections) == json.loads(facts["kinds"])
    assert list(machine.adapter_weights.sites.layers) == json.loads(facts["layers"])
    assert machine.spec.scale == pytest.approx(scale := float(facts["scaling"]))
    texts = [str(i) for i in range(5)]
    for emitted in (machine.hypernet(golden["task_embeddings"]), machine.modulation(texts)):
        for kind, slots in emitted.values.items():
            for slot, value in slots.items():
                key = slot if slot == "z" else slot.upper()
                torch.testing.assert_close(value, golden[f"emitted.{key}.{kind}"], **CLOSE)
    for i in range(5):
        prefix = f"peft.{i}."
        names = {k.removeprefix(prefix).rpartition(".lora_")[0] for k in golden if k.startswith(prefix)}
        ours = exported(machine, tmp_path / f"adapter {i}", str(i))
        assert set(ours) == names
        for site in names:
            a_RI, b_OR = (golden[f"{prefix}{site}.lora_{factor}.weight"] for factor in "AB")
            theirs = scale * b_OR @ a_RI
            assert (ours[site] - theirs).abs().max() < 1e-5 * theirs.abs().max()


@needs_golden
@pytest.mark.parametrize("name", FOLDERS)
def test_the_formulas_of_these_tests_are_the_programs(name):
    with safe_open(GOLDEN / name / "expected.safetensors", "pt") as expected:
        scale, vector = float(expected.metadata()["scaling"]), expected.get_tensor("task_embeddings")[3]
        for layer, kind in ((0, "v_proj"), (2, "q_proj")):
            site = f"peft.3.base_model.model.model.layers.{layer}.self_attn.{kind}"
            a_RI, b_OR = (expected.get_tensor(f"{site}.lora_{factor}.weight") for factor in "AB")
            theirs = scale * b_OR @ a_RI
            assert (emit(GOLDEN / name, vector, layer, kind) - theirs).abs().max() < 1e-5 * theirs.abs().max()


SHARED_HEAD = {"shared_AB_head": True}
ROWS = {**SHARED_HEAD, "autoreg_gen": True, "learnable_pos_emb": True}
RECONSTRUCTION = {"training_task": "recon", "bias": False}
DIAG, SQUARE = DIAG_ARGUMENTS, {**DIAG_ARGUMENTS, "z_type": "full"}
VARIANTS = {
    "L": {},
    "L without rsLoRA, wider": {
        "lora": {"use_rslora": False, "r": 4},
        "hypernet_latent_size": 36,
        "head_in_size": 50,
    },
    "L without biases": {"bias": False},
    "M": SHARED_HEAD,
    "M without biases": {**SHARED_HEAD, "bias": False},
    "S": ROWS,
    "library, z-scores": {**RECONSTRUCTION, "factorized": True},
    "library, factors": {**RECONSTRUCTION, "factorized": True, "pred_z_score": False, "bias": True},
    "library, whole": {**RECONSTRUCTION, "pred_z_score": False, "delta_w_scaling": 2500, "bias": True},
    "diag": DIAG,
    "square": SQUARE,
    "diag without biases": {**DIAG, "bias": False},
    "diag, first layers": {**DIAG, "layers": "first_2", "at": (0, 1)},
    "square, last layer": {**SQUARE, "layers": "last_1", "at": (2,), "lora": {"layers_to_transform": [2]}},
    "diag, every fourth layer": {**DIAG, "layers": "every_4th", "at": (0,)},
    "diag, all layers": {**DIAG, "layers": "all"},
}


def load(file):
    return torch.load(file, weights_only=True)


def folder_of(variant, place):
    """A folder of a variant, and the layers that it adapts."""
    changes = dict(variant)
    at, said = changes.pop("at", range(DEPTH)), changes.pop("layers", None)
    folder = write(place, layers=at, **changes)
    if said is not None:
        change_arguments(folder, layers=said)
    return folder, at


def change_arguments(folder, **changes):
    file = folder / "args.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("variant", "as_trained"),
    [(v, trained) for v in VARIANTS for trained in ((False, True) if "z_type" in VARIANTS[v] else (False,))],
)
def test_every_variant_emits_what_its_program_does(variant, as_trained, base, tmp_path):
    zhyper = "z_type" in VARIANTS[variant]
    folder, at = folder_of(VARIANTS[variant], tmp_path / "theirs")
    program = "zhyper-official" if zhyper else "text-to-lora"
    card = import_official(program, folder, tmp_path / "ours", Choices(base=base, as_trained=as_trained))
    assert any("as it trains; --as-exported" in note for note in card["imported"]["notes"]) == as_trained
    vectors = torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(1))
    vectors = torch.nn.functional.normalize(vectors) * WIDTH**0.5
    ours = exported(loaded(tmp_path / "ours", vectors), tmp_path / "adapter", "1")
    assert len(ours) == len(at) * len(SIZES)
    for name, update in ours.items():
        layer, kind = int(name.split(".")[4]), name.rpartition(".")[2]
        theirs = emit(folder, vectors[1], layer, kind, as_trained)
        assert (update - theirs).abs().max() < 1e-5 * theirs.abs().max(), name


def test_one_hot_tasks(base, tmp_path):
    folder = write(tmp_path / "theirs", width=5, use_one_hot_task_emb=True)
    import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    machine = TextToAdapter.load(tmp_path / "ours", device="cpu")
    assert (machine.spec.context, machine.spec.known_tasks[3]) == ("task", "lol_4")
    ours = exported(machine, tmp_path / "adapter", "lol_4")
    for name, update in ours.items():
        theirs = emit(folder, torch.eye(5)[3], int(name.split(".")[4]), name.rpartition(".")[2])
        assert (update - theirs).abs().max() < 1e-5 * theirs.abs().max(), name
    with pytest.raises(ValueError, match="is none of the 5 tasks"):
        machine.adapter("lol_6")


@pytest.mark.parametrize("emb_model", ["", None])
def test_the_last_token_of_the_base(emb_model, base, tmp_path):
    folder = write(tmp_path / "theirs", width=24, emb_model=emb_model)
    import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    machine = TextToAdapter.load(tmp_path / "ours", device="cpu")
    tokens = machine.tokenizer("Sort the words.", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        last = machine.model.base.model(input_ids=tokens).last_hidden_state[0, -1]
    vector = last / last.norm() * 24**0.5
    torch.testing.assert_close(machine.embeddings([" Sort the words\n"])[0], vector)
    ours = exported(machine, tmp_path / "adapter", "Sort the words")
    for name, update in ours.items():
        theirs = emit(folder, vector, int(name.split(".")[4]), name.rpartition(".")[2])
        assert (update - theirs).abs().max() < 1e-5 * theirs.abs().max(), name


def bert(folder, width=WIDTH):
    """A tiny random encoder as `AutoModel` saves it: no file says how it pools."""
    torch.manual_seed(4)
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 1, "intermediate_size": 17, "vocab_size": 263}
    model = transformers.BertModel(
        transformers.BertConfig(hidden_size=width, initializer_range=0.5, **sizes)
    ).eval()
    model.save_pretrained(folder)
    byte_tokenizer(chat=False).save_pretrained(folder)
    return model


def test_gte_is_pooled_at_its_first_token_and_texts_end_in_a_full_stop(base, tmp_path):
    folder, model = write(tmp_path / "theirs"), bert(tmp_path / "encoder")
    choices = Choices(base=base, encoder=str(tmp_path / "encoder"))
    card = import_official("text-to-lora", folder, tmp_path / "ours", choices)
    assert card["encoder_identity"].startswith("sha256:") and card["encoder_identity"].endswith(":cls")
    machine = TextToAdapter.load(tmp_path / "ours", device="cpu")
    for text, read in (("Count to ten ", "Count to ten."), ("Why?", "Why?"), ("to 10", "to 10"), ("é", "é.")):
        with torch.no_grad():
            first = model(**byte_tokenizer()(read, return_tensors="pt")).last_hidden_state[0, 0]
        torch.testing.assert_close(machine.embeddings([text])[0], first / first.norm() * WIDTH**0.5)
    with pytest.raises(ValueError, match="makes embeddings of 17 numbers, but the generator reads 13"):
        bert(tmp_path / "wide", 17)
        import_official(
            "text-to-lora", folder, tmp_path / "x", Choices(base=base, encoder=str(tmp_path / "wide"))
        )
    (tmp_path / "other").mkdir()
    shutil.copytree(tmp_path / "encoder", tmp_path / "other", dirs_exist_ok=True)
    (tmp_path / "other" / "config.json").write_text((tmp_path / "encoder" / "config.json").read_text() + " ")
    with pytest.raises(ValueError, match="trained with encoder"):
        TextToAdapter.load(tmp_path / "ours", device="cpu", encoder=tmp_path / "other")


def test_the_scale_and_the_order_are_said(base, tmp_path):
    folder = write(tmp_path / "theirs", lora={"r": 4, "target_modules": ["q_proj", "v_proj"]})
    card = import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    assert read_card(tmp_path / "ours")["imported"] == card["imported"]
    order, scale, encoder, chat = card["imported"]["notes"]
    assert "in the order v_proj, q_proj" in order and "lists them as q_proj, v_proj" in order
    assert "alpha / √r = 16 / √4 = 8 (rsLoRA)" in scale and "alpha / r = 4" in scale
    assert "--encoder-code-revision" in encoder and "--chat-template FILE" in chat
    assert card["spec"]["scale"] == 8 and card["tasks"][0] == "lol_1"


def test_the_chat_template_of_the_repository_is_theirs(base, tmp_path):
    folder = write(tmp_path / "runs" / "mine", model_dir="models/tiny/")
    theirs = "{% for m in messages %}\n    <{{ m['role'] }}>{{ m['content'] }}  x\n{% endfor %}\n"
    read = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}  x{% endfor %}"
    file = tmp_path / "chat_templates" / "models" / "tiny" / "chat_template.jinja"
    file.parent.mkdir(parents=True)
    file.write_text(theirs)
    spec = import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))["spec"]
    assert spec["chat_template"] == read
    file.rename(tmp_path / "elsewhere")
    choices = Choices(base=base, chat_template=tmp_path / "elsewhere")
    assert (
        import_official("text-to-lora", folder, tmp_path / "ours", choices)["spec"]["chat_template"] == read
    )
    with pytest.raises(ValueError, match="is no file; --chat-template expects"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base, chat_template=file))


def test_a_checkpoint_of_a_run(base, tmp_path):
    run = write(tmp_path / "run", **DIAG)
    step = run / "checkpoints" / "it_200"
    step.mkdir(parents=True)
    (run / "hypermod.pt").rename(step / "hypermod.pt")
    card = import_official("zhyper-official", step, tmp_path / "ours", Choices(base=base))
    assert any("A and B are those of the run" in note for note in card["imported"]["notes"])
    with pytest.raises(ValueError, match=r"holds no hypermod.pt.*checkpoints are in .*it_200: name one"):
        import_official("zhyper-official", run, tmp_path / "ours", Choices(base=base))
    own = load_file(run / "adapter_model.safetensors")
    save_file({name: 2 * tensor for name, tensor in own.items()}, step / "adapter_model.safetensors")
    import_official("zhyper-official", step, tmp_path / "own", Choices(base=base))
    once, twice = (load_file(tmp_path / name / "weights.safetensors") for name in ("ours", "own"))
    assert torch.equal(twice["adapter.a_LRI.q_proj"], 2 * once["adapter.a_LRI.q_proj"])


def test_a_fork_that_calls_the_offset_otherwise(base, tmp_path):
    folder = write(tmp_path / "theirs")
    state = torch.load(folder / "hypermod.pt", weights_only=True)
    torch.save({k.replace("AB_offset", "output_offset"): v for k, v in state.items()}, folder / "hypermod.pt")
    one, other = (import_official("zhyper-official", folder, tmp_path / x, Choices(base=base)) for x in "ab")
    assert one["spec"]["adapter"] == "t2l" and one == other
    offset = load_file(tmp_path / "a" / "weights.safetensors")["adapter.b_LRO.v_proj"]
    assert torch.equal(offset, state["AB_offset.B.v_proj"].mT)


def test_without_the_bases_weights_any_base_of_these_sizes_will_do(base, tmp_path):
    folder = write(tmp_path / "theirs", emb_model="", width=24)
    (tmp_path / "config").mkdir()
    shutil.copy(f"{base}/config.json", tmp_path / "config")
    for choices in (
        Choices(base_config=tmp_path / "config" / "config.json"),
        Choices(base=str(tmp_path / "config")),
    ):
        card = import_official("text-to-lora", folder, tmp_path / "ours", choices)
        assert card["base_sha256"] is None and "not at hand" in card["imported"]["notes"][-1]
        machine = TextToAdapter.load(tmp_path / "ours", device="cpu", base=base)
        pinned = import_official("text-to-lora", folder, tmp_path / "pinned", Choices(base=base))
        assert machine.base_sha256 == pinned["base_sha256"]
        machine.save(tmp_path / "saved")
        assert read_card(tmp_path / "saved")["base_sha256"] == pinned["base_sha256"]


ODD = {
    "a discrete encoder": ({"encoder_type": "vq"}, "encoder_type is vq, but only a linear one"),
    "rotary": ({**SHARED_HEAD, "autoreg_gen": True}, "rotary"),
    "rows without a shared head": (
        {"autoreg_gen": True, "learnable_pos_emb": True},
        "autoreg_gen is set without shared_AB_head",
    ),
    "z-scores of whole updates": (
        {**RECONSTRUCTION, "pred_z_score": True},
        "pred_z_score without factorized",
    ),
    "VeRA": ({"exp_setup": "hyper_vera"}, "exp_setup is hyper_vera.*VeRA"),
    "random": ({"exp_setup": "rand_hyper_lora"}, "exp_setup is rand_hyper_lora"),
    "inputs": ({"use_inp_as_desc": True}, "use_inp_as_desc is set"),
    "another encoder": ({"emb_model": "Salesforce/SFR-Embedding-2_R"}, "only gte encoders"),
    "another kind of training": ({"training_task": "distil"}, "training_task is distil"),
    "a PEFT of another kind": ({"lora": {"peft_type": "VERA"}}, "is of VERA"),
    "DoRA": ({"lora": {"use_dora": True}}, "uses use_dora"),
    "no alpha": ({"lora": {"lora_alpha": None}}, "lora_alpha = None"),
    "all layers by a pattern": ({"lora": {"target_modules": "all-linear"}}, "must list names"),
    "other projections": ({"lora": {"target_modules": ["q_proj"]}}, "files of two runs"),
    "other layers": ({"lora": {"layers_to_transform": [1]}}, "adapter_config.json \\[1\\]: these are"),
    "a library of no scale": (
        {**RECONSTRUCTION, "pred_z_score": False, "written": {"delta_w_scaling": 0}},
        "delta_w_scaling is 0, but",
    ),
    "another layer": ({"lora": {"layers_to_transform": 1}}, "adapter_config.json 1: these are"),
    "another width": ({"written": {"hypernet_latent_size": 128}}, "hypernet_latent_size = 128, but"),
    "other heads": ({"written": {"head_in_size": 512}}, "head_in_size = 512, but"),
    "an odd width": ({"hypernet_latent_size": 22}, "multiple of 4"),
    "unknown layers": ({"written": {"layers": "odd"}}, "layers is odd"),
    "more layers than there are": ({"written": {"layers": "last_9"}}, "reaches outside"),
    "tasks that are none": ({"written": {"train_ds_names": 3}}, "must list names of tasks"),
    "too few tasks": ({"use_one_hot_task_emb": True}, "names 5 tasks .* has 13"),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_not_read_is_refused_in_a_sentence(case, base, tmp_path):
    changes, message = ODD[case]
    changes = dict(changes)
    written = changes.pop("written", {})
    folder = write(tmp_path / "theirs", **changes)
    change_arguments(folder, **written)
    with pytest.raises(ValueError, match=message):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    assert not (tmp_path / "ours").exists()


ODD_ZHYPER = {
    "no type": ({"z_type": None}, "z_type is None"),
    "a library": ({"training_task": "recon"}, "Zhyper is read with sft alone"),
    "a shared head": (SHARED_HEAD, "shared_AB_head or autoreg_gen is set"),
}


@pytest.mark.parametrize("case", ODD_ZHYPER)
def test_what_is_not_read_of_zhyper(case, base, tmp_path):
    changes, message = ODD_ZHYPER[case]
    folder = write(tmp_path / "theirs", **DIAG)
    change_arguments(folder, **changes)
    with pytest.raises(ValueError, match=message):
        import_official("zhyper-official", folder, tmp_path / "ours", Choices(base=base))


def test_one_programs_folder_is_not_the_others(base, tmp_path):
    folder = write(tmp_path / "theirs", **DIAG)
    with pytest.raises(ValueError, match="import it by: zhyper import zhyper-official"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    with pytest.raises(ValueError, match="exports what it trains"):
        t2l = write(tmp_path / "t2l")
        import_official("text-to-lora", t2l, tmp_path / "ours", Choices(base=base, as_trained=True))


LAST = "base_model.model.model.layers.2.self_attn"


@pytest.mark.parametrize(
    ("place", "name", "other"),
    [
        ("hypermod.pt", "mlp2.mlp.4.weight", "mixer.1.weight"),
        ("hypermod.pt", "mlp3.4.weight", "heads.q_proj.weight"),
        ("adapter_model.safetensors", f"{LAST}.v_proj.lora_A.weight", f"{LAST}.q_proj.lora_B.weight"),
    ],
)
def test_tensors_that_are_missing_left_over_or_of_another_shape(place, name, other, base, tmp_path):
    folder = write(tmp_path / "theirs", **SQUARE)
    file = folder / place
    read, save = (load_file, save_file) if file.suffix == ".safetensors" else (load, torch.save)
    state = read(file)
    for changed, message in (
        ({k: v for k, v in state.items() if k != name}, f"lacks the tensor {name}"),
        (state | {"surplus": torch.zeros(2)}, "also holds 1 tensors .*such as surplus"),
        (state | {other: torch.zeros(2, 2, 2)}, f"has {other} of shape"),
    ):
        save(changed, file)
        with pytest.raises(ValueError, match=message):
            import_official("zhyper-official", folder, tmp_path / "ours", Choices(base=base))
        assert not (tmp_path / "ours").exists()


def test_heads_of_which_one_has_a_bias(base, tmp_path):
    folder = write(tmp_path / "theirs")
    state = load(folder / "hypermod.pt")
    del state["heads.v_proj.bias"]
    torch.save(state, folder / "hypermod.pt")
    with pytest.raises(ValueError, match="some heads .* have a bias and others none"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))


def test_an_offset_of_z_is_refused(base, tmp_path):
    folder = write(tmp_path / "theirs", **DIAG)
    state = load(folder / "hypermod.pt")
    state["output_offset.Z.q_proj"][1, 2] = 0.5
    torch.save(state, folder / "hypermod.pt")
    with pytest.raises(ValueError, match="offset of q_proj's z in hypermod.pt is not zero"):
        import_official("zhyper-official", folder, tmp_path / "ours", Choices(base=base))


class Malice:
    """Makes a folder when it is read."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_a_pickle_of_more_than_tensors_is_refused_and_not_run(base, tmp_path):
    folder = write(tmp_path / "theirs")
    good = load(folder / "hypermod.pt")
    for content, message in (
        (good | {"x": Malice(str(tmp_path / "malice"))}, "not a file of tensors alone"),
        ({"state": good}, "no weights under state"),
        (good | {"mixer.1.bias": torch.zeros(80, dtype=torch.long)}, "no weights under mixer.1.bias"),
        ([1], "holds a list"),
    ):
        torch.save(content, folder / "hypermod.pt")
        with pytest.raises(ValueError, match=message):
            import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    (folder / "hypermod.pt").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ValueError, match="not a file of tensors alone"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    assert not (tmp_path / "malice").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("args.yaml", "a: !!python/object/apply:os.getcwd []", "no YAML of plain values"),
        ("args.yaml", "a: [", "no YAML of plain values"),
        ("args.yaml", "- 1", "holds a list"),
        ("adapter_config.json", "{", "is no JSON"),
        ("adapter_config.json", "[]", "holds a list"),
    ],
)
def test_damaged_settings(name, content, message, base, tmp_path):
    folder = write(tmp_path / "theirs")
    (folder / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"holds no {name}"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))


def test_a_base_that_is_not_there_or_another(base, tmp_path):
    folder = write(tmp_path / "theirs")
    with pytest.raises(ValueError, match=r"the base 'models/tiny' is needed .*by --base .*--base-config"):
        import_official("text-to-lora", folder, tmp_path / "ours")
    with pytest.raises(ValueError, match="is a file.*--base-config"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=f"{base}/config.json"))
    config = json.loads((tmp_path / "base" / "config.json").read_text()) | {"num_hidden_layers": 4}
    (tmp_path / "deep.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"of shape \[3, .* was expected .*--base"):
        import_official(
            "text-to-lora", folder, tmp_path / "ours", Choices(base_config=tmp_path / "deep.json")
        )
    change_arguments(folder, model_dir=None)
    with pytest.raises(ValueError, match="names no base; say which one by --base"):
        import_official("text-to-lora", folder, tmp_path / "ours")
    change_arguments(folder, model_dir=f"{base}/")
    assert import_official("text-to-lora", folder, tmp_path / "ours")["spec"]["base"] == base


def test_a_checkpoint_is_replaced_and_nothing_else(base, tmp_path):
    folder = write(tmp_path / "theirs")
    for _ in range(2):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds other files than zhyper writes there"):
        import_official("text-to-lora", folder, tmp_path / "mine", Choices(base=base))
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_encoder_for_a_generator_without_one(base, tmp_path):
    folder = write(tmp_path / "theirs", emb_model="", width=24)
    with pytest.raises(ValueError, match="'last-token', which has no files"):
        import_official("text-to-lora", folder, tmp_path / "ours", Choices(base=base, encoder="x"))
