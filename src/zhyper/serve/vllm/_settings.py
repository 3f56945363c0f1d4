"""The settings of the plugin: environment variables, read once and checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zhyper.checkpoint import find_checkpoint, read_card
from zhyper.serve import Limits
from zhyper.spec import check_policy, did_you_mean
from zhyper.weights import cache_folder

if TYPE_CHECKING:  # PyTorch is not imported until a policy is read
    from zhyper.serve.contexts import Policy

PREFIX = "ZHYPER_VLLM_"


@dataclass(frozen=True, kw_only=True)
class VllmSettings:
    """The settings of the plugin; each is the variable `ZHYPER_VLLM_` and its name in capitals."""

    checkpoint: str = "default"
    """A checkpoint folder, the shipped `default`, or a Hugging Face id."""
    encoder: str | None = None
    """Where its encoder lies, if not where the checkpoint says."""
    store: str | None = None
    """Folder of the adapters; without it one in zhyper's cache. Each server has a part of its own in it."""
    adapters: int = 256
    """How many adapters the store holds at most."""
    bank: str | None = None
    """Folder of a bank, whose contexts can be named; without it the same as `zhyper serve` has."""
    database: str | None = None
    """URL of the bank's catalogue; without it a SQLite file in the bank's folder."""
    owner: str | None = None
    """Whose contexts of the bank can be named, besides public ones; without it as without keys."""
    policy: str | None = None
    """TOML file with the lists `allow` and `refuse`; see `zhyper serve --policy`."""
    policy_hook: str | None = None
    """`module:function` that judges descriptions."""
    when_far: str = "warn"
    """What is done with a description far from all training ones: `warn`, `damp` or `refuse`."""
    characters: int = Limits.description_characters
    """Of each description, at most."""

    def __post_init__(self) -> None:
        check_policy(self.when_far)
        for name in ("adapters", "characters"):
            if getattr(self, name) < 1:
                raise ValueError(f"{_variable(name)} is {getattr(self, name)}, but must be 1 or more")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings that the variables say; those that are empty count as not there.

        Raises:
            ValueError: a variable that is none of them, or a value that cannot be used.
        """
        names = {_variable(field.name): field for field in fields(cls)}
        values: dict[str, str | int] = {}
        for variable, value in environ.items():
            if not variable.startswith(PREFIX) or not value:
                continue
            if variable not in names:
                raise ValueError(
                    f"the environment has {variable}, but the plugin's variables are: "
                    f"{', '.join(names)}{did_you_mean(variable, names)}"
                )
            field = names[variable]
            values[field.name] = _whole(variable, value) if field.type == "int" else value
        return cls(**values)  # type: ignore[arg-type]

    def check(self) -> None:
        """Raise ValueError unless checkpoint and policy can be read; no weights are."""
        read_card(find_checkpoint(self.checkpoint))
        if self.policy or self.policy_hook:
            self.read_policy()

    def read_policy(self) -> Policy:
        """Which descriptions are taken; ValueError where file or hook cannot be used."""
        from zhyper.serve.contexts import Policy, load_hook

        return Policy.read(self.policy, load_hook(self.policy_hook) if self.policy_hook else None)

    @property
    def limits(self) -> Limits:
        """What a name may say at most."""
        return Limits(description_characters=self.characters)

    @property
    def store_folder(self) -> Path:
        """Where the adapters of all servers lie."""
        return Path(self.store).expanduser() if self.store else cache_folder() / "vllm"


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _whole(variable: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ValueError(f"{variable} is '{value}', but must be a whole number") from error
