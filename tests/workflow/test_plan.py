"""Plans: what differs between two moments of an order, and the token that stands for it."""

from dataclasses import replace

import pytest

from fulfillment.workflow.plan import Plan, Portrait, differences, entry_seen, parts_that_differ

EMPTY = Plan(changes=[], stock=[], money=[], emails=[], refused=[], versions={"PO1": 3}, last_entry=77)


def test_a_token_stands_for_every_part_and_for_the_moment_it_was_made_at() -> None:
    other = replace(EMPTY, money=[{"kind": "void", "payment_id": 1, "amount": 5}], versions={"PO1": 4})

    assert parts_that_differ(EMPTY, EMPTY.token) == []
    assert parts_that_differ(other, EMPTY.token) == ["money", "versions"]
    assert parts_that_differ(replace(EMPTY, last_entry=99), EMPTY.token) == []
    assert entry_seen(EMPTY.token) == 77
    assert len(EMPTY.token) < 100


@pytest.mark.parametrize("token", ["", "x", "1-2", "-1-a-b-c-d-e-f", "1.5-a-b-c-d-e-f"])
def test_what_is_no_token_is_told_from_one_of_another_plan(token: str) -> None:
    with pytest.raises(ValueError, match="not a token"):
        parts_that_differ(EMPTY, token)


def test_fields_that_change_parts_that_go_and_parts_that_come_are_told() -> None:
    before = Portrait("PO1", 1, {("order", 1): {"total": 10, "note": "x"}, ("line", 5): {"sku": "MUG"}})
    after = Portrait("PO1", 2, {("order", 1): {"total": 12, "note": "x"}, ("line", 9): {"sku": "CUP"}})

    assert list(differences(before, after)) == [
        {"order": "PO1", "subject": "line", "id": 5, "field": "removed", "before": {"sku": "MUG"}, "after": None},
        {"order": "PO1", "subject": "order", "id": 1, "field": "total", "before": 10, "after": 12},
        {"order": "PO1", "subject": "line", "id": None, "field": "added", "before": None, "after": {"sku": "CUP"}},
    ]


def test_the_ids_of_what_is_only_about_to_be_made_make_no_difference() -> None:
    before = Portrait("PO1", 1, {})
    one_way = Portrait("PO1", 2, {("line", 8): {"sku": "MUG"}, ("line", 9): {"sku": "CUP"}})
    another = Portrait("PO1", 2, {("line", 3): {"sku": "CUP"}, ("line", 4): {"sku": "MUG"}})

    assert list(differences(before, one_way)) == list(differences(before, another))
