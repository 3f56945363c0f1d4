"""What a new server stores first: a public context of one description of each task of its generator."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from zhyper.data import descriptions_of
from zhyper.serve.contexts._policy import Refused
from zhyper.serve.contexts._resolver import ContextQuery
from zhyper.serve.contexts._store import Contexts

LOG = logging.getLogger("zhyper.serve")
OWNER = "zhyper"
"""Whose they are; no key has this name, so nobody can delete them."""


async def store_examples(contexts: Contexts, tasks: Sequence[str]) -> int:
    """Store a context for each task whose descriptions ship with zhyper, if nothing is stored yet; how many.

    A failure is logged: examples are not worth a server.
    """
    count = 0
    try:
        if await asyncio.to_thread(contexts.catalogue.list, OWNER, limit=1):
            return 0
        for task in tasks:
            suite, _, name = task.partition("/")
            marks: dict[str, Any] = {"name": name.lower(), "tags": (suite.replace("_", " "),), "public": True}
            for text in descriptions_of(task)[:1]:
                try:
                    await contexts.create(ContextQuery(text=text), OWNER, **marks)
                    count += 1
                except (Refused, ValueError):  # the operator refuses it, or two tasks have one name
                    continue
    except Exception:
        LOG.exception("the examples could not be kept")
    return count
