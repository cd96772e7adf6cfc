"""The judge must be able to find against us."""

import pytest

from fulfillment.chaos.accepted import Accepted
from fulfillment.chaos.evidence import Effect, Mail, OrderRow
from fulfillment.chaos.judge import judge

ACCEPTED = Accepted(key="k", number="PO1", total=500, pieces=2)
ORDER = OrderRow("PO1", "completed", "paid", 500, 2)
MONEY = [Effect("PO1", "authorize", 500), Effect("PO1", "capture", 500)]
MAILS = [Mail("<1@x>", "PO1", "order_received"), Mail("<2@x>", "PO1", "shipped")]


def test_finds_nothing_where_all_came_about_once():
    verdict = judge([ACCEPTED], [ORDER], MONEY, MAILS)
    assert (verdict.lost, verdict.duplicate_effects, verdict.wrong, verdict.repeated_mails) == (0, 0, 0, 0)
    assert verdict.findings == []


@pytest.mark.parametrize(
    ("orders", "money", "mails"),
    [
        ([], MONEY, MAILS),
        ([OrderRow("PO1", "in_progress", "paid", 500, 2)], MONEY, MAILS),
        ([OrderRow("PO1", "completed", "authorized", 500, 2)], MONEY, MAILS),
        ([OrderRow("PO1", "completed", "paid", 500, 1)], MONEY, MAILS),
        ([ORDER], MONEY[:1], MAILS),
        ([ORDER], MONEY[1:], MAILS),
        ([ORDER], MONEY, MAILS[:1]),
    ],
    ids=["order", "completion", "capture", "a piece", "the gateway's capture", "its authorization", "a mail"],
)
def test_finds_what_was_lost(orders, money, mails):
    verdict = judge([ACCEPTED], orders, money, mails)
    assert (verdict.lost, verdict.duplicate_effects, len(verdict.findings)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("accepted", "orders", "money", "mails"),
    [
        ([ACCEPTED], [ORDER, OrderRow("PO2", "completed", "paid", 500, 2)], MONEY, MAILS),
        ([ACCEPTED], [OrderRow("PO1", "completed", "paid", 500, 3)], MONEY, MAILS),
        ([ACCEPTED], [ORDER], [*MONEY, MONEY[0]], MAILS),
        ([ACCEPTED], [ORDER], [*MONEY, MONEY[1]], MAILS),
        ([ACCEPTED], [ORDER], [*MONEY, Effect("PO1", "void", 500)], MAILS),
        ([ACCEPTED], [ORDER], MONEY, [*MAILS, Mail("<3@x>", "PO1", "shipped")]),
    ],
    ids=["order", "a piece", "authorization", "capture", "a void nobody asked for", "a second mail"],
)
def test_finds_what_came_about_twice(accepted, orders, money, mails):
    verdict = judge(accepted, orders, money, mails)
    assert (verdict.lost, verdict.duplicate_effects, len(verdict.findings)) == (0, 1, 1)


def test_counts_a_mail_that_went_out_again_by_itself():
    verdict = judge([ACCEPTED], [ORDER], MONEY, [*MAILS, MAILS[0]])
    assert (verdict.lost, verdict.duplicate_effects, verdict.repeated_mails) == (0, 0, 1)


def test_finds_wrong_amounts():
    dearer = OrderRow("PO1", "completed", "paid", 501, 2)
    less = [MONEY[0], Effect("PO1", "capture", 499)]
    assert judge([ACCEPTED], [dearer], MONEY, MAILS).wrong == 1
    assert judge([ACCEPTED], [ORDER], less, MAILS).wrong == 1
