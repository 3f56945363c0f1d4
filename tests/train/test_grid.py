"""What a sweep may vary, and how a grid is written."""

import pytest

from zhyper.train import sweep
from zhyper.train._grid import parse_axes


@pytest.mark.parametrize(
    ("grid", "options", "message"),
    [
        ([], {}, "no grid was given"),
        (["rank"], {}, "'rank' is no grid; write it as key=a,b,c"),
        (["nonsense=1,2"], {}, "unknown setting 'nonsense'"),
        (["rank=4,x"], {}, "'rank' is 'x', but must be"),
        (["rank=4,,5"], {}, "a value is empty"),
        (["rank=4,0"], {}, "rank is 0"),
        (["rank=4,4"], {}, "a value of rank twice"),
        (["learning_rate=1,1.0"], {}, "a value of learning_rate twice"),
        (["rank=4", "generator.rank=5"], {}, "names rank twice"),
        (["rank=1.5..4"], {"trials": 2}, "'rank' is 1.5, but must be"),
        (["rank=4..2"], {"trials": 2}, "needs two numbers, the smaller one first"),
        (["rank=2..4"], {}, "say how many with --trials"),
        (["rank=2,4"], {"trials": 3}, "the grid has 2 combinations"),
        (["rank=2,4"], {"trials": 0}, "at least 1"),
        (["adapter=zhyper-diag,nonsense"], {}, "adapter 'nonsense' is not known"),
        (["hypernet=mlp,none"], {}, "emits nothing, but the adapter 'zhyper-diag' has slots to fill"),
        (["projections=[q_proj],[nonsense]"], {}, "'nonsense' is not a linear layer"),
        (["layers=:,7:9"], {}, "reaches outside a model"),
        (["seed=1,2"], {}, "seed cannot be swept over"),
        (
            ["report_to=mlflow,tensorboard"],
            {},
            "report_to cannot be swept over: it changes nothing of what is learned",
        ),
        (["training.keep=1,2"], {}, "keep cannot be swept over"),
        (["samples=1,2"], {}, "samples cannot be swept over"),
        (
            ["learning_rate=1e-4...1e-2"],
            {"trials": 2},
            r"the range of learning_rate is '1e-4\.\.\.1e-2', but a range is LOW\.\.HIGH",
        ),
        (["rank=2 .. 4"], {"trials": 2}, r"a range is LOW\.\.HIGH"),
        (["training.choose_by=loss,exact_match"], {}, "choose_by cannot be swept over"),
        (
            [f"{key}=" + ",".join(map(str, range(1, 200))) for key in ("rank", "steps")],
            {},
            "39,601 combinations",
        ),
    ],
)
def test_what_cannot_work_fails_before_anything_is_trained(recipe, tmp_path, grid, options, message):
    with pytest.raises(ValueError, match=message):
        sweep(recipe, tmp_path / "sweep", grid, **options)
    assert not (tmp_path / "sweep").exists()


def test_paths_that_go_up_are_no_ranges(recipe):
    assert parse_axes(recipe, ["encoder=../one,../two"])[0].values == ("../one", "../two")
