"""Which rows a run reads, and which choose its checkpoint."""

import re

import pytest

from conftest import ROOT, tiny_machine
from zhyper.data import (
    Collection,
    Example,
    Pair,
    Rows,
    Task,
    save_collection,
)
from zhyper.spec import Recipe
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import train
from zhyper.train._training_rows import plan_selection, swap_cues

PAGE = ROOT / "docs" / "data.md"


def test_without_rows_to_choose_on_the_last_weights_are_kept(recipe, tmp_path):
    """The collection that the documents show: one task of two pairs and two descriptions."""
    (example,) = [block for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)]
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "plural.json").write_text(example)
    said = []
    about = train(
        recipe.with_changes({"data": f"collection:{tmp_path / 'small'}"}), tmp_path / "run", say=said.append
    )
    assert about["chosen"] is None
    assert any("the last weights are kept" in line for line in said)
    assert TextToAdapter.load(tmp_path / "run").about["steps"] == 12


WORDS = [f"word {i}" for i in range(200)]


def kept_for(split, kind):
    """Texts that a task of 200 inputs and descriptions has for one split."""
    rows = Collection([Task(name="t", pairs=tuple(Pair(w, "x") for w in WORDS), descriptions=tuple(WORDS))])
    part = rows.part(rows.tasks[0], split)
    return part.descriptions if kind == "descriptions" else tuple(pair.input for pair in part.pairs)


@pytest.mark.parametrize(
    ("inputs", "descriptions", "context", "said"),
    [
        (True, False, "description", "have no descriptions (10 % of them are) that are kept"),
        (False, True, "description", "have no inputs (5 % of them are) that are kept"),
        (False, False, "description", "no descriptions (10 % of them are) and no inputs (5 % of them are)"),
        (False, False, "task", "have no inputs (5 % of them are) that are kept"),
    ],
)
def test_what_is_missing_to_choose_on_is_named(recipe, tmp_path, inputs, descriptions, context, said):
    words = [*kept_for("train", "inputs")[:9], *(kept_for("selection", "inputs")[:1] if inputs else ())]
    texts = [
        *kept_for("train", "descriptions")[:9],
        *(kept_for("selection", "descriptions")[:1] if descriptions else ()),
    ]
    save_collection(
        [Task(name="t", pairs=tuple(Pair(w, "x") for w in words), descriptions=tuple(texts))],
        tmp_path / "tasks",
    )
    lines = []
    about = train(recipe.with_changes({"steps": 1, "context": context}), tmp_path / "run", say=lines.append)
    (line,) = [line for line in lines if "no row is left" in line]
    assert said in line
    assert about["chosen"] is None


def test_tasks_that_lack_different_parts(recipe, tmp_path):
    words, texts = kept_for("train", "inputs")[:9], kept_for("train", "descriptions")[:9]
    more_words, more_texts = (
        (*words, *kept_for("selection", "inputs")),
        (*texts, *kept_for("selection", "descriptions")),
    )
    made = [
        Task(name=name, pairs=tuple(Pair(w, "x") for w in words), descriptions=texts)
        for name, words, texts in (("a", words, more_texts), ("b", more_words, texts))
    ]
    save_collection(made, tmp_path / "tasks")
    lines = []
    train(recipe.with_changes({"steps": 1}), tmp_path / "run", say=lines.append)
    assert any("no train task has both inputs and descriptions" in line for line in lines)


@pytest.mark.parametrize(("most", "distinct"), [(256, 8 + 3), (5, None), (1, 1)])
def test_each_row_that_chooses_is_evaluated_once(most, distinct):
    def rows(name, split, inputs, texts):
        task = Task(
            name=name, pairs=tuple(Pair(i, "x") for i in inputs), descriptions=tuple(texts), split=split
        )
        return Rows(task, task.pairs, task.descriptions)

    found = [
        rows("a", "train", ["p", "q", "p", "r", "s"], ["one", "two"]),
        rows("b", "selection", ["u", "v", "w"], ["three"]),
    ]
    settings = Recipe().with_changes({"selection_rows": most, "seed": 4}).training
    chosen = plan_selection(tiny_machine(), found, settings)
    assert chosen == plan_selection(tiny_machine(), found, settings)
    assert len({str(row) for row in chosen}) == len(chosen) <= most
    assert distinct in (None, len(chosen))
    assert [row.tokens for row in chosen] == sorted(row.tokens for row in chosen)
    assert sum(row.cue != "three" for row in chosen) <= -(-most // 2)
    assert sum(row.cue == "three" for row in chosen) <= most // 2


def test_a_run_says_how_many_rows_choose(recipe, tmp_path):
    lines = []
    train(recipe.with_changes({"steps": 1}), tmp_path / "run", say=lines.append)
    (line,) = [line for line in lines if "choose the checkpoint" in line]
    assert re.fullmatch(r"\d+ different rows choose the checkpoint, drawn from (1 task|2 tasks)", line)
    assert 1 <= int(line.split()[0]) <= 16


def test_rows_are_swapped_to_a_cue_that_means_something_else():
    several = [
        Example([i], [i], f"{name} {i % 2}", (f"{name} 0", f"{name} 1"), name)
        for i in range(6)
        for name in "abc"
    ]
    swapped = swap_cues(several, [], seed=0)
    assert [(row.prompt, row.answer, row.task) for row in swapped] == [
        (row.prompt, row.answer, row.task) for row in several
    ]
    assert all(row.cue[0] != row.task for row in swapped)
    assert len({(row.task, row.cue[0]) for row in swapped}) > 3
    assert swapped == swap_cues(several, [], seed=0)
    own = [Example([i], [i], f"say {i}", (f"say {i}",), "say") for i in range(4)]
    assert all(row.cue not in row.alike for row in swap_cues(own, [], seed=0))
    assert len(swap_cues(own, [], seed=0)) == 4
    one = [Example([i], [i], f"d{i % 2}", ("d0", "d1"), "one") for i in range(4)]
    assert swap_cues(one, one, seed=0) == swap_cues([], several, seed=0) == []
    assert all(row.cue[0] in "abc" for row in swap_cues(one, several, seed=0))
    twins = [Example([1], [1], "same", ("same",), name) for name in "ab"]
    assert swap_cues(twins, [], seed=0) == []
