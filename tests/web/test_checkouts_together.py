"""Checkouts of the same moment: one statement writes them, and each hears only of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_client import Caller, a_checkout, pence
from builders import Shop, broken, one, rows
from runtime.conditions import eventually
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from fulfillment.db import together

Send = Callable[..., list[TestResponse]]


@pytest.fixture
def statements() -> list[int]:
    """How many orders each statement was to write."""
    return []


@pytest.fixture
def catalog(shop: Shop, storefront: Caller) -> TestResponse:
    """Products that this process remembers from the checkout which is given."""
    shop.sells("MUG", price=1000, A=99)
    shop.sells("CUP", price=300, A=99)
    return storefront.post("/v1/checkouts", a_checkout(("MUG", 1), ("CUP", 1)))


@pytest.fixture
def at_one_moment(catalog: TestResponse, storefront: Caller, shop: Shop, monkeypatch, statements: list[int]) -> Send:
    """Send the first body; while its statement is under way, all others; give the answers in that order."""
    write = together.write
    monkeypatch.setattr(shop.services.together, "_patience", 60)

    def send(bodies: Sequence[Any], keys: Sequence[str | None] = (), meanwhile: str = "SELECT") -> list[TestResponse]:
        def written(*arguments: Any, **named: Any) -> bool:
            statements.append(len(named["only_if"].rows))
            if len(statements) == 1:
                eventually(lambda: len(shop.services.together._waiting) == len(bodies) - 1)
                _changed(shop, meanwhile)
            return write(*arguments, **named)

        def post(n: int) -> TestResponse:
            if n:
                eventually(lambda: statements)
            caller = Caller(storefront.app, storefront.token)
            return caller.post("/v1/checkouts", bodies[n], key=keys[n] if keys else None)

        monkeypatch.setattr(together, "write", written)
        with ThreadPoolExecutor(len(bodies)) as threads:
            return list(threads.map(post, range(len(bodies))))

    return send


def _changed(shop: Shop, statement: str) -> None:
    with shop.services.transaction() as session:
        session.execute(text(statement))


def test_what_comes_while_a_statement_is_under_way_goes_together_with_the_next(
    shop: Shop, catalog: TestResponse, at_one_moment: Send, statements: list[int]
) -> None:
    known = a_checkout(("MUG", 1), ("CUP", 1))
    bodies = [known, *(a_checkout(("MUG", n)) for n in (1, 2)), known, a_checkout(("CUP", 3), discount=pence(100))]

    answers = at_one_moment(bodies)

    assert statements == [1, 4]
    assert [(each.status_code, each.json["total"]["amount"]) for each in answers] == [
        (202, 1300),
        (202, 1000),
        (202, 2000),
        (202, 1300),
        (202, 800),
    ]
    numbers = [each.json["number"] for each in answers]
    assert len(set(numbers)) == 5
    assert rows(
        shop.services,
        "SELECT o.number, array_agg(t.verb), array_agg(d.step), bool_and(d.parent_id = t.id) FROM purchase_order o"
        " JOIN timeline t ON t.order_id = o.id JOIN dispatch d ON d.order_id = o.id GROUP BY 1 ORDER BY 1",
    ) == [(number, ["place"], ["payments.authorize"], True) for number in sorted([catalog.json["number"], *numbers])]
    assert broken(shop.services) == {}


def test_of_those_that_go_together_one_that_is_refused_harms_no_other(
    shop: Shop, catalog: TestResponse, at_one_moment: Send, statements: list[int]
) -> None:
    """One repeats a key for the same, one for something else; a price changes while they wait."""
    mug, cup = a_checkout(("MUG", 1)), a_checkout(("CUP", 1))

    answers = at_one_moment(
        [mug, mug, mug, mug, cup, cup],
        ["a", "a", "b", "b", "b", "c"],
        meanwhile="UPDATE product SET price = 310 WHERE sku = 'CUP'",
    )

    assert statements[:7] == [1, 5, 1, 1, 1, 1, 1]
    numbers = [each.json.get("number") for each in answers]
    assert [each.status_code for each in answers] == [202, 202, 202, 202, 422, 202]
    assert numbers[0] == numbers[1] != catalog.json["number"]
    assert numbers[2] == numbers[3] != numbers[0]
    assert answers[4].json["type"] == "/problems/idempotency_key_reused"
    assert answers[5].json["total"]["amount"] == 310
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 4
    assert broken(shop.services) == {}


def test_what_fails_before_a_statement_of_several_is_sent_reaches_them_all_and_nobody_after_them(
    shop: Shop, storefront: Caller, at_one_moment: Send, statements: list[int], monkeypatch
) -> None:
    def defective(*_: Any) -> None:
        raise OperationalError("", {}, RuntimeError("no room"))

    monkeypatch.setattr(together, "_joined", defective)

    answers = at_one_moment([a_checkout(("MUG", 1))] * 3)

    assert [each.status_code for each in answers] == [202, 503, 503]
    assert storefront.post("/v1/checkouts", a_checkout(("MUG", 1))).status_code == 202
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 3


def test_who_is_not_taken_along_in_time_goes_alone(
    catalog: TestResponse, storefront: Caller, shop: Shop, statements: list[int], monkeypatch
) -> None:
    monkeypatch.setattr(shop.services.together, "_patience", 0.001)
    write = together.write

    def first_comes_last(*arguments: Any, **named: Any) -> bool:
        statements.append(len(named["only_if"].rows))
        mine = len(statements)
        if mine == 1:
            eventually(lambda: one(shop.services, "SELECT count(*) FROM purchase_order") == 3)
        return write(*arguments, **named)

    monkeypatch.setattr(together, "write", first_comes_last)
    with ThreadPoolExecutor(3) as threads:
        sent = [
            threads.submit(Caller(storefront.app, storefront.token).post, "/v1/checkouts", a_checkout(("MUG", 1)))
            for _ in range(3)
        ]
        assert {each.result().status_code for each in sent} == {202}

    assert sum(statements) == 3
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 4
