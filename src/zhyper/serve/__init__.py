"""The server: a description in the request, the answer out. Parts are imported when they are named, as most need PyTorch or FastAPI."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhyper.serve._app import create_app as create_app
    from zhyper.serve._contexts import Contexts as Contexts
    from zhyper.serve._contexts import Wanted as Wanted
    from zhyper.serve._engine import Engine as Engine
    from zhyper.serve._keys import Keys as Keys
    from zhyper.serve._limits import Limits as Limits
    from zhyper.serve._policy import Policy as Policy
    from zhyper.serve._requests import Piece as Piece
    from zhyper.serve._requests import Request as Request
    from zhyper.serve._requests import Sampling as Sampling
    from zhyper.serve._run import ServeSettings as ServeSettings
    from zhyper.serve._run import serve as serve

_ROOMS = {
    "_app": ("create_app",),
    "_contexts": ("Contexts", "Wanted"),
    "_engine": ("Engine",),
    "_keys": ("Keys",),
    "_limits": ("Limits",),
    "_policy": ("Policy",),
    "_requests": ("Piece", "Request", "Sampling"),
    "_run": ("ServeSettings", "serve"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for file, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"zhyper.serve.{file}"), name)
    raise AttributeError(f"zhyper.serve has no '{name}'")
