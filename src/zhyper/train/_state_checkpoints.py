"""The checkpoints of a run's state, `out/state/checkpoint-STEP`: whole or absent, as their checksums prove.

A checkpoint is written to `state/.writing`, put onto the disk, and renamed; an old one is renamed before it
is deleted. So a folder called `checkpoint-STEP` was once whole, and what a kill leaves behind lies under the
two other names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from transformers.trainer import TRAINER_STATE_NAME

from zhyper.files import sha256, sync

SUMS = "SHA256SUMS"
"""Its lines are those of the program `sha256sum`."""
WRITING, REMOVAL, DAMAGED = ".writing", ".leaving", "damaged"


def checkpoint(state: Path, step: int) -> Path:
    """The folder of a step's checkpoint."""
    return state / f"checkpoint-{step}"


def checkpoint_steps(state: Path) -> list[int]:
    """The steps that have a checkpoint, oldest first."""
    names = [folder.name.removeprefix("checkpoint-") for folder in state.glob("checkpoint-*")]
    return sorted(int(name) for name in names if name.isdecimal())


def publish(written: Path, place: Path) -> None:
    """Give a written folder its checksums and its name; when this returns, all of it is on the disk."""
    files = sorted(path for path in written.rglob("*") if path.is_file())
    lines = [f"{sha256(file)}  {file.relative_to(written).as_posix()}\n" for file in files]
    (written / SUMS).write_text("".join(lines), encoding="utf-8")
    sync(written)
    if place.exists():
        remove(place)
    written.replace(place)
    sync(place.parent, deep=False)


def remove(folder: Path) -> None:
    """Delete a checkpoint; what a kill leaves of it no longer has its name."""
    rest = folder.parent / REMOVAL
    rest.mkdir(exist_ok=True)
    shutil.rmtree(rest / folder.name, ignore_errors=True)
    folder.replace(rest / folder.name)
    shutil.rmtree(rest, ignore_errors=True)


def rotate(state: Path, count: int, best: int | None) -> None:
    """Delete old checkpoints.

    Args:
        state: the folder of checkpoints.
        count: how many of the newest stay, besides the best.
        best: the step of the best; it stays, and so does the best that an older checkpoint names and would go
            on with.
    """
    newest = [step for step in checkpoint_steps(state) if step != best][-count:]
    stay = {best, *newest}
    for step in newest:
        try:
            stay.add(_best_step(checkpoint(state, step)))
        except (OSError, ValueError, AttributeError):
            pass  # a damaged one names none
    for step in checkpoint_steps(state):
        if step not in stay:
            remove(checkpoint(state, step))


def newest_usable(state: Path, say: Callable[[str], None]) -> Path | None:
    """The newest checkpoint that a run can go on from; None if there is none.

    Those that are damaged, or whose best checkpoint is, are moved to `state/damaged`; `say` is told of each.
    """
    for rest in (WRITING, REMOVAL):
        shutil.rmtree(state / rest, ignore_errors=True)
    steps = checkpoint_steps(state)
    for step in reversed(steps):
        folder = checkpoint(state, step)
        if (reason := unusable(folder)) is None:
            return folder
        aside = state / DAMAGED / folder.name
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(exist_ok=True)
        folder.replace(aside)
        say(f"{folder} is passed over, because {reason}; it lies in {aside} now")
    left = "whole checkpoint any more" if steps else "checkpoint yet"
    say(f"{state} holds no {left}, so the run starts from its beginning")
    return None


def unusable(folder: Path) -> str | None:
    """Why a run cannot go on from a checkpoint; None if it can."""
    if reason := damage(folder):
        return reason
    try:
        best = _best_step(folder)
    except (OSError, ValueError, AttributeError) as error:
        return f"{TRAINER_STATE_NAME} cannot be read ({error})"
    if best and (reason := damage(checkpoint(folder.parent, best))):
        return f"the best checkpoint so far was that of step {best}, where {reason}"
    return None


def damage(folder: Path) -> str | None:
    """How a checkpoint differs from what was written; None if it does not."""
    try:
        sums = _checksums(folder)
        if TRAINER_STATE_NAME not in sums:
            return f"{SUMS} does not name {TRAINER_STATE_NAME}"
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SUMS}
        if differing := sorted(files ^ set(sums)):
            return f"{differing[0]} {'has no checksum' if differing[0] in files else 'is missing'}"
        wrong = next((name for name, digest in sums.items() if sha256(folder / name) != digest), None)
    except FileNotFoundError:
        return f"{SUMS} is missing"
    except (OSError, ValueError) as error:
        return f"it cannot be read ({error})"
    return wrong and f"{wrong} is not what was written (its SHA-256 is another)"


def process_count(folder: Path) -> int:
    """How many processes wrote a checkpoint, by its checksums; 0 where these cannot be read."""
    try:
        return sum(name.startswith("rng_state") for name in _checksums(folder))
    except (OSError, ValueError):
        return 0


def _checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 that each file of a checkpoint should have, by its name."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _best_step(folder: Path) -> int | None:
    """The step of the best checkpoint when this one was written."""
    state = json.loads((folder / TRAINER_STATE_NAME).read_text(encoding="utf-8"))
    step: int | None = state.get("best_global_step")
    return step
