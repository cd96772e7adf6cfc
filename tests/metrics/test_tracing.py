"""One trace joins a request to the steps it caused, and nothing is asked or written for it where there is no tracing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
import structlog
from api_client import a_checkout, api_of
from builders import Shop, lease, one, rows, work_off
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import event
from werkzeug.test import Client

from fulfillment import logs
from fulfillment.access.models import Role
from fulfillment.dispatch.sets import into_sets
from fulfillment.settings import Settings
from fulfillment.tracing.spans import Spans, ids_of
from fulfillment.wiring import build
from fulfillment.workflow import run
from fulfillment.workflow.run import run_step
from web.site import create_site


def test_a_checkout_and_the_steps_it_caused_are_one_trace(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    spans = InMemorySpanExporter()
    tracing = Spans.of("test")
    tracing.provider.add_span_processor(SimpleSpanProcessor(spans))
    traced = replace(shop.services, tracing=tracing)
    token = api_of(shop.services).caller(Role.ADMIN).token
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one", "X-Request-ID": "checkout-1"}

    Client(create_site(traced)).post("/v1/checkouts", json=a_checkout(), headers=headers)
    work_off(traced)

    trace, first = ids_of("checkout-1")
    finished = spans.get_finished_spans()
    joined = [span for span in finished if span.context.trace_id == trace]
    [root] = [span for span in joined if span.context.span_id == first]
    assert len(finished) == len(joined) == 4
    assert (root.name, root.attributes["http.response.status_code"]) == ("POST /v1/checkouts", 202)
    assert sorted(span.name for span in joined if span is not root) == [
        "inventory.assign",
        "notifications.order_received",
        "payments.authorize",
    ]
    assert {span.parent.span_id for span in joined if span is not root} == {first}
    order_id = one(shop.services, "SELECT id FROM purchase_order")
    assert {span.attributes["order_id"] for span in joined if span is not root} == {order_id}
    assert rows(shop.services, "SELECT DISTINCT cause_id FROM timeline") == [("checkout-1",)]


def test_without_tracing_a_step_asks_for_nothing_more(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    counts = []
    for tracing in (None, Spans.of("test")):
        shop.places(("MUG", 1))
        work_off(shop.services, only="payments.")
        [(step, claims)] = into_sets(lease(shop.services, only="inventory."))
        statements: list[str] = []
        note = lambda *arguments, into=statements: into.append(arguments[2])  # noqa: E731
        services = replace(shop.services, tracing=tracing)
        for engine in (services.engine, services.statements):
            event.listen(engine, "before_cursor_execute", note)
        run_step(services, step, claims)
        for engine in (services.engine, services.statements):
            event.remove(engine, "before_cursor_execute", note)
        counts.append(len(statements))

    assert counts[1] - counts[0] == 1


def test_a_line_of_the_log_bears_the_ids_of_its_request_and_its_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    monkeypatch.setattr(run, "runner", lambda step: lambda *_: 1 / 0)
    before = structlog.get_config()
    try:
        logs.configure("INFO", request_id=lambda: None)
        structlog.configure(cache_logger_on_first_use=False)
        monkeypatch.setattr(run, "log", structlog.get_logger())
        work_off(shop.services, only="payments.")
        line = json.loads(capsys.readouterr().err.splitlines()[-1])
    finally:
        structlog.configure(**before)

    assert (line["event"], line["step"], line["order_id"]) == ("row.failed", "payments.authorize", placed.id)
    assert (line["request_id"], line["level"]) == ("request-1", "error")


def test_an_address_without_the_extra_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fulfillment.tracing.spans", None)
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        gateway_url="approve:",
        tracing_url="http://c:4318/v1/traces",
    )

    with pytest.raises(ValueError, match=r"fulfillment\[tracing\]"):
        build(settings)
