"""/metrics tells how the work stands, to whoever may know; the rules that watch it name only what is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from api_client import a_checkout, api_of
from builders import Shop, hasten, lease, work_off
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import Client, TestResponse

from fulfillment.access.models import Role
from fulfillment.alarms.limits import LIMITS
from fulfillment.dispatch.claims import close
from fulfillment.dispatch.times import StepTimes
from web.metrics import Figures, RequestTimes
from web.site import create_site

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-prometheus"


@pytest.fixture
def scraped(shop: Shop) -> Callable[..., TestResponse]:
    settings = shop.services.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    client = Client(create_site(replace(shop.services, settings=settings)))

    def scrape(path: str = "/metrics", token: str | None = TOKEN, **more: object) -> TestResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return client.open(path, headers={**headers, **more.pop("headers", {})}, **more)

    return scrape


def figures(answer: TestResponse) -> dict[tuple[str, ...], float]:
    """(name, label values by the names of the labels...) -> value"""
    return {
        (sample.name.removeprefix("fulfillment_"), *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_only_a_token_or_an_administrator_may_look(shop: Shop, scraped: Callable[..., TestResponse]) -> None:
    api = api_of(shop.services)
    refused = [None, "wrong", "", "x" * 500, *(api.caller(role).token for role in Role if role != Role.ADMIN)]

    assert [scraped(token=token).status_code for token in refused] == [401] * len(refused)
    assert [scraped(token=token).status_code for token in (TOKEN, api.caller(Role.ADMIN).token)] == [200, 200]


def test_it_tells_what_waits_what_stands_over_its_limit_and_how_long_requests_took(
    shop: Shop, scraped: Callable[..., TestResponse]
) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("assigned", ("MUG", 1))
    held = shop.up_to("assigned", ("MUG", 1))
    shop.holds(held.id)
    shop.clock.forward(days=4)
    admin = api_of(shop.services).caller(Role.ADMIN).token
    key = {"Idempotency-Key": "one"}
    assert scraped("/v1/checkouts", admin, method="POST", json=a_checkout(), headers=key).status_code == 202
    assert scraped("/v1/nothing/here", admin).status_code == 404
    with shop.services.transaction() as session:
        session.execute(text("UPDATE dispatch SET due_at = now() - interval '90 seconds'"))

    found = figures(scraped())

    assert found["up",] == 1
    assert found["dispatch_rows", "payments", "due"] == 1
    assert 90 <= found["dispatch_oldest_due_seconds", "payments"] < 180
    assert found["dispatch_oldest_due_seconds", "mail"] == 0
    assert (found["orders", "week", "in_progress"], found["orders", "week", "on_hold"]) == (1, 1)
    assert found["orders", "day", "in_progress"] == 1
    assert (found["shipments", "inventory_assigned"], found["shipments", "pending"]) == (2, 1)
    assert found["violations", "stock_is_never_oversold"] == 0
    assert (found["alarm", "order_on_hold", "ticket"], found["alarm", "dead_letter", "page"]) == (1, 0)
    assert found["alarm_oldest_seconds", "order_on_hold"] == 4 * 86_400
    assert found["alarm_limit_seconds", "order_on_hold"] == 3 * 86_400
    assert found["http_request_seconds_count", "POST", "/v1/checkouts", "202"] == 1
    assert found["http_request_seconds_bucket", "+Inf", "POST", "/v1/checkouts", "202"] == 1
    assert found["http_request_seconds_count", "GET", "other", "404"] == 1


def test_how_long_steps_took_is_counted_with_their_commit_and_written_once(
    shop: Shop, scraped: Callable[..., TestResponse]
) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    times = StepTimes()
    shop.services = replace(shop.services, step_times=times)
    [leased] = lease(shop.services)
    with suppress(ZeroDivisionError), shop.services.transaction() as session:
        assert close(session, [leased.claim])
        raise ZeroDivisionError  # whatever the effect might have been, it is not there
    assert times.is_empty()
    hasten(shop.services)
    old = text("UPDATE dispatch SET created_at = now() - interval '40 seconds' WHERE step = 'payments.authorize'")
    with shop.services.transaction() as session:
        session.execute(old)
    work_off(shop.services, only="payments.")
    work_off(shop.services)

    with shop.services.sessions() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        with pytest.raises(DBAPIError):
            times.write(session)
    for written in (3, 0):
        with shop.services.transaction() as session:
            assert times.write(session) == written
    shop.places(("MUG", 1))
    work_off(shop.services)
    with shop.services.transaction() as session:
        times.write(session)
        session.execute(text("INSERT INTO step_time VALUES ('a.step_of_another_version', 1, 1, 1)"))

    found = figures(scraped())
    steps = {name[1]: value for name, value in found.items() if name[0] == "step_seconds_count"}
    assert steps == {"payments.authorize": 2, "inventory.assign": 2, "notifications.order_received": 2}
    buckets = [found["step_seconds_bucket", end, "payments.authorize"] for end in ("15.0", "60.0", "300.0", "+Inf")]
    assert buckets == [1, 2, 2, 2]
    assert found["step_seconds_sum", "payments.authorize"] > 40


def test_two_statements_answer_all_who_ask_within_some_seconds(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    work_off(shop.services)
    moments = [0.0]
    asked = Figures(shop.services, RequestTimes(), clock=lambda: moments[-1])
    statements: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(shop.services.engine, "before_cursor_execute", note)
    for moment in (0.0, 4.9, 5.1):
        moments.append(moment)
        assert len(list(asked.collect())) == 13
    event.remove(shop.services.engine, "before_cursor_execute", note)

    assert len(statements) == 4


def test_the_rules_name_figures_that_there_are_and_sections_that_say_what_to_do(
    shop: Shop, scraped: Callable[..., TestResponse]
) -> None:
    rules = [
        rule
        for group in yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    ]
    sections = re.findall(r"^### `(\w+)`", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    scraped("/v1/nothing")
    answer = scraped().text
    families = {family.name for family in text_string_to_metric_families(answer)}

    named = {name for rule in rules for name in re.findall(r"fulfillment_\w+", rule["expr"])}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} <= families
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    own = [rule["alert"] for rule in rules if "$labels.name" not in rule["annotations"]["runbook"]]
    assert [rule["annotations"]["runbook"].split("#")[1] for rule in rules if rule["alert"] in own] == own
    assert sections == [*(limit.name for limit in LIMITS), *own]
