"""The table of the study's runs, and what each is asked."""

import importlib.util
import json
import signal
import sys
from pathlib import Path

import pytest
import torch

from conftest import tiny_machine
from zhyper.answers import answer
from zhyper.data import Collection, Pair, Task, load_collection
from zhyper.spec import RECIPES
from zhyper.train import NotFinite, Stopped

FILE = Path(__file__).parents[1] / "dev" / "study.py"


@pytest.fixture
def study(monkeypatch):
    monkeypatch.syspath_prepend(FILE.parent)
    spec = importlib.util.spec_from_file_location("study_of_systems", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def collection():
    def task(name, split):
        pairs = tuple(Pair(f"{name} {i}", str(i)) for i in range(60))
        return Task(
            name=name, pairs=pairs, descriptions=tuple(f"{name} in way {i}" for i in range(20)), split=split
        )

    return Collection(
        [task("seen", "train"), task("other", "train"), task("new", "report"), task("newer", "report")]
    )


def test_every_run_is_another_recipe_or_other_data(study, collection, tmp_path, monkeypatch):
    monkeypatch.setattr(study, "train_tasks", lambda collection: [f"task {i}" for i in range(53)])
    data = [f"collection:{tmp_path / 'all'}"]
    recipes = {name: study.recipe_of(name, collection, data, tmp_path) for name in study.RUNS}
    trained = {
        name: recipe for name, recipe in recipes.items() if name not in ("base", "arrow", "task-loras")
    }
    alone = [(r.to_dict(), study.RUNS[name].plain_path) for name, r in trained.items()]
    assert len({json.dumps(one, sort_keys=True) for one in alone}) == len(trained)
    by_answers = {name: r.training for name, r in trained.items() if r.training.objective == "sft"}
    assert all(
        (t.steps, t.batch_size) == ((1000, 80) if "-80k" in name else (500, 16))
        for name, t in by_answers.items()
    )
    assert all(r.training.seed == int(name.endswith("-seed-1")) for name, r in recipes.items())
    shipped = {file.stem for file in RECIPES.glob("*.toml")}
    assert {run.recipe for run in study.RUNS.values()} <= shipped


def test_fewer_descriptions_leave_the_kept_ones_and_all_inputs(study, collection, tmp_path):
    source = study.few_descriptions(collection, 2, tmp_path / "few")
    few = load_collection(source)

    def parts(of, split):
        return {r.task.name: (r.pairs, r.descriptions) for r in of.rows("train", split, split)}

    for split in ("selection", "report"):
        assert parts(few, split) == parts(collection, split)
    before, after = parts(collection, "train"), parts(few, "train")
    assert {name: texts for name, (_, texts) in after.items()} == {
        name: texts[:2] for name, (_, texts) in before.items()
    }
    assert all(after[name][0] == pairs for name, (pairs, _) in before.items())


@pytest.mark.parametrize("machine", [tiny_machine(), tiny_machine("lora")], ids=["adapted", "multi-task"])
def test_reported_rows_are_asked_under_own_and_other_descriptions(study, collection, machine):
    groups, conditions = study.word_questions(machine, collection), study.CONDITIONS["zhyper-diag"]
    scores = study.ask(machine, groups, "tiny", "words", conditions)
    parts = {"seen": ["other", "seen"], "unseen": ["new", "newer"]}
    assert {part: sorted(tasks) for part, tasks in scores.items()} == {
        f"{part}, {condition}": tasks for part, tasks in parts.items() for condition in conditions
    }
    counts = [len(rows) for key, tasks in scores.items() if "unseen" in key for rows in tasks.values()]
    assert counts == [study.PER_TASK] * 8


def test_the_same_questions_are_asked_under_wordings_of_the_training(study, collection):
    seen = study.word_questions(tiny_machine(), collection)["seen"]
    turned = study.under_training_wordings(seen, collection)
    trained = {r.task.name: set(r.descriptions) for r in collection.rows("train", "train", "train")}
    for before, after in zip(seen, turned, strict=True):
        assert [q.items for q in before.questions] == [q.items for q in after.questions]
        assert {q.cues["matched"] for q in after.questions} <= trained[after.name]
        assert not {q.cues["matched"] for q in before.questions} & trained[after.name]


@pytest.fixture
def trained(study, collection, monkeypatch):
    """The names of runs that were trained, and whether they were resumed."""
    runs = []

    def train(recipe, run, resume):
        runs.append((run.name, recipe.training.tasks, resume))
        return {"parameters": {"trainable": 7}, "chosen": None}

    monkeypatch.setattr(study, "train", train)
    monkeypatch.setattr(study, "load_collection", lambda *data: collection)
    monkeypatch.setattr(study.TextToAdapter, "load", lambda run: tiny_machine())
    return runs


def run(study, monkeypatch, out, *names, words=()):
    only = [word for name in names for word in ("--only", name)]
    monkeypatch.setattr(sys, "argv", ["study.py", str(out), "--data", "function-vectors:x", *only, *words])
    study.main()


def settings_of_t2l(study, collection, folder):
    recipe = study.recipe_of("t2l-l", collection, ["function-vectors:elsewhere"], folder)
    asked = {"rows": study.PER_TASK, "choices": 0, "descriptions": None, "plain_path": False}
    return study.settings_of(recipe, data=collection.fingerprint(), **asked)


def test_what_is_done_is_passed_over(study, collection, trained, tmp_path, monkeypatch):
    for name in ("results", "zhyper-diag"):
        (tmp_path / name).mkdir()
    settings = settings_of_t2l(study, collection, tmp_path)
    (tmp_path / "results" / "t2l-l.json").write_text(json.dumps({"settings": settings}))
    (tmp_path / "zhyper-diag" / "recipe.json").write_text("{}")
    run(study, monkeypatch, tmp_path, "t2l-l", "zhyper-diag")
    assert trained == [("zhyper-diag", (), True)]
    result = json.loads((tmp_path / "results" / "zhyper-diag.json").read_text())
    assert result["parameters"] == {"trainable": 7}
    assert "unseen, empty" in result["scores"] and "trained wording, matched" in result["scores"]


def test_results_of_other_settings_are_not_taken(study, collection, trained, tmp_path, monkeypatch):
    run(study, monkeypatch, tmp_path, "t2l-l")
    monkeypatch.setitem(study.COMMON, "steps", 7)
    with pytest.raises(SystemExit, match="measured with other settings"):
        run(study, monkeypatch, tmp_path, "t2l-l")
    study.few_descriptions(collection, 2, tmp_path / "few")
    study.few_descriptions(collection, 2, tmp_path / "few")
    with pytest.raises(SystemExit, match="holds other data"):
        study.few_descriptions(collection, 3, tmp_path / "few")


def test_what_was_measured_elsewhere_is_left_out(study, collection, trained, tmp_path, monkeypatch):
    file = tmp_path / "study.jsonl"
    settings = settings_of_t2l(study, collection, tmp_path)
    lines = [{"run": "t2l-l", "settings": settings}, {"run": "t2l-m", "settings": "others"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(study, monkeypatch, tmp_path, "t2l-l", "t2l-m", words=["--after", str(file)])
    assert [name for name, _, _ in trained] == ["t2l-m"]


def test_a_run_that_diverges_is_named_and_does_not_end_the_others(
    study, trained, tmp_path, monkeypatch, capsys
):
    train = study.train

    def diverges(recipe, run, resume):
        if run.name != "t2l-m":
            raise NotFinite("the loss is nan at step 4")
        return train(recipe, run, resume)

    monkeypatch.setattr(study, "train", diverges)
    with pytest.raises(SystemExit, match="diverged: task-loras, t2l-l$"):
        run(study, monkeypatch, tmp_path, "task-loras", "t2l-l", "t2l-m")
    assert [name for name, _, _ in trained] == ["t2l-m"]
    assert "t2l-l: the loss is nan at step 4" in capsys.readouterr().out
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["t2l-m.json"]


def test_a_library_is_made_of_a_lora_for_each_task_before_it_is_used(
    study, trained, tmp_path, monkeypatch, capsys
):
    run(study, monkeypatch, tmp_path, "average-lora", "task-loras")
    assert [(name, tasks) for name, tasks, _ in trained] == [("other", ("other",)), ("seen", ("seen",))]
    assert "average-lora waits" in capsys.readouterr().out
    assert sorted(folder.name for folder in (tmp_path / "library").iterdir()) == ["other", "seen"]
    run(study, monkeypatch, tmp_path, "task-loras", "average-lora")
    assert [name for name, _, _ in trained[2:]] == ["average-lora"]
    result = json.loads((tmp_path / "results" / "average-lora.json").read_text())
    assert sorted(result["scores"]) == ["seen, matched", "unseen, matched"]


def test_strengths_means_and_distances_are_kept_of_one_run(study, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(study.TextToAdapter, "distances", lambda self, texts: [0.25 for _ in texts])
    run(study, monkeypatch, tmp_path, study.BEYOND)
    result = json.loads((tmp_path / "results" / f"{study.BEYOND}.json").read_text())
    parts = {f"seen, strength {s}" for s in study.STRENGTHS} | {"seen, mean of wordings"}
    assert parts <= set(result["scores"])
    assert {task: len(scores) for task, scores in result["distances"].items()} == {
        task: len(scores)
        for part in ("seen", "unseen")
        for task, scores in result["scores"][f"{part}, matched"].items()
    }


def test_means_of_wordings_are_those_of_their_contexts(study):
    machine = tiny_machine()
    texts = ["say it in red", "say it in blue", "say it in green"]
    dial = study.Dialled(machine, wordings=dict.fromkeys(texts, texts))
    answers = dial.generate(["ab", "cd"], texts[:2], 6, batch_size=2)
    mean = machine.modulation(texts).mix([1 / 3] * 3)
    for prompt, said in zip(["ab", "cd"], answers, strict=True):
        rows = answer(
            machine.model.base, machine.tokenizer, [prompt], lambda batch: machine.model.under(mean),
            chat_template=None, max_new_tokens=6, batch_size=1,
        )  # fmt: skip
        assert rows == [said]
    assert study.Dialled(machine, 0.0).generate(["ab"], texts[:1], 6, batch_size=1) == machine.generate(
        ["ab"], [None], 6
    )
    assert study.Dialled(machine, wordings={texts[0]: texts[:1]}).generate(
        ["ab"], texts[:1], 6, batch_size=1
    ) == machine.generate(["ab"], texts[:1], 6)


def test_benchmarks_are_asked_of_the_runs_that_the_main_table_shows(study, trained, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(study, "measure", lambda name, *rest: asked.append((name, rest[-1])) or {"run": name})
    words = ["--benchmarks", str(tmp_path)]
    run(study, monkeypatch, tmp_path, "zhyper-diag", "zhyper-diag-seed-1", words=words)
    assert asked == [("zhyper-diag", tmp_path), ("zhyper-diag-seed-1", None)]


def test_the_published_program_trains_another_function_than_it_asks(study, trained, tmp_path, monkeypatch):
    machine = tiny_machine("zhyper-square-lora-xs")
    site = next(iter(machine.adapter_weights.sites))
    x, z = (
        torch.randn(1, 3, machine.adapter_weights.sites.shape(site.kind)[0]),
        torch.randn(1, *[machine.spec.rank] * 2),
    )
    a, b = machine.adapter_weights.shared(site)
    own = machine.adapter_weights.delta(site, x, z=z)
    plain = machine.adapter_weights.scale * x @ a.T @ b.T
    inside = []
    monkeypatch.setattr(study.TextToAdapter, "load", lambda run: machine)
    monkeypatch.setattr(
        study,
        "train",
        lambda *args, **kwargs: inside.append(machine.adapter_weights.delta(site, x, z=z)) or {},
    )
    name = "zhyper-square-lora-xs-plain-path"
    run(study, monkeypatch, tmp_path, "zhyper-square-lora-xs", name)
    assert torch.equal(inside[0], own)
    torch.testing.assert_close(inside[1], own + plain)
    assert torch.equal(machine.adapter_weights.delta(site, x, z=z), own)
    parts = {"seen, matched", "seen, shuffled", "unseen, matched", "unseen, shuffled", "plain path, matched"}
    result = json.loads((tmp_path / "results" / f"{name}.json").read_text())
    assert set(result["scores"]) == parts
    assert result["device"] == study.device_name()


def test_other_data_and_benchmarks_are_other_settings(study, collection, tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(study, "once", lambda out, name, settings, measured: kept.append(settings))
    fewer = Collection(collection.tasks[1:])
    for of, benchmarks in ((collection, None), (fewer, None), (collection, tmp_path)):
        study.train_and_ask("t2l-l", of, ["function-vectors:x"], benchmarks, tmp_path, {})
    assert len(set(kept)) == 3
    assert kept[0] == settings_of_t2l(study, collection, tmp_path)


def test_a_stopped_run_says_how_to_go_on(study, trained, tmp_path, monkeypatch, capsys):
    def stops(recipe, run, resume):
        raise Stopped(signal.SIGTERM, 4, run)

    monkeypatch.setattr(study, "train", stops)
    with pytest.raises(SystemExit) as end:
        run(study, monkeypatch, tmp_path, "t2l-l")
    assert end.value.code == 143
    assert "t2l-l was stopped; the same command goes on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--only", "t2l"), "there is no run 't2l'; the runs are: multitask-lora, "),
        (("--benchmarks", "nowhere"), "nowhere does not exist"),
        (("--after", "nowhere"), "nowhere does not exist"),
        ((), "the folder x of source 'function-vectors:x' does not exist"),
    ],
)
def test_wrong_words_are_told_before_anything_is_done(study, tmp_path, monkeypatch, capsys, words, message):
    with pytest.raises(SystemExit) as end:
        run(study, monkeypatch, tmp_path / "out", words=words)
    assert end.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
