"""The boundary to vLLM: a resolver of adapters, and an endpoint plugin that sees requests begin and end.

vLLM loads this in each of its processes; whatever is heavy is imported with the first request, in the process
that has the API.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
from collections.abc import Callable
from errno import EDQUOT, ENOSPC
from functools import cache
from typing import TYPE_CHECKING, Any

from zhyper.serve.vllm._names import PREFIX
from zhyper.serve.vllm._registry import Registry
from zhyper.serve.vllm._settings import VllmSettings

if TYPE_CHECKING:
    from zhyper.serve.vllm._adapters import Adapters

NAME = "zhyper"
LOG = logging.getLogger("zhyper.serve")
CONTEXTS = "/v1/contexts/"
RETRY = (
    "; try again later, or, if vLLM was not started with VLLM_PLUGINS=zhyper (it then never lets an adapter "
    "go), tell who runs it"
)


def register() -> None:
    """Entry point of `vllm.general_plugins`: names that begin with `zhyper/` become adapters.

    Raises:
        ValueError: settings that cannot be used, in the process that was started.
    """
    from vllm.lora.resolver import LoRAResolverRegistry

    if multiprocessing.parent_process() is None:
        _log_to_vllm()
        _settings().check()
        warn_of_mixed_batches()
    if NAME not in LoRAResolverRegistry.get_supported_resolvers():
        LoRAResolverRegistry.register_resolver(NAME, _resolver())


def endpoints() -> Any:
    """Entry point of `vllm.endpoint_plugins`, which vLLM loads where `VLLM_PLUGINS` names it."""
    return _EndpointPlugin()


def warn_of_mixed_batches() -> None:
    """Log where vLLM's kernels give requests to the base an adapter of another request of their batch."""
    from vllm.platforms import current_platform

    if current_platform.is_cpu() and _base_gets_adapters():
        from importlib.metadata import version

        LOG.warning(
            "vLLM %s on the CPU gives requests to the base the adapter of another request of the same batch "
            "(vllm-project/vllm#48421): while adapters are asked, ask the base on a server of its own",
            version("vllm"),
        )


def _base_gets_adapters() -> bool:
    """Whether the CPU's kernel adds an adapter's output to a row without one, whose index is -1."""
    import torch
    from vllm.lora.ops.torch_ops import bgmv_expand

    row, weights, output = torch.ones(1, 1), torch.ones(1, 1, 1), torch.zeros(1, 1)
    bgmv_expand(row, weights, output, torch.tensor([-1]), add_inputs=True)
    return bool(output.any())


def _log_to_vllm() -> None:
    """Have zhyper's log lines go where vLLM's do, which it decides after this."""
    logging.getLogger("zhyper").parent = logging.getLogger("vllm")


@cache
def _settings() -> VllmSettings:
    return VllmSettings.from_environment(os.environ)


@cache
def _registry() -> Registry:
    return Registry()


@cache
def _adapters() -> Adapters:
    from zhyper.serve.vllm._adapters import Adapters

    return Adapters(_settings(), _registry())


def _resolver() -> Any:
    from vllm.lora.request import LoRARequest
    from vllm.lora.resolver import LoRAResolver

    class Resolver(LoRAResolver):  # type: ignore[misc]
        """Any description is a model's name."""

        async def resolve_lora(self, base_model_name: str, lora_name: str) -> LoRARequest | None:
            if not lora_name.startswith(PREFIX):
                return None  # another resolver's
            try:
                folder = await _adapters().folder(base_model_name, lora_name, lora_name.removeprefix(PREFIX))
            except Exception as error:
                raise _refusal(error) from error
            return LoRARequest(lora_name=lora_name, lora_int_id=1, lora_path=str(folder))  # vLLM counts ids

    return Resolver()


def _refusal(error: Exception) -> Any:
    """What vLLM answers to an error: a status and the sentence."""
    from fastapi import HTTPException

    from zhyper.bank import CatalogueUnavailable
    from zhyper.serve.contexts import NotFound, Refused
    from zhyper.serve.vllm._adapter_store import StoreFull
    from zhyper.serve.vllm._adapters import LoadFailed

    if isinstance(error, StoreFull):
        return HTTPException(503, f"{error}{RETRY}")
    if getattr(error, "errno", None) in (ENOSPC, EDQUOT):
        return HTTPException(507, "the server's disk is full, so no adapter was made; tell who runs it")
    statuses = {Refused: 403, NotFound: 404, ValueError: 400, CatalogueUnavailable: 503, LoadFailed: 500}
    for kind, status in statuses.items():
        if isinstance(error, kind):
            return HTTPException(status, str(error))
    return error


class _EndpointPlugin:
    """Counts requests by the name of their model, so that no adapter is removed that one of them uses.

    Adds the routes of `/v1/contexts`, by which the bank's contexts are kept, listed, searched and deleted.
    """

    name = NAME
    required_tasks = ("generate",)

    def __init__(self) -> None:
        self._base = ""  # until vLLM has loaded it

    def attach_router(self, app: Any) -> None:
        app.add_middleware(CountRequests, registry=_registry())
        app.add_middleware(ContextRoutes, base=lambda: self._base)

    async def init_state(self, engine_client: Any, state: Any, args: Any) -> None:
        if engine_client is not None:
            _registry().attach(state.openai_serving_models, engine_client)
            self._base = engine_client.model_config.model


class CountRequests:
    """An ASGI middleware: while a request is answered, what its body calls `model` is in use."""

    def __init__(self, app: Any, registry: Registry) -> None:
        self._app, self._registry = app, registry

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or _is_form(scope):
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        body, waiting = b"".join(message.get("body", b"") for message in messages), iter(messages)
        name, goes_on = _model(body)

        async def again() -> Any:
            return next(waiting, None) or await receive()

        if name is None:
            await self._app(scope, again, send)
            return
        with self._registry.using(name) as id:
            if id is not None and not await _adapters().is_current(name.removeprefix(PREFIX), id):
                self._registry.drop(name)
            if goes_on:
                self._registry.pin(name)
            await self._app(scope, again, send)


class ContextRoutes:
    """An ASGI middleware: `/v1/contexts` and what is below is answered by zhyper's own routes.

    Not as routes of vLLM's app, as they have an error handling of their own; vLLM's keys count for them too.
    """

    def __init__(self, app: Any, base: Callable[[], str]) -> None:
        self._app, self._base = app, base

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not f"{path}/".startswith(CONTEXTS):
            await self._app(scope, receive, send)
            return
        try:
            app = await _adapters().contexts_app(self._base())
        except Exception as error:
            if (refusal := _refusal(error)) is error:
                raise
            from starlette.responses import JSONResponse

            body = {"error": {"message": refusal.detail, "type": "server_error", "param": None, "code": None}}
            app = JSONResponse(body, refusal.status_code)
        await app(scope, receive, send)


def _is_form(scope: Any) -> bool:
    """Whether a body holds files, which are large and name no model of ours."""
    return any(k == b"content-type" and v.startswith(b"multipart/") for k, v in scope["headers"])


def _model(body: bytes) -> tuple[str | None, bool]:
    """The name of the model in a request's body, if it is ours, and whether it goes on in the background."""
    try:
        request = json.loads(body)
        name, goes_on = request["model"], bool(request.get("background"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None, False
    return (name, goes_on) if isinstance(name, str) and name.startswith(PREFIX) else (None, False)
