"""Run for a minute the tests of the files that differ from the last commit; with --list, name them only.

Files given as arguments stand for those that differ. The test of `src/zhyper/ROOM/_NAME.py` is
`tests/ROOM/test_NAME.py`, or all of `tests/ROOM` where there is none of this name. `make test` runs all.
"""

import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 60
DOCUMENTS = "tests/test_documents.py"
OTHERS = {
    "docs": DOCUMENTS,
    "README.md": DOCUMENTS,
    "Makefile": "tests/test_makefile.py",
    "dev": "tests/test_makefile.py",
    "CHANGELOG.md": "tests/test_packaging.py",
    "pyproject.toml": "tests/test_packaging.py",
}
"""Which tests are of files that are neither code nor tests, by the first part of their path."""


def differing() -> list[str]:
    """Files that differ from the last commit, those included that git does not know yet."""
    commands = (["diff", "--name-only", "HEAD"], ["ls-files", "--others", "--exclude-standard"])
    outputs = [
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for words in commands
    ]
    return sorted({line for output in outputs for line in output.splitlines()})


def tests_of(file: str) -> list[str]:
    """Test files and folders of one file, those closest to it alone."""
    path = PurePosixPath(file)
    if path.parts[0] == "tests":
        return [file] if path.name.startswith("test_") and (ROOT / file).is_file() else []
    if path.parts[:2] != ("src", "zhyper"):
        return [OTHERS[path.parts[0]]] if path.parts[0] in OTHERS else []
    room = PurePosixPath("tests", *path.parts[2:-1])
    own = room / f"test_{path.stem.lstrip('_')}.py"
    places = (own, *(folder for folder in (room, *room.parents) if len(folder.parts) > 1))
    above = [PurePosixPath("tests", f"test_{path.parts[2]}.py")]
    closest = next((str(p) for p in (*places, *above) if (ROOT / p).exists()), None)
    floors = ["tests/test_floors.py"] if path.suffix == ".py" else []
    return [*([closest] if closest else []), *floors]


class Deadline:
    """Ends a run of pytest after the test that is running when the time is over."""

    def __init__(self) -> None:
        self.end, self.left = time.monotonic() + SECONDS, 0

    def pytest_runtest_logfinish(self) -> None:
        """Count the tests that are left."""
        self.left -= 1

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know how many tests there are."""
        self.left, self.session = len(session.items), session

    def pytest_runtest_teardown(self) -> None:
        """Stop when the time is over."""
        if time.monotonic() > self.end and self.left > 1:
            self.session.shouldstop = f"{SECONDS} seconds are over"


def main() -> int:
    """Run them; the exit code is that of pytest, and 0 where nothing failed within the time."""
    files = [word for word in sys.argv[1:] if word != "--list"] or differing()
    if not files:
        print("nothing differs from the last commit, so no test is run; 'make test' runs all")
        return 0
    tests = list(dict.fromkeys(test for file in files for test in tests_of(file)))
    for file in files:
        if not tests_of(file):
            print(f"no test is called after {file}; 'make test' runs all")
    print(*tests, sep="\n")
    if not tests or "--list" in sys.argv:
        return 0
    deadline = Deadline()
    code = int(pytest.main([f"--rootdir={ROOT}", *(str(ROOT / test) for test in tests)], plugins=[deadline]))
    if code == pytest.ExitCode.INTERRUPTED and deadline.left > 0:
        print(f"{deadline.left} tests were not run, for {SECONDS} seconds were over; 'make test' runs all")
        return int(deadline.session.testsfailed > 0)
    return code


if __name__ == "__main__":
    sys.exit(main())
