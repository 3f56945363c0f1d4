"""A folder with a few rows of every kind of benchmark."""

import json

import pytest

import conftest
from evaluations import COUNTRIES


@pytest.fixture(scope="module", autouse=True)
def _wide_window():
    """Prompts of benchmarks are longer than tiny bases read elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(conftest.GQA, "max_position_embeddings", 2048)
        yield


@pytest.fixture
def folder(tmp_path):
    """A few rows of every kind of benchmark."""
    place = tmp_path / "data"
    for name, rows in {
        "arc_easy": [
            {"query": f"Why {i}?", "choices": ["one", "two", "three"], "gold": i % 3} for i in range(5)
        ],
        "boolq": [
            {"query": f"Passage: It is {i}.\nQuestion: is it {i}", "choices": ["no", "yes"], "gold": i % 2}
            for i in range(4)
        ],
        "gsm8k": [{"question": f"How many is {i}?", "answer": f"It is\n#### {i}"} for i in range(3)],
        "mbpp": [
            {
                "prompt": "Write f.",
                "code": "def f(): return 1",
                "test_imports": [],
                "test_list": ["assert f() == 1"],
                "task_id": 1,
            }
        ],
    }.items():
        (place / name).mkdir(parents=True)
        (place / name / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    opinions = [
        {"country": c, "question": f"Is {i} good?", "options": ["Yes", "No", "Perhaps"],
         "distribution": [0.5, 0.3, 0.2]}
        for c in COUNTRIES for i in range(3)
    ]  # fmt: skip
    (place / "globalopinionqa.jsonl").write_text("\n".join(map(json.dumps, opinions)))
    easy = [
        "data_idx,question_idx,prompt_question,prompt_option_a,prompt_option_b,prompt_option_c,prompt_option_d,answer,country"
    ]
    easy += [f"{i},{i},Eat {i}?,rice,bread,corn,fish,A,{COUNTRIES[i % 3]}" for i in range(9)]
    (place / "CulturalBench-Easy.csv").write_text("\n".join(easy))
    hard = [
        {"data_idx": 4 * i + j, "question_idx": i, "prompt_question": f"Eat {i}?", "prompt_option": option,
         "answer": j == 0,
         "country": COUNTRIES[i % 3]}
        for i in range(6) for j, option in enumerate(("rice", "bread", "corn", "fish"))
    ]  # fmt: skip
    (place / "culturalbench_hard_derived.jsonl").write_text("\n".join(map(json.dumps, hard)))
    return place


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHYPER_CACHE", str(tmp_path / "cache"))
