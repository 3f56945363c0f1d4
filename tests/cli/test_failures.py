"""The last words of the command line: a sentence for everything, and a report of what nobody expected."""

import re
from importlib import metadata

import pytest
import torch

from zhyper.cli._app import main


class Urls:
    def get_all(self, name):
        return {"Project-URL": ["Homepage, https://here", "Issues, https://there/issues"]}[name]


@pytest.fixture
def failing(monkeypatch, tmp_path, capsys):
    """What is said, and the exit code, when a verb raises an error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("ZHYPER_TRACEBACK", raising=False)
    monkeypatch.setenv("COLUMNS", "250")

    def fail(error):
        def app():
            raise error

        monkeypatch.setattr("zhyper.cli._app.app", app)
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return fail


UNEXPECTED = {
    "KeyError: 'x'": KeyError("x"),
    "TypeError: first": TypeError("first\nsecond"),
    "AssertionError": AssertionError(),
    "RecursionError: too deep": RecursionError("too deep"),
    "ModuleNotFoundError: No module named 'nowhere'": ModuleNotFoundError(
        "No module named 'nowhere'", name="nowhere"
    ),
}


@pytest.mark.parametrize("what", UNEXPECTED)
def test_what_nobody_expected_leaves_a_report(what, failing, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["zhyper", "ask", "[red]é\udc80"])
    code, said = failing(UNEXPECTED[what])
    assert code == 1
    assert said.count("\n") == 1
    assert said.startswith(f"error: zhyper failed in a way that nobody expected ({what}); please report it")
    (file,) = tmp_path.iterdir()
    assert re.search(r"the traceback in (\S+)$", said)[1] == str(file)
    report = file.read_text(encoding="utf-8")
    assert report.startswith(f"zhyper {metadata.version('zhyper')}, Python ")
    assert "command: 'ask' '[red]é" in report
    assert "Traceback (most recent call last)" in report
    assert "in app" in report


def test_a_report_goes_to_the_page_that_the_package_names(failing, monkeypatch):
    monkeypatch.setattr(metadata, "metadata", lambda name: Urls())
    assert "please report it at https://there/issues with the traceback in " in failing(KeyError("x"))[1]


def test_a_report_that_cannot_be_written_is_printed(failing, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    code, said = failing(KeyError("x"))
    assert code == 1
    assert "Traceback (most recent call last)" in said
    assert said.endswith("with what stands above\n")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nand more"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
    ],
)
def test_too_little_memory(error, failing, tmp_path):
    code, said = failing(error)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(f"error: the memory does not suffice ({type(error).__name__}")
    assert "lower batch_size" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("module", "brought"),
    [("optuna", "sweep"), ("lm_eval.api", "evaluate"), ("faiss", "serve"), ("pyarrow", "data")],
)
def test_a_module_of_an_extra(module, brought, failing, tmp_path):
    _, said = failing(ModuleNotFoundError(f"No module named '{module}'", name=module))
    assert said == f"error: {module} is not installed; run: pip install 'zhyper[{brought}]'\n"
    assert not list(tmp_path.iterdir())


def test_expected_errors_are_their_own_sentence(failing, tmp_path):
    for error in (ValueError("a [b]"), RuntimeError("a [b]"), OSError("a [b]")):
        assert failing(error) == (1, "error: a [b]\n")
    assert failing(OSError()) == (1, "error: OSError\n")
    assert failing(KeyboardInterrupt()) == (130, "")
    assert not list(tmp_path.iterdir())


def test_all_is_shown_to_those_who_ask(failing, monkeypatch):
    monkeypatch.setenv("ZHYPER_TRACEBACK", "1")
    with pytest.raises(KeyError):
        failing(KeyError("x"))
