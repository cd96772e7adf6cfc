"""How often may be called: by one key and from one address, in one process or in all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from api_client import Api, Caller, api_of, contents
from builders import Shop
from needs import needs_redis

from fulfillment.access.models import Role
from fulfillment.runtime import broker
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings
from web.site import create_site


def _limited(shop: Shop, **settings: Any) -> Api:
    services = replace(shop.services, settings=shop.services.settings.model_copy(update=settings))
    return api_of(services)


def _calls(caller: Caller, times: int, **more: Any) -> list[int]:
    return [caller.send("GET", "/v1/markets", **more).status_code for _ in range(times)]


def test_a_key_that_calls_too_often_is_told_when_to_come_again_and_another_is_not_held_up(shop: Shop) -> None:
    api = _limited(shop, rate_limit_per_key="3 per hour")
    eager, other = api.caller(Role.ADMIN), api.caller(Role.CSR)

    assert _calls(eager, 4) == [200, 200, 200, 429]
    before = contents(shop.services)
    refused = eager.post("/v1/customers", {"name": "Bo Lind"})

    assert (refused.status_code, refused.json["type"]) == (429, "/problems/too_many_requests")
    assert refused.json["detail"] == "more calls by this key than 3 per 1 hour"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert refused.json["remedy"] == f"send it again in {refused.headers['Retry-After']} seconds"
    assert contents(shop.services) == before
    assert _calls(other, 1) == [200]


def test_an_address_is_counted_before_its_key_is_looked_at(shop: Shop) -> None:
    api = _limited(shop, rate_limit_per_address="3 per hour; 5 per day")
    guessing = Caller(api.app, "fk_0_0")

    assert _calls(guessing, 4, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == [401, 401, 401, 429]
    assert _calls(api.caller(Role.CSR), 1, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == [429]
    assert _calls(api.caller(Role.CSR), 1, environ_base={"REMOTE_ADDR": "192.0.2.8"}) == [200]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_names(shop: Shop) -> None:
    from werkzeug.test import Client

    api = _limited(shop, rate_limit_per_address="1 per hour", proxies=1)
    site = Client(create_site(api.services))
    key = api.caller(Role.CSR).token

    def call(forwarded: str) -> int:
        sent = {"Authorization": f"Bearer {key}", "X-Forwarded-For": forwarded}
        return site.get("/v1/markets", headers=sent, environ_base={"REMOTE_ADDR": "10.0.0.1"}).status_code

    assert [call("192.0.2.7"), call("192.0.2.8")] == [200, 200]
    assert call("198.51.100.1, 192.0.2.7") == 429  # what the client wrote itself changes nothing


@pytest.mark.process
def test_with_redis_all_processes_count_together_and_without_it_calls_go_through(shop: Shop, tmp_path: Any) -> None:
    needs_redis()
    with Supervisor(tmp_path / "logs") as supervisor:
        chosen = broker.choose(tmp_path)
        supervisor.start(chosen.program)
        one, another = (_limited(shop, rate_limit_per_key="3 per hour", redis_url=chosen.url) for _ in range(2))
        caller = one.caller(Role.ADMIN)
        elsewhere = Caller(another.app, caller.token)
        assert [*_calls(caller, 2), *_calls(elsewhere, 2)] == [200, 200, 200, 429]
    assert _calls(caller, 2) == [200, 200]


@pytest.mark.parametrize("limit", ["", "many", "0 per hour", "5 per fortnight", "5 per hour, 6 per day"])
def test_a_limit_that_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("RATE_LIMIT_PER_KEY", limit)
    if not limit:
        assert Settings().rate_limit_per_key is None
        return
    with pytest.raises(ValueError, match="rate_limit_per_key"):
        Settings()
