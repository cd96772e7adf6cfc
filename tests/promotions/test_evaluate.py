"""What codes give: tied items, discounts to the last minor unit, free shipping, and why a code does not count."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.promotions.evaluate import Applied, Evaluation, TiedLine, evaluate
from fulfillment.promotions.offer import WHOLE, Kind, Occasion, Offer, OfferedLine, Reduction, TiedItem

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UK = Occasion("UK", "GBP", NOW, "bo@example.org")
MUGS = OfferedLine(1, "MUG", 3, 1000)
LAMP = OfferedLine(2, "LAMP", 1, 999)

TENTH = Offer(1, "TENTH", Kind.ORDER_DISCOUNT, Reduction(percent=1000))
FIVE = Offer(2, "FIVE", Kind.ORDER_DISCOUNT, Reduction(amount=500), currency="GBP")
GIFT = Offer(3, "GIFT", Kind.ITEM, items=[TiedItem("CUP", 2, Reduction(percent=WHOLE), "A cup", 400)])
HALF = Offer(4, "HALF", Kind.ITEM, items=[TiedItem("PAN", 1, Reduction(percent=5000), "A pan", 2001)])
FREE = Offer(5, "FREE", Kind.FREE_SHIPPING)


def asked(
    offers: list[Offer], *lines: OfferedLine, codes: list[str] | None = None, occasion: Occasion = UK, **more: Any
) -> Evaluation:
    known = {offer.code.casefold(): offer for offer in offers}
    return evaluate(known, [offer.code for offer in offers] if codes is None else codes, lines, occasion, **more)


def refused(offer: Offer, *lines: OfferedLine, occasion: Occasion = UK) -> str:
    found = asked([offer], *(lines or (MUGS,)), occasion=occasion)
    assert found.applied == found.added == []
    assert set(found.discounts.values()) == {0}
    [no] = found.refused
    assert no.code == offer.code
    return no.guard


@pytest.mark.rule("LI4")
def test_an_item_promotion_brings_its_items_with_their_discounts() -> None:
    found = asked([GIFT, HALF], MUGS)

    assert found.added == [
        TiedLine("GIFT", "CUP", "A cup", 2, 400, 800),
        TiedLine("HALF", "PAN", "A pan", 1, 2001, 1000),
    ]
    assert found.applied == [Applied(3, "GIFT", Kind.ITEM, 800), Applied(4, "HALF", Kind.ITEM, 1000)]
    assert found.discounts == {1: 0}


@pytest.mark.rule("LI5")
def test_without_its_promotion_what_came_with_it_goes() -> None:
    tied = OfferedLine(3, "CUP", 2, 400, promotion="gift")

    assert asked([GIFT], MUGS, tied).dropped == []
    assert asked([GIFT], MUGS, tied).discounts == {1: 0, 3: 800}
    assert asked([GIFT], MUGS, tied, codes=[]).dropped == [3]
    assert asked([replace(GIFT, active=False)], MUGS, tied).dropped == [3]
    assert asked([GIFT], MUGS, replace(tied, sku="PAN")).dropped == [3]


@pytest.mark.rule("LI6")
def test_order_discounts_and_free_shipping_count_for_the_whole_order() -> None:
    found = asked([TENTH, FIVE, FREE], MUGS, LAMP, shipping=450)

    assert found.applied == [
        Applied(2, "FIVE", Kind.ORDER_DISCOUNT, 500),
        Applied(1, "TENTH", Kind.ORDER_DISCOUNT, 399),
        Applied(5, "FREE", Kind.FREE_SHIPPING, 450),
    ]
    assert sum(found.discounts.values()) == 899
    assert found.free_shipping


def test_discounts_never_take_more_than_there_is() -> None:
    found = asked([replace(FIVE, reduction=Reduction(amount=10_000)), TENTH], LAMP)

    assert [each.amount for each in found.applied] == [999, 0]
    assert found.discounts == {2: 999}


def test_shipping_is_given_away_once() -> None:
    found = asked([FREE, replace(FREE, id=6, code="FREE2")], LAMP, shipping=450)

    assert [each.amount for each in found.applied] == [450, 0]


def test_pieces_beyond_those_that_a_promotion_brings_are_paid_for() -> None:
    found = asked([GIFT], MUGS, OfferedLine(3, "CUP", 5, 400, promotion="GIFT"))

    assert found.discounts == {1: 0, 3: 800}


def test_a_code_counts_once_however_it_is_written() -> None:
    assert asked([TENTH], MUGS, codes=["tenth", "TENTH", " Tenth "]).discounts == {1: 300}


@pytest.mark.rule("LI6")
@pytest.mark.parametrize(
    ("offer", "guard"),
    [
        (replace(TENTH, active=False), "inactive"),
        (replace(TENTH, starts_at=NOW + timedelta(microseconds=1)), "not_yet"),
        (replace(TENTH, ends_at=NOW), "expired"),
        (replace(TENTH, markets=["DE"]), "other_market"),
        (replace(FIVE, currency="EUR"), "other_currency"),
        (replace(TENTH, use_limit=3, uses=3), "used_up"),
        (replace(TENTH, use_limit_per_customer=1, uses_by_customer=1), "used_by_customer"),
        (replace(TENTH, minimum_amount=3001), "minimum_not_reached"),
        (replace(GIFT, items=[replace(GIFT.items[0], price=None)]), "item_gone"),
    ],
)
def test_a_code_that_does_not_count_says_why(offer: Offer, guard: str) -> None:
    assert refused(offer) == guard


def test_up_to_its_bounds_a_code_counts() -> None:
    bound = replace(
        TENTH,
        starts_at=NOW,
        ends_at=NOW + timedelta(microseconds=1),
        markets=["DE", "UK"],
        use_limit=3,
        uses=2,
        use_limit_per_customer=2,
        uses_by_customer=1,
        minimum_amount=3000,
    )

    assert asked([bound], MUGS).discounts == {1: 300}


def test_a_code_that_nobody_made_is_unknown_and_one_per_customer_needs_an_address() -> None:
    [no] = asked([], MUGS, codes=["NONE"]).refused

    assert (no.code, no.guard) == ("NONE", "unknown_code")
    assert refused(replace(TENTH, use_limit_per_customer=1), occasion=replace(UK, customer_email=None)) == "no_email"


def test_what_a_promotion_brings_does_not_count_towards_a_minimum() -> None:
    most = replace(TENTH, minimum_amount=3001)
    tied = OfferedLine(3, "CUP", 2, 400, promotion="GIFT")

    assert [no.guard for no in asked([GIFT, most], MUGS, tied).refused] == ["minimum_not_reached"]


reductions = st.one_of(
    st.builds(Reduction, percent=st.integers(1, WHOLE)), st.builds(Reduction, amount=st.integers(1, 10_000))
)
items = st.builds(
    TiedItem,
    st.sampled_from(("CUP", "PAN", "POT")),
    st.integers(1, 5),
    reductions,
    price=st.integers(0, 5_000),
)
offers = st.lists(
    st.one_of(
        st.builds(Offer, st.just(0), st.just(""), st.just(Kind.ORDER_DISCOUNT), reductions),
        st.builds(Offer, st.just(0), st.just(""), st.just(Kind.ITEM), items=st.lists(items, min_size=1, max_size=3)),
        st.builds(Offer, st.just(0), st.just(""), st.just(Kind.FREE_SHIPPING)),
    ),
    max_size=5,
).map(lambda found: [replace(offer, id=n, code=f"C{n}") for n, offer in enumerate(found)])
lines = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 3_000), st.integers(0, 9_999)), min_size=1, max_size=6
).map(
    lambda found: [
        OfferedLine(n, f"S{n}", quantity, price, discount=min(discount, price * quantity))
        for n, (quantity, price, discount) in enumerate(found, start=1)
    ]
)


def _with_added(lines: list[OfferedLine], found: Evaluation) -> list[OfferedLine]:
    keys = itertools.count(100)
    added = [
        OfferedLine(next(keys), each.sku, each.quantity, each.price, promotion=each.promotion) for each in found.added
    ]
    return [*lines, *added]


@given(offers, lines, st.integers(0, 2_000))
def test_discounts_add_up_and_never_exceed_a_line(offers: list[Offer], lines: list[OfferedLine], shipping: int) -> None:
    found = asked(offers, *lines, shipping=shipping)

    given_off = sum(each.amount for each in found.applied if each.kind != Kind.FREE_SHIPPING)
    assert given_off == sum(found.discounts.values()) + sum(each.discount for each in found.added)
    assert all(0 <= found.discounts[line.key] <= line.net for line in lines)
    assert all(0 <= each.discount <= each.price * each.quantity for each in found.added)
    free = sum(each.amount for each in found.applied if each.kind == Kind.FREE_SHIPPING)
    assert free == (shipping if found.free_shipping else 0)
    assert len(found.applied) == len(offers)


@given(offers, lines, st.randoms())
def test_neither_the_order_of_codes_nor_that_of_lines_changes_what_is_given(
    offers: list[Offer], lines: list[OfferedLine], random: Any
) -> None:
    first = asked(offers, *lines)
    codes = [offer.code for offer in offers]
    random.shuffle(codes)
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert asked(offers, *lines, codes=codes) == first
    assert asked(offers, *shuffled).applied == first.applied


@given(offers, lines)
def test_to_ask_again_with_what_was_added_in_place_gives_the_same_and_adds_nothing(
    offers: list[Offer], lines: list[OfferedLine]
) -> None:
    first = asked(offers, *lines)

    again = asked(offers, *_with_added(lines, first))

    assert (again.added, again.dropped, again.applied) == ([], [], first.applied)
    assert list(again.discounts.values()) == [*first.discounts.values(), *(each.discount for each in first.added)]


@given(offers, lines)
def test_without_codes_only_what_they_brought_goes(offers: list[Offer], lines: list[OfferedLine]) -> None:
    brought = _with_added(lines, asked(offers, *lines))

    without = asked(offers, *brought, codes=[])

    assert without.dropped == [line.key for line in brought if line.promotion is not None]
    assert (without.applied, without.added, set(without.discounts.values())) == ([], [], {0})
