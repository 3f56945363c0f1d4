"""All personas: figures out of tales and families, and trades."""

from __future__ import annotations

from zhyper.data.steering._behaviour import Behaviour
from zhyper.data.steering._figures import FIGURES
from zhyper.data.steering._trades import TRADES

PERSONAS: tuple[Behaviour, ...] = FIGURES + TRADES
