"""The server: a description in the request, the answer out. Parts are imported when they are named: most need PyTorch or FastAPI.

`decoding` turns prompts into tokens, `contexts` finds and keeps what a request is answered under, `http` is the API around both.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhyper.serve.contexts._policy import Policy as Policy
    from zhyper.serve.contexts._resolver import Wanted as Wanted
    from zhyper.serve.contexts._store import Contexts as Contexts
    from zhyper.serve.decoding._engine import Engine as Engine
    from zhyper.serve.decoding._request import Piece as Piece
    from zhyper.serve.decoding._request import Request as Request
    from zhyper.serve.decoding._request import Sampling as Sampling
    from zhyper.serve.http._app import create_app as create_app
    from zhyper.serve.http._keys import Keys as Keys
    from zhyper.serve.http._limits import Limits as Limits
    from zhyper.serve.http._server import ServeSettings as ServeSettings
    from zhyper.serve.http._server import serve as serve

_PLACES = {
    "contexts._policy": ("Policy",),
    "contexts._resolver": ("Wanted",),
    "contexts._store": ("Contexts",),
    "decoding._engine": ("Engine",),
    "decoding._request": ("Piece", "Request", "Sampling"),
    "http._app": ("create_app",),
    "http._keys": ("Keys",),
    "http._limits": ("Limits",),
    "http._server": ("ServeSettings", "serve"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for file, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"zhyper.serve.{file}"), name)
    raise AttributeError(f"zhyper.serve has no '{name}'")
