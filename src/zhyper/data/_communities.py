"""Question-answer pairs of communities, from tables or Reddit dumps, as tasks described by their culture."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zhyper.data._askx import AskXSettings, read_community
from zhyper.data._collection import Pair, Task
from zhyper.data._reading import Reading, count_option, fields, open_text, read_descriptions
from zhyper.data._references import clean, refused
from zhyper.data._shipped import shipped
from zhyper.data._table_files import table_rows
from zhyper.data._values import text_of
from zhyper.weights import cache_folder

COMMUNITIES: dict[str, dict[str, str]] = shipped("communities.json")["communities"]
"""Of each known community: its place, people, level (country or region), and the name of its culture."""
COMMANDS: list[str] = shipped("communities.json")["commands"]
"""zhyper's own commands to write as some people do, with `{place}` and `{people}`."""
EVALUATION_COMMANDS: list[str] = shipped("communities.json")["evaluation_commands"]
"""Four commands that nothing is trained on."""
_PLACES: dict[str, str] = shipped("cultures.json")["places"]
LICENCE = "the authors' own texts, public on Reddit"


def read_communities(
    folder: Path,
    level: str = "all",
    conditions: str = "all",
    cultures: str = "",
    descriptions: str = "",
    max_chars: str = "4000",
) -> Reading:
    """Communities as Zhyper publishes them.

    `cul_data/COMMUNITY.csv.gz` has a row for each answer; beside it stand descriptions of cultures.

    Args:
        folder: holds `cul_data` and `cultures`.
        level: `country`, `region` or `all` communities.
        conditions: which texts stand for a culture: `descriptions` or `commands` alone (of `cul_data/`), or
            `all`: these and both in one (of `cultures/`).
        cultures: another folder in place of `cultures`.
        descriptions: JSON Lines of `task` and `descriptions`; a community in it has these instead.
        max_chars: longest question or answer.
    """
    limit, reading = count_option("max_chars", max_chars), Reading()
    texts = _conditions(folder, conditions, Path(cultures) if cultures else folder / "cultures", reading)
    texts |= _by_culture(read_descriptions(descriptions, reading))
    for file in sorted(folder.glob("cul_data/*.csv.gz")):
        name, pairs = file.name.removesuffix(".csv.gz"), list[Pair]()
        _is_of_level(name, level)
        for number, (where, row) in enumerate(table_rows(file), 1):
            reading.rows[f"cul_data/{file.name}"] = number
            title, below, answer = map(
                clean, fields(where, row, "submission_title", "submission_text", "comment_body")
            )
            question = f"{title}\n\n{below}" if below else title
            if why := refused(question, limit) or refused(answer, limit):
                reading.left_out[why] += 1
            else:
                pairs.append(Pair(question, answer))
        _add(reading, name, reading.distinct(pairs), texts, level)
    if not reading.tasks:
        raise ValueError(
            f"no community of level '{level}' in {folder}; it must hold cul_data/COMMUNITY.csv.gz"
        )
    return reading


def read_askx(
    folder: Path,
    level: str = "all",
    cultures: str = "",
    descriptions: str = "",
    submissions: str = "20000",
    comments: str = "3",
    pairs: str = "30000",
    max_chars: str = "4000",
    count_bytes: Callable[[int], Any] = lambda size: None,
) -> Reading:
    """Communities from the Reddit dumps `COMMUNITY_submissions.zst` and `COMMUNITY_comments.zst`.

    A scan that was killed goes on where it was; its state, and in the end its result, lies in zhyper's cache.

    Args:
        folder: holds the dumps.
        level: `country`, `region` or `all` communities.
        cultures: a folder of descriptions as Zhyper publishes them; a community without any has zhyper's own
            commands.
        descriptions: JSON Lines of `task` and `descriptions`; a community in it has these instead.
        submissions: best submissions taken of a community.
        comments: best answers taken of a submission.
        pairs: best pairs taken of a community.
        max_chars: longest question or answer.
        count_bytes: is called with the bytes of each line.
    """
    counts = {"submissions": submissions, "comments": comments, "pairs": pairs, "limit": max_chars}
    settings, reading = (
        AskXSettings(**{name: count_option(name, value) for name, value in counts.items()}),
        Reading(),
    )
    texts = read_cultures(Path(cultures), reading) if cultures else {}
    texts |= _by_culture(read_descriptions(descriptions, reading))
    for file in sorted(folder.glob("*_submissions.*")):
        name = file.name.partition("_submissions.")[0]
        if not _is_of_level(name, level):  # before hours of reading
            continue
        other = file.with_name(file.name.replace("_submissions.", "_comments."))
        if not other.is_file():
            raise ValueError(f"{other} is missing; a community needs both its submissions and its comments")
        place = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
        state = cache_folder() / "scans" / f"{name}-{place}.sqlite"
        state.parent.mkdir(parents=True, exist_ok=True)
        qa_pairs, left_out, lines = read_community(file, other, settings, state, count_bytes)
        reading.left_out.update(
            {why: count for why, count in left_out.items() if not why.startswith("question: ")}
        )
        reading.texts[file.name], reading.rows[other.name] = lines
        _add(reading, name, qa_pairs, texts, level)
    if not reading.tasks:
        raise ValueError(
            f"no community of level '{level}' in {folder}; it must hold COMMUNITY_submissions.zst and "
            "COMMUNITY_comments.zst"
        )
    return reading


def _conditions(
    folder: Path, conditions: str, cultures: Path, reading: Reading
) -> dict[str, tuple[str, ...]]:
    """The texts of each culture; counts all that are published, whichever are taken."""
    by_kind = {"all": read_cultures(cultures, reading)}
    for kind in ("descriptions", "commands", "descriptions_commands"):
        of = by_kind.setdefault(kind, {})
        for file in sorted(folder.glob(f"cul_data/{kind}/*.yaml")):
            texts = _yaml_texts(file, None)
            reading.texts[str(file.relative_to(folder))] = len(texts)
            about = COMMUNITIES.get(file.stem.removesuffix(f"_{kind}"))
            if about is not None:
                of[about["culture"]] = tuple(dict.fromkeys(texts))
    if conditions not in ("all", "descriptions", "commands"):
        raise ValueError(
            f"the option conditions is '{conditions}', but must be all, descriptions or commands"
        )
    if not by_kind[conditions] and conditions != "all":
        raise ValueError(
            f"{folder} holds no lists of {conditions}; it must hold "
            f"cul_data/{conditions}/COMMUNITY_{conditions}.yaml"
        )
    return by_kind[conditions]


def _by_culture(texts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Texts by the culture of the community they are of."""
    names = {task: task.removeprefix("askx/") for task in texts}
    return {
        COMMUNITIES[names[task]]["culture"]: descriptions
        for task, descriptions in texts.items()
        if names[task] in COMMUNITIES
    }


def place_of(country: str) -> str:
    """A benchmark's country in a sentence: `S. Korea` and `South Korea (national sample)` are one place."""
    name = country.partition(" (")[0].replace("_", " ")
    return _PLACES.get(name, name)


def evaluation_conditions(
    commands: Sequence[str], descriptions: Sequence[str], new_commands: Sequence[str]
) -> tuple[str, ...]:
    """The twelve conditions a culture is evaluated under (Zhyper appendix F.2).

    Args:
        commands: 4 that were trained on.
        descriptions: 8 that were not.
        new_commands: 4 that were not; each follows one of the last 4 descriptions.
    """
    if (len(commands), len(descriptions), len(new_commands)) != (4, 8, 4):
        counts = f"{len(commands)}, {len(descriptions)} and {len(new_commands)}"
        raise ValueError(
            f"{counts} commands, descriptions and new commands were given, but twelve conditions are made of "
            "4, 8 and 4"
        )
    mixed = [
        f"{description} {command}"
        for command, description in zip(new_commands, descriptions[4:], strict=True)
    ]
    return (*commands, *descriptions[:4], *mixed)


def read_cultures(folder: Path, reading: Reading) -> dict[str, tuple[str, ...]]:
    """The descriptions in `cul_NAME/metadata.yaml` by NAME."""
    by_culture = {}
    for file in sorted(folder.glob("cul_*/metadata.yaml")):
        texts = _yaml_texts(file, "descriptions")
        reading.texts[f"cultures/{file.parent.name}/{file.name}"] = len(texts)
        by_culture[file.parent.name.removeprefix("cul_")] = tuple(dict.fromkeys(texts))
    return by_culture


def _yaml_texts(file: Path, name: str | None) -> list[str]:
    """The list of texts that a YAML file is, or holds under a name."""
    import yaml

    try:
        with open_text(file) as handle:
            content = yaml.safe_load(handle)
        texts = content[name] if name else content
        if not isinstance(texts, list):
            raise TypeError(f"the texts are a {type(texts).__name__}, but must be a list")
    except (yaml.YAMLError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{file} holds no list of texts: {' '.join(str(error).split())}") from error
    return [" ".join(text_of(str(file), name or "a text", text).split()) for text in texts]


def _is_of_level(name: str, level: str) -> bool:
    """Whether a community is of a level; ValueError for one that is not known, or no level."""
    if level not in ("all", "country", "region"):
        raise ValueError(f"the option level is '{level}', but must be country, region or all")
    if name not in COMMUNITIES:
        raise ValueError(f"the community {name} is not known; the known ones are: {', '.join(COMMUNITIES)}")
    return level in ("all", COMMUNITIES[name]["level"])


def commands_for(about: Mapping[str, str]) -> tuple[str, ...]:
    """Zhyper's own commands for a culture, with its place and people, "a" or "an" as it sounds."""
    return tuple(re.sub(r"\b([Aa]) (?=[AEIOaeio](?!u))", r"\1n ", text.format(**about)) for text in COMMANDS)


def _add(
    reading: Reading, name: str, pairs: tuple[Pair, ...], texts: dict[str, tuple[str, ...]], level: str
) -> None:
    """Add a community as a task, unless it is of another level or has no pairs."""
    about = COMMUNITIES[name]
    if not _is_of_level(name, level):
        reading.left_out[f"of a {about['level']}"] += len(pairs)
        return
    if not pairs:  # the others may have some
        return
    own = texts.get(about["culture"]) or commands_for(about)
    # Cultures are reported on in benchmarks; Zhyper chooses by the loss of 10 % of the pairs.
    task = Task(
        name=f"askx/{name}",
        pairs=pairs,
        descriptions=own,
        licence=LICENCE,
        source="Reddit",
        selection=0.10,
        report=0.05,
    )
    reading.tasks.append(task)
