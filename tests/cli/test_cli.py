"""The command line: numbers, errors as one sentence, and the real default checkpoint."""

import json
import os
import subprocess
import sys

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from rich.panel import Panel
from rich.table import Table
from safetensors.torch import load_file
from typer.testing import CliRunner

from conftest import MISTRAL, tiny_base
from zhyper import TextToAdapter
from zhyper.cli import app
from zhyper.cli._app import main
from zhyper.cli._news import news, paper, plain, steps, working
from zhyper.spec import Recipe, load_recipe
from zhyper.text_to_adapter import parameter_counts
from zhyper.weights import load_base


def run(*words):
    result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def default():
    return TextToAdapter.load("default")


@pytest.mark.parametrize(
    ("recipe", "changes", "trainable", "per_context"),
    [
        ("zhyper-diag", ["context_width=1024"], 4_207_632, 512),
        ("zhyper-square", ["context_width=1024", "rank=16"], 7_869_952, 16_384),
        ("zhyper-diag", ["context_width=1024", "layers=0:32:4"], 1_651_728, 128),
        ("zhyper-diag", ["context_width=4096"], 4_404_240, 512),
        ("t2l-l", ["context_width=1024"], 55_424_000, 3_407_872),
        ("multitask-lora", [], 3_407_872, 0),
    ],
)
def test_params(recipe, changes, trainable, per_context, tmp_path):
    MISTRAL.save_pretrained(tmp_path)
    sets = [word for change in changes for word in ("--set", change)]
    counts = json.loads(
        run("params", recipe, "--base-config", str(tmp_path / "config.json"), *sets, "--json")
    )
    assert (counts["trainable"], counts["per_context"]) == (trainable, per_context)
    assert f"{trainable:,}" in run("params", recipe, "--base-config", str(tmp_path / "config.json"), *sets)


def test_info(default):
    card = json.loads(run("info", "--json"))
    assert card["spec"] == default.spec.to_dict()
    assert {task.partition("/")[0] for task in card["tasks"]} == {
        "steering", "procedural", "function_vectors", "instruction_induction", "sni",
    }  # fmt: skip
    assert "zhyper-diag" in run("info")


def test_ask_answers_the_base_and_each_description_in_one_batch(default):
    plural, capital = "What is the plural?", "Write the word's first letter as a capital letter."
    said = json.loads(run("ask", "elephant", "--as", plural, "--as", capital, "-n", "8", "--json"))
    assert [answer["answer"] for answer in said["answers"]] == ["elephants", "E"]
    expected = default.generate(["elephant"] * 3, [None, plural, capital], max_new_tokens=8)
    assert [said["base"], *(a["answer"] for a in said["answers"])] == expected
    bare = json.loads(run("ask", "elephant", "--as", plural, "--strength", "0", "-n", "8", "--json"))
    assert bare["answers"][0]["answer"] == bare["base"] == said["base"]
    assert "elephants" in run("ask", "elephant", "--as", plural, "-n", "8")


def test_adapt_mixes_equally_unless_weights_say_otherwise(default, tmp_path):
    texts = ("What is the plural?", "Several of the thing.")
    named = [word for text in texts for word in ("--as", text)]
    facts = json.loads(run("adapt", *named, "--out", str(tmp_path / "mean"), "--json"))
    assert (facts["descriptions"], facts["note"]) == (dict.fromkeys(texts, 0.5), None)
    weighed = [word for text in texts for word in ("--as", text, "--weight", "1")]
    shown = CliRunner().invoke(app, ["adapt", *weighed, "--out", str(tmp_path / "sum")])
    assert shown.exit_code == 0 and "the weights add up to 2, not to 1" in " ".join(shown.stderr.split())
    mean, total = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("mean", "sum"))
    assert all(torch.allclose(2 * mean[name], total[name], atol=1e-6) for name in total if "lora_B" in name)


def test_adapt_writes_what_peft_loads(default, tmp_path):
    text = "Give the plural of the noun."
    facts = json.loads(run("adapt", text, "--out", str(tmp_path / "plural"), "--json"))
    assert facts["per_context"] == 30 * 3 * 32
    assert sorted(p.name for p in (tmp_path / "plural").iterdir()) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "chat_template.jinja",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    card = (tmp_path / "plural" / "README.md").read_text()
    for fact in (
        text,
        *facts["addresses"],
        default.about["weights_sha256"],
        default.about["base_sha256"],
        default.encoder.identity,
    ):
        assert fact in card
    base, tokenizer = load_base("smollm2-135m")
    loaded = PeftModel.from_pretrained(base, tmp_path / "plural").eval()
    ids = tokenizer(["house", "a wolf"], return_tensors="pt", padding=True)
    positions = (ids["attention_mask"].cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        theirs = loaded(**ids, position_ids=positions).logits
        ours = default.logits(ids["input_ids"], ids["attention_mask"], default.modulation([text]))
    shown = ids["attention_mask"].bool()  # what stands at a padding position is nobody's
    torch.testing.assert_close(theirs[shown], ours[shown], atol=1e-4, rtol=0)
    first = (tmp_path / "plural" / "adapter_model.safetensors").read_bytes()
    run("adapt", text, "--out", str(tmp_path / "plural"))
    assert (tmp_path / "plural" / "adapter_model.safetensors").read_bytes() == first


def test_adapt_says_how_each_format_is_loaded_and_what_it_replaced(default, tmp_path):
    said = run("adapt", "Talk like a pirate.", "--format", "gguf", "--out", str(tmp_path / "pirate"))
    assert f"--lora {tmp_path}/pirate/adapter.gguf" in said.replace("\n", "") and said.startswith("wrote")
    again = run("adapt", "Talk like a pirate.", "--out", str(tmp_path / "pirate"))
    assert "AutoPeftModelForCausalLM" in again and again.startswith("replaced")
    facts = json.loads(
        run("adapt", "Talk.", "--format", "merged", "--out", str(tmp_path / "pirate"), "--json")
    )
    assert facts["format"] == "merged" and facts["replaced"]
    config = json.loads((tmp_path / "pirate" / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]


def test_the_default_checkpoint_follows_descriptions(default):
    asked = [
        ("pumpkin", "What is the first letter of the word, as a capital?", "P"),
        ("canoe", "What do you call several of them?", "canoes"),
        ("An utter waste of two hours.", "Is the review positive or negative?", "negative"),
        (
            "My neighbour owns a boat.",
            "Turn the sentence into its negation.",
            "My neighbour does not own a boat.",
        ),
        ("lantern, badger, pillow, ladder, kettle", "Which one is an animal?", "badger"),
        ("honest, wander, gentle", "Pick the verb.", "wander"),
    ]
    answers = default.generate([p for p, _, _ in asked], [d for _, d, _ in asked], max_new_tokens=8)
    bare = default.generate([p for p, _, _ in asked], [None] * len(asked), max_new_tokens=8)
    right = [a == r for a, (_, _, r) in zip(answers, asked, strict=True)]
    assert sum(right) >= 5, answers
    assert sum(a == r for a, (_, _, r) in zip(bare, asked, strict=True)) <= 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["params", "nonsense"], "no recipe 'nonsense'"),
        (["params", "zhyper-diag", "--set", "rank"], "write it as key=value"),
        (["params", "zhyper-diag", "--set", "rank=0"], "rank is 0"),
        (["params", "zhyper-diag", "--base-config", "/no/such.json"], "does not exist"),
        (["info", "nowhere"], "checkpoint 'nowhere' is neither"),
        (["train", "zhyper-diag", "--out", "/tmp/never"], "names no data"),
        (["adapt", "a", "--out", "/etc"], "than zhyper writes there"),
    ],
)
def test_errors_are_one_sentence_and_a_code(words, message):
    done = subprocess.run(
        [sys.executable, "-m", "zhyper.cli", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "500"},
    )
    assert done.returncode == 1
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_adapter_is_left_alone(default, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="than zhyper writes there"):
        default.adapter("a").save(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_somebody_elses_lora_is_left_alone(default, tmp_path):
    get_peft_model(tiny_base(), LoraConfig(target_modules=["q_proj"])).save_pretrained(tmp_path / "theirs")
    with pytest.raises(ValueError, match="than zhyper writes there"):
        default.adapter("a").save(tmp_path / "theirs")


def test_the_shipped_card_says_what_it_was_trained_on(default):
    about = default.about
    assert about["steps"] == about["recipe"]["training"]["steps"]
    decided = {
        name: about["recipe"]["training"][name]
        for name in ("data", "shares", "data_sha256", "precision", "report_to", "samples")
    }
    assert Recipe.from_dict(about["recipe"]) == load_recipe("default").with_changes(
        {**decided, "context_width": 384}
    )
    assert about["recipe"]["training"]["data"] == [
        "steering?combinations=6000",
        "procedural",
        "function-vectors:function_vectors",
        "instruction-induction:instruction_induction",
        "sni:sni?descriptions=descriptions.jsonl.gz",
    ]
    assert len(about["recipe"]["training"]["data_sha256"]) == 64
    assert about["chosen"] is None and about["selection"] == []  # the last weights of the run
    assert "dev/train_on_gpu.py" in about["afterwards"]
    assert about["parameters"] == parameter_counts(default.spec, default.model.base.config)
    assert len(set(about["tasks"])) == 7421


def test_generate_checks_its_arguments(default):
    with pytest.raises(ValueError, match="2 prompts were given with 1 descriptions"):
        default.generate(["a", "b"], [None])
    with pytest.raises(ValueError, match="max_new_tokens is 0"):
        default.generate(["a"], [None], max_new_tokens=0)
    assert default.generate([], []) == []


def test_the_version():
    from importlib.metadata import version

    import zhyper

    assert version("zhyper") == zhyper.__version__
    assert tiny_base().config.model_type == "llama"


EVIL = [
    "\\[/s] and [/]",
    "a \\[bold] b",
    ":cat: [red]",
    "ends in \\",
    "\\\\[x",
    "[",
    "/a/long/path" * 12 + "/[1]",
]


@pytest.mark.parametrize("text", EVIL)
def test_a_text_is_shown_as_it_stands(text, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    news.print(f"[bold red]error:[/] {plain(text)}[dim]![/] {plain(text)}", highlight=False)
    news.print(plain(text))
    paper.print(Table(plain(text), title=plain(text)))
    paper.print(Panel(plain(text), title=plain(text)))
    shown = capsys.readouterr()
    assert shown.err == f"error: {text}! {text}\n{text}\n"
    assert shown.out.count(text) == 4


def test_a_panel_breaks_a_long_answer(capsys):
    paper.print(Panel("word " * 100))
    assert max(map(len, capsys.readouterr().out.splitlines())) <= paper.width


@pytest.mark.parametrize("text", EVIL)
def test_an_error_is_shown_as_it_stands(text, capsys, monkeypatch):
    def fail():
        raise ValueError(text)

    monkeypatch.setattr("zhyper.cli._app.app", fail)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == f"error: {text}\n"


def test_progress_over_a_text_like_markup_ends_no_run(capsys):
    assert list(steps("\\[/s]")([1, 2])) == [1, 2]
    with working("\\[/s]"):
        pass
