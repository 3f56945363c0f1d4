"""Tokens: many requests at once, each row of the batch under its own modulation.

Knows neither HTTP nor contexts: whoever asks brings the modulation.
"""

from zhyper.serve.decoding._engine import Engine as Engine
from zhyper.serve.decoding._row_modulations import mix as mix
