"""How a server is run, as settings that are checked before anything heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhyper.serve.http._limits import Limits
from zhyper.spec import Settings, check_policy

DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, kw_only=True)
class ServeSettings(Settings):
    """How a server is run."""

    checkpoint: str = "default"
    base: str | None = None
    """Where the base lies, if not where the checkpoint says."""
    encoder: str | None = None
    """The same of the encoder."""
    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    keys: str | None = None
    """File of API keys; without it everybody may do everything."""
    bank: str | None = None
    """Folder of the contexts; without it one for each checkpoint in the user's data folder."""
    database: str | None = None
    """URL of the catalogue; without it a SQLite file in the bank's folder."""
    policy: str | None = None
    policy_hook: str | None = None
    host_names: tuple[str, ...] = ()
    """Names that a Host header may have besides those of this machine."""
    origins: tuple[str, ...] = ()
    """Of pages, besides this server's own, that may ask it from a browser."""
    rows: int = 32
    queue: int = 256
    positions: int | None = None
    when_far: str = "warn"
    device: str | None = None
    dtype: str = "float32"
    examples: bool = True
    """Keep a context for each task the checkpoint was trained on, if none is kept yet."""
    drain: float = 30.0
    """Seconds that answers under way get at the end; those that do not end in it are cancelled."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        check_policy(self.when_far)
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype is '{self.dtype}', but must be one of: {', '.join(DTYPES)}")
        if not 0 <= self.drain <= 86_400:
            raise ValueError(f"drain is {self.drain}, but must be seconds from 0 to 86,400")
        if not 0 <= self.port < 65_536:
            raise ValueError(f"port is {self.port}, but must be 0 to 65,535")
