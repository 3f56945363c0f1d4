"""lm-eval: the numbers of its own `hf` model, bare and with an exported adapter; many contexts."""

import json
import logging
import os
from pathlib import Path

import datasets
import jinja2
import lm_eval.tasks
import pytest
from peft import PeftModel

from conftest import SHARED, byte_tokenizer, needs_shared, tiny_base, tiny_machine
from zhyper.data import BENCHMARKS
from zhyper.evaluate._likelihood import Likelihood
from zhyper.evaluate._store import Store
from zhyper.text_to_adapter import TextToAdapter

harness = pytest.importorskip("zhyper.evaluate.harness")
ROWS = {
    "arc_easy": [{"query": f"Why {i}?", "choices": ["one", "two and more", "three"],
        "gold": i % 3} for i in range(7)],
    "boolq": [{"query": f"Passage: {'so ' * i}it is.\nQuestion: is it {i}", "choices": ["no", "yes"],
        "gold": i % 2} for i in range(5)],
    "hellaswag": [
        {"question": f"He {i}", "choices": {"A": "goes", "B": "stays at home", "C": "x", "D": "y z"},
         "answer": "C"} for i in range(4)
    ],
    "winogrande": [{"sentence": f"As {i} _ was tall.", "option1": "Ann", "option2": "Barbara",
        "answer": "2"} for i in range(3)],
    "piqa": [{"query": f"Question: How {i}?\n", "choices": ["this way", "that"], "gold": 1} for i in range(60,
        63)],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(tmp_path, monkeypatch):
    datasets.disable_progress_bars()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")
    logging.getLogger("lm_eval").setLevel(logging.ERROR)


@pytest.fixture
def tasks(tmp_path):
    for name, rows in ROWS.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return harness.local_tasks({name: tmp_path / f"{name}.jsonl" for name in ROWS})


CHOSEN = {name: list(range(len(rows))) for name, rows in ROWS.items()}


def theirs(base):
    return harness.HFLM(pretrained=base, tokenizer=byte_tokenizer(), backend="causal", batch_size=3)


def logprobs(model, tasks):
    """Every likelihood that is asked, in order."""
    found = []
    original = type(model)._loglikelihood_tokens
    type(model)._loglikelihood_tokens = lambda self, *args, **named: (
        found.extend(got := original(self, *args, **named)) or got
    )
    try:
        scores = harness.scores(model, tasks, CHOSEN)
    finally:
        type(model)._loglikelihood_tokens = original
    return scores, found


@pytest.mark.parametrize("base", ["llama", "gemma2", "gpt2"])
def test_without_a_description_it_is_the_hf_model(base, tasks):
    ours, our_logprobs = logprobs(harness.ConditionedLM(tiny_machine(base=base), batch_size=4), tasks)
    hf, hf_logprobs = logprobs(theirs(tiny_base(base)), tasks)
    assert ours == hf
    assert len(our_logprobs) == len(hf_logprobs) > 50
    for (a, greedy), (b, hf_greedy) in zip(our_logprobs, hf_logprobs, strict=True):
        assert a == pytest.approx(b, abs=1e-4)
        assert greedy == hf_greedy
    assert set(ours["arc_easy"]) == {"acc", "acc_norm"}
    assert set(ours["boolq"]) == {"acc"}
    assert set(ours["winogrande"]["acc"]) == {0, 1, 2}


def test_under_a_description_it_is_the_exported_adapter(tasks, tmp_path):
    machine = tiny_machine(projections=("q_proj", "v_proj"))
    machine.adapter("one").save(tmp_path / "adapter")
    model = PeftModel.from_pretrained(tiny_base(), str(tmp_path / "adapter")).eval()
    wrapped = theirs(tiny_base())
    wrapped._model = model
    ours, our_logprobs = logprobs(harness.ConditionedLM(machine, describe=lambda request: "one"), tasks)
    _, peft_logprobs = logprobs(wrapped, tasks)
    for (a, _), (b, _) in zip(our_logprobs, peft_logprobs, strict=True):
        assert a == pytest.approx(b, abs=1e-4)
    bare, _ = logprobs(harness.ConditionedLM(machine), tasks)
    assert ours != bare


def test_each_request_has_its_own_description_and_those_ahead_are_scored_along(tasks, monkeypatch):
    machine = tiny_machine()

    def describe(request):
        return {"arc_easy": "one", "boolq": "two"}.get(request.task_name)

    def other(request):
        return "three"

    (first, one), (second, three) = (
        logprobs(harness.ConditionedLM(machine, describe=d), tasks) for d in (describe, other)
    )
    assert one != three
    apart = first, second
    scored = []
    original = Likelihood.__call__
    monkeypatch.setattr(
        Likelihood,
        "__call__",
        lambda self, asked, *more: scored.append(len(asked)) or original(self, asked, *more),
    )
    model = harness.ConditionedLM(machine, describe=describe, ahead=[other])
    assert harness.scores(model, tasks, CHOSEN) == apart[0]
    count = sum(scored)
    model.describe, model.ahead = other, ()
    assert harness.scores(model, tasks, CHOSEN) == apart[1]
    assert sum(scored) == count  # nothing was left to score


def test_rows_keep_their_numbers_and_a_store_its_scores(tasks, tmp_path, monkeypatch):
    machine, some = tiny_machine(), {"arc_easy": [5, 1, 3], "boolq": [4]}
    chosen = {"tasks": {name: tasks["tasks"][name] for name in some}}
    whole = harness.scores(harness.ConditionedLM(machine, describe=lambda request: "one"), tasks, CHOSEN)
    with Store(tmp_path / "answers.sqlite") as store:
        found = harness.scores(
            harness.ConditionedLM(machine, describe=lambda request: "one", store=store), chosen, some
        )
    assert found == {
        n: {m: {i: whole[n][m][i] for i in sorted(rows)} for m in whole[n]} for n, rows in some.items()
    }
    monkeypatch.setattr(Likelihood, "__call__", lambda self, asked, *more: pytest.fail("asked again"))
    with Store(tmp_path / "answers.sqlite") as store:
        assert (
            harness.scores(
                harness.ConditionedLM(machine, describe=lambda request: "one", store=store), chosen, some
            )
            == found
        )


def test_answers_that_are_written(tmp_path):
    """Tasks of lm-eval that let a model write, each request under its own description."""
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"q": f"Say {i}", "a": "x"}) for i in range(5)))
    config = {
        "task": "said", "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tmp_path / "rows.jsonl")}},
        "test_split": "test", "output_type": "generate_until", "doc_to_text": "q", "doc_to_target": "a",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 6},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }  # fmt: skip
    tasks = dict(harness.TaskManager(include_defaults=False).load([config]))
    machine = tiny_machine()

    def said(describe):
        model = harness.ConditionedLM(machine, batch_size=2, describe=describe)
        done = harness.evaluate(model, tasks, bootstrap_iters=0, log_samples=True)
        return [sample["resps"][0][0] for sample in done["samples"]["said"]]

    mixed = said(lambda request: "one" if request.doc_id % 2 else None)
    one, bare = said(lambda request: "one"), said(lambda request: None)
    assert mixed == [one[i] if i % 2 else bare[i] for i in range(5)]
    assert one != bare
    machine.model.base.generation_config.update(repetition_penalty=3.0, suppress_tokens=list(range(30, 200)))
    assert said(lambda request: "one") == one  # not what the base's own file says, but its logits


def test_what_is_not_asked_this_way(tmp_path):
    with pytest.raises(ValueError, match="'gsm8k' is not asked by log-likelihood"):
        harness.local_tasks({"gsm8k": tmp_path})
    with pytest.raises(NotImplementedError, match="perplexity"):
        harness.ConditionedLM(tiny_machine()).loglikelihood_rolling([])


def test_prompts_are_in_the_words_of_lm_evals_own_tasks(tmp_path):
    """As its tasks render the rows that these are made of."""
    boolq = {"passage": "It rains.", "question": "is it wet", "label": 1}
    rows = {
        "boolq": {"query": "Passage: It rains.\nQuestion: is it wet?", "choices": ["no", "yes"], "gold": 1},
        "hellaswag": {"question": "[header] How to sing [title] Breathe.",
            "choices": {"A": "[step] Then  stop.", "B": "b"}, "answer": "A"},
        "piqa": {"query": "Question: Cut bread?\n", "choices": ["a", "b"], "gold": 0},
        "arc_easy": {"query": "Why?", "choices": ["a", "b"], "gold": 0},
    }  # fmt: skip
    for name, row in rows.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row))
    tasks = harness.local_tasks({name: tmp_path / f"{name}.jsonl" for name in rows})["tasks"]
    asked = {name: task.doc_to_text(task.eval_docs[0]) for name, task in tasks.items()}
    file = Path(lm_eval.tasks.__file__).parent / "super_glue" / "boolq" / "default.yaml"
    (wanted,) = [
        json.loads(line.removeprefix("doc_to_text:"))
        for line in file.read_text().splitlines()
        if line.startswith("doc_to_text:")
    ]
    assert asked["boolq"] == jinja2.Template(wanted).render(boolq)
    from lm_eval.tasks.hellaswag.utils import preprocess

    assert asked["hellaswag"] == preprocess(rows["hellaswag"]["question"])
    assert tasks["hellaswag"].doc_to_choice(tasks["hellaswag"].eval_docs[0]) == [
        preprocess("[step] Then  stop."),
        "b",
    ]
    assert asked["piqa"] == "Question: Cut bread?\nAnswer:"
    assert asked["arc_easy"] == "Question: Why?\nAnswer:"


def test_rows_are_those_of_the_file_as_it_is(tmp_path):
    """Not those of a file of that name and time."""
    file = tmp_path / "arc_easy.jsonl"
    for gold in (0, 1):
        file.write_text(json.dumps({"query": "Why?", "choices": ["a", "b"], "gold": gold}))
        os.utime(file, (1, 1))
        (task,) = harness.local_tasks({"arc_easy": file})["tasks"].values()
        assert task.eval_docs[0]["gold"] == gold


@needs_shared
def test_the_base_on_real_rows_is_the_hf_model_to_the_digit():
    machine = TextToAdapter.load()
    folder = SHARED / "data" / "benchmarks"
    likelihood = [name for name, benchmark in BENCHMARKS.items() if benchmark.harness]
    files = {
        name: next(f for f in sorted((folder / name).glob("*.jsonl")) if "train" not in f.stem)
        for name in likelihood
    }
    tasks, rows = harness.local_tasks(files), {name: [0, 11] for name in likelihood}
    hf = harness.HFLM(
        pretrained=machine.model.base, tokenizer=machine.tokenizer, backend="causal", batch_size=8
    )
    assert harness.scores(harness.ConditionedLM(machine), tasks, rows) == harness.scores(hf, tasks, rows)
