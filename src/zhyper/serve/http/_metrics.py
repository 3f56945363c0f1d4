"""Numbers for Prometheus, in a registry of each app's own. No label holds what a client wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from zhyper.serve.decoding import EngineState

CONTENT_TYPE: str = CONTENT_TYPE_LATEST
REASONS = ("key", "scope", "rate", "streams", "host", "origin", "media", "body", "slow", "busy", "policy")
"""Why a request was refused: by its key, its place, its body, a full queue, or the policy."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """What a server counts.

    Args:
        build: what the server is made of, such as its version and checkpoint; the labels of
            `zhyper_build_info`.
    """

    def __init__(self, build: Mapping[str, str]) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        registry = self.registry
        latency: dict[str, Any] = {"buckets": _SECONDS, "registry": registry}
        self._requests = Counter("zhyper_requests", "Requests answered.", labels, registry=registry)
        self._seconds = Histogram(
            "zhyper_request_seconds", "Time to the end of an answer.", ("route",), **latency
        )
        self._first_token = Histogram(
            "zhyper_first_token_seconds", "Time from a request to its first token.", **latency
        )
        self._refused = Counter(
            "zhyper_refused", "Requests refused, by reason.", ("reason",), registry=registry
        )
        for reason in (*REASONS, "other"):
            self._refused.labels(reason)
        made_of = "What the server is made of; always 1."
        info = Gauge("zhyper_build_info", made_of, tuple(build), registry=registry)
        (info.labels(**build) if build else info).set(1)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is a template, never a path."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def first_token(self, seconds: float) -> None:
        """Count how long a request waited for its first token."""
        self._first_token.observe(seconds)

    def refuse(self, reason: str) -> None:
        """Count a refusal, for one of `REASONS`."""
        self._refused.labels(reason if reason in REASONS else "other").inc()

    def watch(self, engine: Callable[[], EngineState], contexts: Callable[[], int]) -> None:
        """Ask these for the engine's numbers and the bank's size whenever the metrics are read."""
        self.registry.register(_Watched(engine, contexts))

    def render(self) -> bytes:
        """All numbers in Prometheus's text format, to be served as `CONTENT_TYPE`."""
        return generate_latest(self.registry)


class _Watched:
    """Numbers that others keep."""

    def __init__(self, engine: Callable[[], EngineState], contexts: Callable[[], int]) -> None:
        self._engine, self._contexts = engine, contexts

    def collect(self) -> Iterator[Metric]:
        """The numbers as they are now."""
        state = self._engine()
        for family, name, text, value in (
            (CounterMetricFamily, "tokens", "Tokens generated.", state.tokens),
            (CounterMetricFamily, "prompt_tokens", "Tokens of prompts read.", state.prompt_tokens),
            (GaugeMetricFamily, "running", "Answers being generated.", state.running),
            (GaugeMetricFamily, "waiting", "Answers waiting for a row.", state.waiting),
            (GaugeMetricFamily, "contexts", "Contexts in the bank.", self._contexts()),
        ):
            yield family(f"zhyper_{name}", text, value=value)
