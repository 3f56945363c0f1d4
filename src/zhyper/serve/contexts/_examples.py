"""What a new server keeps from the start: for each task its generator was trained on, a public context of one description."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from zhyper.data import descriptions_of
from zhyper.serve.contexts._policy import Refused
from zhyper.serve.contexts._store import Contexts, Wanted

LOG = logging.getLogger("zhyper.serve")
OWNER = "zhyper"
"""Whose they are; no key has this name, so nobody can delete them."""


async def keep_examples(contexts: Contexts, tasks: Sequence[str]) -> int:
    """Keep a context for each task whose descriptions ship with zhyper, if nothing is kept yet; how many.

    A failure is logged: examples are not worth a server.
    """
    kept = 0
    try:
        if await contexts.list(OWNER, limit=1):
            return 0
        for task in tasks:
            suite, _, name = task.partition("/")
            for text in descriptions_of(task)[:1]:
                try:
                    await contexts.create(
                        Wanted(text=text),
                        OWNER,
                        name=name.lower(),
                        tags=(suite.replace("_", " "),),
                        public=True,
                    )
                    kept += 1
                except (Refused, ValueError):  # the operator refuses it, or two tasks have one name
                    continue
    except Exception:
        LOG.exception("the examples could not be kept")
    return kept
