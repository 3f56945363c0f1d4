"""What a run says of its descriptions: what they gain, and that they gain nothing."""

import pytest

from training import samples
from zhyper.train import train
from zhyper.train._selection_report import gain_report, selection_numbers

MEASURED = {
    "loss": 1.25, "exact_match": 0.155, "swapped_loss": 2.5, "swapped_exact_match": 0.031,
    "gain": 1.25, "gain_error": 0.1,
}  # fmt: skip


def test_numbers_of_an_evaluation():
    own = {"loss": 1.25, "exact_match": 0.155}
    assert selection_numbers(own) == "loss 1.2500, exact match 15.5 %"
    assert selection_numbers(MEASURED) == (
        "loss 1.2500, exact match 15.5 %; under another's description 2.5000, 3.1 %"
    )


@pytest.mark.parametrize(
    ("gain", "error", "nothing"), [(1.25, 0.1, False), (0.1, 0.06, True), (0.0, 0.0, True)]
)
def test_a_gain_within_its_error_is_none(gain, error, nothing):
    report = gain_report({**MEASURED, "gain": gain, "gain_error": error})
    assert report.startswith("descriptions gain nothing") is nothing
    assert f"{gain:.4f} (standard error {error:.4f})" in report


def test_without_a_measurement_nothing_is_said():
    assert gain_report(None) is gain_report({"loss": 1.0, "exact_match": 0.0}) is None


def test_a_run_whose_descriptions_do_nothing_says_so(recipe, tmp_path):
    said = []
    about = train(recipe.with_changes({"learning_rate": 1e-12}), tmp_path / "run", say=said.append)
    assert abs(about["chosen"]["gain"]) < 1e-6
    assert said[-1].startswith("descriptions gain nothing")
    assert all(row["answer"] == row["swapped_answer"] for row in samples(tmp_path / "run"))


def test_a_run_that_reads_its_descriptions_says_what_they_gain(recipe, tmp_path):
    said = []
    names = {"context": "task", "encoder": "one-hot", "hypernet": "direct"}
    changes = {**names, "steps": 120, "evaluate_every": 120, "batch_size": 8, "rank": 8, "neftune": 0.0}
    about = train(recipe.with_changes(changes), tmp_path / "run", say=said.append)
    assert about["chosen"]["gain"] > 2 * about["chosen"]["gain_error"]
    assert said[-1].startswith("descriptions lower the selection loss by")
