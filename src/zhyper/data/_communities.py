"""Question-answer pairs of communities as tasks whose descriptions are of a culture: out of tables, or of Reddit dumps."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zhyper.data._askx import AskXSettings, read_community
from zhyper.data._collection import Pair, Task
from zhyper.data._reading import Reading, count_option, open_text
from zhyper.data._references import refused
from zhyper.data._shipped import shipped
from zhyper.weights import cache_folder

COMMUNITIES: dict[str, dict[str, str]] = shipped("communities.json")["communities"]
"""Of each known community: its place, people, level (country or region), and the name of its culture."""
COMMANDS: list[str] = shipped("communities.json")["commands"]
"""zhyper's own commands to write as some people do, with `{place}` and `{people}`."""
LICENCE = "the authors' own texts, public on Reddit"


def read_communities(folder: Path, level: str = "all", cultures: str = "", max_chars: str = "4000") -> Reading:
    """Communities as Zhyper publishes them: `cul_data/COMMUNITY.csv.gz` with a row for each answer, and `cultures/` with descriptions.

    Args:
        folder: holds `cul_data` and `cultures`.
        level: `country`, `region` or `all` communities.
        cultures: another folder of descriptions.
        max_chars: longest question or answer.
    """
    limit, reading = count_option("max_chars", max_chars), Reading()
    texts = read_cultures(Path(cultures) if cultures else folder / "cultures", reading)
    for file in sorted(folder.glob("cul_data/*.csv.gz")):
        name, pairs = file.name.removesuffix(".csv.gz"), []
        with open_text(file) as handle:
            for number, row in enumerate(csv.DictReader(handle), 1):
                reading.rows[f"cul_data/{file.name}"] = number
                try:
                    title, below, answer = row["submission_title"].strip(), row["submission_text"].strip(), row["comment_body"].strip()
                except (KeyError, AttributeError) as error:
                    raise ValueError(f"{file}, row {number} lacks submission_title, submission_text or comment_body") from error
                question = f"{title}\n\n{below}" if below else title
                if why := refused(question, limit) or refused(answer, limit):
                    reading.left_out[why] += 1
                else:
                    pairs.append(Pair(question, answer))
        _add(reading, name, tuple(pairs), texts, level)
    if not reading.tasks:
        raise ValueError(f"no community of level '{level}' in {folder}; it wants cul_data/COMMUNITY.csv.gz")
    return reading


def read_askx(
    folder: Path,
    level: str = "all",
    cultures: str = "",
    submissions: str = "20000",
    comments: str = "3",
    pairs: str = "30000",
    max_chars: str = "4000",
    seen: Callable[[int], Any] = lambda size: None,
) -> Reading:
    """Communities out of Reddit dumps, `COMMUNITY_submissions.zst` and `COMMUNITY_comments.zst`; see `AskXSettings`.

    A scan that was killed goes on where it was; its state, and in the end its result, lies in zhyper's cache.

    Args:
        folder: holds the dumps.
        level: `country`, `region` or `all` communities.
        cultures: a folder of descriptions as Zhyper publishes them; a community without any has zhyper's own commands.
        submissions: best submissions taken of a community.
        comments: best answers taken of a submission.
        pairs: best pairs taken of a community.
        max_chars: longest question or answer.
        seen: is told the bytes of each line.
    """
    counts = {"submissions": submissions, "comments": comments, "pairs": pairs, "limit": max_chars}
    settings, reading = AskXSettings(**{name: count_option(name, value) for name, value in counts.items()}), Reading()
    texts = read_cultures(Path(cultures), reading) if cultures else {}
    for file in sorted(folder.glob("*_submissions.*")):
        name = file.name.partition("_submissions.")[0]
        other = file.with_name(file.name.replace("_submissions.", "_comments."))
        if not other.is_file():
            raise ValueError(f"{other} is missing; a community wants both its submissions and its comments")
        place = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
        state = cache_folder() / "scans" / f"{name}-{place}.json"
        state.parent.mkdir(parents=True, exist_ok=True)
        found, left_out = read_community(file, other, settings, state, seen)
        reading.left_out.update(left_out)
        reading.rows[name] = len(found)
        _add(reading, name, found, texts, level)
    if not reading.tasks:
        raise ValueError(f"no community of level '{level}' in {folder}; it wants COMMUNITY_submissions.zst and COMMUNITY_comments.zst")
    return reading


def evaluation_conditions(commands: Sequence[str], descriptions: Sequence[str], new_commands: Sequence[str]) -> tuple[str, ...]:
    """The twelve conditions a culture is evaluated under (Zhyper appendix F.2).

    Args:
        commands: 4 that were trained on.
        descriptions: 8 that were not.
        new_commands: 4 that were not; each is followed by one of the last 4 descriptions.
    """
    if (len(commands), len(descriptions), len(new_commands)) != (4, 8, 4):
        came = f"{len(commands)}, {len(descriptions)} and {len(new_commands)}"
        raise ValueError(f"{came} commands, descriptions and new commands came, but twelve conditions are made of 4, 8 and 4")
    mixed = [f"{command} {description}" for command, description in zip(new_commands, descriptions[4:], strict=True)]
    return (*commands, *descriptions[:4], *mixed)


def read_cultures(folder: Path, reading: Reading) -> dict[str, tuple[str, ...]]:
    """The descriptions in `cul_NAME/metadata.yaml` by NAME; counts them as rows."""
    import yaml

    found = {}
    for file in sorted(folder.glob("cul_*/metadata.yaml")):
        try:
            with open_text(file) as handle:
                texts = yaml.safe_load(handle)["descriptions"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise ValueError(f"{file} holds no descriptions: {' '.join(str(error).split())}") from error
        reading.rows[f"cultures/{file.parent.name}/{file.name}"] = len(texts)
        found[file.parent.name.removeprefix("cul_")] = tuple(dict.fromkeys(" ".join(str(text).split()) for text in texts))
    return found


def _add(reading: Reading, name: str, pairs: tuple[Pair, ...], texts: dict[str, tuple[str, ...]], level: str) -> None:
    """Add a community as a task, unless it is of another level or has no pairs."""
    if level not in ("all", "country", "region"):
        raise ValueError(f"the option level came as '{level}', but wants country, region or all")
    about = COMMUNITIES.get(name)
    if about is None:
        raise ValueError(f"the community {name} is not known; the known ones are: {', '.join(COMMUNITIES)}")
    if level not in ("all", about["level"]):
        reading.left_out[f"of a {about['level']}"] += len(pairs)
        return
    if not pairs:
        raise ValueError(f"the community {name} has no pair left of what was read")
    own = texts.get(about["culture"]) or tuple(text.format(**about) for text in COMMANDS)
    reading.tasks.append(Task(name=f"askx/{name}", pairs=pairs, descriptions=own, licence=LICENCE, source="Reddit"))
