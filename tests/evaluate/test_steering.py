"""The suite `steering`: asked without a folder, judged by programs, reported on other prompts than chosen."""

import json
from importlib.metadata import PackageNotFoundError

import pytest
import torch

from conftest import tiny_machine
from evaluations import asks, checkpoint, run
from zhyper.data import answer_tokens, prompt_tokens
from zhyper.data.steering import BEHAVIOURS, base_answers, steerings, wordings_of
from zhyper.data.steering._splits import contents_of, split_of
from zhyper.evaluate import SUITES, Scope, evaluate
from zhyper.evaluate._origin import versions
from zhyper.evaluate._suites import read_suite
from zhyper.evaluate._summary import kind_of
from zhyper.text_to_adapter import TextToAdapter

pytest.importorskip("matplotlib")
HELD_OUT = next(
    one.name for one in steerings() if one.split == "report" and len(one.behaviours) == 1 and not one.contents
)
COMBINED = next(one.name for one in steerings() if one.split == "report" and len(one.behaviours) == 2)
ONLY = ("case/upper", "say/word", HELD_OUT, COMBINED)
"""A behaviour that is trained, one with contents, one that is not trained, and a combination that is not."""


def groups_of(**settings):
    return read_suite("steering", Scope(**settings))


@pytest.fixture(scope="module")
def groups():
    """All that is asked to report and to select."""
    return {split: groups_of(split=split, rows=20) for split in ("report", "selection")}


def ask_of(question):
    return question.items[0].answer.check.keywords["ask"]


def written(found):
    """What the programs write, by prompt and description."""
    ones = {one.name: one for one in steerings()}
    return {
        (question.items[0].prompt, text): ones[group.subject].write(ask_of(question))
        for group in found for question in group.questions for text in group.descriptions
    }  # fmt: skip


def test_what_is_asked(groups):
    assert {group.region for group in groups["report"]} == {"wording", "content", "combination", "behaviour"}
    assert {group.region for group in groups["selection"]} == {
        "wording",
        "content",
        "combination",
    }  # no behaviour is kept to select
    ones = {one.name: one for one in steerings()}
    found = {group.subject for group in groups["report"]}
    without = {name for name, one in ones.items() if name not in found and one.split in ("train", "report")}
    assert not any(ones[name].contents or wordings_of(ones[name], "report") for name in without)
    assert len(without & {b.name for b in BEHAVIOURS}) < 0.05 * len(
        BEHAVIOURS
    )  # by chance all their wordings are trained
    for split, found in groups.items():
        assert len({group.name for group in found}) == len(found)
        for group in found:
            one = ones[group.subject]
            assert one.split in ("train", split)
            assert (group.region == "combination") == (one.split == split and len(one.behaviours) > 1), (
                group.name
            )
            assert 0 < len(group.descriptions) <= 2 and 0 < len(group.questions) <= 20
            for question in group.questions:
                ask = ask_of(question)
                assert question.key == question.items[0].prompt == ask.prompt
                assert split_of("input", ask.prompt) == split
                assert (f"={ask.content}" if one.contents else "") == group.name.removeprefix(one.name)
                assert all(ask.content in text and "{}" not in text for text in group.descriptions)
                assert (group.region == "content") <= (
                    ask.content in contents_of(one.contents or "word")[split]
                )


def test_what_chooses_is_not_what_is_reported(groups):
    prompts, texts = ({split: {what(g, q) for g in found for q in g.questions} for split,
        found in groups.items()} for what in (
        lambda group, question: question.key.lower(),
        lambda group, question: group.descriptions,
    ))  # fmt: skip
    assert min(map(len, prompts.values())) > 20
    assert not prompts["report"] & prompts["selection"]
    report, selection = (
        {text.lower() for of in texts[split] for text in of} for split in ("report", "selection")
    )
    assert not report & selection


def test_rows_are_drawn_by_the_seed():
    few, same, other = (groups_of(rows=3, only=("case/upper",), seed=seed)[0] for seed in (0, 0, 1))
    keys = [[question.key for question in group.questions] for group in (few, same, other)]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 3


def test_seen_is_what_was_trained():
    found = groups_of(
        only=ONLY, rows=2, trained=("steering/case/upper", "steering/say/word", f"steering/{HELD_OUT}")
    )
    assert {group.subject for group in found if group.seen} == {"case/upper", "say/word"}
    assert not any(group.seen for group in found if group.region != "wording")
    assert not any(group.seen for group in groups_of(only=ONLY, rows=2))


def test_another_bases_answers(tmp_path):
    file = tmp_path / "mine.jsonl"
    asks = [ask for ask in base_answers() if split_of("input", ask.prompt) == "report"][:9]
    file.write_text(
        "\n".join(json.dumps({"prompt": ask.prompt, "answer": "Nothing at all."}) for ask in asks)
    )
    (group,) = groups_of(folder=file, only=("case/upper",))
    assert {question.key for question in group.questions} <= {ask.prompt for ask in asks}
    assert {ask_of(question).answer for question in group.questions} == {"Nothing at all."}


def results_of(tmp_path, monkeypatch, generate):
    monkeypatch.setattr(TextToAdapter, "generate", generate)
    scope = Scope(only=ONLY, rows=2, texts=2)
    found = evaluate(
        {"m": "x"},
        "steering",
        scope,
        tmp_path,
        conditions=("matched", "shuffled", "base"),
        load=lambda ref: tiny_machine(),
    )
    return {(r.condition, r.part): r for r in found if not r.against}


def test_answers_of_the_programs_are_right(tmp_path, monkeypatch):
    answers, plain = written(groups_of(only=ONLY, rows=2)), {ask.prompt: ask.answer for ask in base_answers()}

    def generate(self, prompts, descriptions, *args, **named):
        return [answers.get((p, d), plain[p]) for p, d in zip(prompts, descriptions, strict=True)]

    results = results_of(tmp_path, monkeypatch, generate)
    parts = {
        "all",
        "unseen",
        "wording",
        "content",
        "combination",
        "behaviour",
        "case",
        "say",
        "several",
        HELD_OUT.partition("/")[0],
    }
    assert {part for condition, part in results if condition == "matched"} == parts
    assert {results["matched", part].value for part in parts} == {1.0}
    assert results["base", "all"].value == results["shuffled", "all"].value == 0.0
    assert {results["matched", part].metric for part in parts} == {"acc"}


def test_plain_answers_are_wrong(tmp_path, monkeypatch):
    plain = {ask.prompt: ask.answer for ask in base_answers()}
    results = results_of(
        tmp_path, monkeypatch, lambda self, prompts, *args, **named: [plain[prompt] for prompt in prompts]
    )
    assert {result.value for result in results.values()} == {0.0}


def test_the_verb_without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
    only = [word for name in ONLY for word in ("--only", name)]
    words = ["--suite", "steering", "--rows", "1", "--texts", "1", *only, "--out", tmp_path / "out", "--json"]
    facts = json.loads(run("evaluate", checkpoint(tmp_path, "one"), *words).stdout)
    assert facts["gains"][0].startswith("one on steering, steering: matching minus shuffled descriptions ")
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert {line["part"] for line in lines} >= {
        "all",
        "wording",
        "content",
        "combination",
        "behaviour",
        "case",
        "say",
    }
    assert {line["benchmark"] for line in lines} == {"steering"}
    assert json.loads((tmp_path / "out" / "about.json").read_text())["settings"]["folder"] is None
    assert "combination" in (tmp_path / "out" / "tables.md").read_text()
    assert "combination" in (tmp_path / "out" / "report.html").read_text()


def test_a_suite_that_needs_a_folder(tmp_path):
    for name, suite in SUITES.items():
        if not suite.shipped:
            with pytest.raises(
                ValueError,
                match=rf"the suite '{name}' does not come with zhyper; "
                r"name the folder of its rows \(--data\)",
            ):
                read_suite(name, Scope())
    assert {name for name, suite in SUITES.items() if suite.shipped} == {"steering", "chat"}
    with pytest.raises(ValueError, match="the suite 'sni' does not come with zhyper; name the folder"):
        run("evaluate", "default", "--suite", "sni", "--out", tmp_path / "out")
    with pytest.raises(ValueError, match="none does not exist; --data expects the folder"):
        run(
            "evaluate",
            "default",
            "--suite",
            "steering",
            "--data",
            tmp_path / "none",
            "--out",
            tmp_path / "out",
        )
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_is_said(tmp_path):
    for only in (("zebra",), ("case/upper", "zebra")):
        with pytest.raises(
            ValueError, match="the suite 'steering' has no 'zebra'; it has: .*steering, .*and"
        ):
            groups_of(only=only)
    with pytest.raises(ValueError, match="has no 'say/maybe'; it has: say/"):  # held out, so not to select
        groups_of(only=("say/maybe",), split="selection")
    with pytest.raises(ValueError, match="has no 'case/uper'; it has: case/upper, "):
        groups_of(only=("case/uper",))
    with pytest.raises(ValueError, match="is no file"):
        groups_of(folder=tmp_path)


def test_kinds_of_groups():
    assert [kind_of(name) for name in ("case/upper", "say/word=a", "case/upper+form/json", "tom")] == [
        "case",
        "say",
        "several",
        "tom",
    ]


def test_versions_of_what_is_installed(monkeypatch):
    def version(package):
        if package in ("lm-eval", "rouge-score"):
            raise PackageNotFoundError(package)
        return "1"

    monkeypatch.setattr("zhyper.evaluate._origin.version", version)
    assert versions() == {"zhyper": "1", "torch": "1", "transformers": "1"}


def test_chat_is_the_likelihood_of_a_token_of_the_bases_own_answers():
    machine = tiny_machine()
    (group,) = read_suite("chat", Scope(rows=2, texts=2))
    assert group.subject == "chat/normal" and len(group.descriptions) == 2
    scores = {
        one.condition: one
        for one in asks(machine, "chat", [group])(["matched", "shuffled", "base", "described"])
    }
    assert set(scores) == {
        "matched",
        "base",
    }  # one subject has no other, and a changed prompt is no condition of likelihoods
    for question in group.questions:
        prompt = prompt_tokens(machine.tokenizer, question.key, machine.spec.chat_template)
        answer = answer_tokens(
            machine.tokenizer, question.key, question.items[0].answer.right, machine.spec.chat_template
        )[:-1]
        ids = torch.tensor([prompt + answer])
        for condition, texts in (("matched", group.descriptions), ("base", [None])):
            for text, value in zip(texts, scores[condition].rows[question.key], strict=True):
                held = None if text is None else machine.modulation([text])
                with torch.no_grad():
                    logprobs = machine.logits(ids, torch.ones_like(ids), held)[
                        0, len(prompt) - 1 : -1
                    ].log_softmax(-1)
                expected = logprobs.gather(1, torch.tensor(answer)[:, None]).mean().exp().item()
                assert value == pytest.approx(expected, rel=1e-3)
