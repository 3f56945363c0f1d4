"""Tokens: many requests at once, each row of the batch under its own modulation. Knows no HTTP and no kept contexts."""

from zhyper.serve.decoding._engine import Engine as Engine
from zhyper.serve.decoding._row_modulations import mixed as mixed
