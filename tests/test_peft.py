"""Several adapters around a base compute what PEFT computes of their exports, under PEFT's calls."""

import copy
import json
import os
import subprocess
import sys

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GenerationConfig, pipeline

from conftest import CONFIGS, byte_tokenizer, fill, tiny_base, tiny_machine, tokens
from hub import hub_of
from seeing import SEEING, around, seeing_base
from zhyper.checkpoint import DEFAULT
from zhyper.peft import ZhyperModel, get_peft_model
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import load_base

TEXTS = {"french": "say it in French", "count": "count the letters", "empty": "nothing at all"}
ROWS = ["count", "__base__", "french", "count"]
KINDS = (
    *("lora", "vera", "zhyper-diag", "zhyper-square", "zhyper-diag-vera", "zhyper-square-lora-xs"),
    *("t2l-l", "t2l-vera", "light-m"),
)
systems = pytest.mark.parametrize(("method", "base"), [(m, b) for m in KINDS for b in CONFIGS])


def model_of(method="zhyper-diag", base="llama", machine=None):
    """A machine, and all texts' adapters around its base."""
    machine = machine or tiny_machine(method, base)
    return machine, get_peft_model(None, machine, TEXTS)


def inputs_of(machine, rows=4):
    ids, mask = tokens(machine, rows)
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
        "use_cache": False,
    }


def reload(base, folder):
    """The adapters of a folder around a tiny base, which does not say where its weights are from."""
    with pytest.warns(UserWarning, match="nobody knows whether this base has the weights"):
        return ZhyperModel.from_pretrained(base, folder)


def peft_of(machine, base, folder):
    """PEFT's model with the exports of all texts."""
    loaded = None
    for name, text in TEXTS.items():
        place = machine.adapter(text).save(folder / name)
        if loaded is None:
            loaded = PeftModel.from_pretrained(base, place, adapter_name=name)
        else:
            loaded.load_adapter(place, name)
    return loaded.eval()


@systems
@torch.no_grad()
def test_logits_are_those_of_peft_with_the_exports(method, base, tmp_path):
    machine, model = model_of(method, base)
    inputs = inputs_of(machine)
    theirs = peft_of(machine, tiny_base(base), tmp_path)
    bare = tiny_base(base)(**inputs).logits
    for name in TEXTS:
        model.set_adapter(name)
        theirs.set_adapter(name)
        ours = model(**inputs).logits
        assert (ours - bare).abs().max() > 1e-2  # the adapter matters
        torch.testing.assert_close(ours, theirs(**inputs).logits, atol=1e-4, rtol=0)
    mixed = model(**inputs, adapter_names=ROWS).logits
    torch.testing.assert_close(mixed, theirs(**inputs, adapter_names=ROWS).logits, atol=1e-4, rtol=0)


@systems
@torch.no_grad()
def test_a_row_of_its_own_adapter_is_as_it_is_alone(method, base):
    machine, model = model_of(method, base)
    inputs = inputs_of(machine)
    together = model(**inputs, adapter_names=ROWS).logits
    for row, name in enumerate(ROWS):
        one = {k: v[row : row + 1] if torch.is_tensor(v) else v for k, v in inputs.items()}
        alone = model(**one, adapter_names=[name]).logits
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-4, rtol=0)
    bare = tiny_base(base)(**inputs).logits
    assert torch.equal(together[1], bare[1])
    assert torch.equal(model(**inputs, adapter_names=["__base__"] * 4).logits, bare)
    with model.disable_adapter():
        assert torch.equal(model(**inputs).logits, bare)
        assert torch.equal(model(**inputs, adapter_names=ROWS).logits, bare)
        model.set_adapter("count")
    assert torch.equal(model(**inputs).logits, model(**inputs, adapter_names=["count"] * 4).logits)
    assert torch.equal(model.get_base_model()(**inputs).logits, bare)
    assert torch.equal(machine.model.base(**inputs).logits, bare)


@systems
@torch.no_grad()
def test_adapters_are_the_same_after_saving_and_loading(method, base, tmp_path):
    machine, model = model_of(method, base)
    model.add_adapter("weak", TEXTS["french"], strength=0.25)
    model.set_adapter("weak")
    loaded = reload(tiny_base(base), model.save_pretrained(tmp_path / "adapters"))
    assert loaded.active_adapter == "weak"
    inputs = inputs_of(machine)
    assert torch.equal(loaded(**inputs).logits, model(**inputs).logits)
    rows = [*ROWS[:3], "weak"]
    assert torch.equal(
        loaded(**inputs, adapter_names=rows).logits, model(**inputs, adapter_names=rows).logits
    )
    facts = {name: (context.description, context.strength) for name, context in loaded.peft_config.items()}
    assert facts == {name: (text, 1.0) for name, text in TEXTS.items()} | {"weak": (TEXTS["french"], 0.25)}
    assert loaded.chat_template == model.chat_template
    again = loaded.save_pretrained(tmp_path / "again")
    for file in ("adapters.json", "adapters.safetensors"):
        assert (again / file).read_bytes() == (tmp_path / "adapters" / file).read_bytes()


@systems
@torch.no_grad()
def test_merged_weights_are_the_active_adapter(method, base, tmp_path):
    machine, model = model_of(method, base)
    inputs = inputs_of(machine)
    loaded = reload(given := tiny_base(base), model.save_pretrained(tmp_path / "adapters"))
    bare = machine.model.base(**inputs).logits
    for one in (model, loaded):
        one.set_adapter("count")
        expected = one(**inputs).logits
        merged = one.merge_and_unload()
        assert type(merged) is type(tiny_base(base))
        torch.testing.assert_close(merged(**inputs).logits, expected, atol=1e-4, rtol=0)
        with machine.model.under(machine.modulation(["a"])):  # its hooks are not on the merged model
            torch.testing.assert_close(merged(**inputs).logits, expected, atol=1e-4, rtol=0)
        with pytest.raises(ValueError, match="was unloaded"):
            one(**inputs)
    assert merged is given
    assert torch.equal(machine.model.base(**inputs).logits, bare)  # a borrowed base is not merged into


@pytest.mark.parametrize("base", CONFIGS)
@pytest.mark.parametrize(
    "how",
    [{}, {"num_beams": 3}, {"num_beams": 3, "num_return_sequences": 2}, {"num_return_sequences": 3}],
    ids=lambda how: "-".join(how) or "greedy",
)
@torch.no_grad()
def test_generation_with_an_adapter_for_each_prompt(base, how, tmp_path):
    machine, model = model_of("zhyper-square", base)
    ids, mask = tokens(machine)
    settings = {
        "max_new_tokens": 6,
        "do_sample": how.get("num_beams", 1) < how.get("num_return_sequences", 1),
    }
    if settings["do_sample"]:
        settings["top_k"] = 1
    copies = how.get("num_return_sequences", 1)
    theirs = peft_of(machine, tiny_base(base), tmp_path)
    together = model.generate(input_ids=ids, attention_mask=mask, adapter_names=ROWS, **settings, **how)
    assert len(together) == 4 * copies
    for row, name in enumerate(ROWS):
        one = {"input_ids": ids[row : row + 1], "attention_mask": mask[row : row + 1]}
        alone = model.generate(**one, adapter_names=[name], **settings, **how)
        of_row = together[copies * row : copies * (row + 1), : alone.shape[1]]
        assert torch.equal(of_row, alone), (row, name)
        if name != "__base__":
            theirs.set_adapter(name)  # one at a time, as PEFT refuses several with some of these settings
            assert torch.equal(theirs.generate(**one, **settings, **how), alone)
    ends = model.generation_config.eos_token_id
    as_config = GenerationConfig(**settings, **how, pad_token_id=0, eos_token_id=ends)
    assert torch.equal(model.generate(ids, as_config, attention_mask=mask, adapter_names=ROWS), together)
    model.generation_config = as_config
    assert torch.equal(model.generate(ids, attention_mask=mask, adapter_names=ROWS), together)
    with model.disable_adapter():
        bare = model.generate(ids, attention_mask=mask, adapter_names=ROWS)
    assert torch.equal(bare, tiny_base(base).generate(ids, as_config, attention_mask=mask))


@pytest.mark.parametrize("name", SEEING)
@torch.no_grad()
def test_a_base_that_sees(name, tmp_path):
    machine = around(seeing_base(name), projections=("q_proj", "v_proj"), rank=4)
    _, model = model_of(machine=machine)
    ids = torch.arange(20, 41).reshape(3, 7)
    names = ["french", "__base__", "count"]
    ours = model(input_ids=ids, adapter_names=names).logits
    theirs = peft_of(machine, seeing_base(name), tmp_path)(input_ids=ids, adapter_names=names).logits
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
    loaded = reload(seeing_base(name), model.save_pretrained(tmp_path / "adapters"))
    assert torch.equal(loaded(input_ids=ids, adapter_names=names).logits, ours)


def test_adapters_come_and_go():
    machine, model = model_of()
    assert model.active_adapter == "french"
    assert model.active_adapters == ["french"]
    model.add_adapter("both", {TEXTS["french"]: 0.5, TEXTS["count"]: 0.5}, strength=2.0)
    both = machine.adapter({TEXTS["french"]: 0.5, TEXTS["count"]: 0.5}, 2.0)
    ids, mask = tokens(machine)
    model.set_adapter("both")
    with torch.no_grad(), machine.model.under(both.modulation) as base:
        expected = base(input_ids=ids, attention_mask=mask).logits
    with torch.no_grad():
        assert torch.equal(model(ids, mask).logits, expected)
    assert model.peft_config["both"].description == both.weights
    model.delete_adapter("french")
    assert list(model.peft_config) == ["count", "empty", "both"]
    with pytest.warns(UserWarning, match="both was deleted; count is active now"):
        model.delete_adapter("both")
    model.delete_adapter("empty")
    with pytest.warns(UserWarning, match="the base is bare now"):
        model.delete_adapter("count")
    assert model.active_adapter is None
    with torch.no_grad():
        assert torch.equal(model(ids).logits, tiny_base()(ids).logits)
    with pytest.raises(ValueError, match="nothing to merge"):
        model.merge_and_unload()
    model.add_adapter("new", "say it in Dutch")
    assert model.active_adapter == "new"


@torch.no_grad()
def test_the_rest_is_the_base_and_runs_under_the_active_adapter():
    machine, model = model_of()
    ids, _ = tokens(machine)
    assert model.config is machine.model.base.config
    assert model.device == machine.model.base.device
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    machine.model.base.ask = lambda: None  # an attribute that is no method
    assert model.ask is machine.model.base.ask

    class Asking(type(machine.model.base)):
        def logits_of(self, ids):
            return self(ids).logits

    machine.model.base.__class__ = Asking
    assert torch.equal(model.logits_of(ids), model(ids).logits)
    assert not torch.equal(model.logits_of(ids), machine.model.base(ids).logits)
    assert not hasattr(model, "load_adapter")
    with pytest.raises(AttributeError, match="has no load_adapter: .* use add_adapter"):
        model.load_adapter("folder")
    with pytest.raises(AttributeError, match="'Asking' object has no attribute 'nothing'"):
        _ = model.nothing
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy(model)


def test_a_pipeline_of_transformers_asks_it():
    machine, model = model_of()
    ask = pipeline("text-generation", model=model, tokenizer=byte_tokenizer())
    chat = [{"role": "user", "content": "why?"}]
    with torch.no_grad():
        out = ask(chat, max_new_tokens=5, do_sample=False, return_full_text=False)
    assert out[0]["generated_text"].strip() == machine.generate(["why?"], [TEXTS["french"]], 5)[0]


@torch.no_grad()
def test_the_model_follows_the_base_to_another_type():
    machine, model = model_of()
    inputs = inputs_of(machine)
    exact, bare = model(**inputs).logits, tiny_base()(**inputs).logits
    rough = model.to(torch.bfloat16)(**inputs).logits
    assert rough.dtype == torch.bfloat16
    shown = inputs["attention_mask"].bool()
    assert (rough.float() - exact)[shown].norm() < 0.1 * (exact - bare)[shown].norm()
    merged = model.merge_and_unload()
    assert merged.dtype == torch.bfloat16
    assert (merged(**inputs).logits.float() - exact)[shown].norm() < 0.1 * (exact - bare)[shown].norm()


def test_two_models_and_their_machine_do_not_mind_each_other():
    machine, first = model_of()
    second = get_peft_model(None, machine, {"other": "say it in Dutch"})
    ids, mask = tokens(machine)
    with torch.no_grad():
        before = first(ids).logits, second(ids).logits, machine.logits(ids, mask, machine.modulation(["a"]))
        assert second.unload() is machine.model.base
        assert torch.equal(first(ids).logits, before[0])
        assert not torch.equal(before[0], before[1])
        assert torch.equal(machine.logits(ids, mask, machine.modulation(["a"])), before[2])
    assert all(p.requires_grad for p in machine.adapter_weights.parameters())
    first.unload()
    site = machine.adapter_weights.sites.of["q_proj"][0]
    assert len(machine.model.base.get_submodule(site.name)._forward_hooks) == 1  # the machine's own


def test_what_is_wrong_is_said(tmp_path):
    machine, model = model_of()
    ids, mask = tokens(machine)
    for names, sentence in (
        (ROWS[:3], "adapter_names has 3 names, but the input has 4 rows"),
        (["count"], "adapter_names has 1 names, but the input has 4 rows"),
        ([*ROWS, "count"], "adapter_names has 5 names, but the input has 4 rows"),
        ([*ROWS[:3], "kount"], "there is no adapter kount; there are: french, count, empty"),
        ("count", "adapter_names is 'count'"),
        ([*ROWS[:3], None], r"adapter_names\[3\] is None"),
    ):
        for call in (model, model.generate):
            with pytest.raises(ValueError, match=sentence):
                call(ids, attention_mask=mask, adapter_names=names)
            with pytest.raises(ValueError, match=sentence):
                call(inputs_embeds=torch.zeros(4, 7, 24), adapter_names=names)
    with pytest.raises(ValueError, match="has no input_ids or inputs_embeds"):
        model(adapter_names=ROWS)
    for name, sentence in (
        ("kount", "no adapter kount"),
        (["count"], "must be a text"),
        ("__base__", "no adapter __base__"),
    ):
        with pytest.raises(ValueError, match=sentence):
            model.set_adapter(name)
    with pytest.raises(ValueError, match="no adapter kount"):
        model.delete_adapter("kount")
    for name, sentence in (
        ("french", "there is one"),
        ("__base__", "give it another"),
        ("", "give it another"),
    ):
        with pytest.raises(ValueError, match=sentence):
            model.add_adapter(name, "a")
    with pytest.raises(ValueError, match="must be a"):
        model.add_adapter("new", 3)
    with pytest.raises(ValueError, match="strength is nan"):
        model.add_adapter("new", "a", strength=float("nan"))
    assert list(model.peft_config) == list(TEXTS)
    loaded = reload(tiny_base(), model.save_pretrained(tmp_path / "adapters"))
    with pytest.raises(ValueError, match="without the generator"):
        loaded.add_adapter("new", "a")
    assert loaded.unload() is loaded.get_base_model()
    for call in (loaded.unload, lambda: loaded.set_adapter("count"), lambda: loaded.generate(ids)):
        with pytest.raises(ValueError, match="was unloaded"):
            call()


def test_what_cannot_be_made_is_said():
    machine = tiny_machine()
    for wrong in ({}, None, "say it in French", ["a"]):
        with pytest.raises(ValueError, match="must be a dict with the description"):
            get_peft_model(None, machine, wrong)
    with pytest.raises(ValueError, match="must be a causal language model"):
        get_peft_model("llama", machine, TEXTS)
    with pytest.raises(ValueError, match="no weights"):
        get_peft_model(tiny_base().to("meta"), machine, TEXTS)
    with pytest.warns(UserWarning, match="nobody knows"), pytest.raises(ValueError, match="other layers"):
        get_peft_model(tiny_base("qwen3").__class__(_wider()), machine, TEXTS)
    site = machine.adapter_weights.sites.of["q_proj"][0]
    with pytest.raises(ValueError, match="must be a"):
        get_peft_model(None, machine, {"a": "b", "c": 3})
    assert len(machine.model.base.get_submodule(site.name)._forward_hooks) == 1  # nothing is left behind
    with pytest.raises(ValueError, match="a mixture of this kind of adapter has a larger rank"):
        model_of("t2l-l")[1].add_adapter("both", ["a", "b"])


def _wider():
    config = CONFIGS["qwen3"]()
    config.intermediate_size = 36
    return config


@torch.no_grad()
def test_a_base_that_is_given_is_compared(base, tmp_path):
    changes = {"base": base, "encoder": "last-token", "context_width": None}
    machine = TextToAdapter.untrained(tiny_machine().spec.with_changes(changes))
    fill(machine)
    model = get_peft_model(None, machine, TEXTS)
    folder = model.save_pretrained(tmp_path / "adapters")
    ids, _ = tokens(machine)
    for given in (None, AutoModelForCausalLM.from_pretrained(base), load_base(base)[0]):
        assert torch.equal(ZhyperModel.from_pretrained(given, folder)(ids).logits, model(ids).logits)
    checkpoint = machine.save(tmp_path / "checkpoint")
    assert torch.equal(get_peft_model(None, checkpoint, TEXTS)(ids).logits, model(ids).logits)
    with pytest.raises(ValueError, match="the encoder of this generator is its base"):
        get_peft_model(load_base(base)[0], checkpoint, TEXTS)
    apart = get_peft_model(load_base(base)[0], machine, TEXTS)
    assert torch.equal(apart(ids).logits, model(ids).logits)
    assert apart.merge_and_unload() is apart.get_base_model() is not machine.model.base
    tiny_base(seed=1).save_pretrained(tmp_path / "other")
    other = AutoModelForCausalLM.from_pretrained(tmp_path / "other")
    for call in (
        lambda: ZhyperModel.from_pretrained(other, folder),
        lambda: get_peft_model(other, machine, TEXTS),
    ):
        with pytest.raises(ValueError, match="are for other weights of base .* than those at .*other; give"):
            call()
    wider = type(tiny_base("qwen3"))(_wider())
    with (
        pytest.warns(UserWarning, match="nobody knows"),
        pytest.raises(ValueError, match="of a base with other layers than this Qwen3ForCausalLM"),
    ):
        ZhyperModel.from_pretrained(wider, folder)
    tiny_base(seed=1).save_pretrained(base)  # the same place, other weights
    with pytest.raises(ValueError, match="was trained on other weights"):
        ZhyperModel.from_pretrained(None, folder)


def test_damaged_and_other_folders_are_refused(tmp_path):
    _, model = model_of()
    folder = model.save_pretrained(tmp_path / "adapters")
    card = (folder / "adapters.json").read_text(encoding="utf-8")

    def refused(sentence):
        with pytest.warns(UserWarning, match="nobody knows") if "SHA" in sentence else _nothing():
            with pytest.raises(ValueError, match=sentence):
                ZhyperModel.from_pretrained(tiny_base(), folder)

    for change, sentence in (
        ({"format": 2}, "has format 2, but this version reads 1"),
        ({"spec": None}, "is not a card of adapters"),
        ({"adapters": []}, "is not a card of adapters"),
        ({"active": "nobody"}, "is not a card of adapters"),
        ({"base": {}}, "is not a card of adapters"),
    ):
        changed = json.dumps({**json.loads(card), **change})
        (folder / "adapters.json").write_text(changed, encoding="utf-8")
        refused(sentence)
    (folder / "adapters.json").write_text("{", encoding="utf-8")
    refused("is no JSON")
    (folder / "adapters.json").write_text(card, encoding="utf-8")
    weights = load_file(folder / "adapters.safetensors")
    save_file({**weights, "strengths": torch.zeros(3)}, folder / "adapters.safetensors")
    refused("has SHA-256")
    (folder / "adapters.safetensors").unlink()
    with pytest.warns(UserWarning, match="nobody"), pytest.raises(ValueError, match="is missing"):
        ZhyperModel.from_pretrained(tiny_base(), folder)
    (folder / "adapters.json").unlink()
    refused("holds no adapters.json")
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="holds other files"):
        model.save_pretrained(folder)
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"


HUB = """
import json, sys
import torch
from zhyper.peft import ZhyperModel, get_peft_model
ids = torch.arange(5, 12)[None]
if sys.argv[1] == "push":
    model = get_peft_model(None, sys.argv[2], {"french": "say it in French"})
    print(model.push_to_hub("me/adapters", private=True))
else:
    model = ZhyperModel.from_pretrained(None, "me/adapters")
with torch.no_grad():
    print(json.dumps(model(ids).logits.tolist()))
"""


def test_adapters_on_the_hub(base, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    changes = {"base": base, "encoder": "last-token", "context_width": None}
    machine = TextToAdapter.untrained(tiny_machine().spec.with_changes(changes))
    fill(machine)
    checkpoint = machine.save(tmp_path / "checkpoint")
    with hub_of() as hub:
        env = {**os.environ, **hub.environment(tmp_path / "home")}
        pushed, loaded = (
            subprocess.run(
                [sys.executable, "-c", HUB, what, str(checkpoint)], env=env, capture_output=True, text=True
            )
            for what in ("push", "load")
        )
        assert f"the card names {base}, which only this machine has" in pushed.stderr
        address, logits = pushed.stdout.splitlines()
        assert address.endswith("/me/adapters")
        assert set(hub.files("me/adapters")["files"]) == {"adapters.json", "adapters.safetensors"}
        assert hub.private["me/adapters"]
    assert loaded.stdout.splitlines() == [logits]
    with pytest.raises(ValueError, match="me/nothing' is no folder of adapters, and the hub did not give it"):
        ZhyperModel.from_pretrained(None, "me/nothing")
    with pytest.raises(ValueError, match="no name of a repository"):
        get_peft_model(None, machine, TEXTS).push_to_hub("adapters")


@torch.no_grad()
def test_the_default_checkpoint(tmp_path):
    texts = {"pirate": "Talk like a pirate.", "json": "Give me JSON."}
    machine = TextToAdapter.load(DEFAULT)
    model = get_peft_model(None, machine, texts)
    prompt = machine.tokenizer.apply_chat_template(
        [{"role": "user", "content": "Why do owls hoot?"}],
        chat_template=model.chat_template,
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
    )
    rows = ["pirate", "__base__", "json"]
    inputs = {name: value.repeat(3, 1) for name, value in prompt.items()}
    ours = model(**inputs, adapter_names=rows).logits
    folder = model.save_pretrained(tmp_path / "adapters")
    given, _ = load_base(machine.place)
    loaded = ZhyperModel.from_pretrained(given, folder)
    assert torch.equal(loaded(**inputs, adapter_names=rows).logits, ours)
    made = get_peft_model(given, DEFAULT, texts)
    torch.testing.assert_close(made(**inputs, adapter_names=rows).logits, ours, atol=1e-4, rtol=0)
    assert made.unload() is given
    with (
        pytest.warns(UserWarning, match="nobody knows"),
        pytest.raises(ValueError, match="not a linear|layers"),
    ):
        get_peft_model(tiny_base(), DEFAULT, texts)
    out = model.generate(**inputs, adapter_names=rows, max_new_tokens=12, do_sample=False)
    answers = machine.tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    asked = [texts.get(name) for name in rows]
    expected = machine.generate(["Why do owls hoot?"] * 3, asked, max_new_tokens=12)
    assert [answer.strip() for answer in answers] == expected
    place = machine.adapter(texts["pirate"]).save(tmp_path / "peft")
    theirs = PeftModel.from_pretrained(loaded.unload(), place)
    torch.testing.assert_close(theirs(**prompt).logits, ours[:1], atol=1e-3, rtol=0)
    before = (folder / "adapters.safetensors").stat().st_size
    model.add_adapter("new", "Answer in French.")
    added = (model.save_pretrained(folder) / "adapters.safetensors").stat().st_size - before
    context = 4 * (model.peft_config["new"].modulation.per_context + 1)
    assert context <= added < context + 64 < 12_000
    assert added < sum(file.stat().st_size for file in place.glob("adapter_model*")) / 1000


def _nothing():
    import contextlib

    return contextlib.nullcontext()
