"""Exports: what PEFT and Transformers load from a folder is what zhyper computes, and nothing else."""

import json
from dataclasses import replace

import gguf
import pytest
import torch
import transformers
from peft import AutoPeftModelForCausalLM, PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, GPT2TensorProcessor, TensorProcessor

from conftest import CONFIGS, PROJECTIONS, byte_tokenizer, tiny_base, tokens
from seeing import SEEING, around, seeing_base
from zhyper import export
from zhyper.data import prompt_tokens
from zhyper.export._gguf import ARCHITECTURES, Architecture, rotated
from zhyper.text_to_adapter import TextToAdapter

OWN = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
CHAT = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "a"}] + [
    {"role": "user", "content": "why?"}
]


def adapted(model):
    return {
        name.removeprefix("base_model.model.") for name, m in model.named_modules() if hasattr(m, "lora_A")
    }


@pytest.mark.parametrize("layers", [":", "1:2", "::2"])
@pytest.mark.parametrize("name", [*CONFIGS, *SEEING])
@torch.no_grad()
def test_peft_adapts_the_sites_alone_without_a_warning(name, layers, tmp_path):
    fresh = (lambda: seeing_base(name)) if name in SEEING else (lambda: tiny_base(name))
    projections = PROJECTIONS.get(name, ("q_proj", "v_proj"))
    machine = around(fresh(), projections=projections, layers=layers)
    adapter = machine.adapter("say it in French")
    model = PeftModel.from_pretrained(
        fresh(), adapter.save(tmp_path / "adapter")
    ).eval()  # warnings are errors
    assert adapted(model) == {site.name for site in machine.adapter_weights.sites}
    ids, mask = tokens(machine)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    theirs = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits
    ours = machine.logits(ids, mask, adapter.modulation)
    assert (ours - machine.logits(ids, mask, None)).abs().max() > 1e-3
    torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=0)


def test_names_that_engines_know_are_used_where_they_say_enough(tmp_path):
    for layers, chosen in ((":", None), ("::2", [0, 2])):
        folder = around(tiny_base(), layers=layers).adapter("a").save(tmp_path / "adapter")
        config = json.loads((folder / "adapter_config.json").read_text())
        assert config["target_modules"] == ["q_proj", "v_proj"]
        assert config["layers_to_transform"] == chosen


@pytest.fixture
def machine(base):
    """A generator on a base in a folder, trained with another chat template than the base's own."""
    base_model = AutoModelForCausalLM.from_pretrained(base)
    made = around(base_model.eval(), base=base, chat_template=OWN)
    made.place = base
    return made


def test_the_tokenizer_comes_with_the_chat_template_of_the_training(machine, tmp_path):
    for form in ("peft", "merged"):
        folder = machine.adapter("a").save(tmp_path / form, form)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = tokenizer.apply_chat_template(CHAT, add_generation_prompt=True)["input_ids"]
        assert ids == prompt_tokens(machine.tokenizer, CHAT, OWN)
        assert "chat_template.jinja" in (folder / "README.md").read_text()
    assert machine.tokenizer.chat_template != OWN  # an export changes nothing of the machine


def test_a_template_of_parts_reads_texts_once_it_is_exported(tmp_path):
    """Other programs give a message's content as text, which such a template would lose."""
    read = "{% for p in m['content'] %}{{ p['text'] }}{% endfor %}"
    machine = around(
        tiny_base(), chat_template=f"{{% for m in messages %}}[{{{{ m['role'] }}}}]{read};{{% endfor %}}"
    )
    tokenizer = AutoTokenizer.from_pretrained(machine.adapter("a").save(tmp_path / "adapter"))
    ours = prompt_tokens(machine.tokenizer, CHAT, machine.spec.chat_template)
    assert "hello" in tokenizer.decode(ours)
    typed = [{**m, "content": [{"type": "text", "text": m["content"]}]} for m in CHAT]
    for chat in (CHAT, typed):
        assert tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"] == ours


@pytest.mark.parametrize("end", [False, True])
def test_without_a_chat_template_each_message_is_a_line(end, tmp_path):
    from tokenizers import processors

    machine = around(tiny_base())
    plain = byte_tokenizer(chat=False)
    template = "<|system|> $A <|end|>" if end else "<|system|> $A"
    plain.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=[("<|system|>", 4), ("<|end|>", 1)]
    )
    machine.tokenizer = plain
    tokenizer = AutoTokenizer.from_pretrained(machine.adapter("a").save(tmp_path / "adapter"))
    ids = tokenizer.apply_chat_template(CHAT, add_generation_prompt=True)["input_ids"]
    assert ids == prompt_tokens(plain, CHAT)


@pytest.mark.engine("peft", "answers")
@pytest.mark.parametrize(
    ("form", "loader"),
    [("peft", AutoPeftModelForCausalLM), ("peft", AutoModelForCausalLM), ("merged", AutoModelForCausalLM)],
)
@torch.no_grad()
def test_one_line_loaders_find_the_base(machine, form, loader, tmp_path):
    adapter = machine.adapter("say it in French")
    folder = adapter.save(tmp_path / "export", form)
    model = loader.from_pretrained(folder).eval()
    ids, mask = tokens(machine)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    theirs = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits
    torch.testing.assert_close(theirs, machine.logits(ids, mask, adapter.modulation), atol=1e-4, rtol=0)
    pipe = transformers.pipeline("text-generation", model=str(folder), tokenizer=str(folder))
    said = pipe(CHAT, max_new_tokens=5, do_sample=False, return_full_text=False)[0]["generated_text"]
    assert said.strip() == machine.generate([CHAT], ["say it in French"], max_new_tokens=5)[0]


@pytest.mark.engine("peft", "loads")
@pytest.mark.engine("peft", "batch")
@torch.no_grad()
def test_peft_answers_a_batch_under_several_folders(machine, base, tmp_path):
    adapters = {"one": machine.adapter("say it in French"), "two": machine.adapter("be brief")}
    folders = {name: adapter.save(tmp_path / name) for name, adapter in adapters.items()}
    whole = AutoModelForCausalLM.from_pretrained(base)
    model = PeftModel.from_pretrained(whole, folders["one"], adapter_name="one").eval()
    model.load_adapter(folders["two"], "two")
    ids, mask = tokens(machine)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    names = [("one", "two")[i % 2] for i in range(len(ids))]
    theirs = model(input_ids=ids, attention_mask=mask, position_ids=positions, adapter_names=names).logits
    ours = {name: machine.logits(ids, mask, adapter.modulation) for name, adapter in adapters.items()}
    assert (ours["one"] - ours["two"]).abs().max() > 1e-3
    for i, name in enumerate(names):
        torch.testing.assert_close(theirs[i], ours[name][i], atol=1e-4, rtol=0)


def test_a_pipeline_needs_the_folder_alone_where_the_template_is_the_bases(machine, tmp_path):
    """Transformers takes the tokenizer of a pipeline on an adapter from the base, whatever the folder has."""
    for own in (None, OWN):
        machine.spec = replace(machine.spec, chat_template=own)
        folder = str(machine.adapter("say it in French").save(tmp_path / "export"))
        ours = machine.generate([CHAT], ["say it in French"], max_new_tokens=5)[0]
        greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=5)
        for tokenizer in (None, folder):
            pipe = transformers.pipeline("text-generation", model=folder, tokenizer=tokenizer)
            said = pipe(CHAT, generation_config=greedy, return_full_text=False)[0]["generated_text"]
            assert (said.strip() == ours) == (tokenizer is not None or own is None)
        assert 'tokenizer="THIS_FOLDER"' in (tmp_path / "export" / "README.md").read_text()


def test_a_pipeline_on_a_merged_folder_answers_as_zhyper_does(machine, tmp_path):
    folder = str(machine.adapter("say it in French").save(tmp_path / "export", "merged"))
    pipe = transformers.pipeline("text-generation", model=folder)
    said = pipe(CHAT, max_new_tokens=5, return_full_text=False)[0]["generated_text"]
    assert said.strip() == machine.generate([CHAT], ["say it in French"], max_new_tokens=5)[0]


def test_the_code_of_the_card_runs(machine, tmp_path):
    for form in ("peft", "merged"):
        folder = machine.adapter("a").save(tmp_path / form, form)
        _, code, *_ = (folder / "README.md").read_text().split("```")
        code = code.removeprefix("python").replace("THIS_FOLDER", str(folder)).replace("PROMPT", "hello")
        said = []
        exec(code, {"print": said.append})
        assert [text.strip() for text in said] == machine.generate(["hello"], ["a"])


def test_the_base_is_called_what_it_is_called_elsewhere(machine, tmp_path):
    folder = machine.adapter("a").save(tmp_path / "adapter", base_name="org/its-name")
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "org/its-name"
    assert machine.place not in "".join(
        file.read_text() for file in folder.iterdir() if file.suffix != ".safetensors"
    )


def test_only_exports_are_replaced(machine, tmp_path):
    folder = machine.adapter("a").save(tmp_path / "out")
    machine.adapter("b").save(folder, "merged")
    machine.adapter("c").save(folder)
    assert "model.safetensors" not in {file.name for file in folder.iterdir()}
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds other files than zhyper writes there"):
        machine.adapter("d").save(folder)


@torch.no_grad()
def test_merging_leaves_the_base_as_it_is(machine, tmp_path):
    before = {name: tensor.clone() for name, tensor in machine.model.base.state_dict().items()}
    machine.adapter("a").save(tmp_path / "merged", "merged")
    assert all(torch.equal(before[name], t) for name, t in machine.model.base.state_dict().items())


def read_gguf(file):
    """The tensors of a GGUF file and the values of its fields."""
    reader = gguf.GGUFReader(file)
    tensors = {tensor.name: torch.tensor(tensor.data) for tensor in reader.tensors}
    return tensors, {name: field.contents() for name, field in reader.fields.items()}


@pytest.mark.parametrize(
    ("name", "kinds", "stored"),
    [
        ("llama", ("q_proj", "k_proj", "v_proj", "o_proj"), ("attn_q", "attn_k", "attn_v", "attn_output")),
        (
            "mistral",
            ("gate_proj", "up_proj", "down_proj", "q_proj"),
            ("ffn_gate", "ffn_up", "ffn_down", "attn_q"),
        ),
        ("gemma2", ("q_proj", "k_proj"), ("attn_q", "attn_k")),
        ("qwen3", ("q_proj", "k_proj"), ("attn_q", "attn_k")),
        ("gpt2", ("attn.c_attn", "attn.c_proj", "mlp.c_proj"), ("attn_qkv", "attn_output", "ffn_down")),
        ("gemma3", ("q_proj", "k_proj"), ("attn_q", "attn_k")),
        ("llava", ("q_proj", "k_proj"), ("attn_q", "attn_k")),
    ],
)
def test_gguf_holds_the_numbers_of_the_peft_folder(name, kinds, stored, tmp_path):
    """Transformers' own reader of GGUF knows how rows of q and k are put back."""
    model = seeing_base(name) if name in SEEING else tiny_base(name)
    adapter = around(model, projections=kinds, layers="::2").adapter(["say it in French", "be brief"])
    lora = load_file(adapter.save(tmp_path / "peft") / "adapter_model.safetensors")
    tensors, fields = read_gguf(adapter.save(tmp_path / "gguf", "gguf") / "adapter.gguf")
    config = model.config.get_text_config()
    back = TENSOR_PROCESSORS.get(fields["general.architecture"], TensorProcessor)(config.to_dict())
    sites = list(adapter.machine.adapter_weights.sites)
    assert len(tensors) == len(lora) == 2 * len(sites) > 0
    for site in sites:
        place = f"blk.{site.layer}.{dict(zip(kinds, stored, strict=True))[site.kind]}.weight"
        for letter in "AB":
            theirs = tensors[f"{place}.lora_{letter.lower()}"].numpy()
            if letter == "B" and type(back) is not GPT2TensorProcessor:
                theirs = back.process(theirs, place).weights
            ours = lora[f"base_model.model.{site.name}.lora_{letter}.weight"]
            assert torch.equal(torch.tensor(theirs), ours), (site.name, letter)
    assert fields["general.type"] == "adapter"
    assert fields["adapter.type"] == "lora"
    assert (
        fields["adapter.lora.alpha"] == len(tensors[f"{place}.lora_a"]) == tensors[f"{place}.lora_b"].shape[1]
    )
    assert "be brief" in fields["general.description"]


def test_rotated_rows_go_from_halves_to_neighbours():
    row = torch.arange(12.0)[:, None]
    assert rotated(row, 2)[:, 0].tolist() == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]


def test_gguf_comes_with_the_chat_template_and_a_card(machine, tmp_path):
    folder = machine.adapter("a").save(tmp_path / "out", "gguf")
    assert {file.name for file in folder.iterdir()} == {"adapter.gguf", "chat_template.jinja", "README.md"}
    assert (folder / "chat_template.jinja").read_text() == OWN
    assert "--chat-template-file THIS_FOLDER/chat_template.jinja" in (folder / "README.md").read_text()
    machine.adapter("b").save(folder)  # such a folder is an export, and so it is replaced
    assert "adapter.gguf" not in {file.name for file in folder.iterdir()}


def test_bases_that_llamacpp_stores_otherwise_are_refused(tmp_path):
    bloom = transformers.BloomConfig(hidden_size=24, n_layer=2, n_head=4, vocab_size=263)
    machine = around(transformers.BloomForCausalLM(bloom).eval(), projections=("dense",))
    with pytest.raises(
        ValueError, match=r"the base is a bloom, but the format gguf is for: arcee, .*; use the f"
    ):
        machine.adapter("a").save(tmp_path / "out", "gguf")
    assert not (tmp_path / "out").exists()


def test_a_layer_that_llamacpp_does_not_have_is_refused(tmp_path, monkeypatch):
    machine = around(tiny_base())
    monkeypatch.setitem(ARCHITECTURES, "llama", Architecture("mamba"))
    with pytest.raises(ValueError, match=r"has no tensor for model\.layers\.0\.self_attn\.q_proj of a llama"):
        machine.adapter("a").save(tmp_path / "out", "gguf")


def test_unknown_formats_and_needless_names_are_refused(machine, tmp_path):
    for form in ("onnx", True):
        with pytest.raises(ValueError, match="must be one of: peft, merged, gguf"):
            machine.adapter("a").save(tmp_path / "out", form)
    for form in ("merged", "gguf"):
        with pytest.raises(ValueError, match="only a PEFT folder says where its base lies"):
            machine.adapter("a").save(tmp_path / "out", form, base_name="org/name")


def test_a_revision_is_written_as_peft_writes_it():
    machine = around(tiny_base(), base_revision="abc123")
    config = export.peft_config(machine.adapter_weights, machine.export_base(), 8)
    assert (config["revision"], config["task_type"]) == ("abc123", "CAUSAL_LM")
    elsewhere = export.peft_config(machine.adapter_weights, machine.export_base("mirror/other"), 8)
    assert (elsewhere["base_model_name_or_path"], elsewhere["revision"]) == ("mirror/other", None)


def test_a_generator_without_its_bases_weights_makes_the_same_adapters(tmp_path):
    whole, shapes = TextToAdapter.load(device="cpu"), TextToAdapter.load(device="meta")
    assert sum(p.numel() for p in shapes.model.base.parameters() if not p.is_meta) == 0
    parts = {"Answer in French.": 0.7, "Be brief.": 0.3}
    folders = [
        machine.adapter(parts, 0.8).save(tmp_path / name) for machine, name in ((whole, "a"), (shapes, "b"))
    ]
    contents = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    for ask in (
        lambda: shapes.generate(["go"], ["Be brief."]),
        lambda: shapes.logits(torch.tensor([[1]]), torch.tensor([[1]]), None),
        lambda: shapes.adapter("Be brief.").save(tmp_path / "merged", "merged"),
    ):
        with pytest.raises(ValueError, match="without its base's weights"):
            ask()
    assert not (tmp_path / "merged").exists()
