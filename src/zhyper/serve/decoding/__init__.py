"""Tokens: many requests at once, each row of the batch under its own modulation.

Knows neither HTTP nor contexts: whoever asks brings the modulation.
"""

from zhyper.serve.decoding._engine import Engine as Engine
from zhyper.serve.decoding._engine import EngineState as EngineState
from zhyper.serve.decoding._request import Busy as Busy
from zhyper.serve.decoding._request import Draining as Draining
from zhyper.serve.decoding._request import Piece as Piece
from zhyper.serve.decoding._request import Request as Request
from zhyper.serve.decoding._request import Sampling as Sampling
from zhyper.serve.decoding._request import Token as Token
from zhyper.serve.decoding._row_modulations import mix as mix
from zhyper.serve.decoding._text_stream import escaped as escaped
from zhyper.serve.decoding._text_stream import offsets as offsets
from zhyper.serve.decoding._text_stream import readable as readable
