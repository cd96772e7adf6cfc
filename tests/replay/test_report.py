"""The end of a replay: nothing may be wrong and stay unsaid."""

import csv
import json

import pytest
from replay.history import a_row, history

from fulfillment.replay.books import Books, Standing
from fulfillment.replay.plan import plan
from fulfillment.replay.report import Report, as_line, write_listed


def a_plan():
    return plan(
        history(
            a_row("500001", quantity=5, price="2.00"),
            a_row("500002", quantity=1, price="0.37", customer=None),
            a_row("C500003", quantity=-2, price="2.00", at="2010-12-02 09:00"),
            a_row("500004", quantity=-1, price="0"),
        )
    )


def a_report(*, first=("completed", 1000, 1000, 400), orders=None, trouble=()):
    status, total, captured, refunded = first
    return Report(
        a_plan(),
        Books(orders={"500001": "PO1", "500002": "PO2"} if orders is None else orders, placed=2),
        [
            Standing("PO1", status, "paid", total, captured, refunded),
            Standing("PO2", "completed", "paid", 37, 37, 0),
        ],
        seconds=1.25,
        trouble=trouble,
    )


def test_says_in_one_object_what_went_in_and_what_became_of_it():
    told = json.loads(as_line(a_report()))

    assert told == {
        "adds_up": True,
        "differences": [],
        "rows": {"in": 4, "acted_on": 3, "listed": 1},
        "sales": {"orders": 2, "rows": 2, "without_customer": 1, "repeating_a_sku": 0, "longest": 1},
        "cancellations": {"rows_acted_on": 1, "of_which_from_a_later_sale": 0, "refunds": 1},
        "money": {"in": "6.37", "orders": "10.37", "refunds": "4.00", "listed": "0.00"},
        "api": {"orders": 2, "captured": "10.37", "canceled": "0.00", "refunded": "4.00"},
        "listed": {"stock adjustment": {"count": 1, "money": "0.00"}},
        "changed": {"orders_placed": 2, "shipments_completed": 0, "orders_canceled": 0, "refunds_made": 0},
        "seconds": 1.2,
    }


@pytest.mark.parametrize(
    ("report", "difference"),
    [
        (a_report(first=("completed", 1000, 999, 400)), "order PO1: completed, 999 of 1000 captured, 400 refunded"),
        (a_report(first=("completed", 1000, 1000, 0)), "it should be 1000 captured, 400 refunded"),
        (a_report(first=("completed", 999, 999, 400)), "order PO1"),
        (a_report(first=("in_progress", 1000, 0, 0)), "order PO1: in_progress"),
        (a_report(first=("canceled", 1000, 0, 0)), "order PO1: canceled"),
        (a_report(orders={"500001": "PO1"}), "invoice 500002 has no order"),
        (a_report(trouble=["the walk stopped"]), "the walk stopped"),
    ],
)
def test_says_what_does_not_add_up(report, difference):
    assert any(difference in said for said in report.differences())
    assert report.as_json()["adds_up"] is False


def test_writes_every_listed_row_with_its_line_and_reason(tmp_path):
    write_listed(a_plan(), tmp_path / "listed.csv")

    with (tmp_path / "listed.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "file": "a.csv",
                "line": "5",
                "invoice": "500004",
                "sku": "10001",
                "quantity": "-1",
                "money": "0.00",
                "whole_row": "yes",
                "reason": "stock adjustment",
                "detail": "",
            }
        ]
