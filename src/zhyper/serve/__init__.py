"""The server: a description in the request, the answer out.

`decoding` turns prompts into tokens, `contexts` finds and stores what a request is answered under, `http` is
the API around both. Parts are imported when they are named: most need PyTorch or FastAPI.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhyper.serve.contexts import ContextQuery as ContextQuery
    from zhyper.serve.contexts import Contexts as Contexts
    from zhyper.serve.contexts import Policy as Policy
    from zhyper.serve.decoding import Engine as Engine
    from zhyper.serve.decoding import Piece as Piece
    from zhyper.serve.decoding import Request as Request
    from zhyper.serve.decoding import Sampling as Sampling
    from zhyper.serve.http._app import contexts_app as contexts_app
    from zhyper.serve.http._app import create_app as create_app
    from zhyper.serve.http._keys import Keys as Keys
    from zhyper.serve.http._limits import Limits as Limits
    from zhyper.serve.http._server import serve as serve
    from zhyper.serve.http._settings import ServeSettings as ServeSettings

_PLACES = {
    "ContextQuery": "contexts",
    "Contexts": "contexts",
    "Engine": "decoding",
    "Keys": "http._keys",
    "Limits": "http._limits",
    "Piece": "decoding",
    "Policy": "contexts",
    "Request": "decoding",
    "Sampling": "decoding",
    "ServeSettings": "http._settings",
    "contexts_app": "http._app",
    "create_app": "http._app",
    "serve": "http._server",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _PLACES:
        raise AttributeError(f"zhyper.serve has no '{name}'")
    return getattr(import_module(f"zhyper.serve.{_PLACES[name]}"), name)
