"""What the routes of one app share, and the keys that they ask for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from zhyper.serve.contexts import Contexts
from zhyper.serve.decoding import Engine
from zhyper.serve.http._keys import Gate, Key
from zhyper.serve.http._limits import Limits
from zhyper.serve.http._metrics import Metrics
from zhyper.serve.http._prompts import Prompts
from zhyper.text_to_adapter import TextToAdapter


@dataclass(frozen=True, kw_only=True)
class ContextServices:
    """The parts of an app that only keeps contexts."""

    machine: TextToAdapter
    contexts: Contexts
    limits: Limits

    @property
    def far_above(self) -> float | None:
        """The distance above which a context is far."""
        trained = self.machine.training_embeddings
        return None if trained is None else trained.far


@dataclass(frozen=True, kw_only=True)
class Services(ContextServices):
    """The parts of one app."""

    engine: Engine
    metrics: Metrics
    prompts: Prompts
    fingerprint: str
    """Of the checkpoint: OpenAI's `system_fingerprint`."""
    started: int = field(default_factory=lambda: int(time.time()))

    @property
    def prompts_are_contexts(self) -> bool:
        """Whether each prompt is its own context (a Hyperdecoder)."""
        return self.machine.spec.context == "instance" and self.machine.hypernet.reads_embeddings


def _services(request: Request) -> Any:
    return request.app.state.services


AppServices = Annotated[Services, Depends(_services)]
AppContexts = Annotated[ContextServices, Depends(_services)]
AskKey = Annotated[Key, Depends(Gate("ask"))]
ReadKey = Annotated[Key, Depends(Gate("read"))]
WriteKey = Annotated[Key, Depends(Gate("write"))]
