"""Exports: what PEFT and Transformers load from a folder is what zhyper computes, and nothing else."""

import json

import pytest
import torch
import transformers
from peft import AutoPeftModelForCausalLM, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from conftest import CONFIGS, GQA, PROJECTIONS, byte_tokenizer, fill, tiny_base, tiny_machine, tokens
from zhyper import export
from zhyper.data import prompt_tokens
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

OWN = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
CHAT = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "a"}] + [
    {"role": "user", "content": "why?"}
]
_SIGHT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def _gemma3():
    text = {**GQA, "sliding_window": 16, "query_pre_attn_scalar": 4}
    return transformers.Gemma3ForConditionalGeneration(
        transformers.Gemma3Config(
            text_config=text,
            vision_config=_SIGHT,
            mm_tokens_per_image=4,
            image_token_index=5,
            boi_token_index=6,
            eoi_token_index=7,
        )
    )


def _llava():
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**GQA),
        vision_config=transformers.CLIPVisionConfig(**_SIGHT),
        image_token_index=5,
    )
    return transformers.LlavaForConditionalGeneration(config)


def _qwen2_vl():
    rope = {"rope_type": "default", "mrope_section": [1, 1, 0], "rope_theta": 10_000.0}
    text = {**GQA, "hidden_size": 24, "num_attention_heads": 6, "rope_parameters": rope}
    del text["head_dim"]
    sight = {"depth": 4, "embed_dim": 32, "hidden_size": 24, "num_heads": 2, "mlp_ratio": 2}
    return transformers.Qwen2VLForConditionalGeneration(
        transformers.Qwen2VLConfig(text_config=text, vision_config=sight, image_token_id=5, video_token_id=6)
    )


SEEING = {"gemma3": _gemma3, "llava": _llava, "qwen2-vl": _qwen2_vl}


def seeing_base(name):
    torch.manual_seed(0)
    model = SEEING[name]().eval()
    model.generation_config.pad_token_id = 0
    return model


def around(model, **settings):
    spec = GeneratorSpec(
        **{"base": "b", "adapter": "zhyper-diag", "hypernet": "mlp", "context_width": 13, **settings}
    )
    torch.manual_seed(1)
    machine = TextToAdapter(spec, model, byte_tokenizer(), tiny_machine().encoder)
    machine.base_sha256 = "tiny"
    fill(machine)
    return machine


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
    with pytest.raises(ValueError, match="holds files that zhyper did not write"):
        machine.adapter("d").save(folder)


@torch.no_grad()
def test_merging_leaves_the_base_as_it_is(machine, tmp_path):
    before = {name: tensor.clone() for name, tensor in machine.model.base.state_dict().items()}
    machine.adapter("a").save(tmp_path / "merged", "merged")
    assert all(torch.equal(before[name], t) for name, t in machine.model.base.state_dict().items())


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
        lambda: shapes.adapter("Be brief.").save(tmp_path / "merged", merged=True),
    ):
        with pytest.raises(ValueError, match="without its base's weights"):
            ask()
    assert not (tmp_path / "merged").exists()
