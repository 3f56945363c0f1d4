"""What Prometheus is told."""

from types import SimpleNamespace

from prometheus_client.parser import text_string_to_metric_families

from zhyper.serve.http._metrics import REASONS, Metrics


def read(metrics):
    """Every sample: name, labels, value."""
    text = metrics.render().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status():
    metrics = Metrics({"version": "1"})
    for status in (200, 200, 404):
        metrics.observe("GET", "/v1/contexts/{id}", status, 0.3)
    found = read(metrics)
    labels = (("method", "GET"), ("route", "/v1/contexts/{id}"))
    assert found["zhyper_requests_total", (*labels, ("status", "200"))] == 2
    assert found["zhyper_requests_total", (*labels, ("status", "404"))] == 1
    assert found["zhyper_request_seconds_count", (("route", "/v1/contexts/{id}"),)] == 3
    assert found["zhyper_request_seconds_bucket", (("le", "0.25"), ("route", "/v1/contexts/{id}"))] == 0
    assert found["zhyper_request_seconds_bucket", (("le", "0.5"), ("route", "/v1/contexts/{id}"))] == 3


def test_what_clients_write_makes_no_label():
    metrics = Metrics({})
    for number in range(100):
        metrics.observe(f"METHOD{number}", "unmatched", 405, 0.1)
        metrics.refuse(f"reason{number}")
    found = read(metrics)
    assert (
        found["zhyper_requests_total", (("method", "other"), ("route", "unmatched"), ("status", "405"))]
        == 100
    )
    assert found["zhyper_refused_total", (("reason", "other"),)] == 100
    assert len([name for name, _ in found if name == "zhyper_refused_total"]) == len(REASONS) + 1


def test_refusals_are_counted_by_reason_from_zero():
    metrics = Metrics({})
    metrics.refuse("rate")
    found = read(metrics)
    assert [found["zhyper_refused_total", (("reason", reason),)] for reason in ("rate", "body")] == [1, 0]


def test_the_engine_and_the_bank_are_asked_when_read():
    metrics, state, contexts = (
        Metrics({}),
        SimpleNamespace(running=3, waiting=5, tokens=7, prompt_tokens=11),
        [13],
    )
    metrics.watch(lambda: state, lambda: contexts[0])
    names = [
        "zhyper_running",
        "zhyper_waiting",
        "zhyper_tokens_total",
        "zhyper_prompt_tokens_total",
        "zhyper_contexts",
    ]
    assert [read(metrics)[name, ()] for name in names] == [3, 5, 7, 11, 13]
    state.tokens, contexts[0] = 17, 19
    assert [read(metrics)[name, ()] for name in names] == [3, 5, 17, 11, 19]


def test_the_first_token_and_the_build():
    metrics = Metrics({"version": "0.1", "checkpoint": "abc"})
    metrics.first_token(0.07)
    found = read(metrics)
    assert found["zhyper_first_token_seconds_sum", ()] == 0.07
    assert found["zhyper_build_info", (("checkpoint", "abc"), ("version", "0.1"))] == 1


def test_two_apps_count_apart():
    one, other = Metrics({}), Metrics({})
    one.first_token(1)
    assert (
        read(one)["zhyper_first_token_seconds_count", ()] == 1
        and read(other)["zhyper_first_token_seconds_count", ()] == 0
    )
