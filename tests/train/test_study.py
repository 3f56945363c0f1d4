"""The file of a sweep's trials."""

import resource

import pytest

from conftest import ROOT
from zhyper.train._errors import NotWritten
from zhyper.train._grid import parse_axes
from zhyper.train._study import Study


def test_optuna_is_imported_in_one_file():
    source = ROOT / "src" / "zhyper"
    assert [file.name for file in source.rglob("*.py") if "import optuna" in file.read_text()] == [
        "_study.py"
    ]


def test_notes_that_cannot_be_written_end_the_sweep(recipe, tmp_path):
    study = Study(tmp_path / "sweep.db", parse_axes(recipe, ["rank=2"]), maximise=False, seed=0, prune=False)
    trial = study.next()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with pytest.raises(NotWritten, match="the notes of the sweep could not be written: .*Make room"):
            study.tell(trial, "failed")
        with pytest.raises(NotWritten, match="the notes of the sweep could not be written: .*Make room"):
            Study(tmp_path / "new.db", parse_axes(recipe, ["rank=2"]), maximise=False, seed=0, prune=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert study.results() == []
    study.close()
